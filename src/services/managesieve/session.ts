/**
 * One ManageSieve session: a line that reads a command with its literals and writes the response, before the login ("open") and
 * after ("in") (RFC 5804 §1.2). What a command may hold is bounded before it is read; a script beyond the bound is passed over, so that
 * the client hears why it is refused.
 */
import type { z } from "zod";
import type { Administration } from "../../administration/administration.ts";
import type { Operation } from "../../administration/operation.ts";
import type { Auth, Login, SaslContext } from "../../auth/auth.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong, Stopping, TlsFailed } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { Scripts } from "../../sieve/scripts.ts";
import { sieveSettings } from "../../sieve/settings.ts";
import type { Store } from "../../store/store.ts";
import { capabilities } from "./capabilities.ts";
import { commands } from "./commands.ts";
import { Arguments, announcesLiteral, GrammarError, scan, type Token } from "./parse.ts";
import { bye, type Code, no, ok } from "./respond.ts";
import { managesieveSettings } from "./settings.ts";

/** What ManageSieve needs from the rooms below. */
export interface ManageSieveDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly administration: Pick<Administration, "perform">;
  readonly scripts: Scripts;
}

export type State = "open" | "in";

/** Octets of a line; two quoted strings of the longest kind and a command fit. */
const LINE_LIMIT = 4_096;
/** Octets of a literal before the login (RFC 4954 §4 has this length for a SASL response). */
const LITERAL_LIMIT = 12_288;
/** Octets of a literal that are passed over; beyond that the session ends. */
const MOST_PASSED_OVER = 16 << 20;
/** Literals in one command. */
const MOST_LITERALS = 4;
/** So many senseless lines without a login count against the client's address. */
const JUNK_LINES = 3;

export class ManageSieveSession {
  login: Login | undefined;
  closing = false;
  readonly settings;
  #errors = 0;
  #junk = 0;
  #entered = false;

  constructor(
    readonly connection: Connection,
    readonly deps: ManageSieveDeps,
  ) {
    this.settings = deps.store.settings.get(managesieveSettings);
  }

  get state(): State {
    return this.login === undefined ? "open" : "in";
  }

  /** The mailbox whose scripts these are. */
  get mailbox(): number {
    return this.login?.mailbox ?? 0;
  }

  /** Sends a response or a part of one, as the client takes it. */
  async say(text: string): Promise<void> {
    await this.connection.write(text);
  }

  /** Reads a line within a command. @throws GrammarError */
  async ask(): Promise<Arguments> {
    return new Arguments(await this.#read(false));
  }

  /** Who asks, for auth. */
  saslContext(): SaslContext {
    const { connection } = this;
    return {
      service: "managesieve",
      remote: connection.remote.address,
      secure: connection.secure,
      session: connection.id,
      channelBinding: () => connection.channelBinding(),
      successData: true,
    };
  }

  /** Somebody is there. */
  enter(login: Login): void {
    this.login = login;
    this.#entered = true;
  }

  /** Does what an operation does, for whoever logged in. @throws Refusal */
  perform<I extends z.ZodObject, O extends z.ZodType>(
    operation: Operation<I, O>,
    input: z.input<I>,
  ): Promise<z.output<O>> {
    const { login, connection } = this;
    if (login === undefined) throw new Refusal("notPermitted", "Log in first.");
    const actor = { kind: "user", user: login.user, via: "managesieve", remote: connection.remote.address } as const;
    return this.deps.administration.perform(operation, actor, input);
  }

  /** Runs the session to its end; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#converse();
    } catch (error) {
      await this.#end(error);
    } finally {
      if (!this.#entered) this.#judge();
      await this.connection.end();
    }
  }

  async #end(error: unknown): Promise<void> {
    const last = (text: string) => this.say(bye(text)).catch(() => undefined);
    if (error instanceof Stopping) await last("The server is stopping.");
    else if (error instanceof DeadlineExceeded) await last("Nothing came for too long.");
    else if (error instanceof TlsFailed) this.#log("tls.failed", error.message);
    else if (error instanceof Hopeless) {
      this.#junk += JUNK_LINES;
      await last(error.message);
    } else if (!(error instanceof ConnectionClosed)) this.#fault("run a session", error);
  }

  /** Who came, said nothing that makes sense and never logged in, is no mail program. */
  #judge(): void {
    if (this.#junk < JUNK_LINES) return;
    const detail = "ManageSieve: senseless lines and no login";
    this.deps.auth.lockout.strike(this.connection.remote.address, "protocol", { detail });
  }

  async #converse(): Promise<void> {
    this.#arm();
    await this.say(`${capabilities(this)}${ok("Gatepost ManageSieve")}`);
    while (!this.closing) {
      this.#arm();
      const answer = await this.#next();
      if (answer.startsWith("NO") && ++this.#errors >= this.settings.maxErrors) {
        this.closing = true;
        await this.say(`${answer}${bye("Too many errors.")}`);
      } else await this.say(answer);
    }
  }

  #arm(): void {
    const { loginSeconds, idleSeconds } = this.settings;
    this.connection.deadline((this.login === undefined ? loginSeconds : idleSeconds) * 1_000);
  }

  async #next(): Promise<string> {
    try {
      return await this.#dispatch(await this.#read(true));
    } catch (error) {
      if (error instanceof GrammarError) {
        this.#junk++;
        return no(error.message);
      }
      if (error instanceof Refusal) return no(error.sentence, codeOf(error));
      if (isEnd(error)) throw error;
      this.#fault("answer a command", error);
      return no("Something went wrong here; try again later.", { name: "TRYLATER" });
    }
  }

  /** The words of a command, or of an answer within one, with their literals. @throws GrammarError, Hopeless */
  async #read(between: boolean): Promise<Token[]> {
    const tokens: Token[] = [];
    for (let literals = 0; ; literals++) {
      const { tokens: more, literal } = scan(await this.#line(between && literals === 0));
      tokens.push(...more);
      if (literal === undefined) return tokens;
      if (literals === MOST_LITERALS) throw new Hopeless("The command has too many literals.");
      tokens.push({ kind: "string", octets: await this.#literal(literal) });
    }
  }

  async #line(between: boolean): Promise<Uint8Array> {
    try {
      const { bytes } = await (between
        ? this.connection.readCommand(LINE_LIMIT)
        : this.connection.readLine(LINE_LIMIT));
      return bytes;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      // What follows would be taken for commands.
      if (announcesLiteral(error.tail)) throw new Hopeless("The line is too long.");
      throw new GrammarError("The line is too long.");
    }
  }

  async #literal(size: number): Promise<Extract<Token, { kind: "string" }>["octets"]> {
    const limit = this.login === undefined ? LITERAL_LIMIT : this.deps.store.settings.get(sieveSettings).maxScriptSize;
    if (size <= limit) return await this.connection.readBytes(size);
    if (this.login === undefined || size > MOST_PASSED_OVER) throw new Hopeless("The literal is too large.");
    for (let left = size; left > 0; ) {
      this.#arm();
      left -= (await this.connection.readSome(left)).length;
    }
    return { overlong: size };
  }

  async #dispatch([first, ...rest]: Token[]): Promise<string> {
    if (first?.kind !== "atom") throw new GrammarError("A line begins with a command.");
    const command = commands.get(first.text);
    if (command === undefined) throw new GrammarError("There is no such command.");
    if (this.login !== undefined) {
      const user = this.deps.auth.renewed(this.login);
      if (user === undefined) {
        this.closing = true;
        return bye("This login is no longer good; log in again.");
      }
      this.login = { ...this.login, user };
    }
    if (!command.states.includes(this.state)) {
      return no(this.state === "open" ? "Log in first." : "You are logged in already.");
    }
    return await command.run(this, new Arguments(rest));
  }

  #log(name: string, text: string): void {
    this.deps.store.events.log({ room: "managesieve", name, text, ...this.#about() });
  }

  #fault(doing: string, error: unknown): void {
    this.deps.store.events.fault("managesieve", doing, error, this.#about());
  }

  #about(): { session: string; remote: string; user?: string } {
    const { connection, login } = this;
    return { session: connection.id, remote: connection.remote.address, ...(login && { user: login.user.login }) };
  }
}

/** What the client sends cannot be followed any further. */
class Hopeless extends Error {
  override readonly name = "Hopeless";
}

const isEnd = (error: unknown) =>
  error instanceof ConnectionClosed ||
  error instanceof DeadlineExceeded ||
  error instanceof Stopping ||
  error instanceof TlsFailed ||
  error instanceof Hopeless;

/** The response code of a refusal (RFC 5804 §1.3). */
function codeOf({ kind, temporary }: Refusal): Code | undefined {
  if (kind === "notFound") return { name: "NONEXISTENT" };
  if (kind === "exists") return { name: "ALREADYEXISTS" };
  if (kind === "inUse") return { name: "ACTIVE" };
  if (kind === "tooMany") return { name: "QUOTA/MAXSCRIPTS" };
  if (kind === "tooLarge") return { name: "QUOTA/MAXSIZE" };
  return temporary ? { name: "TRYLATER" } : undefined;
}

/** Serves one connection; resolves when it is over, never rejects. */
export function managesieveSession(connection: Connection, deps: ManageSieveDeps): Promise<void> {
  return new ManageSieveSession(connection, deps).run();
}
