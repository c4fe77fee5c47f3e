/** What an administrator may set for webmail. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

export const webmailSettings = defineSettings("webmail", () =>
  z.object({
    pageSize: z.number().int().min(10).max(200).default(50).describe("Messages on one page of a list."),
    attachmentOctets: z
      .number()
      .int()
      .min(100_000)
      .max(2_000_000_000)
      .default(35_000_000)
      .describe("Files of one message that is written in webmail, together, in octets."),
    textOctets: z
      .number()
      .int()
      .min(10_000)
      .max(20_000_000)
      .default(2_000_000)
      .describe("Text of one message that is written in webmail, with its addresses and subject, in octets."),
    recipients: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe("Recipients of one message that is written in webmail."),
    importOctets: z
      .number()
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .default(20_000_000_000)
      .describe("One file of mail that is brought into a mailbox with a browser, in octets."),
    parcelOctets: z
      .number()
      .int()
      .min(0)
      .max(8_000_000_000)
      .default(2_000_000_000)
      .describe("One file that lies behind a link because it is too large for a letter, in octets; 0 for none."),
    parcelsOctets: z
      .number()
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .default(5_000_000_000)
      .describe("All files of one user that lie behind links, together, in octets."),
    parcelDays: z.number().int().min(1).max(365).default(14).describe("How many days a file lies behind its link."),
  }),
);
