/** The form of a mail rule: nothing is lost on the way from the script to the form and back. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Action, Condition, Rule } from "../../src/sieve/rules/model.ts";
import { fieldsFrom, fieldsOf, RowErrors, ruleForm, ruleFrom, sizeText } from "../../src/web/rules/rows.ts";
import { doesWords, whenWords } from "../../src/web/rules/words.ts";

const word = fc.stringMatching(/^[a-zé*?\\"[\]#]{1,6}( [a-z]{1,3})?$/);
const values = fc.array(word, { minLength: 1, maxLength: 3 });
const not = fc.boolean();
const kind = <T extends string>(test: T) => fc.constant(test);
const compared = { comparison: fc.constantFrom("contains", "is", "begins", "ends", "matches", "regex"), values, not };
const fields = fc.constantFrom(["from"], ["to"], ["cc"], ["to", "cc"], ["from", "to"], ["reply-to"]);
const part = fc.constantFrom("all", "localpart", "domain", "user", "detail");
const dates = fc.constantFrom("is", "from", "until");
const condition = fc.oneof(
  fc.record({
    test: kind("header"),
    fields: fc.oneof(fields, fc.constantFrom(["subject"], ["list-id"], ["x-a", "x-b"])),
    ...compared,
  }),
  fc.record({ test: kind("address"), fields, part, ...compared }),
  fc.record({ test: kind("envelope"), fields: fc.constantFrom(["from"], ["from", "to"]), part, ...compared }),
  fc.record({ test: kind("exists"), fields, not }),
  fc.record({ test: kind("body"), ...compared }),
  fc.record({ test: kind("size"), over: fc.boolean(), octets: fc.oneof(fc.nat(9_999_999), fc.constant(5 << 20)), not }),
  fc.record({ test: fc.constantFrom("attachment", "known"), not }),
  fc.record({ test: kind("priority"), level: fc.constantFrom("high", "low"), not }),
  fc.record({ test: kind("date"), part: kind("date"), comparison: dates, values: fc.constant(["2026-11-23"]), not }),
  fc.record({ test: kind("date"), part: kind("time"), comparison: dates, values: fc.constant(["08:30:00"]), not }),
  fc.record({
    test: kind("date"),
    part: kind("weekday"),
    comparison: dates,
    values: fc.constantFrom(["1"], ["0"]),
    not,
  }),
  fc.record({ test: kind("spam"), atLeast: fc.integer({ min: 1, max: 10 }), not }),
) as fc.Arbitrary<Condition>;
const action = fc.oneof(
  fc.record({ do: kind("file"), folder: word, copy: fc.boolean(), create: fc.boolean() }),
  fc.record({ do: kind("redirect"), address: kind("bob@example.org"), copy: fc.boolean() }),
  fc.record({ do: kind("reject"), reason: kind("No.\nNever."), early: fc.boolean() }),
  fc.record(
    {
      ...{ do: kind("reply"), text: kind("I am\naway"), subject: word, days: fc.nat(30), addresses: values },
      ...{ from: word, handle: word, seconds: fc.nat(90) },
    },
    { requiredKeys: ["do", "text"] },
  ),
  fc.record({ do: fc.constantFrom("keep", "discard") }),
) as fc.Arbitrary<Action>;
const flag = fc.record({
  do: kind("flag"),
  how: fc.constantFrom("add", "set", "remove"),
  flags: fc.constantFrom<string[]>(["\\Seen"], ["\\Flagged"], ["$Work"], ["\\Deleted"]),
}) as fc.Arbitrary<Action>;
/** In the order in which the form puts them: flags first, stop last. */
const actions = fc
  .tuple(fc.array(flag, { maxLength: 2 }), fc.array(action, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([first, all, stops]): Action[] => [...first, ...all, ...(stops ? [{ do: "stop" } as const] : [])]);
const rule: fc.Arbitrary<Rule> = fc.record({
  ...{ name: word, enabled: fc.boolean(), join: fc.constantFrom("all", "any") },
  ...{ conditions: fc.array(condition, { minLength: 1, maxLength: 4 }), actions },
});

describe("the form of a rule", () => {
  test("gives back what it was given", () => {
    fc.assert(
      fc.property(rule, (one) => {
        expect(ruleFrom(fieldsFrom(one))).toEqual(one);
        expect(whenWords(one)).not.toContain("undefined");
        expect(doesWords(one)).not.toContain("undefined");
      }),
      { numRuns: 400 },
    );
  });

  test("says beside each row what is wrong with it", () => {
    const [row, act] = [
      fieldsOf(ruleForm.parse({ what: "from", does: "move" })),
      { does: "label", argument: "two words" },
    ];
    const wrong = {
      ...row,
      conditions: [
        ...row.conditions.map((one) => ({ ...one, what: "" })),
        ...row.conditions,
        { ...row.conditions[0], what: "size", value: "huge" },
      ],
      actions: [...row.actions, { ...row.actions[0], ...act, argument: 'no"quotes' }],
    } as typeof row;
    const errors = () => {
      try {
        return ruleFrom(wrong);
      } catch (thrown) {
        return thrown instanceof RowErrors ? thrown.errors : thrown;
      }
    };
    expect(errors()).toEqual({
      c1: "Say what is looked for.",
      c2: "Type a size such as 5 MB or 200 KB.",
      a0: "Choose a folder, or name a new one.",
      a1: "A label is one word of plain letters and digits.",
    });
  });

  test("takes no more than it has fields for, nor what was tampered with", () => {
    expect(ruleForm.safeParse({ what: "from", admin: "yes" }).success).toBe(false);
    expect(ruleForm.safeParse({ what: Array(101).fill("from") }).success).toBe(false);
    const fields = fieldsFrom({
      ...{ name: "", enabled: true, join: "all", conditions: [] },
      actions: [{ do: "reply", text: "x" }],
    });
    for (const more of ["{", '{"mime":true}', "[]", '{"addresses":"x"}']) {
      const actions = fields.actions.map((one) => ({ ...one, more }));
      expect(() => ruleFrom({ ...fields, actions })).toThrow();
    }
  });

  test("rows come and go by its buttons", () => {
    const form = { what: ["from", "subject"], value: ["a", "b"], does: "move", folder: "X" };
    expect(fieldsOf(ruleForm.parse({ ...form, drop: "c0" })).conditions).toMatchObject([
      { what: "subject", value: "b" },
    ]);
    expect(fieldsOf(ruleForm.parse({ ...form, do: "condition" })).conditions).toHaveLength(3);
    expect(fieldsOf(ruleForm.parse({ ...form, do: "action" })).actions).toMatchObject([{ folder: "X" }, { does: "" }]);
  });

  test("sizes are written as people write them", () => {
    expect([5 << 20, 1 << 30, 1_500, 0].map(sizeText)).toEqual(["5 MB", "1 GB", "1500", "0"]);
  });
});
