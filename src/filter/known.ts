/**
 * Known correspondents: mail of somebody to whom the owner of a mailbox wrote, or who stands in the contacts, is no junk. That counts in
 * full only where it is proven that the mail is from there: anybody can write a known name into From.
 */
import type { Directory } from "../directory/directory.ts";
import type { Turns } from "../turns.ts";
import { mailboxesOf, soleAuthor } from "./author.ts";
import type { Finding, Mail, Test, Tester } from "./judgement.ts";
import type { Readings } from "./words/readings.ts";

const PROVEN_POINTS = -8;
const CLAIMED_POINTS = -2.5;

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
    const author = soleAuthor(mail, (await this.readings.of(mail)).from);
    if (author === undefined || author.proof === "disproven") return [];
    const { address } = author;
    const proven = author.proof === "proven";
    const known: number[] = [];
    for (const mailbox of mailboxesOf(mail)) {
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
