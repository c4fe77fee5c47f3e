/**
 * The log: what happened, page by page, and a stream of server-sent events that adds new lines by itself (WHATWG HTML §9.2).
 * A flood of events is thinned: a page needs no thousand lines a second.
 */
import { Hono } from "hono";
import { z } from "zod";
import { Entry, Log, type LogFilter, type LogLine } from "../../../views/admin/log.tsx";
import { type EventView, listLog } from "../../administration/server/log.ts";
import { Refusal } from "../../refusal.ts";
import type { Event } from "../../store/events.ts";
import type { WebEnv } from "../context.ts";
import { asked, oneOf, searchText } from "../form.ts";
import { perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { stillAdministrates } from "./live.ts";
import { adminFrame } from "./office.ts";

const PAGE_LINES = 100;
/** Events are sent together this often. */
const SEND_EVERY_MS = 250;
/** At most so many of them; the rest of a flood is counted. */
const MOST_AT_ONCE = 40;
/** A sign of life, so that no proxy closes a quiet stream; the session is looked at then, too. */
const PULSE_MS = 20_000;
/** Streams open at once, of all administrators together. */
const MOST_STREAMS = 50;
/** Rooms that events come from, besides those that the page finds by itself. */
const ROOMS = ["auth", "directory", "imap", "mailstore", "net", "pop3", "setup", "smtp", "store", "transport", "web"];

const filterQuery = z.object({
  room: searchText,
  level: oneOf("", "debug", "info", "warn", "error"),
  trace: searchText,
  session: searchText,
});
const logQuery = filterQuery.extend({ before: z.coerce.number().int().positive().optional().catch(undefined) });

const fits = (filter: LogFilter, event: Event): boolean =>
  (filter.room === "" || event.room === filter.room) &&
  (filter.level === "" ? event.level !== "debug" : event.level === filter.level) &&
  (filter.trace === "" || event.trace === filter.trace) &&
  (filter.session === "" || event.session === filter.session);

const detailOf = (data: Record<string, unknown> | undefined): string | undefined => {
  if (data === undefined) return undefined;
  if (typeof data.stack === "string") return data.stack;
  return JSON.stringify(data, undefined, 2);
};

const lineOf = (event: Event): LogLine => {
  const detail = detailOf(event.data);
  return {
    at: event.at,
    level: event.level,
    room: event.room,
    name: event.name,
    text: event.text ?? "",
    ...(event.trace !== undefined && { trace: event.trace }),
    ...(event.session !== undefined && { session: event.session }),
    ...(event.user !== undefined && { user: event.user }),
    ...(event.remote !== undefined && { remote: event.remote }),
    ...(detail !== undefined && { detail }),
  };
};

const lineOfView = ({ at, text, trace, session, user, remote, data, ...event }: EventView): LogLine =>
  lineOf({
    ...event,
    at: Date.parse(at),
    ...(text !== null && { text }),
    ...(trace !== null && { trace }),
    ...(session !== null && { session }),
    ...(user !== null && { user }),
    ...(remote !== null && { remote }),
    ...(data !== null && { data }),
  });

/** One message of the stream. Every line of the HTML needs its own "data:". */
const message = (html: string, id: number): string =>
  `id: ${id}\n${html
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;

/** The lines of some events, the latest first, as they are put before what the page has. */
export const streamed = (events: readonly Event[]): string => {
  const shown = events.slice(-MOST_AT_ONCE).reverse();
  const html = shown.map((event) => String(<Entry line={lineOf(event)} />)).join("");
  const missing = events.length - shown.length;
  const note = missing > 0 ? String(<Entry line={thinned(shown.at(-1)?.at ?? 0, missing)} />) : "";
  return message(html + note, events.at(-1)?.at ?? 0);
};

const thinned = (at: number, missing: number): LogLine => ({
  at,
  level: "info",
  room: "web",
  name: "log.thinned",
  text: `${missing.toLocaleString("en")} more lines came at the same time; load the page to see them.`,
});

/** A stream of events that fit, until the client goes or `mayGoOn` says no. */
const streamOf = (
  { deps, livePages }: Front,
  filter: LogFilter,
  since: number | undefined,
  mayGoOn: () => boolean,
  ended: () => void,
) => {
  const { events } = deps.store;
  const encoder = new TextEncoder();
  let waiting: Event[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = () => {
        timer = undefined;
        if (waiting.length > 0) controller.enqueue(encoder.encode(streamed(waiting)));
        waiting = [];
      };
      const unsubscribe = events.subscribe((event) => {
        if (!fits(filter, event)) return;
        waiting.push(event);
        timer ??= setTimeout(send, SEND_EVERY_MS);
      });
      const end = () => {
        stop();
        controller.close();
      };
      const pulse = setInterval(() => {
        if (mayGoOn()) controller.enqueue(encoder.encode(": here\n\n"));
        else end();
      }, PULSE_MS);
      const closed = livePages.opened(end);
      stop = () => {
        stop = () => {};
        closed();
        clearInterval(pulse);
        clearTimeout(timer);
        unsubscribe();
        ended();
      };
      controller.enqueue(encoder.encode(": here\n\n"));
      // After a break the browser names the last it saw; what came since is made up for.
      const missed =
        since === undefined
          ? []
          : events.recent({ limit: PAGE_LINES }).filter((event) => event.at > since && fits(filter, event));
      if (missed.length > 0) controller.enqueue(encoder.encode(streamed(missed.reverse())));
    },
    cancel: () => stop(),
  });
};

export const logRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  let open = 0;

  app.get("/", asked(logQuery), async (c) => {
    const { before, ...filter } = c.req.valid("query");
    const paged = before === undefined ? {} : { before };
    const { events: found } = await perform(front, c, listLog, { ...filter, ...paged, limit: PAGE_LINES });
    const last = found.at(-1);
    const page = {
      filter,
      past: before !== undefined,
      rooms: [...new Set([...ROOMS, ...found.map((event) => event.room)])].sort(),
      lines: found.map(lineOfView),
      ...(last !== undefined && found.length === PAGE_LINES && { older: last.id }),
    };
    return c.html(<Log frame={adminFrame(front, c)} page={page} />);
  });

  app.get("/stream", asked(filterQuery), (c) => {
    if (open >= MOST_STREAMS)
      throw new Refusal("tooMany", "Too many pages show the live log at once. Close one of them.");
    const since = Number(c.req.header("last-event-id"));
    const mayGoOn = stillAdministrates(front, c);
    open++;
    const stream = streamOf(front, c.req.valid("query"), since > 0 ? since : undefined, mayGoOn, () => {
      open--;
    });
    c.header("content-type", "text/event-stream");
    c.header("cache-control", "no-store, no-transform");
    c.header("x-accel-buffering", "no");
    return c.body(stream);
  });

  return app;
};
