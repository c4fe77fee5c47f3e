import { expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../src/refusal.ts";
import { HeaderCompletion, type Sender } from "../../src/services/smtp/completion.ts";

const ANN: Sender = { reversePath: "ann@home.example", trace: "t1", hostname: "mail.home.example" };

/** Passes a message through in pieces of `step` octets. */
async function complete(message: string, sender: Sender = ANN, step = 1_000_000): Promise<string> {
  const parts: Uint8Array[] = [];
  const completion = new HeaderCompletion(sender, { write: async (octets) => void parts.push(octets.slice()) });
  const octets = Buffer.from(message);
  for (let at = 0; at < octets.length; at += step) await completion.write(octets.subarray(at, at + step));
  await completion.end();
  return Buffer.concat(parts).toString();
}

const COMPLETE =
  "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nFrom: ann@home.example\r\nMessage-ID: <1@x>\r\nSubject: a\r\n";
const DATE = /Date: \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n/;

test("a complete message passes unchanged, however it is cut", async () => {
  const message = `${COMPLETE}\r\nbody\r\n\r\nmore\r\n`;
  for (const step of [1, 2, 3, 7, 50, 1000]) expect(await complete(message, ANN, step)).toBe(message);
});

test("Date, From and Message-ID are added at the header's end", async () => {
  const sent = await complete("Subject: a\r\n\r\nbody\r\n");
  expect(sent.replace(DATE, "DATE\r\n")).toBe(
    "Subject: a\r\nDATE\r\nFrom: <ann@home.example>\r\nMessage-ID: <t1@mail.home.example>\r\n\r\nbody\r\n",
  );
  expect(sent).toMatch(DATE);
});

test("a message without a header gets one, and a blank line", async () => {
  const sent = await complete("Hello there.\r\nDate: is no field here\r\n");
  expect(sent.replace(DATE, "DATE\r\n")).toBe(
    "DATE\r\nFrom: <ann@home.example>\r\nMessage-ID: <t1@mail.home.example>\r\n\r\nHello there.\r\nDate: is no field here\r\n",
  );
  expect((await complete("\r\nbody\r\n")).endsWith("@mail.home.example>\r\n\r\nbody\r\n")).toBe(true);
  expect((await complete("")).endsWith("@mail.home.example>\r\n\r\n")).toBe(true);
});

test("a header that runs into text gets its blank line where the fields end", async () => {
  expect(await complete(`${COMPLETE}text\r\n\r\nmore\r\n`)).toBe(`${COMPLETE}\r\ntext\r\n\r\nmore\r\n`);
});

test("Bcc, Resent-Bcc and Return-Path stay at home, folded lines included", async () => {
  const message = `Bcc: bob@x,\r\n\teve@x\r\nReturn-Path: <a@b>\r\n${COMPLETE}resent-bcc: c@d\r\n\r\nBcc: in the body\r\n`;
  for (const step of [1, 5, 1000])
    expect(await complete(message, ANN, step)).toBe(`${COMPLETE}\r\nBcc: in the body\r\n`);
});

test("a From or Sender of somebody else is refused, in any spelling", async () => {
  const own: Sender = { ...ANN, mayBeFrom: (address) => address === "ann@home.example" };
  const refused = [
    "From: eve@other.example",
    "From: ann@home.example, eve@other.example",
    'From: "ann@home.example" <eve@other.example>',
    "From: ann@home.example\r\nFROM : eve@other.example",
    "From: us: eve@other.example;",
    "From:",
    "From: nobody:;",
    "From:\r\n eve@other.example",
    "From: ann@home.example\r\nSender: eve@other.example",
    "From: ann@home.example\r\nSender: ann@home.example\r\nsender : eve@other.example",
    "Sender: eve@other.example",
  ];
  for (const from of refused) {
    const sending = complete(`${from}\r\n\r\nbody\r\n`, own);
    expect(sending, from).rejects.toBeInstanceOf(Refusal);
    await sending.catch(() => undefined);
  }
  expect(await complete("From: Ann Home <ann@home.example>\r\n\r\nbody\r\n", own)).toContain("body");
  const sent = "From: ann@home.example\r\nSender: Ann <ann@home.example>\r\n\r\nbody\r\n";
  expect(await complete(sent, own)).toContain("Sender: Ann");
});

test("a header without end is refused; a text without header is not", async () => {
  const endless = complete(`X: ${"a".repeat(900)}\r\n`.repeat(1500), ANN, 65_536);
  expect(endless).rejects.toBeInstanceOf(Refusal);
  await endless.catch(() => undefined);
  const text = `${"plain words ".repeat(50)}\r\n`.repeat(3000);
  expect((await complete(text, ANN, 65_536)).endsWith(text)).toBe(true);
});

test("no message loses or gains an octet but for the fields in question", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "Subject: x",
      "Date: y",
      " folded",
      "From: ann@home.example",
      "",
      "text",
      "Bcc: z",
      "Message-ID: <1@2>",
    ),
    fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, "")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), async (lines, step) => {
      const message = lines.map((text) => `${text}\r\n`).join("");
      const whole = await complete(message);
      expect((await complete(message, ANN, step)).replace(DATE, "")).toBe(whole.replace(DATE, ""));
      const again = await complete(whole);
      expect(again).toBe(whole);
    }),
  );
});
