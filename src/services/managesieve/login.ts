/** Who is there: STARTTLS, AUTHENTICATE, UNAUTHENTICATE, LOGOUT (RFC 5804 §2.1 to §2.3, §2.14). */
import { capabilities } from "./capabilities.ts";
import type { Command } from "./commands.ts";
import { GrammarError } from "./parse.ts";
import { bye, type Code, no, ok, string } from "./respond.ts";
import type { ManageSieveSession } from "./session.ts";

/**
 * RFC 5804 §2.2. What was received behind the command is dropped by `startTls`; the capabilities are said anew, for what was said in
 * the open may have been changed on the way.
 */
export const starttls: Command = {
  verb: "STARTTLS",
  states: ["open"],
  syntax: "STARTTLS",
  rfc: "RFC 5804 §2.2",
  summary: "Goes on in TLS.",
  run: async (session, args) => {
    args.end();
    if (session.connection.secure) return no("TLS is active already.");
    if (!session.connection.canStartTls) return no("TLS is not available here.");
    await session.say(ok("Go ahead."));
    await session.connection.startTls();
    return `${capabilities(session)}${ok("TLS is active.")}`;
  },
};

/**
 * RFC 5804 §2.1. Challenges and responses are strings of base64.
 *
 *     C: AUTHENTICATE "PLAIN" "AGFubgBzZWNyZXQ="
 *     S: OK
 */
export const authenticate: Command = {
  verb: "AUTHENTICATE",
  states: ["open"],
  syntax: "AUTHENTICATE mechanism [initial-response]",
  rfc: "RFC 5804 §2.1",
  summary: "Logs in by SASL.",
  run: async (session, args) => {
    const mechanism = args.text("mechanism").toUpperCase();
    const initial = args.more ? decodeBase64(args.text("initial response")) : null;
    args.end();
    const { auth } = session.deps;
    const sasl = auth.saslServer(mechanism, session.saslContext());
    let step = await sasl.step(initial);
    while ("challenge" in step) {
      const response = await challenge(session, step.challenge);
      if (response === undefined) return no("Cancelled.");
      step = await sasl.step(response);
    }
    const { done, success } = step;
    if (done.ok) {
      session.enter(done.login);
      const code: Code | undefined =
        success === undefined
          ? undefined
          : { name: "SASL", text: Buffer.from(Buffer.from(success).toString("base64")) };
      return ok("Welcome.", code);
    }
    if (done.reason === "barred") {
      session.closing = true;
      return bye(done.sentence, { name: "TRYLATER" });
    }
    if (done.reason === "temporary") return no(done.sentence, { name: "TRYLATER" });
    return no(done.sentence, done.reason === "plaintext" ? { name: "ENCRYPT-NEEDED" } : undefined);
  },
};

/** Sends a challenge and reads its answer; undefined where the client cancels (RFC 5804 §2.1: "*"). */
async function challenge(session: ManageSieveSession, octets: Uint8Array): Promise<Uint8Array | undefined> {
  await session.say(`${string(Buffer.from(octets).toString("base64"))}\r\n`);
  const args = await session.ask();
  const text = args.text("response");
  args.end();
  return text === "*" ? undefined : decodeBase64(text);
}

/** Decodes base64 strictly (RFC 4648 §4). @throws GrammarError */
function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new GrammarError("The response is not base64.");
  return Buffer.from(text, "base64");
}

/** RFC 5804 §2.14. TLS stays. */
export const unauthenticate: Command = {
  verb: "UNAUTHENTICATE",
  states: ["in"],
  syntax: "UNAUTHENTICATE",
  rfc: "RFC 5804 §2.14",
  summary: "Forgets the login, so that somebody else can log in.",
  run: (session, args) => {
    args.end();
    session.login = undefined;
    return ok();
  },
};

/** RFC 5804 §2.3. */
export const logout: Command = {
  verb: "LOGOUT",
  states: ["open", "in"],
  syntax: "LOGOUT",
  rfc: "RFC 5804 §2.3",
  summary: "Ends the session.",
  run: (session, args) => {
    args.end();
    session.closing = true;
    return ok("Goodbye.");
  },
};
