/** A request as a client sent it, read and checked as far as it can be without knowing where it goes (RFC 9112 §3, RFC 9110 §7). */
import type { Connection } from "../../net/connection.ts";
import type { Fields } from "../../net/http/fields.ts";
import {
  firstLine,
  latin1,
  parseFields,
  parseRequestLine,
  type RequestLine,
  type SectionReading,
  Sections,
} from "../../net/http/head.ts";
import { Malformed } from "../../net/http/malformed.ts";
import type { Input } from "../../net/input.ts";
import { type Framing, requestFraming } from "./framing.ts";
import { type HopFields, takeHopFields } from "./hop.ts";
import { BadRequest } from "./problem.ts";
import { type parseAuthority, parseTarget, type RequestTarget, rememberingAuthority } from "./target.ts";

/** A request from a client. */
export interface Incoming {
  readonly method: string;
  readonly minor: 0 | 1;
  readonly target: RequestTarget;
  /** Without those of the connection. */
  readonly fields: Fields;
  readonly hop: HopFields;
  readonly framing: Framing;
  /** RFC 9110 §10.1.1: the client waits for 100 before it sends its content. */
  readonly expectsContinue: boolean;
  /** What Proxy-Authorization said, on each of its lines. */
  readonly authorization: readonly string[];
  /** When it came (milliseconds since the epoch). */
  readonly at: number;
}

/** Limits and times for reading a request; `ms` is for its head. */
export interface RequestReading extends SectionReading {
  /** Longest wait for its first octets (milliseconds). */
  readonly idleMs: number;
}

/** RFC 9112 §2.2: empty lines before a request line, which old clients send after a content. */
const EMPTY_LINES = 2;
const CRLF = 2;
/** Methods whose requests have no content that means anything, and that would be a way to hide one. */
const NO_CONTENT: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/** Reads the requests of a connection, each up to its content. */
export class RequestReader {
  readonly #sections: Sections;
  readonly #placeOf = rememberingAuthority();
  #empty = 0;
  #looked = false;

  constructor(
    private readonly connection: Connection,
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
    reading: RequestReading,
  ) {
    this.#sections = new Sections(connection, reading);
  }

  /** True once some of the request has come. */
  get begun(): boolean {
    return this.#sections.begun;
  }

  /**
   * The next request.
   * @throws BadRequest, also for what has no end; ConnectionClosed; Stopping; DeadlineExceeded, after which `begun` tells nothing from a part
   */
  read(reading: RequestReading): Promise<Incoming> {
    this.#sections.begin(reading);
    this.#empty = 0;
    this.#looked = false;
    this.connection.deadline(reading.idleMs);
    return this.connection.readBy(this.#take, true);
  }

  readonly #take = (input: Input): Incoming | undefined => {
    try {
      const text = this.#takeHead(input);
      if (text === undefined) return undefined;
      const line = firstLine(text);
      return check(requestLine(line), parseFields(text, line.length + CRLF), this.now(), this.#placeOf);
    } catch (error) {
      if (error instanceof Malformed) throw new BadRequest(error.status, error.sentence, error.status === 400);
      throw error;
    }
  };

  #takeHead(input: Input): string | undefined {
    for (;;) {
      const text = this.#takeSection(input);
      if (text === undefined) {
        this.#lookAtLine(input);
        return undefined;
      }
      if (text.length > CRLF) return text;
      if (++this.#empty > EMPTY_LINES) throw new BadRequest(400, "There is no request, only empty lines.");
    }
  }

  #takeSection(input: Input): string | undefined {
    try {
      return this.#sections.take(input);
    } catch (error) {
      if (!(error instanceof Malformed) || this.#sections.lines > 0) throw error;
      if (error.status === 431) throw new BadRequest(414, "The address is too long.");
      throw new BadRequest(error.status, error.sentence, true);
    }
  }

  /** Who does not speak HTTP hears it after the first line. */
  #lookAtLine(input: Input): void {
    if (this.#looked || this.#sections.lines === 0) return;
    this.#looked = true;
    requestLine(firstLine(latin1(input.look())));
  }
}

/** Reads a request line; one that is wrong is no attack. @throws BadRequest */
function requestLine(text: string): RequestLine {
  try {
    return parseRequestLine(text);
  } catch (error) {
    if (error instanceof Malformed) throw new BadRequest(error.status, error.sentence);
    throw error;
  }
}

function check(line: RequestLine, fields: Fields, at: number, placeOf: typeof parseAuthority): Incoming {
  const { method, minor } = line;
  const framing = requestFraming(fields, minor);
  if (framing.kind !== "none" && NO_CONTENT.has(method)) throw new BadRequest(400, `${method} has no content.`, true);
  checkHost(fields, minor, placeOf);
  const target = parseTarget(method, line.target, placeOf);
  const expectsContinue = expects(fields, minor);
  const authorization = fields.all("proxy-authorization");
  const hop = takeHopFields(fields);
  return { method, minor, target, fields, hop, framing, expectsContinue, authorization, at };
}

/** RFC 9112 §3.2: one Host, well formed; with the absolute form it is then put aside. HTTP/1.0 may leave it out. */
function checkHost(fields: Fields, minor: 0 | 1, placeOf: typeof parseAuthority): void {
  const hosts = fields.all("host");
  if (hosts.length > 1) throw new BadRequest(400, "Host is there more than once.", true);
  const host = hosts[0];
  if (host === undefined && minor === 1) throw new BadRequest(400, "There is no Host.");
  if (host !== undefined && host !== "" && !placeOf(host, 80)) throw new BadRequest(400, "Host is malformed.");
}

/** RFC 9110 §10.1.1: of HTTP/1.0 it is ignored; anything else than 100-continue is nothing that could be met. */
function expects(fields: Fields, minor: 0 | 1): boolean {
  if (!fields.has("expect")) return false;
  const expected = fields.tokens("expect");
  if (minor === 0) {
    fields.delete("expect");
    return false;
  }
  if (expected.some((expectation) => expectation !== "100-continue")) {
    throw new BadRequest(417, "Only the expectation “100-continue” is understood.");
  }
  return expected.length > 0;
}
