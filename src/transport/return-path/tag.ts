/** What all tagged return paths are made of: a seal that only this server can make, and a day. Pure. */
import { createHmac, timingSafeEqual } from "node:crypto";

const DAY_MS = 86_400_000;
/** RFC 4648 §6, in lower case: letters and digits alone, so that a seal survives whoever changes the case of addresses. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
/** Days that a stamp of two letters can tell apart. */
const STAMPS = 32 * 32;
const SEAL_LETTERS = 6;
/** Characters: no server takes longer ones. */
const LONGEST_LOCAL = 400;

/** The day of a time (milliseconds), counted from the epoch. */
export function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}

/** A day in two letters. */
export function stampOf(day: number): string {
  return `${ALPHABET[(day >> 5) & 31]}${ALPHABET[day & 31]}`;
}

/** How many days ago a stamp was made, from 0 to 1,023; undefined for what is none. */
export function ageOf(stamp: string, today: number): number | undefined {
  const [high = "", low = ""] = stamp.toLowerCase();
  const [a, b] = [ALPHABET.indexOf(high || "-"), ALPHABET.indexOf(low || "-")];
  if (stamp.length !== 2 || a < 0 || b < 0) return undefined;
  return (((today - (a * 32 + b)) % STAMPS) + STAMPS) % STAMPS;
}

/** The seal of a text in 30 bits: what others may write in capitals is the same. */
export function sealOf(secret: Uint8Array, kind: string, ...parts: readonly string[]): string {
  const text = [kind, ...parts].join("\n").toLowerCase();
  const digest = createHmac("sha256", secret).update(text).digest();
  let bits = digest.readUInt32BE(0);
  let seal = "";
  for (let at = 0; at < SEAL_LETTERS; at++) {
    seal += ALPHABET[bits >>> 27];
    bits = (bits << 5) >>> 0;
  }
  return seal;
}

/** Whether two texts of one length are the same, whatever their case, in the same time for all. */
export function sameSeal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one.toLowerCase()), Buffer.from(other.toLowerCase())];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether a local part is not too long to be used. */
export function isUsable(local: string): boolean {
  return local.length <= LONGEST_LOCAL;
}

/** An address cut at its last @; undefined where there is none. */
export function cut(address: string): { readonly local: string; readonly domain: string } | undefined {
  const at = address.lastIndexOf("@");
  return at <= 0 ? undefined : { local: address.slice(0, at), domain: address.slice(at + 1) };
}
