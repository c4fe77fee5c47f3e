import { existsSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_NAME } from "../store/open.ts";
import type { Health } from "../web/deps.ts";

/** Figures for the overview. `folder` is the data folder, `startedAt` in milliseconds since the epoch. */
export function healthOf(folder: string, version: string, startedAt: number): Health {
  const file = join(folder, DATABASE_NAME);
  const sizes = [file, `${file}-wal`].map((path) => (existsSync(path) ? statSync(path).size : 0));
  const disk = statfsSync(folder);
  return {
    version,
    startedAt,
    memory: process.memoryUsage.rss(),
    databaseSize: sizes.reduce((sum, size) => sum + size, 0),
    diskFree: disk.bavail * disk.bsize,
  };
}
