/** The head of a response as it came from an origin, read and checked (RFC 9112 §4, RFC 9110 §15). */

import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed } from "../../net/errors.ts";
import {
  firstLine,
  type HeadLimits,
  parseFields,
  parseStatusLine,
  Section,
  type SectionReading,
} from "../../net/http/head.ts";
import type { ProxiedResponse } from "./exchange.ts";
import { type Framing, responseFraming } from "./framing.ts";
import { takeHopFields } from "./hop.ts";
import type { Origin } from "./origin.ts";
import { BadResponse } from "./problem.ts";

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

/** How a response is waited for. */
export interface ResponseReading {
  /** Of the request. */
  readonly method: string;
  /** Passes an interim response on; where left out, they are not for anybody (RFC 9110 §15.2). */
  readonly interim?: ((response: ProxiedResponse, minor: 0 | 1) => void) | undefined;
  /** The protocols that were offered. */
  readonly upgrades: readonly string[];
  readonly limits: HeadLimits;
  /** Longest wait for the first octet (milliseconds). */
  readonly responseMs: number;
  /** Longest time for a head. */
  readonly headMs: number;
}

/** Interim responses that one request may bring. */
const MOST_INTERIM = 64;

/**
 * Reads up to the final response; interim ones are passed on.
 * @throws BadResponse, Malformed, ConnectionClosed, DeadlineExceeded
 */
export async function readFinal(origin: Origin, reading: ResponseReading): Promise<Received> {
  const { method, upgrades, limits, responseMs, headMs } = reading;
  const { connection } = origin;
  let octets = 0;
  for (let interim = 0; interim <= MOST_INTERIM; interim++) {
    const { first } = origin;
    origin.first = undefined;
    connection.deadline(responseMs);
    const text = await (first ?? readHead(connection, { limits, ms: headMs }));
    const line = firstLine(text);
    const { minor, status, reason } = parseStatusLine(line);
    const fields = parseFields(text, line.length + 2);
    octets += text.length;
    if (status === 101) return { ...switched(status, reason, fields, upgrades), minor, octets };
    if (status >= 200) return { ...final(origin, method, { status, reason, fields }, minor), octets };
    takeHopFields(fields);
    fields.delete("content-length");
    reading.interim?.({ status, reason, fields }, minor);
  }
  throw new BadResponse("It says over and over that it is at work.");
}

function readHead(connection: Connection, reading: SectionReading): Promise<string> {
  const section = new Section(connection, reading);
  return connection.readBy((input) => section.take(input));
}

function final(origin: Origin, method: string, response: ProxiedResponse, minor: 0 | 1): Omit<Received, "octets"> {
  const { status, fields } = response;
  // A server that was tired of waiting says so just when the next request comes: the answer is to none (RFC 9110 §15.5.9).
  if (status === 408 && origin.reused) throw new ConnectionClosed("the server had closed a kept connection");
  if (status === 407) {
    throw new BadResponse(
      origin.upstream ? "The upstream proxy does not take this proxy's login." : "It asks for a login to a proxy.",
    );
  }
  const bound = fields.all("www-authenticate").some((value) => /(^|,)\s*(ntlm|negotiate)\b/i.test(value));
  const framing = responseFraming(method, status, fields, minor);
  const { close } = takeHopFields(fields);
  const closes = close || minor === 0 || framing.kind === "close";
  return { minor, response, framing, closes, bound };
}

/** RFC 9110 §7.8: a server switches to a protocol that was offered, and says to which. */
function switched(
  status: number,
  reason: string,
  fields: ProxiedResponse["fields"],
  offered: readonly string[],
): Omit<Received, "octets" | "minor"> {
  const { upgrade } = takeHopFields(fields);
  const known = new Set(offered.map((protocol) => protocol.toLowerCase()));
  if (upgrade.length === 0 || !upgrade.every((protocol) => known.has(protocol.toLowerCase()))) {
    throw new BadResponse("It changes to a protocol that nobody asked for.");
  }
  fields.delete("content-length");
  fields.set("Connection", "Upgrade");
  fields.set("Upgrade", upgrade.join(", "));
  return {
    response: { status, reason, fields },
    framing: { kind: "none" },
    closes: true,
    bound: false,
  };
}
