/**
 * The thread on which HTML mail is sanitised: a large or hostile message would hold the event loop for longer than anybody may.
 * Built into the executable as an entry of its own.
 */
import { parentPort } from "node:worker_threads";
import { Refusal } from "../../refusal.ts";
import { sanitise } from "./sanitise.ts";
import type { Job, Result } from "./sanitiser.ts";

parentPort?.on("message", ({ id, html, options }: Job) => {
  sanitise(html, options).then(
    (clean) => parentPort?.postMessage({ id, clean } satisfies Result),
    (error: unknown) => {
      const sentence = error instanceof Refusal ? error.sentence : undefined;
      parentPort?.postMessage({
        id,
        sentence,
        fault: sentence === undefined ? String(error) : undefined,
      } satisfies Result);
    },
  );
});
