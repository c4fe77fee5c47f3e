import { expect, test } from "bun:test";
import fc from "fast-check";
import { DotStuffer, Top } from "../../src/services/pop3/multiline.ts";

/** A message as it is sent, stuffed in blocks of `step` octets. */
function stuffed(message: string, step = 1_000_000): string {
  const stuffer = new DotStuffer();
  const octets = Buffer.from(message);
  let sent = "";
  for (let at = 0; at < octets.length; at += step) {
    sent += Buffer.from(stuffer.stuff(octets.subarray(at, at + step))).toString();
  }
  return sent + stuffer.end();
}

test.each<[string, string]>([
  ["", ".\r\n"],
  ["a\r\n", "a\r\n.\r\n"],
  ["a", "a\r\n.\r\n"],
  ["a\n", "a\n\r\n.\r\n"],
  ["a\r", "a\r\r\n.\r\n"],
  [".\r\n", "..\r\n.\r\n"],
  ["..\r\n.a\r\nb.c\r\n.", "...\r\n..a\r\nb.c\r\n..\r\n.\r\n"],
  ["a\n.\nb\r\n", "a\n..\nb\r\n.\r\n"],
])("%j is sent as %j, however it is cut", (message, sent) => {
  for (const step of [1, 2, 3, 100]) expect(stuffed(message, step)).toBe(sent);
});

test("a client that removes the dots has the message again, and sees its end only at the end", () => {
  const line = fc.stringMatching(/^[.a]{0,4}$/);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (lines, step) => {
      const message = lines.map((text) => `${text}\r\n`).join("");
      const sent = stuffed(message, step);
      const end = `\r\n${sent}`.indexOf("\r\n.\r\n");
      expect(end).toBe(sent.length - 3);
      expect(sent.slice(0, -3).replace(/^\./gm, "")).toBe(message);
    }),
  );
});

/** The top of a message in blocks of `step` octets. */
function topOf(message: string, lines: number, step: number): string {
  const top = new Top(lines);
  const octets = Buffer.from(message);
  let sent = "";
  for (let at = 0; at < octets.length; at += step) {
    const { part, done } = top.take(octets.subarray(at, at + step));
    sent += Buffer.from(part).toString();
    if (done) break;
  }
  return sent;
}

test.each<[string, number, string]>([
  ["A: b\r\n c\r\n\r\none\r\ntwo\r\n", 0, "A: b\r\n c\r\n\r\n"],
  ["A: b\r\n c\r\n\r\none\r\ntwo\r\n", 1, "A: b\r\n c\r\n\r\none\r\n"],
  ["A: b\r\n\r\none\r\ntwo", 9, "A: b\r\n\r\none\r\ntwo"],
  ["\r\none\r\ntwo\r\n", 1, "\r\none\r\n"],
  ["A: b\n\none\ntwo\n", 1, "A: b\n\none\n"],
  ["A: b\r\n", 3, "A: b\r\n"],
])("the top of %j with %i lines is %j, however it is cut", (message, lines, top) => {
  for (const step of [1, 2, 3, 5, 100]) expect(topOf(message, lines, step)).toBe(top);
});
