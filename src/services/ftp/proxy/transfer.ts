/**
 * A transfer through the FTP proxy: a data connection on either side, and the octets between them, which nobody here looks at. To the
 * server data connections are always opened from here (EPSV, PASV); the client chooses freely between active and passive. While it goes on
 * the client may say ABOR (RFC 959 §4.1.3).
 */
import type { FtpReply } from "../../../gateway/ftp/client.ts";
import type { Remote } from "../../../gateway/ftp/remote.ts";
import type { Connection } from "../../../net/connection.ts";
import { ConnectionClosed, DeadlineExceeded } from "../../../net/errors.ts";
import type { Passed, Tunnels } from "../../../net/tunnels.ts";
import { type Channel, NoChannel } from "../channel.ts";

export interface TransferHost {
  readonly remote: Remote;
  readonly channel: Channel;
  readonly tunnels: Tunnels;
  /** Whether the client's data connections are protected. */
  readonly secured: boolean;
  readonly dataMs: number;
  /** Sends the client a reply of the server. */
  pass(reply: FtpReply): Promise<void>;
}

export class Transfer {
  #ends: Connection[] = [];
  #aborted = false;

  constructor(private readonly host: TransferHost) {}

  /**
   * Runs a command that uses a data connection to its end; every reply of the server has been passed on then.
   * @param line the client's command, as octets
   * @throws NoChannel, Refusal, and what a data connection ends with before the server has begun
   */
  async run(line: string): Promise<void> {
    const { remote, channel, pass } = this.host;
    const outer = await remote.openData();
    this.#ends.push(outer);
    try {
      const first = await remote.ask(line);
      await pass(first);
      if (first.code >= 200) return;
      const moved = await this.#move(outer, () => channel.take());
      // A broken data connection is told by the server's own last reply (426, 451), or it has not noticed.
      const last = await remote.reply();
      await pass(moved || last.code >= 300 ? last : BROKEN);
      // RFC 959 §4.1.3: ABOR is answered itself, after the transfer.
      if (this.#aborted) await pass(await remote.reply());
    } finally {
      for (const end of this.#ends) end.destroy();
      channel.reset();
    }
  }

  /** The client has said ABOR: the server is told, and the octets end. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.host.remote.client.send("ABOR");
    for (const end of this.#ends) end.destroy();
  }

  /** Both ends, and the octets between them; false where they broke off. */
  async #move(outer: Connection, take: () => Promise<Connection>): Promise<boolean> {
    const { remote, tunnels, secured, dataMs } = this.host;
    const { passing } = remote.trip;
    try {
      const [inner] = await Promise.all([this.#inner(take, secured, dataMs), remote.client.secureData(outer)]);
      let counted: Passed = { sent: 0, received: 0 };
      const onProgress = (passed: Passed) => {
        passing.add(passed.sent - counted.sent, passed.received - counted.received);
        counted = passed;
      };
      const tunnel = tunnels.open(inner, outer, { idleMs: dataMs, bucket: passing.bucket, onProgress });
      onProgress(await tunnel.done);
      return !this.#aborted;
    } catch (error) {
      // The server has begun and will say how it ended: what went wrong here is told after that.
      if (error instanceof ConnectionClosed || error instanceof DeadlineExceeded || error instanceof NoChannel)
        return false;
      throw error;
    } finally {
      for (const end of this.#ends) end.destroy();
    }
  }

  async #inner(take: () => Promise<Connection>, secured: boolean, dataMs: number): Promise<Connection> {
    const inner = await take();
    this.#ends.push(inner);
    if (this.#aborted) throw new ConnectionClosed();
    if (!secured) return inner;
    inner.deadline(dataMs);
    await inner.acceptTls();
    inner.deadline(0);
    return inner;
  }
}

const BROKEN: FtpReply = { code: 426, lines: ["426 The transfer was broken off."] };
