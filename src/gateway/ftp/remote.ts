/** An FTP server elsewhere: reached by the gateway's rules, over TLS as set, and spoken to in its own words. */
import type { Connection } from "../../net/connection.ts";
import type { Parting } from "../../net/connection-parts.ts";
import { ConnectionClosed, DeadlineExceeded, LineTooLong } from "../../net/errors.ts";
import { Refusal } from "../../refusal.ts";
import type { Gateway } from "../gateway.ts";
import { isAddress } from "../hosts.ts";
import { GateRefusal, type Trip, type Visitor } from "../visit.ts";
import { FtpClient, type FtpReply, NotFtp, textOf } from "./client.ts";

/** Which server. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

/** The port of FTP. */
export const FTP_PORT = 21;

/** The port of FTP with TLS from the first octet. */
const IMPLICIT = 990;

/** A server as people write it. */
export function serverText({ host, port }: Server): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return port === FTP_PORT ? shown : `${shown}:${port}`;
}

export interface RemoteOptions {
  readonly gateway: Pick<Gateway, "open">;
  readonly tls: "never" | "offered" | "required";
  readonly replyMs: number;
  readonly signal: Parting;
  /** The whole address, where one was asked for. */
  readonly url?: string;
}

export class Remote {
  private constructor(
    readonly server: Server,
    readonly trip: Trip,
    readonly client: FtpClient,
    readonly greeting: FtpReply,
    private readonly tls: RemoteOptions["tls"],
  ) {}

  /**
   * Reaches a server and hears its greeting.
   * @throws GateRefusal; Refusal "temporary" where it answers wrongly or not at all
   */
  static async open(visitor: Visitor, server: Server, options: RemoteOptions): Promise<Remote> {
    const { gateway, signal, url } = options;
    const target = { host: server.host, port: server.port, scheme: "ftp", ...(url !== undefined && { url }) } as const;
    const trip = await gateway.open(visitor, target, { signal });
    const serverName = isAddress(server.host) ? undefined : server.host;
    const client = new FtpClient({
      ...{ control: trip.connection, serverName, patienceMs: options.replyMs },
      beside: (port) => trip.beside(port),
    });
    try {
      return new Remote(server, trip, client, await greet(client, server, options.tls), options.tls);
    } catch (error) {
      trip.connection.destroy();
      trip.passing.close();
      throw troubled(error, server);
    }
  }

  /** A reply to a line. @throws Refusal "temporary" where the server has gone, and with it this */
  async ask(line: string): Promise<FtpReply> {
    return await this.#saved(this.client.ask(line));
  }

  /** One more reply. @throws as `ask` */
  async reply(): Promise<FtpReply> {
    return await this.#saved(this.client.reply());
  }

  /** A data connection to the server, for the command that comes next. @throws GateRefusal; Refusal "temporary" */
  async openData(): Promise<Connection> {
    try {
      const protectedData = await this.client.protect();
      if (this.tls === "required" && !protectedData) {
        const sentence = `${serverText(this.server)} does not encrypt data connections, which this proxy asks for.`;
        throw new Refusal("notPermitted", sentence);
      }
      return await this.client.openData();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      // Without a data connection the session can still go on.
      if (!(error instanceof NotFtp)) return await this.#saved(Promise.reject(error));
      throw troubled(error, this.server);
    }
  }

  /** Says goodbye, as far as anybody listens. */
  close(): void {
    const { connection, passing } = this.trip;
    if (connection.open) this.client.send("QUIT");
    void connection.end();
    passing.close();
  }

  async #saved<T>(doing: Promise<T>): Promise<T> {
    try {
      return await doing;
    } catch (error) {
      if (error instanceof GateRefusal) throw error;
      this.trip.connection.destroy();
      this.trip.passing.close();
      throw troubled(error, this.server);
    }
  }
}

async function greet(client: FtpClient, server: Server, tls: RemoteOptions["tls"]): Promise<FtpReply> {
  if (server.port === IMPLICIT) await client.secureControl();
  const greeting = await client.greeting();
  if (greeting.code !== 220)
    throw new Refusal("temporary", `${serverText(server)} takes nobody in: ${textOf(greeting)}`);
  if (tls === "never" || client.control.secure) return greeting;
  const secured = await client.secure();
  if (secured || tls === "offered") return greeting;
  throw new Refusal("notPermitted", `${serverText(server)} offers no encryption, which this proxy asks for.`);
}

/** What a server did wrong, in words for the client. */
function troubled(error: unknown, server: Server): unknown {
  const name = serverText(server);
  if (error instanceof NotFtp) return new Refusal("temporary", `${name}: ${error.message}.`);
  if (error instanceof LineTooLong) return new Refusal("temporary", `${name}: its answer is too long.`);
  if (error instanceof DeadlineExceeded) return new Refusal("temporary", `${name} does not answer in time.`);
  if (error instanceof ConnectionClosed) return new Refusal("temporary", `${name} has closed the connection.`);
  return error;
}
