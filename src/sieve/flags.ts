/** Lists of IMAP flags in strings (RFC 5232 §2): several flags may stand in one string; what cannot be a flag is passed over. */
import type { Run } from "./run.ts";
import { union } from "./run.ts";
import type { Texts } from "./text.ts";

const SYSTEM: ReadonlySet<string> = new Set(["\\answered", "\\flagged", "\\deleted", "\\seen", "\\draft"]);
/** RFC 9051 §9, flag-keyword: an atom. */
const KEYWORD = /^[^\s(){%*"\\\]\x00-\x1f\x7f-\uffff]{1,128}$/;
/** Flags of one message. */
export const MOST_FLAGS = 64;

/** The flags in some strings, each once. */
export function flagsIn(strings: readonly string[]): readonly string[] {
  const flags = strings.flatMap((one) => one.split(/\s+/)).filter(isFlag);
  return union([], flags).slice(0, MOST_FLAGS);
}

function isFlag(flag: string): boolean {
  return flag.startsWith("\\") ? SYSTEM.has(flag.toLowerCase()) : KEYWORD.test(flag);
}

/** The flags of an action: those it names, else those of the internal variable (RFC 5232 §5). */
export function flagsOf(run: Run, named: Texts | undefined): readonly string[] {
  return named === undefined ? run.flags : flagsIn(run.texts(named));
}
