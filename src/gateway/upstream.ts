/** What an upstream proxy is: as people write it, and as it is kept. */
import { z } from "zod";
import { parseHostPattern, targetHost } from "./hosts.ts";
import { SCHEMES } from "./visit.ts";

/** How an upstream proxy is spoken to; direct: these hosts are reached without one. */
export const UPSTREAM_KINDS = ["http", "socks5", "direct"] as const;
export type UpstreamKind = (typeof UPSTREAM_KINDS)[number];

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most, `At most ${most} characters.`)
    .regex(/^[^\p{Cc}]*$/u, "A single line.");

const ADDRESS_WORDS = "A proxy is named by its host name or address alone; the port has a field of its own.";
const PORT_WORDS = "A port is a number from 1 to 65535.";

export const upstreamSchema = z
  .strictObject({
    name: line(100).min(1, "An upstream proxy has a name."),
    enabled: z.boolean().default(true),
    hosts: z
      .array(
        z
          .string()
          .trim()
          .max(300)
          .refine(
            (text) => ["exact", "below", "range", "any"].includes(parseHostPattern(text)?.kind ?? ""),
            "A host is written like example.com, .example.com (with everything below), *.example.com, 192.0.2.0/24 or *.",
          ),
      )
      .max(5_000)
      .default([])
      .describe("The hosts that are reached this way; none: all."),
    schemes: z.array(z.enum(SCHEMES)).default([]).describe("http, https, ftp, tunnel; none: all."),
    kind: z.enum(UPSTREAM_KINDS),
    address: z
      .string()
      .trim()
      .max(255)
      .refine((text) => text === "" || targetHost(text) !== undefined, ADDRESS_WORDS)
      .default("")
      .describe("Name or address of the proxy."),
    port: z.number().int().min(1, PORT_WORDS).max(65_535, PORT_WORDS).default(3128),
    login: line(255).default("").describe("Login name at the proxy; empty: no login."),
    password: z.string().max(255).default("").describe("Password at the proxy."),
    fallback: z.boolean().default(false).describe("Where the proxy cannot be reached, hosts are reached without it."),
    checkNames: z
      .boolean()
      .default(true)
      .describe(
        "Names are looked up here first, so that none leads to a local network behind the proxy; off for names that only the proxy knows.",
      ),
  })
  .refine(({ kind, address }) => kind === "direct" || address !== "", {
    path: ["address"],
    message: ADDRESS_WORDS,
  });
export type UpstreamInput = z.input<typeof upstreamSchema>;
export type UpstreamValues = z.output<typeof upstreamSchema>;

/** An upstream proxy as people see it; its password is not shown. */
export interface Upstream extends Omit<UpstreamValues, "password"> {
  readonly id: number;
  readonly position: number;
  readonly hasPassword: boolean;
}

/** As it is kept. */
export type StoredUpstream = UpstreamValues;
