/**
 * What an intermediary takes out of a message and puts in (RFC 9110 §7.6): fields of the connection, Via, Max-Forwards. Pure.
 */
import { Fields } from "../../net/http/fields.ts";

/** RFC 9110 §7.6.1 and §11.7: of one connection, whether Connection names them or not. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "te",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/**
 * Fields that belong to whoever answers, which Connection may not take away (RFC 9110 §7.6.1): they carry the framing, the target and what
 * caches go by.
 */
const ESSENTIAL: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "cache-control",
  "vary",
  "date",
  "age",
  "via",
  "max-forwards",
  "authorization",
  "set-cookie",
]);

/** RFC 9110 §6.5.1: what may not come after the content. */
const NO_TRAILERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...ESSENTIAL,
  "trailer",
  "content-encoding",
  "content-type",
  "content-range",
  "cookie",
  "expect",
  "expires",
  "location",
  "range",
  "warning",
  "www-authenticate",
]);

/** What the fields of one connection said, before they were taken out. */
export interface HopFields {
  /** RFC 9112 §9.6. */
  readonly close: boolean;
  /** The protocols of Upgrade, where Connection names it (RFC 9110 §7.8); empty where not. */
  readonly upgrade: readonly string[];
  /** TE says that trailers are welcome (RFC 9110 §10.1.4). */
  readonly trailers: boolean;
}

/** Takes the fields of one connection out of a head. */
export function takeHopFields(fields: Fields): HopFields {
  const options = fields.tokens("connection");
  const close = options.includes("close") || fields.tokens("proxy-connection").includes("close");
  const upgrade = options.includes("upgrade") ? listOf(fields.get("upgrade")) : NONE;
  const trailers = fields.tokens("te").some(isTrailers);
  fields.deleteWhere(isHopByHop);
  if (options.some(namesField)) {
    const named = new Set(options);
    fields.deleteWhere((key) => named.has(key) && !ESSENTIAL.has(key));
  }
  return upgrade.length > 0 || trailers ? { close, upgrade, trailers } : close ? CLOSING : STAYING;
}

const NONE: readonly string[] = [];
const STAYING: HopFields = { close: false, upgrade: NONE, trailers: false };
const CLOSING: HopFields = { ...STAYING, close: true };
const namesField = (option: string) => option !== "close" && !HOP_BY_HOP.has(option);
const isHopByHop = (key: string) => HOP_BY_HOP.has(key);
const isTrailers = (coding: string) => coding.split(";", 1)[0]?.trim() === "trailers";

function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** The trailers that may be passed on. */
export function passableTrailers(trailers: Fields): Fields {
  const named = new Set(trailers.tokens("connection"));
  const passes = (key: string) => !NO_TRAILERS.has(key) && !named.has(key);
  return Fields.of([...trailers].filter(([name]) => passes(name.toLowerCase())));
}

/** What Via is to say of a message that has come here (RFC 9110 §7.6.3). */
export function viaOf(fields: Fields, minor: 0 | 1, pseudonym: string): string {
  const before = fields.get("via");
  return before ? `${before}, 1.${minor} ${pseudonym}` : `1.${minor} ${pseudonym}`;
}

/** Whether a message has been here before. */
export function wentThrough(fields: Fields, pseudonym: string): boolean {
  const via = fields.get("via");
  return via?.split(",").some((member) => member.trim().split(/[ \t]+/)[1] === pseudonym) ?? false;
}

/** Protocols that may be switched to; those that are HTTP again would bring requests past this proxy. */
export function upgradesOf(protocols: readonly string[]): readonly string[] {
  if (protocols.length === 0) return protocols;
  return protocols.filter(
    (protocol) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z/]{1,64}$/.test(protocol) && !/^(h2c?|http|tls)\b/i.test(protocol),
  );
}
