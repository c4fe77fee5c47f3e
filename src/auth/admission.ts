/**
 * Who is let in once it is known who asks: is address or account barred; is the account enabled and not expired, and may it use the
 * service; is what was given enough for it, beside a second factor or a password that must be changed. Asked at every login, and again
 * by sessions that last. Called by auth.ts and sign-in.ts.
 */
import type { Directory } from "../directory/directory.ts";
import { hasExpired } from "../directory/expiry.ts";
import type { LastLogin, User } from "../directory/user.ts";
import type { Store } from "../store/store.ts";
import type { AppPasswords } from "./app-passwords.ts";
import { type Credential, type Login, type Refused, refused } from "./attempt.ts";
import type { Factors } from "./factors/factors.ts";
import type { Lockout } from "./lockout.ts";
import { mustChange } from "./must-change.ts";
import { mayUse, SERVICES, type Service, takesMailboxLogins } from "./services.ts";
import { authSettings } from "./settings.ts";
import type { Subject } from "./subject.ts";

/** What is said of a wrong name, a wrong password, and of what is no password any more. */
export const WRONG = "The login name or the password is wrong.";

/** What it works with. */
export interface AdmissionParts {
  readonly lockout: Lockout;
  readonly appPasswords: AppPasswords;
  readonly factors: Factors;
  /** The address of the page where people sign in, as refusals name it. */
  readonly signInPage: () => string | undefined;
  /** The time in milliseconds since the epoch. */
  readonly now: () => number;
}

export class Admission {
  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly parts: AdmissionParts,
  ) {}

  /** Why nobody is let in from an address, or to an account from there. */
  barred(remote: string, account: string): Refused | undefined {
    const { lockout, now } = this.parts;
    const bar = lockout.barred(remote) ?? lockout.accountBarred(account, remote);
    if (bar === undefined) return undefined;
    if (bar.why === "hand") return refused("barred", "The administrator has barred this; ask there.");
    const seconds = Math.max(1, Math.ceil((bar.until - now()) / 1000));
    return refused("barred", "There were too many failed logins; try again later.", seconds);
  }

  /** Why an account is not let in, whatever it was opened with. */
  refusalFor({ user, mailboxOnly }: Pick<Subject, "user" | "mailboxOnly">, service: Service): Refused | undefined {
    if (!user.enabled) return refused("disabled", "This account is switched off; ask the administrator.");
    if (hasExpired(user, this.parts.now()))
      return refused("expired", "This account has expired; ask the administrator to renew it.");
    if (mailboxOnly && !takesMailboxLogins(service))
      return refused("permission", "A mailbox's own password is for mail programs only.");
    if (mayUse(user, service)) return undefined;
    return refused("permission", `This account may not use ${SERVICES[service].title}.`);
  }

  /** Why a credential that is right does not open a service. */
  credentialRefusal(user: User, credential: Credential, service: Service, remote: string): Refused | undefined {
    const { appPasswords } = this.parts;
    switch (credential.kind) {
      case "mailbox":
        return undefined;
      case "appPassword": {
        const app = appPasswords.get(user.id, credential.id);
        return app === undefined ? refused("credentials", WRONG) : appPasswords.refusalFor(app, service, remote);
      }
      case "password":
        if (mustChange(user)) {
          return refused(
            "expired",
            `This password must be changed before it opens anything: sign in at ${this.#page()}.`,
          );
        }
        if (!this.#needsMore(user, service)) return undefined;
        return refused(
          "factor",
          `This account has a second factor, so its password is for the web pages only. Use an app password; make one at ${this.#page()}.`,
        );
    }
  }

  /** Notes that somebody was let in. */
  note(user: User, login: LastLogin): void {
    this.parts.lockout.noteSuccess(user.login, login.remote);
    this.directory.users.lastLogins.note(user.id, login);
  }

  /** The user of a login as he is now; undefined where it is no longer good: `Auth.renewed`. */
  renewed(login: Login): User | undefined {
    const { service } = login;
    const user = this.directory.users.byId(login.user.id);
    if (user === undefined || !user.enabled || hasExpired(user, this.parts.now()) || !mayUse(user, service))
      return undefined;
    return this.#stillOpens(user, login) ? user : undefined;
  }

  /** Whether a login's credential is still what it was. */
  #stillOpens(user: User, { credential, service, mailbox }: Login): boolean {
    const { appPasswords } = this.parts;
    switch (credential.kind) {
      case "mailbox":
        return this.directory.mailboxes.credentials(mailbox)?.changedAt === credential.changedAt;
      case "appPassword": {
        const app = appPasswords.get(user.id, credential.id);
        return app !== undefined && !appPasswords.hasExpired(app);
      }
      case "password":
        return user.passwordChangedAt === credential.changedAt && !mustChange(user) && !this.#needsMore(user, service);
    }
  }

  /** Whether a password alone does not open a service. The pages ask for the second factor themselves. */
  #needsMore(user: User, service: Service): boolean {
    const { passwordsBesideSecondFactor } = this.store.settings.get(authSettings);
    return this.parts.factors.any(user.id) && (service === "web" || !passwordsBesideSecondFactor);
  }

  #page(): string {
    return this.parts.signInPage() ?? "the web page of this server";
  }
}
