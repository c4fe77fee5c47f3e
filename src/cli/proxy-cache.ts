/** `gatepost proxy cache …`: what the web proxy keeps. */
import { purgeCache, showCache } from "../administration/gateway/cache.ts";
import { type Action, printOne, UsageError } from "./command.ts";

export const cacheActions = {
  "cache show": {
    usage: "",
    summary: "Shows what the cache holds, and how often it helped since the start.",
    arity: [0, 0],
    performs: [showCache],
    run: async (context) => printOne(context, await context.perform(showCache, {})),
  },
  "cache purge": {
    usage: "URL|HOST|--all",
    summary: "Removes what is kept of one address, of a host, or everything.",
    options: { all: { type: "boolean" } },
    arity: [0, 1],
    performs: [purgeCache],
    run: async (context) => {
      const [what] = context.args;
      const all = context.values.all === true;
      if (all === (what !== undefined)) throw new UsageError("Say one thing: an address, a host, or --all.");
      const given = what === undefined ? { all } : /^https?:/i.test(what) ? { url: what } : { host: what };
      const done = await context.perform(purgeCache, given);
      if (context.json) printOne(context, done);
      else context.out(`${done.removed} removed.`);
    },
  },
} satisfies Record<string, Action>;
