/** Runs the Python scripts beside this file: standard library clients, with JSON in and out. */
import { join } from "node:path";
import { succeed } from "../harness.ts";

/** Gives a script its task, and what it printed. */
export async function python<T>(script: "send" | "read" | "imap" | "pop3", task: object): Promise<T> {
  const file = join(import.meta.dir, "python", `${script}.py`);
  return JSON.parse(await succeed(["python3", file], { stdin: JSON.stringify(task) })) as T;
}
