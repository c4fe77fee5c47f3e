/** Messages that came by: the search, and the way of one. */
import { Hono } from "hono";
import { z } from "zod";
import { Message, type MessageLine, Messages } from "../../../views/admin/messages.tsx";
import { listTraces, showTrace, type TracedView } from "../../administration/server/log.ts";
import { Refusal } from "../../refusal.ts";
import { eventSettings } from "../../store/events.ts";
import { queueChanged } from "../../transport/queue/rows.ts";
import { tracesChanged } from "../../transport/traces/traces.ts";
import type { WebEnv } from "../context.ts";
import { asked, oneOf, searchText } from "../form.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { LiveLists } from "./live.ts";
import { adminFrame, PAGE_SIZE } from "./office.ts";

/** A day in an address; anything else is none. */
const day = z.iso.date().or(z.literal("")).catch("").default("");

const messagesQuery = z.object({
  ...{ q: searchText, from: searchText, to: searchText, subject: searchText, id: searchText },
  result: oneOf("", "delivered", "junk", "held", "waiting", "sent", "returned", "deleted", "refused"),
  ...{ since: day, until: day },
  before: z.coerce.number().int().positive().optional().catch(undefined),
});

const lineOf = ({ trace, at, from, to, subject, result, reply }: TracedView): MessageLine => ({
  ...{ trace, at: Date.parse(at), from, to, subject, result },
  ...(reply !== null && result !== "sent" && { reply }),
});

const shown = (message: TracedView) => ({
  ...lineOf(message),
  ...{ size: message.size, messageId: message.messageId },
  ...(message.reply !== null && { reply: message.reply }),
  ...(message.login !== null && { login: message.login }),
  ...(message.remote !== null && { remote: message.remote }),
});

export const messageRoutes = (front: Front): Hono<WebEnv> => {
  const { store, queue } = front.deps;
  const app = new Hono<WebEnv>();
  const live = new LiveLists(front, (changed) => {
    const ends = [store.changes.on(tracesChanged, changed), store.changes.on(queueChanged, changed)];
    return () => {
      for (const end of ends) end();
    };
  });

  app.get("/", asked(messagesQuery), async (c) => {
    const { before, ...wishes } = c.req.valid("query");
    const { q: search, id: messageId, since, until, ...rest } = wishes;
    const { messages, more } = await perform(front, c, listTraces, {
      ...{ ...rest, search, messageId, limit: PAGE_SIZE },
      ...(since !== "" && { since }),
      ...(until !== "" && { until }),
      ...(before !== undefined && { before }),
    });
    const last = messages.at(-1);
    const page = {
      ...{ wishes, lines: messages.map(lineOf), past: before !== undefined },
      days: store.settings.get(eventSettings).retentionDays,
      ...(more && last !== undefined && { older: last.id }),
    };
    return c.html(<Messages frame={adminFrame(front, c)} page={page} />);
  });

  app.get("/events", (c) => live.answer(c));

  app.get("/:trace", async (c) => {
    const trace = c.req.param("trace");
    const { messages, steps } = await perform(front, c, showTrace, { id: trace });
    if (messages.length === 0 && steps.length === 0) {
      throw new Refusal("notFound", "Nothing is known of such a message, or it is too long ago.");
    }
    const queued = queue.numberOf(trace);
    const page = {
      ...{ trace, messages: messages.map(shown) },
      steps: steps.map(({ at, ...step }) => ({ ...step, at: Date.parse(at) })),
      ...(queued !== undefined && { queued }),
    };
    return c.html(<Message frame={adminFrame(front, c)} page={page} />);
  });

  return app;
};
