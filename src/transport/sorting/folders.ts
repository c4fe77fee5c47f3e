/** Where a copy goes in a mailbox (RFC 5228 §4.1, RFC 5490 §3.2, RFC 8579 §4, RFC 9042 §4). */
import type { Flags } from "../../mailstore/flags.ts";
import { SYSTEM_FLAGS } from "../../mailstore/flags.ts";
import { mailboxId } from "../../mailstore/object-ids.ts";
import { Refusal } from "../../refusal.ts";
import type { Tx } from "../../store/store.ts";
import type { Parts } from "../parts.ts";
import type { Placing } from "./sorted.ts";

/** Special uses that INBOX is not, as RFC 6154 names them, in small letters. */
const USES = ["all", "archive", "drafts", "flagged", "junk", "sent", "trash", "important"];

/** The folder for a copy, made where that was asked for; INBOX where there is none. @param standard where mail goes without scripts */
export function folderFor(
  { mailstore }: Pick<Parts, "mailstore">,
  tx: Tx,
  mailbox: number,
  { filing }: Pick<Placing, "filing">,
  standard: () => number,
): number {
  if (filing === undefined) return standard();
  const { mailboxId: id, specialUse, mailbox: name, create } = filing;
  if (id !== undefined || specialUse !== undefined) {
    const use = useOf(specialUse);
    const found = mailstore
      .folders(mailbox)
      .find((folder) => (id !== undefined && mailboxId(folder) === id) || isUse(folder.specialUse, use));
    if (found !== undefined) return found.id;
  }
  try {
    const named = mailstore.folder(mailbox, name);
    if (named !== undefined) return named.id;
    if (!create) return mailstore.inbox(tx, mailbox);
    const use = properUse(useOf(specialUse));
    return mailstore.createFolderWithin(tx, mailbox, name, use === undefined ? {} : { specialUse: use }).id;
  } catch (error) {
    // A name that no folder can have, or too many folders: the message is not lost for that.
    if (error instanceof Refusal) return mailstore.inbox(tx, mailbox);
    throw error;
  }
}

/** A special use without its backslash, in small letters. */
export function useOf(specialUse: string | undefined): string | undefined {
  return specialUse?.replace(/^\\/, "").toLowerCase();
}

/** Whether a folder has a special use. */
export function isUse(has: string | undefined, use: string | undefined): boolean {
  return use !== undefined && has?.toLowerCase() === use;
}

function properUse(use: string | undefined): string | undefined {
  return use !== undefined && USES.includes(use) ? (use[0] ?? "").toUpperCase() + use.slice(1) : undefined;
}

/** IMAP flags by their names (RFC 5232 §2.1); what no folder can keep is left out. */
export function flagsOf(names: readonly string[]): Flags {
  let system = 0;
  const keywords: string[] = [];
  const bits = new Map(Object.entries(SYSTEM_FLAGS).map(([name, bit]) => [name.toLowerCase(), bit]));
  for (const name of names) {
    const bit = bits.get(name.toLowerCase());
    if (bit !== undefined) system |= bit;
    else if (/^[A-Za-z0-9$_.!#&'+,/:;<=>?@^`|~-]{1,100}$/.test(name) && keywords.length < 50) keywords.push(name);
  }
  return { system, keywords };
}
