/**
 * A GET over a connection that is there, or a POST, and its answer as far as a size (RFC 9110, framing as RFC 9112 §6.3
 * says). For what this server fetches for itself: host lists, policies, pictures of mail, where it matters to which address a connection
 * leads.
 */
import { type Connection, ConnectionClosed, DeadlineExceeded, LineTooLong } from "../connection.ts";
import { Malformed } from "./malformed.ts";

export interface Get {
  /** What stands behind GET: a path, or for proxies the whole address. */
  readonly target: string;
  /** The Host field. */
  readonly authority: string;
  readonly accept: string;
  /** More fields, `Name: value`. */
  readonly fields?: readonly string[];
  /** What is posted, instead of only asking. */
  readonly post?: Posted;
  /** Octets of content that are read at most. */
  readonly most: number;
  /** Told each piece of the content of an answer with 200. */
  readonly onPiece: (piece: Uint8Array) => void | Promise<void>;
}

/** Content that is sent along. */
export interface Posted {
  readonly type: string;
  readonly octets: Uint8Array;
}

export interface Answer {
  readonly status: number;
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
}

/** An answer's content is larger than it may be. */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}

const LONGEST_LINE = 8_192;
const MOST_FIELDS = 100;
const MOST_INTERIM = 10;
const PIECE = 16_384;

/**
 * Asks, and reads the answer; the connection's deadline is the caller's, and so is its end.
 * @throws Malformed with a sentence about the server, TooMuch
 */
export async function get(connection: Connection, request: Get): Promise<Answer> {
  const { post } = request;
  const lines = [
    `${post === undefined ? "GET" : "POST"} ${request.target} HTTP/1.1`,
    `Host: ${request.authority}`,
    ...(request.fields ?? []),
    `Accept: ${request.accept}`,
    ...["Accept-Encoding: identity", "User-Agent: gatepost", "Connection: close"],
    ...(post === undefined ? [] : [`Content-Type: ${post.type}`, `Content-Length: ${post.octets.length}`]),
  ];
  try {
    await connection.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (post !== undefined) await connection.write(post.octets);
    for (let heads = 0; heads <= MOST_INTERIM; heads++) {
      const answer = await headOf(connection);
      if (answer.status >= 100 && answer.status < 200) continue;
      if (answer.status === 200) await content(connection, answer, request);
      return answer;
    }
  } catch (error) {
    if (error instanceof DeadlineExceeded) throw new Malformed("The server did not go on sending.");
    if (error instanceof ConnectionClosed || error instanceof LineTooLong) throw new Malformed("The server broke off.");
    throw error;
  }
  throw new Malformed("The server's answer has no end.");
}

async function headOf(connection: Connection): Promise<Answer> {
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(await textLine(connection))?.[1] ?? 0);
  const fields = new Map<string, string>();
  for (let lines = 0; lines < MOST_FIELDS; lines++) {
    const line = await textLine(connection);
    if (line === "") return { status, fields };
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  throw new Malformed("The server's answer has no end.");
}

async function textLine(connection: Connection): Promise<string> {
  return Buffer.from((await connection.readLine(LONGEST_LINE)).bytes).toString("latin1");
}

async function content(connection: Connection, { fields }: Answer, { most, onPiece }: Get): Promise<void> {
  const encoding = fields.get("content-encoding") ?? "identity";
  if (encoding !== "identity") throw new Malformed("The server sends it compressed.");
  let room = most;
  const pass = async (octets: number): Promise<void> => {
    if (octets > room) throw new TooMuch(`The content has more than ${most} octets.`);
    room -= octets;
    for (let left = octets; left > 0; ) {
      const piece = await connection.readSome(Math.min(left, PIECE));
      left -= piece.length;
      await onPiece(piece);
    }
  };
  if (/\bchunked\b/i.test(fields.get("transfer-encoding") ?? "")) return await chunks(connection, pass);
  const length = fields.get("content-length");
  if (length === undefined) return await untilEnd(connection, pass);
  if (!/^\d{1,12}$/.test(length)) throw unreadable();
  await pass(Number(length));
}

async function chunks(connection: Connection, pass: (octets: number) => Promise<void>): Promise<void> {
  for (;;) {
    const size = Number.parseInt(/^[\da-f]{1,8}/i.exec(await textLine(connection))?.[0] ?? "-1", 16);
    if (size < 0) throw unreadable();
    if (size === 0) return;
    await pass(size);
    await textLine(connection);
  }
}

async function untilEnd(connection: Connection, pass: (octets: number) => Promise<void>): Promise<void> {
  for (;;) {
    let octets: number;
    try {
      const piece = await connection.readSome(PIECE);
      connection.unread(piece);
      octets = piece.length;
    } catch (error) {
      if (error instanceof ConnectionClosed) return;
      throw error;
    }
    await pass(octets);
  }
}

function unreadable(): Malformed {
  return new Malformed("The server's answer cannot be read.");
}
