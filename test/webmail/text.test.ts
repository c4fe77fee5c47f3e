import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { linkify, readText } from "../../src/web/webmail/text.ts";
import type { TextBlock } from "../../views/webmail/text.tsx";
import { processorMs } from "../timing.ts";

/** The blocks as one readable string: q(n){…} for quotations (Q when folded), s{…} for the signature. */
function sketch(blocks: readonly TextBlock[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "quote") return `${block.folded ? "Q" : "q"}{${sketch(block.blocks)}}`;
      const text = block.runs.map((run) => (typeof run === "string" ? run : `[${run.text}]`)).join("");
      return block.kind === "signature" ? `s{${text}}` : text;
    })
    .join("|");
}

describe("quotations", () => {
  test.each([
    ["Hello\r\nyou", "Hello\nyou"],
    ["> a\n> b\nanswer", "q{a\nb}|answer"],
    ["> a\n>> b\n> c", "q{a|q{b}|c}"],
    ["> > a\n> b", "q{q{a}|b}"],
    ["Yes.\n\nOn Monday, Ann wrote:\n> a\n> b\n", "Yes.\n\nOn Monday, Ann wrote:|Q{a\nb}"],
    ["Yes.\n> a\nNo.\n> b\n-- \nAnn", "Yes.|q{a}|No.|Q{b}|s{-- \nAnn}"],
    [">From here on", ">From here on"],
    ["", ""],
    ["\n\n  indented\n", "  indented"],
  ])("%j reads as %j", (given, expected) => expect(sketch(readText(given))).toBe(expected));

  test("a long one in the middle is folded", () => {
    expect(sketch(readText(`${"> a\n".repeat(20)}answer`))).toStartWith("Q{");
  });
});

describe("flowed text (RFC 3676)", () => {
  test.each([
    ["one \ntwo \nthree\nfour", "one two three\nfour"],
    ["> one \n> two\nmine", "q{one two}|mine"],
    ["one \n> two\nthree", "one|q{two}|three"],
    [" >no quote\n From me", ">no quote\nFrom me"],
    ["text \n-- \nAnn", "text|s{-- \nAnn}"],
    [">> a \n> b", "q{q{a}|b}"],
  ])("%j reads as %j", (given, expected) => {
    expect(sketch(readText(given, { flowed: true })).replace(/ +(?=[|}])/g, "")).toBe(expected);
  });

  test("with DelSp the soft blank goes too", () => {
    expect(sketch(readText("宋 \n体", { flowed: true, delSp: true }))).toBe("宋体");
  });
});

describe("links", () => {
  const found = (text: string) =>
    linkify(text)
      .map((run) => (typeof run === "string" ? run : `[${run.text}→${run.href}]`))
      .join("");
  test.each([
    ["see https://example.org/a.", "see [https://example.org/a→https://example.org/a]."],
    ["(https://example.org/a)", "([https://example.org/a→https://example.org/a])"],
    ["https://example.org/a_(b)", "[https://example.org/a_(b)→https://example.org/a_(b)]"],
    ["<https://example.org/?a=b&c=d>", "<[https://example.org/?a=b&c=d→https://example.org/?a=b&c=d]>"],
    ["www.example.org, yes", "[www.example.org→http://www.example.org/], yes"],
    ["write to ann@example.org.", "write to [ann@example.org→mailto:ann@example.org]."],
    ["https://bank.example@evil.example/", "https://bank.example@evil.example/"],
    ["javascript:alert(1)", "javascript:alert(1)"],
    ["https://", "https://"],
  ])("%j", (given, expected) => expect(found(given)).toBe(expected));

  test("never lose or change a character", () => {
    const bits = fc.constantFrom("https://", "www.", "a.b", "@", "(", ")", ".", " ", "\n", "x", "é", ">", "-", "_");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(bits).map((parts) => parts.join("")),
        ),
        (text) => {
          const back = linkify(text)
            .map((run) => (typeof run === "string" ? run : run.text))
            .join("");
          expect(back).toBe(text);
        },
      ),
    );
  });

  test("cost time in proportion only", () => {
    for (const attack of [
      "a.".repeat(200_000),
      "a@".repeat(200_000),
      "https://(".repeat(50_000),
      "www.".repeat(100_000),
      ">".repeat(500_000),
      "> ".repeat(300_000),
      "> \n".repeat(200_000),
      // Blanks before the end of a line, blank lines before the end of the text, and quotations of nothing.
      `a${" ".repeat(900_000)}b`,
      `a${"\n".repeat(49_000)}b`,
      `${">\n\n".repeat(24_000)}x`,
    ]) {
      const started = processorMs();
      readText(attack);
      expect(processorMs() - started).toBeLessThan(1000);
    }
  });

  test("are no more than anybody reads, and the rest is there as it stands", () => {
    const links = readText("www.a.b ".repeat(120_000));
    expect(links).toHaveLength(1);
    expect(links.flatMap((block) => (block.kind === "quote" ? [] : block.runs)).length).toBeLessThan(7_000);
    const lines = "> a\nb\n>> www.c.d\n".repeat(15_000);
    const blocks = readText(lines);
    expect(JSON.stringify(blocks).match(/"kind"/g)?.length).toBeLessThan(2_010);
    expect(JSON.stringify(blocks).match(/www/g)?.length).toBeGreaterThanOrEqual(15_000);
  });
});
