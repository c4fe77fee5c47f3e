/** What an administrator says of this server that only he knows. */
import { isIP } from "node:net";
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const recordSettings = defineSettings("records", () =>
  z.object({
    addresses: z
      .array(
        z
          .string()
          .trim()
          .refine((text) => isIP(text) !== 0, "An address is written like 203.0.113.5 or 2001:db8::5."),
      )
      .max(20)
      .default([])
      .describe("The addresses at which the world reaches this server; empty: those of the machine that are public."),
    spfTerms: z
      .array(
        z
          .string()
          .trim()
          .max(255)
          .regex(/^(?:include|ip4|ip6|a|mx|exists):[!-~]+$/, "A term is written like include:_spf.relay.example."),
      )
      .max(10)
      .default([])
      .describe("What the SPF records need besides, such as the include: of a provider that sends for this server."),
    mtaSts: z
      .enum(["off", "testing", "enforce"])
      .default("off")
      .describe(
        "Whether the domains here ask for verified TLS (MTA-STS): off; testing: others only report what does not work; enforce: they bring no mail otherwise.",
      ),
    reportAddress: z
      .string()
      .trim()
      .max(254)
      .regex(/^(?:[!-~]+@[A-Za-z0-9.-]+)?$/, "An address is written like reports@example.org.")
      .default("")
      .describe(
        "Where other servers send reports (DMARC, TLS); empty: to addresses of each domain that this server reads itself (dmarc-reports@ and tls-reports@).",
      ),
  }),
);
