/** What Linux says of a process. */
import { readFileSync } from "node:fs";

const MEGABYTE = 1_048_576;

/** Memory of a process in megabytes: resident, and the most that it ever was. */
export function memoryOf(pid: number): { resident: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024) / MEGABYTE;
  return { resident: field("VmRSS"), most: field("VmHWM") };
}

/** Memory in megabytes that would be free without this process: what is shared is counted in part. */
export function proportionalMemoryOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024) / MEGABYTE;
}

/** Seconds of processor time that a process has used. */
export function processorTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // In ticks of a hundredth of a second (proc(5), fields 14 and 15).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many files this process may have open. */
export function fileLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
}
