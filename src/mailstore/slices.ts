/** Long lists in slices, a commit each, so that nobody waits behind them: as large as the time allows that one may take. */
import type { Store, Tx } from "../store/store.ts";

/** Messages handled in the first commit of a long list, and in each that follows at least and at most. */
const FIRST = 200;
const SMALLEST = 20;
const LARGEST = 5_000;
/** How long the work of one commit should hold the event loop, in milliseconds. */
const SLICE_MS = 6;

/**
 * Works in commits of its own until there is nothing left.
 * @param work does as many as it is told, in a commit; says what came of it
 * @param committed hears of each when it is on the disk, and how many were wanted; true if there is more
 */
export async function inSlices<T>(
  store: Store,
  work: (tx: Tx, most: number) => T,
  committed: (result: T, most: number) => boolean | Promise<boolean>,
): Promise<void> {
  for (let size = FIRST; ; ) {
    const most = size;
    const { result, ms } = await store.commit((tx) => {
      const begun = performance.now();
      return { result: work(tx, most), ms: performance.now() - begun };
    });
    if (!(await committed(result, most))) return;
    size = nextSize(size, ms);
  }
}

/** How many to take next, after so many took so long. */
function nextSize(size: number, ms: number): number {
  const fitting = Math.round((size * SLICE_MS) / Math.max(ms, 0.1));
  return Math.min(Math.max(Math.min(fitting, size * 4), SMALLEST), LARGEST);
}
