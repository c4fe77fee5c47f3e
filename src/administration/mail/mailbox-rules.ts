/** What may be changed on a mailbox, and by whom: whoever looks after its owner may everything, the owner what his permissions say. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import {
  autoresponderSchema,
  forwardingSchema,
  type Mailbox,
  type MailboxPatch,
  mailboxPatchSchema,
  quotaSchema,
  ruleSchema,
} from "../../directory/mailbox.ts";
import type { Permission } from "../../directory/permissions.ts";
import { changeOf } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import type { Scope } from "../actor.ts";
import { managedUser, needsScope, ownerNeeds, reachedMailbox, type Standing } from "../may.ts";
import type { Context } from "../operation.ts";
import { defined, lastMoment, moment } from "../values.ts";

/** What can be changed on a mailbox, each with a rule of its own. */
export const CHANGEABLE = [
  "description",
  "password",
  "forwarding",
  "autoresponderSwitch",
  "autoresponderText",
  "expiry",
  "sharing",
  "collection",
  "addresses",
  "quota",
  "login",
  "group",
  "owner",
] as const;
export type Changeable = (typeof CHANGEABLE)[number];

/** One of these permissions the owner needs; none for what is his anyway, and null for what only managers change. */
export const OWNER_RULES: Readonly<Record<Changeable, readonly Permission[] | null>> = {
  description: ["web.description"],
  password: ["web.password"],
  forwarding: ["web.forwarding"],
  autoresponderSwitch: ["user.autoresponder", "web.autoresponder"],
  autoresponderText: ["web.autoresponder"],
  expiry: ["web.expiry"],
  sharing: [],
  collection: ["web.collection"],
  addresses: null,
  quota: null,
  login: null,
  group: null,
  owner: null,
};

const { shape } = mailboxPatchSchema;
/** When replies begin anew is for the directory to know. */
const { since: _, ...answer } = autoresponderSchema.shape;

/** What can be set on a mailbox; of quota, forwarding and autoresponder only what is given changes. */
export const mailboxChange = z.strictObject({
  description: shape.description,
  login: shape.login.describe("A login name that opens this mailbox alone; null takes it and its password away."),
  owner: z.string().max(512).optional().describe("The login name of a new owner."),
  group: z.string().max(100).nullable().optional().describe("The mail group whose limits hold too."),
  quota: changeOf(quotaSchema.shape).optional(),
  forwarding: changeOf(forwardingSchema.shape).optional(),
  autoresponder: changeOf({
    ...answer,
    startsAt: moment.nullable(),
    endsAt: lastMoment.nullable(),
  }).optional(),
  ownReadMarks: shape.ownReadMarks,
  expiry: z
    .array(ruleSchema)
    .max(200)
    .optional()
    .describe("After how long messages expire, a rule a folder; replaces the list."),
});
export type MailboxChange = z.output<typeof mailboxChange>;

/** Fields of the autoresponder that switch it, as against those that say what it writes. */
const SWITCHES: ReadonlySet<string> = new Set(["enabled", "startsAt", "endsAt"]);

/** What a change touches. */
function touched({ autoresponder = {}, ...change }: MailboxChange): Changeable[] {
  const direct = CHANGEABLE.filter((name) => (change as Record<string, unknown>)[name] !== undefined);
  const fields = Object.keys(defined(autoresponder));
  return [
    ...direct,
    ...(change.ownReadMarks === undefined ? [] : (["sharing"] as const)),
    ...(fields.some((name) => SWITCHES.has(name)) ? (["autoresponderSwitch"] as const) : []),
    ...(fields.some((name) => !SWITCHES.has(name)) ? (["autoresponderText"] as const) : []),
  ];
}

/** Whether somebody may change this of a mailbox. @throws Refusal "notPermitted" */
export function mayChange(context: Context, owner: User, standing: Standing, what: Changeable): void {
  if (standing === "manager") return;
  const rule = OWNER_RULES[what];
  if (rule === null) throw new Refusal("notPermitted", "Only administrators may change this.");
  if (rule.length > 0) ownerNeeds(context, owner, ...rule);
}

/** Everything that somebody may change of a mailbox. */
export function changeableBy({ directory }: Pick<Context, "directory">, owner: User, standing: Standing): Changeable[] {
  if (standing === "manager") return [...CHANGEABLE];
  return CHANGEABLE.filter((what) => {
    const rule = OWNER_RULES[what];
    return rule !== null && (rule.length === 0 || rule.some((permission) => directory.permits(owner, permission)));
  });
}

/**
 * A mailbox and how the actor stands to it. With a token that only opens the own account, somebody is no more than the owner of his own
 * mailboxes, whatever he administrates.
 * @throws Refusal "notFound", or "notPermitted" for all but administrators
 */
export function reached(context: Context, id: number, scope: Scope): ReturnType<typeof reachedMailbox> {
  const { scopes, user } = context.actor;
  if (scopes === undefined || scopes.has(scope)) return reachedMailbox(context, id);
  const mailbox = context.directory.mailboxes.byId(id);
  const owner = mailbox === undefined ? undefined : context.directory.users.byId(mailbox.ownerId);
  if (mailbox === undefined || owner === undefined || owner.id !== user?.id) needsScope(context.actor, scope);
  else return { mailbox, owner, standing: "owner" };
  throw new Refusal("notPermitted", "You do not administrate such a mailbox, and it is not yours.");
}

/** A change as the directory takes it, if the actor may make it. @throws Refusal "notPermitted", "notFound", "invalid" */
export function patchOf(
  context: Context,
  { mailbox, owner, standing }: ReturnType<typeof reachedMailbox>,
  change: MailboxChange,
): MailboxPatch {
  for (const what of touched(change)) mayChange(context, owner, standing, what);
  const { owner: newOwner, group, expiry, ...rest } = change;
  refuseNonsense(mailbox, change);
  if (context.reach !== "all" || standing === "owner") refuseForeignSender(context, owner, change);
  return {
    ...defined(rest),
    ...(newOwner !== undefined && { ownerId: managedUser(context, newOwner).id }),
    ...(group !== undefined && { groupId: groupNamed(context, group) }),
    ...(expiry !== undefined && { expiry: { rules: expiry } }),
  } as MailboxPatch;
}

function groupNamed({ directory }: Context, name: string | null): number | null {
  if (name === null || name.trim() === "") return null;
  const group = directory.mailGroups.byName(name);
  if (group === undefined) throw new Refusal("notFound", `There is no mail group "${name.slice(0, 100)}".`);
  return group.id;
}

/** What each field allows by itself and all together do not. */
function refuseNonsense(before: Pick<Mailbox, "autoresponder" | "forwarding">, change: MailboxChange): void {
  const { startsAt, endsAt } = { ...before.autoresponder, ...change.autoresponder };
  if (change.autoresponder !== undefined && startsAt !== null && endsAt !== null && endsAt <= startsAt)
    throw new Refusal("invalid", "The autoresponder ends after it begins.");
  const { enabled, addresses } = { ...before.forwarding, ...change.forwarding };
  if (change.forwarding !== undefined && enabled && addresses.length === 0)
    throw new Refusal("invalid", "Name an address to which mail is forwarded.");
  const folders = (change.expiry ?? []).map(({ folder }) => folder);
  if (new Set(folders).size < folders.length) throw new Refusal("invalid", "Each folder has one rule of expiry.");
}

/** Mail goes out under the forwarding's sender: nobody gives himself somebody else's name. */
function refuseForeignSender({ directory }: Context, owner: User, { forwarding }: MailboxChange): void {
  const sender = forwarding?.sender;
  if (sender === undefined || sender === "original" || sender === "mailbox" || directory.maySendAs(owner.id, sender))
    return;
  throw new Refusal("notPermitted", "Mail is forwarded under the original sender or one of the owner's addresses.");
}
