/** The pages themselves: which there are, and what stands in them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");

/** Paths of all pages from the top of the project, in order. */
export function pages(): string[] {
  return ["README.md", ...new Bun.Glob("docs/**/*.md").scanSync({ cwd: ROOT })].sort();
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

export function writePage(page: string, text: string): void {
  writeFileSync(join(ROOT, page), text);
}
