/**
 * The public keys that domains publish for their signatures (RFC 6376 §3.6, RFC 8463 §4 for Ed25519, RFC 8301 §3.2 for how long RSA keys
 * must be, RFC 8616 §5 for international names). A key is looked up once for each message, however many signatures name it.
 */
import { constants, createPublicKey, type KeyObject, publicDecrypt, verify } from "node:crypto";
import { domainToASCII } from "node:url";
import { DnsError, type Resolver } from "../../net/dns.ts";
import { itemsOf, octetsOfBase64, readTags } from "./tag-list.ts";

/** A key that can verify. */
export interface DomainKey {
  readonly kind: "rsa" | "ed25519";
  readonly key: KeyObject;
  /** Length of an RSA modulus, 256 for Ed25519. */
  readonly bits: number;
  /** t=y */
  readonly testing: boolean;
  /** t=s: i= must have the very domain of d=. */
  readonly strict: boolean;
}

/** Why there is no key, in the words of RFC 8601 §2.7.1 and of a person. */
export interface NoKey {
  readonly result: "permerror" | "temperror" | "policy";
  /** The end of a sentence: "the key … does not exist". */
  readonly sentence: string;
}

/** Bits; what is shorter can be broken, what is longer costs too much to verify (RFC 8301 §3.2). */
const SHORTEST_RSA = 1_024;
const LONGEST_RSA = 4_096;
/** Characters of p= with white space; 4,096 bits take 736. */
const LONGEST_P = 2_000;
/** Records of one name that are looked at; there should be one (RFC 6376 §3.6.2.2). */
const MOST_RECORDS = 4;
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");
/** What stands before a SHA-256 digest in an RSA signature (RFC 8017 §9.2). */
const SHA256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** The keys that one message needs. */
export class KeyFinder {
  readonly #found = new Map<string, Promise<DomainKey | NoKey>>();
  readonly #late = Promise.withResolvers<NoKey>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly resolver: Pick<Resolver, "txt">) {}

  /** The message is complete and somebody waits: all look-ups together have so long from now. */
  hurry(patienceMs: number): void {
    const sentence = "the key could not be looked up in time";
    this.#timer ??= setTimeout(() => this.#late.resolve({ result: "temperror", sentence }), patienceMs);
  }

  find(selector: string, domain: string): Promise<DomainKey | NoKey> {
    const name = keyName(selector, domain);
    let found = this.#found.get(name);
    if (found === undefined) {
      found = Promise.race([this.#look(name), this.#late.promise]);
      this.#found.set(name, found);
    }
    return found;
  }

  /** No more keys are asked for. */
  end(): void {
    clearTimeout(this.#timer);
  }

  async #look(name: string): Promise<DomainKey | NoKey> {
    let records: string[];
    try {
      records = await this.resolver.txt(name);
    } catch (error) {
      if (error instanceof DnsError && error.kind === "notFound") return missing(name);
      return { result: "temperror", sentence: `the key ${name} cannot be looked up now` };
    }
    if (records.length === 0) return missing(name);
    let first: NoKey | undefined;
    for (const record of records.slice(0, MOST_RECORDS)) {
      const key = readKey(record, name);
      if ("key" in key) return key;
      first ??= key;
    }
    return first ?? missing(name);
  }
}

/** Where a key is published (RFC 6376 §3.6.2.1), in A-labels. */
export function keyName(selector: string, domain: string): string {
  const name = `${selector}._domainkey.${domain}`.toLowerCase();
  // domainToASCII refuses what no host may be called; underscores it takes.
  return /^[\x00-\x7f]*$/.test(name) ? name : domainToASCII(name);
}

function missing(name: string): NoKey {
  return { result: "permerror", sentence: `there is no key ${name} in the DNS` };
}

/** Reads one key record (RFC 6376 §3.6.1). @param name what to call it in a sentence */
export function readKey(record: string, name: string): DomainKey | NoKey {
  const bad = (sentence: string): NoKey => ({ result: "permerror", sentence: `the key ${name} ${sentence}` });
  const tags = readTags(record);
  if (typeof tags === "string") return bad(tags);
  const version = tags.get("v");
  if (version !== undefined && (version !== "DKIM1" || tags.keys().next().value !== "v"))
    return bad("is of a version that is not known");
  const hashes = tags.get("h");
  if (hashes !== undefined && !itemsOf(hashes).includes("sha256")) return bad("is not for SHA-256");
  const services = itemsOf(tags.get("s") ?? "*");
  if (!services.includes("*") && !services.includes("email")) return bad("is not for mail");
  const kind = tags.get("k") ?? "rsa";
  if (kind !== "rsa" && kind !== "ed25519") return bad("is of a kind that is not known");
  const text = tags.get("p");
  if (text === undefined) return bad("has no public key in it");
  if (text === "") return bad("was revoked");
  if (text.length > LONGEST_P)
    return { result: "policy", sentence: `the key ${name} is longer than ${LONGEST_RSA} bits` };
  const octets = octetsOfBase64(text);
  const key = octets === undefined ? undefined : imported(kind, octets);
  if (key === undefined) return bad("has a public key that cannot be read");
  const bits = kind === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 256;
  const flags = itemsOf(tags.get("t") ?? "");
  if (kind === "rsa" && (bits < SHORTEST_RSA || bits > LONGEST_RSA)) {
    const wrong = bits < SHORTEST_RSA ? `shorter than ${SHORTEST_RSA}` : `longer than ${LONGEST_RSA}`;
    return { result: "policy", sentence: `the key ${name} is ${wrong} bits` };
  }
  return { kind, key, bits, testing: flags.includes("y"), strict: flags.includes("s") };
}

/** RSA as SubjectPublicKeyInfo or, as some publish it, RSAPublicKey; Ed25519 as its 32 octets. */
function imported(kind: DomainKey["kind"], octets: Buffer): KeyObject | undefined {
  const forms =
    kind === "ed25519"
      ? octets.length === 32
        ? [{ key: Buffer.concat([ED25519_SPKI, octets]), type: "spki" as const }]
        : []
      : [
          { key: octets, type: "spki" as const },
          { key: octets, type: "pkcs1" as const },
        ];
  for (const form of forms) {
    try {
      const key = createPublicKey({ ...form, format: "der" });
      if (key.asymmetricKeyType === kind) return key;
    } catch {
      // The next form.
    }
  }
  return undefined;
}

/** Whether this is the key's signature of what has this SHA-256 (RFC 8017 §8.2.2; RFC 8463 §3 signs the hash itself). */
export function signedBy({ kind, key }: DomainKey, digest: Buffer, signature: Buffer): boolean {
  try {
    if (kind === "ed25519") return signature.length === 64 && verify(null, digest, key, signature);
    const opened = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return opened.equals(Buffer.concat([SHA256_INFO, digest]));
  } catch {
    // A signature of another length, or that opens to nothing.
    return false;
  }
}
