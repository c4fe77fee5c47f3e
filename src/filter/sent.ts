/**
 * Whom the owner of a mailbox writes to, by what his mail program puts into Sent: they are his correspondents, as are those he writes to
 * in webmail. So their mail is known to be wanted (known.ts).
 */
import type { Directory } from "../directory/directory.ts";
import { flatten, parseAddressList } from "../mime/addresses.ts";
import { Header } from "../mime/header.ts";
import type { Store } from "../store/store.ts";

/** A message in Sent. */
export interface Sent {
  readonly mailbox: number;
  readonly content: number;
}

const HEADER_OCTETS = 64 * 1024;
/** A letter to more is none to correspondents. */
const MOST_RECIPIENTS = 20;

export class SentMail {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly now: () => number,
  ) {}

  /** Remembers to whom messages went, those who are not known yet. */
  async remember(messages: readonly Sent[]): Promise<void> {
    for (const { mailbox, content } of messages) {
      const owner = this.directory.mailboxes.byId(mailbox)?.ownerId;
      if (owner === undefined || this.store.content.hashOf(content) === undefined) continue;
      const header = new Header(this.store.content.read(content, 0, HEADER_OCTETS));
      const people = ["to", "cc", "bcc"]
        .flatMap((key) => flatten(parseAddressList(header.get(key) ?? "")))
        .filter(({ local, domain }) => local !== "" && domain !== "")
        .map(({ name, local, domain }) => ({ name, address: `${local}@${domain}` }));
      if (people.length > MOST_RECIPIENTS) continue;
      const unknown = people.filter(({ address }) => !this.directory.contacts.knows(owner, address));
      if (unknown.length > 0) {
        await this.store.commit((tx) => this.directory.contacts.rememberWithin(tx, owner, unknown, this.now()));
      }
      if (this.store.turns.over) await this.store.turns.next();
    }
  }
}
