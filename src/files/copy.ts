/** Copies from jail to jail, by their own doors: what may not be read or has no room is refused like any other. */
import { Refusal } from "../refusal.ts";
import type { Jail } from "./jail.ts";

/** A path in a jail. */
export interface Place {
  readonly jail: Jail;
  readonly path: string;
}

/** Copies what lies at a place to where nothing does: see `Jail.copy`. */
export async function copyTree(from: Place, to: Place, shallow: boolean): Promise<void> {
  const { kind } = await from.jail.stat(from.path);
  if (kind === "file") await copyFile(from, to, false);
  else if (kind === "folder") await copyFolder(from, to, shallow);
  else throw new Refusal("notPermitted", "That is neither a file nor a folder.");
}

/** Copies a file. @param replace in one step into the place of a file that is there */
export async function copyFile(from: Place, to: Place, replace: boolean): Promise<void> {
  const file = await from.jail.openRead(from.path);
  try {
    const upload = await to.jail.openWrite(to.path, { mode: replace ? "replace" : "create", expected: file.size });
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

async function copyFolder(from: Place, to: Place, shallow: boolean): Promise<void> {
  await to.jail.mkdir(to.path);
  if (shallow) return;
  for await (const { name, kind } of from.jail.list(from.path)) {
    const [part, copy] = [
      { ...from, path: `${from.path}/${name}` },
      { ...to, path: `${to.path}/${name}` },
    ];
    if (kind === "file") await copyFile(part, copy, false);
    else if (kind === "folder") await copyFolder(part, copy, false);
  }
}
