/**
 * Runs a compiled regular expression over a text: all ways of matching at once, a character at a time, so the time is at most that
 * of the text's length times the program's, whatever the pattern. Of several matches the leftmost wins, of those the longest (POSIX).
 */
import { TooMuchWork, type Work } from "../wildcards.ts";
import { isWordCharacter } from "./characters.ts";
import type { Assertion } from "./parse.ts";
import type { RegexProgram } from "./program.ts";

/** A step of the machine costs about as much as comparing so many characters. */
const STEP_WORK = 50;

/** Beginning and end of the whole match and of each group; -1 where a group took no part. */
export type Captures = readonly number[];

/** Looks for a match. Without `captures` any match will do, and only whether there is one is told (as an empty list). */
export function search(program: RegexProgram, text: string, captures: boolean, work: Work): Captures | undefined {
  return new Machine(program, text, captures, work).search();
}

/** The ways that are open at one place of the text, the preferred first. */
class Threads {
  readonly places: number[] = [];
  readonly captures: Captures[] = [];
  readonly #seen: Uint8Array;

  constructor(size: number) {
    this.#seen = new Uint8Array(size);
  }

  /** Whether this is the first to come there. */
  claim(place: number): boolean {
    if (this.#seen[place] === 1) return false;
    this.#seen[place] = 1;
    return true;
  }

  clear(): void {
    this.places.length = 0;
    this.captures.length = 0;
    this.#seen.fill(0);
  }
}

class Machine {
  #now: Threads;
  #next: Threads;
  #best: Captures | undefined;
  readonly #none: Captures;

  constructor(
    private readonly program: RegexProgram,
    private readonly text: string,
    private readonly wanted: boolean,
    private readonly work: Work,
  ) {
    const size = program.instructions.length;
    this.#now = new Threads(size);
    this.#next = new Threads(size);
    this.#none = wanted ? new Array(2 * program.groups + 2).fill(-1) : [];
  }

  search(): Captures | undefined {
    const { text } = this;
    for (let at = 0; ; ) {
      if (this.#best === undefined && this.#now.places.length === 0) at = this.#toFirst(at);
      if (this.#best === undefined) this.#follow(this.#now, 0, at, this.#none);
      if (this.#best !== undefined && !this.wanted) return this.#best;
      if (at >= text.length || (this.#best !== undefined && this.#now.places.length === 0)) return this.#best;
      const code = text.codePointAt(at) as number;
      at += code > 0xffff ? 2 : 1;
      this.#step(code, at);
      [this.#now, this.#next] = [this.#next, this.#now];
      this.#next.clear();
    }
  }

  /** Passes over what no match can begin with. */
  #toFirst(from: number): number {
    const { text, program } = this;
    if (program.first === undefined) return from;
    let at = from;
    while (at < text.length) {
      const code = text.codePointAt(at) as number;
      if (program.first(code)) break;
      at += code > 0xffff ? 2 : 1;
    }
    this.work.left -= at - from;
    return at;
  }

  /** Takes one character in all ways; `after` is the place behind it. */
  #step(code: number, after: number): void {
    const { places, captures } = this.#now;
    this.#spend(1 + places.length);
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      const instruction = this.program.instructions[place];
      if (instruction?.op !== "set" || !instruction.test(code)) continue;
      this.#follow(this.#next, place + 1, after, captures[i] as Captures);
    }
  }

  /** Goes on from a place without taking a character, to all sets that can be reached. */
  #follow(threads: Threads, from: number, at: number, captures: Captures): void {
    const waiting: [number, Captures][] = [[from, captures]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [place, held] = next;
      if (!threads.claim(place)) continue;
      this.#spend(1);
      const instruction = this.program.instructions[place];
      switch (instruction?.op) {
        case "jump":
          waiting.push([instruction.to, held]);
          break;
        case "split":
          waiting.push([instruction.second, held], [instruction.first, held]);
          break;
        case "save":
          waiting.push([place + 1, this.wanted ? held.with(instruction.slot, at) : held]);
          break;
        case "assert":
          if (this.#holds(instruction.what, at)) waiting.push([place + 1, held]);
          break;
        case "match":
          this.#found(held);
          break;
        default:
          if (!this.#isLate(held)) {
            threads.places.push(place);
            threads.captures.push(held);
          }
      }
    }
  }

  /** Matches are found in the order of their ends, so a later one with the same beginning is longer. */
  #found(captures: Captures): void {
    const best = this.#best;
    if (best === undefined || !this.wanted) {
      this.#best = captures;
      return;
    }
    const [start = 0, end = 0] = captures;
    const [bestStart = 0, bestEnd = 0] = best;
    if (start < bestStart || (start === bestStart && end > bestEnd)) this.#best = captures;
  }

  /** Whether a way began behind a match that was found, and so cannot win any more. */
  #isLate(captures: Captures): boolean {
    return this.#best !== undefined && this.wanted && (captures[0] as number) > (this.#best[0] as number);
  }

  #holds(what: Assertion, at: number): boolean {
    const { text } = this;
    if (what === "start") return at === 0;
    if (what === "end") return at === text.length;
    const before = at > 0 && isWordCharacter(codePointBefore(text, at));
    const after = at < text.length && isWordCharacter(text.codePointAt(at) as number);
    if (what === "word") return before !== after;
    if (what === "notWord") return before === after;
    return what === "wordStart" ? !before && after : before && !after;
  }

  #spend(steps: number): void {
    this.work.left -= steps * STEP_WORK;
    if (this.work.left < 0) throw new TooMuchWork();
  }
}

function codePointBefore(text: string, at: number): number {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff && at > 1 ? (text.codePointAt(at - 2) as number) : low;
}
