/**
 * The archive of a mailbox, to which old mail goes: what is there, looking for a message, and back with it to where it was. What
 * messages say only the owner finds, and whoever holds the data folder; those who look after him see how many there are, and restore.
 */
import { z } from "zod";
import type { ArchiveFind } from "../../mailstore/archive.ts";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
import { moment, textOfTime, timeText } from "../values.ts";
import { reached } from "./mailbox-rules.ts";
import { subjectOfMailbox } from "./mailbox-view.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const folder = z.number().int().min(1).describe("A folder of the archive, by its number.");

const archiveFolder = z.object({
  folder,
  name: z.string(),
  original: z.string().describe("Where its messages came from, and are restored to."),
  messages: z.number().int(),
  size: z.number().int().describe("Octets."),
});

const foundMessage = z.object({
  folder,
  original: z.string(),
  uid: z.number().int(),
  at: timeText.describe("When the message arrived."),
  from: z.string(),
  subject: z.string(),
  size: z.number().int(),
});
export type FoundMessage = z.output<typeof foundMessage>;

/** Messages one search gives, and those it looks at where it must look for more than a text. */
const MOST_FOUND = 200;
const MOST_LOOKED_AT = 2_000;
const MOST_RESTORED = 10_000;

export const listArchive = operation({
  name: "archive.list",
  summary: "Lists the folders of a mailbox's archive.",
  http: "GET /mailboxes/{id}/archive",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ folders: z.array(archiveFolder) }),
  run(context, { id }) {
    reached(context, id, "mail:read");
    return { folders: context.mailstore.archive.folders(id) };
  },
});

export const searchArchive = operation({
  name: "archive.search",
  summary: "Looks for messages in one's own archive: by a text anywhere in them, the sender, and the day of arrival.",
  http: "GET /mailboxes/{id}/archive/messages",
  scope: "self:read",
  who: "user",
  input: z.strictObject({
    id,
    text: z.string().max(500).default(""),
    from: z.string().trim().max(320).default("").describe("Part of the sender, as lists show him."),
    since: moment.optional(),
    folder: z.coerce.number().int().min(1).optional(),
  }),
  output: z.object({ messages: z.array(foundMessage), more: z.boolean().describe("There are more than these.") }),
  async run(context, { id, text, from, since, folder }) {
    const { owner } = reached(context, id, "mail:read");
    const { actor, mailstore } = context;
    if (actor.kind === "user" && owner.id !== actor.user?.id)
      throw new Refusal("notPermitted", "What lies in somebody's archive only the owner reads.");
    const narrow = from !== "" || since !== undefined;
    const limit = narrow ? MOST_LOOKED_AT : MOST_FOUND;
    // The sender stands in the text that is searched.
    const { found, more } = await mailstore.archive.search(id, text.trim() || from, {
      limit,
      ...(folder !== undefined && { folder }),
    });
    const wanted = found.filter((one) => isWanted(one, from, since));
    const messages = wanted.map(messageOf).sort((one, two) => (one.at < two.at ? 1 : -1));
    return { messages: messages.slice(0, MOST_FOUND), more: more || messages.length > MOST_FOUND };
  },
});

export const restoreArchive = operation({
  name: "archive.restore",
  summary: "Moves messages of an archive, or a whole folder of it, back to where they were.",
  http: "POST /mailboxes/{id}/archive/restore",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    id,
    folder,
    uids: z
      .array(z.number().int().min(1))
      .min(1)
      .max(MOST_RESTORED)
      .optional()
      .describe("Missing: all messages of the folder."),
  }),
  output: z.object({ restored: z.number().int(), name: z.string().describe("The folder they are in now.") }),
  async run(context, { id, folder, uids }) {
    const { mailbox } = reached(context, id, "mail:write");
    const what = { folder, ...(uids !== undefined && { uids }) };
    const { restored, name } = await context.mailstore.archive.restore(id, what);
    if (restored > 0) {
      const subject = `archive of ${subjectOfMailbox(context, mailbox)}`;
      await context.record({ subject, after: { restored, to: name } });
    }
    return { restored, name };
  },
});

function isWanted({ listing, internalDate }: ArchiveFind, from: string, since: number | undefined): boolean {
  if (since !== undefined && internalDate < since) return false;
  return from === "" || (listing?.sender ?? "").toLowerCase().includes(from.toLowerCase());
}

function messageOf({ folder, original, uid, internalDate, size, listing }: ArchiveFind): FoundMessage {
  const { sender = "", subject = "" } = listing ?? {};
  return { folder, original, uid, at: textOfTime(internalDate), from: sender, subject, size };
}

export const archiveOperations = [listArchive, searchArchive, restoreArchive] as const;
