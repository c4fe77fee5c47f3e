import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { issuesOf, sentenceOfIssues } from "../../src/administration/words.ts";
import { SETTINGS_GROUPS } from "../../src/appliance/settings-groups.ts";

const TECHNICAL = /\b(expected|received|Invalid (input|option|string)|Too (small|big)|undefined|NaN)\b/;

const words = (schema: z.ZodType, value: unknown): string | undefined => {
  const { error } = schema.safeParse(value);
  return error && Object.values(issuesOf(error))[0];
};

describe("what is wrong with a value", () => {
  test.each([
    [z.number().min(5), 3, "This is 5 or more."],
    [z.number().gt(5), 5, "This is more than 5."],
    [z.number().max(1_000), 5_000, "This is 1,000 or less."],
    [z.number(), "many", "This is a number."],
    [z.number().int(), 1.5, "This is a whole number."],
    [z.string().min(1), "", "This must not be empty."],
    [z.string().min(8), "short", "This has at least 8 characters."],
    [z.string().max(3), "long", "This has at most 3 characters."],
    [z.array(z.number()).min(1), [], "This has at least one entry."],
    [z.array(z.number()).max(2), [1, 2, 3], "This has at most 2 entries."],
    [z.boolean(), "perhaps", "This is yes or no."],
    [z.enum(["a", "b"]), "c", "This is one of: a, b."],
    [z.literal("a"), "c", "This can only be a."],
    [z.union([z.literal("any"), z.literal("lan"), z.array(z.string())]), 7, "This is one of: any, lan, or a list."],
    [z.union([z.literal("any"), z.array(z.string().max(3))]), ["long"], "This has at most 3 characters."],
    [z.strictObject({}), { more: 1 }, "There is nothing called more here."],
    [z.string().refine(() => false, "Give a name."), "x", "Give a name."],
  ])("%# is said plainly", (schema, value, sentence) => {
    expect(words(schema, value)).toBe(sentence as string);
  });

  test("is said with its place, once for each", () => {
    const schema = z.object({ hosts: z.array(z.object({ port: z.number().int().min(1) })) });
    const { error } = schema.safeParse({ hosts: [{ port: 0 }, { port: "x" }] });
    expect(sentenceOfIssues(error as z.ZodError, "transport")).toBe(
      "transport.hosts.0.port: This is 1 or more. transport.hosts.1.port: This is a number.",
    );
  });

  test("is said without zod's own words for every setting there is", () => {
    for (const { group } of SETTINGS_GROUPS) {
      for (const name of Object.keys(group.schema.shape)) {
        for (const value of ["no such thing at all", -1e12, 1e15, true, [], [{}], ["?"], {}, "x".repeat(5_000)]) {
          const { error } = group.schema.safeParse({ [name]: value });
          if (error !== undefined)
            expect([group.name, sentenceOfIssues(error)]).not.toEqual([group.name, expect.stringMatching(TECHNICAL)]);
        }
      }
    }
  });
});
