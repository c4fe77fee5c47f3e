/**
 * The addresses above the folders: "/dav" and "/dav/pages". Clients that mount a folder by a path, Windows' first of all, look at each part
 * of the way before they go on.
 */

import { escapeXml } from "../../../mime/xml.ts";
import { words, XML_HEAD } from "./desk.ts";

/** What a stranger's first look at the whole server is answered with, by the name of the client that takes it. */
export const looksAround = (request: Request, path: string): boolean =>
  request.method === "OPTIONS" && path === "/" && /^Microsoft-WebDAV/.test(request.headers.get("user-agent") ?? "");

const folder = (href: string): string =>
  `<D:response><D:href>${escapeXml(href)}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>` +
  "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>";

/** Answers at an address that is no folder of anybody's. `own` is where the folder of whoever asks is. */
export const waypoint = (request: Request, path: string, own: string): Response => {
  const next = new Map([
    ["/dav", "/dav/pages/"],
    ["/dav/pages", own],
  ]).get(path.replace(/\/$/, ""));
  if (next === undefined) return words(404, "There is nothing at this address.");
  if (request.method !== "PROPFIND") return words(403, `There is nothing to change here: your folder is at ${own}.`);
  const members = request.headers.get("depth") === "1" ? [next] : [];
  const all = [`${path.replace(/\/$/, "")}/`, ...members].map(folder).join("");
  const headers = { "content-type": "application/xml; charset=utf-8" };
  return new Response(`${XML_HEAD}<D:multistatus xmlns:D="DAV:">${all}</D:multistatus>`, { status: 207, headers });
};
