/** The archive of an own mailbox: its folders, a search across all of them, and back with what was found. */
import type { Hono } from "hono";
import { z } from "zod";
import { ArchiveView } from "../../../../views/webmail/options-archive.tsx";
import { folderName } from "../../../../views/words/folders.ts";
import { allOf } from "../../../../views/words/lists.ts";
import { t, tn } from "../../../../views/words/words.ts";
import { type FoundMessage, listArchive, restoreArchive, searchArchive } from "../../../administration/mail/archive.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { asked, posted, whole } from "../../form.ts";
import { addressOf } from "../listing.ts";
import { oneLine } from "../names.ts";
import { folderHref } from "../rail.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

const searchQuery = z.object({
  q: z
    .string()
    .default("")
    .transform((text) => text.trim().slice(0, 500)),
  from: z
    .string()
    .default("")
    .transform((text) => text.trim().slice(0, 320)),
  since: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .or(z.literal(""))
    .catch(""),
});

const place = z.string().regex(/^\d{1,15}\.\d{1,15}$/);
const restoreForm = z.strictObject({
  folder: z.coerce.number().int().min(1).optional(),
  message: z.union([place.transform((one) => [one]), z.array(place).max(1_000)]).default([]),
});

const AT = "/:mailbox{\\d+}";
const FIRST = { page: 1, query: "" };

export function archivePages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  app.get(`${AT}/archive`, asked(searchQuery), async (c) => {
    const { frame, head } = await placeOf(c, "archive");
    const { q: text, from, since } = c.req.valid("query");
    const isSearch = text !== "" || from !== "" || since !== "";
    const { id } = head;
    const { folders } = await office.perform(c, listArchive, { id });
    const { messages, more } = isSearch
      ? await office.perform(c, searchArchive, { id, text, from, ...(since !== "" && { since }) })
      : { messages: [], more: false };
    const page = {
      ...{ ...head, more, asked: isSearch ? { text, from, since } : undefined },
      folders: folders.map(({ folder, ...rest }) => ({ ...rest, id: folder, href: folderHref(folder) })),
      messages: messages.map(shown),
    };
    return await office.show(c, t("Archive"), <ArchiveView frame={frame} page={page} />);
  });

  app.post(`${AT}/archive/restore`, posted(restoreForm), async (c) => {
    const { frame, head } = await placeOf(c, "archive");
    const { folder, message } = whole(c.req.valid("form"));
    if (folder === undefined && message.length === 0)
      throw new Refusal("invalid", "Tick the messages that you want back.");
    const restored = await restore(c, office, head.id, folder, message);
    return office.done(c, restored, frame.here);
  });
}

function shown({ at, from, subject, ...rest }: FoundMessage) {
  return {
    ...rest,
    at: Date.parse(at),
    from: oneLine(from, 200) || t("(no sender)"),
    subject: oneLine(subject, 200) || t("(no subject)"),
    href: addressOf(rest.folder, rest.uid, FIRST),
  };
}

/** Moves a whole folder, or messages of several, back; says what came of it. */
async function restore(c: WebContext, office: Office, id: number, folder: number | undefined, ticked: string[]) {
  const wanted = new Map<number, number[]>();
  for (const one of ticked) {
    const [from = 0, uid = 0] = one.split(".").map(Number);
    wanted.set(from, [...(wanted.get(from) ?? []), uid]);
  }
  const names = new Set<string>();
  let count = 0;
  for (const what of folder === undefined ? [...wanted].map(([folder, uids]) => ({ folder, uids })) : [{ folder }]) {
    const done = await office.perform(c, restoreArchive, { id, ...what });
    count += done.restored;
    if (done.restored > 0) names.add(folderName(done.name));
  }
  if (count === 0) return t("Nothing was restored: the messages are no longer in the archive.");
  const where = allOf([...names]);
  return tn(count, "{n} message is back in {where}.", "{n} messages are back in {where}.", { where });
}
