/** Ways in: STARTTLS, AUTHENTICATE, LOGIN; and back: UNAUTHENTICATE. Every credential goes through auth.authenticate. */
import type { AuthReason, Outcome } from "../../../auth/attempt.ts";
import { type Completion, command, LOGGED_IN, noArguments } from "../command.ts";
import { GrammarError } from "../parse.ts";
import { EndSession, No } from "../refusals.ts";
import type { Session } from "../session.ts";

/** The longest line of a SASL exchange, in octets; SCRAM's are far shorter. */
const LONGEST_SASL_LINE = 12_288;

/**
 * ```
 * C: a1 STARTTLS
 * S: a1 OK Begin TLS negotiation now
 * ```
 * What the client sent before the handshake is dropped, so that nobody on the way can slip commands in.
 */
export const startTls = command({
  verb: "STARTTLS",
  states: ["notAuthenticated"],
  rfc: "RFC 9051 §6.2.1",
  usage: "",
  about: "Begins encryption.",
  syntax: noArguments,
  run: async (session) => {
    if (session.connection.secure) throw new GrammarError("TLS is active already");
    if (!session.mayStartTls) throw new No(undefined, "STARTTLS is not offered on this port");
    session.afterResponse = async () => {
      await session.out.drain();
      await session.connection.startTls();
    };
    return { text: "Begin TLS negotiation now" };
  },
});

/**
 * ```
 * C: a2 LOGIN ann "secret words"
 * S: a2 OK [CAPABILITY …] Welcome
 * ```
 */
export const login = command({
  verb: "LOGIN",
  states: ["notAuthenticated"],
  rfc: "RFC 9051 §6.2.3",
  usage: "name password",
  about: "Logs in with a password; refused without TLS except from this machine (LOGINDISABLED).",
  syntax: (p) => {
    p.space();
    const name = p.text8("a login name");
    p.space();
    return { name, password: p.text8("a password") };
  },
  run: async (session, { name, password }) => {
    if (!session.mayLogin) throw new No("PRIVACYREQUIRED", "Begin TLS before you send a password");
    const outcome = await session.auth.authenticate({
      service: "imap",
      remote: session.connection.remote.address,
      secure: session.connection.secure,
      mechanism: "PLAIN",
      credentials: { login: name, password },
      session: session.connection.id,
    });
    return welcome(session, outcome);
  },
});

/**
 * ```
 * C: a2 AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
 * S: a2 OK [CAPABILITY …] Welcome
 * ```
 * With SASL-IR the first message comes with the command; "=" stands for an empty one (RFC 4959 §3).
 */
export const authenticate = command({
  verb: "AUTHENTICATE",
  states: ["notAuthenticated"],
  rfc: "RFC 9051 §6.2.2, RFC 4959",
  usage: "mechanism [initial-response]",
  about: "Logs in by a SASL mechanism: SCRAM-SHA-256-PLUS, SCRAM-SHA-256, PLAIN, LOGIN.",
  syntax: (p) => {
    p.space();
    const mechanism = p.word("a SASL mechanism");
    if (p.atEnd) return { mechanism, initial: undefined };
    p.space();
    const text = p.accept("=") && p.atEnd ? "" : Buffer.from(p.astring("an initial response")).toString("latin1");
    const initial = base64(text);
    return { mechanism, initial: initial ?? p.fail("The initial response is not base64") };
  },
  run: async (session, { mechanism, initial }) => {
    return welcome(session, await exchange(session, mechanism, initial));
  },
});

async function exchange(session: Session, mechanism: string, initial: Uint8Array | undefined): Promise<Outcome> {
  const server = session.auth.saslServer(mechanism, session.saslContext);
  let message: Uint8Array | null = initial ?? null;
  for (;;) {
    const step = await server.step(message);
    if ("done" in step) {
      // IMAP has no place for data with success: it goes as one more challenge, answered by an empty line.
      if (step.success && step.done.ok) await challenge(session, step.success);
      return step.done;
    }
    message = await challenge(session, step.challenge);
  }
}

async function challenge(session: Session, octets: Uint8Array): Promise<Uint8Array> {
  await session.invite(Buffer.from(octets).toString("base64"));
  const line = Buffer.from(await session.continuation(LONGEST_SASL_LINE)).toString("latin1");
  if (line === "*") throw new GrammarError("The exchange was cancelled");
  const answer = base64(line);
  if (answer === undefined) throw new GrammarError("The answer is not base64");
  return answer;
}

function base64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Buffer.from(text, "base64");
}

/** RFC 5530 codes for why a login failed. */
const CODES: Readonly<Record<AuthReason, string>> = {
  credentials: "AUTHENTICATIONFAILED",
  barred: "AUTHENTICATIONFAILED",
  plaintext: "PRIVACYREQUIRED",
  disabled: "AUTHORIZATIONFAILED",
  expired: "EXPIRED",
  // The name and what came with it do not let in: the client is to ask its person for another password.
  factor: "AUTHENTICATIONFAILED",
  permission: "AUTHORIZATIONFAILED",
  malformed: "CLIENTBUG",
  mechanism: "CANNOT",
  temporary: "UNAVAILABLE",
};

function welcome(session: Session, outcome: Outcome): Completion {
  if (!outcome.ok) throw new No(CODES[outcome.reason], outcome.sentence);
  session.enter(outcome.login);
  return { code: `CAPABILITY ${session.capabilities.join(" ")}`, text: "Welcome" };
}

/**
 * ```
 * C: a9 UNAUTHENTICATE
 * S: a9 OK [CAPABILITY …] UNAUTHENTICATE completed
 * ```
 * What was selected, enabled and asked for is forgotten, and compression ends with this answer; TLS stays.
 */
export const unauthenticate = command({
  verb: "UNAUTHENTICATE",
  states: LOGGED_IN,
  rfc: "RFC 8437",
  usage: "",
  about: "Ends the login, so that the connection can be used for another.",
  capabilities: ["UNAUTHENTICATE"],
  // RFC 8437 §8: there must be a way to switch it off.
  offered: ({ settings }) => settings.unauthenticate,
  syntax: noArguments,
  run: async (session) => {
    try {
      await session.forgetLogin();
    } catch (thrown) {
      // RFC 8437 §3: there is no NO. A client may have sent the next login already.
      session.fault("UNAUTHENTICATE", thrown);
      throw new EndSession("[UNAVAILABLE] The login could not be ended; begin a new connection");
    }
    session.afterResponse = async () => {
      await session.out.drain();
      session.connection.uncode();
    };
    return { code: () => `CAPABILITY ${session.capabilities.join(" ")}` };
  },
});
