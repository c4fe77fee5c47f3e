/**
 * Reports as they come: packed by gzip, in a zip archive of one file, or as they are. However small a packed report is, no more of it
 * is unpacked than a report may have.
 */
import { promisify } from "node:util";
import { gunzip, inflateRaw } from "node:zlib";
import { Refusal } from "../../refusal.ts";

/** Octets of the largest report that is read, unpacked. */
export const LARGEST_REPORT = 8 * 1024 * 1024;

const gunzipped = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);
const inflated = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

/** The report in a file. @throws Refusal "invalid", "tooLarge" with what is wrong with it */
export async function unpacked(file: Uint8Array): Promise<Uint8Array> {
  const octets = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (octets.length > 2 && octets[0] === 0x1f && octets[1] === 0x8b) return await bounded(gunzipped, octets);
  if (octets.length > 4 && octets.readUInt32LE(0) === ENTRY) return await fromZip(octets);
  if (octets.length > LARGEST_REPORT) throw tooLarge();
  return octets;
}

type Unpack = (octets: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

async function bounded(unpack: Unpack, octets: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(octets, { maxOutputLength: LARGEST_REPORT });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new Refusal("invalid", "The packed report is damaged.");
  }
}

/** Signatures of a zip archive's records (APPNOTE §4.3). */
const ENTRY = 0x04034b50;
const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 65_535;

/** The one file of an archive, by its directory: what stands in front of a file may be wrong or missing. */
async function fromZip(zip: Buffer): Promise<Uint8Array> {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end < zip.length - END_SIZE - LONGEST_COMMENT || end + END_SIZE > zip.length) throw damaged();
  if (zip.readUInt32LE(end) !== END || zip.readUInt16LE(end + 10) !== 1)
    throw new Refusal("invalid", "The archive does not hold exactly one report.");
  const entry = zip.readUInt32LE(end + 16);
  if (entry + 46 > zip.length || zip.readUInt32LE(entry) !== DIRECTORY) throw damaged();
  const method = zip.readUInt16LE(entry + 10);
  const packed = zip.readUInt32LE(entry + 20);
  const header = zip.readUInt32LE(entry + 42);
  if (header + 30 > zip.length || zip.readUInt32LE(header) !== ENTRY) throw damaged();
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  if (start + packed > zip.length) throw damaged();
  const octets = zip.subarray(start, start + packed);
  if (method === 8) return await bounded(inflated, octets);
  if (method !== 0) throw new Refusal("invalid", "The archive is packed in a way that is not known here.");
  if (octets.length > LARGEST_REPORT) throw tooLarge();
  return octets;
}

function damaged(): Refusal {
  return new Refusal("invalid", "The archive is damaged.");
}

function tooLarge(): Refusal {
  return new Refusal("tooLarge", `The report has more than ${LARGEST_REPORT} octets when it is unpacked.`);
}
