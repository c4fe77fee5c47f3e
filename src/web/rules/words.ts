/** Rules in words: what a list says of each. */

import { folderName } from "../../../views/words/folders.ts";
import { allOf, anyOf } from "../../../views/words/lists.ts";
import { key, t } from "../../../views/words/words.ts";
import type { Action, Condition, Rule } from "../../sieve/rules/model.ts";
import { sizeText } from "./rows.ts";

const FIELDS: Readonly<Record<string, string>> = {
  from: key("the sender"),
  to: key("To"),
  cc: key("Cc"),
  "to,cc": key("To or Cc"),
  subject: key("the subject"),
  "list-id": key("the mailing list"),
};
const COMPARISONS: Readonly<Record<string, string>> = {
  is: key("{what} is {values}"),
  contains: key("{what} contains {values}"),
  begins: key("{what} begins with {values}"),
  ends: key("{what} ends with {values}"),
  matches: key("{what} is like {values}"),
  regex: key("{what} matches {values}"),
};
const DENIED: Readonly<Record<string, string>> = {
  is: key("{what} is not {values}"),
  contains: key("{what} does not contain {values}"),
  begins: key("{what} does not begin with {values}"),
  ends: key("{what} does not end with {values}"),
  matches: key("{what} is not like {values}"),
  regex: key("{what} does not match {values}"),
};
const DAYS = [
  ...[key("Sunday"), key("Monday"), key("Tuesday"), key("Wednesday")],
  ...[key("Thursday"), key("Friday"), key("Saturday")],
];
/** Values that are listed. */
const MOST_VALUES = 3;
const LONGEST = 80;

const quotedList = (values: readonly string[]): string => {
  const shown = values.slice(0, MOST_VALUES).map((value) => `“${short(value)}”`);
  const more = values.length - MOST_VALUES;
  return anyOf(more > 0 ? [...shown, t("{n} more", { n: more })] : shown);
};

const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
};

/** When a rule applies: "If the subject contains “news”". */
export function whenWords({ join, conditions }: Rule): string {
  if (conditions.length === 0) return t("Every message");
  return t("If {conditions}", { conditions: (join === "all" ? allOf : anyOf)(conditions.map(conditionWords)) });
}

/** What a rule does: "move it to News, stop there". */
export function doesWords({ actions }: Rule): string {
  return actions.map(actionWords).join(", ");
}

function conditionWords(condition: Condition): string {
  const { not } = condition;
  switch (condition.test) {
    case "header":
    case "address":
    case "envelope":
      return compared(fieldWords(condition), condition);
    case "body":
      return compared(t("the text"), condition);
    case "exists": {
      const fields = allOf(condition.fields);
      return not ? t("it has no {fields}", { fields }) : t("it has {fields}", { fields });
    }
    case "size": {
      const size = sizeText(condition.octets);
      if (not)
        return condition.over
          ? t("it is not larger than {size}", { size })
          : t("it is not smaller than {size}", { size });
      return condition.over ? t("it is larger than {size}", { size }) : t("it is smaller than {size}", { size });
    }
    case "attachment":
      return not ? t("it has no attachment") : t("it has an attachment");
    case "priority":
      if (condition.level === "high") return not ? t("it is not of high priority") : t("it is of high priority");
      return not ? t("it is not of low priority") : t("it is of low priority");
    case "spam": {
      const points = condition.atLeast;
      return not
        ? t("its spam score is below {points}", { points })
        : t("its spam score is at least {points}", { points });
    }
    case "known":
      return not ? t("its sender is not in the contacts") : t("its sender is in the contacts");
    case "date":
      return dateWords(condition);
  }
}

type Compared = Extract<Condition, { test: "header" | "address" | "envelope" | "body" }>;

function compared(what: string, { not, comparison, values }: Compared): string {
  const words = (not ? DENIED : COMPARISONS)[comparison] ?? "{what} is {values}";
  return t(words, { what, values: quotedList(values) });
}

/** Parts of addresses. */
const PARTS: Readonly<Record<string, string>> = {
  localpart: key("the part before the @ of {what}"),
  domain: key("the domain of {what}"),
  user: key("the user of {what}"),
  detail: key("the detail of {what}"),
};

function fieldWords(condition: Extract<Condition, { test: "header" | "address" | "envelope" }>): string {
  const { test, fields } = condition;
  const known = Object.hasOwn(FIELDS, fields.join()) ? FIELDS[fields.join()] : undefined;
  const named = known === undefined ? anyOf(fields) : t(known);
  const what = test === "envelope" ? t("the envelope's {fields}", { fields: anyOf(fields) }) : named;
  const part = test === "header" ? undefined : PARTS[condition.part];
  return part === undefined ? what : t(part, { what });
}

function dateWords({ part, comparison, values, not }: Extract<Condition, { test: "date" }>): string {
  const when = anyOf(values.map((value) => (part === "weekday" ? t(DAYS[Number(value)] ?? value) : value)));
  if (comparison === "from")
    return not ? t("it does not come from {when} on", { when }) : t("it comes from {when} on", { when });
  if (comparison === "until")
    return not ? t("it does not come up to {when}", { when }) : t("it comes up to {when}", { when });
  if (part === "time") return not ? t("it does not come at {when}", { when }) : t("it comes at {when}", { when });
  return not ? t("it does not come on {when}", { when }) : t("it comes on {when}", { when });
}

function actionWords(action: Action): string {
  switch (action.do) {
    case "file": {
      const folder = folderName(short(action.folder));
      return action.copy ? t("put a copy into {folder}", { folder }) : t("move it to {folder}", { folder });
    }
    case "flag":
      return flagWords(action);
    case "redirect": {
      const whom = short(action.address);
      return action.copy ? t("forward it to {whom} and keep a copy", { whom }) : t("forward it to {whom}", { whom });
    }
    case "reject":
      return t("refuse it: “{text}”", { text: short(action.reason) });
    case "reply":
      return t("answer: “{text}”", { text: short(action.text) });
    case "keep":
      return t("keep it");
    case "discard":
      return t("throw it away");
    case "stop":
      return t("stop there");
  }
}

function flagWords({ how, flags }: Extract<Action, { do: "flag" }>): string {
  const named = flags
    .map((flag) => {
      const known = flag.toLowerCase();
      return known === "\\seen" ? t("read") : known === "\\flagged" ? t("starred") : flag;
    })
    .join(", ");
  if (how === "remove") return t("take off {flags}", { flags: named });
  return how === "set" ? t("mark it only {flags}", { flags: named }) : t("mark it {flags}", { flags: named });
}
