import { z } from "zod";
import { defineSettings } from "../store/settings.ts";

/** How the directory resolves addresses. */
export const directorySettings = defineSettings("directory", () =>
  z.object({
    subaddressSeparator: z
      .string()
      .max(1)
      .default("+")
      .describe("What separates a detail in an address: anna+shop@ reaches anna@. Empty: no details."),
    temporaryAddresses: z
      .boolean()
      .default(true)
      .describe("Every address can be handed out for a time: anna$E20270131@ reaches anna@ until the end of that day."),
    keepEndedDays: z
      .number()
      .int()
      .min(0)
      .max(9999)
      .default(365)
      .describe(
        "Addresses that have ended refuse mail and can be extended for so many days more; then they are removed.",
      ),
    expiredAccountsReceive: z.boolean().default(true).describe("Mailboxes of expired accounts still receive mail."),
  }),
);
