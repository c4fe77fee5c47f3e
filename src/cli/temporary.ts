/** `gatepost temporary`: addresses that end by themselves, in their owner's hands. */
import { addTemporary, endTemporary, listTemporary, setTemporary } from "../administration/mail/temporary.ts";
import { type Command, type Context, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";

const ABOUT = { days: { type: "string" }, until: { type: "string" }, note: { type: "string" } } as const;

function about({ values }: Context): { days?: string; until?: string; note?: string } {
  const [days, until, note] = ["days", "until", "note"].map((name) => textOf(values, name));
  return {
    ...(days !== undefined && { days }),
    ...(until !== undefined && { until }),
    ...(note !== undefined && { note }),
  };
}

export const temporary = {
  name: "temporary",
  summary: "Addresses that end by themselves. MAILBOX is a number, a user's login name or an address.",
  actions: {
    list: {
      usage: "MAILBOX",
      summary: "Lists a mailbox's temporary addresses, those that have ended too.",
      arity: [1, 1],
      performs: [listTemporary],
      run: async (context) => {
        const { addresses } = await context.perform(listTemporary, {
          id: await mailboxNamed(context, context.args[0] ?? ""),
        });
        printRows(context, addresses, ["address", "expiresAt", "ended", "note"]);
      },
    },
    add: {
      usage: "MAILBOX [--days 60 | --until DATE] [--note S]",
      summary: "Makes an address that says nothing of whose it is.",
      options: ABOUT,
      arity: [1, 1],
      performs: [addTemporary],
      run: async (context) => {
        const id = await mailboxNamed(context, context.args[0] ?? "");
        const made = await context.perform(addTemporary, { id, ...about(context) });
        if (context.json) printOne(context, made);
        else context.out(`${made.address} is good until ${made.expiresAt}.`);
      },
    },
    set: {
      usage: "MAILBOX ADDRESS [--days N | --until DATE] [--note S]",
      summary: "Extends or shortens a temporary address, or notes what it is for.",
      options: ABOUT,
      arity: [2, 2],
      performs: [setTemporary],
      run: async (context) => {
        const [name = "", address = ""] = context.args;
        const change = about(context);
        if (Object.keys(change).length === 0) throw new UsageError("Say what is to change: --days, --until or --note.");
        const id = await mailboxNamed(context, name);
        const after = await context.perform(setTemporary, { id, address, ...change });
        if (context.json) printOne(context, after);
        else context.out(`${after.address} is good until ${after.expiresAt}.`);
      },
    },
    end: {
      usage: "MAILBOX ADDRESS",
      summary: "Ends a temporary address now.",
      arity: [2, 2],
      performs: [endTemporary],
      run: async (context) => {
        const [name = "", address = ""] = context.args;
        const ended = await context.perform(endTemporary, { id: await mailboxNamed(context, name), address });
        if (context.json) printOne(context, ended);
        else context.out(`${ended.address} takes no mail any more.`);
      },
    },
  },
} satisfies Command;
