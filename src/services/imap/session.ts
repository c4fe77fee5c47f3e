/**
 * An IMAP session (RFC 9051 §3): reads a command, runs it, tells what changed, answers; one straight line from greeting to
 * BYE. imap.ts makes one for each connection. Implements RFC 3501 and RFC 9051; which further RFCs stands
 * at each command.
 *
 * Invariants: commands are answered in the order they came. What changed in the selected folder is told before the tagged
 * response, EXPUNGE only where the command holds no message numbers. A literal is buffered only within a limit; messages
 * are streamed. Nothing is answered OK before its commit is on disk.
 */
import type { Login } from "../../auth/attempt.ts";
import type { Auth } from "../../auth/auth.ts";
import { type FolderRights, holderOf, type Right } from "../../auth/folder-rights.ts";
import type { SaslContext } from "../../auth/sasl.ts";
import type { Directory } from "../../directory/directory.ts";
import type { Mailstore } from "../../mailstore/mailstore.ts";
import type { Connection } from "../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded, Stopping, Undecodable } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { Report } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import { capabilities } from "./capability.ts";
import type { Command, Completion, State } from "./command.ts";
import { findCommand } from "./commands/table.ts";
import { Enabled } from "./enabled.ts";
import { type CommandText, GrammarError, LiteralPending, Parser } from "./parse.ts";
import { type Place, Places } from "./places.ts";
import { Progress } from "./progress.ts";
import { CommandReader, OverlongLine, type ReadingLimits } from "./reader.ts";
import type { Recents } from "./recents.ts";
import { Bad, EndSession, FAULT, No, responseTo, statusLine, type TaggedResponse } from "./refusals.ts";
import { Output } from "./respond.ts";
import { type SequenceSet, selectAscending } from "./sequence.ts";
import type { Sessions } from "./sessions.ts";
import { imapSettings } from "./settings.ts";
import type { Resolved, Selected } from "./sync.ts";
import { Unasked } from "./unasked.ts";
import { Watch } from "./watch.ts";

/** What IMAP sessions need of the house. */
export interface ImapDependencies {
  readonly store: Store;
  readonly mailstore: Mailstore;
  readonly auth: Auth;
  readonly directory: Directory;
  readonly rights: FolderRights;
  readonly recents: Recents;
  readonly sessions: Sessions;
}

/** Serves one connection until it ends. Never rejects. */
export async function imapSession(connection: Connection, dependencies: ImapDependencies): Promise<void> {
  await new Session(connection, dependencies).serve();
}

/** RFC 9586 §3: once UIDONLY is enabled, nothing is named by number. */
function uidRequired(what: string): Bad {
  return new Bad("UIDREQUIRED", `${what} has no place where UIDs only are used`);
}

/** What is known of a command while it is being read and run. */
interface Incoming {
  tag: string;
  command: Command | undefined;
}

const GONE = "The selected folder is gone";
/** So many commands in error without a login count against the client's address. */
const BAD_COMMANDS_OF_JUNK = 3;

/** The state of one session, and what its commands may do with it. */
export class Session {
  readonly out: Output;
  readonly store: Store;
  readonly mailstore: Mailstore;
  readonly auth: Auth;
  readonly directory: Directory;
  readonly rights: FolderRights;
  readonly recents: Recents;
  readonly #sessions: Sessions;
  /** Extensions the client enabled (RFC 5161), in capitals. */
  readonly enabled = new Enabled();
  login: Login | undefined;
  #places: Places | undefined;
  /** Why the session was ended from outside. */
  #dismissed: string | undefined;
  selected: Selected | undefined;
  /** What is told without being asked for. */
  readonly unasked = new Unasked(this);
  /** The result of SEARCH RETURN (SAVE): ascending UIDs (RFC 9051 §6.4.4.1). */
  saved = new Uint32Array(0);
  /** How far the command under way has come. */
  progress = new Progress(this);
  /** Set by LOGOUT. */
  ending = false;
  /** The tag of the command being run. */
  tag = "*";
  /** Done once after the tagged response has been sent: STARTTLS begins its handshake there. */
  afterResponse: (() => Promise<void>) | undefined;
  #interrupt: ((thrown: unknown) => void) | undefined;
  readonly #reader: CommandReader;
  #began = performance.now();
  #badCommands = 0;
  #commands = 0;

  constructor(
    readonly connection: Connection,
    dependencies: ImapDependencies,
  ) {
    this.out = new Output(connection);
    this.store = dependencies.store;
    this.mailstore = dependencies.mailstore;
    this.auth = dependencies.auth;
    this.directory = dependencies.directory;
    this.rights = dependencies.rights;
    this.recents = dependencies.recents;
    this.#sessions = dependencies.sessions;
    this.#reader = new CommandReader(connection, this);
  }

  get settings() {
    return this.store.settings.get(imapSettings);
  }

  get state(): State {
    if (this.login === undefined) return "notAuthenticated";
    return this.selected === undefined ? "authenticated" : "selected";
  }

  /** IMAP4rev2 is enabled: names are UTF-8, and what RFC 9051 dropped is not sent. */
  get rev2(): boolean {
    return this.enabled.rev2;
  }

  /** The client reads UTF-8 in names and strings (RFC 9755, RFC 9051 §5.1). */
  get utf8(): boolean {
    return this.enabled.utf8;
  }

  /** Notes that the client knows mod-sequences, by one of the commands of RFC 7162 §3.1 or by ENABLE. */
  useModseqs(): void {
    if (this.enabled.condstore) return;
    this.enabled.add("CONDSTORE");
    if (this.selected) this.tellModseq(this.selected);
  }

  /** Tells up to where the client knows of the selected folder (RFC 7162 §3.1.2.1). */
  tellModseq(selected: Selected): void {
    this.untagged(`OK [HIGHESTMODSEQ ${selected.modseq}] Told up to here`);
  }

  /** Notes who has logged in. */
  enter(login: Login): void {
    this.login = login;
    const { directory, mailstore, rights } = this;
    const sessions = this.#sessions;
    const sources = {
      ...{ directory, mailstore, rights },
      get epoch() {
        return sessions.epoch;
      },
    };
    this.#places = new Places(sources, holderOf(login), login.mailbox);
    this.#sessions.add(login.user.id, this);
  }

  /** Goes back to where the session stood before its login; TLS stays (RFC 8437 §3). */
  async forgetLogin(): Promise<void> {
    await this.deselect();
    this.unasked.close();
    this.enabled.clear();
    if (this.login) this.#sessions.remove(this.login.user.id, this);
    this.login = undefined;
    this.#places = undefined;
    this.#began = performance.now();
  }

  /** Ends the session with BYE after the command under way. */
  dismiss(sentence: string): void {
    this.#dismissed = sentence;
    this.connection.stop();
  }

  /** The mailbox that was opened: its folders are the personal ones (RFC 2342). */
  get mailbox(): number {
    return this.places.home;
  }

  /** The folders this session's user reaches. */
  get places(): Places {
    if (this.#places === undefined) throw new Error("no folders before login");
    return this.#places;
  }

  /** The folder of a name, for one who needs these rights in it. @throws No "NONEXISTENT", "NOPERM" */
  place(name: string, ...needed: Right[]): Place {
    return this.places.require(name, needed);
  }

  /** The folder into which messages are put. @throws No "TRYCREATE" where it could be made, "NONEXISTENT", "NOPERM" */
  target(name: string): Place {
    return this.places.target(name);
  }

  /** What the user may do in a mailbox may have changed: if its folder is selected, that is looked at anew at once. */
  reconsider(mailbox: number): void {
    this.unasked.notifying?.reconsider(mailbox);
    const { selected } = this;
    if (selected === undefined || selected.gone || selected.place.mailbox !== mailbox) return;
    selected.move(this.places.renewed(selected.place));
  }

  /**
   * The selected folder; commands that ask for it run in the selected state only.
   * @throws EndSession if it is gone, or may no longer be read
   */
  get folderSelected(): Selected {
    if (this.selected === undefined) throw new GrammarError("No folder is selected");
    if (this.selected.gone) throw new EndSession(GONE);
    return this.selected;
  }

  /** The selected folder, for changing it. @throws No if it was opened by EXAMINE */
  get folderWritable(): Selected {
    const selected = this.folderSelected;
    if (selected.readOnly) throw new No("READ-ONLY", "The folder was opened with EXAMINE, which is for reading only");
    return selected;
  }

  /** Leaves the selected folder. */
  async deselect(): Promise<void> {
    const { selected } = this;
    if (selected === undefined) return;
    this.selected = undefined;
    this.saved = new Uint32Array(0);
    this.unasked.leave();
    selected.close();
    if (selected.readOnly || selected.gone) return;
    // Which messages were recent is not worth a complaint where it cannot be written.
    await this.recents.keep(selected.view.folderId).catch((thrown: unknown) => {
      if (!(thrown instanceof Refusal)) throw thrown;
    });
  }

  /** Who this session's changes come from, as the feed tells it. */
  get origin(): object {
    return this.selected ?? this;
  }

  /** Whether a change comes from this session itself. */
  isMine(origin: object | undefined): boolean {
    return origin !== undefined && (origin === this || origin === this.selected);
  }

  /** Sends an untagged response. */
  untagged(text: string): void {
    this.out.ascii("* ").text(text).line();
  }

  /** Asks the client for more (RFC 9051 §7.6), and sees that it is asked now. */
  async invite(text = "Go on"): Promise<void> {
    await this.out.ascii("+ ").ascii(text).line().drain();
    await this.connection.flush();
  }

  /** One line of a SASL exchange. */
  async continuation(limit: number): Promise<Uint8Array> {
    const { bytes } = await this.connection.readLine(limit);
    return bytes;
  }

  /** The line that ends an IDLE; `interrupt` and a server that stops end the wait too. */
  async lineOrInterrupt(limit: number): Promise<Uint8Array> {
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = reject;
    });
    const line = this.connection.readCommand(limit);
    // After an interruption nobody waits for the line any more.
    line.catch(() => {});
    try {
      return (await Promise.race([line, interrupted])).bytes;
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** Makes `lineOrInterrupt` throw. Between commands the read that waits finds out by itself what is wrong with the connection. */
  interrupt(thrown: unknown): void {
    if (this.#interrupt) this.#interrupt(thrown);
    else if (thrown instanceof EndSession) this.dismiss(thrown.sentence ?? GONE);
    else if (!(thrown instanceof ConnectionClosed)) this.fault("tell news", thrown);
  }

  /** The selected folder is gone, or can be read no more, while no command runs. */
  lost(): void {
    if (this.#interrupt) this.#interrupt(new EndSession(GONE));
    else this.dismiss(GONE);
  }

  /** The next command's first line; until it comes, news is told to clients that asked for that. */
  async #nextCommand(): Promise<CommandText> {
    const { unasked } = this;
    if (unasked.notifying === undefined) return await this.#reader.command();
    const watch = new Watch(this, unasked.newsOf({ selected: false, expunges: false, flags: false }));
    try {
      return await this.#reader.command();
    } finally {
      await watch.stop();
    }
  }

  /** @throws Bad "UIDREQUIRED" where the client said that it uses no message numbers */
  refuseNumbers(): void {
    if (this.enabled.uidOnly) throw uidRequired("A message number");
  }

  /**
   * The messages that a set names.
   * @param lenient numbers beyond the last message name none, instead of being an error
   */
  resolve(set: SequenceSet, byUid: boolean, lenient = false): Resolved {
    const selected = this.folderSelected;
    if (!byUid && set !== "saved") this.refuseNumbers();
    if (set === "saved") return { uids: selectAscending(selected.all(), this.saved, true), missing: false };
    return byUid ? selected.byUid(set) : selected.byNumber(set, lenient);
  }

  /** What CAPABILITY says now. */
  get capabilities(): readonly string[] {
    return capabilities(this);
  }

  /** TLS can still be started. */
  get mayStartTls(): boolean {
    return this.connection.canStartTls && !this.connection.secure;
  }

  /** A password may be sent as it is: under TLS, or from this machine. */
  get mayLogin(): boolean {
    const { secure, remote } = this.connection;
    return this.auth.mayUsePlaintext({ secure, remote: remote.address });
  }

  /** What SASL needs to know of the session. */
  get saslContext(): SaslContext {
    const { connection } = this;
    return {
      service: "imap",
      remote: connection.remote.address,
      secure: connection.secure,
      session: connection.id,
      channelBinding: () => connection.channelBinding(),
    };
  }

  /** SASL mechanisms that may be offered now. */
  get mechanisms(): readonly string[] {
    const { secure, remote } = this.connection;
    const channelBinding = this.connection.channelBinding() !== undefined;
    return this.auth.mechanisms({ secure, remote: remote.address, channelBinding });
  }

  /** Notes an event of this session. */
  log(name: string, more: Partial<Report> = {}): void {
    this.store.events.log({ ...this.#about(), ...more, room: "imap", name });
  }

  /** Notes something that should not have happened. */
  fault(doing: string, thrown: unknown): void {
    this.store.events.fault("imap", doing, thrown, this.#about());
  }

  #about(): Partial<Report> {
    const user = this.login?.user.login;
    return {
      session: this.connection.id,
      remote: this.connection.remote.address,
      ...(user !== undefined && { user }),
    };
  }

  /** Reads commands until the session ends. Never rejects. */
  async serve(): Promise<void> {
    try {
      this.armDeadline();
      this.out.ascii(`* OK [CAPABILITY ${this.capabilities.join(" ")}] Gatepost is ready\r\n`);
      await this.out.drain();
      while (!this.ending) await this.#step();
    } catch (thrown) {
      this.#sayGoodbye(thrown);
    }
    if (this.login) this.#sessions.remove(this.login.user.id, this);
    else this.#judge();
    await this.#leave();
    const { bytesIn: octetsIn, bytesOut: octetsOut } = this.connection;
    this.log("session.ended", { level: "debug", data: { commands: this.#commands, octetsIn, octetsOut } });
  }

  async #leave(): Promise<void> {
    this.unasked.close();
    try {
      await this.deselect();
      await this.out.drain();
      await this.connection.end();
    } catch (thrown) {
      if (!(thrown instanceof ConnectionClosed)) this.fault("end a session", thrown);
      this.connection.destroy();
    }
  }

  #sayGoodbye(thrown: unknown): void {
    if (thrown instanceof Stopping) this.untagged(`BYE ${this.#dismissed ?? "The server is stopping"}`);
    else if (thrown instanceof ConnectionClosed) {
      if (thrown.cause instanceof Undecodable) this.untagged(`BYE ${thrown.cause.message}`);
    } else if (thrown instanceof EndSession) {
      if (thrown.sentence !== undefined) this.untagged(`BYE ${thrown.sentence}`);
    } else if (thrown instanceof DeadlineExceeded) {
      this.untagged(`BYE ${this.login ? "Silent for too long" : "Too long without a login"}`);
    } else {
      this.fault("serve a session", thrown);
      this.untagged("BYE [UNAVAILABLE] Something went wrong here; it was logged");
    }
  }

  /** Sets the time that the next read may take; what is left of the time to log in, before that. */
  armDeadline(): void {
    const { loginSeconds, idleSeconds } = this.settings;
    const left = 1000 * loginSeconds - (performance.now() - this.#began);
    // A client that never pauses never waits for a read, so the clock is looked at here too.
    if (!this.login && left <= 0) throw new EndSession("Too long without a login");
    this.connection.deadline(this.login ? 1000 * idleSeconds : left);
  }

  /** How much of a command is read. */
  get limits(): ReadingLimits {
    const { maxLine, maxLineBeforeLogin, maxLiteral, maxLiteralBeforeLogin, maxMessageSize } = this.settings;
    return this.login
      ? { line: maxLine, literals: maxLiteral, discarded: 2 * maxMessageSize }
      : { line: maxLineBeforeLogin, literals: maxLiteralBeforeLogin, discarded: 16 * maxLiteralBeforeLogin };
  }

  /** Hands the announced literal to `take` piece by piece; gives the line after it. */
  async receiveLiteral(take: (octets: Uint8Array) => Promise<void>): Promise<Uint8Array> {
    return await this.#reader.receive(take);
  }

  async #step(): Promise<void> {
    const incoming: Incoming = { tag: "*", command: undefined };
    const response = await this.#answer(incoming);
    this.#commands++;
    if (this.selected) {
      const holdsNumbers = incoming.command === undefined || incoming.command.holdsNumbers === true;
      await this.unasked.report(!holdsNumbers);
      if (this.selected.gone) throw new EndSession(GONE);
    }
    this.unasked.metadata?.tell();
    const code = typeof response.code === "function" ? response.code() : response.code;
    this.out.ascii(statusLine(incoming.tag, { ...response, code })).line();
    if (response.condition === "BAD") this.#countBad();
    if (this.connection.buffered === 0 || this.out.full) await this.out.drain();
    const { afterResponse } = this;
    this.afterResponse = undefined;
    if (afterResponse && response.condition === "OK") await afterResponse();
    // Who waits for an answer lets others go on anyway.
    const { turns } = this.store;
    if (this.connection.buffered > 0 && turns.over) await turns.next();
  }

  #countBad(): void {
    this.#badCommands++;
    if (this.login !== undefined || this.#badCommands < this.settings.maxBadCommands) return;
    throw new EndSession("Too many commands in error");
  }

  /** Who came, said nothing that makes sense and never logged in, is no mail program. */
  #judge(): void {
    if (this.#badCommands < BAD_COMMANDS_OF_JUNK) return;
    const detail = `IMAP: ${this.#badCommands} commands in error and no login`;
    this.auth.lockout.strike(this.connection.remote.address, "protocol", { detail });
  }

  /** Reads and runs one command; whatever goes wrong with it becomes its tagged response. */
  async #answer(incoming: Incoming): Promise<TaggedResponse> {
    try {
      const text = await this.#nextCommand();
      const head = new Parser(text);
      incoming.tag = head.tag();
      this.tag = incoming.tag;
      this.progress = new Progress(this);
      head.space();
      const command = findCommand(head);
      this.#demandState(command);
      incoming.command = command;
      const args = await this.#arguments(command, text);
      const completion: Completion | undefined = (await command.run(this, args)) ?? undefined;
      return {
        condition: completion?.condition ?? "OK",
        code: completion?.code,
        text: completion?.text ?? `${command.verb} completed`,
      };
    } catch (thrown) {
      return await this.#answerThrown(incoming, thrown);
    }
  }

  async #answerThrown(incoming: Incoming, thrown: unknown): Promise<TaggedResponse> {
    if (thrown instanceof ConnectionClosed || thrown instanceof DeadlineExceeded || thrown instanceof EndSession) {
      throw thrown;
    }
    if (thrown instanceof OverlongLine) incoming.tag = thrown.tag;
    await this.#reader.discard();
    const response = responseTo(thrown);
    if (response) return response;
    this.fault(incoming.command?.verb ?? "read a command", thrown);
    return FAULT;
  }

  #demandState(command: Command): void {
    if (command.offered?.(this) === false) throw new GrammarError(`${command.verb} is switched off on this server`);
    if (command.states.includes(this.state)) {
      if (command.speaksNumbers && this.enabled.uidOnly) throw uidRequired(command.verb);
      return;
    }
    const why =
      this.login !== undefined
        ? this.selected === undefined && command.states.includes("selected")
          ? "needs a selected folder"
          : "is for sessions that have not logged in"
        : "needs a login first";
    throw new GrammarError(`${command.verb} ${why}`);
  }

  /** Reads the arguments; literals are collected, except the one that a streaming command takes itself. */
  async #arguments(command: Command, text: CommandText): Promise<unknown> {
    for (;;) {
      if (this.#reader.literalWaits && command.streams === undefined) {
        await this.#reader.collect(text);
        continue;
      }
      const p = new Parser(text, { utf8: this.utf8 });
      p.tag();
      p.space();
      findCommand(p);
      try {
        const args = command.syntax(p, this);
        if (command.streams === undefined) p.end();
        return args;
      } catch (thrown) {
        if (!(thrown instanceof LiteralPending)) throw thrown;
        await this.#reader.collect(text);
      }
    }
  }
}
