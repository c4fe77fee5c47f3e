/**
 * What the server and the process that runs pages say to each other: frames of a head (JSON) and octets, over the process's standard
 * input and output. Either side sends one and waits for the other's: run, then questions and answers in turn, then what came of it. Pure.
 */

import type { CookieWish } from "./answering.ts";

/** The word on the command line that makes the executable run pages instead of serving. */
export const RUN_PAGES = "run-pages";

/** What bounds one run. */
export interface RunLimits {
  /** Milliseconds that a page computes, without what it waits for the server. */
  readonly milliseconds: number;
  /** Megabytes of memory a page has. */
  readonly memoryMegabytes: number;
  /** Octets a page may write. */
  readonly outputOctets: number;
  /** Octets of the largest value in a store. */
  readonly valueOctets: number;
}

/** Octets of the head of a frame from a page: the server reads it on its event loop, so that it must not be long. */
export function mostHeadOctets({ valueOctets }: Pick<RunLimits, "valueOctets">): number {
  return 1_048_576 + 2 * valueOctets;
}

/** The request as the script sees it. */
export interface RunRequest {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly base: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Null where the page has no cookies of its own. */
  readonly cookies: readonly (readonly [string, string])[] | null;
  readonly remote: string;
  readonly secure: boolean;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A page to run; the octets are its source and then, `formOctets` long, the body of the request. */
export interface Run {
  readonly kind: "run";
  readonly request: RunRequest;
  readonly limits: RunLimits;
  readonly formOctets: number;
}

/** What a script asks the server while it runs. */
export interface Question {
  readonly kind: "ask";
  /** "store.get" … */
  readonly about: string;
  readonly values: readonly unknown[];
}

/** What the server answers: a value that JSON can hold (or none), or why not. */
export interface Reply {
  readonly kind: "reply";
  readonly value?: unknown;
  readonly refused?: string;
}

/** A page that was made; the octets are what it wrote. */
export interface Made {
  readonly kind: "made";
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly cookies: readonly CookieWish[];
  readonly notes: readonly string[];
}

/** A page that could not be made, in words for its owner. */
export interface Failed {
  readonly kind: "failed";
  readonly message: string;
  readonly file: string;
  /** 0 where it is not known. */
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  readonly notes: readonly string[];
}

/** The process is there. */
export interface Ready {
  readonly kind: "ready";
}

export type FromServer = Run | Reply;
export type FromRunner = Ready | Question | Made | Failed;

export interface Frame<H> {
  readonly head: H;
  readonly octets: Uint8Array;
}

/** Octets before head and body: their two lengths. */
export const PREFIX = 8;

/** A frame's octets. */
export function encodeFrame(head: FromServer | FromRunner, octets: readonly Uint8Array[] = []): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(json.length, 0);
  prefix.writeUInt32BE(
    octets.reduce((sum, part) => sum + part.length, 0),
    4,
  );
  return Buffer.concat([prefix, json, ...octets]);
}

/** The two lengths of a frame. */
export function lengthsOf(prefix: Uint8Array): { head: number; octets: number } {
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX);
  return { head: view.getUint32(0), octets: view.getUint32(4) };
}

/** Gathers frames from pieces of a stream. @throws Error for a frame that is too long */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #held = 0;
  #wanted = PREFIX;

  /** The most octets of a head and of what follows it. */
  constructor(private readonly most: () => { readonly head: number; readonly octets: number }) {}

  /** Takes a piece, and gives the frames that it completes. */
  push(piece: Uint8Array): Frame<unknown>[] {
    const frames: Frame<unknown>[] = [];
    this.#pieces.push(piece);
    this.#held += piece.length;
    while (this.#held >= this.#wanted) {
      const all = Buffer.concat(this.#pieces);
      const { head, octets } = lengthsOf(all);
      const total = PREFIX + head + octets;
      const most = this.most();
      if (head > most.head || octets > most.octets) throw new Error(`a frame of ${total} octets is too long`);
      this.#wanted = total;
      this.#pieces = [all];
      if (all.length < total) break;
      frames.push({
        head: JSON.parse(all.toString("utf8", PREFIX, PREFIX + head)),
        octets: all.subarray(PREFIX + head, total),
      });
      this.#pieces = [all.subarray(total)];
      this.#held = all.length - total;
      this.#wanted = PREFIX;
    }
    return frames;
  }
}
