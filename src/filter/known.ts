/**
 * Known correspondents: mail of somebody to whom the owner of a mailbox wrote, or who stands in the contacts, is no junk. That counts in
 * full only where it is proven that the mail is from there: anybody can write a known name into From.
 */
import type { Directory } from "../directory/directory.ts";
import type { Turns } from "../turns.ts";
import type { Finding, Mail, Test, Tester } from "./judgement.ts";
import { isDisproven, isProven } from "./proven.ts";
import type { Readings } from "./words/readings.ts";

const PROVEN_POINTS = -8;
const CLAIMED_POINTS = -2.5;
/** Recipients' mailboxes of one message for which it is asked. */
const MOST_MAILBOXES = 200;

export class KnownTester implements Tester {
  readonly name = "known";

  constructor(
    private readonly directory: Directory,
    private readonly readings: Readings,
    private readonly turns: Turns,
  ) {}

  begin(): Test {
    return { end: (mail) => this.#ask(mail) };
  }

  async #ask(mail: Mail): Promise<Finding[]> {
    const { from } = await this.readings.of(mail);
    const [author] = from;
    if (author === undefined || from.length !== 1 || author.domain === "" || isDisproven(mail.authentication))
      return [];
    const proven = isProven(mail.authentication, author.domain);
    const address = `${author.local}@${author.domain}`;
    const mailboxes = new Set(mail.visit.recipients.flatMap((one) => one.mailboxes).slice(0, MOST_MAILBOXES));
    const known: number[] = [];
    for (const mailbox of mailboxes) {
      if (this.turns.over) await this.turns.next();
      if (this.#knows(mailbox, address)) known.push(mailbox);
    }
    return known.map((mailbox) => ({
      ...{
        test: "known",
        result: proven ? "proven" : "claimed",
        points: proven ? PROVEN_POINTS : CLAIMED_POINTS,
        mailbox,
      },
      sentence: proven
        ? `${address} is known to the owner of the mailbox.`
        : `It says to be from ${address}, who is known to the owner of the mailbox; nothing proves it.`,
    }));
  }

  #knows(mailbox: number, address: string): boolean {
    const owner = this.directory.mailboxes.byId(mailbox)?.ownerId;
    return owner !== undefined && this.directory.contacts.knows(owner, address);
  }
}
