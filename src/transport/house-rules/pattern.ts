/**
 * Patterns of addresses, as administrators write them, and under what they are looked up. A list may be long: of its patterns only those
 * are looked at that stand in the few buckets of an address. Pure.
 *
 * | written | means | bucket |
 * |---|---|---|
 * | `ann@example.com` | this address | `ann@example.com` |
 * | `example.com`, `@example.com`, `*@example.com` | every address of this domain | `@example.com` |
 * | `.example.com` | every address of this domain and of all below it | `.example.com` |
 * | `*.example.com`, `*@*.example.com` | every address of what is below it | `.example.com` |
 * | `shop-*@example.com` | addresses there that fit | `*@example.com` |
 * | `*news*@*`, `*@mail*.example.*` | all that fit | `*` |
 */
import { fold, normaliseDomain, splitAddress } from "../../directory/address.ts";
import { fits } from "../../directory/wildcards.ts";
import { Refusal } from "../../refusal.ts";

/** A pattern in the one form in which it is kept. */
export interface Pattern {
  readonly pattern: string;
  readonly bucket: string;
}

/** The bucket of patterns that no part of an address leads to: all of them are looked at. */
export const ANYWHERE = "*";

/** Stars in one pattern. */
const MOST_STARS = 5;
const MOST_CHARACTERS = 320;

/** @throws Refusal "invalid" for what is no pattern, and for one that fits everything */
export function patternOf(typed: string): Pattern {
  const text = fold(typed.trim());
  if (text === "" || text.length > MOST_CHARACTERS || /[\s\p{Cc}<>,;]/u.test(text)) throw unreadable(typed);
  const at = text.lastIndexOf("@");
  const local = at <= 0 ? "*" : text.slice(0, at);
  const domain = text.slice(at + 1);
  if (text.split("*").length - 1 > MOST_STARS) {
    throw new Refusal("invalid", `A pattern has at most ${MOST_STARS} stars.`, { field: "patterns" });
  }
  if (!/[^*.@?]/u.test(text)) {
    const sentence = `“${typed.trim()}” would fit every address. Name at least a part of one.`;
    throw new Refusal("invalid", sentence, { field: "patterns" });
  }
  if (domain.startsWith(".") && local === "*") return below(domain.slice(1), "", typed);
  if (domain.startsWith("*.") && local === "*" && !domain.includes("*", 1)) return below(domain.slice(2), "*@*", typed);
  if (domain.includes("*")) return { pattern: `${local}@${domain}`, bucket: ANYWHERE };
  const name = domain.startsWith("[") ? domain : normaliseDomain(domain);
  if (name === undefined) throw unreadable(typed);
  if (local === "*") return { pattern: `*@${name}`, bucket: `@${name}` };
  if (local.includes("*")) return { pattern: `${local}@${name}`, bucket: `*@${name}` };
  const address = splitAddress(`${local}@${name}`);
  if (address === undefined) throw unreadable(typed);
  const whole = `${address.local}@${address.domain}`;
  return { pattern: whole, bucket: whole };
}

function below(domain: string, before: string, typed: string): Pattern {
  const name = normaliseDomain(domain);
  if (name === undefined) throw unreadable(typed);
  return { pattern: `${before}.${name}`, bucket: `.${name}` };
}

function unreadable(typed: string): Refusal {
  const sentence = `“${typed.trim().slice(0, 100)}” is no pattern. Write ann@example.com, example.com, .example.com (with all below it) or shop-*@example.com.`;
  return new Refusal("invalid", sentence, { field: "patterns" });
}

/** An address as patterns are compared with it; what is none is taken as it stands. */
export function folded(address: string): string {
  const parts = splitAddress(address);
  return parts === undefined ? fold(address.trim()) : `${fold(parts.local)}@${parts.domain}`;
}

/** The buckets in which patterns may stand that fit a folded address, but for `ANYWHERE`. */
export function bucketsOf(address: string): string[] {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const labels = domain.split(".");
  const above = labels.slice(0, 127).map((_, at) => `.${labels.slice(at).join(".")}`);
  return [address, `@${domain}`, `*@${domain}`, ...above];
}

/** Whether a kept pattern fits a folded address. */
export function fitsAddress(pattern: string, address: string): boolean {
  if (pattern.startsWith(".")) return address.endsWith(pattern) || address.endsWith(`@${pattern.slice(1)}`);
  return fits(pattern.split("*"), address);
}

/** How closely a pattern fits: characters that are not stars. */
export function closeness(pattern: string): number {
  return pattern.includes("*") || pattern.startsWith(".") ? pattern.replaceAll("*", "").length : 1_000;
}
