/** `gatepost pictures`: senders whose pictures a user sees in webmail without being asked. */
import { askForPicturesOf, listPictureSenders, showPicturesOf } from "../administration/users/pictures.ts";
import { type Command, everyPage, printRows } from "./command.ts";

export const pictures = {
  name: "pictures",
  summary: "Senders whose pictures webmail shows a user without asking.",
  actions: {
    list: {
      usage: "--as LOGIN",
      summary: "Lists them.",
      arity: [0, 0],
      performs: [listPictureSenders],
      run: async (context) => {
        const all = await everyPage(async (page) => (await context.perform(listPictureSenders, page)).addresses);
        if (context.json) context.out(JSON.stringify(all));
        else
          printRows(
            context,
            all.map((address) => ({ address })),
            ["address"],
          );
      },
    },
    show: {
      usage: "ADDRESS --as LOGIN",
      summary: "Shows the pictures of a sender's mail from now on.",
      arity: [1, 1],
      performs: [showPicturesOf],
      run: async (context) => {
        await context.perform(showPicturesOf, { address: context.args[0] ?? "" });
        if (!context.json) context.out(`Pictures of ${context.args[0]} are shown.`);
      },
    },
    ask: {
      usage: "ADDRESS --as LOGIN",
      summary: "Asks again before the pictures of a sender's mail are shown.",
      arity: [1, 1],
      performs: [askForPicturesOf],
      run: async (context) => {
        await context.perform(askForPicturesOf, { address: context.args[0] ?? "" });
        if (!context.json) context.out(`Pictures of ${context.args[0]} are asked for again.`);
      },
    },
  },
} satisfies Command;
