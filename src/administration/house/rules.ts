/** The rules of the house: what is done with messages that fit, in order; and what they would do with one. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { DEEDS, type Rule, ruleSchema, SUBJECTS } from "../../transport/house-rules/rule.ts";
import { RuleList } from "../../transport/house-rules/rule-list.ts";
import { operation } from "../operation.ts";
import { id, orderedOperations, position } from "../ordered.ts";
import { defined, textOfTime, timeText } from "../values.ts";

const ruleView = z.object({
  id: z.number().int(),
  position: z.number().int().describe("From 1: they are asked in this order."),
  name: z.string(),
  enabled: z.boolean(),
  direction: z.enum(["in", "out", "both"]),
  match: z.enum(["all", "any"]),
  conditions: z.array(z.object({ on: z.enum(SUBJECTS), not: z.boolean(), value: z.string() })),
  actions: z.array(z.object({ do: z.enum(DEEDS), value: z.string() })),
  last: z.boolean(),
  hits: z.number().int().describe("Messages that it fitted."),
  lastHitAt: timeText.nullable(),
});
export type HouseRuleView = z.output<typeof ruleView>;

export const {
  list: listHouseRules,
  show: showHouseRule,
  move: moveHouseRule,
  remove: removeHouseRule,
} = orderedOperations({
  name: "houseRule",
  ...{ at: "mail/", read: "mail:read", write: "mail:write" },
  names: "rules",
  view: ruleView,
  summaries: {
    list: "Lists the rules that hold for everybody's mail, in their order.",
    show: "Shows a rule of the house.",
    move: "Moves a rule of the house to another position.",
    remove: "Removes a rule of the house.",
  },
  stored: ({ store }) => new RuleList(store),
  viewOf,
  subjectOf,
  recorded,
});

export const addHouseRule = operation({
  name: "houseRule.add",
  summary: "Adds a rule that holds for everybody's mail, behind the others or at a position.",
  http: "POST /mail/rules",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ ...ruleSchema.shape, position: position.optional() }),
  output: ruleView,
  async run(context, { position, ...rule }) {
    return await context.commit((tx, note) => {
      refuseAll(rule);
      const made = new RuleList(context.store).createWithin(tx, rule, position);
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setHouseRule = operation({
  name: "houseRule.set",
  summary: "Changes a rule of the house.",
  http: "PATCH /mail/rules/{id}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({
    id,
    name: ruleSchema.shape.name.optional(),
    enabled: z.boolean().optional(),
    direction: ruleSchema.shape.direction.unwrap().optional(),
    match: ruleSchema.shape.match.unwrap().optional(),
    conditions: ruleSchema.shape.conditions.unwrap().optional(),
    actions: ruleSchema.shape.actions.optional(),
    last: z.boolean().optional(),
  }),
  output: ruleView,
  async run(context, { id, ...given }) {
    const change = defined(given);
    return await context.commit((tx, note) => {
      const rules = new RuleList(context.store);
      const before = rules.require(id);
      refuseAll({ ...before, ...change });
      const after = rules.updateWithin(tx, id, change);
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

const answer = z.object({
  outcome: z.enum(["nothing", "changed", "refused"]),
  refusal: z.string().describe("What the other server would be told; empty where it is taken."),
  done: z.array(z.string()).describe("What each rule that fits would do, in a sentence."),
  files: z.array(z.string()).describe("What was found of its files."),
});
export type HouseTrial = z.output<typeof answer>;

const address = z.string().trim().max(320);

export const tryHouseRules = operation({
  name: "houseRule.try",
  summary:
    "Says what the rules of the house would do with a message, and what they find in its files; nothing is done.",
  http: "POST /mail/rules/try",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({
    from: address.default("").describe("The reverse path."),
    to: z.array(address.min(3)).min(1, "Say whom it is for.").max(100),
    direction: z.enum(["in", "out"]).default("in"),
    user: z.string().trim().max(128).default("").describe("Who is logged in, for mail that goes out."),
    message: z
      .string()
      .max(1_000_000, "A message to be tried has at most a million characters.")
      .describe("All of it."),
  }),
  output: answer,
  async run(context, { user, message, ...asked }): Promise<HouseTrial> {
    const found = user === "" ? undefined : context.directory.users.require(user, "user");
    const octets = Buffer.from(message.replace(/\r?\n/g, "\r\n"), "utf8");
    return await context.transport.tryHouseRules({ ...asked, user: found, octets });
  },
});

/** A rule that refuses or throws away everything is a field that was forgotten. */
function refuseAll({ conditions = [], actions, name }: Pick<Rule, "name" | "actions"> & Partial<Rule>): void {
  const ends = actions.some((one) => one.do === "refuse" || one.do === "discard");
  if (!ends || conditions.some(({ not, value }) => not || value !== "*")) return;
  const sentence = `“${name}” would ${actions.some((one) => one.do === "refuse") ? "refuse" : "throw away"} every message. Say which ones it is about.`;
  throw new Refusal("invalid", sentence, { field: "conditions" });
}

function viewOf({ lastHitAt, ...rule }: Rule): HouseRuleView {
  return { ...rule, lastHitAt: textOfTime(lastHitAt) };
}

function recorded({ id: _, name: _n, position: _p, hits: _h, lastHitAt: _l, ...rule }: Rule): object {
  return rule;
}

function subjectOf({ name }: Rule): string {
  return `house rule ${name}`;
}

export const houseRuleOperations = [
  listHouseRules,
  showHouseRule,
  addHouseRule,
  setHouseRule,
  moveHouseRule,
  removeHouseRule,
  tryHouseRules,
] as const;
