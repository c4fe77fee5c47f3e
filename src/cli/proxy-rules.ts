/** `gatepost proxy rule …`, `proxy group …`: who may reach what, and the groups of people that rules are about. */
import {
  addPeopleGroup,
  listPeopleGroups,
  removePeopleGroup,
  setPeopleGroup,
} from "../administration/gateway/groups.ts";
import {
  addRule,
  listRules,
  moveRule,
  type RuleView,
  removeRule,
  setRule,
  showRule,
} from "../administration/gateway/rules.ts";
import { tryTrip } from "../administration/gateway/try.ts";
import { Refusal } from "../refusal.ts";
import { type Action, type Context, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const ruleProperties = setRule.input.omit({ id: true });
const groupProperties = setPeopleGroup.input.omit({ name: true });
const COLUMNS = ["position", "id", "name", "enabled", "action", "who", "networks", "hosts", "ports", "urls", "when"];

function flat({ users, groups, days, from, to, ...rule }: RuleView): Record<string, unknown> {
  const hours = from === "" && to === "" ? "" : `${from || "0:00"}-${to || "24:00"}`;
  const when = [days.join(","), hours].filter((part) => part !== "").join(" ");
  return { ...rule, who: [...groups, ...users], when };
}

/** A rule by its name or id. @throws Refusal "notFound" */
async function ruleNamed(context: Context, named = ""): Promise<RuleView> {
  const { rules } = await context.perform(listRules, {});
  const found =
    rules.find(({ name }) => name.toLowerCase() === named.toLowerCase()) ??
    rules.find(({ id }) => String(id) === named);
  if (found === undefined) throw new Refusal("notFound", `There is no rule “${named}”. See: gatepost proxy rule list`);
  return found;
}

const word = (context: Context, name: string) => {
  const text = textOf(context.values, name);
  return text === undefined ? {} : { [name]: text };
};

export const ruleActions = {
  "rule list": {
    usage: "",
    summary: "Lists the rules in their order; the first that fits decides.",
    arity: [0, 0],
    performs: [listRules],
    run: async (context) => {
      const { rules } = await context.perform(listRules, {});
      printRows(context, context.json ? rules : rules.map(flat), COLUMNS);
    },
  },
  "rule show": {
    usage: "RULE",
    summary: "Shows everything that a rule says. A rule is named by its name or its id.",
    arity: [1, 1],
    performs: [showRule, listRules],
    run: async (context) => {
      const { id } = await ruleNamed(context, context.args[0]);
      printOne(context, await context.perform(showRule, { id }));
    },
  },
  "rule add": {
    usage: "NAME action=allow|bar|warn [PROPERTY=VALUE…] [--position N]",
    summary:
      "Adds a rule, behind the others or at a position. Lists have commas between; list:NAME among hosts is a host list, and urls=*.exe bars addresses where they are seen.",
    options: { position: { type: "string" } },
    properties: propertiesOf(ruleProperties),
    arity: [2, 30],
    performs: [addRule],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      const { action, ...given } = patchFrom(ruleProperties, assignments(words));
      const position = textOf(context.values, "position");
      const made = await context.perform(addRule, {
        ...{ ...given, name, action: action as "bar" },
        ...(position !== undefined && { position }),
      });
      if (context.json) printOne(context, made);
      else context.out(`Added the rule ${made.name} at position ${made.position}.`);
    },
  },
  "rule set": {
    usage: "RULE PROPERTY=VALUE…",
    summary: "Changes a rule. Connections that it no longer allows end.",
    properties: propertiesOf(ruleProperties),
    arity: [2, 30],
    performs: [setRule, listRules],
    run: async (context) => {
      const [named = "", ...words] = context.args;
      const { id } = await ruleNamed(context, named);
      const after = await context.perform(setRule, { ...patchFrom(ruleProperties, assignments(words)), id });
      if (context.json) printOne(context, after);
    },
  },
  "rule move": {
    usage: "RULE POSITION",
    summary: "Moves a rule to a position, from 1.",
    arity: [2, 2],
    performs: [moveRule, listRules],
    run: async (context) => {
      const [named = "", position = ""] = context.args;
      const { id } = await ruleNamed(context, named);
      const { rules } = await context.perform(moveRule, { id, position });
      printRows(context, context.json ? rules : rules.map(flat), COLUMNS);
    },
  },
  "rule remove": {
    usage: "RULE",
    summary: "Removes a rule.",
    arity: [1, 1],
    performs: [removeRule, listRules],
    run: async (context) => {
      const { id, name } = await ruleNamed(context, context.args[0]);
      await context.perform(removeRule, { id });
      if (!context.json) context.out(`Removed the rule ${name}.`);
    },
  },
  test: {
    usage:
      "HOST [--port N] [--path PATH] [--user LOGIN] [--address ADDRESS] [--service SERVICE] [--scheme SCHEME] [--time TIME]",
    summary: "Says what would happen if somebody, or a guest, asked for a host, and which rule decides.",
    options: {
      ...{ port: { type: "string" }, path: { type: "string" }, user: { type: "string" }, address: { type: "string" } },
      ...{ service: { type: "string" }, scheme: { type: "string" }, time: { type: "string" } },
    },
    arity: [1, 1],
    performs: [tryTrip],
    run: async (context) => {
      const wishes = ["port", "path", "user", "address", "service", "scheme", "time"].map((name) =>
        word(context, name),
      );
      const asked = Object.assign({ host: context.args[0] ?? "" }, ...wishes) as { host: string };
      const answer = await context.perform(tryTrip, asked);
      if (context.json) printOne(context, answer);
      else {
        const by =
          answer.rule === null || answer.sentence.includes(answer.rule.name) ? "" : ` (rule “${answer.rule.name}”)`;
        context.out(`${answer.outcome}: ${answer.sentence}${by}`);
      }
    },
  },
  "group list": {
    usage: "",
    summary: "Lists the groups of people that rules are about.",
    arity: [0, 0],
    performs: [listPeopleGroups],
    run: async (context) => {
      const { groups } = await context.perform(listPeopleGroups, {});
      printRows(context, groups, ["name", "description", "members"]);
    },
  },
  "group add": {
    usage: "NAME [members=LOGIN,…] [description=TEXT]",
    summary: "Makes a group of people.",
    arity: [1, 3],
    performs: [addPeopleGroup],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      const given = patchFrom(groupProperties.omit({ rename: true }), assignments(words));
      const made = await context.perform(addPeopleGroup, { ...given, name });
      if (context.json) printOne(context, made);
      else context.out(`Made the group ${made.name}.`);
    },
  },
  "group set": {
    usage: "NAME PROPERTY=VALUE…",
    summary: "Changes a group of people, or who is in it.",
    properties: propertiesOf(groupProperties),
    arity: [2, 10],
    performs: [setPeopleGroup],
    run: async (context) => {
      const [name = "", ...words] = context.args;
      const change = patchFrom(groupProperties, assignments(words));
      const after = await context.perform(setPeopleGroup, { ...change, name });
      if (context.json) printOne(context, after);
    },
  },
  "group remove": {
    usage: "NAME",
    summary: "Removes a group of people that no rule is about; the people stay.",
    arity: [1, 1],
    performs: [removePeopleGroup],
    run: async (context) => {
      await context.perform(removePeopleGroup, { name: context.args[0] ?? "" });
      if (!context.json) context.out(`Removed the group ${context.args[0]}.`);
    },
  },
} satisfies Record<string, Action>;
