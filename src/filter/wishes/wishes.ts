/**
 * What people wish of their mail: senders whose mail they always want, or never, and from which score it is refused or held. Mailbox 0
 * stands for the whole house; what a mailbox wishes itself goes before that, and the closer pattern before the wider.
 */
import type { Statement } from "bun:sqlite";
import { fold, normaliseDomain, splitAddress } from "../../directory/address.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { SHARED_PROFILE as HOUSE } from "../spam-settings.ts";

/** One line of a list. */
export interface SenderWish {
  /** An address, a domain, or `*.` and a domain: everything below it. */
  readonly pattern: string;
  /** True: always wanted; false: never. */
  readonly wanted: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Scores from which something happens; null: as everywhere. */
export interface Limits {
  readonly refuseAt: number | null;
  readonly quarantineAt: number | null;
}

/** Lines of one mailbox's lists. */
const MOST_WISHES = 2_000;
/** Labels of a domain that are looked at. */
const MOST_LABELS = 20;

const AS_EVERYWHERE: Limits = { refuseAt: null, quarantineAt: null };

export class Wishes {
  readonly #find: Statement<{ wanted: number }, [number, string]>;
  readonly #limits: Statement<Limits, [number]>;
  readonly #any: Statement<{ mailbox: number }, [number]>;
  readonly #some: Statement<{ mailbox: number }, []>;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    const { client } = store;
    this.#find = client.prepare("SELECT wanted FROM sender_wishes WHERE mailbox = ? AND pattern = ?");
    this.#limits = client.prepare(
      "SELECT refuse_at AS refuseAt, quarantine_at AS quarantineAt FROM junk_wishes WHERE mailbox = ?",
    );
    this.#some = client.prepare("SELECT mailbox FROM sender_wishes LIMIT 1");
    this.#any = client.prepare("SELECT mailbox FROM sender_wishes WHERE mailbox = ? LIMIT 1");
  }

  /** Whether anybody has a list. */
  get some(): boolean {
    return this.#some.get() !== null;
  }

  /** The first of an address's patterns (`patternsFor`) that decides about it in a mailbox, and how. */
  decide(mailbox: number, patterns: readonly string[]): Pick<SenderWish, "pattern" | "wanted"> | undefined {
    for (const of of [mailbox, HOUSE]) {
      if (this.#any.get(of) === null) continue;
      for (const pattern of patterns) {
        const found = this.#find.get(of, pattern);
        if (found !== null) return { pattern, wanted: found.wanted === 1 };
      }
    }
    return undefined;
  }

  limits(mailbox: number): Limits {
    return this.#limits.get(mailbox) ?? AS_EVERYWHERE;
  }

  setLimitsWithin({ client }: Tx, mailbox: number, { refuseAt, quarantineAt }: Limits): void {
    client
      .query("INSERT OR REPLACE INTO junk_wishes (mailbox, refuse_at, quarantine_at) VALUES (?, ?, ?)")
      .run(mailbox, refuseAt, quarantineAt);
  }

  /** The lists of a mailbox, by pattern. */
  list(mailbox: number): SenderWish[] {
    return this.store.client
      .query<{ pattern: string; wanted: number; at: number }, [number]>(
        "SELECT pattern, wanted, at FROM sender_wishes WHERE mailbox = ? ORDER BY pattern",
      )
      .all(mailbox)
      .map(({ wanted, ...wish }) => ({ ...wish, wanted: wanted === 1 }));
  }

  /** Puts a pattern on a list, and takes it off the other. @throws Refusal "tooMany" */
  setWithin({ client }: Tx, mailbox: number, pattern: string, wanted: boolean): void {
    const count = client
      .query<{ count: number }, [number, string]>(
        "SELECT count(*) AS count FROM sender_wishes WHERE mailbox = ? AND pattern <> ?",
      )
      .get(mailbox, pattern)?.count;
    if ((count ?? 0) >= MOST_WISHES) throw new Refusal("tooMany", `These lists have at most ${MOST_WISHES} lines.`);
    client
      .query("INSERT OR REPLACE INTO sender_wishes (mailbox, pattern, wanted, at) VALUES (?, ?, ?, ?)")
      .run(mailbox, pattern, wanted ? 1 : 0, this.now());
  }

  /** Takes a pattern off the list it is on. @throws Refusal "notFound" */
  removeWithin({ client }: Tx, mailbox: number, pattern: string): void {
    const { changes } = client
      .query("DELETE FROM sender_wishes WHERE mailbox = ? AND pattern = ?")
      .run(mailbox, pattern);
    if (changes === 0) throw new Refusal("notFound", `${pattern} is on neither list.`);
  }

  /** A mailbox that is gone leaves nothing to another that gets its number. */
  forgetWithin({ client }: Tx, mailbox: number): void {
    client.query("DELETE FROM sender_wishes WHERE mailbox = ?").run(mailbox);
    client.query("DELETE FROM junk_wishes WHERE mailbox = ?").run(mailbox);
  }
}

/**
 * A pattern as it is compared; undefined where it is none.
 * @example patternOf("Ann@Example.ORG"), patternOf("@example.org"), patternOf("*.example.org")
 */
export function patternOf(text: string): string | undefined {
  const typed = text.trim();
  if (typed.startsWith("*.")) {
    const domain = normaliseDomain(typed.slice(2));
    return domain === undefined ? undefined : `*.${domain}`;
  }
  if (!typed.slice(1).includes("@")) {
    const domain = normaliseDomain(typed.replace(/^@/, ""));
    return domain?.includes(".") ? domain : undefined;
  }
  const address = splitAddress(typed);
  return address && `${fold(address.local)}@${address.domain}`;
}

/** The patterns that an address fits, the closest first. */
export function patternsFor(address: string): string[] {
  const split = splitAddress(address);
  if (split === undefined) return [];
  const labels = split.domain.split(".").slice(-MOST_LABELS);
  const above = labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join(".")}`);
  return [`${fold(split.local)}@${split.domain}`, split.domain, ...above];
}
