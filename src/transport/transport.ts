/**
 * A message's whole way: received, put into mailboxes here or into the queue, sent to other servers, or returned. The services, webmail
 * and everything else that has mail hand it in with `receiver` or `accept`, which answer after the commit that holds the message
 * and all it leads to: what mailboxes forward, automatic replies, reports. Sending begins with `start` and takes up whatever an earlier
 * run left. What time brings (old mail, full mailboxes, accounts that end) is looked after by `keepHouse`, once an hour.
 *
 * RFC 5321 (the way, retries, trace fields), RFC 3461 and 3464 (reports), RFC 3834 (automatic
 * replies), RFC 7505 (null MX), RFC 8689 (REQUIRETLS), RFC 9228 (Delivered-To).
 */
import { hostname } from "node:os";
import { mailboxRemoved } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import type { Filter } from "../filter/filter.ts";
import type { Signing } from "../filter/signing.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Resolver } from "../net/dns.ts";
import { Memory } from "../sieve/memory.ts";
import { Scripts } from "../sieve/scripts.ts";
import type { Store } from "../store/store.ts";
import { Accounts } from "./accounts.ts";
import { Autoresponder } from "./autoresponder.ts";
import type { Accepted, Envelope, Origin, Recipient } from "./envelope.ts";
import { MailExpiry } from "./mail-expiry.ts";
import { deliverNotice, type NoticeWords } from "./notice.ts";
import { isOwnAddress } from "./own.ts";
import type { Parts } from "./parts.ts";
import { checkRecipient } from "./placement.ts";
import { Queue } from "./queue/queue.ts";
import { Scheduler } from "./queue/scheduler.ts";
import { QuotaWarnings } from "./quota-warnings.ts";
import { type Also, Receiver } from "./receiver.ts";
import { checkRoom } from "./room.ts";
import { SendingLimits } from "./sending-limits.ts";
import { transportSettings } from "./settings.ts";
import type { Explained, Trial } from "./sorting/runner.ts";
import { Sorting } from "./sorting/sorting.ts";

export interface TransportOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly resolver: Pick<Resolver, "mx" | "addresses" | "txt" | "tlsa" | "isSigned">;
  /** Judges mail from outside. */
  readonly filter?: Pick<Filter, "judges" | "begin">;
  /** Signs what people of this house send. */
  readonly signing?: Pick<Signing, "begin">;
  /** Whether an address and port lead back to this server; by default any own address with port 25. */
  readonly isSelf?: (address: string, port: number) => boolean;
  /** Authorities (PEM) that other servers' certificates are checked against, instead of the well-known ones. */
  readonly authorities?: readonly string[];
  /** The port at which other domains have their MTA-STS policies, instead of 443. */
  readonly policyPort?: number;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

export class Transport {
  readonly queue: Queue;
  /** Lets old mail expire; `sweepMailbox` does so on demand. */
  readonly mailExpiry: MailExpiry;
  /** Warns owners of mailboxes that are getting full. */
  readonly quotaWarnings: QuotaWarnings;
  /** Warns of accounts that end. */
  readonly accounts: Accounts;
  /** The Sieve scripts that sort what arrives. */
  readonly scripts: Scripts;
  readonly #memory: Memory;
  readonly #limits: SendingLimits;
  readonly #parts: Parts;
  readonly #scheduler: Scheduler;

  constructor(options: TransportOptions) {
    const { store, directory, mailstore } = options;
    const now = options.now ?? Date.now;
    this.queue = new Queue(store, now);
    this.scripts = new Scripts(store);
    this.#memory = new Memory(store);
    const parts: Parts = {
      ...{ store, directory, mailstore, now, isOwnAddress },
      queue: this.queue,
      filter: options.filter,
      signing: options.signing,
      autoresponder: new Autoresponder(store),
      sorting: new Sorting(store, this.scripts, this.#memory),
      hostname: () => this.hostname(),
      receive: (envelope) => new Receiver(parts, envelope),
    };
    this.#parts = parts;
    store.changes.on(mailboxRemoved, ({ id }) => {
      store
        .commit((tx) => {
          this.scripts.forgetWithin(tx, id);
          this.#memory.forgetWithin(tx, id);
        })
        .catch((fault: unknown) => store.events.fault("transport", "remove a mailbox's scripts", fault));
    });
    this.mailExpiry = new MailExpiry(parts);
    this.quotaWarnings = new QuotaWarnings(parts);
    this.accounts = new Accounts(parts);
    this.#limits = new SendingLimits(parts);
    this.#scheduler = new Scheduler(parts, {
      resolver: options.resolver,
      isSelf: options.isSelf ?? ((address, port) => port === 25 && isOwnAddress(address)),
      authorities: options.authorities,
      policyPort: options.policyPort ?? 443,
    });
  }

  /** Begins to send what is in the queue, and to watch what has to be warned of. */
  start(): void {
    this.#scheduler.start();
    this.quotaWarnings.start();
    this.accounts.start();
  }

  /** Stops sending in order: what is on its way may finish for `graceMs`, the rest waits for the next start. */
  async stop(options: { readonly graceMs?: number } = {}): Promise<void> {
    await Promise.all([
      this.mailExpiry.stop(),
      this.quotaWarnings.stop(),
      this.accounts.stop(),
      this.#limits.settled(),
    ]);
    await this.#scheduler.stop(options.graceMs);
  }

  /** The hourly round: old mail, mailboxes that are getting full, accounts that end, whom autoresponders need not remember. */
  async keepHouse(): Promise<void> {
    await this.accounts.sweep();
    await this.quotaWarnings.sweep();
    await this.mailExpiry.sweep();
    await this.#parts.autoresponder.prune(this.#parts);
    await this.#limits.prune();
    await this.#memory.prune(this.#parts.now());
  }

  /** What the Sieve scripts of a mailbox would make of a message, and why; nothing is done. @throws SieveError */
  async explainSorting(trial: Trial): Promise<Explained> {
    return await this.#parts.sorting.explain(this.#parts, trial);
  }

  /** Looks at the clock now, instead of when the next message is due. */
  wake(): void {
    this.#scheduler.wake();
  }

  /** The name this server gives itself. */
  hostname(): string {
    const set = this.#parts.store.settings.get(transportSettings).hostname;
    if (set !== "") return set;
    const domain = this.#parts.directory.domains.primary();
    return domain === undefined ? hostname().toLowerCase() || "localhost" : `mail.${domain.name}`;
  }

  /**
   * Whether mail from this origin may go to this address, for RCPT and for forms.
   *
   * @param size octets of the message, where they are known beforehand
   * @throws Refusal unknownRecipient (550 5.1.1), relayDenied (550 5.7.1), overQuota (452 4.2.2, 552 5.2.2), tooMany (450 4.7.1)
   */
  checkRecipient(address: string, origin: Origin, size?: number): Recipient {
    const recipient = checkRecipient(address, origin, this.#parts.directory, isOwnAddress);
    if (recipient.kind === "local") checkRoom(this.#parts, recipient, origin, size);
    else if (recipient.kind === "remote" && origin.user !== undefined) this.#limits.check(origin.user, 1);
    return recipient;
  }

  /**
   * Begins a message: write its octets, then `finish` (or `abort`).
   * @throws Refusal as `checkRecipient`, and "invalid" for a return path that is none
   */
  receiver(envelope: Envelope): Receiver {
    const { user } = envelope.origin;
    const elsewhere = (address: string) => this.#parts.directory.resolve(address).kind === "remote";
    if (user !== undefined) {
      const more = envelope.recipients.filter((one) => elsewhere(one.address)).length;
      if (more > 0) this.#limits.check(user, more);
    }
    return this.#parts.receive(envelope);
  }

  /**
   * Writes to a mailbox here, for what others than this server have to tell its owner, and resolves when that is on disk.
   * @throws Refusal "overQuota" where the mailbox is full, "notFound" where it is gone
   */
  async deliverNotice(mailbox: number, words: NoticeWords): Promise<void> {
    await deliverNotice(this.#parts, mailbox, words);
  }

  /**
   * Takes a message that is there already. `also` runs in the commit that accepts it.
   * @throws Refusal as `receiver` and its methods
   */
  async accept(envelope: Envelope, octets: Uint8Array | AsyncIterable<Uint8Array>, also?: Also): Promise<Accepted> {
    const receiver = this.receiver(envelope);
    try {
      if (octets instanceof Uint8Array) await receiver.write(octets);
      else for await (const chunk of octets) await receiver.write(chunk);
    } catch (error) {
      await receiver.abort();
      throw error;
    }
    return await receiver.finish(also);
  }
}
