/** A visit to somebody's pages: from the path to a file, a folder's list, a script's answer or words about why there is nothing. */
import type { Entry } from "../../files/files.ts";
import { Refusal } from "../../refusal.ts";
import { type Source, wholeOf } from "./body.ts";
import type { Shelf } from "./encodings.ts";
import type { HeldFiles } from "./held.ts";
import { listing, type TakingTurns } from "./listing.tsx";
import { noPage } from "./own-pages.tsx";
import { addressPath, isHidden } from "./paths.ts";
import { LARGEST_SCRIPTED_PAGE, type PageScripts } from "./script-seam.ts";
import { pageRequestOf, sendAnswer } from "./scripted.ts";
import { type Serving, sendFile } from "./serve.ts";
import { isHtml } from "./types.ts";
import type { Visit } from "./visit.ts";

const ERROR_PAGE = "/404.html";

/** What pages are answered with. */
export interface PagesParts {
  readonly settings: { readonly index: readonly string[]; readonly listings: boolean; readonly cacheSeconds: number };
  readonly shelf: Shelf;
  readonly held: HeldFiles;
  /** What runs scripts; undefined where the owner may have none. */
  readonly scripts: (() => Promise<PageScripts>) | undefined;
  readonly now: number;
  readonly turns: TakingTurns;
  /** Told of a file that is held and is what the visit is answered with, where nothing but that file and the settings decide. */
  readonly served?: (path: string, entry: Entry) => void;
}

const NOTHING = "There is no page at this address.";

/** Answers a visit. */
export const answerVisit = async (visit: Visit, parts: PagesParts): Promise<Response> => {
  const found = isHidden(visit.path) ? undefined : await find(visit, parts);
  if (found instanceof Response) return found;
  if (found === undefined) return await notHere(visit, parts);
  return await answerFile(visit, found.file, found.path, parts);
};

interface Found {
  readonly file: Source;
  /** Its virtual path. */
  readonly path: string;
}

const find = async (visit: Visit, parts: PagesParts): Promise<Found | Response | undefined> => {
  const { path } = visit;
  if (!path.endsWith("/")) {
    const file = await opened(visit, path, parts.held);
    if (file !== "folder") return file && { file, path };
    // A page's own links are relative to its folder, so the address must end like one.
    return new Response(null, {
      status: 301,
      headers: { location: `${visit.base}${addressPath(path)}/${visit.query}` },
    });
  }
  for (const name of parts.settings.index) {
    const file = await opened(visit, `${path}${name}`, parts.held);
    if (file !== undefined && file !== "folder") return { file, path: `${path}${name}` };
  }
  if (!parts.settings.listings || !["GET", "HEAD"].includes(visit.method)) return undefined;
  return await listing(visit, parts.turns);
};

/** Opens a file; "folder" where it is one, and undefined where nothing is there that may be shown. */
const opened = async (
  { jail, owner }: Visit,
  path: string,
  held: HeldFiles,
): Promise<Source | "folder" | undefined> => {
  try {
    return (await held.find(owner.id, jail, path)) ?? (await held.hold(owner.id, path, await jail.openRead(path)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.temporary) throw error;
    if (error.kind !== "invalid") return undefined;
    const entry = await jail.find(path).catch(() => undefined);
    return entry?.kind === "folder" ? "folder" : undefined;
  }
};

const answerFile = async (visit: Visit, file: Source, path: string, parts: PagesParts): Promise<Response> => {
  if (parts.scripts !== undefined && isHtml(path) && file.size <= LARGEST_SCRIPTED_PAGE) {
    const scripts = await parts.scripts();
    const page = await scriptIn(visit, file, path, scripts);
    if (page !== undefined) return page;
    // It was read to its end, and without scripts is sent as it is: from memory where it is held.
    const again = file.octets !== undefined ? file : await opened(visit, path, parts.held);
    if (again === undefined || again === "folder") return await notHere(visit, parts);
    return await answerStatic(visit, again, path, parts);
  }
  return await answerStatic(visit, file, path, parts);
};

const scriptIn = async (
  visit: Visit,
  file: Source,
  path: string,
  scripts: PageScripts,
): Promise<Response | undefined> => {
  const source = new TextDecoder().decode(await wholeOf(file));
  if (!scripts.holdsScript(source)) return undefined;
  if (!["GET", "HEAD", "POST"].includes(visit.method)) return await notAllowed(visit.method, "GET, HEAD, POST");
  const answer = await scripts.runPage(source, pageRequestOf(visit, path), visit.owner);
  return sendAnswer(answer, visit);
};

const answerStatic = async (visit: Visit, file: Source, path: string, parts: PagesParts): Promise<Response> => {
  // A folder's second index file is what is shown only as long as there is no first.
  const plain = path === visit.path || path === `${visit.path}${parts.settings.index[0]}`;
  if (plain && file.octets !== undefined) parts.served?.(path, file.entry);
  const serving: Serving = {
    shelf: parts.shelf,
    fileBody: visit.fileBody,
    cacheSeconds: parts.settings.cacheSeconds,
    now: parts.now,
  };
  if (visit.method === "GET" || visit.method === "HEAD") return await sendFile(visit.request, file, serving);
  await file.close();
  return await notAllowed(visit.method, "GET, HEAD");
};

/** RFC 9110 §9.3.7 for OPTIONS, §15.5.6 for the rest. */
const notAllowed = async (method: string, methods: string): Promise<Response> => {
  const allow = `${methods}, OPTIONS`;
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  const response = await noPage(405, "Pages can be looked at here, and nothing else.", "That cannot be done");
  response.headers.set("allow", allow);
  return response;
};

/** Says that nothing is there, in the owner's words where he has some. */
const notHere = async (visit: Visit, parts: PagesParts): Promise<Response> => {
  const reads = visit.method === "GET" || visit.method === "HEAD";
  const page = reads ? await opened(visit, ERROR_PAGE, parts.held) : undefined;
  if (page === undefined || page === "folder") return await noPage(404, NOTHING);
  return await sendFile(
    visit.request,
    page,
    { shelf: parts.shelf, fileBody: visit.fileBody, cacheSeconds: 0, now: parts.now },
    404,
  );
};
