/** The shapes in which a session reads a connection: lines, so many octets, whatever there is, a message up to its dot. */
import { DotReader } from "./dot.ts";
import type { Input, Line } from "./input.ts";

/** What all of them are made of is one way to wait for input. */
export abstract class Reads {
  /**
   * What `take` finds in the input, now or when enough has come; what it throws ends the read.
   * @param interruptible a server that stops ends the read, too, while nothing has been received
   */
  abstract readBy<T>(take: (input: Input) => T | undefined, interruptible?: boolean): Promise<T>;

  /** Takes back octets that a reader was given beyond what it wanted; they are the next to be read. */
  abstract unread(rest: Uint8Array): void;

  /**
   * The next line, without its end.
   * @param limit octets it may have, the line end not counted
   * @throws LineTooLong after which the next line can be read; ConnectionClosed; DeadlineExceeded
   */
  readLine(limit: number): Promise<Line> {
    return this.readBy((input) => input.takeLine(limit), false);
  }

  /**
   * Like readLine, for the place between two commands: when the server stops and nothing has been received, it
   * throws Stopping, so that the session can say goodbye in its protocol's words.
   */
  readCommand(limit: number): Promise<Line> {
    return this.readBy((input) => input.takeLine(limit), true);
  }

  /** Exactly n octets; the caller has checked n against a limit of its own. */
  readBytes(n: number): Promise<Uint8Array> {
    // Taken piece by piece where not all are there: the bound on waiting octets may be smaller than n.
    let pieces: Uint8Array[] | undefined;
    let missing = n;
    return this.readBy((input) => {
      const whole = pieces === undefined ? input.take(n) : undefined;
      if (whole) return whole;
      pieces ??= [];
      while (missing > 0 && input.length > 0) {
        const piece = input.takeSome(missing);
        pieces.push(piece);
        missing -= piece.length;
      }
      return missing > 0 ? undefined : Buffer.concat(pieces, n);
    });
  }

  /** At least one and at most max octets, as they come; for streaming a literal or a file. */
  readSome(max: number): Promise<Uint8Array> {
    return this.readBy((input) => (input.length > 0 ? input.takeSome(max) : undefined));
  }

  /**
   * The octets of an SMTP message up to CRLF.CRLF, dots taken out (RFC 5321 §4.5.2). It must be read to its end
   * (`drain` where the message is not wanted), or the rest of it would be taken for commands.
   */
  readUntilDot(): DotReader {
    return new DotReader(this);
  }
}
