/** What the commands of mailboxes, addresses, domains and mail groups share: which mailbox a word names, and rules of expiry in words. */
import type { z } from "zod";
import { findMailbox } from "../administration/mail/mailboxes.ts";
import type { expirySchema } from "../directory/mailbox.ts";
import { Refusal } from "../refusal.ts";
import type { Context } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

type Rules = z.output<typeof expirySchema>["rules"];

/** The number of the mailbox that a word names: its own, its user's login name (the primary one), or an address. @throws Refusal */
export async function mailboxNamed(context: Context, name: string): Promise<number> {
  const { id } = await context.perform(findMailbox, { name });
  return id;
}

/**
 * A change from words such as `quota.octets=2G`. Rules of expiry stand in a list, `expiry=INBOX:90:archive,Trash:30:delete`, or one by
 * one, `expiry.INBOX=90:archive` and `expiry.INBOX=none`; `rules` gives those there are, when single ones are to change.
 * @throws UsageError, Refusal "invalid"
 */
export async function changeFrom(
  schema: z.ZodObject,
  words: readonly string[],
  rules: () => Promise<Rules>,
): Promise<Record<string, unknown>> {
  const given = assignments(words);
  const single = given.filter(([name]) => name.startsWith("expiry."));
  const lists = given.filter(([name]) => name === "expiry");
  const change = patchFrom(
    schema,
    given.filter(([name]) => name !== "expiry" && !name.startsWith("expiry.")),
  );
  if (single.length + lists.length === 0) return change;
  let expiry = [...(lists.length > 0 ? [] : await rules())];
  for (const [, text] of lists) expiry = rulesFrom(text);
  for (const [name, text] of single) {
    const folder = name.slice("expiry.".length);
    expiry = expiry.filter((rule) => rule.folder !== folder);
    if (text.trim().toLowerCase() !== "none") expiry.push(ruleFrom(folder, text));
  }
  return { ...change, expiry };
}

/** Rules in words: "INBOX 90:archive, Trash 30:delete". */
export function rulesText(rules: Rules): string {
  return rules.map(({ folder, days, action }) => `${folder}:${days}:${action}`).join(", ");
}

function rulesFrom(text: string): Rules {
  const word = text.trim();
  if (word === "" || word.toLowerCase() === "none") return [];
  if (word.startsWith("[")) return listFrom(word);
  return word.split(",").map((item) => {
    const [, folder = "", rule = ""] = /^(.+?):([^:]*:[^:]*)$/.exec(item.trim()) ?? [];
    return ruleFrom(folder, rule);
  });
}

function listFrom(json: string): Rules {
  try {
    return JSON.parse(json);
  } catch {
    throw new Refusal("invalid", "That is not JSON. Write rules as INBOX:90:archive,Trash:30:delete.");
  }
}

function ruleFrom(folder: string, text: string): Rules[number] {
  const [, days = "", action = ""] = /^(\d{1,5}):(archive|delete)$/i.exec(text.trim()) ?? [];
  if (folder === "" || days === "")
    throw new Refusal("invalid", "A rule of expiry is written like INBOX:90:archive or Trash:30:delete.");
  return { folder, days: Number(days), action: action.toLowerCase() as Rules[number]["action"] };
}
