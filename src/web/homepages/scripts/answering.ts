/**
 * What a page may say to the visitor's browser beside its text. Used where the page runs, so that its writer hears of a mistake where he
 * made it, and again in the server, which does not believe what comes from there. Pure.
 *
 * RFC 9110 §5.5 (field values), §10.2.2 and §15.4 (Location); RFC 6265 §4.1 (cookies).
 */

/** What a cookie is given beside its name and value. */
export interface CookieOptions {
  /** Seconds; 0 removes the cookie, without it the cookie goes with the browser's session. */
  readonly maxAge?: number | undefined;
  readonly path?: string | undefined;
  /** Scripts in the browser may read it. */
  readonly readable?: boolean | undefined;
  readonly sameSite?: "Strict" | "Lax" | undefined;
}

/** A cookie as a page asks for it. */
export type CookieWish = readonly [name: string, value: string, options: CookieOptions];

/** Fields that a page may set. Set-Cookie and what guards the origin are not among them. */
const FIELDS: ReadonlySet<string> = new Set(
  "cache-control content-disposition content-language content-type expires last-modified refresh retry-after vary x-robots-tag".split(
    " ",
  ),
);
const REDIRECTS = [301, 302, 303, 307, 308];
const LONGEST_VALUE = 2_000;
const LONGEST_COOKIE = 4_000;
/** Cookies that one page sets. */
export const MOST_COOKIES = 50;
const MOST_SECONDS = 400 * 86_400;

/** Checks a status. @throws Error with a sentence for the page's owner */
export function checkedStatus(status: unknown): number {
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new Error("A status is a number from 200 to 599.");
}

/** Checks a field; gives its name in lower case with its value. @throws Error with a sentence for the page's owner */
export function checkedField(name: string, value: string): readonly [string, string] {
  const key = name.toLowerCase();
  if (key === "set-cookie") throw new Error("Cookies are set with response.cookie(name, value).");
  if (key === "location") throw new Error("Visitors are sent on with response.redirect(address).");
  if (!FIELDS.has(key)) throw new Error(`A page cannot set the field “${name.slice(0, 100)}”.`);
  if (value.length > LONGEST_VALUE || /[^\x20-\x7e]/.test(value)) {
    throw new Error(`The value of ${key} is one line of ASCII of at most ${LONGEST_VALUE} characters.`);
  }
  return [key, value];
}

/** The address that a visitor is sent on to, as it stands in the field. @throws Error with a sentence for the page's owner */
export function checkedRedirect(to: string, status: number): string {
  if (!REDIRECTS.includes(status)) throw new Error(`A redirect's status is one of ${REDIRECTS.join(", ")}.`);
  // What is not allowed in an address is escaped as browsers do it; nothing that ends a line is left.
  const address = to.trim().replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(text.toWellFormed()));
  if (address === "" || address.length > LONGEST_VALUE) throw new Error("A redirect needs an address.");
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) && !/^https?:\/\//i.test(address)) {
    throw new Error("A redirect leads to a page: its address begins with http://, https://, / or a name.");
  }
  return address;
}

/**
 * The value of a Set-Cookie field. It has no Domain, so that it is for this host name alone.
 * @throws Error with a sentence for the page's owner
 */
export function cookieField([name, value, options]: CookieWish, secure: boolean): string {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i.test(name)) throw new Error("A cookie's name is one word of ASCII.");
  const { maxAge, path = "/", readable = false, sameSite = "Lax" } = options;
  if (!/^\/[\x21-\x3a\x3c-\x7e]{0,500}$/.test(path)) throw new Error("A cookie's path begins with /.");
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0 && maxAge <= MOST_SECONDS)) {
    throw new Error("A cookie's maxAge is a number of seconds, at most 400 days.");
  }
  if (sameSite !== "Lax" && sameSite !== "Strict") throw new Error("A cookie's sameSite is “Lax” or “Strict”.");
  const text = [
    `${name}=${encodeURIComponent(value.toWellFormed())}`,
    `Path=${path}`,
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    ...(readable === true ? [] : ["HttpOnly"]),
    ...(secure ? ["Secure"] : []),
    `SameSite=${sameSite}`,
  ].join("; ");
  if (text.length > LONGEST_COOKIE) throw new Error(`A cookie has at most ${LONGEST_COOKIE} characters.`);
  return text;
}

/** What is said where a page has no cookies. */
export const NO_COOKIES =
  "There are no cookies here: this page shares its host name with the whole server. Cookies are there where your pages have a host name of their own; ask your administrator.";
