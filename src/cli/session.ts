/** `gatepost session`: the browsers in which users are signed in, and what logins came to. */

import { quietSession } from "../administration/signing-in/notifications.ts";
import { closeSession, closeSessions, listLogins, listSessions } from "../administration/signing-in/security.ts";
import { Refusal } from "../refusal.ts";
import { type Command, printOne, printRows } from "./command.ts";

/** As many characters of a session's name as tell it from others of the same user. */
const SHORT = 12;

export const session = {
  name: "session",
  summary: "Browsers in which users are signed in, and recent logins.",
  actions: {
    list: {
      usage: "LOGIN",
      summary: "Lists the browsers in which a user is signed in.",
      arity: [1, 1],
      performs: [listSessions],
      run: async (context) => {
        const { sessions } = await context.perform(listSessions, { login: context.args[0] ?? "" });
        const rows = sessions.map((one) => (context.json ? one : { ...one, id: one.id.slice(0, SHORT) }));
        printRows(context, rows, ["id", "agent", "remote", "createdAt", "seenAt", "told"]);
      },
    },
    close: {
      usage: "LOGIN [SESSION]",
      summary: "Signs a user out: in one browser, or everywhere. SESSION is the beginning of its name.",
      arity: [1, 2],
      performs: [listSessions, closeSession, closeSessions],
      run: async (context) => {
        const [login = "", word] = context.args;
        if (word === undefined) {
          const { closed } = await context.perform(closeSessions, { login });
          if (context.json) printOne(context, { closed });
          else context.out(`Signed ${login} out of ${closed === 1 ? "one browser" : `${closed} browsers`}.`);
          return;
        }
        const { sessions } = await context.perform(listSessions, { login });
        const [found, another] = sessions.filter(({ id }) => id.startsWith(word));
        if (found === undefined || another !== undefined)
          throw new Refusal("notFound", `${login} has not exactly one session that begins with “${word}”.`);
        await context.perform(closeSession, { login, id: found.id });
        if (!context.json) context.out(`Signed ${login} out of ${found.agent}.`);
      },
    },
    quiet: {
      usage: "LOGIN SESSION",
      summary: "Tells a browser of new mail no more. SESSION is the beginning of its name.",
      arity: [2, 2],
      performs: [listSessions, quietSession],
      run: async (context) => {
        const [login = "", word = ""] = context.args;
        const { sessions } = await context.perform(listSessions, { login });
        const [found, another] = sessions.filter(({ id }) => id.startsWith(word));
        if (found === undefined || another !== undefined)
          throw new Refusal("notFound", `${login} has not exactly one session that begins with “${word}”.`);
        await context.perform(quietSession, { login, id: found.id });
        if (!context.json) context.out(`${found.agent} is told of new mail no more.`);
      },
    },
    logins: {
      usage: "LOGIN",
      summary: "Lists recent logins of a user and refusals, the latest first.",
      arity: [1, 1],
      performs: [listLogins],
      run: async (context) => {
        const { logins } = await context.perform(listLogins, { login: context.args[0] ?? "" });
        printRows(context, logins, ["at", "accepted", "service", "remote", "text"]);
      },
    },
  },
} satisfies Command;
