/** Senseless clients: whatever they send, in whatever pieces, the session answers or closes, and nothing of ours fails. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { Dialogue } from "../dialogue.ts";
import { House } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
  await house.set({ errorDelay: 0, maxMessageSize: 4096, commandTimeout: 2, dataTimeout: 2 });
});
afterAll(async () => {
  await house.close();
});

const BEGUN = "EHLO a.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@home.example>";
const command = fc.oneof(
  fc.constantFrom(BEGUN, `${BEGUN}\r\nDATA\r\na: b`, `${BEGUN}\r\nBDAT 4 LAST\r\nab`),
  fc.constantFrom(
    "EHLO a.example",
    "HELO a.example",
    "MAIL FROM:<a@b.example>",
    "MAIL FROM:<> BODY=BINARYMIME SMTPUTF8 SIZE=12 RET=FULL ENVID=x",
    "RCPT TO:<ann@home.example>",
    "RCPT TO:<jürgen@home.example> NOTIFY=SUCCESS",
    "DATA",
    "BDAT 3",
    "BDAT 0 LAST",
    "BDAT 5 LAST",
    "BDAT x",
    "BDAT 5000",
    "RSET",
    "NOOP",
    "VRFY x",
    "EXPN x",
    "HELP",
    "HELP MAIL",
    "AUTH PLAIN",
    "AUTH PLAIN AGEAYg==",
    "AUTH SCRAM-SHA-256 biwsbj1hLHI9eA==",
    "*",
    ".",
    "..",
    "QUIT",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constant("x".repeat(5000)),
);
const lineEnd = fc.constantFrom("\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n.\r\n", "\n.\n", "\0");
const conversation = fc.array(fc.tuple(command, lineEnd), { maxLength: 25 });

test("any conversation, cut anywhere, ends without a fault", async () => {
  await fc.assert(
    fc.asyncProperty(
      conversation,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }),
      async (lines, cuts) => {
        const octets = Buffer.from(lines.map(([text, end]) => text + end).join(""));
        const client = await Dialogue.open({ port: house.port() });
        let at = 0;
        for (const cut of cuts) {
          if (at < octets.length) await client.sendAll(octets.subarray(at, at + cut)).catch(() => undefined);
          at += cut;
        }
        if (at < octets.length) await client.sendAll(octets.subarray(at)).catch(() => undefined);
        client.end();
        const said = await client.closed();
        for (const line of said.split("\r\n").slice(0, -1)) expect(line).toMatch(/^[2345]\d\d[ -]/);
        expect(said.endsWith("\r\n") || said === "").toBe(true);
      },
    ),
    { numRuns: 300 },
  );
  await house.quiet();
  expect(house.store.events.recent({ level: "error" })).toEqual([]);
  expect(house.post.posted.length).toBeGreaterThan(10);
  for (const { envelope, text } of house.post.posted) {
    expect(envelope.recipients.length).toBeGreaterThan(0);
    if (envelope.body !== "BINARYMIME") expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  }
}, 60_000);
