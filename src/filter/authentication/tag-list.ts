/** The tag lists of DKIM and ARC fields and of key records (RFC 6376 §3.2). Pure. */

import { trimOctets } from "../../mime/octets.ts";

/** The tags of a list, values without the white space around them. */
export type Tags = ReadonlyMap<string, string>;

/** More tags than any field needs. */
const MOST_TAGS = 100;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const SPACE = /[ \t\r\n]+/g;

/** Reads a list; a sentence's end where it is none: a tag without a name, twice the same, an empty one within. */
export function readTags(text: string): Tags | string {
  const tags = new Map<string, string>();
  const specs = text.split(";", MOST_TAGS + 2);
  // A semicolon may end the list.
  if (specs.length > 1 && trimOctets(specs.at(-1) ?? "") === "") specs.pop();
  if (specs.length > MOST_TAGS) return "has too many tags";
  for (const spec of specs) {
    const at = spec.indexOf("=");
    const name = trimOctets(at < 0 ? spec : spec.slice(0, at));
    if (at < 0 || !NAME.test(name)) return "has something in it that is no tag";
    if (tags.has(name)) return `has the tag ${name}= twice`;
    tags.set(name, trimOctets(spec.slice(at + 1)));
  }
  return tags;
}

/** The items of a list within a value: by colons, without white space, lower case. */
export function itemsOf(value: string): string[] {
  return value.split(":").map((item) => trimOctets(item).toLowerCase());
}

/** The octets of a base64 value with white space in it; undefined where it is empty or not base64. */
export function octetsOfBase64(value: string): Buffer | undefined {
  const text = value.replace(SPACE, "");
  return text !== "" && text.length % 4 !== 1 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
    ? Buffer.from(text, "base64")
    : undefined;
}
