/** Templates of letters: what somebody writes again and again, under a name. Called by the compose pages and the administration. */
import { and, asc, count, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { Refusal } from "../refusal.ts";
import type { Store, Tx } from "../store/store.ts";
import { letterTemplates } from "./tables.ts";
import { changeOf, hasControls, validate } from "./validate.ts";

/** Templates that one user may have. */
const MOST = 500;

const templateShape = {
  name: z
    .string()
    .trim()
    .min(1, "Give the template a name.")
    .max(100, "A name has at most 100 characters.")
    .refine((text) => !hasControls(text), "A name is a single line."),
  subject: z
    .string()
    .trim()
    .max(500, "A subject has at most 500 characters.")
    .refine((text) => !hasControls(text), "A subject is a single line.")
    .default(""),
  text: z
    .string()
    .max(100_000, "A template has at most 100,000 characters.")
    .transform((text) => text.replace(/\r\n?/g, "\n"))
    .default("")
    .describe("As plain text."),
  html: z
    .string()
    .max(200_000, "A template has at most 200,000 characters of HTML.")
    .default("")
    .describe("With formatting; empty: made of the plain text."),
};

/** What a template is made from. */
export const newTemplate = z.strictObject(templateShape);
export type NewTemplate = z.input<typeof newTemplate>;

/** A change of it: what is left out stays. */
export const templateChange = changeOf(templateShape);
export type TemplateChange = z.input<typeof templateChange>;

export interface Template extends z.output<typeof newTemplate> {
  readonly id: number;
  readonly updatedAt: number;
}

export class Templates {
  readonly #ofUser;

  constructor(private readonly store: Store) {
    const { id, name, subject, text, html, updatedAt } = letterTemplates;
    this.#ofUser = store.db
      .select({ id, name, subject, text, html, updatedAt })
      .from(letterTemplates)
      .where(eq(letterTemplates.userId, sql.placeholder("user")))
      .orderBy(asc(sql`lower(name)`), asc(id))
      .prepare();
  }

  /** A user's templates by name. */
  of(userId: number): Template[] {
    return this.#ofUser.all({ user: userId });
  }

  /** The names alone. */
  names(userId: number): { readonly id: number; readonly name: string }[] {
    const { id, name } = letterTemplates;
    const own = eq(letterTemplates.userId, userId);
    return this.store.db.select({ id, name }).from(letterTemplates).where(own).orderBy(asc(sql`lower(name)`)).all();
  }

  /** @throws Refusal "notFound" */
  require(userId: number, id: number): Template {
    const found = this.store.db.select().from(letterTemplates).where(one(userId, id)).get();
    if (found === undefined) throw new Refusal("notFound", "There is no such template.");
    const { userId: _, ...template } = found;
    return template;
  }

  /** @throws Refusal "invalid", "tooMany" */
  addWithin(tx: Tx, userId: number, wanted: NewTemplate, now: number): Template {
    const own = eq(letterTemplates.userId, userId);
    const { n = 0 } = tx.db.select({ n: count() }).from(letterTemplates).where(own).get() ?? {};
    if (n >= MOST) throw new Refusal("tooMany", `There are ${MOST} templates already. Remove one of them first.`);
    const values = { userId, ...validate(newTemplate, wanted), updatedAt: now };
    const { userId: _, ...template } = tx.db.insert(letterTemplates).values(values).returning().get();
    return template;
  }

  /** @throws Refusal "notFound", "invalid" */
  setWithin(tx: Tx, userId: number, id: number, change: TemplateChange, now: number): Template {
    this.require(userId, id);
    const set = { ...validate(templateChange, change), updatedAt: now };
    tx.db.update(letterTemplates).set(set).where(one(userId, id)).run();
    return this.require(userId, id);
  }

  /** @throws Refusal "notFound" */
  removeWithin(tx: Tx, userId: number, id: number): Template {
    const before = this.require(userId, id);
    tx.db.delete(letterTemplates).where(one(userId, id)).run();
    return before;
  }
}

const one = (userId: number, id: number) => and(eq(letterTemplates.userId, userId), eq(letterTemplates.id, id));
