/** Heads as they are written to origins and clients: every one from values, none as it came (RFC 9110 §7.6, RFC 9112 §3 and §4). Pure. */

import { authorityOf } from "../../gateway/urls.ts";
import type { Fields } from "../../net/http/fields.ts";
import type { ProxiedResponse, TargetUri } from "./exchange.ts";
import type { Framing } from "./framing.ts";
import { addVia } from "./hop.ts";
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

/** The head of a request to an origin. */
export function requestHead(parts: RequestParts): Buffer {
  const { request, uri, upgrades, upstream, pseudonym } = parts;
  const fields = parts.fields.clone();
  fields.delete("host");
  addVia(fields, request.minor, pseudonym);
  const options: string[] = [];
  if (upgrades.length > 0) {
    options.push("Upgrade");
    fields.set("Upgrade", upgrades.join(", "));
  }
  if (request.hop.trailers) {
    options.push("TE");
    fields.set("TE", "trailers");
  }
  if (options.length > 0) fields.set("Connection", options.join(", "));
  if (request.framing.kind === "chunked") fields.set("Transfer-Encoding", "chunked");
  // As it was understood: with zeros before it, some take it for octal.
  if (request.framing.kind === "length") fields.set("Content-Length", String(request.framing.octets));
  if (upstream?.authorization !== undefined) fields.set("Proxy-Authorization", upstream.authorization);
  // RFC 9112 §3.2.2: Host says what the target said, whatever the client had there; RFC 9112 §3.2.4 for "*".
  const host = authorityOf(uri.host, uri.port, STANDARD[uri.scheme]);
  const target = upstream ? uri.url : uri.path;
  return Buffer.from(`${request.method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`, "latin1");
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
  readonly pseudonym: string;
  /** Milliseconds since the epoch, for a response without a date. */
  readonly now: number;
}

/** The head of a final response to a client; its fields belong to this call from now on. */
export function responseHead({ response, minor, framing, close, pseudonym, now }: ResponseParts): Buffer {
  const { status, reason, fields } = response;
  addVia(fields, minor, pseudonym);
  // RFC 9110 §6.6.1: a recipient with a clock adds the date that is missing.
  if (!fields.has("date")) fields.set("Date", new Date(now).toUTCString());
  if (framing.kind === "chunked") fields.set("Transfer-Encoding", "chunked");
  // RFC 9110 §6.6.2: it announces what only comes behind chunks.
  else fields.delete("trailer");
  if (framing.kind === "chunked" || framing.kind === "close") fields.delete("content-length");
  // RFC 9110 §8.6.
  if (status === 204) fields.delete("content-length");
  if (framing.kind === "length") fields.set("Content-Length", String(framing.octets));
  if (close) fields.set("Connection", "close");
  return Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n`, "latin1");
}

/** The head of an interim response, or of 101 (RFC 9110 §15.2); its fields belong to this call from now on. */
export function interimHead({ status, reason, fields }: ProxiedResponse, minor: 0 | 1, pseudonym: string): Buffer {
  addVia(fields, minor, pseudonym);
  return Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n`, "latin1");
}

/** How a content is framed for a client (RFC 9112 §6.1, §6.3). */
export function framingFor(clientMinor: 0 | 1, framing: Framing): Framing {
  if (framing.kind !== "chunked" && framing.kind !== "close") return framing;
  return { kind: clientMinor === 0 ? "close" : "chunked" };
}
