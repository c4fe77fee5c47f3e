import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Parser } from "../../src/services/imap/parse.ts";
import {
  astringOf,
  dateTimeOf,
  folderNameOf,
  Output,
  responseText,
  stringOf,
} from "../../src/services/imap/respond.ts";

function collector() {
  const chunks: Uint8Array[] = [];
  const output = new Output({
    write: async (bytes) => {
      chunks.push(bytes);
    },
  });
  return { output, chunks, text: () => Buffer.concat(chunks).toString("utf8") };
}

describe("spelling", () => {
  test("strings are quoted where they can be and literals otherwise", () => {
    expect(stringOf('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(stringOf("ü")).toBe("{2}\r\nü");
    expect(stringOf("a\r\nb")).toBe("{4}\r\na\r\nb");
  });

  test("atoms stay atoms, except the word NIL", () => {
    expect(astringOf("Work/2026")).toBe("Work/2026");
    expect(astringOf("two words")).toBe('"two words"');
    expect(astringOf("nil")).toBe('"nil"');
    expect(astringOf("")).toBe('""');
    expect(astringOf("100%")).toBe('"100%"');
  });

  test("folder names follow what the client enabled", () => {
    expect(folderNameOf("Entwürfe", false)).toBe("Entw&APw-rfe");
    expect(folderNameOf("Entwürfe", true)).toBe('"Entwürfe"');
    expect(folderNameOf("Sent", true)).toBe("Sent");
  });

  test("dates are in UTC with a leading space for single digits", () => {
    expect(dateTimeOf(Date.UTC(1994, 1, 8, 5, 52, 25))).toBe('" 8-Feb-1994 05:52:25 +0000"');
    expect(dateTimeOf(Date.UTC(2026, 11, 31, 23, 59, 59))).toBe('"31-Dec-2026 23:59:59 +0000"');
  });

  test("response text can be no second line and no response code", () => {
    expect(responseText("a\r\nb")).toBe("a b");
    expect(responseText("[ALERT] x")).toBe("- [ALERT] x");
    expect(responseText("There is no “Entwürfe” – really…")).toBe('There is no "Entw?rfe" - really...');
    expect(responseText("")).toBe("Done");
  });

  test("whatever is spelled reads back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(text.isWellFormed() && !text.includes("\0"));
        const spelled = astringOf(text);
        const literal = /^\{\d+\}\r\n/.exec(spelled)?.[0];
        const parser = literal
          ? new Parser({
              lines: [Buffer.from(literal.trim()), Buffer.from("")],
              literals: [Buffer.from(spelled.slice(literal.length))],
            })
          : new Parser({ lines: [Buffer.from(spelled)], literals: [] });
        expect(parser.text8()).toBe(text);
      }),
    );
  });
});

describe("the output", () => {
  test("what is written leaves in order, whatever its size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ maxLength: 50 }), fc.integer({ min: 1000, max: 70_000 }), fc.nat())),
        async (parts) => {
          const { output, text } = collector();
          let expected = "";
          for (const part of parts) {
            if (typeof part === "string") output.text(part);
            else if (part > 500 && part < 80_000) output.bytes(Buffer.alloc(part, "x"));
            else output.number(part);
            expected += typeof part === "string" ? part : part > 500 && part < 80_000 ? "x".repeat(part) : String(part);
          }
          await output.drain();
          expect(text()).toBe(expected);
        },
      ),
    );
  });

  test("many small responses become few writes", async () => {
    const { output, chunks, text } = collector();
    for (let i = 0; i < 20_000; i++) {
      output.ascii("* ").number(i).ascii(" EXPUNGE\r\n");
      if (output.full) await output.drain();
    }
    await output.drain();
    expect(text().split("\r\n").length).toBe(20_001);
    expect(chunks.length).toBeLessThan(15);
  });

  for (const value of [0, 9, 10, 99, 100, 4294967295, 4294967296, 99999999999]) {
    test(`the number ${value} is written in decimal`, async () => {
      const { output, text } = collector();
      await output.number(value).drain();
      expect(text()).toBe(String(value));
    });
  }
});
