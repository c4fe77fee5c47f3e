/**
 * Makes text of what a client sends as binary (RFC 3516 §4.4): parts with the transfer encoding "binary" become base64, and what
 * contains them 8bit. NUL may stand in no literal but those of BINARY (RFC 9051 §4.3.1), and mail that is forwarded or
 * fetched by other protocols must not hold it either. Nothing is lost: BINARY gives the octets as they came.
 */
import { Header } from "../../mime/header.ts";
import type { Part, Structure } from "../../mime/structure.ts";

/** Headers beyond this many octets are left as they are. */
const LONGEST_HEADER = 262_144;
/** Octets of a line of base64 before encoding: 76 characters (RFC 2045 §6.8). */
const LINE = 57;

/** Octets of a message that is still being received. */
export type Octets = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** What comes in the place of octets `start` to `end` (exclusive): other ones, or the same in base64. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: Uint8Array | "base64";
}

/** The parts that have to be recoded. */
export function binaryParts(part: Part): Part[] {
  const inner = [...part.children, ...(part.message === undefined ? [] : [part.message])].flatMap(binaryParts);
  return part.encoding === "binary" ? [part, ...inner] : inner;
}

/** The message with these parts recoded. */
export async function* recoded(
  { size }: Structure,
  parts: readonly Part[],
  octets: Octets,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const { start, end, by } of await editsOf(parts, octets)) {
    yield* octets(at, start);
    if (by === "base64") yield* base64(octets(start, end));
    else yield by;
    at = end;
  }
  yield* octets(at, size);
}

async function editsOf(parts: readonly Part[], octets: Octets): Promise<Edit[]> {
  const edits: Edit[] = [];
  for (const part of parts) {
    const container = part.children.length > 0 || part.message !== undefined;
    // What could not be opened may not be encoded (RFC 2045 §6.4).
    const closed = !container && (part.type === "multipart" || part.type === "message");
    if (closed || part.bodyStart - part.headerStart > LONGEST_HEADER) continue;
    const header = new Header(await whole(octets(part.headerStart, part.bodyStart)));
    const by = Buffer.from(`Content-Transfer-Encoding: ${container ? "8bit" : "base64"}\r\n`);
    for (const field of header.fields) {
      if (field.key !== "content-transfer-encoding") continue;
      edits.push({ start: part.headerStart + field.start, end: part.headerStart + field.end, by });
    }
    if (!container) edits.push({ start: part.bodyStart, end: part.bodyEnd, by: "base64" });
  }
  return edits.sort((a, b) => a.start - b.start);
}

async function whole(octets: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of octets) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* base64(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of octets) {
    const all = Buffer.concat([rest, piece]);
    const full = all.length - (all.length % LINE);
    yield lines(all.subarray(0, full));
    rest = all.subarray(full);
  }
  yield lines(rest);
}

function lines(octets: Uint8Array): Uint8Array {
  const encoded = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
  return Buffer.from(encoded.replace(/.{1,76}/g, "$&\r\n"), "latin1");
}
