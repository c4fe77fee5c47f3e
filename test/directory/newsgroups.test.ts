import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { allowsGroup } from "../../src/directory/newsgroups.ts";
import { processorMs } from "../timing.ts";

describe("a list of newsgroups", () => {
  test.each([
    [[], "local.chat", false],
    [["local.chat"], "local.chat", true],
    [["local.chat"], "local.chat.more", false],
    [["local.*"], "local.chat", true],
    [["local.*"], "locals", false],
    [["*"], "anything.at.all", true],
    [["*", "!local.board"], "local.board", false],
    [["*", "!local.*", "local.chat"], "local.chat", true],
    [["!local.board"], "local.chat", false],
    [["local.cha?"], "local.chat", true],
    [["local.c.t"], "local.cat", false],
    [["*.c++"], "comp.lang.c++", true],
    [["a*b*c"], "axxbyybzzc", true],
    [["a*b*c"], "axxbyybzz", false],
    [["**"], "", true],
  ] as const)("%j allows %s: %p", (patterns, group, allowed) => {
    expect(allowsGroup(patterns, group)).toBe(allowed);
  });

  test("means what the same patterns mean as regular expressions", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 12 });
    const plain = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    fc.assert(
      fc.property(word, plain, (pattern, group) => {
        const source = pattern.replaceAll(".", "\\.").replaceAll("?", ".").replaceAll(/\*+/g, ".*");
        expect(allowsGroup([pattern], group)).toBe(new RegExp(`^${source}$`).test(group));
      }),
    );
  });

  test("of stars alone takes no time that grows without measure", () => {
    const begin = processorMs();
    expect(allowsGroup([`${"a*".repeat(100)}b`], "a".repeat(5_000))).toBe(false);
    expect(processorMs() - begin).toBeLessThan(500);
  });
});
