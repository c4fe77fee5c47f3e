/** Why something is not fetched, as pages with the right status (RFC 9110 §15.5 and §15.6; RFC 9209 for programs). Pure. */

import type { Auth } from "../../auth/auth.ts";
import { GateRefusal, type GateRefusalKind } from "../../gateway/visit.ts";
import { DeadlineExceeded } from "../../net/errors.ts";
import { Malformed } from "../../net/http/malformed.ts";
import { type Answer, proxyStatus } from "./answers.ts";
import { BadRequest, BadResponse } from "./problem.ts";

interface Words {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
  /** RFC 9209 §2.3. */
  readonly error: string;
}

const ASK = "Ask whoever looks after this network if you need it.";
const LATER = "Try again in a while; if other sites work, the fault is with this one.";

const GATE: Readonly<Record<GateRefusalKind, Words>> = {
  barred: { status: 403, title: "This site is barred", advice: ASK, error: "http_request_denied" },
  warned: {
    status: 403,
    title: "Think twice before you go on",
    advice: "If you go on, you are not asked again for a while.",
    error: "http_request_denied",
  },
  quota: { status: 429, title: "Your allowance is used up", advice: ASK, error: "http_request_denied" },
  special: {
    status: 403,
    title: "This address is not outside",
    advice:
      "The proxy leads to the Internet. What stands in the local network is reached directly: take its address out of the proxy settings.",
    error: "destination_ip_prohibited",
  },
  unresolved: {
    status: 502,
    title: "This site cannot be found",
    advice: "Look at the address for a slip of the keys, or try again in a while.",
    error: "dns_error",
  },
  unreachable: { status: 502, title: "This site cannot be reached", advice: LATER, error: "destination_unavailable" },
  timeout: { status: 504, title: "This site does not answer", advice: LATER, error: "connection_timeout" },
  connections: {
    status: 503,
    title: "Too much at once",
    advice: "Wait until something has finished, and try again.",
    error: "proxy_internal_response",
  },
  ended: { status: 403, title: "This was ended", advice: ASK, error: "http_request_denied" },
  permission: { status: 403, title: "You may not use the web proxy", advice: ASK, error: "http_request_denied" },
};

/** The answer to what the gateway said no to. */
export function gateAnswer(refusal: GateRefusal, address?: string): Answer {
  const { status, title, advice, error } = GATE[refusal.kind];
  const fields = [proxyStatus(error), ...(status === 503 ? ([["Retry-After", "5"]] as const) : [])];
  return { status, body: { title, sentence: refusal.sentence, advice: [advice], address }, fields };
}

const CHALLENGE = ["Proxy-Authenticate", 'Basic realm="Gatepost web proxy", charset="UTF-8"'] as const;

/** Asks for name and password (RFC 7617 §2, §2.1). */
export function challenge(sentence = "The web proxy wants to know who you are."): Answer {
  return {
    status: 407,
    body: {
      title: "Log in to the web proxy",
      sentence,
      advice: ["Enter the login name and password that you have for mail and everything else here."],
    },
    fields: [CHALLENGE],
  };
}

/** A password may not travel as this connection is. */
export const NEEDS_TLS: Answer = {
  status: 403,
  body: {
    title: "Not over this connection",
    sentence: "The web proxy takes no password on a connection that is not encrypted.",
    advice: ["Set your program to the proxy's port with TLS (an “HTTPS proxy”, usually port 3129)."],
  },
  fields: [proxyStatus("http_request_denied")],
};

/** The answer to a login that was refused. */
export function loginAnswer({
  reason,
  sentence,
  retryAfter,
}: Extract<Awaited<ReturnType<Auth["authenticate"]>>, { ok: false }>): Answer {
  if (reason === "credentials" || reason === "malformed" || reason === "mechanism") return challenge(sentence);
  if (reason === "plaintext") return NEEDS_TLS;
  const later = reason === "temporary" || reason === "barred";
  return {
    status: reason === "temporary" ? 503 : reason === "barred" ? 429 : 403,
    body: { title: "You are not let in", sentence, advice: later ? ["Try again later."] : [ASK] },
    fields: [
      proxyStatus("http_request_denied"),
      ...(retryAfter === undefined ? [] : ([["Retry-After", String(retryAfter)]] as const)),
    ],
  };
}

/** A short page for a mistake in a request, or a limit that is set. */
export function plainAnswer(status: number, title: string, sentence: string, address?: string): Answer {
  return { status, body: { title, sentence, advice: [], address } };
}

const FAULTY = "The server's answer does not keep to the rules of HTTP.";

/** The answer to whatever went wrong on the way to the origin; undefined where it is a fault of this program. */
export function failureAnswer(error: unknown, address?: string): Answer | undefined {
  if (error instanceof GateRefusal) return gateAnswer(error, address);
  if (error instanceof BadRequest)
    return plainAnswer(error.status, "This request cannot be served", error.sentence, address);
  if (error instanceof BadResponse || error instanceof Malformed) {
    const body = {
      title: "This site answers in a muddle",
      sentence: `${FAULTY} ${error.sentence}`,
      advice: [LATER],
      address,
    };
    return { status: 502, body, fields: [proxyStatus("http_protocol_error")] };
  }
  if (error instanceof DeadlineExceeded) {
    const sentence = "The connection is there, and no answer has come over it in time.";
    const body = { title: "This site does not answer", sentence, advice: [LATER], address };
    return { status: 504, body, fields: [proxyStatus("http_response_timeout")] };
  }
  return undefined;
}

/** The server hung up. */
export function hungUp(address?: string): Answer {
  const sentence = "The server closed the connection without an answer.";
  const body = { title: "This site does not answer", sentence, advice: [LATER], address };
  return { status: 502, body, fields: [proxyStatus("connection_terminated")] };
}

/** Something is wrong with this program; its log says what. */
export const FAULT = plainAnswer(
  500,
  "Something went wrong here",
  "The proxy could not do what you asked; its log says why.",
);
