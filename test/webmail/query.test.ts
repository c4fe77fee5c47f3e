import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseQuery, queryText, written } from "../../src/web/webmail/query.ts";

const NOW = Date.UTC(2026, 2, 29, 12);
const conditions = (text: string, zone = "Europe/Berlin") =>
  parseQuery(text, { now: NOW, zone }).map(({ condition, not }) => ({ ...condition, ...(not && { not }) }));
const iso = (text: string, zone?: string) => {
  const [first] = conditions(text, zone);
  return first?.kind === "time" ? new Date(first.at).toISOString() : first;
};

describe("the search language", () => {
  test("reads words, phrases and fields, each with its opposite", () => {
    expect(conditions('lunch "second draft" from:Ann subject:"two words" -to:bob')).toEqual([
      { kind: "text", needle: "LUNCH" },
      { kind: "text", needle: "SECOND DRAFT" },
      { kind: "field", field: "from", needle: "ANN" },
      { kind: "field", field: "subject", needle: "TWO WORDS" },
      { kind: "field", field: "to", needle: "BOB", not: true },
    ]);
  });

  test("reads what a message is and has, and where it lies", () => {
    expect(conditions("is:unread IS:Flagged has:attachment label:work in:anywhere in:Sent")).toEqual([
      { kind: "is", what: "unread" },
      { kind: "is", what: "starred" },
      { kind: "attachment" },
      { kind: "label", label: "work" },
      { kind: "in", folder: "any" },
      { kind: "in", folder: "Sent" },
    ]);
  });

  test("reads days in the zone of whoever types them, also where the clock is changed", () => {
    expect(iso("before:2026-03-01")).toBe("2026-02-28T23:00:00.000Z");
    expect(iso("after:1.3.2026", "America/New_York")).toBe("2026-03-01T05:00:00.000Z");
    expect(iso("after:2026-03-29")).toBe("2026-03-28T23:00:00.000Z");
    expect(iso("after:2026-03-30")).toBe("2026-03-29T22:00:00.000Z");
    expect(iso("before:2026")).toBe("2025-12-31T23:00:00.000Z");
    expect(iso("after:yesterday")).toBe("2026-03-27T23:00:00.000Z");
    expect(iso("older:2d")).toBe("2026-03-27T12:00:00.000Z");
    expect(iso("newer:1w")).toBe("2026-03-22T12:00:00.000Z");
  });

  test("reads sizes", () => {
    expect(conditions("larger:5M smaller:1.5kb larger:20000")).toEqual([
      { kind: "size", side: "larger", octets: 5_000_000 },
      { kind: "size", side: "smaller", octets: 1_500 },
      { kind: "size", side: "larger", octets: 20_000 },
    ]);
  });

  test("looks for what is no operator as it stands, and passes over what is still being typed", () => {
    expect(conditions("is:odd before:2026-02-30 larger:much http://x.example")).toMatchObject(
      ["IS:ODD", "BEFORE:2026-02-30", "LARGER:MUCH", "HTTP://X.EXAMPLE"].map((needle) => ({ kind: "text", needle })),
    );
    expect(conditions('from: subject:"" "" -')).toEqual([{ kind: "text", needle: "-" }]);
    expect(conditions("constructor:x __proto__:x is:constructor")).toHaveLength(3);
  });

  test("is bounded, breaks on nothing, and says again what was typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 700 }), (text) => {
        const tokens = parseQuery(text, { now: NOW });
        expect(tokens.length).toBeLessThanOrEqual(12);
        const again = parseQuery(queryText(tokens), { now: NOW });
        expect(again.map(({ condition }) => condition)).toEqual(tokens.map(({ condition }) => condition));
      }),
      { numRuns: 300 },
    );
    expect(written("from", "Ann Example")).toBe('from:"Ann Example"');
    expect(written("in", "Sent")).toBe("in:Sent");
  });
});
