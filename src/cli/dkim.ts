/** `gatepost dkim`: the keys with which mail of a domain is signed. */
import {
  checkDkimKeys,
  type DkimKeyView,
  listDkimKeys,
  removeDkimKey,
  rotateDkimKeys,
  useDkimKey,
} from "../administration/mail/dkim.ts";
import { type Command, type Context, printRows } from "./command.ts";

const COLUMNS = ["selector", "algorithm", "state", "createdAt", "usedAt", "removableAt", "problem"];

function show(context: Context, { keys }: { readonly keys: readonly DkimKeyView[] }): void {
  printRows(context, [...keys], COLUMNS);
}

export const dkim = {
  name: "dkim",
  summary: "The keys with which mail of a domain is signed (DKIM).",
  actions: {
    list: {
      usage: "DOMAIN",
      summary: "Lists the keys of a domain, and what they do.",
      performs: [listDkimKeys],
      arity: [1, 1],
      run: async (context) => show(context, await context.perform(listDkimKeys, { name: context.args[0] ?? "" })),
    },
    rotate: {
      usage: "DOMAIN",
      summary: "Makes new keys. They sign once their records are in the DNS; then those before them are replaced.",
      performs: [rotateDkimKeys],
      arity: [1, 1],
      run: async (context) => {
        const made = await context.perform(rotateDkimKeys, { name: context.args[0] ?? "" });
        show(context, made);
        if (!context.json) context.out(`Put their records into the DNS: gatepost dns zone ${made.domain}`);
      },
    },
    check: {
      usage: "DOMAIN",
      summary: "Looks for the records now, instead of within the hour; new keys whose record is there begin to sign.",
      performs: [checkDkimKeys],
      arity: [1, 1],
      run: async (context) => show(context, await context.perform(checkDkimKeys, { name: context.args[0] ?? "" })),
    },
    use: {
      usage: "DOMAIN SELECTOR",
      summary: "Lets a key sign although its record was not seen, where this server cannot ask the DNS of the world.",
      performs: [useDkimKey],
      arity: [2, 2],
      run: async (context) => {
        const [name = "", selector = ""] = context.args;
        show(context, await context.perform(useDkimKey, { name, selector }));
      },
    },
    remove: {
      usage: "DOMAIN SELECTOR",
      summary: "Forgets a key.",
      performs: [removeDkimKey],
      arity: [2, 2],
      run: async (context) => {
        const [name = "", selector = ""] = context.args;
        show(context, await context.perform(removeDkimKey, { name, selector }));
      },
    },
  },
} satisfies Command;
