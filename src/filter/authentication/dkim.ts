/**
 * Verifies what others signed: every DKIM-Signature of a message and its ARC sets, while the message streams through. The header is kept
 * until it is complete; of the body only hashes. Called by the filter for mail from outside.
 *
 * RFC 6376 (DKIM), RFC 8301 (which hashes and keys count), RFC 8463 (Ed25519), RFC 8616 (international addresses), RFC 8617 (ARC).
 */

import { textOfOctets } from "../../mime/octets.ts";
import type { Resolver } from "../../net/dns.ts";
import type { ArcOutcome, DkimOutcome, SignatureVerifier } from "../judgement.ts";
import { ArcChain, unreadable } from "./arc.ts";
import { BodyHashes } from "./body-hashes.ts";
import { SignedHeader } from "./canonical-header.ts";
import { HeaderEnd } from "./header-end.ts";
import { KeyFinder } from "./key-record.ts";
import { type Awaited, awaitBody, verifyMessage } from "./message-signature.ts";
import { type MessageSignature, type NoSignature, readMessageSignature } from "./signature.ts";
import { octetsOfBase64, type Tags } from "./tag-list.ts";

export interface VerifierOptions {
  readonly resolver: Pick<Resolver, "txt">;
  /** How long the end of a message waits for the look-ups of all keys, in milliseconds. */
  readonly patienceMs?: number;
  /** The clock, milliseconds since the epoch. */
  readonly now?: () => number;
}

const PATIENCE_MS = 15_000;
/** Signatures of one message that are verified, the first ones; the others are told as such. */
const MOST_SIGNATURES = 10;
/** How many of the others are told of. */
const MOST_TOLD = 10;
/** Octets; a header beyond that is not verified. */
const LONGEST_HEADER = 262_144;
/** How long a signature of the future may be ahead of this clock, in seconds. */
const CLOCK_SKEW = 3_600;
/** Characters of b= that tell signatures apart (RFC 6008 §3). */
const TOLD_OF_B = 8;

/** Begins one message. */
export function signatureVerifier(options: VerifierOptions): SignatureVerifier {
  return new Verifier(options);
}

/** A signature that is told of in the end. */
type Listed =
  | { readonly waiting: Awaited; readonly refused?: undefined }
  | { readonly waiting?: undefined; readonly refused: NoSignature };

class Verifier implements SignatureVerifier {
  readonly #header = new HeaderEnd(LONGEST_HEADER);
  readonly #bodies = new BodyHashes();
  readonly #keys: KeyFinder;
  readonly #patienceMs: number;
  readonly #now: () => number;
  #signed: SignedHeader | undefined;
  #listed: readonly Listed[] = [];
  #arc: ArcChain | undefined;

  constructor({ resolver, patienceMs = PATIENCE_MS, now = Date.now }: VerifierOptions) {
    this.#keys = new KeyFinder(resolver);
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  write(octets: Uint8Array): void {
    if (this.#signed !== undefined) {
      this.#bodies.write(octets);
      return;
    }
    const body = this.#header.write(octets);
    if (body === undefined) return;
    this.#begin();
    this.#bodies.write(body);
  }

  async end(): Promise<{ readonly dkim: readonly DkimOutcome[]; readonly arc: ArcOutcome }> {
    try {
      if (this.#signed === undefined) this.#begin();
      this.#keys.hurry(this.#patienceMs);
      this.#bodies.end();
      const header = this.#signed as SignedHeader;
      const dkim = this.#listed.map((one) => this.#outcome(header, one));
      const arc = this.#arc === undefined ? unreadable() : this.#arc.verify(this.#keys);
      return { dkim: await Promise.all(dkim), arc: await arc };
    } finally {
      this.#keys.end();
    }
  }

  abort(): void {
    this.#keys.end();
  }

  /** The header is complete: what is in it says which hashes of the body are needed, and which keys. */
  #begin(): void {
    const header = new SignedHeader(this.#header.octets());
    this.#signed = header;
    if (this.#header.overflown) return;
    this.#arc = new ArcChain(header, this.#bodies);
    const fields = header.fields("dkim-signature");
    this.#listed = fields.slice(0, MOST_SIGNATURES + MOST_TOLD).map((field, at): Listed => {
      const value = header.header.octets.slice(field.valueStart, field.end);
      const read = at < MOST_SIGNATURES ? readMessageSignature(value) : TOO_MANY;
      const refused = "bodyHash" in read ? this.#unfit(read) : read;
      if (refused !== undefined) return { refused };
      const waiting = awaitBody(field, read as MessageSignature, this.#bodies);
      // The answer comes while the body does.
      void this.#keys.find(waiting.signature.selector, waiting.signature.domain);
      return { waiting };
    });
  }

  /** What only DKIM asks of a signature (RFC 6376 §6.1.1). */
  #unfit({ tags, names, domain }: MessageSignature): NoSignature | undefined {
    const bad = (result: NoSignature["result"], sentence: string) => ({ result, sentence, tags });
    const version = tags.get("v");
    if (version !== "1") return bad("neutral", "is of a version that is not known");
    if (!names.includes("from")) return bad("permerror", "does not cover the From field");
    const identity = tags.get("i");
    if (identity !== undefined && !isBelow(domainOf(identity), domain)) {
      return bad("permerror", "is for an address of another domain");
    }
    const query = tags.get("q");
    if (query !== undefined && !query.split(":").some((way) => way.trim() === "dns/txt")) {
      return bad("neutral", "asks for its key in a way that is not known");
    }
    const now = this.#now() / 1_000;
    const [made, ends] = [tags.get("t"), tags.get("x")].map((time) => (time === undefined ? undefined : Number(time)));
    if (made !== undefined && ends !== undefined && ends < made) return bad("neutral", "ends before it begins");
    if (ends !== undefined && ends < now) return bad("policy", "has expired");
    if (made !== undefined && made > now + CLOCK_SKEW) return bad("policy", "is of the future");
    return undefined;
  }

  async #outcome(header: SignedHeader, { waiting, refused }: Listed): Promise<DkimOutcome> {
    if (waiting === undefined) {
      return {
        ...factsOf(refused.tags),
        result: refused.result,
        testing: false,
        sentence: `The signature ${refused.sentence}.`,
      };
    }
    const { tags, domain } = waiting.signature;
    const facts = { ...factsOf(tags), domain };
    const { result, sentence, key } = await verifyMessage(header, waiting, this.#keys);
    const testing = key?.testing === true;
    if (result !== "pass")
      return { ...facts, result, testing, sentence: `The signature of ${shown(domain)} does not count: ${sentence}.` };
    if (key?.strict === true && facts.identity !== undefined && domainOf(facts.identity) !== domain) {
      const why = `The signature of ${shown(domain)} is for an address below it, which its key does not allow.`;
      return { ...facts, result: "permerror", testing, sentence: why };
    }
    return { ...facts, result, testing, sentence: `Signed by ${shown(domain)}, and unchanged since.` };
  }
}

const TOO_MANY: NoSignature = {
  result: "policy",
  sentence: `is one of more than ${MOST_SIGNATURES}; only the first ${MOST_SIGNATURES} are verified`,
};

/** What a signature says of itself, as far as it can be read. */
function factsOf(
  tags: Tags | undefined,
): Pick<DkimOutcome, "domain" | "identity" | "selector" | "algorithm" | "signature"> {
  const identity = tags?.get("i");
  return {
    domain: printable(tags?.get("d")).toLowerCase(),
    ...(identity !== undefined && { identity: printable(identity) }),
    selector: printable(tags?.get("s")),
    algorithm: printable(tags?.get("a")).toLowerCase(),
    signature: toldOf(tags?.get("b") ?? ""),
  };
}

function toldOf(b: string): string {
  return octetsOfBase64(b) === undefined ? "" : b.replace(/[ \t\r\n]/g, "").slice(0, TOLD_OF_B);
}

/** What a stranger wrote, without what could break a line or a field. */
function printable(text = ""): string {
  return textOfOctets(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}"();\\\s]/gu, "")
    .slice(0, 320);
}

const shown = printable;

function domainOf(identity: string): string {
  return identity.slice(identity.lastIndexOf("@") + 1).toLowerCase();
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
