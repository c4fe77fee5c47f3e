/** `gatepost barred`: from whom and to whom no mail is taken, and who is excepted. */
import {
  addBarred,
  listBarred,
  removeBarred,
  setBarred,
  showBarred,
  tryBarred,
} from "../administration/house/barred.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, everyPage, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const COLUMNS = ["id", "action", "side", "direction", "pattern", "hits", "lastHitAt", "text", "note"];
const MOST_AT_ONCE = 10_000;
const settable = setBarred.input.omit({ id: true });
const addable = addBarred.input.omit({ patterns: true });

/** Words that say something about the patterns; all others are patterns. */
const isAssignment = (word: string) => /^[a-z]+=/i.test(word);

/** What stands on standard input: a pattern a line, and comments behind #. */
function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** Adds patterns, as many at once as one request may hold. */
async function add(context: Context, patterns: readonly string[], words: readonly string[]): Promise<void> {
  const given = patchFrom(addable, assignments(words));
  let added = 0;
  for (let at = 0; at < Math.max(1, patterns.length); at += MOST_AT_ONCE) {
    const some = patterns.slice(at, at + MOST_AT_ONCE);
    const { entries } = await context.perform(addBarred, { ...given, patterns: some });
    added += entries.length;
    if (context.json) for (const entry of entries) context.out(JSON.stringify(entry));
  }
  if (!context.json) context.out(added === 1 ? "One entry is listed." : `${added} entries are listed.`);
}

/** An entry by its id or its pattern. @throws Refusal "notFound" */
async function entryNamed(context: Context, named = ""): Promise<number> {
  if (/^\d{1,15}$/.test(named)) return Number(named);
  const { entries } = await context.perform(listBarred, { search: named, pageSize: 1_000 });
  const fitting = entries.filter(({ pattern }) => pattern === named.toLowerCase());
  const [first] = fitting;
  if (first === undefined) throw new Refusal("notFound", `“${named}” is not listed. See: gatepost barred list`);
  if (fitting.length > 1)
    throw new Refusal("invalid", `“${named}” is listed ${fitting.length} times; name its id: gatepost barred list`);
  return first.id;
}

export const barred = {
  name: "barred",
  summary: "From whom and to whom no mail is taken, and who is excepted.",
  actions: {
    list: {
      usage: "[SEARCH]",
      summary: "Lists barred addresses and exceptions, with how often each was met.",
      arity: [0, 1],
      performs: [listBarred],
      run: async (context) => {
        const [search = ""] = context.args;
        const entries = await everyPage(
          async (page) => (await context.perform(listBarred, { search, ...page })).entries,
        );
        printRows(context, entries, COLUMNS);
      },
    },
    add: {
      usage: "PATTERN… [side=sender|recipient] [direction=in|out|both] [action=bar|allow] [text=…] [note=…]",
      summary:
        "Bars addresses, domains (.example.com: with all below) or patterns with stars; action=allow excepts them.",
      properties: propertiesOf(addable),
      arity: [1, 1_000],
      performs: [addBarred],
      run: async (context) => {
        const patterns = context.args.filter((word) => !isAssignment(word));
        await add(context, patterns, context.args.filter(isAssignment));
      },
    },
    import: {
      usage: "[PROPERTY=VALUE…] < FILE",
      summary: "The same with the patterns on standard input, one a line; what stands behind # is left out.",
      properties: propertiesOf(addable),
      readsInput: true,
      arity: [0, 10],
      performs: [addBarred],
      run: async (context) => add(context, linesOf(await context.stdin()), context.args),
    },
    show: {
      usage: "ID|PATTERN",
      summary: "Shows all that an entry says.",
      arity: [1, 1],
      performs: [showBarred, listBarred],
      run: async (context) =>
        printOne(context, await context.perform(showBarred, { id: await entryNamed(context, context.args[0]) })),
    },
    set: {
      usage: "ID|PATTERN PROPERTY=VALUE…",
      summary: "Changes an entry.",
      properties: propertiesOf(settable),
      arity: [2, 10],
      performs: [setBarred, listBarred],
      run: async (context) => {
        const [named, ...words] = context.args;
        const id = await entryNamed(context, named);
        const after = await context.perform(setBarred, { ...patchFrom(settable, assignments(words)), id });
        if (context.json) printOne(context, after);
      },
    },
    remove: {
      usage: "ID|PATTERN",
      summary: "Takes an entry off the list.",
      arity: [1, 1],
      performs: [removeBarred, listBarred],
      run: async (context) => {
        await context.perform(removeBarred, { id: await entryNamed(context, context.args[0]) });
      },
    },
    test: {
      usage: "ADDRESS [--side sender|recipient] [--direction in|out]",
      summary: "Says whether mail from or to an address would be refused, and which entry decides.",
      options: { side: { type: "string" }, direction: { type: "string" } },
      arity: [1, 1],
      performs: [tryBarred],
      run: async (context) => {
        const side = textOf(context.values, "side") as "sender" | undefined;
        const direction = textOf(context.values, "direction") as "in" | undefined;
        const answer = await context.perform(tryBarred, {
          address: context.args[0] ?? "",
          ...(side !== undefined && { side }),
          ...(direction !== undefined && { direction }),
        });
        if (context.json) printOne(context, answer);
        else context.out(`${answer.outcome}: ${answer.sentence}`);
      },
    },
  },
} satisfies Command;
