#!/usr/bin/env bun
/** Gatepost: one executable that is a home's or a small office's mail server. From here a command line becomes an exit code. */
import { dispatch } from "./cli/dispatch.ts";

// Whoever reads our output may stop early (`| head`): what is left is then for nobody.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await dispatch(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  stdin: () => Bun.stdin.text(),
});
