/** What an administrator can set about the cache of the web proxy. */
import { z } from "zod";
import { defineSettings } from "../../../store/settings.ts";

const mebibytes = (fallback: number, most: number, text: string) =>
  z.number().int().min(0).max(most).default(fallback).describe(`${text} In MiB.`);

export const cacheSettings = defineSettings("proxyCache", () =>
  z.object({
    enabled: z.boolean().default(true).describe("Whether the web proxy keeps public answers for the next who asks."),
    memory: mebibytes(
      16,
      65_536,
      "How much the cache may keep in memory; small answers that are asked for often stand there.",
    ),
    disk: mebibytes(1_024, 16_777_216, "How much the cache may keep in the data folder; 0: nothing."),
    largest: mebibytes(64, 1_048_576, "Larger answers are passed on and not kept."),
    wait: z
      .number()
      .min(0)
      .max(60)
      .default(3)
      .describe(
        "How long a request waits for another that fetches the same, before it fetches by itself, in seconds; 0: it does not wait.",
      ),
    disconnected: z
      .number()
      .int()
      .min(0)
      .max(365)
      .default(7)
      .describe(
        "How long past its time an answer is used while its site cannot be reached, in days, where the site does not forbid it; 0: never.",
      ),
  }),
);

/** The values. */
export type CacheSettings = z.output<typeof cacheSettings.schema>;

export const MEBIBYTE = 1_048_576;
