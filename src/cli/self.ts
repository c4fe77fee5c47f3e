/** `gatepost self`: what somebody does for himself, with `--as LOGIN`. */
import { changePassword } from "../administration/signing-in/passwords.ts";
import { showSelf } from "../administration/users/self.ts";
import { Refusal } from "../refusal.ts";
import { type Command, printOne, printRows, UsageError } from "./command.ts";

export const self = {
  name: "self",
  summary: "What a user sees and does himself.",
  actions: {
    show: {
      usage: "--as LOGIN",
      summary: "Shows what a user sees of himself, and what he may change.",
      arity: [0, 0],
      performs: [showSelf],
      run: async (context) => {
        const { mailboxes, password, entry, ...own } = await context.perform(showSelf, {});
        if (context.json) return printOne(context, { ...own, password, entry, mailboxes });
        printOne(context, { ...own, "password.whyNot": password.whyNot, "password.changedAt": password.changedAt });
        context.out("");
        printRows(context, mailboxes, ["id", "description", "addresses", "changeable"]);
      },
    },
    password: {
      usage: "--as LOGIN --password-stdin",
      summary: "Changes the own password as on the page: the old one on the first line, the new one on the second.",
      options: { "password-stdin": { type: "boolean" } },
      arity: [0, 0],
      performs: [changePassword],
      run: async (context) => {
        if (context.values["password-stdin"] !== true)
          throw new UsageError("Give both passwords on standard input, a line each, with --password-stdin.");
        const [old = "", password = ""] = (await context.stdin()).split(/\r?\n/, 2);
        if (password === "") throw new Refusal("invalid", "No new password came on the second line.");
        await context.perform(changePassword, { old, password });
        if (!context.json) context.out("The password is changed.");
      },
    },
  },
} satisfies Command;
