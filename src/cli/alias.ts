/** `gatepost alias`: further addresses of mailboxes. */
import { type Command, printRows } from "./command.ts";
import { mailboxNamed } from "./mailbox.ts";

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
        const made = await context.appliance.directory.aliases.add(address, mailboxNamed(context, word).id);
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
        const mailbox = word === undefined ? undefined : mailboxNamed(context, word).id;
        await context.appliance.directory.aliases.remove(address, mailbox);
      },
    },
  },
} satisfies Command;
