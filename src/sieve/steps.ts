/** Work in small steps, as a generator that gives nothing until its end: done in one go, or in turns with others on the event loop. */
import type { Turns } from "../turns.ts";

export type Steps<T> = Generator<void, T, void>;

/** Does all of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does it in slices. */
export async function inTurns<T>(steps: Steps<T>, turns: Turns): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (turns.over) await turns.next();
  }
}
