/**
 * App passwords: a password for one program or device, good for some services only, for a time and from some networks where that is
 * wanted, and revoked at once without touching any other. The account's own password and second factor stay away from the device.
 * `Auth` asks here before it looks at the password itself; pages and operations create, list and revoke.
 */
import { randomBytes } from "node:crypto";
import { and, asc, count, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { BoundedMap } from "../directory/cache.ts";
import { userChanged } from "../directory/changes.ts";
import type { Directory } from "../directory/directory.ts";
import { LastUses, type Use } from "../directory/last-uses.ts";
import { hasControls, validate } from "../directory/validate.ts";
import { AddressSet, parseRange } from "../net/access.ts";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import {
  type AppPasswordKeys,
  appPasswordKeys,
  hashOf,
  lettersOf,
  newAppPassword,
  type ScramShape,
} from "./app-password.ts";
import { type Refused, refused } from "./attempt.ts";
import { loginsChanged } from "./changes.ts";
import { APP_SERVICES, type AppService, SERVICES, type Service } from "./services.ts";
import { authSettings } from "./settings.ts";
import { appPasswords } from "./tables.ts";

/** An app password as it is listed. */
export interface AppPassword {
  readonly id: number;
  readonly user: number;
  readonly name: string;
  readonly services: readonly Service[];
  /** From where it is good, in CIDR notation; empty for everywhere. */
  readonly networks: readonly string[];
  /** Milliseconds since the epoch, as all times here. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly lastUse: Use | null;
}

/** What a new app password is to be. */
export const newAppPasswordSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, "Give it a name, such as the device it is for.")
    .max(60, "A name has at most 60 characters.")
    .refine((text) => !hasControls(text), "A name is a single line."),
  services: z
    .array(z.enum(APP_SERVICES, "There is no such service for app passwords."))
    .min(1, "Choose at least one service.")
    .transform((names): AppService[] => APP_SERVICES.filter((name) => names.includes(name))),
  expiresAt: z.number().int().positive().nullable().default(null),
  networks: z
    .array(
      z
        .string()
        .trim()
        .refine((text) => parseRange(text) !== undefined, "That is not a network like 192.168.0.0/16 or fd00::/8."),
    )
    .max(20, "An app password is limited to 20 networks at most.")
    .default([]),
});
export type NewAppPassword = z.input<typeof newAppPasswordSchema>;

/** An app password that is made and not yet kept. */
export interface PreparedAppPassword {
  /** The text to be shown, once. */
  readonly shown: string;
  readonly user: number;
  readonly values: z.output<typeof newAppPasswordSchema>;
  readonly scram: AppPasswordKeys;
}

/** A key that SCRAM may find proven. */
export interface AppPasswordKey {
  readonly appPassword: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** What is in memory of a user's app passwords. */
interface Known {
  readonly byHash: ReadonlyMap<string, AppPassword>;
  readonly byId: ReadonlyMap<number, AppPassword>;
  readonly shape: ScramShape | undefined;
  readonly keys: readonly AppPasswordKey[];
  readonly networks: ReadonlyMap<number, AddressSet>;
}

const CACHED = 5_000;

export class AppPasswords {
  readonly #known = new BoundedMap<number, Known>(CACHED);
  readonly #uses: LastUses;
  readonly #ofUser;

  constructor(
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly now: () => number,
  ) {
    this.#ofUser = store.db
      .select()
      .from(appPasswords)
      .where(eq(appPasswords.user, sql.placeholder("user")))
      .orderBy(asc(appPasswords.id))
      .prepare();
    this.#uses = new LastUses(store, { room: "auth", doing: "write last uses" }, writeUse);
    store.changes.on(loginsChanged, ({ user }) => this.#known.delete(user));
    store.changes.on(userChanged, ({ id, change }) => {
      if (change === "removed") this.#known.delete(id);
    });
  }

  /** The app password of a user that was typed, good or not; undefined where it is none of his. Takes the time of one hash. */
  match(user: number, typed: string): AppPassword | undefined {
    const letters = lettersOf(typed);
    if (letters === undefined) return undefined;
    const hash = keyOf(hashOf(letters));
    return this.#load(user).byHash.get(hash);
  }

  /** An app password that has not been revoked. */
  get(user: number, id: number): AppPassword | undefined {
    return this.#load(user).byId.get(id);
  }

  /** Whether it has run out. */
  hasExpired({ expiresAt }: AppPassword): boolean {
    return expiresAt !== null && expiresAt <= this.now();
  }

  /** Why an app password does not open a service for somebody who knows it; undefined where it does. */
  refusalFor(app: AppPassword, service: Service, remote: string): Refused | undefined {
    if (this.hasExpired(app)) return refused("expired", `The app password "${app.name}" has expired; make a new one.`);
    if (!app.services.includes(service)) {
      return refused("permission", `The app password "${app.name}" is not for ${SERVICES[service].title}.`);
    }
    const networks = this.#load(app.user).networks.get(app.id);
    if (networks === undefined || networks.has(remote)) return undefined;
    return refused("permission", `The app password "${app.name}" may not be used from this network.`);
  }

  /** Notes a use; gives whether it is the first for a while. */
  noteUse(app: AppPassword, use: Use): boolean {
    return this.#uses.note(app.id, use);
  }

  /** Salt and rounds that a user's app passwords were made with; his password's keys have the same while there are any. */
  shape(user: number): ScramShape | undefined {
    return this.#load(user).shape;
  }

  /** The keys that SCRAM compares with. */
  keys(user: number): readonly AppPasswordKey[] {
    return this.#load(user).keys;
  }

  /** A user's app passwords, the oldest first. */
  list(user: number): AppPassword[] {
    return [...this.#load(user).byId.values()].map((app) => ({
      ...app,
      lastUse: this.#uses.get(app.id) ?? app.lastUse,
    }));
  }

  /** Makes an app password; gives its text, which is shown now and never again. @throws Refusal as `prepare` */
  async create(login: string, wanted: NewAppPassword): Promise<{ shown: string; created: AppPassword }> {
    const prepared = await this.prepare(login, wanted);
    const created = await this.store.commit((tx) => this.createWithin(tx, prepared));
    return { shown: prepared.shown, created };
  }

  /** The part of making one that takes its time. @throws Refusal "notFound", "invalid", "notPermitted", "tooMany" */
  async prepare(login: string, wanted: NewAppPassword): Promise<PreparedAppPassword> {
    const user = this.directory.users.require(login);
    if (user.kind !== "user") throw new Refusal("notPermitted", `${user.login} does not log in and needs no password.`);
    const values = validate(newAppPasswordSchema, wanted);
    if (values.expiresAt !== null && values.expiresAt <= this.now()) {
      throw new Refusal("invalid", "An app password expires in the future.");
    }
    this.#refuseMore(user.id);
    const shown = newAppPassword();
    return { shown, user: user.id, values, scram: await appPasswordKeys(shown, this.#wantedShape(user.id)) };
  }

  /** Keeps it. @throws Refusal "tooMany", "exists" for a second one of the same name, "temporary" where the user's password changed at the same moment */
  createWithin(tx: Tx, { user, values, scram, shown }: PreparedAppPassword): AppPassword {
    this.#refuseMore(user);
    const named = and(eq(appPasswords.user, user), eq(appPasswords.name, values.name));
    if (tx.db.select({ id: appPasswords.id }).from(appPasswords).where(named).get() !== undefined) {
      const sentence = `There is an app password “${values.name}” already. Give this one another name.`;
      throw new Refusal("exists", sentence, { field: "name" });
    }
    const shape = this.shape(user) ?? this.directory.users.credentials(user)?.scram ?? scram;
    if (shape.salt !== scram.salt || shape.iterations !== scram.iterations) {
      throw new Refusal("temporary", "The password was changed at the same moment; try again.");
    }
    const hash = hashOf(shown.replaceAll(" ", ""));
    const row = tx.db
      .insert(appPasswords)
      .values({ ...values, user, scram, hash, createdAt: this.now() })
      .returning()
      .get();
    tx.emit(loginsChanged, { user });
    return toAppPassword(row);
  }

  /** Takes an app password away: whatever it opened ends. @throws Refusal "notFound" */
  async revoke(user: number, id: number): Promise<AppPassword> {
    return await this.store.commit((tx) => this.revokeWithin(tx, user, id));
  }

  revokeWithin(tx: Tx, user: number, id: number): AppPassword {
    const where = and(eq(appPasswords.id, id), eq(appPasswords.user, user));
    const row = tx.db.delete(appPasswords).where(where).returning().get();
    if (row === undefined) throw new Refusal("notFound", "There is no such app password any more.");
    tx.emit(loginsChanged, { user });
    return toAppPassword(row);
  }

  /** Takes all of a user's away; gives how many there were. */
  revokeAllWithin(tx: Tx, user: number): number {
    const gone = tx.db.delete(appPasswords).where(eq(appPasswords.user, user)).returning({ id: appPasswords.id }).all();
    tx.emit(loginsChanged, { user });
    return gone.length;
  }

  /** Writes what was kept back. Call before the store closes. */
  close(): void {
    this.#uses.close();
  }

  /** Within a transaction the file is read anew, because what is in memory is what the last commit left. */
  #load(user: number): Known {
    const fresh = this.store.client.inTransaction;
    const known = fresh ? undefined : this.#known.get(user);
    if (known !== undefined) return known;
    const rows = this.#ofUser.all({ user });
    const apps = rows.map(toAppPassword);
    const loaded: Known = {
      byHash: new Map(rows.map((row, index) => [keyOf(row.hash), apps[index] as AppPassword])),
      byId: new Map(apps.map((app) => [app.id, app])),
      shape: rows[0]?.scram,
      keys: rows.flatMap(({ id, scram }) => scram.keys.map((key) => ({ appPassword: id, ...key }))),
      networks: new Map(
        apps.filter((app) => app.networks.length > 0).map((app) => [app.id, new AddressSet(app.networks)]),
      ),
    };
    if (!fresh) this.#known.set(user, loaded);
    return loaded;
  }

  #wantedShape(user: number): ScramShape {
    const { scramIterations } = this.store.settings.get(authSettings);
    return (
      this.shape(user) ??
      this.directory.users.credentials(user)?.scram ?? {
        salt: randomBytes(16).toString("base64"),
        iterations: scramIterations,
      }
    );
  }

  #refuseMore(user: number): void {
    const { mostAppPasswords } = this.store.settings.get(authSettings);
    const there =
      this.store.db.select({ n: count() }).from(appPasswords).where(eq(appPasswords.user, user)).get()?.n ?? 0;
    if (there < mostAppPasswords) return;
    throw new Refusal("tooMany", `There are ${there} app passwords already; revoke one that is no longer used.`);
  }
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString("base64");
}

function writeUse(tx: Tx, id: number, { at, service, remote }: Use): void {
  const set = { lastUsedAt: at, lastUsedService: service, lastUsedRemote: remote };
  tx.db.update(appPasswords).set(set).where(eq(appPasswords.id, id)).run();
}

function toAppPassword(row: typeof appPasswords.$inferSelect): AppPassword {
  const { id, user, name, services, networks, expiresAt, createdAt, lastUsedAt } = row;
  const lastUse =
    lastUsedAt === null
      ? null
      : { at: lastUsedAt, service: row.lastUsedService ?? "", remote: row.lastUsedRemote ?? "" };
  return { id, user, name, services, networks, expiresAt, createdAt, lastUse };
}
