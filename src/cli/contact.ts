/** `gatepost contact`: people outside, shared with everybody here; with `--own --as LOGIN` those of one user. */
import {
  addContact,
  type ContactView,
  completeAddress,
  exportContacts,
  forgetCorrespondent,
  importContacts,
  listContactGroups,
  listContacts,
  listCorrespondents,
  listDuplicates,
  mergeContacts,
  removeContact,
  setContact,
  showContact,
} from "../administration/users/contacts.ts";
import { cardChangeSchema } from "../directory/contact.ts";
import { type Command, type Context, everyPage, printOne, printRows, textOf, UsageError } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

/** Properties that are lists of something of a kind, and what that something is called. */
const LISTS: Readonly<Record<string, string>> = { mails: "address", phones: "number" };

/** `mails=work:zoe@pipes.example,zoe@home.example` as the schema has it; JSON goes as it is. */
function listText(name: string, text: string): string {
  const field = LISTS[name];
  if (field === undefined || /^\s*\[/.test(text)) return text;
  const words = text.trim() === "" || text.trim() === "none" ? [] : text.split(",").map((word) => word.trim());
  return JSON.stringify(
    words.map((word) => {
      const [, kind, value] = /^(work|home|mobile|fax|pager|other):(.*)$/.exec(word) ?? [];
      return kind === undefined ? { [field]: word } : { kind, [field]: value };
    }),
  );
}

function cardFrom(words: readonly string[]): Record<string, unknown> {
  return patchFrom(
    cardChangeSchema,
    assignments(words).map(([name, text]) => [name, listText(name, text)]),
  );
}

const idFrom = (context: Context): number => numberFrom(context.args[0] ?? "");

function numberFrom(word: string): number {
  if (!/^\d{1,15}$/.test(word)) throw new UsageError("Name the contact by its number.");
  return Number(word);
}

const bookOf = ({ values }: Context): "own" | "shared" => (values.own === true ? "own" : "shared");

function flat({ mails, phones, postal, groups, ...contact }: ContactView): Record<string, unknown> {
  const said = Object.entries(contact).filter(([, value]) => value !== "");
  return {
    ...Object.fromEntries(said),
    ...(mails.length > 0 && { mails: mails.map(({ kind, address }) => `${kind}:${address}`) }),
    ...(groups.length > 0 && { groups }),
    ...(phones.length > 0 && { phones: phones.map(({ kind, number }) => `${kind}:${number}`) }),
    ...(postal.length > 0 && {
      postal: postal.map(({ kind, ...lines }) => [kind, ...Object.values(lines).filter((line) => line !== "")]),
    }),
  };
}

function print(context: Context, contact: ContactView): void {
  printOne(context, context.json ? contact : flat(contact));
}

export const contact = {
  name: "contact",
  summary:
    "People outside, whose addresses everybody here is offered. Mails and phones are written like work:zoe@pipes.example.",
  actions: {
    add: {
      usage: "PROPERTY=VALUE… [--own]",
      summary: "Makes a shared contact, or with --own --as LOGIN one of a user's own.",
      options: { own: { type: "boolean" } },
      properties: Object.keys(cardChangeSchema.shape),
      arity: [1, 100],
      performs: [addContact],
      run: async (context) => {
        const made = await context.perform(addContact, { ...cardFrom(context.args), book: bookOf(context) });
        if (context.json) print(context, made);
        else context.out(`Created contact ${made.id}: ${made.name}`);
      },
    },
    set: {
      usage: "CONTACT PROPERTY=VALUE…",
      summary: "Changes a contact. CONTACT is its number; lists are given whole.",
      arity: [2, 100],
      performs: [setContact],
      run: async (context) => {
        const after = await context.perform(setContact, { id: idFrom(context), ...cardFrom(context.args.slice(1)) });
        if (context.json) print(context, after);
      },
    },
    list: {
      usage: "[--search TEXT] [--group GROUP] [--own]",
      summary: "Lists shared contacts, or with --own --as LOGIN those of a user.",
      options: { search: { type: "string" }, group: { type: "string" }, own: { type: "boolean" } },
      arity: [0, 0],
      performs: [listContacts],
      run: async (context) => {
        const [search, group] = ["search", "group"].map((name) => textOf(context.values, name) ?? "");
        const wish = { book: bookOf(context), search, group } as const;
        const all = await everyPage(
          async (page) => (await context.perform(listContacts, { ...wish, ...page })).contacts,
        );
        if (context.json) return context.out(JSON.stringify(all));
        printRows(context, all.map(flat), ["id", "name", "organisation", "mails", "phones"]);
      },
    },
    show: {
      usage: "CONTACT",
      summary: "Shows a contact.",
      arity: [1, 1],
      performs: [showContact],
      run: async (context) => print(context, await context.perform(showContact, { id: idFrom(context) })),
    },
    remove: {
      usage: "CONTACT",
      summary: "Removes a contact.",
      arity: [1, 1],
      performs: [removeContact],
      run: async (context) => {
        await context.perform(removeContact, { id: idFrom(context) });
        if (!context.json) context.out(`Removed contact ${context.args[0]}`);
      },
    },
    groups: {
      usage: "[--own]",
      summary: "Lists the groups of shared contacts, or with --own --as LOGIN those of a user's own.",
      options: { own: { type: "boolean" } },
      arity: [0, 0],
      performs: [listContactGroups],
      run: async (context) => {
        const { groups } = await context.perform(listContactGroups, { book: bookOf(context) });
        printRows(context, groups, ["name", "contacts"]);
      },
    },
    duplicates: {
      usage: "[--own]",
      summary: "Lists contacts that may be the same person: those that share an address or a name.",
      options: { own: { type: "boolean" } },
      arity: [0, 0],
      performs: [listDuplicates],
      run: async (context) => {
        const { sets } = await context.perform(listDuplicates, { book: bookOf(context) });
        const rows = sets.flatMap((set, at) => set.map((one) => ({ set: at + 1, ...flat(one) })));
        if (context.json) return context.out(JSON.stringify(sets));
        printRows(context, rows, ["set", "id", "name", "organisation", "mails"]);
      },
    },
    merge: {
      usage: "CONTACT OTHER…",
      summary: "Makes one contact of several: the first stays, takes what the others have beside, and they go.",
      arity: [2, 21],
      performs: [mergeContacts],
      run: async (context) => {
        const [id = 0, ...others] = context.args.map(numberFrom);
        print(context, await context.perform(mergeContacts, { id, others }));
      },
    },
    export: {
      usage: "[--csv] [--own]",
      summary: "Prints all contacts as cards (vCard 4.0), or as a table with commas.",
      options: { csv: { type: "boolean" }, own: { type: "boolean" } },
      arity: [0, 0],
      performs: [exportContacts],
      run: async (context) => {
        const format = context.values.csv === true ? "csv" : "vcard";
        const { text } = await context.perform(exportContacts, { book: bookOf(context), format });
        context.out(context.json ? JSON.stringify({ text }) : text.replace(/\r\n$/, ""));
      },
    },
    import: {
      usage: "[--group GROUP] [--own] < FILE",
      summary:
        "Takes contacts from standard input: cards (vCard) or a table (CSV) as Outlook, Google and Thunderbird write it.",
      options: { group: { type: "string" }, own: { type: "boolean" } },
      readsInput: true,
      arity: [0, 0],
      performs: [importContacts],
      run: async (context) => {
        const group = textOf(context.values, "group") ?? "";
        const told = await context.perform(importContacts, {
          book: bookOf(context),
          text: await context.stdin(),
          group,
        });
        printOne(context, told);
      },
    },
    complete: {
      usage: "TEXT --as LOGIN",
      summary: "Shows what a user is offered who has typed the beginning of a name or an address.",
      arity: [1, 1],
      performs: [completeAddress],
      run: async (context) => {
        const { suggestions } = await context.perform(completeAddress, { typed: context.args[0] ?? "" });
        printRows(context, suggestions, ["name", "address", "source"]);
      },
    },
    written: {
      usage: "--as LOGIN",
      summary: "Lists the people a user wrote to from webmail, the latest first.",
      arity: [0, 0],
      performs: [listCorrespondents],
      run: async (context) => {
        const people = await everyPage(async (page) => (await context.perform(listCorrespondents, page)).people);
        printRows(context, people, ["name", "address", "times", "lastAt"]);
      },
    },
    forget: {
      usage: "ADDRESS --as LOGIN",
      summary: "Forgets that a user wrote to an address: it is no longer offered.",
      arity: [1, 1],
      performs: [forgetCorrespondent],
      run: async (context) => {
        await context.perform(forgetCorrespondent, { address: context.args[0] ?? "" });
        if (!context.json) context.out(`${context.args[0]} is forgotten.`);
      },
    },
  },
} satisfies Command;
