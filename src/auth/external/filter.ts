/**
 * Search filters of LDAP in text form (RFC 4515): a template with the place of the login name, and what a stranger sent as a value that
 * can never be syntax. Pure.
 */

/** Stands in a filter template where the login name comes. */
export const LOGIN_PLACE = "{login}";

const ESCAPED = /[*()\\\0]/g;

/** A value as it may stand in a filter (RFC 4515 §3): what would be syntax becomes a backslash and two hexadecimal digits. */
export function escapeFilterValue(value: string): string {
  return value.replace(ESCAPED, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** The filter that finds whoever has a login name. */
export function filterForLogin(template: string, login: string): string {
  return template.replaceAll(LOGIN_PLACE, () => escapeFilterValue(login));
}

/** The filter that finds everybody: any value will do where the login name would stand. */
export function filterForAll(template: string): string {
  return template.replaceAll(LOGIN_PLACE, "*");
}

/** A filter with parentheses around it, as it stands inside another. */
export function parenthesised(filter: string): string {
  return filter.startsWith("(") ? filter : `(${filter})`;
}

/** What is wrong with a filter; undefined if it is one (RFC 4515 §3). */
export function filterProblem(text: string): string | undefined {
  const end = endOf(text, 0);
  if (end === text.length) return undefined;
  return "The filter cannot be read: its parts stand in parentheses, like (&(objectClass=person)(uid={login})).";
}

/** An attribute, perhaps with a matching rule, a comparison and a value without syntax in it. */
const ITEM = /\((?:[A-Za-z0-9][\w.;-]*)?(?::dn)?(?::[\w.-]+)?(?::=|[~<>]?=)(?:[^()\\\0]|\\[0-9a-fA-F]{2})*\)/y;
const DEEPEST = 50;

/** Where the filter that begins at a place ends; -1 if there is none. */
function endOf(text: string, at: number, depth = 0): number {
  const operator = text.charAt(at + 1);
  if (text.charAt(at) !== "(" || depth > DEEPEST) return -1;
  if (operator !== "&" && operator !== "|" && operator !== "!") {
    ITEM.lastIndex = at;
    return ITEM.test(text) ? ITEM.lastIndex : -1;
  }
  let next = endOf(text, at + 2, depth + 1);
  while (operator !== "!" && text.charAt(next) === "(") next = endOf(text, next, depth + 1);
  return next !== -1 && text.charAt(next) === ")" ? next + 1 : -1;
}
