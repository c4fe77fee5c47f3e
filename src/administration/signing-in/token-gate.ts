/**
 * The way in for API tokens, beside `auth.authenticate` for passwords: who a token speaks for. The order: is the sender barred; is the
 * token known (an unknown one is a strike, after the delay that the lockout asks for); did it come over an open line, where others may
 * have read it (then it ends); may its user sign in at all; is it good from here and now. Whoever holds the token learns what is wrong.
 *
 * RFC 6750 (bearer tokens). Called by the site of the API.
 */
import { eq, sql } from "drizzle-orm";
import { type Refused, refused } from "../../auth/attempt.ts";
import { hasExpired } from "../../directory/expiry.ts";
import type { User } from "../../directory/user.ts";
import { AddressSet } from "../../net/access.ts";
import { type Actor, SYSTEM } from "../actor.ts";
import { writeAudit } from "../audit.ts";
import type { Parts } from "../parts.ts";
import { apiTokens } from "../tables.ts";
import { type ApiToken, hashOfToken, tokenOf } from "./api-tokens.ts";

/** From where a token came. */
export interface TokenBearer {
  readonly remote: string;
  /** Nobody between can have read it: the connection is encrypted, or does not leave this machine, or that need not be. */
  readonly unread: boolean;
}

export type TokenOutcome = { readonly ok: true; readonly actor: Actor; readonly token: ApiToken } | Refused;

const UNKNOWN = "This token is not known here. It may have been revoked.";
const OVERHEARD =
  "This token came over an unencrypted connection, where others may have read it, so it was revoked. Make a new one and use https.";
const PLAIN = "Use https: what is asked here is not for others to read.";

/** Uses within this time of the one noted are not noted again. */
const USED_EVERY_MS = 60_000;

export class TokenGate {
  readonly #byHash;

  constructor(
    private readonly parts: Pick<Parts, "store" | "directory" | "auth" | "now">,
    /** Waits; replaced where time is not to pass. */
    private readonly sleep: (ms: number) => Promise<unknown> = Bun.sleep,
  ) {
    this.#byHash = parts.store.db
      .select()
      .from(apiTokens)
      .where(eq(apiTokens.hash, sql.placeholder("hash")))
      .prepare();
  }

  /** Who asks with a token. */
  async admit(text: string, bearer: TokenBearer): Promise<TokenOutcome> {
    const { remote } = bearer;
    const barred = this.barred(remote);
    if (barred !== undefined) return barred;
    const hash = hashOfToken(text);
    const row = hash && this.#byHash.get({ hash });
    const user = row && this.parts.directory.users.byId(row.user);
    if (row === undefined || user === undefined) return await this.#unknown(bearer);
    const token = tokenOf(row);
    const no = (await this.#overheard(token, user, bearer)) ?? this.#refusalFor(token, user, remote);
    if (no !== undefined) {
      this.#log("token.refused", user, remote, `The token “${token.name}” was refused. ${no.sentence}`);
      return no;
    }
    this.#noteUse(token, remote);
    const actor: Actor = { kind: "user", user, via: "api", remote, scopes: new Set(token.scopes), token: token.name };
    return { ok: true, actor, token };
  }

  /** Whether an address failed too often to be heard now. */
  barred(remote: string): Refused | undefined {
    const bar = this.parts.auth.lockout.barred(remote);
    if (bar === undefined) return undefined;
    const seconds = Math.min(Math.max(1, Math.ceil((bar.until - this.parts.now()) / 1000)), 86_400);
    return refused("barred", "There were too many failed attempts from your network; try again later.", seconds);
  }

  async #unknown({ remote, unread }: TokenBearer): Promise<Refused> {
    const { lockout } = this.parts.auth;
    lockout.strike(remote, "login", { detail: "HTTP API: unknown token" });
    this.#log("token.refused", undefined, remote, "An unknown token was refused");
    const delay = lockout.delayFor(remote);
    if (delay > 0) await this.sleep(delay);
    return unread ? refused("credentials", UNKNOWN) : refused("plaintext", PLAIN);
  }

  /** A token that others may have read is theirs as well: it ends before anything is done with it. */
  async #overheard(token: ApiToken, user: User, { unread, remote }: TokenBearer): Promise<Refused | undefined> {
    if (unread) return undefined;
    const { store, now } = this.parts;
    await store.commit((tx) => {
      const gone = tx.db.delete(apiTokens).where(eq(apiTokens.id, token.id)).returning({ id: apiTokens.id }).get();
      if (gone === undefined) return;
      const subject = `token “${token.name}” of ${user.login}`;
      writeAudit(tx, now(), SYSTEM, "token.revoke", { subject, before: { sentOpenlyFrom: remote } });
    });
    return refused("plaintext", OVERHEARD);
  }

  #refusalFor({ name, expiresAt, networks }: ApiToken, user: User, remote: string): Refused | undefined {
    const now = this.parts.now();
    if (expiresAt !== null && expiresAt <= now)
      return refused("credentials", `The token “${name}” has expired. Make a new one.`);
    if (user.kind !== "user" || !user.enabled)
      return refused("credentials", "The account of this token is switched off; ask the administrator.");
    if (hasExpired(user, now))
      return refused("credentials", "The account of this token has expired; ask the administrator to renew it.");
    if (networks.length === 0 || new AddressSet(networks).has(remote)) return undefined;
    return refused("credentials", `The token “${name}” may not be used from ${remote}.`);
  }

  #noteUse({ id, lastUsedAt }: ApiToken, remote: string): void {
    const { store, now } = this.parts;
    const at = now();
    if (lastUsedAt !== null && at - lastUsedAt < USED_EVERY_MS) return;
    const set = { lastUsedAt: at, lastUsedRemote: remote };
    store
      .commit((tx) => tx.db.update(apiTokens).set(set).where(eq(apiTokens.id, id)).run())
      .catch((fault) => store.events.fault("administration", "note that a token was used", fault));
  }

  #log(name: string, user: User | undefined, remote: string, text: string): void {
    this.parts.store.events.log({
      ...{ room: "administration", name, level: "warn", remote, text },
      ...(user && { user: user.login }),
    });
  }
}
