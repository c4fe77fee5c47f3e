/** What people's folders hold, and the most that they may. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching } from "../values.ts";

const count = z.number().int();
const limit = count.min(0).max(Number.MAX_SAFE_INTEGER).nullable();

const storageView = z.object({
  login: z.string(),
  fullName: z.string(),
  ftpDirectory: z.string().describe("Where an FTP session begins, below the folder “files” of the data folder."),
  homePageFolder: z.string(),
  octets: count.describe("How much lies in these folders."),
  files: count.describe("Files and folders."),
  maxOctets: count.nullable().describe("The most there may be; null for no limit."),
  maxFiles: count.nullable(),
  ownMaxOctets: count.nullable().describe("The limit of this account alone; null: as the setting says."),
  ownMaxFiles: count.nullable(),
});
export type StorageView = z.output<typeof storageView>;

export const listStorage = operation({
  name: "storage.list",
  summary: "Lists what the folders of people hold, and the most that they may.",
  http: "GET /files/people",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ ...paging, search: searching.describe("Part of a login name or a full name.") }),
  output: z.object({ people: z.array(storageView), total: count.describe("On all pages.") }),
  run(context, { page, pageSize, search }) {
    const { users, total } = context.directory.users.list({ kind: "user", page, pageSize, search });
    return { people: users.map((user) => viewOf(context, user)), total };
  },
});

export const setStorage = operation({
  name: "storage.set",
  summary: "Sets the most that somebody's folders may hold; it holds from the next upload on.",
  http: "PATCH /files/people/{login}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({
    login: z.string().trim().min(1).max(128),
    maxOctets: limit.optional().describe("Null: as the setting says."),
    maxFiles: limit.optional().describe("Files and folders. Null: as the setting says."),
  }),
  output: storageView,
  async run(context, { login, maxOctets, maxFiles }) {
    const { files, directory } = context;
    const user = directory.users.require(login);
    await context.commit((tx, note) => {
      const { own } = files.usageOf(user);
      const change = {
        ...(maxOctets !== undefined && { octets: maxOctets }),
        ...(maxFiles !== undefined && { files: maxFiles }),
      };
      files.setLimitsWithin(tx, user, change);
      note({ subject: `files of ${user.login}`, before: own, after: { ...own, ...change } });
    });
    return viewOf(context, user);
  },
});

/** What one account's folders hold. */
export function viewOf({ files }: Pick<Context, "files">, user: User): StorageView {
  const { usage, limits, own } = files.usageOf(user);
  return {
    login: user.login,
    fullName: user.fullName,
    ftpDirectory: files.pathOf(user, "ftp"),
    homePageFolder: files.pathOf(user, "homepage"),
    ...usage,
    maxOctets: limits.octets,
    maxFiles: limits.files,
    ownMaxOctets: own.octets,
    ownMaxFiles: own.files,
  };
}

export const storageOperations = [listStorage, setStorage] as const;
