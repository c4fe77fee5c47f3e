/** What every answer and every request must satisfy: response headers, and proof that a form came from our own page. */
import type { MiddlewareHandler } from "hono";
import { sameSecret } from "../auth/tokens.ts";
import { isLoopback } from "../net/access.ts";
import { Refusal } from "../refusal.ts";
import { ASSET_PATH } from "./assets.ts";
import type { Client, Connected, WebContext, WebEnv } from "./context.ts";

/** Scripts, styles and everything else from this server alone, nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self' blob:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Lets the style attributes of a page's elements count, and nothing else that it did not before: a letter that is written shows its
 * colours and sizes. They come from the allow-list of webmail's css.ts, inside an element that nothing can leave.
 */
export const withInlineStyles = (c: WebContext): void =>
  c.header("content-security-policy", `${CONTENT_SECURITY_POLICY}; style-src-attr 'unsafe-inline'`);

/** Headers that an answer has unless its route set them itself (the frame of an HTML message has its own policy). */
const HEADERS: readonly (readonly [string, string])[] = [
  ["content-security-policy", CONTENT_SECURITY_POLICY],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "same-origin"],
  ["x-frame-options", "DENY"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"],
  ["cache-control", "no-store"],
];

const FOR_FILES = HEADERS.filter(
  ([name]) => name === "x-content-type-options" || name === "cross-origin-resource-policy",
);

/** Adds the security headers. */
export const secureHeaders = (): MiddlewareHandler<WebEnv> =>
  async function secureHeaders(c, next) {
    await next();
    // Files of the executable are no pages, and as many as they are, these would weigh more than some of them.
    const headers = c.req.path.startsWith(`${ASSET_PATH}/`) ? FOR_FILES : HEADERS;
    for (const [name, value] of headers) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (c.res.headers.get("content-type")?.startsWith("text/html")) c.res.headers.append("vary", "HX-Request");
  };

/** What the sender of a form hears that cannot be parsed. */
export const NOT_WHOLE = "The form did not arrive whole. Load the page and send it again.";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the request comes from a page of this very site, as the browser says; undefined where it is too old to say so. */
const fromOwnPage = (c: WebContext): boolean | undefined => {
  const site = c.req.header("sec-fetch-site");
  // Whatever a person does beside all pages is nobody's forgery, but it is no page of ours either.
  if (site !== undefined) return site === "none" ? undefined : site === "same-origin";
  const origin = c.req.header("origin");
  if (origin === undefined) return undefined;
  try {
    return new URL(origin).host === (c.req.header("host") ?? new URL(c.req.url).host);
  } catch {
    return false;
  }
};

/**
 * Refuses a changing request that other sites could have caused: wrong origin, or without this session's token. Where nobody is signed
 * in, the browser's own word is enough: of several pages that it opens at once the last gives it the cookie that a token comes from.
 */
export const refuseForgery = (): MiddlewareHandler<WebEnv> =>
  async function refuseForgery(c, next) {
    if (SAFE.has(c.req.method)) return await next();
    const own = fromOwnPage(c);
    if (own === false)
      throw new Refusal("notPermitted", "This request came from another site and was not carried out.");
    if (own === true && c.get("signedIn") === undefined) return await next();
    const token = tokenBeforeBody(c) ?? (await formToken(c));
    if (token === undefined || !sameSecret(token, c.get("csrf"))) {
      throw new Refusal(
        "notPermitted",
        "The page you used is out of date, so nothing was changed. Go back, load it again and send it once more. If that does not help, allow cookies for this site.",
      );
    }
    return await next();
  };

/** Fields of one form; no page of ours has as many lines to tick. */
const MOST_FIELDS = 20_000;

/** Refuses forms of a million fields, which are small and yet take a second to be taken apart. */
export const fewFields = (): MiddlewareHandler<WebEnv> =>
  async function fewFields(c, next) {
    if (SAFE.has(c.req.method) || !/^application\/x-www-form-urlencoded/i.test(c.req.header("content-type") ?? ""))
      return await next();
    const text = await c.req.text();
    let fields = 1;
    for (let at = text.indexOf("&"); at >= 0 && fields <= MOST_FIELDS; at = text.indexOf("&", at + 1)) fields++;
    if (fields > MOST_FIELDS)
      throw new Refusal("tooLarge", "That is more than this page takes at once. Send something smaller.");
    return await next();
  };

/** Whether a request says that it brings a form with files. */
export const isMultipart = (c: WebContext): boolean =>
  /^multipart\/form-data/i.test(c.req.header("content-type") ?? "");

/**
 * The token that came in front of the body. A form with files may carry it in its address, so that a forged one is refused before
 * any of its files is read.
 */
export const tokenBeforeBody = (c: WebContext): string | undefined =>
  c.req.header("x-csrf-token") ?? (isMultipart(c) ? c.req.query("csrf") : undefined);

const formToken = async (c: WebContext): Promise<string | undefined> => {
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(c.req.header("content-type") ?? ""))
    return undefined;
  try {
    const { csrf } = await c.req.parseBody({ all: true });
    return typeof csrf === "string" ? csrf : undefined;
  } catch (thrown) {
    // What cannot be parsed is the sender's matter, not a fault of ours.
    if (thrown instanceof TypeError) throw new Refusal("invalid", NOT_WHOLE);
    throw thrown;
  }
};

/** An address without the IPv4-mapped form's prefix, brackets or zone. */
export const plainAddress = (address: string): string =>
  address
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

/**
 * Who the client is. X-Forwarded-For and -Proto count only as far as listed proxies wrote them: from the right, each hop that is a
 * listed proxy is passed over, and the first that is not is the client.
 */
export const clientOf = (connected: Connected, headers: Headers, isProxy: (address: string) => boolean): Client => {
  let address = plainAddress(connected.address);
  let secure = connected.secure;
  if (isProxy(address)) {
    const forwardedFor = headers.get("x-forwarded-for");
    secure ||= headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim() === "https";
    for (const hop of (forwardedFor ?? "").split(",").reverse()) {
      const forwarded = plainAddress(hop.trim());
      if (forwarded === "" || !/^[0-9a-f:.]+$/i.test(forwarded)) break;
      address = forwarded;
      if (!isProxy(forwarded)) break;
    }
    return { address, secure, loopback: forwardedFor === null && isLoopback(address) };
  }
  return { address, secure, loopback: isLoopback(address) };
};
