import { describe, expect, test } from "bun:test";
import { casemap } from "../../src/mime/casemap.ts";

describe("i;unicode-casemap (RFC 5051)", () => {
  const same: [string, string][] = [
    ["hello", "HELLO"],
    ["\u00e5ngstr\u00f6m", "A\u030aNGSTRO\u0308M"],
    ["\u212b", "\u00e5"],
    ["\u0433\u043e\u0434", "\u0413\u041e\u0414"],
    ["\u03c3\u03bf\u03c6\u03cc\u03c2", "\u03a3\u039f\u03a6\u039f\u0301\u03a3"],
    ["\u01c4", "\u01c6"],
    ["\u01c5", "\u01c6"],
    ["\u01f1", "\u01f3"],
    ["\u1f80", "\u1f88"],
    ["\u1fb3", "\u1fbc"],
    ["\uff21\uff22", "ab"],
    ["\u00bd", "1\u20442"],
    ["\u{10428}", "\u{10400}"],
    ["\u00b5", "\u03bc"].reverse() as [string, string],
  ];
  for (const [a, b] of same) {
    test(`${JSON.stringify(a)} equals ${JSON.stringify(b)}`, () => expect(casemap(a)).toBe(casemap(b)));
  }

  test("a character stays one character: sharp s is no double s", () => {
    expect(casemap("stra\u00dfe")).toBe("STRA\u00dfE");
    expect(casemap("\u10d0")).toBe("\u10d0");
    expect(casemap("\u1f88")).toBe("\u1f88".normalize("NFKD"));
  });

  test("a letter is found in itself with an accent", () => {
    expect(casemap("Caf\u00e9")).toContain(casemap("cafe"));
  });
});
