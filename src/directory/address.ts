/**
 * Addresses as the directory compares them: the local part in Unicode NFC (RFC 6532 §3.1), folded to lower case for
 * looking up, and the domain as lower-case A-labels (RFC 5890). Pure.
 */
import { domainToASCII, domainToUnicode } from "node:url";
import { Refusal } from "../refusal.ts";

/** An address taken apart. */
export interface LocalAndDomain {
  /** The local part without quoting, in NFC, its case kept. */
  readonly local: string;
  /** The domain in lower-case A-labels, or an address literal such as `[192.0.2.1]`. */
  readonly domain: string;
}

/** Octets of a local part (RFC 5321 §4.5.3.1.1), for addresses that are made here. */
const LOCAL_OCTETS = 64;
/** For those of others, whose return paths are often longer: of lists, and of what was sent on. */
const FOREIGN_OCTETS = 400;
const DOMAIN_CHARACTERS = 253;
const ADDRESS_CHARACTERS = 512;
const ASCII_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
/** What UTS 46 may map; keeps out what URL hosts treat specially, such as `%41`. */
const UNICODE_NAME = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61\p{Join_Control}\u00b7\u0375\u05f3\u05f4\u30fb_-]+$/u;
/** RFC 5321 §4.1.2 Dot-string with RFC 6531 §3.3 UTF8-non-ascii. */
const DOT_STRING =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;

/** A domain name in lower-case A-labels; undefined if it cannot be one. `MÜLLER.example` gives `xn--mller-kva.example`. */
export function normaliseDomain(name: string): string | undefined {
  if (name.length === 0 || name.length > DOMAIN_CHARACTERS) return undefined;
  const lower = name.toLowerCase();
  if (ASCII_NAME.test(lower)) return lower;
  if (!UNICODE_NAME.test(name)) return undefined;
  const ascii = domainToASCII(name.normalize("NFC"));
  return ascii.length <= DOMAIN_CHARACTERS && ASCII_NAME.test(ascii) ? ascii : undefined;
}

/** A domain for people's eyes: U-labels where the A-labels are valid ones. */
export function displayDomain(domain: string): string {
  return domain.includes("xn--") ? domainToUnicode(domain) || domain : domain;
}

/** The form in which local parts and login names are compared. */
export function fold(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}

/**
 * Takes an address (a Mailbox of RFC 5321 §4.1.2, without angle brackets) apart; undefined if it is not one. Local parts
 * that are quoted without need equal their plain form.
 */
export function splitAddress(address: string): LocalAndDomain | undefined {
  if (address.length > ADDRESS_CHARACTERS) return undefined;
  const at = address.lastIndexOf("@");
  if (at <= 0) return undefined;
  const local = localPart(address.slice(0, at));
  const rest = address.slice(at + 1);
  const domain = rest.startsWith("[") && rest.endsWith("]") ? rest.toLowerCase() : normaliseDomain(rest);
  if (local === undefined || domain === undefined) return undefined;
  return { local, domain };
}

function localPart(raw: string): string | undefined {
  if (raw.startsWith('"')) {
    if (raw.length < 3 || !raw.endsWith('"')) return undefined;
    const inner = raw.slice(1, -1);
    if (!/^(?:[^"\\\r\n]|\\[^\r\n])*$/.test(inner)) return undefined;
    return withinLimit(inner.replaceAll(/\\(.)/g, "$1").normalize("NFC"));
  }
  return DOT_STRING.test(raw) ? withinLimit(raw.normalize("NFC")) : undefined;
}

function withinLimit(local: string): string | undefined {
  return local.length <= FOREIGN_OCTETS && Buffer.byteLength(local) <= FOREIGN_OCTETS ? local : undefined;
}

/** Puts an address together again, quoting the local part where RFC 5321 asks for it. */
export function joinAddress({ local, domain }: LocalAndDomain): string {
  return DOT_STRING.test(local) ? `${local}@${domain}` : `"${local.replaceAll(/["\\]/g, "\\$&")}"@${domain}`;
}

/**
 * Takes an address that is to be created apart: nothing that needs quoting. Its local part may have stars, where it is a pattern.
 * @throws Refusal "invalid"
 */
export function newAddress(address: string): LocalAndDomain {
  const parts = splitAddress(address.trim());
  if (parts === undefined || parts.domain.startsWith("[")) {
    throw new Refusal("invalid", `"${address.slice(0, 100)}" is not an e-mail address.`);
  }
  if (Buffer.byteLength(parts.local) > LOCAL_OCTETS) {
    throw new Refusal("invalid", `The part before the @ of "${address.slice(0, 100)}" is too long.`);
  }
  if (!DOT_STRING.test(parts.local) || /[\p{C}\p{Z}]/u.test(parts.local)) {
    throw new Refusal("invalid", `The part before the @ of "${address.slice(0, 100)}" has characters it may not have.`);
  }
  return parts;
}

/**
 * A domain name that is to be created.
 * @throws Refusal "invalid"
 */
export function newDomain(name: string): string {
  const domain = normaliseDomain(name.trim());
  if (domain === undefined || domain.includes("_")) {
    throw new Refusal("invalid", `"${name.slice(0, 100)}" is not a domain name.`);
  }
  if (/^[0-9.]+$/.test(domain)) throw new Refusal("invalid", `"${domain}" is an address, not a domain name.`);
  return domain;
}

/** The pattern with which LIKE … ESCAPE '\\' finds a text anywhere, in the folded form that keys are kept in. */
export function likePattern(search: string): string {
  return `%${fold(search.trim()).replaceAll(/[\\%_]/g, "\\$&")}%`;
}
