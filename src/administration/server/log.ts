/** What happened: the log, messages and the way of each, and the audit log of changes. */
import { z } from "zod";
import type { Event } from "../../store/events.ts";
import type { Traced } from "../../transport/traces/traces.ts";
import { readAudit } from "../audit.ts";
import { nameOfMailbox } from "../mail/mailbox-view.ts";
import { type Context, operation } from "../operation.ts";
import { lastMoment, moment, searching, textOfTime, timeText } from "../values.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const MOST_TRACED = 500;

const eventView = z.object({
  id: z.number().int(),
  at: timeText,
  level: z.enum(LEVELS),
  room: z.string(),
  name: z.string(),
  text: z.string().nullable(),
  trace: z.string().nullable(),
  session: z.string().nullable(),
  user: z.string().nullable(),
  remote: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).nullable(),
});
export type EventView = z.output<typeof eventView>;

const before = z.coerce.number().int().positive().optional().describe("Entries with smaller ids only: the next page.");
const limit = z.coerce.number().int().min(1).max(1_000).default(100);

export const listLog = operation({
  name: "log.list",
  summary: "Shows the log, the latest entries first.",
  http: "GET /log",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    room: searching,
    level: z.enum(["", ...LEVELS]).default(""),
    trace: searching,
    session: searching,
    user: searching,
    before,
    limit,
  }),
  output: z.object({ events: z.array(eventView) }),
  run({ store }, { before, limit, ...filter }) {
    const wanted = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
    const found = store.events.recent({ ...wanted, limit, ...(before !== undefined && { before }) });
    return { events: found.map(viewOf) };
  },
});

const RESULTS = ["delivered", "junk", "held", "waiting", "sent", "returned", "deleted", "refused"] as const;

const messageView = z.object({
  id: z.number().int(),
  at: timeText,
  trace: z.string(),
  origin: z.string().describe("Where it came from: smtp, submission, web, system, collection."),
  remote: z.string().nullable().describe("The client's address."),
  login: z.string().nullable().describe("Who had logged in."),
  from: z.string().describe("The return path; empty for reports."),
  to: z.array(z.string()),
  subject: z.string(),
  messageId: z.string(),
  size: z.number().int(),
  result: z.enum(RESULTS),
  reply: z.string().nullable().describe("Why it was refused or returned, or what the last server said."),
});
export type TracedView = z.output<typeof messageView>;

const stepView = z.object({
  at: timeText,
  title: z.string(),
  text: z.string(),
  details: z.array(z.string()),
  mood: z.enum(["good", "waiting", "bad", "plain"]),
});

export const listTraces = operation({
  name: "trace.list",
  summary: "Lists the messages that came by, the latest first, and what became of each.",
  http: "GET /traces",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    search: searching.describe("Part of the sender, a recipient, the subject or the Message-ID; or a trace."),
    from: searching.describe("Part of the sender."),
    to: searching.describe("Part of a recipient."),
    subject: searching.describe("Part of the subject."),
    messageId: searching.describe("Part of the Message-ID."),
    result: z.enum(["", ...RESULTS]).default(""),
    since: moment.optional(),
    until: lastMoment.optional(),
    before,
    limit: z.coerce.number().int().min(1).max(500).default(50),
  }),
  output: z.object({ messages: z.array(messageView), more: z.boolean().describe("There are older ones.") }),
  async run({ transport }, { from: sender, to: recipient, result, ...query }) {
    const wanted = { ...query, sender, recipient, ...(result !== "" && { result }) };
    const { messages, more } = await transport.traces.search(wanted);
    return { messages: messages.map(tracedView), more };
  },
});

export const showTrace = operation({
  name: "trace.show",
  summary: "Shows what happened to a message or in a session, the earliest first.",
  http: "GET /traces/{id}",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({ id: z.string().trim().min(1).max(200).describe("A trace or session id.") }),
  output: z.object({
    messages: z.array(messageView).describe("What the trace is about; none for a session."),
    steps: z.array(stepView).describe("The events in plain words."),
    events: z.array(eventView),
  }),
  async run(context, { id }) {
    const { store, transport } = context;
    const limit = MOST_TRACED;
    const found = [...store.events.recent({ trace: id, limit }), ...store.events.recent({ session: id, limit })];
    const unique = [...new Map(found.map((event) => [event.id, event])).values()];
    const events = unique.sort((left, right) => left.id - right.id);
    // Read when somebody looks.
    const { storyOf } = await import("../../transport/traces/story.ts");
    return {
      messages: transport.traces.of(id).map(tracedView),
      steps: storyOf(events, id, namesFor(context)).map(({ at, details, ...step }) => ({
        ...{ at: textOfTime(at), details: [...details], ...step },
      })),
      events: events.map(viewOf),
    };
  },
});

function namesFor({ directory, mailstore }: Pick<Context, "directory" | "mailstore">) {
  const known = (id: number) => directory.mailboxes.byId(id);
  return {
    mailbox: (id: number) => {
      const mailbox = known(id);
      return mailbox === undefined ? `mailbox ${id}, which is gone` : nameOfMailbox({ directory }, mailbox);
    },
    folder: (id: number, folder: number) =>
      known(id) === undefined ? "?" : (mailstore.folders(id).find((one) => one.id === folder)?.name ?? "that is gone"),
  };
}

function tracedView({ at, sender, recipients, ...rest }: Traced): TracedView {
  return { ...rest, at: textOfTime(at), from: sender, to: [...recipients] };
}

const changeView = z.object({
  id: z.number().int(),
  at: timeText,
  actor: z.string().describe("A login name; console: whoever holds the data folder; system: the server itself."),
  via: z.enum(["command", "web", "api", "imap", "managesieve", "system"]),
  token: z.string().nullable().describe("The name of the API token with which it was done."),
  remote: z.string().nullable(),
  operation: z.string(),
  subject: z.string(),
  before: z.record(z.string(), z.unknown()).describe("The properties that changed, as they were."),
  after: z.record(z.string(), z.unknown()).describe("The same, as they are since."),
});
export type ChangeView = z.output<typeof changeView>;

export const listAudit = operation({
  name: "audit.list",
  summary: "Shows who changed what, when, from where, and what it was before; the latest first.",
  http: "GET /audit",
  scope: "log:read",
  who: "administrator",
  input: z.strictObject({
    actor: searching.describe("A login name, console or system."),
    operation: searching.describe("Part of an operation's name."),
    subject: searching.describe("Part of what was changed."),
    since: moment.optional(),
    until: lastMoment.optional(),
    before,
    limit,
  }),
  output: z.object({ changes: z.array(changeView) }),
  run({ store }, { actor, operation, subject, ...rest }) {
    const text = (value: string) => (value === "" ? undefined : value);
    const query = { ...rest, actor: text(actor), operation: text(operation), subject: text(subject) };
    return { changes: readAudit(store, query).map((line) => ({ ...line, at: textOfTime(line.at) })) };
  },
});

function viewOf(event: Event & { id: number }): EventView {
  const { id, at, level, room, name, text, trace, session, user, remote, data } = event;
  return {
    ...{ id, at: textOfTime(at), level, room, name },
    ...{ text: text ?? null, trace: trace ?? null, session: session ?? null },
    ...{ user: user ?? null, remote: remote ?? null, data: data ?? null },
  };
}

export const logOperations = [listLog, listTraces, showTrace, listAudit] as const;
