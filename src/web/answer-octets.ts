/** Answers as octets, for connections that are answered without the HTTP server (RFC 9112 §4, §6, §7.1). */
import { STATUS_CODES } from "node:http";
import type { Connection } from "../net/connection.ts";

/** Bodies up to this many octets are taken in one piece: a stream of one costs more than the rest of an answer. */
const MOST_WHOLE = 262_144;

/** The head of an answer, its empty line included. @param now milliseconds since the epoch */
export const answerHead = (status: number, headers: Headers, now: number): string => {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  return `${text}date: ${new Date(now).toUTCString()}\r\n\r\n`;
};

/** The head as it is sent: a value of a field is octets, one for each of its characters (RFC 9110 §5.5). */
export const headOctets = (head: string): Uint8Array => Buffer.from(head, "latin1");

/** RFC 9110 §6.4.1: no content, and nothing said of its length. */
const hasNoContent = (status: number): boolean => status === 204 || status === 304;

/**
 * Sends an answer to GET or HEAD, head and body, at the pace at which it is taken.
 * @throws ConnectionClosed; whatever the body ends with, and then the connection is of no more use
 */
export const sendResponse = async (
  connection: Connection,
  response: Response,
  { method, now }: { readonly method: string; readonly now: number },
): Promise<void> => {
  const { status, headers } = response;
  const length = headers.get("content-length");
  const whole = length !== null && Number(length) <= MOST_WHOLE;
  // A body that is asked for as a stream becomes one, and the more expensive for it.
  const body = whole ? null : response.body;
  if (length === null && body === null && !hasNoContent(status)) headers.set("content-length", "0");
  const chunked = length === null && body !== null;
  if (chunked) headers.set("transfer-encoding", "chunked");
  const sent = connection.write(headOctets(answerHead(status, headers, now)));
  if (method === "HEAD" || hasNoContent(status)) await body?.cancel().catch(() => undefined);
  else if (whole) await connection.write(await response.bytes());
  else if (body !== null) {
    const octets = await sendBody(connection, body, chunked ? inChunk : asItIs);
    // What was announced did not come, and the next answer must not be taken for the rest of it.
    if (!chunked && octets !== Number(length)) connection.destroy();
  }
  await sent;
};

/** Resolves with the octets of the body. */
const sendBody = async (
  connection: Connection,
  body: ReadableStream<Uint8Array>,
  wrapped: Wrapping,
): Promise<number> => {
  let octets = 0;
  for await (const piece of body) {
    octets += piece.length;
    for (const part of wrapped(piece)) await connection.write(part);
  }
  for (const part of wrapped(undefined)) await connection.write(part);
  return octets;
};

/** What a piece of a body, or its end, is sent as. */
type Wrapping = (piece: Uint8Array | undefined) => readonly (Uint8Array | string)[];

const asItIs: Wrapping = (piece) => (piece === undefined ? [] : [piece]);

/** RFC 9112 §7.1: a chunk of no octets is the end. */
const inChunk: Wrapping = (piece) => {
  if (piece === undefined) return ["0\r\n\r\n"];
  return piece.length === 0 ? [] : [`${piece.length.toString(16)}\r\n`, piece, "\r\n"];
};
