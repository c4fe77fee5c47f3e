/**
 * Takes one message in: the octets go once through the content writer and the structure parser; the trace fields, with what the filter
 * found, are set in front of them when they are all there. `finish` puts everything the message leads to (deliveries, queue rows,
 * reports) into one commit and resolves when that is on disk.
 *
 * RFC 5321 §4.4 (Return-Path, Received), §6.3 (loops), RFC 3461 §4 (reports at once where the fate is known at once), RFC 3834 §2
 * (automatic replies).
 */
import { strongestFirst } from "../filter/holds.ts";
import type { Hold, Judgement } from "../filter/judgement.ts";
import type { Outgoing } from "../filter/signing.ts";
import { messageIdsOf } from "../mime/message-ids.ts";
import { StructureParser } from "../mime/parser.ts";
import type { Structure } from "../mime/structure.ts";
import { withHead } from "../mime/with-head.ts";
import { Refusal } from "../refusal.ts";
import type { ContentWriter, Staged } from "../store/content-writer.ts";
import { Arrival, junkOf } from "./arrival.ts";
import { earlyReports } from "./early-reports.ts";
import { type Accepted, type Envelope, isOwn } from "./envelope.ts";
import { forwards, type Spread, spreadOf } from "./forwarding.ts";
import { type Holding, part } from "./held.ts";
import type { Edit } from "./house-rules/edits.ts";
import type { Orders } from "./house-rules/engine.ts";
import { filed } from "./house-rules/filed.ts";
import type { Masks } from "./masks.ts";
import type { Parts } from "./parts.ts";
import { type Plan, planOf } from "./placement.ts";
import { countHops, receivedField, returnPathField } from "./received.ts";
import type { Intake } from "./reports/reports.ts";
import type { Also, Sealed } from "./sealed.ts";
import { sealed } from "./sealing.ts";
import { transportSettings } from "./settings.ts";
import { refusalOf } from "./sorting/refusing.ts";
import type { Changed } from "./sorting/sorted.ts";
import type { Beside, Sort } from "./sorting/sorting.ts";
import { versionOf } from "./sorting/versions.ts";
import { answerable, refusalInstead, type Telling, tellingOf } from "./telling.ts";
import { passing } from "./traces/passing.ts";

/** Characters; what is longer than any path of RFC 5321 may still come from a list. */
const LONGEST_PATH = 1_000;

/** A message as it came, and what was found of it. */
interface Judged {
  readonly received: Structure;
  readonly judgement: Judgement | undefined;
  readonly telling: Telling;
}

/** A message before rules changed it. */
interface Unchanged {
  readonly received: Structure;
  readonly judgement: Judgement | undefined;
  readonly head: Uint8Array;
  readonly plan: Plan;
}

const encoder = new TextEncoder();

export class Receiver {
  /** What is held is not in it any more. */
  #plan: Plan;
  #writer: ContentWriter;
  #parser = new StructureParser();
  readonly #mostOctets: number;
  readonly #hostname: string;
  readonly #arrival: Arrival;
  readonly #returnPath: string;
  /** Octets of the head that stay here. */
  readonly #skip: number;
  /** Signs the copies that leave; undefined where none may, and before the first octets. */
  #outgoing: Outgoing | undefined;
  /** What becomes of it where it is a report for this server itself. */
  #intake: Intake | undefined;
  #complete = false;
  /** As it came. */
  #received: Structure | undefined;
  /** Of what another server sent, and from whom: it may come again (traces.ts). */
  readonly #hasher: Bun.CryptoHasher | undefined;
  #digest: Uint8Array | undefined;
  /** Drops what was made besides, where the message is not taken after all. */
  readonly #undo: (() => Promise<void>)[] = [];

  /** @throws Refusal as `checkRecipient`, "invalid" for a return path that is none */
  constructor(
    private readonly parts: Parts,
    private readonly envelope: Envelope,
    /** Stands in place of senders that are written for some days. */
    private readonly masks?: Masks,
  ) {
    // Services check their grammar; nothing else may smuggle a line into a field or a command either.
    if (/\p{Cc}/u.test(envelope.reversePath) || envelope.reversePath.length > LONGEST_PATH) {
      throw new Refusal("invalid", "The return path is not an address.");
    }
    const settings = parts.store.settings.get(transportSettings);
    this.#plan = planOf(envelope, parts);
    // What was taken once is taken again, with the fields that were set in front of it.
    const again = envelope.asIs === true || envelope.origin.released === true;
    this.#mostOctets = again ? Number.POSITIVE_INFINITY : settings.maxMessageSize;
    this.#hostname = parts.hostname();
    this.#writer = parts.store.content.writer();
    this.#returnPath = this.#plan.deliveries.length === 0 ? "" : returnPathField(envelope.reversePath);
    this.#skip = Buffer.byteLength(this.#returnPath);
    this.#arrival = new Arrival(parts, envelope, this.#plan);
    // What is released is the same again, and meant to be.
    if (envelope.origin.repeats === true && envelope.origin.released !== true)
      this.#hasher = new Bun.CryptoHasher("sha256").update(`${envelope.reversePath}\n`);
  }

  /**
   * Takes the next octets of the message; they may be reused once this resolves.
   * @throws Refusal tooLarge (552 5.3.4)
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writer.size + bytes.length > this.#mostOctets) {
      throw new Refusal("tooLarge", `A message may have at most ${this.#mostOctets} octets.`);
    }
    this.#hasher?.update(bytes);
    await this.#keep(await this.#arrival.take(bytes));
  }

  async #keep(octets: Uint8Array): Promise<void> {
    if (octets.length === 0) return;
    if (this.#writer.size === 0 && this.#mayLeave()) this.#outgoing = await this.parts.signing?.begin();
    this.#outgoing?.write(octets);
    this.#parser.write(octets);
    await this.#writer.write(octets);
  }

  /**
   * Accepts the message: resolves once it and everything it leads to is on disk. `also` runs in the same commit, for what
   * must be remembered together with the message.
   * @throws Refusal loop (554 5.4.6), noSpace (452 4.3.1), overQuota (452 4.2.2, 552 5.2.2) where nobody else gets it
   */
  async finish(also?: Also): Promise<Accepted> {
    try {
      return await this.#finish(also);
    } catch (error) {
      if (error instanceof Refusal)
        this.parts.traces.refused(passing(this.envelope, this.#received, this.parts.now()), error.sentence);
      throw error;
    }
  }

  async #finish(also?: Also): Promise<Accepted> {
    const sealed = await this.seal();
    try {
      const accepted = await this.parts.store.commit((tx) => {
        this.#checkRepeated();
        also?.(tx, () => sealed.copy());
        return sealed.place(tx);
      });
      sealed.report(accepted);
      return accepted;
    } catch (error) {
      await sealed.discard().catch((fault) => this.parts.store.events.fault("transport", "drop a message", fault));
      if (error instanceof Repeated) return this.#takeAsRepeated(error);
      throw error;
    }
  }

  /** @throws Repeated where it was accepted before and its client may not have heard so */
  #checkRepeated(): void {
    if (this.#digest === undefined) return;
    const addresses = this.envelope.recipients.map((one) => one.address);
    const earlier = this.parts.traces.unheardWithin(this.#digest, addresses);
    if (earlier !== undefined) throw new Repeated(earlier);
  }

  #takeAsRepeated({ earlier }: Repeated): Accepted {
    const { trace, session, remote } = this.envelope.origin;
    const about = { room: "transport", session, ...(remote !== undefined && { remote }) };
    const text = "The client sent it again, as if it had not heard that it was accepted. It is here already.";
    for (const one of [trace, earlier])
      this.parts.store.events.log({ ...about, trace: one, name: "message.repeated", text });
    return { trace: earlier, delivered: [], queueId: undefined };
  }

  /** Drops what was received. Does nothing to a message that is complete: what becomes of that is decided elsewhere. */
  async abort(): Promise<void> {
    if (this.#complete) return;
    await this.#arrival.abort();
    await this.#writer.abort();
  }

  /**
   * Ends the message without a commit, for whoever has more to put into that commit.
   * @throws Refusal loop, and what the filter refuses
   */
  async seal(): Promise<Sealed> {
    try {
      const { parts, envelope } = this;
      const { received, judgement, telling } = await this.#judged();
      const plan = this.#plan;
      const orders = await this.#orders(received, judgement);
      const held = this.#hold([...(judgement?.holds ?? []), ...(orders?.holds ?? [])]);
      const head = this.#traceFields(judgement, orders?.fields);
      this.#checkLoop(withHead(received, head).headerBytes);
      const kept = orders && (await this.#obey(orders, { received, judgement, head, plan }));
      const structure = withHead(kept?.received ?? received, head);
      const octets = () => this.#octets(head);
      const spread = await this.#spread(structure, octets, judgement, orders);
      if (spread.kept.length > 0) parts.mailstore.prepare(structure);
      const reports = [
        ...(await this.#reports(spread, structure, telling)),
        ...(kept?.beside ?? []),
        ...this.#droppable(await parts.house.journalled(parts, { envelope, plan, structure, octets })),
      ];
      const junk = junkOf(judgement?.junk, this.#plan, spread.kept);
      const replies = await this.#replies(spread, structure, junk, telling);
      this.#droppable(replies.map((one) => one.sealed));
      const changes = await finished(spread);
      const signatures = spread.sendings.length === 0 ? "" : await this.#signatures(judgement);
      const staged = await this.#writer.finish({ head });
      const about = { judgement, envelope, structure, staged, skip: this.#skip };
      const holdings = held.map((one) => ({ ...one, ...about }));
      const whole = await sealed(parts, {
        ...{ envelope, plan: this.#plan, skip: this.#skip, digest: this.#digest, intake: this.#intake },
        masks: this.masks,
        ...{ structure, staged, spread, telling, junk, reports, replies, changes, signatures, holdings, orders },
      });
      this.#complete = true;
      return whole;
    } catch (error) {
      for (const drop of this.#undo) await drop();
      await this.abort();
      throw error;
    }
  }

  #droppable(made: readonly Sealed[]): readonly Sealed[] {
    this.#undo.push(...made.map((one) => () => one.discard()));
    return made;
  }

  /** The whole of it, and what was found of it. @throws Refusal where it is not taken */
  async #judged(): Promise<Judged> {
    await this.#keep(this.#arrival.rest());
    const came = this.#parser.end();
    this.#received = came;
    // Devices write the same again and again, and mean it: only what has a name of its own is known again.
    const [id] = messageIdsOf(came.root.header?.raw("message-id") ?? "", 1);
    if (id !== undefined) this.#digest = this.#hasher?.digest();
    this.parts.barred.checkAuthors(this.envelope, came);
    const received = await this.#masked(came);
    const judgement = await this.#arrival.judge({ structure: received, octets: () => this.#writer.octets() });
    const { authentication } = judgement ?? {};
    this.#intake = await this.parts.reports.take(this.envelope, this.#plan, authentication, received.size);
    const telling = tellingOf(this.envelope, judgement);
    const instead = refusalInstead(telling, this.#plan);
    if (instead !== undefined) throw instead;
    return { received, judgement, telling };
  }

  /** Where it goes, by what mailboxes forward, their scripts, and the rules of the house. @throws Refusal where scripts refuse it */
  async #spread(
    structure: Structure,
    octets: () => AsyncIterable<Uint8Array>,
    judgement: Judgement | undefined,
    orders: Orders | undefined,
  ): Promise<Spread> {
    const { parts, envelope } = this;
    const plan = this.#plan;
    const sorting = parts.sorting.for(parts, envelope, versionOf(structure, octets), judgement);
    const sort: Sort = async (arrival) => {
      const sorted = await sorting(arrival);
      this.#undo.push(...(sorted?.changes ?? []).map((changed) => () => changed.drop()));
      return sorted;
    };
    const settings = parts.store.settings.get(transportSettings);
    const wanted = await spreadOf({ parts, envelope, plan, structure, settings, sort });
    const spread = filed(wanted, orders?.folders, judgement?.junk);
    const refusal = refusalOf(envelope, plan, spread.sorted);
    if (refusal !== undefined) throw refusal;
    return spread;
  }

  /** What its sender is told at once. */
  async #reports(spread: Spread, structure: Structure, telling: Telling): Promise<readonly Sealed[]> {
    const header = structure.headerBytes.subarray(this.#skip);
    const about = { envelope: this.envelope, plan: this.#plan, header, size: structure.size, telling };
    return this.#droppable(await earlyReports(this.parts, about, spread));
  }

  /** What rules of the house want of it. @throws Refusal "barred" where one refuses it */
  async #orders(structure: Structure, judgement: Judgement | undefined): Promise<Orders | undefined> {
    const { parts, envelope } = this;
    const octets = () => this.#writer.octets();
    const incoming = { envelope, plan: this.#plan, structure, judgement, octets };
    const orders = await parts.house.orders(parts, incoming);
    if (orders?.refusal !== undefined) {
      parts.house.report(envelope, orders);
      throw orders.refusal;
    }
    if (orders !== undefined) this.#plan = orders.plan;
    return orders;
  }

  /** Changes the message as they want it; where files are taken out of it, the whole is kept in the quarantine. */
  async #obey(
    { edits, keepsWhole }: Orders,
    unchanged: Unchanged,
  ): Promise<{ received: Structure; beside: readonly Sealed[] }> {
    // Somebody elsewhere gets it who was not asked for when it began to come.
    const unsigned = this.#outgoing === undefined && this.#plan.remote.length > 0;
    if (edits.length === 0 && !unsigned) return { received: unchanged.received, beside: [] };
    const before = await this.#again(edits);
    let beside: readonly Sealed[] = [];
    try {
      if (keepsWhole) beside = this.#droppable([await this.#keptWhole(before, unchanged)]);
      return { received: this.#parser.end(), beside };
    } finally {
      if (beside.length === 0) await before.abort();
    }
  }

  /** The message as it was before rules took files out of it, for the quarantine. */
  async #keptWhole(before: ContentWriter, { received, judgement, head, plan }: Unchanged): Promise<Sealed> {
    const { keeping } = await import("./house-rules/keeping.ts");
    const hold = { reason: "attachment", sentence: "A house rule took files out of it." } as const;
    const { held } = part(plan, hold);
    const staged = await before.finish({ head });
    const whole = { structure: withHead(received, head), staged, skip: this.#skip };
    return await keeping(this.parts, { hold, held, judgement, envelope: this.envelope, ...whole });
  }

  /** The message with opaque senders where such were asked for. */
  async #masked(received: Structure): Promise<Structure> {
    const edits = this.masks?.edits(received) ?? [];
    if (edits.length === 0) return received;
    await (await this.#again(edits)).abort();
    return this.#parser.end();
  }

  /** Takes the message once more, with edits made; gives what held it before, which the caller ends. */
  async #again(edits: readonly Edit[]): Promise<ContentWriter> {
    const { edited } = await import("./house-rules/edits.ts");
    const before = this.#writer;
    this.#writer = this.parts.store.content.writer();
    this.#parser = new StructureParser();
    this.#outgoing = undefined;
    try {
      for await (const octets of edited(before.octets(), edits)) await this.#keep(octets);
      return before;
    } catch (error) {
      await before.abort();
      throw error;
    }
  }

  /** Takes what is held out of the plan. */
  #hold(holds: readonly Hold[]): Pick<Holding, "hold" | "held">[] {
    return strongestFirst(holds).flatMap((hold) => {
      const { plan, held } = part(this.#plan, hold);
      this.#plan = plan;
      return held.length > 0 || hold.discards === true ? [{ hold, held }] : [];
    });
  }

  /** Whether something may come of it that is signed: what people here write, and what they have sent on. */
  #mayLeave(): boolean {
    const { parts, envelope } = this;
    if (isOwn(envelope.origin) || this.#plan.remote.length > 0) return true;
    return this.#plan.deliveries.some(({ mailbox }) => {
      const found = parts.directory.mailboxes.byId(mailbox);
      return (found !== undefined && forwards(found)) || parts.sorting.sorts(envelope, mailbox);
    });
  }

  /** What is signed in front of the copies that leave: our own mail (RFC 6376), or what was found in somebody else's (RFC 8617). */
  async #signatures(judgement: Judgement | undefined): Promise<string> {
    if (this.#outgoing === undefined) return "";
    if (isOwn(this.envelope.origin)) return await this.#outgoing.fields();
    const address = this.#plan.deliveries[0]?.recipient.address ?? "";
    const domain = this.parts.directory.domains.byName(address.slice(address.lastIndexOf("@") + 1));
    if (judgement?.chain === undefined || domain === undefined) return "";
    return await this.#outgoing.seal(domain.name, { chain: judgement.chain, results: judgement.results });
  }

  /** The message with its trace fields, as long as it is not finished. */
  async *#octets(head: Uint8Array): AsyncGenerator<Uint8Array> {
    yield head;
    yield* this.#writer.octets();
  }

  /** Junk is not answered by itself: its sender is seldom who he says. */
  async #replies(spread: Spread, structure: Structure, junk: ReadonlySet<number>, telling: Telling): Promise<Beside[]> {
    const { parts, envelope } = this;
    const reached = telling === "nothing" ? [] : spread.reached.filter((mailbox) => !junk.has(mailbox));
    const replies = await parts.autoresponder.replies(parts, envelope, reached, structure);
    const answered = new Set(replies.map(({ mailbox }) => mailbox));
    return [
      ...replies,
      ...(await parts.sorting.beside(parts, envelope, answerable(telling, envelope, spread.sorted), answered)),
    ];
  }

  /** What this server sets in front: the latest first (RFC 5321 §4.4, RFC 8601 §4). */
  #traceFields(judgement: Judgement | undefined, ordered = ""): Uint8Array {
    const { recipients, origin } = this.envelope;
    // They stand in front of it since it came.
    if (origin.released === true) return encoder.encode(this.#returnPath);
    const known =
      judgement?.hostname === undefined || origin.kind === "collection"
        ? origin
        : { ...origin, hostname: judgement.hostname };
    const addresses = recipients.map((one) => one.address);
    const received = receivedField(known, this.#hostname, addresses, this.parts.now());
    return encoder.encode(this.#returnPath + (judgement?.fields ?? "") + ordered + received);
  }

  #checkLoop(header: Uint8Array): void {
    const { hops, own } = countHops(header, this.#hostname);
    const { maxHops, maxOwnHops } = this.parts.store.settings.get(transportSettings);
    // The field written here is among them.
    if (hops > maxHops) throw looping(`it came through ${hops - 1} servers`);
    if (own > maxOwnHops) throw looping(`it came through this server ${own - 1} times before`);
  }
}

/** The message was accepted before. */
class Repeated extends Error {
  constructor(readonly earlier: string) {
    super("the message was accepted before");
  }
}

/** Ends what scripts made of a message, so that it can be put into folders and the queue. */
async function finished({ sorted }: Spread): Promise<Map<Changed, Staged>> {
  const all = new Map<Changed, Staged>();
  for (const { changes } of sorted) for (const one of changes) all.set(one, await one.finish());
  return all;
}

function looping(why: string): Refusal {
  return new Refusal("loop", `The message is in a loop: ${why}.`, { smtp: { code: 554, enhanced: "5.4.6" } });
}
