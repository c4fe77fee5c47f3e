/** What an administrator sets about ports and networks. */
import { z } from "zod";
import { parseRange } from "../net/access.ts";
import { defineSettings } from "../store/settings.ts";

/** Private, loopback and link-local networks (RFC 1918, RFC 4193, RFC 4291, RFC 3927, RFC 6598). */
export const PRIVATE_NETWORKS: readonly string[] = [
  "127.0.0.0/8",
  "::1/128",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
  "fe80::/10",
];

const network = z
  .string()
  .trim()
  .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32.");

/** Who may use a port. */
export const accessSchema = z.union([z.literal("any"), z.literal("lan"), z.array(network).max(1_000)]);

export const networkSettings = defineSettings("network", () =>
  z.object({
    lan: z
      .array(network)
      .max(1_000)
      .default([...PRIVATE_NETWORKS])
      .describe("The networks that the access rule “lan” stands for."),
    proxies: z
      .array(network)
      .max(100)
      .default([])
      .describe("Load balancers that announce the client with the PROXY protocol (v1 or v2)."),
    connections: z
      .number()
      .int()
      .min(10)
      .max(1_000_000)
      .default(20_000)
      .describe("Connections at once to one mail port."),
    connectionsPerAddress: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(200)
      .describe("Connections at once from one address (IPv6: one /64) to one port."),
    stopSeconds: z
      .number()
      .int()
      .min(0)
      .max(600)
      .default(10)
      .describe("How long sessions may finish what they began when the server stops, in seconds."),
  }),
);

export const portSettings = defineSettings("ports", () =>
  z.object({
    rules: z
      .record(z.string(), z.strictObject({ enabled: z.boolean(), access: accessSchema }))
      .default({})
      .describe("Ports that differ from their defaults: whether they are open, and to whom."),
  }),
);
