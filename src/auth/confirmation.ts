/**
 * Showing again who one is, within a session: before the own password, a second factor or anything else changes that opens the account.
 * A wrong answer counts against address and account as a wrong password does. Called by the pages and by src/administration.
 */
import type { User } from "../directory/user.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import type { Auth } from "./auth.ts";
import type { PreparedPassword } from "./passwords.ts";
import { authSettings } from "./settings.ts";

/** A password that is asked for within a session, and whence it came. */
interface Given {
  readonly password: string;
  readonly remote: string;
  readonly secure: boolean;
}

/** A change of the own password. */
export interface OwnChange extends Given {
  readonly user: User;
  /** The password until now; "" for whoever has none. */
  readonly old: string;
  /** The browser session that asks, which goes on. */
  readonly session?: Uint8Array;
}

export class Confirmation {
  constructor(
    private readonly store: Store,
    private readonly auth: Auth,
    private readonly now: () => number,
  ) {}

  /** Whether whoever is behind a browser session showed lately who he is. */
  isRecent(session: Uint8Array): boolean {
    const at = this.auth.sessions.provenAt(session);
    return at !== undefined && this.now() - at <= this.store.settings.get(authSettings).proofMinutes * 60_000;
  }

  /** Makes sure that a password is the user's own. @throws Refusal "credentials", "barred", "temporary" */
  async byPassword(user: User, { password, remote, secure }: Given): Promise<void> {
    const credentials = { login: user.login, password };
    const proven = await this.auth.prove({ service: "web", mechanism: "PLAIN", remote, secure, credentials });
    if ("reason" in proven) {
      const { reason, sentence } = proven;
      if (reason === "temporary" || reason === "barred") throw new Refusal(reason, sentence);
      throw new Refusal(
        "credentials",
        reason === "credentials" ? "The password you have now is another one." : sentence,
      );
    }
    if (proven.credential.kind === "password" && proven.subject.user.id === user.id) return;
    throw new Refusal("credentials", "That is an app password. Give the password you sign in with.");
  }

  /** The same by a code of the second factor. @throws Refusal "credentials", "barred", "tooMany" */
  async byCode(user: User, { code, remote }: { readonly code: string; readonly remote: string }): Promise<void> {
    const { admission, factors, lockout } = this.auth;
    const barred = admission.barred(remote, user.login);
    if (barred !== undefined) throw new Refusal("barred", barred.sentence);
    if ((await factors.takeCode(user.id, code)) !== undefined) return;
    lockout.strike(remote, "login", { account: user.login, detail: `webmail: second factor of ${user.login}` });
    throw new Refusal("credentials", "That code is not right, or was used before.");
  }

  /**
   * The part of changing the own password that takes its time: may he, is the old one right (a wrong one counts as at a login), does the
   * new one do. Then `passwords.setWithin`, which keeps the session that asks.
   * @throws Refusal "notPermitted" (the domain's switch, another database), "credentials", "barred", "invalid"
   */
  async prepareChange({ user, old, password, remote, secure, session }: OwnChange): Promise<PreparedPassword> {
    const { passwords } = this.auth;
    passwords.refuseOwnChange(user);
    if (user.hasPassword) await this.byPassword(user, { remote, secure, password: old });
    else if (session === undefined || !this.isRecent(session)) {
      throw new Refusal("notPermitted", "Show first who you are: sign in again.");
    }
    if (await passwords.isPresent(user, password)) {
      throw new Refusal("invalid", "That is the password you have now. Choose another one.");
    }
    return await passwords.prepare(user.login, password, { chosen: true, mustChange: false });
  }
}
