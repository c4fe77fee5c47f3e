import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { saslprep } from "../../src/auth/saslprep.ts";

describe("saslprep", () => {
  // RFC 4013 §3 and further cases of its tables.
  test.each([
    ["I\u00adX", "IX"],
    ["user", "user"],
    ["USER", "USER"],
    ["\u00aa", "a"],
    ["\u2168", "IX"],
    ["\u0007", undefined],
    ["\u0627\u0031", undefined],
    ["\u0627\u0031\u0628", "\u0627\u0031\u0628"],
    ["\u0627a\u0628", undefined],
    ["a\u00a0b", "a b"],
    ["a\u3000b", "a b"],
    ["a\u200bb", "a b"],
    ["a\u200db", "ab"],
    ["cafe\u0301", "caf\u00e9"],
    ["\ufb01x", "fix"],
    ["🔑 key", "🔑 key"],
    ["", ""],
    ["a\u0000b", undefined],
    ["a\u007fb", undefined],
    ["\u0340a", "\u0300a"],
    ["a\u2028b", undefined],
    ["a\ue000b", undefined],
    ["a\ufffdb", undefined],
    ["\ud800", undefined],
    ["\u{e0001}", undefined],
    ["\u{10ffff}", undefined],
    ["~!@#$%^&*()", "~!@#$%^&*()"],
  ])("%j gives %j", (text, prepared) => {
    expect(saslprep(text)).toBe(prepared);
  });

  test("prepared text stays as it is, and nothing throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const prepared = saslprep(text);
        if (prepared !== undefined) expect(saslprep(prepared)).toBe(prepared);
      }),
      { numRuns: 2000 },
    );
  });
});
