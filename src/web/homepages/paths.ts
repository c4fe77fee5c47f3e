/** Between addresses and files: what the path of a request names, and how a file's path is written in an address. Pure. */
import { Refusal } from "../../refusal.ts";

/** Octets of an address' path that are read; the HTTP server takes 16 KiB of head in all. */
const LONGEST_PATH = 8_192;

const BAD = "There is no page at this address: it is not written as addresses are.";

/** Path and query of a request's address, whatever its Host field held. */
export const targetOf = (url: string): { readonly path: string; readonly query: string } => {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const mark = rest.indexOf("?");
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return { path: path === "" ? "/" : path, query: mark < 0 ? "" : rest.slice(mark) };
};

/**
 * The virtual path that an address' path names, decoded once (RFC 3986 §2.4); a slash at the end stays. What decodes to a separator,
 * a step upward, a control character or no UTF-8 names nothing.
 * @throws Refusal "invalid" for such a path, "tooLarge" for one that is too long
 */
export const virtualPath = (path: string): string => {
  if (path.length > LONGEST_PATH) throw new Refusal("tooLarge", "That address is too long.");
  if (!path.startsWith("/")) throw new Refusal("invalid", BAD);
  return path
    .split("/")
    .map(decodedSegment)
    .join("/")
    .replace(/\/{2,}/g, "/");
};

const decodedSegment = (segment: string): string => {
  const name = decoded(segment);
  // The last three: separators of this and of other systems, and halves of characters, which RFC 3629 §3 forbids.
  if (name === undefined || name === "." || name === ".." || /[\x00-\x1f\x7f/\\]/.test(name) || !name.isWellFormed())
    throw new Refusal("invalid", BAD);
  return name;
};

/** Percent-encoding undone (strict UTF-8: overlong forms are none); undefined where that cannot be. */
export const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** A virtual path as it stands in an address: percent-encoded segment by segment, also where RFC 3986 §3.3 would not ask for it. */
export const addressPath = (path: string): string =>
  path
    .split("/")
    .map((name) => encodeURIComponent(name.toWellFormed()).replace(/['()*!]/g, escaped))
    .join("/");

const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Whether some name along the path begins with a dot: such files are the owner's, and never shown to visitors. */
export const isHidden = (path: string): boolean => path.split("/").some((name) => name.startsWith("."));

/** The folder that a path lies in. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** The last name of a path. */
export const nameAt = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
