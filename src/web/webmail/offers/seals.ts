/**
 * Signatures and encryption of messages are named, and not verified: PGP (RFC 3156) and S/MIME (RFC 8551). Who signed is said only as the
 * certificate says it (RFC 5652 §5.1), and that nobody here checked it.
 */
import { X509Certificate } from "node:crypto";
import type { Offer } from "../../../../views/webmail/offers.tsx";
import { t } from "../../../../views/words/words.ts";
import { rawParameter } from "../../../mime/parameters.ts";
import type { Part } from "../../../mime/structure.ts";
import { decodeBody } from "../../../mime/transfer.ts";
import { children } from "../../../net/der.ts";
import { bodyRange } from "../message.ts";
import { oneLine } from "../names.ts";
import type { Opened } from "./opened.ts";

/** Octets of a signature, as sent, that are read for its certificate. */
const SIGNATURE_OCTETS = 200_000;

type Seal = Offer & { readonly kind: "seal" };

/** What is said of a part that seals the message. */
export function sealOffer(opened: Opened, part: Part): Seal {
  const parameter = (name: string) => (rawParameter(part.params, name) ?? "").toLowerCase();
  if (part.subtype === "encrypted") return encrypted("PGP");
  if (part.subtype.endsWith("pkcs7-mime")) {
    const signed = /^(?:signed-data|certs-only)$/.test(parameter("smime-type"));
    return signed ? signedBy(opened, part) : encrypted("S/MIME");
  }
  const signature = part.children[1];
  if (parameter("protocol").includes("pgp"))
    return { kind: "seal", icon: "key", words: t("This message has a PGP signature. It was not checked here.") };
  return signedBy(opened, signature);
}

const encrypted = (how: string): Seal => ({
  ...{ kind: "seal", icon: "lock" },
  words: t("This message is encrypted with {how}. Open it with a program that has your key.", { how }),
});

function signedBy(opened: Opened, signature: Part | undefined): Seal {
  const certificate = signature && certificateIn(octetsOf(opened, signature));
  const words =
    certificate === undefined
      ? t("This message has an S/MIME signature. It was not checked here.")
      : t(
          "This message has an S/MIME signature. Its certificate says {subject}, by {issuer}; it was not checked here.",
          {
            subject: nameIn(certificate.subject, certificate.subjectAltName),
            issuer: nameIn(certificate.issuer, undefined),
          },
        );
  return { kind: "seal", icon: "certificate", words };
}

function octetsOf({ messages, message }: Opened, part: Part): Uint8Array {
  const { start, end } = bodyRange(part, SIGNATURE_OCTETS);
  return decodeBody(messages.read(message.content, start, end), part.encoding);
}

/** The signer's certificate among those that came along: the one that vouches for no other. */
function certificateIn(octets: Uint8Array): X509Certificate | undefined {
  try {
    const signed = children(children(octets)[1] ?? new Uint8Array())[0] ?? new Uint8Array();
    const certificates = children(signed).find((item) => item[0] === 0xa0);
    const all = children(certificates ?? new Uint8Array()).map((item) => new X509Certificate(item));
    return all.find(({ ca }) => !ca) ?? all[0];
  } catch {
    // Whatever cannot be read is still a signature.
    return undefined;
  }
}

/** The name and address of somebody in a certificate, on one line. */
function nameIn(distinguished: string, alternative: string | undefined): string {
  const value = (key: string) => new RegExp(`^${key}=(.+)$`, "m").exec(distinguished)?.[1];
  const address = /email:([^,\s]+)/.exec(alternative ?? "")?.[1] ?? value("emailAddress");
  const name = value("CN") ?? value("O");
  const both = name !== undefined && address !== undefined && name !== address ? `${name} <${address}>` : undefined;
  return oneLine(both ?? name ?? address ?? distinguished, 200);
}
