/** Whose pages an address is about. */
import type { Directory } from "../../directory/directory.ts";
import { hasExpired } from "../../directory/expiry.ts";
import type { User } from "../../directory/user.ts";
import { decoded } from "./paths.ts";

/** The host of a Host field, lower case, without port and the root's dot; undefined where the field is none (RFC 9110 §7.2). */
export const hostIn = (field: string | null): string | undefined => {
  const host = /^(\[[0-9a-f:.]+\]|[^\s:/?#@,[\]\\]+)(?::\d{0,5})?$/i.exec(field ?? "")?.[1];
  return host?.toLowerCase().replace(/\.$/, "");
};

/** What a host name is, beside the name below which users have their own. */
export type HostMeaning = { readonly kind: "main" } | { readonly kind: "pages"; readonly login: string | undefined };

/**
 * Whether a host is one of home pages: the names one label below `pagesHost`, whatever they are, and `pagesHost` itself. The name by
 * which the server itself goes is never one, so that nobody locks himself out of the administration.
 */
export const meaningOf = (host: string, pagesHost: string, ownHost: string): HostMeaning => {
  if (pagesHost === "" || host === ownHost.toLowerCase()) return { kind: "main" };
  if (host === pagesHost) return { kind: "pages", login: undefined };
  if (!host.endsWith(`.${pagesHost}`)) return { kind: "main" };
  const label = host.slice(0, -pagesHost.length - 1);
  if (ASKED_UNASKED.has(label)) return { kind: "main" };
  return { kind: "pages", login: isHostLabel(label) ? label : undefined };
};

/**
 * Names that programs ask by themselves below a domain, and do as they are told there: which proxy to use, where mail is, how it is to be
 * encrypted. Where home pages lie below the house's own domain, a login name must not become one of them.
 */
const ASKED_UNASKED: ReadonlySet<string> = new Set(["wpad", "autoconfig", "autodiscover", "mta-sts", "openpgpkey"]);

/** Whether a login name can be a label of a host name (RFC 1123 §2.1). Others have the address with ~ alone. */
export const isHostLabel = (login: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(login);

/** The login name in "/~anna/…", the ~ escaped or not, and what comes behind it ("" without a slash); undefined for another path. */
export const ownerIn = (
  path: string,
): { readonly login: string; readonly base: string; readonly rest: string } | undefined => {
  const [, base = "", name = ""] = /^(\/(?:~|%7[Ee])([^/]*))/.exec(path) ?? [];
  if (base === "") return undefined;
  return { login: decoded(name) ?? "", base, rest: path.slice(base.length) };
};

/**
 * The user whose pages are shown under a login name. Those who are switched off or have expired have none for as long as they are: an
 * account that has ended is to be nowhere, and its files wait for its return.
 */
export const ownerOf = (directory: Directory, login: string, now: number): User | undefined => {
  const user = login === "" ? undefined : directory.users.get(login);
  return user === undefined || user.kind !== "user" || !user.enabled || hasExpired(user, now) ? undefined : user;
};
