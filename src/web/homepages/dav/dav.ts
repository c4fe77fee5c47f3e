/**
 * The home-page folder as a network drive: WebDAV, classes 1, 2 and 3, at /dav/pages/<login>/ on the main host. Whoever opens it proves
 * each time who he is (HTTP Basic, app passwords too); it is his own folder and nobody else's. Reading is open to every owner, changing
 * to those with “Upload / Modify”, as over FTP: it is the same folder. Mounted by app.tsx before all that looks for a session.
 *
 * RFC 4918 (WebDAV), RFC 4331 (quota), RFC 9110 (HTTP), RFC 7617 (Basic).
 */
import { Hono } from "hono";
import { NoPageView } from "../../../../views/homepages/pages.tsx";
import type { Outcome } from "../../../auth/auth.ts";
import type { User } from "../../../directory/user.ts";
import { Refusal } from "../../../refusal.ts";
import type { WebContext, WebEnv } from "../../context.ts";
import { pathForLog } from "../../junk.ts";
import type { Front, Site } from "../../site.ts";
import { STATUS } from "../../status.ts";
import { NOTHING_RUNS } from "../fence.ts";
import { ownPage } from "../own-pages.tsx";
import { ownerOf } from "../owners.ts";
import { addressPath, decoded, targetOf, virtualPath } from "../paths.ts";
import { sendFile } from "../serve.ts";
import { homepageSettings } from "../settings.ts";
import { copy, FAILED, mkcol, move, put, remove, validatorsOf } from "./changing.ts";
import { DeadProperties } from "./dead-properties.ts";
import { bare, type Desk, entryAt, pathIn, words } from "./desk.ts";
import { propfind, proppatch } from "./finding.ts";
import { holds, readIf, tokensIn } from "./if-header.ts";
import { lock, unlock } from "./locking.ts";
import { Locks } from "./locks.ts";
import { looksAround, waypoint } from "./waypoints.ts";

const DAV_PATH = "/dav/pages";
const MODIFY = "ftp.modify";
const CHALLENGE = 'Basic realm="Gatepost", charset="UTF-8"';
/** Folders of which locks are kept; more people than that do not open files at once. */
const MOST_FOLDERS = 10_000;

const get = async (desk: Desk): Promise<Response> => {
  const entry = await entryAt(desk.jail, desk.path);
  if (entry === undefined) return words(404, "There is nothing at this address.");
  if (entry.kind === "folder") {
    const sentence = "This address is for network drives: give it to the file manager of your device.";
    return await ownPage(200, NoPageView({ title: "Home-page folder", sentence }));
  }
  const file = await desk.jail.openRead(desk.path);
  return await sendFile(desk.request, file, {
    shelf: undefined,
    fileBody: desk.fileBody,
    cacheSeconds: 0,
    now: desk.now,
  });
};

const METHODS: Readonly<Record<string, (desk: Desk) => Promise<Response>>> = {
  GET: get,
  HEAD: get,
  PUT: put,
  DELETE: remove,
  MKCOL: mkcol,
  COPY: copy,
  MOVE: move,
  PROPFIND: propfind,
  PROPPATCH: proppatch,
  LOCK: lock,
  UNLOCK: unlock,
};

const ALLOW = ["OPTIONS", ...Object.keys(METHODS)].join(", ");
/** RFC 4918 §18; the last is what Microsoft's clients look for. */
const OFFER = { allow: ALLOW, dav: "1, 2, 3", "ms-author-via": "DAV" };

const offer = (): Response => new Response(null, { status: 200, headers: { ...OFFER, "content-length": "0" } });

export const davSite = ({ deps }: Front): Site => {
  const dead = new DeadProperties(deps.store);
  const folders = new Map<number, Locks>();
  const app = new Hono<WebEnv>();

  /** The locks of a user's folder; folders without any are forgotten. */
  const locksOf = ({ id }: User): Locks => {
    const known = folders.get(id) ?? new Locks(deps.now);
    if (!folders.has(id)) {
      if (folders.size >= MOST_FOLDERS)
        for (const [other, locks] of folders) if (locks.size === 0) folders.delete(other);
      if (folders.size >= MOST_FOLDERS)
        throw new Refusal("tooMany", "Too many folders are open at once; try again later.");
      folders.set(id, known);
    }
    return known;
  };

  /** Who asks, or what he is told instead. */
  const admit = async (c: WebContext): Promise<User | Response> => {
    const { address: remote, secure } = c.get("client");
    const credentials = credentialsIn(c.req.raw.headers.get("authorization"));
    if (credentials === undefined) {
      if (!deps.auth.mayUsePlaintext({ secure, remote }))
        return words(403, "Use https: passwords are not for others to read.");
      return words(401, "Give your login name and password.", { "www-authenticate": CHALLENGE });
    }
    const request = { service: "dav", mechanism: "PLAIN", remote, secure, credentials } as const;
    const outcome = await deps.auth.authenticate(request);
    return outcome.ok ? outcome.login.user : refusedAs(outcome);
  };

  const deskOf = async (c: WebContext, user: User, base: string, path: string): Promise<Desk> => {
    const jail = await deps.files.rootFor(user, "homepage");
    const request = c.req.raw;
    const field = request.headers.get("if");
    const lists = field === null ? [] : readIf(field);
    return {
      ...{
        request,
        user,
        jail,
        base,
        path,
        dead,
        lists,
        locks: locksOf(user),
        tokens: tokensIn(lists),
        now: deps.now(),
      },
      writes: user.permissions.has(MODIFY),
      quota: () => {
        const { usage, limits } = deps.files.usageOf(user);
        return {
          used: usage.octets,
          free: limits.octets === null ? undefined : Math.max(0, limits.octets - usage.octets),
        };
      },
      fileBody: c.env.connected.fileBody?.bind(c.env.connected),
      patience: () => c.env.connected.patience?.(),
    };
  };

  const answer = async (c: WebContext): Promise<Response> => {
    const request = c.req.raw;
    if (!deps.store.settings.get(homepageSettings).dav) return words(404, "Network drives are switched off here.");
    if (fromElsewhere(request.headers)) return words(403, "This address is for programs, and not for pages.");
    if (request.method === "OPTIONS") return offer();
    const run = METHODS[request.method];
    if (run === undefined) return words(405, "That cannot be done here.", { allow: ALLOW });
    const user = await admit(c);
    if (user instanceof Response) return user;
    const asked = targetOf(request.url).path;
    const own = `${DAV_PATH}${addressPath(`/${user.login}`)}/`;
    const target = /^\/dav\/pages\/([^/]+)(.*)$/.exec(asked);
    if (target === null) return waypoint(request, asked, own);
    const owner = ownerOf(deps.directory, decoded(target[1] ?? "") ?? "", deps.now());
    if (owner?.id !== user.id) return words(403, `That is not your folder: yours is at ${own}.`);
    const path = bare(virtualPath(target[2] || "/"));
    const desk = await deskOf(c, user, `${DAV_PATH}/${target[1]}`, path);
    if (desk.lists.length > 0 && !(await conditionsHold(desk))) return words(412, FAILED);
    return await run(desk);
  };

  const faulty = (c: WebContext, thrown: unknown): Response => {
    const { path } = targetOf(c.req.raw.url);
    deps.store.events.fault("web", `${c.req.raw.method} ${pathForLog(path)}`, thrown, {
      remote: c.get("client")?.address,
    });
    return words(500, "That is this server's fault, and it has been written to the log.");
  };

  app.all("*", async (c) => {
    const response = await answer(c);
    // Nothing that is stored here is ever a page of this host, whoever opens it.
    response.headers.set("content-security-policy", NOTHING_RUNS);
    return response;
  });
  const refused = (thrown: Refusal): Response => words(STATUS[thrown.kind], thrown.sentence);
  return {
    path: "/dav",
    app,
    takes: ({ request }) => (looksAround(request, targetOf(request.url).path) ? offer() : undefined),
    forPrograms: (c, thrown) => (thrown instanceof Refusal ? refused(thrown) : faulty(c, thrown)),
  };
};

/** Login name and password of HTTP Basic (RFC 7617 §2), in UTF-8. */
const credentialsIn = (field: string | null): { login: string; password: string } | undefined => {
  const encoded = /^Basic +([A-Za-z0-9+/]{1,2000}={0,2})$/i.exec(field ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { login: text.slice(0, colon), password: text.slice(colon + 1) };
};

const refusedAs = ({ reason, sentence, retryAfter }: Exclude<Outcome, { ok: true }>): Response => {
  const later: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (reason === "credentials" || reason === "malformed")
    return words(401, sentence, { "www-authenticate": CHALLENGE });
  if (reason === "barred") return words(429, sentence, later);
  return words(reason === "temporary" ? 503 : 403, sentence, later);
};

/**
 * Whether a browser says that a page sends this, or loads it as a part of itself. Browsers keep passwords of Basic and add them to what
 * pages of the same host ask for, home pages and mail among them; a person opens it as a window, and programs say nothing of the kind.
 */
const fromElsewhere = (headers: Headers): boolean => {
  // Over plain HTTP browsers say less; a page of another origin is still named, or "null" where it has none (RFC 6454 §7.3).
  const origin = headers.get("origin");
  if (origin !== null && origin.replace(/^https?:\/\//, "") !== headers.get("host")) return true;
  const site = headers.get("sec-fetch-site");
  if (headers.has("service-worker") || (site !== null && site !== "none" && site !== "same-origin")) return true;
  const destination = headers.get("sec-fetch-dest");
  return destination !== null && destination !== "document" && destination !== "empty";
};

/** Whether one of the If field's lists holds (RFC 4918 §10.4); an address of another place has neither tags nor locks. */
const conditionsHold = (desk: Desk): Promise<boolean> =>
  holds(desk.lists, async (resource) => {
    const path = resource === undefined ? desk.path : pathIn(desk, resource);
    if (path === undefined) return { etag: undefined, tokens: new Set<string>() };
    const entry = await entryAt(desk.jail, path);
    const etag = entry?.kind === "file" ? validatorsOf(entry)?.etag : undefined;
    return { etag, tokens: new Set(desk.locks.on(path).map(({ token }) => token)) };
  });
