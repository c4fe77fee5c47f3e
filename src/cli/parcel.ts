/** `gatepost parcel`: files behind links. */
import { endParcel, listParcels, prolongParcel } from "../administration/mail/parcels.ts";
import { type Command, printOne, printRows } from "./command.ts";

export const parcel = {
  name: "parcel",
  summary: "Files that users put behind links because they are too large for a letter.",
  actions: {
    list: {
      usage: "LOGIN",
      summary: "Lists a user's files behind links, the latest first.",
      arity: [1, 1],
      performs: [listParcels],
      run: async (context) => {
        const { parcels } = await context.perform(listParcels, { login: context.args[0] ?? "" });
        printRows(context, parcels, ["id", "name", "size", "endsAt", "fetched"]);
      },
    },
    prolong: {
      usage: "LOGIN FILE DAYS",
      summary: "Lets one lie for so many days from now.",
      arity: [3, 3],
      performs: [prolongParcel],
      run: async (context) => {
        const [login = "", id = "", days = ""] = context.args;
        const after = await context.perform(prolongParcel, { login, id, days });
        if (context.json) printOne(context, after);
        else context.out(`${after.name} lies behind its link until ${after.endsAt}.`);
      },
    },
    end: {
      usage: "LOGIN FILE",
      summary: "Ends a link: the file is gone for good.",
      arity: [2, 2],
      performs: [endParcel],
      run: async (context) => {
        const [login = "", id = ""] = context.args;
        const ended = await context.perform(endParcel, { login, id });
        if (context.json) printOne(context, ended);
        else context.out(`${ended.name} is gone.`);
      },
    },
  },
} satisfies Command;
