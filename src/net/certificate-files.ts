/**
 * Certificates as people bring them: PEM text, in any order, with whatever else is in the file. Pure: says what is
 * wrong in a sentence, or gives the chain in order with its key.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { Refusal } from "../refusal.ts";
import { formatAddress, parseAddress } from "./access.ts";
import type { KeyedCertificate } from "./authority.ts";
import { tlsContext } from "./tls.ts";

/** What a certificate says about itself. */
export interface CertificateFacts {
  /** Host names in lower case and addresses it is valid for. */
  readonly names: readonly string[];
  /** Who made it: the common name, or the organisation. */
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 in hexadecimal pairs. */
  readonly fingerprint: string;
}

/** The most PEM text that is looked at (characters). */
const TEXT_LIMIT = 256 * 1024;
const CHAIN_LIMIT = 10;
const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g;
const KEY = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----[\s\S]*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

/** Reads the facts of the first certificate in a chain. */
export function factsOf(chain: string): CertificateFacts {
  const certificate = new X509Certificate(chain);
  return {
    names: namesOf(certificate),
    issuer: /^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? /^O=(.*)$/m.exec(certificate.issuer)?.[1] ?? "unknown",
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

/** The names in the subject alternative name; the common name is no name any more (RFC 9525 §2). */
function namesOf(certificate: X509Certificate): string[] {
  const entries = certificate.subjectAltName?.split(", ") ?? [];
  return entries.flatMap((entry) => {
    if (entry.startsWith("DNS:")) return [entry.slice(4).toLowerCase()];
    const address = entry.startsWith("IP Address:") ? parseAddress(entry.slice(11)) : undefined;
    return address ? [formatAddress(address)] : [];
  });
}

/**
 * Checks a certificate, its chain and its key.
 * @param now milliseconds since the epoch
 * @throws Refusal "invalid" with what is wrong
 */
export function readCertificateFiles(chainText: string, keyText: string, now: number): KeyedCertificate {
  if (chainText.length + keyText.length > TEXT_LIMIT) throw invalid("That is too much text for a certificate.");
  const key = readKey(keyText, chainText);
  const certificates = readCertificates(chainText);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (!leaf) throw invalid("The private key does not belong to any of the certificates.");
  if (Date.parse(leaf.validTo) <= now) throw invalid(`The certificate expired on ${day(leaf.validTo)}.`);
  if (Date.parse(leaf.validFrom) > now) throw invalid(`The certificate is not valid before ${day(leaf.validFrom)}.`);
  if (namesOf(leaf).length === 0) throw invalid("The certificate names no host that it is valid for.");
  const keyed = {
    chain: inOrder(leaf, certificates)
      .map((each) => each.toString())
      .join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  try {
    tlsContext({ cert: keyed.chain, key: keyed.key });
  } catch (cause) {
    throw invalid("The certificate cannot be used for TLS.", cause);
  }
  return keyed;
}

function readKey(keyText: string, chainText: string): KeyObject {
  // Some authorities hand out one file with everything in it.
  const pem = KEY.exec(keyText) ?? KEY.exec(chainText);
  if (!pem) throw invalid("There is no private key in PEM form.");
  if (pem[1]?.includes("ENCRYPTED") || pem[0].includes("Proc-Type: 4,ENCRYPTED")) {
    throw invalid("The private key is protected by a passphrase; remove it first.");
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem[0]);
  } catch (cause) {
    throw invalid("The private key cannot be read.", cause);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ec") {
    throw invalid("Only RSA and ECDSA keys are understood by mail programs.");
  }
  if (bits !== undefined && bits < 2048) throw invalid("The RSA key is too short; it needs at least 2048 bits.");
  return key;
}

function readCertificates(text: string): X509Certificate[] {
  const pems = text.match(CERTIFICATE) ?? [];
  if (pems.length === 0) throw invalid("There is no certificate in PEM form.");
  if (pems.length > CHAIN_LIMIT) throw invalid("There are too many certificates in the file.");
  try {
    return pems.map((pem) => new X509Certificate(pem));
  } catch (cause) {
    throw invalid("A certificate cannot be read.", cause);
  }
}

/** The leaf, then each one's issuer as far as they are there; a root at the end is left out, nobody needs it. */
function inOrder(leaf: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  const others = new Set(certificates.filter((each) => each.fingerprint256 !== leaf.fingerprint256));
  for (let last = leaf; !last.checkIssued(last); ) {
    const issuer = [...others].find((each) => last.checkIssued(each) && last.verify(each.publicKey));
    if (!issuer || issuer.checkIssued(issuer)) break;
    others.delete(issuer);
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function day(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}

function invalid(sentence: string, cause?: unknown): Refusal {
  return new Refusal("invalid", sentence, { cause });
}
