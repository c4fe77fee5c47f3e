/**
 * Writes ZIP archives as a stream, in constant memory: files are stored as they are, their sizes and checksums behind them (data
 * descriptors), since they are known only then. PKWARE's APPNOTE.TXT 6.3: §4.3.7 local headers, §4.3.9 data descriptors, §4.3.12 the
 * directory, §4.3.14 and §4.5.3 ZIP64 where 4 GB or 65,535 files are passed, §4.4.4 bit 11 for names in UTF-8. Pure.
 */
import { crc32 } from "node:zlib";

/** One file of an archive. */
export interface ZipFile {
  /** Where it lies in the archive, with `/` between folders; the caller has made it fit and unique. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly content: AsyncIterable<Uint8Array>;
}

interface Entry {
  readonly name: Uint8Array;
  readonly stamp: number;
  readonly offset: number;
  readonly size: number;
  readonly sum: number;
}

/** A data descriptor follows (bit 3), and names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
/** ZIP64 is needed to read it: version 4.5. */
const VERSION = 45;
const FULL_32 = 0xffff_ffff;
const FULL_16 = 0xffff;

/** The octets of an archive with files, one after the other. */
export async function* zip(files: Iterable<ZipFile> | AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let at = 0;
  const sent = (octets: Uint8Array): Uint8Array => {
    at += octets.length;
    return octets;
  };
  for await (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const stamp = dosTime(file.at);
    const offset = at;
    yield sent(localHeader(name, stamp));
    let size = 0;
    let sum = 0;
    for await (const piece of file.content) {
      size += piece.length;
      sum = crc32(piece, sum);
      yield sent(piece);
    }
    yield sent(descriptor(size, sum));
    entries.push({ name, stamp, offset, size, sum });
  }
  const directory = at;
  for (const entry of entries) yield sent(directoryHeader(entry));
  yield ending(entries.length, directory, at - directory);
}

/** Lays numbers out in little-endian order: each with its width in octets. */
function laid(...numbers: readonly (readonly [value: number, width: 2 | 4 | 8])[]): Buffer {
  const octets = Buffer.alloc(numbers.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [value, width] of numbers) {
    if (width === 8) octets.writeBigUInt64LE(BigInt(value), at);
    else octets.writeUIntLE(value, at, width);
    at += width;
  }
  return octets;
}

/** Sizes stand behind the content; that they are of eight octets there, an empty ZIP64 field says (§4.3.9.2). */
function localHeader(name: Uint8Array, stamp: number): Uint8Array {
  const wide = laid([1, 2], [16, 2], [0, 8], [0, 8]);
  return Buffer.concat([
    laid([0x04034b50, 4], [VERSION, 2], [FLAGS, 2], [0, 2], [stamp, 4], [0, 4], [FULL_32, 4], [FULL_32, 4]),
    laid([name.length, 2], [wide.length, 2]),
    name,
    wide,
  ]);
}

const descriptor = (size: number, sum: number): Uint8Array => laid([0x08074b50, 4], [sum, 4], [size, 8], [size, 8]);

function directoryHeader({ name, stamp, offset, size, sum }: Entry): Uint8Array {
  const wide = laid([1, 2], [24, 2], [size, 8], [size, 8], [offset, 8]);
  return Buffer.concat([
    laid([0x02014b50, 4], [VERSION, 2], [VERSION, 2], [FLAGS, 2], [0, 2], [stamp, 4], [sum, 4]),
    laid([FULL_32, 4], [FULL_32, 4], [name.length, 2], [wide.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [FULL_32, 4]),
    name,
    wide,
  ]);
}

function ending(count: number, offset: number, size: number): Uint8Array {
  const few = Math.min(count, FULL_16);
  const [shortSize, shortOffset] = [Math.min(size, FULL_32), Math.min(offset, FULL_32)];
  return Buffer.concat([
    laid([0x06064b50, 4], [44, 8], [VERSION, 2], [VERSION, 2], [0, 4], [0, 4]),
    laid([count, 8], [count, 8], [size, 8], [offset, 8]),
    laid([0x07064b50, 4], [0, 4], [offset + size, 8], [1, 4]),
    laid([0x06054b50, 4], [0, 2], [0, 2], [few, 2], [few, 2], [shortSize, 4], [shortOffset, 4], [0, 2]),
  ]);
}

/** Date and time as DOS had them, two seconds exact, in UTC (§4.4.6). */
function dosTime(at: number): number {
  const date = new Date(Math.min(Math.max(at, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}
