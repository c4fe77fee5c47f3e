/**
 * ENVELOPE, BODY and BODYSTRUCTURE as IMAP sends them (RFC 9051 §7.5.2), ready to write. Values go out as they were
 * received: encoded words stay, raw 8-bit octets travel in literals, so that clients of every revision survive them.
 */

import { type Address, type AddressOrGroup, isGroup } from "./addresses.ts";
import { headerOf, scanAddressField } from "./envelope.ts";
import type { Header } from "./header.ts";
import { bytesOf } from "./octets.ts";
import type { Parameter } from "./parameters.ts";
import { octetsIn, type Part } from "./structure.ts";

/** Longer strings go as literals, so that no line grows beyond what clients read. */
const MAX_QUOTED = 1000;
const SPECIAL = /["\\\x00\r\n\x80-\xff]/;
const UNQUOTABLE = /[\x00\r\n\x80-\xff]/;

/**
 * The ENVELOPE of a whole message, e.g. `("Mon, 7 Feb 1994 21:52:25 -0800" "afternoon meeting" (("Fred" NIL "foo"
 * "example.org")) …)`. Sender and Reply-To default to From. Throws if the part has no header (see `envelopeOf`).
 */
export function imapEnvelope(part: Part): Uint8Array {
  return bytesOf(envelopeText(headerOf(part)));
}

/**
 * BODYSTRUCTURE (`extensible`) or BODY of a part.
 *
 * @param options.extensible whether to add the extension data of BODYSTRUCTURE
 */
export function imapBodyStructure(part: Part, options: { readonly extensible: boolean }): Uint8Array {
  return bytesOf(bodyText(part, options.extensible));
}

/** An octet string as an IMAP string: quoted, or a literal where it cannot be quoted. NUL, which neither allows, is dropped. */
export function imapString(octets: string): string {
  if (octets.length <= MAX_QUOTED) {
    if (!SPECIAL.test(octets)) return `"${octets}"`;
    if (!UNQUOTABLE.test(octets)) return `"${octets.replace(/["\\]/g, "\\$&")}"`;
  }
  const sendable = octets.replaceAll("\0", "");
  return `{${sendable.length}}\r\n${sendable}`;
}

function nstring(octets: string | undefined): string {
  return octets === undefined ? "NIL" : imapString(octets);
}

function envelopeText(header: Header): string {
  const from = addressField(header, "from");
  const sender = addressField(header, "sender");
  const replyTo = addressField(header, "reply-to");
  const fields = [
    nstring(header.raw("date")),
    nstring(header.raw("subject")),
    from,
    sender === "NIL" ? from : sender,
    replyTo === "NIL" ? from : replyTo,
    addressField(header, "to"),
    addressField(header, "cc"),
    addressField(header, "bcc"),
    nstring(header.raw("in-reply-to")),
    nstring(header.raw("message-id")),
  ];
  return `(${fields.join(" ")})`;
}

function addressField(header: Header, key: string): string {
  return addressListText(scanAddressField(header, key));
}

function addressListText(list: readonly AddressOrGroup[]): string {
  if (list.length === 0) return "NIL";
  let text = "(";
  for (const entry of list) text += isGroup(entry) ? groupText(entry.group, entry.members) : addressText(entry);
  return `${text})`;
}

/** A group begins with its name where the mailbox would be and NIL for the host, and ends with all NIL. */
function groupText(name: string, members: readonly Address[]): string {
  return `(NIL NIL ${imapString(name)} NIL)${members.map(addressText).join("")}(NIL NIL NIL NIL)`;
}

/** NIL for the host would mean a group, so an address without a domain has the empty string there. */
function addressText({ name, route, local, domain }: Address): string {
  const display = name === "" ? "NIL" : imapString(name);
  return `(${display} ${nstring(route)} ${imapString(local)} ${imapString(domain)})`;
}

function bodyText(part: Part, extensible: boolean): string {
  return part.children.length > 0 ? multipartText(part, extensible) : singleText(part, extensible);
}

function multipartText(part: Part, extensible: boolean): string {
  let text = "(";
  for (const child of part.children) text += bodyText(child, extensible);
  text += ` ${imapString(part.subtype)}`;
  if (extensible) text += ` ${paramsText(part.params)} ${placementText(part)}`;
  return `${text})`;
}

function singleText(part: Part, extensible: boolean): string {
  const text = part.opaque ? opaqueText(part) : basicText(part, extensible);
  return extensible ? `(${text} ${nstring(part.md5)} ${placementText(part)})` : `(${text})`;
}

/** A container that was not opened has no parts to tell of: to clients it is a file. */
function opaqueText(part: Part): string {
  return `"application" "octet-stream" ${fieldsText(part, part.params)}`;
}

function basicText(part: Part, extensible: boolean): string {
  const text = `${imapString(part.type)} ${imapString(part.subtype)} ${fieldsText(part, paramsWithDefault(part))}`;
  if (part.type === "text") return `${text} ${part.lines}`;
  if (!part.message) return text;
  return `${text} ${envelopeText(headerOf(part.message))} ${bodyText(part.message, extensible)} ${part.lines}`;
}

/** `body-fields` of RFC 9051 §9: parameters, id, description, encoding, octets. */
function fieldsText(part: Part, params: readonly Parameter[]): string {
  const encoding = imapString(part.encoding);
  return `${paramsText(params)} ${nstring(part.id)} ${nstring(part.description)} ${encoding} ${octetsIn(part)}`;
}

/** Disposition, language and location: the end of the extension data of every part. */
function placementText({ disposition, language, location }: Part): string {
  const place = disposition ? `(${imapString(disposition.type)} ${paramsText(disposition.params)})` : "NIL";
  return `${place} ${languageText(language)} ${nstring(location)}`;
}

function languageText(language: readonly string[] | undefined): string {
  if (!language) return "NIL";
  if (language.length === 1) return imapString(language[0] as string);
  return `(${language.map(imapString).join(" ")})`;
}

function paramsText(params: readonly Parameter[]): string {
  if (params.length === 0) return "NIL";
  return `(${params.map(({ name, value }) => `${imapString(name)} ${imapString(value)}`).join(" ")})`;
}

/** Plain text without a charset is US-ASCII (RFC 2045 §5.2). */
function paramsWithDefault(part: Part): readonly Parameter[] {
  if (part.type !== "text" || part.subtype !== "plain") return part.params;
  if (part.params.some(({ name }) => name === "charset" || name === "charset*")) return part.params;
  return [{ name: "charset", value: "us-ascii" }, ...part.params];
}
