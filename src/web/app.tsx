/**
 * The web sites' front: one fetch handler for HTTP and HTTPS. It answers embedded files, believes listed proxies, holds the access
 * rules, sends browsers to HTTPS and first-timers to the wizard, finds the session, refuses forged forms, and turns refusals and faults
 * into calm pages. The sites themselves (admin, setup, webmail) are Hono apps mounted below it. Called by server.ts and by tests.
 *
 * RFC 9110 (HTTP), RFC 6265 (cookies), RFC 9113 is Bun's; no page needs more than HTTP/1.1.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ErrorFragment, type ErrorPage, ErrorView } from "../../views/error.tsx";
import type { Frame } from "../../views/layout.tsx";
import { key, Readers, t } from "../../views/words/words.ts";
import { sameSecret } from "../auth/tokens.ts";
import { POLICY_HOST, policyText } from "../filter/records/mta-sts.ts";
import { recordSettings } from "../filter/records/settings.ts";
import { KeptAccess } from "../net/access.ts";
import { Refusal, type RefusalKind } from "../refusal.ts";
import { newTrace } from "../store/events.ts";
import { ASSET_PATH, AssetShelf } from "./assets.ts";
import { confirmRoutes } from "./confirm.tsx";
import type { Connected, WebContext, WebEnv } from "./context.ts";
import { Cookies } from "./cookies.ts";
import type { WebDeps } from "./deps.ts";
import { countMiss, pathForLog } from "./junk.ts";
import { LivePages } from "./live-pages.ts";
import { loginRoutes } from "./login.tsx";
import { packPages } from "./packing.ts";
import { inTheirWords } from "./reader.ts";
import { resetRoutes } from "./reset.tsx";
import {
  clientOf,
  fewFields,
  isMultipart,
  NOT_WHOLE,
  plainAddress,
  refuseForgery,
  secureHeaders,
  tokenBeforeBody,
} from "./security.ts";
import { webSettings } from "./settings.ts";
import { type Arrival, type Front, type Site, startOf } from "./site.ts";
import { STATUS } from "./status.ts";

/** The front as its callers see it. */
export interface Web {
  /** Answers one request of a client that connected so. */
  fetch(request: Request, connected: Connected): Response | Promise<Response>;
  /**
   * The same where a site takes the request before anything looks for a session, and the client itself has sent it; undefined for all
   * else.
   */
  take(request: Request, connected: Connected): Response | Promise<Response> | undefined;
  /** An answer that a site has ready for a head as it came, with the octets in which it is sent. */
  ready(connected: Connected & { readonly head: string }): Uint8Array | undefined;
  /** Every route there is, for those who walk them all. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Ends the pages that listen for what happens. */
  endLivePages(): void;
}

/** A query parameter by which a page that renews itself says that no person asked. */
const QUIET = "live";

/** Octets of a form from somebody who is not signed in: a login, or one of the first start's questions. */
const VISITOR_OCTETS = 65_536;

const TITLES: Partial<Record<RefusalKind, string>> = {
  barred: key("Your address is barred"),
  notFound: key("Not here"),
  notPermitted: key("That is not open to you"),
  tooLarge: key("Too large"),
  temporary: key("Not right now"),
  noSpace: key("The disk is full"),
};

/** Builds the front from what it needs and the sites it carries. */
export const createWeb = (deps: WebDeps, sitesOf: (front: Front) => readonly Site[]): Web => {
  const { sessions } = deps.auth;
  const cookies = new Cookies(deps.store);
  const livePages = new LivePages();
  const readers = new Readers();
  const { preferences } = deps.directory;
  const front: Front = { deps, sessions, cookies, livePages };
  const sites = sitesOf(front);
  const assets = AssetShelf.open(sites.flatMap((site) => site.assets ?? []));

  const app = new Hono<WebEnv>();

  app.use(async function identify(c, next) {
    c.set("trace", newTrace());
    c.set("client", c.env.client);
    c.set("assets", assets);
    c.set("csrf", "");
    c.set("frame", (): Frame => {
      const who = c.get("signedIn");
      const flash = who && sessions.take(who.session.id);
      const wishes = who && preferences.of(who.user.id);
      const theme = wishes?.theme ?? cookies.theme(c);
      return {
        assets: assets.links,
        csrf: c.get("csrf"),
        now: deps.now(),
        ...(flash && { flash }),
        ...(theme && theme !== "auto" && { theme }),
        ...(wishes?.density === "compact" && { density: "compact" }),
        ...(wishes?.shortcuts === false && { keys: "off" }),
      };
    });
    await next();
  });
  app.use(packPages());
  app.use(secureHeaders());
  app.use(async function holdAccessRule(c, next) {
    if (deps.permits(c.env.connected.secure, c.get("client").address)) return await next();
    throw new Refusal("notPermitted", "This server's pages may not be used from your network.");
  });
  app.get(`${ASSET_PATH}/*`, (c) => {
    const file = assets.respond(c.req.path, c.req.header("accept-encoding") ?? "");
    if (file === undefined) throw new Refusal("notFound", "There is no such file.");
    return file;
  });
  app.get("/robots.txt", (c) => c.text("User-agent: *\nDisallow: /\n"));
  // Those who bring mail ask for it under a name of its own (RFC 8461 §3.3).
  app.get("/.well-known/mta-sts.txt", (c) => {
    const { mtaSts } = deps.store.settings.get(recordSettings);
    const { hostname } = new URL(c.req.url);
    const domain = hostname.startsWith(POLICY_HOST) ? hostname.slice(POLICY_HOST.length) : "";
    if (mtaSts === "off" || deps.directory.domains.byName(domain) === undefined)
      throw new Refusal("notFound", "There is no policy for this name.");
    return c.text(policyText(mtaSts, deps.transport.hostname()));
  });
  // The root certificate is public, and a device that does not trust it yet must be able to fetch it.
  app.get("/ca.crt", (c) => {
    c.header("content-type", "application/x-x509-ca-cert");
    c.header("content-disposition", 'attachment; filename="gatepost-ca.crt"');
    return c.body(deps.certificates.root().der);
  });
  // Devices ask port 80 of the host "wpad" for it, before they know of any certificate.
  for (const path of ["/proxy.pac", "/wpad.dat"]) {
    app.get(path, (c) => {
      const file = deps.proxySetUp(new URL(c.req.url).hostname.replace(/^\[|\]$/g, ""));
      if (file === undefined)
        throw new Refusal("notFound", "The web proxy does not listen, so there is nothing to set up.");
      c.header("content-type", "application/x-ns-proxy-autoconfig");
      return c.body(file);
    });
  }
  // Sites for programs know no cookies: they stand before all that looks for a session, a form, or a browser to send on.
  const forPrograms = sites.filter((site) => site.forPrograms !== undefined);
  for (const site of forPrograms) app.route(site.path, site.app);
  // Until it is known who is here, the browser says in which language.
  const words = inTheirWords(readers, preferences);
  app.use(words);
  app.use(async function requireTls(c, next) {
    const { secure, loopback } = c.get("client");
    const port = deps.httpsPort();
    if (secure || loopback || port === undefined || !deps.store.settings.get(webSettings).requireTls)
      return await next();
    const url = new URL(c.req.url);
    return c.redirect(`https://${url.hostname}${port === 443 ? "" : `:${port}`}${url.pathname}${url.search}`, 307);
  });
  app.use(async function findSession(c, next) {
    const token = cookies.session(c);
    const who = sessions.current(token, { quietly: c.req.query(QUIET) !== undefined });
    c.set("signedIn", who);
    c.set("csrf", who?.session.csrf ?? cookies.visitorCsrf(c));
    if (who === undefined) await next();
    else await words(c, next);
  });
  app.use(async function holdBars(c, next) {
    const bar = deps.auth.lockout.barred(c.get("client").address);
    if (bar === undefined || (bar.why !== "hand" && c.get("signedIn") !== undefined)) return await next();
    if (Number.isFinite(bar.until)) c.header("retry-after", String(Math.ceil((bar.until - deps.now()) / 1000)));
    c.header("connection", "close");
    throw new Refusal("barred", "There were too many refusals for your address. Try again later.");
  });
  app.use(async function limitBody(c, next) {
    return await bodyLimit({
      maxSize: mostOctets(c, sites, deps.store.settings.get(webSettings).formOctets),
      onError: () => {
        throw new Refusal("tooLarge", "That is more than this page takes at once. Send something smaller.");
      },
    })(c, next);
  });
  app.use(fewFields());
  app.use(refuseForgery());
  app.use(async function setUpFirst(c, next) {
    if (deps.setup.done() || c.req.path === "/setup" || c.req.path.startsWith("/setup/")) return await next();
    return c.redirect("/setup", 303);
  });

  app.route("/", loginRoutes(front));
  app.route("/", resetRoutes(front));
  app.route("/", confirmRoutes(front));
  for (const site of sites) if (site.forPrograms === undefined) app.route(site.path, site.app);
  app.get("/", (c) => {
    const who = c.get("signedIn");
    if (who === undefined) return c.redirect("/login", 303);
    return c.redirect(startOf(who.user), 303);
  });

  app.notFound((c) => {
    if (c.get("signedIn") === undefined)
      countMiss(deps.auth.lockout, c.get("client").address, c.req.method, c.req.path);
    return answerError(c, 404, {
      title: t("Not here"),
      sentence: t("There is no page at this address. It may have moved."),
    });
  });
  app.onError((error, c) => {
    // Hono says so of a form that cannot be parsed.
    const thrown = error instanceof HTTPException ? new Refusal("invalid", NOT_WHOLE) : error;
    const site = forPrograms.find(({ path }) => c.req.path === path || c.req.path.startsWith(`${path}/`));
    if (site?.forPrograms !== undefined) return site.forPrograms(c, thrown);
    if (thrown instanceof Refusal) {
      const page = { title: t(TITLES[thrown.kind] ?? key("That did not go through")), sentence: thrown.sentence };
      return answerError(c, STATUS[thrown.kind], page);
    }
    const trace = c.get("trace");
    deps.store.events.fault("web", `${c.req.method} ${pathForLog(c.req.path)}`, thrown, {
      trace,
      remote: c.get("client")?.address,
    });
    return answerError(c, 500, {
      title: t("Something broke here"),
      sentence: t("That is this server's fault, not yours, and it has been written to the log. Try again in a moment."),
      trace,
    });
  });

  const listed = new KeptAccess();
  const isProxy = (address: string) => listed.permits(deps.store.settings.get(webSettings).proxies, [], address);
  const takers = sites.flatMap(({ takes }) => takes ?? []);
  const readies = sites.flatMap(({ ready }) => ready ?? []);
  const take = (arrival: Arrival): Response | Promise<Response> | undefined => {
    const { connected, client } = arrival;
    // Who comes through a listed proxy was not seen at the port's door.
    if (client.address !== connected.address && deps.auth.lockout.turnAwayStrangers(client.address) === "close")
      return new Response(null, { status: 429 });
    for (const takes of takers) {
      const answer = takes(arrival);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
  const arrivalOf = (request: Request, connected: Connected): Arrival => {
    const client = clientOf(connected, request.headers, isProxy);
    return { request, connected, client };
  };
  return {
    fetch: (request, connected) => {
      const arrival = arrivalOf(request, connected);
      return take(arrival) ?? app.fetch(request, { connected, client: arrival.client });
    },
    take: (request, connected) =>
      isProxy(plainAddress(connected.address)) ? undefined : take(arrivalOf(request, connected)),
    ready: (connected) => {
      const { head } = connected;
      const address = plainAddress(connected.address);
      if (isProxy(address)) return undefined;
      for (const ready of readies) {
        const octets = ready({ head, connected, address });
        if (octets !== undefined) return octets;
      }
      return undefined;
    },
    routes: app.routes.map(({ method, path }) => ({ method, path })),
    endLivePages: () => livePages.endAll(),
  };
};

/**
 * How large a body may be. Bodies are held in memory, so strangers get little of it; and a site's own limit holds only for a user
 * who proves before his body that he means it, and says how long it is.
 */
const mostOctets = (c: WebContext, sites: readonly Site[], formOctets: number): number => {
  if (c.get("signedIn") === undefined) return Math.min(formOctets, VISITOR_OCTETS);
  const site = sites.find(({ path, largestBody }) => largestBody && c.req.path.startsWith(`${path}/`));
  const token = tokenBeforeBody(c);
  const announced = c.req.header("content-length") !== undefined && c.req.header("transfer-encoding") === undefined;
  if (!site?.largestBody || !announced || token === undefined || !sameSecret(token, c.get("csrf"))) return formOctets;
  return site.largestBody(isMultipart(c), c.req.path);
};

const answerError = (c: WebContext, status: ContentfulStatusCode, page: ErrorPage): Response | Promise<Response> => {
  if (c.req.header("hx-request") === "true") {
    c.header("HX-Reswap", "none");
    return c.html(<ErrorFragment page={page} />, status);
  }
  // A fault may come before the frame was made.
  const frame = c.get("frame")?.();
  if (frame === undefined) return c.text(page.sentence, status);
  return c.html(<ErrorView frame={frame} page={page} />, status);
};
