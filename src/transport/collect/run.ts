/**
 * One look at an account: what is new there is accepted, each message with its line in the journal in one commit; then what has been there for
 * long enough is removed. Whatever breaks off, and wherever, the next look goes on from the journal: nothing is lost, nothing comes twice.
 */
import { firstAddresses } from "../../mime/addresses.ts";
import type { Header } from "../../mime/header.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import type { EnvelopeRecipient, Origin } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import type { Receiver } from "../receiver.ts";
import { checkRoom } from "../room.ts";
import type { Also } from "../sealed.ts";
import { transportSettings } from "../settings.ts";
import { type Account, nameOf } from "./accounts.ts";
import { Vanished } from "./imap.ts";
import { bringerOf, Incoming, returnPathOf } from "./incoming.ts";
import type { Journal, Place } from "./journal.ts";
import { type Listed, NotGiven, type Source, Trouble } from "./source.ts";

/** How far the clocks of two servers may be apart. */
const CLOCKS_MS = 3_600_000;
/** Messages of one look; then what was removed is confirmed, and others get their turn. */
const MOST_MESSAGES = 500;
/** Removals of one look. */
const MOST_REMOVED = 2_000;
/** Lines of the journal in one commit. */
const LINES = 500;
const MOST_RECIPIENTS = 100;
/** Looks that failed one after the other, after which a message that is to blame is left there. */
const STUBBORN = 5;

export interface RunParts {
  readonly parts: Parts;
  readonly journal: Journal;
  readonly isPublic: (address: string) => boolean;
}

/** What a look came to. */
export interface RunReport {
  readonly collected: number;
  readonly duplicates: number;
  /** Messages that stay there for good, and why. */
  readonly left: readonly string[];
  /** There is more to be collected. */
  readonly more: boolean;
}

/** Thrown in the commit that would accept a message a second time. */
class Known extends Error {
  override readonly name = "Known";
}

export class Run {
  #collected = 0;
  #duplicates = 0;
  #more = false;
  /** The session cannot go on. */
  #broken = false;
  readonly #left: string[] = [];
  /** The folder from which messages were last removed. */
  #removing: Place | undefined;

  constructor(
    private readonly run: RunParts,
    private readonly account: Account,
    private readonly source: Source,
    private readonly signal: AbortSignal,
  ) {}

  /** Collects and removes. @throws Trouble with what was done before it on disk */
  async go(): Promise<RunReport> {
    for (const folder of await this.source.folders(this.account.folders)) {
      if (this.signal.aborted || this.#more) break;
      const validity = await this.source.open(folder, this.account.keepDays !== null);
      await this.#folder({ account: this.account.id, folder, validity });
    }
    return this.report;
  }

  get report(): RunReport {
    return { collected: this.#collected, duplicates: this.#duplicates, left: this.#left, more: this.#more };
  }

  /** Notes what is gone now that the session has ended. */
  async noteEnd(gone: readonly string[]): Promise<void> {
    if (this.#removing !== undefined) await this.run.journal.noteGone(this.#removing, gone);
  }

  async #folder(place: Place): Promise<void> {
    const { journal, parts } = this.run;
    const { existing, mailbox } = this.account;
    const begun = journal.begunAt(place);
    const isSettled = journal.isSettled(place);
    // Where the server names all messages anew, only their dates tell what lay there before.
    const since = existing || isSettled || begun === undefined ? undefined : begun - CLOCKS_MS;
    const listing = await this.source.list(place.folder === "" ? 1 : journal.firstOpen(place), since);
    const there = new Set<string>();
    const fresh: Listed[] = [];
    for (const one of listing.messages) {
      there.add(one.uid);
      if (journal.outcome(place, one.uid) === undefined) fresh.push(one);
      if (parts.store.turns.over) await parts.store.turns.next();
    }
    if (!existing && begun === undefined) {
      await this.#settle(place, listing.last === "" ? fresh.map(({ uid }) => uid) : [listing.last]);
    } else {
      if (begun === undefined) await parts.store.commit((tx) => journal.noteBegunWithin(tx, place, mailbox));
      await this.#takeAll(place, fresh, listing.whole);
      if (this.signal.aborted) return;
      if (!isSettled && !this.#more)
        await this.#settle(place, since === undefined || listing.last === "" ? [] : [listing.last]);
    }
    if (!this.#broken) await this.#remove(place, there);
  }

  async #takeAll(place: Place, fresh: readonly Listed[], isWhole: boolean): Promise<void> {
    for (const message of fresh) {
      if (this.signal.aborted) return;
      if (this.#collected + this.#duplicates >= MOST_MESSAGES) this.#more = true;
      if (this.#more) return;
      await this.#take(place, message);
    }
    if (!isWhole) this.#more = true;
  }

  /** Notes that what lies there has been dealt with. @param passed UIDs of what is passed over, with all below them where they rise */
  async #settle(place: Place, passed: readonly string[]): Promise<void> {
    const { journal, parts } = this.run;
    const { mailbox } = this.account;
    for (let at = 0; at < passed.length; at += LINES) {
      const open = passed.slice(at, at + LINES).filter((uid) => journal.outcome(place, uid) === undefined);
      await parts.store.commit((tx) => {
        for (const uid of open) journal.putWithin(tx, place, { uid, mailbox, digest: "", outcome: "skipped" });
      });
    }
    await parts.store.commit((tx) => {
      journal.noteBegunWithin(tx, place, mailbox);
      journal.noteSettledWithin(tx, place, mailbox);
    });
  }

  async #take(place: Place, message: Listed): Promise<void> {
    const most = this.run.parts.store.settings.get(transportSettings).maxMessageSize;
    if (message.size > most) {
      return await this.#leave(place, message, `It has ${message.size} octets; here a message may have ${most}.`);
    }
    let incoming: Incoming | undefined;
    try {
      this.#checkRoom(message);
      incoming = await Incoming.begin(this.source.fetch(message));
      await this.#accept(place, message, incoming);
    } catch (error) {
      const reason = this.#reasonToLeave(error);
      if (reason === undefined) throw error;
      await this.#leave(place, message, reason);
      // What was not read of it stands in the way of the next answer: the next look goes on behind it.
      if (incoming === undefined || incoming.complete) return;
      this.source.destroy();
      this.#broken = true;
      this.#more = true;
    }
  }

  /** Why a message stays there for good; undefined where it may come another time. @throws Trouble */
  #reasonToLeave(error: unknown): string | undefined {
    if (error instanceof Vanished) return "It was gone before it was collected.";
    if (error instanceof Refusal) {
      if (error.kind === "overQuota")
        throw new Trouble("full", `${error.sentence} Mail waits at ${this.account.host}.`);
      if (error.temporary) throw new Trouble("busy", error.sentence);
      return error.sentence;
    }
    // One message must not keep the others waiting for ever.
    if (this.account.failures < STUBBORN) return undefined;
    if (error instanceof NotGiven) return error.sentence;
    if (error instanceof Trouble) return undefined;
    this.run.parts.store.events.fault("transport", "take a collected message", error);
    return "It could not be read here; the log says why.";
  }

  /** A full mailbox is known before a message is fetched in vain. @throws Refusal "overQuota" */
  #checkRoom({ size }: Listed): void {
    const { mailbox, routing } = this.account;
    if (routing === "headers") return;
    const address = this.run.parts.directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? String(mailbox);
    checkRoom(this.run.parts, { address, mailboxes: [mailbox] }, { kind: "collection" }, size);
  }

  async #accept(place: Place, { uid }: Listed, incoming: Incoming): Promise<void> {
    const { parts, journal } = this.run;
    const { account } = this;
    const trace = newTrace();
    const recipients = this.#recipients(incoming.header);
    const to =
      account.routing === "headers"
        ? recipients
            .map(({ address }) => address.toLowerCase())
            .sort()
            .join(" ")
        : "";
    const line = { uid, mailbox: account.mailbox, trace } as const;
    const also: Also = (tx) => {
      const digest = incoming.digest(to);
      if (journal.outcome(place, uid) !== undefined || journal.hasHad(account.mailbox, digest)) throw new Known();
      journal.putWithin(tx, place, { ...line, digest, outcome: "taken" });
    };
    const receiver = parts.receive({
      ...{ reversePath: returnPathOf(incoming.header), recipients, origin: this.#origin(trace, incoming.header) },
      smtputf8: recipients.some(({ address }) => /[^\x00-\x7f]/.test(address)),
    });
    try {
      await this.#pass(incoming, receiver, also);
      this.#collected++;
      const data = { account: account.id, folder: place.folder, uid };
      const text = `Collected from ${nameOf(account)}${place.folder === "" ? "" : `, folder ${place.folder}`}.`;
      parts.store.events.log({ room: "transport", name: "message.collected", trace, text, data });
    } catch (error) {
      if (!(error instanceof Known)) throw error;
      this.#duplicates++;
      const digest = incoming.digest(to);
      await parts.store.commit((tx) => journal.putWithin(tx, place, { ...line, digest, outcome: "duplicate" }));
    }
  }

  async #pass(incoming: Incoming, receiver: Receiver, also: Also): Promise<void> {
    try {
      for await (const piece of incoming.octets()) if (piece.length > 0) await receiver.write(piece);
    } catch (error) {
      await receiver.abort();
      throw error;
    }
    await receiver.finish(also);
  }

  #origin(trace: string, header: Header): Origin {
    const { account, source, run } = this;
    return {
      ...{ kind: "collection", session: trace, trace, remote: source.remote, helo: account.host },
      protocol: account.protocol === "imap" ? "IMAP" : "POP3",
      ...(source.tls !== undefined && { tls: source.tls }),
      broughtBy: bringerOf(header, run.isPublic, account.trustedHops),
    };
  }

  /** Whom a message is for: those of this house whom the header names, or the account's mailbox. */
  #recipients(header: Header): EnvelopeRecipient[] {
    const { directory, hostname } = this.run.parts;
    const { mailbox, routing, recipientFields } = this.account;
    const named = routing === "headers" ? this.#named(header, recipientFields) : [];
    if (named.length > 0) return named.map((address) => ({ address, notify: ["NEVER"] }));
    const postmaster = `postmaster@${directory.domains.primary()?.name ?? hostname()}`;
    const address = directory.aliases.list({ mailboxId: mailbox })[0]?.address ?? postmaster;
    return [{ address, mailbox, notify: ["NEVER"] }];
  }

  /** To and Cc count together: they are one list, that of the sender. */
  #named(header: Header, fields: readonly string[]): string[] {
    const { directory } = this.run.parts;
    const local = (names: readonly string[]) => {
      const values = names.flatMap((name) => header.getAll(name));
      const all = values.flatMap((value) => firstAddresses(value, MOST_RECIPIENTS)).slice(0, MOST_RECIPIENTS);
      const addresses = all.map((one) => `${one.local}@${one.domain}`);
      return [...new Set(addresses)].filter((address) => directory.resolve(address).kind === "local");
    };
    const lists = fields.map((name) => (/^(?:to|cc)$/i.test(name) ? ["To", "Cc"] : [name]));
    for (const names of lists) {
      const found = local(names);
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Notes that a message stays there for good. */
  async #leave(place: Place, { uid }: Listed, reason: string): Promise<void> {
    const { journal, parts } = this.run;
    const { mailbox } = this.account;
    await parts.store.commit((tx) =>
      journal.putWithin(tx, place, { uid, mailbox, digest: "", outcome: "left", reason }),
    );
    this.#left.push(reason);
    const text = `A message stays at ${nameOf(this.account)}: ${reason}`;
    parts.store.events.log({ room: "transport", name: "message.left", level: "warn", text });
  }

  /** Removes what is due. What a whole listing lacks is gone without us. */
  async #remove(place: Place, there: ReadonlySet<string>): Promise<void> {
    const { journal } = this.run;
    if (place.folder === "") await journal.compare(place, there);
    const { keepDays } = this.account;
    const due = keepDays === null ? [] : journal.due(place, keepDays, MOST_REMOVED);
    if (due.length === 0) return;
    this.#removing = place;
    await journal.noteGone(place, await this.source.remove(due));
  }
}
