/** What an administrator can set about the FTP proxy. */
import { z } from "zod";
import { defineSettings } from "../../../store/settings.ts";

const seconds = (top: number, fallback: number, text: string) =>
  z.number().min(0.01).max(top).default(fallback).describe(text);

export const ftpProxySettings = defineSettings("ftpProxy", () =>
  z.object({
    tls: z
      .enum(["never", "offered", "required"])
      .default("offered")
      .describe(
        "Whether the way to FTP servers is encrypted. offered: where the server offers it; required: servers that do not are refused.",
      ),
    loginTimeout: seconds(
      3_600,
      60,
      "How long a client that has not logged in may wait with its next command, in seconds.",
    ),
    idleTimeout: seconds(86_400, 600, "How long a session may wait for its next command, in seconds."),
    replyTimeout: seconds(3_600, 120, "How long a server may take for a reply, in seconds."),
    dataTimeout: seconds(3_600, 60, "How long a data connection may take to come, and to stand still, in seconds."),
    maxErrors: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe("Senseless and refused commands before a server is reached, after which a session is ended."),
  }),
);
