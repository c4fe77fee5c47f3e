/** The conversation around an open message, as the reading pane shows it: answers that lie in Sent are opened beside the same list. */
import type { MailMessage } from "../../../views/webmail/message.tsx";
import { t } from "../../../views/words/words.ts";
import { SEEN } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { RoledFolder } from "./access.ts";
import { addressOf } from "./addresses.ts";
import { labelsOf } from "./labels.ts";
import type { Lists, ListWish } from "./listing.ts";
import { oneLine } from "./names.ts";
import { initialsOf, listTime, toneOf } from "./words.ts";

/** Messages of a conversation that are listed: the latest. */
const MOST_ITEMS = 200;

/** Where a message is read: in which list, and on account of which of its messages. */
export interface Home {
  readonly folder: RoledFolder;
  readonly uid: number;
}

/** What the reading pane says of a message beside what is in it. */
export type Around = Required<Pick<MailMessage, "aside" | "labels" | "conversation">>;

/** @param open the message that is shown: it may lie in another folder than the one whose list stands beside it */
export async function conversationAround(
  { lists, mailstore, now }: { readonly lists: Lists; readonly mailstore: Mailstore; readonly now: () => number },
  home: Home,
  open: { readonly folder: number; readonly uid: number },
  wish: ListWish,
): Promise<Around> {
  const { leader, members } = await lists.conversation(home.folder, home.uid, MOST_ITEMS);
  const view = await mailstore.open(home.folder.id, home.folder.reader);
  try {
    const items = members.map((member) => {
      const here = member.view.folderId === home.folder.id;
      const sender = mailstore.listing(member.view.contentAt(member.view.indexOfUid(member.uid)))?.sender ?? "";
      const who = (here ? oneLine(sender, 200) : t("me")) || t("(no sender)");
      const address = addressOf(member.view.folderId, member.uid, wish);
      const beside = `${address}${address.includes("?") ? "&" : "?"}in=${home.folder.id}.${leader}`;
      return {
        href: here ? address : beside,
        who,
        initials: initialsOf(who),
        tone: toneOf(oneLine(sender, 200) || who),
        at: member.at,
        when: listTime(member.at, now()),
        unread: here && (view.systemAt(view.indexOfUid(member.uid)) & SEEN) === 0,
        current: member.uid === open.uid && member.view.folderId === open.folder,
      };
    });
    // Whatever address was kept, its message may be gone.
    const index = view.indexOfUid(home.uid);
    const keywords = index < 0 ? [] : view.flagsAt(index).keywords;
    return {
      conversation: { line: leader, items },
      aside: lists.aside(home.folder, view.keywords),
      labels: labelsOf(mailstore.labels.of(home.folder.mailboxId), keywords),
    };
  } finally {
    view.close();
  }
}
