/** `gatepost quarantine`: mail that is held, for the whole house or for one mailbox. */
import {
  listHeld,
  listQuarantine,
  releaseHeld,
  releaseQuarantined,
  removeHeld,
  removeQuarantined,
  showHeld,
  showQuarantined,
} from "../administration/mail/quarantine.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

const OF_MAILBOX = { mailbox: { type: "string" } } as const;

function messageOf(context: Context): number {
  const [word = ""] = context.args;
  if (!/^\d{1,15}$/.test(word)) throw new UsageError("A held message is named by its number.");
  return Number(word);
}

async function mailboxOf(context: Context): Promise<number | undefined> {
  const name = textOf(context.values, "mailbox");
  return name === undefined ? undefined : await mailboxNamed(context, name);
}

export const quarantine = {
  name: "quarantine",
  summary: "Mail that is held: viruses, what is surely junk, and what rules of the house keep back.",
  actions: {
    list: {
      usage: "[--mailbox MAILBOX] [--search TEXT] [--limit N]",
      summary: "Lists the mail that is held, the latest first.",
      options: { ...OF_MAILBOX, search: { type: "string" }, limit: { type: "string" } },
      arity: [0, 0],
      performs: [listQuarantine, listHeld],
      run: async (context) => {
        const limit = Number(textOf(context.values, "limit") ?? 100);
        if (!Number.isInteger(limit) || limit < 1) throw new UsageError("A limit is a whole number.");
        const query = { search: textOf(context.values, "search") ?? "", pageSize: Math.min(limit, 1_000) };
        const id = await mailboxOf(context);
        const { messages } =
          id === undefined
            ? await context.perform(listQuarantine, query)
            : await context.perform(listHeld, { id, ...query });
        const rows = messages.map(({ recipients, ...message }) => ({ ...message, to: recipients.join(", ") }));
        printRows(context, rows, ["id", "at", "reason", "from", "to", "subject", "size"]);
      },
    },
    show: {
      usage: "ID [--mailbox MAILBOX]",
      summary: "Shows a held message: its text, its files, and why it is held.",
      options: OF_MAILBOX,
      arity: [1, 1],
      performs: [showQuarantined, showHeld],
      run: async (context) => {
        const message = messageOf(context);
        const id = await mailboxOf(context);
        const shown =
          id === undefined
            ? await context.perform(showQuarantined, { id: message })
            : await context.perform(showHeld, { id, message });
        if (context.json) return printOne(context, shown);
        const { text, files, findings, recipients, ...facts } = shown;
        printOne(context, { ...facts, to: recipients.join(", ") });
        context.out("");
        printRows(context, findings, ["test", "result", "points", "sentence"]);
        if (files.length > 0) {
          context.out("");
          printRows(context, files, ["name", "type", "size"]);
        }
        context.out("");
        // Characters that command terminals are a stranger's.
        context.out(text.replace(/[^\P{Cc}\n\t]/gu, "?"));
      },
    },
    release: {
      usage: "ID [--mailbox MAILBOX] [--to ADDRESS] [--learn]",
      summary: "Sends a held message on its way; --learn: such mail is no junk.",
      options: { ...OF_MAILBOX, to: { type: "string" }, learn: { type: "boolean" } },
      arity: [1, 1],
      performs: [releaseQuarantined, releaseHeld],
      run: async (context) => {
        const message = messageOf(context);
        const learn = context.values.learn === true;
        const id = await mailboxOf(context);
        const to = textOf(context.values, "to") ?? "";
        if (id !== undefined && to !== "") throw new UsageError("Say --mailbox or --to, not both.");
        const done =
          id === undefined
            ? await context.perform(releaseQuarantined, { id: message, to, learn })
            : await context.perform(releaseHeld, { id, message, learn });
        if (context.json) printOne(context, done);
        else context.out(`Released to ${done.recipients.join(", ")}.`);
      },
    },
    remove: {
      usage: "ID [--mailbox MAILBOX]",
      summary: "Deletes a held message; its sender is not told.",
      options: OF_MAILBOX,
      arity: [1, 1],
      performs: [removeQuarantined, removeHeld],
      run: async (context) => {
        const message = messageOf(context);
        const id = await mailboxOf(context);
        if (id === undefined) await context.perform(removeQuarantined, { id: message });
        else await context.perform(removeHeld, { id, message });
        if (!context.json) context.out(`Deleted held message ${message}.`);
      },
    },
  },
} satisfies Command;
