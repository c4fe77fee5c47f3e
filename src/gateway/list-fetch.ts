/**
 * Fetches a host list: a GET with the conditions of the last answer (RFC 9110 §13), through the same guard as everybody's requests:
 * it connects to the address that was checked, and stops at a size.
 */
import { get, TooMuch } from "../net/http/get.ts";
import { Malformed } from "../net/http/malformed.ts";
import { Refusal } from "../refusal.ts";
import type { Dialler } from "./dial.ts";
import { targetHost } from "./hosts.ts";
import { GateRefusal, type Target } from "./visit.ts";

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

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Milliseconds for each piece. */
const PATIENCE_MS = 30_000;

/**
 * Fetches what is at an address. Undefined where it has not changed.
 * @throws Refusal "invalid", "tooLarge", "temporary" with a sentence that says what went wrong
 */
export async function fetchList(url: string, options: FetchOptions): Promise<Validators | undefined> {
  try {
    return await follow(url, options);
  } catch (error) {
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
}

async function follow(url: string, options: FetchOptions): Promise<Validators | undefined> {
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await ask(at, options);
    if (!("location" in answer)) return answer.validators;
    at = new URL(answer.location, at).href;
  }
  throw new Refusal("invalid", "The address leads from one to another without end.");
}

type Answer = { readonly location: string } | { readonly validators: Validators | undefined };

async function ask(url: string, options: FetchOptions): Promise<Answer> {
  const { target, path, authority } = targetOf(url);
  const { connection, upstream } = await options.dialler.open(target, () => undefined, options.signal);
  const giveUp = () => connection.destroy();
  options.signal.addEventListener("abort", giveUp);
  try {
    connection.deadline(PATIENCE_MS);
    const { status, fields } = await get(connection, {
      target: upstream === undefined ? path : url,
      authority,
      accept: "text/plain, */*",
      fields: [
        ...(upstream?.authorization === undefined ? [] : [`Proxy-Authorization: ${upstream.authorization}`]),
        ...(options.etag === "" ? [] : [`If-None-Match: ${options.etag}`]),
        ...(options.modified === "" ? [] : [`If-Modified-Since: ${options.modified}`]),
      ],
      most: options.most,
      onPiece: options.onPiece,
    });
    if (status === 304) return { validators: undefined };
    const location = fields.get("location");
    if (REDIRECTS.includes(status) && location !== undefined) return { location };
    if (status !== 200) throw new Refusal("temporary", `The server answered ${status || "what cannot be read"}.`);
    return { validators: { etag: fields.get("etag") ?? "", modified: fields.get("last-modified") ?? "" } };
  } finally {
    options.signal.removeEventListener("abort", giveUp);
    connection.destroy();
  }
}

function targetOf(text: string): { target: Target; path: string; authority: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol === "http:" ? "http" : url?.protocol === "https:" ? "https" : undefined;
  const host = url && targetHost(url.hostname);
  if (url === undefined || scheme === undefined || host === undefined)
    throw new Refusal("invalid", "The address of a list begins with http:// or https://.");
  const port = Number(url.port) || (scheme === "http" ? 80 : 443);
  return { target: { host, port, scheme }, path: `${url.pathname}${url.search}`, authority: url.host };
}
