/**
 * Where home pages end and scripts in them begin: what the script runner is given, and what it gives back. Pages are found, read and
 * sent by this room; its subfolder scripts/ runs what stands in them. Its code is read when the first page with a script is asked for.
 */
import type { User } from "../../directory/user.ts";

/** A request for a page that holds scripts. Nothing in it opens anything of the visitor's elsewhere on this server. */
export interface PageRequest {
  readonly method: "GET" | "HEAD" | "POST";
  /** The address as the browser has it, with its query. */
  readonly url: string;
  /** The page's virtual path in the owner's folder, such as "/guestbook/index.html". */
  readonly path: string;
  /** What stood before that path in the address: "/~anna" on the main host, "" where the owner has a host name. */
  readonly base: string;
  /** The request's fields without Cookie, Authorization and what proxies wrote. */
  readonly headers: Headers;
  /**
   * The visitor's cookies, where the owner has a host name and they are his own; null on the main host, where cookies are the server's
   * and never leave it.
   */
  readonly cookies: ReadonlyMap<string, string> | null;
  /** The visitor's address. */
  readonly remote: string;
  /** The visitor speaks TLS. */
  readonly secure: boolean;
  /** The body of a POST, read when it is asked for. @throws Refusal "tooLarge" beyond so many octets */
  body(mostOctets: number): Promise<Uint8Array>;
  /**
   * Reads another text file of the owner's folder for the page, by its virtual path as `path` is one.
   * @throws Refusal "notFound" where there is none, "tooLarge" beyond so many octets
   */
  include(path: string, mostOctets: number): Promise<string>;
}

/** What came of a page. */
export interface PageAnswer {
  readonly status: number;
  /**
   * Content-Type, Location, Cache-Control, and further fields of the page's own. Set-Cookie is sent only where the owner has a host name;
   * what guards the origin is set after these, whatever they say.
   */
  readonly headers: Headers;
  readonly body: string | Uint8Array;
}

/** The script runner, one for the whole site. */
export interface PageScripts {
  /** Whether a page holds something for the server to run; asked for every HTML file of those who may have scripts. */
  holdsScript(source: string): boolean;
  /**
   * Runs a page. What is wrong in the page is an answer too (500, with words that are for the owner kept where the owner finds them).
   * @throws Refusal where the request itself is refused ("tooLarge", "tooMany")
   */
  runPage(source: string, request: PageRequest, owner: User): Promise<PageAnswer>;
  /** Ends what runs. Call before the store closes. */
  close(): void;
}

/** Octets of the largest page that is looked through for scripts. */
export const LARGEST_SCRIPTED_PAGE = 1_048_576;
