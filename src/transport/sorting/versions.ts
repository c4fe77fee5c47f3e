/** A message as it came, while it is not stored yet, and the messages that scripts make of it. */
import { StructureParser } from "../../mime/parser.ts";
import type { Structure } from "../../mime/structure.ts";
import type { Rewritten } from "../../sieve/outcome.ts";
import type { Staged } from "../../store/content-writer.ts";
import type { Store } from "../../store/store.ts";
import type { Changed, Version } from "./sorted.ts";

/** Octets from a stream that begins at 0. */
async function* between(octets: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of octets) {
    const from = Math.max(0, start - at);
    if (from < chunk.length) yield chunk.subarray(from, Math.min(chunk.length, end - at));
    at += chunk.length;
    if (at >= end) return;
  }
}

async function read(octets: AsyncIterable<Uint8Array>, start: number, end: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of between(octets, start, end)) pieces.push(Uint8Array.from(piece));
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** The message as it came. @param octets gives it from its start, as often as it is asked */
export function versionOf(structure: Structure, octets: () => AsyncIterable<Uint8Array>): Version {
  return { structure, octets, read: (start, end) => read(octets(), start, end) };
}

/** Octets of the Return-Path with which a message begins whose delivery ends here. */
function returnPathOf({ structure }: Version): number {
  const first = structure.root.header?.fields[0];
  return first?.key === "return-path" && first.start === 0 ? first.end : 0;
}

/** Octets without a field that stands among them. */
function without(field: Uint8Array, octets: Uint8Array): Uint8Array {
  const at = field.length === 0 ? -1 : Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf(field);
  return at === -1 ? octets : Buffer.concat([octets.subarray(0, at), octets.subarray(at + field.length)]);
}

/** Makes the message that a script asked for. Return-Path stays its first field (RFC 5321 §4.4), whatever is added in front. */
export async function change(store: Store, from: Version, { pieces }: Rewritten): Promise<Changed> {
  const skip = returnPathOf(from);
  const writer = store.content.writer();
  const parser = new StructureParser();
  const write = async (octets: Uint8Array) => {
    parser.write(octets);
    await writer.write(octets);
  };
  try {
    const copy = async (start: number, end: number) => {
      if (start < end) for await (const octets of between(from.octets(), start, end)) await write(octets);
    };
    const returnPath = await from.read(0, skip);
    await write(returnPath);
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) await write(without(returnPath, piece));
      else await copy(Math.max(piece.start, skip), piece.end);
    }
    const structure = parser.end();
    let staged: Promise<Staged> | undefined;
    return {
      ...versionOf(structure, () => writer.octets()),
      skip,
      finish: () => {
        staged ??= writer.finish();
        return staged;
      },
      drop: () => writer.abort(),
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
