/**
 * Judges a server's certificate by the TLSA records of its name (RFC 6698, for mail RFC 7672 §3): records that somebody signed by DNSSEC
 * take the place of the authorities of the world. Pure.
 */
import { createHash, type KeyObject, type X509Certificate } from "node:crypto";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** A TLSA record (RFC 6698 §2.1). */
export interface Tlsa {
  /** 2: an authority (DANE-TA), 3: the server's own certificate (DANE-EE). */
  readonly usage: number;
  /** 0: the whole certificate, 1: its key. */
  readonly selector: number;
  /** 0: as it is, 1: SHA-256, 2: SHA-512. */
  readonly matching: number;
  /** In hexadecimal, lower case. */
  readonly data: string;
}

/** Hexadecimal digits of each kind of digest. */
const DIGITS: Readonly<Record<number, number>> = { 1: 64, 2: 128 };

/** Reads the text of a TLSA record, as zone files have it; undefined for what is none. */
export function tlsaFrom(text: string): Tlsa | undefined {
  const [, usage, selector, matching, data = ""] = /^(\d{1,3}) (\d{1,3}) (\d{1,3}) ([\da-f ]+)$/i.exec(text) ?? [];
  if (usage === undefined) return undefined;
  const hex = data.replaceAll(" ", "").toLowerCase();
  return { usage: Number(usage), selector: Number(selector), matching: Number(matching), data: hex };
}

/** The same text of a record, as reports have it (RFC 8460 §4.2). */
export function textOfTlsa({ usage, selector, matching, data }: Tlsa): string {
  return `${usage} ${selector} ${matching} ${data}`;
}

/** Whether a record can say anything about a mail server (RFC 7672 §3.1): those of other usages are as if they were not there. */
export function isUsable({ usage, selector, matching, data }: Tlsa): boolean {
  if (usage !== 2 && usage !== 3) return false;
  if (selector !== 0 && selector !== 1) return false;
  return matching === 0 ? data !== "" : DIGITS[matching] === data.length;
}

/**
 * Why a server is not the one that the records name; undefined when it is.
 *
 * @param shown its certificate, and the chain it sent behind it
 * @param records usable ones
 * @param names of which the certificate must have one, where an authority is named; a certificate that is named itself needs
 *   neither a name nor to be in date (RFC 7672 §3.1.1)
 */
export function daneProblem(
  shown: readonly X509Certificate[],
  records: readonly Tlsa[],
  names: readonly string[],
  now = Date.now(),
): string | undefined {
  const [leaf] = shown;
  if (leaf === undefined) return "the server shows no certificate";
  if (records.some((record) => record.usage === 3 && matches(record, leaf))) return undefined;
  if (keyOf(leaf) === undefined) return "its certificate cannot be read";
  const authorities = records.filter((record) => record.usage === 2);
  if (authorities.length === 0) return "its certificate is not the one that its TLSA records name";
  const chain = linked(shown);
  for (let at = 0; at < chain.length; at++) {
    const certificate = chain[at] as X509Certificate;
    if (!isInDate(certificate, now)) return "a certificate of its chain is out of date";
    if (at > 0 && !certificate.ca) return "its chain leads over a certificate that is no authority";
    if (at > 0 && authorities.some((record) => matches(record, certificate))) return nameProblem(leaf, names);
  }
  return "no authority of its chain is one that its TLSA records name";
}

function matches({ selector, matching, data }: Tlsa, certificate: X509Certificate): boolean {
  const octets = selector === 0 ? certificate.raw : keyOf(certificate)?.export({ type: "spki", format: "der" });
  if (octets === undefined) return false;
  if (matching === 0) return Buffer.from(octets).toString("hex") === data;
  return (
    createHash(matching === 1 ? "sha256" : "sha512")
      .update(octets)
      .digest("hex") === data
  );
}

/** The key of a certificate; undefined where it is of a kind that is not known here. */
function keyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

/** The certificates up to the first that did not make the one before it. */
function linked(shown: readonly X509Certificate[]): readonly X509Certificate[] {
  const end = shown.findIndex((certificate, at) => {
    const before = shown[at - 1];
    const key = keyOf(certificate);
    return before !== undefined && !(key !== undefined && before.checkIssued(certificate) && before.verify(key));
  });
  return end < 0 ? shown : shown.slice(0, end);
}

function isInDate({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

function nameProblem(leaf: X509Certificate, names: readonly string[]): string | undefined {
  const certificate = leaf.toLegacyObject() as PeerCertificate;
  const problems = names.map((name) => checkServerIdentity(name, certificate)?.message);
  return problems.includes(undefined) ? undefined : (problems[0] ?? "no name to compare the certificate with");
}
