/** What a DKIM-Signature, an ARC-Message-Signature or an ARC-Seal says (RFC 6376 §3.5, RFC 8617 §4.1). Pure. */
import { textOfOctets } from "../../mime/octets.ts";
import type { Canonicalization } from "./canonical-header.ts";
import { itemsOf, octetsOfBase64, readTags, type Tags } from "./tag-list.ts";

/** What signatures of all three fields have. */
export interface Signature {
  readonly tags: Tags;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly signature: Buffer;
  /** d=, lower case. */
  readonly domain: string;
  readonly selector: string;
}

/** A signature over a message. */
export interface MessageSignature extends Signature {
  readonly header: Canonicalization;
  readonly body: Canonicalization;
  readonly bodyHash: Buffer;
  /** l= */
  readonly length: number | undefined;
  /** h=, lower case. */
  readonly names: readonly string[];
}

/** Why a signature cannot be verified. */
export interface NoSignature {
  readonly result: "neutral" | "permerror" | "policy";
  /** The end of a sentence. */
  readonly sentence: string;
  readonly tags?: Tags;
}

/** Labels of letters, digits, hyphens, underscores, and what lies beyond ASCII (RFC 8616 §4). */
const NAME =
  /^(?:[A-Za-z0-9_\u0080-\u{10ffff}](?:[A-Za-z0-9_\u0080-\u{10ffff}-]*[A-Za-z0-9_\u0080-\u{10ffff}])?(?:\.|$))+$/u;
const LONGEST_NAME = 253;
/** Digits of l=, t= and x= (RFC 6376 §3.5 has 76 and 12; what is larger than 15 is no number here). */
const NUMBER = /^\d{1,15}$/;

/** What DKIM and ARC have in common. @param value the field's value as octets */
export function readSignature(value: string): Signature | NoSignature {
  const tags = readTags(textOfOctets(value));
  if (typeof tags === "string") return { result: "neutral", sentence: tags };
  const bad = (result: NoSignature["result"], sentence: string): NoSignature => ({ result, sentence, tags });
  for (const name of ["a", "b", "d", "s"]) {
    const given = tags.get(name);
    if (given === undefined) return bad("permerror", `has no ${name}=`);
    if (given === "") return bad("permerror", `has nothing in ${name}=`);
  }
  const [algorithm = "", b = "", d = "", selector = ""] = ["a", "b", "d", "s"].map((name) => tags.get(name));
  // RFC 8301 §3.1: SHA-1 proves nothing any more.
  if (algorithm === "rsa-sha1") return bad("policy", "is made with SHA-1, which is not safe any more");
  if (algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256")
    return bad("neutral", "is of a kind that is not known");
  const signature = octetsOfBase64(b);
  if (signature === undefined) return bad("neutral", "has a b= that is not base64");
  const domain = d.toLowerCase();
  if (!isName(domain) || !isName(selector)) return bad("neutral", "names a domain or a key that cannot exist");
  for (const name of ["t", "x"]) {
    const time = tags.get(name);
    if (time !== undefined && !NUMBER.test(time)) return bad("neutral", `has a ${name}= that is no time`);
  }
  return { tags, algorithm, signature, domain, selector };
}

/**
 * What signatures over messages have besides.
 * @param value the field's value as octets
 * @param form how they are made where they do not say so
 */
export function readMessageSignature(value: string, form: Canonicalization = "simple"): MessageSignature | NoSignature {
  const read = readSignature(value);
  if (!("signature" in read)) return read;
  const { tags } = read;
  const bad = (result: NoSignature["result"], sentence: string): NoSignature => ({ result, sentence, tags });
  const { bh, h, c, l } = Object.fromEntries(["bh", "h", "c", "l"].map((name) => [name, tags.get(name)]));
  if (bh === undefined) return bad("permerror", "has no bh=");
  if (h === undefined) return bad("permerror", "has no h=");
  const names = itemsOf(h).filter((name) => name !== "");
  const bodyHash = octetsOfBase64(bh);
  if (bodyHash?.length !== 32) return bad("neutral", "has a bh= that is no hash");
  const [header, body = "simple", more] = (c ?? `${form}/${form}`).toLowerCase().split("/");
  if (!isForm(header) || !isForm(body) || more !== undefined) return bad("neutral", "has a c= that is not known");
  if (l !== undefined && !NUMBER.test(l)) return bad("neutral", "has a l= that is no number");
  return { ...read, header, body, bodyHash, names, length: l === undefined ? undefined : Number(l) };
}

function isName(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME.test(text) && !text.endsWith(".");
}

function isForm(text: string | undefined): text is Canonicalization {
  return text === "simple" || text === "relaxed";
}
