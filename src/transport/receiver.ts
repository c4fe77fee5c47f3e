/**
 * Takes one message in: the octets go once through the content writer and the structure parser, behind the trace fields
 * that are written in front of them. `finish` puts everything the message leads to (deliveries, queue rows, reports)
 * into one commit and resolves when that is on disk.
 *
 * RFC 5321 §4.4 (Return-Path, Received), §6.3 (loops), RFC 3461 §4 (reports at once where the fate is known at once).
 */
import { StructureParser } from "../mime/parser.ts";
import type { Structure } from "../mime/structure.ts";
import { Refusal } from "../refusal.ts";
import type { ContentWriter, Staged } from "../store/content.ts";
import type { Tx } from "../store/store.ts";
import type { Accepted, Envelope, EnvelopeRecipient } from "./envelope.ts";
import type { Parts } from "./parts.ts";
import { type Plan, planOf } from "./placement.ts";
import type { NewRecipient } from "./queue/rows.ts";
import { countHops, receivedField, returnPathField } from "./received.ts";
import type { ReportedRecipient, ReportKind } from "./report.ts";
import { reportReceiver, wants } from "./reporting.ts";
import { printable } from "./send/reply.ts";
import { transportSettings } from "./settings.ts";

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

/** Characters; what is longer than any path of RFC 5321 may still come from a list. */
const LONGEST_PATH = 1_000;

const encoder = new TextEncoder();

export class Receiver {
  readonly #plan: Plan;
  readonly #writer: ContentWriter;
  readonly #parser = new StructureParser();
  readonly #mostOctets: number;
  readonly #hostname: string;
  #prefix: Uint8Array | undefined;
  #skip = 0;
  #size = 0;
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
    const returnPath = this.#plan.local.length === 0 ? "" : returnPathField(envelope.reversePath);
    const addresses = envelope.recipients.map((one) => one.address);
    const returnPathOctets = encoder.encode(returnPath);
    this.#skip = returnPathOctets.length;
    this.#prefix = Buffer.concat([
      returnPathOctets,
      encoder.encode(receivedField(envelope.origin, this.#hostname, addresses, parts.now())),
    ]);
  }

  /**
   * Takes the next octets of the message; they may be reused once this resolves.
   * @throws Refusal tooLarge (552 5.3.4)
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#prefix !== undefined) await this.#begin(this.#prefix);
    this.#size += bytes.length;
    if (this.#size > this.#mostOctets) {
      throw new Refusal("tooLarge", `A message may have at most ${this.#mostOctets} octets.`);
    }
    this.#parser.write(bytes);
    await this.#writer.write(bytes);
  }

  /**
   * Accepts the message: resolves once it and everything it leads to is on disk. `also` runs in the same commit, for what
   * must be remembered together with the message.
   * @throws Refusal loop (554 5.4.6), noSpace (452 4.3.1)
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
    if (!this.#complete) await this.#writer.abort();
  }

  /** Ends the message without a commit, for whoever has more to put into that commit. @throws Refusal loop */
  async seal(): Promise<Sealed> {
    if (this.#prefix !== undefined) await this.#begin(this.#prefix);
    const structure = this.#parser.end();
    try {
      this.#checkLoop(structure.headerBytes);
      if (this.#plan.mailboxes.length > 0) this.parts.mailstore.prepare(structure);
      const reports = await this.#reports(structure);
      const staged = await this.#writer.finish();
      this.#complete = true;
      return this.#sealed(structure, staged, reports);
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async #begin(prefix: Uint8Array): Promise<void> {
    this.#prefix = undefined;
    this.#parser.write(prefix);
    await this.#writer.write(prefix);
  }

  #checkLoop(header: Uint8Array): void {
    const { hops, own } = countHops(header, this.#hostname);
    const { maxHops, maxOwnHops } = this.parts.store.settings.get(transportSettings);
    // The field written here is among them.
    if (hops > maxHops) throw looping(`it came through ${hops - 1} servers`);
    if (own > maxOwnHops) throw looping(`it came through this server ${own - 1} times before`);
  }

  #sealed(structure: Structure, staged: Staged, reports: readonly Sealed[]): Sealed {
    const { parts } = this;
    const placed = new Map<Sealed, Accepted>();
    let copied = false;
    return {
      place: (tx) => {
        const delivered = this.#deliver(tx, structure, staged);
        const queueId = this.#plan.remote.length === 0 ? undefined : this.#enqueue(tx, staged);
        for (const report of reports) placed.set(report, report.place(tx));
        if (delivered.length === 0 && queueId === undefined && !copied && staged.parked !== undefined) {
          parts.store.content.discardParked(tx, staged.parked.id);
        }
        return { trace: this.envelope.origin.trace, delivered, queueId };
      },
      report: (accepted) => {
        this.#log(accepted, staged.size - this.#skip);
        for (const [report, result] of placed) report.report(result);
      },
      discard: async () => {
        for (const report of reports) await report.discard();
        const { parked } = staged;
        if (parked !== undefined) await parts.store.content.drop(parked.id);
      },
      copy: () => {
        copied = true;
        return { staged, structure };
      },
    };
  }

  #deliver(tx: Tx, structure: Structure, staged: Staged): Accepted["delivered"] {
    const { mailstore, directory, now } = this.parts;
    return this.#plan.mailboxes.map((mailbox) => {
      if (!directory.mailboxes.has(mailbox)) throw new Refusal("temporary", "A mailbox was just removed; try again.");
      const folder = mailstore.inbox(tx, mailbox);
      const { uid } = mailstore.append(tx, { folder, content: staged, structure, internalDate: now() });
      return { mailbox, folder, uid };
    });
  }

  #enqueue(tx: Tx, staged: Staged): number {
    const { store, queue, now } = this.parts;
    const { envelope } = this;
    const createdAt = now();
    const recipients: NewRecipient[] = this.#plan.remote.map(({ recipient, domain, route }) => ({
      address: recipient.address,
      domain,
      destination: route.key,
      notify: (recipient.notify ?? []).join(","),
      orcpt: recipient.orcpt ?? null,
    }));
    const message = {
      trace: envelope.origin.trace,
      content: store.content.adopt(tx, staged),
      skip: this.#skip,
      size: staged.size - this.#skip,
      reversePath: envelope.reversePath,
      ret: envelope.ret ?? null,
      envid: envelope.envid ?? null,
      smtputf8: envelope.smtputf8 ?? false,
      body: envelope.body ?? "7BIT",
      requireTls: envelope.requireTls ?? false,
      userId: envelope.origin.user?.id ?? null,
      helo: envelope.origin.helo ?? null,
      createdAt,
      expiresAt: createdAt + store.settings.get(transportSettings).expireHours * 3_600_000,
    } as const;
    return queue.rows.insert(tx, message, recipients);
  }

  /** Reports on recipients whose fate is known now: those who do not exist, and successes that were asked for. */
  async #reports(structure: Structure): Promise<Sealed[]> {
    const failed: ReportedRecipient[] = [];
    for (const { recipient, status, sentence } of this.#plan.returned) {
      if (wants(recipient.notify, "FAILURE")) failed.push({ ...reported(recipient), status, sentence });
    }
    const delivered: ReportedRecipient[] = [];
    for (const recipient of this.#plan.local) {
      if (recipient.notify?.includes("SUCCESS") !== true) continue;
      delivered.push({ ...reported(recipient), status: "2.1.5", sentence: "It is in the mailbox." });
    }
    const reports: Sealed[] = [];
    for (const [kind, recipients] of [["failed", failed] as const, ["delivered", delivered] as const]) {
      const report = recipients.length === 0 ? undefined : await this.#report(kind, recipients, structure);
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  async #report(
    kind: ReportKind,
    recipients: readonly ReportedRecipient[],
    structure: Structure,
  ): Promise<Sealed | undefined> {
    const { envelope } = this;
    return await reportReceiver(this.parts, kind, recipients, {
      trace: envelope.origin.trace,
      reversePath: envelope.reversePath,
      envid: envelope.envid,
      arrivedAt: this.parts.now(),
      helo: envelope.origin.helo,
      header: structure.headerBytes.subarray(this.#skip),
      full: false,
    });
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

function reported(recipient: EnvelopeRecipient): Pick<ReportedRecipient, "address" | "orcpt"> {
  return { address: recipient.address, orcpt: recipient.orcpt };
}

function looping(why: string): Refusal {
  return new Refusal("loop", `The message is in a loop: ${why}.`, { smtp: { code: 554, enhanced: "5.4.6" } });
}
