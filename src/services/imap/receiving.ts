/**
 * Receives the messages of APPEND and REPLACE (RFC 9051 §6.3.12, RFC 3502, RFC 8508): reads the rest of the command line by
 * line, and hands literals to the store and to the structure parser as they come. No message is ever whole in memory, and of
 * several nothing stays there but their structures, which are bounded like everything else here.
 */
import type { Incoming as Message } from "../../mailstore/messages.ts";
import { StructureParser } from "../../mime/parser.ts";
import type { Part, Structure } from "../../mime/structure.ts";
import type { ContentWriter, Staged } from "../../store/content.ts";
import { flagsFrom } from "./flags.ts";
import { Parser } from "./parse.ts";
import { flagReach, withinReach } from "./permissions.ts";
import type { Place } from "./places.ts";
import { No } from "./refusals.ts";
import type { Session } from "./session.ts";

/** Messages that one command may bring: they go into one commit, which others wait for. */
const MOST_MESSAGES = 500;
/** So many times the largest message they may have together, in octets. */
const MOST_OCTETS = 10;
/** What the structures of a command's messages may take in memory, in octets, more or less. */
const HEAVIEST = 16_777_216;
/** Octets of received messages that stay in memory until the commit; the first may be larger, what comes then is parked. */
const HELD = 1_048_576;
/** What a part takes besides its header. */
const PART_WEIGHT = 512;

/** A message that was received and waits for its commit. */
export interface Received {
  readonly flags: readonly string[];
  readonly internalDate: number | undefined;
  readonly staged: Staged;
  readonly structure: Structure;
}

/** What is known before the first message comes. */
export interface Receiving {
  /** Where the messages are to go. */
  readonly target: Place;
  /** What goes away with the same commit leaves room in the mailbox for this much. */
  readonly freed?: { readonly messages: number; readonly size: number };
}

/** Receives the messages of one command. */
export class MessageReceiver {
  readonly #received: Received[] = [];
  readonly #writers: ContentWriter[] = [];
  #octets = 0;
  #weight = 0;
  #held = 0;
  /** Of the message under way. */
  #size = 0;

  /** @param p stands after the folder's name */
  constructor(
    private readonly session: Session,
    private p: Parser,
    private readonly receiving: Receiving,
  ) {}

  /** Receives one message. */
  async one(): Promise<Received> {
    const message = await this.#message();
    this.p.end();
    return message;
  }

  /** Receives messages to the end of the command. @throws No "LIMIT" */
  async all(): Promise<readonly Received[]> {
    do {
      if (this.#received.length >= MOST_MESSAGES) {
        throw new No("LIMIT", `One command may bring ${MOST_MESSAGES} messages`);
      }
      await this.#message();
    } while (!this.p.onlySpacesLeft);
    this.p.end();
    return this.#received;
  }

  /** Forgets what was received: nothing came of it. */
  async drop(): Promise<void> {
    for (const writer of this.#writers) await writer.abort();
  }

  async #message(): Promise<Received> {
    this.p.space();
    const flags = this.p.seesList ? this.p.flagList() : [];
    if (flags.length > 0 || this.p.sees(" ")) this.p.space();
    const internalDate = this.p.sees('"') ? this.p.dateTime() : undefined;
    if (internalDate !== undefined) this.p.space();
    this.#size = 0;
    const body = new Body(this.session.store.content.writer());
    this.#writers.push(body.writer);
    await this.#data(body);
    const park = this.#received.length > 0 && this.#held + body.writer.size > HELD;
    const staged = await body.writer.finish({ park });
    const structure = body.parser.end();
    for (const { data } of staged.chunks) this.#held += data.length;
    this.#weigh(structure.root);
    this.session.mailstore.prepare(structure);
    const message = { flags, internalDate, staged, structure };
    this.#received.push(message);
    return message;
  }

  async #data(body: Body): Promise<void> {
    const { size } = this.p.announcedLiteral("a message as literal");
    if (size === 0) throw new No(undefined, "A message of no octets cannot be kept");
    await this.#literal(size, body);
  }

  /** Takes the literal that is announced here; the command goes on behind it. */
  async #literal(size: number, body: Body): Promise<void> {
    this.#admit(size);
    const rest = await this.session.receiveLiteral((octets) => body.write(octets));
    this.p = new Parser({ lines: [rest], literals: [] }, { utf8: this.session.rev2 });
  }

  /** Asks whether there is room for more octets of this message, before they come. @throws No "TOOBIG"; Refusal "overQuota" */
  #admit(octets: number): void {
    const { session } = this;
    const limit = session.settings.maxMessageSize;
    this.#size += octets;
    this.#octets += octets;
    if (this.#size > limit) throw new No("TOOBIG", `A message may have at most ${limit} octets`);
    if (this.#octets > MOST_OCTETS * limit) {
      throw new No("TOOBIG", `The messages of one command may have ${MOST_OCTETS * limit} octets`);
    }
    // Before the client sends it (RFC 9208 §4.3.1); the store looks once more when it is there.
    const { target, freed } = this.receiving;
    const count = this.#received.length + 1 - (freed?.messages ?? 0);
    session.mailstore.room.check(target.mailbox, count, this.#octets - (freed?.size ?? 0));
  }

  /** Counts what a message's structure takes in memory. @throws No "LIMIT" */
  #weigh(root: Part): void {
    this.#weight += weightOf(root);
    if (this.#weight > HEAVIEST) throw new No("LIMIT", "The headers of these messages are too large for one command");
  }
}

function weightOf(part: Part): number {
  let weight = PART_WEIGHT + part.bodyStart - part.headerStart;
  for (const child of part.children) weight += weightOf(child);
  return part.message === undefined ? weight : weight + weightOf(part.message);
}

/** A message under way. */
class Body {
  readonly parser = new StructureParser();

  constructor(readonly writer: ContentWriter) {}

  async write(octets: Uint8Array): Promise<void> {
    this.parser.write(octets);
    await this.writer.write(octets);
  }
}

/** A message that was received, as the mail store takes it. */
export function asMessage({ folder, rights, reader }: Place, { staged, flags, ...rest }: Received): Message {
  return {
    folder: folder.id,
    content: staged,
    structure: rest.structure,
    internalDate: rest.internalDate ?? Date.now(),
    // Flags that the user may not set are left out (RFC 4314 §4).
    flags: withinReach(flagsFrom(flags), flagReach(rights)),
    ...(reader !== undefined && { reader }),
  };
}
