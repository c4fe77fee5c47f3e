import { rmSync } from "node:fs";
import { Directory } from "../../src/directory/directory.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

/** A directory over a store in a folder of its own. */
export interface Opened {
  readonly folder: string;
  store: Store;
  directory: Directory;
  /** Closes both and opens them again, as a restart does. */
  restart(): void;
  close(): void;
}

export function openDirectory(): Opened {
  const folder = dataFolder("directory");
  const store = Store.open(folder);
  return {
    folder,
    store,
    directory: new Directory(store),
    restart() {
      this.directory.close();
      this.store.close();
      this.store = Store.open(folder);
      this.directory = new Directory(this.store);
    },
    close() {
      this.directory.close();
      this.store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a promise was refused with: its kind; "" if it was not. */
export async function refusalKind(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "";
  } catch (error) {
    return error instanceof Error && "kind" in error ? String(error.kind) : String(error);
  }
}
