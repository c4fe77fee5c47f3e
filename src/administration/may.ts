/**
 * The finer rules of who may what. A delegated administrator looks after the users all of whose addresses are in his domains, except
 * those who administrate themselves; he gives nobody what he has not himself. Whatever is outside his reach looks as if it were not
 * there, and the refusal is the same for what does not exist.
 */

import type { Domain, Mailbox, User } from "../directory/directory.ts";
import { ADMINISTRATOR, type Permission } from "../directory/permissions.ts";
import { Refusal } from "../refusal.ts";
import { type Actor, SCOPE_NAMES, type Scope } from "./actor.ts";
import type { Context } from "./operation.ts";

type Asking = Pick<Context, "actor" | "reach" | "directory">;

const FOREIGN_USER = "You do not administrate such a user.";
const FOREIGN_MAILBOX = "You do not administrate such a mailbox, and it is not yours.";
const FOREIGN_DOMAIN = "You do not administrate such a domain.";

/** Whether the actor looks after a user, the guest entry or a template. */
export function managesUser({ reach, directory }: Asking, user: User): boolean {
  if (reach === "all") return true;
  if (user.kind !== "user" || user.permissions.has(ADMINISTRATOR)) return false;
  const domains = directory.aliases.list({ ownerId: user.id }).map((alias) => alias.domainId);
  return domains.length > 0 && domains.every((id) => reach.has(id));
}

/** A user whom the actor looks after. @throws Refusal "notFound", or "notPermitted" for delegated administrators */
export function managedUser(context: Asking, login: string): User {
  const user = context.directory.users.get(login);
  if (user !== undefined && managesUser(context, user)) return user;
  if (context.reach === "all") return context.directory.users.require(login);
  throw new Refusal("notPermitted", FOREIGN_USER);
}

/**
 * The user of a login name as far as the actor looks after him, or is he himself. `foreign` is what a token needs for anybody else, where
 * the operation asks for a scope of the own account only.
 * @throws Refusal as `managedUser`
 */
export function managedOrOwn(context: Asking, login: string, foreign?: Scope): User {
  const own = ownAccount(context);
  if (own !== undefined && context.directory.users.get(login)?.id === own.id) return own;
  if (foreign !== undefined) needsScope(context.actor, foreign);
  return managedUser(context, login);
}

/** What a token must be allowed. @throws Refusal "notPermitted" */
export function needsScope({ scopes }: Pick<Actor, "scopes">, scope: Scope): void {
  if (scopes === undefined || scopes.has(scope)) return;
  throw new Refusal("notPermitted", `This token may not do this: it lacks the scope ${scope}.`);
}

/** The actor's own account as it is now; undefined for the console. */
export function ownAccount({ actor, directory }: Asking): User | undefined {
  return actor.user === undefined ? undefined : directory.users.byId(actor.user.id);
}

/** The same, of whoever needs one. @param whose what is asked for, as in “whose mail is” @throws Refusal "invalid" for the console */
export function requireOwn(context: Asking, whose: string): User {
  const own = ownAccount(context);
  if (own === undefined) throw new Refusal("invalid", `Say whose ${whose} meant: --as LOGIN.`);
  return own;
}

/** A domain that the actor looks after. @throws Refusal "notFound", or "notPermitted" for delegated administrators */
export function managedDomain(context: Pick<Context, "reach" | "directory">, name: string): Domain {
  const { reach, directory } = context;
  if (reach === "all") return directory.domains.require(name);
  const domain = directory.domains.byName(name);
  if (domain === undefined || !reach.has(domain.id)) throw new Refusal("notPermitted", FOREIGN_DOMAIN);
  return domain;
}

/** How somebody reaches a mailbox: he looks after its owner, or owns it. */
export type Standing = "manager" | "owner";

/** A mailbox and how the actor stands to it. @throws Refusal "notFound", or "notPermitted" for all but administrators */
export function reachedMailbox(context: Asking, id: number): { mailbox: Mailbox; owner: User; standing: Standing } {
  const { directory, reach, actor } = context;
  const mailbox = directory.mailboxes.byId(id);
  const owner = mailbox === undefined ? undefined : directory.users.byId(mailbox.ownerId);
  if (mailbox !== undefined && owner !== undefined) {
    if (managesUser(context, owner)) return { mailbox, owner, standing: "manager" };
    if (owner.id === actor.user?.id) return { mailbox, owner, standing: "owner" };
  }
  if (reach === "all") throw new Refusal("notFound", "There is no such mailbox.");
  throw new Refusal("notPermitted", FOREIGN_MAILBOX);
}

/** A permission without which the owner of a mailbox may not change something of it. @throws Refusal "notPermitted" */
export function ownerNeeds({ directory }: Asking, owner: User, ...oneOf: readonly Permission[]): void {
  if (oneOf.some((permission) => directory.permits(owner, permission))) return;
  throw new Refusal("notPermitted", "Your account may not change this. Ask the administrator for the permission.");
}

/** Whoever makes administrators with a token becomes what these are: that needs a token that may do everything. @throws Refusal "notPermitted" */
export function mayAppoint({ scopes }: Pick<Actor, "scopes">): void {
  if (scopes === undefined || SCOPE_NAMES.every((scope) => scopes.has(scope))) return;
  throw new Refusal("notPermitted", "What administrators may do is set only with a token that has every scope.");
}

/** The permissions somebody may give are those he has; administration itself only administrators of the whole house give or take. */
export function mayGive(
  { reach, actor }: Asking,
  before: ReadonlySet<Permission>,
  after: ReadonlySet<Permission>,
): void {
  if (after.has(ADMINISTRATOR) && !before.has(ADMINISTRATOR)) mayAppoint(actor);
  if (reach === "all") return;
  const given = [...after].filter((permission) => !before.has(permission));
  const taken = [...before].filter((permission) => !after.has(permission));
  const own = actor.user?.permissions ?? new Set();
  if (
    given.some((permission) => permission === ADMINISTRATOR || !own.has(permission)) ||
    taken.includes(ADMINISTRATOR)
  ) {
    throw new Refusal("notPermitted", "You can give only permissions that you have yourself, and no administration.");
  }
}

/** Where the actor looks after some domains only, addresses may stand in these alone. @throws Refusal "notPermitted" */
export function withinReach(context: Pick<Context, "reach" | "directory">, address: string): void {
  if (context.reach !== "all") managedDomain(context, address.slice(address.lastIndexOf("@") + 1));
}
