/** What extends APPEND: several messages at once, binary ones, messages put together from others, and REPLACE. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Answer, Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** A new folder. */
async function folder(): Promise<string> {
  const name = `Append${++count}`;
  await client.ok(`CREATE ${name}`);
  return name;
}

/** Sends text and non-synchronising literals in turn, and reads the answer. */
async function say(parts: readonly (string | Uint8Array)[], by = client): Promise<Answer> {
  const tag = by.tag();
  by.dialogue.sendRaw(`${tag} `);
  for (const part of parts) by.dialogue.sendRaw(part);
  by.dialogue.sendRaw("\r\n");
  return await by.answer(tag);
}

/** A literal that is not waited for. */
function literal(octets: string | Uint8Array, binary = ""): Uint8Array {
  const content = Buffer.from(octets);
  return Buffer.concat([Buffer.from(`${binary}{${content.length}+}\r\n`), content]);
}

const status = async (name: string) => (await client.ok(`STATUS ${name} (MESSAGES UIDNEXT)`))[0];
/** What is left in the store of contents that nobody refers to. */
const parked = () => house.store.client.query("SELECT count(*) FROM contents WHERE hash IS NULL").values()[0]?.[0];

describe("MULTIAPPEND (RFC 3502)", () => {
  test("puts several messages into a folder, each with its own flags and date", async () => {
    // The example of section 6.3.11.
    const name = await folder();
    const tag = client.tag();
    const [first, second] = [message("afternoon meeting"), message("Re: afternoon meeting")];
    client.dialogue.sendRaw(`${tag} APPEND ${name} (\\Seen) {${first.length}}\r\n`);
    expect(await client.response()).toStartWith("+ ");
    client.dialogue.sendRaw(`${first} (\\Seen) " 7-Feb-1994 22:43:04 -0800" {${second.length}}\r\n`);
    expect(await client.response()).toStartWith("+ ");
    client.dialogue.sendRaw(`${second}\r\n`);
    expect((await client.answer(tag)).tagged).toMatch(/^OK \[APPENDUID \d+ 1:2\] APPEND completed/);
    await client.ok(`SELECT ${name}`);
    expect(await client.ok("FETCH 2 (FLAGS INTERNALDATE RFC822.SIZE)")).toEqual([
      `2 FETCH (FLAGS (\\Recent \\Seen) INTERNALDATE " 8-Feb-1994 06:43:04 +0000" RFC822.SIZE ${second.length})`,
    ]);
    await client.ok("UNSELECT");
    expect(client.greeting).not.toContain("MULTIAPPEND");
    expect((await client.ok("CAPABILITY"))[0]).toContain(" MULTIAPPEND");
  });

  test("keeps none where one is refused", async () => {
    const name = await folder();
    const good = literal(message("good"));
    for (const [bad, answer] of [
      [" {0+}\r\n", /^NO A message of no octets/],
      [" nonsense", /^BAD Expected a message as literal at octet 2/],
      [" (\\Nonsense) {3+}\r\nabc", /^BAD/],
      [' "31-Feb-2020 01:02:03 +0000" {3+}\r\nabc', /^BAD/],
      ["x", /^BAD Expected a space/],
    ] as const) {
      expect((await say([`APPEND ${name} `, good, " ", good, bad])).tagged).toMatch(answer);
    }
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    // Trailing spaces begin no message.
    expect((await say([`APPEND ${name} `, good, " "])).tagged).toMatch(/^OK/);
  });

  test("large messages wait in the store, and are gone from it when the last is refused", async () => {
    const name = await folder();
    const large = () =>
      Buffer.from(
        message(
          `large ${Math.random()}`,
          Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)))
            .toString("hex")
            .repeat(6),
        ),
      );
    const parts = [`APPEND ${name} `, literal(large()), " ", literal(large()), " ", literal(large())];
    const { primaryMailbox } = house.user("ann");
    const { size } = house.mailstore.usage(primaryMailbox);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: size + 2_000_000 } });
    expect((await say(parts)).tagged).toMatch(/^NO \[OVERQUOTA\]/);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: null } });
    expect(parked()).toBe(0);
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    expect((await say(parts)).tagged).toMatch(/^OK \[APPENDUID \d+ 1:3\]/);
    expect(parked()).toBe(0);
    await client.ok(`SELECT ${name}`);
    const [fetched = ""] = await client.ok("FETCH 3 BODY.PEEK[]");
    expect(
      fetched.endsWith(
        `${Buffer.from(parts[5] as Uint8Array)
          .toString("latin1")
          .split("\r\n")
          .slice(1)
          .join("\r\n")})`,
      ),
    ).toBe(true);
    await client.ok("UNSELECT");
  });

  test("too many, or too large together, are refused before they are sent", async () => {
    const name = await folder();
    const small = literal("a: b\r\n\r\n");
    const many = Array.from({ length: 501 }, () => [" ", small]).flat();
    expect((await say([`APPEND ${name}`, ...many])).tagged).toMatch(/^NO \[LIMIT\] One command may bring 500 messages/);
    expect((await say([`APPEND ${name}`, ...many.slice(2)])).tagged).toMatch(/^OK \[APPENDUID \d+ 1:500\]/);
    await house.set({ maxMessageSize: 1_024 });
    const kilobyte = literal(`a: b\r\n\r\n${"x".repeat(1_000)}`);
    const eleven = Array.from({ length: 11 }, () => [" ", kilobyte]).flat();
    expect((await say([`APPEND ${name}`, ...eleven])).tagged).toMatch(/^NO \[TOOBIG\] The messages of one command/);
    expect(await client.fails(`APPEND ${name} {1025}`)).toMatch(/^NO \[TOOBIG\] A message/);
    await house.set({ maxMessageSize: 52_428_800 });
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 500 UIDNEXT 501)`);
  });

  test("headers that would fill the memory are refused", async () => {
    const name = await folder();
    const wide = literal(`${"x: y\r\n".repeat(40_000)}\r\nbody`);
    const many = Array.from({ length: 80 }, () => [" ", wide]).flat();
    expect((await say([`APPEND ${name}`, ...many])).tagged).toMatch(/^NO \[LIMIT\] The headers/);
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    expect(parked()).toBe(0);
  });

  test("a connection that breaks between two messages leaves nothing", async () => {
    const name = await folder();
    const other = await house.enter();
    other.dialogue.sendRaw(`a APPEND ${name} `);
    other.dialogue.sendRaw(literal(message("first")));
    other.dialogue.sendRaw(" {100000+}\r\nabc");
    const before = house.sessions;
    other.dialogue.destroy();
    while (house.sessions === before) await new Promise((resolve) => setImmediate(resolve));
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
  });
});
