/** What the owner of a mailbox is told of his accounts elsewhere: each matter once, by a mail in that mailbox. */
import { Refusal } from "../../refusal.ts";
import { deliverNotice, type NoticeWords, noticeTo } from "../notice.ts";
import type { Parts } from "../parts.ts";
import { type Account, nameOf } from "./accounts.ts";

const MOST_SHOWN = 10;

/** Something is wrong, and has been for a while. */
export async function tellOfTrouble(parts: Parts, account: Account, what: string): Promise<void> {
  await tell(parts, account, {
    subject: `No mail can be collected from ${nameOf(account)}`,
    text: [
      `This server collects your mail from ${nameOf(account)} (${account.host}). That does not work:`,
      what,
      "Your mail lies there until it can be collected. If your password there is another one now, type it under Options → Mail from elsewhere, or ask your administrator.",
      "You will not be told of this again until it has worked in the meantime.",
    ].join("\n\n"),
  });
}

/** Some messages are not taken, and stay where they are. */
export async function tellOfLeft(parts: Parts, account: Account, reasons: readonly string[]): Promise<void> {
  const count = reasons.length === 1 ? "A message" : `${reasons.length} messages`;
  await tell(parts, account, {
    subject: `${count} at ${nameOf(account)} cannot be collected`,
    text: [
      `${count} at ${account.host} cannot be taken here:`,
      reasons
        .slice(0, MOST_SHOWN)
        .map((reason) => `    ${reason}`)
        .join("\n"),
      "They stay there; you can read them with that server's own pages.",
    ].join("\n\n"),
  });
}

/** What is wrong may be that the mailbox is full: that is told all the same. */
async function tell(parts: Parts, { mailbox }: Account, words: NoticeWords): Promise<void> {
  try {
    await deliverNotice(parts, mailbox, words);
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== "overQuota") throw error;
    const notice = await noticeTo(parts, mailbox, words);
    notice.report(await parts.store.commit((tx) => notice.place(tx)));
  }
}
