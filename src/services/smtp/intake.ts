/**
 * A message on its way from the connection to transport: counts its octets against the limit, finds bare line ends in
 * chunks, completes the header of submitted mail, and keeps the first refusal until the message's end, when it can be said.
 */
import { Refusal } from "../../refusal.ts";
import type { Envelope } from "../../transport/envelope.ts";
import { HeaderCompletion, type Sender } from "./completion.ts";
import { maySendAs, tooLarge } from "./mail.ts";
import { Farewell, refusalReply } from "./reply.ts";
import type { MessageReceiver, SmtpSession, Transaction } from "./session.ts";

export class Intake {
  readonly trace: string;
  readonly #limit: number;
  readonly #receiver: MessageReceiver;
  readonly #completion: HeaderCompletion | undefined;
  /** Set where transfer by BDAT must look for bare line ends itself. */
  readonly #lines: LineEnds | undefined;
  #size = 0;
  #failure: unknown;
  #over = false;

  /** Throws the Refusal of transport, if it wants no message now. */
  constructor(session: SmtpSession, transaction: Transaction, chunked = false) {
    this.trace = transaction.origin.trace;
    this.#limit = session.settings.maxMessageSize;
    this.#receiver = session.deps.transport.receiver(envelopeOf(transaction));
    this.#lines = chunked && transaction.mail.body !== "BINARYMIME" ? new LineEnds() : undefined;
    if (session.login || session.trusted) {
      this.#completion = new HeaderCompletion(senderOf(session, transaction), this.#receiver);
    }
  }

  /** Whether the message is refused already, and only its end is awaited. */
  get refused(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes octets; those of a refused message are dropped, up to a bound. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#size > this.#limit) this.#overrun();
    if (this.#lines && !this.#lines.accept(chunk)) this.refuse(bareNewline());
    if (this.#failure !== undefined) return;
    try {
      await (this.#completion ?? this.#receiver).write(chunk);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Twice the limit is read for the sake of an orderly 552 (RFC 1870 §6.3); what sends more is cut off. */
  #overrun(): void {
    this.refuse(tooLarge(this.#limit));
    if (this.#size > this.#limit * 2) throw new Farewell(refusalReply(tooLarge(this.#limit)));
  }

  /** Refuses the message; the first refusal counts. */
  refuse(refusal: Refusal): void {
    this.#failure ??= refusal;
  }

  /** The message is complete: resolves with its trace once it is on disk. Throws what it is refused for. */
  async finish(): Promise<string> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#lines && !this.#lines.ended) throw bareNewline();
    await this.#completion?.end();
    const { trace } = await this.#receiver.finish();
    this.#over = true;
    return trace;
  }

  /** Drops what was received. */
  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#receiver.abort();
  }
}

/** Builds the envelope of what the client said. */
function envelopeOf({ mail, recipients, origin }: Transaction): Envelope {
  return {
    reversePath: mail.reversePath,
    recipients,
    ...(mail.ret && { ret: mail.ret }),
    ...(mail.envid !== undefined && { envid: mail.envid }),
    smtputf8: mail.smtputf8,
    ...(mail.body && { body: mail.body }),
    requireTls: mail.requireTls,
    origin,
  };
}

/** A user's message must come from himself; a trusted device's only gets what it forgot. */
function senderOf(session: SmtpSession, { mail, origin }: Transaction): Sender {
  const { login, deps, settings } = session;
  const sender = { reversePath: mail.reversePath, trace: origin.trace, hostname: deps.hostname() };
  if (!login || !settings.checkFromHeader) return sender;
  return { ...sender, mayBeFrom: (address) => maySendAs(session, login, address) };
}

/** The refusal of a message with a CR or LF that stands alone. */
export const bareNewline = () =>
  new Refusal("invalid", "The message has a CR or LF that stands alone; lines end with both.", {
    smtp: { code: 550, enhanced: "5.6.11" },
  });

const CR = 13;
const LF = 10;

/** Looks for CR without LF and LF without CR, across chunks. */
class LineEnds {
  #afterCr = false;

  /** Says whether all line ends so far are CR LF. */
  accept(chunk: Uint8Array): boolean {
    let afterCr = this.#afterCr;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i];
      if (afterCr !== (octet === LF)) return false;
      afterCr = octet === CR;
    }
    this.#afterCr = afterCr;
    return true;
  }

  /** Whether no CR is left alone at the end. */
  get ended(): boolean {
    return !this.#afterCr;
  }
}
