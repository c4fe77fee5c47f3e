/** What an administrator may set for scripts in home pages. */
import { z } from "zod";
import { defineSettings } from "../../../store/settings.ts";

const number = (least: number, most: number, usual: number, words: string) =>
  z.number().int().min(least).max(most).default(usual).describe(words);

export const pageScriptSettings = defineSettings("pageScripts", () =>
  z.object({
    milliseconds: number(50, 30_000, 1_000, "Milliseconds that a page with scripts may compute before it is stopped."),
    memoryMegabytes: number(4, 512, 32, "Memory that the scripts of a page may use, in megabytes."),
    outputOctets: number(10_000, 16_777_216, 2_097_152, "Octets that a page with scripts may write."),
    sourceOctets: number(
      1_000,
      1_048_576,
      524_288,
      "Octets of the largest page with scripts, and of a file it includes.",
    ),
    formOctets: number(1_000, 16_777_216, 1_048_576, "Octets of the largest form that is sent to a page."),
    processes: number(1, 16, 2, "Processes that run pages, at most; they are started when they are needed."),
    perUser: number(1, 16, 1, "Pages of one user that run at the same time; more wait."),
    waiting: number(1, 10_000, 100, "Pages that wait to be run, at most; more are answered “try again later”."),
    waitingPerUser: number(1, 10_000, 30, "Pages of one user that wait to be run, at most."),
    idleSeconds: number(1, 86_400, 60, "Seconds without a page after which the processes that run pages are ended."),
    storeOctets: number(1_000, 1_073_741_824, 4_194_304, "Octets that the pages of one user may keep in their store."),
    storeKeys: number(1, 1_000_000, 10_000, "Values that the pages of one user may keep in their store."),
    valueOctets: number(100, 16_777_216, 65_536, "Octets of the largest value in a store."),
    questions: number(1, 100_000, 500, "How often a page may ask its store and send mail while it is made."),
    mailPerVisitor: number(0, 10_000, 5, "Mails in an hour that the forms of one page send for one visitor's address."),
    mailPerPage: number(0, 100_000, 30, "Mails in an hour that the forms of one page send."),
  }),
);

export type PageScriptLimits = z.output<typeof pageScriptSettings.schema>;
