/**
 * Bounce Address Tag Validation: the return path of our own mail carries a tag, so that a report about mail that somebody else sent in our
 * name can be told from one about our own.
 *
 *     ann@home.example:  prvs=1402a9f3c1=ann@home.example
 *
 * Pure. The form is that of draft-levine-smtp-batv-01 §2: a digit for the key, the last day (of 1,000) on which it is good, and three
 * octets of HMAC-SHA1.
 */
import { createHmac } from "node:crypto";
import { cut, isUsable, sameSeal } from "./tag.ts";

/** Days in which a report may come back. */
const BATV_DAYS = 7;

const TAGGED = /^prvs=(\d)(\d{3})([0-9a-f]{6})=(.+)$/is;

/** A key and its digit. */
export interface TagKey {
  /** From 0 to 9. */
  readonly digit: number;
  readonly secret: Uint8Array;
}

/** What a tagged address says. */
export interface Untagged {
  /** The address without its tag. */
  readonly address: string;
  /** This server set the tag, not longer ago than reports may take. */
  readonly valid: boolean;
}

/** An address with a tag; as it is where it has one or gets too long. */
export function tag(address: string, { digit, secret }: TagKey, today: number): string {
  const { local } = cut(address) ?? {};
  if (local === undefined || local.startsWith('"') || isTagged(local) || !isUsable(local)) return address;
  const lastDay = `${digit}${String((today + BATV_DAYS) % 1_000).padStart(3, "0")}`;
  return `prvs=${lastDay}${seal(secret, lastDay, address)}=${address}`;
}

/** Whether a local part has a tag. */
export function isTagged(local: string): boolean {
  return TAGGED.test(local);
}

/** Takes the tag off an address; undefined where it has none. */
export function untag(address: string, keys: readonly TagKey[], today: number): Untagged | undefined {
  const parts = cut(address);
  const found = parts && TAGGED.exec(parts.local);
  if (parts === undefined || !found) return undefined;
  const [, digit = "", day = "", said = "", local = ""] = found;
  const plain = `${local}@${parts.domain}`;
  const left = (((Number(day) - today) % 1_000) + 1_000) % 1_000;
  const known = keys.some((key) => key.digit === Number(digit) && sameSeal(said, seal(key.secret, digit + day, plain)));
  return { address: plain, valid: known && left <= BATV_DAYS };
}

function seal(secret: Uint8Array, lastDay: string, address: string): string {
  return createHmac("sha1", secret).update(`${lastDay}${address.toLowerCase()}`).digest("hex").slice(0, 6);
}
