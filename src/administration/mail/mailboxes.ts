/** Mailboxes: their properties, by whoever looks after their owners, and by these as far as their permissions go. */
import { z } from "zod";

import { Refusal } from "../../refusal.ts";
import { managedUser, needsScope, ownAccount } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { needsProof } from "../proof.ts";
import { paging, searching, switched } from "../values.ts";
import { mayTake, staysManaged } from "./addresses.ts";
import { listFolderShares, shareFolder, unshareFolder } from "./folder-shares.ts";
import { mailboxChange, mayChange, patchOf, reached } from "./mailbox-rules.ts";
import {
  fillOf,
  linesOf,
  mailboxLine,
  mailboxView,
  mailboxViewOf,
  nameOfMailbox,
  recordedMailbox,
  subjectOfMailbox,
} from "./mailbox-view.ts";
import { listShares, shareMailbox, unshareMailbox } from "./shares.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");

export const listMailboxes = operation({
  name: "mailbox.list",
  summary:
    "Lists mailboxes, a page at a time: one's own, and those of users one looks after (with the scope mail:read).",
  http: "GET /mailboxes",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    ...paging,
    search: searching,
    owner: z.string().max(512).optional().describe("Only mailboxes of this user, by login name."),
    group: z.string().max(100).optional().describe("Only mailboxes of this mail group."),
    sort: z.enum(["id", "owner", "description", "size", "fill"]).default("id"),
    descending: switched.default(false),
  }),
  output: z.object({ mailboxes: z.array(mailboxLine), total: z.number().int() }),
  run(context, { owner, group, sort, ...query }) {
    const { directory } = context;
    const wanted = { ...query, ...whose(context, owner), ...inGroup(context, group) };
    if (sort === "size" || sort === "fill") return byUsage(context, wanted, sort);
    const { mailboxes, total } = directory.mailboxes.search({ ...wanted, sort });
    return { mailboxes: linesOf(context, mailboxes), total };
  },
});

export const findMailbox = operation({
  name: "mailbox.find",
  summary: "Finds the mailbox that a number, a user's login name (the primary one), or an address means.",
  http: "GET /mailbox",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ name: z.string().trim().min(1).max(512) }),
  output: z.object({ id, label: z.string(), owner: z.string() }),
  run(context, { name }) {
    const id = idNamed(context, name) ?? 0;
    if (context.reach === "all" && context.directory.mailboxes.byId(id) === undefined)
      throw new Refusal("notFound", `There is no such mailbox: “${name}” is no user, number or address here.`);
    const found = reached(context, id, "mail:read");
    return { id: found.mailbox.id, label: nameOfMailbox(context, found.mailbox), owner: found.owner.login };
  },
});

export const showMailbox = operation({
  name: "mailbox.show",
  summary: "Shows every property of a mailbox, what lies in it, and what whoever asks may change.",
  http: "GET /mailboxes/{id}",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: mailboxView,
  run(context, input) {
    const { mailbox, owner, standing } = reached(context, input.id, "mail:read");
    return mailboxViewOf(context, mailbox, owner, standing);
  },
});

export const addMailbox = operation({
  name: "mailbox.add",
  summary: "Creates a further mailbox for a user.",
  http: "POST /mailboxes",
  scope: "mail:write",
  who: "manager",
  input: mailboxChange.extend({
    owner: z.string().min(1, "Give the login name of the owner.").max(512),
    addresses: z.array(z.string().max(320)).max(100).default([]).describe("The first becomes the return address."),
  }),
  output: mailboxView,
  async run(context, { addresses, owner: login, ...properties }) {
    const { directory } = context;
    const { mailbox, owner } = await context.commit((tx, note) => {
      const owner = managedUser(context, login);
      if (owner.kind !== "user") throw new Refusal("invalid", "Mailboxes belong to users.");
      for (const address of addresses) mayTake(context, address);
      const made = directory.mailboxes.createWithin(tx, { ownerId: owner.id, addresses });
      const patch = patchOf(context, { mailbox: made, owner, standing: "manager" }, properties);
      const mailbox = directory.mailboxes.updateWithin(tx, made.id, patch);
      note({ subject: subjectOfMailbox(context, mailbox), after: recordedMailbox(context, mailbox, owner) });
      return { mailbox, owner };
    });
    return mailboxViewOf(context, mailbox, owner, "manager");
  },
});

export const setMailbox = operation({
  name: "mailbox.set",
  summary: "Changes properties of a mailbox; its owner those that his permissions name.",
  http: "PATCH /mailboxes/{id}",
  scope: "self:write",
  who: "user",
  input: mailboxChange.extend({ id }),
  output: mailboxView,
  run: (context, { id, ...change }) =>
    changed(context, id, (tx, found) => {
      const patch = patchOf(context, found, change);
      context.directory.mailboxes.updateWithin(tx, id, patch);
      if (patch.login === null) context.directory.mailboxes.setCredentialsWithin(tx, id, null);
      const { ownReadMarks, ownerId } = found.mailbox;
      // Then somebody sees other marks than before.
      if ((patch.ownReadMarks ?? ownReadMarks) !== ownReadMarks || (patch.ownerId ?? ownerId) !== ownerId) {
        context.mailstore.reflagWithin(tx, id);
      }
    }),
});

export const passwordOfMailbox = operation({
  name: "mailbox.password",
  summary: "Sets the password of a mailbox's own login name, or takes it away.",
  http: "PUT /mailboxes/{id}/password",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, password: z.string().max(1024).nullable().describe("null takes it away.") }),
  output: z.object({ hasPassword: z.boolean() }),
  async run(context, { id, password }) {
    const { directory, auth } = context;
    const { mailbox, owner, standing } = reached(context, id, "mail:write");
    mayChange(context, owner, standing, "password");
    needsProof(context, owner);
    if (password !== null && mailbox.login === null)
      throw new Refusal("invalid", "The mailbox has no login name of its own; give it one first.");
    const words = [mailbox.login ?? "", mailbox.description, owner.login];
    const credentials = password === null ? null : await auth.credentialsFor(password, words);
    await context.commit((tx, note) => {
      directory.mailboxes.setCredentialsWithin(tx, id, credentials);
      const after = { password: password === null ? "taken away" : "set" };
      note({ subject: subjectOfMailbox(context, mailbox), before: {}, after });
    });
    return { hasPassword: password !== null };
  },
});

export const choosePrimaryAddress = operation({
  name: "mailbox.primaryAddress",
  summary: "Makes one of its addresses the return address of a mailbox.",
  http: "PUT /mailboxes/{id}/primary-address",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ id, address: z.string().max(320) }),
  output: mailboxView,
  run: (context, { id, address }) =>
    changed(context, id, (tx, { owner, standing }) => {
      mayChange(context, owner, standing, "addresses");
      mayTake(context, address);
      context.directory.aliases.makePrimaryWithin(tx, address, id);
    }),
});

export const removeMailbox = operation({
  name: "mailbox.remove",
  summary: "Removes a further mailbox with all its mail and its addresses.",
  http: "DELETE /mailboxes/{id}",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    await context.commit((tx, note) => {
      const { mailbox, owner, standing } = reached(context, id, "mail:write");
      mayChange(context, owner, standing, "owner");
      note({
        subject: subjectOfMailbox(context, mailbox),
        before: recordedMailbox(context, mailbox, owner),
      });
      context.directory.mailboxes.removeWithin(tx, id);
      staysManaged(context, owner);
    });
    return {};
  },
});

/** Changes a mailbox in a commit that says what it was before and is after; gives it as it is then. */
async function changed(
  context: Context,
  id: number,
  change: (tx: Parameters<Parameters<Context["commit"]>[0]>[0], found: ReturnType<typeof reached>) => void,
) {
  const { directory } = context;
  const { mailbox, owner, standing } = await context.commit((tx, note) => {
    const found = reached(context, id, "mail:write");
    const before = recordedMailbox(context, found.mailbox, found.owner);
    change(tx, found);
    const mailbox = directory.mailboxes.require(id);
    const owner = directory.users.byId(mailbox.ownerId) ?? found.owner;
    staysManaged(context, found.owner);
    note({
      subject: subjectOfMailbox(context, mailbox),
      before,
      after: recordedMailbox(context, mailbox, owner),
    });
    return { mailbox, owner, standing: found.standing };
  });
  return mailboxViewOf(context, mailbox, owner, standing);
}

/** The mailbox a word means, whoever's it is. */
function idNamed({ directory }: Context, name: string): number | undefined {
  if (/^\d{1,15}$/.test(name)) return Number(name);
  const user = directory.users.get(name);
  if (user !== undefined && user.primaryMailbox !== 0) return user.primaryMailbox;
  const found = directory.resolve(name);
  return found.kind === "local" && found.via !== "catchAll" ? found.mailboxes[0] : undefined;
}

/** Whose mailboxes may be listed: what one looks after, and one's own where one asks for these or looks after nobody. */
function whose(context: Context, owner: string | undefined): { ownerId?: number; within?: ReadonlySet<number> } {
  const { directory, reach, actor } = context;
  const own = ownAccount(context);
  const wanted = owner === undefined ? undefined : directory.users.get(owner);
  const manages = reach === "all" || reach.size > 0;
  const onlyOwn = !manages || (actor.scopes !== undefined && !actor.scopes.has("mail:read"));
  if (own !== undefined && (wanted?.id === own.id || (owner === undefined && onlyOwn))) return { ownerId: own.id };
  if (onlyOwn) {
    if (manages) needsScope(actor, "mail:read");
    throw new Refusal("notPermitted", "You see only your own mailboxes.");
  }
  if (owner !== undefined) return { ownerId: managedUser(context, owner).id };
  return reach === "all" ? {} : { within: reach };
}

function inGroup({ directory, reach }: Context, name: string | undefined): { groupId?: number } {
  if (name === undefined) return {};
  const group = directory.mailGroups.byName(name);
  if (group === undefined && reach === "all") throw new Refusal("notFound", "There is no such mail group.");
  return { groupId: group?.id ?? 0 };
}

type Wanted = { page: number; pageSize: number; descending: boolean; search: string } & ReturnType<typeof whose>;

/** A page of mailboxes by how much lies in them, or how full they are, which only the mail store knows. */
function byUsage(context: Context, { page, pageSize, descending, ...query }: Wanted, sort: "size" | "fill") {
  const { directory, mailstore } = context;
  const usages = new Map(mailstore.usages().map((usage) => [usage.mailbox, usage]));
  const weighed = directory.mailboxes.limits(query).map(({ id, ...limits }) => {
    const used = usages.get(id) ?? { messages: 0, size: 0 };
    return { id, weight: sort === "size" ? used.size : (fillOf(limits, used) ?? -1) };
  });
  const sign = descending ? -1 : 1;
  weighed.sort((left, right) => sign * (left.weight - right.weight) || left.id - right.id);
  const shown = weighed.slice((page - 1) * pageSize, page * pageSize);
  const mailboxes = shown.map(({ id }) => directory.mailboxes.byId(id)).filter((one) => one !== undefined);
  return { mailboxes: linesOf(context, mailboxes), total: weighed.length };
}

export const mailboxOperations = [
  listMailboxes,
  findMailbox,
  showMailbox,
  addMailbox,
  setMailbox,
  removeMailbox,
  passwordOfMailbox,
  choosePrimaryAddress,
  listShares,
  shareMailbox,
  unshareMailbox,
  listFolderShares,
  shareFolder,
  unshareFolder,
] as const;
