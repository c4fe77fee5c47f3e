/** What an administrator can set about scanners: programs beside this server that look for viruses and junk. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";
import { placeOf } from "./place.ts";

const place = z
  .string()
  .trim()
  .max(300)
  .refine(
    (text) => placeOf(text) !== undefined,
    "A scanner is written like 127.0.0.1:3310, or as the path of its socket.",
  );
const factor = (fallback: number, text: string) => z.number().min(0).max(10).default(fallback).describe(text);
const seconds = (fallback: number, text: string) => z.number().min(0.05).max(600).default(fallback).describe(text);

export const scannerSettings = defineSettings("scanners", () =>
  z.object({
    clamd: z
      .array(place)
      .max(5)
      .default([])
      .describe(
        "Virus scanners (clamd), as address:port or the path of a socket; the first that answers counts. Empty: nothing is scanned.",
      ),
    clamdSeconds: seconds(60, "Seconds in which a virus scanner must answer once it has all of a message."),
    onVirus: z
      .enum(["refuse", "quarantine", "discard"])
      .default("refuse")
      .describe(
        "What becomes of mail with a virus. refuse: its sender hears of it; quarantine: administrators see and release it; discard: nobody hears of it.",
      ),
    whenUnscanned: z
      .enum(["pass", "later", "quarantine"])
      .default("later")
      .describe(
        "What becomes of mail while no virus scanner answers. pass: it is taken, with a note in its header; later: its sender is asked to come again; quarantine: it is held.",
      ),
    scanUsers: z.boolean().default(true).describe("Mail that people here send is scanned for viruses, too."),
    rspamd: z
      .union([z.literal(""), place])
      .default("")
      .describe("The normal worker of rspamd, such as 127.0.0.1:11333; empty: it is not asked."),
    rspamdController: z
      .union([z.literal(""), place])
      .default("")
      .describe(
        "The controller of rspamd, such as 127.0.0.1:11334: it is told what people move into Junk and out of it. Empty: it is not.",
      ),
    rspamdPassword: z.string().max(1_000).default("").describe("The password of rspamd's controller."),
    spamassassin: z
      .union([z.literal(""), place])
      .default("")
      .describe("SpamAssassin (spamd), such as 127.0.0.1:783; empty: it is not asked."),
    spamassassinLearns: z
      .boolean()
      .default(false)
      .describe("SpamAssassin is told what people move into Junk and out of it; spamd must run with --allow-tell."),
    weigh: z
      .enum(["beside", "instead"])
      .default("beside")
      .describe(
        "beside: what rspamd and SpamAssassin say is added to the score; instead: what this server finds by itself does not count while they answer.",
      ),
    rspamdFactor: factor(0.5, "rspamd's points are multiplied by this: it has 15 where others have 5."),
    spamassassinFactor: factor(1, "SpamAssassin's points are multiplied by this."),
    seconds: seconds(15, "Seconds in which rspamd and SpamAssassin must answer."),
  }),
);
