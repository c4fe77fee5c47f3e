/** Mail that comes into a mailbox from a file, and goes out of it in one. What lies in somebody's mailbox only he takes out, or whoever holds the data folder. */
import { open } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { EXPORT_FORMATS } from "../../mailstore/exchange/formats.ts";
import type { Folder } from "../../mailstore/folders.ts";
import { Refusal } from "../../refusal.ts";
import { transportSettings } from "../../transport/settings.ts";
import { reachedMailbox } from "../may.ts";
import { type Context, operation } from "../operation.ts";

const id = z.number().int().min(1).describe("The mailbox's number.");
const ELSEWHERE = "Files are brought with a browser, or named by whoever is at this machine.";
const path = z.string().min(1).max(4_000);

const progress = z.object({
  called: z.string(),
  folder: z.string(),
  state: z.enum(["running", "done", "stopped", "failed"]),
  size: z.number().int().describe("Octets of the file."),
  read: z.number().int().describe("Octets of it that were read so far."),
  messages: z.number().int().describe("Messages that are in the mailbox now."),
  leftOut: z.number().int().describe("What is no message, or too large for one."),
  error: z.string().nullable(),
});
export type ImportView = z.output<typeof progress>;

export const importMail = operation({
  name: "mailbox.import",
  summary:
    "Puts the mail in a file (mbox, EML, ZIP of those or of a Maildir) into a folder, and into others below as the file says.",
  http: "POST /mailboxes/{id}/import",
  scope: "self:write",
  notByToken: ELSEWHERE,
  who: "user",
  input: z.strictObject({
    id,
    folder: z.string().min(1).max(1_000).default("INBOX"),
    kept: z.string().max(40).optional().describe("A file that a browser brought, by the name it was given."),
    file: path.optional().describe("A file of this machine, by its whole path."),
    called: z.string().max(255).default(""),
    wait: z.boolean().default(false).describe("Answer when it has ended."),
  }),
  output: progress,
  async run(context, { id, folder, kept, file, called, wait }) {
    const subject = ownMailbox(context, id);
    const exchange = await context.mailstore.exchange();
    const { maxMessageSize } = context.store.settings.get(transportSettings);
    const from = kept === undefined ? { path: ofThisMachine(context, file) } : { kept };
    const importing = await exchange.start(
      { mailbox: id, folder, called: called || (file ?? "") },
      from,
      maxMessageSize,
    );
    await context.record({ subject, after: { imports: called || (file ?? ""), into: folder, at: context.now() } });
    if (wait) await importing.ended;
    return view(importing.progress);
  },
});

export const showImport = operation({
  name: "mailbox.importProgress",
  summary: "Shows how the latest import into a mailbox stands.",
  http: "GET /mailboxes/{id}/import",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({ import: progress.nullable() }),
  async run(context, { id }) {
    ownMailbox(context, id);
    const found = (await context.mailstore.exchange()).progress(id);
    return { import: found === undefined ? null : view(found) };
  },
});

export const stopImport = operation({
  name: "mailbox.importStop",
  summary: "Ends an import; what was taken stays.",
  http: "DELETE /mailboxes/{id}/import",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    const subject = ownMailbox(context, id);
    (await context.mailstore.exchange()).stop(id);
    await context.record({ subject, after: { stoppedImport: context.now() } });
    return {};
  },
});

export const exportFormat = z.enum(EXPORT_FORMATS).describe("An mbox a folder, a Maildir, or a file a message.");

export const exportMail = operation({
  name: "mailbox.export",
  summary: "Writes the mail of a mailbox, or of one folder, into a file of this machine.",
  http: "GET /mailboxes/{id}/export",
  scope: "self:read",
  notByToken: ELSEWHERE,
  who: "user",
  input: z.strictObject({
    id,
    folder: z.string().max(1_000).optional(),
    format: exportFormat.default("mbox"),
    file: path,
  }),
  output: z.object({ octets: z.number().int(), folders: z.number().int() }),
  async run(context, { id, folder, format, file }) {
    ownMailbox(context, id);
    const folders = exportedFolders(context, id, folder);
    const { exported } = await import("../../mailstore/exchange/exporting.ts");
    const target = await open(ofThisMachine(context, file), "wx", 0o600).catch(() => {
      throw new Refusal(
        "invalid",
        "That file cannot be written here, or there is one already. Give another whole path.",
      );
    });
    let octets = 0;
    try {
      for await (const piece of exported(context, folders, format)) {
        for (let at = 0; at < piece.length; ) at += (await target.write(piece, at, piece.length - at)).bytesWritten;
        octets += piece.length;
        if (context.store.turns.over) await context.store.turns.next();
      }
    } finally {
      await target.close();
    }
    return { octets, folders: folders.length };
  },
});

/** The folders of an export: one, or all. @throws Refusal "notFound" */
export function exportedFolders(
  { mailstore }: Pick<Context, "mailstore">,
  id: number,
  name: string | undefined,
): Folder[] {
  const all = mailstore.folders(id);
  const found = name === undefined ? all : all.filter((folder) => folder.name === name);
  if (found.length === 0) throw new Refusal("notFound", `The mailbox has no folder “${name}”.`);
  return found;
}

/** The mailbox for the log. @throws Refusal "notPermitted" where it is somebody else's */
function ownMailbox(context: Context, id: number): string {
  const { owner } = reachedMailbox(context, id);
  if (context.actor.user !== undefined && context.actor.user.id !== owner.id)
    throw new Refusal("notPermitted", "Mail is imported and exported only by the owner of the mailbox.");
  return `mailbox ${id} of ${owner.login}`;
}

/** Files of the machine are not for those who only reach its pages. @throws Refusal "notPermitted", "invalid" */
function ofThisMachine({ actor }: Context, file: string | undefined): string {
  if (actor.kind !== "console") throw new Refusal("notPermitted", ELSEWHERE);
  if (file === undefined || !isAbsolute(file)) throw new Refusal("invalid", "Give the whole path of the file.");
  return file;
}

const view = ({ error, ...rest }: Omit<ImportView, "error"> & { readonly error: string | undefined }): ImportView => ({
  ...rest,
  error: error ?? null,
});

export const mailFileOperations = [importMail, showImport, stopImport, exportMail] as const;
