/** Runs a script on a message in memory, in surroundings that a test sets up. */
import { expect, test } from "bun:test";
import { parseStructure } from "../../src/mime/parser.ts";
import {
  bareSurroundings,
  compile,
  type Outcome,
  type Piece,
  type Rewritten,
  run,
  type Surroundings,
} from "../../src/sieve/sieve.ts";

/** A message to look at; lines may be written with LF. */
export interface Sample {
  readonly text: string;
  readonly from?: string;
  readonly to?: string;
}

export const NOW = Date.UTC(2026, 10, 23, 2, 30, 0);

export function octetsOf(text: string): Uint8Array {
  return Buffer.from(text.replace(/\r?\n/g, "\r\n"), "utf8");
}

export function messageOf(text: string) {
  const octets = octetsOf(text);
  return {
    octets,
    structure: parseStructure(octets),
    read: (start: number, end: number) => octets.subarray(start, end),
  };
}

export function surroundingsOf(sample: Sample, more: Partial<Surroundings> = {}): Surroundings {
  return {
    ...bareSurroundings({ from: sample.from ?? "sender@example.com", to: sample.to ?? "me@example.net" }, NOW),
    ...more,
  };
}

/** Runs a script; it must be one that is taken. */
export function sieve(script: string, sample: string | Sample, more: Partial<Surroundings> = {}): Promise<Outcome> {
  const whole = typeof sample === "string" ? { text: sample } : sample;
  return run(compile(script), messageOf(whole.text), surroundingsOf(whole, more));
}

/** The actions in short, e.g. `fileinto lists \Seen`. */
export function brief({ actions, error }: Outcome): string[] {
  const told = actions.map((action) => {
    switch (action.kind) {
      case "keep":
        return ["keep", ...action.flags].join(" ");
      case "fileinto":
        return ["fileinto", action.mailbox, ...action.flags, ...(action.create ? [":create"] : [])].join(" ");
      case "redirect":
        return `redirect ${action.address}`;
      case "redirectToList":
        return `redirect :list ${action.list}`;
      case "reject":
      case "ereject":
        return `${action.kind} ${action.reason}`;
      case "vacation":
        return `vacation ${action.reason}`;
      case "notify":
        return `notify ${action.to.join(",")} ${action.subject}`;
      case "remember":
        return `remember ${action.seconds}`;
      default:
        return action.kind;
    }
  });
  return error === undefined ? told : [`error: ${error.reason}`, ...told];
}

/** A rewritten message as text. */
export function textOf(rewritten: Rewritten | undefined, original: string): string {
  const octets = octetsOf(original);
  const piece = (one: Piece) => ("start" in one ? octets.subarray(one.start, one.end) : one);
  return Buffer.concat((rewritten?.pieces ?? []).map(piece)).toString("utf8");
}

/** One example: what a script does to a message. */
export interface Example {
  /** Where it stands, and what it shows. */
  readonly from: string;
  readonly script: string;
  readonly on: string | Sample;
  readonly gives: readonly string[];
  readonly with?: Partial<Surroundings>;
}

/** Runs examples, each as a test of its own. */
export function examples(list: readonly Example[]): void {
  for (const { from, script, on, gives, with: more } of list) {
    test(from, async () => {
      expect(brief(await sieve(script, on, more))).toEqual([...gives]);
    });
  }
}
