/**
 * Run by the bundler (a Bun macro): reads `migrations/` when the executable is built and leaves the statements in its
 * place, so that the executable carries them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The migrations in order: a name and its statements. */
export function embeddedMigrations(): { name: string; statements: string[] }[] {
  const folder = join(import.meta.dir, "..", "..", "migrations");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({
      name: name.replace(/\.sql$/, ""),
      statements: readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"),
    }));
}
