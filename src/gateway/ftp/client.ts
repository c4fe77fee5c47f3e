/**
 * An FTP client for the gateway's own ways to FTP servers: the FTP proxy, and ftp:// through the web proxy. It logs in, switches TLS on
 * where the server offers it, and opens data connections, always from here to the server's own address: what a server says about other
 * hosts is not believed (RFC 2577 §3).
 *
 * RFC 959, RFC 2428 (EPSV), RFC 4217 (AUTH TLS, PBSZ, PROT). Called by src/services/ftp/proxy and src/services/proxy.
 */
import type { Connection } from "../../net/connection.ts";
import { type FtpReply, NotFtp, readReply } from "./reply.ts";

export { type FtpReply, NotFtp, textOf } from "./reply.ts";

/** What a client is made with. */
export interface FtpClientOptions {
  /** The control connection, open and silent. */
  readonly control: Connection;
  /** Opens a connection to another port of the same server. */
  readonly beside: (port: number) => Promise<Connection>;
  /** Name for TLS; undefined where the server is known by its address. */
  readonly serverName: string | undefined;
  /** How long a reply may take, in milliseconds. */
  readonly patienceMs: number;
}

/** How a command may look: no control character in it, which would make two commands of one. */
const SAFE = /^[^\u0000-\u001f\u007f]*$/;

export class FtpClient {
  readonly control: Connection;
  /** Data connections use TLS. */
  #protected = false;
  /** The server has refused EPSV: it is not asked again. */
  #onlyPasv = false;

  constructor(private readonly options: FtpClientOptions) {
    this.control = options.control;
    this.control.deadline(options.patienceMs);
  }

  /** The server's greeting (RFC 959 §5.4: 120 may come before 220). */
  async greeting(): Promise<FtpReply> {
    let reply = await this.reply();
    while (reply.code < 200) reply = await this.reply();
    return reply;
  }

  /** Sends a command. @param line octets as Latin-1, without a line end */
  send(line: string): void {
    if (!SAFE.test(line)) throw new Error("an FTP command with control characters");
    this.control.write(Buffer.from(`${line}\r\n`, "latin1")).catch(() => undefined);
  }

  /** The next reply. @throws NotFtp and what the connection throws */
  async reply(): Promise<FtpReply> {
    return await readReply(this.control);
  }

  /** Sends a command and gives the first reply to it. */
  async ask(line: string): Promise<FtpReply> {
    this.send(line);
    return await this.reply();
  }

  /**
   * Switches TLS on if the server lets it (RFC 4217 §4); gives whether it did. Nobody has vouched for the certificate: that the line is not
   * read on the way is all it is for (RFC 7435).
   */
  async secure(): Promise<boolean> {
    const { code } = await this.ask("AUTH TLS");
    if (code !== 234) return false;
    await this.secureControl();
    return true;
  }

  /** Shakes hands at once: what a port with TLS from the first octet wants. */
  async secureControl(): Promise<void> {
    await this.control.startTls(this.#tls());
  }

  /** Protects data connections as the control connection is (RFC 4217 §9). Call it when logged in or before, as servers differ. */
  async protect(): Promise<boolean> {
    if (!this.control.secure || this.#protected) return this.#protected;
    if ((await this.ask("PBSZ 0")).code >= 300) return false;
    this.#protected = (await this.ask("PROT P")).code < 300;
    return this.#protected;
  }

  /**
   * A data connection to the server, before the command that uses it. TLS begins with `secureData`, once the server has begun the transfer.
   * @throws NotFtp where the server offers none
   */
  async openData(): Promise<Connection> {
    return await this.options.beside(await this.#port());
  }

  /** Shakes hands on a data connection, where data is protected. */
  async secureData(data: Connection): Promise<void> {
    if (!this.#protected) return;
    data.deadline(this.options.patienceMs);
    await data.startTls(this.#tls());
    data.deadline(0);
  }

  #tls() {
    const { serverName } = this.options;
    return { verify: "none", ...(serverName !== undefined && { serverName }) } as const;
  }

  async #port(): Promise<number> {
    if (!this.#onlyPasv) {
      const { code, lines } = await this.ask("EPSV");
      // RFC 2428 §3: (|||port|), with any character for the bar.
      const port = code === 229 ? /\(([\x21-\x7e])\1\1(\d{1,5})\1\)/.exec(lines.at(-1) ?? "")?.[2] : undefined;
      if (port !== undefined) return checked(Number(port));
      this.#onlyPasv = true;
    }
    const { code, lines } = await this.ask("PASV");
    const numbers = code === 227 ? /(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})/.exec(lines.at(-1) ?? "") : null;
    if (numbers === null) throw new NotFtp("it offers no data connection");
    return checked(Number(numbers[1]) * 256 + Number(numbers[2]));
  }
}

/** Ports below 1024 are those of other services, to which a transfer must not lead (RFC 2577 §3). */
function checked(port: number): number {
  if (port >= 1_024 && port <= 65_535) return port;
  throw new NotFtp("it offers no data connection");
}
