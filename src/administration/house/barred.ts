/** Barred addresses: from whom and to whom no mail is taken, and who is excepted. */
import { z } from "zod";
import { type BarredEntry, BarredList } from "../../transport/house-rules/barred-list.ts";
import { type Context, operation } from "../operation.ts";
import { id } from "../ordered.ts";
import { defined, oneLine, paging, searching, textOfTime, timeText } from "../values.ts";

/** Entries that one commit adds, and those of one list that the audit log names. */
const AT_ONCE = 500;
const MOST_NOTED = 100;

const sides = z.enum(["sender", "recipient"]);
const directions = z.enum(["in", "out", "both"]);
const actions = z.enum(["bar", "allow"]);

const entryView = z.object({
  id: z.number().int(),
  pattern: z.string().describe("An address, a domain or a pattern with stars."),
  side: sides,
  direction: directions.describe("in: mail from outside; out: mail of people here; both."),
  action: actions.describe("allow: an exception, which holds before every bar."),
  text: z.string().describe("What the other server is told; empty: the usual sentence."),
  note: z.string(),
  hits: z.number().int().describe("How often mail was refused for it."),
  lastHitAt: timeText.nullable(),
  createdAt: timeText,
});
export type BarredView = z.output<typeof entryView>;

const pattern = z
  .string()
  .trim()
  .min(1)
  .max(320)
  .describe(
    "ann@example.com, example.com, .example.com (it and all below), *.example.com (what is below), shop-*@example.com, *news*@*.",
  );
const values = {
  side: sides.default("sender"),
  direction: directions.default("in"),
  action: actions.default("bar"),
  text: oneLine(400).default(""),
  note: oneLine(200).default(""),
};
const change = {
  pattern: pattern.optional(),
  side: sides.optional(),
  direction: directions.optional(),
  action: actions.optional(),
  text: oneLine(400).optional(),
  note: oneLine(200).optional(),
};

export const listBarred = operation({
  name: "barred.list",
  summary: "Lists the addresses from and to which no mail is taken, and those that are excepted.",
  http: "GET /mail/barred",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({
    search: searching.describe("Part of a pattern or a note."),
    action: actions.optional().describe("Bars or exceptions alone."),
    ...paging,
  }),
  output: z.object({ entries: z.array(entryView), total: z.number().int() }),
  async run(context, wishes) {
    const { entries, total } = await listOf(context).list(wishes);
    return { entries: entries.map(viewOf), total };
  },
});

export const showBarred = operation({
  name: "barred.show",
  summary: "Shows an entry of the barred addresses.",
  http: "GET /mail/barred/{id}",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({ id }),
  output: entryView,
  run: (context, { id }) => viewOf(listOf(context).require(id)),
});

export const addBarred = operation({
  name: "barred.add",
  summary: "Bars addresses, or excepts them; those that are listed already are changed.",
  http: "POST /mail/barred",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ patterns: z.array(pattern).min(1, "Name an address.").max(10_000), ...values }),
  output: z.object({ entries: z.array(entryView) }),
  async run(context, { patterns, ...given }) {
    const list = listOf(context);
    await list.check(patterns);
    const entries: BarredEntry[] = [];
    for (let at = 0; at < patterns.length; at += AT_ONCE) {
      const some = await context.commit((tx, note) => {
        const made = list.addWithin(tx, patterns.slice(at, at + AT_ONCE), given);
        for (const one of made.slice(0, Math.max(0, MOST_NOTED - at)))
          note({ subject: subjectOf(one), after: recorded(one) });
        return made;
      });
      entries.push(...some);
    }
    return { entries: entries.map(viewOf) };
  },
});

export const setBarred = operation({
  name: "barred.set",
  summary: "Changes an entry of the barred addresses.",
  http: "PATCH /mail/barred/{id}",
  scope: "mail:write",
  who: "administrator",
  input: z.strictObject({ id, ...change }),
  output: entryView,
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

export const removeBarred = operation({
  name: "barred.remove",
  summary: "Takes an entry off the barred addresses.",
  http: "DELETE /mail/barred/{id}",
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

const decision = z.object({
  outcome: z.enum(["taken", "refused", "excepted"]),
  sentence: z.string(),
  entry: z.number().int().nullable().describe("The entry that decides; null where none does."),
});
export type BarredAnswer = z.output<typeof decision>;

export const tryBarred = operation({
  name: "barred.try",
  summary: "Says whether mail from or to an address would be refused, and which entry decides.",
  http: "GET /mail/barred/try",
  scope: "mail:read",
  who: "administrator",
  input: z.strictObject({
    address: z.string().trim().min(3, "Name an address.").max(320),
    side: sides.default("sender"),
    direction: z.enum(["in", "out"]).default("in"),
  }),
  output: decision,
  run({ transport }, { address, side, direction }): BarredAnswer {
    const decided = transport.barred.decision(side, direction, address);
    const whose = side === "sender" ? "from" : "to";
    if (decided === undefined)
      return { outcome: "taken", sentence: `No entry is about mail ${whose} ${address}.`, entry: null };
    if (decided.action === "allow")
      return { outcome: "excepted", sentence: `“${decided.pattern}” is excepted.`, entry: decided.id };
    const said = decided.text === "" ? "" : ` The other server is told: ${decided.text}`;
    return { outcome: "refused", sentence: `“${decided.pattern}” is barred.${said}`, entry: decided.id };
  },
});

function listOf({ store, now }: Pick<Context, "store" | "now">): BarredList {
  return new BarredList(store, now);
}

function viewOf({ lastHitAt, createdAt, ...entry }: BarredEntry): BarredView {
  return { ...entry, lastHitAt: textOfTime(lastHitAt), createdAt: textOfTime(createdAt) };
}

function subjectOf({ pattern, side }: BarredEntry): string {
  return `barred ${side} ${pattern}`;
}

function recorded({ action, direction, text, note, pattern, side }: BarredEntry): object {
  return { pattern, side, action, direction, text, note };
}

export const barredOperations = [listBarred, showBarred, addBarred, setBarred, removeBarred, tryBarred] as const;
