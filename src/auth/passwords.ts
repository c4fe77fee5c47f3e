/**
 * Setting passwords: the rules they keep, who set them, and what ends with the old one. Every way to a new password leads through here:
 * an administrator, the owner, a link, the page where a password must be changed. Called by `Auth`, the sign-in and the operations.
 */
import { eq } from "drizzle-orm";
import type { Directory, User } from "../directory/directory.ts";
import type { NewCredentials } from "../directory/users.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import type { ScramShape } from "./app-password.ts";
import type { AppPasswords } from "./app-passwords.ts";
import { MOST_PASSWORD_OCTETS, makeScramKeys, type PasswordHasher, preparePassword } from "./password.ts";
import { saslprep } from "./saslprep.ts";
import type { Sessions } from "./sessions.ts";
import { authSettings } from "./settings.ts";
import { type Strength, StrengthMeter } from "./strength.ts";
import { passwordResets } from "./tables.ts";

/** Hash and keys of a password that was judged. */
export type JudgedCredentials = NewCredentials & { readonly score: number };

/** A password that is ready to be set; `setWithin` does so. */
export interface PreparedPassword {
  readonly user: User;
  readonly credentials: JudgedCredentials;
}

export interface PasswordParts {
  readonly hasher: PasswordHasher;
  readonly appPasswords: AppPasswords;
  readonly sessions: Sessions;
}

export class Passwords {
  readonly #meter = new StrengthMeter();

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly parts: PasswordParts,
  ) {}

  /**
   * Hash and keys of a new password that keeps the rules. `shape` is the salt that SCRAM keys must have.
   * @throws Refusal "invalid"
   */
  async credentialsFor(
    password: string,
    userInputs: readonly string[] = [],
    shape?: ScramShape,
  ): Promise<JudgedCredentials> {
    const { minimumScore, minimumLength, scramIterations } = this.store.settings.get(authSettings);
    if ([...password].length < minimumLength) {
      throw new Refusal("invalid", `A password has at least ${minimumLength} characters.`);
    }
    if (Buffer.byteLength(password) > MOST_PASSWORD_OCTETS) throw new Refusal("invalid", "The password is too long.");
    const prepared = saslprep(password);
    if (prepared === undefined || prepared === "") {
      throw new Refusal("invalid", "The password has characters that mail programs cannot send.");
    }
    const { score, warning, suggestions } = await this.strength(password, userInputs);
    if (score < minimumScore) {
      throw new Refusal(
        "invalid",
        ["This password is too easy to guess.", warning, ...suggestions].filter(Boolean).join(" "),
      );
    }
    const salt = shape && Buffer.from(shape.salt, "base64");
    const [passwordHash, scram] = await Promise.all([
      this.parts.hasher.hash(prepared),
      makeScramKeys(prepared, shape?.iterations ?? scramIterations, salt),
    ]);
    return { passwordHash, scram, score };
  }

  /** Judges a password without setting it. `userInputs` are names and addresses of the user. */
  strength(password: string, userInputs: readonly string[] = []): Promise<Strength> {
    return this.#meter.strength(password, userInputs);
  }

  /** Names and addresses of a user: the words that an attacker tries first. */
  wordsOf(user: User): string[] {
    return [user.login, user.fullName, ...this.directory.addressesOf(user.id)];
  }

  /**
   * The part of setting a user's password that takes its time.
   * @throws Refusal "notFound", "invalid" (too weak), "notPermitted" where an external user database decides
   */
  async prepare(
    login: string,
    password: string,
    options: { readonly mustChange?: boolean; readonly chosen?: boolean } = {},
  ): Promise<PreparedPassword> {
    const user = this.directory.users.require(login);
    this.refuseForeign(user);
    const shape = this.parts.appPasswords.shape(user.id);
    const credentials = await this.credentialsFor(password, this.wordsOf(user), shape);
    return { user, credentials: { ...credentials, ...options } };
  }

  /**
   * Sets it. All browser sessions of the user end, but the one that is named, and a link for setting one is no longer good.
   * @throws Refusal "temporary" where an app password was made at the same moment
   */
  setWithin(tx: Tx, { user, credentials }: PreparedPassword, keep?: Uint8Array): void {
    const shape = this.parts.appPasswords.shape(user.id);
    const { scram } = credentials;
    if (shape !== undefined && scram !== null && (shape.salt !== scram.salt || shape.iterations !== scram.iterations)) {
      throw new Refusal("temporary", "An app password was made at the same moment; try again.");
    }
    const changedAt = this.directory.users.setCredentialsWithin(tx, user.id, credentials);
    // A link that lies about somewhere must not undo the change.
    tx.db.delete(passwordResets).where(eq(passwordResets.user, user.id)).run();
    this.parts.sessions.closeAllWithin(tx, user.id, keep);
    if (keep !== undefined) this.parts.sessions.carryOnWithin(tx, keep, changedAt);
  }

  /** Sets a user's password; remembered logins with the old one and all sessions end at once. @throws Refusal as `prepare` */
  async set(login: string, password: string, options: { readonly mustChange?: boolean } = {}): Promise<void> {
    const prepared = await this.prepare(login, password, options);
    await this.store.commit((tx) => this.setWithin(tx, prepared));
  }

  /**
   * Sets or (null) takes away a mailbox's own password.
   * @throws Refusal "notFound", "invalid"
   */
  async setForMailbox(mailboxId: number, password: string | null): Promise<void> {
    const mailbox = this.directory.mailboxes.require(mailboxId);
    const words = [mailbox.login ?? "", mailbox.description];
    await this.directory.mailboxes.setCredentials(
      mailboxId,
      password === null ? null : await this.credentialsFor(password, words),
    );
  }

  /** Refuses where there is no password here that could be set. @throws Refusal "notPermitted" */
  refuseForeign(user: User): void {
    if (user.kind !== "user") throw new Refusal("notPermitted", `${user.login} does not log in and needs no password.`);
    if (user.external === null) return;
    throw new Refusal(
      "notPermitted",
      `The password of ${user.login} is kept in the user database ${user.external.directory}.`,
    );
  }

  /**
   * Refuses where a user may not change the own password: the domain of the primary mailbox's return address decides.
   * @throws Refusal "notPermitted"
   */
  refuseOwnChange(user: User): void {
    this.refuseForeign(user);
    const address = this.directory.aliases.list({ mailboxId: user.primaryMailbox }).find(({ primary }) => primary);
    const domain = address && this.directory.domains.byId(address.domainId);
    if (domain === undefined || domain.passwordChange) return;
    throw new Refusal(
      "notPermitted",
      `Passwords of ${domain.displayName} are changed by the administrator; ask there.`,
    );
  }

  /** Whether a password is the one a user has. */
  async isPresent(user: User, password: string): Promise<boolean> {
    const hash = this.directory.users.credentials(user.id)?.passwordHash;
    return typeof hash === "string" && (await this.parts.hasher.verify(preparePassword(password), hash));
  }

  /** Ends the judging thread. */
  close(): void {
    this.#meter.close();
  }
}
