/** The queue: the list by destination, one message, and what is done to mail that waits. */
import { Hono } from "hono";
import { z } from "zod";
import { Queue, type QueueLine, QueueMessage } from "../../../views/admin/queue.tsx";
import {
  QueueAsk,
  QueueAskPage,
  type QueueQuestion,
  ReadMessage,
  ReadMessagePage,
} from "../../../views/admin/queue-ask.tsx";
import type { Kind } from "../../../views/parts/telling.tsx";
import {
  bounceQueued,
  deleteQueued,
  holdQueued,
  listQueue,
  MOST_NAMED,
  type QueueLineView,
  type QueueMessageView,
  readQueued,
  releaseQueued,
  rerouteQueued,
  retryQueued,
  showQueued,
} from "../../administration/mail/queue.ts";
import { Refusal } from "../../refusal.ts";
import { queueChanged } from "../../transport/queue/rows.ts";
import { destinationText } from "../../transport/route.ts";
import { localPath, type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { asked, listQuery, oneOf, posted, searchText, sentenceOf, several, statusFrom, whole } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { LiveLists } from "./live.ts";
import { adminFrame, idOf, PAGE_SIZE, pagesOf } from "./office.ts";

const queueQuery = z.object({ ...listQuery, state: oneOf("all", "waiting", "held"), to: searchText });

const ACTIONS = ["retry", "hold", "release", "reroute", "bounce", "delete"] as const;
type Asked = QueueQuestion["action"];

const doForm = z.strictObject({
  action: z.enum(ACTIONS),
  /** Numbers, or "all". */
  id: several(MOST_NAMED, 8_000).optional().default([]),
  destination: z.string().max(300).optional().default(""),
  back: z.string().max(2_000).optional(),
  /** The question was asked and answered. */
  sure: z.literal("yes").optional(),
  server: z.string().max(300).optional().default(""),
  reason: z.string().max(2_000).optional().default(""),
});
type Doing = z.output<typeof doForm>;

const askQuery = z.object({
  action: z.enum(["reroute", "bounce", "delete"]),
  id: z.string().max(8_000).default(""),
  destination: searchText,
  back: z.string().max(2_000).optional(),
});

type Recipient = QueueMessageView["recipients"][number];

const lineOf = ({ waiting, sending, held, nextAttempt, createdAt, ...entry }: QueueLineView): QueueLine => ({
  ...said(entry),
  ...{ id: entry.id, from: entry.from, to: entry.to, subject: entry.subject, size: entry.size },
  more: Math.max(0, waiting + sending + held - 1),
  createdAt: Date.parse(createdAt),
  state: sending > 0 ? "sending" : waiting > 0 ? "waiting" : "held",
  ...(nextAttempt !== null && { nextAttempt: Date.parse(nextAttempt) }),
});

/** What was heard last, and what that means. */
const said = ({ lastReply, reason }: Pick<QueueLineView, "lastReply" | "reason">) => ({
  ...(lastReply !== null && { lastReply }),
  ...(reason !== null && { reason }),
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
    ...{ address: recipient.address, state: word, kind },
    attempts: recipient.attempts,
    ...said(recipient),
  };
};

const people = (count: number) => (count === 1 ? "one recipient" : `${count} recipients`);

const DONE: Readonly<Record<Doing["action"], string>> = {
  retry: "is being tried again",
  hold: "is held until it is released",
  release: "is on its way again",
  reroute: "is sent another way",
  bounce: "was returned",
  delete: "was deleted",
};

const chosenOf = ({ id, destination }: Pick<Doing, "id" | "destination">) => ({ id: id.join(","), destination });

/** Whose mail a question is about. */
const whatOf = ({ id, destination }: Pick<Doing, "id" | "destination">): string => {
  const named = id.join(",").split(",");
  if (id[0] !== "all") return named.length === 1 ? `message ${named[0]}` : `${named.length} messages`;
  return destination === "" ? "all mail that waits" : `all mail that waits for ${destinationText(destination)}`;
};

const questionOf = (doing: Omit<Doing, "action"> & { action: Asked }, problem?: string): QueueQuestion => ({
  action: doing.action,
  what: whatOf(doing),
  fields: chosenOf(doing),
  back: localPath(doing.back, "/admin/queue"),
  typed: doing.action === "reroute" ? doing.server : doing.reason,
  ...(problem !== undefined && { problem }),
});

/** Does it; resolves with how many recipients that concerned. */
const done = async (front: Front, c: WebContext, doing: Doing): Promise<number> => {
  const chosen = chosenOf(doing);
  switch (doing.action) {
    case "retry":
      return (await perform(front, c, retryQueued, chosen)).recipients;
    case "hold":
      return (await perform(front, c, holdQueued, chosen)).recipients;
    case "release":
      return (await perform(front, c, releaseQueued, chosen)).recipients;
    case "reroute":
      return (await perform(front, c, rerouteQueued, { ...chosen, to: doing.server })).recipients;
    case "bounce":
      return (await perform(front, c, bounceQueued, { ...chosen, reason: doing.reason })).recipients;
    case "delete":
      return (await perform(front, c, deleteQueued, chosen)).recipients;
  }
};

const isAsked = (doing: Doing): doing is Doing & { action: Asked } =>
  doing.action === "reroute" || doing.action === "bounce" || doing.action === "delete";

export const queueRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const live = new LiveLists(front, (changed) => front.deps.store.changes.on(queueChanged, changed));

  app.get("/", asked(queueQuery), async (c) => {
    const { q: search, page, state: filter, to: destination } = c.req.valid("query");
    const wanted = { search, state: filter, destination, page, pageSize: PAGE_SIZE };
    const found = await perform(front, c, listQueue, wanted);
    return c.html(
      <Queue
        frame={adminFrame(front, c)}
        page={{
          ...{ search, filter, destination, page, pages: pagesOf(found.total), total: found.total },
          lines: found.messages.map(lineOf),
          destinations: found.destinations.map(({ waiting, sending, nextAttempt, ...one }) => ({
            ...said(one),
            ...{ destination: one.destination, text: one.text, held: one.held, waiting: waiting + sending },
            ...(nextAttempt !== null && { nextAttempt: Date.parse(nextAttempt) }),
          })),
        }}
      />,
    );
  });

  app.get("/events", (c) => live.answer(c));

  const ask = (c: WebContext, question: QueueQuestion) => {
    const status = question.problem === undefined ? 200 : 422;
    if (wantsFragment(c)) return c.html(<QueueAsk question={question} csrf={c.get("csrf")} />, status);
    return c.html(<QueueAskPage frame={adminFrame(front, c)} question={question} />, status);
  };

  app.get("/ask", asked(askQuery), (c) => {
    const { id, ...rest } = c.req.valid("query");
    return ask(c, questionOf({ ...rest, id: id === "" ? ["all"] : [id], server: "", reason: "" }));
  });

  app.post("/do", posted(doForm), async (c) => {
    const doing = whole(c.req.valid("form"));
    const back = localPath(doing.back, "/admin/queue");
    if (doing.id.length === 0) return doneAt(front, c, "Nothing was chosen. Tick the messages first.", back);
    if (isAsked(doing) && doing.sure === undefined) return ask(c, questionOf(doing));
    try {
      const recipients = await done(front, c, doing);
      const text =
        recipients === 0
          ? "There was nothing to do: it is being sent just now, or is gone."
          : `Mail to ${people(recipients)} ${DONE[doing.action]}.`;
      // A message's own page goes with it.
      const gone = doing.action === "delete" || doing.action === "bounce";
      return doneAt(front, c, text, gone && /^\/admin\/queue\/\d/.test(back) ? "/admin/queue" : back);
    } catch (error) {
      if (!isAsked(doing) || !(error instanceof Refusal) || error.kind !== "invalid") throw error;
      return c.html(
        <QueueAskPage frame={adminFrame(front, c)} question={questionOf(doing, sentenceOf(error))} />,
        statusFrom(error),
      );
    }
  });

  const messageOf = (c: WebContext): number => {
    const id = idOf(c);
    if (id === undefined) throw new Refusal("notFound", "There is no such message in the queue.");
    return id;
  };

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

  app.get("/:id/message", async (c) => {
    const id = messageOf(c);
    const page = { id, ...(await perform(front, c, readQueued, { id })) };
    if (wantsFragment(c)) return c.html(<ReadMessage page={page} />);
    return c.html(<ReadMessagePage frame={adminFrame(front, c)} page={page} />);
  });

  return app;
};
