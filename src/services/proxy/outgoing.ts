/** Heads as they are written to origins and clients: every one from values, none as it came (RFC 9110 §7.6, RFC 9112 §3 and §4). Pure. */

import { authorityOf } from "../../gateway/urls.ts";
import { Fields } from "../../net/http/fields.ts";
import type { ProxiedResponse, TargetUri } from "./exchange.ts";
import { CHUNKED, CLOSE, type Framing } from "./framing.ts";
import { viaOf } from "./hop.ts";
import type { Incoming } from "./incoming.ts";

/** What a request is written from. */
export interface RequestParts {
  readonly request: Pick<Incoming, "method" | "minor" | "hop" | "framing">;
  readonly uri: TargetUri;
  /** The request's own, or those of a validation. */
  readonly fields: Fields;
  /** The protocols to offer (RFC 9110 §7.8). */
  readonly upgrades: readonly string[];
  /** Set where another proxy is asked. */
  readonly upstream: { readonly authorization?: string } | undefined;
  readonly pseudonym: string;
}

const STANDARD = { http: 80, ftp: 21 } as const;

/** What this proxy says by itself, whatever stood there. */
const OWN: ReadonlySet<string> = new Set(["host", "via"]);
const OWN_WITH_LENGTH: ReadonlySet<string> = new Set([...OWN, "content-length"]);

/** The head of a request to an origin. */
export function requestHead(parts: RequestParts): string {
  const { request, uri, fields, upstream, pseudonym } = parts;
  const { framing } = request;
  // RFC 9112 §3.2.2: Host says what the target said, whatever the client had there; RFC 9112 §3.2.4 for "*".
  const host = authorityOf(uri.host, uri.port, STANDARD[uri.scheme]);
  let text = `${request.method} ${upstream ? uri.url : uri.path} HTTP/1.1\r\nHost: ${host}\r\n`;
  text += fields.toString(framing.kind === "length" ? OWN_WITH_LENGTH : OWN);
  text += `Via: ${viaOf(fields, request.minor, pseudonym)}\r\n`;
  // As it was understood: with zeros before it, some take it for octal.
  if (framing.kind === "length") text += `Content-Length: ${framing.octets}\r\n`;
  if (framing.kind === "chunked") text += "Transfer-Encoding: chunked\r\n";
  return `${text}${ofConnection(parts)}\r\n`;
}

/** The fields of the connection to an origin, or to another proxy; "" where there are none. */
function ofConnection({ request, upgrades, upstream }: RequestParts): string {
  const authorization = upstream?.authorization;
  if (upgrades.length === 0 && !request.hop.trailers && authorization === undefined) return "";
  const fields = new Fields();
  const options: string[] = [];
  if (upgrades.length > 0) {
    options.push("Upgrade");
    fields.add("Upgrade", upgrades.join(", "));
  }
  if (request.hop.trailers) {
    options.push("TE");
    fields.add("TE", "trailers");
  }
  if (options.length > 0) fields.add("Connection", options.join(", "));
  if (authorization !== undefined) fields.add("Proxy-Authorization", authorization);
  return fields.toString();
}

/** How a response is written to a client. */
export interface ResponseParts {
  readonly response: ProxiedResponse;
  /** The version it came with. */
  readonly minor: 0 | 1;
  /** How its content will be framed. */
  readonly framing: Framing;
  /** The connection ends after it. */
  readonly close: boolean;
  /** What the cache has to say of it (RFC 9211). */
  readonly cacheStatus?: string | undefined;
  readonly pseudonym: string;
  /** Milliseconds since the epoch, for a response without a date. */
  readonly now: number;
}

/** What this proxy says by itself of a response with chunks, of one without a content, and of any other. */
const OF_CHUNKS: ReadonlySet<string> = new Set(["via", "cache-status", "content-length"]);
// RFC 9110 §6.6.2: Trailer announces what only comes behind chunks.
const OF_NONE: ReadonlySet<string> = new Set(["via", "cache-status", "trailer"]);
const OF_OTHERS: ReadonlySet<string> = new Set([...OF_NONE, "content-length"]);

/** The head of a final response to a client. */
export function responseHead(parts: ResponseParts): string {
  const { response, minor, framing, close, cacheStatus, pseudonym, now } = parts;
  const { status, reason, fields } = response;
  let text = `HTTP/1.1 ${status} ${reason}\r\n${fields.toString(writtenHere(status, framing))}`;
  if (framing.kind === "chunked") text += "Transfer-Encoding: chunked\r\n";
  if (framing.kind === "length") text += `Content-Length: ${framing.octets}\r\n`;
  text += `Via: ${viaOf(fields, minor, pseudonym)}\r\n`;
  // RFC 9110 §6.6.1: a recipient with a clock adds the date that is missing.
  if (!fields.has("date")) text += `Date: ${new Date(now).toUTCString()}\r\n`;
  // RFC 9211 §2: each cache adds itself behind those nearer to the origin.
  const statuses = listOf(fields.get("cache-status"), cacheStatus);
  if (statuses !== undefined) text += `Cache-Status: ${statuses}\r\n`;
  return close ? `${text}Connection: close\r\n\r\n` : `${text}\r\n`;
}

function writtenHere(status: number, { kind }: Framing): ReadonlySet<string> {
  if (kind === "chunked") return OF_CHUNKS;
  // RFC 9110 §8.6: 204 has no length; 304 and answers to HEAD say that of another.
  return kind === "none" && status !== 204 ? OF_NONE : OF_OTHERS;
}

function listOf(before: string | undefined, own: string | undefined): string | undefined {
  return before === undefined || own === undefined ? (before ?? own) : `${before}, ${own}`;
}

/** The head of an interim response, or of 101 (RFC 9110 §15.2); its fields belong to this call from now on. */
export function interimHead({ status, reason, fields }: ProxiedResponse, minor: 0 | 1, pseudonym: string): string {
  fields.set("Via", viaOf(fields, minor, pseudonym));
  return `HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n`;
}

/** How a content is framed for a client (RFC 9112 §6.1, §6.3). */
export function framingFor(clientMinor: 0 | 1, framing: Framing): Framing {
  if (framing.kind !== "chunked" && framing.kind !== "close") return framing;
  return clientMinor === 0 ? CLOSE : CHUNKED;
}
