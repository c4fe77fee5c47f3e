/**
 * Second factors: what shows, beside the password, that it is really the owner. Codes of an authenticator app (RFC 6238), passkeys
 * (W3C WebAuthn), and recovery codes for the day both are gone; these come with the first factor and go with the last. Called by the
 * sign-in, by `Auth` for the services (a password alone opens none of them any more), and by the operations.
 */
import { BoundedMap } from "../../directory/cache.ts";
import { ADMINISTRATOR } from "../../directory/permissions.ts";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { loginsChanged } from "../changes.ts";
import { authSettings } from "../settings.ts";
import { type Passkey, Passkeys, passkeyNameSchema, type Site } from "./passkeys.ts";
import { RecoveryCodes } from "./recovery.ts";
import { Totp } from "./totp.ts";

export type { Passkey, Site } from "./passkeys.ts";
export type { TotpEnrolment } from "./totp.ts";

/** What a user has. */
export interface FactorStatus {
  /** Since when codes of an authenticator app are asked for (milliseconds since the epoch). */
  readonly totpSince: number | null;
  readonly passkeys: readonly Passkey[];
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
  /** There is a second factor. */
  readonly on: boolean;
  /** The settings ask for one. */
  readonly required: boolean;
}

/** What came of adding a factor: recovery codes where it was the first. They are shown now and never again. */
export interface Added {
  readonly recoveryCodes: readonly string[];
}

const CACHED = 10_000;
/** Wrong codes for one account, from wherever, before no more are looked at; one is forgotten in this time. */
const MOST_WRONG = 20;
const FORGET_MS = 3 * 60_000;
const GUESSED = 10_000;

export class Factors {
  readonly totp: Totp;
  readonly recovery: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly #any = new BoundedMap<number, boolean>(CACHED);
  readonly #wrong = new BoundedMap<number, { readonly score: number; readonly at: number }>(GUESSED);

  constructor(
    private readonly store: Store,
    private readonly options: { readonly now: () => number; readonly secret: Uint8Array },
  ) {
    this.totp = new Totp(store, options.now);
    this.recovery = new RecoveryCodes(store, options.now);
    this.passkeys = new Passkeys(store, options);
    store.changes.on(loginsChanged, ({ user }) => this.#any.delete(user));
  }

  /** Whether a user has a second factor. From memory after the first time. */
  any(user: number): boolean {
    const fresh = this.store.client.inTransaction;
    const known = fresh ? undefined : this.#any.get(user);
    if (known !== undefined) return known;
    const any = this.totp.confirmedAt(user) !== undefined || this.passkeys.list(user).length > 0;
    if (!fresh) this.#any.set(user, any);
    return any;
  }

  /** Whether the settings ask a user for one. */
  required(user: User): boolean {
    const { requireSecondFactor } = this.store.settings.get(authSettings);
    return (
      requireSecondFactor === "everybody" ||
      (requireSecondFactor === "administrators" && user.permissions.has(ADMINISTRATOR))
    );
  }

  status(user: User): FactorStatus {
    return {
      totpSince: this.totp.confirmedAt(user.id) ?? null,
      passkeys: this.passkeys.list(user.id),
      recoveryCodes: this.recovery.left(user.id),
      on: this.any(user.id),
      required: this.required(user),
    };
  }

  /** Lets codes of the secret that was shown count, for a first code from it. @throws Refusal "credentials", "invalid" */
  async confirmTotp(user: User, code: string, and: (tx: Tx) => void = () => {}): Promise<Added> {
    const added: { codes: string[] } = { codes: [] };
    this.#countGuess(user.id);
    const confirmed = await this.totp.confirmWithin(user.id, plain(code), (tx) => {
      added.codes = this.#firstCodes(tx, user.id);
      and(tx);
    });
    if (confirmed) {
      this.#count(user.id, -1);
      return { recoveryCodes: added.codes };
    }
    throw new Refusal("credentials", "That is not the code the app shows now. Wait for the next one and type it.");
  }

  /** Registers a passkey from what the browser's authenticator made. @throws Refusal "invalid", "exists", "tooMany" */
  async addPasskey(
    user: User,
    answer: unknown,
    about: { readonly site: Site; readonly binding: string; readonly name: string },
    and: (tx: Tx, passkey: Passkey) => void = () => {},
  ): Promise<Added & { readonly passkey: Passkey }> {
    const name = passkeyNameSchema.safeParse(about.name);
    if (!name.success) throw new Refusal("invalid", name.error.issues[0]?.message ?? "Give it a name.");
    const keep = await this.passkeys.checkNew(user.id, answer, about.site, about.binding);
    return await this.store.commit((tx) => {
      const recoveryCodes = this.#firstCodes(tx, user.id);
      const passkey = keep(tx, name.data);
      and(tx, passkey);
      return { passkey, recoveryCodes };
    });
  }

  /**
   * How a code that was typed shows who is there: from the app, or from the paper; undefined where it does not. A code is used up.
   * @throws Refusal "tooMany" where too many wrong ones were tried
   */
  async takeCode(user: number, typed: string): Promise<"code" | "recovery code" | undefined> {
    this.#countGuess(user);
    const code = plain(typed);
    const way = /^\d+$/.test(code)
      ? (await this.totp.take(user, code)) && ("code" as const)
      : (await this.recovery.take(user, code)) && ("recovery code" as const);
    if (way === false) return undefined;
    this.#wrong.delete(user);
    return way;
  }

  /** Takes the app's codes away. @throws Refusal "notFound", "notPermitted" where it is the last factor and one is required */
  removeTotpWithin(tx: Tx, user: User): void {
    if (!this.totp.removeWithin(tx, user.id))
      throw new Refusal("notFound", "There are no codes of an app to take away.");
    this.#afterRemoval(tx, user);
  }

  /** Takes a passkey away. @throws Refusal as `removeTotpWithin` */
  removePasskeyWithin(tx: Tx, user: User, id: number): Passkey {
    const passkey = this.passkeys.removeWithin(tx, user.id, id);
    this.#afterRemoval(tx, user);
    return passkey;
  }

  /** Takes every factor and all recovery codes away: what an administrator does for somebody who has lost them. */
  removeAllWithin(tx: Tx, user: number): void {
    this.totp.removeWithin(tx, user);
    this.passkeys.removeAllWithin(tx, user);
    this.recovery.removeWithin(tx, user);
  }

  /** New recovery codes in the place of the old ones. @throws Refusal "invalid" where there is no factor they could stand in for */
  renewRecoveryWithin(tx: Tx, user: number): string[] {
    if (!this.any(user)) throw new Refusal("invalid", "Recovery codes come with a second factor; add one first.");
    return this.recovery.renewWithin(tx, user);
  }

  #firstCodes(tx: Tx, user: number): string[] {
    return this.recovery.left(user) > 0 ? [] : this.recovery.renewWithin(tx, user);
  }

  #afterRemoval(tx: Tx, user: User): void {
    if (this.any(user.id)) return;
    if (this.required(user)) {
      throw new Refusal(
        "notPermitted",
        "This server asks you for a second factor. Add another one before you take this away.",
      );
    }
    this.recovery.removeWithin(tx, user.id);
  }

  /** Each answer counts as wrong until it was looked at: many that come at once do not outrun the limit. @throws Refusal "tooMany" */
  #countGuess(user: number): void {
    if (this.#score(user) >= MOST_WRONG) {
      throw new Refusal(
        "tooMany",
        "Too many wrong codes were tried for this account. Wait a few minutes, or use a passkey.",
      );
    }
    this.#count(user, 1);
  }

  #count(user: number, wrong: number): void {
    this.#wrong.set(user, { score: Math.max(0, this.#score(user) + wrong), at: this.options.now() });
  }

  #score(user: number): number {
    const known = this.#wrong.get(user);
    return known === undefined ? 0 : Math.max(0, known.score - (this.options.now() - known.at) / FORGET_MS);
  }
}

/** A code without the spaces that apps show and people type. */
function plain(code: string): string {
  return code.slice(0, 100).replace(/\s+/g, "");
}
