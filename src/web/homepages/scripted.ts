/** Requests as scripts in pages see them, and their answers as they are sent: nothing of the visitor's elsewhere on this server passes. */
import { Refusal } from "../../refusal.ts";
import { allBroughtBy, wholeOf } from "./body.ts";
import { isHidden } from "./paths.ts";
import type { PageAnswer, PageRequest } from "./script-seam.ts";
import type { Visit } from "./visit.ts";

/** Fields that are not for pages: what opens something, and what listed proxies say to us. */
const KEPT_BACK = /^(cookie|authorization|proxy-|x-forwarded-|forwarded$|x-real-ip$|x-csrf-token$|hx-)/i;

/** Fields of an answer that belong to the connection, or to whoever sends it. */
const NOT_A_PAGES = [
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "trailer",
  "date",
  "content-encoding",
];

const TOO_LARGE = "That is more than this page takes at once.";

/** The request as a page sees it. */
export const pageRequestOf = (visit: Visit, path: string): PageRequest => {
  const { request, method, base, ownHost, client } = visit;
  const headers = new Headers([...request.headers].filter(([name]) => !KEPT_BACK.test(name)));
  return {
    method: method === "HEAD" || method === "POST" ? method : "GET",
    url: client.secure ? request.url.replace(/^http:/, "https:") : request.url,
    path,
    base,
    headers,
    cookies: ownHost ? cookiesIn(request.headers.get("cookie")) : null,
    remote: client.address,
    secure: client.secure,
    body: (most) => allBroughtBy(request, most, TOO_LARGE),
    include: (included, most) => includedText(visit, included, most),
  };
};

/** Cookies as they were sent (RFC 6265 §5.4); of two with one name the first is meant. */
const cookiesIn = (field: string | null): Map<string, string> => {
  const cookies = new Map<string, string>();
  for (const pair of (field ?? "").split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).trim();
    const value = pair.slice(equals + 1).trim();
    if (name !== "" && !/\s/.test(name) && !cookies.has(name)) cookies.set(name, value.replace(/^"|"$/g, ""));
  }
  return cookies;
};

const includedText = async ({ jail }: Visit, path: string, most: number): Promise<string> => {
  if (isHidden(path)) throw new Refusal("notFound", "There is no such file.");
  const file = await jail.openRead(path);
  if (file.size > most) {
    await file.close();
    throw new Refusal("tooLarge", "That file is too large to be included.");
  }
  return new TextDecoder().decode(await wholeOf(file));
};

/** What a page's script answered, as it is sent. */
export const sendAnswer = ({ status, headers, body }: PageAnswer, { method }: Visit): Response => {
  const sent = new Headers(headers);
  for (const name of NOT_A_PAGES) sent.delete(name);
  if (!sent.has("content-type")) sent.set("content-type", "text/html; charset=utf-8");
  if (!sent.has("cache-control")) sent.set("cache-control", "no-store");
  const octets = typeof body === "string" ? Buffer.from(body) : body;
  const empty = method === "HEAD" || status === 204 || status === 304;
  if (!empty || method === "HEAD") sent.set("content-length", String(octets.length));
  return new Response(empty ? null : new Uint8Array(octets), { status, headers: sent });
};
