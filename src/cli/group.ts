/** `gatepost group`: mail groups, limits and maintenance that a set of mailboxes shares. */
import {
  addMailGroup,
  listMailGroups,
  type MailGroupView,
  removeMailGroup,
  setMailGroup,
  showMailGroup,
} from "../administration/mail/mail-groups.ts";
import { type Command, printOne, printRows } from "./command.ts";
import { changeFrom, rulesText } from "./mailbox-words.ts";
import { propertiesOf } from "./properties.ts";

const properties = setMailGroup.input.omit({ name: true });

function flat({ quota, expiry, ...group }: MailGroupView): Record<string, unknown> {
  const limits = Object.entries(quota).map(([name, value]) => [`quota.${name}`, value]);
  return { ...group, ...Object.fromEntries(limits), expiry: rulesText(expiry) };
}

export const group = {
  name: "group",
  summary: "Mail groups: limits and rules of expiry that a set of mailboxes shares.",
  actions: {
    add: {
      usage: "NAME [PROPERTY=VALUE…]",
      summary: "Creates a mail group. Mailboxes join it by `gatepost mailbox set MAILBOX group=NAME`.",
      arity: [1, 20],
      performs: [addMailGroup],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const given = await changeFrom(properties.omit({ rename: true }), words, async () => []);
        const made = await context.perform(addMailGroup, { ...given, name });
        if (context.json) printOne(context, made);
        else context.out(`Created the mail group ${made.name}`);
      },
    },
    set: {
      usage: "NAME PROPERTY=VALUE…",
      summary: "Changes properties. Sizes take K, M and G; rules of expiry are written like INBOX:90:archive.",
      properties: [...propertiesOf(properties), "expiry.FOLDER"],
      arity: [2, 20],
      performs: [setMailGroup],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const rules = async () => (await context.perform(showMailGroup, { name })).expiry;
        const after = await context.perform(setMailGroup, { ...(await changeFrom(properties, words, rules)), name });
        if (context.json) printOne(context, after);
      },
    },
    list: {
      usage: "",
      summary: "Lists the mail groups.",
      arity: [0, 0],
      performs: [listMailGroups],
      run: async (context) => {
        const { groups } = await context.perform(listMailGroups, {});
        printRows(context, context.json ? groups : groups.map(flat), [
          ...["name", "description", "members", "quota.messages", "quota.octets", "expiry"],
        ]);
      },
    },
    show: {
      usage: "NAME",
      summary: "Shows every property of a mail group.",
      arity: [1, 1],
      performs: [showMailGroup],
      run: async (context) => {
        const one = await context.perform(showMailGroup, { name: context.args[0] ?? "" });
        printOne(context, context.json ? one : flat(one));
      },
    },
    remove: {
      usage: "NAME",
      summary: "Removes a mail group; its mailboxes stay, without its limits.",
      arity: [1, 1],
      performs: [removeMailGroup],
      run: async (context) => {
        await context.perform(removeMailGroup, { name: context.args[0] ?? "" });
        if (!context.json) context.out(`Removed the mail group ${context.args[0]}`);
      },
    },
  },
} satisfies Command;
