/** `gatepost mailbox folder`: the folders of a mailbox. */
import {
  addFolder,
  emptyFolder,
  listFolders,
  readFolder,
  removeFolder,
  setFolder,
} from "../administration/mail/folders.ts";
import { type Action, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

interface Act {
  /** What may be said with it, and means something. */
  readonly options: readonly string[];
  readonly perform: (context: Context, id: number, folder: string) => Promise<void>;
}

/** What is done to one folder, by the word for it. */
const ACTS: Readonly<Record<string, Act>> = {
  add: {
    options: ["role", "colour"],
    perform: async (context, id, name) => {
      const [role, colour] = [textOf(context.values, "role"), textOf(context.values, "colour")];
      const wish = { id, name, ...(role !== undefined && { role }), ...(colour !== undefined && { colour }) };
      printOne(context, await context.perform(addFolder, wish as Parameters<typeof addFolder.run>[1]));
    },
  },
  set: {
    options: ["name", "role", "colour", "subscribed", "unsubscribed"],
    perform: async (context, id, folder) => {
      const { values } = context;
      const [name, role, colour] = [textOf(values, "name"), textOf(values, "role"), textOf(values, "colour")];
      const change = {
        ...(name !== undefined && { name }),
        ...(role !== undefined && { role: role === "none" ? "" : role }),
        ...(colour !== undefined && { colour: colour === "none" ? ("" as const) : colour }),
        ...(values.subscribed === true && { subscribed: true }),
        ...(values.unsubscribed === true && { subscribed: false }),
      };
      if (Object.keys(change).length === 0) throw new UsageError("Say what is to change: --name, --role, --colour, …");
      printOne(
        context,
        await context.perform(setFolder, { id, folder, ...change } as Parameters<typeof setFolder.run>[1]),
      );
    },
  },
  remove: {
    options: [],
    perform: async (context, id, folder) => printOne(context, await context.perform(removeFolder, { id, folder })),
  },
  empty: {
    options: [],
    perform: async (context, id, folder) => printOne(context, await context.perform(emptyFolder, { id, folder })),
  },
  read: {
    options: [],
    perform: async (context, id, folder) => printOne(context, await context.perform(readFolder, { id, folder })),
  },
};

const OPTIONS = {
  name: { type: "string" },
  role: { type: "string" },
  colour: { type: "string" },
  subscribed: { type: "boolean" },
  unsubscribed: { type: "boolean" },
} as const;

export const mailboxFolder: Action = {
  usage:
    "list|add|set|remove|empty|read MAILBOX [FOLDER] [--name NAME] [--role ROLE] [--colour COLOUR] [--subscribed|--unsubscribed]",
  summary:
    "Lists the folders, makes one, renames one or changes its role, moves one to the trash, deletes all its messages, or marks them as read.",
  options: OPTIONS,
  arity: [2, 3],
  performs: [listFolders, addFolder, setFolder, removeFolder, emptyFolder, readFolder],
  run: async (context) => {
    const [what = "", mailbox = "", folder = ""] = context.args;
    const id = await mailboxNamed(context, mailbox);
    const act = Object.hasOwn(ACTS, what) ? ACTS[what] : undefined;
    if (what !== "list" && act === undefined)
      throw new UsageError("Say what to do: list, add, set, remove, empty or read.");
    if ((act === undefined) !== (folder === ""))
      throw new UsageError(act ? "Name the folder." : "That is one word too many.");
    const surplus = Object.keys(OPTIONS).find((name) => name in context.values && !act?.options.includes(name));
    if (surplus !== undefined) throw new UsageError(`--${surplus} means nothing with ${what}.`);
    if (act !== undefined) return await act.perform(context, id, folder);
    const { folders } = await context.perform(listFolders, { id });
    printRows(context, folders, ["name", "role", "messages", "unseen", "size", "subscribed", "colour"]);
  },
};
