import { expect, test } from "bun:test";
import fc from "fast-check";
import { FromNetwork, ToNetwork } from "../../src/services/ftp/ascii.ts";
import { patternOf } from "../../src/services/ftp/pattern.ts";
import { formatTime, listTime, parseTime } from "../../src/services/ftp/times.ts";

test.each<[string, string, boolean]>([
  ["*", "", true],
  ["*.txt", "a.txt", true],
  ["*.txt", "a.txt.gz", false],
  ["a*b*c", "aXbYbZc", true],
  ["a*b*c", "aXbYbZ", false],
  ["?", "ä", true],
  ["?", "𝄞", true],
  ["??", "a", false],
  ["[a-c]x", "bx", true],
  ["[!a-c]x", "bx", false],
  ["[a-]", "-", true],
  ["a.c*", "abc", false],
  ["(a|b)*", "a", false],
  ["x[", "x[", false],
])("the pattern %j and the name %j: %p", (pattern, name, fits) => {
  expect(patternOf(pattern)?.(name) ?? false).toBe(fits);
});

test("no pattern takes long, whatever it is", () => {
  const pattern = patternOf(`${"*a".repeat(100)}*b`);
  const began = performance.now();
  expect(pattern?.("a".repeat(255))).toBe(false);
  expect(performance.now() - began).toBeLessThan(500);
});

test("patterns mean what a regular expression of them means", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
      const meant = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
      expect(patternOf(pattern)?.(name) ?? pattern === name).toBe(meant);
    }),
  );
});

/** Octets, cut into pieces. */
const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "\r", "\n"), maxLength: 4 }), { maxLength: 8 });

test("ends of lines are the same however a text is cut", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const whole = parts.join("");
      const to = new ToNetwork();
      const sent = parts.map((part) => Buffer.from(to.convert(Buffer.from(part))).toString()).join("");
      expect(sent).toBe(whole.replace(/(?<!\r)\n/g, "\r\n"));
      const from = new FromNetwork();
      const kept = parts.map((part) => Buffer.from(from.convert(Buffer.from(part))).toString()).join("");
      expect(kept + Buffer.from(from.end()).toString()).toBe(whole.replaceAll("\r\n", "\n"));
    }),
  );
});

test("a text of nothing but short lines is not piece upon piece", () => {
  const text = Buffer.alloc(4_194_304, "\n");
  // With a buffer for each line it takes seconds, for which nobody else would be served.
  expect(new ToNetwork().convert(text).length).toBe(2 * text.length);
}, 1_000);

test("times are written and read in UTC", () => {
  expect(formatTime(Date.UTC(2026, 10, 22, 19, 30, 5))).toBe("20261122193005");
  expect(parseTime("20261122193005.250")).toBe(Date.UTC(2026, 10, 22, 19, 30, 5, 250));
  expect(parseTime("202611221930")).toBe(Date.UTC(2026, 10, 22, 19, 30));
  for (const wrong of ["", "2026", "20261322193005", "20261122243005", "yesterday"])
    expect(parseTime(wrong)).toBeUndefined();
  const now = Date.UTC(2026, 10, 22);
  expect(listTime(Date.UTC(2026, 10, 1, 8, 5), now)).toBe("Nov  1 08:05");
  expect(listTime(Date.UTC(2020, 0, 31), now)).toBe("Jan 31  2020");
});
