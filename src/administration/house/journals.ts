/** The journals: copies of mail for the record. */
import { z } from "zod";
import { type JournalEntry, JournalList } from "../../transport/house-rules/journal-list.ts";
import { type Context, operation } from "../operation.ts";
import { id } from "../ordered.ts";
import { defined, oneLine, switched, textOfTime, timeText } from "../values.ts";

const directions = z.enum(["in", "out", "both"]);

const journalView = z.object({
  id: z.number().int(),
  enabled: z.boolean(),
  direction: directions.describe("in: mail from outside; out: mail of people here; both."),
  about: z.string().describe("A domain or an address here whose mail it is about; empty: all mail."),
  to: z.string().describe("Where the copies go."),
  mailbox: z.number().int().nullable().describe("The mailbox, where it is one here."),
  note: z.string(),
  copies: z.number().int().describe("Copies made so far."),
  createdAt: timeText,
});
export type JournalView = z.output<typeof journalView>;

const to = oneLine(320).min(3, "Say where the copies go: an address here or elsewhere.");

export const listJournals = operation({
  name: "journal.list",
  summary: "Lists where copies of mail go for the record.",
  http: "GET /mail/journals",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ journals: z.array(journalView) }),
  run: (context) => ({ journals: listOf(context).list().map(viewOf) }),
});

export const addJournal = operation({
  name: "journal.add",
  summary: "Has copies of mail put into a mailbox here or sent to an address elsewhere, with what each envelope said.",
  http: "POST /mail/journals",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({
    to,
    direction: directions.default("both"),
    about: oneLine(320).default(""),
    note: oneLine(200).default(""),
    enabled: switched.default(true),
  }),
  output: journalView,
  async run(context, values) {
    return await context.commit((tx, note) => {
      const made = listOf(context).createWithin(tx, values);
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setJournal = operation({
  name: "journal.set",
  summary: "Changes a journal.",
  http: "PATCH /mail/journals/{id}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({
    id,
    to: to.optional(),
    direction: directions.optional(),
    about: oneLine(320).optional(),
    note: oneLine(200).optional(),
    enabled: switched.optional(),
  }),
  output: journalView,
  async run(context, { id, ...given }) {
    return await context.commit((tx, note) => {
      const list = listOf(context);
      const before = list.require(id);
      const after = list.updateWithin(tx, id, defined(given));
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

export const removeJournal = operation({
  name: "journal.remove",
  summary: "Ends a journal; the copies it has made stay where they are.",
  http: "DELETE /mail/journals/{id}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ id }),
  output: z.object({}),
  async run(context, { id }) {
    await context.commit((tx, note) => {
      const before = listOf(context).removeWithin(tx, id);
      note({ subject: subjectOf(before), before: recorded(before) });
    });
    return {};
  },
});

function listOf({ store, directory, now }: Context): JournalList {
  return new JournalList(store, directory, now);
}

function viewOf({ createdAt, ...journal }: JournalEntry): JournalView {
  return { ...journal, createdAt: textOfTime(createdAt) };
}

function subjectOf({ to }: JournalEntry): string {
  return `journal to ${to}`;
}

function recorded({ enabled, direction, about, to, note }: JournalEntry): object {
  return { enabled, direction, about, to, note };
}

export const journalOperations = [listJournals, addJournal, setJournal, removeJournal] as const;
