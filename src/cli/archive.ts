/** `gatepost mailbox archive`: what expired mail became, and back with it. */
import { listArchive, restoreArchive, searchArchive } from "../administration/mail/archive.ts";
import { Refusal } from "../refusal.ts";
import { type Action, type Context, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

/** The folder that `--folder` names: its number, or where its messages came from. */
async function folderFrom(context: Context, id: number): Promise<number | undefined> {
  const word = textOf(context.values, "folder");
  if (word === undefined) return undefined;
  const { folders } = await context.perform(listArchive, { id });
  const called = folders.find(({ folder, name }) => word === String(folder) || word === name);
  const from = folders.filter(({ original }) => original === word);
  // What lay in the archive itself came from INBOX as well: whichever of the two has messages is meant.
  const found = called ?? from.find(({ messages }) => messages > 0) ?? from[0];
  if (found === undefined) throw new Refusal("notFound", `The archive has no folder “${word}”.`);
  return found.folder;
}

async function search(context: Context, id: number, words: readonly string[]): Promise<void> {
  const folder = await folderFrom(context, id);
  const { messages, more } = await context.perform(searchArchive, {
    id,
    text: words.join(" "),
    from: textOf(context.values, "from") ?? "",
    ...(textOf(context.values, "since") !== undefined && { since: textOf(context.values, "since") }),
    ...(folder !== undefined && { folder }),
  });
  printRows(context, messages, ["folder", "uid", "original", "at", "from", "subject", "size"]);
  if (more && !context.json) context.out("There are more than these: look for more words.");
}

async function restore(context: Context, id: number): Promise<void> {
  const folder = await folderFrom(context, id);
  if (folder === undefined) throw new UsageError("Say which folder of the archive is meant: --folder NAME.");
  const uids = textsOf(context.values, "uid").map(Number);
  if (uids.some((uid) => !Number.isSafeInteger(uid) || uid < 1)) throw new UsageError("A UID is a number.");
  const done = await context.perform(restoreArchive, { id, folder, ...(uids.length > 0 && { uids }) });
  if (context.json) printOne(context, done);
  else context.out(`Restored ${done.restored} to ${done.name}.`);
}

export const mailboxArchive: Action = {
  usage: "list|search|restore MAILBOX [TEXT…] [--folder NAME] [--from S] [--since DATE] [--uid N]…",
  summary:
    "Lists the archive's folders, looks for messages in it, or moves a folder or some messages back to where they were.",
  options: {
    folder: { type: "string" },
    from: { type: "string" },
    since: { type: "string" },
    uid: { type: "string", multiple: true },
  },
  arity: [2, 50],
  performs: [listArchive, searchArchive, restoreArchive],
  run: async (context) => {
    const [what = "", name = "", ...words] = context.args;
    const id = await mailboxNamed(context, name);
    if (what === "search") return await search(context, id, words);
    if (words.length > 0) throw new UsageError(`“${words[0]}” is one word too many.`);
    if (what === "restore") return await restore(context, id);
    if (what !== "list") throw new UsageError("Say what to do with the archive: list, search or restore.");
    const { folders } = await context.perform(listArchive, { id });
    printRows(context, folders, ["folder", "original", "messages", "size"]);
  },
};
