/**
 * How a tunnel is asked of another proxy: CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928) with name and password (RFC 1929). The answer is
 * another program's: it is read within limits, and none of it is passed on.
 */
import { parseAddress } from "../net/access.ts";
import { type Connection, ConnectionClosed, DeadlineExceeded, LineTooLong } from "../net/connection.ts";
import type { UpstreamValues } from "./upstream.ts";
import { GateRefusal, type Target } from "./visit.ts";

/** Octets of one line, and lines, of an answer's head. */
const LONGEST_LINE = 8_192;
const MOST_LINES = 100;

/** The credentials for Proxy-Authorization (RFC 7617); undefined without a login. */
export function authorizationOf({ login, password }: UpstreamValues): string | undefined {
  return login === "" ? undefined : `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
}

/**
 * Asks the proxy at the other end of a connection for a tunnel.
 * @param host the target's name or address as the proxy is to be told it
 * @throws GateRefusal "unreachable", "timeout"; the connection is not closed
 */
export async function askForTunnel(
  connection: Connection,
  upstream: UpstreamValues,
  { host, port }: Pick<Target, "host" | "port">,
): Promise<void> {
  try {
    if (upstream.kind === "socks5") await socks(connection, upstream, host, port);
    else await http(connection, upstream, host, port);
  } catch (error) {
    if (error instanceof DeadlineExceeded)
      throw new GateRefusal("timeout", `The proxy ${upstream.address} did not answer in time.`, undefined, error);
    if (error instanceof ConnectionClosed || error instanceof LineTooLong)
      throw new GateRefusal("unreachable", `The proxy ${upstream.address} broke off.`, undefined, error);
    throw error;
  }
}

async function http(connection: Connection, upstream: UpstreamValues, host: string, port: number): Promise<void> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const authorization = authorizationOf(upstream);
  const credentials = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  await connection.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  for (;;) {
    const status = /^HTTP\/1\.\d (\d{3})/.exec(await textLine(connection))?.[1];
    if (status === undefined) throw refused(upstream, "its answer cannot be read");
    await skipHead(connection, upstream);
    // Interim responses come before the one that counts (RFC 9110 §15.2).
    if (status.startsWith("1")) continue;
    if (status.startsWith("2")) return;
    throw refused(upstream, status === "407" ? "it wants another login name or password" : `it answered ${status}`);
  }
}

async function textLine(connection: Connection): Promise<string> {
  return Buffer.from((await connection.readLine(LONGEST_LINE)).bytes).toString("latin1");
}

async function skipHead(connection: Connection, upstream: UpstreamValues): Promise<void> {
  for (let lines = 0; lines < MOST_LINES; lines++) {
    if ((await textLine(connection)) === "") return;
  }
  throw refused(upstream, "its answer has no end");
}

const VERSION = 5;
const NO_LOGIN = 0;
const PASSWORD = 2;
const LOGIN_VERSION = 1;
const CONNECT = 1;
/** RFC 1928 §6. */
const REPLIES = [
  "",
  "it failed",
  "its rules do not allow it",
  "the network cannot be reached from it",
  "the host cannot be reached from it",
  "the connection was refused there",
  "the way is too long",
  "it makes no connections",
  "it does not know this kind of address",
];

async function socks(connection: Connection, upstream: UpstreamValues, host: string, port: number): Promise<void> {
  const methods = upstream.login === "" ? [NO_LOGIN] : [NO_LOGIN, PASSWORD];
  await connection.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await connection.readBytes(2);
  if (version !== VERSION) throw refused(upstream, "it does not speak SOCKS5");
  if (method === PASSWORD && upstream.login !== "") await logIn(connection, upstream);
  else if (method !== NO_LOGIN) throw refused(upstream, "it wants a login");
  await connection.write(Uint8Array.of(VERSION, CONNECT, 0, ...addressOctets(host), port >> 8, port & 255));
  const [, reply = 1, , kind = 0] = await connection.readBytes(4);
  if (reply !== 0) throw refused(upstream, REPLIES[reply] ?? `it answered ${reply}`);
  // The address it has bound says nothing that is needed here (RFC 1928 §6).
  const length = kind === 1 ? 4 : kind === 4 ? 16 : kind === 3 ? ((await connection.readBytes(1))[0] ?? 0) : -1;
  if (length < 0) throw refused(upstream, "its answer cannot be read");
  await connection.readBytes(length + 2);
}

async function logIn(connection: Connection, upstream: UpstreamValues): Promise<void> {
  const [login, password] = [Buffer.from(upstream.login), Buffer.from(upstream.password)];
  if (login.length > 255 || password.length > 255)
    throw refused(upstream, "login name or password are too long for it");
  await connection.write(Uint8Array.of(LOGIN_VERSION, login.length, ...login, password.length, ...password));
  const [, status] = await connection.readBytes(2);
  if (status !== 0) throw refused(upstream, "it wants another login name or password");
}

/** A target as RFC 1928 §5 writes it. */
function addressOctets(host: string): number[] {
  const address = parseAddress(host);
  if (address === undefined) return [3, host.length, ...Buffer.from(host, "latin1")];
  const octets = address.words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return [address.family === 4 ? 1 : 4, ...octets];
}

function refused({ address }: UpstreamValues, why: string): GateRefusal {
  return new GateRefusal("unreachable", `The proxy ${address} does not lead there: ${why}.`);
}
