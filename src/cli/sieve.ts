/** `gatepost sieve`: the scripts that sort the mail of a mailbox, and with `--house` those that run for all. */
import {
  activateScript,
  checkScript,
  listScripts,
  putScript,
  removeScript,
  renameScript,
  showScript,
  tryScript,
} from "../administration/mail/scripts.ts";
import { HOUSE } from "../sieve/scripts.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

const house = { house: { type: "boolean" } } as const;

/** Whose scripts are meant, and the arguments behind that. @throws UsageError */
async function placeFrom(context: Context, ...names: readonly string[]): Promise<[id: number, ...rest: string[]]> {
  const isHouse = context.values.house === true;
  const wanted = isHouse ? names : ["MAILBOX", ...names];
  if (context.args.length !== wanted.length) throw new UsageError(`What belongs here: ${wanted.join(" ")}`);
  if (isHouse) return [HOUSE, ...context.args];
  const [mailbox = "", ...rest] = context.args;
  return [await mailboxNamed(context, mailbox), ...rest];
}

function printWarnings(context: Context, warnings: readonly string[], done: string): void {
  if (context.json) {
    printOne(context, { warnings });
    return;
  }
  for (const warning of warnings) context.out(`Warning: ${warning}`);
  context.out(done);
}

export const sieve = {
  name: "sieve",
  summary: "Sieve scripts, which sort arriving mail.",
  actions: {
    list: {
      usage: "MAILBOX | --house",
      summary: "Lists the scripts of a mailbox, or those of the house.",
      options: house,
      arity: [0, 1],
      performs: [listScripts],
      run: async (context) => {
        const [id] = await placeFrom(context);
        const { scripts } = await context.perform(listScripts, { id });
        printRows(context, scripts, ["name", "active", "size", "changedAt"]);
      },
    },
    show: {
      usage: "MAILBOX NAME | --house NAME",
      summary: "Prints a script.",
      options: house,
      arity: [1, 2],
      performs: [showScript],
      run: async (context) => {
        const [id, name = ""] = await placeFrom(context, "NAME");
        const script = await context.perform(showScript, { id, name });
        if (context.json) printOne(context, script);
        else context.out(script.text.replace(/\r?\n$/, ""));
      },
    },
    put: {
      usage: "MAILBOX NAME [--activate] | --house NAME",
      summary:
        "Stores the script that comes on standard input, if it is a good one; of the house, those called before and after run by themselves.",
      options: { ...house, activate: { type: "boolean" } },
      readsInput: true,
      arity: [1, 2],
      performs: [putScript, activateScript],
      run: async (context) => {
        const [id, name = ""] = await placeFrom(context, "NAME");
        const { warnings } = await context.perform(putScript, { id, name, text: await context.stdin() });
        const activate = context.values.activate === true;
        if (activate) await context.perform(activateScript, { id, name });
        printWarnings(context, warnings, activate ? `“${name}” is stored and active.` : `“${name}” is stored.`);
      },
    },
    activate: {
      usage: "MAILBOX NAME",
      summary: "Makes a script the one that is run; with “” for a name, none is.",
      arity: [2, 2],
      performs: [activateScript],
      run: async (context) => {
        const [id, name = ""] = await placeFrom(context, "NAME");
        await context.perform(activateScript, { id, name });
        if (!context.json) context.out(name === "" ? "No script is run." : `“${name}” is active.`);
      },
    },
    rename: {
      usage: "MAILBOX NAME NEW-NAME | --house NAME NEW-NAME",
      summary: "Gives a script another name.",
      options: house,
      arity: [2, 3],
      performs: [renameScript],
      run: async (context) => {
        const [id, name = "", to = ""] = await placeFrom(context, "NAME", "NEW-NAME");
        await context.perform(renameScript, { id, name, to });
        if (!context.json) context.out(`“${name}” is now “${to}”.`);
      },
    },
    remove: {
      usage: "MAILBOX NAME | --house NAME",
      summary: "Removes a script that is not active.",
      options: house,
      arity: [1, 2],
      performs: [removeScript],
      run: async (context) => {
        const [id, name = ""] = await placeFrom(context, "NAME");
        await context.perform(removeScript, { id, name });
        if (!context.json) context.out(`“${name}” is removed.`);
      },
    },
    try: {
      usage: "MAILBOX [--from ADDRESS]",
      summary: "Says what the scripts of a mailbox would make of the message that comes on standard input, and why.",
      options: { from: { type: "string" } },
      readsInput: true,
      arity: [1, 1],
      performs: [tryScript],
      run: async (context) => {
        const [id] = await placeFrom(context);
        const from = textOf(context.values, "from") ?? "";
        const told = await context.perform(tryScript, { id, message: await context.stdin(), from });
        if (context.json) {
          printOne(context, told);
          return;
        }
        for (const { script, line, what, held, why } of told.steps) {
          const answer = held === undefined ? "" : held ? "yes: " : "no: ";
          context.out(`${script}:${line}  ${what}  ${answer}${why}`);
        }
        if (told.error !== null) context.out(`Failed: ${told.error}`);
        for (const sentence of told.done) context.out(sentence);
      },
    },
    check: {
      usage: "MAILBOX | --house",
      summary: "Says what is wrong with the script that comes on standard input, and stores nothing.",
      options: house,
      readsInput: true,
      arity: [0, 1],
      performs: [checkScript],
      run: async (context) => {
        const [id] = await placeFrom(context);
        const { warnings } = await context.perform(checkScript, { id, text: await context.stdin() });
        printWarnings(context, warnings, "The script is good.");
      },
    },
  },
} satisfies Command;
