/**
 * Fetches what is at an address, for this server itself: through the same guard as everybody's requests, connected to the address that was
 * checked, as far as a size. Redirections are followed, each through the guard again (RFC 9110 §15.4).
 */
import { type Answer, get, type Posted } from "../net/http/get.ts";
import { Refusal } from "../refusal.ts";
import type { AddressJudge, Dialler } from "./dial.ts";
import { targetHost } from "./hosts.ts";
import type { Target } from "./visit.ts";

export interface Fetching {
  readonly dialler: Dialler;
  readonly accept: string;
  /** More fields, `Name: value`. */
  readonly fields?: readonly string[];
  /** Octets of content that are read at most. */
  readonly most: number;
  /** Told each piece of the content of an answer with 200. */
  readonly onPiece: (piece: Uint8Array) => void | Promise<void>;
  readonly signal: AbortSignal;
  /** Which ports may be asked; every one where left out. */
  readonly ports?: (port: number) => boolean;
  /** Which addresses may be; all that the guard lets pass where left out. */
  readonly judge?: AddressJudge;
  /** What is sent along instead of only asking. Such a request is led nowhere else. */
  readonly post?: Posted;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Milliseconds for each piece. */
const PATIENCE_MS = 30_000;

/**
 * Asks, and follows where it is led.
 * @throws GateRefusal, TooMuch, Malformed; Refusal "invalid" for what is no web address, or leads on without end
 */
export async function fetchThrough(url: string, fetching: Fetching): Promise<Answer> {
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await ask(at, fetching);
    const location = answer.fields.get("location");
    if (fetching.post !== undefined || !REDIRECTS.includes(answer.status) || location === undefined) return answer;
    const next = URL.parse(location, at);
    if (next === null) return answer;
    at = next.href;
  }
  throw new Refusal("invalid", "The address leads from one to another without end.");
}

async function ask(url: string, fetching: Fetching): Promise<Answer> {
  const { target, path, authority } = targetOf(url);
  if (fetching.ports?.(target.port) === false)
    throw new Refusal("notPermitted", `Nothing is fetched from port ${target.port}.`);
  const { connection, upstream } = await fetching.dialler.open(
    target,
    fetching.judge ?? (() => undefined),
    fetching.signal,
  );
  const giveUp = () => connection.destroy();
  fetching.signal.addEventListener("abort", giveUp);
  try {
    if (fetching.signal.aborted) giveUp();
    connection.deadline(PATIENCE_MS);
    return await get(connection, {
      ...{ target: upstream === undefined ? path : url, authority, accept: fetching.accept },
      fields: [
        ...(upstream?.authorization === undefined ? [] : [`Proxy-Authorization: ${upstream.authorization}`]),
        ...(fetching.fields ?? []),
      ],
      ...(fetching.post !== undefined && { post: fetching.post }),
      ...{ most: fetching.most, onPiece: fetching.onPiece },
    });
  } finally {
    fetching.signal.removeEventListener("abort", giveUp);
    connection.destroy();
  }
}

function targetOf(text: string): { target: Target; path: string; authority: string } {
  const url = URL.parse(text);
  const scheme = url?.protocol === "http:" ? "http" : url?.protocol === "https:" ? "https" : undefined;
  const host = url === null ? undefined : targetHost(url.hostname);
  if (url === null || scheme === undefined || host === undefined)
    throw new Refusal("invalid", "A web address begins with http:// or https://.");
  const port = Number(url.port) || (scheme === "http" ? 80 : 443);
  return { target: { host, port, scheme }, path: `${url.pathname}${url.search}`, authority: url.host };
}
