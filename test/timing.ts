/**
 * Whether the time something takes tells cases apart: a rank measure, as an attacker would use it, which a busy machine does not upset.
 * Mann and Whitney, 1947.
 */

const ROUNDS = 16;
/** Four standard deviations of `slower` for two sets of so many that are the same: it falls within that in all but 1 of 10,000 runs. */
const TELLING = 4 * Math.sqrt((2 * ROUNDS + 1) / (12 * ROUNDS * ROUNDS));

/** How often one of the first takes longer than one of the second: 0.5 where nothing can be told, 0 or 1 where all can. */
const slower = (first: readonly number[], second: readonly number[]): number => {
  const longer = first.flatMap((one) => second.filter((other) => one > other)).length;
  return longer / (first.length * second.length);
};

/**
 * The cases whose time differs from that of the first one, tried in turns so that whatever else the machine does falls on all of them.
 * The cases are few and their number has no factor in common with 5.
 */
export async function toldByTime(
  cases: readonly string[],
  attempt: (name: string) => Promise<unknown>,
): Promise<string[]> {
  const times = new Map(cases.map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const at of cases.keys()) {
      const name = cases[(at * 5 + round) % cases.length] ?? "";
      const began = performance.now();
      await attempt(name);
      times.get(name)?.push(performance.now() - began);
    }
  }
  const [first = ""] = cases;
  const usual = times.get(first) ?? [];
  return cases.filter((name) => Math.abs(slower(times.get(name) ?? [], usual) - 0.5) >= TELLING);
}

/** Milliseconds of processor time that this process has used by now; whatever else the machine does meanwhile does not count. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
