/**
 * The cookies: the session's, a visitor's (to tie the sign-in form to a browser), and the theme. Over TLS their names begin with
 * `__Host-`, which browsers take only with Secure, for this host alone (RFC 6265bis §4.1.3.2).
 */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrfOf, newToken } from "../auth/tokens.ts";
import type { Store } from "../store/store.ts";
import type { WebContext } from "./context.ts";
import { webSettings } from "./settings.ts";

const SESSION = "gatepost";
const VISITOR = "gatepost-visitor";
const HALF = "gatepost-step";
const WIZARD = "gatepost-setup";
const THEME = "gatepost-theme";

const DAY_SECONDS = 86_400;
/** Browsers keep no cookie longer than 400 days (RFC 6265bis §5.5). */
const THEME_DAYS = 400;

/** Whether the answer is a page of its own. What a page fetches for itself gets no cookie: it might replace that of the next page. */
const asksForPage = (c: WebContext): boolean =>
  c.req.method === "GET" &&
  c.req.header("hx-request") === undefined &&
  (c.req.header("sec-fetch-dest") ?? "document") === "document";

export class Cookies {
  constructor(private readonly store: Store) {}

  /** The session's token as the browser sent it. */
  session(c: WebContext): string | undefined {
    return this.#get(c, SESSION);
  }

  /** Gives the browser its session; a remembered one outlives the browser's closing. */
  setSession(c: WebContext, token: string, remembered: boolean): void {
    const { longestDays } = this.store.settings.get(webSettings);
    this.#set(c, SESSION, token, remembered ? longestDays * DAY_SECONDS : undefined);
    this.#delete(c, VISITOR);
    this.#delete(c, HALF);
    this.#delete(c, WIZARD);
  }

  clearSession(c: WebContext): void {
    this.#delete(c, SESSION);
  }

  /** The token of one who is on the way in: the password was right, and more is asked for. It opens nothing but the next step. */
  half(c: WebContext): string | undefined {
    return this.#get(c, HALF);
  }

  setHalf(c: WebContext, token: string): void {
    this.#set(c, HALF, token, undefined);
  }

  clearHalf(c: WebContext): void {
    this.#delete(c, HALF);
  }

  /** The token of the browser that goes through the first start's questions. */
  wizard(c: WebContext): string | undefined {
    return this.#get(c, WIZARD);
  }

  setWizard(c: WebContext, token: string): void {
    this.#set(c, WIZARD, token, undefined);
  }

  /** The anti-forgery token of a browser where nobody is signed in; a page gives it the cookie that this comes from. */
  visitorCsrf(c: WebContext): string {
    const known = this.#get(c, VISITOR);
    if (known !== undefined && /^[\w-]{43}$/.test(known)) return csrfOf(known);
    const token = newToken();
    if (asksForPage(c)) this.#set(c, VISITOR, token, undefined);
    return csrfOf(token);
  }

  theme(c: WebContext): "light" | "dark" | undefined {
    const theme = getCookie(c, THEME);
    return theme === "light" || theme === "dark" ? theme : undefined;
  }

  /** Sets the theme for pages where nobody is signed in; with "auto" they are as the device has it. */
  setTheme(c: WebContext, theme: "light" | "dark" | "auto"): void {
    const options = { path: "/", sameSite: "Lax", httpOnly: true, maxAge: THEME_DAYS * DAY_SECONDS } as const;
    if (theme === "auto") deleteCookie(c, THEME, { path: "/" });
    else setCookie(c, THEME, theme, options);
  }

  #get(c: WebContext, name: string): string | undefined {
    return c.get("client").secure ? getCookie(c, name, "host") : getCookie(c, name);
  }

  #set(c: WebContext, name: string, value: string, maxAge: number | undefined): void {
    const { secure } = c.get("client");
    setCookie(c, name, value, {
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      secure,
      ...(secure && { prefix: "host" as const }),
      ...(maxAge !== undefined && { maxAge }),
    });
  }

  #delete(c: WebContext, name: string): void {
    const { secure } = c.get("client");
    deleteCookie(c, name, { path: "/", secure, ...(secure && { prefix: "host" as const }) });
  }
}
