/** Run by the bundler (a Bun macro): collects the licences of what the executable carries, and leaves them in its place. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A third party's work inside the executable. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

const ROOT = join(import.meta.dir, "..");

function manifestOf(folder: string): Manifest | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}

/** The packages that `package.json` asks for, with all that they need in turn, by name. */
export function embeddedLicences(): Licence[] {
  const found = new Map<string, Licence>();
  const visit = (name: string, from: string): void => {
    const nested = join(from, "node_modules", name);
    const folder = existsSync(nested) ? nested : join(ROOT, "node_modules", name);
    const manifest = manifestOf(folder);
    if (manifest === undefined || found.has(manifest.name)) return;
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const { license } = manifest;
    found.set(manifest.name, {
      name: manifest.name,
      version: manifest.version,
      licence: typeof license === "string" ? license : (license?.type ?? ""),
      text: file === undefined ? "" : readFileSync(join(folder, file), "utf8"),
    });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder);
  };
  for (const name of Object.keys(manifestOf(ROOT)?.dependencies ?? {})) visit(name, ROOT);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
