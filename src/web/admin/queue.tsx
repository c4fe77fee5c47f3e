/** The queue: list, one message, try again, hold, release, delete. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import { Queue, type QueueLine, QueueMessage } from "../../../views/admin/queue.tsx";
import type { Kind } from "../../../views/parts/telling.tsx";
import {
  deleteQueued,
  holdQueued,
  listQueue,
  type QueueLineView,
  type QueueMessageView,
  releaseQueued,
  retryQueued,
  showQueued,
} from "../../administration/mail/queue.ts";
import { Refusal } from "../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, listQuery, oneOf } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame, idOf, PAGE_SIZE, pagesOf } from "./office.ts";

const queueQuery = z.object({ ...listQuery, state: oneOf("all", "waiting", "held") });

type Recipient = QueueMessageView["recipients"][number];

const lineOf = ({ waiting, sending, held, nextAttempt, lastReply, createdAt, ...entry }: QueueLineView): QueueLine => ({
  ...entry,
  more: Math.max(0, waiting + sending + held - 1),
  createdAt: Date.parse(createdAt),
  state: sending > 0 ? "sending" : waiting > 0 ? "waiting" : "held",
  ...(nextAttempt !== null && { nextAttempt: Date.parse(nextAttempt) }),
  ...(lastReply !== null && { lastReply }),
});

const RESULTS: Record<NonNullable<Recipient["result"]>, { word: string; kind: Kind }> = {
  sent: { word: "sent", kind: "ok" },
  failed: { word: "refused", kind: "danger" },
  expired: { word: "returned", kind: "danger" },
  deleted: { word: "deleted", kind: "off" },
};

const STATES: Record<Recipient["state"], { word: string; kind: Kind }> = {
  waiting: { word: "waiting", kind: "warn" },
  sending: { word: "sending", kind: "ok" },
  held: { word: "held", kind: "info" },
  done: { word: "done", kind: "off" },
};

const recipientOf = (recipient: Recipient) => {
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
  const app = new Hono<WebEnv>();

  app.get("/", asked(queueQuery), async (c) => {
    const { q: search, page, state: filter } = c.req.valid("query");
    const found = await perform(front, c, listQueue, { search, state: filter, page, pageSize: PAGE_SIZE });
    return c.html(
      <Queue
        frame={adminFrame(front, c)}
        page={{
          ...{ search, filter, page, pages: pagesOf(found.total), total: found.total },
          lines: found.messages.map(lineOf),
          destinations: found.destinations.map(({ text, waiting, sending, held, lastReply }) => ({
            text,
            waiting: waiting + sending,
            held,
            ...(lastReply !== null && { lastReply }),
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
    const { recipients } = await perform(front, c, retryQueued, { id: "all" });
    return doneAt(front, c, `Mail to ${people(recipients)} is being tried again.`, "/admin/queue");
  });

  app.get("/:id", async (c) => {
    const { recipients, attempts, expiresAt, ...detail } = await perform(front, c, showQueued, { id: messageOf(c) });
    const page = {
      ...lineOf({ ...detail, expiresAt }),
      trace: detail.trace,
      expiresAt: Date.parse(expiresAt),
      recipients: recipients.map(recipientOf),
      attempts: attempts.map((attempt) => ({
        at: Date.parse(attempt.at),
        destination: attempt.destination,
        remote: attempt.remote ?? "",
        reply: attempt.reply ?? "",
      })),
    };
    return c.html(<QueueMessage frame={adminFrame(front, c)} page={page} />);
  });

  app.post("/:id/retry", async (c) => {
    const id = messageOf(c);
    const { recipients } = await perform(front, c, retryQueued, { id });
    const text =
      recipients > 0 ? "The message is being tried again." : "The message is being tried already, or is held.";
    return doneAt(front, c, text, `/admin/queue/${id}`);
  });

  app.post("/:id/hold", async (c) => {
    const id = messageOf(c);
    await perform(front, c, holdQueued, { id });
    return doneAt(front, c, "The message is held until it is released.", `/admin/queue/${id}`);
  });

  app.post("/:id/release", async (c) => {
    const id = messageOf(c);
    await perform(front, c, releaseQueued, { id });
    return doneAt(front, c, "The message is on its way again.", `/admin/queue/${id}`);
  });

  app.get("/:id/delete", async (c) => {
    const detail = await perform(front, c, showQueued, { id: messageOf(c) });
    const question: Question = {
      title: "Delete this message?",
      text: `“${detail.subject || "(no subject)"}” to ${detail.to} is not sent, and its sender is not told.`,
      action: `/admin/queue/${detail.id}/delete`,
      doIt: "Delete it",
      back: `/admin/queue/${detail.id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="queue" question={question} />);
  });

  app.post("/:id/delete", async (c) => {
    await perform(front, c, deleteQueued, { id: messageOf(c) });
    return doneAt(front, c, "The message was deleted.", "/admin/queue");
  });

  return app;
};
