/**
 * Barred addresses: from whom and to whom no mail is taken, whatever else is known of it, and who is excepted. Asked at MAIL, at RCPT and
 * for From when the message is there. A list of any length costs one look into an index; only patterns that no part of an address leads to
 * are kept in memory, and there are few of these.
 */
import type { Statement } from "bun:sqlite";
import { BoundedMap } from "../../directory/cache.ts";
import { firstAddresses } from "../../mime/addresses.ts";
import type { Structure } from "../../mime/structure.ts";
import { formatSpec } from "../../mime/write.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { type Envelope, isOwn, type Origin } from "../envelope.ts";
import { houseChanged } from "./changes.ts";
import { ANYWHERE, bucketsOf, closeness, fitsAddress, folded } from "./pattern.ts";
import { Tally } from "./tally.ts";

export type Side = "sender" | "recipient";

/** What decides about an address. */
export interface Decision {
  readonly id: number;
  readonly pattern: string;
  readonly action: "bar" | "allow";
  /** What the other server is told; empty: the usual sentence. */
  readonly text: string;
}

interface Row extends Decision {
  readonly side: Side;
  readonly direction: "in" | "out" | "both";
}

/** Everybody must be able to reach him (RFC 5321 §4.5.1). */
const POSTMASTER = /^postmaster(?:@|$)/i;
/** Addresses of From that are looked at. */
const MOST_AUTHORS = 20;
/** Characters of an address that are told, and from each end compared: more than any pattern has. */
const LONGEST_ADDRESS = 320;
/** Addresses whose decision is remembered: those of a message are asked about at RCPT and again, all at once, when it comes. */
const MOST_REMEMBERED = 4_000;

const COLUMNS = "id, pattern, action, text, side, direction";

export class Barred {
  readonly #tally: Tally;
  #inBuckets: Statement<Row, [string, Side]> | undefined;
  /** Whether there is any; undefined: not looked yet. */
  #some: boolean | undefined;
  #anywhere: readonly Row[] | undefined;
  readonly #decided = new BoundedMap<string, Decision | "none">(MOST_REMEMBERED);

  constructor(
    private readonly store: Store,
    now: () => number,
  ) {
    this.#tally = new Tally(store, "barred", now);
    store.changes.on(houseChanged, ({ what }) => {
      if (what !== "barred") return;
      this.#some = undefined;
      this.#anywhere = undefined;
      this.#decided.clear();
    });
  }

  /** The entry that decides about an address: an exception before every bar, else the one that fits most closely. */
  decision(side: Side, direction: "in" | "out", address: string): Decision | undefined {
    if (address === "" || !this.#isUsed()) return undefined;
    const asked = `${side} ${direction} ${shortened(address)}`;
    const known = this.#decided.get(asked);
    if (known !== undefined) return known === "none" ? undefined : known;
    const decided = this.#decide(side, direction, folded(shortened(address)));
    this.#decided.set(asked, decided ?? "none");
    return decided;
  }

  /** @param key a folded address */
  #decide(side: Side, direction: "in" | "out", key: string): Decision | undefined {
    const fitting = [...this.#near(key, side), ...this.#far()].filter(
      (row) =>
        row.side === side && (row.direction === "both" || row.direction === direction) && fitsAddress(row.pattern, key),
    );
    return fitting.sort(
      (left, right) =>
        Number(left.action === "bar") - Number(right.action === "bar") ||
        closeness(right.pattern) - closeness(left.pattern),
    )[0];
  }

  /** The pattern by which mail of an address from outside is excepted. */
  exception(address: string): string | undefined {
    const decided = this.decision("sender", "in", address);
    return decided?.action === "allow" ? decided.pattern : undefined;
  }

  /** @throws Refusal "barred" (550 5.7.1) */
  check(side: Side, address: string, origin: Origin): void {
    // Who released it has seen from whom and to whom it is.
    if (origin.kind === "system" || origin.released === true) return;
    if (side === "recipient" && POSTMASTER.test(address)) return;
    const decided = this.decision(side, directionOf(origin), address);
    if (decided?.action !== "bar") return;
    this.#tally.count(decided.id);
    const shown = toTell(address);
    const { trace, session, remote, user } = origin;
    this.store.events.log({
      ...{ room: "transport", name: "address.barred", trace, session },
      ...(remote !== undefined && { remote }),
      ...(user !== undefined && { user: user.login }),
      text: `Mail ${side === "sender" ? "from" : "to"} ${shown} is barred by “${decided.pattern}”.`,
      data: { side, address: shown, pattern: decided.pattern, entry: decided.id },
    });
    const usual = `Mail ${side === "sender" ? "from" : "to"} ${shown} is not taken here.`;
    throw new Refusal("barred", decided.text || usual, { smtp: { code: 550, enhanced: "5.7.1" } });
  }

  /** Sender and recipients of an envelope, for whatever did not ask at MAIL and RCPT. @throws Refusal "barred" */
  checkEnvelope({ reversePath, recipients, origin }: Envelope): void {
    if (!this.#isUsed()) return;
    this.check("sender", reversePath, origin);
    for (const { address } of recipients) this.check("recipient", address, origin);
  }

  /** Whoever is named as a message's author, once it is there. @throws Refusal "barred" */
  checkAuthors({ origin }: Envelope, { root }: Structure): void {
    if (!this.#isUsed()) return;
    for (const author of firstAddresses(root.header?.get("from") ?? "", MOST_AUTHORS)) {
      if (author.domain !== "") this.check("sender", formatSpec(author), origin);
    }
  }

  /** Resolves when what was met is counted. */
  async settled(): Promise<void> {
    await this.#tally.settled();
  }

  #isUsed(): boolean {
    this.#some ??= this.store.client.query("SELECT 1 FROM barred LIMIT 1").get() !== null;
    return this.#some;
  }

  #near(key: string, side: Side): Row[] {
    this.#inBuckets ??= this.store.client.prepare(
      `SELECT ${COLUMNS} FROM barred WHERE bucket IN (SELECT value FROM json_each(?)) AND side = ?`,
    );
    return this.#inBuckets.all(JSON.stringify(bucketsOf(key)), side);
  }

  #far(): readonly Row[] {
    this.#anywhere ??= this.store.client
      .query<Row, [string]>(`SELECT ${COLUMNS} FROM barred WHERE bucket = ?`)
      .all(ANYWHERE);
    return this.#anywhere;
  }
}

/** `in`: from outside; `out`: of people and devices here. */
export function directionOf(origin: Origin): "in" | "out" {
  return isOwn(origin) ? "out" : "in";
}

/** What is too long for any pattern but one with stars, by its ends: those decide whether it fits. */
function shortened(address: string): string {
  if (address.length <= 2 * LONGEST_ADDRESS) return address;
  return address.slice(0, LONGEST_ADDRESS) + address.slice(-LONGEST_ADDRESS);
}

function toTell(address: string): string {
  return address.slice(0, LONGEST_ADDRESS).replace(/\p{C}/gu, "?");
}
