/**
 * The grammar of SMTP commands: bytes in, values out, no state. The session (session.ts) calls it once per command line.
 *
 * RFC 5321 §4.1 (commands, paths, literals), RFC 6531 §3.3 (UTF-8 in them), RFC 1870 (SIZE), RFC 6152 and 3030 (BODY, BDAT),
 * RFC 3461 §4 (DSN parameters, xtext), RFC 6533 §3 (utf-8 original recipients), RFC 4954 (AUTH), RFC 8689 (REQUIRETLS).
 */
import { isIPv4, isIPv6 } from "node:net";
import { Refusal } from "../../refusal.ts";

/** A command line cut in two: the verb in capitals and what follows it, without surrounding blanks. */
export interface CommandLine {
  readonly verb: string;
  readonly rest: string;
}

/** What MAIL says. Absent parameters are undefined. */
export interface MailArguments {
  /** Without angle brackets and source route; "" is the null reverse-path. */
  readonly reversePath: string;
  /** Declared size in octets (RFC 1870 §6). */
  readonly size: number | undefined;
  readonly body: "7BIT" | "8BITMIME" | "BINARYMIME" | undefined;
  readonly smtputf8: boolean;
  readonly ret: "FULL" | "HDRS" | undefined;
  /** Decoded from xtext. */
  readonly envid: string | undefined;
  /** The identity of AUTH= (RFC 4954 §5), decoded from xtext; "" where it was `<>`. */
  readonly auth: string | undefined;
  readonly requireTls: boolean;
}

export type Notify = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** What RCPT says. */
export interface RcptArguments {
  /** Without angle brackets and source route; "Postmaster" may stand without a domain (RFC 5321 §4.5.1). */
  readonly forwardPath: string;
  readonly notify: Notify[] | undefined;
  /** `type;address`, decoded from xtext. */
  readonly orcpt: string | undefined;
}

const ATEXT = "A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u{80}-\\u{10FFFF}";
const DOT_STRING = new RegExp(`[${ATEXT}]+(?:\\.[${ATEXT}]+)*`, "uy");
const QUOTED_STRING = /"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u{80}-\u{10FFFF}]|\\[\x20-\x7e])*"/uy;
// An underscore is no LDH character, but hosts with one send mail every day.
const DOMAIN = /[A-Za-z0-9_\-\u{80}-\u{10FFFF}]+(?:\.[A-Za-z0-9_\-\u{80}-\u{10FFFF}]+)*/uy;
const LITERAL = /\[[\x21-\x5a\x5e-\x7e]+\]/y;
const SOURCE_ROUTE = /@[A-Za-z0-9_.\-[\]:\u{80}-\u{10FFFF}]+(?:,@[A-Za-z0-9_.\-[\]:\u{80}-\u{10FFFF}]+)*:/uy;
const PARAMETER = / +([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u{80}-\u{10FFFF}]+))?(?= |$)/uy;
const ALL_ATEXT = new RegExp(`^[${ATEXT}]+(?:\\.[${ATEXT}]+)*$`, "u");
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
const NON_ASCII = /[^\x00-\x7f]/;

/** RFC 5321 §4.5.3.1 sets what must be taken at least (64, 255, 256); long return paths of lists and trackers exceed the first. */
const MAX_PATH = 1000;
const MAX_LOCAL_PART = 512;
const MAX_DOMAIN = 255;
const MAX_LABEL = 63;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const syntax = (sentence: string, code = 501, enhanced = "5.5.4") =>
  new Refusal("invalid", sentence, { smtp: { code, enhanced } });
const badAddress = (sentence: string, kind: "sender" | "recipient") =>
  syntax(sentence, 501, kind === "sender" ? "5.1.7" : "5.1.3");

/** Says whether `text` has a character outside ASCII, that is, needs SMTPUTF8. */
const isNonAscii = (text: string): boolean => NON_ASCII.test(text);

/**
 * The text of one command line (without its line end). Throws a Refusal (500 5.5.2) for a bare CR, NUL or any other
 * control character, and for octets that are not UTF-8.
 */
export function decodeLine(bytes: Uint8Array): string {
  let ascii = true;
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] as number;
    if (octet < 0x20 && octet !== 0x09) throw syntax("Control characters have no place in a command.", 500, "5.5.2");
    if (octet >= 0x7f) ascii = false;
  }
  if (ascii) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw syntax("The line is not UTF-8.", 500, "5.5.2");
  }
  if (CONTROL.test(text)) throw syntax("Control characters have no place in a command.", 500, "5.5.2");
  return text;
}

/** Cuts a line into verb and rest. Blanks at the end are tolerated (RFC 5321 §4.1.1). */
export function splitCommand(line: string): CommandLine {
  const text = line.trimEnd();
  const space = text.indexOf(" ");
  if (space < 0) return { verb: text.toUpperCase(), rest: "" };
  return { verb: text.slice(0, space).toUpperCase(), rest: text.slice(space + 1).trimStart() };
}

/** Parses what follows MAIL (RFC 5321 §4.1.1.2). Throws a Refusal with the reply to give. */
export function parseMail(rest: string): MailArguments {
  if (!/^from:/i.test(rest)) throw syntax("Syntax: MAIL FROM:<address> [parameters]");
  const { path, next } = parsePath(rest, 5, "sender");
  const mail = {
    reversePath: path,
    size: undefined as number | undefined,
    body: undefined as MailArguments["body"],
    smtputf8: false,
    ret: undefined as MailArguments["ret"],
    envid: undefined as string | undefined,
    auth: undefined as string | undefined,
    requireTls: false,
  };
  if (next < rest.length) {
    for (const [keyword, value] of parseParameters(rest, next)) applyMailParameter(mail, keyword, value);
  }
  if (!mail.smtputf8 && isNonAscii(rest)) {
    throw syntax("An address outside ASCII needs the parameter SMTPUTF8.", 553, "5.6.7");
  }
  return mail;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function applyMailParameter(mail: Writable<MailArguments>, keyword: string, value: string | undefined): void {
  switch (keyword) {
    case "SIZE":
      if (!value || !/^\d{1,20}$/.test(value)) throw syntax("SIZE takes a number of octets.");
      mail.size = Number(value);
      return;
    case "BODY":
      mail.body = oneOf(keyword, value, ["7BIT", "8BITMIME", "BINARYMIME"] as const);
      return;
    case "SMTPUTF8":
    case "REQUIRETLS":
      if (value !== undefined) throw syntax(`${keyword} takes no value.`);
      if (keyword === "SMTPUTF8") mail.smtputf8 = true;
      else mail.requireTls = true;
      return;
    case "RET":
      mail.ret = oneOf(keyword, value, ["FULL", "HDRS"] as const);
      return;
    case "ENVID":
      mail.envid = parseEnvid(value);
      return;
    case "AUTH": {
      const decoded = decodeXtext(value ?? "");
      if (!decoded) throw syntax("AUTH takes an address in xtext, or <>.");
      mail.auth = decoded === "<>" ? "" : decoded;
      return;
    }
    default:
      throw unknownParameter(keyword);
  }
}

/** RFC 3461 §4.4: at most 100 characters of xtext that decode to printable ASCII. */
function parseEnvid(value: string | undefined): string {
  const decoded = value && value.length <= 100 ? decodeXtext(value) : undefined;
  if (!decoded || !/^[\x20-\x7e]+$/.test(decoded)) throw syntax("ENVID takes at most 100 characters of xtext.");
  return decoded;
}

/** Parses what follows RCPT (RFC 5321 §4.1.1.3); `smtputf8` is what MAIL declared. Throws a Refusal with the reply to give. */
export function parseRcpt(rest: string, smtputf8: boolean): RcptArguments {
  if (!/^to:/i.test(rest)) throw syntax("Syntax: RCPT TO:<address> [parameters]");
  const { path, next } = parsePath(rest, 3, "recipient");
  if (!smtputf8 && isNonAscii(rest)) {
    throw syntax("An address outside ASCII needs SMTPUTF8 with MAIL.", 553, "5.6.7");
  }
  if (next === rest.length) return { forwardPath: path, notify: undefined, orcpt: undefined };
  let notify: Notify[] | undefined;
  let orcpt: string | undefined;
  for (const [keyword, value] of parseParameters(rest, next)) {
    if (keyword === "NOTIFY") notify = parseNotify(value);
    else if (keyword === "ORCPT") orcpt = parseOriginalRecipient(value);
    else throw unknownParameter(keyword);
  }
  return { forwardPath: path, notify, orcpt };
}

/** RFC 3461 §4.1: NEVER alone, or a list of the others. */
function parseNotify(value: string | undefined): Notify[] {
  const words = (value ?? "").toUpperCase().split(",");
  if (words.length === 1 && words[0] === "NEVER") return ["NEVER"];
  const known: Notify[] = ["SUCCESS", "FAILURE", "DELAY"];
  if (!words.every((word) => known.includes(word as Notify))) {
    throw syntax("NOTIFY takes NEVER, or a list of SUCCESS, FAILURE and DELAY.");
  }
  return known.filter((word) => words.includes(word));
}

/** RFC 3461 §4.2 `addr-type ";" xtext`, at most 500 characters; RFC 6533 §3 for the address type utf-8. */
function parseOriginalRecipient(value: string | undefined): string {
  const cut = value?.indexOf(";") ?? -1;
  if (!value || cut < 1 || value.length > 500) throw syntax("ORCPT takes an address type, a semicolon and xtext.");
  const type = value.slice(0, cut);
  const text = value.slice(cut + 1);
  const decoded = type.toLowerCase() === "utf-8" ? decodeUtf8Address(text) : decodeXtext(text);
  if (!/^[A-Za-z0-9-]+$/.test(type) || !decoded || CONTROL.test(decoded)) {
    throw syntax("ORCPT takes an address type, a semicolon and xtext.");
  }
  return `${type};${decoded}`;
}

/** RFC 6533 §3: `utf-8-addr-xtext` and `unitext`, where a character outside ASCII may be written `\x{HEX}`. */
function decodeUtf8Address(text: string): string | undefined {
  let valid = true;
  const decoded = text.replace(/\\x\{([0-9A-Fa-f]{2,6})\}|\\/g, (_all, hex?: string) => {
    const point = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
    valid &&= point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    return valid ? String.fromCodePoint(point) : "";
  });
  return valid ? decoded : undefined;
}

/**
 * Parses a path that begins at `from` (blanks before it are forgiven: many clients write `FROM: <…>`).
 * The mailbox comes back in its shortest spelling: quotes only where the local part needs them.
 */
function parsePath(text: string, from: number, kind: "sender" | "recipient"): { path: string; next: number } {
  let at = from;
  while (text[at] === " ") at++;
  if (text[at] !== "<") throw badAddress("An address stands in angle brackets.", kind);
  at++;
  if (text[at] === ">") {
    if (kind === "recipient") throw badAddress("A recipient needs an address.", kind);
    return { path: "", next: endOfPath(text, at + 1, kind) };
  }
  SOURCE_ROUTE.lastIndex = at;
  // A source route is accepted and ignored (RFC 5321 §4.1.1.3 and appendix C).
  if (text[at] === "@" && SOURCE_ROUTE.test(text)) at = SOURCE_ROUTE.lastIndex;
  const mailbox = parseMailbox(text, at, kind);
  if (text[mailbox.next] !== ">") throw badAddress("The address is not well-formed.", kind);
  if (mailbox.next - at > MAX_PATH) throw badAddress("The address is too long.", kind);
  return { path: mailbox.address, next: endOfPath(text, mailbox.next + 1, kind) };
}

function endOfPath(text: string, next: number, kind: "sender" | "recipient"): number {
  if (next < text.length && text[next] !== " ") throw badAddress("A blank must follow the address.", kind);
  return next;
}

function parseMailbox(text: string, from: number, kind: "sender" | "recipient"): { address: string; next: number } {
  let local: string;
  let next: number;
  if (text[from] === '"') {
    QUOTED_STRING.lastIndex = from;
    if (!QUOTED_STRING.test(text)) throw badAddress("The quoted local part is not well-formed.", kind);
    next = QUOTED_STRING.lastIndex;
    local = quoteLocalPart(text.slice(from + 1, next - 1).replace(/\\(.)/gu, "$1"));
  } else {
    DOT_STRING.lastIndex = from;
    if (!DOT_STRING.test(text)) throw badAddress("The local part of the address is not well-formed.", kind);
    next = DOT_STRING.lastIndex;
    local = text.slice(from, next);
  }
  if (local.length > MAX_LOCAL_PART) throw badAddress("The local part of the address is too long.", kind);
  if (text[next] === ">" && kind === "recipient" && local.toLowerCase() === "postmaster")
    return { address: local, next };
  if (text[next] !== "@") throw badAddress("The address has no domain.", kind);
  const domain = parseDomain(text, next + 1, kind);
  return { address: `${local}@${domain.domain}`, next: domain.next };
}

function parseDomain(text: string, from: number, kind: "sender" | "recipient"): { domain: string; next: number } {
  if (text[from] === "[") {
    LITERAL.lastIndex = from;
    if (!LITERAL.test(text)) throw badAddress("The address literal is not well-formed.", kind);
    const domain = text.slice(from, LITERAL.lastIndex);
    if (!isAddressLiteral(domain)) throw badAddress("The address literal is no IP address.", kind);
    return { domain, next: LITERAL.lastIndex };
  }
  DOMAIN.lastIndex = from;
  if (!DOMAIN.test(text)) throw badAddress("The domain of the address is not well-formed.", kind);
  const domain = text.slice(from, DOMAIN.lastIndex);
  if (!isDomain(domain)) throw badAddress("The domain of the address is not well-formed.", kind);
  return { domain, next: DOMAIN.lastIndex };
}

function isDomain(domain: string): boolean {
  if (domain.length > MAX_DOMAIN || /[\p{Z}\p{C}]/u.test(domain)) return false;
  return domain
    .split(".")
    .every((label) => label !== "" && label.length <= MAX_LABEL && !label.startsWith("-") && !label.endsWith("-"));
}

/** Says whether `text` is `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3). */
export function isAddressLiteral(text: string): boolean {
  if (!text.startsWith("[") || !text.endsWith("]")) return false;
  const inner = text.slice(1, -1);
  if (/^ipv6:/i.test(inner)) return isIPv6(inner.slice(5)) && !inner.includes("%");
  return isIPv4(inner);
}

/** A local part as it is written in an address: in quotes only where RFC 5321 §4.1.2 asks for them. */
export function quoteLocalPart(local: string): string {
  return ALL_ATEXT.test(local) ? local : `"${local.replace(/["\\]/g, "\\$&")}"`;
}

/** Parses the parameters from `from` to the end of the line; a keyword given twice is an error. */
function parseParameters(text: string, from: number): Map<string, string | undefined> {
  const parameters = new Map<string, string | undefined>();
  for (let at = from; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (!match) throw syntax("The parameters are not well-formed.");
    const keyword = (match[1] as string).toUpperCase();
    if (parameters.has(keyword)) throw syntax(`${keyword} is given twice.`);
    parameters.set(keyword, match[2]);
  }
  return parameters;
}

const unknownParameter = (keyword: string) => syntax(`The parameter ${keyword} is not known here.`, 555, "5.5.4");

function oneOf<T extends string>(keyword: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value?.toUpperCase());
  if (!found) throw syntax(`${keyword} takes one of ${allowed.join(", ")}.`);
  return found;
}

/** Decodes xtext (RFC 3461 §4): `+HH` is an octet, taken as UTF-8. Undefined where it is malformed. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-Fa-f]{2})*$/.test(text)) return undefined;
  if (!text.includes("+")) return text;
  const octets = text.replace(/\+(..)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return utf8.decode(Buffer.from(octets, "latin1"));
  } catch {
    return undefined;
  }
}

/**
 * The name a client gives with EHLO or HELO. Clients on a LAN send names that no DNS knows, and RFC 5321 §4.1.4 forbids to
 * refuse mail for that; only what could not stand in a Received field is refused.
 */
export function parseHello(rest: string): string {
  const name = rest.trimEnd();
  if (name === "") throw syntax("Say who you are: EHLO host.name");
  if (name.length > MAX_DOMAIN) throw syntax("The host name is too long.");
  const literal = name.startsWith("[");
  if (
    literal
      ? !isAddressLiteral(name) && !/^\[[A-Za-z0-9.:_-]+\]$/.test(name)
      : !/^[^\x00-\x20()<>@,;\\"[\]]+$/.test(name)
  ) {
    throw syntax("That is no host name.");
  }
  return name;
}

/** What BDAT says (RFC 3030 §2): how many octets follow, and whether they are the last. */
export interface BdatArguments {
  readonly size: number;
  readonly last: boolean;
}

/** Parses what follows BDAT; undefined where it is malformed, so that nobody knows how many octets follow. */
export function parseBdat(rest: string): BdatArguments | undefined {
  const match = /^(\d{1,15})( +last)?$/i.exec(rest.trimEnd());
  return match ? { size: Number(match[1]), last: match[2] !== undefined } : undefined;
}

/** What AUTH says (RFC 4954 §4): the mechanism in capitals and the initial response, decoded; "=" is an empty one. */
export interface AuthArguments {
  readonly mechanism: string;
  readonly initial: Uint8Array | null;
}

/** Parses what follows AUTH. Throws a Refusal with the reply to give. */
export function parseAuth(rest: string): AuthArguments {
  const match = /^([A-Za-z0-9_-]{1,20})(?: +(\S+))?$/.exec(rest.trimEnd());
  if (!match) throw syntax("Syntax: AUTH mechanism [initial-response]");
  const mechanism = (match[1] as string).toUpperCase();
  if (match[2] === undefined) return { mechanism, initial: null };
  const initial = match[2] === "=" ? new Uint8Array(0) : decodeBase64(match[2]);
  if (!initial) throw syntax("The initial response is not base64.", 501, "5.5.2");
  return { mechanism, initial };
}

/** Decodes base64 strictly (RFC 4648 §4, padding required); undefined where it is malformed. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64");
}

/** What VRFY and EXPN name: the string as given, without brackets, and whether SMTPUTF8 stands after it (RFC 6531 §3.7.4). */
export function parseName(rest: string): { readonly name: string; readonly smtputf8: boolean } {
  const match = /^(.*?)( +SMTPUTF8)?$/i.exec(rest.trimEnd());
  const given = match?.[1] ?? "";
  const smtputf8 = match?.[2] !== undefined;
  const name = given.startsWith("<") && given.endsWith(">") ? given.slice(1, -1) : given;
  if (name === "") throw syntax("Say whom to look up.");
  if (!smtputf8 && isNonAscii(name)) throw syntax("A name outside ASCII needs SMTPUTF8.", 553, "5.6.7");
  return { name, smtputf8 };
}
