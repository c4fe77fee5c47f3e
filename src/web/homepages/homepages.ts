/**
 * Home pages: what users keep in their home-page folder, at /~login/ and, where the administrator has named one, below a host name. It
 * stands before everything of the web sites that looks for a session or sets a cookie (app.tsx): nothing here knows who is signed in.
 * What keeps pages and the administration apart is in fence.ts; scripts in pages are run in scripts/, behind script-seam.ts; the folder
 * as a network drive is in dav/.
 *
 * RFC 9110 (HTTP), RFC 9111 §5.2 (Cache-Control), RFC 3986 (addresses).
 */
import { Hono } from "hono";
import { Refusal } from "../../refusal.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { pathForLog } from "../junk.ts";
import type { Front, Site } from "../site.ts";
import { STATUS } from "../status.ts";
import { Shelf } from "./encodings.ts";
import { comesFromOwnPages, fenceIn } from "./fence.ts";
import { HeldFiles } from "./held.ts";
import { hostIn, meaningOf, ownerIn, ownerOf } from "./owners.ts";
import { answerVisit, noPage } from "./pages.tsx";
import { targetOf, virtualPath } from "./paths.ts";
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

  /** What a request is about; undefined where it is not for home pages. */
  const addressOf = (c: WebContext): Address | undefined | "malformed" => {
    const { path, query } = targetOf(c.req.raw.url);
    const pagesHost = settingsNow().host;
    const host = hostIn(c.req.raw.headers.get("host"));
    // RFC 9112 §3.2: one Host field, and a sound one. HTTP/1.0 may have none.
    if (host === undefined && c.req.raw.headers.has("host")) return "malformed";
    const meaning = meaningOf(host ?? "", pagesHost, deps.clientPorts().hostname);
    if (meaning.kind === "pages") return { login: meaning.login, base: "", rest: path, query, ownHost: true };
    const named = ownerIn(path);
    return named && { ...named, query, ownHost: false };
  };

  const visit = async (c: WebContext, address: Address): Promise<Response> => {
    const { enabled, ...settings } = settingsNow();
    const { base, rest, query, ownHost } = address;
    const request = c.req.raw;
    if (!deps.permits(c.env.connected.secure, c.get("client").address))
      return await noPage(403, "This server's pages may not be used from your network.", "That is not open to you");
    if (!ownHost && comesFromOwnPages(request.headers))
      return await noPage(403, "This is not for the server's own pages.");
    const now = deps.now();
    const owner = enabled && address.login !== undefined ? ownerOf(deps.directory, address.login, now) : undefined;
    const jail = owner && deps.files.existingRoot(owner, "homepage");
    if (owner === undefined || jail === undefined) return await noPage(404, NOBODY);
    if (rest === "") return new Response(null, { status: 301, headers: { location: `${base}/${query}` } });
    const client = c.get("client");
    const { afterwards } = c.env.connected;
    const details = { request, method: request.method, owner, jail, base, query, ownHost, client, afterwards };
    const runs = owner.permissions.has(PERMISSION) ? scripts : undefined;
    return await answerVisit({ ...details, path: virtualPath(rest) }, { settings, shelf, held, scripts: runs, now });
  };

  const answer = async (c: WebContext, address: Address): Promise<Response> => {
    let response: Response;
    try {
      response = await visit(c, address);
    } catch (thrown) {
      response = await refusal(c, thrown);
    }
    fenceIn(response.headers, address.ownHost);
    return response;
  };

  const refusal = async (c: WebContext, thrown: unknown): Promise<Response> => {
    if (thrown instanceof Refusal) {
      // An address that is too long, and not a body: RFC 9110 §15.5.15.
      const long = thrown.kind === "tooLarge" && ["GET", "HEAD"].includes(c.req.raw.method);
      return await noPage(long ? 414 : STATUS[thrown.kind], thrown.sentence, "That did not go through");
    }
    const { path } = targetOf(c.req.raw.url);
    deps.store.events.fault("web", `home page ${pathForLog(path)}`, thrown, { remote: c.get("client").address });
    return await noPage(
      500,
      "That is this server's fault, and it has been written to the log.",
      "Something broke here",
    );
  };

  return {
    path: "/~",
    app: new Hono<WebEnv>(),
    takes: (c) => {
      const address = addressOf(c);
      if (address === undefined) return undefined;
      if (address === "malformed") return noPage(400, "The request does not name one host.", "That did not go through");
      return answer(c, address);
    },
  };
};
