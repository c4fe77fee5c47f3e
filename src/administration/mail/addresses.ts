/** Addresses: what leads to mailboxes. Patterns with a star and addresses that end by themselves are among them. */
import { z } from "zod";
import { ALIAS_KINDS, type AliasPatch } from "../../directory/aliases.ts";
import type { Alias, User } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import { managedDomain, managesUser, needsScope, ownAccount, withinReach } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { lastMoment, paging, searching, textOfTime, timeText } from "../values.ts";
import { mayChange, reached } from "./mailbox-rules.ts";
import { addressOf, addressOfMailbox, labelOf } from "./mailbox-view.ts";

/** An address on a mailbox, as it stands in the list of all. */
const addressLine = addressOfMailbox.extend({
  mailbox: z.number().int(),
  label: z.string().describe("What the mailbox is called."),
  owner: z.string().describe("The login name of the mailbox's owner."),
  createdAt: timeText,
});
export type AddressLine = z.output<typeof addressLine>;

const address = z
  .string()
  .trim()
  .min(1, "Give an address.")
  .max(320, "That is too long for an address.")
  .describe("anna@home.example; with a star in the part before the @ it is a pattern.");
const mailbox = z.number().int().min(1).describe("The mailbox's number.");
const properties = {
  expiresAt: lastMoment.nullable().optional().describe("Until when mail is taken; nothing for always."),
  note: z.string().max(400).optional().describe("Such as what the address is used for."),
};

export const listAddresses = operation({
  name: "address.list",
  summary:
    "Lists addresses, a page at a time: one's own, and those of users one looks after (with the scope mail:read).",
  http: "GET /addresses",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    ...paging,
    search: searching,
    kind: z.enum(ALIAS_KINDS).default("all").describe("All, those that end, those that have ended, or patterns."),
    domain: z.string().max(253).optional(),
    mailbox: mailbox.optional(),
  }),
  output: z.object({ addresses: z.array(addressLine), total: z.number().int() }),
  run(context, { domain, mailbox: id, ...query }) {
    const { directory, now } = context;
    const wanted = {
      ...query,
      ...whose(context, id),
      ...(domain !== undefined && { domainId: managedDomain(context, domain).id }),
      now: now(),
    };
    const { aliases, total } = directory.aliases.search(wanted);
    return { addresses: linesOf(context, aliases), total };
  },
});

export const addAddress = operation({
  name: "address.add",
  summary: "Gives a mailbox one more address; several mailboxes may have the same.",
  http: "POST /addresses",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({
    address,
    mailbox,
    ...properties,
    primary: z.boolean().optional().describe("Make it the return address."),
  }),
  output: addressLine,
  async run(context, { address, mailbox: id, expiresAt = null, note: text = "", primary = false }) {
    refusePast(context, expiresAt);
    const added = await context.commit((tx, note) => {
      const { owner, standing } = reached(context, id, "mail:write");
      mayChange(context, owner, standing, "addresses");
      mayTake(context, address);
      const alias = context.directory.aliases.addWithin(tx, address, id, { expiresAt, note: text, primary });
      note({ subject: `address ${alias.address}`, after: recorded(alias) });
      return alias;
    });
    return lineOf(context, added);
  },
});

export const setAddress = operation({
  name: "address.set",
  summary: "Changes the note of an address, or until when it takes mail.",
  http: "PATCH /addresses/{address}",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({
    address,
    mailbox: mailbox.optional().describe("Where the address stands on several: on which of them."),
    ...properties,
  }),
  output: addressLine,
  async run(context, { address, mailbox: id, expiresAt, note: text }) {
    refusePast(context, expiresAt ?? null);
    const patch: AliasPatch = {
      ...(expiresAt !== undefined && { expiresAt }),
      ...(text !== undefined && { note: text }),
    };
    const after = await context.commit((tx, note) => {
      const [before, another] = standing(context, address, id);
      if (before === undefined) throw noSuchAddress(context, address);
      if (another !== undefined)
        throw new Refusal("invalid", "This address stands on several mailboxes; say which one is meant.");
      const after = context.directory.aliases.updateWithin(tx, before.address, before.mailboxId, patch);
      note({ subject: `address ${after.address}`, before: recorded(before), after: recorded(after) });
      return after;
    });
    return lineOf(context, after);
  },
});

export const removeAddress = operation({
  name: "address.remove",
  summary: "Takes an address away, from one mailbox or from all.",
  http: "DELETE /addresses/{address}",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ address, mailbox: mailbox.optional() }),
  output: z.object({}),
  async run(context, { address, mailbox: id }) {
    await context.commit((tx, note) => {
      const aliases = standing(context, address, id);
      if (aliases.length === 0) throw noSuchAddress(context, address);
      for (const alias of aliases) {
        const owner = ownerOf(context, alias);
        context.directory.aliases.removeWithin(tx, alias.address, alias.mailboxId);
        if (owner !== undefined) staysManaged(context, owner);
        note({ subject: `address ${alias.address}`, before: recorded(alias) });
      }
    });
    return {};
  },
});

/**
 * Whether the actor may give somebody an address: in his domains, and not one that leads to people he does not look after.
 * @throws Refusal "notPermitted", "exists"
 */
export function mayTake(context: Context, text: string): void {
  withinReach(context, text);
  if (context.reach === "all") return;
  const { aliases, mailboxes, users } = context.directory;
  const holders = [...aliases.list({ address: text }).map(({ mailboxId }) => mailboxId), ...readers(context, text)];
  for (const id of holders) {
    const owner = users.byId(mailboxes.byId(id)?.ownerId ?? 0);
    if (owner === undefined || !managesUser(context, owner))
      throw new Refusal("exists", `The address ${text.slice(0, 320)} is already taken.`);
  }
}

/** Who gets mail to an address now though it is not his own: with a plus, by a pattern, or as postmaster. What a catch-all gets is nobody's. */
function readers({ directory }: Context, text: string): readonly number[] {
  const found = directory.resolve(text);
  return found.kind === "local" && found.via !== "catchAll" ? found.mailboxes : [];
}

/** Nobody loses sight of a user by taking his last address. @throws Refusal "notPermitted" */
export function staysManaged(context: Context, owner: User): void {
  const user = context.directory.users.byId(owner.id);
  if (context.reach === "all" || user === undefined || user.id === ownAccount(context)?.id) return;
  if (!managesUser(context, user))
    throw new Refusal("notPermitted", `Then you would not administrate ${user.login} any more: an address must stay.`);
}

/** The mailboxes on which an address stands and the actor may change it: one of them, or all. */
function standing(context: Context, address: string, id: number | undefined): Alias[] {
  const { directory, reach } = context;
  const domain = address.slice(address.lastIndexOf("@") + 1);
  if (reach !== "all") managedDomain(context, domain);
  const found = directory.aliases.list({ address, ...(id !== undefined && { mailboxId: id }) });
  return found.filter((alias) => {
    const owner = ownerOf(context, alias);
    return owner !== undefined && managesUser(context, owner);
  });
}

function ownerOf({ directory }: Pick<Context, "directory">, { mailboxId }: Alias): User | undefined {
  return directory.users.byId(directory.mailboxes.byId(mailboxId)?.ownerId ?? 0);
}

function noSuchAddress({ reach }: Context, address: string): Refusal {
  return reach === "all"
    ? new Refusal("notFound", `There is no address "${address}" here.`)
    : new Refusal("notPermitted", "You do not administrate such an address.");
}

function refusePast({ now }: Context, expiresAt: number | null): void {
  if (expiresAt !== null && expiresAt <= now())
    throw new Refusal("invalid", "An address ends in the future. Remove it if it is to end now.");
}

/** Whose addresses may be listed: what one looks after, else one's own. */
function whose(
  context: Context,
  id: number | undefined,
): { mailboxId?: number; ownerId?: number; within?: ReadonlySet<number> } {
  const { reach, actor } = context;
  if (id !== undefined) return { mailboxId: reached(context, id, "mail:read").mailbox.id };
  if (reach === "all" || reach.size > 0) {
    needsScope(actor, "mail:read");
    return reach === "all" ? {} : { within: reach };
  }
  return { ownerId: ownAccount(context)?.id ?? 0 };
}

function linesOf(context: Context, aliases: readonly Alias[]): AddressLine[] {
  const { directory } = context;
  const names = directory.aliases.returnAddresses(aliases.map(({ mailboxId }) => mailboxId));
  return aliases.map((alias) => {
    const mailbox = directory.mailboxes.byId(alias.mailboxId);
    return {
      ...addressOf(alias, context.now()),
      mailbox: alias.mailboxId,
      label: mailbox === undefined ? "" : labelOf(mailbox, names.get(mailbox.id)),
      owner: ownerOf(context, alias)?.login ?? "",
      createdAt: textOfTime(alias.createdAt),
    };
  });
}

function lineOf(context: Context, alias: Alias): AddressLine {
  const [line] = linesOf(context, [alias]);
  if (line === undefined) throw new Error("an address has no line");
  return line;
}

function recorded({ mailboxId, primary, expiresAt, note }: Alias): object {
  return { mailbox: mailboxId, primary, expiresAt: textOfTime(expiresAt), note };
}

export const addressOperations = [listAddresses, addAddress, setAddress, removeAddress] as const;
