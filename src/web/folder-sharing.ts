/** Rights on single folders as the pages show and take them, in the administration and in the options of webmail. */
import { z } from "zod";
import type { FolderSharingPart } from "../../views/parts/folder-sharing.tsx";
import { said, t } from "../../views/words/words.ts";
import type { MailboxView } from "../administration/mail/mailbox-view.ts";
import { PRESET_NAMES, PRESET_WORDS, RIGHT_WORDS } from "../administration/mail/rights.ts";
import { type Fields, ticked } from "./form.ts";

const folder = z.string().min(1).max(1_000);

export const folderShareForm = z.strictObject({
  folder,
  who: z.string().trim().min(1, "Name the user by the login name.").max(513),
  may: z.string().max(20),
});
export const folderUnshareForm = z.strictObject({ folder, who: z.string().max(513) });
export const marksForm = z.strictObject({ ownReadMarks: ticked });

const choices = () => [
  ...PRESET_NAMES.map((value) => ({ value, label: said(PRESET_WORDS[value]) })),
  { value: "none", label: t("Nothing") },
];

/** The part of the page; with what was typed and why it was refused. */
export function folderSharingOf(
  view: MailboxView,
  at: string,
  csrf: string,
  refused: { readonly typed: Fields; readonly problem: string } | undefined,
): FolderSharingPart {
  return {
    ...{ at, csrf, choices: choices(), ownReadMarks: view.ownReadMarks, problem: refused?.problem ?? "" },
    folders: view.folders.map(({ name }) => name),
    shares: view.folderShares.map(({ folder, name, rights, preset }) => ({
      ...{ folder, name },
      words: name.startsWith("-")
        ? t("withheld: {rights}", { rights: wordsOf(rights, preset) })
        : wordsOf(rights, preset),
    })),
    ...{ folder: refused?.typed.folder ?? "INBOX", who: refused?.typed.who ?? "", may: refused?.typed.may ?? "read" },
  };
}

function wordsOf(rights: string, preset: MailboxView["folderShares"][number]["preset"]): string {
  if (preset !== null) return said(PRESET_WORDS[preset]);
  return rights === "" ? t("nothing") : rightsInWords(rights);
}

/** What rights allow, in words. */
export function rightsInWords(rights: string): string {
  return [...rights].map((letter) => said(RIGHT_WORDS[letter] ?? letter).toLowerCase()).join(", ");
}
