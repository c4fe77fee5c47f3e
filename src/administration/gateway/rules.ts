/** The rules of the gateway: who may reach what, in order. */
import { z } from "zod";
import { changeOf } from "../../directory/validate.ts";
import { ACTIONS, DAYS, holdsForAll, type Rule, ruleSchema } from "../../gateway/rule.ts";
import { GATEWAY_SERVICES, SCHEMES } from "../../gateway/visit.ts";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
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
const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const position = z.coerce.number().int().min(1).max(10_000).describe("From 1; behind the last one: at the end.");

export const listRules = operation({
  name: "rule.list",
  summary: "Lists the rules of the web proxy, SOCKS and the FTP proxy in their order; the first that fits decides.",
  http: "GET /gateway/rules",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ rules: z.array(ruleView) }),
  run: ({ gateway }) => ({ rules: gateway.rules.list().map(viewOf) }),
});

export const showRule = operation({
  name: "rule.show",
  summary: "Shows a rule.",
  http: "GET /gateway/rules/{id}",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ id }),
  output: ruleView,
  run: ({ gateway }, { id }) => viewOf(gateway.rules.require(id)),
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

export const moveRule = operation({
  name: "rule.move",
  summary: "Moves a rule to another position.",
  http: "PUT /gateway/rules/{id}/position",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ id, position }),
  output: z.object({ rules: z.array(ruleView).describe("All rules in their order.") }),
  async run(context, { id, position }) {
    const { rules } = context.gateway;
    await context.commit((tx, note) => {
      const before = rules.require(id);
      const after = rules.moveWithin(tx, id, position);
      note({ subject: subjectOf(before), before: { position: before.position }, after: { position: after.position } });
    });
    return { rules: rules.list().map(viewOf) };
  },
});

export const removeRule = operation({
  name: "rule.remove",
  summary: "Removes a rule.",
  http: "DELETE /gateway/rules/{id}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    await context.commit((tx, note) => {
      const before = context.gateway.rules.require(id);
      context.gateway.rules.removeWithin(tx, id);
      note({ subject: subjectOf(before), before: recorded(before) });
    });
    return {};
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

function subjectOf({ name }: Pick<Rule, "name">): string {
  return `gateway rule ${name}`;
}

export const ruleOperations = [listRules, showRule, addRule, setRule, moveRule, removeRule] as const;
