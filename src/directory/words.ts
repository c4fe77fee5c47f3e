/** Texts as completion looks at them: folded, without accents, word by word. Pure. */
import { fold } from "./address.ts";

/** Words of what was typed that are looked at. */
const MOST_WORDS = 3;

/** A text folded, with accents left out: who types "muller" means "Müller" too. */
export function plain(text: string): string {
  return fold(text).normalize("NFD").replace(/\p{M}/gu, "");
}

/** What a search looks through: each word behind a blank, and each address as it is. */
export function searchable(names: readonly string[], addresses: readonly string[] = []): string {
  const words = plain([...names, ...addresses].join(" ")).split(/[^\p{L}\p{N}]+/u);
  return ` ${[...new Set([...addresses.map(plain), ...words])].filter((word) => word !== "").join(" ")}`;
}

/** The words that somebody typed, at most three; what has an "@" is an address and one word. */
export function typedWords(typed: string): string[] {
  return plain(typed)
    .split(/[\s,;<>"()]+/)
    .flatMap((word) => (word.includes("@") ? [word] : word.split(/[^\p{L}\p{N}]+/u)))
    .filter((word) => word !== "")
    .slice(0, MOST_WORDS);
}

/** The patterns with which LIKE … ESCAPE '\' finds the beginnings of words; `%` stands for each word that was not typed. */
export function beginnings(words: readonly string[]): [string, string, string] {
  const pattern = (word: string | undefined) => (word === undefined ? "%" : `% ${word.replaceAll(/[\\%_]/g, "\\$&")}%`);
  return [pattern(words[0]), pattern(words[1]), pattern(words[2])];
}
