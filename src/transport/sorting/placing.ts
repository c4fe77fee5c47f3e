/** The copies of a message that a mailbox gets. */
import type { Flags } from "../../mailstore/flags.ts";
import type { Tx } from "../../store/store.ts";
import type { Kept } from "../forwarding.ts";
import type { Parts } from "../parts.ts";
import { flagsOf, folderFor } from "./folders.ts";
import type { Changed } from "./sorted.ts";

/** One copy. */
export interface Copy {
  readonly folder: number;
  readonly flags: Flags;
  readonly changed: Changed | undefined;
}

const NO_FLAGS: Flags = { system: 0 };

/**
 * Where the copies of a message go: where scripts want them, else into INBOX, or into the junk folder where it is that, or past INBOX into
 * the archive where its conversation is muted. No folder gets
 * the same message twice (RFC 5228 §2.10.3); what the script wanted for each holds for the one copy.
 */
export function placingsOf(
  parts: Pick<Parts, "mailstore">,
  tx: Tx,
  { mailbox, placings }: Pick<Kept, "mailbox" | "placings">,
  junk: ReadonlySet<number>,
  muted = false,
): Copy[] {
  const { mailstore } = parts;
  const standard = () => {
    const role = junk.has(mailbox) ? "Junk" : muted ? "Archive" : undefined;
    return role === undefined ? mailstore.inbox(tx, mailbox) : mailstore.specialFolder(tx, mailbox, role);
  };
  if (placings === undefined) return [{ folder: standard(), flags: NO_FLAGS, changed: undefined }];
  const copies: Copy[] = [];
  for (const placing of placings) {
    const { changed } = placing;
    const folder = folderFor(parts, tx, mailbox, placing, standard);
    const flags = flagsOf(placing.flags);
    const at = copies.findIndex((copy) => copy.folder === folder && copy.changed === changed);
    const same = copies[at];
    if (same === undefined) copies.push({ folder, flags, changed });
    else copies[at] = { ...same, flags: joined(same.flags, flags) };
  }
  return copies;
}

function joined(one: Flags, other: Flags): Flags {
  return { system: one.system | other.system, keywords: [...(one.keywords ?? []), ...(other.keywords ?? [])] };
}
