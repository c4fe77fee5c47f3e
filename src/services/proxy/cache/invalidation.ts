/** What shows that a stored response is out of date (RFC 9111 §4.3.5, §4.4). Pure. */
import type { ProxiedRequest, ProxiedResponse } from "../exchange.ts";
import { etagOf, matchesWeakly } from "./conditions.ts";
import { parseDate } from "./dates.ts";
import type { Entry } from "./entry.ts";

/** Methods that change nothing (RFC 9110 §9.2.1, and those registered since). */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "QUERY"]);

/** The URLs of which nothing that is stored may be used any more after this exchange; of the same origin only. */
export function relatedUrls(request: ProxiedRequest, response: ProxiedResponse): string[] {
  // RFC 9111 §4.4: an answer that is no error.
  if (SAFE.has(request.method) || response.status < 200 || response.status > 399) return [];
  const urls = new Set([request.target.url]);
  for (const name of ["location", "content-location"]) {
    const value = response.fields.get(name);
    const named = value === undefined ? undefined : sameOrigin(value, request.target.url);
    if (named !== undefined) urls.add(named);
  }
  return [...urls];
}

function sameOrigin(reference: string, base: string): string | undefined {
  if (!URL.canParse(reference, base)) return undefined;
  const named = new URL(reference, base);
  return named.origin === new URL(base).origin ? siteOf(named.href) : undefined;
}

/** A URL as somebody wrote it, as the cache keys by it: without fragment, its scheme, host and port normalised. */
export function siteOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search}`;
}

/** Whether the response to a HEAD speaks of what is stored (RFC 9111 §4.3.5). @param length octets that are stored */
export function agreesWithHead(entry: Entry, length: number, head: ProxiedResponse): boolean {
  const said = head.fields.get("content-length");
  if (entry.status !== head.status || (said !== undefined && said !== String(length))) return false;
  const [tag, stored] = [etagOf(head.fields), etagOf(entry.fields)];
  if (tag !== undefined || stored !== undefined)
    return tag !== undefined && stored !== undefined && matchesWeakly(tag, stored);
  return parseDate(head.fields.get("last-modified")) === parseDate(entry.fields.get("last-modified"));
}
