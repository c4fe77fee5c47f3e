/** What an administrator can set about files in mail. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

const points = (fallback: number, what: string) =>
  z
    .number()
    .min(0)
    .max(100)
    .default(fallback)
    .describe(`What ${what} adds to the score of mail from outside; 0: nothing.`);

export const attachmentSettings = defineSettings("attachments", () =>
  z.object({
    program: points(4, "a program"),
    script: points(4, "a script"),
    shortcut: points(4, "a file that leads to another one, which starts or is fetched,"),
    image: points(4, "the image of a disk"),
    macro: points(1.5, "a document with macros"),
    encrypted: points(1, "an archive or document with a password, into which nobody can look,"),
    disguised: points(4, "a file whose name hides what it is, such as one with two endings,"),
  }),
);
