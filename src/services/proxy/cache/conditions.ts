/** Validators and conditions (RFC 9110 §8.8, §13; RFC 9111 §4.3). Pure. */

import type { Fields } from "../../../net/http/fields.ts";
import type { ProxiedRequest, ProxiedResponse } from "../exchange.ts";
import { parseDate } from "./dates.ts";
import type { Entry } from "./entry.ts";
import { dateOf } from "./freshness.ts";

const ETAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const ETAGS = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)/y;
/** RFC 9110 §8.8.2.2: a date is a strong validator where it lies this far before the response (milliseconds). */
const STRONG_AFTER = 60_000;

/** The entity tag of a head, where it is a proper one. */
export function etagOf(fields: Fields): string | undefined {
  const tag = fields.get("etag");
  return tag !== undefined && ETAG.test(tag) ? tag : undefined;
}

/** The tags of a list; undefined where it cannot be read. */
export function etagsIn(value: string): string[] | undefined {
  const tags: string[] = [];
  for (let at = 0; at < value.length; at = ETAGS.lastIndex) {
    ETAGS.lastIndex = at;
    const member = ETAGS.exec(value);
    if (member === null) return undefined;
    tags.push(member[1] as string);
  }
  return tags;
}

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);

/** RFC 9110 §8.8.3.2: weak comparison. */
export function matchesWeakly(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

/** RFC 9110 §8.8.3.2: strong comparison. */
export function matchesStrongly(a: string, b: string): boolean {
  return a === b && !a.startsWith("W/");
}

/** Whether the client has what is stored already, so that it hears 304 (RFC 9110 §13.2.2, RFC 9111 §4.3.2). */
export function clientHas(entry: Entry, request: Fields): boolean {
  // RFC 9110 §13.2.1: conditions are not looked at where the answer would not be a success.
  if (entry.status !== 200) return false;
  const tags = request.get("if-none-match");
  if (tags !== undefined) {
    if (tags.trim() === "*") return true;
    const stored = etagOf(entry.fields);
    return stored !== undefined && (etagsIn(tags) ?? []).some((tag) => matchesWeakly(tag, stored));
  }
  const since = parseDate(request.get("if-modified-since"));
  if (since === undefined) return false;
  return (parseDate(entry.fields.get("last-modified")) ?? dateOf(entry)) <= since;
}

/** Whether a range may be cut out of what is stored for this request (RFC 9110 §13.1.5): If-Range compares strongly. */
export function rangeStillHolds(entry: Entry, request: Fields): boolean {
  const condition = request.get("if-range");
  if (condition === undefined) return true;
  const stored = etagOf(entry.fields);
  if (ETAG.test(condition)) return stored !== undefined && matchesStrongly(condition, stored);
  const changed = parseDate(entry.fields.get("last-modified"));
  const asked = parseDate(condition);
  return asked !== undefined && asked === changed && dateOf(entry) - changed >= STRONG_AFTER;
}

/** Whether the origin can be asked if a stored response is still good. */
export function canBeValidated(entry: Entry): boolean {
  return etagOf(entry.fields) !== undefined || parseDate(entry.fields.get("last-modified")) !== undefined;
}

/** A client's conditions and its range: what is asked of the origin instead must give the whole. */
const REPLACED: ReadonlySet<string> = new Set(["if-none-match", "if-modified-since", "if-range", "range"]);

/**
 * The fields to validate a stored response with (RFC 9111 §4.3.1). The client's own tags are asked for, too: if the origin has what the
 * client has, nothing need be sent.
 */
export function validationFields(entry: Entry, request: ProxiedRequest): Fields {
  const fields = request.fields.clone();
  fields.deleteWhere((key) => REPLACED.has(key));
  const stored = etagOf(entry.fields);
  const own = request.fields.has("range") ? [] : (etagsIn(request.fields.get("if-none-match") ?? "") ?? []);
  if (stored !== undefined) {
    const others = own.filter((tag) => tag !== stored);
    fields.add("If-None-Match", [stored, ...others].join(", "));
  }
  const changed = entry.fields.get("last-modified");
  if (parseDate(changed) !== undefined) fields.add("If-Modified-Since", changed as string);
  return fields;
}

/**
 * Whether a 304 speaks of a stored response (RFC 9111 §4.3.4).
 * "unsaid": it names no validator, so it speaks of what it was asked about.
 */
export function speaksOf(entry: Entry, notModified: ProxiedResponse): "yes" | "no" | "unsaid" {
  const tag = etagOf(notModified.fields);
  const stored = etagOf(entry.fields);
  if (tag !== undefined) return stored !== undefined && matchesWeakly(tag, stored) ? "yes" : "no";
  const changed = parseDate(notModified.fields.get("last-modified"));
  if (changed !== undefined) return changed === parseDate(entry.fields.get("last-modified")) ? "yes" : "no";
  return "unsaid";
}
