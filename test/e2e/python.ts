/** Runs the Python scripts beside this file: the standard library's clients, with JSON in and out. */
import { join } from "node:path";
import { type Gatepost, succeed } from "../harness.ts";

/** Gives a script its task, and what it printed. */
export async function python<T>(script: "send" | "read" | "call" | "report" | "sieve", task: object): Promise<T> {
  const file = join(import.meta.dir, "python", `${script}.py`);
  // Debian's own Python has Debian's packages, whichever one comes first in the path.
  return JSON.parse(await succeed(["/usr/bin/python3", file], { stdin: JSON.stringify(task) })) as T;
}

const PORTS = { imap: 143, imaps: 993, pop3: 110, pop3s: 995 } as const;

/** A method of imaplib's or poplib's client and its arguments. */
export type Call = readonly [method: string, ...args: (string | number | null | { base64: string })[]];

/** What a method gave; octets are Latin-1. An error that the server's answer led to is `{ error }`. */
export type Result = unknown;

/** Calls methods of one client, one after the other, on one connection. */
export async function calls(server: Gatepost, scheme: keyof typeof PORTS, ...list: readonly Call[]): Promise<Result[]> {
  const port = server.port(PORTS[scheme]);
  return await python<Result[]>("call", { scheme, port, root: await server.rootFile(), calls: list });
}
