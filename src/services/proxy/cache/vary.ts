/** The secondary key: which request fields chose a response (RFC 9111 §4.1). Pure. */
import type { Fields } from "../../../net/http/fields.ts";

/** Fields whose values are lists in which case, and the order of members, mean nothing (RFC 9110 §12.5). */
const LISTS: ReadonlySet<string> = new Set(["accept-encoding", "accept-language", "accept-charset"]);
/** More names than this are not worth keeping apart. */
const MOST_NAMES = 16;

/**
 * The request fields a response depends on, in lower case and in order. An origin that encodes its content and forgets to say that this
 * depends on Accept-Encoding is taken to have said it: others would be sent what they cannot read.
 */
export function variesBy(response: Fields): string[] {
  const names = new Set(response.tokens("vary"));
  const encoding = response.get("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") names.add("accept-encoding");
  return [...names].sort();
}

/** Whether responses that vary so can be told apart at all: "*" depends on what no request says (RFC 9111 §4.1). */
export function canBeChosen(vary: readonly string[]): boolean {
  return !vary.includes("*") && vary.length <= MOST_NAMES;
}

/** What the named fields of a request are, as one short text; equal for requests that a response was chosen by alike. */
export function variantOf(vary: readonly string[], request: Fields): string {
  if (vary.length === 0) return "";
  const hash = new Bun.CryptoHasher("sha256");
  for (const name of vary) {
    const value = request.get(name);
    // The lengths keep one field's end and the next one's beginning apart, and a missing field is none of the values.
    const normal = value === undefined ? undefined : normalised(name, value);
    hash.update(normal === undefined ? `${name}\n-\n` : `${name}\n${normal.length}\n${normal}\n`);
  }
  return hash.digest("base64url").slice(0, 24);
}

function normalised(name: string, value: string): string {
  if (!LISTS.has(name)) return value.replace(/[ \t]+/g, " ").trim();
  const members = value
    .toLowerCase()
    .replace(/[ \t]+/g, "")
    .split(",");
  return members
    .filter((member) => member !== "")
    .sort()
    .join(",");
}
