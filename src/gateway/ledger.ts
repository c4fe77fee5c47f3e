/**
 * The ledger: what is open now, and what it came to. Trips count here while octets pass; what they have counted is written by
 * ledger-writer.ts, so that a process that is killed loses a second of it. Read by pages through traffic.ts.
 */
import type { Bucket } from "../net/bucket.ts";
import type { Passed } from "../net/tunnels.ts";
import type { Store } from "../store/store.ts";
import type { Account, Accounts } from "./accounts.ts";
import { LedgerWriter } from "./ledger-writer.ts";
import { gatewaySettings } from "./settings.ts";
import { GateRefusal, type Passing, type Target, type Visitor } from "./visit.ts";

/** A trip that is open. */
export interface LiveTrip {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly visitor: Visitor;
  readonly target: Target;
  readonly sent: number;
  readonly received: number;
}

/** Characters of a refusal that the log keeps. */
const LONGEST_WHY = 300;

export interface LedgerOptions {
  readonly now: () => number;
  readonly accounts: Accounts;
  /** The id under which guests are counted. */
  readonly guest: () => number;
}

export class Ledger {
  readonly #open = new Map<number, OpenTrip>();
  readonly #clients = new Map<string, number>();
  readonly #dirty = new Set<OpenTrip>();
  readonly #writer: LedgerWriter;
  #last = 0;

  constructor(
    store: Store,
    private readonly options: LedgerOptions,
  ) {
    this.#writer = new LedgerWriter(store, {
      now: options.now,
      keepsTrips: () => store.settings.get(gatewaySettings).log === "trips",
      gather: () => this.#gather(),
    });
  }

  /** Trips that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** What is open now, oldest first. */
  live(): Iterable<OpenTrip> {
    return this.#open.values();
  }

  /** Trips of a client's address that are open. */
  ofClient(remote: string): number {
    return this.#clients.get(remote) ?? 0;
  }

  accountOf(visitor: Visitor): Account {
    return this.options.accounts.of(visitor.user?.id ?? this.options.guest());
  }

  /** A trip begins. */
  begin(visitor: Visitor, target: Target, address: string | undefined): OpenTrip {
    const trip = new OpenTrip(++this.#last, visitor, target, address, this.accountOf(visitor), this);
    this.#open.set(trip.id, trip);
    this.#clients.set(visitor.remote, this.ofClient(visitor.remote) + 1);
    trip.account.open++;
    return trip;
  }

  /** Somebody was refused. */
  refused(visitor: Visitor, target: Target, refusal: GateRefusal): void {
    const { remote: client, service } = visitor;
    const { scheme, host, port } = target;
    const user = this.accountOf(visitor).user;
    const [verdict, rule, why] = [refusal.kind, refusal.rule ?? "", whyOf(refusal)];
    const at = this.now();
    this.#writer.line({
      at,
      user,
      client,
      service,
      scheme,
      host,
      port,
      sent: 0,
      received: 0,
      duration: 0,
      verdict,
      rule,
      why,
    });
  }

  /** Ends a trip by hand. False where there is none of this id. */
  cut(id: number): boolean {
    const trip = this.#open.get(id);
    trip?.cut(new GateRefusal("ended", "The administrator has ended this connection."));
    return trip !== undefined;
  }

  /** Writes what was counted. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  close(): void {
    for (const trip of [...this.#open.values()]) trip.close();
    this.#writer.close();
  }

  /** @internal */
  now(): number {
    return this.options.now();
  }

  /** @internal A trip has counted something that is not written. */
  noteDirty(trip: OpenTrip): void {
    this.#dirty.add(trip);
    this.#writer.wake();
  }

  /** @internal A user's quota is used up: all his trips end. */
  quotaUsedUp(account: Account, which: "day" | "month"): void {
    const refusal = quotaRefusal(which);
    for (const trip of [...this.#open.values()]) if (trip.account === account) trip.cut(refusal);
  }

  /** @internal */
  closed(trip: OpenTrip): void {
    if (!this.#open.delete(trip.id)) return;
    const { account, sent, received, cutBy, since } = trip;
    const { remote: client, service } = trip.visitor;
    account.open--;
    const others = this.ofClient(client) - 1;
    if (others > 0) this.#clients.set(client, others);
    else this.#clients.delete(client);
    this.#write(trip);
    const { scheme, host, port } = trip.target;
    const duration = Math.max(0, this.now() - since);
    const verdict = cutBy?.kind ?? "allowed";
    const rule = cutBy?.rule ?? "";
    const why = whyOf(cutBy);
    const { user } = account;
    // Without spreads: this is done for every request.
    this.#writer.line({
      at: since,
      user,
      client,
      service,
      scheme,
      host,
      port,
      sent,
      received,
      duration,
      verdict,
      rule,
      why,
    });
  }

  #gather(): void {
    for (const trip of this.#dirty) this.#write(trip);
  }

  #write(trip: OpenTrip): void {
    this.#dirty.delete(trip);
    trip.tellUnwritten(this.#writer);
  }
}

/** What the log says of a refusal beside the rule, which says enough. */
function whyOf(refusal: GateRefusal | undefined): string {
  return refusal === undefined || refusal.rule !== undefined ? "" : refusal.sentence.slice(0, LONGEST_WHY);
}

/** Why a quota that is used up stops somebody. */
export function quotaRefusal(which: "day" | "month"): GateRefusal {
  const sentence =
    which === "day"
      ? "What may be transferred in a day is used up; it goes on tomorrow."
      : "What may be transferred in a month is used up; it goes on with the next month.";
  return new GateRefusal("quota", sentence);
}

/** One trip, as long as it is open. */
export class OpenTrip implements Passing, LiveTrip {
  readonly since: number;
  sent = 0;
  received = 0;
  /** Why it was ended before its time. */
  cutBy: GateRefusal | undefined;
  #writtenSent = 0;
  #writtenReceived = 0;
  #dirty = false;
  #callback: ((why: GateRefusal) => void) | undefined;

  constructor(
    readonly id: number,
    readonly visitor: Visitor,
    readonly target: Target,
    /** Where it leads, as far as that is known. */
    public address: string | undefined,
    readonly account: Account,
    private readonly ledger: Ledger,
  ) {
    this.since = ledger.now();
  }

  get bucket(): Bucket | undefined {
    return this.account.bucket;
  }

  add(sent: number, received: number): void {
    this.sent += sent;
    this.received += received;
    this.account.add(sent + received);
    if (!this.#dirty) {
      this.#dirty = true;
      this.ledger.noteDirty(this);
    }
    const which = this.account.usedUp(this.ledger.now());
    if (which !== undefined && this.cutBy === undefined) this.ledger.quotaUsedUp(this.account, which);
  }

  count({ sent, received }: Passed): void {
    const [moreSent, moreReceived] = [Math.max(0, sent - this.sent), Math.max(0, received - this.received)];
    if (moreSent + moreReceived > 0) this.add(moreSent, moreReceived);
  }

  close(): void {
    this.#callback = undefined;
    this.ledger.closed(this);
  }

  onCut(callback: (why: GateRefusal) => void): void {
    const before = this.#callback;
    if (this.cutBy !== undefined) callback(this.cutBy);
    else if (before === undefined) this.#callback = callback;
    else {
      this.#callback = (why) => {
        before(why);
        callback(why);
      };
    }
  }

  /** Ends it: tells those who carry it. */
  cut(why: GateRefusal): void {
    if (this.cutBy !== undefined) return;
    this.cutBy = why;
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.(why);
  }

  /** @internal Tells what was counted since it was last asked. */
  tellUnwritten(writer: Pick<LedgerWriter, "octets">): void {
    const sent = this.sent - this.#writtenSent;
    const received = this.received - this.#writtenReceived;
    this.#writtenSent = this.sent;
    this.#writtenReceived = this.received;
    this.#dirty = false;
    if (sent + received > 0) writer.octets(this.account.user, this.target.host, sent, received);
  }
}
