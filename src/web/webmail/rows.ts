/** One line of a list: a message, or a conversation as its newest message with what all of them have. Read from the summaries alone. */
import type { ListRow, RowLabel } from "../../../views/webmail/list-rows.tsx";
import { leavingWords } from "../../../views/webmail/send-later.tsx";
import { t } from "../../../views/words/words.ts";
import type { Arrangement, Member } from "../../mailstore/arrangement.ts";
import { ANSWERED, FLAGGED, SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { View } from "../../mailstore/view.ts";
import { FORWARDED } from "../../transport/later/post.ts";
import type { RoledFolder } from "./access.ts";
import { addressOf } from "./addresses.ts";
import { MUTED } from "./labels.ts";
import { oneLine } from "./names.ts";
import { initialsOf, listTime, toneOf } from "./words.ts";

/** Of a conversation so many of its newest messages are looked at for marks, and so many for names, files and labels. */
const MOST_MARKED = 200;
const MOST_MEMBERS = 50;
/** Characters of a message's first words that a line has room for. */
const MOST_WORDS = 90;
/** Names that a line has room for. */
const MOST_NAMES = 4;

/** Where rows stand, and what they are made for. */
export interface RowsOf {
  readonly folder: RoledFolder;
  /** The folder with its reader's own marks. */
  readonly view: View;
  /** The conversations; undefined where each message stands alone. */
  readonly together: Arrangement | undefined;
  /** Page and search, which the addresses keep. */
  readonly wish: { readonly page: number; readonly query: string; readonly open: number };
  readonly labels: (keywords: readonly string[]) => RowLabel[];
  /** When a message comes back; in the folder of what is put off. */
  readonly due?: ((uid: number) => number | undefined) | undefined;
}

export class Rows {
  constructor(
    private readonly mailstore: Mailstore,
    private readonly now: () => number,
  ) {}

  /** The line of a message; of one in a conversation that of the conversation. Undefined if it is gone. */
  row(of: RowsOf, uid: number): ListRow | undefined {
    const { view, together, folder, wish } = of;
    const leader = together?.leader(uid) || uid;
    const index = view.indexOfUid(leader);
    if (index < 0) return undefined;
    const own = this.#row(of, index);
    const { count, members } = together?.latest(leader, MOST_MARKED) ?? { count: 1, members: [] };
    if (count < 2) return own;
    const here = members.filter((member) => member.view.folderId === folder.id);
    const flags = here.map((member) => view.flagsAt(view.indexOfUid(member.uid)));
    const unread = here.find((_, at) => ((flags[at]?.system ?? SEEN) & SEEN) === 0);
    const latest = members.slice(-MOST_MEMBERS);
    return {
      ...own,
      who: this.#names(latest, folder),
      count,
      // Reading goes on where it ended.
      href: addressOf(folder.id, unread?.uid ?? leader, wish),
      unread: unread !== undefined,
      flagged: flags.some(({ system }) => (system & FLAGGED) !== 0),
      attachments: latest.some((member) => this.#listing(member)?.attachments === true),
      labels: of.labels([...new Set(flags.slice(-MOST_MEMBERS).flatMap(({ keywords }) => keywords))]),
      muted: flags.some(({ keywords }) => isMuted(keywords)),
      current: members.some((member) => member.uid === wish.open && member.view.folderId === folder.id),
    };
  }

  #row({ view, folder, wish, labels, due }: RowsOf, index: number): ListRow {
    const uid = view.uidAt(index);
    const { system, keywords } = view.flagsAt(index);
    const content = view.contentAt(index);
    const listing = this.mailstore.listing(content);
    const outgoing = folder.role === "Sent" || folder.role === "Drafts";
    const named = oneLine((outgoing ? listing?.recipients : listing?.sender) ?? "", 200);
    const who = named || (outgoing ? t("(no recipient)") : t("(no sender)"));
    const at = view.internalDateAt(index);
    const dueAt = due?.(uid);
    return {
      uid,
      href: folder.ownDrafts ? `/mail/compose?draft=${folder.id}.${uid}` : addressOf(folder.id, uid, wish),
      who,
      count: 1,
      subject: oneLine(listing?.subject ?? "", 200) || t("(no subject)"),
      words: listing === undefined ? "" : oneLine(this.mailstore.previews.soon(content), MOST_WORDS),
      at,
      when: listTime(at, this.now()),
      initials: named === "" ? "?" : initialsOf(who),
      tone: toneOf(who),
      unread: (system & SEEN) === 0 && folder.role !== "Drafts",
      flagged: (system & FLAGGED) !== 0,
      answered: (system & ANSWERED) !== 0,
      forwarded: keywords.some((keyword) => keyword.toLowerCase() === FORWARDED.toLowerCase()),
      attachments: listing?.attachments ?? false,
      labels: labels(keywords),
      until: dueAt === undefined ? undefined : leavingWords(dueAt),
      muted: isMuted(keywords),
      current: uid === wish.open,
    };
  }

  /** Who takes part, in the order in which they came in: "Ann, me, Carol". */
  #names(members: readonly Member[], folder: RoledFolder): string {
    const names: string[] = [];
    for (const member of members) {
      const sent = member.view.folderId !== folder.id;
      const name = sent ? t("me") : shortName(oneLine(this.#listing(member)?.sender ?? "", 100));
      if (name !== "" && !names.includes(name)) names.push(name);
    }
    if (names.length <= MOST_NAMES) return names.join(", ");
    return [names[0], "…", ...names.slice(1 - MOST_NAMES)].join(", ");
  }

  #listing({ view, uid }: Member) {
    return this.mailstore.listing(view.contentAt(view.indexOfUid(uid)));
  }
}

const isMuted = (keywords: readonly string[]): boolean => keywords.some((keyword) => keyword.toLowerCase() === MUTED);

/** The first word of a name; addresses and names of one word stay. */
function shortName(name: string): string {
  if (name.includes("@")) return name;
  // "Carter, Carol" is Carol.
  const [last = "", first] = name.split(/,\s*/);
  return (first ?? last).split(" ")[0] || name;
}
