/** The maildrop: STAT, LIST, UIDL, RETR, TOP, DELE, RSET, and CAPA, NOOP and QUIT. */
import type { Command } from "./commands.ts";
import type { Maildrop } from "./maildrop.ts";
import { DotStuffer, Top } from "./multiline.ts";
import { err, ok } from "./response.ts";
import type { Pop3Session, State } from "./session.ts";

const ANY_STATE: readonly State[] = ["authorization", "transaction"];
const LOGGED_IN: readonly State[] = ["transaction"];
/** Lines of a listing that are sent at a time. */
const SLICE = 1000;

const NO_SUCH = err("", "There is no such message.");
const GONE = err("", "The message has been removed by another session.");

function opened(session: Pop3Session): Maildrop {
  if (!session.maildrop) throw new Error("a POP3 session in TRANSACTION without a maildrop");
  return session.maildrop;
}

/** A message number as the client wrote it; 0 where it is none. */
function numberOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** RFC 2449 §5. */
export const capa: Command = {
  verb: "CAPA",
  states: ANY_STATE,
  syntax: "CAPA",
  rfc: "RFC 2449 §5",
  summary: "Lists the capabilities.",
  capabilities: () => ["RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "IMPLEMENTATION Gatepost"],
  run: (session) => {
    const lines = [...session.commands.values()].flatMap((command) => command.capabilities?.(session) ?? []);
    return `${ok("Capabilities follow.")}${lines.map((line) => `${line}\r\n`).join("")}.\r\n`;
  },
};

/** RFC 1939 §5. */
export const stat: Command = {
  verb: "STAT",
  states: LOGGED_IN,
  syntax: "STAT",
  rfc: "RFC 1939 §5",
  summary: "Tells the number of messages and their octets.",
  run: (session) => {
    const { remaining, octets } = opened(session);
    return `+OK ${remaining} ${octets}\r\n`;
  },
};

/** A listing of one message or of all, `line` for each. */
async function listing(session: Pop3Session, rest: string, line: (number: number) => string): Promise<string> {
  const maildrop = opened(session);
  if (rest !== "") {
    const number = numberOf(rest);
    return maildrop.has(number) ? `+OK ${number} ${line(number)}\r\n` : NO_SUCH;
  }
  let text = ok(`${maildrop.remaining} messages.`);
  for (let number = 1; number <= maildrop.count; number++) {
    if (maildrop.has(number)) text += `${number} ${line(number)}\r\n`;
    if (number % SLICE === 0) {
      await session.say(text);
      text = "";
    }
  }
  return `${text}.\r\n`;
}

/** RFC 1939 §5. */
export const list: Command = {
  verb: "LIST",
  states: LOGGED_IN,
  syntax: "LIST [number]",
  rfc: "RFC 1939 §5",
  summary: "Tells the octets of a message, or of each.",
  run: (session, rest) => listing(session, rest, (number) => String(opened(session).size(number))),
};

/** RFC 1939 §7. */
export const uidl: Command = {
  verb: "UIDL",
  states: LOGGED_IN,
  syntax: "UIDL [number]",
  rfc: "RFC 1939 §7",
  summary: "Tells the unique id of a message, or of each.",
  capabilities: () => ["UIDL"],
  run: (session, rest) => listing(session, rest, (number) => opened(session).uniqueId(number)),
};

/** Sends a content, or as much of it as `take` leaves, as a multi-line response; what ends that. */
async function transmit(
  session: Pop3Session,
  content: number,
  take: (block: Uint8Array) => { part: Uint8Array; done: boolean },
): Promise<string> {
  const stuffer = new DotStuffer();
  try {
    for await (const block of session.deps.store.content.stream(content)) {
      const { part, done } = take(block);
      await session.say(stuffer.stuff(part));
      if (done) break;
    }
  } catch (error) {
    // A response that was begun cannot be taken back, and half a message must not pass for a whole one.
    session.abandon(error);
  }
  return stuffer.end();
}

/** RFC 1939 §5. The message streams from the store as the client takes it. */
export const retr: Command = {
  verb: "RETR",
  states: LOGGED_IN,
  syntax: "RETR number",
  rfc: "RFC 1939 §5",
  summary: "Sends a message.",
  run: async (session, rest) => {
    const maildrop = opened(session);
    const number = numberOf(rest);
    if (!maildrop.has(number)) return NO_SUCH;
    const content = maildrop.content(number);
    if (content === undefined) return GONE;
    await session.say(`+OK ${maildrop.size(number)} octets\r\n`);
    const end = await transmit(session, content, (block) => ({ part: block, done: false }));
    maildrop.fetched(number);
    return end;
  },
};

/** RFC 1939 §7. */
export const top: Command = {
  verb: "TOP",
  states: LOGGED_IN,
  syntax: "TOP number lines",
  rfc: "RFC 1939 §7",
  summary: "Sends a message's header and first lines.",
  capabilities: () => ["TOP"],
  run: async (session, rest) => {
    const maildrop = opened(session);
    const match = /^(\d{1,9}) (\d{1,9})$/.exec(rest);
    if (!match) return err("", "Syntax: TOP number lines");
    const number = Number(match[1]);
    if (!maildrop.has(number)) return NO_SUCH;
    const content = maildrop.content(number);
    if (content === undefined) return GONE;
    await session.say(ok());
    const cut = new Top(Number(match[2]));
    return await transmit(session, content, (block) => cut.take(block));
  },
};

/** RFC 1939 §5. */
export const dele: Command = {
  verb: "DELE",
  states: LOGGED_IN,
  syntax: "DELE number",
  rfc: "RFC 1939 §5",
  summary: "Deletes a message at QUIT.",
  run: (session, rest) => {
    const maildrop = opened(session);
    const number = numberOf(rest);
    if (!maildrop.has(number)) return NO_SUCH;
    maildrop.delete(number);
    return ok("Deleted.");
  },
};

/** RFC 1939 §5. */
export const rset: Command = {
  verb: "RSET",
  states: LOGGED_IN,
  syntax: "RSET",
  rfc: "RFC 1939 §5",
  summary: "Takes deletions back.",
  run: (session) => {
    opened(session).undelete();
    return ok("Nothing is deleted.");
  },
};

/** RFC 1939 §5. */
export const noop: Command = {
  verb: "NOOP",
  states: LOGGED_IN,
  syntax: "NOOP",
  rfc: "RFC 1939 §5",
  summary: "Does nothing.",
  run: () => ok(),
};

/** RFC 1939 §6: the UPDATE state, where there is a maildrop. */
export const quit: Command = {
  verb: "QUIT",
  states: ANY_STATE,
  syntax: "QUIT",
  rfc: "RFC 1939 §6",
  summary: "Removes what was deleted and ends the session.",
  run: async (session) => {
    session.closing = true;
    await session.maildrop?.update(session.settings.markSeen);
    return ok("Goodbye.");
  },
};
