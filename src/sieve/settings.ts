/** What an administrator can set about Sieve scripts. */
import { z } from "zod";
import { defineSettings } from "../store/settings.ts";

export const sieveSettings = defineSettings("sieve", () =>
  z.object({
    enabled: z
      .boolean()
      .default(true)
      .describe("Whether scripts are run for mail that arrives; without them it goes to the inbox."),
    maxScripts: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(50)
      .describe("How many scripts a mailbox may have, the active one included."),
    maxScriptSize: z
      .number()
      .int()
      .min(1_024)
      .max(1_048_576)
      .default(65_536)
      .describe("The largest script, in octets."),
    maxRedirects: z
      .number()
      .int()
      .min(0)
      .max(100)
      .default(10)
      .describe("To how many addresses the scripts of one mailbox may redirect one message."),
    maxNotifications: z
      .number()
      .int()
      .min(0)
      .max(100)
      .default(5)
      .describe("How many notifications the scripts of one mailbox may send about one message."),
    vacationMinSeconds: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .default(60)
      .describe("The shortest time in which vacation answers a sender once, whatever :seconds says."),
    maxDuplicateDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(30)
      .describe("For how many days the duplicate test remembers a message at most."),
  }),
);
