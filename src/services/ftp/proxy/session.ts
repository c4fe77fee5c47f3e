/**
 * One session of the FTP proxy. Until a server is reached the proxy answers by itself (entry.ts); from then on commands go to the server
 * and its replies come back as they are, but for what concerns data connections and TLS, which each side has for itself.
 *
 * Names of files are octets that nobody here looks at. While a transfer goes on ABOR is taken at once, STAT answered here, and one more
 * command kept for later (RFC 959 §4.1.3).
 */
import type { Auth } from "../../../auth/auth.ts";
import { Remote } from "../../../gateway/ftp/remote.ts";
import { GateRefusal, type Gateway } from "../../../gateway/gateway.ts";
import type { Connection } from "../../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong, Stopping, TlsFailed } from "../../../net/errors.ts";
import type { Tunnels } from "../../../net/tunnels.ts";
import { Refusal } from "../../../refusal.ts";
import type { Store } from "../../../store/store.ts";
import { Channel, NoChannel } from "../channel.ts";
import { refusalReply, reply, replyLines } from "../reply.ts";
import { ftpSettings } from "../settings.ts";
import { type Answer, Entry } from "./entry.ts";
import { ftpProxySettings } from "./settings.ts";
import { Transfer } from "./transfer.ts";

/** What the FTP proxy needs from the rooms below. */
export interface FtpProxyDeps {
  readonly store: Store;
  readonly auth: Auth;
  readonly gateway: Gateway;
  readonly tunnels: Tunnels;
  hostname(): string;
}

/** A command as it came: octets, one a character. */
interface Command {
  readonly verb: string;
  readonly argument: string;
  readonly line: string;
}

type Handler = (session: FtpProxySession, argument: string) => Promise<Answer> | Answer;

const LINE_LIMIT = 4_096;
/** So many senseless lines before a server is reached count against the client's address. */
const JUNK_LINES = 3;

/** Commands that use a data connection. */
const TRANSFERS = new Set(["RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"]);

/** Features that each side of the proxy has for itself; the rest of FEAT is the server's (RFC 2389 §3). */
const OWN_FEATURES = /^(?:AUTH|PBSZ|PROT|CCC|EPSV|EPRT|PASV|PORT|SSCN|CPSV|HOST|MODE Z)\b/i;

/** What the proxy answers by itself, whether a server is reached or not. */
const OWN: Readonly<Record<string, Handler>> = {
  AUTH: (session, mechanism) => session.auth(mechanism),
  PBSZ: (session) => (session.connection.secure ? reply(200, "PBSZ=0") : reply(503, "Say AUTH TLS first.")),
  PROT: (session, level) => session.protect(level),
  CCC: () => reply(533, "The control connection stays protected."),
  PASV: (session) => session.passive(),
  EPSV: (session, protocol) => session.extendedPassive(protocol),
  PORT: (session, address) => session.active(address),
  EPRT: (session, address) => session.extendedActive(address),
  FEAT: (session) => session.features(),
  REIN: (session) => session.reinitialise(),
  QUIT: (session) => session.quit(),
  ABOR: () => reply(226, "There is nothing to break off."),
};

/** What it answers before a server is reached. */
const BEFORE: Readonly<Record<string, Handler>> = {
  USER: (session, argument) => session.entry.user(argument),
  PASS: (session, argument) => session.entry.pass(argument),
  ACCT: (session, argument) => session.entry.account(argument),
  SITE: (session, argument) => session.entry.site(argument.replace(/^(?:OPEN|GOTO) +/i, "")),
  OPEN: (session, argument) => session.entry.site(argument),
  NOOP: () => reply(200, "Here."),
  SYST: () => reply(215, "UNIX Type: L8"),
  OPTS: () => reply(200, "As you like."),
  HELP: () =>
    replyLines(
      214,
      "This is an FTP proxy. Reach a server with one of:",
      [...HELP],
      "Then all commands are the server's.",
    ),
};
const HELP = ["USER name@host[:port]", "USER login, PASS password, then USER name@host", "… or then SITE host[:port]"];

export class FtpProxySession {
  readonly entry: Entry;
  readonly settings;
  readonly #channel: Channel;
  #protected = false;
  #extendedOnly = false;
  #closing = false;
  #errors = 0;
  /** A command that came while a transfer was going on. */
  #next: Promise<Command | undefined> | undefined;
  #transferring: Transfer | undefined;

  constructor(
    readonly connection: Connection,
    readonly deps: FtpProxyDeps,
  ) {
    this.settings = deps.store.settings.get(ftpProxySettings);
    this.entry = new Entry({ connection, deps, reach: (visitor, server) => this.#reach(visitor, server) });
    const { passiveFrom, passiveTo } = deps.store.settings.get(ftpSettings);
    this.#channel = new Channel({
      control: connection,
      timeoutMs: () => this.settings.dataTimeout * 1_000,
      ports: () => ({ from: passiveFrom, to: passiveTo }),
      onStranger: (address) =>
        deps.auth.lockout.strike(address, "protocol", { detail: "FTP proxy: came to somebody else's data port" }),
    });
  }

  /** Runs the session to its end; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#say(reply(220, `${this.deps.hostname()} FTP proxy. Say USER name@host.`));
      while (!this.#closing) await this.#step();
    } catch (error) {
      if (error instanceof Stopping) await this.#say(reply(421, "The server is stopping.")).catch(() => undefined);
      else if (error instanceof DeadlineExceeded)
        await this.#say(reply(421, "You said nothing for too long.")).catch(() => undefined);
      else if (!isEnd(error)) this.#fault("run a session", error);
    } finally {
      this.entry.remote?.close();
      this.#channel.reset();
    }
  }

  // What the proxy answers by itself

  /** RFC 4217 §4: TLS, after which everything begins anew. */
  async auth(mechanism: string): Promise<Answer> {
    if (!/^(?:TLS|TLS-C|SSL)$/i.test(mechanism)) return reply(504, "AUTH TLS is what there is.");
    if (this.connection.secure) return reply(534, "TLS is there already.");
    if (!this.connection.canStartTls) return reply(431, "There is no certificate for TLS.");
    if (this.entry.remote) return reply(503, "Begin with AUTH TLS, before USER.");
    await this.#say(reply(234, "Go on with TLS."));
    await this.connection.startTls();
    this.entry.forget();
    return "";
  }

  protect(level: string): Answer {
    if (!this.connection.secure) return reply(503, "Say AUTH TLS first.");
    if (!/^[CP]$/i.test(level)) return reply(/^[SE]$/i.test(level) ? 536 : 504, "PROT C or PROT P.");
    this.#protected = level.toUpperCase() === "P";
    return reply(200, this.#protected ? "Data is protected." : "Data is sent openly.");
  }

  passive(): Answer {
    if (this.#extendedOnly) return reply(522, "You said EPSV ALL.");
    const { address } = this.connection.local;
    if (address.includes(":")) return reply(522, "Say EPSV: this connection is IPv6.");
    const port = this.#channel.listen();
    return reply(227, `Entering passive mode (${address.replaceAll(".", ",")},${port >> 8},${port & 255}).`);
  }

  /** RFC 2428 §3. */
  extendedPassive(protocol: string): Answer {
    if (/^ALL$/i.test(protocol)) {
      this.#extendedOnly = true;
      return reply(200, "EPSV only from now on.");
    }
    const family = this.connection.local.address.includes(":") ? "2" : "1";
    if (protocol !== "" && protocol !== family) return reply(522, `Network protocol not supported, use (${family})`);
    return reply(229, `Entering extended passive mode (|||${this.#channel.listen()}|)`);
  }

  active(argument: string): Answer {
    if (this.#extendedOnly) return reply(522, "You said EPSV ALL.");
    const numbers = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})$/
      .exec(argument)
      ?.slice(1)
      .map(Number);
    if (numbers === undefined || numbers.some((number) => number > 255))
      return reply(501, "Syntax: PORT h1,h2,h3,h4,p1,p2");
    const [p1 = 0, p2 = 0] = numbers.slice(4);
    this.#channel.target(numbers.slice(0, 4).join("."), p1 * 256 + p2);
    return reply(200, "Noted.");
  }

  /** RFC 2428 §2. */
  extendedActive(argument: string): Answer {
    if (this.#extendedOnly) return reply(522, "You said EPSV ALL.");
    const parts = /^([\x21-\x7e])([12])\1([0-9A-Fa-f:.]+)\1(\d{1,5})\1$/.exec(argument);
    if (parts === null) return reply(501, "Syntax: EPRT |1|address|port|");
    this.#channel.target(parts[3] as string, Number(parts[4]));
    return reply(200, "Noted.");
  }

  /** The features of the server, and how this side has data connections and TLS. */
  async features(): Promise<Answer> {
    const own = ["EPRT", "EPSV", ...(this.connection.contextFor ? ["AUTH TLS", "PBSZ", "PROT"] : [])];
    const theirs = this.entry.remote ? await this.entry.remote.ask("FEAT") : undefined;
    const listed = theirs?.code === 211 ? theirs.lines.slice(1, -1).map((line) => line.trim()) : [];
    return replyLines(211, "Features:", [...listed.filter((line) => !OWN_FEATURES.test(line)), ...own], "That is all.");
  }

  reinitialise(): Answer {
    this.entry.remote?.close();
    this.entry.remote = undefined;
    this.entry.forget();
    this.#channel.reset();
    return reply(220, "From the beginning: USER name@host.");
  }

  quit(): Answer {
    this.#closing = true;
    return reply(221, "Goodbye.");
  }

  // The way of a command

  async #step(): Promise<void> {
    const command = await (this.#next ?? this.#read());
    this.#next = undefined;
    if (command === undefined) return;
    try {
      const answer = await this.#run(command);
      if (answer !== undefined) await this.#answer(answer);
    } catch (error) {
      if (error instanceof NoChannel) await this.#say(reply(425, error.message));
      else if (error instanceof GateRefusal) await this.#say(reply(425, error.sentence));
      else if (error instanceof Refusal) await this.#refused(error);
      else throw error;
    }
  }

  async #run(command: Command): Promise<Answer | undefined> {
    const { verb, argument, line } = command;
    if (!this.entry.stillPermitted) {
      this.#closing = true;
      return reply(421, "Your account may not use the FTP proxy any more.");
    }
    const own = OWN[verb];
    if (own) return await own(this, argument);
    const { remote } = this.entry;
    if (remote === undefined) {
      const before = BEFORE[verb];
      return before ? await before(this, argument) : this.#senseless(verb);
    }
    if (TRANSFERS.has(verb)) {
      await this.#transfer(remote, line);
      return undefined;
    }
    let answer = await remote.ask(line);
    // RFC 959 §5.4: a first reply may say that there is another one.
    for (; answer.code < 200; answer = await remote.reply()) await this.#answer(answer);
    return answer;
  }

  async #transfer(remote: Remote, line: string): Promise<void> {
    if (!this.#channel.ready) throw new NoChannel("Say PASV or PORT first.");
    const transfer = new Transfer({
      ...{ remote, channel: this.#channel, tunnels: this.deps.tunnels, secured: this.#protected },
      dataMs: this.settings.dataTimeout * 1_000,
      pass: (answer) => this.#answer(answer),
    });
    this.#transferring = transfer;
    const done = transfer.run(line);
    done.catch(() => undefined);
    try {
      await Promise.race([done, this.#listen(transfer)]);
      await done;
    } finally {
      this.#transferring = undefined;
    }
  }

  /** Hears what the client says during a transfer; what it says next is kept. */
  async #listen(transfer: Transfer): Promise<never> {
    for (;;) {
      const reading = this.#read();
      reading.catch(() => transfer.abort());
      this.#next = reading;
      const command = await reading.catch(() => undefined);
      if (command?.verb !== "ABOR" && !(command?.verb === "STAT" && command.argument === "")) break;
      if (command.verb === "ABOR") transfer.abort();
      else await this.#say(reply(211, "A transfer is going on."));
      this.#next = undefined;
      if (command.verb === "ABOR") break;
    }
    return await new Promise<never>(() => undefined);
  }

  /** The next command; undefined for a line that was answered at once. */
  async #read(): Promise<Command | undefined> {
    const { loginTimeout, idleTimeout } = this.settings;
    this.connection.deadline((this.entry.remote ? idleTimeout : loginTimeout) * 1_000);
    try {
      const { bytes } = await this.connection.readCommand(LINE_LIMIT);
      // Telnet's IP and Synch come before ABOR (RFC 959 §4.1.3); IAC doubled is an octet 255 (RFC 854).
      const line = Buffer.from(bytes)
        .toString("latin1")
        .replace(/\xff[\xf0-\xfe]/g, "")
        .replaceAll("\xff\xff", "\xff");
      const parts = /^([A-Za-z]{3,8})(?: (.*))?$/.exec(line);
      if (parts === null || /[\u0000-\u001f\u007f]/.test(line)) {
        await this.#answer(this.#senseless(line));
        return undefined;
      }
      return { verb: (parts[1] as string).toUpperCase(), argument: (parts[2] ?? "").trim(), line };
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      await this.#answer(this.#senseless(""));
      return undefined;
    }
  }

  #senseless(what: string): string {
    this.#errors++;
    if (this.entry.remote === undefined && this.#errors === JUNK_LINES)
      this.deps.auth.lockout.strike(this.connection.remote.address, "protocol", { detail: "FTP proxy: no FTP" });
    if (this.#errors >= this.settings.maxErrors) {
      this.#closing = true;
      return reply(421, "Too many senseless commands.");
    }
    if (/^[A-Za-z]{3,8}$/.test(what)) return reply(530, "Name a server first: USER name@host.");
    return reply(500, "That is no command.");
  }

  /** A refusal of the server's side ends the session where the server is gone. */
  async #refused(refusal: Refusal): Promise<void> {
    if (this.entry.remote?.trip.connection.open === false) {
      this.#closing = true;
      await this.#say(reply(421, refusal.sentence));
    } else await this.#say(refusalReply(refusal));
  }

  async #answer(answer: Answer): Promise<void> {
    if (typeof answer === "string") {
      if (answer.startsWith("421 ")) this.#closing = true;
      return await this.#say(answer);
    }
    await this.connection.write(Buffer.from(`${answer.lines.join("\r\n")}\r\n`, "latin1"));
    // RFC 959 §5.4: the server closes after this.
    if (answer.code === 421) this.#closing = true;
  }

  async #say(text: string): Promise<void> {
    if (text !== "") await this.connection.write(text);
  }

  async #reach(...[visitor, server]: Parameters<ConstructorParameters<typeof Entry>[0]["reach"]>): Promise<Remote> {
    const remote = await Remote.open(visitor, server, {
      gateway: this.deps.gateway,
      tls: this.settings.tls,
      replyMs: this.settings.replyTimeout * 1_000,
      signal: this.connection.signal,
    });
    remote.trip.passing.onCut((why) => {
      this.connection.write(reply(421, why.sentence)).catch(() => undefined);
      // Nobody may be listening to the client, whose next command waits for the transfer's end.
      this.#transferring?.abort();
      remote.trip.connection.destroy();
      void this.connection.end();
    });
    return remote;
  }

  #fault(doing: string, fault: unknown): void {
    const { id, remote } = this.connection;
    this.deps.store.events.fault("ftpproxy", doing, fault, { session: id, remote: remote.address });
  }
}

function isEnd(error: unknown): boolean {
  return error instanceof ConnectionClosed || error instanceof DeadlineExceeded || error instanceof TlsFailed;
}
