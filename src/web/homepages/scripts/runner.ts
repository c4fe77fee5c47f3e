/**
 * The process that runs pages: the executable itself, started by runners.ts with one word. It reads a page from its standard input, runs
 * it, writes what came of it to its standard output, and waits for the next. It opens no file and no connection, and has no
 * environment; it ends with its input, or when the server kills it.
 */
import { readSync, writeSync } from "node:fs";
import type { QuickJSWASMModule } from "quickjs-emscripten-core";
import { Engines, type Pairs, runPage } from "./engine.ts";
import { readForm } from "./form.ts";
import { encodeFrame, type Frame, type FromRunner, type FromServer, lengthsOf, PREFIX, type Run } from "./frames.ts";
import { endWithServer } from "./last-resort.ts";

const STDIN = 0;
const STDOUT = 1;

/** Runs pages until the server has no more. */
export async function runPages(): Promise<void> {
  const lastResort = endWithServer();
  const engines = new Engines();
  let ready: { engine: QuickJSWASMModule; megabytes: number } | undefined;
  send({ kind: "ready" });
  for (let frame = receive(); frame !== undefined; frame = receive()) {
    if (frame.head.kind !== "run") throw new Error(`there is no page for ${frame.head.kind}`);
    const run: Run = frame.head;
    const megabytes = run.limits.memoryMegabytes;
    const engine = ready?.megabytes === megabytes ? ready.engine : await engines.make(megabytes);
    lastResort(run.limits.milliseconds);
    await perform(engine, run, frame.octets);
    lastResort(0);
    // Made while nobody waits for it.
    ready = { engine: await engines.make(megabytes), megabytes };
  }
}

async function perform(engine: QuickJSWASMModule, run: Run, octets: Uint8Array): Promise<void> {
  const sourceOctets = octets.length - run.formOctets;
  const source = new TextDecoder().decode(octets.subarray(0, sourceOctets));
  const form: Pairs = await readForm(octets.subarray(sourceOctets), run.request.headers);
  const { head, output } = runPage(engine, run, source, form, {
    ask: (about, values) => {
      send({ kind: "ask", about, values });
      const answer = receive()?.head;
      if (answer?.kind !== "reply") throw new Error("the server did not answer");
      return answer;
    },
  });
  send(head, Buffer.from(output.join("")));
}

function send(head: FromRunner, octets?: Uint8Array): void {
  const frame = encodeFrame(head, octets === undefined ? [] : [octets]);
  for (let at = 0; at < frame.length; ) at += writeSync(STDOUT, frame, at);
}

/** The next frame of the server; undefined when there is none to come. */
function receive(): Frame<FromServer> | undefined {
  const prefix = read(PREFIX);
  if (prefix === undefined) return undefined;
  const lengths = lengthsOf(prefix);
  const head = read(lengths.head);
  const octets = read(lengths.octets);
  if (head === undefined || octets === undefined) return undefined;
  return { head: JSON.parse(head.toString("utf8")) as FromServer, octets };
}

function read(length: number): Buffer | undefined {
  const octets = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = readSync(STDIN, octets, at, length - at, null);
    if (got === 0) return undefined;
    at += got;
  }
  return octets;
}
