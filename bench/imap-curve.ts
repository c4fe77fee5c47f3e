/** How costs grow with a folder: the same tasks in folders of a thousand to a million messages, ours alone. */
import { startGatepost } from "./gatepost.ts";
import { measure, TASKS, type Task } from "./imap.ts";
import { messageNumber } from "./messages.ts";
import type { Server } from "./server.ts";

const ROUNDS = 3;
/** Messages handed over at once for filling, so that not all lie in memory. */
const PORTION = 20_000;
/** Those whose cost depends on the size of the folder. */
const GROWING = [
  "SELECT",
  "FETCH 1:* (FLAGS)",
  "FETCH 1:* (ENVELOPE)",
  "SEARCH UNSEEN",
  "SEARCH SUBJECT",
  "SEARCH TEXT",
  "SORT",
  "THREAD",
];

/** Those of the other page that speak of a part of the folder stand here for all of it. */
const WHOLE: readonly Task[] = [
  {
    name: "STORE 1:* +FLAGS (\\Flagged)",
    before: (client) => client.command("STORE 1:* -FLAGS.SILENT (\\Flagged)"),
    run: (client) => client.command("STORE 1:* +FLAGS (\\Flagged)"),
  },
];

/** One folder size and the milliseconds of each task in it. */
export interface Point {
  readonly messages: number;
  readonly times: ReadonlyMap<string, number>;
}

const growing = (): Task[] => [...TASKS.filter(({ name }) => GROWING.some((word) => name.startsWith(word))), ...WHOLE];

/** Measures at each size, filling the one folder further and further. */
export async function curve(sizes: readonly number[]): Promise<Point[]> {
  const server = await startGatepost();
  const points: Point[] = [];
  let held = 0;
  try {
    for (const size of sizes) {
      for (; held < size; held = Math.min(size, held + PORTION)) {
        const count = Math.min(PORTION, size - held);
        const from = held;
        await server.fill(Array.from({ length: count }, (_, n) => messageNumber(from + n)));
      }
      await server.settled();
      points.push(await pointAt(server, size));
    }
  } finally {
    await server.stop();
  }
  return points;
}

async function pointAt(server: Server, messages: number): Promise<Point> {
  const times = new Map<string, number>();
  for (const task of growing()) {
    const seconds = (await measure(server, task, ROUNDS)).sort((a, b) => a - b);
    times.set(task.name, (seconds[seconds.length >> 1] ?? Number.NaN) * 1_000);
  }
  return { messages, times };
}

/** The points as a table: a column a size. */
export function curveTable(points: readonly Point[]): string {
  const names = [...(points[0]?.times.keys() ?? [])];
  const shown = (value: number | undefined) => (value === undefined ? "–" : value.toPrecision(3));
  const rows = names.map(
    (name) =>
      `| ${name.replace(" of 100,000", "")} | ${points.map(({ times }) => shown(times.get(name))).join(" | ")} |`,
  );
  const head = points.map(({ messages }) => messages.toLocaleString("en"));
  return [`| ms | ${head.join(" | ")} |`, `|---|${points.map(() => "--:").join("|")}|`, ...rows].join("\n");
}
