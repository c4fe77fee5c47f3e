/** What an administrator can set about mail that is held. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const quarantineSettings = defineSettings("quarantine", () =>
  z.object({
    days: z.number().int().min(1).max(365).default(30).describe("Days for which mail is held; then it is deleted."),
    dmarc: z
      .boolean()
      .default(false)
      .describe(
        "Mail that does not prove to be from its domain, and which that asks to keep apart (DMARC quarantine), is held instead of going to Junk.",
      ),
    ownersRelease: z
      .boolean()
      .default(true)
      .describe("People release what is held for them themselves; mail with a virus only administrators release."),
    digest: z
      .boolean()
      .default(true)
      .describe("People are told once a day of what is newly held for them, where there is something."),
    digestHour: z.number().int().min(0).max(23).default(7).describe("The hour of the day at which they are told."),
    tellAdministrators: z
      .boolean()
      .default(false)
      .describe("Administrators are told of all that is newly held, once a day."),
  }),
);
