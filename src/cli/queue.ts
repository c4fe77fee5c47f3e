/** `gatepost queue`: outgoing mail that waits, and why. */
import { type Action, type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";

function idOf(context: Context): number {
  const [word = ""] = context.args;
  if (!/^\d+$/.test(word)) throw new UsageError("A message in the queue is named by its number.");
  return Number(word);
}

function idOrAll(context: Context): number | "all" {
  return context.args[0] === "all" ? "all" : idOf(context);
}

function dateOf(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}

/** An action that does something to one message or to all. */
function change(summary: string, done: string, act: (context: Context, id: number | "all") => Promise<number>): Action {
  return {
    usage: "ID|all",
    summary,
    arity: [1, 1],
    run: async (context) => {
      const recipients = await act(context, idOrAll(context));
      if (context.json) printOne(context, { recipients });
      else context.out(`${recipients} ${recipients === 1 ? "recipient" : "recipients"} ${done}.`);
    },
  };
}

export const queue = {
  name: "queue",
  summary: "Outgoing mail that waits to be sent.",
  actions: {
    list: {
      usage: "[--search TEXT] [--limit N]",
      summary: "Lists waiting messages, the latest first.",
      options: { search: { type: "string" }, limit: { type: "string" } },
      arity: [0, 0],
      run: (context) => {
        const search = textOf(context.values, "search");
        const limit = Number(textOf(context.values, "limit") ?? 100);
        if (!Number.isInteger(limit) || limit < 1) throw new UsageError("A limit is a whole number.");
        const { entries } = context.appliance.transport.queue.list({ limit, ...(search !== undefined && { search }) });
        printRows(
          context,
          entries.map((entry) => ({
            id: entry.id,
            trace: entry.trace,
            created: dateOf(entry.createdAt),
            from: entry.reversePath || "<>",
            to: entry.recipient,
            size: entry.size,
            waiting: entry.counts.waiting + entry.counts.sending,
            held: entry.counts.held,
            next: dateOf(entry.nextAttempt),
            reply: entry.lastReply,
          })),
          ["id", "created", "from", "to", "size", "waiting", "held", "next", "reply"],
        );
      },
    },
    show: {
      usage: "ID",
      summary: "Shows a message, its recipients and what was heard about them.",
      arity: [1, 1],
      run: (context) => {
        const detail = context.appliance.transport.queue.show(idOf(context));
        if (context.json) return printOne(context, { ...detail });
        printOne(context, {
          id: detail.id,
          trace: detail.trace,
          from: detail.reversePath || "<>",
          subject: detail.subject,
          size: detail.size,
          created: dateOf(detail.createdAt),
          expires: dateOf(detail.expiresAt),
        });
        context.out("");
        printRows(
          context,
          detail.recipients.map((one) => ({ ...one, next: dateOf(one.nextAttempt) })),
          ["address", "state", "attempts", "next", "lastReply"],
        );
      },
    },
    retry: change("Tries again at once.", "will be tried again now", (context, id) =>
      context.appliance.transport.queue.retry(id),
    ),
    hold: change("Keeps mail from being sent until it is released.", "held", (context, id) =>
      context.appliance.transport.queue.hold(id),
    ),
    release: change("Lets held mail be sent again.", "released", (context, id) =>
      context.appliance.transport.queue.release(id),
    ),
    delete: {
      usage: "ID",
      summary: "Takes a message out of the queue without a word to its sender.",
      arity: [1, 1],
      run: async (context) => {
        await context.appliance.transport.queue.delete(idOf(context));
        if (!context.json) context.out(`Deleted message ${context.args[0]} from the queue.`);
      },
    },
  },
} satisfies Command;
