/** `gatepost ftp`: shared folders, what people's folders hold, and who is connected. */
import { endFtpSession, listFtpSessions } from "../administration/gateway/ftp.ts";
import {
  addSharedFolder,
  listSharedFolders,
  removeSharedFolder,
  setSharedFolder,
  showSharedFolder,
} from "../administration/gateway/shares.ts";
import { listStorage, setStorage } from "../administration/gateway/storage.ts";
import { type Command, everyPage, printOne, printRows, textOf } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const shareProperties = setSharedFolder.input.omit({ name: true });
const storageProperties = setStorage.input.omit({ login: true });

export const ftp = {
  name: "ftp",
  summary: "Files: shared folders, what people's folders may hold, and who is connected to the FTP service.",
  actions: {
    "share list": {
      usage: "",
      summary: "Lists the shared folders, and who may do what in them.",
      arity: [0, 0],
      performs: [listSharedFolders],
      run: async (context) => {
        const { shares } = await context.perform(listSharedFolders, {});
        printRows(context, shares, ["name", "folder", "everybody", "guests", "read", "write", "octets", "maxOctets"]);
      },
    },
    "share show": {
      usage: "NAME",
      summary: "Shows a shared folder.",
      arity: [1, 1],
      performs: [showSharedFolder],
      run: async (context) =>
        printOne(context, await context.perform(showSharedFolder, { name: context.args[0] ?? "" })),
    },
    "share add": {
      usage: "NAME [PROPERTY=VALUE…]",
      summary: "Makes a shared folder. read= and write= take login names, everybody= none, read or write.",
      properties: propertiesOf(shareProperties.omit({ rename: true })),
      arity: [1, 12],
      performs: [addSharedFolder],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const given = patchFrom(shareProperties.omit({ rename: true }), assignments(words));
        const made = await context.perform(addSharedFolder, { ...given, name });
        if (context.json) printOne(context, made);
        else context.out(`Made the shared folder ${made.name}.`);
      },
    },
    "share set": {
      usage: "NAME PROPERTY=VALUE…",
      summary: "Changes a shared folder. Sizes take K, M and G; none takes a limit away.",
      properties: propertiesOf(shareProperties),
      arity: [2, 12],
      performs: [setSharedFolder],
      run: async (context) => {
        const [name = "", ...words] = context.args;
        const after = await context.perform(setSharedFolder, {
          ...patchFrom(shareProperties, assignments(words)),
          name,
        });
        if (context.json) printOne(context, after);
      },
    },
    "share remove": {
      usage: "NAME",
      summary: "Takes a shared folder away from everybody; what lies in it stays on disk.",
      arity: [1, 1],
      performs: [removeSharedFolder],
      run: async (context) => {
        await context.perform(removeSharedFolder, { name: context.args[0] ?? "" });
        if (!context.json) context.out(`${context.args[0]} is shared no longer.`);
      },
    },
    quota: {
      usage: "[LOGIN [PROPERTY=VALUE…]] [--search TEXT]",
      summary: "Lists what people's folders hold and may hold, or sets the most for one. none: as the settings say.",
      options: { search: { type: "string" } },
      properties: propertiesOf(storageProperties),
      arity: [0, 3],
      performs: [listStorage, setStorage],
      run: async (context) => {
        const [login, ...words] = context.args;
        if (login !== undefined && words.length > 0) {
          const change = patchFrom(storageProperties, assignments(words));
          return printOne(context, await context.perform(setStorage, { ...change, login }));
        }
        const search = login ?? textOf(context.values, "search") ?? "";
        const all = await everyPage(async (page) => (await context.perform(listStorage, { ...page, search })).people);
        const people = login === undefined ? all : all.filter((one) => one.login.toLowerCase() === login.toLowerCase());
        printRows(context, people, [
          "login",
          "octets",
          "maxOctets",
          "files",
          "maxFiles",
          "ftpDirectory",
          "homePageFolder",
        ]);
      },
    },
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
