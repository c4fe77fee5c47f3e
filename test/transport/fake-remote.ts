/**
 * Another server on loopback, as good or as bad as a test wants it: it speaks SMTP by default, and at every stage may be told to
 * answer otherwise, to say nothing, or to drop the connection. What it took is in `messages`, what it heard in `commands`.
 */
import type { Connection } from "../../src/net/connection.ts";
import { type Listener, listen } from "../../src/net/listener.ts";
import { tlsContext } from "../../src/net/tls.ts";
import { AUTHORITY, CERTIFICATE, KEY } from "./certificates.ts";

/** A reply (without the last line end), or misbehaviour. */
export type Answer = string | "drop" | "silence" | undefined;

export type Stage =
  | "greeting"
  | "EHLO"
  | "HELO"
  | "STARTTLS"
  | "AUTH"
  | "RSET"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "BDAT"
  | "final"
  | "QUIT";

export interface RemoteSession {
  /** Counts from 1. */
  readonly number: number;
  secure: boolean;
  login: string | undefined;
  from: string;
  recipients: string[];
  /** Messages taken in this session. */
  taken: number;
  /** The client said QUIT. */
  left: boolean;
}

export interface Behaviour {
  /** Lines of the EHLO reply after the name. */
  readonly extensions?: readonly string[];
  /** Overrides replies; undefined leaves the usual one. */
  readonly answer?: (stage: Stage, line: string, session: RemoteSession) => Answer | Promise<Answer>;
  /** What happens after 220 to STARTTLS. */
  readonly tls?: "good" | "garbage" | "drop" | "lost";
  readonly implicitTls?: boolean;
  /** The pair that AUTH PLAIN and LOGIN want. */
  readonly credentials?: { readonly login: string; readonly password: string };
  /** Called for every octet count of a message as it comes; may drop by returning true. */
  readonly onData?: (octets: number, session: RemoteSession) => boolean;
}

export interface TakenMessage {
  readonly mail: string;
  readonly recipients: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  readonly login: string | undefined;
  readonly session: number;
}

class Dropped extends Error {}

export class FakeRemote {
  readonly messages: TakenMessage[] = [];
  readonly commands: string[] = [];
  sessions = 0;
  current = 0;
  /** Most sessions that were there at once. */
  most = 0;
  #listener: Listener | undefined;
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  private constructor(public behaviour: Behaviour) {}

  static async start(behaviour: Behaviour = {}, address = "127.0.0.1", port = 0): Promise<FakeRemote> {
    const remote = new FakeRemote(behaviour);
    const context = tlsContext({ cert: CERTIFICATE + AUTHORITY, key: KEY });
    remote.#listener = listen({
      address,
      port,
      tls: behaviour.implicitTls === true ? "implicit" : "starttls",
      contextFor: () => context,
      access: "any",
      lan: [],
      caps: { total: 10_000, perAddress: 10_000 },
      proxies: [],
      session: (connection) => remote.#serve(connection),
    });
    return remote;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#listener?.stop({ graceMs: 0 });
  }

  /** Resolves once this many messages were taken in all. */
  async taken(count: number): Promise<void> {
    if (this.messages.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  async #serve(connection: Connection): Promise<void> {
    this.current++;
    this.most = Math.max(this.most, this.current);
    const session: RemoteSession = {
      number: ++this.sessions,
      secure: connection.secure,
      login: undefined,
      from: "",
      recipients: [],
      taken: 0,
      left: false,
    };
    try {
      await this.#say(connection, "greeting", "", session, "220 mx.remote.test ESMTP");
      while (await this.#command(connection, session));
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      connection.destroy();
    } finally {
      if (!session.left) this.current--;
    }
  }

  /** Answers as the behaviour says, or as usual; gives what was said. */
  async #say(c: Connection, stage: Stage, line: string, session: RemoteSession, usual: string): Promise<string> {
    const answer = (await this.behaviour.answer?.(stage, line, session)) ?? usual;
    if (answer === "drop") throw new Dropped();
    if (answer === "silence") {
      await c.closed;
      throw new Dropped();
    }
    await c.write(`${answer}\r\n`);
    if (answer.startsWith("421")) {
      await c.end();
      throw new Dropped();
    }
    return answer;
  }

  async #command(c: Connection, session: RemoteSession): Promise<boolean> {
    const line = Buffer.from((await c.readLine(4096)).bytes).toString();
    this.commands.push(line);
    const verb = line.split(/[ :]/)[0]?.toUpperCase() ?? "";
    switch (verb) {
      case "EHLO": {
        const extensions = this.behaviour.extensions ?? ["PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "DSN"];
        const offered = session.secure ? extensions.filter((one) => one !== "STARTTLS") : extensions;
        const lines = ["mx.remote.test", ...offered];
        const usual = lines.map((one, at) => `250${at === lines.length - 1 ? " " : "-"}${one}`).join("\r\n");
        await this.#say(c, "EHLO", line, session, usual);
        return true;
      }
      case "HELO":
        await this.#say(c, "HELO", line, session, "250 mx.remote.test");
        return true;
      case "STARTTLS":
        return await this.#startTls(c, line, session);
      case "AUTH":
        await this.#login(c, line, session);
        return true;
      case "MAIL": {
        const said = await this.#say(c, "MAIL", line, session, "250 2.1.0 Ok");
        if (said.startsWith("2")) {
          session.from = line;
          session.recipients = [];
        }
        return true;
      }
      case "RCPT": {
        const usual = session.from === "" ? "503 5.5.1 MAIL first" : "250 2.1.5 Ok";
        const said = await this.#say(c, "RCPT", line, session, usual);
        if (said.startsWith("2")) session.recipients.push(line);
        return true;
      }
      case "DATA":
        await this.#data(c, line, session);
        return true;
      case "BDAT":
        await this.#bdat(c, line, session);
        return true;
      case "RSET":
        session.from = "";
        await this.#say(c, "RSET", line, session, "250 2.0.0 Ok");
        return true;
      case "QUIT":
        session.left = true;
        this.current--;
        await this.#say(c, "QUIT", line, session, "221 2.0.0 Bye");
        await c.end();
        return false;
      default:
        await c.write("500 5.5.1 What?\r\n");
        return true;
    }
  }

  async #startTls(c: Connection, line: string, session: RemoteSession): Promise<boolean> {
    const said = await this.#say(c, "STARTTLS", line, session, "220 2.0.0 Go on");
    if (!said.startsWith("220")) return true;
    const { tls = "good" } = this.behaviour;
    if (tls === "garbage" || tls === "drop") await c.readSome(1);
    if (tls === "drop") throw new Dropped();
    if (tls === "garbage") {
      await c.write("this is no TLS at all, whatever you may think of it\r\n".repeat(3));
      await c.flush();
      await c.closed;
      return false;
    }
    await c.startTls();
    session.secure = true;
    if (tls === "lost") {
      await c.readSome(1);
      throw new Dropped();
    }
    return true;
  }

  async #login(c: Connection, line: string, session: RemoteSession): Promise<void> {
    const [, mechanism = "", initial] = line.split(" ");
    const ask = async (prompt: string) => {
      await c.write(`334 ${Buffer.from(prompt).toString("base64")}\r\n`);
      return decoded(Buffer.from((await c.readLine(4096)).bytes).toString());
    };
    let given: { login: string; password: string };
    if (mechanism === "PLAIN") {
      const [, login = "", password = ""] = (initial === undefined ? await ask("") : decoded(initial)).split("\0");
      given = { login, password };
    } else given = { login: await ask("Username:"), password: await ask("Password:") };
    const { credentials } = this.behaviour;
    const good = given.login === credentials?.login && given.password === credentials.password;
    const said = await this.#say(c, "AUTH", line, session, good ? "235 2.7.0 Welcome" : "535 5.7.8 No");
    if (said.startsWith("235")) session.login = given.login;
  }

  async #data(c: Connection, line: string, session: RemoteSession): Promise<void> {
    const usual = session.recipients.length === 0 ? "554 5.5.1 No valid recipients" : "354 Go on";
    const said = await this.#say(c, "DATA", line, session, usual);
    if (!said.startsWith("354")) return;
    const parts: Buffer[] = [];
    let octets = 0;
    for await (const chunk of c.readUntilDot()) {
      parts.push(Buffer.from(chunk));
      octets += chunk.length;
      if (this.behaviour.onData?.(octets, session) === true) throw new Dropped();
    }
    await this.#take(c, Buffer.concat(parts), session);
  }

  #chunks: Buffer[] = [];

  async #bdat(c: Connection, line: string, session: RemoteSession): Promise<void> {
    const [, size = "0", last] = line.split(" ");
    this.#chunks.push(Buffer.from(await c.readBytes(Number(size))));
    if (last === undefined) {
      await this.#say(c, "BDAT", line, session, "250 2.0.0 Chunk taken");
      return;
    }
    const text = Buffer.concat(this.#chunks);
    this.#chunks = [];
    await this.#take(c, text, session);
  }

  async #take(c: Connection, octets: Buffer, session: RemoteSession): Promise<void> {
    const text = octets.toString("latin1");
    const said = await this.#say(c, "final", text, session, "250 2.0.0 Taken");
    if (said.startsWith("2")) {
      session.taken++;
      const { from: mail, recipients, secure, login, number } = session;
      this.messages.push({ mail, recipients, text, secure, login, session: number });
      for (const one of this.#waiting) if (this.messages.length >= one.count) one.resolve();
    }
    session.from = "";
    session.recipients = [];
  }
}

function decoded(text: string): string {
  return Buffer.from(text, "base64").toString();
}
