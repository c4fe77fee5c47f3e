/** Mail that the server writes to its own people: put into one mailbox, full or not, and sent on where its owner forwards. */
import type { Address } from "../mime/addresses.ts";
import { Refusal } from "../refusal.ts";
import { newTrace } from "../store/events.ts";
import { addressOf, composeLetter, inLines } from "./letter.ts";
import type { Parts } from "./parts.ts";
import type { Sealed } from "./sealed.ts";

/** What a notice says. */
export interface NoticeWords {
  readonly subject: string;
  readonly text: string;
  /** A MIME entity with its own fields, in the place of `text`. */
  readonly entity?: string;
  /** Whom it seems to come from, beside the postmaster's address. */
  readonly name?: string;
  /** Where answers go, if not to the postmaster. */
  readonly replyTo?: Address | undefined;
}

/**
 * Puts a notice into a mailbox that has room, and resolves when it is on disk: for what others than the server have to say.
 * @throws Refusal "overQuota" where the mailbox is full, "notFound" where it is gone
 */
export async function deliverNotice(parts: Parts, mailbox: number, words: NoticeWords): Promise<void> {
  const { mailstore, store, directory } = parts;
  if (mailstore.room.fill(mailbox) >= 1) throw new Refusal("overQuota", "The mailbox is full.");
  const notice = await noticeTo(parts, mailbox, words);
  const placed = await store.commit((tx) => (directory.mailboxes.has(mailbox) ? notice.place(tx) : undefined));
  if (placed === undefined) {
    await notice.discard();
    throw new Refusal("notFound", "There is no such mailbox.");
  }
  notice.report(placed);
}

/** A notice ready for the commit that makes it needful. */
export async function noticeTo(
  parts: Parts,
  mailbox: number,
  { subject, text, entity, name = "Mail server", replyTo }: NoticeWords,
): Promise<Sealed> {
  const { directory } = parts;
  const trace = newTrace();
  const postmaster = `postmaster@${directory.domains.primary()?.name ?? parts.hostname()}`;
  const address = directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? postmaster;
  const receiver = parts.receive({
    reversePath: "",
    recipients: [{ address, mailbox, notify: ["NEVER"] }],
    origin: { kind: "system", session: trace, trace },
    smtputf8: /[^\x00-\x7f]/.test(`${address}${replyTo?.local ?? ""}`),
  });
  const letter = composeLetter({
    from: addressOf(postmaster, name),
    to: address,
    replyTo,
    subject,
    text: inLines(text),
    entity,
    date: parts.now(),
    messageId: `notice-${trace}@${parts.hostname()}`,
    submitted: "auto-generated",
  });
  try {
    await receiver.write(letter);
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  return await receiver.seal();
}
