/** What an administrator can set about judging mail that arrives. */
import { z } from "zod";
import { parseRange } from "../net/access.ts";
import { defineSettings } from "../store/settings.ts";

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(255)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, "A domain is written like lists.example.org.");
const network = z
  .string()
  .trim()
  .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32.");

export const filterSettings = defineSettings("filter", () =>
  z.object({
    spf: z.boolean().default(true).describe("Ask whether the domain of the return path lets the client send (SPF)."),
    signatures: z.boolean().default(true).describe("Verify the signatures of messages (DKIM, ARC)."),
    reverseName: z.boolean().default(true).describe("Look up the client's name, and whether it leads back to it."),
    dmarc: z
      .enum(["off", "observe", "junk", "apply"])
      .default("apply")
      .describe(
        "What becomes of mail that does not prove to be from the domain in From (DMARC). apply: what that domain asks for, refusing or Junk; junk: Junk instead of refusing; observe: it is only noted; off: not checked.",
      ),
    exempt: z
      .array(network)
      .max(1_000)
      .default(["127.0.0.0/8", "::1"])
      .describe("Networks whose mail is not checked, besides those that may relay."),
    trustedForwarders: z
      .array(z.union([network, domain]))
      .max(1_000)
      .default([])
      .describe(
        "Mailing lists and forwarders whose mail DMARC does not refuse: networks, or domains that SPF, a signature or the client's name proves.",
      ),
    trustedSealers: z
      .array(domain)
      .max(1_000)
      .default([])
      .describe("Domains that are believed what they sealed about a message when it came to them (ARC)."),
    dnsSeconds: z
      .number()
      .min(0.1)
      .max(60)
      .default(10)
      .describe("Seconds that the end of a message waits for name servers; then it is taken without their answers."),
  }),
);
