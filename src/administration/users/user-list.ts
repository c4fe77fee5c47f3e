/** Lists of users and templates, and what a page for a new one proposes. */
import { z } from "zod";
import { fold } from "../../directory/address.ts";
import type { User } from "../../directory/directory.ts";
import { DAY_MS } from "../../directory/expiry.ts";
import { ADMINISTRATOR, defaultPermissions } from "../../directory/permissions.ts";
import { permissionSchema } from "../../directory/user.ts";
import type { UserQuery, UserSort } from "../../directory/users.ts";
import { type Context, operation } from "../operation.ts";
import { paging, searching, switched } from "../values.ts";
import { lineOf, type UserLine, userLine } from "./user-view.ts";
import { welcomeFor, welcomeSettings } from "./welcome.ts";

/** An account that ends within so many days is ending soon. */
export const SOON_DAYS = 14;

export const listUsers = operation({
  name: "user.list",
  summary: "Lists users, or templates, a page at a time.",
  http: "GET /users",
  scope: "users:read",
  who: "manager",
  input: z.strictObject({
    ...paging,
    search: searching,
    kind: z.enum(["user", "template"]).default("user"),
    state: z
      .enum(["enabled", "disabled", "expired", "noPassword", "ending"])
      .optional()
      .describe(`Only accounts in this state; ending: those that run and end within ${SOON_DAYS} days.`),
    permission: permissionSchema.optional().describe("Only accounts with this permission."),
    sort: z
      .enum(["login", "fullName", "state", "createdAt", "lastLogin", "ends", "enabled", "mailSize"])
      .default("login"),
    descending: switched.default(false),
  }),
  output: z.object({ users: z.array(userLine), total: z.number().int() }),
  run(context, { sort, ...query }) {
    const { directory, reach } = context;
    const now = context.now();
    const wanted = { ...query, now, endsBefore: now + SOON_DAYS * DAY_MS, ...(reach !== "all" && { within: reach }) };
    if (reach !== "all" && query.kind === "template") return offeredTemplates(context, wanted);
    if (sort === "mailSize") return bySize(context, wanted);
    const { users, total } = directory.users.list({ ...wanted, sort: sort satisfies UserSort });
    return { users: users.map((user) => lineOf(context, user)), total };
  },
});

/** Whether somebody who looks after some domains only may make users from a template: it gives nothing that he could not give. */
export function mayCopy({ actor, reach }: Pick<Context, "actor" | "reach">, template: User): boolean {
  if (reach === "all") return true;
  const own = new Set([...(actor.user?.permissions ?? []), ...defaultPermissions()]);
  return [...template.permissions].every((permission) => permission !== ADMINISTRATOR && own.has(permission));
}

type Wanted = UserQuery & { readonly page: number; readonly pageSize: number };

function offeredTemplates(context: Context, { page, pageSize, search = "" }: Wanted) {
  const ids = context.directory.users.ids({ kind: "template", search });
  const templates = ids
    .map((id) => context.directory.users.byId(id))
    .filter((user) => user !== undefined)
    .filter((user) => mayCopy(context, user))
    .sort((left, right) => left.login.localeCompare(right.login));
  const shown = templates.slice((page - 1) * pageSize, page * pageSize);
  return { users: shown.map((user) => lineOf(context, user)), total: templates.length };
}

/** A page of users by the size of their mail, which only the mail store knows. */
function bySize(
  context: Context,
  { page, pageSize, descending, ...query }: Wanted,
): { users: UserLine[]; total: number } {
  const { directory, mailstore } = context;
  const owners = directory.mailboxes.owners();
  const sizes = new Map<number, number>();
  for (const { mailbox, size } of mailstore.usages()) {
    const owner = owners.get(mailbox) ?? 0;
    sizes.set(owner, (sizes.get(owner) ?? 0) + size);
  }
  const ids = directory.users.ids(query);
  const sign = descending ? -1 : 1;
  ids.sort((left, right) => sign * ((sizes.get(left) ?? 0) - (sizes.get(right) ?? 0)) || left - right);
  const users = ids.slice((page - 1) * pageSize, page * pageSize).map((id) => directory.users.byId(id));
  return { users: users.filter((user) => user !== undefined).map((user) => lineOf(context, user)), total: ids.length };
}

export const proposeUser = operation({
  name: "user.propose",
  summary: "Proposes addresses and the welcome message for a user who is about to be created.",
  http: "GET /user-proposal",
  scope: "users:read",
  who: "manager",
  input: z.strictObject({
    login: z.string().trim().max(128).default(""),
    fullName: z.string().trim().max(200).default(""),
    address: z.string().trim().max(320).default("").describe("For the message."),
  }),
  output: z.object({
    addresses: z.array(z.object({ address: z.string(), taken: z.boolean() })),
    domains: z.array(z.string()).describe("Where the user may get addresses."),
    welcome: z.object({ send: z.boolean(), subject: z.string(), text: z.string() }),
  }),
  run(context, { login, fullName, address }) {
    const { directory, reach, store } = context;
    const domains = directory.domains.list().filter(({ id }) => reach === "all" || reach.has(id));
    const addresses = domains.flatMap(({ displayName }) =>
      localParts(login, fullName).map((local) => {
        const proposed = `${local}@${displayName}`;
        return { address: proposed, taken: isTaken(context, proposed) };
      }),
    );
    const first = addresses.find(({ taken }) => !taken)?.address ?? "";
    const welcome = welcomeFor(context, { login, fullName, address: address || first });
    const names = domains.map(({ displayName }) => displayName);
    return {
      ...{ addresses: addresses.slice(0, MOST_PROPOSED), domains: names },
      welcome: { send: store.settings.get(welcomeSettings).send, ...welcome },
    };
  },
});

const MOST_PROPOSED = 20;
/** RFC 5321 §4.5.3.1.1, in octets; proposals are ASCII. */
const MOST_LOCAL = 64;

/** What could stand before the @: the login name, and the full name with a dot. */
function localParts(login: string, fullName: string): string[] {
  const at = login.indexOf("@");
  const own = asLocalPart(at === -1 ? login : login.slice(0, at));
  const words = fullName.split(/\s+/).map(asLocalPart).filter(Boolean);
  const named = words.length > 1 ? `${words[0]}.${words.at(-1)}` : "";
  return [...new Set([own, named])].filter((local) => local !== "" && local.length <= MOST_LOCAL);
}

function asLocalPart(text: string): string {
  const plain = fold(text)
    .replaceAll("ß", "ss")
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .normalize("NFD")
    .replace(/\p{M}/gu, "");
  return plain
    .replace(/[^a-z0-9._-]/g, "")
    .replace(/^[._-]+|[._-]+$/g, "")
    .replace(/\.{2,}/g, ".");
}

function isTaken({ directory }: Context, address: string): boolean {
  return directory.aliases.list({ address }).length > 0;
}
