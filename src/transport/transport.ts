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
import type { User } from "../directory/user.ts";
import type { Filter } from "../filter/filter.ts";
import type { Held, Quarantine } from "../filter/quarantine/quarantine.ts";
import type { Signing } from "../filter/signing.ts";
import type { Mailstore } from "../mailstore/mailstore.ts";
import type { Resolver } from "../net/dns.ts";
import { Memory } from "../sieve/memory.ts";
import { Scripts } from "../sieve/scripts.ts";
import type { Store } from "../store/store.ts";
import { Accounts } from "./accounts.ts";
import { Autoresponder } from "./autoresponder.ts";
import { Collection } from "./collect/collection.ts";
import type { Accepted, Envelope, Origin, Recipient } from "./envelope.ts";
import { Barred } from "./house-rules/barred.ts";
import { HouseRules } from "./house-rules/house-rules.ts";
import type { HouseAnswer, HouseTrial } from "./house-rules/trial.ts";
import { KeptMail } from "./kept-mail.ts";
import { Later } from "./later/later.ts";
import { type Posting, post } from "./later/post.ts";
import { MailExpiry } from "./mail-expiry.ts";
import { Masks } from "./masks.ts";
import { deliverNotice, type NoticeWords } from "./notice.ts";
import { isOwnAddress } from "./own.ts";
import { Parcels } from "./parcels.ts";
import type { Parts } from "./parts.ts";
import { checkRecipient } from "./placement.ts";
import { Queue, type Selection } from "./queue/queue.ts";
import { Scheduler } from "./queue/scheduler.ts";
import { QuotaWarnings } from "./quota-warnings.ts";
import { Receiver } from "./receiver.ts";
import type { ReportDesk } from "./reports/desk.ts";
import { Reports } from "./reports/reports.ts";
import { ReturnPaths } from "./return-path/return-paths.ts";
import { checkRoom } from "./room.ts";
import { Routes } from "./routes/routes.ts";
import type { Also } from "./sealed.ts";
import { SendingLimits } from "./sending-limits.ts";
import { transportSettings } from "./settings.ts";
import type { FolderRuns } from "./sorting/folder-runs.ts";
import type { Explained, Trial } from "./sorting/runner.ts";
import { Sorting } from "./sorting/sorting.ts";
import { Traces } from "./traces/traces.ts";
import { type MailDirectory, Whereabouts } from "./whereabouts.ts";

export interface TransportOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly mailstore: Mailstore;
  readonly resolver: Pick<Resolver, "mx" | "addresses" | "txt" | "tlsa" | "isSigned">;
  /** Judges mail from outside. */
  readonly filter?: Pick<Filter, "judges" | "begin" | "scan">;
  /** Says where mail goes for addresses here that only it knows. */
  readonly mailDirectory?: MailDirectory;
  /** Signs what people of this house send. */
  readonly signing?: Pick<Signing, "begin">;
  /** Whether an address and port lead back to this server; by default any own address with port 25. */
  readonly isSelf?: (address: string, port: number) => boolean;
  /** Authorities (PEM) that other servers' certificates are checked against, instead of the well-known ones. */
  readonly authorities?: readonly string[];
  /** Where the pages are, such as https://mail.example.org, for letters that lead there; undefined where none are open. */
  readonly pagesAt?: () => string | undefined;
  /** The port at which other domains have their MTA-STS policies, instead of 443. */
  readonly policyPort?: number;
  /** Whether reports may be brought to web servers at an address; those of the public Internet unless said otherwise. */
  readonly isPublic?: (address: string) => boolean;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

export class Transport {
  readonly queue: Queue;
  /** Lets old mail expire; `sweepMailbox` does so on demand. */
  readonly mailExpiry: MailExpiry;
  /** Warns owners of mailboxes that are getting full. */
  readonly quotaWarnings: QuotaWarnings;
  /** Collects mail from accounts elsewhere. */
  readonly collection: Collection;
  /** Warns of accounts that end. */
  readonly accounts: Accounts;
  /** The Sieve scripts that sort what arrives. */
  readonly scripts: Scripts;
  /** From whom and to whom no mail is taken. */
  readonly barred: Barred;
  /** Letters that leave later. */
  readonly later: Later;
  /** Files behind links. */
  readonly parcels: Parcels;
  /** Which way mail leaves. */
  readonly routes: Routes;
  /** Tagged return paths, such as those for each of many. */
  readonly returnPaths: ReturnPaths;
  /** Which messages came by, and what became of them. */
  readonly traces: Traces;
  readonly #memory: Memory;
  #quarantine: Promise<Quarantine> | undefined;
  readonly #pagesAt: () => string | undefined;
  readonly #limits: SendingLimits;
  readonly #kept: KeptMail;
  readonly #parts: Parts;
  readonly #scheduler: Scheduler;

  constructor(options: TransportOptions) {
    const { store, directory, mailstore } = options;
    const now = options.now ?? Date.now;
    this.#pagesAt = options.pagesAt ?? (() => undefined);
    this.routes = new Routes(store, directory);
    this.returnPaths = new ReturnPaths(store, directory.domains, now);
    this.traces = new Traces(store, now);
    this.queue = new Queue(store, this.routes, this.traces, now);
    this.scripts = new Scripts(store);
    this.barred = new Barred(store, now);
    this.#memory = new Memory(store);
    const parts: Parts = {
      ...{ store, directory, mailstore, now, isOwnAddress },
      queue: this.queue,
      filter: options.filter,
      signing: options.signing,
      quarantine: () => this.quarantine(),
      autoresponder: new Autoresponder(store),
      reports: new Reports({ store, directory, now }, options),
      returnPaths: this.returnPaths,
      whereabouts: new Whereabouts(options.mailDirectory, directory, now),
      routes: this.routes,
      barred: this.barred,
      traces: this.traces,
      house: new HouseRules(store, now),
      sorting: new Sorting(store, this.scripts, this.#memory),
      hostname: () => this.hostname(),
      receive: (envelope) => {
        const masks = Masks.for(parts, envelope);
        if (masks === undefined) return new Receiver(parts, envelope);
        return new Receiver(parts, { ...envelope, reversePath: masks.of(envelope.reversePath) }, masks);
      },
    };
    this.#parts = parts;
    store.changes.on(mailboxRemoved, ({ id }) => {
      store
        .commit((tx) => {
          this.scripts.forgetWithin(tx, id);
          this.#memory.forgetWithin(tx, id);
        })
        .catch((fault: unknown) => store.events.fault("transport", "remove a mailbox's scripts", fault));
      this.#forgetHeld(id).catch((fault: unknown) => store.events.fault("transport", "forget what is held", fault));
    });
    this.mailExpiry = new MailExpiry(parts);
    this.quotaWarnings = new QuotaWarnings(parts);
    this.accounts = new Accounts(parts);
    const isSelf = options.isSelf ?? ((address: string, port: number) => port === 25 && isOwnAddress(address));
    const { resolver, authorities } = options;
    this.collection = new Collection(parts, { resolver, isSelf, authorities });
    this.#limits = new SendingLimits(parts);
    this.later = new Later({ ...parts, receiver: (envelope) => this.receiver(envelope) });
    this.parcels = new Parcels(parts.store, parts.now);
    this.#kept = new KeptMail(parts);
    this.#scheduler = new Scheduler(parts, {
      resolver: options.resolver,
      isSelf,
      authorities: options.authorities,
      policyPort: options.policyPort ?? 443,
    });
  }

  /** Begins to send what is in the queue, and to watch what has to be warned of. */
  start(): void {
    this.#scheduler.start();
    this.quotaWarnings.start();
    this.accounts.start();
    this.collection.start();
    this.#parts.reports.start(this.#parts);
    this.later.start();
    this.parcels.start();
  }

  /** Stops sending in order: what is on its way may finish for `graceMs`, the rest waits for the next start. */
  async stop(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.parcels.stop();
    await Promise.all([
      this.later.stop(),
      this.mailExpiry.stop(),
      this.#parts.sorting.stop(),
      this.quotaWarnings.stop(),
      this.accounts.stop(),
      this.collection.stop(options.graceMs),
      this.#limits.settled(),
      this.barred.settled(),
      this.#parts.house.settled(),
    ]);
    await this.#scheduler.stop(options.graceMs);
    await this.#parts.reports.stop();
    this.traces.stop();
  }

  /** The hourly round: old mail, mailboxes that are getting full, accounts that end, whom autoresponders need not remember. */
  async keepHouse(): Promise<void> {
    await this.accounts.sweep();
    await this.collection.keepHouse();
    await this.quotaWarnings.sweep();
    await this.mailExpiry.sweep();
    await this.#parts.autoresponder.prune(this.#parts);
    await this.#limits.prune();
    await this.#parts.reports.keepHouse();
    await this.#parts.returnPaths.keepHouse();
    await this.#memory.prune(this.#parts.now());
    await this.traces.prune();
    await this.#keepHeld();
  }

  /** Deletes what was held for its time, and tells people once a day of what is new. */
  async #keepHeld(): Promise<void> {
    const { client } = this.#parts.store;
    if (client.query("SELECT 1 FROM held_messages LIMIT 1").get() === null) return;
    const quarantine = await this.quarantine();
    await quarantine.expire();
    const { tellOfHeld } = await import("./held-digest.ts");
    await tellOfHeld(this.#parts, quarantine, this.#pagesAt);
  }

  /** What is held for a mailbox goes with it. */
  async #forgetHeld(mailbox: number): Promise<void> {
    const { client } = this.#parts.store;
    const held = client.query("SELECT 1 FROM held_recipients WHERE mailbox = ? LIMIT 1").get(mailbox);
    if (held !== null) await (await this.quarantine()).forget(mailbox);
  }

  /** What the Sieve scripts of a mailbox would make of a message, and why; nothing is done. @throws SieveError */
  async explainSorting(trial: Trial): Promise<Explained> {
    return await this.#parts.sorting.explain(this.#parts, trial);
  }

  /** Scripts that are run on the mail of a folder. */
  folderRuns(): Promise<FolderRuns> {
    return this.#parts.sorting.folderRuns(this.#parts);
  }

  /** What is held. Its code is read when it is first asked for. */
  quarantine(): Promise<Quarantine> {
    const { store, now } = this.#parts;
    this.#quarantine ??= import("../filter/quarantine/quarantine.ts").then(
      ({ Quarantine }) => new Quarantine(store, now),
    );
    return this.#quarantine;
  }

  /** What others report of the domains here, for pages. */
  async reportDesk(): Promise<ReportDesk> {
    const { ReportDesk } = await import("./reports/desk.ts");
    return new ReportDesk(this.#parts.store, this.#parts.now);
  }

  /**
   * Sends a message that was held on its way to those of its recipients that are given.
   * @param who whoever released it, for the log
   * @throws Refusal "notFound" where it is held no more, and as `receiver`
   */
  async release(held: Held, who: string): Promise<Accepted> {
    const { release } = await import("./held.ts");
    return await release(this.#parts, await this.quarantine(), held, who);
  }

  /** What the rules of the house would do with a message; nothing is done. @throws Refusal as `checkRecipient` */
  async tryHouseRules(trial: HouseTrial): Promise<HouseAnswer> {
    const { tryRules } = await import("./house-rules/trial.ts");
    return await tryRules(this.#parts, trial);
  }

  /** Tries what waits for a domain whose mail is only kept here (RFC 1985); resolves with the number of recipients. @throws Refusal */
  async sendWaiting(node: string): Promise<number> {
    return await this.#kept.send(node);
  }

  /** Looks at the clock now, instead of when the next message is due. */
  wake(): void {
    this.#scheduler.wake();
    this.later.wake();
  }

  /** The client of a message went on after it was told of its acceptance. */
  heard(trace: string): void {
    this.traces.heard(trace);
  }

  /** Gives mail that waits back to its senders now, with these words; resolves with the number of recipients. @throws Refusal "notFound" */
  async returnNow(selection: Selection, sentence: string): Promise<number> {
    return await this.#scheduler.returnNow(selection, sentence);
  }

  /** The name this server gives itself. */
  hostname(): string {
    const set = this.#parts.store.settings.get(transportSettings).hostname;
    if (set !== "") return set;
    const domain = this.#parts.directory.domains.primary();
    return domain === undefined ? hostname().toLowerCase() || "localhost" : `mail.${domain.name}`;
  }

  /** Whether mail with this reverse path is taken at all, for MAIL. @throws Refusal barred (550 5.7.1) */
  checkSender(reversePath: string, origin: Origin): void {
    this.barred.check("sender", reversePath, origin);
  }

  /**
   * Whether mail from this origin may go to this address, for RCPT and for forms.
   *
   * @param size octets of the message, where they are known beforehand
   * @param reversePath of the message: "" where it is a report
   * @throws Refusal barred (550 5.7.1), unknownRecipient (550 5.1.1), relayDenied (550 5.7.1), overQuota (452 4.2.2, 552 5.2.2),
   *   tooMany (450 4.7.1)
   */
  checkRecipient(address: string, origin: Origin, size?: number, reversePath?: string): Recipient {
    this.barred.check("recipient", this.#parts.returnPaths.untagged(address), origin);
    const recipient = checkRecipient(address, { ...origin, reversePath }, this.#parts);
    if (recipient.kind === "local") checkRoom(this.#parts, recipient, origin, size);
    else if (recipient.kind === "remote" && origin.user !== undefined) this.#limits.check(origin.user, 1);
    return recipient;
  }

  /** Finds out what only a directory elsewhere knows of addresses; ask before `checkRecipient` and `receiver`. Never rejects. */
  lookUp(...addresses: string[]): Promise<unknown> | undefined {
    return this.#parts.whereabouts.ask(addresses.map((address) => this.#parts.returnPaths.plain(address)));
  }

  /** Sends a letter that somebody wrote here, with a copy in Sent. @throws Refusal as `receiver` */
  async post(user: User, posting: Posting, octets: AsyncIterable<Uint8Array>, origin: Origin): Promise<void> {
    const receiver = (envelope: Envelope) => this.receiver(envelope);
    await post({ ...this.#parts, receiver }, user, posting, octets, origin);
  }

  /**
   * Begins a message: write its octets, then `finish` (or `abort`).
   * @throws Refusal as `checkRecipient`, and "invalid" for a return path that is none
   */
  receiver(handed: Envelope): Receiver {
    const envelope = this.#parts.returnPaths.plainly(handed);
    this.barred.checkEnvelope(envelope);
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
    await this.lookUp(...envelope.recipients.map(({ address }) => address));
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
