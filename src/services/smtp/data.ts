/** The message itself: DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030). */
import { Refusal } from "../../refusal.ts";
import type { Command } from "./commands.ts";
import { ANY_STATE } from "./hello.ts";
import { bareNewline, Intake } from "./intake.ts";
import { type BdatArguments, parseBdat } from "./parse.ts";
import { Farewell, refusalReply, reply } from "./reply.ts";
import type { SmtpSession, Transaction } from "./session.ts";

const GO_AHEAD = reply(354, "", "Send the message; end it with a line of one dot.");
/** Once a message is refused, its sender gets this long for each further block, in milliseconds. */
const REFUSED_TIMEOUT_MS = 30_000;
/** What one read of a BDAT chunk takes at most, in octets. */
const BLOCK = 65_536;

/**
 * RFC 5321 §4.1.1.4. Only CR LF . CR LF ends the message. A bare CR or LF in it, the tool of SMTP smuggling, makes
 * the whole message refused at its real end, so that nothing inside can pass for a command.
 */
export const data: Command = {
  verb: "DATA",
  states: ["mail", "rcpt"],
  syntax: "DATA",
  rfc: "RFC 5321 §4.1.1.4",
  summary: "Takes the message, up to a line of one dot.",
  idle: false,
  run: async (session, rest) => {
    const { transaction } = session;
    if (rest !== "" || !transaction) return reply(501, "5.5.4", "DATA takes no argument.");
    if (transaction.recipients.length === 0) return reply(554, "5.5.1", "There is no valid recipient.");
    if (transaction.mail.body === "BINARYMIME") return reply(503, "5.5.1", "BODY=BINARYMIME needs BDAT.");
    const intake = open(session, transaction, false);
    await session.say(GO_AHEAD);
    await receiveLines(session, intake);
    return await conclude(session, intake);
  },
};

function open(session: SmtpSession, transaction: Transaction, chunked: boolean): Intake {
  transaction.intake = new Intake(session, transaction, chunked);
  return transaction.intake;
}

async function receiveLines(session: SmtpSession, intake: Intake): Promise<void> {
  const { connection, settings } = session;
  const pace = new Pace(settings.dataGrace, settings.dataMinimumSpeed);
  const reader = connection.readUntilDot();
  connection.deadline(settings.dataTimeout * 1000);
  for (let chunk = await reader.read(); chunk; chunk = await reader.read()) {
    pace.arrived(chunk.length);
    if (reader.bareNewline) intake.refuse(bareNewline());
    await intake.write(chunk);
    connection.deadline(intake.refused ? REFUSED_TIMEOUT_MS : settings.dataTimeout * 1000);
    pace.waiting();
  }
  if (reader.bareNewline) intake.refuse(bareNewline());
}

/** The reply to a message that came to its end; the transaction is over either way. */
async function conclude(session: SmtpSession, intake: Intake): Promise<string> {
  const { utf8, transaction } = session;
  try {
    const trace = await intake.finish();
    session.transaction = undefined;
    session.accepted(trace, transaction?.origin.repeats === true);
    return reply(250, "2.0.0", `Accepted as ${trace}.`);
  } catch (error) {
    await session.reset();
    if (!(error instanceof Refusal)) throw error;
    const sender = transaction?.mail.reversePath;
    const recipients = transaction?.recipients.slice(0, 100).map((one) => one.address);
    session.log("message.refused", error.sentence, {
      trace: intake.trace,
      data: { kind: error.kind, sender, recipients },
    });
    return refusalReply(error, utf8);
  }
}

/**
 * RFC 3030 §2: a chunk of exactly so many octets. They are read whatever the answer, since they follow without waiting.
 *
 *     C: BDAT 86 LAST
 *     C: (86 octets)
 *     S: 250 2.0.0 Accepted as 0j1k….
 */
export const bdat: Command = {
  verb: "BDAT",
  states: ANY_STATE,
  syntax: "BDAT octets [LAST]",
  rfc: "RFC 3030 §2",
  summary: "Takes a chunk of the message.",
  idle: false,
  keywords: () => ["CHUNKING", "BINARYMIME"],
  run: async (session, rest) => {
    const args = parseBdat(rest);
    // Nobody knows how many octets follow, so nothing after them can be told from a command.
    if (!args) throw new Farewell(reply(501, "5.5.4", "Syntax: BDAT octets [LAST]"));
    const refusal = whyNotChunk(session);
    if (refusal !== undefined) {
      await receiveChunk(session, undefined, args);
      return refusal;
    }
    return await takeChunk(session, session.transaction as Transaction, args);
  },
};

function whyNotChunk({ state, helo, transaction }: SmtpSession): string | undefined {
  if (helo === "") return reply(503, "5.5.1", "Say EHLO first.");
  if (!transaction) return reply(503, "5.5.1", "Say MAIL first.");
  return state === "mail" ? reply(554, "5.5.1", "There is no valid recipient.") : undefined;
}

async function takeChunk(session: SmtpSession, transaction: Transaction, args: BdatArguments): Promise<string> {
  let intake = transaction.intake;
  try {
    intake ??= open(session, transaction, true);
  } catch (error) {
    await receiveChunk(session, undefined, args);
    throw error;
  }
  await receiveChunk(session, intake, args);
  if (args.last) return await conclude(session, intake);
  if (!intake.refused) return reply(250, "2.0.0", `${args.size} octets received.`);
  // The transaction failed; later chunks are read and answered with 503 (RFC 3030 §2).
  return await conclude(session, intake);
}

async function receiveChunk(session: SmtpSession, intake: Intake | undefined, { size }: BdatArguments): Promise<void> {
  const { connection, settings } = session;
  if (!intake && size > settings.maxMessageSize * 2) {
    throw new Farewell(reply(552, "5.3.4", "The chunk is too large."));
  }
  const pace = new Pace(settings.dataGrace, settings.dataMinimumSpeed);
  for (let left = size; left > 0; ) {
    connection.deadline(settings.dataTimeout * 1000);
    const chunk = await connection.readSome(Math.min(left, BLOCK));
    pace.arrived(chunk.length);
    left -= chunk.length;
    await intake?.write(chunk);
    pace.waiting();
  }
}

/** Watches that a sender keeps up a least speed, counting only the time spent waiting for it. */
class Pace {
  #octets = 0;
  #waited = 0;
  #since = performance.now();

  constructor(
    private readonly graceSeconds: number,
    private readonly minimum: number,
  ) {}

  /** Octets came; throws a Farewell where they come too slowly. */
  arrived(octets: number): void {
    this.#octets += octets;
    this.#waited += (performance.now() - this.#since) / 1000;
    if (this.#waited > this.graceSeconds && this.#octets < this.minimum * this.#waited) {
      throw new Farewell(reply(421, "4.4.2", "The message comes too slowly."));
    }
  }

  /** From here on the sender is waited for. */
  waiting(): void {
    this.#since = performance.now();
  }
}
