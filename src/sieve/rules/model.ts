/**
 * What a rule is to the people who make them: a name, conditions and actions. A part of what Sieve can say, chosen so that a form can
 * show all of it.
 */
import { z } from "zod";
import { holdsAddresses } from "../address-fields.ts";
import { proseIn } from "./phrases.ts";

/** Text that stands in one line. */
const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/, "This is one line of text.");

const words = line(1_000).min(1, "Say what is looked for.");
const values = z
  .array(words)
  .min(1, "Say what is looked for.")
  .max(200)
  .describe("One of these is enough; letters of either case are the same.");
const not = z.boolean().default(false).describe("The condition holds where this does not.");
/** RFC 5322 §2.2. */
const fieldName = z
  .string()
  .regex(/^[!-9;-~]{1,100}$/, "This is no name of a header field.")
  .transform((name) => name.toLowerCase());
const fields = z.array(fieldName).min(1, "Name a header field.").max(20);

/** RFC 5228 §5.1. */
const addressFields = fields.refine((names) => names.every(holdsAddresses), "Such a header field holds no addresses.");

/** How texts are compared; `matches` knows * and ?, `regex` POSIX extended expressions. */
export const COMPARISONS = ["contains", "is", "begins", "ends", "matches", "regex"] as const;
export type Comparison = (typeof COMPARISONS)[number];

const compared = { comparison: z.enum(COMPARISONS), values, not };
const part = z
  .enum(["all", "localpart", "domain", "user", "detail"])
  .default("all")
  .describe("The part of an address.");

/** The parts of a date that can be asked (RFC 5260 §4.2), and what their values look like. */
export const DATE_PARTS = {
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  time: /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/,
  weekday: /^[0-6]$/,
} as const;
export type DatePart = keyof typeof DATE_PARTS;

const dateTest = z
  .strictObject({
    test: z.literal("date"),
    part: z.enum(["date", "time", "weekday"]),
    comparison: z.enum(["is", "from", "until"]).describe("from: then or later; until: then or earlier."),
    values: z.array(z.string()).min(1).max(7).describe("2026-11-23, 08:30:00, or 0 (Sunday) to 6."),
    not,
  })
  .refine(({ part, values }) => values.every((value) => DATE_PARTS[part].test(value)), {
    message: "A date looks like 2026-11-23, a time like 08:30:00, a weekday is 0 (Sunday) to 6.",
    path: ["values"],
  })
  .refine(({ comparison, values }) => comparison === "is" || values.length === 1, {
    message: "Give one date or time.",
    path: ["values"],
  });

export const conditionSchema = z.discriminatedUnion("test", [
  z.strictObject({ test: z.literal("header"), fields, ...compared }).describe("What header fields say."),
  z
    .strictObject({ test: z.literal("address"), fields: addressFields, part, ...compared })
    .describe("Addresses in header fields."),
  z
    .strictObject({
      test: z.literal("envelope"),
      fields: z
        .array(z.enum(["from", "to"]))
        .min(1)
        .max(2),
      part,
      ...compared,
    })
    .describe("The sender or the recipient with whom it was handed over."),
  z.strictObject({ test: z.literal("exists"), fields, not }).describe("All these header fields are there."),
  z.strictObject({ test: z.literal("body"), ...compared }).describe("What its text says."),
  z
    .strictObject({
      test: z.literal("size"),
      over: z.boolean(),
      octets: z
        .number()
        .int()
        .min(0)
        .max(2 ** 50),
      not,
    })
    .describe("It is larger (over) or smaller than so many octets."),
  z.strictObject({ test: z.literal("attachment"), not }).describe("It has an attachment."),
  z.strictObject({ test: z.literal("priority"), level: z.enum(["high", "low"]), not }).describe("Its sender says so."),
  dateTest,
  z
    .strictObject({ test: z.literal("spam"), atLeast: z.number().int().min(1).max(10), not })
    .describe("The spam score from 1 to 10; junk begins at 5."),
  z.strictObject({ test: z.literal("known"), not }).describe("Its author is among the contacts."),
]);
export type Condition = z.output<typeof conditionSchema>;

const prose = z
  .string()
  .max(20_000)
  .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, "This text holds control characters.")
  .transform(proseIn)
  .pipe(z.string().min(1, "Write a text."));
const address = line(320).min(3, "Name an address.");
/** RFC 9051 §9: an atom, for system flags behind a backslash. */
const flagName = z
  .string()
  .regex(/^\\?[A-Za-z0-9$_.!#&'+,/:;<=>?@^`|~-]{1,100}$/, "A flag or label is one word of plain letters and digits.");

export const actionSchema = z.discriminatedUnion("do", [
  z
    .strictObject({
      do: z.literal("file"),
      folder: line(500).min(1, "Choose a folder."),
      copy: z.boolean().default(false).describe("It stays where it would be, too."),
      create: z.boolean().default(false).describe("The folder is made if there is none."),
    })
    .describe("Into a folder."),
  z
    .strictObject({
      do: z.literal("flag"),
      how: z.enum(["add", "set", "remove"]),
      flags: z.array(flagName).min(1).max(20),
    })
    .describe("IMAP flags (\\Seen, \\Flagged) and labels, for what follows."),
  z
    .strictObject({ do: z.literal("redirect"), address, copy: z.boolean().default(false).describe("A copy is kept.") })
    .describe("On to another address."),
  z
    .strictObject({ do: z.literal("reject"), reason: prose, early: z.boolean().default(false).describe("ereject.") })
    .describe("Refused with a text."),
  z
    .strictObject({
      do: z.literal("reply"),
      text: prose,
      subject: line(500).min(1).optional(),
      days: z.number().int().min(0).max(365).optional().describe("How long a sender is answered once."),
      seconds: z.number().int().min(0).max(31_536_000).optional(),
      from: line(320).min(1).optional(),
      addresses: z.array(line(320).min(1)).min(1).max(50).optional().describe("Further own addresses."),
      handle: line(200).min(1).optional(),
    })
    .describe("An automatic reply (vacation)."),
  z.strictObject({ do: z.literal("keep") }).describe("Into the inbox."),
  z.strictObject({ do: z.literal("discard") }).describe("Thrown away."),
  z.strictObject({ do: z.literal("stop") }).describe("No further rules."),
]);
export type Action = z.output<typeof actionSchema>;

export const ruleSchema = z.strictObject({
  name: line(200)
    .transform((name) => name.trim())
    .default(""),
  enabled: z.boolean().default(true),
  join: z.enum(["all", "any"]).default("all").describe("Whether all conditions have to hold, or one of them."),
  conditions: z.array(conditionSchema).max(100).default([]).describe("None: every message."),
  actions: z.array(actionSchema).min(1, "Say what is to be done.").max(50),
});
/** A rule. */
export type Rule = z.output<typeof ruleSchema>;
