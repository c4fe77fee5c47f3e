/** Import and export of an own mailbox. A file is taken as it comes, in constant memory, and read in the background. */
import type { Hono } from "hono";
import { z } from "zod";
import { ImportProgressPart, MailboxFiles } from "../../../../views/webmail/options-mail-files.tsx";
import { t } from "../../../../views/words/words.ts";
import {
  exportedFolders,
  exportFormat,
  importMail,
  showImport,
  stopImport,
} from "../../../administration/mail/mail-files.ts";
import { filesSettings } from "../../../files/settings.ts";
import { Refusal } from "../../../refusal.ts";
import { sendOn, signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { asked, type Errors, sentenceOf } from "../../form.ts";
import { bodyStream } from "../download.ts";
import { boundaryOf, readMultipart } from "../multipart.ts";
import { contentDisposition } from "../names.ts";
import { webmailSettings } from "../settings.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

const AT = "/:mailbox{\\d+}/import";

const exportQuery = z.object({ format: exportFormat.catch("mbox"), folder: z.string().max(1_000).default("") });

export function mailFilePages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  const { mailstore } = office.deps;
  /** Mailboxes whose owner brings a file just now: one at a time. */
  const coming = new Set<number>();

  const show = async (c: WebContext, problem = "") => {
    const { frame, head, view } = await placeOf(c, "import");
    const { import: run } = await office.perform(c, showImport, { id: head.id });
    const page = { ...head, folders: view.folders.map(({ name }) => name), run, problem };
    const errors: Errors = problem === "" ? {} : { "": problem };
    return await office.show(c, t("Import and export"), <MailboxFiles frame={frame} page={page} />, errors);
  };

  app.get(AT, async (c) => await show(c));

  app.get(`${AT}/status`, async (c) => {
    const { frame, head } = await placeOf(c, "import");
    const { import: run } = await office.perform(c, showImport, { id: head.id });
    return c.html(<ImportProgressPart at={frame.here} csrf={frame.csrf} run={run} />);
  });

  app.post(AT, async (c) => {
    const { frame, head } = await placeOf(c, "import");
    if (coming.has(head.id)) return await show(c, "A file for this mailbox is on its way already.");
    coming.add(head.id);
    try {
      const wish = await receive(c);
      try {
        await office.perform(c, importMail, { id: head.id, ...wish });
      } catch (thrown) {
        (await mailstore.exchange()).drop(wish.kept);
        throw thrown;
      }
    } catch (thrown) {
      return await show(c, sentenceOf(thrown));
    } finally {
      coming.delete(head.id);
    }
    return sendOn(c, frame.here);
  });

  /** Keeps the file of a form; the folder stands in front of it. */
  const receive = async (c: WebContext): Promise<{ folder: string; kept: string; called: string }> => {
    const boundary = boundaryOf(c.req.header("content-type"));
    const { body } = c.req.raw;
    if (boundary === undefined || body === null) throw new Refusal("invalid", "Choose a file.");
    const { importOctets } = office.deps.store.settings.get(webmailSettings);
    const { keepFree } = office.deps.store.settings.get(filesSettings);
    const exchange = await mailstore.exchange();
    let folder = "INBOX";
    for await (const part of readMultipart(body, boundary, { fields: 10_000, files: importOctets, parts: 10 })) {
      if (part.kind === "field") {
        if (part.name === "folder") folder = part.value;
      } else if (part.name === "file" && part.fileName !== "")
        return { folder, kept: await exchange.keep(part.body, keepFree), called: part.fileName.slice(0, 255) };
    }
    throw new Refusal("invalid", "Choose a file.");
  };

  app.post(`${AT}/stop`, async (c) => {
    const { frame, head } = await placeOf(c, "import");
    await office.perform(c, stopImport, { id: head.id });
    return office.done(c, t("The import is ended; what was taken stays."), frame.here);
  });

  app.get("/:mailbox{\\d+}/export", asked(exportQuery), async (c) => {
    const { head } = await placeOf(c, "import");
    const { format, folder } = c.req.valid("query");
    const folders = exportedFolders(office.deps, head.id, folder === "" ? undefined : folder);
    const { exported, exportName } = await import("../../../mailstore/exchange/exporting.ts");
    const name = exportName(folder || signedIn(c).user.login, format, folders.length);
    c.env.connected.patience?.();
    return new Response(bodyStream(exported(office.deps, folders, format)), {
      headers: {
        "content-type": name.endsWith(".zip") ? "application/zip" : "application/mbox",
        "content-disposition": contentDisposition("attachment", name),
        "cache-control": "private, no-store",
      },
    });
  });
}
