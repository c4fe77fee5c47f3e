/** Copies within a jail, by its own doors: what may not be read or has no room is refused like any other. */
import { Refusal } from "../refusal.ts";
import type { Jail } from "./jail.ts";
import { normalise } from "./names.ts";

/** Copies what lies at a path: see `Jail.copy`. */
export async function copyTree(
  jail: Jail,
  from: string,
  to: string,
  options: { readonly replace?: boolean; readonly shallow?: boolean },
): Promise<void> {
  const [source, target] = [normalise(from), normalise(to)];
  if (target === source || target.startsWith(`${source}/`)) {
    throw new Refusal("invalid", "Something cannot be copied into itself.");
  }
  const { kind } = await jail.stat(source);
  if (kind === "file") return await copyFile(jail, source, target, options.replace === true);
  if (kind !== "folder") throw new Refusal("notPermitted", "That is neither a file nor a folder.");
  if (options.shallow !== true) await jail.requireDepth(source, target);
  if (options.replace === true && (await jail.find(target)) !== undefined) await jail.removeAll(target);
  await copyFolder(jail, source, target, options.shallow === true);
}

async function copyFile(jail: Jail, from: string, to: string, replace: boolean): Promise<void> {
  const file = await jail.openRead(from);
  try {
    const upload = await jail.openWrite(to, { mode: replace ? "replace" : "create", expected: file.size });
    try {
      for await (const piece of file.pieces()) await upload.write(piece);
      await upload.commit();
    } catch (error) {
      await upload.abandon();
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function copyFolder(jail: Jail, from: string, to: string, shallow: boolean): Promise<void> {
  await jail.mkdir(to);
  if (shallow) return;
  for await (const { name, kind } of jail.list(from)) {
    if (kind === "file") await copyFile(jail, `${from}/${name}`, `${to}/${name}`, false);
    else if (kind === "folder") await copyFolder(jail, `${from}/${name}`, `${to}/${name}`, false);
  }
}
