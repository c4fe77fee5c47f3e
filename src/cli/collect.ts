/** `gatepost collect`: mail from POP3 and IMAP accounts elsewhere. */
import {
  addCollection,
  type CollectionView,
  listAllCollection,
  listCollection,
  logCollection,
  lookCollection,
  removeCollection,
  setCollection,
  testCollection,
} from "../administration/mail/collection.ts";
import { Refusal } from "../refusal.ts";
import { accountPatchSchema } from "../transport/collect/account.ts";
import { type Command, type Context, everyPage, passwordFrom, printOne, printRows, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const PROPERTIES = propertiesOf(accountPatchSchema);
const secret = { "password-stdin": { type: "boolean" } } as const;

/** The mailbox and the account that are named: by number, or by what people call it. @throws UsageError, Refusal */
async function accountFrom(context: Context): Promise<{ id: number; account: number }> {
  const [mailbox = "", word = ""] = context.args;
  const id = await mailboxNamed(context, mailbox);
  const { accounts } = await context.perform(listCollection, { id });
  const found = accounts.filter((one) => [String(one.id), one.label, one.login].includes(word));
  const [only] = found;
  if (found.length > 1) throw new UsageError(`“${word}” names several accounts: say which by its number.`);
  if (only === undefined) throw new Refusal("notFound", `The mailbox collects from no account “${word}”.`);
  return { id, account: only.id };
}

/** What assignments say, with the password or token on standard input. */
async function changeFrom(context: Context, words: readonly string[]): Promise<Record<string, unknown>> {
  const change = patchFrom(accountPatchSchema, assignments(words));
  return context.values["password-stdin"] === true ? { ...change, secret: await passwordFrom(context) } : change;
}

const COLUMNS = ["id", "mailbox", "label", "server", "enabled", "collected", "lastRunAt", "state"];

function rowOf(one: CollectionView): Record<string, unknown> {
  return { ...one, server: `${one.protocol}://${one.host}`, state: one.problem || one.lastResult };
}

function printAll(context: Context, accounts: readonly CollectionView[]): void {
  printRows(context, context.json ? accounts : accounts.map(rowOf), COLUMNS);
}

export const collect = {
  name: "collect",
  summary: "Mail from POP3 and IMAP accounts elsewhere.",
  actions: {
    list: {
      usage: "[MAILBOX]",
      summary: "Lists the accounts of a mailbox, or all, with how they stand.",
      arity: [0, 1],
      performs: [listCollection, listAllCollection],
      run: async (context) => {
        const [name] = context.args;
        const { accounts } =
          name === undefined
            ? await context.perform(listAllCollection, {})
            : await context.perform(listCollection, { id: await mailboxNamed(context, name) });
        printAll(context, accounts);
      },
    },
    add: {
      usage: "MAILBOX host=HOST login=LOGIN [PROPERTY=VALUE…] [--password-stdin]",
      summary: "Collects from an account. The password, or the token, is read from standard input.",
      options: secret,
      properties: PROPERTIES,
      arity: [3, 60],
      performs: [addCollection],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const id = await mailboxNamed(context, name);
        const given = await changeFrom(context, words);
        const made = await context.perform(addCollection, { host: "", login: "", ...given, id });
        if (context.json) printOne(context, made);
        else context.out(`Mail is collected from ${made.label}. Try it: gatepost collect test ${name} ${made.id}`);
      },
    },
    set: {
      usage: "MAILBOX ACCOUNT [PROPERTY=VALUE…] [--password-stdin]",
      summary: "Changes an account.",
      options: secret,
      properties: PROPERTIES,
      arity: [2, 60],
      performs: [setCollection],
      run: async (context) => {
        const change = await changeFrom(context, context.args.slice(2));
        const after = await context.perform(setCollection, { ...change, ...(await accountFrom(context)) });
        if (context.json) printOne(context, after);
      },
    },
    remove: {
      usage: "MAILBOX ACCOUNT",
      summary: "Collects no more from an account; the mail stays, here and there.",
      arity: [2, 2],
      performs: [removeCollection],
      run: async (context) => {
        await context.perform(removeCollection, await accountFrom(context));
        if (!context.json) context.out("No more mail is collected from there.");
      },
    },
    run: {
      usage: "MAILBOX ACCOUNT",
      summary: "Collects now, and says what came.",
      arity: [2, 2],
      performs: [lookCollection],
      run: async (context) => {
        const end = await context.perform(lookCollection, await accountFrom(context));
        if (context.json) printOne(context, end);
        else if (end.problem === "") context.out(end.result);
        if (end.problem !== "") throw new Refusal("temporary", end.problem);
      },
    },
    test: {
      usage: "MAILBOX ACCOUNT",
      summary: "Logs in and opens the folders, and collects nothing.",
      arity: [2, 2],
      performs: [testCollection],
      run: async (context) => {
        const found = await context.perform(testCollection, await accountFrom(context));
        if (context.json) printOne(context, found);
        else if (found.good) context.out(found.text);
        if (!found.good) throw new Refusal("temporary", found.text);
      },
    },
    log: {
      usage: "MAILBOX ACCOUNT",
      summary: "Says what became of each message that was seen there, the latest first.",
      arity: [2, 2],
      performs: [logCollection],
      run: async (context) => {
        const account = await accountFrom(context);
        const lines = await everyPage(
          async (page) => (await context.perform(logCollection, { ...account, ...page })).lines,
        );
        printRows(context, lines, ["at", "folder", "uid", "outcome", "removeAt", "goneAt", "trace", "reason"]);
      },
    },
  },
} satisfies Command;
