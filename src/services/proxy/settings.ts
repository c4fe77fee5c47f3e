/** What an administrator can set about the web proxy. Who may use it for what stands with the gateway. */
import { z } from "zod";
import type { HeadLimits, SectionReading } from "../../net/http/head.ts";
import { defineSettings } from "../../store/settings.ts";
import type { Haste } from "./content.ts";
import type { RequestReading } from "./incoming.ts";

const seconds = (preset: number, most = 86_400) => z.number().min(0.05).max(most).default(preset);
const count = (preset: number, least: number, most: number) => z.number().int().min(least).max(most).default(preset);

export const proxySettings = defineSettings("webproxy", () =>
  z.object({
    keepAlive: seconds(120).describe("How long a client may wait before its next request, in seconds."),
    headTimeout: seconds(20, 3_600).describe(
      "How long the head of a request or response may take to arrive, in seconds.",
    ),
    responseTimeout: seconds(300).describe("How long a server may think before it begins to answer, in seconds."),
    bodyTimeout: seconds(180).describe(
      "How long nothing may pass of a request or an answer that has begun, in seconds.",
    ),
    leastRate: count(20, 0, 1_000_000).describe(
      "Octets a second at which the content of a request or an answer must come, on average over webproxy.bodyTimeout of waiting; 0 for any. Streams of events and tunnels may be slower.",
    ),
    tunnelIdle: seconds(3_600).describe("How long nothing may pass through a tunnel (CONNECT, WebSocket), in seconds."),
    originKeepAlive: seconds(15, 3_600).describe(
      "How long a connection to a server is kept for the next request, in seconds.",
    ),
    originIdle: count(256, 0, 100_000).describe("Connections to servers that are kept for the next request, in all."),
    lineSize: count(16_384, 8_000, 1_048_576).describe(
      "Octets of one line of a head: the longest address, the largest cookie.",
    ),
    headSize: count(65_536, 8_000, 4_194_304).describe("Octets of the head of a request or answer."),
    fields: count(200, 20, 10_000).describe("Fields that the head of a request or answer may have."),
    maxRequest: count(0, 0, Number.MAX_SAFE_INTEGER).describe(
      "The largest content that is sent through the proxy, in octets; 0 for any. Tunnels are not looked into.",
    ),
    maxResponse: count(0, 0, Number.MAX_SAFE_INTEGER).describe(
      "The largest content that is fetched through the proxy, in octets; 0 for any. Tunnels are not looked into.",
    ),
    barredTypes: z
      .array(
        z
          .string()
          .trim()
          .toLowerCase()
          .regex(/^[a-z0-9!#$&^_.+-]+\/(\*|[a-z0-9!#$&^_.+-]+)$/, "A media type is written like video/mp4 or video/*."),
      )
      .max(1_000)
      .default([])
      .describe("Media types that are not fetched, such as video/*. Tunnels are not looked into."),
    barredUrls: z
      .array(z.string().trim().min(1).max(1_000))
      .max(1_000)
      .default([])
      .describe(
        "Addresses that nobody fetches, with * for anything: *.exe. They are compared as servers read them, however they are written. Tunnels are not looked into; whole hosts, and addresses for some people or at some times, are barred by rules.",
      ),
    connectionsPerAddress: count(1_000, 1, 1_000_000).describe(
      "Connections at once from one address (IPv6: one /64) to the proxy's port. A browser opens many.",
    ),
    direct: z
      .array(z.string().trim().min(1).max(253))
      .max(1_000)
      .default([])
      .describe("Hosts that devices with automatic set-up reach without the proxy: example.com, *.example.com."),
    directFallback: z
      .boolean()
      .default(false)
      .describe("Whether devices with automatic set-up go without the proxy while it does not answer."),
  }),
);

type ProxySettings = z.output<typeof proxySettings.schema>;

/** What the settings come to where heads and contents are read. */
export interface Bounds {
  readonly limits: HeadLimits;
  readonly haste: Haste;
  /** How a request is read. */
  readonly request: RequestReading;
  /** How the head of a response is read, and how long its beginning is waited for (milliseconds). */
  readonly response: SectionReading & { readonly responseMs: number };
}

/** Works them out once for as long as the settings stand. @param settings gives the same object until they are changed */
export function boundsOf(settings: () => ProxySettings): () => Bounds {
  let seen = settings();
  let bounds = workOut(seen);
  return () => {
    const now = settings();
    if (now !== seen) bounds = workOut(now);
    seen = now;
    return bounds;
  };
}

function workOut({ lineSize, headSize, fields, bodyTimeout, leastRate, ...times }: ProxySettings): Bounds {
  const limits = { line: lineSize, section: headSize, fields };
  const ms = times.headTimeout * 1_000;
  return {
    limits,
    haste: { idleMs: bodyTimeout * 1_000, least: Math.ceil(bodyTimeout * leastRate) },
    request: { limits, ms, idleMs: times.keepAlive * 1_000 },
    response: { limits, ms, responseMs: times.responseTimeout * 1_000 },
  };
}
