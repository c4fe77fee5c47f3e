/**
 * The chain of ARC sets that those who sent a message on put in front of it (RFC 8617): whether it holds, and what they said they had
 * found. Seals cover all sets before them, so each is hashed on from the one before: the work grows with the header, not with its square.
 */
import { createHash, type Hash } from "node:crypto";
import type { HeaderField } from "../../mime/header.ts";
import { textOfOctets } from "../../mime/octets.ts";
import type { ArcOutcome } from "../judgement.ts";
import { BodyHashes } from "./body-hashes.ts";
import { type SignedHeader, withoutSignature } from "./canonical-header.ts";
import { type KeyFinder, signedBy } from "./key-record.ts";
import { type Awaited, awaitBody, keyOf, verifyMessage } from "./message-signature.ts";
import { readMessageSignature, readSignature, type Signature } from "./signature.ts";

/** RFC 8617 §4.2.1. */
export const MOST_SETS = 50;
const KINDS = ["arc-authentication-results", "arc-message-signature", "arc-seal"] as const;
type Kind = (typeof KINDS)[number];
/** The first tag of ARC-Authentication-Results (RFC 8617 §4.1.1). */
const FIRST_INSTANCE = /^[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*(\d{1,2})[ \t\r\n]*;/;

/** The fields of the sets that a header has, the oldest set first, as a seal covers them (RFC 8617 §5.1.1); none where they are no chain. */
export function sealedFields(header: SignedHeader): readonly HeaderField[] {
  const sets = readSets(header, new BodyHashes());
  return Array.isArray(sets) ? sets.flatMap(({ fields }) => KINDS.map((kind) => fields[kind])) : [];
}

/** The instance of the newest seal in a header, 0 where there is none, and whether it says already that the chain is broken. */
export function newestSeal(header: SignedHeader): { readonly instance: number; readonly saysBroken: boolean } {
  const seals = numbered(header, header.fields("arc-seal"), "arc-seal");
  const instance = Math.max(0, ...seals.keys());
  const seal = seals.get(instance);
  const read = seal && readSignature(header.header.octets.slice(seal.valueStart, seal.end));
  return { instance, saysBroken: read?.tags?.get("cv") === "fail" };
}

/** One set, all three fields of it. */
interface ArcSet {
  readonly fields: Readonly<Record<Kind, HeaderField>>;
  readonly seal: Signature;
  readonly message: Awaited;
  /** What follows `i=` in ARC-Authentication-Results. */
  readonly results: string;
}

/** A message whose header is too long to look for a chain. */
export function unreadable(): ArcOutcome {
  return { ...NOBODY, result: "none", sentence: "The header is too long to look for an ARC chain." };
}

const NOBODY = { sealers: [], results: [] } as const;

export class ArcChain {
  /** The sets, the oldest first; or why they are none: undefined where there is nothing of ARC at all. */
  readonly #sets: readonly ArcSet[] | string | undefined;

  constructor(
    private readonly header: SignedHeader,
    bodies: BodyHashes,
  ) {
    this.#sets = readSets(header, bodies);
  }

  /** How many sets stand in the header; 0 where they cannot be counted. */
  get length(): number {
    return Array.isArray(this.#sets) ? this.#sets.length : 0;
  }

  /** Judges the chain, once the body is complete (RFC 8617 §5.2). */
  async verify(keys: KeyFinder): Promise<ArcOutcome> {
    const sets = this.#sets;
    if (sets === undefined)
      return { ...NOBODY, result: "none", sentence: "Nobody on the way sealed this message with ARC." };
    if (typeof sets === "string") return { ...NOBODY, result: "fail", sentence: `The ARC chain is broken: ${sets}.` };
    const newest = sets.at(-1) as ArcSet;
    const facts = {
      sealers: sets.map(({ seal }) => seal.domain),
      selector: newest.seal.selector,
      results: sets.map(({ results }) => results),
    };
    const wrong = await this.#wrongWith(sets, keys);
    if (wrong !== undefined) return { ...facts, result: "fail", sentence: `The ARC chain is broken: ${wrong}.` };
    const by = facts.sealers.at(-1) ?? "";
    const oldestPass = await this.#oldestPass(sets, keys);
    return { ...facts, result: "pass", oldestPass, sentence: `The ARC chain holds; it was sealed last by ${by}.` };
  }

  async #wrongWith(sets: readonly ArcSet[], keys: KeyFinder): Promise<string | undefined> {
    const newest = sets.at(-1) as ArcSet;
    // Step 2: whoever sealed last found the chain broken before.
    if (newest.seal.tags.get("cv") === "fail") return `${newest.seal.domain} found it broken before`;
    for (const [at, { seal }] of sets.entries()) {
      if (seal.tags.get("cv") !== (at === 0 ? "none" : "pass"))
        return `the seal ${at + 1} does not say what came before it`;
    }
    const message = await verifyMessage(this.header, newest.message, keys);
    if (message.result !== "pass") return `the newest message signature does not hold (${message.sentence})`;
    return await this.#wrongSeal(sets, keys);
  }

  /** The first seal that does not hold, in words. */
  async #wrongSeal(sets: readonly ArcSet[], keys: KeyFinder): Promise<string | undefined> {
    const found = await Promise.all(sets.map(({ seal }) => keyOf(keys, seal)));
    const before = createHash("sha256");
    for (const [at, set] of sets.entries()) {
      const key = found[at];
      const by = `the seal ${at + 1} of ${set.seal.domain} does not hold`;
      if (key === undefined || !("key" in key)) return `${by} (${key?.sentence})`;
      if (!signedBy(key, this.#sealed(before, set), set.seal.signature)) return `${by} (a set was changed)`;
    }
    return undefined;
  }

  /** The hash that a seal signs (RFC 8617 §5.1.1): all sets before, this one, and the seal without its value. */
  #sealed(before: Hash, { fields }: ArcSet): Buffer {
    for (const kind of KINDS.slice(0, 2))
      before.update(this.header.canonical(fields[kind as Kind], "relaxed"), "latin1");
    const seal = fields["arc-seal"];
    const own = before
      .copy()
      .update(withoutSignature(this.header.octetsOf(seal), "relaxed"), "latin1")
      .digest();
    before.update(this.header.canonical(seal, "relaxed"), "latin1");
    return own;
  }

  /** RFC 8617 §5.2 step 5: how far back the message is what it was. */
  async #oldestPass(sets: readonly ArcSet[], keys: KeyFinder): Promise<number> {
    for (let at = sets.length - 2; at >= 0; at--) {
      const { result } = await verifyMessage(this.header, (sets[at] as ArcSet).message, keys);
      if (result !== "pass") return at + 2;
    }
    return 0;
  }
}

/** Finds the sets (RFC 8617 §5.2 steps 1 and 3). */
function readSets(header: SignedHeader, bodies: BodyHashes): ArcSet[] | string | undefined {
  const all = KINDS.map((kind) => header.fields(kind));
  if (all.every((fields) => fields.length === 0)) return undefined;
  const [count = 0] = all.map((fields) => fields.length);
  if (all.some((fields) => fields.length !== count)) return "a set has not all its three fields";
  if (count > MOST_SETS) return `it has more than ${MOST_SETS} sets`;
  const byInstance = all.map((fields, at) => numbered(header, fields, KINDS[at] as Kind));
  const sets: ArcSet[] = [];
  for (let instance = 1; instance <= count; instance++) {
    const [results, message, seal] = byInstance.map((fields) => fields.get(instance));
    if (results === undefined || message === undefined || seal === undefined)
      return "its sets are not numbered one by one";
    const set = readSet(header, { results, message, seal }, bodies);
    if (typeof set === "string") return set;
    sets.push(set);
  }
  return sets;
}

/** The fields by their instance. */
function numbered(header: SignedHeader, fields: readonly HeaderField[], kind: Kind): ReadonlyMap<number, HeaderField> {
  const found = new Map<number, HeaderField>();
  for (const field of fields) {
    const value = header.header.octets.slice(field.valueStart, field.end);
    const instance = kind === KINDS[0] ? FIRST_INSTANCE.exec(value)?.[1] : instanceIn(value);
    if (instance !== undefined) found.set(Number(instance), field);
  }
  return found;
}

function instanceIn(value: string): string | undefined {
  return /(?:^|;)[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*(\d{1,2})[ \t\r\n]*(?:;|$)/.exec(value)?.[1];
}

function readSet(
  header: SignedHeader,
  fields: Readonly<Record<"results" | "message" | "seal", HeaderField>>,
  bodies: BodyHashes,
): ArcSet | string {
  const octetsIn = (field: HeaderField) => header.header.octets.slice(field.valueStart, field.end);
  const seal = readSignature(octetsIn(fields.seal));
  if (!("signature" in seal)) return `a seal ${seal.sentence}`;
  // RFC 8617 §4.1.3: a seal that names fields could leave some of the chain out.
  if (seal.tags.has("h")) return "a seal has a list of fields, which it may not have";
  // Of a signature without c= RFC 8617 says nothing; the published suite has "relaxed", unlike DKIM.
  const message = readMessageSignature(octetsIn(fields.message), "relaxed");
  if (!("signature" in message)) return `a message signature ${message.sentence}`;
  // RFC 8617 §4.1.2: seals are for the seals to cover.
  if (message.names.includes("arc-seal")) return "a message signature covers a seal, which it may not";
  return {
    fields: {
      "arc-authentication-results": fields.results,
      "arc-message-signature": fields.message,
      "arc-seal": fields.seal,
    },
    seal,
    message: awaitBody(fields.message, message, bodies),
    results: textOfOctets(header.header.octetsOf(fields.results)).replace(FIRST_INSTANCE, "").trim(),
  };
}
