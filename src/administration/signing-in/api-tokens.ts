/**
 * Tokens of the HTTP API as they are kept. A token is `gpt_` and 256 random bits; the store has only its SHA-256. It speaks for one
 * user, with no more rights than that user has at the moment, limited to its scopes, and where wanted to networks and to a time. It is
 * gone with its user. A new password leaves tokens alone, because programs do not know it: who lost his password to somebody revokes
 * them too (`revokeTokensWithin`). Called by the operations in tokens.ts; token-gate.ts asks at the door.
 */
import { and, asc, count, eq } from "drizzle-orm";
import { digest, newToken, TOKEN } from "../../auth/tokens.ts";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import type { Scope } from "../actor.ts";
import { apiTokens } from "../tables.ts";

/** A token as it is listed. Times are milliseconds since the epoch. */
export interface ApiToken {
  readonly id: number;
  readonly user: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** From where it is good, in CIDR notation; empty for everywhere. */
  readonly networks: readonly string[];
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly lastUsedRemote: string | null;
}

/** What a new token is to be. */
export type NewApiToken = Pick<ApiToken, "name" | "scopes" | "networks" | "expiresAt">;

const PREFIX = "gpt_";
const MOST_PER_USER = 100;

/** The SHA-256 that a token is kept under; undefined for what cannot be one. */
export function hashOfToken(text: string): Uint8Array | undefined {
  const random = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : "";
  return TOKEN.test(random) ? digest(text) : undefined;
}

/** A user's tokens, the oldest first. */
export function listTokens(store: Store, user: number): ApiToken[] {
  return store.db
    .select()
    .from(apiTokens)
    .where(eq(apiTokens.user, user))
    .orderBy(asc(apiTokens.id))
    .all()
    .map(tokenOf);
}

/** Makes a token; gives its text too, which is shown now and never again. @throws Refusal "exists", "tooMany" */
export function addTokenWithin(tx: Tx, user: User, wanted: NewApiToken, at: number): { token: ApiToken; text: string } {
  const mine = eq(apiTokens.user, user.id);
  const there = tx.db.select({ n: count() }).from(apiTokens).where(mine).get()?.n ?? 0;
  if (there >= MOST_PER_USER)
    throw new Refusal("tooMany", `There are ${there} tokens already. Revoke one that is no longer used.`);
  const named = and(mine, eq(apiTokens.name, wanted.name));
  if (tx.db.select({ id: apiTokens.id }).from(apiTokens).where(named).get() !== undefined)
    throw new Refusal("exists", `There is a token “${wanted.name}” already. Give this one another name.`, {
      field: "name",
    });
  const text = PREFIX + newToken();
  const values = { ...wanted, scopes: [...wanted.scopes], networks: [...wanted.networks] };
  const row = tx.db
    .insert(apiTokens)
    .values({ ...values, user: user.id, hash: digest(text), createdAt: at })
    .returning()
    .get();
  return { token: tokenOf(row), text };
}

/** Takes a token of a user away: it opens nothing any more. @throws Refusal "notFound" */
export function revokeTokenWithin(tx: Tx, user: number, id: number): ApiToken {
  const where = and(eq(apiTokens.id, id), eq(apiTokens.user, user));
  const row = tx.db.delete(apiTokens).where(where).returning().get();
  if (row === undefined) throw new Refusal("notFound", "There is no such token any more.");
  return tokenOf(row);
}

/** Takes all tokens of a user away; gives how many there were. */
export function revokeTokensWithin(tx: Tx, user: number): number {
  return tx.db.delete(apiTokens).where(eq(apiTokens.user, user)).returning({ id: apiTokens.id }).all().length;
}

/** A token without what it is known by. */
export function tokenOf({ hash: _, ...token }: typeof apiTokens.$inferSelect): ApiToken {
  return token;
}
