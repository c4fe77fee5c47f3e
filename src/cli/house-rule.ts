/** `gatepost rule`: the rules that hold for everybody's mail. */
import { readFileSync } from "node:fs";
import {
  addHouseRule,
  type HouseRuleView,
  listHouseRules,
  moveHouseRule,
  removeHouseRule,
  setHouseRule,
  showHouseRule,
  tryHouseRules,
} from "../administration/house/rules.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printOne, printRows, textOf, textsOf, UsageError } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const COLUMNS = ["position", "id", "name", "enabled", "direction", "if", "do", "hits", "lastHitAt"];
const words = { if: { type: "string", multiple: true }, do: { type: "string", multiple: true } } as const;
const settable = setHouseRule.input.omit({ id: true, conditions: true, actions: true });
const addable = addHouseRule.input.omit({ name: true, conditions: true, actions: true });

/** "not subject: *offer*": what it looks at, a colon, and the value. @throws UsageError */
function conditionFrom(text: string) {
  const [, not, on = "", value = ""] = /^(not\s+)?([a-z]+)\s*:\s*(.*)$/is.exec(text.trim()) ?? [];
  if (on === "") throw new UsageError(`“${text}” is not of the form “subject: *offer*” or “not sender: .example.com”.`);
  return { on: on.toLowerCase() as "subject", not: not !== undefined, value: value.trim() };
}

/** "redirect: ann@home.example", or a deed alone. */
function actionFrom(text: string) {
  const at = text.indexOf(":");
  const [deed, value] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return { do: deed.trim().toLowerCase() as "discard", value: value.trim() };
}

const conditionText = ({ on, not, value }: HouseRuleView["conditions"][number]) =>
  `${not ? "not " : ""}${on}: ${value}`;
const actionText = ({ do: deed, value }: HouseRuleView["actions"][number]) =>
  value === "" ? deed : `${deed}: ${value}`;

function flat({ conditions, actions, match, ...rule }: HouseRuleView): Record<string, unknown> {
  const between = match === "all" ? " and " : " or ";
  return {
    ...rule,
    if: conditions.map(conditionText).join(between) || "always",
    do: actions.map(actionText).join("; "),
  };
}

/** A rule by its name or id. @throws Refusal "notFound" */
async function ruleNamed(context: Context, named = ""): Promise<HouseRuleView> {
  const { rules } = await context.perform(listHouseRules, {});
  const found =
    rules.find(({ name }) => name.toLowerCase() === named.toLowerCase()) ??
    rules.find(({ id }) => String(id) === named);
  if (found === undefined) throw new Refusal("notFound", `There is no rule “${named}”. See: gatepost rule list`);
  return found;
}

function said(context: Context) {
  const [conditions, actions] = [textsOf(context.values, "if"), textsOf(context.values, "do")];
  return {
    ...(conditions.length > 0 && { conditions: conditions.map(conditionFrom) }),
    ...(actions.length > 0 && { actions: actions.map(actionFrom) }),
  };
}

export const houseRule = {
  name: "rule",
  summary: "Rules that hold for everybody's mail: which messages, and what is done with them.",
  actions: {
    list: {
      usage: "",
      summary: "Lists the rules in their order, with how many messages each fitted.",
      arity: [0, 0],
      performs: [listHouseRules],
      run: async (context) => {
        const { rules } = await context.perform(listHouseRules, {});
        printRows(context, context.json ? rules : rules.map(flat), COLUMNS);
      },
    },
    show: {
      usage: "RULE",
      summary: "Shows a rule. A rule is named by its name or its id.",
      arity: [1, 1],
      performs: [showHouseRule, listHouseRules],
      run: async (context) => {
        const { id } = await ruleNamed(context, context.args[0]);
        const rule = await context.perform(showHouseRule, { id });
        printOne(context, context.json ? rule : flat(rule));
      },
    },
    add: {
      usage: 'NAME [--if "subject: *offer*"]… --do "redirect: ann@home.example"… [PROPERTY=VALUE…]',
      summary:
        "Adds a rule. What --if and --do take is told in docs/mail-rules.md; match=any where one condition is enough, last=on where no rule behind it is to be asked.",
      options: words,
      properties: propertiesOf(addable),
      arity: [1, 10],
      performs: [addHouseRule],
      run: async (context) => {
        const [name = "", ...more] = context.args;
        const given = patchFrom(addable, assignments(more));
        const made = await context.perform(addHouseRule, { ...given, name, actions: [], ...said(context) });
        if (context.json) printOne(context, made);
        else context.out(`Added the rule ${made.name} at position ${made.position}.`);
      },
    },
    set: {
      usage: "RULE [--if CONDITION]… [--do ACTION]… [PROPERTY=VALUE…]",
      summary: "Changes a rule; --if and --do replace all of their kind.",
      options: words,
      properties: propertiesOf(settable),
      arity: [1, 10],
      performs: [setHouseRule, listHouseRules],
      run: async (context) => {
        const [named, ...more] = context.args;
        const { id } = await ruleNamed(context, named);
        const change = { ...patchFrom(settable, assignments(more)), ...said(context), id };
        const after = await context.perform(setHouseRule, change);
        if (context.json) printOne(context, after);
      },
    },
    move: {
      usage: "RULE POSITION",
      summary: "Moves a rule to a position, from 1.",
      arity: [2, 2],
      performs: [moveHouseRule, listHouseRules],
      run: async (context) => {
        const { id } = await ruleNamed(context, context.args[0]);
        await context.perform(moveHouseRule, { id, position: context.args[1] ?? "" });
      },
    },
    remove: {
      usage: "RULE",
      summary: "Removes a rule.",
      arity: [1, 1],
      performs: [removeHouseRule, listHouseRules],
      run: async (context) => {
        const { id, name } = await ruleNamed(context, context.args[0]);
        await context.perform(removeHouseRule, { id });
        if (!context.json) context.out(`Removed the rule ${name}.`);
      },
    },
    test: {
      usage: "[FILE] --to ADDRESS… [--from ADDRESS] [--direction in|out] [--user LOGIN]",
      summary:
        "Says what the rules would do with a message, and what they find in its files; nothing is done. Without FILE it has an empty text. The server reads the file.",
      options: {
        ...{ to: { type: "string", multiple: true }, from: { type: "string" } },
        ...{ direction: { type: "string" }, user: { type: "string" } },
      },
      arity: [0, 1],
      performs: [tryHouseRules],
      run: async (context) => {
        const [file] = context.args;
        const [from, direction, user] = ["from", "direction", "user"].map((name) => textOf(context.values, name));
        const message = file === undefined ? `From: ${from ?? ""}\r\n\r\n` : messageIn(file);
        const answer = await context.perform(tryHouseRules, {
          ...{ message, to: textsOf(context.values, "to") },
          ...(from !== undefined && { from }),
          ...(direction !== undefined && { direction: direction as "in" }),
          ...(user !== undefined && { user }),
        });
        if (context.json) printOne(context, answer);
        else {
          for (const line of answer.done) context.out(line);
          if (answer.refusal !== "") context.out(`Refused: ${answer.refusal}`);
          if (answer.outcome === "nothing") context.out("No rule fits.");
          for (const line of answer.files) context.out(`File ${line}`);
        }
      },
    },
  },
} satisfies Command;

function messageIn(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    throw new Refusal("notFound", `${file} cannot be read.`);
  }
}
