/** SPF records (RFC 7208 §3, §4.6.1, §12): text in, terms out. Pure; in time linear in the record. */
import { type Address, parseAddress } from "../../net/access.ts";
import { type MacroText, parseMacros } from "./spf-macros.ts";

export type Qualifier = "+" | "-" | "~" | "?";

/** One mechanism with its qualifier. `text` is the term as written. */
export type Directive = { readonly qualifier: Qualifier; readonly text: string } & Mechanism;

export type Mechanism =
  | { readonly kind: "all" }
  | { readonly kind: "include" | "exists"; readonly domain: MacroText }
  | { readonly kind: "ptr"; readonly domain: MacroText | undefined }
  | {
      readonly kind: "a" | "mx";
      readonly domain: MacroText | undefined;
      readonly prefix4: number;
      readonly prefix6: number;
    }
  | { readonly kind: "ip4" | "ip6"; readonly network: Address; readonly prefix: number };

export interface SpfRecord {
  readonly directives: readonly Directive[];
  readonly redirect: MacroText | undefined;
  readonly explanation: MacroText | undefined;
}

/** The record breaks the grammar; the message says where. */
export class BadRecord extends Error {
  override readonly name = "BadRecord";
}

/** Characters. A record should fit into 512 octets of DNS (§3.4); the longest in use have a few thousand. */
const LONGEST = 10_000;
const MODIFIER = /^([a-z][a-z0-9_.-]*)=(.*)$/is;
const MECHANISM = /^([-+?~]?)([a-z0-9]+)(.*)$/is;
/** An optional `:domain`, then the two lengths of prefixes (§5.3). */
const DUAL_CIDR = /^(.*?)(?:\/(0|[1-9]\d?))?(?:\/\/(0|[1-9]\d{0,2}))?$/s;

/** Whether a text record is an SPF record at all (§4.5). */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Reads a record that `isSpfRecord`. Errors anywhere count, in terms that nothing leads to as well (§4.6). @throws BadRecord */
export function parseSpfRecord(text: string): SpfRecord {
  if (text.length > LONGEST) throw new BadRecord(`it is longer than ${LONGEST} characters`);
  const directives: Directive[] = [];
  const modifiers = new Map<string, MacroText>();
  for (const term of text.slice("v=spf1".length).split(" ")) {
    if (term === "") continue;
    if (!/^[\x21-\x7e]*$/.test(term)) throw new BadRecord("it has characters beyond printable ASCII");
    const modifier = MODIFIER.exec(term);
    if (modifier === null) {
      directives.push(directiveOf(term));
      continue;
    }
    const name = (modifier[1] as string).toLowerCase();
    const value = modifier[2] as string;
    if (name !== "redirect" && name !== "exp") {
      // Unknown modifiers mean nothing, but their macros must be some (§6).
      if (parseMacros(value, true) === undefined) throw bad(term);
    } else if (modifiers.has(name)) throw new BadRecord(`it has “${name}=” twice`);
    else modifiers.set(name, domainSpec(value, term));
  }
  return { directives, redirect: modifiers.get("redirect"), explanation: modifiers.get("exp") };
}

function directiveOf(term: string): Directive {
  const match = MECHANISM.exec(term);
  if (match === null) throw bad(term);
  const qualifier = (match[1] || "+") as Qualifier;
  return { qualifier, text: term, ...mechanismOf((match[2] as string).toLowerCase(), match[3] as string, term) };
}

function mechanismOf(name: string, rest: string, term: string): Mechanism {
  switch (name) {
    case "all":
      if (rest !== "") throw bad(term);
      return { kind: name };
    case "include":
    case "exists":
      if (!rest.startsWith(":")) throw bad(term);
      return { kind: name, domain: domainSpec(rest.slice(1), term) };
    case "ptr":
      return { kind: name, domain: optionalDomain(rest, term) };
    case "a":
    case "mx":
      return { kind: name, ...dualCidr(rest, term) };
    case "ip4":
    case "ip6":
      return { kind: name, ...networkOf(name, rest, term) };
    default:
      throw bad(term);
  }
}

function optionalDomain(rest: string, term: string): MacroText | undefined {
  if (rest === "") return undefined;
  if (!rest.startsWith(":")) throw bad(term);
  return domainSpec(rest.slice(1), term);
}

function dualCidr(rest: string, term: string) {
  const [, domain = "", four, six] = DUAL_CIDR.exec(rest) ?? [];
  const [prefix4, prefix6] = [Number(four ?? 32), Number(six ?? 128)];
  if (prefix4 > 32 || prefix6 > 128) throw bad(term);
  return { domain: optionalDomain(domain, term), prefix4, prefix6 };
}

function networkOf(kind: "ip4" | "ip6", rest: string, term: string): { network: Address; prefix: number } {
  const match = /^:([0-9a-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(rest);
  const written = match?.[1] ?? "";
  const address = parseAddress(written);
  const isSix = written.includes(":");
  const bits = isSix ? 128 : 32;
  const prefix = Number(match?.[2] ?? bits);
  if (address === undefined || isSix !== (kind === "ip6") || prefix > bits) throw bad(term);
  // A mapped address in an ip6 term means what is written: 128 bits, which no client has that comes by IPv4 (§5).
  const mapped = isSix && address.family === 4;
  const network: Address = mapped ? { family: 6, words: [0, 0, 0xffff, address.words[0] as number] } : address;
  return { network, prefix };
}

/** `domain-spec`: macros and text that end in a macro or a top-level label (§7.1). */
function domainSpec(text: string, term: string): MacroText {
  const macros = parseMacros(text);
  if (macros === undefined || macros.pieces.length === 0) throw bad(term);
  if (macros.endsInMacro) return macros;
  const last = macros.pieces.at(-1) as string;
  const bare = last.endsWith(".") ? last.slice(0, -1) : last;
  const dot = bare.lastIndexOf(".");
  if (dot < 0 || !isTopLabel(bare.slice(dot + 1))) throw bad(term);
  return macros;
}

/** Letters, digits and hyphens, no hyphen at either end, not digits alone. */
function isTopLabel(label: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(label) && /[^0-9]/.test(label);
}

function bad(term: string): BadRecord {
  return new BadRecord(`“${term.slice(0, 100)}” is not a term of SPF`);
}
