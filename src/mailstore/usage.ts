/**
 * How much lies in each mailbox and how much may. One row a mailbox, changed by the commit that changes a folder's counters, so that
 * asking costs the same however many folders there are. The limits are the directory's; whoever builds the house hands them in.
 *
 * RFC 9208 §5.1 (STORAGE), §5.2 (MESSAGE), §4.3.1 (OVERQUOTA).
 */
import type { Statement } from "bun:sqlite";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";

/** What a mailbox may hold; null is no limit. */
export interface Limits {
  readonly messages: number | null;
  readonly octets: number | null;
}

/** The limits of a mailbox; undefined where it has none. Asked for every message: must answer from memory. */
export type LimitsOf = (mailbox: number) => Limits | undefined;

/** One resource of RFC 9208: how much is used, and how much may be; null is no limit. */
export interface Resource {
  readonly usage: number;
  readonly limit: number | null;
}

/** The quota of a mailbox in the units of RFC 9208. */
export interface MailboxQuota {
  /** Units of 1024 octets, what was begun counted whole. */
  readonly storage: Resource;
  readonly message: Resource;
}

const UNIT = 1024;

export class Usage {
  readonly #get: Statement<{ messages: number; size: number }, [number]>;
  readonly #sum: Statement<{ messages: number; size: number }, [number]>;
  readonly #add: Statement;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #all: Statement<{ mailbox: number }, [number, number]>;

  constructor(
    store: Store,
    private readonly limits: LimitsOf,
  ) {
    const { client } = store;
    this.#get = client.prepare("SELECT messages, size FROM usage WHERE mailbox = ?");
    // Deleted folders that are still being emptied (their names begin with NUL) do not count.
    this.#sum = client.prepare(
      "SELECT total(messages) AS messages, total(size) AS size FROM folders WHERE mailbox = ? AND name >= char(1)",
    );
    this.#add = client.prepare("UPDATE usage SET messages = messages + ?, size = size + ? WHERE mailbox = ?");
    this.#put = client.prepare("INSERT INTO usage (mailbox, messages, size) VALUES (?, ?, ?)");
    this.#remove = client.prepare("DELETE FROM usage WHERE mailbox = ?");
    this.#all = client.prepare("SELECT mailbox FROM usage WHERE mailbox > ? ORDER BY mailbox LIMIT ?");
  }

  /** Messages and octets in a mailbox. */
  of(mailbox: number): { messages: number; size: number } {
    return this.#get.get(mailbox) ?? this.#sum.get(mailbox) ?? { messages: 0, size: 0 };
  }

  /** Counts what came or went, inside that commit and after the folder's own counters were changed. */
  add(_tx: Tx, mailbox: number, messages: number, size: number): void {
    if (this.#add.run(messages, size, mailbox).changes > 0) return;
    // Written by an earlier version: from here on there is a row.
    const sum = this.#sum.get(mailbox) ?? { messages: 0, size: 0 };
    this.#put.run(mailbox, sum.messages, sum.size);
  }

  /** Forgets a mailbox that is gone. */
  forget(_tx: Tx, mailbox: number): void {
    this.#remove.run(mailbox);
  }

  /** Ids of mailboxes that hold or held mail, in order, `most` of those after `after`. */
  after(after: number, most: number): number[] {
    return this.#all.all(after, most).map((row) => row.mailbox);
  }

  /** Whether so many messages and octets more would still be within the limits of a mailbox. */
  fits(mailbox: number, messages: number, size: number): boolean {
    const limits = this.limits(mailbox);
    if (limits === undefined) return true;
    const used = this.of(mailbox);
    return (
      (limits.messages === null || used.messages + messages <= limits.messages) &&
      (limits.octets === null || used.size + size <= limits.octets)
    );
  }

  /** @throws Refusal "overQuota" where so much more does not fit */
  check(mailbox: number, messages: number, size: number): void {
    if (this.fits(mailbox, messages, size)) return;
    const text = this.text(mailbox);
    throw new Refusal(
      "overQuota",
      `The mailbox is full: it holds ${text}. Delete messages you no longer need, or ask for more room.`,
    );
  }

  /** How full a mailbox is, from 0 on; of its two limits the one that is nearer. 0 where it has none. */
  fill(mailbox: number): number {
    const limits = this.limits(mailbox);
    if (limits === undefined) return 0;
    const used = this.of(mailbox);
    const part = (usage: number, limit: number | null) => (limit === null ? 0 : limit === 0 ? 1 : usage / limit);
    return Math.max(part(used.messages, limits.messages), part(used.size, limits.octets));
  }

  /** How full a mailbox is, for a person: "90 of 100 messages and 4.5 MB of 5.0 MB". */
  text(mailbox: number): string {
    const limits = this.limits(mailbox) ?? { messages: null, octets: null };
    const used = this.of(mailbox);
    const messages = limits.messages === null ? undefined : `${used.messages} of ${limits.messages} messages`;
    const size = limits.octets === null ? undefined : `${sizeText(used.size)} of ${sizeText(limits.octets)}`;
    return [messages, size].filter((part) => part !== undefined).join(" and ") || sizeText(used.size);
  }

  /** Usage and limits in the units of RFC 9208. */
  quota(mailbox: number): MailboxQuota {
    const limits = this.limits(mailbox);
    const used = this.of(mailbox);
    const octets = limits?.octets ?? null;
    return {
      storage: { usage: Math.ceil(used.size / UNIT), limit: octets === null ? null : Math.floor(octets / UNIT) },
      message: { usage: used.messages, limit: limits?.messages ?? null },
    };
  }
}

/** Octets in words: "1.5 MB". */
function sizeText(octets: number): string {
  if (octets < 1_000) return `${octets} octets`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = octets / 1_000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
