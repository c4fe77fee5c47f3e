/**
 * The folders of a mailbox: making, naming, colouring, emptying and deleting them. Whoever looks after a mailbox, and its owner, may
 * everything; somebody else what he was given in the folder (RFC 4314 §4), as with a mail program.
 *
 * What is deleted goes to the trash with everything in it, and from there for good.
 */
import { z } from "zod";
import { FolderRights, type Holder, type Right } from "../../auth/folder-rights.ts";
import { COLOURS, type Colour } from "../../mailstore/colours.ts";
import { SEEN } from "../../mailstore/flags.ts";
import type { Folder } from "../../mailstore/folders.ts";
import { folderName, parentsOf, SEPARATOR, specialUses } from "../../mailstore/names.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { reached } from "./mailbox-rules.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const folder = z.string().min(1, "Name the folder.").max(1_000).describe("The folder's name in its mailbox.");
const role = z
  .enum(["", ...specialUses])
  .describe("What it is for (RFC 6154), one folder each; empty for nothing in particular.");
const colour = z.enum(["", ...COLOURS]).describe("How it is shown to whoever asks; empty for no colour.");

const folderView = z.object({
  folder: z.number().int().describe("The folder's number."),
  name: z.string(),
  role: z.string().nullable(),
  subscribed: z.boolean().describe("Programs show it."),
  colour: z.enum(COLOURS).nullable(),
  messages: z.number().int(),
  unseen: z.number().int(),
  size: z.number().int().describe("Octets."),
  rights: z.string().describe("RFC 4314 rights of whoever asks."),
});
export type FolderView = z.output<typeof folderView>;

/** A mailbox, and as whom the actor works in it. */
interface Ground {
  readonly id: number;
  readonly subject: string;
  readonly holder: Holder;
  readonly rights: FolderRights;
}

const ACTS: Readonly<Partial<Record<Right, string>>> = {
  k: "make folders",
  x: "rename or delete folders",
  t: "delete messages",
  e: "delete messages for good",
  s: "mark messages as read",
};

/** @throws Refusal "notPermitted", "notFound" where the mailbox is none of the actor's business */
function groundOf(context: Context, id: number, scope: "mail:read" | "mail:write"): Ground {
  const rights = new FolderRights(context.directory, context.mailstore);
  const guest = { user: context.actor.user?.id ?? 0 };
  const mailbox = context.directory.mailboxes.byId(id);
  const shared = mailbox !== undefined && mailbox.ownerId !== guest.user;
  if (shared && rights.inMailbox(guest, id).some((one) => one.rights.includes("l"))) {
    return { id, subject: subjectOfMailbox(context, mailbox), holder: guest, rights };
  }
  const { mailbox: own, owner } = reached(context, id, scope);
  return { id, subject: subjectOfMailbox(context, own), holder: { user: owner.id }, rights };
}

/** A folder that the actor may see, and in which he has these rights. @throws Refusal "notFound", "notPermitted" */
function folderIn({ mailstore }: Context, ground: Ground, name: string, ...needed: readonly Right[]): Folder {
  const found = mailstore.folder(ground.id, name);
  const held = found === undefined ? "" : ground.rights.of(ground.holder, found);
  if (found === undefined || !held.includes("l"))
    throw new Refusal("notFound", `There is no folder “${name.slice(0, 100)}”.`);
  const missing = needed.find((right) => !held.includes(right));
  if (missing === undefined) return found;
  throw new Refusal("notPermitted", `You may not ${ACTS[missing] ?? "do this"} in this folder.`);
}

/** A name that a folder may get where the actor may make folders (RFC 4314 §4, CREATE and RENAME). @throws Refusal */
function freeName({ mailstore }: Context, { id, holder, rights }: Ground, name: string): string {
  const wanted = folderName(name.trim());
  const above = parentsOf(wanted).findLast((level) => mailstore.folder(id, level) !== undefined);
  const parent = above === undefined ? undefined : mailstore.folder(id, above);
  const held = parent === undefined ? rights.onMailbox(holder, id) : rights.of(holder, parent);
  if (!held.includes("k")) throw new Refusal("notPermitted", "You may not make folders there.");
  return wanted;
}

const isOwner = (ground: Ground) =>
  ground.rights.isOwner({ id: 0, mailboxId: ground.id }, { ...ground.holder, negative: false });

/** Subscriptions and special uses are told to the owner's programs alone. @throws Refusal "notPermitted" */
function requireOwner(ground: Ground): void {
  if (!isOwner(ground)) throw new Refusal("notPermitted", "Only the owner of the mailbox may change this.");
}

/** @param known what is asked once for many folders: the holder's colours, and his rights in this one */
function viewOf(
  { mailstore }: Context,
  { holder, rights }: Ground,
  found: Folder,
  known = { colours: mailstore.colours.of(holder.user), rights: rights.of(holder, found) },
): FolderView {
  const { id, name, specialUse, subscribed, exists, size } = found;
  return {
    ...{ folder: id, name, role: specialUse ?? null, subscribed, messages: exists, size },
    colour: known.colours.get(id) ?? null,
    unseen: mailstore.unseen(found, rights.reader(holder, found.mailboxId)),
    rights: known.rights,
  };
}

export const listFolders = operation({
  name: "folder.list",
  summary: "Lists the folders of a mailbox.",
  http: "GET /mailboxes/{id}/folders",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ folders: z.array(folderView) }),
  run(context, { id }) {
    const ground = groundOf(context, id, "mail:read");
    const seen = ground.rights.inMailbox(ground.holder, id).filter(({ rights }) => rights.includes("l"));
    const colours = context.mailstore.colours.of(ground.holder.user);
    return { folders: seen.map(({ folder, rights }) => viewOf(context, ground, folder, { colours, rights })) };
  },
});

export const addFolder = operation({
  name: "folder.add",
  summary: "Makes a folder, and those above it that there are not yet. Programs show it from the beginning.",
  http: "POST /mailboxes/{id}/folders",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, name: folder, role: role.default(""), colour: colour.default("") }),
  output: folderView,
  async run(context, { id, name, role, colour }) {
    const made = await context.commit((tx, note) => {
      const ground = groundOf(context, id, "mail:write");
      if (role !== "") requireOwner(ground);
      const wanted = freeName(context, ground, name);
      const made = context.mailstore.createFolderWithin(tx, id, wanted, { ...(role !== "" && { specialUse: role }) });
      if (colour !== "") context.mailstore.colours.setWithin(tx, ground.holder.user, made.id, colour as Colour);
      note({ subject: ground.subject, after: { folder: made.name, ...(role !== "" && { role }) } });
      return made;
    });
    const ground = groundOf(context, id, "mail:write");
    if (isOwner(ground)) await context.mailstore.subscribe(id, made.name, true);
    return viewOf(context, ground, context.mailstore.folderById(made.id) ?? made);
  },
});

export const setFolder = operation({
  name: "folder.set",
  summary:
    "Renames or moves a folder with those below it, or changes what it is for, whether programs show it, and its colour.",
  http: "PATCH /mailboxes/{id}/folders",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    ...{ id, folder },
    name: folder.optional().describe("Its new name, with those of the folders above it."),
    role: role.optional(),
    subscribed: z.boolean().optional(),
    colour: colour.optional(),
  }),
  output: folderView,
  async run(context, { id, folder, name, role, subscribed, colour }) {
    const { mailstore } = context;
    const ground = groundOf(context, id, "mail:write");
    const before = folderIn(context, ground, folder);
    if (role !== undefined || subscribed !== undefined) requireOwner(ground);
    if (name !== undefined && folderName(name.trim()) !== before.name) {
      await renameTo(context, ground, before.name, name);
    }
    const now = mailstore.folderById(before.id) ?? before;
    if (role !== undefined && role !== (now.specialUse ?? "")) await giveRole(context, ground, now, role);
    if (subscribed !== undefined && subscribed !== now.subscribed) {
      await mailstore.subscribe(id, now.name, subscribed);
      await context.record({
        subject: ground.subject,
        before: { folder: now.name },
        after: { folder: now.name, subscribed },
      });
    }
    // Of somebody's own view of a folder the log keeps nothing.
    if (colour !== undefined) {
      await context.commit((tx) => mailstore.colours.setWithin(tx, ground.holder.user, now.id, colour as Colour | ""));
    }
    return viewOf(context, ground, mailstore.folderById(now.id) ?? now);
  },
});

async function renameTo(context: Context, ground: Ground, from: string, to: string): Promise<void> {
  const { mailstore } = context;
  if (from === "INBOX") throw new Refusal("notPermitted", "The inbox keeps its name and its place.");
  folderIn(context, ground, from, "x");
  const wanted = freeName(context, ground, to);
  await mailstore.renameFolder(ground.id, from, wanted);
  await context.record({ subject: ground.subject, before: { folder: from }, after: { folder: wanted } });
}

/** Gives a role, which the folder loses that had it. */
async function giveRole(context: Context, ground: Ground, to: Folder, role: string): Promise<void> {
  if (to.name === "INBOX") throw new Refusal("notPermitted", "The inbox is what it is.");
  await context.commit((tx, note) => {
    const { mailstore } = context;
    const other = role === "" ? undefined : mailstore.folders(ground.id).find((one) => one.specialUse === role);
    if (other !== undefined) mailstore.assignWithin(tx, other, undefined);
    mailstore.assignWithin(tx, to, role === "" ? undefined : role);
    const before = { folder: to.name, role: to.specialUse ?? "" };
    note({ subject: ground.subject, before, after: { folder: to.name, role } });
  });
}

const isIn = (name: string, above: string) => name.startsWith(`${above}${SEPARATOR}`);

export const removeFolder = operation({
  name: "folder.remove",
  summary:
    "Moves a folder into the trash with those below it; an empty one, or one that is in the trash, is deleted for good.",
  http: "DELETE /mailboxes/{id}/folders",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, folder }),
  output: z.object({ movedTo: z.string().nullable().describe("Its name in the trash; null where it is gone.") }),
  async run(context, { id, folder }) {
    const { mailstore } = context;
    const ground = groundOf(context, id, "mail:write");
    const found = folderIn(context, ground, folder, "x");
    if (found.name === "INBOX" || found.specialUse !== undefined)
      throw new Refusal("notPermitted", "A folder with a role stays. Give the role to another folder first.");
    const below = mailstore.folders(id).filter(({ name }) => isIn(name, found.name));
    if (below.some((one) => one.specialUse !== undefined))
      throw new Refusal("notPermitted", "A folder below this one has a role. Give that to another folder first.");
    const trash = mailstore.folders(id).find((one) => one.specialUse === "Trash");
    const empty = [found, ...below].every(({ exists }) => exists === 0);
    if (trash === undefined || empty || isIn(found.name, trash.name)) {
      for (const one of below) folderIn(context, ground, one.name, "x");
      for (const one of [...below, found]) {
        await mailstore.deleteFolder(id, one.name);
        // Programs that show what they are subscribed to would show a folder that is not there.
        if (isOwner(ground)) await mailstore.subscribe(id, one.name, false);
      }
      await context.record({ subject: ground.subject, before: { folder: found.name } });
      return { movedTo: null };
    }
    if (!ground.rights.of(ground.holder, trash).includes("k"))
      throw new Refusal(
        "notPermitted",
        "The folder would go to the trash of this mailbox, where you may not make folders. Empty it first.",
      );
    const movedTo = freeInTrash(context, id, `${trash.name}${SEPARATOR}${found.name.split(SEPARATOR).at(-1)}`);
    await renameTo(context, ground, found.name, movedTo);
    return { movedTo };
  },
});

/** A name in the trash that nothing has. */
function freeInTrash({ mailstore }: Context, id: number, name: string): string {
  let free = name;
  for (let number = 2; mailstore.folder(id, free) !== undefined; number++) free = `${name} (${number})`;
  return free;
}

export const emptyFolder = operation({
  name: "folder.empty",
  summary: "Deletes all messages of a folder for good; of the trash also the folders in it.",
  http: "POST /mailboxes/{id}/folders/empty",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, folder }),
  output: z.object({ deleted: z.number().int().describe("Messages.") }),
  async run(context, { id, folder }) {
    const { mailstore } = context;
    const ground = groundOf(context, id, "mail:write");
    const found = folderIn(context, ground, folder, "t", "e");
    const inTrash = found.specialUse === "Trash";
    const below = inTrash ? mailstore.folders(id).filter(({ name }) => isIn(name, found.name)) : [];
    for (const one of below) folderIn(context, ground, one.name, "x");
    let deleted = 0;
    for (const one of below) {
      await mailstore.deleteFolder(id, one.name);
      deleted += one.exists;
    }
    const view = await mailstore.open(found.id);
    const uids = [...view.uids];
    view.close();
    deleted += (await mailstore.expunge(found.id, uids)).length;
    await context.record({ subject: ground.subject, before: { folder: found.name, messages: deleted } });
    return { deleted };
  },
});

export const readFolder = operation({
  name: "folder.read",
  summary: "Marks all messages of a folder as read.",
  http: "POST /mailboxes/{id}/folders/read",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, folder }),
  output: z.object({ marked: z.number().int().describe("Messages that were unread.") }),
  async run(context, { id, folder }) {
    const { mailstore } = context;
    const ground = groundOf(context, id, "mail:write");
    const found = folderIn(context, ground, folder, "r", "s");
    const reader = ground.rights.reader(ground.holder, id);
    const view = await mailstore.open(found.id, reader);
    const unread = [...view.uids].filter((_, index) => (view.systemAt(index) & SEEN) === 0);
    view.close();
    const change = { mode: "add", flags: { system: SEEN } } as const;
    await mailstore.setFlags(found.id, unread, change, { ...(reader !== undefined && { reader }) });
    if (unread.length > 0)
      await context.record({ subject: ground.subject, after: { folder: found.name, read: unread.length } });
    return { marked: unread.length };
  },
});

export const folderOperations = [listFolders, addFolder, setFolder, removeFolder, emptyFolder, readFolder];
