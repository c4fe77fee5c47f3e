/**
 * Address lists (RFC 5322 §3.4 with the obsolete forms of §4.4, RFC 6532), read so that as much as possible of
 * malformed input still makes sense: missing commas, brackets and quotes, semicolons as separators, names after
 * addresses, text that is no address at all. One pass, no backtracking, no exceptions.
 */

import { type Token, Tokenizer } from "./address-tokens.ts";
import { decodeWords } from "./words.ts";

/** One mailbox. `local` is unquoted; an address without a domain has `domain` "". */
export interface Address {
  /** The display name, "" if there is none. */
  readonly name: string;
  readonly local: string;
  readonly domain: string;
  /** An obsolete source route as written, e.g. "@a.example,@b.example". */
  readonly route?: string;
}

/** A named group (RFC 5322 §3.4), often empty: `undisclosed-recipients:;`. */
export interface Group {
  readonly group: string;
  readonly members: readonly Address[];
}

export type AddressOrGroup = Address | Group;

/** Whether an entry of an address list is a group. */
export function isGroup(entry: AddressOrGroup): entry is Group {
  return "group" in entry;
}

/** The mailboxes of a list, those in groups included. */
export function flatten(list: readonly AddressOrGroup[]): Address[] {
  return list.flatMap((entry) => (isGroup(entry) ? entry.members : [entry]));
}

/**
 * Reads an address list given as text. Encoded words in names are decoded.
 *
 * @example parseAddressList("Ann <ann@example.org>, team: bob@example.org;")
 */
export function parseAddressList(text: string): AddressOrGroup[] {
  return mapNames(scanAddressList(text), decodeWords);
}

/** The same list with every name and every part of an address passed through a decoder. */
export function mapNames(
  list: readonly AddressOrGroup[],
  name: (text: string) => string,
  part: (text: string) => string = (text) => text,
): AddressOrGroup[] {
  const mapAddress = (address: Address): Address => {
    const mapped = { name: name(address.name), local: part(address.local), domain: part(address.domain) };
    return address.route === undefined ? mapped : { ...mapped, route: address.route };
  };
  return list.map((entry) =>
    isGroup(entry) ? { group: name(entry.group), members: entry.members.map(mapAddress) } : mapAddress(entry),
  );
}

/** More mailboxes in one list than this are not read: they come from nobody who writes to people. */
export const MAX_ADDRESSES = 5000;
/** Characters of a list that count as its start. */
const START = 65_536;

/** Reads an address list (text or octets), at most `most` mailboxes of it, and leaves encoded words as they are. */
export function scanAddressList(text: string, most = MAX_ADDRESSES): AddressOrGroup[] {
  return new ListReader(text, most).read();
}

/** The first mailboxes of a list, as far as they stand near its start: for fields of strangers of which a few count. Names stay encoded. */
export function firstAddresses(text: string, most: number): Address[] {
  return flatten(scanAddressList(text.slice(0, START), most));
}

/** The state of one reading: the element under way and what is finished. */
class ListReader {
  readonly #tokens: Tokenizer;
  readonly #list: AddressOrGroup[] = [];
  #group: { group: string; members: Address[] } | undefined;
  /** Tokens outside angle brackets since the last separator. */
  #words: Token[] = [];
  /** Whether there is an at sign among them; looking for it at every colon would take time that grows with the square of the field. */
  #hasAt = false;
  /** Tokens inside angle brackets, undefined outside. */
  #angle: Token[] | undefined;
  #route = "";
  #comment = "";
  readonly #most: number;
  #count = 0;
  /** Whether an angle address ended the current element. */
  #complete = false;

  constructor(text: string, most: number) {
    this.#tokens = new Tokenizer(text);
    this.#most = most;
  }

  read(): AddressOrGroup[] {
    for (let token = this.#tokens.next(); token && this.#count < this.#most; token = this.#tokens.next()) {
      if (token.kind === "comment") this.#commented(token.text);
      else if (token.kind === "special") this.#special(token);
      else this.#word(token);
    }
    this.#endElement();
    this.#endGroup();
    return this.#list;
  }

  /** A comment may stand for a missing display name, before or after the address. */
  #commented(text: string): void {
    this.#comment = text;
    const list: AddressOrGroup[] = this.#group?.members ?? this.#list;
    const last = list.at(-1);
    if (this.#complete && last && !isGroup(last) && last.name === "")
      list[list.length - 1] = { ...last, name: text.trim() };
  }

  #word(token: Token): void {
    if (this.#angle) this.#angle.push(token);
    else {
      if (this.#complete) this.#resume();
      this.#words.push(token);
      this.#hasAt ||= token.text === "@";
    }
  }

  #special(token: Token): void {
    switch (token.text) {
      case "<":
        if (this.#complete) this.#resume();
        this.#angle = [];
        this.#route = "";
        return;
      case ">":
        if (this.#angle) this.#endAngle();
        return;
      case ",":
        // Commas inside a source route; anywhere else a comma ends the element, closed or not.
        if (this.#angle && this.#angle[0]?.text === "@") this.#angle.push(token);
        else this.#endElement();
        return;
      case ";":
        this.#endElement();
        this.#endGroup();
        return;
      case ":":
        this.#colon(token);
        return;
      default:
        this.#word(token);
    }
  }

  /** A colon ends a source route, begins a group, or is a stray character. */
  #colon(token: Token): void {
    if (this.#angle) {
      const route = joinTokens(this.#angle);
      this.#route = route.startsWith("@") ? route : "";
      this.#angle = [];
    } else if (!this.#group && !this.#complete && !this.#hasAt) {
      this.#group = { group: phrase(this.#words), members: [] };
      this.#reset();
    } else this.#word({ ...token, kind: "atom" });
  }

  #endAngle(): void {
    const spec = this.#angle ?? [];
    this.#angle = undefined;
    this.#complete = true;
    const before = this.#words;
    this.#dropWords();
    const { local, domain } = splitSpec(spec);
    this.#add(phrase(before), local, domain);
  }

  /** More text after a complete address: a missing comma. */
  #resume(): void {
    this.#complete = false;
    this.#comment = "";
    this.#route = "";
  }

  #endElement(): void {
    if (this.#angle) this.#endAngle();
    if (this.#words.length > 0) this.#bareWords();
    this.#reset();
  }

  #reset(): void {
    this.#dropWords();
    this.#resume();
  }

  #dropWords(): void {
    this.#words = [];
    this.#hasAt = false;
  }

  #endGroup(): void {
    if (this.#group) {
      this.#list.push(this.#group);
      this.#count++;
    }
    this.#group = undefined;
  }

  #add(name: string, local: string, domain: string): void {
    if (++this.#count > this.#most) return;
    const display = name === "" ? this.#comment.trim() : name;
    const address = this.#route
      ? { name: display, local, domain, route: this.#route }
      : { name: display, local, domain };
    (this.#group?.members ?? this.#list).push(address);
  }

  /** An element without angle brackets: an address, several that lack their commas, or only words. */
  #bareWords(): void {
    const words = this.#words;
    let from = 0;
    let found = 0;
    for (let at = nextAt(words, 0); at >= 0; at = nextAt(words, from)) {
      const start = startOfLocal(words, at, from);
      let end = endOfDomain(words, at);
      let last = at;
      while (words[end]?.text === "@" && !words[end]?.spaced) {
        last = end;
        end = endOfDomain(words, end);
      }
      this.#add(
        phrase(words.slice(from, start)),
        joinTokens(words.slice(start, last)),
        joinTokens(words.slice(last + 1, end)),
      );
      found++;
      from = end;
    }
    if (found > 0) return;
    const only = words.length === 1 || words.every((word) => !word.spaced || word === words[0]);
    const quotedName = words.length === 1 && words[0]?.kind === "quoted" && /\s/.test(words[0].text);
    if (only && !quotedName && !words[0]?.text.startsWith("=?")) this.#add("", joinTokens(words), "");
    else this.#add(phrase(words), "", "");
  }
}

function nextAt(words: readonly Token[], from: number): number {
  for (let i = from; i < words.length; i++) if (words[i]?.kind === "special" && words[i]?.text === "@") return i;
  return -1;
}

/** Goes back from an at sign over words joined by dots (white space around dots is obsolete but lawful). */
function startOfLocal(words: readonly Token[], at: number, floor: number): number {
  let start = at;
  while (start > floor) {
    const word = words[start - 1] as Token;
    const next = words[start] as Token;
    const joined = start === at || word.text === "." || next.text === "." || !next.spaced;
    if (!joined) break;
    start--;
  }
  return start;
}

/** Goes forward from an at sign over the domain. */
function endOfDomain(words: readonly Token[], at: number): number {
  let end = at + 1;
  while (end < words.length) {
    const word = words[end] as Token;
    if (word.text === "@" && word.kind === "special") break;
    const joined = end === at + 1 || word.text === "." || words[end - 1]?.text === "." || !word.spaced;
    if (!joined) break;
    end++;
  }
  return end;
}

/** An addr-spec between angle brackets; the last at sign divides it. */
function splitSpec(spec: readonly Token[]): { local: string; domain: string } {
  let at = spec.length - 1;
  while (at >= 0 && !(spec[at]?.kind === "special" && spec[at]?.text === "@")) at--;
  if (at < 0) return { local: joinTokens(spec), domain: "" };
  return { local: joinTokens(spec.slice(0, at)), domain: joinTokens(spec.slice(at + 1)) };
}

/** Tokens as one string; a space only where two words would run together. */
function joinTokens(tokens: readonly Token[]): string {
  let text = "";
  let previous: Token | undefined;
  for (const token of tokens) {
    const apart = previous && token.spaced && token.kind !== "special" && previous.kind !== "special";
    text += apart ? ` ${token.text}` : token.text;
    previous = token;
  }
  return text;
}

/** Words as a display name: white space as one space. */
function phrase(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) text += token.spaced && text !== "" ? ` ${token.text}` : token.text;
  return text;
}
