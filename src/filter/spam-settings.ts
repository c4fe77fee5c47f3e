/** What an administrator can set about junk. */
import { z } from "zod";
import { defineSettings } from "../store/settings.ts";

/** In place of a mailbox's number: what everybody's mail came to. */
export const SHARED_PROFILE = 0;

const score = (fallback: number, text: string) => z.number().min(-100).max(100).default(fallback).describe(text);

const zone = z
  .string()
  .trim()
  .toLowerCase()
  .max(200)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, "A list is a domain, written like zen.example.org.");

export const spamSettings = defineSettings("spam", () =>
  z.object({
    enabled: z.boolean().default(true).describe("Mail from outside is judged by what it says and who brings it."),
    junkAt: score(5, "The score from which mail goes to Junk; each mailbox may have its own. 100: never."),
    refuseAt: score(100, "The score from which mail is refused at its end; each mailbox may have its own. 100: never."),
    quarantineAt: score(
      100,
      "The score from which mail is held in the quarantine instead of going to Junk; each mailbox may have its own. 100: never.",
    ),
    words: z
      .boolean()
      .default(true)
      .describe("Judge by the words of mail that people put into Junk and took out of it."),
    learnQuietly: z
      .boolean()
      .default(true)
      .describe("Mail that is answered, or filed in a folder, teaches that it is none, too."),
    greylistAt: score(
      4,
      "The score from which mail of unknown senders is asked to come again in some minutes (greylisting); 100: never. Most programs that send junk do not come again.",
    ),
    greylistMinutes: z
      .number()
      .min(0)
      .max(1_440)
      .default(5)
      .describe("Minutes until mail that was asked to come again is taken."),
    greylistDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(40)
      .describe("Days for which a sender who came again need not do so for other mail."),
    tarpitSeconds: z
      .number()
      .min(0)
      .max(60)
      .default(5)
      .describe("Seconds that a sender waits for being refused, or asked to come again."),
    dnsLists: z
      .array(
        z.strictObject({
          zone: zone.describe("The domain of the list."),
          of: z
            .enum(["addresses", "domains"])
            .default("addresses")
            .describe("addresses: lists clients; domains: lists domains of senders and of links."),
          points: z.number().min(-20).max(20).default(2).describe("What being listed adds to the score."),
        }),
      )
      .max(20)
      .default([])
      .describe(
        "Lists in the DNS that are asked about each message. None is asked unless set: whoever keeps a list learns who writes to you, and most want to be paid by large users. Ask your own name server, not a public one, which lists do not answer.",
      ),
    trustedLists: z
      .array(zone)
      .max(20)
      .default([])
      .describe("Lists in the DNS of clients that send no junk; being listed there takes 2 points off."),
  }),
);
