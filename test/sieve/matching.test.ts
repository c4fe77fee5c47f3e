/** Wildcards and regular expressions held against slow and certain ways to do the same. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { COMPARATORS } from "../../src/sieve/comparators.ts";
import { search } from "../../src/sieve/regex/machine.ts";
import { compileRegex } from "../../src/sieve/regex/program.ts";
import { Wildcards } from "../../src/sieve/wildcards.ts";

const plenty = () => ({ left: 10_000_000 });
const same = (text: string) => text;

/** All ways, one after the other; gives what the wildcards stood for, each star as little as it can. */
function slowly(pattern: string, text: string): string[] | undefined {
  if (pattern === "") return text === "" ? [] : undefined;
  if (pattern[0] === "*") {
    for (let length = 0; length <= text.length; length++) {
      const rest = slowly(pattern.slice(1), text.slice(length));
      if (rest) return [text.slice(0, length), ...rest];
    }
    return undefined;
  }
  if (text === "" || (pattern[0] !== "?" && pattern[0] !== text[0])) return undefined;
  const rest = slowly(pattern.slice(1), text.slice(1));
  return rest && (pattern[0] === "?" ? [text[0] as string, ...rest] : rest);
}

describe("wildcards", () => {
  test("find what all ways find", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (wanted, value) => {
        const spans = new Wildcards(wanted, same).match(value, undefined, plenty());
        expect(spans?.map(([from, to]) => value.slice(from, to))).toEqual(slowly(wanted, value));
      }),
      { numRuns: 1_500 },
    );
  });

  test("a backslash takes the meaning from what follows, and stands for itself at the end", () => {
    const fits = (pattern: string, text: string) =>
      new Wildcards(pattern, same).match(text, undefined, plenty()) !== undefined;
    expect(fits("\\*\\?\\\\", "*?\\")).toBe(true);
    expect(fits("\\*", "a")).toBe(false);
    expect(fits("a\\", "a\\")).toBe(true);
  });
});

const found = (pattern: string, text: string, letters: "exact" | "ascii" | "unicode" = "exact") => {
  const captures = search(compileRegex(pattern, letters), text, true, plenty());
  if (captures === undefined) return undefined;
  const groups: (string | undefined)[] = [];
  for (let i = 0; i < captures.length; i += 2) {
    groups.push((captures[i] as number) < 0 ? undefined : text.slice(captures[i], captures[i + 1]));
  }
  return groups;
};

describe("regular expressions", () => {
  const atom = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "^", "$", "(a|bc|)", "\\b");
  const piece = fc
    .tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"))
    .map(([one, times]) => (/^[\^$]|^\\b/.test(one) ? one : one + times));
  const pattern = fc.array(fc.oneof(piece, fc.constant("|")), { maxLength: 7 }).map((pieces) => pieces.join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 10 });

  test("match where the platform's match, and begin at the same place", () => {
    fc.assert(
      fc.property(pattern, text, (wanted, value) => {
        const theirs = new RegExp(wanted, "u").exec(value);
        const captures = search(compileRegex(wanted, "exact"), value, true, plenty());
        expect(captures?.[0]).toBe(theirs?.index);
        expect(search(compileRegex(wanted, "exact"), value, false, plenty()) !== undefined).toBe(theirs !== null);
        // The longest of the leftmost: never shorter than the one that is found first.
        if (theirs && captures) expect(captures[1]).toBeGreaterThanOrEqual(theirs.index + theirs[0].length);
      }),
      { numRuns: 1_000 },
    );
  });

  test("know what they contain in any case", () => {
    fc.assert(
      fc.property(pattern, text, (wanted, value) => {
        const { required } = compileRegex(wanted, "exact");
        if (new RegExp(wanted, "u").test(value)) expect(value).toContain(required);
      }),
      { numRuns: 1_000 },
    );
    expect(compileRegex("^.*(foo)bar+ (x|y)?z{2}", "exact").required).toBe("fooba");
  });

  test("the longest of the leftmost wins (POSIX)", () => {
    expect(found("a|ab|abc", "xabcd")).toEqual(["abc"]);
    expect(found("(a|ab)(c|bcd)(d*)", "abcd")?.[0]).toBe("abcd");
    expect(found("x*", "aaa")).toEqual([""]);
    expect(found("(a)|b", "b")).toEqual(["b", undefined]);
  });

  test("classes, ranges and characters that mean something elsewhere", () => {
    expect(found("[[:alpha:]_-]+", "12 Grüße_-x!")).toEqual(["Grüße_-x"]);
    expect(found("[]a]+", "x]a]")).toEqual(["]a]"]);
    expect(found("[^[:space:]]+@[[:alnum:].-]+", "to ann@example.org!")).toEqual(["ann@example.org"]);
    expect(found("\\$[0-9]{1,3}(,[0-9]{3})*", "for $1,000,000 now")).toEqual(["$1,000,000", ",000"]);
    expect(found("a{,2}b", "aaab")).toEqual(["aab"]);
    expect(found("{a", "{a")).toEqual(["{a"]);
    expect(found("\\<w[[:alpha:]]*\\>", "now we")).toEqual(["we"]);
    expect(found("\\d+\\s\\w", "a 12 b")).toEqual(["12 b"]);
    expect(found("^.$", "😀")).toEqual(["😀"]);
  });

  test("case counts as the comparator says", () => {
    expect(found("grüße", "GRÜSSE", "ascii")).toBeUndefined();
    expect(found("grün", "GRüN", "ascii")).toEqual(["GRüN"]);
    expect(found("grün", "GRÜN", "ascii")).toBeUndefined();
    expect(found("gr[ü]n", "GRÜN", "unicode")).toEqual(["GRÜN"]);
  });

  test("what is wrong is said in plain words", () => {
    const wrong = (pattern: string) => () => compileRegex(pattern, "exact");
    expect(wrong("a)")).toThrow("has no ( before it");
    expect(wrong("(a")).toThrow("has no ) after it");
    expect(wrong("[a")).toThrow("has no ] after it");
    expect(wrong("*a")).toThrow("nothing before *");
    expect(wrong("a{3,1}")).toThrow("repeats at least more often than at most");
    expect(wrong("a{1000}")).toThrow("more than 255 repetitions");
    expect(wrong("((a{200}){200})")).toThrow("it is too large");
    expect(wrong("[[:nosuch:]]")).toThrow("no class");
    expect(wrong("(a)\\1")).toThrow("linear time");
    expect(wrong("(?:a)")).toThrow("plain parentheses");
    expect(wrong("a\\")).toThrow("ends in a backslash");
    expect(wrong("(".repeat(100))).toThrow("too deep");
  });
});

describe("comparators", () => {
  const order = (name: string, a: string, b: string) => {
    const comparator = COMPARATORS.get(name);
    return Math.sign(comparator?.compare(comparator.fold(a), comparator.fold(b)) ?? Number.NaN);
  };

  test("order as their standards say", () => {
    expect(order("i;octet", "a", "B")).toBe(1);
    expect(order("i;ascii-casemap", "a", "B")).toBe(-1);
    expect(order("i;ascii-casemap", "ä", "Ä")).toBe(1);
    expect(order("i;unicode-casemap", "ä", "Ä")).toBe(0);
    expect(order("i;ascii-numeric", "9", "10")).toBe(-1);
    expect(order("i;ascii-numeric", "0x", "00")).toBe(0);
    expect(order("i;ascii-numeric", "x", "")).toBe(0);
    // As octets of UTF-8, not as the units of the platform's strings.
    expect(order("i;octet", "\uffee", "😀")).toBe(-1);
  });
});
