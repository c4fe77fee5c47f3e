/** Home pages: who has some, and what scripts in them reported. What a script said is for its owner alone. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import { requireOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, textOfTime, timeText } from "../values.ts";
import { addressesOf } from "./addresses.ts";

const count = z.number().int();

const pagesView = z.object({
  login: z.string(),
  fullName: z.string(),
  address: z.string().nullable().describe("Where the pages are seen; null where the web ports are closed."),
  folder: z.string().describe("Where they lie, below the folder “files” of the data folder."),
  hasPages: z.boolean().describe("There is something in the folder."),
  scripts: z.boolean().describe("Scripts in them are run."),
  octets: count.describe("What the account's folders hold in all."),
  errors: count.describe("Errors of scripts lately."),
  lastErrorAt: timeText.nullable(),
});
export type PagesView = z.output<typeof pagesView>;

export const listPages = operation({
  name: "pages.list",
  summary: "Lists whose home pages there are, where, and whether scripts in them fail.",
  http: "GET /pages",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ ...paging, search: searching.describe("Part of a login name or a full name.") }),
  output: z.object({ people: z.array(pagesView), total: count.describe("Users that fit, on all pages.") }),
  async run(context, { page, pageSize, search }) {
    const { users, total } = context.directory.users.list({ kind: "user", page, pageSize, search });
    const people: PagesView[] = [];
    for (const user of users) people.push(await viewOf(context, user));
    return { people, total };
  },
});

const reportView = z.object({
  reference: z.string().describe("What the visitor was given to name it."),
  kind: z.enum(["error", "note"]).describe("note: what the page itself said with console.log."),
  at: timeText,
  page: z.string(),
  remote: z.string().describe("The visitor's address."),
  message: z.string(),
  file: z.string().describe("Where it happened: the page, or a file that it includes."),
  line: count.describe("0 where it is not known."),
  excerpt: z.string().describe("The lines around it."),
});
export type PageReportView = z.output<typeof reportView>;

export const listPageReports = operation({
  name: "pages.errors",
  summary: "Lists what went wrong in the scripts of one's own home pages, and what these noted; the newest first.",
  http: "GET /self/pages/errors",
  scope: "self:read",
  who: "user",
  input: z.strictObject({}),
  output: z.object({ reports: z.array(reportView) }),
  run(context) {
    const reports = context.pages.reports(requireOwn(context, "pages are").id);
    return { reports: reports.map((report) => ({ ...report, at: textOfTime(report.at) })) };
  },
});

export const forgetPageReports = operation({
  name: "pages.forget",
  summary: "Forgets what the scripts of one's own home pages reported.",
  http: "DELETE /self/pages/errors",
  scope: "self:write",
  who: "user",
  input: z.strictObject({}),
  output: z.object({}),
  async run(context) {
    const { id, login } = requireOwn(context, "pages are");
    const before = context.pages.reports(id).length;
    context.pages.forget(id);
    await context.record({ subject: `home pages of ${login}`, before: { reports: before }, after: { reports: 0 } });
    return {};
  },
});

async function viewOf(context: Context, user: User): Promise<PagesView> {
  const { files, pages } = context;
  const errors = pages.reports(user.id).filter(({ kind }) => kind === "error");
  const { pages: address } = addressesOf(context);
  return {
    login: user.login,
    fullName: user.fullName,
    address: address === null ? null : address.replace("LOGIN", encodeURIComponent(user.login)),
    folder: files.pathOf(user, "homepage"),
    hasPages: await holdsSomething(context, user),
    scripts: user.permissions.has("http.scripts"),
    octets: files.usageOf(user).usage.octets,
    errors: errors.length,
    lastErrorAt: textOfTime(errors[0]?.at ?? null),
  };
}

/** Whether anything lies in a user's home-page folder; it is not made for that. */
async function holdsSomething({ files }: Context, user: User): Promise<boolean> {
  try {
    for await (const _ of files.existingRoot(user, "homepage")?.list("/") ?? []) return true;
    return false;
  } catch (thrown) {
    if (thrown instanceof Refusal) return false;
    throw thrown;
  }
}

export const pageOperations = [listPages, listPageReports, forgetPageReports] as const;
