import { z } from "zod";
import { parseRange } from "../net/access.ts";
import { defineSettings } from "../store/settings.ts";

/** How people prove who they are. */
export const authSettings = defineSettings("auth", () =>
  z.object({
    plaintextWithoutTls: z
      .enum(["loopback", "lan", "any"])
      .default("loopback")
      .describe("From where a password may be sent over a connection without TLS."),
    minimumScore: z
      .number()
      .int()
      .min(0)
      .max(4)
      .default(2)
      .describe("Least strength of a new password: 0 any, 1 weak, 2 fair, 3 good, 4 strong."),
    minimumLength: z.number().int().min(1).max(64).default(8).describe("Least characters of a new password."),
    argonMemory: z
      .number()
      .int()
      .min(8_192)
      .max(1_048_576)
      .default(32_768)
      .describe("Memory of one password check, in KiB."),
    argonPasses: z.number().int().min(1).max(20).default(3).describe("Passes over that memory."),
    concurrentHashes: z.number().int().min(1).max(32).default(2).describe("Password checks at a time."),
    waitingHashes: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe("Password checks that may wait; more are put off."),
    scramIterations: z
      .number()
      .int()
      .min(4_096)
      .max(1_000_000)
      .default(10_000)
      .describe("PBKDF2 rounds of SCRAM keys; the client computes them at each login."),
    cacheSeconds: z
      .number()
      .int()
      .min(0)
      .max(3_600)
      .default(300)
      .describe("How long a correct password is recognised without a new check."),
    requireSecondFactor: z
      .enum(["nobody", "administrators", "everybody"])
      .default("nobody")
      .describe("Who must have a second factor: whoever has none is led to it at sign-in."),
    passwordsBesideSecondFactor: z
      .boolean()
      .default(false)
      .describe(
        "The password of an account with a second factor still opens mail programs; otherwise app passwords do.",
      ),
    mostAppPasswords: z.number().int().min(1).max(100).default(25).describe("App passwords that one user may have."),
    proofMinutes: z
      .number()
      .int()
      .min(1)
      .max(1_440)
      .default(15)
      .describe("How long after showing who one is one may take second factors away without showing it again."),
    resetHours: z
      .number()
      .int()
      .min(1)
      .max(720)
      .default(24)
      .describe("Hours for which a link to set a new password is good."),
  }),
);

/** When repeated failures slow an address down and bar it. */
export const lockoutSettings = defineSettings("lockout", () =>
  z.object({
    freeStrikes: z.number().int().min(0).max(1_000).default(3).describe("Strikes before answers are delayed."),
    longestDelaySeconds: z
      .number()
      .int()
      .min(0)
      .max(60)
      .default(10)
      .describe("The delay doubles with each strike up to this."),
    barAfter: z
      .number()
      .int()
      .min(2)
      .max(10_000)
      .default(10)
      .describe("Strikes that bar an address (IPv6: a /64 network)."),
    barAccountAfter: z
      .number()
      .int()
      .min(2)
      .max(10_000)
      .default(30)
      .describe("Failed logins that bar an account for addresses it was not used from before."),
    barMinutes: z
      .number()
      .int()
      .min(1)
      .max(10_080)
      .default(10)
      .describe("The first bar; each further one lasts twice as long."),
    longestBarHours: z.number().int().min(1).max(8_760).default(24).describe("No bar lasts longer."),
    forgetMinutes: z
      .number()
      .int()
      .min(1)
      .max(1_440)
      .default(6)
      .describe("One strike is forgotten after so many minutes."),
    forgetBarsDays: z
      .number()
      .int()
      .min(1)
      .max(365)
      .default(7)
      .describe("Days without a bar after which the first one is short again."),
    weightLogin: z.number().min(0).max(100).default(1).describe("Strikes that a failed login counts."),
    weightRepeat: z
      .number()
      .min(0)
      .max(100)
      .default(0.1)
      .describe("Strikes for the same wrong password again: a device that was not told the new one."),
    weightRecipient: z.number().min(0).max(100).default(0.5).describe("Strikes that an unknown recipient counts."),
    weightRelay: z.number().min(0).max(100).default(1).describe("Strikes that an attempt to relay counts."),
    weightProtocol: z.number().min(0).max(100).default(0.25).describe("Strikes that a senseless command counts."),
    weightPage: z
      .number()
      .min(0)
      .max(100)
      .default(0.1)
      .describe("Strikes that a visitor's request for a page that does not exist counts."),
    tellPerMinute: z
      .number()
      .int()
      .min(0)
      .max(1_000)
      .default(3)
      .describe("Connections of a barred address that hear why, in a minute; all others are closed without a word."),
    allow: z
      .array(
        z
          .string()
          .refine((text) => parseRange(text) !== undefined, "That is not a network like 192.168.0.0/16 or fd00::/8."),
      )
      .max(1_000)
      .default(["127.0.0.0/8", "::1/128"])
      .describe("Networks that are never delayed or barred."),
    exemptLan: z.boolean().default(false).describe("Neither are the networks of the LAN list."),
    mostEntries: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(20_000)
      .describe("Addresses and accounts kept in mind at a time."),
  }),
);
