/** Goes through the commands of cli-steps.ts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Gatepost, type Said } from "../harness.ts";
import type { Step } from "./cli-filter-steps.ts";
import { STEPS } from "./cli-steps.ts";

const said = ({ code, out, error }: Said) => JSON.stringify({ code, out, error });

function check(step: Step, result: Said): void {
  const { code = 0, out, error } = step;
  expect(result.code, said(result)).toBe(code);
  if (out instanceof RegExp) expect(result.out).toMatch(out);
  else if (out !== undefined) expect(JSON.parse(result.out)).toMatchObject(out);
  if (error !== undefined) expect(result.error).toMatch(error);
  if (code === 0) expect(result.error).toBe("");
  // What went wrong may stand below what was found; otherwise there is nothing to say but that.
  else if (out === undefined) expect(result.out).toBe("");
  // A refusal is one clear line; a stack trace is for nobody.
  if (code === 1) expect(result.error.trimEnd().split("\n")).toHaveLength(1);
  expect(result.error).not.toMatch(/^ +at /m);
}

/** Every command, one after the other, in one data folder. */
export function walkCommands(state: "running" | "stopped"): void {
  let server: Gatepost;
  let mailbox = "";
  let key = "";
  beforeAll(async () => {
    server = await Gatepost.start();
    if (state === "stopped") expect(await server.stop()).toBe(0);
  });
  afterAll(() => server.remove());

  const named = STEPS.map((step) => [`${step.args.join(" ")} → ${step.code ?? 0}`, step] as const);

  test.each(named)("gatepost %s", async (_name, step) => {
    const args = step.args.map((word) =>
      word === "MAILBOX" ? mailbox : word === "KEY" ? key : word.replace(/^DATA\b/, server.folder),
    );
    const result = await server.attempt(args, step.stdin);
    check(step, result);
    if (args[0] === "mailbox" && args[1] === "add" && result.code === 0) mailbox = String(JSON.parse(result.out).id);
    if (args[0] === "dkim" && args[1] === "rotate" && result.code === 0) key = /^gp\w+/m.exec(result.out)?.[0] ?? "";
  });
}
