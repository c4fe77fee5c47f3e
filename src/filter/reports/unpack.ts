/**
 * Reports as they come: packed by gzip, in a zip archive of one file, or as they are. However small a packed report is, no more of it
 * is unpacked than a report may have.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Lying, unzip, type ZippedFile } from "../../mime/unzip.ts";
import { Refusal } from "../../refusal.ts";
import type { Turns } from "../../turns.ts";

/** Octets of the largest report that is read, unpacked. */
export const LARGEST_REPORT = 8 * 1024 * 1024;

const gunzipped = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** The report in a file. @throws Refusal "invalid", "tooLarge" with what is wrong with it */
export async function unpacked(file: Uint8Array, turns: Turns): Promise<Uint8Array> {
  if (beginsWith(file, GZIP)) return await fromGzip(file);
  if (beginsWith(file, ZIP)) {
    const read = async (at: number, length: number) => {
      // Its directory may be as long as the message, and nothing else is waited for.
      if (turns.over) await turns.next();
      return file.subarray(at, at + length);
    };
    return await fromZip({ size: file.length, read });
  }
  if (file.length > LARGEST_REPORT) throw tooLarge();
  return file;
}

/** What files of each kind begin with. */
const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b, 3, 4];
const beginsWith = (file: Uint8Array, octets: readonly number[]) => octets.every((octet, at) => file[at] === octet);

async function fromGzip(octets: Uint8Array): Promise<Uint8Array> {
  try {
    return await gunzipped(octets, { maxOutputLength: LARGEST_REPORT });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new Refusal("invalid", "The packed report is damaged.");
  }
}

/** The one file of an archive. */
async function fromZip(archive: Lying): Promise<Uint8Array> {
  let report: ZippedFile | undefined;
  for await (const file of unzip(archive)) {
    if (report !== undefined) throw notOne();
    report = file;
  }
  if (report === undefined) throw notOne();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of report.octets()) {
    length += piece.length;
    if (length > LARGEST_REPORT) throw tooLarge();
    pieces.push(piece);
  }
  if (length === 0) throw new Refusal("invalid", "The report is empty, or packed in a way that is not known here.");
  return Buffer.concat(pieces);
}

const notOne = () => new Refusal("invalid", "The archive does not hold exactly one report.");

function tooLarge(): Refusal {
  return new Refusal("tooLarge", `The report has more than ${LARGEST_REPORT} octets when it is unpacked.`);
}
