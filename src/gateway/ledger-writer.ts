/**
 * What the ledger writes: a line for each trip, and sums by user, host and hour, gathered and written together about once a second. However
 * many trips there are, a second makes so many rows at most: the trips beyond share lines, by host as long as there is room, then by user.
 */
import type { Statement } from "bun:sqlite";
import type { Store, Tx } from "../store/store.ts";
import { dayOf } from "./times.ts";

/** One line of the ledger. */
export interface TripLine {
  /** When it began. */
  readonly at: number;
  readonly user: number;
  readonly client: string;
  readonly service: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
  /** Milliseconds. */
  readonly duration: number;
  /** "allowed", or the kind of the refusal. */
  readonly verdict: string;
  readonly rule: string;
  /** What the refusal says, where no rule does; "" otherwise. */
  readonly why: string;
}

interface Sums {
  trips: number;
  refused: number;
  sent: number;
  received: number;
}

type Lump = { -readonly [K in keyof TripLine]: TripLine[K] } & { times: number };

const FLUSH_MS = 1_000;
/** Lines of their own, lines that are shared by host, and hosts in the sums, between two writings. */
const MOST_LINES = 200;
const MOST_LUMPS = 100;
const MOST_HOSTS = 1_000;
/** Hosts that a day's sums tell apart; what comes beyond is summed without a name. */
const MOST_HOSTS_A_DAY = 20_000;
/** How often the day's hosts are counted, in milliseconds. */
const COUNT_MS = 60_000;
const HOUR_MS = 3_600_000;

const SUM_COLUMNS = "trips, refused, sent, received";
const ADD = ["trips", "refused", "sent", "received"].map((name) => `${name} = ${name} + excluded.${name}`).join(", ");

export class LedgerWriter {
  #lines: TripLine[] = [];
  #lumps = new Map<string, Lump>();
  #users = new Map<number, Sums>();
  #hosts = new Map<string, Sums>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #writing: Promise<void> | undefined;
  #hostsCounted = { at: Number.NEGATIVE_INFINITY, full: false };
  readonly #statements: Readonly<Record<"trip" | "user" | "host" | "knownHost" | "hour" | "countHosts", Statement>>;

  constructor(
    private readonly store: Store,
    private readonly options: {
      readonly now: () => number;
      /** Whether hosts and addresses are kept. */
      readonly keepsTrips: () => boolean;
      /** Called before each writing: whoever has counted something says it now. */
      readonly gather: () => void;
    },
  ) {
    const prepare = (sql: string) => store.client.prepare(sql);
    this.#statements = {
      trip: prepare(
        `INSERT INTO gateway_trips (at, user_id, client, service, scheme, host, port, sent, received, duration, verdict, rule, why, times)
          VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      ),
      user: prepare(
        `INSERT INTO gateway_user_days (user_id, day, ${SUM_COLUMNS}) VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET ${ADD}`,
      ),
      host: prepare(
        `INSERT INTO gateway_host_days (day, host, ${SUM_COLUMNS}) VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET ${ADD}`,
      ),
      knownHost: prepare("SELECT 1 FROM gateway_host_days WHERE day = ? AND host = ?"),
      hour: prepare(
        `INSERT INTO gateway_hours (hour, ${SUM_COLUMNS}) VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET ${ADD}`,
      ),
      countHosts: prepare("SELECT count(*) AS n FROM gateway_host_days WHERE day = ?"),
    };
  }

  /** Something has been counted, or will be: it is written within a second. */
  wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** A trip is over, or was refused. */
  line(line: TripLine): void {
    this.#sum(line.user, line.host, 1, line.verdict === "allowed" ? 0 : 1, 0, 0);
    if (!this.options.keepsTrips()) return;
    if (this.#lines.length < MOST_LINES) this.#lines.push(line);
    else this.#lump(line);
  }

  /** Octets have passed. */
  octets(user: number, host: string, sent: number, received: number): void {
    this.#sum(user, host, 0, 0, sent, received);
  }

  #sum(user: number, host: string, trips: number, refused: number, sent: number, received: number): void {
    add(sumsIn(this.#users, user), trips, refused, sent, received);
    if (this.options.keepsTrips()) {
      const named = this.#hosts.size < MOST_HOSTS || this.#hosts.has(host) ? host : "";
      add(sumsIn(this.#hosts, named), trips, refused, sent, received);
    }
    this.wake();
  }

  #lump(line: TripLine): void {
    const named = `${line.user} ${line.service} ${line.verdict} ${line.host}`;
    let lump = this.#lumps.get(named);
    if (lump === undefined && this.#lumps.size < MOST_LUMPS) {
      this.#lumps.set(named, { ...line, times: 1 });
      return;
    }
    if (lump === undefined) {
      const unnamed = `${line.user} ${line.service} ${line.verdict}`;
      lump = this.#lumps.get(unnamed);
      if (lump === undefined) {
        // There are only so many users, services and verdicts; more than this is nobody's matter.
        const rest = { host: "", client: "", port: 0, rule: "", why: "", times: 1 };
        if (this.#lumps.size < 2 * MOST_LUMPS) this.#lumps.set(unnamed, { ...line, ...rest });
        return;
      }
    }
    lump.times++;
    lump.sent += line.sent;
    lump.received += line.received;
    lump.duration = Math.max(lump.duration, line.duration);
    if (lump.client !== line.client) lump.client = "";
    if (lump.rule !== line.rule) lump.rule = "";
    if (lump.why !== line.why) lump.why = "";
  }

  /** Writes what has gathered. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One at a time: what is put back after a failure must not come in between.
    await this.#writing;
    this.options.gather();
    const taken = this.#take();
    if (taken === undefined) return;
    this.#writing = this.store
      .commit((tx) => this.#write(tx, taken))
      .catch((fault: unknown) => this.#putBack(taken, fault))
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
  }

  /** Writes what has gathered at once, and ends. */
  close(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.options.gather();
    this.#closed = true;
    const taken = this.#take();
    try {
      if (taken !== undefined) this.store.commitNow((tx) => this.#write(tx, taken));
    } catch (fault) {
      // On a full disk the program must still be able to end.
      this.store.events.fault("gateway", "write the ledger", fault);
    }
    for (const statement of Object.values(this.#statements)) statement.finalize();
  }

  #take(): Taken | undefined {
    if (this.#users.size === 0 && this.#lines.length === 0) return undefined;
    const taken = { lines: this.#lines, lumps: this.#lumps, users: this.#users, hosts: this.#hosts };
    this.#lines = [];
    this.#lumps = new Map();
    this.#users = new Map();
    this.#hosts = new Map();
    return taken;
  }

  #write(_tx: Tx, { lines, lumps, users, hosts }: Taken): void {
    const now = this.options.now();
    const day = dayOf(now);
    const { trip, user, host, hour } = this.#statements;
    const all: Sums = { trips: 0, refused: 0, sent: 0, received: 0 };
    for (const [id, sums] of users) {
      user.run(id, day, sums.trips, sums.refused, sums.sent, sums.received);
      addAll(all, sums);
    }
    hour.run(Math.floor(now / HOUR_MS) * HOUR_MS, all.trips, all.refused, all.sent, all.received);
    for (const [name, sums] of this.#fitting(day, now, hosts)) {
      host.run(day, name, sums.trips, sums.refused, sums.sent, sums.received);
    }
    for (const line of [...lines, ...lumps.values()]) {
      trip.run(
        ...[line.at, line.user, line.client, line.service, line.scheme, line.host, line.port, line.sent, line.received],
        ...[line.duration, line.verdict, line.rule, line.why, "times" in line ? (line.times as number) : 1],
      );
    }
  }

  /** The sums of hosts as the day has room for them. */
  #fitting(day: number, now: number, hosts: ReadonlyMap<string, Sums>): ReadonlyMap<string, Sums> {
    if (now - this.#hostsCounted.at > COUNT_MS) {
      const { n } = this.#statements.countHosts.get(day) as { n: number };
      this.#hostsCounted = { at: now, full: n >= MOST_HOSTS_A_DAY };
    }
    if (!this.#hostsCounted.full) return hosts;
    const fitting = new Map<string, Sums>();
    for (const [name, sums] of hosts) {
      addAll(sumsIn(fitting, this.#statements.knownHost.get(day, name) === null ? "" : name), sums);
    }
    return fitting;
  }

  /** The disk takes no more: the sums wait for another time, the lines are lost. */
  #putBack({ users, hosts }: Taken, fault: unknown): void {
    this.store.events.fault("gateway", "write the ledger", fault);
    for (const [id, sums] of users) addAll(sumsIn(this.#users, id), sums);
    for (const [name, sums] of hosts) addAll(sumsIn(this.#hosts, this.#hosts.size < MOST_HOSTS ? name : ""), sums);
    this.wake();
  }
}

interface Taken {
  readonly lines: readonly TripLine[];
  readonly lumps: ReadonlyMap<string, Lump>;
  readonly users: ReadonlyMap<number, Sums>;
  readonly hosts: ReadonlyMap<string, Sums>;
}

function add(to: Sums, trips: number, refused: number, sent: number, received: number): void {
  to.trips += trips;
  to.refused += refused;
  to.sent += sent;
  to.received += received;
}

function addAll(to: Sums, { trips, refused, sent, received }: Sums): void {
  add(to, trips, refused, sent, received);
}

/** The sums of a key, from nothing where there are none. */
function sumsIn<K>(map: Map<K, Sums>, key: K): Sums {
  let sums = map.get(key);
  if (sums === undefined) {
    sums = { trips: 0, refused: 0, sent: 0, received: 0 };
    map.set(key, sums);
  }
  return sums;
}
