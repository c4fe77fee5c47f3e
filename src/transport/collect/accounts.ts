/** The rows of accounts elsewhere: made, changed, removed, and how their last run went. Secrets go in here and come out for logins only. */
import { and, asc, eq, sql } from "drizzle-orm";
import { validate } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import type { Store, Tx } from "../../store/store.ts";
import { type AccountPatch, type AccountProperties, accountPatchSchema, accountSchema, portOf } from "./account.ts";
import { collectionChanged } from "./changes.ts";
import { collectAccounts } from "./tables.ts";

/** An account as those see it who may. */
export interface Account extends AccountProperties {
  readonly id: number;
  readonly mailbox: number;
  readonly hasSecret: boolean;
  readonly hasClientSecret: boolean;
  readonly lastRunAt: number | null;
  readonly lastResult: string;
  /** What is wrong, in plain words; "" while nothing is. */
  readonly problem: string;
  readonly problemSince: number | null;
  readonly failures: number;
  readonly told: boolean;
  readonly collected: number;
}

/** What is changed: properties, and secrets ("" takes one away). */
export interface AccountChange extends AccountPatch {
  readonly secret?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/** How a run ended. */
export interface RunEnd {
  readonly result: string;
  readonly problem: string;
  readonly collected: number;
  readonly told?: boolean;
}

const MOST_ACCOUNTS = 50;
const MOST_SECRET = 8_192;

export class CollectAccounts {
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** The accounts of a mailbox, or all. */
  list(mailbox?: number): Account[] {
    const wanted = mailbox === undefined ? undefined : eq(collectAccounts.mailbox, mailbox);
    const rows = this.store.db.select().from(collectAccounts).where(wanted).orderBy(asc(collectAccounts.id)).all();
    return rows.flatMap((row) => this.#shown(row) ?? []);
  }

  get(id: number): Account | undefined {
    const row = this.store.db.select().from(collectAccounts).where(eq(collectAccounts.id, id)).get();
    return row && this.#shown(row);
  }

  /** @throws Refusal "notFound", also where the account is another mailbox's */
  require(mailbox: number, id: number): Account {
    const found = this.get(id);
    if (found?.mailbox !== mailbox) throw new Refusal("notFound", "The mailbox collects from no such account.");
    return found;
  }

  /** What proves who we are, for logins only. */
  secrets(id: number): { readonly secret: string; readonly clientSecret: string } {
    const { secret, clientSecret } = collectAccounts;
    const row = this.store.db
      .select({ secret, clientSecret })
      .from(collectAccounts)
      .where(eq(collectAccounts.id, id))
      .get();
    return row ?? { secret: "", clientSecret: "" };
  }

  /** @throws Refusal "invalid", "tooMany" */
  createWithin(tx: Tx, mailbox: number, { secret = "", clientSecret = "", ...given }: AccountChange): Account {
    if (this.list(mailbox).length >= MOST_ACCOUNTS)
      throw new Refusal("tooMany", `A mailbox collects from at most ${MOST_ACCOUNTS} accounts.`);
    const properties = validate(accountSchema, withoutUndefined(given) as AccountProperties);
    const now = this.now();
    const values = { mailbox, properties, secret: checked(secret), clientSecret: checked(clientSecret) };
    const { id } = tx.db
      .insert(collectAccounts)
      .values({ ...values, createdAt: now, updatedAt: now })
      .returning({ id: collectAccounts.id })
      .get();
    tx.emit(collectionChanged, { id, mailbox, change: "set" });
    return this.require(mailbox, id);
  }

  /**
   * Changes an account; what was wrong is forgotten. A secret that is kept goes to no server it was not given for: with a new one it must
   * be given again. @throws Refusal "notFound", "invalid"
   */
  updateWithin(tx: Tx, mailbox: number, id: number, { secret, clientSecret, ...given }: AccountChange): Account {
    const account = this.require(mailbox, id);
    const before = propertiesOf(account);
    const patch = withoutUndefined(validate(accountPatchSchema, given));
    const properties = validate(accountSchema, { ...before, ...patch });
    refuseAstray(account, properties, { secret, clientSecret });
    tx.db
      .update(collectAccounts)
      .set({
        ...{ properties, updatedAt: this.now() },
        ...{ problem: "", problemSince: null, failures: 0, told: false },
        ...(secret !== undefined && { secret: checked(secret) }),
        ...(clientSecret !== undefined && { clientSecret: checked(clientSecret) }),
      })
      .where(eq(collectAccounts.id, id))
      .run();
    tx.emit(collectionChanged, { id, mailbox, change: "set" });
    return this.require(mailbox, id);
  }

  /** Removes an account; its journal goes after it, a few lines at a time. @throws Refusal "notFound" */
  removeWithin(tx: Tx, mailbox: number, id: number): void {
    this.require(mailbox, id);
    tx.db
      .delete(collectAccounts)
      .where(and(eq(collectAccounts.id, id), eq(collectAccounts.mailbox, mailbox)))
      .run();
    tx.emit(collectionChanged, { id, mailbox, change: "set" });
  }

  /**
   * A refresh token may be good for one use: the next one is kept in its place (RFC 6749 §6), unless somebody typed another in the meantime.
   * @param used the token that was shown
   */
  async keepToken(id: number, used: string, secret: string): Promise<void> {
    if (secret.length > MOST_SECRET) return;
    const same = and(eq(collectAccounts.id, id), eq(collectAccounts.secret, used));
    await this.store.commit((tx) => tx.db.update(collectAccounts).set({ secret }).where(same).run());
  }

  /** Keeps how a run ended. */
  async noteRun(id: number, { result, problem, collected, told }: RunEnd): Promise<void> {
    const now = this.now();
    const bad = problem !== "";
    await this.store.commit((tx) => {
      const row = tx.db
        .update(collectAccounts)
        .set({
          ...{ lastRunAt: now, lastResult: result, problem },
          problemSince: bad ? sql`coalesce(${collectAccounts.problemSince}, ${now})` : null,
          failures: bad ? sql`${collectAccounts.failures} + 1` : 0,
          ...(bad ? told !== undefined && { told } : { told: false }),
          collected: sql`${collectAccounts.collected} + ${collected}`,
        })
        .where(eq(collectAccounts.id, id))
        .returning({ mailbox: collectAccounts.mailbox })
        .get();
      if (row !== undefined) tx.emit(collectionChanged, { id, mailbox: row.mailbox, change: "run" });
    });
  }

  #shown(row: typeof collectAccounts.$inferSelect): Account | undefined {
    const { secret, clientSecret, properties, createdAt: _c, updatedAt: _u, ...rest } = row;
    const read = accountSchema.safeParse(properties);
    if (read.success) return { ...read.data, ...rest, hasSecret: secret !== "", hasClientSecret: clientSecret !== "" };
    this.store.events.fault("transport", `the account ${row.id} to collect from is unreadable`, read.error);
    return undefined;
  }
}

/** A secret that is kept goes nowhere else than where it was given for, and is shown in no other way. @throws Refusal "invalid" */
function refuseAstray(
  before: Account,
  after: AccountProperties,
  given: Pick<AccountChange, "secret" | "clientSecret">,
) {
  const tokensElsewhere = after.tokenUrl !== before.tokenUrl;
  const elsewhere = after.host !== before.host || portOf(after) !== portOf(before) || after.auth !== before.auth;
  const weaker = (before.tls !== "none" && after.tls === "none") || (before.verify && !after.verify);
  if ((elsewhere || tokensElsewhere || weaker) && before.hasSecret && given.secret === undefined) {
    const sentence = "Give the password again: the one that is kept is not sent to another server.";
    throw new Refusal("invalid", sentence, { field: "secret" });
  }
  if (tokensElsewhere && before.hasClientSecret && given.clientSecret === undefined) {
    const sentence = "Give the client's secret again: the one that is kept is not sent to another server.";
    throw new Refusal("invalid", sentence, { field: "clientSecret" });
  }
}

/** What is set about an account, and no more. */
export function propertiesOf(account: Account): AccountProperties {
  const names = Object.keys(accountSchema.shape) as (keyof AccountProperties)[];
  return Object.fromEntries(names.map((name) => [name, account[name]])) as unknown as AccountProperties;
}

/** What people call an account. */
export function nameOf({ name, login, host }: Pick<Account, "name" | "login" | "host">): string {
  if (name !== "") return name;
  return login.includes("@") ? login : `${login} at ${host}`;
}

function checked(secret: string): string {
  if (secret.length > MOST_SECRET) throw new Refusal("invalid", "The password or token is too long.");
  return secret;
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
