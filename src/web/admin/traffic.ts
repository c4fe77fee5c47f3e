/**
 * How much mail went through in each of the last 24 hours. Read once from the log when first asked for, then kept current by the
 * events as they happen, so that the overview costs nothing on a busy server.
 */
import type { Store } from "../../store/store.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Events read in one query when the day is counted first. */
const MOST_READ = 1000;

/** Which events count as what. */
const COUNTED: Readonly<Record<string, keyof Counts>> = {
  "message.delivered": "received",
  "message.sent": "sent",
  "message.refused": "refused",
  "recipient.refused": "refused",
  "sender.refused": "refused",
};

interface Counts {
  received: number;
  sent: number;
  refused: number;
}

/** The day's figures. */
export interface Day {
  /** 24 hours, the current one last. */
  readonly hours: readonly { readonly received: number; readonly sent: number }[];
  readonly refused: number;
}

export class Traffic {
  readonly #byHour = new Map<number, Counts>();
  #counting: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** The last 24 hours. */
  async day(): Promise<Day> {
    this.#counting ??= this.#countPast();
    await this.#counting;
    const current = Math.floor(this.now() / HOUR_MS);
    for (const hour of this.#byHour.keys()) if (hour <= current - HOURS) this.#byHour.delete(hour);
    const hours = Array.from({ length: HOURS }, (_, index) => {
      const { received = 0, sent = 0 } = this.#byHour.get(current - HOURS + 1 + index) ?? {};
      return { received, sent };
    });
    const refused = [...this.#byHour.values()].reduce((sum, counts) => sum + counts.refused, 0);
    return { hours, refused };
  }

  /** Counts what the log has, a piece at a time so that nobody waits, and from now on what happens. */
  async #countPast(): Promise<void> {
    this.store.events.subscribe(({ name, at }) => this.#count(name, at));
    const until = this.now();
    const since = until - HOURS * HOUR_MS;
    for (let before: number | undefined; ; ) {
      const events = this.store.events.recent({ limit: MOST_READ, ...(before !== undefined && { before }) });
      for (const { name, at } of events) if (at >= since && at < until) this.#count(name, at);
      const last = events.at(-1);
      if (events.length < MOST_READ || last === undefined || last.at < since) return;
      before = last.id;
      await Bun.sleep(0);
    }
  }

  #count(name: string, at: number): void {
    const kind = COUNTED[name];
    if (kind === undefined) return;
    const hour = Math.floor(at / HOUR_MS);
    const counts = this.#byHour.get(hour) ?? { received: 0, sent: 0, refused: 0 };
    counts[kind]++;
    this.#byHour.set(hour, counts);
  }
}
