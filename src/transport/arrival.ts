/**
 * A message from outside while it comes in: the filter hears its octets as they were sent, and what claims to be our own finding is taken out of
 * its header before anything is kept (RFC 8601 §5). Mail of people who logged in, of trusted networks and of this server is not judged.
 */
import { OwnResults } from "../filter/authentication/own-results.ts";
import type { Inspection, Judgement, WholeMessage } from "../filter/judgement.ts";
import { type Envelope, isOwn } from "./envelope.ts";
import type { Kept } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import type { Delivery, Plan } from "./placement.ts";

const UNJUDGED: Judgement = { fields: "", results: "", returnPath: "proven", junk: new Set(), findings: [] };

export class Arrival {
  readonly #results: OwnResults | undefined;
  /** Its first questions are under way from the start. */
  readonly #inspection: Promise<Inspection> | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly envelope: Envelope,
    private readonly plan: Plan,
  ) {
    const { origin } = envelope;
    if (origin.kind === "system" || origin.released === true) return;
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
    const found = await (await this.#inspection)?.end(whole);
    const collected = this.envelope.origin.kind === "collection";
    // Nobody is there any more who could be refused: what would be goes to Junk.
    const judged = collected ? asJunk(found, this.plan) : found;
    const judgement = judged?.refusal === undefined ? await this.#scanned(whole, judged) : judged;
    const { authentication, refusal } = judgement ?? {};
    // What comes again is counted then.
    if (authentication !== undefined && !collected && refusal?.kind !== "temporary") {
      this.parts.reports.judged(this.envelope, this.plan, authentication);
    }
    if (refusal !== undefined) throw refusal;
    return judgement;
  }

  /** Whatever comes from somebody is looked at for viruses, also where it is not judged otherwise. */
  async #scanned(whole: WholeMessage, judgement: Judgement | undefined): Promise<Judgement | undefined> {
    const { origin } = this.envelope;
    const { kind, trace, session, released } = origin;
    if (kind === "system" || released === true) return judgement;
    const own = isOwn(origin);
    const scan = await this.parts.filter?.scan(whole, { trace, session, own, collected: kind === "collection" });
    if (scan === undefined) return judgement;
    const known = judgement ?? UNJUDGED;
    if (scan.refusal !== undefined) return { ...known, refusal: scan.refusal };
    // What people send goes out without a word about it.
    if (own) return judgement;
    return {
      ...known,
      fields: known.fields + scan.field,
      findings: [...known.findings, scan.finding],
      ...(scan.hold !== undefined && { holds: [...(known.holds ?? []), scan.hold] }),
    };
  }

  async abort(): Promise<void> {
    (await this.#inspection)?.abort();
  }
}

/** Of collected mail it may not be known who brought it. */
const NOBODY = { remote: "", helo: "" };

/** A refusal of what cannot be refused. */
function asJunk(judgement: Judgement | undefined, plan: Plan): Judgement | undefined {
  if (judgement?.refusal === undefined) return judgement;
  const { refusal: _, ...rest } = judgement;
  return { ...rest, junk: new Set(mailboxesOf(plan.deliveries)) };
}

function begun({ filter, barred }: Parts, envelope: Envelope, plan: Plan): Promise<Inspection> | undefined {
  const { origin, reversePath, recipients, smtputf8 = false } = envelope;
  const { trace, session, tls } = origin;
  const collected = origin.kind === "collection";
  const { remote, helo = "" } = collected ? (origin.broughtBy ?? NOBODY) : origin;
  if (filter === undefined || isOwn(origin) || remote === undefined) return undefined;
  if (remote !== "" && !filter.judges(remote)) return undefined;
  return filter.begin({
    ...{ remote, helo, reversePath, smtputf8, collected, trace, session, tls: tls !== undefined },
    excepted: (address) => barred.exception(address),
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
