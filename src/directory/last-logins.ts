/** When each user last logged in, from where and to what; the latest is in memory before it is in the file. */
import { eq } from "drizzle-orm";
import type { Store, Tx } from "../store/store.ts";
import { LastUses } from "./last-uses.ts";
import { users } from "./tables.ts";
import type { LastLogin, User } from "./user.ts";

export class LastLogins {
  readonly #uses: LastUses;

  constructor(store: Store) {
    this.#uses = new LastUses(store, { room: "directory", doing: "write last logins" }, writeLogin);
  }

  /** Notes a login. Costs nothing where one was noted within the minute. */
  note(userId: number, login: LastLogin): void {
    this.#uses.note(userId, login);
  }

  /** The user with the latest login that is known. */
  applied(user: User): User {
    const noted = this.#uses.get(user.id);
    return noted === undefined || noted.at <= (user.lastLogin?.at ?? 0) ? user : { ...user, lastLogin: noted };
  }

  forget(userId: number): void {
    this.#uses.forget(userId);
  }

  /** Writes what waits, a slice a commit. */
  async flush(): Promise<void> {
    await this.#uses.flush();
  }

  /** Writes what waits at once and ends the timer. */
  close(): void {
    this.#uses.close();
  }
}

function writeLogin(tx: Tx, id: number, { at, service, remote }: LastLogin): void {
  tx.db
    .update(users)
    .set({ lastLoginAt: at, lastLoginService: service, lastLoginRemote: remote })
    .where(eq(users.id, id))
    .run();
}
