/**
 * Settings: typed groups of values that can be changed while the program runs. Each room defines its group with zod, every
 * field with a default and a description; the pages and the documentation are made from them.
 */
import { eq } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import { topic } from "./changes.ts";
import type { Store, Tx } from "./store.ts";
import { settings } from "./tables.ts";

/** A settings group: its name and its schema, in which every field has a default. */
export interface SettingsGroup<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** Made each time it is asked for: schemas are large, and once its values are known a group is seldom looked at. */
  readonly schema: S;
}

/** Defines a group. */
export function defineSettings<S extends z.ZodObject>(name: string, schema: () => S): SettingsGroup<S> {
  return {
    name,
    get schema() {
      return schema();
    },
  };
}

/** One setting or a group of them in JSON Schema, as far as settings use it. */
export interface SettingShape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SettingShape[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SettingShape;
  readonly properties?: Readonly<Record<string, SettingShape>>;
}

/** The settings of a group by name, for those who show them. */
export function shapesOf(schema: z.ZodObject): Readonly<Record<string, SettingShape>> {
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SettingShape;
  return shape.properties ?? {};
}

/** Told after a group changed. */
const settingsChanged = topic<{ name: string; before: unknown; after: unknown }>("store.settings");

export class Settings {
  readonly #cache = new Map<string, unknown>();
  /** Groups that a transaction changed: what is read there may yet be taken back. */
  readonly #unsettled = new Set<string>();

  constructor(private readonly store: Store) {
    store.changes.on(settingsChanged, ({ name, after }) => {
      this.#cache.set(name, after);
      this.#unsettled.delete(name);
    });
  }

  /** The values of a group: what was set, and defaults for the rest. Cheap enough for every request. */
  get<S extends z.ZodObject>(group: SettingsGroup<S>): z.output<S> {
    const known = this.#cache.get(group.name);
    if (known !== undefined) return known as z.output<S>;
    const values = this.#read(group);
    if (!this.store.client.inTransaction) this.#unsettled.delete(group.name);
    if (!this.#unsettled.has(group.name)) this.#cache.set(group.name, values);
    return values;
  }

  #read<S extends z.ZodObject>(group: SettingsGroup<S>): z.output<S> {
    const row = this.store.db.select().from(settings).where(eq(settings.name, group.name)).get();
    const { schema } = group;
    const parsed = schema.safeParse(row?.value ?? {});
    if (parsed.success) return parsed.data as z.output<S>;
    // A stored value that a later version no longer allows must not keep the server from starting, nor take others with it.
    this.store.events.fault("store", `settings group ${group.name} is unreadable in part`, parsed.error);
    const wrong = new Set(parsed.error.issues.map(({ path }) => path[0]));
    const rest = Object.entries(row?.value ?? {}).filter(([name]) => !wrong.has(name));
    const readable = schema.safeParse(Object.fromEntries(rest));
    return (readable.success ? readable.data : schema.parse({})) as z.output<S>;
  }

  /**
   * Changes some values of a group.
   * @throws Refusal "invalid" with zod's words if a value does not fit.
   */
  async set<S extends z.ZodObject>(group: SettingsGroup<S>, patch: Partial<z.input<S>>): Promise<z.output<S>> {
    return await this.store.commit((tx) => this.setWithin(tx, group, patch));
  }

  /** The same inside a commit that changes more. */
  setWithin<S extends z.ZodObject>(tx: Tx, group: SettingsGroup<S>, patch: Partial<z.input<S>>): z.output<S> {
    const before = this.#read(group);
    const parsed = group.schema.safeParse({ ...before, ...patch });
    if (!parsed.success) {
      const sentence = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
      throw new Refusal("invalid", sentence, { cause: parsed.error });
    }
    const value = parsed.data as Record<string, unknown>;
    this.#unsettled.add(group.name);
    tx.db
      .insert(settings)
      .values({ name: group.name, value })
      .onConflictDoUpdate({ target: settings.name, set: { value } })
      .run();
    tx.emit(settingsChanged, { name: group.name, before, after: parsed.data });
    return parsed.data as z.output<S>;
  }

  /** Calls `listener` with the new values after each change of the group; returns the function that ends it. */
  onChange<S extends z.ZodObject>(group: SettingsGroup<S>, listener: (values: z.output<S>) => void): () => void {
    return this.store.changes.on(settingsChanged, (change) => {
      if (change.name === group.name) listener(change.after as z.output<S>);
    });
  }
}
