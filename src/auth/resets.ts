/**
 * Links under which a new password can be set, once: what an administrator gives to somebody who has forgotten his. The link holds 256
 * random bits, the store their SHA-256. It opens nothing but the page where the password is set; a second factor stays.
 */
import { eq, lt, or } from "drizzle-orm";
import type { Directory, User } from "../directory/directory.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Passwords } from "./passwords.ts";
import { authSettings } from "./settings.ts";
import { passwordResets } from "./tables.ts";
import { digest, newToken, TOKEN } from "./tokens.ts";

/** A link's token, and until when it is good (milliseconds since the epoch). */
export interface NewReset {
  readonly token: string;
  readonly expiresAt: number;
}

export class Resets {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly passwords: Passwords,
    private readonly now: () => number,
  ) {}

  /** Makes a link for a user; an earlier one is no longer good. @throws Refusal "notFound", "notPermitted" */
  async create(login: string, by: string): Promise<NewReset> {
    return await this.store.commit((tx) => this.createWithin(tx, login, by));
  }

  createWithin(tx: Tx, login: string, by: string): NewReset {
    const user = this.directory.users.require(login);
    this.passwords.refuseForeign(user);
    const createdAt = this.now();
    const expiresAt = createdAt + this.store.settings.get(authSettings).resetHours * 3_600_000;
    const token = newToken();
    this.#forgetWithin(tx, user.id);
    tx.db
      .insert(passwordResets)
      .values({ hash: digest(token), user: user.id, createdAt, expiresAt, by })
      .run();
    return { token, expiresAt };
  }

  /** Whose link it is; undefined where it was never one, is used, or has run out: nobody learns which. */
  find(token: string): User | undefined {
    if (!TOKEN.test(token)) return undefined;
    const row = this.store.db
      .select()
      .from(passwordResets)
      .where(eq(passwordResets.hash, digest(token)))
      .get();
    const user = row === undefined || row.expiresAt <= this.now() ? undefined : this.directory.users.byId(row.user);
    return user?.kind === "user" && user.external === null ? user : undefined;
  }

  /**
   * Sets the new password that was chosen under a link. The link is used up, and all sessions of the user end.
   * Gives whose it was; undefined where the link is no longer good.
   * @throws Refusal "invalid" where the password does not do; the link stays good
   */
  async redeem(token: string, password: string): Promise<User | undefined> {
    const user = this.find(token);
    if (user === undefined) return undefined;
    const prepared = await this.passwords.prepare(user.login, password, { chosen: true, mustChange: false });
    return await this.store.commit((tx) => {
      // Whoever was there first has used it.
      if (this.find(token) === undefined) return undefined;
      this.#forgetWithin(tx, user.id);
      this.passwords.setWithin(tx, prepared);
      return user;
    });
  }

  #forgetWithin(tx: Tx, user: number): void {
    tx.db
      .delete(passwordResets)
      .where(or(eq(passwordResets.user, user), lt(passwordResets.expiresAt, this.now())))
      .run();
  }
}
