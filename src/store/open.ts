import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";
import { migrate } from "./migrate.ts";

/** The file that holds everything, inside the data folder. */
export const DATABASE_NAME = "gatepost.db";

/**
 * Opens the database file of a data folder and migrates it. The folder is readable by its owner alone, because the file
 * holds every secret.
 * @throws Refusal "notPermitted" if this account may not open it
 */
export function openDatabase(folder: string): Database {
  const file = join(folder, DATABASE_NAME);
  const client = openFile(folder, file);
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

/** Makes the data folder where it is missing, and closes it to other accounts. @throws Refusal "notPermitted" */
export function makeFolder(folder: string): void {
  inFolder(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  });
}

function openFile(folder: string, file: string): Database {
  makeFolder(folder);
  return inFolder(folder, () => {
    const client = new Database(file, { create: true, readwrite: true });
    chmodSync(file, 0o600);
    return client;
  });
}

const NOT_PERMITTED = /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST|ELOOP|ENAMETOOLONG|SQLITE_CANTOPEN|SQLITE_READONLY)/;

/** Does something in the data folder. @throws Refusal "notPermitted" where the system does not let this account */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!NOT_PERMITTED.test(code)) throw error;
    throw new Refusal("notPermitted", `The data folder ${folder} cannot be opened by this account (${code}).`, {
      cause: error,
    });
  }
}
