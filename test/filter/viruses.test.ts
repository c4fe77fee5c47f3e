/** Virus scanners: what is sent to them, what becomes of what they find, and what they cannot do to us. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { quarantineSettings } from "../../src/filter/quarantine/settings.ts";
import { placeOf } from "../../src/filter/scanners/place.ts";
import { scannerSettings } from "../../src/filter/scanners/settings.ts";
import { Refusal } from "../../src/refusal.ts";
import { clamdFinding, type FakeScanner, fakeScanner } from "./fake-scanner.ts";
import { FilterHouse } from "./house.ts";

let house: FilterHouse;
const scanners: FakeScanner[] = [];

beforeAll(async () => {
  house = await FilterHouse.open();
  await house.set({ dnsSeconds: 0.1, spf: false, reverseName: false, dmarc: "off" });
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

beforeEach(async () => await set({ clamd: [], clamdSeconds: 5, onVirus: "refuse", whenUnscanned: "later" }));

afterEach(() => {
  for (const scanner of scanners.splice(0)) scanner.close();
});

const set = async (patch: Parameters<typeof house.store.settings.set<typeof scannerSettings.schema>>[1]) =>
  await house.store.settings.set(scannerSettings, patch);

async function scanner(...how: Parameters<typeof fakeScanner>): Promise<FakeScanner> {
  const made = await fakeScanner(...how);
  scanners.push(made);
  return made;
}

const letter = (text: string) =>
  `From: Eve <eve@example.com>\r\nTo: anna@home.test\r\nSubject: A letter\r\nMessage-ID: <${crypto.randomUUID()}@example.com>\r\n` +
  `Gatepost-Virus: none\r\n\r\n${text}\r\n`;

/** Code and enhanced code of the refusal, or "taken". */
async function fate(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "taken",
    (error: unknown) => {
      if (!(error instanceof Refusal) || error.smtp === undefined) throw error;
      return `${error.smtp.code} ${error.smtp.enhanced}`;
    },
  );
}

const lastField = async () =>
  (await house.letters("anna"))
    .at(-1)
    ?.match(/^Gatepost-Virus: (.*)\r$/gm)
    ?.map((line) => line.trim());

describe("a message", () => {
  test("is sent to clamd as it is kept, in pieces, and its header says that nothing was found", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place] });
    const text = "good ".repeat(60_000);
    const message = letter(text);
    expect(await fate(house.receive(message))).toBe("taken");
    expect(await lastField()).toEqual(["Gatepost-Virus: none"]);
    const asked = clamd.asked[0] ?? Buffer.alloc(0);
    expect(asked.subarray(0, 10).toString()).toBe("zINSTREAM\0");
    expect(unframed(asked.subarray(10)).toString()).toBe(message.replace("Gatepost-Virus: none\r\n", ""));
  });

  test("with a virus is refused, and with its name", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place] });
    expect(await fate(house.receive(letter("EVIL")))).toBe("550 5.7.1");
    expect(house.logged("message.scanned").at(-1)?.text).toBe("It carries the virus Evil.Test.");
  });

  test("with a virus that somebody here sends is refused, whatever is set for others", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place], onVirus: "discard" });
    const own = { kind: "submission", user: house.user("anna") } as const;
    expect(await fate(house.receive(letter("EVIL"), { ...own, to: ["bert@home.test"] }))).toBe("550 5.7.1");
    await set({ scanUsers: false });
    expect(await fate(house.receive(letter("EVIL"), { ...own, to: ["bert@home.test"] }))).toBe("taken");
    await set({ scanUsers: true });
  });

  test("with a virus that was collected is held, since there is nobody to refuse", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place] });
    expect(await fate(house.receive(letter("EVIL"), { kind: "collection" }))).toBe("taken");
    const quarantine = await house.transport.quarantine();
    const [held] = quarantine.list({ limit: 1 }).held;
    expect(held?.reason).toBe("virus");
    await house.store.commit((tx) =>
      quarantine.takeWithin(tx, held?.id ?? 0, held?.recipients.map((one) => one.id) ?? []),
    );
  });

  test("can be thrown away with its virus, and nothing of it is left", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place], onVirus: "discard" });
    const before = [(await house.letters("anna")).length, contents()];
    expect(await fate(house.receive(letter("EVIL unseen")))).toBe("taken");
    expect([(await house.letters("anna")).length, contents()]).toEqual(before);
    expect(house.logged("message.discarded")).toHaveLength(1);
  });

  test("with a virus waits in the quarantine, and comes as it would have when it is released", async () => {
    const clamd = await scanner(clamdFinding("EVIL", "Evil.Test"));
    await set({ clamd: [clamd.place], onVirus: "quarantine" });
    const before = (await house.letters("anna")).length;
    await house.receive(letter("EVIL kept"), { to: ["anna@home.test", "bert@home.test"] });
    expect((await house.letters("anna")).length).toBe(before);
    const quarantine = await house.transport.quarantine();
    const [held] = quarantine.list({ limit: 10 }).held;
    if (held === undefined) throw new Error("nothing is held");
    expect(held).toMatchObject({ reason: "virus", sender: "Eve <eve@example.com>", subject: "A letter" });
    expect(held.recipients.map((one) => one.address)).toEqual(["anna@home.test", "bert@home.test"]);
    const annas = quarantine.show(held.id, [house.user("anna").primaryMailbox]);
    await house.transport.release(annas, "anna");
    const released = (await house.letters("anna")).at(-1) ?? "";
    expect(released).toStartWith("Return-Path: <eve@example.com>\r\n");
    expect(released).toContain("Gatepost-Virus: found; Evil.Test\r\n");
    expect(released.match(/^Received:/gm)).toHaveLength(1);
    expect(await house.letters("bert")).toHaveLength(1);
    expect(await house.transport.release(annas, "anna").catch((error: Refusal) => error.kind)).toBe("notFound");
    const { days } = house.store.settings.get(quarantineSettings);
    await house.store.commit(({ client }) => client.run("UPDATE held_messages SET expires_at = 1"));
    expect(days).toBe(30);
    expect(await quarantine.expire()).toBe(1);
    expect(quarantine.list({ limit: 10 }).total).toBe(0);
    expect(await house.letters("bert")).toHaveLength(1);
  });
});

describe("where no scanner answers", () => {
  test("the next one is asked", async () => {
    const [down, clamd] = [await scanner(() => {}), await scanner(clamdFinding("EVIL", "Evil.Test"))];
    down.close();
    await set({ clamd: ["/nowhere/clamd.ctl", down.place, clamd.place] });
    expect(await fate(house.receive(letter("EVIL")))).toBe("550 5.7.1");
    expect(await fate(house.receive(letter("good")))).toBe("taken");
  });

  test("mail comes again later, is taken with a note, or is held, as it is set", async () => {
    await set({ clamd: ["/nowhere/clamd.ctl"] });
    expect(await fate(house.receive(letter("hello")))).toBe("451 4.7.1");
    await set({ whenUnscanned: "pass" });
    expect(await fate(house.receive(letter("hello")))).toBe("taken");
    expect(await lastField()).toEqual(["Gatepost-Virus: not scanned"]);
    await set({ whenUnscanned: "quarantine" });
    expect(await fate(house.receive(letter("hello")))).toBe("taken");
    expect((await house.transport.quarantine()).list({ limit: 1 }).held[0]?.reason).toBe("unscanned");
  });
});

describe("a scanner that", () => {
  const cases: [string, Parameters<typeof fakeScanner>[0], string][] = [
    ["says nothing and never ends", () => {}, "451 4.7.1"],
    ["closes without a word", (socket) => socket.destroy(), "451 4.7.1"],
    ["answers without end", (socket) => socket.write("x".repeat(100_000)), "451 4.7.1"],
    ["answers something else", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"), "451 4.7.1"],
    ["says that a virus is none", (socket) => socket.end("stream: OK FOUNDED\0"), "451 4.7.1"],
    ["takes no message of this size", (socket) => socket.end("INSTREAM size limit exceeded. ERROR\0"), "taken"],
    [
      "hangs up in the middle of a message, and is well otherwise",
      (socket, asked) => (asked.includes("zPING") ? socket.end("PONG\0") : asked.length > 300_000 && socket.destroy()),
      "taken",
    ],
    ["finds something with an evil name", (socket) => socket.end("stream: a\r\n250 \x1b[31m FOUND\0"), "451 4.7.1"],
  ];
  test.each(cases)("%s", async (_, answer, expected) => {
    const clamd = await scanner(answer);
    await set({ clamd: [clamd.place], clamdSeconds: 0.2 });
    expect(await fate(house.receive(letter("x".repeat(3_000_000))))).toBe(expected);
  });
});

test("a scanner is named by its address and port, or its socket", () => {
  expect(placeOf("127.0.0.1:3310")).toEqual({ host: "127.0.0.1", port: 3310 });
  expect(placeOf("[::1]:3310")).toEqual({ host: "::1", port: 3310 });
  expect(placeOf("/run/clamav/clamd.ctl")).toEqual({ path: "/run/clamav/clamd.ctl" });
  for (const wrong of ["", "clamd", "host:0", "host:70000", "a b:1", "/a\r\nb"]) expect(placeOf(wrong)).toBeUndefined();
});

function contents(): number {
  return Number(house.store.client.query("SELECT count(*) FROM contents").values()[0]?.[0]);
}

/** The octets that were framed for INSTREAM. */
function unframed(framed: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < framed.length; ) {
    const length = framed.readUInt32BE(at);
    pieces.push(framed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return Buffer.concat(pieces);
}
