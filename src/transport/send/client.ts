/**
 * The client's side of SMTP on one connection (RFC 5321): greeting, EHLO or HELO, STARTTLS (RFC 3207), AUTH (RFC 4954), commands and
 * their replies. What goes wrong is thrown as SendFailed, which carries a Failure. transaction.ts sends messages over it,
 * way.ts opens it.
 */
import { isIP } from "node:net";
import type { ResultType } from "../../filter/reports/tls-report.ts";
import {
  type ClientTls,
  type Connection,
  ConnectionClosed,
  DeadlineExceeded,
  LineTooLong,
  TlsFailed,
} from "../../net/connection.ts";
import { type Failure, failed, replied, type Stage } from "./failure.ts";
import { clientExchange } from "./login.ts";
import { extensionsOf, MalformedReply, REPLY_LINE_LIMIT, type Reply, ReplyReader } from "./reply.ts";
import type { Target } from "./targets.ts";
import { troubleOf } from "./tls-outcome.ts";

/** Milliseconds (RFC 5321 §4.5.3.2). */
export interface Timeouts {
  readonly connect: number;
  readonly greeting: number;
  readonly command: number;
  readonly data: number;
  readonly block: number;
  readonly final: number;
}

/** Sending came to an end; the failure says why. */
export class SendFailed extends Error {
  override readonly name = "SendFailed";
  constructor(readonly failure: Failure) {
    super(failure.sentence);
  }
}

/** The TLS handshake failed: without encryption it might work. */
export class TlsBroken extends SendFailed {}

export interface ClientOptions {
  /** Our own name. */
  readonly hostname: string;
  readonly timeouts: Timeouts;
  /** Never offer TLS: it is known to be broken there. */
  readonly withoutTls: boolean;
  /** Only a connection over TLS with a valid certificate will do (RFC 8689). */
  readonly strict: boolean;
  /** Trusted authorities in PEM, instead of the well-known ones. */
  readonly authorities: readonly string[] | undefined;
}

export class SmtpClient {
  /** `name [address]`. */
  readonly remote: string;
  extensions: ReadonlyMap<string, string> = new Map();
  /** Transactions begun. */
  transactions = 0;
  /** Set where the next transaction has to begin with RSET. */
  needsReset = false;
  #usable = true;
  readonly #replies = new ReplyReader();

  private constructor(
    readonly connection: Connection,
    private readonly target: Target,
    private readonly options: ClientOptions,
  ) {
    this.remote = `${target.name} [${target.address}]`;
  }

  /** Greets the server and agrees on everything but mail. @throws SendFailed; the connection is closed then */
  static async greet(connection: Connection, target: Target, options: ClientOptions): Promise<SmtpClient> {
    const client = new SmtpClient(connection, target, options);
    try {
      const greeting = await client.read("greeting", options.timeouts.greeting);
      if (greeting.code !== 220) throw client.refusal("greeting", greeting);
      await client.#hello();
      await client.#secure();
      if (target.login !== undefined) await client.#login();
      return client;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Whether another transaction may begin. */
  get usable(): boolean {
    return this.#usable && this.connection.open;
  }

  /** Whether the server's certificate was good for its name. */
  get verified(): boolean {
    return this.connection.tls?.verified === true;
  }

  get timeouts(): Timeouts {
    return this.options.timeouts;
  }

  /** Whether an extension was offered. */
  offers(extension: string): boolean {
    return this.extensions.has(extension);
  }

  /** A number that the server announced with LIMITS (RFC 9422), at least 1. */
  limit(name: "MAILMAX" | "RCPTMAX"): number | undefined {
    const said = new RegExp(`(?:^|\\s)${name}=(\\d{1,6})`, "i").exec(this.extensions.get("LIMITS") ?? "")?.[1];
    return said === undefined ? undefined : Math.max(1, Number(said));
  }

  /** Sends a line and gives the reply. @throws SendFailed if there is none */
  async command(stage: Stage, line: string, timeout = this.options.timeouts.command): Promise<Reply> {
    this.send(`${line}\r\n`);
    return await this.read(stage, timeout);
  }

  /** Writes; what goes wrong shows when the reply is read. */
  send(text: string): void {
    this.connection.write(text).catch(() => undefined);
  }

  /** The next reply. @throws SendFailed if there is none */
  async read(stage: Stage, timeout: number): Promise<Reply> {
    this.connection.deadline(timeout);
    try {
      for (;;) {
        const { bytes } = await this.connection.readLine(REPLY_LINE_LIMIT);
        const reply = this.#replies.push(bytes);
        if (reply === undefined) continue;
        // RFC 5321 §3.8: the server closes after this one.
        if (reply.code === 421) this.#usable = false;
        return reply;
      }
    } catch (error) {
      this.#usable = false;
      throw this.broken(stage, error);
    }
  }

  /** A reply that says no, to be thrown. */
  refusal(stage: Stage, reply: Reply): SendFailed {
    return new SendFailed(replied(stage, reply, this.remote, this.target.ours && isOurFault(stage, reply)));
  }

  /** Turns what the connection threw into a failure; faults of our own pass through. */
  broken(stage: Stage, error: unknown): unknown {
    this.#usable = false;
    if (error instanceof DeadlineExceeded) {
      const seconds = Math.round(error.milliseconds / 1000);
      return this.#failed(stage, `did not answer within ${seconds} seconds ${DURING[stage]}.`);
    }
    if (error instanceof ConnectionClosed) return this.#failed(stage, `closed the connection ${DURING[stage]}.`);
    if (error instanceof LineTooLong || error instanceof MalformedReply) {
      const text = `${this.remote} does not speak SMTP ${DURING[stage]}.`;
      return new SendFailed(failed(stage, "4.5.0", text, this.remote));
    }
    return error;
  }

  /** Says goodbye, in order if there still is somebody. Never rejects. */
  async quit(): Promise<void> {
    if (this.usable) {
      try {
        await this.command("final", "QUIT", Math.min(this.options.timeouts.command, 10_000));
      } catch {
        // It is gone: that was the purpose.
      }
    }
    this.#usable = false;
    this.connection.destroy();
  }

  /** A failure of TLS as the domain is told of it. */
  #told(failure: Failure, type: ResultType): Failure {
    const { wish, name: server, address } = this.target;
    return wish === undefined ? failure : { ...failure, tls: { wish, type, server, address } };
  }

  #failed(stage: Stage, what: string): SendFailed {
    return new SendFailed(failed(stage, "4.4.2", `${this.remote} ${what}`, this.remote));
  }

  /** RFC 5321 §3.2: who does not know EHLO is greeted the old way. */
  async #hello(): Promise<void> {
    const { hostname, timeouts } = this.options;
    const reply = await this.command("greeting", `EHLO ${hostname}`, timeouts.greeting);
    if (reply.code === 250) {
      this.extensions = extensionsOf(reply);
      return;
    }
    this.extensions = new Map();
    if (reply.code < 500 || !this.usable) throw this.refusal("greeting", reply);
    const old = await this.command("greeting", `HELO ${hostname}`, timeouts.greeting);
    if (old.code !== 250) throw this.refusal("greeting", old);
  }

  async #secure(): Promise<void> {
    const { target, options } = this;
    const required = options.strict || target.tls === "starttls";
    if (this.connection.secure || options.withoutTls || target.tls === "none") return;
    if (!this.offers("STARTTLS")) {
      if (!required) return;
      const text = `${this.remote} does not offer the encryption that is required.`;
      const failure = failed("tls", options.strict && !target.ours ? "5.7.30" : "4.7.0", text, this.remote);
      throw new SendFailed(this.#told(failure, "starttls-not-supported"));
    }
    const reply = await this.#askForTls(required);
    if (reply.code !== 220) {
      if (required || !this.usable) {
        throw new SendFailed(this.#told(this.refusal("tls", reply).failure, "starttls-not-supported"));
      }
      return;
    }
    await this.#startTls(required);
    await this.#helloAgain(required);
  }

  /** RFC 3207 §4.2. With TLS 1.3 a server whose TLS is broken may only notice when the client has finished: it breaks off now. */
  async #helloAgain(required: boolean): Promise<void> {
    try {
      await this.#hello();
    } catch (error) {
      const lost = error instanceof SendFailed && error.failure.code === undefined;
      throw lost && !required ? new TlsBroken(error.failure) : error;
    }
  }

  /** A server that breaks off when it hears STARTTLS has broken TLS as well. */
  async #askForTls(required: boolean): Promise<Reply> {
    try {
      return await this.command("tls", "STARTTLS");
    } catch (error) {
      throw error instanceof SendFailed && !required ? new TlsBroken(error.failure) : error;
    }
  }

  async #startTls(required: boolean): Promise<void> {
    const { target, options } = this;
    this.connection.deadline(options.timeouts.connect);
    try {
      await this.connection.startTls(tlsOptions(target, options));
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      const text = `Encryption with ${this.remote} failed: ${error.message}.`;
      const failure = this.#told(failed("tls", "4.7.5", text, this.remote), troubleOf(error.message));
      throw required || !(error instanceof TlsFailed) ? new SendFailed(failure) : new TlsBroken(failure);
    }
  }

  async #login(): Promise<void> {
    const { login } = this.target;
    if (login === undefined) return;
    if (!this.connection.secure)
      throw this.#loginFailed("the connection is not encrypted, so the password was not sent");
    const exchange = clientExchange(this.extensions.get("AUTH") ?? "", login);
    if (exchange === undefined) throw this.#loginFailed("it offers no way to log in that is known here");
    const { initial } = exchange;
    const first = initial === undefined ? "" : ` ${base64(initial)}`;
    let reply = await this.command("login", `AUTH ${exchange.mechanism}${first}`);
    for (let round = 0; reply.code === 334 && round < 4; round++) {
      let answer: string;
      try {
        answer = await exchange.answer(Buffer.from(reply.lines[0] ?? "", "base64").toString("utf8"));
      } catch (error) {
        throw this.#loginFailed(error instanceof Error ? error.message : String(error));
      }
      reply = await this.command("login", base64(answer));
    }
    if (reply.code !== 235) throw this.refusal("login", reply);
    if (!exchange.complete) throw this.#loginFailed("it does not know the password itself");
  }

  #loginFailed(why: string): SendFailed {
    return new SendFailed(failed("login", "4.7.0", `The login at ${this.remote} failed: ${why}.`, this.remote));
  }
}

/** How a target's certificate is judged: where encryption is not required, any will do (RFC 7435); signed records go before authorities. */
export function tlsOptions(target: Target, options: Pick<ClientOptions, "strict" | "authorities">): ClientTls {
  const required = target.tls === "starttls" || target.tls === "implicit";
  const verify = options.strict || (required && target.verify);
  return {
    verify: verify ? (target.tlsa === undefined ? "name" : "dane") : "none",
    ...(target.tlsa !== undefined && { tlsa: target.tlsa }),
    names: [target.name],
    ...(isIP(target.name) === 0 && { serverName: target.name }),
    ...(options.authorities !== undefined && { authorities: options.authorities }),
  };
}

/** What a smart host that we set up refuses for these reasons is for us to repair; the mail waits. */
function isOurFault(stage: Stage, reply: Reply): boolean {
  if (stage === "login" || stage === "tls" || stage === "greeting") return true;
  return reply.code === 530 || reply.code === 534 || reply.code === 535 || reply.code === 538;
}

const DURING: Record<Stage, string> = {
  route: "",
  connect: "while connecting",
  greeting: "while being greeted",
  tls: "while encryption was agreed on",
  login: "during the login",
  sender: "when it was told the sender",
  recipient: "when it was told the recipients",
  message: "while the message was sent",
  final: "before it confirmed the message",
};

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
