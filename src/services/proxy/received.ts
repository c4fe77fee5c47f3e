/** The head of a response as it came from an origin, read and checked (RFC 9112 §4, RFC 9110 §15). */

import { ConnectionClosed } from "../../net/errors.ts";
import { firstLine, parseFields, parseStatusLine, type SectionReading, Sections } from "../../net/http/head.ts";
import type { Input } from "../../net/input.ts";
import type { Client } from "./client.ts";
import type { ProxiedResponse } from "./exchange.ts";
import { type Framing, NONE, responseFraming } from "./framing.ts";
import { takeHopFields } from "./hop.ts";
import type { Origin } from "./origin.ts";
import { BadResponse } from "./problem.ts";

const CRLF = 2;

/** A final response's head, or that of 101. */
export interface Received {
  readonly minor: 0 | 1;
  /** Without the fields of the connection. */
  readonly response: ProxiedResponse;
  readonly framing: Framing;
  /** The origin ends its connection after this response. */
  readonly closes: boolean;
  /** The origin logs the connection in, not the request (NTLM, Negotiate). */
  readonly bound: boolean;
  /** Octets of the head, interim ones included. */
  readonly octets: number;
}

/** How a response is waited for; `ms` is for each of its heads. */
export interface ResponseReading extends SectionReading {
  /** Of the request. */
  readonly method: string;
  /** To whom interim responses are passed on; where left out, they are not for anybody (RFC 9110 §15.2). */
  readonly client?: Pick<Client, "interim"> | undefined;
  /** The protocols that were offered. */
  readonly upgrades: readonly string[];
  /** Longest wait for the first octet (milliseconds). */
  readonly responseMs: number;
}

/** Interim responses that one request may bring. */
const MOST_INTERIM = 64;

/** Reads the responses that come over a connection to an origin. */
export class ResponseReader {
  readonly #sections: Sections;
  /** Undefined where nothing was asked. */
  #reading: ResponseReading | undefined;
  /** What is being waited for already. */
  #coming: Promise<Received> | undefined;
  #interim = 0;
  #octets = 0;

  constructor(
    private readonly origin: Pick<Origin, "connection" | "reused" | "upstream">,
    reading: SectionReading,
  ) {
    this.#sections = new Sections(origin.connection, reading);
  }

  /**
   * Waits for a response before anything is asked, so that the end of an idle connection is seen. It rejects also where the server speaks
   * unasked; otherwise it is what `read` gives next.
   */
  idle(): Promise<Received> {
    this.#reading = undefined;
    this.#coming = this.origin.connection.readBy(this.#take);
    return this.#coming;
  }

  /**
   * Reads up to the final response; interim ones are passed on.
   * @throws BadResponse, Malformed, ConnectionClosed, DeadlineExceeded
   */
  read(reading: ResponseReading): Promise<Received> {
    const { connection } = this.origin;
    const coming = this.#coming;
    this.#coming = undefined;
    this.#reading = reading;
    this.#interim = 0;
    this.#octets = 0;
    this.#sections.begin(reading);
    connection.deadline(reading.responseMs);
    return coming ?? connection.readBy(this.#take);
  }

  readonly #take = (input: Input): Received | undefined => {
    const reading = this.#reading;
    if (reading === undefined) {
      if (input.length > 0) throw new ConnectionClosed("a server spoke unasked");
      return undefined;
    }
    for (;;) {
      const text = this.#sections.take(input);
      if (text === undefined) return undefined;
      this.#octets += text.length;
      const line = firstLine(text);
      const { minor, status, reason } = parseStatusLine(line);
      const response = { status, reason, fields: parseFields(text, line.length + CRLF) };
      if (status === 101) return switched(response, minor, reading.upgrades, this.#octets);
      if (status >= 200) return final(this.origin, reading.method, response, minor, this.#octets);
      this.#passOn(response, minor, reading);
    }
  };

  #passOn(response: ProxiedResponse, minor: 0 | 1, { client, responseMs }: ResponseReading): void {
    takeHopFields(response.fields);
    response.fields.delete("content-length");
    client?.interim(response, minor);
    if (++this.#interim > MOST_INTERIM) throw new BadResponse("It says over and over that it is at work.");
    this.origin.connection.deadline(responseMs);
  }
}

function final(
  origin: Pick<Origin, "reused" | "upstream">,
  method: string,
  response: ProxiedResponse,
  minor: 0 | 1,
  octets: number,
): Received {
  const { status, fields } = response;
  // A server that was tired of waiting says so just when the next request comes: the answer is to none (RFC 9110 §15.5.9).
  if (status === 408 && origin.reused) throw new ConnectionClosed("the server had closed a kept connection");
  if (status === 407) {
    throw new BadResponse(
      origin.upstream ? "The upstream proxy does not take this proxy's login." : "It asks for a login to a proxy.",
    );
  }
  const bound = fields.has("www-authenticate") && fields.all("www-authenticate").some(isOfConnection);
  const framing = responseFraming(method, status, fields, minor);
  const { close } = takeHopFields(fields);
  const closes = close || minor === 0 || framing.kind === "close";
  return { minor, response, framing, closes, bound, octets };
}

const isOfConnection = (challenge: string) => /(^|,)\s*(ntlm|negotiate)\b/i.test(challenge);

/** RFC 9110 §7.8: a server switches to a protocol that was offered, and says to which. */
function switched(
  { status, reason, fields }: ProxiedResponse,
  minor: 0 | 1,
  offered: readonly string[],
  octets: number,
): Received {
  const { upgrade } = takeHopFields(fields);
  const known = new Set(offered.map((protocol) => protocol.toLowerCase()));
  if (upgrade.length === 0 || !upgrade.every((protocol) => known.has(protocol.toLowerCase()))) {
    throw new BadResponse("It changes to a protocol that nobody asked for.");
  }
  fields.delete("content-length");
  fields.set("Connection", "Upgrade");
  fields.set("Upgrade", upgrade.join(", "));
  return { minor, response: { status, reason, fields }, framing: NONE, closes: true, bound: false, octets };
}
