/** Which domain somebody registered (RFC 7489 §3.2), by the public suffix list; and whether two domains are one owner's. */
import { getDomain } from "tldts";

/** The list has hosting services' own suffixes too; "_" in a label is no reason to know nothing. */
const OPTIONS = { allowPrivateDomains: true, validateHostname: false, extractHostname: false } as const;

/**
 * The domain under a public suffix that a name belongs to: "example.co.uk" for "mail.example.co.uk". A name that is a public suffix
 * itself is its own.
 * @param name lower case, in ASCII
 */
export function organizationalDomain(name: string): string {
  return getDomain(name, OPTIONS) ?? name;
}

/** Identifier alignment (RFC 7489 §3.1): strict means the same name, relaxed the same organizational domain. */
export function aligned(one: string, other: string, mode: "strict" | "relaxed"): boolean {
  if (one === "" || other === "") return false;
  return one === other || (mode === "relaxed" && organizationalDomain(one) === organizationalDomain(other));
}
