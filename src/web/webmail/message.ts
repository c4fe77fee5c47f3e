/** One stored message, opened: its parts, its header, and its octets on demand. Decodes nothing that is not asked for. */

import type { FlagSet } from "../../mailstore/flags.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { type Envelope, envelopeOfHeader } from "../../mime/envelope.ts";
import { Header } from "../../mime/header.ts";
import { rawParameter } from "../../mime/parameters.ts";
import { octetsIn, type Part, type Structure, walk } from "../../mime/structure.ts";
import { bodyDecoder } from "../../mime/transfer.ts";
import { Refusal } from "../../refusal.ts";
import type { ContentStore } from "../../store/content.ts";
import type { RoledFolder } from "./access.ts";

/** Octets of the header that are looked at; later fields are not seen. */
const HEADER_OCTETS = 262_144;

/** A message of a folder. */
export interface StoredMessage {
  readonly folder: number;
  readonly uid: number;
  readonly content: number;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly internalDate: number;
  readonly flags: FlagSet;
  readonly structure: Structure;
  readonly header: Header;
  readonly envelope: Envelope;
}

/** Reads messages. */
export class Messages {
  constructor(
    private readonly mailstore: Mailstore,
    private readonly contents: ContentStore,
  ) {}

  /** @throws Refusal "notFound" if there is no such message in the folder */
  async open({ id: folder, reader }: Pick<RoledFolder, "id" | "reader">, uid: number): Promise<StoredMessage> {
    const view = await this.mailstore.open(folder, reader);
    try {
      const index = view.indexOfUid(uid);
      if (index < 0) throw new Refusal("notFound", "This message is no longer here.");
      const content = view.contentAt(index);
      const structure = this.mailstore.structure(content);
      const header = this.headerOf(content);
      return {
        folder,
        uid,
        content,
        size: view.sizeAt(index),
        internalDate: view.internalDateAt(index),
        flags: view.flagsAt(index),
        structure,
        header,
        envelope: envelopeOfHeader(header, rawParameter(structure.root.params, "charset")),
      };
    } finally {
      view.close();
    }
  }

  /** The header of a message. */
  headerOf(content: number): Header {
    const { root } = this.mailstore.structure(content);
    return new Header(this.read(content, root.headerStart, Math.min(root.bodyStart, root.headerStart + HEADER_OCTETS)));
  }

  /** Octets of a message, for ranges up to a few megabytes. */
  read(content: number, start: number, end: number): Uint8Array {
    return this.contents.read(content, start, end);
  }

  /** Octets of a message, a chunk at a time. */
  stream(content: number, start?: number, end?: number): AsyncGenerator<Uint8Array> {
    return this.contents.stream(content, start, end);
  }

  /** A part's body with its transfer encoding undone, a chunk at a time. */
  async *decoded(content: number, part: Part): AsyncGenerator<Uint8Array> {
    const decoder = bodyDecoder(part.encoding);
    for await (const chunk of this.stream(content, part.bodyStart, part.bodyEnd)) {
      const out = decoder.write(chunk);
      if (out.length > 0) yield out;
    }
    const rest = decoder.end();
    if (rest.length > 0) yield rest;
  }
}

/**
 * The part with that number ("2.1"), which must not be a multipart.
 * @throws Refusal "notFound"
 */
export function partOf(message: StoredMessage, number: string): Part {
  let found: Part | undefined;
  walk(message.structure.root, (part) => {
    if (part.partNumber === number && part.children.length === 0) found ??= part;
  });
  if (found === undefined) throw new Refusal("notFound", "This message has no such part.");
  return found;
}

/** A part's body as octets, cut at `limit` octets as sent. */
export function bodyRange(
  part: Part,
  limit: number,
): { readonly start: number; readonly end: number; readonly cut: boolean } {
  const end = Math.min(part.bodyEnd, part.bodyStart + limit);
  return { start: part.bodyStart, end, cut: octetsIn(part) > limit };
}
