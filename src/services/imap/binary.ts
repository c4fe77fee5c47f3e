/**
 * BINARY: the content of a part with its transfer encoding undone (RFC 9051 §6.4.5, RFC 3516 §4.2). Small parts are
 * decoded in memory; large ones are decoded twice as a stream, once for the size that a literal begins with and once for
 * the octets.
 */
import type { Mailstore } from "../../mailstore/mailstore.ts";
import { findPart } from "../../mime/structure.ts";
import { bodyDecoder, decodeBody } from "../../mime/transfer.ts";
import type { Store } from "../../store/store.ts";
import { No } from "./refusals.ts";

/** Parts up to this many encoded octets are decoded in memory. */
const DECODE_AT_ONCE = 262_144;

/** A decoded part. */
export interface Decoded {
  /** Octets. */
  readonly size: number;
  /** NUL occurs or may occur in octets `start` to `end` (exclusive): they go as literal8. */
  hasNul(start: number, end: number): boolean;
  /** Octets `start` to `end` (exclusive). */
  chunks(start: number, end: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

interface Ground {
  readonly store: Store;
  readonly mailstore: Mailstore;
}

/** Encodings that change nothing, and those that can be undone. */
const IDENTITY: ReadonlySet<string> = new Set(["7bit", "8bit", "binary", ""]);
const KNOWN: ReadonlySet<string> = new Set(["base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue"]);

/**
 * The part of a content at an IMAP path, decoded; the empty path is the whole message as it is. Undefined if there is no
 * such part.
 * @throws No UNKNOWN-CTE for an encoding that is not known
 */
export async function decodedPart(
  { store, mailstore }: Ground,
  content: number,
  path: readonly number[],
): Promise<Decoded | undefined> {
  const { root } = mailstore.structure(content);
  const part = path.length === 0 ? root : findPart(root, path);
  if (part === undefined) return undefined;
  const place = { content, start: path.length === 0 ? 0 : part.bodyStart, end: part.bodyEnd };
  // Containers carry no encoding of their own (RFC 2045 §6.4).
  const container = path.length === 0 || part.children.length > 0 || part.message !== undefined;
  const small = place.end - place.start <= DECODE_AT_ONCE;
  if (container || IDENTITY.has(part.encoding)) {
    // Where no NUL stands in it, the client is told so by an ordinary literal (RFC 3516 §4.3).
    return small ? inMemory(store.content.read(content, place.start, place.end)) : asStored(store, place);
  }
  if (!KNOWN.has(part.encoding)) throw new No("UNKNOWN-CTE", `The encoding ${part.encoding} is not known here`);
  if (!small) return await streamed(store, place, part.encoding);
  return inMemory(decodeBody(store.content.read(content, place.start, place.end), part.encoding));
}

interface Place {
  readonly content: number;
  readonly start: number;
  readonly end: number;
}

function asStored(store: Store, place: Place): Decoded {
  return {
    size: place.end - place.start,
    hasNul: () => true,
    chunks: (start, end) => store.content.stream(place.content, place.start + start, place.start + end),
  };
}

function inMemory(octets: Uint8Array): Decoded {
  return {
    size: octets.length,
    hasNul: (start, end) => octets.subarray(start, end).includes(0),
    chunks: (start, end) => [octets.subarray(start, end)],
  };
}

async function streamed(store: Store, place: Place, encoding: string): Promise<Decoded> {
  let size = 0;
  for await (const chunk of decodedStream(store, place, encoding)) size += chunk.length;
  return {
    size,
    hasNul: () => true,
    chunks: async function* (start, end) {
      let at = 0;
      for await (const chunk of decodedStream(store, place, encoding)) {
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        if (piece.length > 0) yield piece;
        at += chunk.length;
        if (at >= end) return;
      }
    },
  };
}

async function* decodedStream(
  store: Store,
  { content, start, end }: Place,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = bodyDecoder(encoding);
  for await (const chunk of store.content.stream(content, start, end)) {
    yield decoder.write(chunk);
  }
  yield decoder.end();
}
