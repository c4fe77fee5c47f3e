/**
 * Counts what will be told to others, and writes the counts every few seconds: they are worth no commit of their own, so a crash may lose
 * those of the last seconds. Whoever sends mail in many names cannot fill the memory or the file with them.
 */
import type { Store } from "../../store/store.ts";

export type CountKind = "dmarc" | "tls";

const FLUSH_MS = 5_000;
/** Different lines in memory, and in the file for one day and kind. */
const MOST_PENDING = 5_000;
const MOST_LINES = 50_000;
const DAY_MS = 86_400_000;

interface Counted {
  readonly kind: CountKind;
  readonly day: number;
  readonly domain: string;
  readonly line: string;
  count: number;
}

export class Counts {
  #pending = new Map<string, Counted>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** @param line what happened, in JSON */
  add(kind: CountKind, domain: string, line: string): void {
    // Days are those of UTC (RFC 7489 §7.2, RFC 8460 §4.1).
    const day = Math.floor(this.now() / DAY_MS);
    const key = `${kind} ${day} ${domain} ${line}`;
    const counted = this.#pending.get(key);
    if (counted !== undefined) counted.count++;
    else if (this.#pending.size < MOST_PENDING) this.#pending.set(key, { kind, day, domain, line, count: 1 });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was counted. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending.values()];
    this.#pending = new Map();
    if (pending.length === 0) return;
    try {
      await this.store.commit(({ client }) => {
        const many = client.query<{ many: number }, [string, number]>(
          "SELECT count(*) AS many FROM report_counts WHERE kind = ? AND day = ?",
        );
        const more = client.query(
          "UPDATE report_counts SET count = count + ? WHERE kind = ? AND day = ? AND domain = ? AND line = ?",
        );
        const add = client.query("INSERT INTO report_counts (count, kind, day, domain, line) VALUES (?, ?, ?, ?, ?)");
        const room = new Map<string, number>();
        for (const { kind, day, domain, line, count } of pending) {
          if (more.run(count, kind, day, domain, line).changes > 0) continue;
          const key = `${kind} ${day}`;
          const left = room.get(key) ?? MOST_LINES - (many.get(kind, day)?.many ?? 0);
          room.set(key, left - 1);
          if (left > 0) add.run(count, kind, day, domain, line);
        }
      });
    } catch (fault) {
      this.store.events.fault("transport", "count what will be reported", fault);
    }
  }
}
