/** Whether a signature over a message holds: DKIM-Signature and ARC-Message-Signature are verified the same way (RFC 6376 §6.1). */
import { createHash } from "node:crypto";
import type { HeaderField } from "../../mime/header.ts";
import type { BodyHash, BodyHashes } from "./body-hashes.ts";
import { type Canonicalization, type SignedHeader, withoutSignature } from "./canonical-header.ts";
import { type DomainKey, type KeyFinder, type NoKey, signedBy } from "./key-record.ts";
import type { MessageSignature, Signature } from "./signature.ts";

/** A signature whose body is hashed. */
export interface Awaited {
  readonly field: HeaderField;
  readonly signature: MessageSignature;
  readonly body: BodyHash;
}

/** What became of one; without `key` it does not hold. */
export interface Verified {
  readonly result: "pass" | "fail" | NoKey["result"];
  /** The end of a sentence. */
  readonly sentence: string;
  readonly key?: DomainKey;
}

/** Has the body hashed as a signature asks for. */
export function awaitBody(field: HeaderField, signature: MessageSignature, bodies: BodyHashes): Awaited {
  return { field, signature, body: bodies.want(signature.body, signature.length) };
}

/** The key of a signature, if it is one of its kind. */
export async function keyOf(keys: KeyFinder, { algorithm, selector, domain }: Signature): Promise<DomainKey | NoKey> {
  const found = await keys.find(selector, domain);
  if (!("key" in found) || algorithm.startsWith(found.kind)) return found;
  return { result: "permerror", sentence: "the key in the DNS is of another kind" };
}

/** Verifies, once the body is complete. */
export async function verifyMessage(header: SignedHeader, waiting: Awaited, keys: KeyFinder): Promise<Verified> {
  const { field, signature, body } = waiting;
  const key = await keyOf(keys, signature);
  if (!("key" in key)) return key;
  const digest = body.digest();
  if (digest === undefined) return { result: "fail", sentence: "more of the body was signed than there is", key };
  if (!digest.equals(signature.bodyHash)) return { result: "fail", sentence: "the body was changed", key };
  if (!signedBy(key, headerDigest(header, field, signature), signature.signature)) {
    return { result: "fail", sentence: "the header was changed, or the signature is not by this key", key };
  }
  if (body.unsigned > 0) {
    // RFC 6376 §8.2: with l= anybody can put another text below the signed one, or above it in what readers see.
    return { result: "policy", sentence: `the last ${body.unsigned} octets of the body were not signed`, key };
  }
  return { result: "pass", sentence: "it holds", key };
}

/** What is signed (RFC 6376 §3.7): the fields of h=, then the signature itself without its value. */
function headerDigest(header: SignedHeader, field: HeaderField, { names, header: form }: MessageSignature): Buffer {
  return digestOf(header.chosen(names, form), header.octetsOf(field), form);
}

/** @param own the signature's own field as it stands */
export function digestOf(chosen: readonly string[], own: string, form: Canonicalization): Buffer {
  const hash = createHash("sha256");
  for (const one of chosen) hash.update(one, "latin1");
  return hash.update(withoutSignature(own, form), "latin1").digest();
}
