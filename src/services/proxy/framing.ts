/**
 * How long a message's content is (RFC 9112 §6). Two fields that could say two things are refused, not weighed against each other:
 * whoever stands before or behind this proxy may weigh them in another way. Pure.
 */
import type { Fields } from "../../net/http/fields.ts";
import { BadRequest, BadResponse } from "./problem.ts";

/** How the end of a content is known. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly octets: number }
  | { readonly kind: "chunked" }
  /** Of responses only: up to the end of the connection. */
  | { readonly kind: "close" };

export const NONE: Framing = { kind: "none" };
export const CHUNKED: Framing = { kind: "chunked" };
export const CLOSE: Framing = { kind: "close" };

const LENGTH = /^\d{1,15}$/;

/** A Content-Length as it must be written (RFC 9110 §8.6); undefined where it is malformed. */
function lengthOf(value: string): number | undefined {
  return LENGTH.test(value) ? Number(value) : undefined;
}

/** What is wrong with the fields that frame a message; undefined where nothing is. */
function contradiction(fields: Fields, minor: 0 | 1): string | undefined {
  const lengths = fields.all("content-length");
  if (lengths.length > 1) return "Content-Length is there more than once.";
  if (lengths[0] !== undefined && lengthOf(lengths[0]) === undefined) return "Content-Length is no number of octets.";
  if (!fields.has("transfer-encoding")) return undefined;
  if (lengths.length > 0) return "Transfer-Encoding and Content-Length stand together.";
  // RFC 9112 §6.1: HTTP/1.0 has no transfer codings; whoever sends one has been tampered with or does not know what he says.
  if (minor === 0) return "HTTP/1.0 has no Transfer-Encoding.";
  return undefined;
}

/** Whether Transfer-Encoding is there once, and says that and nothing else: a list of two lines holds a comma. */
function isChunked(fields: Fields): boolean {
  return fields.get("transfer-encoding")?.toLowerCase() === "chunked";
}

/** The framing of a request (RFC 9112 §6.3). @throws BadRequest */
export function requestFraming(fields: Fields, minor: 0 | 1): Framing {
  const wrong = contradiction(fields, minor);
  if (wrong !== undefined) throw new BadRequest(400, wrong, true);
  if (fields.has("transfer-encoding")) {
    if (isChunked(fields)) return CHUNKED;
    throw new BadRequest(501, "Of transfer codings only “chunked”, written once, is understood here.", true);
  }
  const length = fields.get("content-length");
  return length === undefined || Number(length) === 0 ? NONE : { kind: "length", octets: Number(length) };
}

/** The framing of a final response to a request with this method (RFC 9112 §6.3). @throws BadResponse */
export function responseFraming(method: string, status: number, fields: Fields, minor: 0 | 1): Framing {
  const wrong = contradiction(fields, minor);
  if (wrong !== undefined) throw new BadResponse(wrong);
  if (method === "HEAD" || status === 204 || status === 304) return NONE;
  if (fields.has("transfer-encoding")) {
    if (isChunked(fields)) return CHUNKED;
    throw new BadResponse("It uses a transfer coding that it was not asked for.");
  }
  const length = fields.get("content-length");
  if (length === undefined) return CLOSE;
  return Number(length) === 0 ? NONE : { kind: "length", octets: Number(length) };
}
