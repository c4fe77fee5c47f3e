/**
 * Requests that are answered on the client's connection itself, without the way to the HTTP server on loopback: GET and HEAD of home pages
 * in plaintext. Whatever is anything else, or not quite as browsers write it, is left to that server with all that follows on the
 * connection, and is answered as it always was; so is a head that comes in pieces, for it is the server that waits for the rest. What
 * an answer is, the same sites say in both cases.
 *
 * RFC 9112 (HTTP/1.1): §3.2 (the target and Host), §9.3.2 (pipelining: answers leave in the order of the requests).
 */
import type { Connection } from "../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../net/errors.ts";
import type { Fields } from "../net/http/fields.ts";
import { firstLine, latin1, parseFields, parseRequestLine } from "../net/http/head.ts";
import { Malformed } from "../net/http/malformed.ts";
import type { Input } from "../net/input.ts";
import type { Tunnels } from "../net/tunnels.ts";
import { sendResponse } from "./answer-octets.ts";
import type { Web } from "./app.tsx";
import type { Connected, FilePart } from "./context.ts";

const END = "\r\n\r\n";
const CRLF = 2;
/** Octets of the largest head that is looked at here. */
const MOST_HEAD = 8_192;
/** Answers that are given before others have their turn. */
const MOST_AT_ONCE = 64;
/** Octets that may wait for a client who does not take them, beside one answer. */
const MOST_UNSENT = 65_536;

/** Fields that change what a request is, or how long it is. */
const ELSEWHERE: readonly string[] = ["content-length", "transfer-encoding", "expect", "upgrade"];

/** What answers, and what it is done with. */
export interface DirectDeps {
  /** Gets the sites. */
  readonly web: () => Web | Promise<Web>;
  readonly tunnels: Tunnels;
  /** Milliseconds for which a silent connection is kept. */
  readonly idleMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told what broke; gives what the client is told. */
  readonly broken: (fault: unknown) => Response;
}

/** What came of the octets that are there. */
type Found = "too much" | "for the server" | { readonly head: string };

/**
 * Answers what it can; resolves with whether there is something that the HTTP server is to see to, which has not been read then.
 * @throws ConnectionClosed where the client is gone
 */
export async function answerDirectly(connection: Connection, deps: DirectDeps): Promise<boolean> {
  const first = connection.buffered > 0 ? undefined : await somethingCame(connection, deps.idleMs);
  if (first === false) return false;
  const web = await deps.web();
  const { address } = connection.remote;
  const ready = (head: string) => web.ready({ address, secure: false, head });
  for (;;) {
    connection.deadline(deps.idleMs);
    const found = await nextFor(connection, ready, deps.idleMs);
    if (found === undefined) return false;
    if (found === "too much") await breath(connection);
    else if (found === "for the server" || !(await answer(connection, found.head, web, deps))) break;
  }
  // Whoever passes octets on from here does not know of those that wait, and has times of his own.
  await connection.flush();
  connection.deadline(0);
  return true;
}

/** Waits for the first octets, so that nobody's silence has the sites' code read. */
async function somethingCame(connection: Connection, ms: number): Promise<boolean> {
  connection.deadline(ms);
  return (await quietly(connection.readBy((input) => input.length > 0 || undefined, true))) ?? false;
}

/** Undefined where nothing came in time, or the server stops. */
async function quietly<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof DeadlineExceeded || error instanceof ConnectionClosed) return undefined;
    throw error;
  }
}

/** Gives every answer that is ready within the call in which its request came, and stops at the first request that has none. */
function nextFor(
  connection: Connection,
  ready: (head: string) => Uint8Array | undefined,
  idleMs: number,
): Promise<Found | undefined> {
  const take = (input: Input): Found | undefined => {
    let given = 0;
    try {
      while (input.length > 0) {
        if (given === MOST_AT_ONCE || connection.unsent > MOST_UNSENT) return "too much";
        const head = headIn(input);
        if (head === undefined) return "for the server";
        const octets = ready(head);
        if (octets === undefined) return { head };
        input.take(head.length);
        void connection.write(octets);
        given++;
      }
      connection.deadline(idleMs);
      return undefined;
    } finally {
      if (given > 0) void connection.flush().catch(() => undefined);
    }
  };
  return quietly(connection.readBy(take, true));
}

/** The head at the beginning of what has come; undefined where all of it is not there. */
function headIn(input: Input): string | undefined {
  const octets = input.look();
  const text = latin1(octets, Math.min(octets.length, MOST_HEAD));
  const end = text.indexOf(END);
  if (end < 0) return undefined;
  return end + END.length === text.length ? text : text.slice(0, end + END.length);
}

/** Lets the client take what it was given, and others have their turn. */
async function breath(connection: Connection): Promise<void> {
  await connection.flush();
  await new Promise((resolve) => setImmediate(resolve));
}

/** Has a request answered that was not ready; false where it is for the server. */
async function answer(connection: Connection, head: string, web: Web, deps: DirectDeps): Promise<boolean> {
  const request = requestOf(head);
  if (request === undefined) return false;
  const asked = new Asked(connection.remote.address, head);
  try {
    const coming = web.take(request, asked);
    if (coming === undefined) return false;
    await connection.readBytes(head.length);
    const response = await Promise.resolve(coming).catch(deps.broken);
    await sendResponse(connection, response, { method: request.method, now: deps.now() });
    if (asked.part !== undefined && request.method === "GET") await sendPart(connection, asked.part, deps);
    return true;
  } finally {
    await asked.part?.close();
  }
}

async function sendPart(connection: Connection, { fd, start, end }: FilePart, deps: DirectDeps): Promise<void> {
  const sent = await deps.tunnels.sendFile(fd, start, end - start, connection, { idleMs: deps.idleMs });
  if (sent < end - start) connection.destroy();
}

/** A request that may be answered here; undefined for any other. */
function requestOf(head: string): Request | undefined {
  try {
    const first = firstLine(head);
    const { method, target, minor } = parseRequestLine(first);
    const fields = parseFields(head, first.length + CRLF);
    if (minor !== 1 || (method !== "GET" && method !== "HEAD") || !isPlain(fields)) return undefined;
    const url = `http://${fields.get("host")}${target}`;
    const request = new Request(url, { method, headers: [...fields] });
    // What the runtime writes in another way is nothing that two readers would understand alike.
    return target.startsWith("/") && request.url === url ? request : undefined;
  } catch (error) {
    if (error instanceof Malformed || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** One line a field, one Host, no content, and a connection that goes on. */
function isPlain(fields: Fields): boolean {
  const names = [...fields.lines()].map(([name]) => name);
  return (
    new Set(names).size === names.length &&
    fields.has("host") &&
    !ELSEWHERE.some((name) => fields.has(name)) &&
    fields.tokens("connection").every((token) => token === "keep-alive")
  );
}

/** A request whose answer is written to the connection itself. */
class Asked implements Connected {
  readonly secure = false;
  /** The file of which the body is a part. */
  part: FilePart | undefined;

  constructor(
    readonly address: string,
    readonly head: string,
  ) {}

  fileBody(part: FilePart): null {
    this.part = part;
    return null;
  }
}
