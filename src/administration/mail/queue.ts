/** Outgoing mail that waits: seeing it, and trying again, holding, releasing, deleting. */
import { z } from "zod";
import type { QueueEntry } from "../../transport/queue/queue.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, textOfTime, timeText } from "../values.ts";

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
});
export type QueueLineView = z.output<typeof lineView>;

const messageView = lineView.extend({
  recipients: z.array(
    z.object({
      address: z.string(),
      state: z.enum(["waiting", "sending", "held", "done"]),
      result: z.enum(["sent", "failed", "expired", "deleted"]).nullable(),
      attempts: z.number().int(),
      nextAttempt: timeText,
      lastReply: z.string().nullable(),
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
const oneOrAll = z.strictObject({
  id: z
    .union([z.literal("all"), z.coerce.number().int().positive()], "A message in the queue is named by its number.")
    .describe("A message's number, or all."),
});
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
    ...paging,
  }),
  output: z.object({
    messages: z.array(lineView),
    total: z.number().int(),
    destinations: z.array(
      z.object({
        text: z.string(),
        waiting: z.number().int(),
        sending: z.number().int(),
        held: z.number().int(),
        nextAttempt: timeText.nullable(),
        lastReply: z.string().nullable(),
      }),
    ),
  }),
  run({ transport: { queue } }, { search, state, page, pageSize }) {
    const { entries, total } = queue.list({
      limit: pageSize,
      offset: (page - 1) * pageSize,
      ...(search !== "" && { search }),
      ...(state !== "all" && { state }),
    });
    const destinations = queue.counts().map(({ destination: _, nextAttempt, lastReply, ...rest }) => ({
      ...rest,
      nextAttempt: textOfTime(nextAttempt ?? null),
      lastReply: lastReply ?? null,
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
      recipients: detail.recipients.map(({ address, state, result, attempts, nextAttempt, lastReply }) => ({
        ...{ address, state, result, attempts, lastReply },
        nextAttempt: textOfTime(nextAttempt),
      })),
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
  input: oneOrAll,
  output: changed,
  run: (context, { id }) => recording(context, id, "tried again", () => context.transport.queue.retry(id)),
});

export const holdQueued = operation({
  name: "queue.hold",
  summary: "Keeps mail from being sent until it is released.",
  http: "POST /queue/{id}/hold",
  scope: "queue:write",
  who: "administrator",
  input: oneOrAll,
  output: changed,
  run: (context, { id }) => recording(context, id, "held", () => context.transport.queue.hold(id)),
});

export const releaseQueued = operation({
  name: "queue.release",
  summary: "Lets held mail be sent again.",
  http: "POST /queue/{id}/release",
  scope: "queue:write",
  who: "administrator",
  input: oneOrAll,
  output: changed,
  run: (context, { id }) => recording(context, id, "released", () => context.transport.queue.release(id)),
});

export const deleteQueued = operation({
  name: "queue.delete",
  summary: "Takes a message out of the queue without a word to its sender.",
  http: "DELETE /queue/{id}",
  scope: "queue:write",
  who: "administrator",
  input: one,
  output: z.object({}),
  async run(context, { id }) {
    const { queue } = context.transport;
    const { reversePath, recipients, subject } = queue.show(id);
    const to = recipients.map(({ address }) => address).slice(0, 100);
    await queue.delete(id);
    await context.record({ subject: `queued message ${id}`, before: { from: reversePath, to, subject } });
    return {};
  },
});

async function recording(
  { record }: Context,
  id: number | "all",
  action: string,
  work: () => Promise<number>,
): Promise<{ recipients: number }> {
  const recipients = await work();
  const subject = id === "all" ? "all queued messages" : `queued message ${id}`;
  if (recipients > 0) await record({ subject, after: { action, recipients } });
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
  };
}

export const queueOperations = [listQueue, showQueued, retryQueued, holdQueued, releaseQueued, deleteQueued] as const;
