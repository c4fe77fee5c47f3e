/** What an administrator can set about reports between mail servers. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, "A domain is written like example.org.");

export const reportSettings = defineSettings("reports", () =>
  z.object({
    sendDmarc: z
      .boolean()
      .default(true)
      .describe("Tell domains that ask for it, once a day, whose mail came here in their name (DMARC)."),
    sendTls: z
      .boolean()
      .default(true)
      .describe("Tell domains that ask for it, once a day, how TLS to their servers went (RFC 8460)."),
    notTo: z.array(domain).max(1_000).default([]).describe("Domains that get no reports, with all below them."),
    perDay: z.number().int().min(0).max(100_000).default(500).describe("Reports sent in a day at most."),
    keepDays: z
      .number()
      .int()
      .min(7)
      .max(3_650)
      .default(400)
      .describe("Days that reports of others are kept, and the list of those sent."),
  }),
);
