import { ptr } from "bun:ffi";
import { expect, test } from "bun:test";
import { openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as L from "../../src/net/pump/layout.ts";
import { Loop } from "../../src/net/pump/loop.ts";
import { O_CLOEXEC, O_NONBLOCK, system } from "../../src/net/pump/system.ts";
import { temporaryFolder } from "../harness.ts";

test("a job that was ended too late does not end the next one in its slot", () => {
  const folder = temporaryFolder("pump");
  const calls = system();
  const memory = L.shared();
  writeFileSync(join(folder, "file"), "every octet");
  const ends = new Int32Array(2);
  expect(calls.pipe2(ptr(ends), O_CLOEXEC | O_NONBLOCK)).toBe(0);
  const [from = -1, into = -1] = ends;
  memory.jobs.set([L.SEND, 1_000, -1, 0, 0, openSync(join(folder, "file"), "r"), into]);
  memory.counts[L.LIMIT] = 11;
  // The job before had come to its end by itself when it was told to, and the main thread heard that first.
  memory.commands.set([L.END, L.BEGIN, L.QUIT]);
  memory.control[L.COMMANDS_WRITTEN] = 3;
  const bell = calls.eventfd(1, O_CLOEXEC | O_NONBLOCK);
  let told = 0;
  new Loop(calls, memory.buffer, bell, () => told++).run();
  calls.close(bell);
  const got = Buffer.alloc(20);
  expect(got.toString("latin1", 0, readSync(from, got))).toBe("every octet");
  expect(memory.jobs[L.STATUS]).toBe(L.DONE);
  expect([memory.control[L.ENDED_WRITTEN], told]).toEqual([1, 1]);
  calls.close(from);
  rmSync(folder, { recursive: true });
});
