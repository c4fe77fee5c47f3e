/** `gatepost bar`: who is barred and why, bars by hand, and the networks that are never barred. */
import { addBar, type BarView, liftBar, listBars, setAllowList, showAllowList } from "../administration/server/bars.ts";
import { type Command, type Context, everyPage, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";

/** Bars that one look into the list gives. */
const COLUMNS = ["kind", "name", "barred", "why", "since", "until", "turnedAway", "score", "text"];

function untilWords({ name, until }: BarView): string {
  return until === null ? `${name} is barred until somebody lifts it.` : `${name} is barred until ${until}.`;
}

function printAllowed(context: Context, allowed: { networks: string[]; exemptLan: boolean }): void {
  if (context.json) {
    printOne(context, allowed);
    return;
  }
  for (const network of allowed.networks) context.out(network);
  if (allowed.exemptLan) context.out("and the networks of the LAN list");
}

export const bar = {
  name: "bar",
  summary: "Who is barred and why, bars by hand, and the networks that are never barred.",
  actions: {
    list: {
      usage: "",
      summary: "Lists who is barred or about to be, why, until when, and how often it was turned away.",
      performs: [listBars],
      arity: [0, 0],
      run: async (context) => {
        const bars = await everyPage(async (page) => (await context.perform(listBars, page)).bars);
        const rows = bars.map((one) => ({ ...one, evidence: context.json ? one.evidence : one.evidence.length }));
        printRows(context, rows, COLUMNS);
      },
    },
    add: {
      usage: "ADDRESS|NETWORK|LOGIN [--for 2d] [--why TEXT]",
      summary: "Bars by hand, for 30m, 12h, 2d or 1w, or until it is lifted.",
      options: { for: { type: "string" }, why: { type: "string" } },
      performs: [addBar],
      arity: [1, 1],
      run: async (context) => {
        const [name = ""] = context.args;
        const [length, why] = [textOf(context.values, "for"), textOf(context.values, "why")];
        const made = await context.perform(addBar, {
          name,
          ...(length !== undefined && { for: length }),
          ...(why !== undefined && { why }),
        });
        if (context.json) printOne(context, made);
        else context.out(untilWords(made));
      },
    },
    lift: {
      usage: "ADDRESS|NETWORK|LOGIN",
      summary: "Forgets what is held against an address, a network or an account.",
      performs: [liftBar],
      arity: [1, 1],
      run: async (context) => {
        const [name = ""] = context.args;
        const lifted = await context.perform(liftBar, { name });
        if (context.json) printOne(context, lifted);
        else context.out(`Nothing is held against ${name} any more.`);
      },
    },
    allow: {
      usage: "[NETWORK…] [--remove NETWORK]… [--lan yes|no]",
      summary:
        "Shows the networks that are never barred, adds some, or takes some away; --lan exempts those of the LAN list too.",
      options: { remove: { type: "string", multiple: true }, lan: { type: "string" } },
      performs: [showAllowList, setAllowList],
      arity: [0, 100],
      run: async (context) => {
        const remove = textsOf(context.values, "remove");
        const lan = textOf(context.values, "lan");
        const changes = context.args.length > 0 || remove.length > 0 || lan !== undefined;
        if (!changes) return printAllowed(context, await context.perform(showAllowList, {}));
        const exemptLan = lan === undefined ? undefined : yesOrNo(lan);
        const after = await context.perform(setAllowList, {
          add: [...context.args],
          remove,
          ...(exemptLan !== undefined && { exemptLan }),
        });
        printAllowed(context, after);
      },
    },
  },
} satisfies Command;

function yesOrNo(word: string): boolean {
  if (word === "yes" || word === "no") return word === "yes";
  throw new UsageError("Say --lan yes or --lan no.");
}
