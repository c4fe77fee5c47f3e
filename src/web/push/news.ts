/** Whether a change of a folder is news for the owner of its mailbox: mail that just came, into a folder he wants to hear of, at a time he may be told. */
import type { Directory, User } from "../../directory/directory.ts";
import type { Preferences } from "../../directory/preferences.ts";
import type { folderChanged } from "../../mailstore/changes.ts";
import { SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";

/** A message that just came. */
export interface News {
  readonly folder: number;
  readonly uid: number;
  readonly sender: string;
  readonly subject: string;
}

type Change = NonNullable<(typeof folderChanged)["example"]>;

/** What is put into a folder with an older date was collected, imported, or kept by a program. */
const FRESH_MS = 600_000;
/** So many are told one by one; more are told as a number. */
export const MOST_SINGLE = 3;
/** Uses of folders (RFC 6154) of which nobody wants to hear. */
export const SILENT: ReadonlySet<string | undefined> = new Set(["Sent", "Drafts", "Trash", "Junk"]);

/** Who owns the mailbox of a change, and what is news to him; undefined where nothing is. */
export function newsOf(
  { directory, mailstore }: { readonly directory: Directory; readonly mailstore: Mailstore },
  { mailbox, folder, change }: Change,
  now: number,
): { readonly user: User; readonly news: readonly News[] } | undefined {
  if (change.kind !== "append" || change.from !== undefined) return undefined;
  const fresh = change.messages.filter(
    ({ flags, internalDate }) => (flags & SEEN) === 0 && now - internalDate < FRESH_MS,
  );
  if (fresh.length === 0) return undefined;
  const owner = directory.mailboxes.byId(mailbox)?.ownerId;
  const user = owner === undefined ? undefined : directory.users.byId(owner);
  const place = mailstore.folderById(folder);
  if (user === undefined || place === undefined || SILENT.has(place.specialUse)) return undefined;
  const wishes = directory.preferences.of(user.id);
  if (!isWanted(wishes, place) || isQuiet(wishes, now)) return undefined;
  const apart = fresh.length <= MOST_SINGLE;
  const news = fresh.map(({ uid, content }): News => {
    const listing = apart ? mailstore.listing(content) : undefined;
    return { folder, uid, sender: listing?.sender ?? "", subject: listing?.subject ?? "" };
  });
  return { user, news };
}

function isWanted({ notify, notifyFolders }: Preferences, { id, name }: { id: number; name: string }): boolean {
  if (notify === "all") return true;
  return notify === "inbox" ? name === "INBOX" : notifyFolders.includes(id);
}

/** Whether it is a time of day at which somebody wants to hear nothing; the hours may go over midnight. */
export function isQuiet({ quietFrom, quietUntil, zone }: Preferences, now: number): boolean {
  if (quietFrom === "" || quietUntil === "" || quietFrom === quietUntil) return false;
  const there = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone || Temporal.Now.timeZoneId());
  const time = there.toPlainTime().toString({ smallestUnit: "minute" });
  return quietFrom < quietUntil ? time >= quietFrom && time < quietUntil : time >= quietFrom || time < quietUntil;
}
