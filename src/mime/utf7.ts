/**
 * Modified UTF-7, the spelling of folder names in IMAP4rev1 (RFC 3501 §5.1.3): printable US-ASCII stands for itself,
 * "&" is "&-", and everything else is UTF-16BE in base64 without padding and with "," for "/", between "&" and "-".
 */

const SHIFTED = /[^\x20-\x7e]+|&/g;

/** Writes a folder name in modified UTF-7. */
export function encodeUtf7(name: string): string {
  return name.replace(SHIFTED, (run) => (run === "&" ? "&-" : `&${base64Utf16(run)}-`));
}

function base64Utf16(text: string): string {
  const octets = Buffer.from(text, "utf16le").swap16();
  return octets.toString("base64").replace(/=+$/, "").replaceAll("/", ",");
}

/**
 * Reads modified UTF-7. Gives undefined for anything that `encodeUtf7` would not have written: a stray "&", octets
 * outside printable US-ASCII, printable characters in base64, two shifts without need, padding bits that are not zero,
 * or unpaired surrogates (RFC 3501 §5.1.3 forbids each, so that a name has one spelling only).
 */
export function decodeUtf7(spelled: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(spelled)) return undefined;
  if (!spelled.includes("&")) return spelled;
  let name = "";
  let at = 0;
  while (at < spelled.length) {
    const shift = spelled.indexOf("&", at);
    if (shift < 0) return canonical(name + spelled.slice(at), spelled);
    const end = spelled.indexOf("-", shift);
    if (end < 0) return undefined;
    name += spelled.slice(at, shift);
    const run = end === shift + 1 ? "&" : utf16FromBase64(spelled.slice(shift + 1, end));
    if (run === undefined) return undefined;
    name += run;
    at = end + 1;
  }
  return canonical(name, spelled);
}

function utf16FromBase64(run: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(run)) return undefined;
  const octets = Buffer.from(run.replaceAll(",", "/"), "base64");
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  return octets.swap16().toString("utf16le");
}

function canonical(name: string, spelled: string): string | undefined {
  return name.isWellFormed() && encodeUtf7(name) === spelled ? name : undefined;
}
