/**
 * The HTTP API: every operation of the administration, for programs. Who asks says a bearer token; cookies mean nothing here, so that no
 * page of another site can use a browser's session (and without CORS no page can read what it is told). Mounted by app.tsx at /api,
 * before all that is there for browsers; openapi.ts describes it, docs/api.md too.
 *
 * RFC 9110 (HTTP), RFC 6750 (bearer tokens), RFC 9457 (problem details), RFC 8259 and RFC 7493 (JSON).
 */
import { Hono } from "hono";
import type { Actor } from "../../administration/actor.ts";
import type { Operation } from "../../administration/operation.ts";
import { OPERATIONS } from "../../administration/operations.ts";
import { TokenGate } from "../../administration/signing-in/token-gate.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { webSettings } from "../settings.ts";
import type { Front, Site } from "../site.ts";
import { inputOf } from "./input.ts";
import { openApi } from "./openapi.ts";
import { CHALLENGE, OTHER_KINDS, problem, problemOf, problemOfToken } from "./problem.ts";
import { type Match, Routes } from "./routes.ts";

const API_PATH = "/api";
/** Where operations stand; what would break programs gets another one. */
const API_BASE = `${API_PATH}/v1`;

const NOT_HERE = "There is nothing at this address. /api/openapi.json lists what there is.";
const NO_TOKEN =
  "Send a token: “Authorization: Bearer gpt_…”. Tokens are made in webmail's options and by gatepost token add.";
const OUR_FAULT = "That is this server's fault, not yours, and it has been written to the log.";
const USE_TLS = "Use https: tokens and what they open are not for others to read.";

export interface ApiOptions {
  readonly operations?: readonly Operation[];
  /** Waits; replaced where time is not to pass. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export const apiSite = (front: Front, { operations = OPERATIONS, sleep }: ApiOptions = {}): Site => {
  const { deps } = front;
  const gate = new TokenGate(deps.administration.parts, sleep);
  // Made when somebody first asks: most houses have no programs that do.
  const made: { routes?: Routes; document?: string } = {};
  const routes = (): Routes => {
    made.routes ??= new Routes(operations);
    return made.routes;
  };
  const app = new Hono<WebEnv>();

  /** Nobody between can have read what is said: as pages are sent to HTTPS, so programs are refused without. */
  const isUnread = (c: WebContext): boolean => {
    const { secure, loopback } = c.get("client");
    return secure || loopback || deps.httpsPort() === undefined || !deps.store.settings.get(webSettings).requireTls;
  };

  app.get("/openapi.json", async (c) => {
    if (!isUnread(c)) return problem(403, { kind: "notPermitted", detail: USE_TLS });
    made.document ??= JSON.stringify(await openApi(routes().all, deps.store.turns));
    return new Response(made.document, { headers: { "content-type": "application/json" } });
  });

  /** Who asks, or what he is told instead. */
  const admit = async (c: WebContext): Promise<Actor | Response> => {
    const text = bearerOf(c);
    const unread = isUnread(c);
    if (text === undefined) {
      if (!unread) return problem(403, { kind: "notPermitted", detail: USE_TLS });
      const challenge = { "www-authenticate": CHALLENGE };
      return problem(OTHER_KINDS.unauthenticated, { kind: "unauthenticated", detail: NO_TOKEN }, challenge);
    }
    const outcome = await gate.admit(text, { remote: c.get("client").address, unread });
    return outcome.ok ? outcome.actor : problemOfToken(outcome);
  };

  app.all("*", async (c) => {
    const barred = gate.barred(c.get("client").address);
    if (barred !== undefined) return problemOfToken(barred);
    const { pathname } = new URL(c.req.url);
    const path = pathname.startsWith(`${API_BASE}/`) ? pathname.slice(API_BASE.length) : "";
    const allow = routes().methods(path).join(", ");
    if (c.req.method === "OPTIONS" && allow !== "") return new Response(null, { status: 204, headers: { allow } });
    const actor = await admit(c);
    if (actor instanceof Response) return actor;
    if (allow === "") return problem(404, { kind: "notFound", detail: NOT_HERE });
    const match = routes().find(c.req.method, path);
    if (match !== undefined) return await answer(c, match, actor);
    const detail = `This address takes ${allow}.`;
    return problem(OTHER_KINDS.methodNotAllowed, { kind: "methodNotAllowed", detail }, { allow });
  });

  const answer = async (c: WebContext, match: Match, actor: Actor) => {
    const { operation } = match.route;
    if (actor.scopes !== undefined && !actor.scopes.has(operation.scope)) return lacking(operation);
    const input = await inputOf(match, c.req.raw, deps.store.settings.get(webSettings).formOctets);
    const output = await deps.administration.perform(operation, actor, input);
    // The schema is what leaves: a property that an operation has too much stays here.
    return new Response(JSON.stringify(operation.output.parse(output)), {
      headers: { "content-type": "application/json" },
    });
  };

  const faulty = (c: WebContext, thrown: unknown): Response => {
    const trace = c.get("trace");
    deps.store.events.fault("web", `${c.req.method} ${c.req.path}`, thrown, {
      trace,
      remote: c.get("client")?.address,
    });
    return problem(OTHER_KINDS.fault, { kind: "fault", detail: OUR_FAULT, trace });
  };

  return { path: API_PATH, app, forPrograms: (c, thrown) => problemOf(thrown) ?? faulty(c, thrown) };
};

/** The token of a request (RFC 6750 §2.1); those in addresses and forms are not looked at, because they end up in logs. */
const bearerOf = (c: WebContext): string | undefined =>
  /^Bearer +(\S{1,512})$/i.exec(c.req.header("authorization") ?? "")?.[1];

const lacking = ({ scope }: Operation): Response =>
  problem(
    403,
    { kind: "notPermitted", detail: `This token may not do this: it lacks the scope ${scope}.` },
    { "www-authenticate": `${CHALLENGE}, error="insufficient_scope", scope="${scope}"` },
  );
