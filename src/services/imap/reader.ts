/**
 * Reads the lines and literals of commands (RFC 9051 §4.3, RFC 7888), each within a limit. A command is bounded as a whole:
 * lines between literals count like literals. The literal of a streaming command is handed on piece by piece.
 */
import type { Connection } from "../../net/connection.ts";
import { LineTooLong } from "../../net/errors.ts";
import { type CommandText, GrammarError, type LiteralMark, literalMark, Parser } from "./parse.ts";
import { EndSession, No } from "./refusals.ts";

/** How much of one command is read, in octets. */
export interface ReadingLimits {
  readonly line: number;
  /** All literals together, with the lines between them. */
  readonly literals: number;
  /** Passed over for a client that sends without being asked to; beyond that the session ends. */
  readonly discarded: number;
}

/** What the reader needs of its session. */
export interface ReadingSession {
  readonly limits: ReadingLimits;
  /** Sends "+". */
  invite(): Promise<void>;
  /** Sets the time that the next read may take. */
  armDeadline(): void;
}

/** A line that was longer than its limit, and the tag it began with. */
export class OverlongLine extends GrammarError {
  constructor(readonly tag: string) {
    super("The command line is too long");
  }
}

/** What every line between literals costs of the limit, beyond its octets. */
const LINE_COST = 64;

/** Reads one session's commands. */
export class CommandReader {
  /** The literal that the last line announced and that is still to be read. */
  #announced: LiteralMark | undefined;
  #collected = 0;

  constructor(
    private readonly connection: Connection,
    private readonly session: ReadingSession,
  ) {}

  /** A literal is announced and not read. */
  get literalWaits(): boolean {
    return this.#announced !== undefined;
  }

  /** The first line of the next command. @throws OverlongLine, Stopping */
  async command(): Promise<CommandText> {
    this.session.armDeadline();
    this.#collected = 0;
    return { lines: [await this.#line(true)], literals: [] };
  }

  /** @param between two commands, where a server that stops may interrupt */
  async #line(between = false): Promise<Uint8Array> {
    const { line: limit } = this.session.limits;
    try {
      const { bytes } = await (between ? this.connection.readCommand(limit) : this.connection.readLine(limit));
      this.#announced = literalMark(bytes);
      return bytes;
    } catch (thrown) {
      if (!(thrown instanceof LineTooLong)) throw thrown;
      this.#announced = literalMark(thrown.tail);
      throw between ? new OverlongLine(tagOf(thrown.start)) : new GrammarError("The command line is too long");
    }
  }

  /** Reads the announced literal into memory, and the line after it. @throws No TOOBIG */
  async collect(text: CommandText): Promise<void> {
    const mark = this.#announced as LiteralMark;
    const limit = this.session.limits.literals;
    this.#collected += mark.size + LINE_COST;
    if (this.#collected > limit) throw new No("TOOBIG", `The literals of a command may have ${limit} octets`);
    if (mark.synchronising) await this.session.invite();
    this.#announced = undefined;
    text.literals.push(mark.size === 0 ? new Uint8Array() : await this.connection.readBytes(mark.size));
    const line = await this.#line();
    this.#collected += line.length;
    text.lines.push(line);
  }

  /**
   * Receives the announced literal piece by piece, and the line after it, which is returned. Whatever `take` throws comes
   * out only after the whole literal has been read, so that the session can go on.
   */
  async receive(take: (octets: Uint8Array) => Promise<void>): Promise<Uint8Array> {
    const mark = this.#announced;
    if (mark === undefined) throw new Error("no literal was announced");
    if (mark.synchronising) await this.session.invite();
    this.#announced = undefined;
    let failure: { thrown: unknown } | undefined;
    for (let left = mark.size; left > 0; ) {
      this.session.armDeadline();
      const octets = await this.connection.readSome(left);
      left -= octets.length;
      if (failure) continue;
      try {
        await take(octets);
      } catch (thrown) {
        failure = { thrown };
      }
    }
    const line = await this.#line();
    if (failure) throw failure.thrown;
    return line;
  }

  /**
   * Passes over a literal that comes without being asked for (RFC 7888 §4), and what follows it. One that the client
   * would send only after "+" is not sent after a tagged response.
   * @throws EndSession if it is too much
   */
  async discard(): Promise<void> {
    let octets = 0;
    for (let mark = this.#announced; mark && !mark.synchronising; mark = this.#announced) {
      octets += mark.size + LINE_COST;
      if (octets > this.session.limits.discarded) throw new EndSession("The literal is too large");
      try {
        octets += (await this.receive(async () => {})).length;
      } catch (thrown) {
        if (!(thrown instanceof GrammarError)) throw thrown;
      }
    }
    this.#announced = undefined;
  }
}

/** The tag of a line that was too long to be read whole. */
function tagOf(start: Uint8Array): string {
  try {
    return new Parser({ lines: [start], literals: [] }).tag();
  } catch {
    return "*";
  }
}
