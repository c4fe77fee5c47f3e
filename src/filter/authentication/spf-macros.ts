/** Macros in SPF records and explanations: their grammar (RFC 7208 §7.1) and what they stand for (§7.2, §7.3). Pure but for %{p}. */
import { type Address, formatAddress } from "../../net/access.ts";

/** `%{d2r.}`: a letter with what is done to its value. */
export interface Macro {
  /** Lower case. */
  readonly letter: string;
  /** How many parts are kept, counted from the right; 0 for all. */
  readonly keep: number;
  readonly reverse: boolean;
  /** The characters between parts; "." where none are named. */
  readonly delimiters: string;
  /** An upper-case letter: the value is escaped as in a URL. */
  readonly escape: boolean;
}

/** Text with macros in it: literal pieces and macros in order; %%, %_ and %- are literal already. */
export interface MacroText {
  readonly pieces: readonly (string | Macro)[];
  /** Whether it ends in something that began with a percent sign. */
  readonly endsInMacro: boolean;
}

/** What the letters stand for (RFC 7208 §7.2). */
export interface MacroValues {
  readonly sender: string;
  /** The current domain: that of the include or redirect under way. */
  readonly domain: string;
  readonly helo: string;
  readonly client: Address;
  /** The name of this host. */
  readonly receiver: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** A name of the client that leads back to it, "unknown" without. */
  validatedName(): Promise<string>;
}

const ESCAPES: Readonly<Record<string, string>> = { "%": "%", _: " ", "-": "%20" };
const EXPAND = /\{([slodiphcrtv])(\d{0,3})(r?)([.\-+,/_=]*)\}/iy;
/** Of a name in its text form (RFC 7208 §7.3). */
const LONGEST_NAME = 253;
/** What stands for itself where a value is escaped (RFC 3986 §2.3). */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * Reads text with macros.
 * @param explaining the letters c, r and t may stand in explanations only
 * @returns undefined where a percent sign begins nothing that is known
 */
export function parseMacros(text: string, explaining = false): MacroText | undefined {
  const pieces: (string | Macro)[] = [];
  let literal = "";
  let from = 0;
  for (let at = text.indexOf("%"); at >= 0; at = text.indexOf("%", from)) {
    literal += text.slice(from, at);
    const special = ESCAPES[text[at + 1] ?? ""];
    if (special !== undefined) {
      literal += special;
      from = at + 2;
      continue;
    }
    EXPAND.lastIndex = at + 1;
    const match = EXPAND.exec(text);
    const macro = match === null ? undefined : macroOf(match, explaining);
    if (macro === undefined) return undefined;
    if (literal !== "") pieces.push(literal);
    literal = "";
    pieces.push(macro);
    from = EXPAND.lastIndex;
  }
  const endsInMacro = from === text.length && from > 0;
  literal += text.slice(from);
  if (literal !== "") pieces.push(literal);
  return { pieces, endsInMacro };
}

function macroOf(match: RegExpExecArray, explaining: boolean): Macro | undefined {
  const [, written = "", digits = "", r, delimiters] = match;
  const letter = written.toLowerCase();
  if (!explaining && "crt".includes(letter)) return undefined;
  // "DIGIT is nonzero" (RFC 7208 §7.3).
  const keep = Number(digits);
  if (digits !== "" && keep === 0) return undefined;
  return { letter, keep, reverse: r !== "", delimiters: delimiters || ".", escape: letter !== written };
}

/** Replaces the macros by what they stand for. */
export async function expandMacros({ pieces }: MacroText, values: MacroValues): Promise<string> {
  let text = "";
  for (const piece of pieces) text += typeof piece === "string" ? piece : await expand(piece, values);
  return text;
}

/** The name that a domain-spec stands for: without the last dot, and without labels on the left where it is too long (§7.3). */
export async function expandName(spec: MacroText, values: MacroValues): Promise<string> {
  let name = (await expandMacros(spec, values)).replace(/\.$/, "");
  while (name.length > LONGEST_NAME) {
    const dot = name.indexOf(".");
    if (dot < 0) break;
    name = name.slice(dot + 1);
  }
  return name;
}

async function expand(macro: Macro, values: MacroValues): Promise<string> {
  const value = macro.letter === "p" ? await values.validatedName() : meaningOf(macro.letter, values);
  let parts = partsOf(value, macro.delimiters);
  if (macro.reverse) parts.reverse();
  if (macro.keep > 0) parts = parts.slice(-macro.keep);
  const text = parts.join(".");
  return macro.escape ? escaped(text) : text;
}

function meaningOf(letter: string, values: MacroValues): string {
  const { sender, client } = values;
  const at = sender.lastIndexOf("@");
  switch (letter) {
    case "s":
      return sender;
    case "l":
      return sender.slice(0, at);
    case "o":
      return sender.slice(at + 1);
    case "d":
      return values.domain;
    case "i":
      return client.family === 4 ? formatAddress(client) : nibbles(client);
    case "c":
      return formatAddress(client);
    case "v":
      return client.family === 4 ? "in-addr" : "ip6";
    case "h":
      return values.helo;
    case "r":
      return values.receiver;
    default:
      return String(Math.floor(values.now));
  }
}

/** The 32 hexadecimal digits of an IPv6 address, with dots between them (RFC 7208 §7.3). */
function nibbles({ words }: Address): string {
  const digits = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  return digits.toUpperCase().split("").join(".");
}

function partsOf(value: string, delimiters: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    if (!delimiters.includes(value[at] as string)) continue;
    parts.push(value.slice(from, at));
    from = at + 1;
  }
  parts.push(value.slice(from));
  return parts;
}

function escaped(text: string): string {
  let out = "";
  for (const octet of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(octet);
    out += UNRESERVED.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
