/**
 * Read marks (\Seen) that belong to one reader, for mailboxes in which each reader has his own: kept beside the messages' flags, a
 * bit a message. Which readers have marks of their own is for others to know; here they are numbers.
 */
import type { Statement } from "bun:sqlite";
import type { Store, Tx } from "../store/store.ts";

/** UIDs in one row. */
const SPAN = 4_096;
const OCTETS = SPAN / 8;

/** What one reader has seen in one folder, in memory. */
export class Seen {
  readonly #spans = new Map<number, Uint8Array>();

  /** Takes a row in. */
  load(span: number, bits: Uint8Array): void {
    this.#octets(span).set(bits);
  }

  has(uid: number): boolean {
    const octets = this.#spans.get(Math.floor(uid / SPAN));
    if (octets === undefined) return false;
    const bit = uid % SPAN;
    return ((octets[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
  }

  set(uid: number, seen: boolean): void {
    const octets = this.#octets(Math.floor(uid / SPAN));
    const bit = uid % SPAN;
    const before = octets[bit >> 3] as number;
    octets[bit >> 3] = seen ? before | (1 << (bit & 7)) : before & ~(1 << (bit & 7));
  }

  #octets(span: number): Uint8Array {
    let octets = this.#spans.get(span);
    if (octets === undefined) {
      octets = new Uint8Array(OCTETS);
      this.#spans.set(span, octets);
    }
    return octets;
  }
}

/** The marks of all readers. */
export class ReadMarks {
  readonly #ofReader: Statement;
  readonly #row: Statement;
  readonly #inSpan: Statement;
  readonly #any: Statement;
  readonly #put: Statement;
  readonly #drop: Statement;
  readonly #forget: Statement;

  constructor(store: Store) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#ofReader = prepare(`SELECT span, bits FROM read_marks WHERE folder = ? AND "user" = ?`);
    this.#row = prepare(`SELECT bits FROM read_marks WHERE folder = ? AND span = ? AND "user" = ?`);
    this.#inSpan = prepare(`SELECT "user", bits FROM read_marks WHERE folder = ? AND span = ?`);
    this.#any = prepare("SELECT 1 FROM read_marks WHERE folder = ? LIMIT 1");
    this.#put = prepare(
      `INSERT INTO read_marks (folder, span, "user", bits) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (folder, span, "user") DO UPDATE SET bits = ?4`,
    );
    this.#drop = prepare(`DELETE FROM read_marks WHERE folder = ? AND span = ? AND "user" = ?`);
    this.#forget = prepare("DELETE FROM read_marks WHERE folder = ?");
  }

  /** What a reader has seen in a folder. */
  of(folder: number, user: number): Seen {
    const seen = new Seen();
    for (const [span, bits] of this.#ofReader.values(folder, user) as [number, Uint8Array][]) seen.load(span, bits);
    return seen;
  }

  /** How many messages a reader has seen in a folder. */
  count(folder: number, user: number): number {
    let count = 0;
    for (const [, bits] of this.#ofReader.values(folder, user) as [number, Uint8Array][]) {
      for (const octet of bits) for (let rest = octet; rest !== 0; rest &= rest - 1) count++;
    }
    return count;
  }

  /** Whether a reader has seen a message. */
  has(folder: number, user: number, uid: number): boolean {
    const bits = this.#bits(folder, Math.floor(uid / SPAN), user);
    const bit = uid % SPAN;
    return (((bits[bit >> 3] ?? 0) as number) & (1 << (bit & 7))) !== 0;
  }

  /** Sets or takes a reader's marks. */
  setWithin(_tx: Tx, folder: number, user: number, uids: readonly number[], seen: boolean): void {
    for (const [span, bits] of bySpan(uids)) {
      const octets = new Uint8Array(OCTETS);
      octets.set(this.#bits(folder, span, user));
      change(octets, bits, seen);
      this.#write(folder, span, user, octets);
    }
  }

  /** Messages are gone: nobody's marks count them any more. */
  forgetWithin(_tx: Tx, folder: number, uids: readonly number[]): void {
    if (this.#any.get(folder) === null) return;
    for (const [span, bits] of bySpan(uids)) {
      for (const [user, present] of this.#inSpan.values(folder, span) as [number, Uint8Array][]) {
        const octets = new Uint8Array(OCTETS);
        octets.set(present);
        change(octets, bits, false);
        this.#write(folder, span, user, octets);
      }
    }
  }

  /** Who has seen which of these messages. */
  seenBy(folder: number, uids: readonly number[]): Map<number, number[]> {
    const seen = new Map<number, number[]>();
    if (this.#any.get(folder) === null) return seen;
    for (const [span, bits] of bySpan(uids)) {
      for (const [user, present] of this.#inSpan.values(folder, span) as [number, Uint8Array][]) {
        const marked = bits.filter((bit) => ((present[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
        if (marked.length > 0) seen.set(user, [...(seen.get(user) ?? []), ...marked.map((bit) => span * SPAN + bit)]);
      }
    }
    return seen;
  }

  /** A folder is gone with all that was in it. */
  forgetFolder(folder: number): void {
    this.#forget.run(folder);
  }

  /** Takes the marks of a reader away who is gone. */
  forgetReaderWithin(tx: Tx, user: number): void {
    tx.client.query(`DELETE FROM read_marks WHERE "user" = ?`).run(user);
  }

  #bits(folder: number, span: number, user: number): Uint8Array {
    return (this.#row.values(folder, span, user)[0]?.[0] as Uint8Array | undefined) ?? new Uint8Array();
  }

  #write(folder: number, span: number, user: number, octets: Uint8Array): void {
    let used = octets.length;
    while (used > 0 && octets[used - 1] === 0) used--;
    if (used === 0) this.#drop.run(folder, span, user);
    else this.#put.run(folder, span, user, octets.subarray(0, used));
  }
}

/** UIDs by the row they stand in, as bits of it. */
function bySpan(uids: readonly number[]): Map<number, number[]> {
  const spans = new Map<number, number[]>();
  for (const uid of uids) {
    const span = Math.floor(uid / SPAN);
    const bits = spans.get(span);
    if (bits === undefined) spans.set(span, [uid % SPAN]);
    else bits.push(uid % SPAN);
  }
  return spans;
}

function change(octets: Uint8Array, bits: readonly number[], seen: boolean): void {
  for (const bit of bits) {
    const before = octets[bit >> 3] as number;
    octets[bit >> 3] = seen ? before | (1 << (bit & 7)) : before & ~(1 << (bit & 7));
  }
}
