/**
 * One POP3 session: AUTHORIZATION, TRANSACTION, and with QUIT the UPDATE that makes deletions true (RFC 1939 §3). The
 * connection sends what was written when a read has to wait: so the responses to pipelined commands leave together.
 */
import type { Auth, Login, Outcome, SaslContext } from "../../auth/auth.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong, Stopping, TlsFailed } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";
import { commands } from "./commands.ts";
import type { Maildrop, Maildrops } from "./maildrop.ts";
import { err, ok } from "./response.ts";
import { pop3Settings } from "./settings.ts";

/** What POP3 needs from the rooms below. `maildrops` is one for all sessions. */
export interface Pop3Deps {
  readonly store: Store;
  readonly auth: Auth;
  readonly mailstore: Mailstore;
  readonly maildrops: Maildrops;
  hostname(): string;
}

export type State = "authorization" | "transaction";

/** RFC 2449 §4 has 255 octets; longer login names and passwords in UTF-8 are welcome. */
const LINE_LIMIT = 1024;
/** So many senseless lines without a login count against the client's address. */
const JUNK_LINES = 3;
const utf8 = new TextDecoder("utf-8", { fatal: true });

export class Pop3Session {
  state: State = "authorization";
  /** The name USER gave; PASS must follow. */
  userName: string | undefined;
  maildrop: Maildrop | undefined;
  /** Whether the client said UTF8 (RFC 6856). */
  utf8 = false;
  closing = false;
  login: Login | undefined;
  readonly commands = commands;
  readonly settings;
  #errors = 0;
  /** Lines that are no command of any mail program. */
  #junk = 0;

  constructor(
    readonly connection: Connection,
    readonly deps: Pop3Deps,
  ) {
    this.settings = deps.store.settings.get(pop3Settings);
  }

  /** Sends a response or a part of one, as the client takes it. */
  async say(data: string | Uint8Array): Promise<void> {
    await this.connection.write(data);
  }

  /** Reads a line within a command. */
  async ask(limit: number): Promise<Uint8Array> {
    return (await this.connection.readLine(limit)).bytes;
  }

  /** Who asks, for auth. */
  saslContext(): SaslContext {
    const { connection } = this;
    return {
      service: "pop3",
      remote: connection.remote.address,
      secure: connection.secure,
      session: connection.id,
      channelBinding: () => connection.channelBinding(),
    };
  }

  /** Opens the maildrop of whoever logged in; the response. */
  async enter(outcome: Outcome): Promise<string> {
    if (!outcome.ok) return this.#denied(outcome);
    try {
      this.maildrop = await this.deps.maildrops.open(this.deps.mailstore, outcome.login.mailbox);
    } catch (error) {
      if (error instanceof Refusal && error.kind === "inUse") return err("IN-USE", error.sentence);
      throw error;
    }
    this.login = outcome.login;
    this.state = "transaction";
    return ok(`${this.maildrop.count} messages, ${this.maildrop.octets} octets.`);
  }

  /** RFC 3206: whether it was the credentials, or something that passes. */
  #denied({ reason, sentence }: Extract<Outcome, { ok: false }>): string {
    if (reason === "barred") this.closing = true;
    if (reason === "temporary") return err("SYS/TEMP", sentence);
    return err(reason === "plaintext" ? "" : "AUTH", sentence);
  }

  /** Forgets what was said before TLS (RFC 2595 §4). */
  forget(): void {
    this.userName = undefined;
    this.utf8 = false;
  }

  /** Gives the connection up in the middle of a response. */
  abandon(error: unknown): never {
    if (!isEnd(error)) this.#fault("send a message", error);
    this.connection.destroy();
    throw new ConnectionClosed();
  }

  /** Runs the session to its end; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#converse();
    } catch (error) {
      // RFC 1939 §3: the autologout timer closes without a word, and deletes nothing.
      if (error instanceof Stopping) await this.say(err("SYS/TEMP", "The server is stopping.")).catch(() => undefined);
      else if (error instanceof TlsFailed) this.#log("tls.failed", error.message);
      else if (!isEnd(error)) this.#fault("run a session", error);
    } finally {
      this.maildrop?.close();
      if (!this.login) this.#judge();
      await this.connection.end();
    }
  }

  /** Who came, said nothing that makes sense and never logged in, is no mail program. */
  #judge(): void {
    if (this.#junk < JUNK_LINES) return;
    const detail = `POP3: ${this.#junk} senseless lines and no login`;
    this.deps.auth.lockout.strike(this.connection.remote.address, "protocol", { detail });
  }

  async #converse(): Promise<void> {
    await this.say(ok(`${this.deps.hostname()} POP3 Gatepost`));
    while (!this.closing) {
      const answer = await this.#next();
      if (answer.startsWith("-") && ++this.#errors >= this.settings.maxErrors) this.closing = true;
      await this.say(answer);
    }
  }

  async #next(): Promise<string> {
    this.connection.deadline(this.settings.idleTimeout * 1000);
    let text: string;
    try {
      text = utf8.decode((await this.connection.readCommand(LINE_LIMIT)).bytes);
    } catch (error) {
      if (!(error instanceof LineTooLong || error instanceof TypeError)) throw error;
      this.#junk++;
      return err("", error instanceof TypeError ? "The line is not UTF-8." : "The line is too long.");
    }
    try {
      return await this.#dispatch(text);
    } catch (error) {
      if (error instanceof Refusal) return err(error.temporary ? "SYS/TEMP" : "", error.sentence);
      if (isEnd(error)) throw error;
      this.#fault("answer a command", error);
      return err("SYS/TEMP", "Something went wrong here; try again later.");
    }
  }

  #dispatch(text: string): string | Promise<string> {
    const space = text.indexOf(" ");
    const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
    const rest = space < 0 ? "" : text.slice(space + 1);
    const command = this.commands.get(verb);
    if (!command) {
      this.#junk++;
      return err("", "No such command.");
    }
    if (!command.states.includes(this.state)) {
      return err("", this.state === "authorization" ? "Log in first." : "You are logged in already.");
    }
    if (this.login && this.deps.auth.renewed(this.login) === undefined) {
      this.closing = true;
      return err("AUTH", "This login is no longer good; log in again.");
    }
    return command.run(this, rest);
  }

  #log(name: string, text: string): void {
    this.deps.store.events.log({ room: "pop3", name, text, ...this.#about() });
  }

  #fault(doing: string, error: unknown): void {
    this.deps.store.events.fault("pop3", doing, error, this.#about());
  }

  #about(): { session: string; remote: string; user?: string } {
    const { connection, login } = this;
    return { session: connection.id, remote: connection.remote.address, ...(login && { user: login.user.login }) };
  }
}

const isEnd = (error: unknown) => error instanceof ConnectionClosed || error instanceof DeadlineExceeded;

/** Serves one connection; resolves when it is over, never rejects. */
export function pop3Session(connection: Connection, deps: Pop3Deps): Promise<void> {
  return new Pop3Session(connection, deps).run();
}
