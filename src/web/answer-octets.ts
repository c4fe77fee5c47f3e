/** Answers as octets, for connections that are answered without the HTTP server (RFC 9112 §4, §6, §7.1). */
import { STATUS_CODES } from "node:http";
import type { Connection } from "../net/connection.ts";

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
  const { status, headers, body } = response;
  const known = headers.has("content-length") || hasNoContent(status);
  if (method === "HEAD" || body === null || known) {
    if (!known) headers.set("content-length", String(body === null ? 0 : (await response.bytes()).length));
    await connection.write(headOctets(answerHead(status, headers, now)));
    if (method === "HEAD") await body?.cancel().catch(() => undefined);
    else if (body !== null && !hasNoContent(status)) await sendBody(connection, body, (piece) => [piece]);
    return;
  }
  headers.set("transfer-encoding", "chunked");
  await connection.write(headOctets(answerHead(status, headers, now)));
  await sendBody(connection, body, chunk);
  await connection.write("0\r\n\r\n");
};

const chunk = (piece: Uint8Array): readonly (Uint8Array | string)[] => [
  `${piece.length.toString(16)}\r\n`,
  piece,
  "\r\n",
];

const sendBody = async (
  connection: Connection,
  body: ReadableStream<Uint8Array>,
  wrapped: (piece: Uint8Array) => readonly (Uint8Array | string)[],
): Promise<void> => {
  for await (const piece of body) {
    if (piece.length === 0) continue;
    for (const part of wrapped(piece)) await connection.write(part);
  }
};
