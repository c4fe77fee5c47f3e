/** `gatepost mailbox`: addressable stores of mail, and their folders. */

import { type Mailbox, mailboxPatchSchema } from "../directory/mailbox.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

/**
 * The mailbox that a word names: its number, its user's login name (the primary one), or an address of it.
 * @throws Refusal "notFound"
 */
export function mailboxNamed({ appliance: { directory } }: Context, word: string): Mailbox {
  if (/^\d+$/.test(word)) return directory.mailboxes.require(Number(word));
  const user = directory.users.get(word);
  if (user !== undefined && user.primaryMailbox !== 0) return directory.mailboxes.require(user.primaryMailbox);
  const resolution = directory.resolve(word);
  const id = resolution.kind === "local" ? resolution.mailboxes[0] : undefined;
  if (id === undefined) throw new Refusal("notFound", `There is no user, mailbox or address “${word}” here.`);
  return directory.mailboxes.require(id);
}

const found = (context: Context): Mailbox => mailboxNamed(context, context.args[0] ?? "");

function row(context: Context, mailbox: Mailbox): Record<string, unknown> {
  const { directory, mailstore } = context.appliance;
  const folders = mailstore.folders(mailbox.id);
  return {
    id: mailbox.id,
    owner: directory.users.byId(mailbox.ownerId)?.login,
    description: mailbox.description,
    addresses: directory.aliases.list({ mailboxId: mailbox.id }).map((alias) => alias.address),
    messages: folders.reduce((sum, folder) => sum + folder.exists, 0),
    size: folders.reduce((sum, folder) => sum + folder.size, 0),
  };
}

export const mailbox = {
  name: "mailbox",
  summary: "Mailboxes and their folders. MAILBOX is a number, a user's login name or an address.",
  actions: {
    add: {
      usage: "OWNER [--description S]",
      summary: "Creates a secondary mailbox for a user.",
      options: { description: { type: "string" } },
      arity: [1, 1],
      run: async (context) => {
        const { directory } = context.appliance;
        const owner = directory.users.require(context.args[0] ?? "");
        const description = textOf(context.values, "description");
        const made = await directory.mailboxes.create({ ownerId: owner.id, ...(description && { description }) });
        if (context.json) printOne(context, row(context, made));
        else context.out(`Created mailbox ${made.id}`);
      },
    },
    set: {
      usage: "MAILBOX PROPERTY=VALUE…",
      summary: "Changes properties.",
      properties: Object.keys(mailboxPatchSchema.shape),
      arity: [2, 100],
      run: async (context) => {
        const patch = patchFrom(mailboxPatchSchema, assignments(context.args.slice(1)));
        await context.appliance.directory.mailboxes.update(found(context).id, patch);
      },
    },
    list: {
      usage: "",
      summary: "Lists the mailboxes.",
      arity: [0, 0],
      run: (context) => {
        const rows = context.appliance.directory.mailboxes.list().map((entry) => row(context, entry));
        printRows(context, rows, ["id", "owner", "description", "addresses", "messages", "size"]);
      },
    },
    show: {
      usage: "MAILBOX",
      summary: "Shows a mailbox and its folders.",
      arity: [1, 1],
      run: (context) => {
        const one = found(context);
        const folders = context.appliance.mailstore.folders(one.id);
        if (context.json) return printOne(context, { ...row(context, one), ...one, folders });
        printOne(context, row(context, one));
        context.out("");
        printRows(
          context,
          folders.map((folder) => ({ ...folder })),
          ["name", "exists", "unseen", "size", "specialUse"],
        );
      },
    },
    remove: {
      usage: "MAILBOX",
      summary: "Removes a secondary mailbox with all its mail.",
      arity: [1, 1],
      run: async (context) => {
        await context.appliance.directory.mailboxes.remove(found(context).id);
      },
    },
  },
} satisfies Command;
