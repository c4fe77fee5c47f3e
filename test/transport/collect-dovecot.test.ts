/** Collecting from Debian's Dovecot: POP3 and IMAP, plain and encrypted, what is removed there and when, and what is known again. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { AccountChange } from "../../src/transport/collect/accounts.ts";
import type { LookEnd } from "../../src/transport/collect/collector.ts";
import { DovecotSource, SECRET } from "./dovecot-source.ts";
import { World } from "./world.ts";

const DAY_MS = 86_400_000;

let source: DovecotSource;
let world: World;

beforeAll(async () => {
  [source, world] = await Promise.all([
    DovecotSource.start(),
    World.open({ zone: { "imap.remote.test": { A: ["127.0.0.1"] } } }),
  ]);
});

afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
  await source.stop();
});

const letter = (id: string, text = "Hello.") =>
  `From: Zoe <zoe@far.test>\r\nTo: x@far.test\r\nSubject: ${id}\r\nMessage-ID: <${id}@far.test>\r\n\r\n${text}\r\n.dot\r\n`;

/** Adds an account of somebody; it is looked at when the test says so. */
async function account(login: string, change: Partial<AccountChange> & { login: string }): Promise<number> {
  const { accounts } = await world.transport.collection.collector();
  const protocol = change.protocol ?? "imap";
  const tls = change.tls ?? "none";
  const port = source.ports[tls === "implicit" ? (`${protocol}s` as const) : protocol];
  const usual = { host: "127.0.0.1", port, protocol, tls, local: true, enabled: false, secret: SECRET };
  const { id } = await world.store.commit((tx) =>
    accounts.createWithin(tx, world.user(login).primaryMailbox, { ...usual, ...change }),
  );
  return id;
}

async function look(id: number): Promise<LookEnd> {
  return await (await world.transport.collection.collector()).lookNow(id);
}

const subjects = (login: string) => world.inbox(login).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]);

test.each(["imap", "pop3"] as const)("%s: each message comes once, as it was", async (protocol) => {
  const far = `plain-${protocol}`;
  source.deliver(far, [letter(`${protocol}1`), letter(`${protocol}2`, "x".repeat(200_000))]);
  const id = await account("anna", { login: far, protocol });
  expect(await look(id)).toEqual({ result: "2 messages collected.", problem: "", collected: 2 });
  expect(await look(id)).toEqual({ result: "0 messages collected.", problem: "", collected: 0 });
  source.deliver(far, [letter(`${protocol}3`)]);
  expect((await look(id)).collected).toBe(1);
  expect(subjects("anna").slice(-3)).toEqual([`${protocol}1`, `${protocol}2`, `${protocol}3`]);
  const [, , last = ""] = world.inbox("anna").slice(-3);
  expect(last).toEndWith(letter(`${protocol}3`));
  expect(last).toContain(`with ${protocol.toUpperCase()}`);
  expect(source.count(far)).toBe(3);
});

test.each([
  ["imap", "implicit"],
  ["imap", "starttls"],
  ["pop3", "implicit"],
  ["pop3", "starttls"],
] as const)("%s with TLS (%s): the certificate is judged", async (protocol, tls) => {
  const far = `${protocol}-${tls}`;
  source.deliver(far, [letter(far)]);
  const id = await account("bert", { login: far, protocol, tls, host: "imap.remote.test" });
  expect(await look(id)).toMatchObject({ problem: "", collected: 1 });
  const wrong = await account("bert", { login: far, protocol, tls });
  expect((await look(wrong)).problem).toContain("could not be encrypted");
  expect(subjects("bert").filter((one) => one === far)).toEqual([far]);
});

test.each(["imap", "pop3"] as const)("%s: what was collected goes after the days that are set", async (protocol) => {
  const far = `keeps-${protocol}`;
  source.deliver(far, [letter(`${far}1`)]);
  const id = await account("anna", { login: far, protocol, keepDays: 3 });
  await look(id);
  expect(source.count(far)).toBe(1);
  world.clock += 3 * DAY_MS - 1_000;
  await look(id);
  expect(source.count(far)).toBe(1);
  world.clock += 2_000;
  source.deliver(far, [letter(`${far}2`)]);
  expect((await look(id)).collected).toBe(1);
  expect(source.count(far)).toBe(1);
});

test.each(["imap", "pop3"] as const)("%s: what need not stay goes at once", async (protocol) => {
  const far = `goes-${protocol}`;
  source.deliver(far, [letter(`${far}1`), letter(`${far}2`)]);
  const id = await account("anna", { login: far, protocol, keepDays: 0 });
  expect((await look(id)).collected).toBe(2);
  expect(source.count(far)).toBe(0);
});

test("only what comes is collected where that is wanted", async () => {
  source.deliver("only-new", [letter("old1"), letter("old2")]);
  const id = await account("anna", { login: "only-new", existing: false, keepDays: 0 });
  expect((await look(id)).collected).toBe(0);
  source.deliver("only-new", [letter("new1")]);
  expect((await look(id)).collected).toBe(1);
  expect(source.count("only-new")).toBe(2);
});

test("several folders, and all of them", async () => {
  source.deliver("folders", [letter("in-inbox")]);
  source.deliver("folders", [letter("in-work")], "Work");
  source.deliver("folders", [letter("in-b&A7w-cher")], "B&APw-cher");
  const some = await account("bert", { login: "folders", folders: ["INBOX", "Bücher"] });
  expect((await look(some)).collected).toBe(2);
  const all = await account("bert", { login: "folders", folders: ["*"] });
  expect(await look(all)).toMatchObject({ collected: 1, result: "1 message collected, 2 known already." });
});

test("what two accounts have comes once into a mailbox, and messages are known again when the server names them anew", async () => {
  source.deliver("twice-a", [letter("same")]);
  source.deliver("twice-b", [letter("same"), letter("other")]);
  const first = await account("carl", { login: "twice-a" });
  const second = await account("carl", { login: "twice-b", protocol: "pop3" });
  expect((await look(first)).collected).toBe(1);
  expect(await look(second)).toMatchObject({ collected: 1, result: "1 message collected, 1 known already." });
  source.renumber("twice-a");
  expect(await look(first)).toMatchObject({ problem: "", result: "0 messages collected, 1 known already." });
  expect(subjects("carl")).toEqual(["same", "other"]);
});

test("IDLE hears of a message at once", async () => {
  source.deliver("idle", [letter("first")]);
  const id = await account("bert", { login: "idle", enabled: true, minutes: 60 });
  await world.until(() => subjects("bert").includes("first"), "the first message");
  source.deliver("idle", [letter("second")]);
  await world.until(() => subjects("bert").includes("second"), "the message that IDLE tells of");
  const { accounts } = await world.transport.collection.collector();
  await world.store.commit((tx) => accounts.removeWithin(tx, world.user("bert").primaryMailbox, id));
});
