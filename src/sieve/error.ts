/** What is wrong with a script, where, in plain words. */
import { Refusal } from "../refusal.ts";

/** A place in a script; both count from 1, columns in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A script that cannot be taken: the first thing that is wrong with it. */
export class SieveError extends Refusal {
  readonly line: number;
  readonly column: number;

  constructor(
    { line, column }: Place,
    /** What is wrong, without its place. */
    readonly reason: string,
  ) {
    super("invalid", `Line ${line}, column ${column}: ${reason}`, { field: "script" });
    this.line = line;
    this.column = column;
  }
}
