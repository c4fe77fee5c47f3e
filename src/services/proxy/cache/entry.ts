/** A stored response: what is kept of its head, and how a newer head changes it (RFC 9111 §3.1, §3.2, §4.3.4). Pure. */

import { Fields } from "../../../net/http/fields.ts";
import type { ProxiedRequest, ProxiedResponse } from "../exchange.ts";
import { formatDate } from "./dates.ts";
import { responseDirectives } from "./directives.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { variantOf, variesBy } from "./vary.ts";

/** The head of a stored response, and what it is found by. */
export interface Entry {
  /** The target with scheme, host and port normalised: the primary key (RFC 9111 §2). */
  readonly url: string;
  readonly host: string;
  /** The request fields that chose it, in lower case, and what they were (RFC 9111 §4.1). */
  readonly vary: readonly string[];
  readonly variant: string;
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  /** The address it came from, where that is known. */
  readonly from?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly requestedAt: number;
  readonly receivedAt: number;
  readonly freshness: Freshness;
}

/**
 * RFC 9111 §3.1: what belongs to one connection or one client is not stored. The forwarder takes the fields of the connection out
 * already; they stand here all the same, because a stored one would reach everybody. Set-Cookie is among them: a response with one is
 * stored only where the origin says that the rest may be shared (see storable.ts). The lengths and the trailers' names belong to the framing.
 */
const NEVER_STORED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "set-cookie",
  "set-cookie2",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "age",
]);

/** RFC 9111 §3.2: what describes the stored octets themselves is not replaced by a newer head. */
const NEVER_UPDATED: ReadonlySet<string> = new Set(["content-encoding", "content-range", "content-type"]);

/** Makes the entry of a response. @param receivedAt milliseconds since the epoch */
export function entryOf(request: ProxiedRequest, response: ProxiedResponse, receivedAt: number): Entry {
  const vary = variesBy(response.fields);
  return timed({
    url: request.target.url,
    host: request.target.host,
    vary,
    variant: variantOf(vary, request.fields),
    status: response.status,
    reason: response.reason,
    fields: kept(response.fields, receivedAt),
    from: response.from,
    age: response.fields.get("age"),
    requestedAt: request.at,
    receivedAt,
  });
}

type Untimed = Omit<Entry, "freshness"> & { readonly age: string | undefined };

function timed({ age, ...entry }: Untimed): Entry {
  const fields = entry.fields.clone();
  if (age !== undefined) fields.addParsed("Age", age);
  return { ...entry, freshness: freshnessOf({ ...entry, fields, query: entry.url.includes("?") }) };
}

/** The fields that are stored. */
function kept(from: Fields, receivedAt: number): Fields {
  const fields = from.clone();
  const directives = responseDirectives(from);
  // RFC 9111 §5.2.2.4, §5.2.2.7: fields that are for one client, or that need the origin's word each time, are not stored at all.
  const named = new Set([...directives.fields("private"), ...directives.fields("no-cache")]);
  const ofConnection = new Set(from.tokens("connection"));
  fields.deleteWhere((key) => NEVER_STORED.has(key) || named.has(key) || ofConnection.has(key));
  // RFC 9110 §6.6.1: whoever stores a response without a date gives it one.
  if (!fields.has("date")) fields.add("Date", formatDate(receivedAt));
  return fields;
}

/** A stored response after a 304, or after the response to a HEAD (RFC 9111 §3.2). */
export function refreshed(
  entry: Entry,
  newer: ProxiedResponse,
  times: { requestedAt: number; receivedAt: number },
): Entry {
  const incoming = kept(newer.fields, times.receivedAt);
  incoming.deleteWhere((key) => NEVER_UPDATED.has(key));
  const replaced = new Set<string>();
  for (const [key] of incoming.lines()) replaced.add(key);
  const fields = entry.fields.clone();
  fields.deleteWhere((key) => replaced.has(key));
  for (const [name, value] of incoming) fields.addParsed(name, value);
  return timed({ ...entry, ...times, fields, age: newer.fields.get("age") });
}

/** An entry as it stands in the index. */
export function packEntry(entry: Entry): string {
  const { freshness: _, fields, ...rest } = entry;
  const age = Math.ceil(entry.freshness.initialAge / 1_000);
  return JSON.stringify({ ...rest, age, fields: [...fields] });
}

type Packed = Omit<Untimed, "fields" | "age"> & { readonly age: number; readonly fields: readonly [string, string][] };

/** The entry in a row of the index. @throws for what packEntry did not write */
export function unpackEntry(text: string): Entry {
  const { age, fields, ...packed } = JSON.parse(text) as Packed;
  // The age at arrival is put back as it was worked out then; the request's delay is in it already.
  return timed({ ...packed, requestedAt: packed.receivedAt, age: String(age), fields: Fields.of(fields) });
}
