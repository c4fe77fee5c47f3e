/**
 * ClamAV's daemon, by its command INSTREAM: the message in pieces, each behind its length in four octets, and an answer that ends with NUL.
 *
 *     C: zINSTREAM\0 (length)(octets)… (0)
 *     S: stream: Win.Test.EICAR_HDB-1 FOUND\0
 */
import { exchange, HungUp, NoAnswer } from "./exchange.ts";

/** What a virus scanner says of a message. */
export type Scan =
  | { readonly result: "clean" }
  | { readonly result: "found"; readonly name: string }
  /** The scanner takes no message of this size. */
  | { readonly result: "too-large" };

export interface ClamdQuestion {
  /** Asked one after the other until one answers. */
  readonly places: readonly string[];
  readonly seconds: number;
  /** The message, from the start; may be asked for more than once. */
  readonly octets: () => AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** Octets: an answer is a line. */
const LONGEST_ANSWER = 4_096;
/** Characters of a signature's name that are shown. */
const LONGEST_NAME = 100;

/** @throws NoAnswer where none answers, with what each said */
export async function scanWithClamd({ places, seconds, octets, signal }: ClamdQuestion): Promise<Scan> {
  const failures: string[] = [];
  for (const place of places) {
    try {
      const answer = await exchange(place, framed(octets()), { seconds, mostOctets: LONGEST_ANSWER, signal });
      return scanOf(answer.toString("latin1"));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      // Its word that a message is too large is lost where it hangs up while it is still being told.
      if (error instanceof HungUp && (await isWell(place, seconds))) return { result: "too-large" };
      failures.push(error.message);
    }
  }
  throw new NoAnswer(failures.join("; "));
}

/** Whether clamd answers at all. */
async function isWell(place: string, seconds: number): Promise<boolean> {
  const ping = (async function* () {
    yield Buffer.from("zPING\0");
  })();
  try {
    return (await exchange(place, ping, { seconds, mostOctets: LONGEST_ANSWER })).toString("latin1") === "PONG\0";
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}

async function* framed(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from("zINSTREAM\0");
  for await (const piece of octets) {
    // A piece of no octets is the end.
    if (piece.length === 0) continue;
    yield lengthOf(piece.length);
    yield piece;
  }
  yield lengthOf(0);
}

function lengthOf(octets: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets);
  return length;
}

/** @throws NoAnswer where it says something else */
function scanOf(text: string): Scan {
  const answer = text.replace(/[\0\r\n]+$/, "");
  if (/^stream: OK$/.test(answer)) return { result: "clean" };
  const name = /^stream: (.+) FOUND$/.exec(answer)?.[1];
  if (name !== undefined) return { result: "found", name: name.replace(/[^\w.:/()-]/g, "?").slice(0, LONGEST_NAME) };
  if (/size limit exceeded/i.test(answer)) return { result: "too-large" };
  const shown = answer.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
  throw new NoAnswer(shown === "" ? "the scanner closed without an answer" : `the scanner says “${shown}”`);
}
