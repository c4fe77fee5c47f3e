import { z } from "zod";
import { defineSettings } from "../store/settings.ts";

/** How the directory resolves addresses. */
export const directorySettings = defineSettings(
  "directory",
  z.object({
    subaddressSeparator: z
      .string()
      .max(1)
      .default("+")
      .describe("What separates a detail in an address: anna+shop@ reaches anna@. Empty: no details."),
    expiredAccountsReceive: z.boolean().default(true).describe("Mailboxes of expired accounts still receive mail."),
  }),
);
