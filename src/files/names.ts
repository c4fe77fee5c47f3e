/**
 * Names of files. On disk a name is a sequence of octets, and nothing says which characters they stand for; in this program it is a
 * string. Octets that are UTF-8 become their characters; each other octet becomes the lone surrogate U+DC00 + octet, so that every name
 * that may lie on the disk is a string, and comes back as the same octets (what Python calls "surrogateescape"). Octets are written as
 * strings of Latin-1 where node:fs asks for them. Pure.
 */
import { Refusal } from "../refusal.ts";

/** What a name is on disk: one character for each octet. */
export type Octets = string & { readonly octets?: never };

/** Names of a path. RFC 3659 and the kernel (PATH_MAX) leave room for more; deeper trees than this are nobody's. */
export const MOST_SEGMENTS = 100;
/**
 * Folders within folders that are counted and removed. A jail may begin as deep as a path may name, whatever lies in it can be named, and
 * while a folder is moved down what it holds may still grow as deep as that.
 */
export const DEEPEST = 3 * MOST_SEGMENTS;
/** NAME_MAX of every file system in use. */
const MOST_OCTETS = 255;
/** Names that begin so are the program's own: never shown, never taken. */
export const OWN_PREFIX = ".gatepost-";

const ESCAPE = 0xdc00;

/** The octets of a name. */
export function octetsOf(name: string): Octets {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  if (!/[\udc80-\udcff]/.test(name)) return Buffer.from(name).toString("latin1");
  // With the u flag a surrogate that is half of a character is not matched.
  return name
    .split(/([\udc80-\udcff]+)/u)
    .map((part, index) =>
      index % 2 === 0
        ? Buffer.from(part).toString("latin1")
        : [...part].map((unit) => String.fromCharCode(unit.charCodeAt(0) - ESCAPE)).join(""),
    )
    .join("");
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The name that octets stand for. */
export function nameOf(octets: Octets | Uint8Array): string {
  const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
  try {
    return strict.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

/** Decodes sequence by sequence: what is no character of UTF-8 (RFC 3629 §4) is escaped octet by octet. */
function escaped(bytes: Uint8Array): string {
  let name = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    name +=
      length > 0 ? strict.decode(bytes.subarray(at, at + length)) : String.fromCharCode(ESCAPE + (bytes[at] as number));
    at += length || 1;
  }
  return name;
}

/** Octets of the UTF-8 character that begins there; 0 where none does. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

/** Whether a name on disk is shown: control characters would break out of listings and log lines, and some names are our own. */
export function isShown(octets: Octets): boolean {
  return !/[\x00-\x1f\x7f]/.test(octets) && !octets.startsWith(OWN_PREFIX);
}

/**
 * The names along a virtual path, from the root; "." and empty ones left out, ".." taken as one up and never beyond the root.
 * @throws Refusal "invalid" for a name that may not be
 */
export function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") segments.pop();
    else segments.push(checked(name));
    if (segments.length > MOST_SEGMENTS) throw new Refusal("invalid", "The path has too many folders.");
  }
  return segments;
}

function checked(name: string): string {
  const octets = octetsOf(name);
  if (octets.length > MOST_OCTETS) throw new Refusal("invalid", `A name has at most ${MOST_OCTETS} octets.`);
  if (!isShown(octets)) {
    throw new Refusal("invalid", `A name has no control characters and does not begin with ${OWN_PREFIX}.`);
  }
  // A surrogate alone that escapes no octet has no octets (RFC 3629 §3), and an escape must not hide an ASCII character.
  if (nameOf(octets) !== name) throw new Refusal("invalid", "The name is not written in Unicode as it should be.");
  return name;
}

/** A virtual path in its shortest form: "/a/b". @throws Refusal "invalid" */
export function normalise(path: string): string {
  return `/${segmentsOf(path).join("/")}`;
}
