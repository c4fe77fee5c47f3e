/**
 * Addresses and media types that an administrator does not want fetched. Pure.
 *
 * An address is compared in every way in which its server may read it (RFC 3986 §6.2.2): as it was written, and with percent signs,
 * dot segments, double and reversed slashes and parameters of segments taken out. So nobody gets past by writing it otherwise.
 */
import { targetHost } from "../../gateway/hosts.ts";
import { GateRefusal } from "../../gateway/visit.ts";

/** The addresses that are not fetched: patterns with `*` for anything, made ready once for as long as the setting stands. */
export class BarredUrls {
  #of: readonly string[] = [];
  #patterns: readonly (readonly string[])[] = [];

  /** @param setting gives the same list until it is changed */
  constructor(private readonly setting: () => readonly string[]) {}

  /**
   * Whether an address is one of them, with its scheme or without it; compared without regard to case.
   * @param url normalised in scheme, host and port, as `parseTarget` gives it
   */
  has(url: string): boolean {
    const written = this.setting();
    if (written.length === 0) return false;
    if (written !== this.#of) this.#patterns = written.map(piecesOf);
    this.#of = written;
    const addresses = readings(url);
    return this.#patterns.some((pieces) => addresses.some((address) => matches(address, pieces)));
  }

  /** @param note told before it is thrown @throws GateRefusal for one of them */
  screen(url: string, note: (refusal: GateRefusal) => void): void {
    if (!this.has(url)) return;
    const refusal = new GateRefusal("barred", "Addresses of this kind are not fetched through the proxy.");
    note(refusal);
    throw refusal;
  }
}

/** The ways in which an address can be read. */
function readings(url: string): string[] {
  const [, scheme = "", place = "", path = "", query = ""] = /^([a-z]+:\/\/)([^/?]*)([^?]*)(.*)$/.exec(url) ?? [];
  const plain = plainPath(path);
  // RFC 3986 §3.3: what stands behind ";" is the server's own, and many leave it out when they look for the file.
  const bare = plainPath(path.replace(/;[^/]*/g, ""));
  const written = path.toLowerCase();
  const ends = new Set([written, written + query.toLowerCase(), plain, plain + decoded(query).toLowerCase(), bare]);
  return [...ends].flatMap((end) => [scheme + place + end, place + end]);
}

/** A path as most servers look it up (RFC 3986 §5.2.4, and what file systems make of slashes). */
function plainPath(path: string): string {
  const segments = decoded(path).toLowerCase().replaceAll("\\", "/").split("/");
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const isFolder = ["", ".", ".."].includes(segments.at(-1) ?? "");
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}

/** Percent signs taken out once, as servers do it; octets that are no UTF-8 stay something that is equal to nothing else. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  const octets = latin1Of(text).replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(octets, "latin1").toString("utf8");
}

const latin1Of = (text: string) => Buffer.from(text, "utf8").toString("latin1");

const PATTERN = /^([a-z]+:\/\/)?(\[[0-9a-f:.]+\]|[^/*:]+)(:\d+)?(?=\/)/;

/** What stands between the asterisks of a pattern. */
function piecesOf(pattern: string): string[] {
  const folded = pattern.toLowerCase().replace(PATTERN, (whole, scheme = "", host: string, port = "") => {
    const known = targetHost(host);
    if (known === undefined) return whole as string;
    const standard = scheme === "ftp://" ? ":21" : ":80";
    return `${scheme}${known.includes(":") ? `[${known}]` : known}${port === standard ? "" : port}`;
  });
  // An asterisk that is written %2A stands for itself.
  return folded.split("*").map((piece) => decoded(piece).toLowerCase());
}

/** Matches a pattern from the left, piece by piece: its time grows with the length of the text, whatever the pattern. */
function matches(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] as string;
  const last = pieces.at(-1) as string;
  if (pieces.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/**
 * Whether a media type (a Content-Type field) is one of those, `video/*` meaning all of a kind. Where the field is there twice, or
 * holds a list, each of them counts: programs differ in which they take.
 */
export function barredType(contentType: string | undefined, types: readonly string[]): boolean {
  if (types.length === 0 || contentType === undefined) return false;
  return contentType.split(",").some((one) => {
    const type = (one.split(";", 1)[0] as string).trim().toLowerCase();
    return types.includes(type) || types.includes(`${type.split("/", 1)[0]}/*`);
  });
}
