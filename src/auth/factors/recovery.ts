/**
 * Recovery codes: what one keeps on paper for the day the phone is gone. Sixteen random letters each (75 bits), so that their SHA-256 is
 * all that need be kept. A code that was used is gone.
 */
import { randomInt } from "node:crypto";
import { and, count, eq } from "drizzle-orm";
import type { Store, Tx } from "../../store/store.ts";
import { recoveryCodes } from "../tables.ts";
import { digest } from "../tokens.ts";

const CODES = 10;
const LETTERS = 16;
const TEXT = new RegExp(`^[a-z]{${LETTERS}}$`);

/** The letters of a recovery code that was typed; undefined where it is none. */
function recoveryLetters(typed: string): string | undefined {
  const letters = typed.toLowerCase().replace(/[\s-]+/g, "");
  return TEXT.test(letters) ? letters : undefined;
}

export class RecoveryCodes {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** Makes new codes in the place of the old ones; they are shown now and never again. */
  renewWithin(tx: Tx, user: number): string[] {
    this.removeWithin(tx, user);
    const codes = Array.from({ length: CODES }, newCode);
    const createdAt = this.now();
    tx.db
      .insert(recoveryCodes)
      .values(codes.map((code) => ({ user, hash: digest(code.replaceAll("-", "")), createdAt })))
      .run();
    return codes;
  }

  /** How many are left. */
  left(user: number): number {
    return this.store.db.select({ n: count() }).from(recoveryCodes).where(eq(recoveryCodes.user, user)).get()?.n ?? 0;
  }

  /** Whether a code is one of the user's; then it is used up. */
  async take(user: number, typed: string): Promise<boolean> {
    const letters = recoveryLetters(typed);
    if (letters === undefined) return false;
    const where = and(eq(recoveryCodes.user, user), eq(recoveryCodes.hash, digest(letters)));
    return await this.store.commit(
      (tx) => tx.db.delete(recoveryCodes).where(where).returning({ user: recoveryCodes.user }).get() !== undefined,
    );
  }

  removeWithin(tx: Tx, user: number): void {
    tx.db.delete(recoveryCodes).where(eq(recoveryCodes.user, user)).run();
  }
}

function newCode(): string {
  const letters = Array.from({ length: LETTERS }, () => String.fromCharCode(97 + randomInt(26))).join("");
  return letters.replace(/.{4}(?=.)/g, "$&-");
}
