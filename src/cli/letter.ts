/** `gatepost letter`: messages written in webmail that wait to be sent. */
import { callBackLetter, listLetters, putOffLetter } from "../administration/mail/letters.ts";
import { type Command, printOne, printRows, textOf } from "./command.ts";

export const letter = {
  name: "letter",
  summary: "Messages written in webmail that wait to be sent at their time.",
  actions: {
    list: {
      usage: "LOGIN",
      summary: "Lists what waits, the next one first.",
      arity: [1, 1],
      performs: [listLetters],
      run: async (context) => {
        const { letters } = await context.perform(listLetters, { login: context.args[0] ?? "" });
        printRows(context, letters, ["id", "leavesAt", "to", "subject", "problem"]);
      },
    },
    send: {
      usage: "LOGIN LETTER [--at TIME]",
      summary: "Sends one now, or puts it off to a time such as 2027-01-31T08:00:00Z.",
      options: { at: { type: "string" } },
      arity: [2, 2],
      performs: [putOffLetter],
      run: async (context) => {
        const [login = "", id = ""] = context.args;
        const at = textOf(context.values, "at");
        const after = await context.perform(putOffLetter, { login, id, ...(at !== undefined && { at }) });
        if (context.json) printOne(context, after);
        else
          context.out(
            at === undefined ? `“${after.subject}” leaves now.` : `“${after.subject}” leaves at ${after.leavesAt}.`,
          );
      },
    },
    back: {
      usage: "LOGIN LETTER",
      summary: "Calls one back: it stays a draft.",
      arity: [2, 2],
      performs: [callBackLetter],
      run: async (context) => {
        const [login = "", id = ""] = context.args;
        const back = await context.perform(callBackLetter, { login, id });
        if (context.json) printOne(context, back);
        else context.out(`“${back.subject}” is a draft again.`);
      },
    },
  },
} satisfies Command;
