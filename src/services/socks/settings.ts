/** What an administrator can set about SOCKS. Where passwords are taken from is set for all proxies together. */
import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

const seconds = (fallback: number, text: string) => z.number().min(0.05).max(604_800).default(fallback).describe(text);

export const socksSettings = defineSettings("socks", () =>
  z.object({
    requestTimeout: seconds(30, "How long a client may take for its login and its request, each, in seconds."),
    tunnelIdle: seconds(7_200, "Seconds without an octet in either direction after which a connection is ended."),
    bind: z
      .boolean()
      .default(true)
      .describe(
        "Whether connections from outside to a client are taken where it asks for one (BIND), as active FTP needs.",
      ),
    bindTimeout: seconds(120, "How long such a connection is waited for, in seconds."),
    udp: z
      .boolean()
      .default(true)
      .describe("Whether datagrams are passed (UDP ASSOCIATE), as games and telephony need."),
    udpIdle: seconds(300, "Seconds without a datagram after which an association is ended."),
    udpPerClient: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(64)
      .describe("The most associations, and waiting BIND requests, of one client address at once."),
    udpTotal: z.number().int().min(1).max(100_000).default(1_000).describe("The most of both at once."),
  }),
);
