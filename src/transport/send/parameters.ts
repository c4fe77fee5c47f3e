/**
 * What MAIL and RCPT say to a server, by what the message needs and the server offers: SIZE (RFC 1870), 8BITMIME (RFC 6152),
 * BINARYMIME (RFC 3030), SMTPUTF8 (RFC 6531), DSN (RFC 3461), REQUIRETLS (RFC 8689). Pure.
 */
import { domainToASCII } from "node:url";
import type { QueuedMessage, QueuedRecipient } from "../queue/rows.ts";
import { type Failure, failed } from "./failure.ts";

/** The server's side of it. */
export interface Offer {
  readonly remote: string;
  offers(extension: string): boolean;
  readonly extensions: ReadonlyMap<string, string>;
  readonly connection: { readonly secure: boolean };
  readonly verified: boolean;
}

/** What the octets of the message turned out to hold; asked for only where it matters. */
export interface Nature {
  /** Any octet above 127 in the whole message, or in its header. */
  readonly eightBit: boolean;
  readonly eightBitHeader: boolean;
}

/** How a message is announced, or why this server cannot take it. */
export type Announcement =
  | { readonly kind: "mail"; readonly line: string; readonly utf8: boolean; readonly bdat: boolean }
  | { readonly kind: "refused"; readonly failure: Failure };

const NON_ASCII = /[^\x00-\x7f]/;

/** Whether `announce` has to know what the octets hold. */
export function needsNature(message: QueuedMessage, offer: Offer): boolean {
  return (message.smtputf8 && !offer.offers("SMTPUTF8")) || (message.body === "8BITMIME" && !offer.offers("8BITMIME"));
}

/** The MAIL command for a message. */
export function announce(message: QueuedMessage, offer: Offer, nature: Nature | undefined): Announcement {
  const { remote } = offer;
  const refused = (enhanced: string, sentence: string): Announcement => ({
    kind: "refused",
    failure: failed("sender", enhanced, `${remote} ${sentence}`, remote),
  });
  const most = Number(offer.extensions.get("SIZE") || 0);
  if (most > 0 && message.size > most) {
    return refused("5.3.4", `takes messages of at most ${most} octets; this one has ${message.size}.`);
  }
  if (message.requireTls && !(offer.connection.secure && offer.verified && offer.offers("REQUIRETLS"))) {
    return refused("5.7.30", "cannot keep the message encrypted on its further way, as its sender requires.");
  }
  if (message.body === "BINARYMIME" && !(offer.offers("BINARYMIME") && offer.offers("CHUNKING"))) {
    return refused("5.6.3", "does not take binary messages.");
  }
  if (message.body === "8BITMIME" && !offer.offers("8BITMIME") && nature?.eightBit === true) {
    return refused("5.6.3", "takes only messages in 7-bit characters, and this one is not.");
  }
  const path = pathFor(message.reversePath, offer.offers("SMTPUTF8"));
  if (path === undefined) return refused("5.6.7", "does not take international addresses such as the sender's.");
  if (message.smtputf8 && !offer.offers("SMTPUTF8") && nature?.eightBitHeader === true) {
    return refused("5.6.9", "does not take messages with international header fields.");
  }
  const utf8 = offer.offers("SMTPUTF8") && (message.smtputf8 || NON_ASCII.test(path));
  return { kind: "mail", line: mailLine(message, offer, path, utf8), utf8, bdat: message.body === "BINARYMIME" };
}

function mailLine(message: QueuedMessage, offer: Offer, path: string, utf8: boolean): string {
  let line = `MAIL FROM:<${path}>`;
  if (offer.offers("SIZE")) line += ` SIZE=${message.size}`;
  if (message.body === "BINARYMIME") line += " BODY=BINARYMIME";
  else if (message.body === "8BITMIME" && offer.offers("8BITMIME")) line += " BODY=8BITMIME";
  if (utf8) line += " SMTPUTF8";
  if (message.requireTls) line += " REQUIRETLS";
  if (offer.offers("DSN")) {
    if (message.ret !== null) line += ` RET=${message.ret}`;
    if (message.envid !== null) line += ` ENVID=${xtext(message.envid)}`;
  }
  return line;
}

/** The RCPT command for a recipient; undefined if the server cannot be told such an address. */
export function recipientLine(recipient: QueuedRecipient, offer: Offer): string | undefined {
  const path = pathFor(recipient.address, offer.offers("SMTPUTF8"));
  if (path === undefined) return undefined;
  let line = `RCPT TO:<${path}>`;
  if (!offer.offers("DSN")) return line;
  if (recipient.notify !== "") line += ` NOTIFY=${recipient.notify}`;
  if (recipient.orcpt !== null) line += ` ORCPT=${originalRecipient(recipient.orcpt)}`;
  return line;
}

/** An address as the server can take it: a domain has an ASCII form, a local part has none. */
function pathFor(address: string, utf8: boolean): string | undefined {
  if (utf8 || !NON_ASCII.test(address)) return address;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  const domain = domainToASCII(address.slice(at + 1));
  return NON_ASCII.test(local) || domain === "" ? undefined : `${local}@${domain}`;
}

/** RFC 3461 §4. */
export function xtext(text: string): string {
  return Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (one) => `+${hex(one.charCodeAt(0)).padStart(2, "0")}`);
}

/** The address type stays as it is; characters beyond ASCII take the form of RFC 6533 §3. */
function originalRecipient(orcpt: string): string {
  const cut = orcpt.indexOf(";");
  const address = orcpt.slice(cut + 1).replace(/[^\x00-\x7f]/gu, (one) => `\\x{${hex(one.codePointAt(0) ?? 0)}}`);
  return `${orcpt.slice(0, cut)};${xtext(address)}`;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase();
}
