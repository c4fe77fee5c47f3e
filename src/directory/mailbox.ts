/** What a mailbox is, apart from its messages: owner, limits, forwarding, autoresponder, expiry. */
import { z } from "zod";
import { splitAddress } from "./address.ts";
import { loginSchema } from "./user.ts";
import { hasControls } from "./validate.ts";

const time = z.number().int().min(0).max(8.64e15);
const address = z
  .string()
  .trim()
  .refine((text) => splitAddress(text) !== undefined, "That is not an e-mail address.");

/** How much a mailbox may hold. */
export const quotaSchema = z.strictObject({
  messages: z.number().int().min(0).max(1e9).nullable().default(null).describe("Number of messages; empty: no limit."),
  octets: z.number().int().min(0).max(1e15).nullable().default(null).describe("Size in octets; empty: no limit."),
  warnPercent: z.number().int().min(1).max(100).default(90).describe("The owner is warned from this fill level on."),
  warnDays: z.number().int().min(1).max(365).default(7).describe("At most one warning in so many days."),
  whenFull: z
    .enum(["defer", "refuse"])
    .default("defer")
    .describe("Ask senders to try again later (452 4.2.2), or refuse for good (552 5.2.2)."),
});
export type Quota = z.output<typeof quotaSchema>;

/** Sends arriving mail on. */
export const forwardingSchema = z.strictObject({
  enabled: z.boolean().default(false),
  addresses: z.array(address).max(100, "Mail is forwarded to at most 100 addresses.").default([]),
  keepCopy: z.boolean().default(true).describe("Keep what is forwarded in the mailbox too."),
  sender: z
    .union([z.enum(["original", "mailbox"]), address])
    .default("original")
    .describe("Envelope sender of forwarded mail: the original one, this mailbox, or an address."),
});
export type Forwarding = z.output<typeof forwardingSchema>;

/** Answers arriving mail (RFC 3834). */
export const autoresponderSchema = z.strictObject({
  enabled: z.boolean().default(false),
  subject: z
    .string()
    .trim()
    .max(200, "A subject has at most 200 characters.")
    .refine((text) => !hasControls(text), "A subject is a single line.")
    .default(""),
  text: z.string().max(20_000, "The reply has at most 20000 characters.").default(""),
  startsAt: time.nullable().default(null),
  endsAt: time.nullable().default(null),
  periodDays: z.number().int().min(1).max(365).default(7).describe("A sender is answered once in so many days."),
  doNotRespond: z
    .array(z.string().trim().min(1).max(320))
    .max(1000)
    .default([])
    .describe("Senders that get no reply; * stands for any characters."),
  since: time
    .default(0)
    .describe("Who was answered before this time is answered again. Set by itself when the replies begin anew."),
});
export type Autoresponder = z.output<typeof autoresponderSchema>;

/** When messages of a folder expire. */
export const ruleSchema = z.strictObject({
  folder: z.string().min(1).max(1000).describe("Folder name; * for every folder without a rule of its own."),
  days: z
    .number("Days are a whole number.")
    .int("Days are a whole number.")
    .min(1, "At least one day.")
    .max(9999, "At most 9999 days."),
  action: z.enum(["archive", "delete"]),
});

/** Lets messages expire by their age in the store. Folders without a rule keep everything. */
export const expirySchema = z.strictObject({
  rules: z.array(ruleSchema).max(200).default([]),
});
export type Expiry = z.output<typeof expirySchema>;

/** What can be changed on a mailbox. */
export const mailboxPatchSchema = z
  .strictObject({
    ownerId: z.number().int(),
    groupId: z.number().int().nullable(),
    description: z
      .string()
      .trim()
      .max(200, "A description has at most 200 characters.")
      .refine((text) => !hasControls(text), "A description is a single line."),
    /** A login name that opens this mailbox alone. */
    login: loginSchema.nullable(),
    quota: quotaSchema,
    forwarding: forwardingSchema,
    autoresponder: autoresponderSchema,
    expiry: expirySchema,
    ownReadMarks: z.boolean().describe("Whoever the mailbox is shared with has read marks of his own."),
  })
  .partial();
export type MailboxPatch = z.input<typeof mailboxPatchSchema>;

/** What a new mailbox is made from. */
export const newMailboxSchema = mailboxPatchSchema.extend({
  ownerId: z.number().int(),
  /** The first becomes the return address. */
  addresses: z.array(z.string()).max(1000).default([]),
});
export type NewMailbox = z.input<typeof newMailboxSchema>;

/** An addressable store of mail, owned by a user. Never changed in place. */
export interface Mailbox {
  readonly id: number;
  readonly ownerId: number;
  readonly groupId: number | null;
  readonly description: string;
  readonly login: string | null;
  readonly hasPassword: boolean;
  readonly quota: Quota;
  readonly forwarding: Forwarding;
  readonly autoresponder: Autoresponder;
  readonly expiry: Expiry;
  /** Whoever the mailbox is shared with has read marks (\Seen) of his own; the owner's are the messages' flags. */
  readonly ownReadMarks: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Limits and maintenance that a set of mailboxes shares; what a mailbox leaves open is taken from here. */
export const mailGroupSchema = z.strictObject({
  name: z.string().trim().min(1, "A mail group has a name.").max(100, "A name has at most 100 characters."),
  description: z.string().trim().max(200).default(""),
  quota: quotaSchema.default(quotaSchema.parse({})),
  expiry: expirySchema.default({ rules: [] }),
});
export type NewMailGroup = z.input<typeof mailGroupSchema>;
export type MailGroup = z.output<typeof mailGroupSchema> & { readonly id: number };

/** The limits that hold for a mailbox in a group. One without limits of its own warns and refuses as the group says, too. */
export function effectiveQuota(own: Quota, group: Quota | undefined): Quota {
  if (group === undefined) return own;
  if (own.messages === null && own.octets === null) return group;
  return { ...own, messages: own.messages ?? group.messages, octets: own.octets ?? group.octets };
}

/** The rules of expiry that hold for a mailbox in a group: its own, and the group's for folders that no own rule names. */
export function effectiveExpiry(own: Expiry, group: Expiry | undefined): Expiry {
  if (group === undefined) return own;
  const named = new Set(own.rules.map(({ folder }) => folder));
  return { rules: [...own.rules, ...group.rules.filter(({ folder }) => !named.has(folder))] };
}
