/** Data folders for tests that run inside the process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATABASE_NAME } from "../src/store/open.ts";
import { Store } from "../src/store/store.ts";

let migrated: Uint8Array | undefined;

/** A new data folder with the database as the migrations leave it. They run once per process: each time costs as much as ten commits. */
export function dataFolder(room: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gatepost-${room}-`));
  migrated ??= migratedDatabase();
  writeFileSync(join(folder, DATABASE_NAME), migrated);
  return folder;
}

function migratedDatabase(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-migrated-"));
  Store.open(folder).close();
  const database = readFileSync(join(folder, DATABASE_NAME));
  rmSync(folder, { recursive: true });
  return database;
}
