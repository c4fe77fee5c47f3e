/** The rows of external user databases: made, changed, put in order, removed. Passwords of bind DNs go in here and do not come out. */
import { asc, eq, max } from "drizzle-orm";
import { validate } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { topic } from "../../store/changes.ts";
import type { Store, Tx } from "../../store/store.ts";
import {
  type DatabasePatch,
  type DatabaseProperties,
  databaseName,
  databasePatchSchema,
  databaseSchema,
  PRESETS,
} from "./database.ts";
import type { RunReport } from "./report.ts";
import { userDatabases } from "./tables.ts";

/** A database was made, changed, moved or removed. */
export const databaseChanged = topic<{ readonly id: number }>("auth.userDatabase");

/** A database as those see it who may. */
export interface UserDatabase extends DatabaseProperties {
  readonly id: number;
  readonly name: string;
  /** Whether a password of the bind DN is kept. */
  readonly hasBindPassword: boolean;
  readonly lastRun: RunReport | null;
}

/** What is changed: properties, and the password of the bind DN ("" takes it away). */
export interface DatabaseChange extends DatabasePatch {
  readonly bindPassword?: string | undefined;
}

const MOST_DATABASES = 50;
const MOST_PASSWORD = 1_024;

export class Databases {
  #loaded: readonly UserDatabase[] | undefined;

  constructor(private readonly store: Store) {
    store.changes.on(databaseChanged, () => {
      this.#loaded = undefined;
    });
  }

  /** All databases, in the order in which they are asked. */
  list(): readonly UserDatabase[] {
    if (this.#loaded !== undefined && !this.store.client.inTransaction) return this.#loaded;
    const rows = this.store.db.select().from(userDatabases).orderBy(asc(userDatabases.position)).all();
    const loaded = rows.flatMap((row) => {
      const properties = databaseSchema.safeParse(row.properties);
      if (properties.success) return [{ ...properties.data, ...shown(row) }];
      this.store.events.fault("auth", `the user database ${row.name} is unreadable`, properties.error);
      return [];
    });
    if (!this.store.client.inTransaction) this.#loaded = loaded;
    return loaded;
  }

  get(name: string): UserDatabase | undefined {
    const key = name.toLowerCase();
    return this.list().find((database) => database.name.toLowerCase() === key);
  }

  /** @throws Refusal "notFound" */
  require(name: string): UserDatabase {
    const found = this.get(name);
    if (found === undefined) throw new Refusal("notFound", `There is no user database "${name.slice(0, 100)}".`);
    return found;
  }

  /** The password of the bind DN. For connections only. */
  bindPassword(id: number): string {
    const wanted = eq(userDatabases.id, id);
    return (
      this.store.db.select({ secret: userDatabases.bindPassword }).from(userDatabases).where(wanted).get()?.secret ?? ""
    );
  }

  /** Makes a database. @throws Refusal "exists", "invalid", "tooMany" */
  createWithin(tx: Tx, name: string, { bindPassword = "", ...given }: DatabaseChange): UserDatabase {
    const valid = validate(databaseName, name);
    if (this.get(valid) !== undefined) throw new Refusal("exists", `There is already a user database "${valid}".`);
    if (this.list().length >= MOST_DATABASES)
      throw new Refusal("tooMany", `There are at most ${MOST_DATABASES} user databases.`);
    const properties = validate(databaseSchema, {
      ...PRESETS[given.kind ?? "openldap"],
      ...withoutUndefined(given),
      servers: given.servers ?? [],
    });
    const now = Date.now();
    const last =
      tx.db
        .select({ at: max(userDatabases.position) })
        .from(userDatabases)
        .get()?.at ?? 0;
    const row = tx.db
      .insert(userDatabases)
      .values({
        ...{ name: valid, nameKey: valid.toLowerCase(), position: last + 1, properties },
        ...{ bindPassword: checkedPassword(bindPassword), createdAt: now, updatedAt: now },
      })
      .returning({ id: userDatabases.id })
      .get();
    tx.emit(databaseChanged, { id: row.id });
    return this.require(valid);
  }

  /**
   * Changes a database. A new kind brings its presets for what is not given. A password that is kept goes to no server it was not given
   * for: with a new one it must be given again. @throws Refusal "notFound", "invalid"
   */
  updateWithin(tx: Tx, name: string, { bindPassword, ...given }: DatabaseChange): UserDatabase {
    const { id, name: own, hasBindPassword, lastRun: _l, ...before } = this.require(name);
    const patch = withoutUndefined(validate(databasePatchSchema, given));
    const elsewhere = patch.servers?.some((server) => !before.servers.includes(server)) === true;
    if (elsewhere && hasBindPassword && bindPassword === undefined) {
      const sentence = "Give the bind password again: the one that is kept is not sent to another server.";
      throw new Refusal("invalid", sentence, { field: "bindPassword" });
    }
    const presets = patch.kind !== undefined && patch.kind !== before.kind ? PRESETS[patch.kind] : {};
    const properties = validate(databaseSchema, { ...before, ...presets, ...patch });
    tx.db
      .update(userDatabases)
      .set({
        properties,
        updatedAt: Date.now(),
        ...(bindPassword !== undefined && { bindPassword: checkedPassword(bindPassword) }),
      })
      .where(eq(userDatabases.id, id))
      .run();
    tx.emit(databaseChanged, { id });
    return this.require(own);
  }

  /** Puts the databases into an order; those not named come behind. @throws Refusal "notFound" */
  orderWithin(tx: Tx, names: readonly string[]): void {
    const first = [...new Set(names.map((name) => this.require(name).id))];
    const rest = this.list().filter(({ id }) => !first.includes(id));
    for (const [at, id] of [...first, ...rest.map((database) => database.id)].entries()) {
      tx.db
        .update(userDatabases)
        .set({ position: at + 1 })
        .where(eq(userDatabases.id, id))
        .run();
      tx.emit(databaseChanged, { id });
    }
  }

  /** Removes a database. @throws Refusal "notFound" */
  removeWithin(tx: Tx, name: string): void {
    const { id } = this.require(name);
    tx.db.delete(userDatabases).where(eq(userDatabases.id, id)).run();
    tx.emit(databaseChanged, { id });
  }

  /** Keeps what a run did. */
  noteRun(id: number, lastRun: RunReport): Promise<void> {
    return this.store.commit((tx) => {
      tx.db.update(userDatabases).set({ lastRun }).where(eq(userDatabases.id, id)).run();
      tx.emit(databaseChanged, { id });
    });
  }
}

function shown({ id, name, bindPassword, lastRun }: typeof userDatabases.$inferSelect) {
  return { id, name, hasBindPassword: bindPassword !== "", lastRun };
}

function checkedPassword(password: string): string {
  if (password.length > MOST_PASSWORD) throw new Refusal("invalid", "The password of the bind DN is too long.");
  return password;
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
