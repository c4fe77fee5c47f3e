/** What somebody is and may here: his account, his mailboxes, and which of their settings are his to change. For webmail's Options. */
import { z } from "zod";
import { expiryOf } from "../../directory/expiry.ts";
import { PERMISSION_NAMES } from "../../directory/permissions.ts";
import { directoryEntrySchema, type User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { roleOf, SCOPE_NAMES } from "../actor.ts";
import { CHANGEABLE, changeableBy } from "../mail/mailbox-rules.ts";
import { linesOf, mailboxLine } from "../mail/mailbox-view.ts";
import { managesUser, requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { scopesFor } from "../signing-in/tokens.ts";
import { textOfTime, timeText } from "../values.ts";

const ownMailbox = mailboxLine.extend({
  changeable: z.array(z.enum(CHANGEABLE)).describe("What may be changed of it."),
});
export type OwnMailbox = z.output<typeof ownMailbox>;

const passwordView = z.object({
  whyNot: z.string().nullable().describe("Why it may not be changed; null where it may."),
  changedAt: timeText.nullable(),
  external: z.string().nullable().describe("The user database that keeps it."),
});

/** What somebody may know of himself. */
const selfView = z.object({
  login: z.string(),
  fullName: z.string(),
  role: z.enum(["administrator", "manager", "user"]),
  administers: z.array(z.string()).nullable().describe("The domains a delegated administrator looks after."),
  permissions: z.array(z.enum(PERMISSION_NAMES)),
  scopes: z.array(z.enum(SCOPE_NAMES)).describe("What tokens of this account may be allowed."),
  webmail: z.boolean(),
  addresses: z.array(z.string()).describe("The return address first."),
  password: passwordView,
  ends: timeText.nullable().describe("When the account expires as things stand."),
  createdAt: timeText,
  mailboxes: z.array(ownMailbox).describe("The primary one first."),
  entry: directoryEntrySchema,
});
export type SelfView = z.output<typeof selfView>;

export const showSelf = operation({
  name: "self.show",
  summary: "Shows one's own account: what it is, its mailboxes, and what may be changed.",
  http: "GET /self",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: selfView,
  run(context) {
    const user = requireOwn(context, "account is");
    return viewOf(context, user);
  },
});

function viewOf(context: Context, user: User): SelfView {
  const { directory } = context;
  const domains = user.administers?.map((id) => directory.domains.byId(id)?.displayName ?? "").filter(Boolean);
  return {
    login: user.login,
    fullName: user.fullName,
    role: roleOf(context.actor),
    administers: domains ?? null,
    permissions: [...user.permissions],
    scopes: scopesFor(context, user.login),
    webmail: user.webmail,
    addresses: directory.addressesOf(user.id),
    password: {
      whyNot: whyNoPassword(context, user),
      changedAt: textOfTime(user.passwordChangedAt),
      external: user.external?.directory ?? null,
    },
    ends: textOfTime(expiryOf(user) ?? null),
    createdAt: textOfTime(user.createdAt),
    mailboxes: ownMailboxes(context, user),
    entry: user.entry,
  };
}

function ownMailboxes(context: Context, user: User): OwnMailbox[] {
  const changeable = changeableBy(context, user, managesUser(context, user) ? "manager" : "owner");
  return linesOf(context, context.directory.mailboxes.list({ owner: user.id }))
    .map((line) => ({ ...line, changeable }))
    .sort((one, two) => Number(two.primary) - Number(one.primary) || one.id - two.id);
}

/** In a sentence; null where the user may change it. */
function whyNoPassword({ auth }: Context, user: User): string | null {
  try {
    auth.passwords.refuseOwnChange(user);
    return null;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.sentence;
    throw thrown;
  }
}

export const selfOperations = [showSelf] as const;
