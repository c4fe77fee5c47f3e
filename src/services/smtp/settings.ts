/** What an administrator can set about receiving mail by SMTP and submission. */
import { z } from "zod";
import { parseRange } from "../../net/access.ts";
import { defineSettings } from "../../store/settings.ts";

const network = z
  .string()
  .trim()
  .refine((text) => parseRange(text) !== undefined, "A network is written like 192.168.1.0/24 or 2001:db8::/32.");
const seconds = (fallback: number, text: string) => z.number().min(0.01).max(86_400).default(fallback).describe(text);

export const smtpSettings = defineSettings("smtp", () =>
  z.object({
    maxMessageSize: z
      .number()
      .int()
      .min(1024)
      .max(2 ** 40)
      .default(52_428_800)
      .describe("The largest message that is taken, in octets."),
    maxRecipients: z.number().int().min(1).max(50_000).default(1000).describe("The most recipients of one message."),
    maxMessages: z.number().int().min(1).default(5000).describe("The most messages in one session."),
    maxCommands: z.number().int().min(20).default(100_000).describe("The most commands in one session."),
    maxIdleCommands: z
      .number()
      .int()
      .min(5)
      .default(200)
      .describe("The most commands in a row that lead to no message (NOOP, RSET, VRFY and the like)."),
    commandTimeout: seconds(300, "How long a session may wait for its next command, in seconds."),
    dataTimeout: seconds(180, "How long a sender may pause within a message, in seconds."),
    dataGrace: seconds(60, "How long a sender may take for a message before its speed counts, in seconds."),
    dataMinimumSpeed: z
      .number()
      .int()
      .min(0)
      .default(200)
      .describe("The least octets a second that a sender must keep up after that; 0 lets any speed pass."),
    errorsBeforeDelay: z
      .number()
      .int()
      .min(0)
      .default(5)
      .describe("Errors in a session before its errors are delayed."),
    errorDelay: z.number().min(0).max(60).default(1).describe("By how much each further error is delayed, in seconds."),
    maxErrors: z.number().int().min(1).default(20).describe("Errors after which a session is ended."),
    authOnPort25: z.boolean().default(true).describe("Whether users may also log in on port 25."),
    relayFor: z
      .union([z.literal("lan"), z.array(network)])
      .default([])
      .describe("Networks that may relay without a login: `lan`, or a list of networks; nobody unless set."),
    checkFromHeader: z
      .boolean()
      .default(true)
      .describe("Whether a user's From and Sender must name his own addresses, as his envelope sender always must."),
  }),
);
