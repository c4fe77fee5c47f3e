/**
 * One SMTP session: a straight line that reads a command, looks it up in the table and writes its reply. The connection sends
 * what was written when a read has to wait: so the replies to pipelined commands leave together (RFC 2920 §3.2).
 *
 * Invariants: a 250 after a message is sent only once transport says the message is on disk; a line that ends in a bare LF
 * or holds a bare CR is never a command (RFC 5321 §2.3.8); errors are counted, delayed and in the end close the session.
 */

import type { Auth, Login, SaslContext } from "../../auth/auth.ts";
import type { StrikeReason } from "../../auth/lockout.ts";
import type { Directory } from "../../directory/directory.ts";
import { type AccessRule, accessPermits } from "../../net/access.ts";
import type { Connection, Line } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong, Stopping, TlsFailed } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import type { Accepted, Envelope, EnvelopeRecipient, Origin } from "../../transport/envelope.ts";
import { commands } from "./commands.ts";
import type { Intake } from "./intake.ts";
import { decodeLine, type MailArguments, splitCommand } from "./parse.ts";
import { Farewell, refusalReply, reply } from "./reply.ts";
import { smtpSettings } from "./settings.ts";

/** What takes one message in, octet by octet; see transport's Receiver. */
export interface MessageReceiver {
  write(octets: Uint8Array): Promise<void>;
  /** Resolves once the message is on disk. */
  finish(): Promise<Pick<Accepted, "trace">>;
  abort(): Promise<void>;
}

/** The side of transport that SMTP sees. */
export interface Acceptance {
  /** Throws a Refusal where mail with this reverse path is not taken. */
  checkSender(reversePath: string, origin: Origin): void;
  /** Throws a Refusal where mail from there, of so many octets if that is known, with that return path, may not go to that address. */
  checkRecipient(address: string, origin: Origin, size?: number, reversePath?: string): unknown;
  /** Finds out what only a directory elsewhere knows of an address; asked first. */
  lookUp(address: string): Promise<unknown> | undefined;
  receiver(envelope: Envelope): MessageReceiver;
  /** Sends what is kept for a domain (RFC 1985); resolves with the number of recipients. Throws a Refusal where none is. */
  sendWaiting(node: string): Promise<number>;
  /** The client of a message went on after it was told of its acceptance. */
  heard?(trace: string): void;
}

/** What the SMTP services need from the rooms below. */
export interface SmtpDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly directory: Directory;
  readonly transport: Acceptance;
  /** The name this server goes by in greetings and Received fields. */
  hostname(): string;
  /** The networks an administrator trusts as his LAN. */
  lan(): readonly string[];
}

/** "smtp" is the exchange of mail between servers (port 25), "submission" takes mail from users (587, 465; RFC 6409). */
export type SmtpKind = "smtp" | "submission";

/** Where a session stands in RFC 5321's order of commands. */
export type State = "start" | "ready" | "mail" | "rcpt" | "chunks";

/** A message on its way in, from MAIL to the end of its data. */
export interface Transaction {
  readonly mail: MailArguments;
  readonly recipients: EnvelopeRecipient[];
  /** Their addresses, so that nobody is written down twice. */
  readonly addresses: Set<string>;
  readonly origin: Origin;
  /** Open once the first BDAT came. */
  intake: Intake | undefined;
}

const FIVE = 0x35;
/** What a browser sends when a page makes it talk to a mail port; the commands of the page would come next. */
const HTTP_VERBS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]);
/** RFC 5321 §4.5.3.1.4 says 512 octets; the parameters of SMTPUTF8, DSN and AUTH add to it, and 2048 covers them all. */
const LINE_LIMIT = 2048;

export class SmtpSession {
  /** The client's name from EHLO or HELO; "" before. */
  helo = "";
  extended = false;
  login: Login | undefined;
  transaction: Transaction | undefined;
  closing = false;
  /** Whether the last MAIL was refused. */
  mailRefused = false;
  messages = 0;
  readonly commands = commands;
  readonly settings;
  #trusted: boolean | undefined;
  #errors = 0;
  #total = 0;
  #idle = 0;
  /** The message accepted last, until the client goes on: it may not have heard of it before (RFC 1047). */
  #unheard: string | undefined;

  constructor(
    readonly connection: Connection,
    readonly deps: SmtpDeps,
    readonly kind: SmtpKind,
  ) {
    this.settings = deps.store.settings.get(smtpSettings);
  }

  get state(): State {
    if (this.helo === "") return "start";
    if (!this.transaction) return "ready";
    if (this.transaction.intake) return "chunks";
    return this.transaction.recipients.length > 0 ? "rcpt" : "mail";
  }

  /** Whether replies in this transaction may carry UTF-8. */
  get utf8(): boolean {
    return this.transaction?.mail.smtputf8 ?? false;
  }

  /** Whether this client's mail may leave the house without a login. */
  get trusted(): boolean {
    const rule: AccessRule = this.settings.relayFor;
    this.#trusted ??= rule.length > 0 && accessPermits(rule, this.deps.lan(), this.connection.remote.address);
    return this.#trusted;
  }

  /** Who asks, for auth. */
  saslContext(): SaslContext {
    const { connection } = this;
    return {
      service: this.kind,
      remote: connection.remote.address,
      secure: connection.secure,
      session: connection.id,
      channelBinding: () => connection.channelBinding(),
    };
  }

  /** Where a message that begins now comes from; each has a trace of its own. */
  newOrigin(smtputf8: boolean): Origin {
    const { connection, login } = this;
    return {
      kind: login || this.kind === "submission" ? "submission" : "smtp",
      remote: connection.remote.address,
      helo: this.helo,
      protocol: this.#protocol(smtputf8),
      ...(login && { user: login.user }),
      trusted: this.trusted,
      repeats: !login && this.kind === "smtp",
      session: connection.id,
      trace: newTrace(),
      ...(connection.tls && { tls: connection.tls }),
    };
  }

  /** The "with" protocol of the Received field (RFC 3848, RFC 6531 §4.3). */
  #protocol(smtputf8: boolean): NonNullable<Origin["protocol"]> {
    if (!this.extended) return "SMTP";
    const base = smtputf8 ? "UTF8SMTP" : "ESMTP";
    const suffix = `${this.connection.secure ? "S" : ""}${this.login ? "A" : ""}` as const;
    return `${base}${suffix}` as NonNullable<Origin["protocol"]>;
  }

  /** Sends a reply, or part of an exchange. Replies to pipelined commands leave together: see Connection. */
  async say(text: string): Promise<void> {
    await this.connection.write(text);
  }

  /** Reads a line within a command, of at most `limit` octets. */
  async ask(limit: number): Promise<Line> {
    this.connection.deadline(this.settings.commandTimeout * 1000);
    return await this.connection.readLine(limit);
  }

  /** Forgets the transaction, and the octets that came for it. */
  async reset(): Promise<void> {
    const intake = this.transaction?.intake;
    this.transaction = undefined;
    if (intake) await intake.abort();
  }

  /** Forgets all that the client said: after STARTTLS (RFC 3207 §4.2). */
  async forget(): Promise<void> {
    await this.reset();
    this.helo = "";
    this.extended = false;
    this.login = undefined;
    this.mailRefused = false;
  }

  /** A message was accepted: errors before it are forgiven. @param repeats its client may come again with it where it does not hear so */
  accepted(trace: string, repeats: boolean): void {
    if (repeats) this.#unheard = trace;
    this.messages++;
    this.#idle = 0;
    this.#errors = 0;
  }

  /**
   * Counts against the client's address what attackers do often, and holds the answer back by as much as that came to;
   * ends the session where it barred the address.
   */
  async strike(why: StrikeReason, detail: string): Promise<void> {
    if (this.login || this.trusted) return;
    const { lockout } = this.deps.auth;
    const { address } = this.connection.remote;
    lockout.strike(address, why, { detail });
    if (lockout.barred(address)) {
      throw new Farewell(reply(421, "4.7.0", "Too many refusals for your address; come back later."));
    }
    await pause(lockout.delayFor(address), this.connection);
  }

  log(name: string, text: string, about: { trace?: string; data?: Record<string, unknown> } = {}): void {
    this.deps.store.events.log({ room: "smtp", name, text, ...this.#about(), ...about });
  }

  #about(): { session: string; remote: string; user?: string } {
    const { connection, login } = this;
    return { session: connection.id, remote: connection.remote.address, ...(login && { user: login.user.login }) };
  }

  /** Runs the session to its end; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#converse();
    } catch (error) {
      await this.#leave(error);
    } finally {
      await this.reset().catch((fault) => this.#fault("abandon a message", fault));
      await this.connection.end();
      this.#logEnd();
    }
  }

  #logEnd(): void {
    const { messages, helo, connection } = this;
    const data = {
      messages,
      commands: this.#total,
      helo,
      octetsIn: connection.bytesIn,
      octetsOut: connection.bytesOut,
    };
    this.deps.store.events.log({ room: "smtp", name: "session.ended", level: "debug", data, ...this.#about() });
  }

  async #converse(): Promise<void> {
    await this.say(reply(220, "", `${this.deps.hostname()} ESMTP Gatepost`));
    while (!this.closing) {
      const answer = await this.#next();
      if (answer.charCodeAt(0) === FIVE && !this.#followsRefusedMail(answer)) await this.#penalise();
      await this.connection.write(answer);
    }
  }

  /** Reads one command and runs it; its reply. */
  async #next(): Promise<string> {
    this.connection.deadline(this.settings.commandTimeout * 1000);
    let line: Line;
    try {
      line = await this.connection.readCommand(LINE_LIMIT);
    } catch (error) {
      if (error instanceof LineTooLong) return reply(500, "5.5.6", "The line is too long.");
      throw error;
    }
    if (line.ending !== "crlf") return reply(500, "5.5.2", "A line ends with CR and LF.");
    if (++this.#total > this.settings.maxCommands) throw new Farewell(reply(421, "4.7.0", "Too many commands."));
    try {
      return await this.#dispatch(line.bytes);
    } catch (error) {
      if (error instanceof Refusal) return refusalReply(error, this.utf8);
      if (isEnd(error)) throw error;
      this.#fault("answer a command", error);
      return reply(451, "4.3.0", "Something went wrong here; try again later.");
    }
  }

  #dispatch(bytes: Uint8Array): string | Promise<string> {
    const { verb, rest } = splitCommand(decodeLine(bytes));
    if (this.#unheard !== undefined) this.deps.transport.heard?.(this.#unheard);
    this.#unheard = undefined;
    const command = this.commands.get(verb);
    if (!command && HTTP_VERBS.has(verb)) return this.#refuseHttp();
    if (!command) return reply(500, "5.5.1", "No such command; HELP lists those there are.");
    if (command.idle && ++this.#idle > this.settings.maxIdleCommands) {
      throw new Farewell(reply(421, "4.7.0", "Too many commands that lead to no message."));
    }
    if (!command.states.includes(this.state)) return reply(503, "5.5.1", this.#outOfOrder());
    return command.run(this, rest);
  }

  async #refuseHttp(): Promise<never> {
    await this.strike("protocol", "HTTP on a mail port");
    throw new Farewell(reply(421, "4.7.0", "This is SMTP, not HTTP."));
  }

  #outOfOrder(): string {
    switch (this.state) {
      case "start":
        return "Say EHLO or HELO first.";
      case "ready":
        return "Say MAIL first.";
      case "mail":
      case "rcpt":
        return "Not in the middle of a message; RSET forgets it.";
      case "chunks":
        return "Only BDAT can follow BDAT; RSET forgets the message.";
    }
  }

  /** Whether a 503 only says that MAIL was refused: what was pipelined behind it is no error of its own. */
  #followsRefusedMail(answer: string): boolean {
    return this.mailRefused && this.state === "ready" && answer.startsWith("503");
  }

  /** Counts an error; after a few, waits longer with each, and in the end closes. */
  async #penalise(): Promise<void> {
    const { errorsBeforeDelay, errorDelay, maxErrors } = this.settings;
    this.#errors++;
    if (this.#errors >= maxErrors) {
      await this.strike("protocol", "too many errors in a session");
      throw new Farewell(reply(421, "4.7.0", "Too many errors."));
    }
    const late = this.#errors - errorsBeforeDelay;
    await pause(Math.min(late * errorDelay, 10) * 1000, this.connection);
  }

  /** The last words, where there is somebody to hear them. */
  async #leave(error: unknown): Promise<void> {
    const words = this.#lastWords(error);
    if (words === undefined) return;
    await this.say(words).catch(() => undefined);
  }

  #lastWords(error: unknown): string | undefined {
    if (error instanceof Stopping) return reply(421, "4.3.2", "The server is stopping; come back soon.");
    if (error instanceof TlsFailed) this.log("tls.failed", error.message);
    if (error instanceof ConnectionClosed) return undefined;
    if (error instanceof Farewell) return error.reply;
    if (error instanceof DeadlineExceeded) return reply(421, "4.4.2", "You took too long.");
    this.#fault("run a session", error);
    return reply(421, "4.3.0", "Something went wrong here; try again later.");
  }

  #fault(doing: string, error: unknown): void {
    this.deps.store.events.fault("smtp", doing, error, this.#about());
  }
}

const isEnd = (error: unknown) =>
  error instanceof Farewell || error instanceof ConnectionClosed || error instanceof DeadlineExceeded;

/** Waits, or less if the connection ends. */
function pause(ms: number, connection: Connection): Promise<void> {
  if (ms <= 0 || !connection.open) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    connection.onClose(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
