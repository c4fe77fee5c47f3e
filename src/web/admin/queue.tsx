/** The queue: list, one message, try again, hold, release, delete. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Queue, type QueueLine, QueueMessage } from "../../../views/admin/queue.tsx";
import type { Kind } from "../../../views/parts/telling.tsx";
import { Refusal } from "../../refusal.ts";
import type { QueuedRecipient, QueueEntry } from "../../transport/queue/queue.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, listQuery, oneOf } from "../form.ts";
import type { Front } from "../site.ts";
import { adminFrame, doneAt, idOf, PAGE_SIZE, pagesOf } from "./office.ts";

const queueQuery = z.object({ ...listQuery, state: oneOf("all", "waiting", "held") });

const lineOf = (entry: QueueEntry): QueueLine => {
  const { waiting, sending, held } = entry.counts;
  return {
    id: entry.id,
    from: entry.reversePath,
    to: entry.recipient,
    more: Math.max(0, waiting + sending + held - 1),
    subject: entry.subject,
    size: entry.size,
    createdAt: entry.createdAt,
    state: sending > 0 ? "sending" : waiting > 0 ? "waiting" : "held",
    ...(entry.nextAttempt !== undefined && { nextAttempt: entry.nextAttempt }),
    ...(entry.lastReply !== undefined && { lastReply: entry.lastReply }),
  };
};

const RESULTS: Record<NonNullable<QueuedRecipient["result"]>, { word: string; kind: Kind }> = {
  sent: { word: "sent", kind: "ok" },
  failed: { word: "refused", kind: "danger" },
  expired: { word: "returned", kind: "danger" },
  deleted: { word: "deleted", kind: "off" },
};

const STATES: Record<QueuedRecipient["state"], { word: string; kind: Kind }> = {
  waiting: { word: "waiting", kind: "warn" },
  sending: { word: "sending", kind: "ok" },
  held: { word: "held", kind: "info" },
  done: { word: "done", kind: "off" },
};

const recipientOf = (recipient: QueuedRecipient) => {
  const { word, kind } = recipient.result === null ? STATES[recipient.state] : RESULTS[recipient.result];
  return {
    address: recipient.address,
    state: word,
    kind,
    attempts: recipient.attempts,
    ...(recipient.lastReply !== null && { lastReply: recipient.lastReply }),
  };
};

const people = (count: number) => (count === 1 ? "one recipient" : `${count} recipients`);

export const queueRoutes = (front: Front): Hono<WebEnv> => {
  const { queue } = front.deps;
  const app = new Hono<WebEnv>();

  app.get("/", asked(queueQuery), (c) => {
    const { q: search, page, state: filter } = c.req.valid("query");
    const found = queue.list({
      search,
      limit: PAGE_SIZE,
      offset: (page - 1) * PAGE_SIZE,
      ...(filter !== "all" && { state: filter }),
    });
    return c.html(
      <Queue
        frame={adminFrame(front, c)}
        page={{
          ...{ search, filter, page, pages: pagesOf(found.total), total: found.total },
          lines: found.entries.map(lineOf),
          destinations: queue.counts().map(({ text, waiting, sending, held, lastReply }) => ({
            text,
            waiting: waiting + sending,
            held,
            ...(lastReply !== undefined && { lastReply }),
          })),
        }}
      />,
    );
  });

  const messageOf = (c: WebContext): number => {
    const id = idOf(c);
    if (id === undefined) throw new Refusal("notFound", "There is no such message in the queue.");
    return id;
  };

  app.post("/all/retry", async (c) => {
    const count = await queue.retry("all");
    return doneAt(front, c, "queue.retried", `Mail to ${people(count)} is being tried again.`, "/admin/queue");
  });

  app.get("/:id", (c) => {
    const detail = queue.show(messageOf(c));
    const page = {
      ...lineOf(detail),
      trace: detail.trace,
      expiresAt: detail.expiresAt,
      recipients: detail.recipients.map(recipientOf),
      attempts: detail.attempts.map((attempt) => ({
        at: attempt.at,
        destination: attempt.destination,
        remote: attempt.remote ?? "",
        reply: attempt.reply ?? "",
      })),
    };
    return c.html(<QueueMessage frame={adminFrame(front, c)} page={page} />);
  });

  app.post("/:id/retry", async (c) => {
    const id = messageOf(c);
    const count = await queue.retry(id);
    const text = count > 0 ? "The message is being tried again." : "The message is being tried already, or is held.";
    return doneAt(front, c, "queue.retried", text, `/admin/queue/${id}`);
  });

  app.post("/:id/hold", async (c) => {
    const id = messageOf(c);
    await queue.hold(id);
    return doneAt(front, c, "queue.held", "The message is held until it is released.", `/admin/queue/${id}`);
  });

  app.post("/:id/release", async (c) => {
    const id = messageOf(c);
    await queue.release(id);
    return doneAt(front, c, "queue.released", "The message is on its way again.", `/admin/queue/${id}`);
  });

  app.get("/:id/delete", (c) => {
    const detail = queue.show(messageOf(c));
    const question: Question = {
      title: "Delete this message?",
      text: `“${detail.subject || "(no subject)"}” to ${detail.recipient} is not sent, and its sender is not told.`,
      action: `/admin/queue/${detail.id}/delete`,
      doIt: "Delete it",
      back: `/admin/queue/${detail.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="queue" question={question} />);
  });

  app.post("/:id/delete", async (c) => {
    await queue.delete(messageOf(c));
    return doneAt(front, c, "queue.deleted", "The message was deleted.", "/admin/queue");
  });

  return app;
};
