/** A server under measurement, whichever it is. */
export interface Server {
  readonly name: string;
  readonly smtp: number;
  readonly imap: number;
  readonly login: string;
  /** Memory of all its processes, octets: proportional, so that shared pages count once. */
  readonly memory: () => Promise<number>;
  /** Puts messages into INBOX, by whatever way is quickest, before anything is measured. */
  readonly fill: (messages: readonly Uint8Array[]) => Promise<void>;
  /** Resolves when nothing is left to do in the background. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const LOGIN = "anna";
export const PASSWORD = "correct-horse-battery-staple";
export const ADDRESS = "anna@example.test";

/** Memory of a process in octets, with pages that are shared counted in proportion; 0 if it has ended. */
export async function proportionalMemory(pid: number): Promise<number> {
  const rollup = await Bun.file(`/proc/${pid}/smaps_rollup`)
    .text()
    .catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}
