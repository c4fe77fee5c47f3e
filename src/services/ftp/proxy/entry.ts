/**
 * Getting in: who asks (the proxy's own login, or a guest), and which server as whom. Clients say it in many ways (destination.ts); each
 * ends with a server reached, and its own login going on in its own words.
 */
import type { Auth, Login } from "../../../auth/auth.ts";
import type { User } from "../../../directory/user.ts";
import type { FtpReply } from "../../../gateway/ftp/client.ts";
import { type Remote, type Server, serverText } from "../../../gateway/ftp/remote.ts";
import { GateRefusal, type Gateway, type TurnedAway, type Visitor } from "../../../gateway/gateway.ts";
import type { Connection } from "../../../net/connection.ts";
import { Refusal } from "../../../refusal.ts";
import { reply } from "../reply.ts";
import { type Destination, halves, parseDestination, parseServer } from "./destination.ts";

export interface EntryDeps {
  readonly auth: Auth;
  readonly gateway: Gateway;
}

/** What Entry needs of its session. */
export interface EntryHost {
  readonly connection: Connection;
  readonly deps: EntryDeps;
  /** Reaches a server. @throws GateRefusal, Refusal */
  reach(visitor: Visitor, server: Server): Promise<Remote>;
}

/** What is waited for after USER. */
type Waiting =
  /** The password of the proxy's login of that name. */
  | { readonly kind: "login"; readonly name: string }
  /** One password for both, or the proxy's: joined, or login@host. */
  | { readonly kind: "both"; readonly to: Destination }
  /** The server's password, and then the proxy's with ACCT. */
  | { readonly kind: "server"; readonly to: Destination; readonly login: string }
  | { readonly kind: "account"; readonly to: Destination; readonly login: string; readonly password: string };

/** A reply to the client: our own text, or the server's. */
export type Answer = string | FtpReply;

const IN = "You are logged in to the proxy. Now say USER name@host, or SITE host.";
const NEED_PASSWORD = reply(331, "The password, please.");
const NO_GUESTS = "Log in to the proxy first: USER with your own login name, then the password.";
const NEEDS_TLS = "Passwords are taken over TLS only here; switch TLS on.";
const BAD_SERVER = "Name the server like this: USER name@ftp.example.org, or name@ftp.example.org:2121.";

export class Entry {
  /** Whoever has logged in to the proxy. */
  #login: Login | undefined;
  #waiting: Waiting | undefined;
  /** The server whose warning was told last. */
  #warned: string | undefined;
  remote: Remote | undefined;

  constructor(private readonly host: EntryHost) {}

  /** Forgets everything that was said, as after TLS has begun (RFC 4217 §4) and for REIN. */
  forget(): void {
    this.#login = undefined;
    this.#waiting = undefined;
    this.#warned = undefined;
  }

  /** Whether whoever logged in still may: asked before each command. */
  get stillPermitted(): boolean {
    return this.#login === undefined || this.host.deps.auth.renewed(this.#login) !== undefined;
  }

  /** Whose session it is; undefined before the proxy's login, null for a guest. */
  get who(): User | null | undefined {
    return this.#login?.user ?? (this.remote ? null : undefined);
  }

  async user(argument: string): Promise<Answer> {
    this.#waiting = undefined;
    if (!argument.includes("@")) return this.#nameOfProxy(argument);
    const to = parseDestination(argument);
    if (to === undefined) return reply(501, BAD_SERVER);
    if (this.#login !== undefined) return await this.#logInThere(to);
    if (to.login !== undefined) return this.#wait({ kind: "server", to, login: to.login });
    if (this.#guestsMay) return await this.#logInThere(to);
    return this.#wait({ kind: "both", to });
  }

  async pass(password: string): Promise<Answer> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    switch (waiting?.kind) {
      case "login":
        return (await this.#logIn(waiting.name, password)) ?? reply(230, IN);
      case "server":
        this.#waiting = { ...waiting, kind: "account", password };
        return reply(332, "Now ACCT with the password of the proxy.");
      case "both":
        return await this.#both(waiting.to, password);
      default:
        return reply(503, "Say USER first.");
    }
  }

  async account(password: string): Promise<Answer> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting?.kind !== "account") return reply(503, "Say USER and PASS first.");
    return (await this.#logIn(waiting.login, password)) ?? (await this.#logInThere(waiting.to, waiting.password));
  }

  /** SITE and OPEN: the server alone; USER and PASS follow. */
  async site(argument: string): Promise<Answer> {
    if (this.#login === undefined && !this.#guestsMay) {
      this.#turnedAway({ login: undefined, why: "Nobody had logged in, and guests may not use the FTP proxy." });
      return reply(530, NO_GUESTS);
    }
    const server = parseServer(argument);
    if (server === undefined) return reply(501, "Name the server, like SITE ftp.example.org.");
    const refused = await this.#reach(server);
    return refused ?? reply(220, `${serverText(server)} is reached. Log in there with USER and PASS.`);
  }

  get #guestsMay(): boolean {
    const { connection, deps } = this.host;
    return deps.gateway.mayGuest("ftpproxy", connection.remote.address);
  }

  #nameOfProxy(name: string): Answer {
    if (name === "") return reply(501, "Syntax: USER name, or USER name@host");
    return this.#wait({ kind: "login", name });
  }

  #wait(waiting: Waiting): Answer {
    const { connection, deps } = this.host;
    if (!deps.gateway.mayTakePassword(connection.remote.address, connection.secure)) {
      this.#turnedAway({ login: undefined, why: "The password would come without TLS." });
      return reply(530, NEEDS_TLS);
    }
    this.#waiting = waiting;
    return NEED_PASSWORD;
  }

  /** Logs in to the proxy; the reply where that failed. */
  async #logIn(login: string, password: string): Promise<string | undefined> {
    const { connection, deps } = this.host;
    const outcome = await deps.auth.authenticate({
      ...{ service: "ftpproxy", mechanism: "PLAIN", remote: connection.remote.address, session: connection.id },
      // Whether a password may come this way was asked before, by the proxies' own setting.
      secure: true,
      credentials: { login: utf8(login), password: utf8(password) },
    });
    if (outcome.ok) {
      this.#login = outcome.login;
      return undefined;
    }
    const { reason, sentence } = outcome;
    this.#turnedAway({ login: utf8(login), reason, why: sentence });
    return reply(reason === "temporary" ? 431 : 530, sentence);
  }

  #turnedAway(about: Pick<TurnedAway, "login" | "reason" | "why">): void {
    const { connection, deps } = this.host;
    deps.gateway.turnedAway({ ...about, service: "ftpproxy", remote: connection.remote.address });
  }

  /** "name@login" with "pass@password", or the proxy's login alone, after which the server's follows. */
  async #both(to: Destination, password: string): Promise<Answer> {
    const names = halves(to.name);
    const passwords = halves(password);
    if (names && passwords) {
      const refused = await this.#logIn(names.last, passwords.last);
      return refused ?? (await this.#logInThere({ ...to, name: names.first }, passwords.first));
    }
    const refused = (await this.#logIn(to.name, password)) ?? (await this.#reach(to));
    return refused ?? reply(230, `${serverText(to)} is reached. Log in there with USER and PASS.`);
  }

  /** Reaches a server and says who comes; with a password, too. */
  async #logInThere(to: Destination, password?: string): Promise<Answer> {
    const refused = await this.#reach(to);
    if (refused !== undefined) return refused;
    const remote = this.remote as Remote;
    const asked = await remote.ask(`USER ${to.name}`);
    return password === undefined || asked.code !== 331 ? asked : await remote.ask(`PASS ${password}`);
  }

  /** The reply where a server was not reached. A warning is told once; whoever asks again goes on. */
  async #reach(server: Server): Promise<string | undefined> {
    const { connection, deps } = this.host;
    const user = this.#login?.user ?? null;
    const visitor: Visitor = { service: "ftpproxy", user, remote: connection.remote.address, session: connection.id };
    const name = serverText(server);
    try {
      if (this.#warned === name) await deps.gateway.acceptWarning(visitor, server.host);
      this.#warned = undefined;
      this.remote = await this.host.reach(visitor, server);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return reply(421, error.sentence);
      if (!(error instanceof GateRefusal)) throw error;
      if (error.kind !== "warned") return reply(codeOf(error), error.sentence);
      this.#warned = name;
      return reply(530, `${error.sentence} Ask for ${name} again to go on.`);
    }
  }
}

/** 530: not for you; 421: not now, or nobody there, and the session ends with it (RFC 959 §5.4). */
function codeOf({ kind }: GateRefusal): number {
  return kind === "permission" || kind === "barred" || kind === "special" ? 530 : 421;
}

/** Octets kept one a character, read as UTF-8. */
const utf8 = (octets: string) => Buffer.from(octets, "latin1").toString("utf8");
