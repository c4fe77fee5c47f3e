/** `gatepost alias`: what leads to mailboxes: further addresses, patterns with a star, and addresses that end. */
import { addAddress, listAddresses, removeAddress, setAddress } from "../administration/mail/addresses.ts";
import { type Command, type Context, everyPage, printOne, printRows, textOf, UsageError } from "./command.ts";
import { mailboxNamed } from "./mailbox-words.ts";
import { valueFor } from "./properties.ts";

const ABOUT = { expires: { type: "string" }, note: { type: "string" } } as const;

/** What `--expires` and `--note` say; "never" is no end. */
function about({ values }: Context): { expiresAt?: string | null; note?: string } {
  const [expires, note] = [textOf(values, "expires"), textOf(values, "note")];
  const isNever = expires !== undefined && /^(never|none|)$/i.test(expires.trim());
  return {
    ...(expires !== undefined && { expiresAt: isNever ? null : expires.trim() }),
    ...(note !== undefined && { note }),
  };
}

async function mailboxOf(context: Context): Promise<{ mailbox?: number }> {
  const word = context.args[1];
  return word === undefined ? {} : { mailbox: await mailboxNamed(context, word) };
}

async function list(context: Context): Promise<void> {
  const { shape } = listAddresses.input;
  const wishes = Object.fromEntries(
    (["search", "kind", "domain"] as const).flatMap((name) => {
      const text = textOf(context.values, name);
      return text === undefined ? [] : [[name, valueFor(shape[name], text)]];
    }),
  );
  const word = textOf(context.values, "mailbox");
  const mailbox = word === undefined ? {} : { mailbox: await mailboxNamed(context, word) };
  const rows = await everyPage(
    async (page) => (await context.perform(listAddresses, { ...wishes, ...mailbox, ...page })).addresses,
  );
  printRows(context, rows, ["address", "mailbox", "owner", "expiresAt", "note"]);
}

export const alias = {
  name: "alias",
  summary: "Further addresses. MAILBOX is a number, a user's login name or another address.",
  actions: {
    add: {
      usage: "ADDRESS MAILBOX [--expires DATE] [--note S] [--primary]",
      summary: "Gives a mailbox one more address. With a * in the part before the @ it is a pattern.",
      options: { ...ABOUT, primary: { type: "boolean" } },
      arity: [2, 2],
      performs: [addAddress],
      run: async (context) => {
        const [address = "", word = ""] = context.args;
        const made = await context.perform(addAddress, {
          ...{ address, mailbox: await mailboxNamed(context, word), ...about(context) },
          ...(context.values.primary === true && { primary: true }),
        });
        if (context.json) printOne(context, made);
        else context.out(`Added ${made.address}`);
      },
    },
    set: {
      usage: "ADDRESS [MAILBOX] [--expires DATE|never] [--note S]",
      summary: "Changes the note of an address, or until when it takes mail.",
      options: ABOUT,
      arity: [1, 2],
      performs: [setAddress],
      run: async (context) => {
        const change = about(context);
        if (Object.keys(change).length === 0) throw new UsageError("Say what is to change: --expires or --note.");
        const address = context.args[0] ?? "";
        const after = await context.perform(setAddress, { address, ...(await mailboxOf(context)), ...change });
        if (context.json) printOne(context, after);
      },
    },
    list: {
      usage: "[--search TEXT] [--kind all|temporary|ended|wildcard] [--domain DOMAIN] [--mailbox MAILBOX]",
      summary: "Lists the addresses and where they lead.",
      options: {
        search: { type: "string" },
        kind: { type: "string" },
        domain: { type: "string" },
        mailbox: { type: "string" },
      },
      arity: [0, 0],
      performs: [listAddresses],
      run: list,
    },
    remove: {
      usage: "ADDRESS [MAILBOX]",
      summary: "Takes an address away, from one mailbox or from all.",
      arity: [1, 2],
      performs: [removeAddress],
      run: async (context) => {
        const address = context.args[0] ?? "";
        await context.perform(removeAddress, { address, ...(await mailboxOf(context)) });
        if (!context.json) context.out(`Removed ${address}`);
      },
    },
  },
} satisfies Command;
