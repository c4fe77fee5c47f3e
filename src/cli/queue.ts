/** `gatepost queue`: outgoing mail that waits, and why. */
import type { z } from "zod";
import {
  deleteQueued,
  holdQueued,
  listQueue,
  releaseQueued,
  retryQueued,
  showQueued,
} from "../administration/mail/queue.ts";
import type { Operation } from "../administration/operation.ts";
import { type Action, type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";

function idOf(context: Context): number {
  const [word = ""] = context.args;
  if (!/^\d+$/.test(word)) throw new UsageError("A message in the queue is named by its number.");
  return Number(word);
}

/** An action that does something to one message or to all. */
function change<O extends z.ZodType<{ recipients: number }>>(
  operation: Operation<typeof retryQueued.input, O>,
  done: string,
): Action {
  return {
    usage: "ID|all",
    summary: operation.summary,
    performs: [operation],
    arity: [1, 1],
    run: async (context) => {
      const id = context.args[0] === "all" ? "all" : idOf(context);
      const { recipients } = await context.perform(operation, { id });
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
      performs: [listQueue],
      arity: [0, 0],
      run: async (context) => {
        const limit = Number(textOf(context.values, "limit") ?? 100);
        if (!Number.isInteger(limit) || limit < 1) throw new UsageError("A limit is a whole number.");
        const search = textOf(context.values, "search") ?? "";
        const { messages } = await context.perform(listQueue, { search, pageSize: Math.min(limit, 500) });
        printRows(
          context,
          messages.map((message) => ({
            id: message.id,
            trace: message.trace,
            created: message.createdAt,
            from: message.from || "<>",
            to: message.to,
            size: message.size,
            waiting: message.waiting + message.sending,
            held: message.held,
            next: message.nextAttempt,
            reply: message.lastReply,
          })),
          ["id", "created", "from", "to", "size", "waiting", "held", "next", "reply"],
        );
      },
    },
    show: {
      usage: "ID",
      summary: "Shows a message, its recipients and what was heard about them.",
      performs: [showQueued],
      arity: [1, 1],
      run: async (context) => {
        const message = await context.perform(showQueued, { id: idOf(context) });
        if (context.json) return printOne(context, message);
        const { id, trace, from, subject, size, createdAt, expiresAt } = message;
        printOne(context, { id, trace, from: from || "<>", subject, size, created: createdAt, expires: expiresAt });
        context.out("");
        printRows(
          context,
          message.recipients.map((one) => ({ ...one, next: one.nextAttempt })),
          ["address", "state", "attempts", "next", "lastReply"],
        );
      },
    },
    retry: change(retryQueued, "will be tried again now"),
    hold: change(holdQueued, "held"),
    release: change(releaseQueued, "released"),
    delete: {
      usage: "ID",
      summary: "Takes a message out of the queue without a word to its sender.",
      performs: [deleteQueued],
      arity: [1, 1],
      run: async (context) => {
        await context.perform(deleteQueued, { id: idOf(context) });
        if (!context.json) context.out(`Deleted message ${context.args[0]} from the queue.`);
      },
    },
  },
} satisfies Command;
