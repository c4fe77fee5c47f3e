/**
 * The Sender Rewriting Scheme: who sends on somebody else's mail names an address of his own as its return path, so that SPF holds, and
 * can tell from it whom to send a report back to.
 *
 *     ann@far.example, sent on by home.example:   SRS0=k3v7qa=ty=far.example=ann@home.example
 *     the same, sent on once more by next.example: SRS1=w5m2cb=home.example==k3v7qa=ty=far.example=ann@next.example
 *
 * Pure. The form is that of “Sender Rewriting Scheme” (S. Wong) as libsrs2 and postsrsd write it; the seal is this server's own.
 */
import { ageOf, cut, isUsable, sameSeal, sealOf, stampOf } from "./tag.ts";

/** Days in which a report may come back: a message may lie in a queue for some, and so may the report. */
const SRS_DAYS = 21;

const FIRST = /^srs0([-+=])([a-z0-9+/]{4,})=([a-z2-7]{2})=([^=@]+)=(.+)$/is;
const FURTHER = /^srs1[-+=]([a-z0-9+/]{4,})=([^=@]+)=([-+=].+)$/is;

/** What a rewritten address says. */
export type Unwrapped =
  | { readonly kind: "good"; readonly original: string }
  | { readonly kind: "expired" }
  | { readonly kind: "forged" };

/** Whether a local part looks rewritten, by whomever. */
export function isRewritten(local: string): boolean {
  return /^srs[01][-+=]/i.test(local);
}

/** The return path for mail of `sender` that `domain` sends on; the sender as he is where his address is too long for it. */
export function wrap(sender: string, domain: string, secret: Uint8Array, today: number): string {
  const parts = cut(sender);
  if (parts === undefined) return sender;
  const local = further(parts, secret) ?? first(parts, secret, today);
  return isUsable(local) ? `${local}@${domain}` : sender;
}

function first({ local, domain }: { local: string; domain: string }, secret: Uint8Array, today: number): string {
  const [plain, quoted] = unquoted(local);
  const stamp = stampOf(today);
  const text = `SRS0=${sealOf(secret, "srs0", stamp, domain, plain)}=${stamp}=${domain}=${plain}`;
  return quoted ? quote(text) : text;
}

/** What another server rewrote already is not told again in full: only where it came from first. */
function further({ local, domain }: { local: string; domain: string }, secret: Uint8Array): string | undefined {
  const [plain, quoted] = unquoted(local);
  const again = FURTHER.exec(plain);
  const [host, rest] = again === null ? [domain, /^srs0([-+=].+)$/is.exec(plain)?.[1]] : [again[2] ?? "", again[3]];
  if (rest === undefined || (again === null && !/^[-+=][^=]+=[^=]+=[^=]+=./s.test(rest))) return undefined;
  const text = `SRS1=${sealOf(secret, "srs1", host, rest)}=${host}=${rest}`;
  return quoted ? quote(text) : text;
}

/** Whom mail to a rewritten local part of ours is for; undefined for what is none. */
export function unwrap(local: string, secrets: readonly Uint8Array[], today: number): Unwrapped | undefined {
  const [plain, quoted] = unquoted(local);
  if (!isRewritten(plain)) return undefined;
  const restored = (text: string) => (quoted ? quote(text) : text);
  const one = FIRST.exec(plain);
  if (one !== null) {
    const [, , seal = "", stamp = "", domain = "", name = ""] = one;
    if (!secrets.some((secret) => sameSeal(seal, sealOf(secret, "srs0", stamp, domain, name)))) return FORGED;
    const age = ageOf(stamp, today);
    // A day ahead: clocks differ.
    if (age === undefined || (age > SRS_DAYS && age !== 1_023)) return { kind: "expired" };
    return { kind: "good", original: `${restored(name)}@${domain}` };
  }
  const [, seal = "", host = "", rest = ""] = FURTHER.exec(plain) ?? [];
  if (!secrets.some((secret) => sameSeal(seal, sealOf(secret, "srs1", host, rest)))) return FORGED;
  return { kind: "good", original: `${restored(`SRS0${rest}`)}@${host}` };
}

const FORGED: Unwrapped = { kind: "forged" };

/** A local part without its quotes, and whether it had any. */
function unquoted(local: string): [text: string, quoted: boolean] {
  if (!local.startsWith('"') || !local.endsWith('"') || local.length < 2) return [local, false];
  return [local.slice(1, -1).replaceAll(/\\(.)/gs, "$1"), true];
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
