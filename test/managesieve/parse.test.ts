import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Arguments, GrammarError, scan } from "../../src/services/managesieve/parse.ts";
import { bye, no, ok, string } from "../../src/services/managesieve/respond.ts";

const words = (line: string) =>
  scan(Buffer.from(line)).tokens.map((token) =>
    token.kind === "string" && token.octets instanceof Uint8Array
      ? `"${Buffer.from(token.octets)}"`
      : JSON.stringify(token),
  );

describe("a line", () => {
  test.each([
    ['PUTSCRIPT "a b"', ['{"kind":"atom","text":"PUTSCRIPT"}', '"a b"']],
    ['havespace "" 99', ['{"kind":"atom","text":"HAVESPACE"}', '""', '{"kind":"number","value":99}']],
    ['"\\"\\\\"', ['""\\"']],
    ["", []],
    ["  NOOP  ", ['{"kind":"atom","text":"NOOP"}']],
  ])("%j", (line, tokens) => {
    expect(words(line)).toEqual(tokens);
  });

  test("announces a literal", () => {
    expect(scan(Buffer.from('PUTSCRIPT "a" {12+}')).literal).toBe(12);
    expect(scan(Buffer.from("{0+}")).literal).toBe(0);
  });

  test.each([
    ['"no end', "no end"],
    ['"a\\n"', "backslash"],
    ['"a"b', "space"],
    ["{12}", "plus"],
    ["{12+} more", "end of the line"],
    ["{99999999999+}", "announced"],
    ["{4294967296+}", "too large"],
    ["4294967296", "too large"],
    ["GET / HTTP/1.1", "no command"],
    [`"${"x".repeat(1_025)}"`, "1024"],
  ])("%p is none", (line, words) => {
    expect(() => scan(Buffer.from(line))).toThrow(words);
  });

  test("of any octets is taken apart or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        try {
          scan(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(GrammarError);
        }
      }),
    );
  });
});

describe("what is said", () => {
  test("can be read again", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const said = string(text);
        if (said.startsWith("{")) return;
        expect(new Arguments(scan(Buffer.from(said)).tokens).text("text")).toBe(text);
      }),
    );
  });

  test("is quoted where it may be", () => {
    expect(ok()).toBe("OK\r\n");
    expect(no("Say “more”.", { name: "QUOTA/MAXSIZE" })).toBe('NO (QUOTA/MAXSIZE) "Say “more”."\r\n');
    expect(ok("Done.", { name: "TAG", text: Buffer.from("a") })).toBe('OK (TAG "a") "Done."\r\n');
    expect(bye("one\r\ntwo")).toBe("BYE {8}\r\none\r\ntwo\r\n");
  });
});
