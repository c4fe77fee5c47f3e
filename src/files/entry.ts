/** What lies in a folder, as it is shown. */
import type { Stats } from "node:fs";

/** What an entry is. Links are shown and may be renamed and removed, and are never followed; of "special" ones nothing is ever opened. */
export type EntryKind = "file" | "folder" | "link" | "special";

/** One entry of a folder. */
export interface Entry {
  /** As `names.ts` has it; "" for the root. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Octets; 0 for what is no file. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Milliseconds since the epoch: the last change of anything about it. */
  readonly changed: number;
  /** The nine permission bits of POSIX. */
  readonly mode: number;
  /** The same for two names of one file, and different for different files. */
  readonly id: string;
  /** Another one whenever the content may be another: an entity tag without its quotes (RFC 9110 §8.8.3). */
  readonly version: string;
  /** Whether it may be changed through the path it was asked by. */
  readonly writable: boolean;
}

/** An entry from what the system says of it. */
export function entryOf(name: string, stats: Stats, writable: boolean): Entry {
  const kind = kindOf(stats);
  const size = kind === "file" ? stats.size : 0;
  const { ino, dev, mtimeMs, ctimeMs, mode } = stats;
  return {
    name,
    kind,
    size,
    modified: Math.floor(mtimeMs),
    changed: Math.floor(ctimeMs),
    mode: mode & 0o777,
    id: `${dev.toString(36)}g${ino.toString(36)}`,
    version: [ino, size, Math.round(mtimeMs * 1000), Math.round(ctimeMs * 1000)].map((n) => n.toString(36)).join("-"),
    writable,
  };
}

function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "special";
}
