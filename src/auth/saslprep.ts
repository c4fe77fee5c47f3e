/**
 * SASLprep (RFC 4013), the form in which names and passwords are compared: so that a password typed on one keyboard as one
 * code point and on another as two is the same password. Code points newer than Unicode 3.2 are let through, as in a
 * query (RFC 3454 §7): otherwise no emoji could stand in a password. Pure.
 */

/** RFC 3454 C.1.2 */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** RFC 3454 B.1, without U+200B, which is a space already */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: the table lists joiners and variation selectors one by one
const NOTHING = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;
/** RFC 3454 C.2.1, C.2.2, C.3 to C.9 */
const PROHIBITED =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the tables list combining characters one by one
  /[\0-\x1f\x7f-\x9f\u0340\u0341\u06dd\u070f\u180e\u200c-\u200f\u2028-\u202e\u2060-\u2063\u206a-\u206f\u2ff0-\u2ffb\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\uffff\u{1d173}-\u{1d17a}\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{3fffe}\u{3ffff}\u{4fffe}\u{4ffff}\u{5fffe}\u{5ffff}\u{6fffe}\u{6ffff}\u{7fffe}\u{7ffff}\u{8fffe}\u{8ffff}\u{9fffe}\u{9ffff}\u{afffe}\u{affff}\u{bfffe}\u{bffff}\u{cfffe}\u{cffff}\u{dfffe}\u{dffff}\u{e0001}\u{e0020}-\u{e007f}\u{efffe}-\u{10ffff}]/u;
/** RFC 3454 D.1: characters of right-to-left scripts */
const RIGHT_TO_LEFT =
  "\\u05be\\u05c0\\u05c3\\u05d0-\\u05ea\\u05f0-\\u05f4\\u061b\\u061f\\u0621-\\u063a\\u0640-\\u064a\\u066d-\\u066f\\u0671-\\u06d5\\u06dd\\u06e5\\u06e6\\u06fa-\\u06fe\\u0700-\\u070d\\u0710\\u0712-\\u072c\\u0780-\\u07a5\\u07b1\\u200f\\ufb1d\\ufb1f-\\ufb28\\ufb2a-\\ufb36\\ufb38-\\ufb3c\\ufb3e\\ufb40\\ufb41\\ufb43\\ufb44\\ufb46-\\ufbb1\\ufbd3-\\ufd3d\\ufd50-\\ufd8f\\ufd92-\\ufdc7\\ufdf0-\\ufdfc\\ufe70-\\ufe74\\ufe76-\\ufefc";
const HAS_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}]`, "u");
const FRAMED_RIGHT_TO_LEFT = new RegExp(`^[${RIGHT_TO_LEFT}](?:.*[${RIGHT_TO_LEFT}])?$`, "su");
/** RFC 3454 D.2 is, but for a few signs, the letters that are not of D.1. */
const HAS_LEFT_TO_RIGHT = new RegExp(`(?![${RIGHT_TO_LEFT}])[\\p{L}\\p{Nl}]`, "u");
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** The prepared form of a text; undefined where it has characters that may not stand in it. */
export function saslprep(text: string): string | undefined {
  if (PRINTABLE_ASCII.test(text)) return text;
  const prepared = text.replace(SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  if (PROHIBITED.test(prepared)) return undefined;
  if (!HAS_RIGHT_TO_LEFT.test(prepared)) return prepared;
  return FRAMED_RIGHT_TO_LEFT.test(prepared) && !HAS_LEFT_TO_RIGHT.test(prepared) ? prepared : undefined;
}
