/** A request as a client sent it, read and checked as far as it can be without knowing where it goes (RFC 9112 §3, RFC 9110 §7). */
import type { Connection } from "../../net/connection.ts";
import { DeadlineExceeded, LineTooLong } from "../../net/errors.ts";
import type { Fields } from "./fields.ts";
import { type Framing, requestFraming } from "./framing.ts";
import { type HeadLimits, parseFields, parseRequestLine, type RequestLine, readSection } from "./head.ts";
import { type HopFields, takeHopFields } from "./hop.ts";
import { BadRequest, Malformed } from "./problem.ts";
import { parseAuthority, parseTarget, type RequestTarget } from "./target.ts";

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

/** Limits and times for reading a request. */
export interface RequestReading {
  readonly limits: HeadLimits;
  /** Longest wait for the request line (milliseconds). */
  readonly idleMs: number;
  /** Longest time for the fields. */
  readonly headMs: number;
  readonly now: number;
}

/** RFC 9112 §2.2: empty lines before a request line, which old clients send after a content. */
const EMPTY_LINES = 2;
/** Methods whose requests have no content that means anything, and that would be a way to hide one. */
const NO_CONTENT: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/**
 * Reads the next request up to its content.
 * @throws BadRequest, also for what has no end; ConnectionClosed; Stopping; DeadlineExceeded where nothing came
 */
export async function readRequest(connection: Connection, reading: RequestReading): Promise<Incoming> {
  const line = await readRequestLine(connection, reading);
  let fields: Fields;
  try {
    const { limits, headMs } = reading;
    fields = parseFields(await readSection(connection, { limits, firstMs: headMs, ms: headMs }));
  } catch (error) {
    if (error instanceof Malformed) throw new BadRequest(error.status, error.sentence, error.status === 400);
    if (error instanceof DeadlineExceeded) throw new BadRequest(408, "The request did not come to its end in time.");
    throw error;
  }
  return check(line, fields, reading.now);
}

async function readRequestLine(connection: Connection, { limits, idleMs }: RequestReading): Promise<RequestLine> {
  connection.deadline(idleMs);
  try {
    for (let empty = 0; ; empty++) {
      const { bytes, ending } = await connection.readCommand(limits.line);
      if (ending === "lf") throw new BadRequest(400, "A line ends with LF alone.", true);
      if (bytes.length > 0)
        return parseRequestLine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
      if (empty === EMPTY_LINES) throw new BadRequest(400, "There is no request, only empty lines.");
    }
  } catch (error) {
    if (error instanceof LineTooLong) throw new BadRequest(414, "The address is too long.");
    if (error instanceof Malformed) throw new BadRequest(error.status, error.sentence);
    throw error;
  }
}

function check(line: RequestLine, fields: Fields, at: number): Incoming {
  const { method, minor } = line;
  const framing = requestFraming(fields, minor);
  if (framing.kind !== "none" && NO_CONTENT.has(method)) throw new BadRequest(400, `${method} has no content.`, true);
  checkHost(fields, minor);
  const target = parseTarget(method, line.target);
  const expectsContinue = expects(fields, minor);
  const authorization = fields.all("proxy-authorization");
  const hop = takeHopFields(fields);
  return { method, minor, target, fields, hop, framing, expectsContinue, authorization, at };
}

/** RFC 9112 §3.2: one Host, well formed; with the absolute form it is then put aside. HTTP/1.0 may leave it out. */
function checkHost(fields: Fields, minor: 0 | 1): void {
  const hosts = fields.all("host");
  if (hosts.length > 1) throw new BadRequest(400, "Host is there more than once.", true);
  const [host] = hosts;
  if (host === undefined && minor === 1) throw new BadRequest(400, "There is no Host.");
  if (host !== undefined && host !== "" && !parseAuthority(host, 80)) throw new BadRequest(400, "Host is malformed.");
}

/** RFC 9110 §10.1.1: of HTTP/1.0 it is ignored; anything else than 100-continue is nothing that could be met. */
function expects(fields: Fields, minor: 0 | 1): boolean {
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
