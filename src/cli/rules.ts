/** `gatepost rules`: the mail rules of a mailbox one by one, and running them on the mail of a folder. */
import {
  type FolderRunView,
  runRules,
  showRuleRun,
  stopRuleRun,
  undoRuleRun,
} from "../administration/mail/folder-rules.ts";
import { addMailRule, listMailRules, moveMailRule, removeMailRule, setMailRule } from "../administration/mail/rules.ts";
import { Refusal } from "../refusal.ts";
import { type Rule, ruleSchema } from "../sieve/rules/model.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

/** How often it is looked how a run stands. */
const LOOK_MS = 200;

/** A rule's number as people count, from 1. @throws UsageError */
function placeIn(word: string | undefined): number {
  if (word === undefined || !/^[1-9]\d{0,3}$/.test(word)) throw new UsageError("Rules have numbers: see rules list.");
  return Number(word) - 1;
}

/** The mailbox, and the rule with this number. @throws Refusal "notFound" */
async function ruleAt(context: Context, id: number, at: number) {
  const { rules, version } = await context.perform(listMailRules, { id });
  const found = rules[at];
  if (found === undefined) throw new Refusal("notFound", `There is no rule ${at + 1}.`);
  return { ...found, version };
}

/** A rule as JSON from the standard input. @throws Refusal "invalid" */
async function ruleFrom(context: Context): Promise<Rule> {
  try {
    return ruleSchema.parse(JSON.parse(await context.stdin()));
  } catch (cause) {
    throw new Refusal("invalid", "That is no rule as JSON; rules show --json prints one.", { cause });
  }
}

/** Follows a run to its end, and says what came of it. */
async function follow(context: Context, id: number): Promise<void> {
  for (;;) {
    const { run } = await context.perform(showRuleRun, { id });
    if (run === null) throw new Refusal("notFound", "No rules were run on a folder of this mailbox lately.");
    if (run.state !== "running" && run.state !== "undoing") {
      printRun(context, run);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function printRun(context: Context, run: FolderRunView): void {
  if (context.json) {
    printOne(context, run);
    return;
  }
  const { state, called, folder, apply, seen, total, moved, copied, flagged, trashed, leftOut, failures } = run;
  for (const { uid, subject, from, does } of run.examples) {
    context.out(`${uid}  ${from}  ${subject}  → ${does.join(", ")}`);
  }
  const what = `${moved} moved, ${copied} copied, ${flagged} marked, ${trashed} thrown away`;
  context.out(`${called} on ${folder}: ${state}, ${seen} of ${total} messages; ${apply ? what : `would be: ${what}`}.`);
  if (leftOut > 0) context.out(`${leftOut} would be forwarded, answered or refused; that is not done with old mail.`);
  if (failures > 0) context.out(`At ${failures} the rules failed.`);
  if (run.missing.length > 0) context.out(`There is no folder ${run.missing.join(", ")}.`);
  if (run.error !== null) context.out(run.error);
}

export const rules = {
  name: "rules",
  summary: "Mail rules, one by one: what gatepost sieve has as a script.",
  actions: {
    list: {
      usage: "MAILBOX",
      summary: "Lists the rules of a mailbox in their order.",
      arity: [1, 1],
      performs: [listMailRules],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const { rules: all, problem } = await context.perform(listMailRules, { id });
        if (problem !== null) throw new Refusal("invalid", `The script cannot be read: ${problem}`);
        const rows = all.map(({ name, rule }, at) => ({
          number: at + 1,
          name,
          state: rule === null ? "by hand" : rule.enabled ? "on" : "off",
        }));
        printRows(context, rows, ["number", "name", "state"]);
      },
    },
    show: {
      usage: "MAILBOX NUMBER",
      summary: "Prints a rule as it stands in the script; with --json as a rule.",
      arity: [2, 2],
      performs: [listMailRules],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const { name, rule, text } = await ruleAt(context, id, placeIn(context.args[1]));
        if (context.json) printOne(context, rule ?? { name, text });
        else context.out(text.replace(/\r?\n$/, ""));
      },
    },
    add: {
      usage: "MAILBOX [NUMBER]",
      summary: "Adds the rule that comes as JSON on standard input, first or at a place.",
      readsInput: true,
      arity: [1, 2],
      performs: [addMailRule],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const at = context.args[1] === undefined ? 0 : placeIn(context.args[1]);
        await context.perform(addMailRule, { id, at, rule: await ruleFrom(context) });
        if (!context.json) context.out("The rule is added.");
      },
    },
    set: {
      usage: "MAILBOX NUMBER [--on | --off]",
      summary: "Puts the rule that comes as JSON on standard input in the place of another, or switches one on or off.",
      options: { on: { type: "boolean" }, off: { type: "boolean" } },
      readsInput: true,
      arity: [2, 2],
      performs: [setMailRule],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const at = placeIn(context.args[1]);
        const { on, off } = context.values;
        if (on === true && off === true) throw new UsageError("Either --on or --off.");
        const switched = on === true || off === true;
        const known = switched ? await ruleAt(context, id, at) : undefined;
        if (known?.rule === null)
          throw new Refusal("invalid", "This rule is written by hand; change it in the script.");
        const rule = known === undefined ? await ruleFrom(context) : { ...known.rule, enabled: on === true };
        await context.perform(setMailRule, { id, at, rule, ...(known && { version: known.version }) });
        if (!context.json) context.out(`Rule ${at + 1} is changed.`);
      },
    },
    move: {
      usage: "MAILBOX NUMBER TO",
      summary: "Gives a rule another place in the order.",
      arity: [3, 3],
      performs: [moveMailRule],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const [at, to] = [placeIn(context.args[1]), placeIn(context.args[2])];
        await context.perform(moveMailRule, { id, at, to });
        if (!context.json) context.out(`Rule ${at + 1} is rule ${to + 1} now.`);
      },
    },
    remove: {
      usage: "MAILBOX NUMBER",
      summary: "Removes a rule.",
      arity: [2, 2],
      performs: [removeMailRule],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const at = placeIn(context.args[1]);
        await context.perform(removeMailRule, { id, at });
        if (!context.json) context.out(`Rule ${at + 1} is removed.`);
      },
    },
    run: {
      usage: "MAILBOX FOLDER [--rule NUMBER] [--preview]",
      summary: "Runs the rules, or one of them, on the mail in a folder; with --preview only says what would be done.",
      options: { rule: { type: "string" }, preview: { type: "boolean" } },
      arity: [2, 2],
      performs: [runRules, showRuleRun],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const one = textOf(context.values, "rule");
        const rule = one === undefined ? null : placeIn(one);
        const apply = context.values.preview !== true;
        await context.perform(runRules, { id, folder: context.args[1] ?? "", rule, apply });
        await follow(context, id);
      },
    },
    stop: {
      usage: "MAILBOX",
      summary: "Stops the run on a folder that is under way; what was done stays.",
      arity: [1, 1],
      performs: [stopRuleRun],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const { run } = await context.perform(stopRuleRun, { id });
        if (run !== null) printRun(context, run);
        else if (!context.json) context.out("Nothing is under way.");
      },
    },
    undo: {
      usage: "MAILBOX",
      summary: "Takes back what the last run on a folder did.",
      arity: [1, 1],
      performs: [undoRuleRun, showRuleRun],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        await context.perform(undoRuleRun, { id });
        await follow(context, id);
      },
    },
  },
} satisfies Command;
