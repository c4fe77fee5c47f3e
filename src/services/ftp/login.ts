/** Who is there, and how it is protected: USER, PASS, REIN, QUIT (RFC 959), AUTH, PBSZ, PROT, CCC (RFC 2228, RFC 4217). */
import type { Outcome } from "../../auth/auth.ts";
import type { User } from "../../directory/user.ts";
import type { Command } from "./commands.ts";
import { guestOf } from "./guest.ts";
import { reply, SyntaxRefusal } from "./reply.ts";
import type { FtpSession } from "./session.ts";

/** Names by which guests come (RFC 1635 §2). */
const GUEST_NAMES: ReadonlySet<string> = new Set(["anonymous", "ftp"]);

function isGuest(session: FtpSession, name: string): boolean {
  return GUEST_NAMES.has(name.toLowerCase()) && guestOf(session.deps.directory) !== undefined;
}

/** RFC 959 §4.1.1. Whether the name exists is not said. */
export const user: Command = {
  verb: "USER",
  states: "any",
  syntax: "USER name",
  rfc: "RFC 959 §4.1.1",
  summary: "Names the user; anonymous or ftp where guests are let in.",
  run: (session, rest) => {
    if (rest === "") throw new SyntaxRefusal(user.syntax);
    const { connection, deps } = session;
    session.forget();
    if (isGuest(session, rest)) {
      session.userName = rest;
      return reply(331, "Guests are welcome; give your e-mail address as password.");
    }
    const place = { secure: connection.secure, remote: connection.remote.address };
    // RFC 4217 §10.1: the policy wants TLS first.
    if (!deps.auth.mayUsePlaintext(place))
      return reply(530, "A password may not travel without TLS: say AUTH TLS first.");
    session.userName = rest;
    return reply(331, "Now the password.");
  },
};

/** RFC 959 §4.1.1. All that follows is the password, blanks included. */
export const pass: Command = {
  verb: "PASS",
  states: "any",
  syntax: "PASS password",
  rfc: "RFC 959 §4.1.1",
  summary: "Logs in with the password, or an app password.",
  run: async (session, rest) => {
    const { userName, connection, deps } = session;
    if (session.member) return reply(202, "You are logged in already.");
    if (userName === undefined) return reply(503, "Say USER first.");
    session.userName = undefined;
    if (isGuest(session, userName)) return await enterGuest(session);
    const outcome = await deps.auth.authenticate({
      service: "ftp",
      remote: connection.remote.address,
      secure: connection.secure,
      mechanism: "PLAIN",
      credentials: { login: userName, password: rest },
      session: connection.id,
    });
    return await enter(session, outcome);
  },
};

async function enter(session: FtpSession, outcome: Outcome): Promise<string> {
  if (!outcome.ok) {
    if (outcome.reason === "barred") session.closing = true;
    if (outcome.reason === "temporary") return reply(421, outcome.sentence);
    return reply(530, outcome.sentence);
  }
  const { login } = outcome;
  return await welcome(session, login.user, () => session.enter(login.user, login));
}

async function enterGuest(session: FtpSession): Promise<string> {
  const guest = guestOf(session.deps.directory);
  if (guest === undefined) return reply(530, "Guests are not let in.");
  const answer = await welcome(session, guest, () => session.enter(guest, undefined));
  if (session.member) session.log("login.guest", "A guest logged in");
  return answer;
}

async function welcome(session: FtpSession, { id }: User, go: () => Promise<void>): Promise<string> {
  if (!session.deps.crowd.enter(session, id, session.settings.sessionsPerUser)) {
    return reply(421, "You have too many sessions already; end one of them.");
  }
  await go();
  return reply(230, session.mayModify ? "You are logged in." : "You are logged in, for reading.");
}

/** RFC 959 §4.1.1. */
export const acct: Command = {
  verb: "ACCT",
  states: "any",
  syntax: "ACCT account",
  rfc: "RFC 959 §4.1.1",
  summary: "Is not needed: a user is an account.",
  run: () => reply(202, "There are no accounts beside users."),
};

/** RFC 959 §4.1.1. Under TLS a new connection is the way: RFC 4217 §12.2 has it end the protection, which cannot be agreed on. */
export const rein: Command = {
  verb: "REIN",
  states: "any",
  syntax: "REIN",
  rfc: "RFC 959 §4.1.1",
  summary: "Forgets who is logged in; not under TLS.",
  run: (session) => {
    if (session.connection.secure) return reply(502, "Under TLS make a new connection instead.");
    session.forget();
    return reply(220, "Who are you?");
  },
};

/** RFC 959 §4.1.1. A transfer is finished first. */
export const quit: Command = {
  verb: "QUIT",
  states: "any",
  syntax: "QUIT",
  rfc: "RFC 959 §4.1.1",
  summary: "Ends the session.",
  run: (session) => {
    session.closing = true;
    return reply(221, "Goodbye.");
  },
};

/**
 * RFC 4217 §4. What was buffered behind the command is dropped by `startTls`, and who was logged in is forgotten.
 *
 *     C: AUTH TLS
 *     S: 234 Go ahead.
 */
export const auth: Command = {
  verb: "AUTH",
  states: "any",
  syntax: "AUTH TLS",
  rfc: "RFC 4217 §4",
  summary: "Goes on in TLS.",
  features: ({ connection }) => (connection.canStartTls ? ["AUTH TLS"] : []),
  run: async (session, rest) => {
    const mechanism = rest.toUpperCase();
    if (session.connection.secure) return reply(503, "TLS is active already.");
    if (!["TLS", "TLS-C", "SSL", "TLS-P"].includes(mechanism)) return reply(504, "AUTH TLS is what there is.");
    if (!session.connection.canStartTls) return reply(431, "TLS is not available here.");
    await session.say(reply(234, "Go ahead."));
    await session.connection.startTls();
    session.forget();
    // The two older names mean that data is protected, too.
    session.protectData = mechanism === "SSL" || mechanism === "TLS-P";
    return "";
  },
};

/** RFC 4217 §8: the size is 0, whatever is asked for. */
export const pbsz: Command = {
  verb: "PBSZ",
  states: "any",
  syntax: "PBSZ 0",
  rfc: "RFC 4217 §8",
  summary: "Comes before PROT; TLS needs no size.",
  features: () => ["PBSZ"],
  run: (session, rest) => {
    if (!session.connection.secure) return reply(503, "Say AUTH TLS first.");
    if (!/^\d{1,10}$/.test(rest)) throw new SyntaxRefusal(pbsz.syntax);
    session.protectionSized = true;
    return reply(200, "PBSZ=0");
  },
};

/** RFC 4217 §9. */
export const prot: Command = {
  verb: "PROT",
  states: "any",
  syntax: "PROT C|P",
  rfc: "RFC 4217 §9",
  summary: "Says whether data connections are in TLS (P) or not (C).",
  features: () => ["PROT"],
  run: (session, rest) => {
    if (!session.connection.secure || !session.protectionSized) return reply(503, "Say PBSZ 0 first.");
    const level = rest.toUpperCase();
    if (level === "S" || level === "E") return reply(536, "TLS has the levels C and P.");
    if (level !== "C" && level !== "P") return reply(504, "The levels are C and P.");
    if (level === "C" && session.settings.requireDataTls) return reply(534, "Data connections must be protected here.");
    session.protectData = level === "P";
    return reply(200, level === "P" ? "Data connections are protected." : "Data connections are not protected.");
  },
};

/** RFC 4217 §12.3: a control connection that falls back into plaintext can be written into by anybody on the way. */
export const ccc: Command = {
  verb: "CCC",
  states: "any",
  syntax: "CCC",
  rfc: "RFC 2228 §3",
  summary: "Is refused: the control connection stays protected.",
  run: () => reply(534, "The control connection stays protected."),
};
