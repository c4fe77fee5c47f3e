/**
 * Carries the mail of one destination over one connection: claims a message, sends it, settles it, and takes the next, as long as
 * there is any and the connection lasts. It opens the connection when it has the first message, and waits a little at the end.
 */
import type { Parts } from "../parts.ts";
import { mailboxOf, type Route, routeVia, viaOf } from "../route.ts";
import type { SmtpClient } from "../send/client.ts";
import { type Failure, failed } from "../send/failure.ts";
import type { Letter, Outcome } from "../send/transaction.ts";
import type * as ways from "../send/way.ts";
import type { WayParts } from "../send/way.ts";
import { transportSettings } from "../settings.ts";
import { deliverHere } from "./here.ts";
import type { Attempted } from "./settle.ts";

/** A message that one courier has in hand. */
export interface Job extends Letter {
  readonly destination: string;
}

/** The courier's side of the scheduler. */
export interface Office {
  readonly destination: string;
  /** The next message that is due, marked as being sent; undefined if there is none, or none may be sent now. */
  claim(): Promise<Job | undefined>;
  /** Puts down what came of a message; resolves when that is on disk. Never rejects. */
  settle(job: Job, outcomes: ReadonlyMap<number, Outcome>): Promise<void>;
  /** Nothing at this destination can be reached: everything that is due there shares the failure. */
  settleAll(failure: Failure): Promise<void>;
  /** The destination can be reached. */
  reached(): void;
  /** Waits for more mail, up to `ms`; false if there is none and the courier should go home. */
  more(ms: number, gone: Promise<void>): Promise<boolean>;
  /** What is needed to open a connection now, for a message of this trace. */
  wayParts(trace: string): WayParts;
}

/** Servers that may lose one message's connection in one attempt before it waits. */
const MOST_LOSSES = 2;

export class Courier {
  #client: SmtpClient | undefined;
  /** The connection is verified TLS. */
  #strict = false;
  /** It was opened whatever the domain asks for. */
  #free = false;
  #carried = 0;
  /** The settings and the routes at the last message; other objects after any change. */
  #settings: object | undefined;
  #routes: object | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly office: Office,
  ) {}

  /** Works until there is nothing to do. Never rejects. */
  async run(): Promise<void> {
    try {
      while (await this.#next());
    } catch (fault) {
      this.parts.store.events.fault("transport", `send to ${this.office.destination}`, fault);
    } finally {
      await this.#leave();
    }
  }

  /** Drops the connection, in the middle of whatever it is. */
  drop(): void {
    this.#client?.connection.destroy();
  }

  /** One message, or a wait; false at the end. */
  async #next(): Promise<boolean> {
    const { office } = this;
    const settings = this.parts.store.settings.get(transportSettings);
    const client = this.#client;
    const most = Math.min(settings.messagesPerConnection, client?.limit("MAILMAX") ?? Number.POSITIVE_INFINITY);
    // A connection was opened by the settings of then: it must not carry what goes another way by now.
    const routes = this.parts.routes.current;
    const outdated = this.#settings !== undefined && (this.#settings !== settings || this.#routes !== routes);
    this.#settings = settings;
    this.#routes = routes;
    if (client !== undefined && (outdated || this.#carried >= most)) await this.#leave();
    const job = await office.claim();
    if (job !== undefined) return await this.#carry(job);
    if (this.#client === undefined || !this.#client.usable) return false;
    return await office.more(settings.idleSeconds * 1_000, this.#client.connection.closed);
  }

  async #carry(job: Job): Promise<boolean> {
    let outcomes: Map<number, Outcome>;
    let reachable = true;
    try {
      ({ outcomes, reachable } = await this.#deliver(job));
    } catch (fault) {
      // Our own fault: the mail waits, and the log says what happened.
      this.parts.store.events.fault("transport", "send a message", fault, { trace: job.message.trace });
      const failure = failed("message", "4.3.0", "This server had a fault while sending; its log says more.");
      outcomes = all(job, failure);
      this.drop();
    }
    await this.office.settle(job, outcomes);
    return reachable;
  }

  /** Sends a message over the open connection or a new one; a connection that is lost is replaced by the next server's. */
  async #deliver(job: Job): Promise<{ outcomes: Map<number, Outcome>; reachable: boolean }> {
    const home = mailboxOf(job.destination);
    if (home !== undefined) return { outcomes: await deliverHere(this.parts, job, home), reachable: true };
    // Read when there is something to send.
    const [{ Way }, { transact }] = await Promise.all([import("../send/way.ts"), import("../send/transaction.ts")]);
    const outcomes = new Map<number, Outcome>(this.#strays(job).map(({ id }) => [id, { kind: "again" }]));
    const { requireTls: strict, tlsOptional: free } = job.message;
    let way: ways.Way | undefined;
    let losses = 0;
    const unfit = !this.#client?.usable || (strict && !this.#strict) || (this.#free && !free);
    if (this.#client !== undefined && unfit) await this.#leave();
    for (;;) {
      const left = job.recipients.filter((one) => !outcomes.has(one.id));
      if (left.length === 0) return { outcomes, reachable: true };
      const used = this.#client !== undefined;
      if (this.#client === undefined) {
        const parts = this.office.wayParts(job.message.trace);
        way ??= new Way(this.#route(job), free ? withoutPolicies(parts) : parts, strict);
        this.#client = await way.next();
        this.#strict = strict;
        this.#free = free;
        this.#carried = 0;
        if (this.#client === undefined) return await this.#unreachable(job, left, way.failure, losses, outcomes);
        this.office.reached();
      }
      const client = this.#client;
      this.#carried++;
      this.#logAttempt(job, client);
      const result = await transact(client, { ...job, recipients: left });
      for (const [id, outcome] of result.outcomes) outcomes.set(id, outcome);
      if (!client.usable || result.lost !== undefined) await this.#leave();
      if (result.lost === undefined) return { outcomes, reachable: true };
      // A connection that was open for a while may just have been closed by the server: that is no attempt.
      if (used) continue;
      way?.note(result.lost);
      if (++losses >= MOST_LOSSES) return { outcomes: fill(outcomes, left, result.lost), reachable: true };
    }
  }

  /** No server could be reached, or none that did not break off. */
  async #unreachable(
    job: Job,
    left: Job["recipients"],
    failure: Failure,
    losses: number,
    outcomes: Map<number, Outcome>,
  ): Promise<{ outcomes: Map<number, Outcome>; reachable: boolean }> {
    fill(outcomes, left, failure);
    // What only this message needs, such as encryption, says nothing about the others.
    const { requireTls, tlsOptional } = job.message;
    if (losses > 0 || requireTls || tlsOptional) return { outcomes, reachable: true };
    await this.office.settleAll(failure);
    return { outcomes, reachable: false };
  }

  #logAttempt({ message, recipients }: Job, client: SmtpClient): void {
    this.parts.store.events.log({
      room: "transport",
      name: "message.attempt",
      level: "debug",
      trace: message.trace,
      remote: client.remote,
      data: { recipients: recipients.length, secure: client.connection.secure, verified: client.verified },
    });
  }

  #route({ destination, recipients, message }: Job): Route {
    const via = viaOf(destination);
    if (via !== undefined) return routeVia(via, this.parts.store.settings.get(transportSettings));
    return this.#routeOf({ destination, message }, recipients[0]?.domain ?? "");
  }

  /** Recipients who go another way than the first, since the routes changed and the queue has not followed yet. */
  #strays(job: Job): Job["recipients"] {
    const { key } = this.#route(job);
    if (key === job.destination) return [];
    return job.recipients.filter(({ domain }) => this.#routeOf(job, domain).key !== key);
  }

  #routeOf({ destination, message }: Pick<Job, "destination" | "message">, domain: string): Route {
    const { reversePath: sender, userId: user } = message;
    return this.parts.routes.onFrom(destination, { domain, sender, user });
  }

  async #leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.quit();
  }
}

/** RFC 8460 §3: what tells of trouble with TLS does not fail for the same trouble, and tells nothing of itself. */
function withoutPolicies(parts: WayParts): WayParts {
  return {
    ...parts,
    settings: { ...parts.settings, dane: false, mtaSts: false },
    onSession: undefined,
    onFailure: ({ tls: _, ...failure }) => parts.onFailure(failure),
  };
}

function all(job: Job, failure: Failure): Map<number, Outcome> {
  return fill(new Map(), job.recipients, failure);
}

function fill(
  outcomes: Map<number, Outcome>,
  recipients: Attempted["recipients"],
  failure: Failure,
): Map<number, Outcome> {
  for (const { id } of recipients) if (!outcomes.has(id)) outcomes.set(id, { kind: "failed", failure });
  return outcomes;
}
