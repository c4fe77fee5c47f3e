/**
 * Reads ZIP archives from where they lie, in constant memory (PKWARE's APPNOTE.TXT 6.3): the directory at the end says what there is
 * (§4.3.12, ZIP64 by §4.3.14 and §4.5.3); files are stored or deflated (§4.4.5). What is encrypted or packed otherwise is passed over. Pure.
 */
import { createInflateRaw } from "node:zlib";
import { Refusal } from "../refusal.ts";

/** Octets that can be read anywhere. */
export interface Lying {
  readonly size: number;
  /** Up to `length` octets from `at` on; fewer at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A file in an archive. */
export interface ZippedFile {
  readonly name: string;
  /** Octets when unpacked, as the archive says. */
  readonly size: number;
  octets(): AsyncGenerator<Uint8Array>;
}

const DIRECTORY_ENTRY = 0x0201_4b50;
const ENDING = 0x0605_4b50;
const ENDING_64 = 0x0606_4b50;
const LOCATOR_64 = 0x0706_4b50;
const FULL_32 = 0xffff_ffff;
const PIECE = 65_536;
/** The ending with the longest comment. */
const LONGEST_ENDING = 65_557;
/** Octets that one file may unpack to: more is no message. */
const MOST_UNPACKED = 4_294_967_296;

const broken = () => new Refusal("invalid", "The ZIP archive is broken or not complete.");

/** Octets of an archive, at a place that it names itself. @throws Refusal "invalid" for one that is not in it */
async function octetsAt(archive: Lying, at: number, length: number): Promise<Uint8Array> {
  if (at > archive.size) throw broken();
  return await archive.read(at, length);
}

/** The files of an archive, in the order of its directory. @throws Refusal "invalid" for what is no archive */
export async function* unzip(archive: Lying): AsyncGenerator<ZippedFile> {
  let { at, end } = await directoryOf(archive);
  /** Octets that files can still have: none lie in two of them, or a small archive would unpack to as much as its maker likes. */
  let left = archive.size;
  while (at + 46 <= end) {
    const head = view(await octetsAt(archive, at, 46));
    if (head.byteLength < 46 || head.getUint32(0, true) !== DIRECTORY_ENTRY) throw broken();
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => head.getUint16(offset, true)) as [
      number,
      number,
      number,
    ];
    const names = await octetsAt(archive, at + 46, nameLength + extraLength);
    const name = nameIn(names.subarray(0, nameLength), (head.getUint16(8, true) & 0x800) !== 0);
    const wide = widened(head, names.subarray(nameLength));
    left -= wide.packed;
    if (left < 0) throw broken();
    const file = { name, size: wide.size, octets: () => octetsOf(archive, head, wide) };
    at += 46 + nameLength + extraLength + commentLength;
    if (!name.endsWith("/") && (head.getUint16(8, true) & 1) === 0) yield file;
  }
}

const view = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

async function directoryOf(archive: Lying): Promise<{ at: number; end: number }> {
  const from = Math.max(0, archive.size - LONGEST_ENDING);
  const octets = await octetsAt(archive, from, LONGEST_ENDING);
  const tail = view(octets);
  for (let at = octets.length - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== ENDING) continue;
    const size = tail.getUint32(at + 12, true);
    const start = tail.getUint32(at + 16, true);
    if (start !== FULL_32 && size !== FULL_32 && tail.getUint16(at + 10, true) !== 0xffff)
      return { at: start, end: start + size };
    if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR_64) throw broken();
    const ending = view(await octetsAt(archive, Number(tail.getBigUint64(at - 12, true)), 56));
    if (ending.byteLength < 56 || ending.getUint32(0, true) !== ENDING_64) throw broken();
    const wide = Number(ending.getBigUint64(48, true));
    return { at: wide, end: wide + Number(ending.getBigUint64(40, true)) };
  }
  throw broken();
}

/** Names without the mark for UTF-8 are in the old code page of DOS; of that only ASCII is known here. */
const nameIn = (octets: Uint8Array, utf8: boolean): string =>
  utf8 || !octets.some((octet) => octet > 127) ? Buffer.from(octets).toString() : new TextDecoder().decode(octets);

interface Wide {
  readonly size: number;
  readonly packed: number;
  readonly offset: number;
}

/** Sizes and place, from the extra field where they are too large for the entry. */
function widened(head: DataView, extra: Uint8Array): Wide {
  const narrow = { size: head.getUint32(24, true), packed: head.getUint32(20, true), offset: head.getUint32(42, true) };
  const fields = view(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + fields.getUint16(at + 2, true)) {
    if (fields.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    const wide = (value: number): number => {
      if (value !== FULL_32 || next + 8 > extra.length) return value;
      next += 8;
      return Number(fields.getBigUint64(next - 8, true));
    };
    return { size: wide(narrow.size), packed: wide(narrow.packed), offset: wide(narrow.offset) };
  }
  return narrow;
}

async function* octetsOf(archive: Lying, head: DataView, { packed, offset }: Wide): AsyncGenerator<Uint8Array> {
  const local = view(await octetsAt(archive, offset, 30));
  if (local.byteLength < 30) throw broken();
  const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const stored = pieces(archive, start, packed);
  const method = head.getUint16(10, true);
  if (method === 0) yield* stored;
  else if (method === 8) yield* inflated(stored);
}

async function* pieces(archive: Lying, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += PIECE) {
    const piece = await octetsAt(archive, start + at, Math.min(PIECE, length - at));
    if (piece.length === 0) throw broken();
    yield piece;
  }
}

async function* inflated(packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: PIECE });
  const feeding = (async () => {
    for await (const piece of packed) {
      if (inflate.destroyed) return;
      if (!inflate.write(piece))
        await new Promise<void>((resolve) => inflate.once("drain", resolve).once("close", resolve));
    }
    inflate.end();
  })().catch((fault: unknown) => {
    inflate.destroy(fault instanceof Error ? fault : new Error(String(fault)));
  });
  let total = 0;
  try {
    for await (const piece of inflate) {
      total += piece.length;
      if (total > MOST_UNPACKED) throw new Refusal("tooLarge", "A file in the archive is too large for a message.");
      yield piece;
    }
  } catch (fault) {
    throw fault instanceof Refusal ? fault : broken();
  } finally {
    inflate.destroy();
    await feeding;
  }
}
