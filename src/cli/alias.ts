/** `gatepost alias`: further addresses of mailboxes. */
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printRows } from "./command.ts";

function mailboxOf(context: Context, word: string): number {
  const { directory } = context.appliance;
  if (/^\d+$/.test(word)) return directory.mailboxes.require(Number(word)).id;
  const user = directory.users.get(word);
  if (user !== undefined && user.primaryMailbox !== 0) return user.primaryMailbox;
  const resolution = directory.resolve(word);
  const id = resolution.kind === "local" ? resolution.mailboxes[0] : undefined;
  if (id === undefined) throw new Refusal("notFound", `There is no user, mailbox or address “${word}” here.`);
  return id;
}

export const alias = {
  name: "alias",
  summary: "Further addresses. MAILBOX is a number, a user's login name or another address.",
  actions: {
    add: {
      usage: "ADDRESS MAILBOX",
      summary: "Gives a mailbox one more address; several mailboxes may have the same.",
      arity: [2, 2],
      run: async (context) => {
        const [address = "", word = ""] = context.args;
        const made = await context.appliance.directory.aliases.add(address, mailboxOf(context, word));
        if (!context.json) context.out(`Added ${made.address}`);
      },
    },
    list: {
      usage: "",
      summary: "Lists the addresses and where they lead.",
      arity: [0, 0],
      run: (context) => {
        const { directory } = context.appliance;
        const rows = directory.aliases.list().map((entry) => ({
          ...entry,
          owner: directory.users.byId(directory.mailboxes.byId(entry.mailboxId)?.ownerId ?? 0)?.login,
        }));
        printRows(context, rows, ["address", "mailboxId", "owner"]);
      },
    },
    remove: {
      usage: "ADDRESS [MAILBOX]",
      summary: "Takes an address away, from one mailbox or from all.",
      arity: [1, 2],
      run: async (context) => {
        const [address = "", word] = context.args;
        const mailbox = word === undefined ? undefined : mailboxOf(context, word);
        await context.appliance.directory.aliases.remove(address, mailbox);
      },
    },
  },
} satisfies Command;
