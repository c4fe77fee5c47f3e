/**
 * Mailboxes in one file (RFC 4155, and the kinds of it that programs write): messages one after the other, each behind a line that begins
 * with "From ". Read as a stream, a message at a time; lines end as they end in mail (CRLF) whatever the file has. Pure.
 */

/** One message of a file. Its octets must be read, or left at any point, before the next one is asked for. */
export interface MboxMessage {
  /** The line in front of it, without its end. */
  readonly from: string;
  readonly octets: AsyncIterable<Uint8Array>;
}

const LF = 10;
const CR = 13;
const FROM = Buffer.from("From ");
const QUOTE = 0x3e;
/** Octets that are handed on at a time, and beyond which a line without an end is handed on in pieces. */
const PIECE = 65_536;
/** Octets of room for a message to begin with. */
const SMALL = 4_096;
const LONGEST_FROM = 1_000;

/** Lines of a stream, each with its end where it has one; a line that is longer than a piece comes in several. */
class Lines {
  #held: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ended = false;

  constructor(private readonly source: AsyncIterator<Uint8Array>) {}

  /** The next one if all of it has come, so that no promise is made for each. */
  ready(): Uint8Array | undefined {
    const end = this.#held.indexOf(LF, this.#at);
    if (end < 0 && this.#held.length - this.#at < PIECE) return undefined;
    const line = this.#held.subarray(this.#at, end < 0 ? this.#at + PIECE : Math.min(end + 1, this.#at + PIECE));
    this.#at += line.length;
    return line;
  }

  /** Waits for the next one; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const line = this.ready();
      if (line !== undefined) return line;
      if (this.#ended) {
        const rest = this.#held.subarray(this.#at);
        this.#at = this.#held.length;
        return rest.length > 0 ? rest : undefined;
      }
      const { done, value } = await this.source.next();
      if (done === true) this.#ended = true;
      else {
        this.#held = Buffer.concat([this.#held.subarray(this.#at), value]);
        this.#at = 0;
      }
    }
  }
}

// Asked of every line: most are told by their first octet.
const isFrom = (line: Uint8Array): boolean => line[0] === FROM[0] && FROM.every((octet, at) => line[at] === octet);
const isEmpty = (line: Uint8Array): boolean => line[0] === LF || (line[0] === CR && line[1] === LF);
/** A line of the text that began with "From " and got a ">" in front of it. */
const isQuoted = (line: Uint8Array): boolean => {
  if (line[0] !== QUOTE) return false;
  let at = 1;
  while (line[at] === QUOTE) at++;
  return isFrom(line.subarray(at, at + FROM.length));
};

/** The messages of a file; nothing where it does not begin with such a line. */
export async function* readMbox(source: AsyncIterable<Uint8Array>): AsyncGenerator<MboxMessage> {
  const lines = new Lines(source[Symbol.asyncIterator]());
  let line = await lines.next();
  while (line !== undefined && isEmpty(line)) line = await lines.next();
  let next: Uint8Array | undefined = line !== undefined && isFrom(line) ? line : undefined;
  while (next !== undefined) {
    const from = Buffer.from(next.subarray(0, LONGEST_FROM)).toString("latin1").trimEnd();
    next = undefined;
    const octets = messageIn(lines, (following) => {
      next = following;
    });
    yield { from, octets: lent(octets) };
    // What was not read is passed over.
    for await (const _ of octets);
  }
}

/** Octets that can be left without ending them: the next message is found only behind all of them. */
const lent = (octets: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({ next: () => octets.next() }),
});

/** The octets up to the next "From " behind an empty line, which belongs to neither. */
async function* messageIn(lines: Lines, found: (from: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  // As large as the message: most are far smaller than a piece, and who reads them may keep what they lie in.
  let piece = Buffer.allocUnsafe(SMALL);
  let filled = 0;
  let empty = false;
  const put = (line: Uint8Array): void => {
    if (filled + line.length + 2 > piece.length) {
      const larger = Buffer.allocUnsafe(Math.max(piece.length * 4, filled + line.length + 2));
      larger.set(piece.subarray(0, filled));
      piece = larger;
    }
    const ends = line[line.length - 1] === LF;
    const text = ends ? line.subarray(0, line.length - (line[line.length - 2] === CR ? 2 : 1)) : line;
    piece.set(text, filled);
    filled += text.length;
    if (!ends) return;
    piece[filled++] = CR;
    piece[filled++] = LF;
  };
  for (
    let line = lines.ready() ?? (await lines.next());
    line !== undefined;
    line = lines.ready() ?? (await lines.next())
  ) {
    if (empty && isFrom(line)) {
      found(line.slice());
      empty = false;
      break;
    }
    if (empty) put(EMPTY);
    empty = isEmpty(line);
    if (!empty) put(isQuoted(line) ? line.subarray(1) : line);
    if (filled < PIECE) continue;
    yield piece.subarray(0, filled);
    piece = Buffer.allocUnsafe(piece.length);
    filled = 0;
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

const EMPTY = Uint8Array.of(LF);

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The line in front of a message, with its end: RFC 4155's, in UTC. */
export function fromLine(sender: string, at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  return `From ${/^[\x21-\x7e]+$/.test(sender) ? sender : "MAILER-DAEMON"} ${day} ${time} ${date.getUTCFullYear()}\n`;
}

/** A message as it stands in a file: lines end in LF, those that begin with "From " get a ">", and an empty line follows. */
export async function* inMbox(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lines = new Lines(source[Symbol.asyncIterator]());
  let filled: Uint8Array[] = [];
  let octets = 0;
  let ended = true;
  for (
    let line = lines.ready() ?? (await lines.next());
    line !== undefined;
    line = lines.ready() ?? (await lines.next())
  ) {
    if (isFrom(line) || isQuoted(line)) filled.push(GREATER);
    const crlf = line.length >= 2 && line[line.length - 1] === LF && line[line.length - 2] === CR;
    if (crlf) filled.push(line.subarray(0, -2), EMPTY);
    else filled.push(line);
    octets += line.length + 1;
    ended = line[line.length - 1] === LF;
    if (octets < PIECE) continue;
    yield Buffer.concat(filled);
    filled = [];
    octets = 0;
  }
  yield Buffer.concat([...filled, ...(ended ? [] : [EMPTY]), EMPTY]);
}

const GREATER = Uint8Array.of(QUOTE);
