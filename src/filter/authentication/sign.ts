/**
 * Signs what this server sends: the body is hashed while the message streams in, the header when it is complete (RFC 6376 §5). Both keys
 * of a domain sign (RFC 8463 §3); RSA does so beside the event loop.
 */
import { createHash, type KeyObject, sign } from "node:crypto";
import { domainToASCII } from "node:url";
import { flatten, parseAddressList } from "../../mime/addresses.ts";
import { textOfOctets } from "../../mime/octets.ts";
import type { ArcOutcome } from "../judgement.ts";
import { MOST_SETS, newestSeal, sealedFields } from "./arc.ts";
import { BodyHashes } from "./body-hashes.ts";
import { relaxedField, SignedHeader, withoutSignature } from "./canonical-header.ts";
import { HeaderEnd } from "./header-end.ts";

/** A key with what the signature names. */
export interface Signer {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly key: KeyObject;
}

/**
 * Fields that are signed as often as they are there, and once more, so that nobody can add one that readers would see (RFC 6376 §8.15).
 */
const OVERSIGNED = [
  ...["from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"],
  ...["mime-version", "content-type", "content-transfer-encoding"],
];
/** Fields that are signed where they are there; lists and resenders add their own. */
const SIGNED = [
  ...["sender", "content-id", "content-description", "resent-date", "resent-from", "resent-to", "resent-cc"],
  ...["resent-sender", "resent-message-id", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post"],
  ...["list-subscribe", "list-post", "list-owner", "list-archive", "auto-submitted"],
];
/** Fields of one name that are signed; a message with more of them is none that somebody wrote. */
const MOST_OF_ONE = 20;
/** Octets; a message with a longer header is not signed. */
const LONGEST_HEADER = 1_048_576;
/** Characters of a line of the field (RFC 5322 §2.1.1). */
const LINE = 76;

/** One message that may be signed. */
export class SignedMessage {
  readonly #header = new HeaderEnd(LONGEST_HEADER);
  readonly #bodies = new BodyHashes();
  readonly #body = this.#bodies.want("relaxed");
  #inBody = false;
  #read: SignedHeader | undefined;
  #ended = false;

  write(octets: Uint8Array): void {
    if (this.#inBody) {
      this.#bodies.write(octets);
      return;
    }
    const body = this.#header.write(octets);
    if (body === undefined) return;
    this.#inBody = true;
    this.#bodies.write(body);
  }

  /** The message is complete. @returns the domain of its one author, in lower-case A-labels; undefined where it cannot be signed */
  end(): string | undefined {
    if (!this.#ended) this.#bodies.end();
    this.#ended = true;
    if (this.#header.overflown) return undefined;
    this.#read ??= new SignedHeader(this.#header.octets());
    const authors = this.#read.fields("from");
    const [author] = authors;
    if (author === undefined || authors.length > 1) return undefined;
    const list = flatten(parseAddressList(textOfOctets(this.#read.header.octetsOf(author))));
    const [first, ...others] = list;
    if (first === undefined || others.length > 0) return undefined;
    return domainToASCII(first.domain.replace(/\.$/, "")).toLowerCase() || undefined;
  }

  /** A complete DKIM-Signature field. Call after `end`. @param at milliseconds since the epoch */
  async sign(signer: Signer, at: number): Promise<string> {
    const header = this.#read as SignedHeader;
    const names = namesOf(header);
    const { domain, selector, algorithm } = signer;
    const tags = [
      ...["v=1", `a=${algorithm}`, "c=relaxed/relaxed", `d=${domain}`, `s=${selector}`],
      ...[`t=${Math.floor(at / 1_000)}`, `h=${names.join(":")}`, `bh=${this.#body.digest()?.toString("base64")}`, "b="],
    ];
    return await this.#signed("DKIM-Signature:", tags, header.chosen(names, "relaxed"), signer);
  }

  /**
   * A complete ARC set (RFC 8617 §5.1) that says what was found here, for a message that is sent on unchanged. Call after `end`.
   * @returns "" where somebody said already that the chain is broken, or it is full
   */
  async seal(signer: Signer, { chain, results }: Found, at: number): Promise<string> {
    const header = this.#read;
    if (header === undefined) return "";
    const last = newestSeal(header);
    const instance = last.instance + 1;
    if (last.saysBroken || instance > MOST_SETS || (chain === "none") !== (instance === 1)) return "";
    // The seal that says so covers only its own set (RFC 8617 §5.1.2).
    const before = chain === "fail" ? [] : sealedFields(header);
    const { domain, selector, algorithm } = signer;
    const by = [`d=${domain}`, `s=${selector}`, `t=${Math.floor(at / 1_000)}`];
    const names = [
      ...namesOf(header),
      ...header
        .fields("dkim-signature")
        .slice(0, MOST_OF_ONE)
        .map(({ key }) => key),
    ];
    const found = `ARC-Authentication-Results: i=${instance}; ${results}\r\n`;
    const message = await this.#signed(
      "ARC-Message-Signature:",
      [
        ...[`i=${instance}`, `a=${algorithm}`, "c=relaxed/relaxed", ...by],
        ...[`h=${names.join(":")}`, `bh=${this.#body.digest()?.toString("base64")}`, "b="],
      ],
      header.chosen(names, "relaxed"),
      signer,
    );
    const sealed = [
      ...before.map((field) => header.canonical(field, "relaxed")),
      relaxedField(found),
      relaxedField(message),
    ];
    const seal = await this.#signed(
      "ARC-Seal:",
      [`i=${instance}`, `a=${algorithm}`, ...by, `cv=${chain}`, "b="],
      sealed,
      signer,
    );
    return seal + message + found;
  }

  /** A field of tags with the signature over what is given, and itself. */
  async #signed(name: string, tags: readonly string[], covered: readonly string[], signer: Signer): Promise<string> {
    const field = folded(name, tags);
    const signed = [...covered, withoutSignature(field, "relaxed")].join("");
    const signature = await signatureOf(signer, Buffer.from(signed, "latin1"));
    return `${field}${wrapped(signature.toString("base64"))}\r\n`;
  }
}

/** What this server found in a message that it sends on. */
export interface Found {
  /** Whether the ARC chain that it came with holds. */
  readonly chain: ArcOutcome["result"];
  /** The value of Authentication-Results. */
  readonly results: string;
}

function namesOf(header: SignedHeader): string[] {
  const times = (name: string, more: number) =>
    Array<string>(Math.min(header.fields(name).length, MOST_OF_ONE) + more).fill(name);
  return [...OVERSIGNED.flatMap((name) => times(name, 1)), ...SIGNED.flatMap((name) => times(name, 0))];
}

/** @param octets what is signed; Ed25519 signs its SHA-256 (RFC 8463 §3) */
async function signatureOf({ algorithm, key }: Signer, octets: Buffer): Promise<Buffer> {
  if (algorithm === "ed25519-sha256") return sign(null, createHash("sha256").update(octets).digest(), key);
  return await new Promise((resolve, reject) => {
    sign("sha256", octets, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
}

/** A field of tags in lines; long values are broken where white space may stand. The last tag is open. */
function folded(name: string, tags: readonly string[]): string {
  let field = name;
  let line = name.length;
  for (const [at, tag] of tags.entries()) {
    const end = at === tags.length - 1 ? "" : ";";
    for (const [piece, text] of piecesOf(tag + end).entries()) {
      const space = piece === 0 ? 1 : 0;
      if (line + space + text.length > LINE) {
        field += `\r\n\t${text}`;
        line = 8 + text.length;
      } else {
        field += (space === 1 ? " " : "") + text;
        line += space + text.length;
      }
    }
  }
  return field;
}

/** A list of names may be broken behind its colons (RFC 6376 §3.5, h=). */
function piecesOf(tag: string): readonly string[] {
  return tag.startsWith("h=") ? (tag.match(/[^:]+:?/g) ?? [tag]) : [tag];
}

function wrapped(base64: string): string {
  return (base64.match(/.{1,72}/g) ?? []).map((line) => `\r\n\t${line}`).join("");
}
