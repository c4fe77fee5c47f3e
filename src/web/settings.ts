/** What an administrator may set for the web sites. */
import { z } from "zod";
import { SESSION_LIMITS } from "../auth/sessions.ts";
import { parseRange } from "../net/access.ts";
import { defineSettings } from "../store/settings.ts";

export const webSettings = defineSettings("web", () =>
  z.object({
    idleMinutes: z
      .number()
      .int()
      .min(5)
      .max(43_200)
      .default(SESSION_LIMITS.idleMinutes)
      .describe("Minutes without a click after which a browser is signed out."),
    longestDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(SESSION_LIMITS.longestDays)
      .describe("Days after which everybody signs in anew, even where “stay signed in” was ticked."),
    proxies: z
      .array(
        z
          .string()
          .trim()
          .max(64)
          .refine(
            (text) => parseRange(text) !== undefined,
            "A proxy is an address or a network, such as 192.168.1.2 or 192.168.1.0/24.",
          ),
      )
      .max(100)
      .default([])
      .describe("Reverse proxies in front of this server (addresses or networks) whose X-Forwarded-For is believed."),
    requireTls: z
      .boolean()
      .default(true)
      .describe("Send browsers from HTTP to HTTPS. This machine itself may always use HTTP."),
    formOctets: z
      .number()
      .int()
      .min(65_536)
      .max(16_777_216)
      .default(1_048_576)
      .describe("Largest form that a page may send, in octets. Mail with attachments has its own limit."),
  }),
);
