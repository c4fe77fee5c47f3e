/** Shared folders of the FTP service, and who may do what in them. */
import { z } from "zod";
import { changeOf } from "../../directory/validate.ts";
import { type SharedFolder, sharedSchema } from "../../files/shares.ts";
import { type Context, operation } from "../operation.ts";

const count = z.number().int();
const logins = z.array(z.string().trim().min(1).max(128)).max(10_000);

const shareView = z.object({
  name: z.string(),
  description: z.string(),
  folder: z.string().describe("Where it lies, below the folder “files” of the data folder."),
  everybody: z.enum(["none", "read", "write"]).describe("What everybody who has logged in may do."),
  guests: z.boolean().describe("Guests read it."),
  read: z.array(z.string()).describe("Login names of those who may read it beyond that."),
  write: z.array(z.string()).describe("Login names of those who may change it beyond that."),
  maxOctets: count.nullable(),
  maxFiles: count.nullable().describe("Files and folders."),
  octets: count.describe("How much lies in it."),
  files: count,
});
export type ShareView = z.output<typeof shareView>;

const name = z.string().trim().min(1, "A shared folder has a name.").max(200, "The name is too long.");
const { shape } = sharedSchema;
const properties = changeOf({
  description: shape.description,
  folder: shape.folder,
  everybody: shape.everybody,
  guests: shape.guests,
  maxOctets: shape.maxOctets.describe("The most that may lie in it; null for no limit."),
  maxFiles: shape.maxFiles.describe("The most files and folders; null for no limit."),
  read: logins.describe("Login names of those who may read it, in place of all there were."),
  write: logins.describe("Login names of those who may change it, in place of all there were."),
}).shape;

export const listSharedFolders = operation({
  name: "share.list",
  summary: "Lists the shared folders of the FTP service, and who may do what in them.",
  http: "GET /files/shares",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ shares: z.array(shareView) }),
  run: (context) => ({ shares: context.files.shares.list().map((shared) => viewOf(context, shared)) }),
});

export const showSharedFolder = operation({
  name: "share.show",
  summary: "Shows a shared folder.",
  http: "GET /files/shares/{name}",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({ name }),
  output: shareView,
  run: (context, { name }) => viewOf(context, context.files.shares.require(name)),
});

export const addSharedFolder = operation({
  name: "share.add",
  summary: "Makes a shared folder.",
  http: "POST /files/shares",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ name, ...properties }),
  output: shareView,
  async run(context, { name, read = [], write = [], ...given }) {
    const { shares } = context.files;
    await context.commit((tx, note) => {
      const id = shares.createWithin(tx, { name, ...present(given) });
      for (const [user, right] of rightsOf(context, read, write)) shares.setRightWithin(tx, id, user, right);
      note({ subject: `shared folder ${name}`, after: { ...given, read, write } });
    });
    return viewOf(context, shares.require(name));
  },
});

export const setSharedFolder = operation({
  name: "share.set",
  summary: "Changes a shared folder, or who may do what in it. It holds at once, also for those who are logged in.",
  http: "PATCH /files/shares/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ name, ...properties, rename: name.optional() }),
  output: shareView,
  async run(context, { name, rename, read, write, ...change }) {
    const { shares } = context.files;
    const { id } = shares.require(name);
    await context.commit((tx, note) => {
      const before = recorded(context, shares.require(name));
      const after = { ...before, ...change, ...present({ name: rename, read, write }) };
      shares.updateWithin(tx, id, present({ ...change, name: rename }));
      const rights = rightsOf(context, after.read, after.write);
      for (const user of Object.keys(shares.require(name).rights).map(Number))
        if (!rights.has(user)) shares.setRightWithin(tx, id, user, null);
      for (const [user, right] of rights) shares.setRightWithin(tx, id, user, right);
      note({ subject: `shared folder ${name}`, before, after });
    });
    return viewOf(context, shares.require(rename ?? name));
  },
});

export const removeSharedFolder = operation({
  name: "share.remove",
  summary: "Takes a shared folder away from everybody; what lies in it stays on disk.",
  http: "DELETE /files/shares/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ name }),
  output: z.object({}),
  async run(context, { name }) {
    const { shares } = context.files;
    await context.commit((tx, note) => {
      const shared = shares.require(name);
      note({ subject: `shared folder ${shared.name}`, before: recorded(context, shared) });
      shares.removeWithin(tx, shared.id);
    });
    return {};
  },
});

/** What single users may do; whoever may change it need not be named twice. @throws Refusal "notFound" */
function rightsOf(
  { directory }: Context,
  read: readonly string[],
  write: readonly string[],
): Map<number, "read" | "write"> {
  const idOf = (login: string, field: string) => directory.users.require(login, field).id;
  return new Map([
    ...read.map((login) => [idOf(login, "read"), "read"] as const),
    ...write.map((login) => [idOf(login, "write"), "write"] as const),
  ]);
}

/** What is given. */
function present<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function recorded({ directory }: Context, { id: _, createdAt: _c, rights, limits, ...shared }: SharedFolder) {
  const who = (right: "read" | "write") =>
    Object.entries(rights)
      .filter(([, one]) => one === right)
      .flatMap(([user]) => directory.users.byId(Number(user))?.login ?? [])
      .sort();
  return { ...shared, maxOctets: limits.octets, maxFiles: limits.files, read: who("read"), write: who("write") };
}

function viewOf(context: Context, shared: SharedFolder): ShareView {
  return { ...recorded(context, shared), ...context.files.sharedUsage(shared.id).usage };
}

export const shareOperations = [
  listSharedFolders,
  showSharedFolder,
  addSharedFolder,
  setSharedFolder,
  removeSharedFolder,
] as const;
