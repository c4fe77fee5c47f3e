/** What an administrator sets about the gateway as a whole. */
import { z } from "zod";
import { parseRange } from "../net/access.ts";
import { defineSettings } from "../store/settings.ts";
import { parsePorts } from "./ports.ts";

const network = z
  .string()
  .trim()
  .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32.");

const ports = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .refine((text) => text === "any" || parsePorts(text) !== undefined, "A port is written like 443 or 8000-8100."),
  )
  .max(100);

const most = (top: number, fallback: number, text: string) =>
  z.number().int().min(0).max(top).default(fallback).describe(text);

export const gatewaySettings = defineSettings("gateway", () =>
  z.object({
    reachable: z
      .array(network)
      .max(1_000)
      .default([])
      .describe(
        "Networks that the proxies reach although they are local or this machine's own: 192.168.1.20/32 opens a server of the house to them.",
      ),
    tunnelPorts: ports
      .default(["443", "563", "8443"])
      .describe("Ports to which the web proxy makes tunnels (CONNECT), such as 443 or 8000-8100; any: all."),
    webPorts: ports
      .default(["80", "81", "443", "591", "1024-65535"])
      .describe("Ports from which the web proxy fetches pages; any: all."),
    connectTimeout: z.number().min(0.05).max(300).default(15).describe("Seconds until a connection is given up."),
    upstreamTimeout: z
      .number()
      .min(0.05)
      .max(300)
      .default(60)
      .describe("Seconds for an upstream proxy to answer that it has connected."),
    dayMegabytes: most(
      1e9,
      0,
      "Megabytes that each user may transfer in a day, both directions together; 0: no limit.",
    ),
    monthMegabytes: most(1e9, 0, "Megabytes that each user may transfer in a calendar month; 0: no limit."),
    kilobytesPerSecond: most(2_000_000, 0, "Kilobytes a second for all tunnels of one user together; 0: no limit."),
    connectionsPerUser: most(1_000_000, 2_000, "Connections and requests that one user may have at once; 0: no limit."),
    connectionsPerClient: most(
      1_000_000,
      2_000,
      "Connections and requests that one client address may have at once; 0: no limit.",
    ),
    log: z
      .enum(["trips", "totals"])
      .default("trips")
      .describe(
        "trips: who went where from which address, how much and how long; totals: only how much by user and day, no hosts and no addresses.",
      ),
    keepTripsDays: z.number().int().min(1).max(3_650).default(30).describe("Days after which trips are forgotten."),
    keepTrips: z
      .number()
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(1_000_000)
      .describe("Trips that are kept at most, whatever their age; a million take about 120 MB."),
    keepTotalsDays: z.number().int().min(31).max(3_650).default(400).describe("Days after which totals are forgotten."),
    warningMinutes: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(60)
      .describe("Minutes for which somebody who went on after a warning is not warned again of that host."),
    listMegabytes: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(100)
      .describe("The largest host list that is read, in megabytes."),
  }),
);

export const proxySettings = defineSettings("proxy", () =>
  z.object({
    passwords: z
      .enum(["tls", "lan", "any"])
      .default("lan")
      .describe(
        "From where the proxies take passwords on a connection without TLS. tls: from nowhere; lan: from the networks of the LAN list; any: from everywhere.",
      ),
  }),
);
