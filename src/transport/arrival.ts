/**
 * A message from outside while it comes in: the filter hears its octets as they were sent, and what claims to be our own finding is taken out of
 * its header before anything is kept (RFC 8601 §5). Mail of people who logged in, of trusted networks and of this server is not judged.
 */
import { OwnResults } from "../filter/authentication/own-results.ts";
import type { Inspection, Judgement, WholeMessage } from "../filter/judgement.ts";
import type { Envelope } from "./envelope.ts";
import type { Kept } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import type { Delivery, Plan } from "./placement.ts";

export class Arrival {
  readonly #results: OwnResults | undefined;
  /** Its first questions are under way from the start. */
  readonly #inspection: Promise<Inspection> | undefined;

  constructor(parts: Parts, envelope: Envelope, plan: Plan) {
    const { origin } = envelope;
    if (origin.kind === "system") return;
    this.#results = new OwnResults(parts.hostname());
    this.#inspection = begun(parts, envelope, plan);
    // Whoever writes or ends the message hears of it.
    this.#inspection?.catch(() => {});
  }

  /** What is kept of the next octets; it may share their memory. */
  async take(octets: Uint8Array): Promise<Uint8Array> {
    if (this.#inspection !== undefined) await (await this.#inspection).write(octets);
    return this.#results?.pass(octets) ?? octets;
  }

  /** What is kept of the octets whose place was not clear before the end. */
  rest(): Uint8Array {
    return this.#results?.rest() ?? new Uint8Array(0);
  }

  /** The message is complete. @throws Refusal where it is not taken */
  async judge(whole: WholeMessage): Promise<Judgement | undefined> {
    if (this.#inspection === undefined) return undefined;
    const judgement = await (await this.#inspection).end(whole);
    if (judgement.refusal !== undefined) throw judgement.refusal;
    return judgement;
  }

  async abort(): Promise<void> {
    (await this.#inspection)?.abort();
  }
}

function begun({ filter }: Parts, envelope: Envelope, plan: Plan): Promise<Inspection> | undefined {
  const { origin, reversePath, recipients, smtputf8 = false } = envelope;
  const { kind, user, trusted, remote, helo = "", trace, session, tls } = origin;
  if (filter === undefined || kind !== "smtp" || user !== undefined || trusted === true || remote === undefined) {
    return undefined;
  }
  if (!filter.judges(remote)) return undefined;
  return filter.begin({
    ...{ remote, helo, reversePath, smtputf8, trace, session, tls: tls !== undefined },
    recipients: recipients.map((recipient) => ({
      address: recipient.address,
      mailboxes: mailboxesOf(plan.deliveries.filter((one) => one.recipient === recipient)),
    })),
  });
}

/**
 * The mailboxes for which a message is junk: those the filter names, and those to which these forward it.
 */
export function junkOf(named: ReadonlySet<number> | undefined, plan: Plan, kept: readonly Kept[]): ReadonlySet<number> {
  if (named === undefined || named.size === 0) return new Set();
  const led = plan.deliveries.filter((one) => named.has(one.mailbox)).map((one) => one.recipient);
  const further = kept.filter((one) => !one.direct && led.includes(one.recipient)).map((one) => one.mailbox);
  return new Set([...named, ...further]);
}

function mailboxesOf(deliveries: readonly Delivery[]): number[] {
  return deliveries.map((one) => one.mailbox);
}
