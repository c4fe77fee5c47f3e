/**
 * Fetches a host list: a GET with the conditions of the last answer (RFC 9110 §13), and sentences for the administrator about what went
 * wrong.
 */
import { TooMuch } from "../net/http/get.ts";
import { Malformed } from "../net/http/malformed.ts";
import { Refusal } from "../refusal.ts";
import type { Dialler } from "./dial.ts";
import { fetchThrough } from "./fetch.ts";
import { GateRefusal } from "./visit.ts";

/** What the last answer said of itself; "" where it said nothing. */
export interface Validators {
  readonly etag: string;
  readonly modified: string;
}

export interface FetchOptions extends Validators {
  readonly dialler: Dialler;
  /** Octets of content that are read at most. */
  readonly most: number;
  /** Told each piece of the content. */
  readonly onPiece: (piece: Uint8Array) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Fetches what is at an address. Undefined where it has not changed.
 * @throws Refusal "invalid", "tooLarge", "temporary" with a sentence that says what went wrong
 */
export async function fetchList(url: string, options: FetchOptions): Promise<Validators | undefined> {
  const { etag, modified, ...way } = options;
  const fields = [
    ...(etag === "" ? [] : [`If-None-Match: ${etag}`]),
    ...(modified === "" ? [] : [`If-Modified-Since: ${modified}`]),
  ];
  const answer = await fetchThrough(url, { ...way, accept: "text/plain, */*", fields }).catch(said);
  if (answer.status === 304) return undefined;
  if (answer.status !== 200)
    throw new Refusal("temporary", `The server answered ${answer.status || "what cannot be read"}.`);
  return { etag: answer.fields.get("etag") ?? "", modified: answer.fields.get("last-modified") ?? "" };
}

function said(error: unknown): never {
  if (error instanceof GateRefusal) {
    // Whoever reads this is the administrator.
    const way = error.kind === "special" ? " It is the setting gateway.reachable that does." : "";
    throw new Refusal("temporary", error.sentence + way, { cause: error });
  }
  if (error instanceof TooMuch)
    throw new Refusal("tooLarge", "The list is larger than the setting gateway.listMegabytes allows.");
  if (error instanceof Malformed) throw new Refusal("temporary", error.sentence, { cause: error });
  throw error;
}
