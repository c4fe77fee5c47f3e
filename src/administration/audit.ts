/** The audit log: who changed what, when, from where, what it was before and is after. Written in the commit that holds the change. */
import { and, type Column, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { likePattern } from "../directory/address.ts";
import { defineSettings } from "../store/settings.ts";
import type { Store, Tx } from "../store/store.ts";
import { type Actor, nameOf, SYSTEM } from "./actor.ts";
import { audit } from "./tables.ts";

export const auditSettings = defineSettings("audit", () =>
  z.object({
    retentionDays: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .default(730)
      .describe("How long the audit log is kept, in days."),
  }),
);

/** What an operation says it changed. Secrets are never among the values. */
export interface Change {
  /** What was changed: "user anna". */
  readonly subject: string;
  /** Missing where it is new. */
  readonly before?: object | undefined;
  /** Missing where it is gone. */
  readonly after?: object | undefined;
}

/** One line of the audit log. */
export interface AuditLine {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor: string;
  readonly via: Actor["via"];
  /** The name of the API token with which it was done. */
  readonly token: string | null;
  readonly remote: string | null;
  readonly operation: string;
  readonly subject: string;
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
}

export interface AuditQuery {
  readonly actor?: string | undefined;
  /** Part of an operation's name. */
  readonly operation?: string | undefined;
  /** Part of a subject. */
  readonly subject?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Lines with smaller ids only: the next page. */
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
}

const DAY_MS = 86_400_000;
const PRUNE_ROWS = 1_000;

/** Writes one line, unless nothing changed; gives whether it did. */
export function writeAudit(tx: Tx, at: number, actor: Actor, operation: string, change: Change): boolean {
  const { before, after } = differences(change.before, change.after);
  if (change.before !== undefined && change.after !== undefined && Object.keys(after).length === 0) return false;
  tx.db
    .insert(audit)
    .values({
      ...{ at, actor: nameOf(actor), via: actor.via, token: actor.token ?? null, remote: actor.remote ?? null },
      ...{ operation, subject: change.subject, before, after },
    })
    .run();
  return true;
}

/** Commits what the server does by itself, together with its line in the audit log. */
export function auditedCommit(store: Store, operation: string) {
  return <T>(work: (tx: Tx, note: (change: Change) => void) => T): Promise<T> =>
    store.commit((tx) => work(tx, (change) => writeAudit(tx, Date.now(), SYSTEM, operation, change)));
}

/** Lines of the audit log, the latest first. */
export function readAudit(store: Store, query: AuditQuery = {}): AuditLine[] {
  const wanted: SQL[] = [];
  if (query.actor !== undefined) wanted.push(eq(audit.actor, query.actor));
  if (query.operation !== undefined) wanted.push(holds(audit.operation, query.operation));
  if (query.subject !== undefined) wanted.push(holds(audit.subject, query.subject));
  if (query.since !== undefined) wanted.push(gte(audit.at, query.since));
  if (query.until !== undefined) wanted.push(lt(audit.at, query.until));
  if (query.before !== undefined) wanted.push(lt(audit.id, query.before));
  return store.db
    .select()
    .from(audit)
    .where(and(...wanted))
    .orderBy(desc(audit.id))
    .limit(Math.min(query.limit ?? 100, 1_000))
    .all();
}

/** Deletes what is older than it is to be kept, a slice a commit. */
export async function pruneAudit(store: Store, now: number): Promise<void> {
  const oldest = now - store.settings.get(auditSettings).retentionDays * DAY_MS;
  const prune = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)";
  let deleted: number;
  do {
    deleted = await store.commit((tx) => tx.client.query(prune).run(oldest, PRUNE_ROWS).changes);
  } while (deleted === PRUNE_ROWS);
}

/** Whether a text stands somewhere in a column. */
function holds(column: Column, text: string): SQL {
  return sql`${column} LIKE ${likePattern(text)} ESCAPE '\\'`;
}

/** The properties that differ. Of something new or gone, all. */
function differences(before: object = {}, after: object = {}) {
  const was = new Map<string, unknown>(Object.entries(before));
  const is = new Map<string, unknown>(Object.entries(after));
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (name) => JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name)),
  );
  const of = (values: Map<string, unknown>) =>
    Object.fromEntries(
      changed.filter((name) => values.get(name) !== undefined).map((name) => [name, values.get(name)]),
    );
  return { before: of(was), after: of(is) };
}
