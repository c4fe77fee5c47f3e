/** What an FTP server says (RFC 959 §4.2): a code and lines of text, read within limits. Octets are kept as they are, one character each. */
import type { Connection } from "../../net/connection.ts";

/** A reply. */
export interface FtpReply {
  /** Three digits, 100 to 599. */
  readonly code: number;
  /** Its lines as they came, codes and all, without line ends; Latin-1 stands for octets. */
  readonly lines: readonly string[];
}

/** The server said what no FTP server says. */
export class NotFtp extends Error {
  override readonly name = "NotFtp";
}

const LONGEST_LINE = 4_096;
const MOST_LINES = 1_000;
const FIRST = /^([1-5]\d\d)([ -]|$)/;

/**
 * The next reply.
 * @throws NotFtp; LineTooLong, ConnectionClosed and DeadlineExceeded of the connection
 */
export async function readReply(connection: Connection): Promise<FtpReply> {
  const lines = [await readLine(connection)];
  const first = FIRST.exec(lines[0] ?? "");
  if (first === null) throw new NotFtp("it does not speak FTP");
  const code = first[1] as string;
  // The last line has the code of the first again, and a blank behind it.
  for (let last = first[2] !== "-"; !last; last = isLast(lines.at(-1) as string, code)) {
    if (lines.length === MOST_LINES) throw new NotFtp("it answers without end");
    lines.push(await readLine(connection));
  }
  return { code: Number(code), lines };
}

/** The text of a reply's last line, without the code. */
export function textOf({ lines }: FtpReply): string {
  return lines.at(-1)?.slice(4) ?? "";
}

const isLast = (line: string, code: string) => line.startsWith(code) && (line.length === 3 || line[3] === " ");

async function readLine(connection: Connection): Promise<string> {
  const { bytes } = await connection.readLine(LONGEST_LINE);
  return Buffer.from(bytes).toString("latin1");
}
