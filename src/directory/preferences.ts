/**
 * How somebody wants his pages: language, time zone, how mail is shown and written. One row a user, made with the first wish; what is not
 * said there is as DEFAULTS say, so that a new preference needs no migration; the command and the API take it as it stands here. Called by the web sites and the administration.
 */
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Store, Tx } from "../store/store.ts";
import { BoundedMap } from "./cache.ts";
import { preferencesChanged } from "./changes.ts";
import { userPreferences } from "./tables.ts";

/** Whether this program knows a time zone of that name. */
function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const timeOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d)?$/, "A time of day is written like 22:00.");

/** Every preference. */
export const preferencesSchema = z.strictObject({
  language: z
    .string()
    .regex(/^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$/, "A language is written like “de”.")
    .describe("The language of pages, by its BCP 47 tag; empty for what the browser asks for."),
  zone: z
    .string()
    .max(60)
    .refine((name) => name === "" || isZone(name), "There is no such time zone. One is written like Europe/Berlin.")
    .describe("The time zone, by its IANA name; empty for the server's."),
  density: z.enum(["comfortable", "compact"]).describe("How close the lines of lists stand."),
  theme: z.enum(["auto", "light", "dark"]).describe("Light or dark pages, or as the device has it."),
  conversations: z.boolean().describe("Messages that belong together stand in one line of the list."),
  shortcuts: z.boolean().describe("Keys do what buttons do."),
  startFolder: z.int().min(0).describe("The folder that webmail opens with, by its number; 0 for the inbox."),
  undoSeconds: z.int().min(0).max(120).describe("Seconds in which a sent message can be called back; 0 for never."),
  format: z.enum(["rich", "plain"]).describe("How a new message is written."),
  receipts: z.enum(["ask", "never"]).describe("Whether one is asked for the receipts that senders want."),
  notify: z.enum(["inbox", "all", "chosen"]).describe("Of new mail in which folders browsers tell that may."),
  notifyFolders: z.array(z.int().min(1)).max(500).describe("The chosen folders, by their numbers."),
  notifyDetails: z.boolean().describe("Sender and subject are told, too."),
  quietFrom: timeOfDay.describe("From this time of day on nothing is told, such as 22:00; empty for never."),
  quietUntil: timeOfDay.describe("Until then."),
});

export type Preferences = Readonly<z.output<typeof preferencesSchema>>;

/** What holds where nothing was chosen. */
const DEFAULTS: Preferences = {
  language: "",
  zone: "",
  density: "comfortable",
  theme: "auto",
  conversations: true,
  shortcuts: true,
  startFolder: 0,
  undoSeconds: 10,
  format: "rich",
  receipts: "ask",
  notify: "inbox",
  notifyFolders: [],
  notifyDetails: true,
  quietFrom: "",
  quietUntil: "",
};

/** Users whose preferences are kept in memory. */
const KEPT = 5_000;

export class Preferred {
  readonly #kept = new BoundedMap<number, Preferences>(KEPT);
  readonly #row;

  constructor(store: Store) {
    this.#row = store.db
      .select({ wishes: userPreferences.wishes })
      .from(userPreferences)
      .where(eq(userPreferences.userId, sql.placeholder("user")))
      .prepare();
    store.changes.on(preferencesChanged, ({ userId }) => this.#kept.delete(userId));
  }

  of(userId: number): Preferences {
    const known = this.#kept.get(userId);
    if (known !== undefined) return known;
    const preferences = { ...DEFAULTS, ...this.#row.get({ user: userId })?.wishes };
    this.#kept.set(userId, preferences);
    return preferences;
  }

  /** Changes what is given; the caller has checked it. Gives what holds then. */
  setWithin(tx: Tx, userId: number, change: Partial<Preferences>): Preferences {
    const before = tx.db.select().from(userPreferences).where(eq(userPreferences.userId, userId)).get();
    const wishes = { ...before?.wishes, ...change };
    tx.db
      .insert(userPreferences)
      .values({ userId, wishes })
      .onConflictDoUpdate({ target: userPreferences.userId, set: { wishes } })
      .run();
    tx.emit(preferencesChanged, { userId });
    return { ...DEFAULTS, ...wishes };
  }
}
