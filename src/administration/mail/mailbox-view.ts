/** How mailboxes are shown: whole, as a line of a list, and as they stand in the audit log. */
import { z } from "zod";
import type { Alias, Mailbox, User } from "../../directory/directory.ts";
import { autoresponderSchema, forwardingSchema, quotaSchema, ruleSchema } from "../../directory/mailbox.ts";
import { ANYONE } from "../../directory/mailboxes.ts";
import { isWildcard } from "../../directory/wildcards.ts";
import { managesUser, type Standing } from "../may.ts";
import type { Context } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";
import { CHANGEABLE, changeableBy } from "./mailbox-rules.ts";
import { PRESET_NAMES, presetOf } from "./rights.ts";

type Showing = Pick<Context, "actor" | "reach" | "directory" | "mailstore" | "now">;

/** An address of a mailbox. */
export const addressOfMailbox = z.object({
  address: z.string(),
  primary: z.boolean().describe("The return address."),
  wildcard: z.boolean().describe("A pattern, in which * stands for any characters."),
  expiresAt: timeText.nullable(),
  ended: z.boolean().describe("Refuses mail now; it can be extended."),
  note: z.string(),
});
export type AddressOfMailbox = z.output<typeof addressOfMailbox>;

const usage = {
  messages: z.number().int(),
  size: z.number().int().describe("Octets."),
  fill: z.number().nullable().describe("How full it is, 1 being full; null without a limit."),
};

/** As much of a mailbox as a list shows. */
export const mailboxLine = z.object({
  id: z.number().int(),
  label: z.string().describe("What it is called: its return address, its description or its number."),
  owner: z.string().describe("The owner's login name."),
  primary: z.boolean().describe("The owner's primary mailbox."),
  description: z.string(),
  addresses: z.array(z.string()).describe("The return address first."),
  group: z.string().nullable(),
  forwards: z.boolean(),
  answers: z.boolean().describe("The autoresponder is on, and its time has come and is not over."),
  ...usage,
});
export type MailboxLine = z.output<typeof mailboxLine>;

/** Rights that somebody has on a single folder, or that are withheld from him there. */
export const folderShare = z.object({
  folder: z.string(),
  name: z.string().describe("A login name, or anyone; after - where rights are withheld."),
  rights: z.string().describe("RFC 4314 rights; empty where none of those on the mailbox hold."),
  preset: z.enum(PRESET_NAMES).nullable().describe("What these rights are called, if anything."),
});
export type FolderShare = z.output<typeof folderShare>;

/** A mailbox as those see it who look after it, and its owner. */
export const mailboxView = z.object({
  id: z.number().int(),
  label: mailboxLine.shape.label,
  owner: mailboxLine.shape.owner,
  primary: mailboxLine.shape.primary,
  description: z.string(),
  login: z.string().nullable().describe("A login name that opens this mailbox alone, over POP3 and IMAP."),
  hasPassword: z.boolean().describe("Has a password of its own."),
  group: z.string().nullable(),
  addresses: z.array(addressOfMailbox),
  quota: quotaSchema,
  effectiveQuota: quotaSchema.describe("What holds, the mail group's limits included."),
  ...usage,
  forwarding: forwardingSchema,
  autoresponder: autoresponderSchema.omit({ since: true }).extend({
    startsAt: timeText.nullable(),
    endsAt: timeText.nullable(),
    answers: mailboxLine.shape.answers,
  }),
  expiry: z.array(ruleSchema),
  effectiveExpiry: z.array(ruleSchema).describe("What holds, the mail group's rules included."),
  shares: z.array(
    z.object({
      login: z.string(),
      fullName: z.string(),
      rights: z.string().describe("RFC 4314 rights."),
      preset: z.enum(PRESET_NAMES).nullable().describe("What these rights are called, if anything."),
    }),
  ),
  ownReadMarks: z.boolean().describe("Whoever the mailbox is shared with has read marks of his own."),
  folderShares: z
    .array(folderShare)
    .describe("Rights on single folders, which hold there instead of those on the whole mailbox."),
  folders: z.array(
    z.object({
      name: z.string(),
      messages: z.number().int(),
      unseen: z.number().int(),
      size: z.number().int(),
      specialUse: z.string().nullable(),
    }),
  ),
  createdAt: timeText,
  changeable: z.array(z.enum(CHANGEABLE)).describe("What whoever asks may change."),
});
export type MailboxView = z.output<typeof mailboxView>;

/** What a mailbox is called: its return address, else its description, else its number. */
export function labelOf(mailbox: Pick<Mailbox, "id" | "description">, address: string | undefined): string {
  return address ?? (mailbox.description || `Mailbox ${mailbox.id}`);
}

/** The same, looked up. */
export function nameOfMailbox({ directory }: Pick<Context, "directory">, mailbox: Mailbox): string {
  return labelOf(mailbox, directory.aliases.returnAddresses([mailbox.id]).get(mailbox.id));
}

/** An address as it is shown at a time. */
export function addressOf({ address, primary, expiresAt, note }: Alias, now: number): AddressOfMailbox {
  const ended = expiresAt !== null && expiresAt <= now;
  return { address, primary, wildcard: isWildcard(address), expiresAt: textOfTime(expiresAt), ended, note };
}

/** Mailboxes as lines of a list. */
export function linesOf(context: Showing, mailboxes: readonly Mailbox[]): MailboxLine[] {
  const { directory } = context;
  const groups = new Map(directory.mailGroups.list().map(({ id, name }) => [id, name]));
  return mailboxes.map((mailbox) => {
    const owner = directory.users.byId(mailbox.ownerId);
    const addresses = directory.aliases.list({ mailboxId: mailbox.id });
    return {
      id: mailbox.id,
      label: labelOf(mailbox, addresses.find(({ primary }) => primary)?.address),
      owner: owner?.login ?? "",
      primary: owner?.primaryMailbox === mailbox.id,
      description: mailbox.description,
      addresses: addresses.map(({ address }) => address),
      group: mailbox.groupId === null ? null : (groups.get(mailbox.groupId) ?? null),
      forwards: mailbox.forwarding.enabled && mailbox.forwarding.addresses.length > 0,
      answers: answersAt(mailbox, context.now()),
      ...usageOf(context, mailbox.id),
    };
  });
}

/** A mailbox as somebody sees it who stands to it like this. */
export function mailboxViewOf(context: Showing, mailbox: Mailbox, owner: User, standing: Standing): MailboxView {
  const { directory, mailstore } = context;
  const { id, quota, forwarding, expiry, autoresponder, login, hasPassword, description, groupId, createdAt } = mailbox;
  const addresses = directory.aliases.list({ mailboxId: id });
  const { since: _, ...answer } = autoresponder;
  return {
    id,
    label: labelOf(mailbox, addresses.find(({ primary }) => primary)?.address),
    owner: owner.login,
    primary: owner.primaryMailbox === id,
    description,
    login,
    hasPassword,
    group: groupId === null ? null : (directory.mailGroups.byId(groupId)?.name ?? null),
    addresses: addresses.map((alias) => addressOf(alias, context.now())),
    quota,
    effectiveQuota: directory.mailboxes.quota(mailbox),
    ...usageOf(context, id),
    forwarding,
    autoresponder: {
      ...answer,
      startsAt: textOfTime(autoresponder.startsAt),
      endsAt: textOfTime(autoresponder.endsAt),
      answers: answersAt(mailbox, context.now()),
    },
    expiry: expiry.rules,
    effectiveExpiry: directory.mailboxes.expiry(mailbox).rules,
    shares: sharesOf(context, id, standing),
    ownReadMarks: mailbox.ownReadMarks,
    folderShares: folderSharesOf(context, id, standing),
    folders: mailstore.folders(id).map((folder) => ({
      name: folder.name,
      messages: folder.exists,
      unseen: folder.unseen,
      size: folder.size,
      specialUse: folder.specialUse ?? null,
    })),
    createdAt: textOfTime(createdAt),
    changeable: changeableBy(context, owner, standing),
  };
}

/**
 * Who else reaches a mailbox. Whoever looks after some domains does not hear of people outside these; the owner knows whom he let in.
 */
export function sharesOf(context: Showing, id: number, standing: Standing): MailboxView["shares"] {
  return context.directory.mailboxes.shares({ mailbox: id }).flatMap(({ userId, rights }) => {
    const who = named(context, userId, standing);
    return who === undefined ? [] : [{ ...who, rights, preset: presetOf(rights) }];
  });
}

/** Rights on single folders, folder by folder. Whom one does not hear of, one does not hear of here either. */
export function folderSharesOf(context: Showing, id: number, standing: Standing): FolderShare[] {
  const grants = context.mailstore.grants.ofMailbox(id);
  return context.mailstore.folders(id).flatMap((folder) =>
    (grants.get(folder.id) ?? []).flatMap(({ user, negative, rights }) => {
      const login = named(context, user, standing)?.login;
      if (login === undefined) return [];
      const preset = negative ? null : presetOf(rights);
      return [{ folder: folder.name, name: negative ? `-${login}` : login, rights, preset }];
    }),
  );
}

function named(context: Showing, id: number, standing: Standing): { login: string; fullName: string } | undefined {
  const { users, mailboxes } = context.directory;
  if (id === mailboxes.anyone) return { login: ANYONE, fullName: "Everybody who signs in here" };
  const user = users.byId(id);
  if (user === undefined || (standing === "manager" && !managesUser(context, user))) return undefined;
  return { login: user.login, fullName: user.fullName };
}

/** What stands in the audit log about a mailbox: its properties, and nothing that changes by itself. */
export function recordedMailbox(context: Showing, mailbox: Mailbox, owner: User): object {
  const {
    id: _i,
    label: _a,
    messages: _m,
    size: _s,
    fill: _f,
    folders: _o,
    changeable: _c,
    ...lasting
  } = mailboxViewOf(context, mailbox, owner, "owner");
  const {
    effectiveQuota: _q,
    effectiveExpiry: _e,
    shares: _h,
    folderShares: _r,
    primary: _p,
    createdAt: _t,
    ...properties
  } = lasting;
  const { answers: _w, ...autoresponder } = properties.autoresponder;
  return { ...properties, autoresponder, addresses: properties.addresses.map(({ address }) => address) };
}

/** What a mailbox is called in the audit log. */
export function subjectOfMailbox(context: Pick<Context, "directory">, mailbox: Mailbox): string {
  return `mailbox ${mailbox.id} (${nameOfMailbox(context, mailbox)})`;
}

function usageOf({ directory, mailstore }: Pick<Context, "directory" | "mailstore">, id: number) {
  const { messages, size } = mailstore.usage(id);
  return { messages, size, fill: fillOf(directory.limits.of(id), { messages, size }) };
}

/** How full something is, 1 being full; null without a limit. */
export function fillOf(
  limits: { readonly messages: number | null; readonly octets: number | null } | undefined,
  used: { readonly messages: number; readonly size: number },
): number | null {
  const part = (usage: number, limit: number | null) => (limit === null ? [] : [limit === 0 ? 1 : usage / limit]);
  const parts =
    limits === undefined ? [] : [...part(used.messages, limits.messages), ...part(used.size, limits.octets)];
  return parts.length === 0 ? null : Math.max(...parts);
}

function answersAt({ autoresponder: { enabled, startsAt, endsAt } }: Mailbox, now: number): boolean {
  return enabled && (startsAt === null || startsAt <= now) && (endsAt === null || endsAt > now);
}
