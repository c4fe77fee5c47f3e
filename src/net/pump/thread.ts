/** The pump's thread: runs the loop until it is told to quit. Started by pump.ts, which says how and where. */
import { Loop } from "./loop.ts";
import { system } from "./system.ts";

declare const self: Worker;

/** What the thread is started with. */
export interface Start {
  readonly buffer: SharedArrayBuffer;
  /** The eventfd that is written when there are commands. */
  readonly bell: number;
}

self.onmessage = ({ data: { buffer, bell } }: MessageEvent<Start>) => {
  new Loop(system(), buffer, bell, () => self.postMessage("ended")).run();
  self.postMessage("over");
};
