/** What the web proxy keeps of public answers: figures, and removing what is kept. Whether it keeps anything is a setting. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
import { switched } from "../values.ts";

const count = z.number().int();

const cacheView = z.object({
  entries: count.describe("Answers that are kept."),
  memoryOctets: count,
  diskOctets: count,
  requests: count.describe("Requests since the start that could have been answered from the cache."),
  hits: count.describe("Of those, answered without asking the origin."),
  validated: count.describe("Of those, answered after the origin said that what is kept is still good."),
  savedOctets: count.describe("Octets that did not have to be fetched."),
});
export type CacheView = z.output<typeof cacheView>;

export const showCache = operation({
  name: "cache.show",
  summary: "Shows what the web proxy's cache holds, and how often it helped since the start.",
  http: "GET /gateway/cache",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: cacheView,
  run: async (context) => (await context.cache()).statistics(),
});

const webAddress = z
  .string()
  .trim()
  .max(8_192)
  .regex(/^https?:\/\/[^/\s]/i, "An address begins with http://.");

export const purgeCache = operation({
  name: "cache.purge",
  summary: "Removes from the web proxy's cache what is kept of one address, of a host, or everything.",
  http: "POST /gateway/cache/purge",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({
    url: webAddress.optional().describe("One address, with all its variants."),
    host: z.string().trim().toLowerCase().min(1).max(253).optional().describe("Everything of a host."),
    all: switched.default(false).describe("Everything there is."),
  }),
  output: z.object({ removed: count.describe("Answers that were removed.") }),
  async run(context, { url, host, all }) {
    const given = [url, host, all ? "all" : undefined].filter((one) => one !== undefined);
    if (given.length !== 1) throw new Refusal("invalid", "Say one thing: an address, a host, or everything.");
    const cache = await context.cache();
    const removed = await cache.purge(url !== undefined ? { url } : host !== undefined ? { host } : "all");
    const what = url ?? host ?? "everything";
    await context.record({ subject: "web proxy's cache", after: { purged: what, removed } });
    return { removed };
  },
});

export const cacheOperations = [showCache, purgeCache] as const;
