/** Input that no client would send: the session answers or ends, others go on, and nothing goes wrong inside. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import fc from "fast-check";
import { Dialogue } from "../dialogue.ts";
import { House, message, PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
  await house.deliver([message("one"), message("two")]);
});
afterAll(async () => await house.close());

const words = (
  'FETCH|UID|STORE|SEARCH|1:*|*|(|)|BODY[|]|<0.5>|HEADER.FIELDS|{5}|{5+}|{0+}|~{3+}|"|\\|FLAGS|+FLAGS|(\\Seen)|LIST|""|%|' +
  "APPEND|INBOX|SELECT|IDLE|DONE|CREATE|x/y|RENAME|DELETE|STATUS|(MESSAGES)|COPY|MOVE|EXPUNGE|NOOP|OR|NOT|RETURN|(SAVE)|$|" +
  "ENABLE|IMAP4rev2|ID|NIL|AUTHENTICATE|PLAIN|LOGIN|BINARY[1]|BINARY.SIZE[]|BODY[1.2.3]|ENVELOPE|NAMESPACE|CLOSE|" +
  "SUBSCRIBE|\u00e9|\0|\x80|TEXT|a|BEFORE|1-Feb-1994|abcde"
).split("|");

const line = fc
  .array(fc.tuple(fc.constantFrom(" ", " ", " ", ""), fc.constantFrom(...words)), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flat().join(""));
const script = fc.array(fc.tuple(fc.nat(99), line, fc.constantFrom("\r\n", "\r\n", "\n")), {
  minLength: 1,
  maxLength: 30,
});

describe("nonsense", () => {
  for (const [when, prefix] of [
    ["before login", ""],
    ["after login", `l LOGIN ann "${PASSWORD}"\r\ns SELECT INBOX\r\n`],
  ]) {
    test(`${when} is answered or ends the session`, async () => {
      await fc.assert(
        fc.asyncProperty(script, async (lines) => {
          const dialogue = await Dialogue.open({ port: house.port() });
          dialogue.sendRaw(prefix + lines.map(([tag, text, end]) => `t${tag} ${text}${end}`).join(""));
          dialogue.end();
          const said = await dialogue.closed();
          expect(said).toStartWith("* OK [CAPABILITY");
          expect(house.faults).toEqual([]);
        }),
        { numRuns: 150 },
      );
      const client = await house.select();
      await client.ok("FETCH 1:* FLAGS");
      client.dialogue.destroy();
    }, 60_000);
  }
});

describe("floods", () => {
  test("a line without end is not kept, and ends its session", async () => {
    const dialogue = await Dialogue.open({ port: house.port() });
    await dialogue.expect("* OK");
    const block = Buffer.alloc(1 << 20, "x");
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 24; i++) await dialogue.sendAll(block).catch(() => {});
    dialogue.end();
    await dialogue.closed();
    expect(process.memoryUsage.rss() - before).toBeLessThan(120 << 20);
  });

  test("a client that asks for much and reads nothing holds up nobody and little memory", async () => {
    const client = await house.enter();
    await client.append("INBOX", message("large", "y".repeat(8 << 20)));
    await client.ok("SELECT INBOX");
    const before = process.memoryUsage.rss();
    const greedy = connect(house.port(), "127.0.0.1").pause();
    const fetches = Array.from({ length: 50 }, (_, i) => `g${i} FETCH * BODY.PEEK[]\r\n`).join("");
    greedy.write(`l LOGIN ann "${PASSWORD}"\r\ns SELECT INBOX\r\n${fetches}`);
    for (let i = 0; i < 200; i++) await client.ok("FETCH 1 ENVELOPE");
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 << 20);
    greedy.destroy();
    client.dialogue.destroy();
    await house.quiet();
    expect(house.faults).toEqual([]);
  });
});
