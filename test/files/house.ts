/** A house with folders of people in it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type Entry, Files, type Jail, type Person } from "../../src/files/files.ts";
import { filesSettings } from "../../src/files/settings.ts";
import type { WriteOptions } from "../../src/files/upload.ts";
import { Refusal } from "../../src/refusal.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

export class FilesHouse {
  readonly store: Store;
  readonly files: Files;
  readonly people = new Map<number, Person>();
  readonly faults: string[] = [];

  constructor(readonly folder = dataFolder("files")) {
    this.store = Store.open(folder);
    this.store.events.subscribe((event) => {
      if (event.name === "fault") this.faults.push(`${event.text}\n${event.data?.stack}`);
    });
    this.files = new Files(this.store, (id) => this.people.get(id));
  }

  /** Somebody new. */
  person(id: number, login: string, properties: Partial<Person> = {}): Person {
    const person: Person = { id, login, kind: "user", homePageFolder: null, ftpDirectory: null, ...properties };
    this.people.set(id, person);
    return person;
  }

  async jail(person: Person, what: "ftp" | "homepage" = "ftp"): Promise<Jail> {
    return await this.files.rootFor(person, what);
  }

  async set(patch: Partial<z.input<typeof filesSettings.schema>>): Promise<void> {
    await this.store.settings.set(filesSettings, patch);
  }

  /** Where something lies on disk. */
  disk(...path: string[]): string {
    return join(this.folder, "files", ...path);
  }

  async close(options: { readonly keep?: boolean } = {}): Promise<void> {
    await this.files.close();
    this.store.close();
    if (options.keep !== true) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes a file. */
export async function put(
  jail: Jail,
  path: string,
  content: string | Uint8Array,
  options?: WriteOptions,
): Promise<Entry> {
  const upload = await jail.openWrite(path, options);
  try {
    await upload.write(Buffer.from(content as string));
    return await upload.commit();
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** Reads a file. */
export async function get(jail: Jail, path: string): Promise<string> {
  const file = await jail.openRead(path);
  try {
    return Buffer.concat(await Array.fromAsync(file.pieces())).toString();
  } finally {
    await file.close();
  }
}

/** The names in a folder. */
export async function names(jail: Jail, path = "/"): Promise<string[]> {
  return (await Array.fromAsync(jail.list(path))).map(({ name }) => name);
}

/** What was refused: its kind, or what came instead. */
export async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}
