/**
 * Looks at accounts elsewhere when it is time: one session an account, a few at once, later and later where something is wrong. Where the
 * server tells of new mail (IDLE), the session stays and the next look follows at once. Everything that must be remembered is in the journal
 * and the rows of accounts: a process that ends anywhere goes on where it was.
 */
import { publicAddresses } from "../../net/special-networks.ts";
import type { Parts } from "../parts.ts";
import { mailDate } from "../received.ts";
import { type Account, CollectAccounts, nameOf } from "./accounts.ts";
import { AtOnce } from "./at-once.ts";
import { collectionChanged } from "./changes.ts";
import type { CollectionDeps } from "./collection.ts";
import { credentialsFor } from "./credentials.ts";
import { Imap, LONGEST_IDLE_MS } from "./imap.ts";
import { Journal } from "./journal.ts";
import { Pop3 } from "./pop3.ts";
import { Run, type RunReport } from "./run.ts";
import { type Source, Trouble, type TroubleKind } from "./source.ts";
import { tellOfLeft, tellOfTrouble } from "./telling.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Looks at once, and apart from them tries; sessions that only wait do not count. Of one mailbox fewer: its servers may be slow. */
const MOST_AT_ONCE = 4;
const MOST_OF_MAILBOX = 2;
/** However much is wrong, it is tried again after so long. */
const LONGEST_PAUSE_MS = 6 * HOUR_MS;
/** A refused login is tried again seldom, or providers lock the account. */
const LOGIN_PAUSE_MS = 15 * MINUTE_MS;
/** Refused logins, and hours of anything else, after which the owner is told. */
const REFUSALS_TOLD = 3;
const HOURS_TOLD = 24;
/** A session that is not open within this, or a look that does not end, is dropped; and so is one that takes so long to say goodbye. */
const LONGEST_OPENING_MS = 2 * MINUTE_MS;
const LONGEST_LOOK_MS = 30 * MINUTE_MS;
const LONGEST_GOODBYE_MS = MINUTE_MS;
/** A try of an account, with the time until it is its turn: somebody waits for what comes of it. */
const LONGEST_TRY_MS = 2 * MINUTE_MS;

/** How a look ended. */
export interface LookEnd {
  readonly result: string;
  /** What is wrong; "" where nothing is. */
  readonly problem: string;
  readonly collected: number;
}

const NOTHING: LookEnd = { result: "", problem: "Nothing was collected.", collected: 0 };

/** One account at work. */
interface Job {
  readonly stop: AbortController;
  /** Ends a wait for new mail. */
  wake: AbortController;
  looking: boolean;
  /** The session, once it is open. */
  source: Source | undefined;
  /** What the latest look came to, also where it broke off. */
  report: RunReport | undefined;
  readonly done: Promise<void>;
}

export class Collector {
  readonly accounts: CollectAccounts;
  readonly journal: Journal;
  readonly #isPublic = publicAddresses();
  readonly #jobs = new Map<number, Job>();
  /** When the next look at an account is due. */
  readonly #due = new Map<number, number>();
  readonly #waiting = new Map<number, ((end: LookEnd) => void)[]>();
  readonly #looks = new AtOnce(MOST_AT_ONCE, MOST_OF_MAILBOX);
  readonly #tries = new AtOnce(MOST_AT_ONCE, MOST_OF_MAILBOX);
  /** Ends the tries, and the keeping of the journal. */
  readonly #ending = new AbortController();
  readonly #end: () => void;
  #keeping: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;
  #stopped = false;

  constructor(
    private readonly parts: Parts,
    private readonly deps: CollectionDeps,
  ) {
    this.accounts = new CollectAccounts(parts.store, parts.now);
    this.journal = new Journal(parts.store, parts.now);
    this.#end = parts.store.changes.on(collectionChanged, ({ id, change }) => {
      if (change === "set") this.#changed(id);
    });
  }

  /** Begins to look at what is due. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const { id, enabled } of this.accounts.list()) if (enabled) this.#due.set(id, 0);
    this.#arm();
  }

  /** Looks at an account now, and resolves when that look has ended. */
  async lookNow(id: number): Promise<LookEnd> {
    if (this.#stopped) return NOTHING;
    const ended = new Promise<LookEnd>((resolve) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    });
    const job = this.#jobs.get(id);
    if (job === undefined) this.#begin(id);
    else if (!job.looking) job.wake.abort();
    return await ended;
  }

  /** Whether an account is looked at at this moment, or about to be. */
  isLooking(id: number): boolean {
    return this.#waiting.has(id) || this.#jobs.get(id)?.looking === true;
  }

  /** Logs in and opens the folders, and collects nothing; gives what was found. @throws Trouble */
  async test(account: Account): Promise<string> {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(LONGEST_TRY_MS)]);
    try {
      return await this.#tries.run(account.mailbox, signal, () => this.#try(account, signal));
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Trouble("busy", "This took too long, and was given up. Try it again in a few minutes.");
    }
  }

  async #try(account: Account, signal: AbortSignal): Promise<string> {
    const source = await this.#open(account, signal);
    const drop = () => source.destroy();
    signal.addEventListener("abort", drop);
    try {
      const folders = await source.folders(account.folders);
      for (const folder of folders) await source.open(folder, false);
      const encrypted = source.tls === undefined ? "without encryption" : `encrypted (${source.tls.version})`;
      const which =
        account.protocol === "imap" ? ` ${folders.length === 1 ? "The folder" : "All folders"} can be opened.` : "";
      return `${account.host} lets us in, ${encrypted}.${which}`;
    } finally {
      signal.removeEventListener("abort", drop);
      source.destroy();
    }
  }

  /** Ends in order: a message that is on its way in may finish for `graceMs`. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#end();
    this.#ending.abort();
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) this.#stopJob(job);
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([Promise.all(jobs.map(({ done }) => done)), grace]);
    for (const { source } of jobs) source?.destroy();
    await Promise.all([...jobs.map(({ done }) => done), this.#keeping]);
  }

  /** Forgets what nobody asks for any more; one round after the other. */
  keepHouse(): Promise<void> {
    this.#keeping = this.#keeping
      .then(() => this.journal.prune(this.#ending.signal))
      .catch((fault: unknown) =>
        this.parts.store.events.fault("transport", "keep the journal of collected mail", fault),
      );
    return this.#keeping;
  }

  #stopJob(job: Job): void {
    job.stop.abort();
    job.wake.abort();
  }

  /** An account was made, changed or removed. */
  #changed(id: number): void {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#stopJob(job);
    this.#due.delete(id);
    const account = this.accounts.get(id);
    if (account === undefined) void this.keepHouse();
    if (!this.#started || account?.enabled !== true) return;
    this.#due.set(id, this.parts.now());
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#due.size === 0) return;
    const next = Math.min(...this.#due.values());
    const wait = Math.min(Math.max(0, next - this.parts.now()), HOUR_MS);
    this.#timer = setTimeout(() => this.#beginDue(), wait);
    this.#timer.unref();
  }

  #beginDue(): void {
    const now = this.parts.now();
    for (const [id, at] of [...this.#due]) if (at <= now) this.#begin(id);
    this.#arm();
  }

  #begin(id: number): void {
    if (this.#stopped || this.#jobs.has(id)) return;
    this.#due.delete(id);
    const job: { -readonly [K in keyof Job]: Job[K] } = {
      ...{ stop: new AbortController(), wake: new AbortController(), looking: true },
      ...{ source: undefined, report: undefined, done: Promise.resolve() },
    };
    this.#jobs.set(id, job);
    job.done = this.#work(id, job)
      .catch((fault: unknown) => {
        this.parts.store.events.fault("transport", "collect mail", fault);
        this.#answer(id, { result: "", problem: "Something went wrong here; the log says what.", collected: 0 });
        return LOGIN_PAUSE_MS;
      })
      .then((pause) => this.#over(id, job, pause));
  }

  #over(id: number, job: Job, pause: number): void {
    this.#jobs.delete(id);
    const account = this.#stopped ? undefined : this.accounts.get(id);
    if (account === undefined) this.#answer(id, NOTHING);
    // Somebody asked for a look while the session was about to end.
    else if (this.#waiting.has(id)) this.#begin(id);
    // What was changed meanwhile is due already.
    else if (this.#started && account.enabled && !this.#due.has(id)) {
      this.#due.set(id, this.parts.now() + (job.stop.signal.aborted ? 0 : pause));
    }
    this.#arm();
  }

  /** One session with an account, of as many looks as it lasts; gives after how long the next one begins. */
  async #work(id: number, job: Job): Promise<number> {
    const account = this.accounts.get(id);
    if (account === undefined) return 0;
    const { signal } = job.stop;
    try {
      for (;;) {
        const { source, report } = await this.#looks.run(account.mailbox, signal, () => this.#look(account, job));
        if (signal.aborted || report.more) return 0;
        if (!this.#waits(account, source)) return account.minutes * MINUTE_MS;
        job.looking = false;
        const ms = Math.min(account.minutes * MINUTE_MS, LONGEST_IDLE_MS);
        const folder = account.folders[0] === "*" ? "INBOX" : (account.folders[0] ?? "INBOX");
        await within(source, ms + LONGEST_GOODBYE_MS, () => source.wait(folder, ms, job.wake.signal));
        job.wake = new AbortController();
        job.looking = true;
        if (signal.aborted) return 0;
      }
    } catch (error) {
      if (error === signal.reason) return 0;
      const trouble = this.#troubleOf(error);
      // What was broken off here says nothing of the server.
      if (signal.aborted) return 0;
      // Whoever waits long is cut off now and then; the next look says whether something is wrong.
      if (!job.looking) return trouble.kind === "protocol" ? account.minutes * MINUTE_MS : MINUTE_MS;
      return await this.#failed(account, trouble, job.report);
    } finally {
      const { source } = job;
      if (source !== undefined) await within(source, LONGEST_GOODBYE_MS, () => source.end());
    }
  }

  /** A fault of ours is logged, and counts like one of theirs. */
  #troubleOf(error: unknown): Trouble {
    if (error instanceof Trouble) return error;
    this.parts.store.events.fault("transport", "collect mail", error);
    return new Trouble("busy", "Something went wrong here; the log says what.");
  }

  #waits(account: Account, source: Source): boolean {
    return this.#started && account.enabled && account.idle && source.canWait;
  }

  /** A session, logged in. @param stop calls it off @throws Trouble */
  async #open(account: Account, stop: AbortSignal): Promise<Source> {
    const secrets = this.accounts.secrets(account.id);
    const late = AbortSignal.timeout(LONGEST_OPENING_MS);
    const signal = AbortSignal.any([stop, late]);
    const keep = (token: string) => this.accounts.keepToken(account.id, secrets.secret, token);
    try {
      const credentials = await credentialsFor(account, secrets, keep, signal);
      const parts = { ...this.deps, isPublic: this.#isPublic, signal };
      return account.protocol === "imap"
        ? await Imap.open(account, credentials, parts)
        : await Pop3.open(account, credentials, parts);
    } catch (error) {
      if (!late.aborted) throw error;
      throw new Trouble(
        "unreachable",
        `${account.host} did not let us in within ${LONGEST_OPENING_MS / MINUTE_MS} minutes.`,
      );
    }
  }

  /** One look, in a session that is opened for it where there is none. @throws Trouble */
  async #look(account: Account, job: Job): Promise<{ source: Source; report: RunReport }> {
    job.report = undefined;
    job.source ??= await this.#open(account, job.stop.signal);
    const { source } = job;
    const run = new Run(
      { parts: this.parts, journal: this.journal, isPublic: this.#isPublic },
      account,
      source,
      job.stop.signal,
    );
    return await within(source, LONGEST_LOOK_MS, async () => {
      try {
        const report = await run.go();
        // Only with its end does POP3 remove anything (RFC 1939 §6).
        if (account.protocol === "pop3") await run.noteEnd(await source.end());
        await this.#succeeded(account, report);
        return { source, report };
      } catch (error) {
        job.report = run.report;
        throw error;
      }
    });
  }

  async #succeeded(account: Account, report: RunReport): Promise<void> {
    const end = { result: wordsFor(report), problem: "", collected: report.collected };
    await this.accounts.noteRun(account.id, end);
    this.#answer(account.id, end);
    if (report.left.length > 0) await tellOfLeft(this.parts, account, report.left);
  }

  /** Notes what is wrong and what was collected before, tells the owner where that lasts, and gives how long to wait. */
  async #failed(account: Account, { kind, sentence }: Trouble, report: RunReport | undefined): Promise<number> {
    const { id } = account;
    const before = this.accounts.get(id);
    if (before === undefined) return 0;
    const failures = before.failures + 1;
    const lasts = this.parts.now() - (before.problemSince ?? this.parts.now());
    const tells = !before.told && isTold(kind, failures, lasts);
    const { collected = 0 } = report ?? {};
    const result = report !== undefined && collected > 0 ? wordsFor(report) : before.lastResult;
    const end = { result, problem: sentence, collected };
    await this.accounts.noteRun(id, { ...end, ...(tells && { told: true }) });
    const text = `Nothing could be collected from ${nameOf(account)}: ${sentence}`;
    this.parts.store.events.log({
      room: "transport",
      name: "collection.failed",
      level: "warn",
      text,
      data: { account: id },
    });
    this.#answer(id, end);
    if (tells)
      await tellOfTrouble(
        this.parts,
        account,
        `${sentence}\n\nThis has been so since ${mailDate(before.problemSince ?? this.parts.now())}.`,
      );
    return pauseAfter(account, kind, failures);
  }

  #answer(id: number, end: LookEnd): void {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const resolve of waiting) resolve(end);
  }
}

/** Work with a session, which is dropped where that takes longer. */
async function within<T>(source: Source, ms: number, work: () => Promise<T>): Promise<T> {
  const limit = setTimeout(() => source.destroy(), ms);
  limit.unref();
  try {
    return await work();
  } finally {
    clearTimeout(limit);
  }
}

function isTold(kind: TroubleKind, failures: number, lastsMs: number): boolean {
  if (kind === "login" || kind === "notPermitted" || kind === "tls") return failures >= REFUSALS_TOLD;
  return lastsMs >= HOURS_TOLD * HOUR_MS;
}

/** Twice as long each time. */
function pauseAfter({ minutes }: Account, kind: TroubleKind, failures: number): number {
  const first = Math.max(minutes * MINUTE_MS, kind === "login" ? LOGIN_PAUSE_MS : MINUTE_MS);
  return Math.min(first * 2 ** Math.min(failures - 1, 10), Math.max(LONGEST_PAUSE_MS, minutes * MINUTE_MS));
}

function wordsFor({ collected, duplicates, left }: RunReport): string {
  const words = [collected === 1 ? "1 message collected" : `${collected} messages collected`];
  if (duplicates > 0) words.push(`${duplicates} known already`);
  if (left.length > 0) words.push(`${left.length} left there`);
  return `${words.join(", ")}.`;
}
