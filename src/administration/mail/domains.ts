/** Domains: what is local. Who looks after some of them changes what concerns the people there; names are the whole house's. */
import { z } from "zod";
import { displayDomain } from "../../directory/address.ts";
import type { Domain } from "../../directory/directory.ts";
import { domainPatchSchema } from "../../directory/domains.ts";
import { Refusal } from "../../refusal.ts";
import { managedDomain, managesUser, reachedMailbox } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { defined, textOfTime, timeText } from "../values.ts";
import { labelOf } from "./mailbox-view.ts";

/** A domain as everybody sees it who looks after it. */
const domainView = z.object({
  name: z.string().describe("In lower-case A-labels."),
  displayName: z.string().describe("For people's eyes."),
  description: z.string(),
  aliases: z.array(z.string()).describe("Further names: the same local parts reach the same mailboxes."),
  passwordChange: z.boolean(),
  unknownRecipients: z.enum(["refuse", "bounce", "mailbox", "relay"]),
  catchAll: z
    .object({ mailbox: z.number().int(), label: z.string() })
    .nullable()
    .describe("The mailbox that takes mail for unknown recipients, where that is set."),
  addresses: z.number().int().describe("How many addresses there are in it."),
  first: z.boolean().describe("New users get their address here."),
  createdAt: timeText,
});
export type DomainView = z.output<typeof domainView>;

const { shape } = domainPatchSchema;
const name = z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long for a domain.");

const properties = {
  description: shape.description,
  aliases: shape.aliases.describe("Further names of the domain; replaces the list."),
  passwordChange: shape.passwordChange,
  unknownRecipients: shape.unknownRecipients,
  catchAllMailbox: z.number().int().min(1).nullable().optional().describe("The number of a mailbox."),
};

export const listDomains = operation({
  name: "domain.list",
  summary: "Lists the domains whose mail is kept here.",
  http: "GET /domains",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({}),
  output: z.object({ domains: z.array(domainView) }),
  run(context) {
    const { directory, reach } = context;
    const domains = directory.domains.list().filter(({ id }) => reach === "all" || reach.has(id));
    return { domains: domains.map((domain) => viewOf(context, domain)) };
  },
});

export const showDomain = operation({
  name: "domain.show",
  summary: "Shows every property of a domain.",
  http: "GET /domains/{name}",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({ name }),
  output: domainView,
  run: (context, { name }) => viewOf(context, managedDomain(context, name)),
});

export const addDomain = operation({
  name: "domain.add",
  summary: "Makes a domain local.",
  http: "POST /domains",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ name, ...properties }),
  output: domainView,
  async run(context, given) {
    const domain = await context.commit((tx, note) => {
      const made = context.directory.domains.createWithin(tx, { ...defined(given), name: given.name });
      note({ subject: subjectOf(made), after: recorded(context, made) });
      return made;
    });
    return viewOf(context, domain);
  },
});

export const setDomain = operation({
  name: "domain.set",
  summary: "Changes properties of a domain; its names only administrators of everything.",
  http: "PATCH /domains/{name}",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ name, ...properties, rename: name.optional().describe("Another name; addresses follow.") }),
  output: domainView,
  async run(context, { name, rename, ...change }) {
    const domain = await context.commit((tx, note) => {
      const before = managedDomain(context, name);
      if (context.reach !== "all" && (rename !== undefined || change.aliases !== undefined))
        throw new Refusal("notPermitted", "Names of domains only administrators of everything change.");
      if (change.catchAllMailbox != null) reachedMailboxOfOthers(context, change.catchAllMailbox);
      const patch = { ...defined(change), ...(rename !== undefined && { name: rename }) };
      const was = recorded(context, before);
      const after = context.directory.domains.updateWithin(tx, before.name, patch);
      note({ subject: subjectOf(before), before: was, after: recorded(context, after) });
      return after;
    });
    return viewOf(context, domain);
  },
});

export const removeDomain = operation({
  name: "domain.remove",
  summary: "Makes a domain no longer local; its addresses must be gone before.",
  http: "DELETE /domains/{name}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ name }),
  output: z.object({}),
  async run(context, { name }) {
    await context.commit((tx, note) => {
      const domain = managedDomain(context, name);
      note({ subject: subjectOf(domain), before: recorded(context, domain) });
      context.directory.domains.removeWithin(tx, domain.name);
    });
    return {};
  },
});

function viewOf(context: Context, domain: Domain): DomainView {
  const { directory } = context;
  const { name, displayName, description, aliases, passwordChange, unknownRecipients, createdAt } = domain;
  return {
    ...{ name, displayName, description, passwordChange, unknownRecipients },
    aliases: aliases.map(displayDomain),
    catchAll: catchAllOf(context, domain),
    addresses: directory.aliases.count(domain.id),
    first: domain.id === directory.domains.primary()?.id,
    createdAt: textOfTime(createdAt),
  };
}

/** The mailbox that takes everything else; of one that is outside the reach nothing is said. */
function catchAllOf(context: Context, { catchAllMailbox: id }: Domain): DomainView["catchAll"] {
  const { directory } = context;
  const mailbox = id === null ? undefined : directory.mailboxes.byId(id);
  const owner = mailbox === undefined ? undefined : directory.users.byId(mailbox.ownerId);
  if (mailbox === undefined || owner === undefined || !managesUser(context, owner)) return null;
  const label = labelOf(mailbox, directory.aliases.returnAddresses([mailbox.id]).get(mailbox.id));
  return { mailbox: mailbox.id, label };
}

/** Mail for unknown recipients goes only to people one looks after. @throws Refusal as `reachedMailbox` */
function reachedMailboxOfOthers(context: Context, id: number): void {
  const { standing } = reachedMailbox(context, id);
  if (standing !== "manager")
    throw new Refusal("notPermitted", "Choose a mailbox of a user whom you look after, not your own.");
}

function subjectOf({ displayName }: Domain): string {
  return `domain ${displayName}`;
}

function recorded(context: Context, domain: Domain): object {
  const { addresses: _a, first: _f, createdAt: _c, displayName: _d, ...properties } = viewOf(context, domain);
  return { ...properties, catchAll: domain.catchAllMailbox };
}

export const domainOperations = [listDomains, showDomain, addDomain, setDomain, removeDomain] as const;
