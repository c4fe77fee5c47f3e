/**
 * The limits of mailboxes, in memory: every delivery asks for them inside its commit, where everything else of the directory is read
 * from the file. What a commit changes holds from the next one on.
 */
import type { Store } from "../store/store.ts";
import { BoundedMap } from "./cache.ts";
import { mailboxChanged, mailboxRemoved, mailGroupChanged } from "./changes.ts";
import type { Quota } from "./mailbox.ts";
import type { Mailboxes } from "./mailboxes.ts";

const CACHED = 20_000;

export class Limits {
  readonly #known = new BoundedMap<number, Quota | "none">(CACHED);

  constructor(
    private readonly store: Store,
    private readonly mailboxes: Mailboxes,
  ) {
    const forget = ({ id }: { readonly id: number }) => this.#known.delete(id);
    store.changes.on(mailboxChanged, forget);
    store.changes.on(mailboxRemoved, forget);
    store.changes.on(mailGroupChanged, () => this.#known.clear());
  }

  /** The limits that hold for a mailbox, its mail group's included; undefined where it has none, or there is no such mailbox. */
  of(id: number): Quota | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known === "none" ? undefined : known;
    const mailbox = this.mailboxes.byId(id);
    const quota = mailbox === undefined ? undefined : this.mailboxes.quota(mailbox);
    const limited = quota !== undefined && (quota.messages !== null || quota.octets !== null) ? quota : undefined;
    // A commit may still be undone: what is read in it is not kept.
    if (!this.store.client.inTransaction) this.#known.set(id, limited ?? "none");
    return limited;
  }
}
