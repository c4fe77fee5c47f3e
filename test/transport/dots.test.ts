import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DotStuffer } from "../../src/transport/send/dots.ts";

/** The message as sent, cut into the given chunks. */
function sent(...chunks: string[]): string {
  const stuffer = new DotStuffer();
  const parts = chunks.map((chunk) => Buffer.from(stuffer.stuff(Buffer.from(chunk, "latin1"))));
  return Buffer.concat([...parts, stuffer.end()]).toString("latin1");
}

/** What a server makes of it: up to the first CRLF.CRLF, dots taken off. */
function received(text: string): { message: string; rest: string } {
  const end = text.startsWith(".\r\n") ? 0 : text.indexOf("\r\n.\r\n") + 2;
  const message = text.slice(0, end).replace(/(^|\r\n)\./g, "$1");
  return { message, rest: text.slice(end + 3) };
}

describe("dot stuffing", () => {
  test("doubles dots at the front of lines and ends with a dot", () => {
    expect(sent("a\r\n.b\r\n..c\r\n")).toBe("a\r\n..b\r\n...c\r\n.\r\n");
    expect(sent(".a\r\n")).toBe("..a\r\n.\r\n");
    expect(sent("")).toBe(".\r\n");
    expect(sent("a.b\r\n")).toBe("a.b\r\n.\r\n");
  });

  test("sees lines that chunks cut anywhere", () => {
    expect(sent("a\r", "\n", ".b\r\n")).toBe("a\r\n..b\r\n.\r\n");
    expect(sent("a\r\n", ".\r\n")).toBe("a\r\n..\r\n.\r\n");
  });

  test("a last line without an end gets one", () => {
    expect(sent("a")).toBe("a\r\n.\r\n");
    expect(sent("a\r")).toBe("a\r\n.\r\n");
    expect(sent("a\n")).toBe("a\r\n.\r\n");
  });

  test("bare line ends, which could smuggle a message, become CRLF", () => {
    expect(sent("a\n.\nMAIL\r\n")).toBe("a\r\n..\r\nMAIL\r\n.\r\n");
    expect(sent("a\r.\rb\r\n")).toBe("a\r\n..\r\nb\r\n.\r\n");
    expect(sent("a\r", ".\r\n")).toBe("a\r\n..\r\n.\r\n");
    expect(sent("a\n", ".\r\nb")).toBe("a\r\n..\r\nb\r\n.\r\n");
  });

  test("an untouched chunk is passed on without a copy", () => {
    const chunk = Buffer.from("nothing\r\nto do\r\n");
    expect(new DotStuffer().stuff(chunk)).toBe(chunk);
  });

  test("however it is cut, the server gets the same message and not an octet more", () => {
    const piece = fc.constantFrom("\r", "\n", "\r\n", ".", "a", "\r\n.", "\r\n.\r\n", "bc");
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 8 }), { maxLength: 6 }), (pieces) => {
        const chunks = pieces.map((chunk) => chunk.join(""));
        const whole = chunks.join("");
        const expected = whole.replace(/\r\n|\r|\n/g, "\r\n");
        const complete = expected === "" || expected.endsWith("\r\n") ? expected : `${expected}\r\n`;
        expect(received(sent(...chunks))).toEqual({ message: complete, rest: "" });
        expect(sent(...chunks)).not.toMatch(/(^|[^\r])\n|\r([^\n]|$)/);
      }),
      { numRuns: 3000 },
    );
  });
});
