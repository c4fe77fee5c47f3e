/**
 * Fetches a host list: a GET with the conditions of the last answer (RFC 9110 §13), through the same guard as everybody's requests. A small
 * client of its own, because it must connect to the address that was checked and stop at a size.
 */
import { type Connection, ConnectionClosed, DeadlineExceeded, LineTooLong } from "../net/connection.ts";
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

const LONGEST_LINE = 8_192;
const MOST_FIELDS = 100;
const MOST_REDIRECTS = 5;
/** Milliseconds for each piece. */
const PATIENCE_MS = 30_000;
const PIECE = 16_384;

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
    if (error instanceof DeadlineExceeded) throw new Refusal("temporary", "The server did not go on sending.");
    if (error instanceof ConnectionClosed || error instanceof LineTooLong)
      throw new Refusal("temporary", "The server broke off.", { cause: error });
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
    const lines = [
      `GET ${upstream === undefined ? path : url} HTTP/1.1`,
      `Host: ${authority}`,
      ...(upstream?.authorization === undefined ? [] : [`Proxy-Authorization: ${upstream.authorization}`]),
      ...(options.etag === "" ? [] : [`If-None-Match: ${options.etag}`]),
      ...(options.modified === "" ? [] : [`If-Modified-Since: ${options.modified}`]),
      ...["Accept: text/plain, */*", "Accept-Encoding: identity", "User-Agent: gatepost", "Connection: close"],
    ];
    await connection.write(`${lines.join("\r\n")}\r\n\r\n`);
    return await answerOf(connection, options);
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

async function answerOf(connection: Connection, options: FetchOptions): Promise<Answer> {
  for (;;) {
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(await textLine(connection))?.[1] ?? 0);
    const fields = await fieldsOf(connection);
    if (status >= 100 && status < 200) continue;
    if (status === 304) return { validators: undefined };
    const location = fields.get("location");
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) return { location };
    if (status !== 200) throw new Refusal("temporary", `The server answered ${status || "what cannot be read"}.`);
    const encoding = fields.get("content-encoding") ?? "identity";
    if (encoding !== "identity") throw new Refusal("invalid", "The server sends the list compressed.");
    await body(connection, fields, options);
    return { validators: { etag: fields.get("etag") ?? "", modified: fields.get("last-modified") ?? "" } };
  }
}

async function textLine(connection: Connection): Promise<string> {
  return Buffer.from((await connection.readLine(LONGEST_LINE)).bytes).toString("latin1");
}

async function fieldsOf(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  for (let lines = 0; lines < MOST_FIELDS; lines++) {
    const line = await textLine(connection);
    if (line === "") return fields;
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  throw new Refusal("invalid", "The server's answer has no end.");
}

/** The content, framed as RFC 9112 §6.3 says. */
async function body(connection: Connection, fields: ReadonlyMap<string, string>, options: FetchOptions): Promise<void> {
  let room = options.most;
  const pass = async (octets: number): Promise<void> => {
    if (octets > room)
      throw new Refusal("tooLarge", "The list is larger than the setting gateway.listMegabytes allows.");
    room -= octets;
    for (let left = octets; left > 0; ) {
      const piece = await connection.readSome(Math.min(left, PIECE));
      left -= piece.length;
      await options.onPiece(piece);
    }
  };
  if (/\bchunked\b/i.test(fields.get("transfer-encoding") ?? "")) {
    for (;;) {
      const size = Number.parseInt(/^[\da-f]{1,8}/i.exec(await textLine(connection))?.[0] ?? "-1", 16);
      if (size < 0) throw new Refusal("invalid", "The server's answer cannot be read.");
      if (size === 0) return;
      await pass(size);
      await textLine(connection);
    }
  }
  const length = fields.get("content-length");
  if (length !== undefined) {
    if (!/^\d{1,12}$/.test(length)) throw new Refusal("invalid", "The server's answer cannot be read.");
    await pass(Number(length));
    return;
  }
  await untilEnd(connection, pass);
}

async function untilEnd(connection: Connection, pass: (octets: number) => Promise<void>): Promise<void> {
  for (;;) {
    try {
      const piece = await connection.readSome(PIECE);
      connection.unread(piece);
      await pass(piece.length);
    } catch (error) {
      if (error instanceof ConnectionClosed) return;
      throw error;
    }
  }
}
