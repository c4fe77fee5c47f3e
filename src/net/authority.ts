/**
 * The own certificate authority: makes its root and, under it, the server's certificate (ECDSA P-256, RFC 5280,
 * RFC 9525). Works out of the box on a LAN that no public authority can see; devices trust it once they have
 * installed the root. Pure but for the randomness of keys and serial numbers.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { parseAddress } from "./access.ts";
import * as der from "./der.ts";

/** A certificate (leaf first, then its chain) and its key, PEM. */
export interface KeyedCertificate {
  readonly chain: string;
  /** PKCS #8 */
  readonly key: string;
}

const DAY = 86_400_000;
/** How long the root is valid: as long as a device may be in use (milliseconds). */
const ROOT_LIFE = 20 * 365 * DAY;
/** How long a server's certificate is valid: Apple takes at most 825 days from private roots, browsers like 398. */
const SERVER_LIFE = 397 * DAY;
/** Clocks that run behind should not see a certificate of the future. */
const BACKDATED = DAY;
/** A server's certificate is made anew when less is left. */
export const RENEW_BEFORE = 60 * DAY;

const ECDSA_SHA256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));
const KEY_USAGE = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 };

/** RFC 5280 §4.2.1 */
const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
};
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

interface Name {
  readonly commonName: string;
  readonly organization: string;
}

/** What goes into one certificate. */
interface Statement {
  readonly subject: Name;
  readonly subjectKey: KeyObject;
  readonly issuer: Uint8Array;
  readonly issuerKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Uint8Array[];
}

/**
 * Makes the root of a new authority.
 * @param label tells this server's root from another's in a device's list of authorities
 */
export function makeRoot(label: string, now: number): KeyedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = { commonName: `Gatepost root for ${label}`.slice(0, 64), organization: "Gatepost" };
  const certificate = certify({
    subject,
    subjectKey: publicKey,
    issuer: distinguishedName(subject),
    issuerKey: privateKey,
    notBefore: now - BACKDATED,
    notAfter: now + ROOT_LIFE,
    extensions: [
      extension(EXTENSION.basicConstraints, true, der.sequence(der.boolean(true), der.integer(Uint8Array.of(0)))),
      keyUsage(KEY_USAGE.keyCertSign | KEY_USAGE.crlSign),
      extension(EXTENSION.subjectKeyIdentifier, false, der.octetString(keyIdentifier(publicKey))),
    ],
  });
  return { chain: certificate, key: exportKey(privateKey) };
}

/**
 * Makes a server's certificate under a root. The root is not part of the chain: who trusts it has it.
 * @param names host names (ASCII) and addresses, at least one
 */
export function issue(root: KeyedCertificate, names: readonly string[], now: number): KeyedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = new X509Certificate(root.chain);
  const first = names.find((name) => !parseAddress(name)) ?? names[0] ?? "";
  const certificate = certify({
    // The common name has room for 64 octets and nobody reads it any more; the names are in the extension.
    subject: { commonName: first.length <= 64 ? first : "Gatepost", organization: "Gatepost" },
    subjectKey: publicKey,
    issuer: subjectOf(issuer),
    issuerKey: createPrivateKey(root.key),
    notBefore: now - BACKDATED,
    notAfter: Math.min(now + SERVER_LIFE, Date.parse(issuer.validTo)),
    extensions: [
      extension(EXTENSION.basicConstraints, true, der.sequence()),
      keyUsage(KEY_USAGE.digitalSignature),
      extension(EXTENSION.extKeyUsage, false, der.sequence(der.objectIdentifier(SERVER_AUTH))),
      extension(EXTENSION.subjectAltName, false, der.sequence(...names.map(generalName))),
      extension(EXTENSION.subjectKeyIdentifier, false, der.octetString(keyIdentifier(publicKey))),
      extension(
        EXTENSION.authorityKeyIdentifier,
        false,
        der.sequence(der.implicit(0, keyIdentifier(issuer.publicKey))),
      ),
    ],
  });
  return { chain: certificate, key: exportKey(privateKey) };
}

/** Signs what the statement says; PEM. */
function certify(statement: Statement): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  const signed = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))),
    der.integer(serial),
    ECDSA_SHA256,
    statement.issuer,
    der.sequence(der.time(statement.notBefore), der.time(statement.notAfter)),
    distinguishedName(statement.subject),
    publicKeyInfo(statement.subjectKey),
    der.explicit(3, der.sequence(...statement.extensions)),
  );
  const signature = sign("sha256", signed, statement.issuerKey);
  return toPem(der.sequence(signed, ECDSA_SHA256, der.bitString(signature)));
}

function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(name: Name): Uint8Array {
  const attribute = (type: string, text: string) =>
    der.set(der.sequence(der.objectIdentifier(type), der.utf8String(text)));
  return der.sequence(attribute("2.5.4.10", name.organization), attribute("2.5.4.3", name.commonName));
}

/** The subject exactly as it stands in a certificate: an issuer has to be repeated octet by octet. */
function subjectOf(certificate: X509Certificate): Uint8Array {
  const [signed] = der.children(certificate.raw);
  const subject = signed && der.children(signed)[5];
  if (!subject) throw new Error("certificate has no subject");
  return subject;
}

function extension(type: string, critical: boolean, content: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.objectIdentifier(type), ...flag, der.octetString(content));
}

function keyUsage(bits: number): Uint8Array {
  const unused = Math.log2(bits & -bits);
  return extension(EXTENSION.keyUsage, true, der.bitString(Uint8Array.of(bits), unused));
}

/** A name of RFC 5280 §4.2.1.6: an address as its octets, anything else as a host name. */
function generalName(name: string): Uint8Array {
  const address = parseAddress(name);
  if (!address) return der.implicit(2, Buffer.from(name, "latin1"));
  const octets = new Uint8Array(address.words.length * 4);
  const view = new DataView(octets.buffer);
  for (const [i, word] of address.words.entries()) view.setUint32(i * 4, word);
  return der.implicit(7, octets);
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: "spki", format: "der" });
}

/** RFC 7093 §2, method 1: 160 bits of the SHA-256 of the public key. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const point = der.children(publicKeyInfo(key))[1] as Uint8Array;
  return createHash("sha256").update(point.subarray(3)).digest().subarray(0, 20);
}

function exportKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
