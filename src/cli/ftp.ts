/** `gatepost ftp`: the folders of people, shared folders, and who is connected. */
import { endFtpSession, listFtpSessions } from "../administration/gateway/ftp.ts";
import { type Command, printRows } from "./command.ts";

export const ftp = {
  name: "ftp",
  summary: "Files: shared folders, what people's folders may hold, and who is connected to the FTP service.",
  actions: {
    sessions: {
      usage: "",
      summary: "Lists who is connected to the FTP service, and what is done there.",
      arity: [0, 0],
      performs: [listFtpSessions],
      run: async (context) => {
        const { sessions } = await context.perform(listFtpSessions, {});
        printRows(context, sessions, [
          "id",
          "login",
          "remote",
          "secure",
          "since",
          "folder",
          "doing",
          "sent",
          "received",
        ]);
      },
    },
    end: {
      usage: "SESSION",
      summary: "Ends a session; a transfer that is under way is cut off.",
      arity: [1, 1],
      performs: [endFtpSession],
      run: async (context) => {
        await context.perform(endFtpSession, { id: context.args[0] ?? "" });
        if (!context.json) context.out("The session is ended.");
      },
    },
  },
} satisfies Command;
