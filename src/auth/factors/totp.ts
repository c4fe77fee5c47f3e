/**
 * Codes that change every 30 seconds (RFC 6238 over RFC 4226): six digits, SHA-1, because every authenticator app knows these. A secret
 * counts once a code from it was given; a code is good for its step and the ones beside it (RFC 6238 §5.2), and each step once.
 */
import { and, eq, isNotNull, lt, sql } from "drizzle-orm";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { loginsChanged } from "../changes.ts";
import { totps } from "../tables.ts";

const STEP_SECONDS = 30;
const SECRET_OCTETS = 20;
/** Steps before and after the present one whose codes are taken: clocks differ. */
const WINDOW = 1;
const CODE = /^\d{6}$/;
/** A secret that was shown waits so long for its first code. */
const PENDING_MS = 3_600_000;

/** A secret as it is shown to whoever enrols. */
export interface TotpEnrolment {
  /** In base32, in groups of four for typing. */
  readonly secret: string;
  /** otpauth://totp/… */
  readonly uri: string;
  /** The same as a QR code, an SVG image. */
  readonly svg: string;
}

export class Totp {
  readonly #ofUser;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.#ofUser = store.db
      .select()
      .from(totps)
      .where(eq(totps.user, sql.placeholder("user")))
      .prepare();
  }

  /** Since when a user's codes count (milliseconds since the epoch); undefined where he has none. */
  confirmedAt(user: number): number | undefined {
    return this.#ofUser.get({ user })?.confirmedAt ?? undefined;
  }

  /**
   * Makes a secret to be shown, or shows the one again that waits. One that counts already goes on counting until then.
   * `host` and `login` are what the app shows it under.
   */
  async begin(user: number, host: string, login: string): Promise<TotpEnrolment> {
    const { Secret, TOTP } = await import("otpauth");
    const known = this.#pending(user);
    const secret = known === undefined ? new Secret({ size: SECRET_OCTETS }) : Secret.fromBase32(known);
    if (known === undefined) await this.#keepPending(user, secret.base32);
    const uri = new TOTP({ issuer: `Gatepost ${host}`, label: login, secret, period: STEP_SECONDS }).toString();
    const { renderSVG } = await import("uqr");
    const svg = renderSVG(uri, { ecc: "M", border: 3, pixelSize: 6 });
    return { secret: secret.base32.replace(/.{4}(?=.)/g, "$& "), uri, svg };
  }

  /** Whether a code shows that the secret which waits has arrived; then that counts from now on. */
  async confirmWithin(user: number, code: string, and: (tx: Tx) => void): Promise<boolean> {
    const pending = this.#pending(user);
    if (pending === undefined) {
      throw new Refusal("invalid", "The picture was shown too long ago. Load the page again and scan the new one.");
    }
    const step = await this.#stepOf(pending, code);
    if (step === undefined) return false;
    await this.store.commit((tx) => {
      const set = { secret: pending, confirmedAt: this.now(), lastStep: step, pending: null, pendingAt: null };
      tx.db.update(totps).set(set).where(eq(totps.user, user)).run();
      and(tx);
      tx.emit(loginsChanged, { user });
    });
    return true;
  }

  /** Whether a code is a user's now. It is not taken a second time, nor one of an earlier step. */
  async take(user: number, code: string): Promise<boolean> {
    const secret = this.#ofUser.get({ user })?.secret ?? undefined;
    const step = secret === undefined ? undefined : await this.#stepOf(secret, code);
    if (step === undefined) return false;
    const where = and(eq(totps.user, user), isNotNull(totps.secret), lt(totps.lastStep, step));
    return await this.store.commit((tx) => {
      const taken = tx.db.update(totps).set({ lastStep: step }).where(where).returning({ user: totps.user }).get();
      return taken !== undefined;
    });
  }

  /** Takes the codes away; gives whether there were any. */
  removeWithin(tx: Tx, user: number): boolean {
    const row = tx.db.delete(totps).where(eq(totps.user, user)).returning({ secret: totps.secret }).get();
    tx.emit(loginsChanged, { user });
    return row !== undefined && row.secret !== null;
  }

  #pending(user: number): string | undefined {
    const row = this.#ofUser.get({ user });
    if (row === undefined || row.pending === null || this.now() - (row.pendingAt ?? 0) > PENDING_MS) return undefined;
    return row.pending;
  }

  async #keepPending(user: number, pending: string): Promise<void> {
    const set = { pending, pendingAt: this.now() };
    await this.store.commit((tx) =>
      tx.db
        .insert(totps)
        .values({ user, lastStep: 0, ...set })
        .onConflictDoUpdate({ target: totps.user, set })
        .run(),
    );
  }

  /** The step of a code: the number of half minutes since the epoch; undefined where it is none of the secret's now. */
  async #stepOf(secret: string, code: string): Promise<number | undefined> {
    if (!CODE.test(code)) return undefined;
    const { Secret, TOTP } = await import("otpauth");
    const timestamp = this.now();
    const totp = new TOTP({ secret: Secret.fromBase32(secret), period: STEP_SECONDS });
    const delta = totp.validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? undefined : Math.floor(timestamp / 1000 / STEP_SECONDS) + delta;
  }
}
