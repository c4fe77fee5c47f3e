import type { Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { Refusal } from "../refusal.ts";
import { embeddedMigrations } from "./migrations.macro.ts" with { type: "macro" };

/** One step of the schema. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** The steps this program was built with. */
export const MIGRATIONS: readonly Migration[] = embeddedMigrations();

/**
 * Brings the file to the schema of `migrations`: each step in one transaction, after a copy of the file was put beside it
 * as `gatepost.db.before-<step>` (only where there was data to lose). The number of applied steps is the file's
 * `user_version`.
 * @throws Refusal "newerFile" if the file has more steps than this program knows.
 */
export function migrate(client: Database, file: string, migrations: readonly Migration[] = MIGRATIONS): void {
  const applied = versionOf(client);
  if (applied > migrations.length) {
    throw new Refusal(
      "newerFile",
      `The data in ${file} was written by a newer Gatepost (schema ${applied}, this one knows ${migrations.length}). Install that version or restore an older backup.`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < applied) continue;
    if (index > 0 && applied > 0) copyBefore(client, file, migration.name);
    client.transaction(() => {
      for (const statement of migration.statements) if (statement.trim() !== "") client.run(statement);
      client.run(`PRAGMA user_version = ${index + 1}`);
    })();
  }
}

function versionOf(client: Database): number {
  return Number(client.query("PRAGMA user_version").values()[0]?.[0] ?? 0);
}

function copyBefore(client: Database, file: string, name: string): void {
  const copy = `${file}.before-${name}`;
  if (existsSync(copy)) rmSync(copy);
  client.query("VACUUM INTO ?").run(copy);
}
