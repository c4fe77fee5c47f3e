/** Flags between the words of the grammar and the bits and keywords of the mail store (RFC 9051 §2.3.2). */
import { type Flags, SYSTEM_FLAGS } from "../../mailstore/flags.ts";

/** What a command's flag list means to the mail store. */
export function flagsFrom(words: readonly string[]): Flags {
  let system = 0;
  const keywords: string[] = [];
  for (const word of words) {
    if (word.startsWith("\\")) system |= systemBit(word);
    else keywords.push(word);
  }
  return { system, keywords };
}

/** The bit of a system flag; 0 for a word that is none. */
export function systemBit(word: string): number {
  return Object.entries(SYSTEM_FLAGS).find(([name]) => name === word)?.[1] ?? 0;
}
