import { z } from "zod";
import { defineSettings } from "../../store/settings.ts";

const octets = z.number().int().min(1024);
const seconds = z.number().int().min(10);

/** Settings of the IMAP service. */
export const imapSettings = defineSettings("imap", () =>
  z.object({
    maxMessageSize: octets
      .max(2 ** 31)
      .default(52_428_800)
      .describe("The largest message that APPEND takes, in octets (APPENDLIMIT)."),
    maxLineBeforeLogin: octets.default(8_192).describe("The longest command line before login, in octets."),
    maxLine: octets.default(262_144).describe("The longest command line after login, in octets."),
    maxLiteralBeforeLogin: octets
      .default(4_096)
      .describe("All literals of one command together before login, in octets."),
    maxLiteral: octets
      .default(1_048_576)
      .describe("All literals of one command together after login, messages of APPEND not counted, in octets."),
    loginSeconds: z
      .number()
      .int()
      .min(1)
      .default(120)
      .describe("How long a session may stay without logging in, in seconds."),
    idleSeconds: seconds
      .min(1800)
      .default(1_860)
      .describe("How long a session may be silent, in seconds; RFC 9051 section 5.4 asks for 30 minutes at least."),
    keepAliveSeconds: seconds
      .default(120)
      .describe("How often IDLE says that it is still there, in seconds: routers forget silent connections."),
    unauthenticate: z
      .boolean()
      .default(true)
      .describe(
        "Whether a connection may be used for one login after another (UNAUTHENTICATE); off where a proxy in front of this server looks at logins only.",
      ),
    maxBadCommands: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe("Commands in error after which a session that has not logged in is ended."),
  }),
);
