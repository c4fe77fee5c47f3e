/**
 * Decides when which destination gets a courier. It knows of every destination only when its next message is due; which message that
 * is, the rows say. Caps hold in all and for each destination; a destination that cannot be reached gets one courier at a time.
 *
 * What is in hand stands in memory, so that nothing is sent by two couriers; the rows say `sending` too, for pages. When the
 * server starts, nothing is in hand, and what was being sent waits again.
 */
import { Deadlines } from "../../net/deadlines.ts";
import { Refusal } from "../../refusal.ts";
import type { Parts } from "../parts.ts";
import { routesChanged } from "../routes/routes.ts";
import { BrokenTls } from "../send/broken-tls.ts";
import { type Failure, failed } from "../send/failure.ts";
import type { StsParts, StsPolicies } from "../send/sts.ts";
import type { TlsTrouble } from "../send/tls-outcome.ts";
import type { Outcome } from "../send/transaction.ts";
import type { WayParts } from "../send/way.ts";
import { transportSettings } from "../settings.ts";
import { Courier, type Job, type Office } from "./courier.ts";
import { octetsOf } from "./octets.ts";
import type { Selection } from "./queue.ts";
import { type QueuedRecipient, queueChanged } from "./rows.ts";
import { type Attempted, prepareSettlement, type Settlement } from "./settle.ts";

/** What sending needs beyond the parts. */
export interface SendingParts extends Pick<WayParts, "isSelf" | "authorities"> {
  readonly resolver: WayParts["resolver"] & StsParts["resolver"];
  /** Where other domains have their MTA-STS policies. */
  readonly policyPort: number;
}

/** Messages looked up at once for a destination. */
const READY = 500;
/** Messages settled in one commit when their destination cannot be reached. */
const TOGETHER = 50;
/** The timer fires no more often than this (milliseconds), and no less. */
const SHORTEST = 50;
const LONGEST = 60_000;
/** How long to wait until a result that could not be written is written again, doubling each time (milliseconds). */
const WRITE_AGAIN = 500;
const WRITE_AGAIN_MOST = 60_000;
/** How long the queue rests while the disk is full (milliseconds). */
const FULL_PAUSE = 5_000;

const NEVER = Number.POSITIVE_INFINITY;

/** One destination with mail. */
interface Destination {
  readonly key: string;
  /** When its next message is due; NEVER while that is not known or all is in hand. */
  due: number;
  /** It is let alone until then: the disk was full. */
  notBefore: number;
  readonly couriers: Set<Courier>;
  /** Ids of messages that are due, and of those in hand. */
  ready: number[];
  readonly inHand: Set<number>;
  /** Wakes couriers that wait with an open connection. */
  readonly idle: Set<(work: boolean) => void>;
  /** Attempts since the last connection that came about. */
  failures: number;
}

export class Scheduler {
  readonly #destinations = new Map<string, Destination>();
  readonly #brokenTls: BrokenTls;
  /** Made when the first message is sent. */
  #policies: Promise<StsPolicies> | undefined;
  readonly #deadlines = new Deadlines();
  readonly #abort = new AbortController();
  readonly #ends: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Destinations with due mail for which there was no room, in the order they came. */
  readonly #waiting = new Set<Destination>();
  #couriers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resetting: ReturnType<typeof setTimeout> | undefined;
  #wakeAt = NEVER;
  #started = false;
  #stopping = false;
  #rerouting: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: Parts,
    private readonly sending: SendingParts,
  ) {
    this.#brokenTls = new BrokenTls(parts.now);
  }

  /** Takes up what is in the queue. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { store, queue } = this.parts;
    this.#resetSending();
    this.#ends.push(
      store.changes.on(queueChanged, ({ destinations }) => this.#wakeAll(destinations)),
      store.settings.onChange(transportSettings, () => this.#changeWays()),
      store.changes.on(routesChanged, () => this.#changeWays()),
    );
    for (const { destination, due } of queue.rows.waitingDestinations()) this.#destination(destination).due = due;
    this.#reroute();
    this.wake();
  }

  /**
   * Begins nothing new, lets couriers finish the message they carry, and drops what is left after `graceMs`; that waits for
   * the next start.
   */
  async stop(graceMs = 10_000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#resetting);
    for (const end of this.#ends.splice(0)) end();
    for (const destination of this.#destinations.values()) for (const wake of destination.idle) wake(false);
    const timer = setTimeout(() => {
      this.#abort.abort();
      for (const { couriers } of this.#destinations.values()) for (const courier of couriers) courier.drop();
    }, graceMs);
    await this.#rerouting;
    await Promise.all(this.#running);
    clearTimeout(timer);
  }

  /** Nothing is in hand when the server starts. On a full disk that is written later: whatever may be sent meanwhile is. */
  #resetSending(): void {
    const { store, queue } = this.parts;
    try {
      store.commitNow(() => queue.rows.resetSending());
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== "noSpace") throw error;
      this.#resetting = setTimeout(() => {
        this.#resetSending();
        for (const { destination, due } of queue.rows.waitingDestinations()) {
          const waiting = this.#destination(destination);
          waiting.due = Math.min(waiting.due, due);
        }
        this.wake();
      }, FULL_PAUSE);
      this.#resetting.unref();
    }
  }

  /** Looks at the clock and begins what is due. */
  wake(): void {
    if (!this.#started || this.#stopping) return;
    this.#wakeAt = NEVER;
    const now = this.parts.now();
    let next = NEVER;
    for (const destination of this.#destinations.values()) {
      if (destination.due <= now) this.#send(destination);
      if (destination.due > now) next = Math.min(next, destination.due);
    }
    this.#arm(next);
  }

  #wakeAll(keys: readonly string[]): void {
    const now = this.parts.now();
    for (const key of keys) {
      const destination = this.#destination(key);
      destination.due = Math.min(destination.due, Math.max(now, destination.notBefore));
      if (destination.due <= now) this.#send(destination);
      else this.#arm(destination.due);
    }
  }

  #arm(due: number): void {
    if (due >= this.#wakeAt || this.#stopping) return;
    clearTimeout(this.#timer);
    this.#wakeAt = due;
    const wait = Math.max(SHORTEST, Math.min(due - this.parts.now(), LONGEST));
    this.#timer = setTimeout(() => this.wake(), wait);
    this.#timer.unref();
  }

  #destination(key: string): Destination {
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      destination = {
        key,
        due: NEVER,
        notBefore: 0,
        couriers: new Set(),
        ready: [],
        inHand: new Set(),
        idle: new Set(),
        failures: 0,
      };
      this.#destinations.set(key, destination);
    }
    return destination;
  }

  /** Gives a destination with due mail a courier: one that waits there, or a new one if the caps allow. */
  #send(destination: Destination): void {
    if (this.#stopping) return;
    const [waiting] = destination.idle;
    if (waiting !== undefined) {
      waiting(true);
      return;
    }
    const settings = this.parts.store.settings.get(transportSettings);
    const most = destination.failures > 0 ? 1 : settings.connectionsPerDestination;
    if (destination.couriers.size >= most) return;
    if (this.#couriers >= settings.connections) {
      // Somebody who only waits makes room.
      this.#waiting.add(destination);
      this.#dismissOne();
      return;
    }
    this.#engage(destination);
  }

  #dismissOne(): void {
    for (const { idle } of this.#destinations.values()) {
      const [waiting] = idle;
      if (waiting === undefined) continue;
      waiting(false);
      return;
    }
  }

  #engage(destination: Destination): void {
    const courier = new Courier(this.parts, this.#office(destination));
    destination.couriers.add(courier);
    this.#couriers++;
    const running = courier.run().then(() => {
      this.#running.delete(running);
      destination.couriers.delete(courier);
      this.#couriers--;
      this.#look(destination);
      this.#giveRoom(destination);
    });
    this.#running.add(running);
  }

  /** A courier went home: whoever found no room before comes first. */
  #giveRoom(destination: Destination): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      this.#send(next);
    }
    if (destination.due <= this.parts.now()) this.#send(destination);
    const { couriers, inHand, key, due } = destination;
    if (due === NEVER && couriers.size === 0 && inHand.size === 0) this.#destinations.delete(key);
  }

  #office(destination: Destination): Office {
    return {
      destination: destination.key,
      claim: () => this.#claim(destination),
      settle: (job, outcomes) => this.#settle(destination, job, outcomes),
      settleAll: (failure) => this.#settleAll(destination, failure),
      reached: () => {
        destination.failures = 0;
      },
      more: (ms, gone) => this.#more(destination, ms, gone),
      wayParts: (trace) => this.#wayParts(trace),
    };
  }

  /** The next due message of a destination that is not in hand. */
  async #claim(destination: Destination): Promise<Job | undefined> {
    if (this.#stopping) return undefined;
    const job = this.#takeReady(destination);
    if (job === undefined) {
      this.#look(destination);
      return undefined;
    }
    destination.inHand.add(job.message.id);
    const { store, queue } = this.parts;
    // For pages; that a message is in hand is known here.
    const marked = store
      .commit(() => queue.rows.markSending(job.recipients))
      .then(
        () => true,
        () => false,
      );
    // What is sent while nothing can be written would be sent again after a restart.
    if (store.isFull && !(await marked)) {
      this.#handBack(destination, job);
      return undefined;
    }
    // More of it: more couriers, as far as the caps allow.
    if (destination.ready.length > 0) this.#send(destination);
    return job;
  }

  /** A message that may not be sent now stays in the queue, and its destination waits a little. */
  #handBack(destination: Destination, job: Job): void {
    destination.inHand.delete(job.message.id);
    destination.ready = [];
    destination.notBefore = this.parts.now() + FULL_PAUSE;
    this.#look(destination);
  }

  #takeReady(destination: Destination): Job | undefined {
    const { rows } = this.parts.queue;
    const now = this.parts.now();
    const most = this.parts.store.settings.get(transportSettings).recipientsPerMessage;
    if (destination.ready.length === 0) {
      const due = rows.dueMessages(destination.key, now, READY);
      destination.ready = [...new Set(due)].filter((id) => !destination.inHand.has(id)).reverse();
    }
    for (let id = destination.ready.pop(); id !== undefined; id = destination.ready.pop()) {
      const message = destination.inHand.has(id) ? undefined : rows.message(id);
      if (message === undefined) continue;
      const recipients = rows.claimable(id, destination.key, now, most);
      if (recipients.length === 0) continue;
      const { content } = this.parts.store;
      const octets = () => octetsOf(content, message);
      return { message, recipients, octets, destination: destination.key };
    }
    return undefined;
  }

  /** Finds out when a destination is due next. */
  #look(destination: Destination): void {
    if (this.#stopping) return;
    const now = this.parts.now();
    const due = Math.max(this.parts.queue.rows.nextDue(destination.key) ?? NEVER, destination.notBefore);
    // What is in hand may still be among the waiting rows; when it is settled, this is asked again.
    if (due > now || destination.inHand.size === 0) destination.due = due;
    else destination.due = NEVER;
    if (destination.due > now) this.#arm(destination.due);
  }

  async #more(destination: Destination, ms: number, gone: Promise<void>): Promise<boolean> {
    if (this.#stopping || this.#waiting.size > 0) return false;
    return await new Promise<boolean>((resolve) => {
      const wake = (work: boolean) => {
        clearTimeout(timer);
        destination.idle.delete(wake);
        resolve(work);
      };
      const timer = setTimeout(() => wake(false), ms);
      timer.unref();
      destination.idle.add(wake);
      void gone.then(() => wake(false));
    });
  }

  async #settle(destination: Destination, job: Job, outcomes: ReadonlyMap<number, Outcome>): Promise<void> {
    const stopped = this.#abort.signal.aborted;
    await this.#write([{ ...job, outcomes: stopped ? confirmed(outcomes) : outcomes }]);
    destination.inHand.delete(job.message.id);
    this.#look(destination);
  }

  async #settleAll(destination: Destination, failure: Failure): Promise<void> {
    destination.failures++;
    const { rows } = this.parts.queue;
    const now = this.parts.now();
    destination.ready = [];
    while (!this.#stopping) {
      const attempted: Attempted[] = [];
      for (const id of new Set(rows.dueMessages(destination.key, now, READY))) {
        const message = destination.inHand.has(id) ? undefined : rows.message(id);
        // What only goes encrypted, or goes in any case, has its own way, and its own reasons.
        if (message === undefined || message.requireTls || message.tlsOptional) continue;
        const recipients = rows.claimable(id, destination.key, now, READY);
        const outcomes = new Map(recipients.map((one): [number, Outcome] => [one.id, { kind: "failed", failure }]));
        if (recipients.length > 0) attempted.push({ message, recipients, outcomes, destination: destination.key });
        if (attempted.length === TOGETHER) break;
      }
      if (attempted.length === 0) return;
      // In hand meanwhile: other couriers may meet the same failure at the same time.
      for (const { message } of attempted) destination.inHand.add(message.id);
      await this.#write(attempted);
      for (const { message } of attempted) destination.inHand.delete(message.id);
    }
  }

  /** Writes results until they are on disk: a message that was sent must not be sent again because the disk was full for a while. */
  async #write(attempted: readonly Attempted[]): Promise<void> {
    const { store } = this.parts;
    for (let wait = WRITE_AGAIN; ; wait = Math.min(wait * 2, WRITE_AGAIN_MOST)) {
      const settlements: Settlement[] = [];
      try {
        for (const one of attempted) settlements.push(await prepareSettlement(this.parts, one));
        await store.commit((tx) => {
          for (const settlement of settlements) settlement.commit(tx);
        });
        for (const settlement of settlements) settlement.log();
        return;
      } catch (fault) {
        store.events.fault("transport", "write the result of an attempt", fault);
        for (const settlement of settlements) await settlement.discard();
        if (this.#abort.signal.aborted) return;
        await this.#pause(wait);
      }
    }
  }

  /** Waits, but not longer than the server runs. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#abort.signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#abort.signal.addEventListener("abort", end);
    });
  }

  async #sts(): Promise<StsPolicies> {
    const { StsPolicies } = await import("../send/sts.ts");
    const { resolver, authorities, policyPort: port } = this.sending;
    const { store, now } = this.parts;
    const signal = this.#abort.signal;
    const onTrouble = (trouble: TlsTrouble) => this.parts.reports.session(trouble.wish, trouble);
    return new StsPolicies({ store, now, resolver, authorities, port, deadlines: this.#deadlines, signal, onTrouble });
  }

  #wayParts(trace: string): WayParts {
    const settings = this.parts.store.settings.get(transportSettings);
    const { events } = this.parts.store;
    return {
      ...this.sending,
      settings,
      hostname: this.parts.hostname(),
      timeouts: {
        connect: settings.connectTimeout * 1_000,
        greeting: settings.greetingTimeout * 1_000,
        command: settings.commandTimeout * 1_000,
        data: settings.dataTimeout * 1_000,
        block: settings.blockTimeout * 1_000,
        final: settings.finalTimeout * 1_000,
      },
      brokenTls: this.#brokenTls,
      policyOf: async (domain) => {
        this.#policies ??= this.#sts();
        return await (await this.#policies).of(domain);
      },
      deadlines: this.#deadlines,
      signal: this.#abort.signal,
      onSession: (wish, trouble) => this.parts.reports.session(wish, trouble),
      onFailure: ({ sentence, remote, stage, tls }) => {
        if (tls !== undefined) this.parts.reports.session(tls.wish, tls);
        events.log({
          room: "transport",
          name: "attempt.failed",
          level: "debug",
          trace,
          ...(remote !== undefined && { remote }),
          text: sentence,
          data: { stage },
        });
      },
    };
  }

  /**
   * Gives mail of the queue back to its senders now, with these words. What is in a courier's hand stays.
   * Resolves with the number of recipients.
   * @throws Refusal "notFound" where a message that is named is not there
   */
  async returnNow(selection: Selection, sentence: string): Promise<number> {
    // RFC 3463 §3.8: by the will of whoever runs this server.
    const failure = failed("message", "5.7.1", sentence);
    let returned = 0;
    for await (const ids of this.parts.queue.waiting(selection)) {
      for (let at = 0; at < ids.length && !this.#stopping; at += TOGETHER) {
        const attempted = ids.slice(at, at + TOGETHER).flatMap((id) => this.#takenBack(id, selection, failure));
        await this.#write(attempted);
        for (const { message, destination, recipients } of attempted) {
          const waiting = this.#destination(destination);
          waiting.inHand.delete(message.id);
          this.#look(waiting);
          returned += recipients.length;
        }
      }
    }
    return returned;
  }

  /** Takes what waits of a message in hand, as given up. */
  #takenBack(id: number, selection: Selection, failure: Failure): Attempted[] {
    const { rows } = this.parts.queue;
    const message = rows.message(id);
    if (message === undefined) return [];
    const wanted = rows
      .recipients(id)
      .filter((one) => (one.state === "waiting" || one.state === "held") && fits(selection, one));
    return [...Map.groupBy(wanted, (one) => one.destination)].flatMap(([destination, recipients]) => {
      const { inHand } = this.#destination(destination);
      if (inHand.has(id)) return [];
      inHand.add(id);
      const outcomes = new Map(recipients.map((one): [number, Outcome] => [one.id, { kind: "failed", failure }]));
      return [{ message, recipients, outcomes, destination }];
    });
  }

  #changeWays(): void {
    this.#reroute();
    // Whoever waits with a connection looks whether it is still the right one.
    for (const { idle } of this.#destinations.values()) for (const wake of [...idle]) wake(true);
  }

  /** Puts recipients into the queue of the route that holds now, after the settings or the routes changed. */
  #reroute(): void {
    this.#rerouting = this.#rerouting
      .then(() => this.parts.queue.followRoutes(() => !this.#stopping))
      .catch((fault: unknown) => this.parts.store.events.fault("transport", "reroute the queue", fault));
  }
}

/** Without what failed only because connections were dropped from here: that was no attempt. */
function confirmed(outcomes: ReadonlyMap<number, Outcome>): ReadonlyMap<number, Outcome> {
  const kept = [...outcomes].filter(([, outcome]) => outcome.kind !== "failed" || outcome.failure.permanent);
  return new Map(kept);
}

function fits({ destination, domain }: Selection, one: QueuedRecipient): boolean {
  return (destination ?? one.destination) === one.destination && (domain ?? one.domain) === one.domain;
}
