/** `gatepost mailbox import` and `export`: mail in files of this machine. */
import { exportFormat, exportMail, importMail, showImport, stopImport } from "../administration/mail/mail-files.ts";
import { type Action, printOne, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

export const mailboxFiles = {
  import: {
    usage: "MAILBOX FILE [--folder FOLDER] [--no-wait]",
    summary:
      "Puts the mail in a file (mbox, EML, ZIP of those or of a Maildir) into a mailbox. FILE is a whole path, read by the server.",
    options: { folder: { type: "string" }, "no-wait": { type: "boolean" } },
    arity: [2, 2],
    performs: [importMail],
    run: async (context) => {
      const [name = "", file = ""] = context.args;
      const id = await mailboxNamed(context, name);
      const folder = textOf(context.values, "folder") ?? "INBOX";
      const wait = context.values["no-wait"] !== true;
      printOne(context, await context.perform(importMail, { id, folder, file, wait }));
    },
  },
  "import status": {
    usage: "MAILBOX",
    summary: "Shows how the latest import into a mailbox stands.",
    arity: [1, 1],
    performs: [showImport],
    run: async (context) => {
      const shown = await context.perform(showImport, { id: await mailboxNamed(context, context.args[0] ?? "") });
      if (shown.import !== null) printOne(context, shown.import);
      else context.out(context.json ? "null" : "Nothing was imported lately.");
    },
  },
  "import stop": {
    usage: "MAILBOX",
    summary: "Ends an import; what was taken stays.",
    arity: [1, 1],
    performs: [stopImport],
    run: async (context) => {
      await context.perform(stopImport, { id: await mailboxNamed(context, context.args[0] ?? "") });
      if (!context.json) context.out("The import is ended.");
    },
  },
  export: {
    usage: "MAILBOX FILE [--folder FOLDER] [--format mbox|maildir|eml]",
    summary:
      "Writes the mail of a mailbox into a new file: all folders as a ZIP archive, or one as an mbox. FILE is a whole path.",
    options: { folder: { type: "string" }, format: { type: "string" } },
    arity: [2, 2],
    performs: [exportMail],
    run: async (context) => {
      const [name = "", file = ""] = context.args;
      const format = exportFormat.safeParse(textOf(context.values, "format") ?? "mbox").data;
      if (format === undefined) throw new UsageError("The format is mbox, maildir or eml.");
      const id = await mailboxNamed(context, name);
      const folder = textOf(context.values, "folder");
      printOne(
        context,
        await context.perform(exportMail, { id, format, file, ...(folder !== undefined && { folder }) }),
      );
    },
  },
} satisfies Record<string, Action>;
