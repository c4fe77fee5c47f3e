/**
 * Home pages: what users keep in their home-page folder, at /~login/ and, where the administrator has named one, below a host name. It
 * stands before everything of the web sites that looks for a session or sets a cookie (app.tsx): nothing here knows who is signed in.
 * What keeps pages and the administration apart is in fence.ts; scripts in pages are run in scripts/, behind script-seam.ts; the folder
 * as a network drive is in dav/.
 *
 * RFC 9110 (HTTP), RFC 9111 §5.2 (Cache-Control), RFC 3986 (addresses).
 */
import { Hono } from "hono";
import type { Entry } from "../../files/files.ts";
import { Refusal } from "../../refusal.ts";
import type { WebEnv } from "../context.ts";
import { pathForLog } from "../junk.ts";
import type { Arrival, Front, HeadArrival, Site } from "../site.ts";
import { STATUS } from "../status.ts";
import { Shelf } from "./encodings.ts";
import { comesFromOwnPages, fenceIn } from "./fence.ts";
import { HeldFiles } from "./held.ts";
import { LoopTurn } from "./loop-turn.ts";
import { noPage } from "./own-pages.tsx";
import { hostIn, meaningOf, ownerIn, ownerOf } from "./owners.ts";
import { answerVisit } from "./pages.tsx";
import { targetOf, virtualPath } from "./paths.ts";
import {
  type Given,
  type Grounds,
  givenOf,
  KnownHeads,
  keyFor,
  type Made,
  mayBeKept,
  Prepared,
  ReadyAnswers,
  type Served,
} from "./ready.ts";
import type { PageScripts } from "./script-seam.ts";
import { homepageSettings } from "./settings.ts";

const PERMISSION = "http.scripts";

export interface HomePageOptions {
  /** Gets what runs scripts, when the first page that may hold some is asked for. Without it no script is run. */
  readonly scripts?: () => Promise<PageScripts>;
}

/** What an address is about: somebody's pages, or those of nobody. */
interface Address {
  readonly login: string | undefined;
  readonly base: string;
  /** The path behind that, as it was sent. */
  readonly rest: string;
  readonly query: string;
  readonly ownHost: boolean;
}

const NOBODY = "There is no page at this address.";

export const homePages = ({ deps }: Front, { scripts }: HomePageOptions = {}): Site => {
  const shelf = new Shelf();
  const held = new HeldFiles(deps.now);
  const settingsNow = () => deps.store.settings.get(homepageSettings);

  const checks = new LoopTurn();
  /** Answers that are ready, for the HTTP server and for connections that are answered directly. */
  const ready = new ReadyAnswers<Given<Blob>>(checks);
  const prepared = new ReadyAnswers<Prepared>(checks);
  const heads = new KnownHeads();

  /** The server's own name, where there is another to tell it from. */
  const ownName = () => (settingsNow().host === "" ? "" : deps.clientPorts().hostname);

  /** What a request is about; undefined where it is not for home pages. */
  const addressOf = ({ url, headers }: Request): Address | undefined | "malformed" => {
    const { path, query } = targetOf(url);
    const field = headers.get("host");
    const host = hostIn(field);
    // RFC 9112 §3.2: one Host field, and a sound one. HTTP/1.0 may have none.
    if (host === undefined && field !== null) return "malformed";
    const meaning = meaningOf(host ?? "", settingsNow().host, ownName());
    if (meaning.kind === "pages") return { login: meaning.login, base: "", rest: path, query, ownHost: true };
    const named = ownerIn(path);
    return named && { ...named, query, ownHost: false };
  };

  /** What answers to an address depend on beside the request and the file; undefined where nobody has pages. */
  const groundsOf = (login: string | undefined, ownHost: boolean): Grounds | undefined => {
    const settings = settingsNow();
    const owner = settings.enabled && login !== undefined ? ownerOf(deps.directory, login, deps.now()) : undefined;
    if (login === undefined || owner === undefined) return undefined;
    const hostname = ownName();
    const mayScript = owner.permissions.has(PERMISSION);
    const folder = deps.files.pathOf(owner, "homepage");
    return { login, ownerId: owner.id, folder, mayScript, ownHost, settings, hostname };
  };

  const holds = (before: Grounds): boolean => {
    const now = groundsOf(before.login, before.ownHost);
    return (
      now !== undefined &&
      now.settings === before.settings &&
      now.ownerId === before.ownerId &&
      now.folder === before.folder &&
      now.mayScript === before.mayScript &&
      now.hostname === before.hostname
    );
  };

  /** The answer that is ready for a request, if there is one. */
  const atOnce = ({ request, connected, client }: Arrival, key: string): Response | undefined => {
    const { head } = connected;
    const shelf = head === undefined ? ready : prepared;
    const found = shelf.find(key, deps.now(), holds);
    if (found === undefined || !deps.permits(connected.secure, client.address)) return undefined;
    if (!found.grounds.ownHost && comesFromOwnPages(request.headers)) return undefined;
    // Whatever else the head says, it gets this answer.
    if (head !== undefined) heads.add(head, key);
    const { body, status, headers } = found.given;
    return new Response(body, { status, headers });
  };

  const octetsAtOnce = ({ head, connected, address }: HeadArrival): Uint8Array | undefined => {
    const key = heads.keyOf(head);
    if (key === undefined) return undefined;
    const now = deps.now();
    const found = prepared.find(key, now, holds);
    return found && deps.permits(connected.secure, address) ? found.given.octets(now) : undefined;
  };

  const visit = async (
    { request, connected, client }: Arrival,
    address: Address,
    onServed: (served: Served) => void,
  ): Promise<Response> => {
    const { enabled, ...settings } = settingsNow();
    const { base, rest, query, ownHost } = address;
    if (!deps.permits(connected.secure, client.address))
      return await noPage(403, "This server's pages may not be used from your network.", "That is not open to you");
    if (!ownHost && comesFromOwnPages(request.headers))
      return await noPage(403, "This is not for the server's own pages.");
    const now = deps.now();
    const owner = enabled && address.login !== undefined ? ownerOf(deps.directory, address.login, now) : undefined;
    const jail = owner && deps.files.existingRoot(owner, "homepage");
    if (owner === undefined || jail === undefined) return await noPage(404, NOBODY);
    if (rest === "") return new Response(null, { status: 301, headers: { location: `${base}/${query}` } });
    const fileBody = connected.fileBody?.bind(connected);
    const details = { request, method: request.method, owner, jail, base, query, ownHost, client, fileBody };
    const runs = owner.permissions.has(PERMISSION) ? scripts : undefined;
    const served = (path: string, entry: Entry) => onServed({ jail, path, entry });
    const parts = { settings, shelf, held, scripts: runs, now, turns: deps.store.turns, served };
    return await answerVisit({ ...details, path: virtualPath(rest) }, parts);
  };

  const answer = async (arrival: Arrival, address: Address, key: string | undefined): Promise<Response> => {
    // What held when the work began; should it be otherwise at its end, the answer that is kept is never given.
    const grounds = key === undefined ? undefined : groundsOf(address.login, address.ownHost);
    let response: Response;
    let served: Served | undefined;
    try {
      response = await visit(arrival, address, (file) => {
        served = file;
      });
    } catch (thrown) {
      response = await refusal(arrival, thrown);
    }
    fenceIn(response.headers, address.ownHost);
    if (key !== undefined && served !== undefined && grounds !== undefined)
      await keep(arrival, key, response, { served, grounds });
    return response;
  };

  const keep = async ({ connected }: Arrival, key: string, response: Response, made: Made): Promise<void> => {
    const now = deps.now();
    if (!mayBeKept(response, made, now)) return;
    if (connected.head === undefined) ready.keep(key, await givenOf(response), made, now);
    else prepared.keep(key, await Prepared.of(response), made, now);
  };

  const refusal = async ({ request, client }: Arrival, thrown: unknown): Promise<Response> => {
    if (thrown instanceof Refusal) {
      // An address that is too long, and not a body: RFC 9110 §15.5.15.
      const long = thrown.kind === "tooLarge" && ["GET", "HEAD"].includes(request.method);
      return await noPage(long ? 414 : STATUS[thrown.kind], thrown.sentence, "That did not go through");
    }
    const { path } = targetOf(request.url);
    deps.store.events.fault("web", `home page ${pathForLog(path)}`, thrown, { remote: client.address });
    return await noPage(
      500,
      "That is this server's fault, and it has been written to the log.",
      "Something broke here",
    );
  };

  return {
    path: "/~",
    app: new Hono<WebEnv>(),
    takes: (arrival) => {
      const key = keyFor(arrival.request);
      const found = key === undefined ? undefined : atOnce(arrival, key);
      if (found !== undefined) return found;
      const address = addressOf(arrival.request);
      if (address === undefined) return undefined;
      if (address === "malformed") return noPage(400, "The request does not name one host.", "That did not go through");
      return answer(arrival, address, key);
    },
    ready: octetsAtOnce,
  };
};
