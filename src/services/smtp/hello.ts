/** Greeting, TLS and the small commands: EHLO, HELO, STARTTLS, RSET, NOOP, QUIT, HELP. */
import type { Command } from "./commands.ts";
import { parseHello } from "./parse.ts";
import { reply, replyText } from "./reply.ts";
import type { SmtpSession, State } from "./session.ts";

export const ANY_STATE: readonly State[] = ["start", "ready", "mail", "rcpt", "chunks"];

async function introduce(session: SmtpSession, rest: string, extended: boolean): Promise<void> {
  const name = parseHello(rest);
  await session.reset();
  session.mailRefused = false;
  session.helo = name;
  session.extended = extended;
}

/**
 * RFC 5321 §4.1.1.1.
 *
 *     C: EHLO client.example
 *     S: 250-mail.example greets client.example
 *     S: 250-PIPELINING
 *     S: 250 HELP
 */
export const ehlo: Command = {
  verb: "EHLO",
  states: ANY_STATE,
  syntax: "EHLO host.name",
  rfc: "RFC 5321 §4.1.1.1",
  summary: "Opens the session and lists the extensions.",
  idle: true,
  keywords: ({ settings }) => [
    "PIPELINING",
    "ENHANCEDSTATUSCODES",
    `LIMITS MAILMAX=${settings.maxMessages} RCPTMAX=${settings.maxRecipients}`,
  ],
  run: async (session, rest) => {
    await introduce(session, rest, true);
    const keywords = [...session.commands.values()].flatMap((command) => command.keywords?.(session) ?? []);
    return reply(250, "", `${session.deps.hostname()} greets ${replyText(session.helo, false)}`, ...keywords);
  },
};

/** RFC 5321 §4.1.1.1: the greeting of clients that know no extensions. */
export const helo: Command = {
  verb: "HELO",
  states: ANY_STATE,
  syntax: "HELO host.name",
  rfc: "RFC 5321 §4.1.1.1",
  summary: "Opens the session without extensions.",
  idle: true,
  run: async (session, rest) => {
    await introduce(session, rest, false);
    return reply(250, "", session.deps.hostname());
  },
};

/** RFC 3207. What was buffered behind the command is dropped by `startTls`, and what was said before is forgotten. */
export const starttls: Command = {
  verb: "STARTTLS",
  states: ["start", "ready"],
  syntax: "STARTTLS",
  rfc: "RFC 3207",
  summary: "Goes on in TLS.",
  idle: true,
  keywords: ({ connection }) => (connection.canStartTls ? ["STARTTLS"] : []),
  run: async (session, rest) => {
    if (rest !== "") return reply(501, "5.5.4", "STARTTLS takes no argument.");
    if (session.connection.secure) return reply(503, "5.5.1", "TLS is active already.");
    if (!session.connection.canStartTls) return reply(454, "4.7.0", "TLS is not available here.");
    await session.say(reply(220, "2.0.0", "Go ahead."));
    await session.connection.startTls();
    await session.forget();
    return "";
  },
};

/** RFC 5321 §4.1.1.5. */
export const rset: Command = {
  verb: "RSET",
  states: ANY_STATE,
  syntax: "RSET",
  rfc: "RFC 5321 §4.1.1.5",
  summary: "Forgets the message that was begun.",
  idle: true,
  run: async (session, rest) => {
    if (rest !== "") return reply(501, "5.5.4", "RSET takes no argument.");
    await session.reset();
    session.mailRefused = false;
    return reply(250, "2.0.0", "Forgotten.");
  },
};

/** RFC 5321 §4.1.1.9. */
export const noop: Command = {
  verb: "NOOP",
  states: ANY_STATE,
  syntax: "NOOP [text]",
  rfc: "RFC 5321 §4.1.1.9",
  summary: "Does nothing.",
  idle: true,
  run: () => reply(250, "2.0.0", "Here."),
};

/** RFC 5321 §4.1.1.10. */
export const quit: Command = {
  verb: "QUIT",
  states: ANY_STATE,
  syntax: "QUIT",
  rfc: "RFC 5321 §4.1.1.10",
  summary: "Ends the session.",
  idle: false,
  run: (session, rest) => {
    if (rest !== "") return reply(501, "5.5.4", "QUIT takes no argument.");
    session.closing = true;
    return reply(221, "2.0.0", "Goodbye.");
  },
};

/** RFC 5321 §4.1.1.8: the table of commands, or one row of it. */
export const help: Command = {
  verb: "HELP",
  states: ANY_STATE,
  syntax: "HELP [command]",
  rfc: "RFC 5321 §4.1.1.8",
  summary: "Lists the commands, or explains one.",
  idle: true,
  keywords: () => ["HELP"],
  run: (session, rest) => {
    if (rest === "") return reply(214, "2.0.0", `Commands: ${[...session.commands.keys()].join(" ")}`);
    const command = session.commands.get(rest.toUpperCase());
    if (!command) return reply(504, "5.5.4", "No such command; HELP lists those there are.");
    // Section signs are outside ASCII.
    return reply(214, "2.0.0", command.syntax, command.summary, command.rfc.replaceAll("§", "section "));
  },
};
