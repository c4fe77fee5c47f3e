import { expect, test } from "bun:test";
import fc from "fast-check";
import { snippetOf } from "../../src/mailstore/snippet.ts";
import { casemap } from "../../src/mime/casemap.ts";

test("a snippet shows the place with what stands around it, words whole", () => {
  expect(snippetOf("We meet for lunch at noon", "LUNCH", 9)).toEqual({
    before: "\u2026meet for ",
    match: "lunch",
    after: " at noon",
  });
  expect(snippetOf("Im\r\n\r\nCafe\u0301 zum\tMond", "CAF\u00c9 ZUM")?.match).toBe("Cafe\u0301 zum");
  expect(snippetOf("Im Caf\u00e9", "cafe")).toEqual({ before: "Im ", match: "Caf\u00e9", after: "" });
  expect(snippetOf("nothing", "here")).toBeUndefined();
  expect(snippetOf("nothing", " ")).toBeUndefined();
});

test("whatever is found stands in the snippet's match", () => {
  const letters = fc.array(fc.constantFrom("a", "B", "\u00e4", "A\u0308", "\ufb01", "\u{1d400}", " ", "\n", "\uac01"), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(letters, fc.nat(50), fc.integer({ min: 1, max: 5 }), (parts, from, count) => {
      const needle = parts
        .slice(from, from + count)
        .join("")
        .replace(/\s+/g, " ")
        .trim();
      fc.pre(needle !== "");
      const snippet = snippetOf(parts.join(""), needle);
      expect(casemap(snippet?.match ?? "")).toContain(casemap(needle));
    }),
  );
});
