/** Makes a JavaScript program of a page, and finds the way back from its lines to those of the page. Pure. */
import { parseTemplate } from "./template.ts";

/** A page as a program. */
export interface Program {
  readonly code: string;
  /** For each line of the code, from 0: the line of the page, and the columns to add. */
  readonly lines: readonly Origin[];
}

interface Origin {
  readonly line: number;
  readonly column: number;
}

/** The functions of the prelude that programs call. */
export const CALLS = { text: "__text", escaped: "__escaped", raw: "__raw", include: "__include" } as const;

/**
 * Compiles a page. Its text is added to `texts` and is written by number, so that it never becomes part of the code. An included file becomes a block: it sees all of the page's names, its functions and `var`s are there afterwards,
 * and what it declares with `let` and `const` stays in it, so that it can be included more than once.
 *
 * @throws TemplateError
 */
export function compile(source: string, texts: string[], isIncluded = false): Program {
  const lines: Origin[] = [];
  const code: string[] = [];
  const emit = (text: string, { line, column }: Origin) => {
    for (const [index, part] of text.split("\n").entries()) {
      code.push(part);
      lines.push({ line: line + index, column: index === 0 ? column : 0 });
    }
  };
  if (isIncluded) emit("{", { line: 1, column: 0 });
  for (const segment of parseTemplate(source)) {
    const { kind, text } = segment;
    const here = { line: segment.line, column: 0 };
    if (kind === "text") emit(`${CALLS.text}(${texts.push(text) - 1});`, here);
    else if (kind === "include") emit(`${CALLS.include}(${JSON.stringify(text)});`, here);
    else if (kind === "code") emit(text, segment);
    else {
      emit(`${CALLS[kind]}(`, here);
      // A semicolon behind the expression is a habit that does no harm.
      emit(text.replace(/;\s*$/, ""), segment);
      emit(");", { line: segment.line + text.split("\n").length - 1, column: 0 });
    }
  }
  if (isIncluded) emit("}", lines.at(-1) ?? { line: 1, column: 0 });
  return { code: code.join("\n"), lines };
}

/** Where something went wrong, from 1; the column is missing where only the line is known. */
export interface Spot {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

const FRAME = /^\s*at (?:(.*?) \()?(\/.*?):(\d+)(?::(\d+))?\)?$/;

/** Characters of a line of a stack that are looked at: what a script throws it may have written itself. */
const LONGEST_FRAME = 600;

/** The places in pages that a stack of QuickJS names, innermost first. */
export function spotsOf(stack: string, programs: ReadonlyMap<string, Program>): Spot[] {
  const spots: Spot[] = [];
  for (const frame of stack.split("\n").slice(0, 50)) {
    const [, , file = "", line = "0", column] = FRAME.exec(frame.slice(0, LONGEST_FRAME)) ?? [];
    const origin = programs.get(file)?.lines[Number(line) - 1];
    if (origin === undefined) continue;
    spots.push({ file, line: origin.line, ...(column && { column: Number(column) + origin.column }) });
  }
  return spots;
}

/** The lines around one, numbered, the one marked; for the page's owner. */
export function excerptOf(source: string, line: number): string {
  const all = source.split("\n");
  const from = Math.max(0, line - 3);
  return all
    .slice(from, line + 2)
    .map((text, index) => {
      const number = from + index + 1;
      return `${number === line ? ">" : " "} ${String(number).padStart(4)} | ${text.replace(/\r$/, "").slice(0, 160)}`;
    })
    .join("\n");
}
