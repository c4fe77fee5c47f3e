/** `gatepost self`: what somebody does for himself, with `--as LOGIN`. */
import { changePassword } from "../administration/signing-in/passwords.ts";
import { preferencesChange, setPreferences, showPreferences } from "../administration/users/preferences.ts";
import { forgetSearches, keepSearch, listSearches, removeSearch } from "../administration/users/searches.ts";
import { showSelf } from "../administration/users/self.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printOne, printRows, UsageError } from "./command.ts";
import { assignments, patchFrom } from "./properties.ts";

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
    preferences: {
      usage: "--as LOGIN [PROPERTY=VALUE…]",
      summary: "Shows how a user wants his pages (language, time zone, colours and more), or chooses it.",
      properties: Object.keys(preferencesChange.shape),
      arity: [0, 100],
      performs: [showPreferences, setPreferences],
      run: async (context) => {
        const wishes = patchFrom(preferencesChange, assignments(context.args));
        const none = Object.keys(wishes).length === 0;
        printOne(
          context,
          await (none ? context.perform(showPreferences, {}) : context.perform(setPreferences, wishes)),
        );
      },
    },
    searches: {
      usage: "--as LOGIN [keep NAME WORD…|remove NUMBER|forget]",
      summary:
        "Lists the searches of his mail that a user keeps, keeps one, takes one away, or forgets those he made lately.",
      arity: [0, 50],
      performs: [listSearches, keepSearch, removeSearch, forgetSearches],
      run: searches,
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

async function searches(context: Context): Promise<void> {
  const [what, first = "", ...words] = context.args;
  switch (what) {
    case undefined: {
      const { kept, earlier } = await context.perform(listSearches, {});
      if (context.json) return printOne(context, { kept, earlier });
      printRows(context, [...kept, ...earlier.map((query) => ({ id: "", name: "", query }))], ["id", "name", "query"]);
      return;
    }
    case "keep":
      return printOne(context, await context.perform(keepSearch, { name: first, query: words.join(" ") }));
    case "remove":
      await context.perform(removeSearch, { id: Number(first) });
      return;
    case "forget":
      await context.perform(forgetSearches, {});
      return;
    default:
      throw new UsageError("Say what to do: keep, remove or forget.");
  }
}
