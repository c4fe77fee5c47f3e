/**
 * The thread on which HTML mail is sanitised: a large or hostile message would hold the event loop for longer than anybody may.
 * Built into the executable as an entry of its own.
 */
import { parentPort } from "node:worker_threads";
import { Refusal } from "../../refusal.ts";
import { sanitise } from "./sanitise.ts";
import type { Job, Result, Task } from "./sanitiser.ts";
import { tidy } from "./tidy.ts";

const carryOut = async (task: Task) =>
  task.kind === "read" ? await sanitise(task.html, task.options) : await tidy(task.html, task.options);

parentPort?.on("message", ({ id, task }: Job) => {
  carryOut(task).then(
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
