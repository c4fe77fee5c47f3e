/** Rights on a shared mailbox: the letters of RFC 4314 §2.1, and names for the usual sets of them. */
import { RIGHTS } from "../../directory/mailboxes.ts";

/** Sets of rights that have a name. */
export const RIGHT_PRESETS = {
  /** Look up, read, and keep what was read. */
  read: "lrs",
  /** And flag, file, add, delete and empty out. */
  write: "lrswite",
  everything: RIGHTS,
} as const;

/** What a preset is called. */
export const PRESET_WORDS = {
  read: "Read",
  write: "Read and file",
  everything: "Everything",
} as const satisfies Record<string, string>;
export type Preset = keyof typeof RIGHT_PRESETS;

/** The names, for schemas. */
export const PRESET_NAMES = Object.keys(RIGHT_PRESETS) as [Preset, ...Preset[]];

/** What each right allows, in the standard's order. */
export const RIGHT_WORDS: Readonly<Record<string, string>> = {
  l: "See the folders",
  r: "Read messages",
  s: "Mark as read",
  w: "Flag messages",
  i: "Add and file messages",
  p: "Send to the folder's own address",
  k: "Make folders",
  x: "Rename and remove folders",
  t: "Delete messages",
  e: "Empty out deleted messages",
  a: "Give rights to others",
};

/** The letters of a preset's name or of letters in any order; undefined for anything else. */
export function rightsOf(text: string): string | undefined {
  const word = text.trim();
  if (Object.hasOwn(RIGHT_PRESETS, word)) return RIGHT_PRESETS[word as Preset];
  if (word === "" || [...word].some((letter) => !RIGHTS.includes(letter))) return undefined;
  return [...RIGHTS].filter((letter) => word.includes(letter)).join("");
}

/** What a set of rights is called; null if it has no name. */
export function presetOf(rights: string): Preset | null {
  return PRESET_NAMES.find((name) => RIGHT_PRESETS[name] === rights) ?? null;
}
