/**
 * Whole addresses of the web, and the patterns that people write for them, with `*` for anything. Pure.
 *
 * An address is compared in every way in which its server may read it (RFC 3986 §6.2.2): as it was written, and with percent signs,
 * dot segments, double and reversed slashes and parameters of segments taken out. So nobody gets past by writing it otherwise: what is
 * barred is barred where one reading fits, what is allowed only where all of them do.
 */
import { targetHost } from "./hosts.ts";

/** A host and a port as an address has them: brackets around IPv6, the scheme's own port left out. */
export function authorityOf(host: string, port: number, standard: number): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === standard ? bracketed : `${bracketed}:${port}`;
}

/** An address taken apart, and the ways in which it can be read; made once for all the patterns it is compared with. */
export class SeenUrl {
  readonly #scheme: string;
  readonly #place: string;
  readonly #path: string;
  readonly #query: string;
  #any: readonly string[] | undefined;
  readonly #each: (readonly (readonly string[])[])[] = [];

  /** @param url normalised in scheme, host and port */
  constructor(readonly url: string) {
    const parts = /^([a-z]+:\/\/)([^/?]*)([^?]*)(.*)$/.exec(url) ?? [];
    [, this.#scheme = "", this.#place = "", this.#path = "", this.#query = ""] = parts;
  }

  /** Each reading, with and without the scheme and the query. */
  get any(): readonly string[] {
    if (this.#any === undefined) {
      const written = this.#path.toLowerCase();
      const plain = plainPath(this.#path);
      const ends = [written, written + this.#query.toLowerCase(), plain, plain + folded(this.#query), this.#bare];
      this.#any = [...new Set(ends)].flatMap((end) => this.#placed(end));
    }
    return this.#any;
  }

  /**
   * The readings of which each counts, as groups of writings of one: with and without the scheme.
   * @param query whether what stands behind "?" belongs to it
   * @param parameters whether what stands behind ";" does
   */
  each(query: boolean, parameters: boolean): readonly (readonly string[])[] {
    const which = Number(query) + 2 * Number(parameters);
    this.#each[which] ??= this.#readings(query, parameters);
    return this.#each[which];
  }

  #readings(query: boolean, parameters: boolean): string[][] {
    const paths = new Set([folded(this.#path), plainPath(this.#path), ...(parameters ? [] : [this.#bare])]);
    return [...paths].map((path) => this.#placed(query ? path + folded(this.#query) : path));
  }

  /** RFC 3986 §3.3: what stands behind ";" is the server's own, and many leave it out when they look for the file. */
  get #bare(): string {
    return plainPath(this.#path.replace(/;[^/]*/g, ""));
  }

  #placed(end: string): string[] {
    return [this.#scheme + this.#place + end, this.#place + end];
  }
}

interface Pattern {
  /** What stands between the asterisks. */
  readonly pieces: readonly string[];
  readonly hasQuery: boolean;
  readonly hasParameters: boolean;
}

/** Patterns made ready; compared without regard to case, with an address's scheme or without it. */
export class UrlPatterns {
  readonly #patterns: readonly Pattern[];

  constructor(written: readonly string[]) {
    this.#patterns = written.map((text) => {
      return { pieces: piecesOf(text), hasQuery: text.includes("?"), hasParameters: text.includes(";") };
    });
  }

  /** Whether some reading of an address fits: for what is barred. */
  fitsSome(url: SeenUrl): boolean {
    return this.#patterns.some(({ pieces }) => url.any.some((text) => matches(text, pieces)));
  }

  /**
   * Whether one pattern fits an address however it is read: for what is allowed. A query counts only where the pattern has a "?", so that
   * "?x.pdf" behind any address is no way through "*.pdf"; parameters likewise where it has a ";".
   */
  fitsEvery(url: SeenUrl): boolean {
    return this.#patterns.some(({ pieces, hasQuery, hasParameters }) =>
      url.each(hasQuery, hasParameters).every((texts) => texts.some((text) => matches(text, pieces))),
    );
  }
}

/** A path as most servers look it up (RFC 3986 §5.2.4, and what file systems make of slashes). */
function plainPath(path: string): string {
  const segments = folded(path).replaceAll("\\", "/").split("/");
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const isFolder = ["", ".", ".."].includes(segments.at(-1) ?? "");
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}

const folded = (text: string) => decoded(text).toLowerCase();

/** Percent signs taken out once, as servers do it; octets that are no UTF-8 stay something that is equal to nothing else. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  const octets = latin1Of(text).replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(octets, "latin1").toString("utf8");
}

const latin1Of = (text: string) => Buffer.from(text, "utf8").toString("latin1");

const PLACE = /^([a-z]+:\/\/)?(\[[0-9a-f:.]+\]|[^/*:]+)(:\d+)?(?=\/)/;

/** What stands between the asterisks of a pattern. */
function piecesOf(pattern: string): string[] {
  const normal = pattern.toLowerCase().replace(PLACE, (whole, scheme = "", host: string, port = "") => {
    const known = targetHost(host);
    if (known === undefined) return whole as string;
    const standard = scheme === "ftp://" ? ":21" : ":80";
    return `${scheme}${authorityOf(known, 0, 0)}${port === standard ? "" : port}`;
  });
  // An asterisk that is written %2A stands for itself.
  return normal.split("*").map((piece) => decoded(piece).toLowerCase());
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
