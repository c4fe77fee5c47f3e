/** Everybody who is in an FTP session: how many are of one user and one address, and what the administration sees of them. */
import type { FtpOffice, FtpSession as Shown } from "../../administration/parts.ts";
import { peerNetwork } from "../../net/access.ts";
import type { FtpSession } from "./session.ts";

export class Crowd implements FtpOffice {
  readonly #sessions = new Map<string, FtpSession>();
  readonly #addresses = new Map<string, number>();
  readonly #users = new Map<number, number>();
  readonly #entered = new Map<FtpSession, number>();

  /** Counts a session in; false where there are `most` from its address. */
  come(session: FtpSession, most: number): boolean {
    const { connection } = session;
    const network = peerNetwork(connection.remote.address);
    const there = this.#addresses.get(network) ?? 0;
    if (there >= most) return false;
    this.#addresses.set(network, there + 1);
    this.#sessions.set(connection.id, session);
    return true;
  }

  /** Counts a user in; false where he has `most` sessions. */
  enter(session: FtpSession, userId: number, most: number): boolean {
    this.leave(session);
    const there = this.#users.get(userId) ?? 0;
    if (there >= most) return false;
    this.#users.set(userId, there + 1);
    this.#entered.set(session, userId);
    return true;
  }

  /** The user of a session has gone. */
  leave(session: FtpSession): void {
    const userId = this.#entered.get(session);
    if (userId === undefined) return;
    this.#entered.delete(session);
    less(this.#users, userId);
  }

  /** A session is over. */
  gone(session: FtpSession): void {
    this.leave(session);
    if (this.#sessions.delete(session.connection.id)) {
      less(this.#addresses, peerNetwork(session.connection.remote.address));
    }
  }

  sessions(): readonly Shown[] {
    return [...this.#sessions.values()].map(({ connection, member, since, folder, transfer, sent, received }) => ({
      id: connection.id,
      login: member === undefined ? "" : member.user.login,
      remote: connection.remote.address,
      secure: connection.secure,
      since,
      folder,
      doing: transfer?.doing ?? "",
      sent: sent + (transfer?.sent ?? 0),
      received: received + (transfer?.received ?? 0),
    }));
  }

  end(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.connection.destroy();
    return true;
  }
}

function less<K>(counts: Map<K, number>, key: K): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
