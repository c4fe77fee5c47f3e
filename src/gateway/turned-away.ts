/**
 * Who did not get as far as asking for a host: without a login where one is needed, with a wrong one, or without the permission. Written
 * into the ledger, so that it says why somebody cannot get out. Whoever tries again and again counts in one line a minute, and a flood
 * from everywhere fills only so many.
 */
import type { Statement } from "bun:sqlite";
import { fold } from "../directory/address.ts";
import type { Store } from "../store/store.ts";
import type { GatewayService } from "./visit.ts";

/** Somebody who is turned away. */
export interface TurnedAway {
  readonly service: GatewayService;
  /** The client's address. */
  readonly remote: string;
  /** The login name that was given; undefined where none was. */
  readonly login: string | undefined;
  /** What the authentication says; "permission": the login is right and may not use the service. */
  readonly reason?: string;
  /** What he is told. */
  readonly why: string;
}

interface Entry {
  readonly user: number;
  readonly typed: string;
  readonly client: string;
  readonly service: string;
  readonly verdict: string;
  readonly why: string;
  /** When its line began, and when that takes up no more. */
  at: number;
  until: number;
  /** Before this it is not written: programs ask without a login first, and then with it. */
  readonly ripe: number;
  /** How many are not written yet. */
  times: number;
  /** Its line, once there is one. */
  row: number | undefined;
}

export interface TurnedAwayOptions {
  readonly now: () => number;
  /** Whether names and addresses are kept. */
  readonly keeps: () => boolean;
  /** The id of a login name; undefined where nobody has it. */
  readonly userOf: (login: string) => number | undefined;
  /** The id under which guests are counted. */
  readonly guest: () => number;
}

const FLUSH_MS = 1_000;
/** How long a line takes up the same again. */
const MINUTE_MS = 60_000;
/** How long somebody without a login has to come back with one. */
const HOLD_MS = 10_000;
/** Lines in a minute; what comes beyond shares one for each service and verdict. */
const MOST = 200;
const LONGEST_NAME = 128;
const LONGEST_WHY = 300;
/** The user of a login name that nobody has. */
const NOBODY = 0;

export class TurnedAwayLog {
  readonly #entries = new Map<string, Entry>();
  readonly #insert: Statement;
  readonly #add: Statement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly store: Store,
    private readonly options: TurnedAwayOptions,
  ) {
    this.#insert = store.client.prepare(
      `INSERT INTO gateway_trips
        (at, user_id, typed, client, service, scheme, host, port, sent, received, duration, verdict, rule, why, times)
        VALUES (?,?,?,?,?,'','',0,0,0,0,?,'',?,?)`,
    );
    this.#add = store.client.prepare("UPDATE gateway_trips SET times = times + ? WHERE id = ?");
  }

  /** Somebody is turned away. */
  note(one: TurnedAway): void {
    if (this.#closed || !this.options.keeps()) return;
    const now = this.options.now();
    const entry = this.#entryFor(one, now);
    entry.times++;
    if (entry.until <= now) {
      entry.row = undefined;
      entry.at = now;
      entry.until = now + MINUTE_MS;
    }
    this.#wake();
  }

  /** Somebody has logged in: that his program asked without a login a moment ago is nothing to tell. */
  cameIn(service: GatewayService, remote: string): void {
    if (this.#entries.size > 0) this.#entries.delete(keyOf({ service, remote, login: undefined }));
  }

  /** Writes what is to be written. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#insert.finalize();
    this.#add.finalize();
  }

  #entryFor(one: TurnedAway, now: number): Entry {
    const key = keyOf(one);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    this.#tidy(now);
    if (this.#entries.size >= MOST) return this.#crowd(one, now);
    const { service, remote: client, login, why } = one;
    const user = login === undefined ? this.options.guest() : this.options.userOf(login);
    const entry: Entry = {
      ...{ service, verdict: verdictOf(one), client, user: user ?? NOBODY, why: why.slice(0, LONGEST_WHY) },
      typed: user === undefined ? (login ?? "").slice(0, LONGEST_NAME) : "",
      ...{ at: now, until: now + MINUTE_MS, ripe: now + (login === undefined ? HOLD_MS : 0), times: 0, row: undefined },
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /** The entry that is shared where there are too many. */
  #crowd(one: TurnedAway, now: number): Entry {
    const [service, verdict] = [one.service, verdictOf(one)];
    const key = `${service} ${verdict}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      ...{ service, verdict, client: "", user: NOBODY, typed: "", why: "Many at once, counted together." },
      ...{ at: now, until: now + MINUTE_MS, ripe: now, times: 0, row: undefined },
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #tidy(now: number): void {
    for (const [key, { until, times }] of this.#entries) if (until <= now && times === 0) this.#entries.delete(key);
  }

  #wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    if (!this.options.keeps()) this.#entries.clear();
    const now = this.options.now();
    const waiting = [...this.#entries.values()].filter(({ times }) => times > 0);
    const due = waiting.filter(({ ripe }) => ripe <= now).map((entry) => ({ entry, times: entry.times }));
    if (due.length < waiting.length) this.#wake();
    if (due.length === 0) return;
    try {
      const rows = await this.store.commit(() => due.map(({ entry, times }) => this.#line(entry, times)));
      for (const [at, { entry, times }] of due.entries()) {
        entry.row = rows[at];
        entry.times -= times;
      }
    } catch (fault) {
      this.store.events.fault("gateway", "write who was turned away", fault);
    }
  }

  /** Begins an entry's line or adds to it; gives its id. */
  #line({ row, at, user, typed, client, service, verdict, why }: Entry, times: number): number {
    if (row === undefined)
      return Number(this.#insert.run(at, user, typed, client, service, verdict, why, times).lastInsertRowid);
    this.#add.run(times, row);
    return row;
  }
}

function verdictOf({ reason }: Pick<TurnedAway, "reason">): string {
  return reason === "permission" ? "permission" : "login";
}

function keyOf(one: Omit<TurnedAway, "why">): string {
  const { service, remote, login } = one;
  return `${service} ${verdictOf(one)} ${remote}${login === undefined ? "" : ` ${fold(login)}`}`;
}
