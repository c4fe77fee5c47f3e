import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "./migrate.ts";

/** The file that holds everything, inside the data folder. */
export const DATABASE_NAME = "gatepost.db";

/**
 * Opens the database file of a data folder and migrates it. The folder is readable by its owner alone, because the file
 * holds every secret.
 */
export function openDatabase(folder: string): Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = join(folder, DATABASE_NAME);
  const client = new Database(file, { create: true, readwrite: true });
  chmodSync(file, 0o600);
  client.run("PRAGMA journal_mode = WAL");
  // The store syncs the log after each commit itself: see store.ts.
  client.run("PRAGMA synchronous = NORMAL");
  client.run("PRAGMA busy_timeout = 5000");
  client.run("PRAGMA foreign_keys = ON");
  client.run("PRAGMA temp_store = MEMORY");
  client.run("PRAGMA cache_size = -16000");
  migrate(client, file);
  return client;
}
