/** What an administrator can set about the folders of people. */
import { z } from "zod";
import { defineSettings } from "../store/settings.ts";

const limit = (text: string) =>
  z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null).describe(text);

export const filesSettings = defineSettings("files", () =>
  z.object({
    maxOctets: limit(
      "Octets that a user's folders may hold where the user has no limit of his own; empty for no limit.",
    ),
    maxFiles: limit(
      "Files and folders that a user's folders may hold where the user has no limit of his own; empty for no limit.",
    ),
    keepFree: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(256 * 1024 * 1024)
      .describe("Octets of the disk that uploads leave free, so that mail can still be received."),
    durable: z
      .boolean()
      .default(true)
      .describe("Whether an upload is answered only when it is on the disk. Without it many small files are faster."),
    sharedName: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "Letters, digits, - and _.")
      .default("shared")
      .describe("The folder under which shared folders appear beside a user's own."),
  }),
);
