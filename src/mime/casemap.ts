/**
 * The comparator i;unicode-casemap (RFC 5051): texts that differ only in case or in how their characters are composed are
 * one. RFC 5255 §4.3 (I18NLEVEL=1) wants it: what IMAP's SEARCH, SORT and THREAD compare, and what the search index holds.
 */

/** Characters whose title case is not what `toUpperCase` makes of them: digraphs, Georgian, Greek with iota below, ligatures. */
const EXCEPTIONS =
  /[\u00df\u0149\u01c4-\u01cc\u01f0-\u01f3\u0390\u03b0\u0587\u10d0-\u10ff\u1e96-\u1e9a\u1f50-\u1fff\ufb00-\ufb17]/;
const BEYOND_ASCII = /[^\0-\x7f]+/g;
const ONLY_ASCII = /^[\0-\x7f]*$/;

/**
 * A text in the form in which it is compared: every character in title case, then taken apart (RFC 5051 §2). Equal texts
 * give equal results, a substring gives a substring, and the octets of its UTF-8 sort as the comparator says.
 *
 * @example casemap("Ångström") === casemap("a\u030angstro\u0308m")
 */
export function casemap(text: string): string {
  if (ONLY_ASCII.test(text)) return text.toUpperCase();
  let mapped = "";
  let last = 0;
  for (const match of text.matchAll(BEYOND_ASCII)) {
    if (match.index > last) mapped += text.slice(last, match.index).toUpperCase();
    mapped += titlecase(match[0]).normalize("NFKD");
    last = match.index + match[0].length;
  }
  return mapped + text.slice(last).toUpperCase();
}

function titlecase(run: string): string {
  if (!EXCEPTIONS.test(run)) return run.toUpperCase();
  let mapped = "";
  for (const character of run) mapped += EXCEPTIONS.test(character) ? exceptional(character) : character.toUpperCase();
  return mapped;
}

/** The simple title case mapping of UnicodeData.txt, for which a character stays one character. */
function exceptional(character: string): string {
  const code = character.codePointAt(0) as number;
  // DŽ Dž dž, LJ, NJ, and DZ: the middle one is the title case.
  if (code >= 0x01c4 && code <= 0x01cc) return String.fromCodePoint(code - ((code - 0x01c4) % 3) + 1);
  if (code >= 0x01f1 && code <= 0x01f3) return "\u01f2";
  // Georgian Mkhedruli has an upper case, and is its own title case.
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  const upper = character.toUpperCase();
  if (upper.length === 1) return upper;
  // Greek vowels with iota below stand eight places before their title case, but for three that stand nine before.
  if ((code >= 0x1f80 && code <= 0x1faf) || code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) {
    const step = code >= 0x1fb3 ? 9 : 8;
    return code < 0x1fb3 && (code & 8) !== 0 ? character : String.fromCodePoint(code + step);
  }
  return character;
}
