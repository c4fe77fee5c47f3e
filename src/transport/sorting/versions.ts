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

/**
 * Makes the message that a script asked for.
 * @param returnPath the field with which a message begins whose delivery ends here; it does not travel further
 */
export async function change(
  store: Store,
  from: Version,
  { pieces }: Rewritten,
  returnPath: Uint8Array,
): Promise<Changed> {
  const writer = store.content.writer();
  const parser = new StructureParser();
  const write = async (octets: Uint8Array) => {
    parser.write(octets);
    await writer.write(octets);
  };
  try {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) await write(piece);
      else for await (const octets of between(from.octets(), piece.start, piece.end)) await write(octets);
    }
    const structure = parser.end();
    const start = structure.headerBytes.subarray(0, returnPath.length);
    let staged: Promise<Staged> | undefined;
    return {
      ...versionOf(structure, () => writer.octets()),
      skip: Buffer.compare(start, returnPath) === 0 ? returnPath.length : 0,
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
