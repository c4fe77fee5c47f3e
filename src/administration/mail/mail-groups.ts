/** Mail groups: limits and maintenance that a set of mailboxes shares. */
import { z } from "zod";
import type { MailGroupPatch } from "../../directory/mail-groups.ts";
import { type MailGroup, mailGroupSchema, quotaSchema, ruleSchema } from "../../directory/mailbox.ts";
import { changeOf } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { defined } from "../values.ts";

/** A mail group. */
const mailGroupView = z.object({
  name: z.string(),
  description: z.string(),
  quota: quotaSchema,
  expiry: z.array(ruleSchema),
  members: z.number().int().describe("Mailboxes in it."),
});
export type MailGroupView = z.output<typeof mailGroupView>;

const { shape } = mailGroupSchema;
const name = z.string().trim().min(1, "A mail group has a name.").max(100, "A name has at most 100 characters.");
const properties = {
  description: changeOf({ description: shape.description }).shape.description,
  quota: changeOf(quotaSchema.shape).optional(),
  expiry: z.array(ruleSchema).max(200).optional().describe("After how long messages expire, a rule a folder."),
};

export const listMailGroups = operation({
  name: "mailgroup.list",
  summary: "Lists the mail groups.",
  http: "GET /mail-groups",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ groups: z.array(mailGroupView) }),
  run(context) {
    const members = context.directory.mailGroups.members();
    const groups = context.directory.mailGroups.list();
    return { groups: groups.map((group) => viewOf(group, members.get(group.id))) };
  },
});

export const showMailGroup = operation({
  name: "mailgroup.show",
  summary: "Shows a mail group.",
  http: "GET /mail-groups/{name}",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({ name }),
  output: mailGroupView,
  run: (context, { name }) => shown(context, named(context, name)),
});

export const addMailGroup = operation({
  name: "mailgroup.add",
  summary: "Creates a mail group.",
  http: "POST /mail-groups",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ name, ...properties }),
  output: mailGroupView,
  async run(context, { name, ...given }) {
    const group = await context.commit((tx, note) => {
      const made = context.directory.mailGroups.createWithin(tx, { name });
      const after = context.directory.mailGroups.updateWithin(tx, made.id, patchFrom(given));
      note({ subject: subjectOf(after), after: recorded(after) });
      return after;
    });
    return shown(context, group);
  },
});

export const setMailGroup = operation({
  name: "mailgroup.set",
  summary: "Changes a mail group; what mailboxes leave open is taken from it at once.",
  http: "PATCH /mail-groups/{name}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ name, ...properties, rename: name.optional() }),
  output: mailGroupView,
  async run(context, { name, rename, ...change }) {
    const group = await context.commit((tx, note) => {
      const before = named(context, name);
      const patch = { ...patchFrom(change), ...(rename !== undefined && { name: rename }) };
      const after = context.directory.mailGroups.updateWithin(tx, before.id, patch);
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return after;
    });
    return shown(context, group);
  },
});

export const removeMailGroup = operation({
  name: "mailgroup.remove",
  summary: "Removes a mail group; its mailboxes stay, without its limits.",
  http: "DELETE /mail-groups/{name}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ name }),
  output: z.object({}),
  async run(context, { name }) {
    await context.commit((tx, note) => {
      const group = named(context, name);
      note({ subject: subjectOf(group), before: recorded(group) });
      context.directory.mailGroups.removeWithin(tx, group.id);
    });
    return {};
  },
});

function named({ directory }: Context, name: string): MailGroup {
  const group = directory.mailGroups.byName(name);
  if (group === undefined) throw new Refusal("notFound", `There is no mail group "${name.slice(0, 100)}".`);
  return group;
}

function shown({ directory }: Context, group: MailGroup): MailGroupView {
  return viewOf(group, directory.mailGroups.members().get(group.id));
}

function viewOf({ name, description, quota, expiry }: MailGroup, members = 0): MailGroupView {
  return { name, description, quota, expiry: expiry.rules, members };
}

function recorded({ id: _, expiry, ...group }: MailGroup): object {
  return { ...group, expiry: expiry.rules };
}

function subjectOf({ name }: MailGroup): string {
  return `mail group ${name}`;
}

function patchFrom({
  expiry,
  ...rest
}: {
  description?: string | undefined;
  quota?: object | undefined;
  expiry?: MailGroup["expiry"]["rules"] | undefined;
}): MailGroupPatch {
  return { ...defined(rest), ...(expiry !== undefined && { expiry: { rules: expiry } }) };
}

export const mailGroupOperations = [
  listMailGroups,
  showMailGroup,
  addMailGroup,
  setMailGroup,
  removeMailGroup,
] as const;
