/**
 * Takes one message in: the octets go once through the content writer and the structure parser; the trace fields, with what the filter
 * found, are set in front of them when they are all there. `finish` puts everything the message leads to (deliveries, queue rows,
 * reports) into one commit and resolves when that is on disk.
 *
 * RFC 5321 §4.4 (Return-Path, Received), §6.3 (loops), RFC 3461 §4 (reports at once where the fate is known at once), RFC 3834 §2
 * (automatic replies).
 */
import type { Judgement } from "../filter/judgement.ts";
import type { Outgoing } from "../filter/signing.ts";
import { StructureParser } from "../mime/parser.ts";
import type { Structure } from "../mime/structure.ts";
import { withHead } from "../mime/with-head.ts";
import { Refusal } from "../refusal.ts";
import type { ContentWriter, Staged } from "../store/content-writer.ts";
import type { Tx } from "../store/store.ts";
import { Arrival, junkOf } from "./arrival.ts";
import { earlyReports } from "./early-reports.ts";
import type { Accepted, Envelope } from "./envelope.ts";
import { forwards, type Kept, type Sending, type Spread, spreadOf } from "./forwarding.ts";
import type { Parts } from "./parts.ts";
import { type Plan, planOf, type RemoteRecipient } from "./placement.ts";
import type { NewRecipient } from "./queue/rows.ts";
import { countHops, receivedField, returnPathField } from "./received.ts";
import { fullRefusal } from "./room.ts";
import { type Home, mailboxKey } from "./route.ts";
import { printable } from "./send/reply.ts";
import { transportSettings } from "./settings.ts";
import { placingsOf } from "./sorting/placing.ts";
import { refusalOf } from "./sorting/refusing.ts";
import type { Changed } from "./sorting/sorted.ts";
import type { Beside } from "./sorting/sorting.ts";
import { versionOf } from "./sorting/versions.ts";

/** A message that is received and needs only a commit to be accepted. */
export interface Sealed {
  /** Puts the message where it goes, inside a commit. May run again if that commit is tried again. */
  place(tx: Tx): Accepted;
  /** Logs what happened, after the commit. */
  report(accepted: Accepted): void;
  /** Drops it, if there was no commit. */
  discard(): Promise<void>;
  /** Its octets and parts, for a copy that the same commit puts beside those delivered. Whoever asks must adopt them. */
  copy(): Copy;
}

/** A message that was received and is not stored yet. */
export interface Copy {
  readonly staged: Staged;
  readonly structure: Structure;
}

/** What else is done in the commit that accepts a message. May run again, as `Sealed.place`. */
export type Also = (tx: Tx, copy: () => Copy) => void;

/** A message that is there, with all it leads to. */
interface Whole {
  readonly structure: Structure;
  readonly staged: Staged;
  readonly spread: Spread;
  /** Mailboxes for which it is junk. */
  readonly junk: ReadonlySet<number>;
  readonly reports: readonly Sealed[];
  /** Automatic replies, notifications, and whatever else goes out on its behalf. */
  readonly replies: readonly Beside[];
  /** The message as scripts changed it. */
  readonly changes: ReadonlyMap<Changed, Staged>;
  /** DKIM-Signature fields or an ARC set for the copies that leave; "" where it is not signed. */
  readonly signatures: string;
}

/** A copy for a mailbox that is full now. */
type Waiting = Kept & Home;

/** Characters; what is longer than any path of RFC 5321 may still come from a list. */
const LONGEST_PATH = 1_000;

const encoder = new TextEncoder();

export class Receiver {
  readonly #plan: Plan;
  readonly #writer: ContentWriter;
  readonly #parser = new StructureParser();
  readonly #mostOctets: number;
  readonly #hostname: string;
  readonly #arrival: Arrival;
  readonly #returnPath: string;
  /** Octets of the head that stay here. */
  readonly #skip: number;
  /** Signs the copies that leave; undefined where none may, and before the first octets. */
  #outgoing: Outgoing | undefined;
  #complete = false;

  /** @throws Refusal as `checkRecipient`, "invalid" for a return path that is none */
  constructor(
    private readonly parts: Parts,
    private readonly envelope: Envelope,
  ) {
    // Services check their grammar; nothing else may smuggle a line into a field or a command either.
    if (/\p{Cc}/u.test(envelope.reversePath) || envelope.reversePath.length > LONGEST_PATH) {
      throw new Refusal("invalid", "The return path is not an address.");
    }
    const settings = parts.store.settings.get(transportSettings);
    this.#plan = planOf(envelope, parts.directory, settings, parts.isOwnAddress);
    this.#mostOctets = settings.maxMessageSize;
    this.#hostname = parts.hostname();
    this.#writer = parts.store.content.writer();
    this.#returnPath = this.#plan.deliveries.length === 0 ? "" : returnPathField(envelope.reversePath);
    this.#skip = Buffer.byteLength(this.#returnPath);
    this.#arrival = new Arrival(parts, envelope, this.#plan);
  }

  /**
   * Takes the next octets of the message; they may be reused once this resolves.
   * @throws Refusal tooLarge (552 5.3.4)
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#writer.size + bytes.length > this.#mostOctets) {
      throw new Refusal("tooLarge", `A message may have at most ${this.#mostOctets} octets.`);
    }
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
    const sealed = await this.seal();
    try {
      const accepted = await this.parts.store.commit((tx) => {
        also?.(tx, () => sealed.copy());
        return sealed.place(tx);
      });
      sealed.report(accepted);
      return accepted;
    } catch (error) {
      await sealed.discard().catch((fault) => this.parts.store.events.fault("transport", "drop a message", fault));
      throw error;
    }
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
      await this.#keep(this.#arrival.rest());
      const received = this.#parser.end();
      const judgement = await this.#arrival.judge({ structure: received, octets: () => this.#writer.octets() });
      const head = this.#traceFields(judgement);
      const structure = withHead(received, head);
      this.#checkLoop(structure.headerBytes);
      const { parts, envelope } = this;
      const sort = parts.sorting.for(
        parts,
        envelope,
        versionOf(structure, () => this.#octets(head)),
        judgement,
      );
      const settings = parts.store.settings.get(transportSettings);
      const spread = await spreadOf({ parts, envelope, plan: this.#plan, structure, settings, sort });
      const refusal = refusalOf(envelope, this.#plan, spread.sorted);
      if (refusal !== undefined) {
        for (const { changes } of spread.sorted) for (const changed of changes) await changed.drop();
        throw refusal;
      }
      if (spread.kept.length > 0) parts.mailstore.prepare(structure);
      const about = {
        envelope,
        plan: this.#plan,
        header: structure.headerBytes.subarray(this.#skip),
        size: structure.size,
      };
      const reports = await earlyReports(parts, about, spread);
      const junk = junkOf(judgement?.junk, this.#plan, spread.kept);
      const replies = await this.#replies(spread, structure, junk);
      const changes = await finished(spread);
      const signatures = spread.sendings.length === 0 ? "" : await this.#signatures(judgement);
      const staged = await this.#writer.finish({ head });
      this.#complete = true;
      return this.#sealed({ structure, staged, spread, junk, reports, replies, changes, signatures });
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** Whether something may come of it that is signed: what people here write, and what they have sent on. */
  #mayLeave(): boolean {
    const { parts, envelope } = this;
    if (isOwn(envelope.origin)) return true;
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
  async #replies(spread: Spread, structure: Structure, junk: ReadonlySet<number>): Promise<Beside[]> {
    const { parts, envelope } = this;
    const reached = spread.reached.filter((mailbox) => !junk.has(mailbox));
    const replies = await parts.autoresponder.replies(parts, envelope, reached, structure);
    const answered = new Set(replies.map(({ mailbox }) => mailbox));
    return [...replies, ...(await parts.sorting.beside(parts, envelope, spread.sorted, answered))];
  }

  /** What this server sets in front: the latest first (RFC 5321 §4.4, RFC 8601 §4). */
  #traceFields(judgement: Judgement | undefined): Uint8Array {
    const { recipients, origin } = this.envelope;
    const known = judgement?.hostname === undefined ? origin : { ...origin, hostname: judgement.hostname };
    const addresses = recipients.map((one) => one.address);
    const received = receivedField(known, this.#hostname, addresses, this.parts.now());
    return encoder.encode(this.#returnPath + (judgement?.fields ?? "") + received);
  }

  #checkLoop(header: Uint8Array): void {
    const { hops, own } = countHops(header, this.#hostname);
    const { maxHops, maxOwnHops } = this.parts.store.settings.get(transportSettings);
    // The field written here is among them.
    if (hops > maxHops) throw looping(`it came through ${hops - 1} servers`);
    if (own > maxOwnHops) throw looping(`it came through this server ${own - 1} times before`);
  }

  #sealed(whole: Whole): Sealed {
    const { parts } = this;
    const { structure, staged, spread, reports, replies, changes } = whole;
    const placed = new Map<Sealed, Accepted>();
    let copied = false;
    return {
      place: (tx) => {
        placed.clear();
        const { delivered, full } = this.#deliver(tx, whole);
        const queued = [
          ...spread.sendings.map((sending) =>
            this.#enqueue(tx, stagedOf(whole, sending.changed), sending, signaturesOf(whole, sending)),
          ),
          ...full.map((kept) => this.#enqueue(tx, staged, { ...kept, junk: whole.junk.has(kept.mailbox) })),
        ];
        for (const report of reports) placed.set(report, report.place(tx));
        const waiting = new Set(full.map((kept) => kept.mailbox));
        for (const reply of replies) {
          if (waiting.has(reply.mailbox) || !reply.note(tx)) continue;
          placed.set(reply.sealed, reply.sealed.place(tx));
          reply.file?.(tx);
        }
        parts.sorting.rememberWithin(tx, spread.sorted, parts.now());
        // Nothing may have come of it, or of what scripts made of it.
        if (!copied) parts.store.content.discardUnused(tx, staged);
        for (const changed of changes.values()) parts.store.content.discardUnused(tx, changed);
        return { trace: this.envelope.origin.trace, delivered, queueId: queued[0] };
      },
      report: (accepted) => {
        this.#log(accepted, staged.size - this.#skip);
        parts.sorting.report(this.envelope, spread.sorted);
        for (const [report, result] of placed) report.report(result);
      },
      discard: async () => {
        for (const sealed of [...reports, ...replies.map((reply) => reply.sealed)]) await sealed.discard();
        for (const { parked } of [staged, ...changes.values()]) {
          if (parked !== undefined) await parts.store.content.drop(parked.id);
        }
      },
      copy: () => {
        copied = true;
        return { staged, structure };
      },
    };
  }

  /**
   * Puts the message into the mailboxes that have room. Where nobody gets it because they are full, it is refused, and its sender keeps
   * it; otherwise it waits in the queue for those who are.
   */
  #deliver(tx: Tx, whole: Whole): { delivered: Accepted["delivered"]; full: readonly Kept[] } {
    const { structure, spread } = whole;
    const { mailstore, directory, now } = this.parts;
    const system = this.envelope.origin.kind === "system";
    const full: Kept[] = [];
    const delivered: Accepted["delivered"][number][] = [];
    for (const kept of spread.kept) {
      const { mailbox } = kept;
      if (!directory.mailboxes.has(mailbox)) throw new Refusal("temporary", "A mailbox was just removed; try again.");
      const copies = kept.placings?.length ?? 1;
      if (!system && !mailstore.room.fits(mailbox, copies, copies * structure.size)) {
        full.push(kept);
        continue;
      }
      for (const { folder, flags, changed } of placingsOf(this.parts, tx, kept, whole.junk)) {
        const copy = { content: stagedOf(whole, changed), structure: changed?.structure ?? structure };
        const { uid } = mailstore.append(tx, { folder, flags, ...copy, internalDate: now(), beyondQuota: true });
        delivered.push({ mailbox, folder, uid });
      }
    }
    const [first] = full;
    const alone = delivered.length === 0 && spread.sendings.length === 0 && this.#plan.returned.length === 0;
    if (first !== undefined && alone && full.every((kept) => kept.direct)) {
      const mailboxes = full.map((kept) => kept.mailbox);
      throw fullRefusal(this.parts, first.recipient.address, mailboxes);
    }
    return { delivered, full };
  }

  /** Puts a copy into the queue: for other servers, or for a mailbox that is full. */
  #enqueue(tx: Tx, staged: Staged, copy: Sending | Waiting, signatures = ""): number {
    const { store, queue, now } = this.parts;
    const { envelope } = this;
    const createdAt = now();
    const sending = "recipients" in copy ? copy : undefined;
    const trail = sending?.prefix ?? "";
    const skip = sending?.changed?.skip ?? this.#skip;
    const prefix = trail + signatures;
    const recipients =
      sending === undefined ? [waitingRecipient(copy as Waiting)] : sending.recipients.map(newRecipient);
    const reversePath = "recipients" in copy ? copy.reversePath : copy.sender;
    const forwarded = trail !== "" || reversePath !== envelope.reversePath;
    const addresses = [reversePath, ...recipients.map((one) => one.address)].join("");
    const message = {
      trace: envelope.origin.trace,
      content: store.content.adopt(tx, staged),
      skip,
      prefix,
      mailbox: sending?.mailbox ?? null,
      size: staged.size - skip + Buffer.byteLength(prefix),
      reversePath,
      ret: (sending === undefined ? envelope.ret : sending.ret) ?? null,
      envid: (sending === undefined ? envelope.envid : sending.envid) ?? null,
      smtputf8: envelope.smtputf8 === true || (forwarded && /[^\x00-\x7f]/.test(addresses)),
      body: envelope.body ?? "7BIT",
      requireTls: envelope.requireTls ?? false,
      userId: forwarded ? null : (envelope.origin.user?.id ?? null),
      helo: envelope.origin.helo ?? null,
      createdAt,
      expiresAt: createdAt + store.settings.get(transportSettings).expireHours * 3_600_000,
    } as const;
    return queue.rows.insert(tx, message, recipients);
  }

  #log({ delivered, queueId }: Accepted, size: number): void {
    const { origin, reversePath, recipients } = this.envelope;
    const about = {
      room: "transport",
      trace: origin.trace,
      session: origin.session,
      ...(origin.user !== undefined && { user: origin.user.login }),
      ...(origin.remote !== undefined && { remote: origin.remote }),
    };
    const { events } = this.parts.store;
    const to = recipients.slice(0, 20).map((one) => one.address);
    const data = { from: reversePath, to, recipients: recipients.length, size, origin: origin.kind };
    const text = `From <${printable(reversePath)}> to ${printable(to.slice(0, 3).join(", "))}${recipients.length > 3 ? " …" : ""}`;
    events.log({ ...about, name: "message.accepted", text, data });
    if (delivered.length > 0) events.log({ ...about, name: "message.delivered", data: { delivered } });
    if (queueId !== undefined) events.log({ ...about, name: "message.queued", data: { queueId } });
  }
}

/** Ends what scripts made of a message, so that it can be put into folders and the queue. */
async function finished({ sorted }: Spread): Promise<Map<Changed, Staged>> {
  const all = new Map<Changed, Staged>();
  for (const { changes } of sorted) for (const one of changes) all.set(one, await one.finish());
  return all;
}

/** A copy that a script changed is not what was signed. */
function signaturesOf({ signatures }: Whole, { changed }: Sending): string {
  return changed === undefined ? signatures : "";
}

function stagedOf({ staged, changes }: Whole, changed: Changed | undefined): Staged {
  return (changed && changes.get(changed)) ?? staged;
}

function newRecipient({ recipient, domain, route }: RemoteRecipient): NewRecipient {
  const { address, notify, orcpt } = recipient;
  return { address, domain, destination: route.key, notify: (notify ?? []).join(","), orcpt: orcpt ?? null };
}

/** A recipient here whose mailbox is full. */
function waitingRecipient({ mailbox, recipient: { address, notify, orcpt }, junk }: Waiting): NewRecipient {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const destination = mailboxKey({ mailbox, junk });
  return { address, domain, destination, notify: (notify ?? []).join(","), orcpt: orcpt ?? null };
}

/** Somebody of this house, or the house itself, wrote it: its domain answers for it. */
function isOwn({ kind, user, trusted }: Envelope["origin"]): boolean {
  return kind !== "smtp" || user !== undefined || trusted === true;
}

function looping(why: string): Refusal {
  return new Refusal("loop", `The message is in a loop: ${why}.`, { smtp: { code: 554, enhanced: "5.4.6" } });
}
