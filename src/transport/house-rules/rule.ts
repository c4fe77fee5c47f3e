/** What a rule of the house is: as people write it, and as it is kept. */
import { z } from "zod";
import { ATTACHMENT_KINDS } from "../../filter/attachments/kinds.ts";
import { Refusal } from "../../refusal.ts";
import { patternOf } from "./pattern.ts";
import { parseSize } from "./size.ts";

/** What a condition looks at. */
export const SUBJECTS = [
  "sender",
  "recipient",
  "subject",
  "header",
  "attachment",
  "larger",
  "recipients",
  "user",
  "group",
  "score",
] as const;
export type ConditionOn = (typeof SUBJECTS)[number];

/** What a rule does. */
export const DEEDS = [
  "refuse",
  "discard",
  "quarantine",
  "redirect",
  "copy",
  "route",
  "folder",
  "subject",
  "header",
  "warn",
  "rename",
  "remove",
] as const;
export type Deed = (typeof DEEDS)[number];

/** Deeds that say all without a value. */
const WITHOUT_VALUE: ReadonlySet<Deed> = new Set<Deed>(["discard", "quarantine", "warn", "rename", "remove", "refuse"]);

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `At most ${most} characters.`)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "A single line.");

const HEADER = /^([!-9;-~]{1,76})\s*:\s*(.*)$/u;
/** Fields that say where a message comes from, how it is made, or what is found of it: no rule adds such. */
const RESERVED_FIELDS =
  /^(?:received|return-path|delivered-to|dkim-signature|arc-.*|authentication-results|content-.*|mime-version|from|to|cc|bcc|sender|reply-to|date|message-id|subject)$/i;

const condition = z
  .strictObject({
    on: z.enum(SUBJECTS).describe("What it looks at."),
    not: z.boolean().default(false).describe("It holds where this is not so."),
    value: line(500).min(1, "A condition has a value."),
  })
  .superRefine(({ on, value }, context) => {
    const wrong = conditionProblem(on, value);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  });
export type Condition = z.output<typeof condition>;

function conditionProblem(on: ConditionOn, value: string): string | undefined {
  if ((on === "sender" || on === "recipient") && value !== "*" && !isPattern(value)) {
    return "An address is written like ann@example.com, example.com, .example.com or shop-*@example.com.";
  }
  if (on === "larger" && parseSize(value) === undefined) return "A size is written like 500K, 10M or 1G.";
  if (on === "recipients" && !/^[1-9]\d{0,4}$/.test(value)) return "A number of recipients is written like 50.";
  if (on === "score" && !/^-?\d{1,3}(?:\.\d{1,2})?$/.test(value)) return "A score is a number such as 5.";
  if (on === "header" && !HEADER.test(value)) return "A field is written like X-Mailer: *bulk*.";
  if (on === "attachment" && !value.includes("*") && !value.includes(".") && !isKind(value)) {
    return `Attachments are written like *.exe, or as one of: ${ATTACHMENT_KINDS.join(", ")}.`;
  }
  return undefined;
}

function isPattern(value: string): boolean {
  try {
    patternOf(value);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function isKind(value: string): boolean {
  return ATTACHMENT_KINDS.some((kind) => kind === value.toLowerCase());
}

const action = z
  .strictObject({ do: z.enum(DEEDS).describe("What is done."), value: line(500).default("") })
  .superRefine(({ do: deed, value }, context) => {
    const wrong = actionProblem(deed, value);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  });
export type Action = z.output<typeof action>;

function actionProblem(deed: Deed, value: string): string | undefined {
  if (value === "")
    return WITHOUT_VALUE.has(deed) ? undefined : "Say with what: an address, a route, a folder, a text.";
  if ((deed === "redirect" || deed === "copy") && !/^[^\s<>,;]+@[^\s<>,;@]+$/u.test(value))
    return "This is no address.";
  if (deed !== "header") return undefined;
  const name = HEADER.exec(value)?.[1];
  if (name === undefined) return "A field is written like X-Checked: yes.";
  return RESERVED_FIELDS.test(name) ? `The field ${name} is not a rule's to set.` : undefined;
}

/** What a rule says. */
export const ruleSchema = z.strictObject({
  name: line(100).min(1, "A rule has a name."),
  enabled: z.boolean().default(true),
  direction: z.enum(["in", "out", "both"]).default("both").describe("in: from outside; out: of people here; both."),
  match: z.enum(["all", "any"]).default("all").describe("all: every condition holds; any: one of them does."),
  conditions: z.array(condition).max(20, "A rule has at most 20 conditions.").default([]),
  actions: z.array(action).min(1, "A rule does something.").max(10, "A rule does at most ten things."),
  last: z.boolean().default(false).describe("Where it fits, no rule behind it is asked."),
});
export type RuleInput = z.input<typeof ruleSchema>;
export type StoredRule = z.output<typeof ruleSchema>;

/** A rule as people see it. */
export interface Rule extends StoredRule {
  readonly id: number;
  /** From 1. */
  readonly position: number;
  readonly hits: number;
  readonly lastHitAt: number | null;
}

/** A field's name and value out of what a condition or an action says. */
export function fieldOf(value: string): { readonly name: string; readonly value: string } {
  const [, name = "", rest = ""] = HEADER.exec(value) ?? [];
  return { name, value: rest };
}
