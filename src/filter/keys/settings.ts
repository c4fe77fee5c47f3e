/** What an administrator sets about signing. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const signingSettings = defineSettings("signing", () =>
  z.object({
    enabled: z.boolean().default(true).describe("Outgoing mail of the domains here is signed (DKIM)."),
    keepDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(14)
      .describe("Days for which the record of a key that was replaced stays needed: mail is still on its way."),
    rotateDays: z
      .number()
      .int()
      .min(0)
      .max(3_650)
      .default(0)
      .describe("Days after which new keys are made, to be put into the DNS; 0: only when asked for."),
  }),
);
