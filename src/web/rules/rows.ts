/** A rule as the rows of a form, and back. Nothing is lost on the way: what the form has no field for travels along with its row. */
import { z } from "zod";
import type { ActionRow, ConditionRow, RuleFields } from "../../../views/parts/rule-form.tsx";
import { t } from "../../../views/words/words.ts";
import { Refusal } from "../../refusal.ts";
import {
  type Action,
  COMPARISONS,
  type Comparison,
  type Condition,
  type Rule,
  ruleSchema,
} from "../../sieve/rules/model.ts";
import type { Errors } from "../form.ts";

/** Rows of one form. */
const MOST_ROWS = 100;

const column = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .default([])
  .pipe(z.array(z.string().max(20_000)).max(MOST_ROWS));

/** What the form of a rule sends; its rows stand in columns. */
export const ruleForm = z.strictObject({
  version: z.string().max(100).default(""),
  name: z.string().max(1_000).default(""),
  enabled: z.string().optional(),
  join: z.enum(["all", "any"]).catch("all"),
  ...{ what: column, header: column, part: column, op: column, size: column, when: column, yes: column },
  ...{ value: column, day: column },
  ...{ does: column, folder: column, newFolder: column, argument: column, subject: column, days: column, more: column },
  do: z.enum(["save", "condition", "action"]).default("save"),
  drop: z
    .string()
    .regex(/^[ca]\d{1,3}$/)
    .optional(),
});
export type RuleForm = z.output<typeof ruleForm>;

export const EMPTY_CONDITION: ConditionRow = {
  ...{ what: "", header: "", part: "all", op: "contains", size: "over", when: "is", yes: "yes" },
  ...{ value: "", day: "1" },
};
export const EMPTY_ACTION: ActionRow = {
  ...{ does: "", folder: "", newFolder: "", argument: "", subject: "", days: "", more: "" },
};

/** The rows of a form that was sent, with what its buttons did to them. */
export function fieldsOf(form: RuleForm): RuleFields {
  const { name, join, drop } = form;
  const conditions = form.what.map((what, at): ConditionRow => {
    const { header, part, op, size, when, yes, value, day } = form;
    return {
      ...{
        what,
        header: header[at] ?? "",
        part: part[at] ?? "all",
        op: op[at] ?? "contains",
        size: size[at] ?? "over",
      },
      ...{ when: when[at] ?? "is", yes: yes[at] ?? "yes", value: value[at] ?? "", day: day[at] ?? "1" },
    };
  });
  const actions = form.does.map((does, at): ActionRow => {
    const { folder, newFolder, argument, subject, days, more } = form;
    return {
      ...{ does, folder: folder[at] ?? "", newFolder: newFolder[at] ?? "", argument: argument[at] ?? "" },
      ...{ subject: subject[at] ?? "", days: days[at] ?? "", more: more[at] ?? "" },
    };
  });
  const dropped = Number(drop?.slice(1));
  return {
    ...{ name, join, enabled: form.enabled !== undefined },
    conditions: [
      ...conditions.filter((_, at) => !(drop?.startsWith("c") && at === dropped)),
      ...(form.do === "condition" ? [EMPTY_CONDITION] : []),
    ],
    actions: [
      ...actions.filter((_, at) => !(drop?.startsWith("a") && at === dropped)),
      ...(form.do === "action" ? [EMPTY_ACTION] : []),
    ],
  };
}

// Rules to rows

export function fieldsFrom({ name, enabled, join, conditions, actions }: Rule): RuleFields {
  return { name, enabled, join, conditions: conditions.map(conditionRow), actions: actions.flatMap(actionRows) };
}

/** Fields with names of their own, and what is looked at for each. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  from: ["from"],
  to: ["to"],
  cc: ["cc"],
  tocc: ["to", "cc"],
  subject: ["subject"],
  list: ["list-id"],
};
/** Fields of people: whole addresses are compared, parts of names are looked for. */
const PEOPLE = new Set(["from", "to", "cc", "tocc"]);
const BY_ADDRESS: ReadonlySet<Comparison> = new Set(["is", "begins", "ends"]);

function conditionRow(condition: Condition): ConditionRow {
  const yes = condition.not ? "no" : "yes";
  switch (condition.test) {
    case "header":
    case "address":
    case "envelope":
      return textRow(condition);
    case "body":
      return { ...EMPTY_CONDITION, what: "body", ...comparedRow(condition) };
    case "exists": {
      const op = condition.not ? "not exists" : "exists";
      return { ...EMPTY_CONDITION, what: "header", header: condition.fields.join(", "), op };
    }
    case "size": {
      const size = `${condition.not ? "not " : ""}${condition.over ? "over" : "under"}`;
      return { ...EMPTY_CONDITION, what: "size", size, value: sizeText(condition.octets) };
    }
    case "attachment":
    case "known":
      return { ...EMPTY_CONDITION, what: condition.test, yes };
    case "priority":
      return { ...EMPTY_CONDITION, what: condition.level, yes };
    case "spam":
      return { ...EMPTY_CONDITION, what: "spam", yes, value: String(condition.atLeast) };
    case "date": {
      const when = `${condition.not ? "not " : ""}${condition.comparison}`;
      if (condition.part !== "weekday")
        return { ...EMPTY_CONDITION, what: condition.part, when, value: condition.values.join("\n") };
      return { ...EMPTY_CONDITION, what: "weekday", when, day: condition.values.join(",") };
    }
  }
}

type Textual = Extract<Condition, { test: "header" | "address" | "envelope" }>;
type Compared = Pick<Textual, "comparison" | "values" | "not">;

const comparedRow = ({ comparison, values, not }: Compared) => ({
  op: `${not ? "not " : ""}${comparison}`,
  value: values.join("\n"),
});

function textRow(condition: Textual): ConditionRow {
  const row = { ...EMPTY_CONDITION, header: condition.fields.join(", "), ...comparedRow(condition) };
  const [named] = Object.entries(NAMED).find(([, fields]) => fields.join() === condition.fields.join()) ?? [];
  const part = condition.test === "header" ? "all" : condition.part;
  const usual = named !== undefined && part === "all" && condition.test === testFor(named, condition.comparison);
  return usual ? { ...row, what: named, header: "" } : { ...row, what: condition.test, part };
}

const testFor = (named: string, comparison: Comparison) =>
  PEOPLE.has(named) && BY_ADDRESS.has(comparison) ? "address" : "header";

function actionRows(action: Action): ActionRow[] {
  const row = (does: string, more: Partial<ActionRow> = {}): ActionRow => ({ ...EMPTY_ACTION, does, ...more });
  switch (action.do) {
    case "file": {
      const more = action.create ? JSON.stringify({ create: true }) : "";
      return [row(action.copy ? "copy" : "move", { folder: action.folder, more })];
    }
    case "flag":
      return flagRows(action).map(([does, argument]) => row(does, { argument }));
    case "redirect":
      return [row(action.copy ? "forward copy" : "forward", { argument: action.address })];
    case "reject":
      return [row(action.early ? "ereject" : "reject", { argument: action.reason })];
    case "reply": {
      const { do: _, text, subject = "", days, ...rest } = action;
      const more = Object.keys(rest).length === 0 ? "" : JSON.stringify(rest);
      return [row("reply", { argument: text, subject, days: days === undefined ? "" : String(days), more })];
    }
    default:
      return [row(action.do)];
  }
}

function flagRows({ how, flags }: Extract<Action, { do: "flag" }>): [string, string][] {
  if (how !== "add") return [[`${how} flags`, flags.join(" ")]];
  return flags.map((flag) => {
    if (flag.toLowerCase() === "\\seen") return ["read", ""];
    return flag.toLowerCase() === "\\flagged" ? ["star", ""] : ["label", flag];
  });
}

/** Octets as people write them. */
export function sizeText(octets: number): string {
  for (const [unit, size] of UNITS) if (octets > 0 && octets % size === 0) return `${octets / size} ${unit}`;
  return String(octets);
}

const UNITS = [
  ["GB", 1 << 30],
  ["MB", 1 << 20],
  ["KB", 1 << 10],
] as const;

// Rows to rules

/** What is wrong with rows, by "c0" and "a0", or "" for all of it. */
export class RowErrors extends Error {
  constructor(readonly errors: Errors) {
    super("rows");
  }
}

/** The rule that rows say. @throws RowErrors */
export function ruleFrom({ name, enabled, join, conditions, actions }: RuleFields): Rule {
  const errors: Errors = {};
  const read = <T, U>(prefix: string, rows: readonly T[], make: (row: T) => U | undefined): U[] =>
    rows.flatMap((row, at) => {
      try {
        const made = make(row);
        return made === undefined ? [] : [made];
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        errors[`${prefix}${at}`] = thrown.sentence;
        return [];
      }
    });
  const rule = {
    ...{ name, enabled, join: conditions.length === 0 ? "all" : join },
    conditions: read("c", conditions, conditionFrom),
    actions: inOrder(read("a", actions, actionFrom)),
  };
  if (Object.keys(errors).length > 0) throw new RowErrors(errors);
  const parsed = ruleSchema.safeParse(rule);
  if (parsed.success) return parsed.data;
  const rows = { conditions: filled(conditions, "what"), actions: filled(actions, "does") };
  for (const { path, message } of parsed.error.issues) {
    const [group, at] = path;
    const row = group === "conditions" ? rows.conditions[Number(at)] : undefined;
    const key = row !== undefined ? `c${row}` : group === "name" ? "name" : "";
    errors[key] ??= message;
  }
  throw new RowErrors(errors);
}

/** The places of rows that say something. */
function filled<K extends string>(rows: readonly Readonly<Record<K, string>>[], key: K): number[] {
  return rows.flatMap((row, at) => (row[key] === "" ? [] : [at]));
}

/** Flags hold for what follows them (RFC 5232 §5), and behind stop nothing does. */
function inOrder(actions: readonly Action[]): Action[] {
  const rank = ({ do: what }: Action) => (what === "flag" ? 0 : what === "stop" ? 2 : 1);
  return [...actions].sort((a, b) => rank(a) - rank(b));
}

const wrong = (sentence: string): Refusal => new Refusal("invalid", sentence);

const wordsIn = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((one) => one.trim())
    .filter((one) => one !== "");

function conditionFrom(row: ConditionRow): unknown {
  const { what, value } = row;
  const not = row.yes === "no";
  switch (what) {
    case "":
      return undefined;
    case "size": {
      const [denied, side] = negated(row.size);
      return { test: "size", over: side === "over", octets: octetsIn(value), not: denied };
    }
    case "attachment":
    case "known":
      return { test: what, not };
    case "high":
    case "low":
      return { test: "priority", level: what, not };
    case "spam":
      return { test: "spam", atLeast: Number(value.trim()), not };
    case "date":
    case "time":
    case "weekday":
      return dateFrom(row, what);
    default:
      return textFrom(row);
  }
}

const negated = (word: string): [denied: boolean, plain: string] =>
  word.startsWith("not ") ? [true, word.slice(4)] : [false, word];

function octetsIn(text: string): number {
  const match = /^(\d{1,12})\s*([kmg]?)i?b?$/i.exec(text.trim());
  if (match === null) throw wrong(t("Type a size such as 5 MB or 200 KB."));
  const unit = UNITS.find(([name]) => name.startsWith((match[2] ?? "").toUpperCase() || "none"));
  return Number(match[1]) * (unit?.[1] ?? 1);
}

function dateFrom({ value, when, day }: ConditionRow, part: "date" | "time" | "weekday") {
  const [not, comparison] = negated(when);
  if (part === "weekday") return { test: "date", part, comparison, values: day.split(","), not };
  const values = wordsIn(value).map((one) => (part === "time" && /^\d\d:\d\d$/.test(one) ? `${one}:00` : one));
  return { test: "date", part, comparison, values, not };
}

function textFrom({ what, header, part, op, value }: ConditionRow) {
  const [not, comparison] = negated(op);
  const named = Object.hasOwn(NAMED, what) ? NAMED[what] : undefined;
  const fields =
    named ??
    header
      .split(",")
      .map((one) => one.trim().toLowerCase())
      .filter(Boolean);
  if (comparison === "exists" && what !== "body" && what !== "envelope") return { test: "exists", fields, not };
  const values = wordsIn(value);
  if (values.length === 0) throw wrong(t("Say what is looked for."));
  if (what === "body") return { test: "body", comparison, values, not };
  if (fields.length === 0) throw wrong(t("Name a header field, such as X-Spam-Flag."));
  if (named !== undefined && isComparison(comparison)) {
    const test = testFor(what, comparison);
    return { test, fields, ...(test === "address" && { part: "all" }), comparison, values, not };
  }
  return { test: what, fields, ...(what !== "header" && { part }), comparison, values, not };
}

const isComparison = (word: string): word is Comparison => (COMPARISONS as readonly string[]).includes(word);

/** What travelled along with a row. */
const moreSchema = z.looseObject({ create: z.boolean().optional() });

function moreIn(text: string): z.output<typeof moreSchema> {
  if (text === "") return {};
  try {
    return moreSchema.parse(JSON.parse(text));
  } catch {
    throw wrong(t("That form was not complete. Load the page again."));
  }
}

function actionFrom(row: ActionRow): Action | undefined {
  const { does, argument } = row;
  const text = argument.trim();
  const need = (what: string) => {
    if (text === "") throw wrong(what);
    return text;
  };
  switch (does) {
    case "":
      return undefined;
    case "move":
    case "copy":
      return filing(row);
    case "read":
      return { do: "flag", how: "add", flags: ["\\Seen"] };
    case "star":
      return { do: "flag", how: "add", flags: ["\\Flagged"] };
    case "label":
      return { do: "flag", how: "add", flags: flagsIn(need(t("Type a label."))) };
    case "set flags":
    case "remove flags":
      return {
        do: "flag",
        how: does === "set flags" ? "set" : "remove",
        flags: flagsIn(need(t("Type flags, such as \\Seen."))),
      };
    case "forward":
    case "forward copy":
      return { do: "redirect", address: need(t("Type an address.")), copy: does === "forward copy" };
    case "reject":
    case "ereject":
      return { do: "reject", reason: need(t("Write what the sender is told.")), early: does === "ereject" };
    case "reply":
      return replyFrom(row, need(t("Write the reply.")));
    case "keep":
    case "discard":
    case "stop":
      return { do: does };
    default:
      throw wrong(t("That form was not complete. Load the page again."));
  }
}

function filing({ does, folder, newFolder, more }: ActionRow): Action {
  const name = folder === "" ? newFolder.trim() : folder;
  if (name === "") throw wrong(t("Choose a folder, or name a new one."));
  return { do: "file", folder: name, copy: does === "copy", create: folder === "" || moreIn(more).create === true };
}

const LABEL = /^\\?[A-Za-z0-9$_.!#&'+,/:;<=>?@^`|~-]{1,100}$/;

function flagsIn(text: string): string[] {
  const flags = text.split(/\s+/);
  if (!flags.every((flag) => LABEL.test(flag))) throw wrong(t("A label is one word of plain letters and digits."));
  return flags;
}

function replyFrom({ subject, days, more }: ActionRow, text: string): Action {
  const every = days.trim();
  if (every !== "" && !/^\d{1,3}$/.test(every)) throw wrong(t("Days are a whole number."));
  const { create: _, ...rest } = moreIn(more);
  return {
    ...rest,
    ...{ do: "reply", text },
    ...(subject.trim() !== "" && { subject: subject.trim() }),
    ...(every !== "" && { days: Number(every) }),
  };
}
