/**
 * Receives the messages of APPEND and REPLACE (RFC 9051 §6.3.12, RFC 3502, RFC 8508): reads the rest of the command line by
 * line, and hands literals to the store and to the structure parser as they come. No message is ever whole in memory, and of
 * several nothing stays there but their structures, which are bounded like everything else here.
 */
import { flagReach } from "../../auth/folder-rights.ts";
import type { Incoming as Message } from "../../mailstore/messages.ts";
import { StructureParser } from "../../mime/parser.ts";
import { locateSection, selectFields } from "../../mime/section.ts";
import type { Part, Structure } from "../../mime/structure.ts";
import type { ContentWriter, Staged } from "../../store/content-writer.ts";
import { cut, TEXTS } from "./fetch-values.ts";
import { flagsFrom } from "./flags.ts";
import { type MessageUrl, messageUrl, urlText } from "./message-url.ts";
import { Parser } from "./parse.ts";
import { withinReach } from "./permissions.ts";
import type { Place } from "./places.ts";
import { binaryParts, recoded } from "./recode.ts";
import { No } from "./refusals.ts";
import type { Session } from "./session.ts";

/** Messages that one command may bring: they go into one commit, which others wait for. */
const MOST_MESSAGES = 128;
/** So many times the largest message they may have together, in octets. */
const MOST_OCTETS = 10;
/** What the structures of a command's messages may take in memory, in octets, more or less. */
const HEAVIEST = 16_777_216;
/** Octets of received messages that stay in memory until the commit; the first may be larger, what comes then is parked. */
const HELD = 1_048_576;
/** Pieces from which one message is put together (RFC 4469). */
const MOST_PIECES = 1_000;
/** Octets of a URL. */
const LONGEST_URL = 4_096;
/** Octets of a header from which single fields are taken. */
const LONGEST_HEADER = 1_048_576;
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
  /** A piece of it came as literal8. */
  #binary = false;

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
    const flags = this.p.seesList ? this.p.flagList() : undefined;
    if (flags) this.p.space();
    const internalDate = this.p.sees('"') ? this.p.dateTime() : undefined;
    if (internalDate !== undefined) this.p.space();
    this.#size = 0;
    const body = this.#begin();
    await this.#data(body);
    const { staged, structure } = await this.#finish(body);
    this.#weigh(structure.root);
    this.session.mailstore.prepare(structure);
    const message = { flags: flags ?? [], internalDate, staged, structure };
    this.#received.push(message);
    return message;
  }

  /** Ends a message; what was sent as binary is made text. */
  async #finish(body: Body): Promise<{ staged: Staged; structure: Structure }> {
    const structure = body.parser.end();
    const park = this.#received.length > 0 && this.#held + body.writer.size > HELD;
    const staged = await body.writer.finish({ park });
    const parts = this.#binary ? binaryParts(structure.root) : [];
    if (parts.length === 0) {
      for (const { data } of staged.chunks) this.#held += data.length;
      return { staged, structure };
    }
    const { content } = this.session.store;
    const text = this.#begin();
    for await (const octets of recoded(structure, parts, (start, end) => content.streamStaged(staged, start, end))) {
      await text.write(octets);
    }
    await body.writer.abort();
    this.#admit(text.writer.size - structure.size);
    return await this.#finish(text);
  }

  #begin(): Body {
    this.#binary = false;
    const body = new Body(this.session.store.content.writer());
    this.#writers.push(body.writer);
    return body;
  }

  /** The message itself: a literal, or (RFC 4469) what it is to be put together from. */
  async #data(body: Body): Promise<void> {
    if (this.p.acceptWord("CATENATE")) await this.#pieces(body);
    else if (this.p.acceptWord("UTF8")) await this.#utf8(body);
    else await this.#literal(body);
    if (body.writer.size === 0) throw new No(undefined, "A message of no octets cannot be kept");
  }

  /** ```(URL "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER" TEXT {42}``` and so on. */
  async #pieces(body: Body): Promise<void> {
    this.p.space();
    this.p.expect("(");
    let pieces = 0;
    do {
      if (++pieces > MOST_PIECES) throw new No("LIMIT", `A message may be put together from ${MOST_PIECES} pieces`);
      if (this.p.acceptWord("TEXT")) {
        this.p.space();
        await this.#literal(body);
      } else if (this.p.acceptWord("URL")) {
        this.p.space();
        await this.#copy(await this.#url(), body);
      } else if (this.p.acceptWord("UTF8")) await this.#utf8(body);
      else this.p.fail("Expected TEXT, URL or UTF8");
    } while (this.p.accept(" "));
    this.p.expect(")");
  }

  /** ```(~{310}```: a message with UTF-8 in its header, as clients sent it before RFC 9755 dropped this (RFC 6855 §4). */
  async #utf8(body: Body): Promise<void> {
    if (!this.session.utf8) this.p.fail("UTF8 needs ENABLE UTF8=ACCEPT before");
    this.p.space();
    this.p.expect("(");
    if (!this.p.sees("~")) this.p.fail("Expected a literal8");
    await this.#literal(body);
    this.p.expect(")");
  }

  /** A URL, which may come as a literal, too. */
  async #url(): Promise<string> {
    if (this.p.sees("{")) {
      const { size } = this.p.announcedLiteral("a URL");
      if (size > LONGEST_URL) throw new No("TOOBIG", `A URL may have ${LONGEST_URL} octets`);
      const octets: Uint8Array[] = [];
      await this.#receive(async (piece) => {
        octets.push(piece.slice());
      });
      return Buffer.concat(octets).toString();
    }
    const octets = this.p.astring("a URL");
    return octets.length <= LONGEST_URL ? Buffer.from(octets).toString() : this.p.fail("The URL is too long");
  }

  /** Adds what a URL names. @throws No "BADURL" where it names nothing that this user may read */
  async #copy(url: string, body: Body): Promise<void> {
    const found = this.#resolve(url);
    if (found === undefined) throw badUrl(url);
    if (found instanceof Uint8Array) {
      this.#admit(found.length);
      return await body.write(found);
    }
    const { content, start, end } = found;
    this.#admit(end - start);
    try {
      for await (const octets of this.session.store.content.stream(content, start, end)) await body.write(octets);
    } catch (thrown) {
      // Somebody may have removed the message meanwhile.
      throw this.session.mailstore.text("envelope", content) === undefined ? badUrl(url) : thrown;
    }
  }

  #resolve(text: string): Uint8Array | { content: number; start: number; end: number } | undefined {
    const url = messageUrl(text);
    const place = url && this.#placeOf(url);
    if (place === undefined) return undefined;
    if (url?.uidValidity !== undefined && url.uidValidity !== place.folder.uidValidity) return undefined;
    const { mailstore, store } = this.session;
    const content = mailstore.contentOf(place.folder.id, url?.uid ?? 0);
    if (content === undefined || url === undefined) return undefined;
    const { path, text: what, fields } = url.section;
    const range = locateSection(mailstore.structure(content), { path, ...(TEXTS[what] && { text: TEXTS[what] }) });
    if (range === undefined) return undefined;
    if (fields.length === 0) return { content, ...cut(range, url.partial) };
    if (range.end - range.start > LONGEST_HEADER) return undefined;
    const header = store.content.read(content, range.start, range.end);
    const picked = selectFields(header, fields, what === "headerFieldsNot");
    const { start, end } = cut({ start: 0, end: picked.length }, url.partial);
    return picked.subarray(start, end);
  }

  /** The folder of a URL, if its messages may be read. */
  #placeOf({ folder }: MessageUrl): Place | undefined {
    const { session } = this;
    const place = folder === undefined ? session.selected?.place : session.places.find(folder);
    return place?.rights.includes("r") ? place : undefined;
  }

  /** Takes the literal that is announced here into the message; the command goes on behind it. */
  async #literal(body: Body): Promise<void> {
    const { size, binary } = this.p.announcedLiteral("a message as literal");
    if (binary) this.#binary = true;
    this.#admit(size);
    await this.#receive((octets) => body.write(octets));
  }

  async #receive(take: (octets: Uint8Array) => Promise<void>): Promise<void> {
    const rest = await this.session.receiveLiteral(take);
    this.p = new Parser({ lines: [rest], literals: [] }, { utf8: this.session.utf8 });
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

function badUrl(url: string): No {
  return new No(`BADURL ${urlText(url)}`, "The URL names nothing that you can read here");
}

/** A message that was received, as the mail store takes it. */
export function asMessage(
  { folder, rights, reader }: Place,
  { staged, flags, ...rest }: Received,
  origin: object,
): Message {
  return {
    folder: folder.id,
    origin,
    content: staged,
    structure: rest.structure,
    internalDate: rest.internalDate ?? Date.now(),
    // Flags that the user may not set are left out (RFC 4314 §4).
    flags: withinReach(flagsFrom(flags), flagReach(rights)),
    ...(reader !== undefined && { reader }),
  };
}
