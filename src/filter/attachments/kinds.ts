/** What attachments are told apart by. */

/**
 * program, script, shortcut and image (of a disk) run or lead to something that runs; macro: an office document with code; encrypted: an
 * archive or document that nobody can look into; disguised: a name that hides what the file is; dangerous: everything but macro and
 * encrypted.
 */
export const ATTACHMENT_KINDS = [
  "dangerous",
  "program",
  "script",
  "shortcut",
  "image",
  "macro",
  "encrypted",
  "disguised",
] as const;
export type AttachmentKind = (typeof ATTACHMENT_KINDS)[number];

/** One that says what a file is, and not that it is one of several. */
export type SingleKind = Exclude<AttachmentKind, "dangerous">;

/** What a message carries that has such a file. */
export const KIND_WORDS: Readonly<Record<SingleKind, string>> = {
  program: "a program",
  script: "a script",
  shortcut: "a shortcut to something else",
  image: "the image of a disk",
  macro: "a document with macros",
  encrypted: "a file with a password, into which nobody can look",
  disguised: "a file that hides what it is",
};
