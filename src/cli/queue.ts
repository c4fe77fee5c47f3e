/** `gatepost queue`: outgoing mail that waits, and why. */
import type { z } from "zod";
import {
  bounceQueued,
  deleteQueued,
  holdQueued,
  listQueue,
  readQueued,
  releaseQueued,
  rerouteQueued,
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

/** Messages named by one word: a number, several with commas, or all. */
function chosen(context: Context): { id: string; destination: string } {
  const [id = ""] = context.args;
  if (id !== "all" && !/^\d+(,\d+)*$/.test(id)) {
    throw new UsageError("Messages in the queue are named by their numbers, with commas between them, or all.");
  }
  return { id, destination: textOf(context.values, "destination") ?? "" };
}

/** An action that does something to some messages or to all. */
function change<I extends z.ZodObject>(
  operation: Operation<I, z.ZodType<{ recipients: number }>>,
  done: string,
  option?: { readonly name: string; readonly usage: string },
): Action {
  return {
    usage: `ID[,ID…]|all [--destination DESTINATION]${option === undefined ? "" : ` ${option.usage}`}`,
    summary: operation.summary,
    options: { destination: { type: "string" }, ...(option !== undefined && { [option.name]: { type: "string" } }) },
    performs: [operation],
    arity: [1, 1],
    run: async (context) => {
      const further = option === undefined ? {} : { [option.name]: textOf(context.values, option.name) ?? "" };
      const input = { ...chosen(context), ...further } as z.input<I>;
      const { recipients } = await context.perform(operation, input);
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
      usage: "[--search TEXT] [--state waiting|held] [--destination DESTINATION] [--limit N]",
      summary: "Lists waiting messages, the latest first.",
      options: {
        search: { type: "string" },
        state: { type: "string" },
        destination: { type: "string" },
        limit: { type: "string" },
      },
      performs: [listQueue],
      arity: [0, 0],
      run: async (context) => {
        const limit = Number(textOf(context.values, "limit") ?? 100);
        if (!Number.isInteger(limit) || limit < 1) throw new UsageError("A limit is a whole number.");
        const state = textOf(context.values, "state") ?? "all";
        if (state !== "all" && state !== "waiting" && state !== "held") {
          throw new UsageError("A state is waiting or held.");
        }
        const { messages } = await context.perform(listQueue, {
          search: textOf(context.values, "search") ?? "",
          destination: textOf(context.values, "destination") ?? "",
          ...{ state, pageSize: Math.min(limit, 500) },
        });
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
            why: message.reason?.what ?? null,
          })),
          ["id", "created", "from", "to", "size", "waiting", "held", "next", "reply"],
        );
      },
    },
    destinations: {
      usage: "",
      summary: "Lists where mail waits to go, how much of it, and why.",
      performs: [listQueue],
      arity: [0, 0],
      run: async (context) => {
        const { destinations } = await context.perform(listQueue, { pageSize: 1 });
        const rows = destinations.map(({ reason, nextAttempt, sending, waiting, ...one }) => ({
          ...{ ...one, waiting: waiting + sending, next: nextAttempt, why: reason?.what ?? null },
        }));
        printRows(context, rows, ["destination", "waiting", "held", "next", "why"]);
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
        for (const { address, reason } of message.recipients) {
          if (reason !== null) context.out(`\n${address}: ${reason.what} ${reason.next}`);
        }
      },
    },
    retry: change(retryQueued, "will be tried again now"),
    hold: change(holdQueued, "held"),
    release: change(releaseQueued, "released"),
    read: {
      usage: "ID",
      summary: readQueued.summary,
      performs: [readQueued],
      arity: [1, 1],
      run: async (context) => {
        const message = await context.perform(readQueued, { id: idOf(context) });
        if (context.json) return printOne(context, message);
        context.out(`${message.header}\n\n${message.text}${message.whole ? "" : "\n…"}`);
      },
    },
    reroute: change(rerouteQueued, "sent another way", { name: "to", usage: "[--to SERVER[:PORT]]" }),
    bounce: change(bounceQueued, "returned", { name: "reason", usage: "[--reason TEXT]" }),
    delete: change(deleteQueued, "deleted"),
  },
} satisfies Command;
