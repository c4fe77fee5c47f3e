/** `gatepost proxy`: who reaches what through the web proxy, SOCKS and the FTP proxy, how much, and what it keeps. */
import { showAddresses } from "../administration/gateway/addresses.ts";
import { type Command, printOne } from "./command.ts";
import { cacheActions } from "./proxy-cache.ts";
import { hostListActions } from "./proxy-lists.ts";
import { ruleActions } from "./proxy-rules.ts";
import { trafficActions } from "./proxy-traffic.ts";
import { wayActions } from "./proxy-ways.ts";

export const proxy = {
  name: "proxy",
  summary: "The web proxy, SOCKS and the FTP proxy: rules, limits, traffic, upstream proxies and the cache.",
  actions: {
    addresses: {
      usage: "",
      summary: "Shows the addresses that devices are told.",
      arity: [0, 0],
      performs: [showAddresses],
      run: async (context) => {
        const { host, pac, pages, drive, ...ports } = await context.perform(showAddresses, {});
        if (context.json) printOne(context, { host, ...ports, pac, pages, drive });
        else {
          const numbers = Object.entries(ports).map(([name, at]) => [name, at === null ? null : at.port]);
          printOne(context, { host, ...Object.fromEntries(numbers), pac, pages, drive });
        }
      },
    },
    ...ruleActions,
    ...hostListActions,
    ...wayActions,
    ...trafficActions,
    ...cacheActions,
  },
} satisfies Command;
