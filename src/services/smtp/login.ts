/** AUTH: RFC 4954 over auth's SASL exchanges. */
import type { Outcome } from "../../auth/auth.ts";
import { LineTooLong } from "../../net/errors.ts";
import type { Command } from "./commands.ts";
import { decodeBase64, parseAuth } from "./parse.ts";
import { Farewell, reply, replyText } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

/** RFC 4954 §4: a line of base64 may take 12,288 octets. */
const RESPONSE_LIMIT = 12_288;

/**
 * RFC 4954 §4.
 *
 *     C: AUTH PLAIN AGFubgBzZWNyZXQ=
 *     S: 235 2.7.0 Welcome.
 */
export const auth: Command = {
  verb: "AUTH",
  states: ["ready"],
  syntax: "AUTH mechanism [initial-response]",
  rfc: "RFC 4954 §4",
  summary: "Logs in.",
  idle: false,
  keywords: (session) => {
    const offered = mechanisms(session);
    return offered.length > 0 && !session.login ? [`AUTH ${offered.join(" ")}`] : [];
  },
  run: async (session, rest) => {
    if (session.login) return reply(503, "5.5.1", "You are logged in already.");
    const { mechanism, initial } = parseAuth(rest);
    if (!mechanisms(session).some((offered) => offered === mechanism)) return notOffered(session, mechanism);
    const exchange = session.deps.auth.saslServer(mechanism, session.saslContext());
    let step = await exchange.step(initial);
    while ("challenge" in step) {
      const response = await challenge(session, step.challenge);
      if (typeof response === "string") return response;
      step = await exchange.step(response);
    }
    if (step.done.ok && step.success) {
      // What a mechanism says with its success travels as one more challenge, answered with an empty line (RFC 4954 §4).
      const response = await challenge(session, step.success);
      if (typeof response === "string") return response;
    }
    return conclude(session, step.done);
  },
};

function mechanisms(session: SmtpSession): string[] {
  if (session.kind === "smtp" && !session.settings.authOnPort25) return [];
  const context = session.saslContext();
  return session.deps.auth.mechanisms({ ...context, channelBinding: context.channelBinding?.() !== undefined });
}

function notOffered(session: SmtpSession, mechanism: string): string {
  if (mechanisms(session).length === 0) return reply(502, "5.5.1", "Nobody logs in on this port.");
  if (!session.connection.secure && /^(PLAIN|LOGIN)$/.test(mechanism)) {
    return reply(538, "5.7.11", "That needs TLS: use STARTTLS first.");
  }
  return reply(504, "5.5.4", "That mechanism is not offered here.");
}

/** Sends a challenge and reads its answer; a string is the reply to give instead. */
async function challenge(session: SmtpSession, octets: Uint8Array): Promise<Uint8Array | string> {
  await session.say(`334 ${Buffer.from(octets).toString("base64")}\r\n`);
  let text: string;
  try {
    const line = await session.ask(RESPONSE_LIMIT);
    if (line.ending !== "crlf") return reply(500, "5.5.2", "A line ends with CR and LF.");
    text = Buffer.from(line.bytes).toString("latin1");
  } catch (error) {
    if (error instanceof LineTooLong) return reply(500, "5.5.6", "The response is too long.");
    throw error;
  }
  if (text === "*") return reply(501, "5.7.0", "Cancelled.");
  return decodeBase64(text) ?? reply(501, "5.5.2", "The response is not base64.");
}

function conclude(session: SmtpSession, outcome: Outcome): string {
  if (outcome.ok) {
    session.login = outcome.login;
    return reply(235, "2.7.0", "Welcome.");
  }
  const sentence = replyText(outcome.sentence, false);
  switch (outcome.reason) {
    case "barred":
      throw new Farewell(reply(421, "4.7.0", sentence));
    case "temporary":
      return reply(454, "4.7.0", sentence);
    case "plaintext":
      return reply(538, "5.7.11", sentence);
    case "factor":
      // RFC 4954 §6: this way of proving is too weak for that account.
      return reply(534, "5.7.9", sentence);
    case "expired":
      return reply(535, "5.7.13", sentence);
    default:
      return reply(535, "5.7.8", sentence);
  }
}
