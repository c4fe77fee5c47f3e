/**
 * Clients and origins that hold on to the web proxy: heads that trickle, contents nobody reads, everything oversized, requests that go
 * round in a circle, fields that break out of their line. Others are answered meanwhile, and what the server holds stays bounded.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Gatepost, until } from "../harness.ts";
import { Recorder, Sender, say, startGateway, statusOf } from "./proxy-wire.ts";

/** Connections of the attacker at once. */
const MANY = 300;
const MIB = 1_048_576;

let server: Gatepost;
let origin: Recorder;
/** Never attacked. */
let calm: Recorder;
let proxy = 0;
let at = "";
let senders: Sender[] = [];

beforeAll(async () => {
  [server, origin, calm] = await Promise.all([
    startGateway("webproxy.headTimeout=2", "webproxy.bodyTimeout=3", "webproxy.responseTimeout=3", "proxyCache.wait=0"),
    Recorder.open(),
    Recorder.open(),
  ]);
  proxy = server.port(3128);
  at = `127.0.0.1:${origin.port}`;
});
afterAll(async () => {
  origin.close();
  calm.close();
  await server.remove();
});
beforeEach(() => origin.forget());
afterEach(() => {
  for (const sender of senders.splice(0)) sender.close();
  expect(server.log).not.toContain("fault");
});

const here = (text: string): string => text.replaceAll("AT", at);
const GET = "GET http://AT/ HTTP/1.1\r\nHost: AT\r\n";
const POST = "POST http://AT/ HTTP/1.1\r\nHost: AT\r\n";

async function crowd(octets: string, count = MANY): Promise<Sender[]> {
  senders = await Promise.all(Array.from({ length: count }, () => Sender.dial(proxy)));
  for (const sender of senders) sender.send(here(octets));
  return senders;
}

/** Somebody who means well is answered, now. */
async function bystander(): Promise<void> {
  const began = performance.now();
  const site = `127.0.0.1:${calm.port}`;
  const answer = await say(proxy, `GET http://${site}/ HTTP/1.1\r\nHost: ${site}\r\nConnection: close\r\n\r\n`);
  expect(answer).toEndWith("ok");
  // Not a figure of speed: it had not to wait for any of the attackers' deadlines.
  expect(performance.now() - began).toBeLessThan(1_900);
}

/** What the server's process holds in memory. */
function octetsOfServer(): number {
  const pages = Number(readFileSync(`/proc/${server.pid}/statm`, "latin1").split(" ")[1]);
  return pages * 4_096;
}

test("heads that never end hold nobody up, and are ended in time", async () => {
  const all = await crowd("GET http://AT/ HTTP/1.1\r\nHost: AT\r\nX-Slow:");
  const trickle = setInterval(() => {
    for (const sender of all) sender.send(" a");
  }, 100);
  try {
    await bystander();
    // However busily it trickles: the time is for the whole head.
    const answers = await Promise.all(all.map((sender) => sender.rest()));
    expect(new Set(answers.map(statusOf))).toEqual(new Set([408]));
  } finally {
    clearInterval(trickle);
  }
  expect(origin.connections).toEqual([]);
});

test("contents that never come hold nobody up, and are ended in time", async () => {
  const all = await crowd(`${POST}Content-Length: 1000\r\n\r\nonly this`);
  await bystander();
  const answers = await Promise.all(all.map((sender) => sender.rest()));
  for (const answer of answers) expect(statusOf(answer)).toBeOneOf([0, 408, 502, 504]);
  await until(() => origin.connections.every(({ ended }) => ended), "the origin's connections to end");
  expect(origin.requests).toEqual([]);
});

test("origins that never answer hold nobody up, and are given up in time", async () => {
  origin.script = () => undefined;
  const all = await crowd(`${GET}\r\n`, 100);
  await bystander();
  const answers = await Promise.all(all.map((sender) => sender.until(/\r\n\r\n/)));
  expect(new Set(answers.map(statusOf))).toEqual(new Set([504]));
});

test("clients that read nothing stop their origins, and not the server or its memory", async () => {
  const large = "x".repeat(4 * MIB);
  origin.script = () => ({ octets: `HTTP/1.1 200 OK\r\nContent-Length: ${64 * MIB}\r\n\r\n${large}` });
  const before = octetsOfServer();
  senders = await Promise.all(Array.from({ length: 100 }, () => Sender.dial(proxy)));
  for (const sender of senders) sender.socket.pause();
  for (const sender of senders) sender.send(here(`GET http://AT/${Math.random()} HTTP/1.1\r\nHost: AT\r\n\r\n`));
  await until(() => origin.requests.length === senders.length, "the requests");
  await bystander();
  // 100 origins have 400 MiB to give; the server takes a little of each.
  expect(octetsOfServer() - before).toBeLessThan(150 * MIB);
  // And lets go of those who take nothing.
  await until(() => origin.connections.every(({ ended }) => ended), "the origin's connections to end");
});

const OVERSIZED: readonly { readonly name: string; readonly octets: string; readonly status: readonly number[] }[] = [
  { name: "a target", octets: `GET http://AT/${"a".repeat(100_000)} HTTP/1.1\r\nHost: AT\r\n\r\n`, status: [414] },
  { name: "a method", octets: `${"A".repeat(10_000)} http://AT/ HTTP/1.1\r\nHost: AT\r\n\r\n`, status: [400, 501] },
  { name: "a line of two million octets", octets: `${"G".repeat(2_000_000)}\r\n`, status: [414] },
  { name: "a field", octets: `${GET}X: ${"a".repeat(100_000)}\r\n\r\n`, status: [431] },
  { name: "a name", octets: `${GET}${"X".repeat(100_000)}: a\r\n\r\n`, status: [431] },
  { name: "many fields", octets: `${GET}${"X: a\r\n".repeat(5_000)}\r\n`, status: [431] },
  { name: "a login", octets: `${GET}Proxy-Authorization: Basic ${"QUFB".repeat(3_000)}\r\n\r\n`, status: [407, 431] },
  { name: "a host", octets: `GET http://${"a".repeat(5_000)}/ HTTP/1.1\r\nHost: a\r\n\r\n`, status: [400, 414] },
  {
    name: "a label",
    octets: `GET http://${"a".repeat(200)}.test/ HTTP/1.1\r\nHost: a\r\n\r\n`,
    status: [400, 502, 504],
  },
  { name: "empty lines", octets: "\r\n".repeat(100_000), status: [400] },
  { name: "a list of ranges", octets: `${GET}Range: bytes=${"0-0,".repeat(3_000)}\r\n\r\n`, status: [200] },
];

for (const { name, octets, status } of OVERSIZED) {
  test(`oversized: ${name}`, async () => {
    const sender = await Sender.dial(proxy);
    senders.push(sender);
    expect(statusOf(await sender.send(here(octets)).until(/\r\n\r\n/))).toBeOneOf([...status]);
    await bystander();
  });
}

test("responses with oversized heads are 502, and their origins are let go", async () => {
  for (const octets of [
    `HTTP/1.1 200 ${"O".repeat(100_000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nX: ${"a".repeat(100_000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${"X: a\r\n".repeat(5_000)}\r\n`,
    "x".repeat(1_000_000),
  ]) {
    origin.script = () => ({ octets });
    const sender = await Sender.dial(proxy);
    senders.push(sender);
    expect(statusOf(await sender.send(here(`${GET}\r\n`)).until(/\r\n\r\n/))).toBe(502);
  }
  await until(() => origin.connections.every(({ ended }) => ended), "the origin's connections to end");
});

test("many pipelined requests are answered one after the other", async () => {
  const sender = await Sender.dial(proxy);
  senders.push(sender);
  sender.send(here(`${GET}\r\n`).repeat(500));
  await until(() => (sender.received.match(/HTTP\/1\.1 200/g) ?? []).length === 500, "500 answers");
  // No second connection was opened for what stands in one line.
  expect(origin.connections).toHaveLength(1);
});

test("a request that comes back here is ended, whether it names the proxy's port or is sent round", async () => {
  await server.set("gateway.connectTimeout=2");
  const own = `127.0.0.1:${proxy}`;
  const direct = await say(proxy, `GET http://${own}/x HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\n\r\n`);
  expect(statusOf(direct)).toBeOneOf([400, 403, 404, 508]);
  // What it calls itself in Via is learnt from a response, and sent as if another proxy had passed it on.
  const name = /^via: 1\.1 (gatepost-\w+)\r$/im.exec(await say(proxy, here(`${GET}Connection: close\r\n\r\n`)))?.[1];
  expect(name).toBeString();
  for (const via of [`1.1 ${name}`, `1.0 a, 1.1 ${name} (comment), 1.1 b`, `1.0 a\r\nVia: 1.1 ${name}`]) {
    const count = origin.requests.length;
    const answer = await say(proxy, here(`${GET}Via: ${via}\r\nConnection: close\r\n\r\n`));
    expect([via, statusOf(answer)]).toEqual([via, 508]);
    expect(origin.requests).toHaveLength(count);
  }
});

const BREAKING = [
  "\r\nX-Evil: 1",
  "\r\n\r\nHTTP/1.1 200 OK",
  "\nX-Evil: 1",
  "\rX-Evil: 1",
  "%0d%0aX-Evil:%201",
  "\u0085X-Evil: 1",
  "\u560a\u560dX-Evil: 1",
  "<script>alert(1)</script>",
];

for (const text of BREAKING) {
  test(`what a client writes stays in its place: ${JSON.stringify(text)}`, async () => {
    const raw = Buffer.from(text, "utf8").toString("latin1");
    for (const octets of [
      `GET http://AT/${raw} HTTP/1.1\r\nHost: AT\r\nConnection: close\r\n\r\n`,
      `GET http://x${raw}/ HTTP/1.1\r\nHost: AT\r\nConnection: close\r\n\r\n`,
      `CONNECT x${raw}:443 HTTP/1.1\r\nHost: AT\r\nConnection: close\r\n\r\n`,
      `GET ftp://x/${raw} HTTP/1.1\r\nHost: AT\r\nConnection: close\r\n\r\n`,
      `GET /${raw} HTTP/1.1\r\nHost: AT\r\nConnection: close\r\n\r\n`,
    ]) {
      const answer = await say(proxy, here(octets));
      const [head = "", page = ""] = answer.split("\r\n\r\n");
      expect(head).not.toMatch(/^x-evil/im);
      expect(answer.match(/^HTTP\/1\.1 \d{3}/gm)?.length ?? 0).toBeLessThanOrEqual(1);
      expect(page).not.toContain("<script>alert");
    }
    expect(origin.octets).not.toMatch(/^x-evil/im);
  });
}

test("what an origin writes stays in its place", async () => {
  for (const location of ["http://evil.test/\u000dX-Evil: 1", "/a\u0000b"]) {
    origin.script = () => ({ octets: `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n` });
    expect(statusOf(await say(proxy, here(`${GET}Connection: close\r\n\r\n`)))).toBe(502);
  }
});
