/** Outgoing mail that waits: seeing it and why, and trying again, holding, releasing, sending another way, returning, deleting. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import type { QueueEntry, Selection } from "../../transport/queue/queue.ts";
import { reasonOf } from "../../transport/queue/reasons.ts";
import type { Via } from "../../transport/route.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, textOfTime, timeText } from "../values.ts";

const reasonView = z
  .object({ what: z.string(), next: z.string().describe("What to do about it.") })
  .nullable()
  .describe("The same in plain words.");

const lineView = z.object({
  id: z.number().int(),
  trace: z.string(),
  from: z.string().describe("Empty for reports."),
  to: z.string().describe("The first recipient that is not done."),
  subject: z.string(),
  size: z.number().int(),
  createdAt: timeText,
  expiresAt: timeText,
  waiting: z.number().int().describe("Recipients that wait."),
  sending: z.number().int(),
  held: z.number().int(),
  nextAttempt: timeText.nullable(),
  lastReply: z.string().nullable().describe("What the last attempt heard."),
  reason: reasonView,
});
export type QueueLineView = z.output<typeof lineView>;

const messageView = lineView.extend({
  recipients: z.array(
    z.object({
      address: z.string(),
      destination: z.string().describe("Where it waits: a domain, smarthost, or another way."),
      state: z.enum(["waiting", "sending", "held", "done"]),
      result: z.enum(["sent", "failed", "expired", "deleted"]).nullable(),
      attempts: z.number().int(),
      nextAttempt: timeText,
      lastReply: z.string().nullable(),
      reason: reasonView,
    }),
  ),
  attempts: z
    .array(
      z.object({
        at: timeText,
        destination: z.string(),
        remote: z.string().nullable(),
        recipients: z.number().int(),
        code: z.number().int().nullable(),
        enhanced: z.string().nullable(),
        reply: z.string().nullable(),
      }),
    )
    .describe("Attempts that failed, the latest first."),
});
export type QueueMessageView = z.output<typeof messageView>;

const one = z.strictObject({ id: z.coerce.number().int().positive() });

/** Messages named at once. */
export const MOST_NAMED = 500;

const selection = {
  id: z
    .union(
      [
        z.literal("all"),
        z.number().int().positive(),
        z
          .string()
          .regex(/^\d{1,15}(,\d{1,15})*$/)
          .max(MOST_NAMED * 16),
      ],
      "A message in the queue is named by its number.",
    )
    .describe("A message's number, several with commas between them, or all."),
  destination: searching.describe("Only what waits for this destination, as the list of the queue names it."),
};
const selected = z.strictObject(selection);

const changed = z.object({ recipients: z.number().int().describe("How many recipients that concerned.") });

export const listQueue = operation({
  name: "queue.list",
  summary: "Lists waiting messages, the latest first.",
  http: "GET /queue",
  scope: "queue:read",
  who: "administrator",
  input: z.strictObject({
    search: searching,
    state: z.enum(["all", "waiting", "held"]).default("all"),
    destination: searching.describe("Only what waits for this destination."),
    ...paging,
  }),
  output: z.object({
    messages: z.array(lineView),
    total: z.number().int(),
    destinations: z.array(
      z.object({
        destination: z.string(),
        text: z.string().describe("The same in words."),
        waiting: z.number().int(),
        sending: z.number().int(),
        held: z.number().int(),
        nextAttempt: timeText.nullable(),
        lastReply: z.string().nullable(),
        reason: reasonView,
      }),
    ),
  }),
  async run({ transport: { queue } }, { search, state, destination, page, pageSize }) {
    const { entries, total } = await queue.search({
      limit: pageSize,
      offset: (page - 1) * pageSize,
      ...(search !== "" && { search }),
      ...(state !== "all" && { state }),
      ...(destination !== "" && { destination }),
    });
    const destinations = queue.counts().map(({ nextAttempt, lastReply, ...rest }) => ({
      ...rest,
      nextAttempt: textOfTime(nextAttempt ?? null),
      lastReply: lastReply ?? null,
      reason: reasonOf(lastReply) ?? null,
    }));
    return { messages: entries.map(lineOf), total, destinations };
  },
});

export const showQueued = operation({
  name: "queue.show",
  summary: "Shows a message, its recipients and what was heard about them.",
  http: "GET /queue/{id}",
  scope: "queue:read",
  who: "administrator",
  input: one,
  output: messageView,
  run({ transport: { queue } }, { id }) {
    const detail = queue.show(id);
    return {
      ...lineOf(detail),
      recipients: detail.recipients.map(
        ({ address, destination, state, result, attempts, nextAttempt, lastReply }) => ({
          ...{ address, destination, state, result, attempts, lastReply },
          reason: result === "sent" ? null : (reasonOf(lastReply) ?? null),
          nextAttempt: textOfTime(nextAttempt),
        }),
      ),
      attempts: detail.attempts.map(({ at, ...attempt }) => ({
        ...attempt,
        at: textOfTime(at),
      })),
    };
  },
});

export const retryQueued = operation({
  name: "queue.retry",
  summary: "Tries to send again at once.",
  http: "POST /queue/{id}/retry",
  scope: "queue:write",
  who: "administrator",
  input: selected,
  output: changed,
  run: (context, input) => recording(context, input, "tried again", (chosen) => context.transport.queue.retry(chosen)),
});

export const holdQueued = operation({
  name: "queue.hold",
  summary: "Keeps mail from being sent until it is released.",
  http: "POST /queue/{id}/hold",
  scope: "queue:write",
  who: "administrator",
  input: selected,
  output: changed,
  run: (context, input) => recording(context, input, "held", (chosen) => context.transport.queue.hold(chosen)),
});

export const releaseQueued = operation({
  name: "queue.release",
  summary: "Lets held mail be sent again.",
  http: "POST /queue/{id}/release",
  scope: "queue:write",
  who: "administrator",
  input: selected,
  output: changed,
  run: (context, input) => recording(context, input, "released", (chosen) => context.transport.queue.release(chosen)),
});

/** A name, or an address in brackets, and perhaps a port. */
const SERVER = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/;

export const rerouteQueued = operation({
  name: "queue.reroute",
  summary: "Sends waiting mail through another server, or back on its usual way.",
  http: "POST /queue/{id}/reroute",
  scope: "queue:write",
  who: "administrator",
  input: z.strictObject({
    ...selection,
    to: z
      .string()
      .trim()
      .max(260)
      .refine(
        (text) => text === "" || SERVER.test(text),
        "A server is written like mail.example.org or mail.example.org:587.",
      )
      .default("")
      .describe("A server and, after a colon, its port (else 25); empty: the usual way."),
  }),
  output: changed,
  async run(context, { to, ...input }) {
    const via = to === "" ? undefined : viaFrom(to);
    const action = via === undefined ? "sent the usual way" : `sent through ${to}`;
    return await recording(context, input, action, (chosen) => context.transport.queue.reroute(chosen, via));
  },
});

function viaFrom(text: string): Via {
  const [, literal, name = "", port = "25"] = SERVER.exec(text) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) {
    throw new Refusal("invalid", "A port is a number from 1 to 65535.", { field: "to" });
  }
  return { host: literal ?? name, port: Number(port) };
}

export const bounceQueued = operation({
  name: "queue.bounce",
  summary: "Returns waiting mail to its senders now.",
  http: "POST /queue/{id}/bounce",
  scope: "queue:write",
  who: "administrator",
  input: z.strictObject({
    ...selection,
    reason: z
      .string()
      .trim()
      .max(500)
      .default("")
      .describe("What the sender is told; empty: that it was returned by an administrator."),
  }),
  output: changed,
  run: (context, { reason, ...input }) =>
    recording(context, input, "returned", (chosen) =>
      context.transport.returnNow(
        chosen,
        reason === "" ? "The administrator of this server returned the message." : reason,
      ),
    ),
});

export const deleteQueued = operation({
  name: "queue.delete",
  summary: "Takes mail out of the queue without a word to its sender.",
  http: "DELETE /queue/{id}",
  scope: "queue:write",
  who: "administrator",
  input: selected,
  output: changed,
  async run(context, input) {
    const { queue } = context.transport;
    const { ids } = chosenBy(input);
    const only = ids?.length === 1 ? queue.show(ids[0] ?? 0) : undefined;
    if (only === undefined) return await recording(context, input, "deleted", (chosen) => queue.delete(chosen));
    const recipients = await queue.delete(chosenBy(input));
    const to = only.recipients.map(({ address }) => address).slice(0, 100);
    await context.record({
      subject: `queued message ${input.id}`,
      before: { from: only.reversePath, to, subject: only.subject },
    });
    return { recipients };
  },
});

export const readQueued = operation({
  name: "queue.read",
  summary: "Shows the header of a waiting message, and the beginning of its text.",
  http: "GET /queue/{id}/message",
  scope: "queue:read",
  who: "administrator",
  notByToken: "What people write is looked at by a person, on the page or with the command.",
  input: one,
  output: z.object({
    subject: z.string(),
    header: z.string().describe("As it is sent."),
    text: z.string().describe("HTML as text."),
    whole: z.boolean().describe("No more text than this."),
  }),
  async run(context, { id }) {
    const { subject, reversePath } = context.transport.queue.show(id);
    const read = await context.transport.queue.read(id);
    await context.record({ subject: `queued message ${id}`, after: { action: "read", from: reversePath } });
    return { subject, ...read };
  },
});

type Selected = z.output<typeof selected>;

function chosenBy({ id, destination }: Selected): Selection {
  return {
    ...(id !== "all" && { ids: String(id).split(",").map(Number) }),
    ...(destination !== "" && { destination }),
  };
}

async function recording(
  { record }: Context,
  input: Selected,
  action: string,
  work: (chosen: Selection) => Promise<number>,
): Promise<{ recipients: number }> {
  const recipients = await work(chosenBy(input));
  const { id, destination } = input;
  const several = id === "all" ? "all queued messages" : `queued message${/,/.test(String(id)) ? "s" : ""} ${id}`;
  const subject = destination === "" ? several : `${several} for ${destination}`;
  if (recipients > 0) await record({ subject: subject.slice(0, 500), after: { action, recipients } });
  return { recipients };
}

function lineOf(entry: QueueEntry): QueueLineView {
  const { id, trace, reversePath, recipient, subject, size, createdAt, expiresAt, counts } = entry;
  return {
    ...{ id, trace, from: reversePath, to: recipient, subject, size },
    createdAt: textOfTime(createdAt),
    expiresAt: textOfTime(expiresAt),
    ...{ waiting: counts.waiting, sending: counts.sending, held: counts.held },
    nextAttempt: textOfTime(entry.nextAttempt ?? null),
    lastReply: entry.lastReply ?? null,
    reason: reasonOf(entry.lastReply) ?? null,
  };
}

export const queueOperations = [
  ...[listQueue, showQueued, readQueued, retryQueued, holdQueued, releaseQueued],
  ...[rerouteQueued, bounceQueued, deleteQueued],
] as const;
