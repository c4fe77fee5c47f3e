/** Rights on single folders (RFC 4314), beside the sharing of whole mailboxes: the same people change both. */
import { z } from "zod";
import { FolderRights } from "../../auth/folder-rights.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import { grantWithin } from "./granting.ts";
import { mayChange, reached } from "./mailbox-rules.ts";
import { folderShare, folderSharesOf } from "./mailbox-view.ts";
import { PRESET_NAMES, rightsOf } from "./rights.ts";
import { userNamed } from "./shares.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const folder = z.string().min(1, "Name the folder.").max(1_000).describe("The folder's name in its mailbox.");
const name = z
  .string()
  .trim()
  .min(1, "Name the user by the login name.")
  .max(513)
  .describe("A login name, or anyone; with - before it for rights that are withheld.");
const folderShares = z.object({ folderShares: z.array(folderShare) });

export const listFolderShares = operation({
  name: "mailbox.folderShares",
  summary: "Lists the folders of a mailbox that have rights of their own, and which.",
  http: "GET /mailboxes/{id}/folder-shares",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: folderShares,
  run(context, { id }) {
    const { standing } = reached(context, id, "mail:read");
    return { folderShares: folderSharesOf(context, id, standing) };
  },
});

export const shareFolder = operation({
  name: "mailbox.shareFolder",
  summary:
    "Gives a user, or anyone, rights in one folder; what he has in the whole mailbox does not hold there any more.",
  http: "PUT /mailboxes/{id}/folder-shares",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    ...{ id, folder, name },
    rights: z
      .string()
      .max(20)
      .describe(`Letters of RFC 4314, ${PRESET_NAMES.join(", ")}, or none.`),
  }),
  output: folderShares,
  run(context, { id, folder, name, rights: text }) {
    const rights = text.trim() === "none" ? "" : rightsOf(text);
    if (rights === undefined)
      throw new Refusal("invalid", `Rights are ${PRESET_NAMES.join(", ")}, none, or letters of lrswipkxtea.`);
    return changed(context, id, folder, name, rights);
  },
});

export const unshareFolder = operation({
  name: "mailbox.unshareFolder",
  summary: "Lets what somebody may in the whole mailbox hold for him in a folder again.",
  http: "DELETE /mailboxes/{id}/folder-shares",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id, folder, name }),
  output: folderShares,
  run: (context, { id, folder, name }) => changed(context, id, folder, name, undefined),
});

async function changed(context: Context, id: number, name: string, who: string, rights: string | undefined) {
  const { directory, mailstore } = context;
  return await context.commit((tx, note) => {
    const { owner, standing } = reached(context, id, "mail:write");
    mayChange(context, owner, standing, "sharing");
    const folder = mailstore.folder(id, name);
    if (folder === undefined) throw new Refusal("notFound", `There is no folder “${name.slice(0, 100)}”.`);
    const negative = who.startsWith("-");
    const user = userNamed(context, negative ? who.slice(1) : who, standing);
    const book = new FolderRights(directory, mailstore);
    grantWithin(tx, note, { directory, rights: book, folder }, { user: user.id, negative }, () => rights);
    return { folderShares: folderSharesOf(context, id, standing) };
  });
}
