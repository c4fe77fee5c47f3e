/** What an administrator can set about ManageSieve. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const managesieveSettings = defineSettings("managesieve", () =>
  z.object({
    loginSeconds: z
      .number()
      .min(0.01)
      .max(3_600)
      .default(120)
      .describe("How long a session may wait for its next command before the login, in seconds."),
    idleSeconds: z
      .number()
      .min(0.01)
      .max(86_400)
      .default(1_800)
      .describe("The same after the login; RFC 5804 section 1.2 asks for at least 1800."),
    maxErrors: z.number().int().min(1).default(20).describe("Errors after which a session is ended."),
  }),
);
