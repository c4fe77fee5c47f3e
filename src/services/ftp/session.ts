/**
 * One FTP session: the control connection (RFC 959 §5). A transfer runs beside it, so that ABOR, STAT and NOOP are heard meanwhile; every
 * other command waits until it is over. What a user may do is asked again at each command.
 */
import type { Auth, Login } from "../../auth/auth.ts";
import type { Directory } from "../../directory/directory.ts";
import type { User } from "../../directory/user.ts";
import type { Files, Jail } from "../../files/files.ts";
import { nameOf } from "../../files/names.ts";
import { accessPermits } from "../../net/access.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong, Stopping, TlsFailed } from "../../net/errors.ts";
import type { Tunnels } from "../../net/tunnels.ts";
import { Refusal } from "../../refusal.ts";
import type { Report } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import { Channel, NoChannel } from "./channel.ts";
import { type Command, commandOf, commands } from "./commands.ts";
import type { Crowd } from "./crowd.ts";
import { guestOf } from "./guest.ts";
import { refusalReply, reply, replyLines, SyntaxRefusal, wire } from "./reply.ts";
import { ftpSettings } from "./settings.ts";
import { Transfer } from "./transfer.ts";

/** What FTP needs from the rooms below. `crowd` is one for all sessions. */
export interface FtpDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly directory: Directory;
  readonly files: Files;
  readonly tunnels: Tunnels;
  readonly crowd: Crowd;
  hostname(): string;
  /** The networks "lan" stands for. */
  lan(): readonly string[];
}

/** Somebody who is logged in: a user, or the guest. */
export interface Member {
  user: User;
  /** Undefined for the guest. */
  readonly login: Login | undefined;
  jail: Jail;
}

/** A path has at most 4096 octets on any system; a verb and some room beside it. */
const LINE_LIMIT = 4200;
/** So many senseless lines without a login count against the client's address. */
const JUNK_LINES = 3;
/** What is answered while a transfer goes on. */
const MEANWHILE: ReadonlySet<string> = new Set(["ABOR", "STAT", "NOOP"]);

export class FtpSession {
  member: Member | undefined;
  /** The name USER gave; PASS must follow. */
  userName: string | undefined;
  /** The folder it is in, as a virtual path. */
  folder = "/";
  /** TYPE: text or octets. */
  type: "A" | "I" = "A";
  /** Where the next transfer begins (REST). */
  restart = 0;
  /** What RNFR named. */
  renameFrom: string | undefined;
  /** PBSZ was said. */
  protectionSized = false;
  /** PROT P: data connections are in TLS. */
  protectData = false;
  /** EPSV ALL was said (RFC 2428 §4). */
  epsvOnly = false;
  /** Octets the next upload was announced with (ALLO). */
  announced = 0;
  /** Facts of MLST that the client wants, and the algorithm of HASH; undefined for the usual. */
  facts: ReadonlySet<string> | undefined;
  hashName = "SHA-256";
  closing = false;
  transfer: Transfer | undefined;
  readonly since = Date.now();
  /** Octets of files in transfers that are over. */
  sent = 0;
  received = 0;
  readonly channel: Channel;
  readonly settings;
  readonly commands = commands;
  #errors = 0;
  /** Lines that are no command of any FTP client. */
  #junk = 0;

  constructor(
    readonly connection: Connection,
    readonly deps: FtpDeps,
  ) {
    this.settings = deps.store.settings.get(ftpSettings);
    // On the port that is TLS from its first octet clients mean their data, too.
    this.protectData = connection.secure;
    this.channel = new Channel({
      control: connection,
      timeoutMs: () => this.settings.dataTimeout * 1000,
      ports: () => ({ from: this.settings.passiveFrom, to: this.settings.passiveTo }),
      onStranger: (address) =>
        this.log("data.stranger", `A stranger (${address}) came to the port of a data connection`, "warn"),
    });
  }

  /** The command of a verb or an older name of it. */
  commandOf(verb: string): Command | undefined {
    return commandOf(verb);
  }

  /** Sends a reply. */
  async say(text: string): Promise<void> {
    await this.connection.write(wire(text));
  }

  /** Who is logged in. Commands that stand after the login only are not run without. */
  get in(): Member {
    if (this.member === undefined) throw new Error("an FTP command after the login without a member");
    return this.member;
  }

  get jail(): Jail {
    return this.in.jail;
  }

  /** A path as the client gave it, from the folder the session is in. */
  path(given: string): string {
    return given.startsWith("/") ? given : `${this.folder}/${given}`;
  }

  /** Whether files may be changed. */
  get mayModify(): boolean {
    const { member } = this;
    return member?.login !== undefined && member.user.permissions.has("ftp.modify");
  }

  /** Logs somebody in: his folder becomes the root. */
  async enter(user: User, login: Login | undefined): Promise<void> {
    this.member = { user, login, jail: await this.#rootOf(user) };
    this.folder = "/";
  }

  #rootOf(user: User): Promise<Jail> {
    return this.deps.files.rootFor(user, user.permissions.has("ftp.homepage") ? "homepage" : "ftp");
  }

  /** Forgets who was there (REIN, RFC 959 §4.1.1). */
  forget(): void {
    this.deps.crowd.leave(this);
    this.member = undefined;
    this.userName = undefined;
    [this.folder, this.type, this.restart, this.announced] = ["/", "A", 0, 0];
    [this.renameFrom, this.facts, this.epsvOnly] = [undefined, undefined, false];
    this.channel.reset();
  }

  /** The client is of the LAN. */
  get isNear(): boolean {
    return accessPermits("lan", this.deps.lan(), this.connection.remote.address);
  }

  /** Begins a transfer; its replies come by themselves. */
  begin(doing: string, opening: string, work: (transfer: Transfer, data: Connection) => Promise<string>): string {
    if (!this.channel.ready) return reply(425, "Say PASV, EPSV, PORT or EPRT first.");
    const { requireDataTls, requireTlsResumption, dataTimeout } = this.settings;
    if (requireDataTls && this.connection.secure && !this.protectData) {
      return reply(521, "Data connections must be protected here: say PROT P.");
    }
    this.connection.deadline(0);
    const host = {
      tunnels: this.deps.tunnels,
      dataTimeoutMs: dataTimeout * 1000,
      tls: this.protectData && (requireTlsResumption ? ("resumed" as const) : ("any" as const)),
      take: () => this.channel.take(),
      say: (text: string) => this.#sayApart(text),
    };
    const transfer = new Transfer(host, doing, opening, work, (error) => this.#fault(doing, error));
    this.transfer = transfer;
    void transfer.done.then(() => {
      this.sent += transfer.sent;
      this.received += transfer.received;
      this.transfer = undefined;
      this.#await();
      setImmediate(() => {
        if (!this.closing && this.connection.open) this.channel.prepare();
      });
    });
    return "";
  }

  /**
   * Sends a reply about a transfer by itself, and before octets that follow it: simple clients read no second one from the same segment.
   * Under TLS the turn's end does, so that the handshake is waited for when the client begins it.
   */
  #sayApart(text: string): Promise<void> {
    const said = this.say(text);
    if (!this.protectData) this.connection.flush().catch(() => undefined);
    return said;
  }

  /** Breaks a transfer off; false where there is none. */
  async abort(): Promise<boolean> {
    const { transfer } = this;
    if (transfer === undefined) return false;
    transfer.abort();
    this.channel.reset();
    await transfer.done;
    return true;
  }

  /** Runs the session to its end; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#converse();
    } catch (error) {
      if (error instanceof Stopping) await this.#sayStopping();
      else if (error instanceof DeadlineExceeded)
        await this.say(reply(421, "Nothing came for too long; goodbye.")).catch(() => undefined);
      else if (error instanceof TlsFailed) this.log("tls.failed", error.message);
      else if (!(error instanceof ConnectionClosed)) this.#fault("run a session", error);
    } finally {
      await this.abort();
      this.channel.reset();
      if (this.member === undefined && this.#junk >= JUNK_LINES) {
        const detail = `FTP: ${this.#junk} senseless lines and no login`;
        this.deps.auth.lockout.strike(this.connection.remote.address, "protocol", { detail });
      }
      this.deps.crowd.gone(this);
      await this.connection.end();
    }
  }

  async #sayStopping(): Promise<void> {
    await this.transfer?.done;
    await this.say(reply(421, "The server is stopping.")).catch(() => undefined);
  }

  async #converse(): Promise<void> {
    if (!this.deps.crowd.come(this, this.settings.sessionsPerAddress)) {
      await this.say(reply(421, "There are too many sessions from your address."));
      return;
    }
    const welcome = this.settings.welcome.split(/\r?\n/).filter((line) => line !== "");
    const name = `${this.deps.hostname()} FTP Gatepost`;
    await this.say(welcome.length === 0 ? reply(220, name) : replyLines(220, name, welcome, "Ready."));
    while (!this.closing) {
      const answer = await this.#next();
      if (answer === "") continue;
      // What is refused to somebody who has logged in is everyday: a client tries MKD and sees.
      const counts = this.member === undefined ? /^[45]/ : /^50/;
      if (counts.test(answer) && ++this.#errors >= this.settings.maxErrors) this.closing = true;
      await this.say(answer);
    }
  }

  #await(): void {
    const { idleTimeout, loginTimeout } = this.settings;
    this.connection.deadline((this.member ? idleTimeout : loginTimeout) * 1000);
  }

  async #next(): Promise<string> {
    if (this.transfer === undefined) this.#await();
    let line: Uint8Array;
    try {
      line = (await this.connection.readCommand(LINE_LIMIT)).bytes;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      this.#junk++;
      return reply(500, "The line is too long.");
    }
    try {
      return await this.#dispatch(nameOf(withoutTelnet(line)));
    } catch (error) {
      if (error instanceof SyntaxRefusal) return reply(501, error.sentence);
      if (error instanceof Refusal) return refusalReply(error);
      if (error instanceof NoChannel) return reply(425, error.message);
      if (error instanceof ConnectionClosed || error instanceof DeadlineExceeded) throw error;
      this.#fault("answer a command", error);
      return reply(451, "Something went wrong here; try again later.");
    }
  }

  async #dispatch(text: string): Promise<string> {
    const space = text.indexOf(" ");
    const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
    const rest = space < 0 ? "" : text.slice(space + 1);
    const command = commandOf(verb);
    if (command === undefined) {
      this.#junk++;
      return reply(500, "No such command.");
    }
    if (this.transfer !== undefined && !(MEANWHILE.has(verb) && rest === "")) await this.transfer.done;
    if (command.states === "in" && this.member === undefined) return reply(530, "Log in first.");
    if (this.member !== undefined && verb !== "QUIT" && !(await this.#renew(this.member))) {
      this.closing = true;
      return reply(421, "This login is no longer good; log in again.");
    }
    if (command.modifies === true && !this.mayModify) return reply(550, "You may not change files here.");
    if (/[\x00-\x1f\x7f]/.test(rest)) return reply(501, "A command has no control characters.");
    return await this.#run(command, rest);
  }

  async #run(command: Command, rest: string): Promise<string> {
    // What prepares a command holds for the very next one (RFC 959 §4.1.3, RFC 3659 §5.3).
    const { renameFrom, restart, announced } = this;
    const answer = await command.run(this, rest);
    if (command.verb === "ABOR" || command.verb === "NOOP" || command.verb === "STAT") return answer;
    if (this.renameFrom === renameFrom) this.renameFrom = undefined;
    if (this.restart === restart && !KEEPS_RESTART.has(command.verb)) this.restart = 0;
    if (this.announced === announced && !KEEPS_RESTART.has(command.verb)) this.announced = 0;
    return answer;
  }

  /** Takes over what has changed about whoever is logged in; false where he may no longer be. */
  async #renew(member: Member): Promise<boolean> {
    const { directory, auth } = this.deps;
    const user = member.login === undefined ? guestOf(directory) : auth.renewed(member.login);
    if (user === undefined) return false;
    if (user === member.user) return true;
    const moved =
      user.ftpDirectory !== member.user.ftpDirectory ||
      user.homePageFolder !== member.user.homePageFolder ||
      user.permissions.has("ftp.homepage") !== member.user.permissions.has("ftp.homepage");
    member.user = user;
    if (moved) {
      member.jail = await this.#rootOf(user);
      this.folder = "/";
    }
    return true;
  }

  /** Writes an event. */
  log(name: string, text: string, level: Report["level"] = "info", data?: Record<string, unknown>): void {
    this.deps.store.events.log({
      ...{ room: "ftp", name, text, level: level ?? "info" },
      ...this.#about(),
      ...(data && { data }),
    });
  }

  #fault(doing: string, error: unknown): void {
    this.deps.store.events.fault("ftp", doing, error, this.#about());
  }

  #about(): { session: string; remote: string; user?: string } {
    const { connection, member } = this;
    return { session: connection.id, remote: connection.remote.address, ...(member && { user: member.user.login }) };
  }
}

const KEEPS_RESTART: ReadonlySet<string> = new Set([
  "REST",
  "ALLO",
  "PASV",
  "EPSV",
  "PORT",
  "EPRT",
  "TYPE",
  "PBSZ",
  "PROT",
]);

/** Clients announce ABOR as Telnet wants it: IAC IP, IAC DM (RFC 959 §4.1.3, RFC 854). */
function withoutTelnet(line: Uint8Array): Uint8Array {
  let from = 0;
  while (line[from] === 0xff && (line[from + 1] ?? 0) >= 0xf0) from += 2;
  // The urgent octet of the Synch may come alone.
  while ((line[from] ?? 0) >= 0xf2 && from < line.length && from < 8) from++;
  return line.subarray(from);
}
