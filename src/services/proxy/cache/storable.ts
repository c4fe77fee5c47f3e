/**
 * What may be stored (RFC 9111 §3), and what this cache leaves alone beyond that. A shared cache that errs shows one person's page to
 * another, so wherever the RFC leaves a choice this one does not store. Pure.
 */

import type { Fields } from "../../../net/http/fields.ts";
import type { ProxiedRequest, ProxiedResponse } from "../exchange.ts";
import { type Directives, requestDirectives, responseDirectives } from "./directives.ts";
import { heuristicallyCacheable } from "./freshness.ts";
import { canBeChosen, variesBy } from "./vary.ts";

/** Status codes whose meaning for caches is kept here: what "understood" means to must-understand (RFC 9111 §5.2.2.3). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504,
]);

/** Never stored: partial content, answers to one client's condition, range, credentials or connection, and refusals to try again. */
const NEVER: ReadonlySet<number> = new Set([206, 304, 401, 407, 408, 412, 416, 417, 421, 425, 428, 429, 431, 511]);

/**
 * Request fields that origins are known to choose responses by with Vary, or not at all. A response to a request with any other field is
 * stored only where Vary names that field: an origin that lets X-Forwarded-Host or a field of its own into its answer and does not say
 * so would otherwise let one client write what all others read.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "authorization",
  "cache-control",
  "cookie",
  "dnt",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "origin",
  "pragma",
  "priority",
  "referer",
  "save-data",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "sec-gpc",
  "sec-purpose",
  "upgrade-insecure-requests",
  "user-agent",
  "via",
]);

/** Whether a request is one that the cache looks at at all: a public GET or HEAD, without content, over http. */
export function asksCache(request: ProxiedRequest): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (request.hasBody || request.target.scheme !== "http") return false;
  // RFC 9110 §13.1.1, §13.1.4: these ask for the origin's own state.
  return !request.fields.has("if-match") && !request.fields.has("if-unmodified-since");
}

/** Whether the request itself lets its response be stored. */
export function mayStoreFor(request: ProxiedRequest, asked: Directives = requestDirectives(request.fields)): boolean {
  return request.method === "GET" && !request.hasBody && request.target.scheme === "http" && !asked.has("no-store");
}

/** Whether a response shows that what is stored is out of date, although it is not stored itself. */
export function replacesStored(status: number): boolean {
  return status >= 200 && status < 500 && !NEVER.has(status);
}

/** Whether a response may be stored, whoever asked for it. */
export function mayStoreResponse(response: ProxiedResponse): boolean {
  const { status, fields } = response;
  if (status < 200 || NEVER.has(status) || fields.has("content-range")) return false;
  const said = responseDirectives(fields);
  if (!said.sound || said.whole("private")) return false;
  // RFC 9111 §5.2.2.3: where must-understand is there and kept, no-store is meant for those who do not understand.
  const understood = UNDERSTOOD.has(status);
  if (said.has("must-understand") ? !understood : said.has("no-store")) return false;
  if (setsCookie(fields, said)) return false;
  if (!canBeChosen(variesBy(fields))) return false;
  return isWorthIt(response, said);
}

/**
 * RFC 9111 §7.3 leaves cookies to the origin's Cache-Control; too many origins do not think of it. A response that sets one is stored only
 * where the origin names the field as the one that is not to be shared.
 */
function setsCookie(fields: Fields, said: Directives): boolean {
  const named = [...said.fields("private"), ...said.fields("no-cache")];
  return ["set-cookie", "set-cookie2"].some((field) => fields.has(field) && !named.includes(field));
}

/** RFC 9111 §3: something says how long it lasts, or its status lets that be guessed; and it can be used again at all. */
function isWorthIt({ status, fields }: ProxiedResponse, said: Directives): boolean {
  const explicit = said.has("s-maxage") || said.has("max-age") || fields.has("expires");
  if (!explicit && !said.has("public") && !heuristicallyCacheable(status)) return false;
  return explicit || fields.has("etag") || fields.has("last-modified");
}

/** Whether a response that may be stored may be stored after this request (RFC 9111 §3.5, §4.1). */
export function mayStoreTogether(request: ProxiedRequest, response: ProxiedResponse): boolean {
  const said = responseDirectives(response.fields);
  const shared = said.has("public") || said.has("s-maxage") || said.has("must-revalidate");
  if (request.fields.has("authorization") && !shared) return false;
  const vary = variesBy(response.fields);
  // A page made for who sent this cookie, by an origin that says nothing about caches, is nobody else's.
  const explicit = said.has("max-age") || said.has("s-maxage") || response.fields.has("expires");
  if (request.fields.has("cookie") && !explicit && !vary.includes("cookie")) return false;
  if (request.fields.has("origin") && !vary.includes("origin") && !openToAllOrigins(response.fields)) return false;
  for (const [key] of request.fields.lines()) if (!HARMLESS.has(key) && !vary.includes(key)) return false;
  return true;
}

/** Origins that answer with the asking site's name often forget Vary: Origin (Fetch standard, CORS protocol and HTTP caches). */
function openToAllOrigins(fields: Fields): boolean {
  const allowed = fields.get("access-control-allow-origin");
  return allowed === undefined || allowed === "*";
}
