/** The rules of the gateway: who may reach what, in order. */
import { z } from "zod";
import { changeOf } from "../../directory/validate.ts";
import { ACTIONS, DAYS, holdsForAll, type Rule, ruleSchema } from "../../gateway/rule.ts";
import { GATEWAY_SERVICES, SCHEMES } from "../../gateway/visit.ts";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
import { GATEWAY, id, orderedOperations, position } from "../ordered.ts";
import { switched } from "../values.ts";

const texts = z.array(z.string());

const ruleView = z.object({
  id: z.number().int(),
  position: z.number().int().describe("From 1: the first rule that fits decides."),
  name: z.string(),
  enabled: z.boolean(),
  action: z.enum(ACTIONS).describe("allow: may go; bar: may not; warn: may go after being told."),
  text: z.string().describe("What people are told; empty: the usual sentence."),
  users: texts,
  groups: texts,
  networks: texts,
  services: z.array(z.enum(GATEWAY_SERVICES)),
  hosts: texts,
  ports: texts,
  urls: texts.describe("Addresses, with * for anything; such a rule holds only where an address is seen."),
  schemes: z.array(z.enum(SCHEMES)),
  days: z.array(z.enum(DAYS)),
  from: z.string(),
  to: z.string(),
  everything: z
    .boolean()
    .describe("It says neither who, nor where, nor when, and so holds for everybody and everything."),
});
export type RuleView = z.output<typeof ruleView>;

const everything = switched
  .default(false)
  .describe("on: the rule is meant to bar everybody from everything; without that such a rule is refused.");

export const {
  list: listRules,
  show: showRule,
  move: moveRule,
  remove: removeRule,
} = orderedOperations({
  name: "rule",
  names: "rules",
  view: ruleView,
  summaries: {
    list: "Lists the rules of the web proxy, SOCKS and the FTP proxy in their order; the first that fits decides.",
    show: "Shows a rule.",
    move: "Moves a rule to another position.",
    remove: "Removes a rule.",
  },
  ...GATEWAY,
  stored: ({ gateway }) => gateway.rules,
  viewOf,
  subjectOf,
  recorded,
});

export const addRule = operation({
  name: "rule.add",
  summary: "Adds a rule, behind the others or at a position.",
  http: "POST /gateway/rules",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ ...ruleSchema.shape, position: position.optional(), everything }),
  output: ruleView,
  async run(context, { position, everything, ...rule }) {
    return await context.commit((tx, note) => {
      const made = context.gateway.rules.createWithin(tx, rule, position);
      if (!everything && barsAll(made)) throw unconfirmed();
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setRule = operation({
  name: "rule.set",
  summary: "Changes a rule. Connections that it no longer allows end.",
  http: "PATCH /gateway/rules/{id}",
  scope: "gateway:write",
  who: "administrator",
  input: changeOf(ruleSchema.shape).extend({ id, everything }),
  output: ruleView,
  async run(context, { id, everything, ...change }) {
    return await context.commit((tx, note) => {
      const { rules } = context.gateway;
      const before = rules.require(id);
      const after = rules.updateWithin(tx, id, change);
      if (!everything && barsAll(after) && !barsAll(before)) throw unconfirmed();
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

/** Whether a rule leaves nobody anything but what rules before it allow. */
function barsAll(rule: Rule): boolean {
  return rule.enabled && rule.action === "bar" && holdsForAll(rule);
}

/** A field that was forgotten, as a rule, and not what is meant. */
function unconfirmed(): Refusal {
  const sentence =
    "This rule bars everybody from everything but what rules before it allow. Say who, where or when; or confirm that it is meant so (everything=on).";
  return new Refusal("invalid", sentence, { field: "everything" });
}

function viewOf(rule: Rule): RuleView {
  return { ...rule, everything: holdsForAll(rule) };
}

function recorded({ id: _, name: _n, ...rule }: Rule): object {
  return rule;
}

function subjectOf({ name }: Rule): string {
  return `gateway rule ${name}`;
}

export const ruleOperations = [listRules, showRule, addRule, setRule, moveRule, removeRule] as const;
