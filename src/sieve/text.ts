/**
 * Strings of a script as they are used: encoded characters resolved (RFC 5228 §2.4.2.4), variables (RFC 5229 §3) found beforehand, so
 * that a run only puts pieces together.
 */

/** A variable in a string: by name (in lower case, with its namespace), or by number what a wildcard stood for. */
export type Reference = { readonly name: string } | { readonly number: number };

/** A string: constant, or with variables in it. */
export type Text = string | readonly (string | Reference)[];

/** A list of strings; `fixed` where all are constant. */
export interface Texts {
  readonly all: readonly Text[];
  readonly fixed: readonly string[] | undefined;
}

export function textsOf(all: readonly Text[]): Texts {
  return { all, fixed: all.every((text) => typeof text === "string") ? (all as readonly string[]) : undefined };
}

const REFERENCE = /\$\{((?:[A-Za-z_][A-Za-z0-9_]*\.)*)(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9]+))\}/g;
/** Wildcards of one pattern that are numbered; numbers beyond give nothing (RFC 5229 §3.2 wants nine at least). */
export const MOST_MATCHES = 99;

/** Finds the variables in a string; what does not look like one stays as it is. `space` says whether a namespace is known. */
export function parseText(value: string, space: (namespace: string) => boolean): Text {
  if (!value.includes("${")) return value;
  const pieces: (string | Reference)[] = [];
  let last = 0;
  for (const match of value.matchAll(REFERENCE)) {
    const [whole, namespace = "", name, number] = match;
    if (namespace !== "" && (!space(namespace.slice(0, -1).toLowerCase()) || name === undefined)) {
      throw new UnknownNamespace(whole);
    }
    if (match.index > last) pieces.push(value.slice(last, match.index));
    pieces.push(name === undefined ? { number: Number(number) } : { name: (namespace + name).toLowerCase() });
    last = match.index + whole.length;
  }
  if (pieces.length === 0) return value;
  if (last < value.length) pieces.push(value.slice(last));
  return pieces;
}

/** A variable of a namespace that does not exist (RFC 5229 §3: an error). */
export class UnknownNamespace extends Error {
  constructor(readonly reference: string) {
    super(reference);
  }
}

const ENCODED = /\$\{(hex|unicode):[ \t\r\n]*([0-9a-f]+(?:[ \t\r\n]+[0-9a-f]+)*)[ \t\r\n]*\}/gi;

/** A code that is no character. */
export class NoCharacter extends Error {
  constructor(readonly reference: string) {
    super(reference);
  }
}

/** Resolves `${hex: 40}` and `${unicode: 40}`; what does not have that form stays as it is. */
export function decodeCharacters(value: string): string {
  if (!value.includes("${")) return value;
  // Octets may make up one character over several of these, so all of it goes through octets.
  const octets = Buffer.from(value, "utf8").toString("latin1");
  const decoded = octets.replace(ENCODED, (whole, kind: string, list: string) => {
    const codes = list.split(/[ \t\r\n]+/);
    if (kind.toLowerCase() === "unicode") return unicode(codes, whole);
    // Only one or two digits make an octet; anything else is no encoded character.
    if (codes.some((code) => code.length > 2)) return whole;
    return codes.map((code) => String.fromCharCode(Number.parseInt(code, 16))).join("");
  });
  return Buffer.from(decoded, "latin1").toString("utf8");
}

function unicode(codes: readonly string[], whole: string): string {
  const numbers = codes.map((code) => Number.parseInt(code, 16));
  if (numbers.some((number) => number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))) {
    throw new NoCharacter(whole);
  }
  return Buffer.from(String.fromCodePoint(...numbers), "utf8").toString("latin1");
}
