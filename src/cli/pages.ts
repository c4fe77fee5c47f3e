/** `gatepost pages`: whose home pages there are, and what went wrong in the scripts of one's own. */
import { forgetPageReports, listPageReports, listPages } from "../administration/gateway/pages.ts";
import { type Command, everyPage, printRows, textOf } from "./command.ts";

export const pages = {
  name: "pages",
  summary: "Home pages: whose there are, and what went wrong in their scripts.",
  actions: {
    list: {
      usage: "[--search TEXT]",
      summary: "Lists whose home pages there are, where, and whether scripts in them fail.",
      options: { search: { type: "string" } },
      arity: [0, 0],
      performs: [listPages],
      run: async (context) => {
        const search = textOf(context.values, "search") ?? "";
        const people = await everyPage(async (page) => (await context.perform(listPages, { ...page, search })).people);
        printRows(context, people, ["login", "address", "folder", "hasPages", "scripts", "octets", "errors"]);
      },
    },
    errors: {
      usage: "--as LOGIN",
      summary:
        "Lists what went wrong lately in the scripts of one's own pages, and what these noted; the newest first.",
      arity: [0, 0],
      performs: [listPageReports],
      run: async (context) => {
        const { reports } = await context.perform(listPageReports, {});
        printRows(context, reports, ["at", "reference", "kind", "page", "file", "line", "message", "remote"]);
      },
    },
    forget: {
      usage: "--as LOGIN",
      summary: "Forgets what the scripts of one's own pages reported.",
      arity: [0, 0],
      performs: [forgetPageReports],
      run: async (context) => {
        await context.perform(forgetPageReports, {});
        if (!context.json) context.out("Forgotten.");
      },
    },
  },
} satisfies Command;
