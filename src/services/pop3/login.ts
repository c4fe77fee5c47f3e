/** Who is there: USER and PASS, AUTH (RFC 5034), STLS (RFC 2595), UTF8 (RFC 6856). */
import { LineTooLong } from "../../net/errors.ts";
import type { Command } from "./commands.ts";
import { err, ok } from "./response.ts";
import type { Pop3Session } from "./session.ts";

/** RFC 5034 §4 leaves the length of a response open; RFC 4954 §4 has this one. */
const RESPONSE_LIMIT = 12_288;

function mechanisms(session: Pop3Session): string[] {
  const context = session.saslContext();
  return session.deps.auth.mechanisms({ ...context, channelBinding: context.channelBinding?.() !== undefined });
}

const mayUsePassword = ({ deps, connection }: Pop3Session) =>
  deps.auth.mayUsePlaintext({ secure: connection.secure, remote: connection.remote.address });
const NEEDS_TLS = "A password may not travel without TLS: use STLS first.";

/** RFC 1939 §7. Whether the name exists is not said. */
export const user: Command = {
  verb: "USER",
  states: ["authorization"],
  syntax: "USER name",
  rfc: "RFC 1939 §7",
  summary: "Names the user.",
  capabilities: (session) => (mayUsePassword(session) ? ["USER"] : []),
  run: (session, rest) => {
    if (rest === "") return err("", "Say a name.");
    if (!mayUsePassword(session)) return err("", NEEDS_TLS);
    session.userName = rest;
    return ok("Now the password.");
  },
};

/** RFC 1939 §7. All that follows is the password, blanks included. */
export const pass: Command = {
  verb: "PASS",
  states: ["authorization"],
  syntax: "PASS password",
  rfc: "RFC 1939 §7",
  summary: "Logs in with the password.",
  run: async (session, rest) => {
    const { userName, connection } = session;
    if (userName === undefined) return err("", "Say USER first.");
    session.userName = undefined;
    const outcome = await session.deps.auth.authenticate({
      service: "pop3",
      remote: connection.remote.address,
      secure: connection.secure,
      mechanism: "PLAIN",
      credentials: { login: userName, password: rest },
      session: connection.id,
    });
    return await session.enter(outcome);
  },
};

/**
 * RFC 5034 §4; without an argument it lists the mechanisms, as old clients expect.
 *
 *     C: AUTH PLAIN AGFubgBzZWNyZXQ=
 *     S: +OK 2 messages, 320 octets.
 */
export const auth: Command = {
  verb: "AUTH",
  states: ["authorization"],
  syntax: "AUTH [mechanism [initial-response]]",
  rfc: "RFC 5034 §4",
  summary: "Logs in by SASL.",
  capabilities: (session) => {
    const offered = mechanisms(session);
    return offered.length > 0 ? [`SASL ${offered.join(" ")}`] : [];
  },
  run: async (session, rest) => {
    const offered = mechanisms(session);
    if (rest === "") return `${ok()}${offered.map((name) => `${name}\r\n`).join("")}.\r\n`;
    const [name = "", response, ...more] = rest.split(" ");
    const mechanism = name.toUpperCase();
    if (more.length > 0) return err("", "Syntax: AUTH mechanism [initial-response]");
    if (!offered.includes(mechanism)) {
      return err(
        "",
        mechanism === "PLAIN" || mechanism === "LOGIN" ? NEEDS_TLS : "That mechanism is not offered here.",
      );
    }
    const initial = response === undefined ? null : response === "=" ? new Uint8Array(0) : decodeBase64(response);
    if (initial === undefined) return err("", "The initial response is not base64.");
    return await exchange(session, mechanism, initial);
  },
};

async function exchange(session: Pop3Session, mechanism: string, initial: Uint8Array | null): Promise<string> {
  const sasl = session.deps.auth.saslServer(mechanism, session.saslContext());
  let step = await sasl.step(initial);
  while ("challenge" in step) {
    const response = await challenge(session, step.challenge);
    if (typeof response === "string") return response;
    step = await sasl.step(response);
  }
  if (step.done.ok && step.success) {
    // What a mechanism says with its success travels as one more challenge, answered with an empty line (RFC 5034 §4).
    const response = await challenge(session, step.success);
    if (typeof response === "string") return response;
  }
  return await session.enter(step.done);
}

/** Sends a challenge and reads its answer; a string is the response to give instead. */
async function challenge(session: Pop3Session, octets: Uint8Array): Promise<Uint8Array | string> {
  await session.say(`+ ${Buffer.from(octets).toString("base64")}\r\n`);
  let text: string;
  try {
    text = Buffer.from(await session.ask(RESPONSE_LIMIT)).toString("latin1");
  } catch (error) {
    if (error instanceof LineTooLong) return err("", "The response is too long.");
    throw error;
  }
  if (text === "*") return err("", "Cancelled.");
  return decodeBase64(text) ?? err("", "The response is not base64.");
}

/** Decodes base64 strictly (RFC 4648 §4); undefined where it is malformed. */
function decodeBase64(text: string): Uint8Array | undefined {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** RFC 2595 §4. What was buffered behind the command is dropped by `startTls`. */
export const stls: Command = {
  verb: "STLS",
  states: ["authorization"],
  syntax: "STLS",
  rfc: "RFC 2595 §4",
  summary: "Goes on in TLS.",
  capabilities: ({ connection, state }) => (connection.canStartTls && state === "authorization" ? ["STLS"] : []),
  run: async (session) => {
    if (session.connection.secure) return err("", "TLS is active already.");
    if (!session.connection.canStartTls) return err("", "TLS is not available here.");
    // RFC 6856 §2.1 lets a server hold clients to the order STLS, UTF8.
    if (session.utf8) return err("", "STLS comes before UTF8.");
    await session.say(ok("Go ahead."));
    await session.connection.startTls();
    session.forget();
    return "";
  },
};

/** RFC 6856 §2.1. Messages are sent as they are stored either way; the command says that the client expects UTF-8. */
export const utf8: Command = {
  verb: "UTF8",
  states: ["authorization"],
  syntax: "UTF8",
  rfc: "RFC 6856 §2.1",
  summary: "Says that headers in UTF-8 are welcome.",
  capabilities: () => ["UTF8 USER"],
  run: (session, rest) => {
    if (rest !== "") return err("", "UTF8 takes no argument.");
    session.utf8 = true;
    return ok("UTF-8 it is.");
  },
};
