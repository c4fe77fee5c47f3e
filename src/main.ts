#!/usr/bin/env bun
/** Gatepost: one executable that is a home's or a small office's mail server and gateway. From here a command line becomes an exit code. */
import { RUN_PAGES } from "./web/homepages/scripts/frames.ts";

/** How long the last words of a server that failed may take to leave, in milliseconds. */
const SAYING_MS = 2_000;

const argv = process.argv.slice(2);
if (argv[0] === RUN_PAGES && argv.length === 1) {
  // A process that the server starts for scripts in pages: it reads nothing of the rest, and blocks where it reads and writes.
  const { runPages } = await import("./web/homepages/scripts/runner.ts");
  await runPages();
} else {
  // Whoever reads our output may stop early (`| head`): what is left is then for nobody.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const { dispatch } = await import("./cli/dispatch.ts");
  process.exitCode = await dispatch(argv, {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    stdin: () => Bun.stdin.text(),
  });
  // Timers and threads that a server which failed left behind are not waited for, only what was said of it.
  if (argv[0] === "serve" && process.exitCode !== 0) setTimeout(() => process.exit(), SAYING_MS).unref();
}
