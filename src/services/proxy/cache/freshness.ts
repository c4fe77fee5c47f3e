/**
 * How old a stored response is, and how long it is fresh (RFC 9111 §4.2). Pure. Times are milliseconds since the epoch, spans are
 * milliseconds.
 */
import type { Fields } from "../../../net/http/fields.ts";
import { parseDate } from "./dates.ts";
import { type Directives, responseDirectives } from "./directives.ts";

const DAY = 86_400_000;
/** RFC 9111 §4.2.2: a tenth of the time since the last change is usual. */
const HEURISTIC_SHARE = 0.1;
/** What nobody gave a lifetime is never fresh for longer. */
const HEURISTIC_MOST = DAY;

/** Status codes whose responses may be stored although nothing says for how long (RFC 9110 §15.1); 206 is not stored here. */
const HEURISTIC: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/** Whether a response with this status may be stored without explicit information (RFC 9111 §3, RFC 9110 §15.1). */
export function heuristicallyCacheable(status: number): boolean {
  return HEURISTIC.has(status);
}

/** A response and when it came. */
export interface Timed {
  readonly status: number;
  readonly fields: Fields;
  /** When its request was sent. */
  readonly requestedAt: number;
  /** When it was received. */
  readonly receivedAt: number;
  /** Whether the request's target has a query. */
  readonly query: boolean;
}

/** What a stored response says about its reuse, worked out once. */
export interface Freshness {
  /** For how long it is fresh, counted in age. */
  readonly lifetime: number;
  /** Whether the origin said so. */
  readonly explicit: boolean;
  /** Its age when it was received (RFC 9111 §4.2.3: corrected_initial_age). */
  readonly initialAge: number;
  /** no-cache: never without asking the origin (RFC 9111 §5.2.2.4). */
  readonly alwaysValidate: boolean;
  /** must-revalidate, proxy-revalidate, s-maxage: never stale (RFC 9111 §4.2.4, §5.2.2.10). */
  readonly neverStale: boolean;
  /** It may also be given to who sends an Authorization field (RFC 9111 §3.5). */
  readonly forAuthorized: boolean;
  /** How long past its lifetime it may be used while it is being validated (RFC 5861 §3). */
  readonly staleWhileRevalidate: number;
  /** How long past its lifetime it may be used when the origin fails (RFC 5861 §4); undefined where the origin does not say. */
  readonly staleIfError: number | undefined;
}

const ms = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1_000);

/** Works out what a response says. */
export function freshnessOf(response: Timed): Freshness {
  const directives = responseDirectives(response.fields);
  const explicit = explicitLifetime(response, directives);
  const shared = directives.has("s-maxage");
  return {
    lifetime: explicit ?? heuristicLifetime(response),
    explicit: explicit !== undefined,
    initialAge: initialAge(response),
    alwaysValidate: directives.whole("no-cache"),
    neverStale: directives.has("must-revalidate") || directives.has("proxy-revalidate") || shared,
    forAuthorized: directives.has("public") || directives.has("must-revalidate") || shared,
    staleWhileRevalidate: ms(directives.seconds("stale-while-revalidate")) ?? 0,
    staleIfError: ms(directives.seconds("stale-if-error")),
  };
}

/** RFC 9111 §4.2.1: the first of s-maxage, max-age and Expires that is there; what is wrong means 0. */
function explicitLifetime(response: Timed, directives: Directives): number | undefined {
  const given = directives.seconds("s-maxage") ?? directives.seconds("max-age");
  if (given !== undefined) return given * 1_000;
  const expires = response.fields.all("expires");
  if (expires.length === 0) return undefined;
  // RFC 9111 §5.3: a date that is none, "0" above all, is in the past; two that differ contradict each other.
  const at = expires.every((other) => other === expires[0]) ? parseDate(expires[0], response.receivedAt) : undefined;
  return at === undefined ? 0 : Math.max(0, at - dateOf(response));
}

/** RFC 9111 §4.2.2. Not for targets with a query: those are programs' answers, and nothing says that they last. */
function heuristicLifetime(response: Timed): number {
  if (response.query || !HEURISTIC.has(response.status)) return 0;
  const changed = parseDate(response.fields.get("last-modified"), response.receivedAt);
  if (changed === undefined) return 0;
  return Math.min(HEURISTIC_MOST, Math.max(0, (dateOf(response) - changed) * HEURISTIC_SHARE));
}

/** When a response was made; where it does not say, when it came (RFC 9110 §6.6.1). */
export function dateOf(response: Pick<Timed, "fields" | "receivedAt">): number {
  return parseDate(response.fields.get("date"), response.receivedAt) ?? response.receivedAt;
}

/** RFC 9111 §4.2.3. */
function initialAge(response: Timed): number {
  const apparent = Math.max(0, response.receivedAt - dateOf(response));
  // RFC 9111 §5.1: of several the first; what is no number is ignored.
  const first = (response.fields.get("age") ?? "").split(",")[0]?.trim() ?? "";
  const said = /^\d+$/.test(first) ? Math.min(Number(first), 2_147_483_648) * 1_000 : 0;
  const delay = Math.max(0, response.receivedAt - response.requestedAt);
  return Math.max(apparent, said + delay);
}

/** How old a response is now (RFC 9111 §4.2.3: current_age). */
export function ageOf(received: { readonly receivedAt: number; readonly freshness: Freshness }, now: number): number {
  return received.freshness.initialAge + Math.max(0, now - received.receivedAt);
}

/** What a request lets a stored response be used for (RFC 9111 §4, §5.2.1). */
export type Use =
  | "fresh"
  /** It is stale, and the client or the origin allows that it is used. */
  | "stale-allowed"
  /** It may be used now, and the origin is to be asked beside it (RFC 5861 §3). */
  | "stale-while-revalidate"
  | "validate";

/** Whether a stored response may be used for a request without asking the origin. */
export function useOf(freshness: Freshness, age: number, asked: Directives): Use {
  if (freshness.alwaysValidate || asked.has("no-cache") || !asked.sound) return "validate";
  const left = freshness.lifetime - age;
  const maxAge = ms(asked.seconds("max-age"));
  if (maxAge !== undefined && age > maxAge) return "validate";
  const minFresh = ms(asked.seconds("min-fresh"));
  if (minFresh !== undefined && left < minFresh) return "validate";
  if (left > 0) return "fresh";
  if (freshness.neverStale) return "validate";
  if (asked.has("max-stale") && -left <= mostStale(asked)) return "stale-allowed";
  // RFC 9111 §5.2.1.1: who gives a greatest age wants nothing stale.
  return maxAge === undefined && -left < freshness.staleWhileRevalidate ? "stale-while-revalidate" : "validate";
}

/** RFC 9111 §5.2.1.2: max-stale without a number means any. */
function mostStale(asked: Directives): number {
  return asked.fields("max-stale").length === 0 ? Number.POSITIVE_INFINITY : (ms(asked.seconds("max-stale")) ?? 0);
}

/**
 * Whether a stale response may be used because the origin cannot answer (RFC 9111 §4.2.4, RFC 5861 §4).
 * @param reached false when there was no answer at all
 * @param disconnected how long past its lifetime a response may be used then, where nobody says anything
 */
export function useOnError(
  freshness: Freshness,
  age: number,
  asked: Directives,
  failure: { readonly reached: boolean; readonly disconnected: number },
): boolean {
  if (freshness.alwaysValidate || freshness.neverStale || asked.has("no-cache") || !asked.sound) return false;
  const over = age - freshness.lifetime;
  const granted = ms(asked.seconds("stale-if-error")) ?? freshness.staleIfError;
  if (granted !== undefined && over <= granted) return true;
  return !failure.reached && granted === undefined && over <= failure.disconnected;
}
