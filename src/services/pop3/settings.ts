/** What an administrator can set about POP3. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const pop3Settings = defineSettings("pop3", () =>
  z.object({
    idleTimeout: z
      .number()
      .min(0.01)
      .max(86_400)
      .default(600)
      .describe("How long a session may wait for its next command, in seconds; RFC 1939 asks for at least 600."),
    maxErrors: z.number().int().min(1).default(20).describe("Errors after which a session is ended."),
    markSeen: z
      .boolean()
      .default(true)
      .describe("Whether a message that was fetched is marked as read for IMAP and webmail when the session ends."),
  }),
);
