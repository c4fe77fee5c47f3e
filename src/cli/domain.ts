/** `gatepost domain`: what is local. */
import {
  addDomain,
  type DomainView,
  listDomains,
  removeDomain,
  setDomain,
  showDomain,
} from "../administration/mail/domains.ts";
import { type Command, type Context, printOne, printRows } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const properties = setDomain.input.omit({ name: true });

/** A change from words; the mailbox for unknown recipients is named as everywhere. */
async function changeOf(context: Context, schema: typeof properties, words: readonly string[]) {
  const given = assignments(words);
  const named = await Promise.all(
    given.map(async ([name, text]): Promise<[string, string]> => {
      const isNone = /^(none|)$/i.test(text.trim());
      return name === "catchAllMailbox" && !isNone ? [name, String(await mailboxNamed(context, text))] : [name, text];
    }),
  );
  return patchFrom(schema, named);
}

function flat({ catchAll, ...domain }: DomainView): Record<string, unknown> {
  return { ...domain, catchAllMailbox: catchAll?.label };
}

export const domain = {
  name: "domain",
  summary: "Domains whose mail is kept here.",
  actions: {
    add: {
      usage: "DOMAIN [PROPERTY=VALUE…]",
      summary: "Makes a domain local.",
      arity: [1, 20],
      performs: [addDomain],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const given = await changeOf(context, properties.omit({ rename: true }) as typeof properties, words);
        const made = await context.perform(addDomain, { ...given, name });
        if (context.json) printOne(context, made);
        else context.out(`Added ${made.displayName}`);
      },
    },
    set: {
      usage: "DOMAIN PROPERTY=VALUE…",
      summary: "Changes properties. `aliases` are further names; `catchAllMailbox` takes what nobody else does.",
      properties: propertiesOf(properties),
      arity: [2, 20],
      performs: [setDomain],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const after = await context.perform(setDomain, { ...(await changeOf(context, properties, words)), name });
        if (context.json) printOne(context, after);
      },
    },
    list: {
      usage: "",
      summary: "Lists the domains.",
      arity: [0, 0],
      performs: [listDomains],
      run: async (context) => {
        const { domains } = await context.perform(listDomains, {});
        printRows(context, context.json ? domains : domains.map(flat), [
          ...["name", "description", "aliases", "addresses"],
          ...["unknownRecipients", "catchAllMailbox"],
        ]);
      },
    },
    show: {
      usage: "DOMAIN",
      summary: "Shows every property of a domain.",
      arity: [1, 1],
      performs: [showDomain],
      run: async (context) => {
        const one = await context.perform(showDomain, { name: context.args[0] ?? "" });
        printOne(context, context.json ? one : flat(one));
      },
    },
    remove: {
      usage: "DOMAIN",
      summary: "Makes a domain no longer local; its addresses must be gone before.",
      arity: [1, 1],
      performs: [removeDomain],
      run: async (context) => {
        await context.perform(removeDomain, { name: context.args[0] ?? "" });
        if (!context.json) context.out(`Removed ${context.args[0]}`);
      },
    },
  },
} satisfies Command;
