/**
 * The connection to a server elsewhere, as POP3 and IMAP share it: found and opened where that is allowed, encrypted as the account says,
 * read line by line within limits, and every failure in words for a person.
 *
 * RFC 8314 (implicit TLS first), RFC 2595 (STARTTLS, STLS); what was received before TLS is dropped (§2.4).
 */
import { isIP } from "node:net";
import { connect } from "../../net/connect.ts";
import {
  type ClientTls,
  ConnectFailed,
  type Connection,
  ConnectionClosed,
  DeadlineExceeded,
  LineTooLong,
  TlsFailed,
} from "../../net/connection.ts";
import { DnsError, type Resolver } from "../../net/dns.ts";
import type { AccountProperties } from "./account.ts";
import { portOf } from "./account.ts";
import { Trouble } from "./source.ts";

export interface WireParts {
  readonly resolver: Pick<Resolver, "addresses">;
  /** Whether an address and port lead back to this server. */
  readonly isSelf: (address: string, port: number) => boolean;
  /** Whether an address belongs to the public Internet. */
  readonly isPublic: (address: string) => boolean;
  /** Authorities (PEM) instead of the well-known ones. */
  readonly authorities: readonly string[] | undefined;
  /** Calls a session off that is being opened. */
  readonly signal: AbortSignal;
}

/** What of an account says where its server is. */
export type Whereabouts = Pick<AccountProperties, "host" | "port" | "protocol" | "tls" | "verify" | "local">;

const CONNECT_MS = 20_000;
const ANSWER_MS = 60_000;
/** Octets that are taken at a time. */
const PIECE = 65_536;

export class Wire {
  private constructor(
    readonly connection: Connection,
    readonly host: string,
    private readonly tlsOptions: ClientTls,
    private readonly longestLine: number,
  ) {}

  /** Connects, and gives the session that `begin` makes of it; all of it before the signal. @throws Trouble */
  static async session<T>(
    account: Whereabouts,
    parts: WireParts,
    longestLine: number,
    begin: (wire: Wire) => Promise<T>,
  ): Promise<T> {
    const { signal } = parts;
    const wire = await Wire.#open(account, parts, longestLine);
    const drop = () => wire.destroy();
    signal.addEventListener("abort", drop);
    if (signal.aborted) drop();
    try {
      return await begin(wire);
    } catch (error) {
      wire.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", drop);
    }
  }

  static async #open(account: Whereabouts, parts: WireParts, longestLine: number): Promise<Wire> {
    const { host, tls } = account;
    const port = portOf(account);
    const addresses = await addressesOf(account, port, parts);
    const name = host.replace(/^\[(.*)\]$/, "$1");
    const tlsOptions: ClientTls = {
      ...{ verify: account.verify ? "name" : "none", names: [name] },
      ...(isIP(name) === 0 && { serverName: name }),
      ...(parts.authorities !== undefined && { authorities: parts.authorities }),
    };
    try {
      const connection = await connect({
        ...{ host: name, addresses, port, timeoutMs: CONNECT_MS, signal: parts.signal },
        ...(tls === "implicit" && { tls: tlsOptions }),
      });
      connection.deadline(ANSWER_MS);
      return new Wire(connection, host, tlsOptions, longestLine);
    } catch (error) {
      throw troubleOf(error, host, port);
    }
  }

  /** The next line, an octet a character. @throws Trouble */
  async line(): Promise<string> {
    return await this.#asking(async () => {
      const { bytes } = await this.connection.readLine(this.longestLine);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    });
  }

  /** The same, for so long at most; undefined where none came, and the connection goes on. @throws Trouble */
  async lineWithin(ms: number): Promise<string | undefined> {
    this.connection.deadline(ms);
    return await this.#asking(async () => {
      try {
        const { bytes } = await this.connection.readLine(this.longestLine);
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
      } catch (error) {
        if (error instanceof DeadlineExceeded) return undefined;
        throw error;
      }
    });
  }

  /** So many octets, which the caller has checked against a limit, as they come. @throws Trouble */
  async *octets(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      const piece = await this.#asking(() => this.connection.readSome(Math.min(left, PIECE)));
      left -= piece.length;
      yield piece;
    }
  }

  /** The octets of an answer that a dot ends (RFC 1939 §3). @throws Trouble */
  async *untilDot(): AsyncGenerator<Uint8Array> {
    const reader = this.connection.readUntilDot();
    for (;;) {
      const piece = await this.#asking(() => reader.read());
      if (piece === undefined) return;
      yield piece;
    }
  }

  /** Sends a line; what goes wrong shows when the answer is read. */
  send(line: string): void {
    this.connection.write(`${line}\r\n`).catch(() => undefined);
  }

  /** @throws Trouble */
  async startTls(): Promise<void> {
    await this.#asking(() => this.connection.startTls(this.tlsOptions));
  }

  /** How long one answer, or the next piece of it, may take; the usual time where none is named. */
  patience(ms: number = ANSWER_MS): void {
    this.connection.deadline(ms);
  }

  /** An answer that no server of this protocol gives. */
  nonsense(what: string): Trouble {
    this.destroy();
    return new Trouble("protocol", `${this.host} ${what}. Is the protocol right, and the port?`);
  }

  destroy(): void {
    this.connection.destroy();
  }

  async #asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.destroy();
      throw troubleOf(error, this.host);
    }
  }
}

/** What a server said, as a quotation. */
export function said(text: string): string {
  const clean = text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);
  return clean === "" ? "it does not say why." : `“${clean}”`;
}

/** As SASL exchanges are sent (RFC 4954 §4). */
export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** Where a server is, if mail may be collected there. @throws Trouble */
async function addressesOf(
  { host, local, tls, protocol }: Whereabouts,
  port: number,
  { resolver, isSelf, isPublic }: WireParts,
): Promise<string[]> {
  if (tls === "none" && !local) {
    const text = `Without encryption the password would be read by others: choose TLS for ${host}.`;
    throw new Trouble("notPermitted", text);
  }
  let addresses: string[];
  try {
    addresses = await resolver.addresses(host);
  } catch (error) {
    throw troubleOf(error, host);
  }
  if (addresses.length === 0) throw new Trouble("unreachable", `${host} has no address. Check the server's name.`);
  if (addresses.some((address) => isSelf(address, port))) {
    throw new Trouble("notPermitted", `${host} is this server itself: its mail would go round in circles.`);
  }
  const allowed = local ? addresses : addresses.filter(isPublic);
  if (allowed.length > 0) return allowed;
  const text = `${host} is not on the Internet. Only an administrator may collect by ${protocol.toUpperCase()} on the own network.`;
  throw new Trouble("notPermitted", text);
}

/** What was thrown, in words; faults of our own stay what they are. */
function troubleOf(error: unknown, host: string, port?: number): unknown {
  if (error instanceof Trouble) return error;
  if (error instanceof DnsError) {
    return error.kind === "notFound"
      ? new Trouble("unreachable", `There is no server ${host}. Check its name.`)
      : new Trouble("unreachable", `The name servers could not say where ${host} is: ${error.message}`);
  }
  if (error instanceof ConnectFailed) {
    const why = [...new Set(error.attempts.map(({ reason }) => reason))].join("; ");
    return new Trouble("unreachable", `${host} cannot be reached at port ${port}: ${why}.`);
  }
  if (error instanceof TlsFailed) {
    const text = `The connection to ${host} could not be encrypted: ${error.message}. Check the server's name and how it is encrypted.`;
    return new Trouble("tls", text);
  }
  if (error instanceof DeadlineExceeded) {
    return new Trouble(
      "unreachable",
      `${host} did not answer within ${Math.round(error.milliseconds / 1_000)} seconds.`,
    );
  }
  if (error instanceof ConnectionClosed) return new Trouble("unreachable", `${host} closed the connection.`);
  if (error instanceof LineTooLong) return new Trouble("protocol", `${host} sent a line without end.`);
  return error;
}
