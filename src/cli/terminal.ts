import { homedir, platform } from "node:os";
import { join } from "node:path";

/** Where the process speaks and listens. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly stdin: () => Promise<string>;
}

/** The data folder where none is named. */
export function defaultFolder(): string {
  const set = process.env.GATEPOST_DATA;
  if (set !== undefined && set !== "") return set;
  if (process.getuid?.() === 0 && platform() === "linux") return "/var/lib/gatepost";
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "gatepost");
}
