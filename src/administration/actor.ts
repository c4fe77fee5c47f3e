/** Who asks for something to be done, and how far his rights go. */
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";

/** What an API token may be limited to. */
export const SCOPES = {
  "self:read": "See the own account and its mailboxes.",
  "self:write": "Change the own account, as far as its permissions allow.",
  "users:read": "See users, templates, the guest entry and contacts.",
  "users:write": "Create, change and remove users, templates and contacts.",
  "mail:read": "See domains, mailboxes, addresses and mail groups.",
  "mail:write": "Create, change and remove domains, mailboxes, addresses and mail groups.",
  "queue:read": "See outgoing mail that waits.",
  "queue:write": "Send again, hold, release and delete waiting mail.",
  "defence:read": "See who is barred.",
  "defence:write": "Bar addresses and lift bars.",
  "gateway:read": "See the rules, limits and sums of the web proxy and SOCKS, the FTP service and home pages.",
  "gateway:write": "Change rules, lists and limits of the gateway, end connections, purge the cache.",
  "server:read": "See services, access rules, settings, user databases and certificates.",
  "server:write": "Change services, access rules, settings, user databases and certificates.",
  "log:read": "See the log, traces of messages, who goes where through the gateway, and the audit log.",
} as const;

export type Scope = keyof typeof SCOPES;

/** The names of all scopes, for schemas. */
export const SCOPE_NAMES = Object.keys(SCOPES) as [Scope, ...Scope[]];

/** Whether a text is the name of a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}

/** Who can do anything with a scope, for whoever makes a token. */
export function roleFor(scope: Scope): Role {
  const [family] = scope.split(":");
  if (family === "self") return "user";
  return family === "users" || family === "mail" ? "manager" : "administrator";
}

/** By which way somebody asks. */
export type Via = "command" | "web" | "api" | "imap" | "managesieve" | "system";

/** Who asks: whoever holds the data folder, the server itself, or a user. */
export interface Actor {
  readonly kind: "console" | "system" | "user";
  /** For the kind "user". */
  readonly user?: User;
  readonly via: Via;
  /** The client's address. */
  readonly remote?: string;
  /** What the API token in use is limited to; missing: nothing. */
  readonly scopes?: ReadonlySet<Scope>;
  /** The name of the API token in use. */
  readonly token?: string;
  /** The id of the browser session in use. */
  readonly session?: Uint8Array;
}

/** Whoever holds the data folder: everything in it is his already. */
export const CONSOLE: Actor = { kind: "console", via: "command" };

/** The server itself, doing what it was told to do by itself. */
export const SYSTEM: Actor = { kind: "system", via: "system" };

/** `administrator`: of the whole house; `manager`: of some domains; `user`: only for himself. */
export type Role = "administrator" | "manager" | "user";

/** Domains (by id) whose users somebody looks after, or all there is. */
export type Reach = "all" | ReadonlySet<number>;

const NOWHERE: ReadonlySet<number> = new Set();

/** Which part of the house somebody administrates: everything, the domains listed on the user, or nothing. */
export function reachOfUser(user: User): Reach {
  if (!user.permissions.has(ADMINISTRATOR) || user.kind !== "user") return NOWHERE;
  return user.administers === null ? "all" : new Set(user.administers);
}

/** The same for whoever asks. */
export function reachOf({ kind, user }: Actor): Reach {
  if (kind !== "user") return "all";
  return user === undefined ? NOWHERE : reachOfUser(user);
}

/** What somebody is at most. */
export function roleOf(actor: Actor): Role {
  const reach = reachOf(actor);
  if (reach === "all") return "administrator";
  return reach.size > 0 ? "manager" : "user";
}

const RANK: Readonly<Record<Role, number>> = { user: 0, manager: 1, administrator: 2 };

/** Whether somebody is at least this. */
export function isAtLeast(actor: Actor, role: Role): boolean {
  return RANK[roleOf(actor)] >= RANK[role];
}

/** What somebody is called in the audit log. */
export function nameOf({ kind, user }: Actor): string {
  return user?.login ?? kind;
}
