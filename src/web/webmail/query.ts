/**
 * The search box: words and a few operators into conditions, and the conditions run over a folder. Text is matched as IMAP
 * matches it (substring, case folded): the mail store's index names candidates, reading them decides. Newest first, in
 * slices, and no further than the page that is shown.
 */

import { FLAGGED, SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { View } from "../../mailstore/view.ts";
import { casemap } from "../../mime/casemap.ts";

/** One condition; all must hold. */
export type Condition =
  | { readonly kind: "text"; readonly needle: string }
  | { readonly kind: "field"; readonly field: "from" | "to" | "subject"; readonly needle: string }
  | { readonly kind: "is"; readonly what: "unread" | "read" | "starred" | "answered" }
  | { readonly kind: "attachment" }
  | { readonly kind: "time"; readonly side: "before" | "after"; readonly at: number };

/** What was found so far, newest first. A search goes only as far as its reader does, and is taken up again where it stopped. */
export interface Found {
  readonly uids: readonly number[];
  /** Messages below this UID were not looked at yet. */
  readonly below: number;
  /** All messages were looked at. */
  readonly done: boolean;
}

/** Before the first message. */
export const NOTHING_YET: Found = { uids: [], below: Number.POSITIVE_INFINITY, done: false };

const MOST_CONDITIONS = 12;
const LONGEST_QUERY = 500;
const SLICE_MS = 8;
/** The longest one request looks; what it did not reach, the next one does. */
const LONGEST_MS = 3_000;

const OPERATOR = /^(from|to|subject|is|has|before|after):(.*)$/i;
const IS: Readonly<Record<string, (Condition & { kind: "is" })["what"]>> = {
  unread: "unread",
  unseen: "unread",
  read: "read",
  seen: "read",
  starred: "starred",
  flagged: "starred",
  answered: "answered",
  replied: "answered",
};

/** Reads what was typed: `from:ann "second draft" is:unread has:attachment before:2026-03-01`. */
export function parseQuery(text: string): Condition[] {
  const words = text.slice(0, LONGEST_QUERY).match(/[a-z]+:"[^"]*"|"[^"]*"|\S+/gi) ?? [];
  const conditions = words.slice(0, MOST_CONDITIONS).map(conditionOf);
  return conditions.filter((condition) => !("needle" in condition) || condition.needle !== "");
}

function conditionOf(word: string): Condition {
  const text = { kind: "text", needle: casemap(word.replaceAll('"', "")) } as const;
  const match = OPERATOR.exec(word);
  if (match === null) return text;
  const [, name = "", quoted = ""] = match;
  const value = quoted.replaceAll('"', "");
  switch (name.toLowerCase()) {
    case "from":
    case "to":
    case "subject":
      return { kind: "field", field: name.toLowerCase() as "from" | "to" | "subject", needle: casemap(value) };
    case "is": {
      const what = IS[value.toLowerCase()];
      return what === undefined ? text : { kind: "is", what };
    }
    case "has":
      return value.toLowerCase().startsWith("attach") ? { kind: "attachment" } : text;
    default: {
      const at = /^\d{4}-\d\d?-\d\d?$/.test(value) ? new Date(`${value}T00:00`).getTime() : Number.NaN;
      return Number.isNaN(at) ? text : { kind: "time", side: name.toLowerCase() as "before" | "after", at };
    }
  }
}

/** Runs the conditions over an open folder, on from `before`, until `enough` are found or there is no message left. */
export async function search(
  mailstore: Mailstore,
  view: View,
  conditions: readonly Condition[],
  before: Found,
  enough: number,
): Promise<Found> {
  const candidates = conditions
    .filter((condition) => condition.kind === "text")
    .map((condition) => mailstore.index.candidates(condition.needle));
  const uids = [...before.uids];
  const end = performance.now() + LONGEST_MS;
  let until = performance.now() + SLICE_MS;
  // By UID and not by index: messages may come and go between two slices.
  for (let { below } = before; ; ) {
    if (uids.length >= enough) return { uids, below, done: false };
    const index = (below > view.uidNext ? view.count : view.lowerBound(below)) - 1;
    if (index < 0) return { uids, below: 0, done: true };
    below = view.uidAt(index);
    const content = view.contentAt(index);
    const possible = candidates.every((candidate) => candidate.has(content));
    if (possible && conditions.every((condition) => holds(condition, view, index, mailstore))) uids.push(below);
    const now = performance.now();
    if (now < until) continue;
    if (now > end) return { uids, below, done: false };
    await new Promise<void>((resolve) => setImmediate(resolve));
    until = performance.now() + SLICE_MS;
  }
}

function holds(condition: Condition, view: View, index: number, mailstore: Mailstore): boolean {
  const content = view.contentAt(index);
  switch (condition.kind) {
    case "is": {
      const { system } = view.flagsAt(index);
      if (condition.what === "unread") return (system & SEEN) === 0;
      if (condition.what === "read") return (system & SEEN) !== 0;
      return (system & (condition.what === "starred" ? FLAGGED : 2)) !== 0;
    }
    case "attachment":
      return mailstore.listing(content)?.attachments === true;
    case "time": {
      const at = view.internalDateAt(index);
      return condition.side === "before" ? at < condition.at : at >= condition.at;
    }
    case "field": {
      const fields = condition.field === "to" ? (["to", "cc", "bcc"] as const) : [condition.field];
      return fields.some((field) => mailstore.heads.fieldText(field, content).includes(condition.needle));
    }
    default:
      return mailstore.index.text(content).includes(condition.needle);
  }
}
