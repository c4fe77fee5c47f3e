/** Measures how long other sessions wait while something large goes on. */
import { join } from "node:path";

export interface Latency {
  readonly count: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

/** Runs `work`; gives how soon another session's NOOPs were answered meanwhile. */
export async function latencyDuring(
  where: { readonly port: number; readonly login: string; readonly password: string; readonly folder: string },
  work: () => Promise<void>,
): Promise<Latency> {
  const { port, login, password, folder } = where;
  const prober = Bun.spawn(
    [process.execPath, join(import.meta.dir, "prober.ts"), String(port), login, password, folder],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const lines = linesOf(prober.stdout);
  await lines.next();
  await work();
  prober.stdin.end();
  const { value } = await lines.next();
  const times = (JSON.parse(value ?? "[]") as number[]).sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor((times.length - 1) * part)] ?? Number.NaN;
  return { count: times.length, median: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

/** As a line for people. */
export function shown(latency: Latency): string {
  const { count, median, p95, p99, most } = latency;
  const ms = (value: number) => value.toFixed(1);
  return `${count} NOOPs: median ${ms(median)}, 95 % ${ms(p95)}, 99 % ${ms(p99)}, most ${ms(most)} ms`;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
  return undefined;
}
