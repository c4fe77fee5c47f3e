/** Lists of hosts: their formats, where they come from, and that a million names cost little. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListText } from "../../src/gateway/list-text.ts";
import { NameHashes, NameSet } from "../../src/gateway/name-set.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { processorMs } from "../timing.ts";
import { GatewayHouse } from "./open.ts";

const rest = () => Promise.resolve();

async function read(text: string | Uint8Array, pieces = 7) {
  const list = new ListText();
  const octets = Buffer.from(text as string);
  for (let at = 0; at < octets.length; at += pieces) list.push(octets.subarray(at, at + pieces));
  list.end();
  const names = await NameSet.from(list.names.pairs, rest);
  const exceptions = await NameSet.from(list.exceptions.pairs, rest);
  return { has: (host: string) => names.has(host) && !exceptions.has(host), skipped: list.skipped, size: names.size };
}

test("lines that are made to take long are read as quickly as others", async () => {
  const line = `a${" ".repeat(1_990)}b\n`;
  const begun = processorMs();
  expect((await read(line.repeat(1_000), 65_536)).skipped).toBe(1_000);
  expect(processorMs() - begun).toBeLessThan(500);
});

describe("formats", () => {
  const cases: [line: string, has: string[], hasNot: string[]][] = [
    ["0.0.0.0 ads.example", ["ads.example"], ["www.ads.example", "example"]],
    ["127.0.0.1\tads.example  www.ads.example # both", ["ads.example", "www.ads.example"], ["a.www.ads.example"]],
    [":: ads.example", ["ads.example"], ["b.ads.example"]],
    ["ads.example", ["ads.example", "a.b.ads.example"], ["example", "bads.example", "ads.example.net"]],
    ["ads.example # a comment", ["ads.example"], []],
    [".ads.example", ["ads.example", "a.ads.example"], ["example"]],
    ["*.ads.example", ["a.ads.example"], ["example"]],
    ["ADS.Example.", ["ads.example"], []],
    ["bücher.example", ["xn--bcher-kva.example"], []],
    ["||ads.example^", ["ads.example", "a.ads.example"], ["example"]],
    ["||ads.example^$important", ["ads.example"], []],
    ["||ads.example", ["ads.example"], []],
    ["||zip^", ["zip", "a.zip"], ["azip"]],
    ["address=/ads.example/0.0.0.0", ["ads.example", "a.ads.example"], []],
    ["203.0.113.7", ["203.0.113.7"], ["113.7"]],
  ];
  test.each(cases)("%p", async (line, has, hasNot) => {
    const list = await read(`${line}\r\n`);
    expect(has.filter((host) => !list.has(host))).toEqual([]);
    expect(hasNot.filter((host) => list.has(host))).toEqual([]);
    expect(list.skipped).toBe(0);
  });

  test("comments, headers and the machine's own names are nothing", async () => {
    const list = await read(
      "# c\n! c\n[Adblock Plus]\n; c\n\n127.0.0.1 localhost localhost.localdomain\n::1 ip6-localhost\n",
    );
    expect(list).toMatchObject({ size: 0, skipped: 0 });
  });

  test("exceptions come first", async () => {
    const list = await read("||ads.example^\n@@||good.ads.example^\n@@||best.ads.example^$document\n");
    const hosts = ["ads.example", "a.ads.example", "good.ads.example", "x.good.ads.example", "best.ads.example"];
    expect(hosts.map((host) => list.has(host))).toEqual([true, true, false, false, false]);
  });

  test("lines that say less than a host, or nothing that can be read, are counted", async () => {
    const list = await read(
      "||ads.example/path\n||ads.example^$third-party\nads.example/x\nbad_.-.x\n##.banner\n/ads/*\na b\n",
    );
    expect(list.size).toBe(0);
    expect(list.skipped).toBe(6);
  });

  test("a line without an end takes no memory, and octets that are no text do no harm", async () => {
    const list = await read(new Uint8Array(1_000_000).fill(0x61), 16_384);
    expect(list).toMatchObject({ size: 0, skipped: 1 });
    expect((await read(Uint8Array.from({ length: 5_000 }, (_, at) => (at * 31) & 255))).has("a.example")).toBe(false);
    expect((await read(`${"a".repeat(5_000)}\nads.example\n`)).has("ads.example")).toBe(true);
  });
});

test("the last line needs no end", async () => {
  expect((await read("one.example\ntwo.example")).has("two.example")).toBe(true);
});

test("a set has what was put in and nothing else, a million times", async () => {
  const hashes = new NameHashes();
  const name = (at: number) => `${((at * 2_654_435_761) >>> 0).toString(36)}.host${at % 9_973}.example`;
  for (let at = 0; at < 1_000_000; at++) hashes.add(name(at), at % 2 === 0 ? "below" : "exact");
  const set = await NameSet.from(hashes.pairs, rest);
  expect(set.size).toBe(1_000_000);
  expect(set.octets).toBeLessThan(100_000_000);
  const since = performance.now();
  let [found, below, strange] = [0, 0, 0];
  for (let at = 0; at < 100_000; at++) {
    if (set.has(name(at))) found++;
    if (set.has(`www.${name(at)}`)) below++;
    if (set.has(`www.stranger${at}.example`)) strange++;
  }
  const each = ((performance.now() - since) / 300_000) * 1_000;
  expect([found, below, strange]).toEqual([100_000, 50_000, 0]);
  // Fifty times what it takes: only a look-up that goes through the list would be caught by this.
  expect(each).toBeLessThan(50);
}, 60_000);

describe("sources", () => {
  let house: GatewayHouse;
  let served = { body: "ads.example\n", status: 200, chunked: false, redirect: "" };
  let asked: { path: string; etag: string | null }[] = [];
  let server: ReturnType<typeof Bun.serve>;

  beforeAll(async () => {
    house = await GatewayHouse.open({ "lists.example": { A: ["127.0.0.1"] }, "inside.example": { A: ["127.0.0.1"] } });
    await house.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8"] });
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const etag = request.headers.get("if-none-match");
        asked.push({ path: new URL(request.url).pathname, etag });
        if (served.redirect !== "") return Response.redirect(served.redirect, 302);
        const tag = `"${Bun.hash(served.body)}"`;
        if (etag === tag) return new Response(null, { status: 304 });
        const body = served.chunked ? new Blob([served.body]).stream() : served.body;
        return new Response(body, { status: served.status, headers: { etag: tag } });
      },
    });
  });
  afterAll(async () => {
    await server.stop(true);
    await house.close();
    expect(house.faults).toEqual([]);
  });

  const url = (path = "/hosts", host = "lists.example") => `http://${host}:${server.port}${path}`;
  const id = (name: string) => house.gateway.lists.require(name).id;
  const has = (name: string, host: string) => house.gateway.lists.has(id(name), host);
  const make = (values: Parameters<typeof house.gateway.lists.createWithin>[1]) =>
    house.store.commit((tx) => house.gateway.lists.createWithin(tx, values));
  const change = (name: string, patch: Parameters<typeof house.gateway.lists.updateWithin>[2]) =>
    house.store.commit((tx) => house.gateway.lists.updateWithin(tx, name, patch));

  test("written here, with exceptions, on and off, and over a restart", async () => {
    await make({ name: "Own", source: "text", location: "ads.example\nmore.example", exceptions: "good.ads.example" });
    expect(await house.gateway.lists.refresh("own")).toMatchObject({ entries: 2, problem: "", busy: false });
    expect([has("own", "ads.example"), has("own", "good.ads.example")]).toEqual([true, false]);
    expect(house.gateway.lists.holding("a.more.example")).toEqual(["Own"]);
    await house.restart();
    expect([has("own", "ads.example"), has("own", "good.ads.example")]).toEqual([true, false]);
    await change("own", { exceptions: "" });
    await house.gateway.lists.refresh("own");
    expect(has("own", "good.ads.example")).toBe(true);
    await change("own", { enabled: false });
    await house.gateway.lists.refresh("own");
    expect(has("own", "ads.example")).toBe(false);
    await house.store.commit((tx) => house.gateway.lists.removeWithin(tx, "own"));
    expect(house.gateway.lists.list()).toEqual([]);
  });

  test("brought in", async () => {
    await make({ name: "Brought", source: "upload" });
    async function* pieces() {
      yield Buffer.from("0.0.0.0 one.exam");
      yield Buffer.from("ple\nwhat is this\n0.0.0.0 two.example\n");
    }
    const brought = await house.gateway.lists.read(pieces());
    await house.store.commit((tx) => house.gateway.lists.keepWithin(tx, "brought", brought));
    expect(await house.gateway.lists.refresh("brought")).toMatchObject({ entries: 2, skipped: 1 });
    expect([has("brought", "one.example"), has("brought", "www.two.example")]).toEqual([true, false]);
    await house.store.settings.set(gatewaySettings, { listMegabytes: 1 });
    const large = house.gateway.lists.read(
      (async function* () {
        for (let at = 0; at < 20; at++) yield new Uint8Array(100_000).fill(10);
      })(),
    );
    expect(
      await large.then(
        () => "",
        (error: Error) => error.message,
      ),
    ).toContain("larger than");
    await house.store.settings.set(gatewaySettings, { listMegabytes: 100 });
  });

  test("a file of the data folder is read again when it has changed", async () => {
    const folder = join(house.store.folder, "lists");
    mkdirSync(folder);
    await make({ name: "File", source: "file", location: "ads.txt" });
    expect((await house.gateway.lists.refresh("file")).problem).toContain("There is no file");
    writeFileSync(join(folder, "ads.txt"), "ads.example\n");
    expect(await house.gateway.lists.refresh("file")).toMatchObject({ entries: 1, problem: "" });
    writeFileSync(join(folder, "ads.txt"), "bads.example\n");
    utimesSync(join(folder, "ads.txt"), 1_000, 1_000);
    house.gateway.lists.refreshDue();
    await house.gateway.lists.settled();
    expect([has("file", "ads.example"), has("file", "bads.example")]).toEqual([false, true]);
    const outside = await make({ name: "Out", source: "file", location: "../gatepost.db" }).then(String, String);
    expect(outside).toContain("path below lists/");
  });

  test("fetched, with conditions, in its time", async () => {
    asked = [];
    await make({ name: "Web", source: "url", location: url(), everyHours: 24 });
    expect(await house.gateway.lists.refresh("web")).toMatchObject({ entries: 1, problem: "" });
    expect(has("web", "www.ads.example")).toBe(true);
    const due = async (hours: number) => {
      house.now += hours * 3_600_000;
      house.gateway.lists.refreshDue();
      await house.gateway.lists.settled();
      return asked.length;
    };
    expect(await due(23)).toBe(1);
    expect(await due(1)).toBe(2);
    expect(asked[1]?.etag).toStartWith('"');
    expect(has("web", "ads.example")).toBe(true);
    served = { ...served, body: "other.example\n", chunked: true };
    expect(await due(24)).toBe(3);
    expect([has("web", "ads.example"), has("web", "other.example")]).toEqual([false, true]);
    served = { ...served, body: "gone", status: 500 };
    expect(await due(24)).toBe(4);
    expect(house.gateway.lists.require("web").problem).toContain("500");
    expect(has("web", "other.example")).toBe(true);
    // What has failed is tried again within the hour.
    served = { ...served, body: "back.example\n", status: 200 };
    expect(await due(1)).toBe(5);
    expect(has("web", "back.example")).toBe(true);
  });

  test("an address that leads elsewhere is followed, but not to this machine and not for ever", async () => {
    asked = [];
    await make({ name: "Led", source: "url", location: url("/a") });
    served = { ...served, redirect: url("/again") };
    expect((await house.gateway.lists.refresh("led")).problem).toContain("without end");
    expect(asked.length).toBe(6);
    await house.store.settings.set(gatewaySettings, { reachable: [] });
    expect((await house.gateway.lists.refresh("led")).problem).toContain("leads to 127.0.0.1");
    expect(asked.length).toBe(6);
    await house.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8"] });
    served = { ...served, redirect: "" };
  });

  test("a list that is too large is left as it was", async () => {
    await house.store.settings.set(gatewaySettings, { listMegabytes: 1 });
    served = { ...served, body: "a.example\n".repeat(150_000), chunked: false };
    await make({ name: "Large", source: "url", location: url() });
    expect((await house.gateway.lists.refresh("large")).problem).toContain("listMegabytes");
    served = { ...served, chunked: true };
    expect((await house.gateway.lists.refresh("large")).problem).toContain("listMegabytes");
    expect(house.gateway.lists.require("large").entries).toBe(0);
  });
});
