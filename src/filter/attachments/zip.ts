/**
 * The names in a ZIP archive, found while it streams past: every local header and every entry of the directory names a file (APPNOTE §4.3.7,
 * §4.3.12), and both are read, since programs disagree about which counts. Nothing is unpacked and no offset is followed, so no archive
 * can make this expensive; an archive stored within another is seen as well. Pure.
 */

/** One name in an archive. */
export interface Entry {
  readonly name: string;
  readonly encrypted: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
/** Octets of the fixed part of each header. */
const LOCAL_OCTETS = 30;
const CENTRAL_OCTETS = 46;
/** Octets of a name; no file system has longer ones. */
const LONGEST_NAME = 1_024;
const PK = Buffer.from("PK");
/** Compression methods there are (APPNOTE §4.4.5); whatever else stands there is no header. */
const METHODS: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 20, 93, 94, 95, 96, 97, 98, 99,
]);
const NEWEST = 100;
const ENCRYPTED = 1;
const UTF8 = 0x800;

export class ZipNames {
  #rest = Buffer.alloc(0);

  /** The names that begin in what was written so far and were not told yet. */
  *write(octets: Uint8Array): Generator<Entry> {
    const bytes =
      this.#rest.length === 0
        ? Buffer.from(octets.buffer, octets.byteOffset, octets.length)
        : Buffer.concat([this.#rest, octets]);
    let at = bytes.indexOf(PK);
    for (; at !== -1; at = bytes.indexOf(PK, at + 2)) {
      const found = entryAt(bytes, at);
      if (found === "more") break;
      if (found !== undefined) yield found;
    }
    // The last octet may be the first of the next header.
    const from = at === -1 ? bytes.length - (bytes.at(-1) === PK[0] ? 1 : 0) : at;
    this.#rest = Buffer.from(bytes.subarray(from));
  }
}

/** The entry whose header begins there; undefined where none does, "more" where not all of it is there. */
function entryAt(bytes: Buffer, at: number): Entry | undefined | "more" {
  if (bytes.length - at < 4) return "more";
  const signature = bytes.readUInt32LE(at);
  if (signature !== LOCAL && signature !== CENTRAL) return undefined;
  const local = signature === LOCAL;
  const octets = local ? LOCAL_OCTETS : CENTRAL_OCTETS;
  if (bytes.length - at < octets) return "more";
  const field = (offset: number) => bytes.readUInt16LE(at + (local ? offset : offset + 2));
  const version = field(4) & 0xff;
  const flags = field(6);
  const length = bytes.readUInt16LE(at + (local ? 26 : 28));
  if (version > NEWEST || !METHODS.has(field(8)) || length === 0 || length > LONGEST_NAME) return undefined;
  if (bytes.length - at < octets + length) return "more";
  const name = bytes.toString((flags & UTF8) !== 0 ? "utf8" : "latin1", at + octets, at + octets + length);
  return { name, encrypted: (flags & ENCRYPTED) !== 0 };
}
