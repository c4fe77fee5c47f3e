import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DotDecoder } from "../../src/net/dot.ts";
import { processorMs } from "../timing.ts";
import { text } from "./peer.ts";

interface Result {
  message: string;
  rest: string | undefined;
  bare: boolean;
}

/** Decodes octets cut into the given pieces. */
function decode(pieces: readonly string[]): Result {
  const decoder = new DotDecoder();
  let message = "";
  for (const [i, piece] of pieces.entries()) {
    if (piece === "") continue;
    const { bytes, end } = decoder.decode(Uint8Array.from(Buffer.from(piece, "latin1")));
    message += text(bytes);
    if (end >= 0) {
      return { message, rest: piece.slice(end) + pieces.slice(i + 1).join(""), bare: decoder.bareNewline };
    }
  }
  return { message, rest: undefined, bare: decoder.bareNewline };
}

/** What RFC 5321 §4.1.1.4 and §4.5.2 say, said in the simplest way. */
function reference(sent: string): Result {
  const whole = `\r\n${sent}`;
  const end = whole.indexOf("\r\n.\r\n");
  const body = (end < 0 ? whole : whole.slice(0, end + 2)).slice(2);
  const message = `\r\n${body}`.replaceAll("\r\n.", "\r\n").slice(2);
  return {
    message,
    rest: end < 0 ? undefined : whole.slice(end + 5),
    bare: /\r(?!\n)|(?<!\r)\n/.test(message),
  };
}

/** Every way to cut a text into two, and into single octets. */
function cuts(whole: string): string[][] {
  const twos = Array.from({ length: whole.length + 1 }, (_, i) => [whole.slice(0, i), whole.slice(i)]);
  return [...twos, [...whole]];
}

describe("The end of a message", () => {
  const messages: [sent: string, message: string][] = [
    [".\r\n", ""],
    ["a\r\n.\r\n", "a\r\n"],
    ["\r\n.\r\n", "\r\n"],
    ["..\r\n.\r\n", ".\r\n"],
    [".a\r\n.\r\n", "a\r\n"],
    ["a\r\n..\r\n...\r\n.\r\n", "a\r\n.\r\n..\r\n"],
    ["a.\r\n.\r\n", "a.\r\n"],
  ];
  test.each(messages)("%j is the message %j, at every split", (sent, message) => {
    for (const pieces of cuts(`${sent}QUIT\r\n`)) {
      expect(decode(pieces)).toEqual({ message, rest: "QUIT\r\n", bare: false });
    }
  });

  const smuggled = [
    "\n.\n",
    "\r.\r",
    "\n.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\r.\r\n",
    "\n.\r",
    "\r\n.\r\r\n",
    "\r\r\n.\n",
    "\r\n\0.\r\n",
  ];
  test.each(smuggled)("%j inside a message does not end it, at every split", (variant) => {
    const sent = `before${variant}MAIL FROM:<a@b>\r\n.\r\nQUIT\r\n`;
    for (const pieces of cuts(sent)) {
      const result = decode(pieces);
      expect(result.rest).toBe("QUIT\r\n");
      expect(result.bare).toBe(variant !== "\r\n\0.\r\n");
    }
  });

  test("Any octets, cut anywhere, decode as the standard says", () => {
    const piece = fc.string({
      unit: fc.constantFrom("\r", "\n", ".", "a", "\r\n", "\r\n.", "\r\n.\r\n"),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = decode(pieces);
        const expected = reference(pieces.join(""));
        if (expected.rest !== undefined) expect(found).toEqual(expected);
        else {
          // What hangs on the next octet may be held back while the message goes on.
          expect(found.rest).toBeUndefined();
          expect(expected.message.startsWith(found.message)).toBe(true);
          expect(expected.message.length - found.message.length).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("The most hostile octets decode in linear time", () => {
    for (const unit of ["\r", "\n", "\r\n.", ".", "\n.\r", "..\r\n"]) {
      const octets = Uint8Array.from(Buffer.from(unit.repeat(1_000_000 / unit.length)));
      const begun = processorMs();
      new DotDecoder().decode(octets);
      expect(processorMs() - begun).toBeLessThan(3_000);
    }
  });
});
