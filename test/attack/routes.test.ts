/**
 * Every page, by everybody who is not meant for it: what is forbidden is refused in the same words whether or not it is there, nothing of
 * anybody outside the reach is shown, nothing breaks, and no form is taken that did not come from a page of one's own session. The API's
 * operations are walked in test/administration/matrix.test.ts. A route that is new and stands in no table here fails.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Browser, PASSWORD } from "../web/house.ts";
import { FORMS, type Form, PARAMETERS, QUERIES } from "./forms.ts";
import { MARK, Town, type Whose } from "./town.ts";

interface Route {
  readonly method: string;
  /** Without the patterns of its parameters. */
  readonly path: string;
  readonly parameters: readonly string[];
}

let town: Town;
let routes: Route[];
let before: string;
beforeAll(async () => {
  town = await Town.build();
  routes = town.world.web.routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    .map(({ method, path }) => ({ method, path: path.replace(/\{(?:[^{}]|\{[^}]*\})*\}/g, "") }))
    .map((route) => ({ ...route, parameters: [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name) }))
    .filter(({ method, path }, at, all) => at === all.findIndex((one) => one.method === method && one.path === path));
  before = town.snapshot();
});
afterAll(async () => {
  expect(town.world.faults).toEqual([]);
  await town.world.close();
});

/** Pages that are open to everybody; what else there is, is behind the sign-in. */
const OPEN =
  /^\/($|login|logout|theme|reset|setup|robots\.txt|\.well-known\/mta-sts\.txt|ca\.crt|proxy\.pac|wpad\.dat|api\/openapi\.json|p\/|mail\/pictures\/|mail\/(app|worker|offline))/;
/** Pages that only administrators of everything see. */
const WHOLE =
  /^\/admin\/(user-databases|contacts|groups|gateway|queue|quarantine|log|bars|audit|services|certificates|settings|scripts|house)(\/|$)/;

type Actor = "a stranger" | "one with half a sign-in" | "ann" | "mia" | "dora" | "admin";
const ACTORS: readonly Actor[] = ["a stranger", "one with half a sign-in", "ann", "mia", "dora"];

const roleOf = (actor: Actor) => {
  if (actor === "ann" || actor === "mia") return "user";
  return actor === "dora" || actor === "admin" ? "manager" : "stranger";
};

const isMeant = (actor: Actor, { path }: Route): boolean => {
  if (OPEN.test(path)) return true;
  const role = roleOf(actor);
  if (role === "stranger") return false;
  return !path.startsWith("/admin") || (role === "manager" && !WHOLE.test(path));
};

/** Whose things somebody may ask about at a page. */
const ownOf = (actor: Actor, { path }: Route): Whose => {
  if (actor === "dora") return path.startsWith("/admin") && !path.startsWith("/admin/tokens") ? "mia" : "dora";
  return actor === "mia" ? "mia" : "ann";
};

const parametersOf = ({ path }: Route) => PARAMETERS.find(([pattern]) => pattern.test(path))?.[1] ?? {};

const bodiesOf = ({ method, path }: Route): readonly Form[] =>
  method === "GET" ? [{}, ...(QUERIES[path] ?? [])] : (FORMS[path] ?? [{}]);

const names = (text: string): boolean => text.includes("$");

const open = async (actor: Actor): Promise<Browser> => {
  const browser = new Browser(town.world.web);
  await town.world.store.commit((tx) => town.world.auth.lockout.liftWithin(tx, browser.address));
  await browser.get("/login");
  if (actor === "a stranger") return browser;
  if (actor !== "one with half a sign-in") {
    await browser.login(actor);
    await browser.get(roleOf(actor) === "manager" ? "/admin" : "/mail");
    return browser;
  }
  expect((await browser.login("foreigner")).location).toBe("/login/factor");
  await browser.get("/login/factor");
  return browser;
};

/**
 * An answer without what was asked for, which may be said again, and without what is another each time. Numbers are said again only in
 * fields; elsewhere they stand for other things.
 */
const plainly = (text: string, things: readonly string[], tokens: readonly string[]): string => {
  const longest = [...things].sort((one, other) => other.length - one.length);
  const without = longest.reduce((left, thing) => {
    if (/^[\d.]*$/.test(thing)) return left.replaceAll(`value="${thing}"`, 'value="…"');
    const either = [encodeURIComponent(thing), thing].map((one) => RegExp.escape(one)).join("|");
    return left.replaceAll(new RegExp(`(?<![\\w-])(?:${either})(?![\\w-])`, "g"), "…");
  }, text);
  const same = tokens.reduce((left, token) => left.replaceAll(token, "csrf"), without);
  return same.replace(
    /&quot;challenge&quot;:&quot;[\w-]+&quot;|name="draft" value="\d+"|page=[0-9a-f-]{36}|data-page="[0-9a-f-]{36}"|since=[0-9a-f]+/g,
    "",
  );
};

/** One request; `whose` says what the parameters of the path and the fields are. */
const send = async (browser: Browser, route: Route, body: Form, whose: { path: Whose; fields: Whose }) => {
  const parameters = parametersOf(route);
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(town.filled(parameters[name] ?? "1", whose.path)),
  );
  const fields = Object.fromEntries(
    Object.entries(body).map(([name, text]) => [name, town.filled(text, whose.fields)]),
  );
  const { csrf } = browser;
  const page =
    route.method === "GET"
      ? await browser.get(`${path}?${new URLSearchParams(fields)}`)
      : path.startsWith("/mail/compose")
        ? await browser.compose(path, fields)
        : await browser.post(path, fields);
  const named = Object.entries(parameters).map(([, text]) => town.filled(text, whose.path));
  const filledIn = Object.keys(body)
    .filter((name) => names(body[name] ?? ""))
    .map((name) => fields[name] ?? "");
  const plain = (text: string) => plainly(text, [...named, ...filledIn], [csrf, browser.csrf].filter(Boolean));
  const echoed = Object.values(fields).includes(MARK) || path.includes(MARK);
  const at = `${route.method} ${route.path} ${JSON.stringify(body)}`;
  return { at, status: page.status, text: plain(page.text), location: plain(page.location), page, echoed };
};

type Sent = Awaited<ReturnType<typeof send>>;

/** Pages with the editor of formatted text, which shows its colours and sizes. */
const EDITORS = / \/mail\/(compose|options\/identities\/edit|options\/templates\/(new|:template)) \{/;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What holds for every answer. */
const flawsOf = ({ at, page, echoed }: Sent): string[] => {
  const { headers, text, status } = page;
  const flaws: string[] = [];
  if (status >= 500) flaws.push(`${at}: status ${status}`);
  if (!echoed && (text.includes(MARK) || page.location.includes(MARK)))
    flaws.push(`${at}: shows what is the foreigner's`);
  // What lies in a message, and a picture of elsewhere, has a stricter policy; its HTML stands in a frame without rights.
  const foreign = /\/m\/:uid\/(body|print|part|packed|attachments|message|source)|\/mail\/pictures\//.test(at);
  const framed = at.includes("/body");
  // The page to be printed has the one script that prints, which its policy knows by its hash.
  const printed =
    at.includes("/print") && /script-src 'sha256-[\w+/=]{44}'(;|$)/.test(headers.get("content-security-policy") ?? "");
  const policy = headers.get("content-security-policy") ?? "";
  // A letter that is written shows its colours; see docs/decisions/rich-text.md.
  const known = EDITORS.test(at) ? [POLICY, `${POLICY}; style-src-attr 'unsafe-inline'`] : [POLICY];
  if (foreign ? !policy.includes("default-src 'none'") : !known.includes(policy)) flaws.push(`${at}: another policy`);
  if (!framed && headers.get("x-frame-options") !== "DENY") flaws.push(`${at}: can be framed`);
  if (headers.get("x-content-type-options") !== "nosniff") flaws.push(`${at}: its type is guessed`);
  if (!framed && !printed && /<script(?![^>]*\bsrc=)|<[a-z][^>]*\s(on[a-z]+|style)="|href="\s*javascript:/i.test(text))
    flaws.push(`${at}: has a script or a style of its own`);
  if (/^(https?:)?\/\/|^\/\\/.test(page.location)) flaws.push(`${at}: leads away, to ${page.location}`);
  for (const cookie of headers.getSetCookie())
    if (!/^gatepost-theme=/.test(cookie) && !/^__Host-.*; ?Secure/i.test(cookie)) flaws.push(`${at}: cookie ${cookie}`);
  for (const cookie of headers.getSetCookie().filter((one) => !/max-age=0/i.test(one)))
    if (!/; ?HttpOnly/i.test(cookie) || !/; ?SameSite=Lax/i.test(cookie)) flaws.push(`${at}: cookie ${cookie}`);
  return flaws;
};

/** A session that went on with the last request, or a new one. */
const kept = async (browser: Browser, actor: Actor): Promise<Browser> => {
  if (roleOf(actor) === "stranger") return await open(actor);
  const page = await browser.get(roleOf(actor) === "manager" ? "/admin/about" : "/mail/options/sessions");
  return page.status === 200 ? browser : await open(actor);
};

test("every route stands in the tables of this walk", () => {
  const unknown = routes.filter(
    (route) =>
      !(OPEN.test(route.path) || /^\/(admin|mail|confirm)(\/|$)/.test(route.path)) ||
      route.parameters.some((name) => parametersOf(route)[name] === undefined) ||
      (route.method !== "GET" && FORMS[route.path] === undefined),
  );
  expect(unknown).toEqual([]);
  const known = new Set(routes.map(({ path }) => path));
  expect([...Object.keys(FORMS), ...Object.keys(QUERIES)].filter((path) => !known.has(path))).toEqual([]);
  expect(routes.length).toBeGreaterThan(200);
});

describe.each(ACTORS)("%s", (actor) => {
  test("gets nothing where he is not meant to be, and the same whether or not it is there", async () => {
    let browser = await open(actor);
    const flaws: string[] = [];
    for (const route of routes.filter((one) => !isMeant(actor, one))) {
      for (const body of bodiesOf(route)) {
        const answers: Sent[] = [];
        for (const whose of ["foreigner", "nobody"] as const)
          answers.push(await send(browser, route, body, { path: whose, fields: whose }));
        for (const answer of answers) {
          flaws.push(...flawsOf(answer));
          const refused = answer.status === 403 || (answer.status === 303 && answer.location.startsWith("/login"));
          if (!refused) flaws.push(`${answer.at}: ${answer.status} ${answer.location}`);
        }
        const [foreign, missing] = answers;
        if (foreign?.text !== missing?.text || foreign?.status !== missing?.status)
          flaws.push(`${foreign?.at}: tells what is there: ${foreign?.status} ${missing?.status}`);
      }
      if (roleOf(actor) === "stranger") browser = await open(actor);
    }
    expect(flaws).toEqual([]);
    expect(town.snapshot()).toBe(before);
  }, 60_000);

  test("gets nothing of somebody else where he is meant to be", async () => {
    let browser = await open(actor);
    const flaws: string[] = [];
    for (const route of routes.filter((one) => isMeant(actor, one))) {
      const own = ownOf(actor, route);
      for (const body of bodiesOf(route)) {
        const inPath = Object.values(parametersOf(route)).some(names) && route.parameters.length > 0;
        const ways = [
          ...(inPath ? [{ path: true, fields: false }] : []),
          ...(Object.values(body).some(names) ? [{ path: false, fields: true }] : []),
        ];
        for (const way of ways) {
          const ask = async (whose: Whose) => {
            browser = await kept(browser, actor);
            return await send(browser, route, body, {
              path: way.path ? whose : own,
              fields: way.fields || way.path ? whose : own,
            });
          };
          const [foreign, missing] = [await ask("foreigner"), await ask("nobody")];
          flaws.push(...flawsOf(foreign), ...flawsOf(missing));
          if (foreign.status !== missing.status || foreign.location !== missing.location)
            flaws.push(
              `${foreign.at}: ${foreign.status} ${foreign.location} for what is there, else ${missing.status} ${missing.location}`,
            );
          else if (foreign.text !== missing.text && !foreign.echoed)
            flaws.push(`${foreign.at}: other words for what is there`);
          if (way.path && foreign.status < 400 && !OPEN.test(route.path))
            flaws.push(`${foreign.at}: ${foreign.status}`);
        }
      }
    }
    expect(flaws).toEqual([]);
    expect(town.snapshot()).toBe(before);
  }, 60_000);
});

describe.each(["ann", "dora", "admin"] as const)(
  "a form that %s did not send from a page of the own session",
  (login) => {
    test("is not taken, whatever it asks for", async () => {
      const browser = new Browser(town.world.web);
      await browser.login(login);
      await browser.get(login === "ann" ? "/mail/options/sessions" : "/admin/tokens");
      const good = browser.csrf;
      const other = new Browser(town.world.web);
      await other.get("/login");
      const taken: string[] = [];
      for (const route of routes.filter(({ method }) => method !== "GET")) {
        const at = route.path.replace(/:(\w+)/g, "1");
        const forged = [
          await browser.request(at, { method: "POST", body: new URLSearchParams({ csrf: other.csrf }) }),
          await browser.request(at, { method: "POST", body: new URLSearchParams() }),
          await browser.request(at, { method: "POST", body: "{}", headers: { "content-type": "application/json" } }),
          await browser.request(at, {
            method: "POST",
            body: new URLSearchParams({ csrf: good }),
            headers: { "sec-fetch-site": "cross-site" },
          }),
          await browser.request(at, {
            method: "POST",
            body: new URLSearchParams({ csrf: good }),
            headers: { origin: "https://evil.example" },
          }),
          await browser.request(`${at}?csrf=${good}`, { method: "POST", body: new URLSearchParams() }),
        ];
        taken.push(...forged.filter(({ status }) => status !== 403).map(({ status }) => `${route.path}: ${status}`));
      }
      expect(taken).toEqual([]);
    }, 60_000);
  },
);

describe.each(["ann", "dora"] as const)("fields that %s adds to a form", (actor) => {
  const MORE = new URLSearchParams([
    ...["permissions", "grant", "may.web.administrator", "web.administrator", "permissions[]"].map((name) => [
      name,
      "web.administrator",
    ]),
    ...["administers", "role", "kind", "standing", "scopes", "ownerId", "owner", "userId", "user", "id"].map((name) => [
      name,
      "1",
    ]),
    ...["__proto__", "constructor", "prototype", "__proto__[via]", "toString", "csrf.", "session", "actor"].map(
      (name) => [name, "system"],
    ),
  ] as string[][]);

  test("make nobody more than he is, however often they are sent", async () => {
    let browser = await open(actor);
    const flaws: string[] = [];
    for (const route of routes.filter(
      (one) => one.method !== "GET" && !LEAVING.test(one.path) && isMeant(actor, one),
    )) {
      browser = await kept(browser, actor);
      const parameters = parametersOf(route);
      const own = ownOf(actor, route);
      const at = route.path.replace(/:(\w+)/g, (_, name: string) => town.filled(parameters[name] ?? "1", own));
      const form = Object.entries(bodiesOf(route)[0] ?? {}).map(([name, text]) => [name, town.filled(text, own)]);
      const bodies = [
        new URLSearchParams([["csrf", browser.csrf], ...form, ...MORE]),
        new URLSearchParams([["csrf", browser.csrf], ...form, ...form]),
        new URLSearchParams([["csrf", browser.csrf], ...form.map(([name, text]) => [`${name}[]`, text ?? ""])]),
      ];
      for (const body of /bulk|remove|sessions/.test(at) ? bodies.slice(0, 1) : bodies) {
        const page = await browser.request(at, { method: "POST", body, headers: { "sec-fetch-site": "same-origin" } });
        if (page.status >= 500) flaws.push(`${route.path}: ${page.status}`);
      }
    }
    expect(flaws).toEqual([]);
    expect(Object.keys({})).toEqual([]);
    expect("via" in {}).toBe(false);
    expect(town.snapshot()).toBe(before);
  }, 60_000);
});

/** What takes oneself out of the walk. */
const LEAVING = /^\/(logout|login|reset)/;

test("nothing breaks for the administrator, who may do everything to everybody", async () => {
  let browser = await open("admin");
  const flaws: string[] = [];
  // What removes comes last.
  const order = ({ method, path }: Route) => (method === "GET" ? 0 : /remove|delete|bulk/.test(path) ? 2 : 1);
  for (const route of routes
    .filter(({ path }) => !LEAVING.test(path))
    .sort((one, other) => order(one) - order(other))) {
    for (const body of bodiesOf(route)) {
      browser = await kept(browser, "admin");
      const whose = route.path.startsWith("/admin") ? "foreigner" : "admin";
      const answer = await send(browser, route, body, { path: whose, fields: whose });
      flaws.push(...flawsOf({ ...answer, echoed: true }));
    }
  }
  expect(flaws).toEqual([]);
}, 60_000);

test("a sign-in that somebody else's page sends is not taken, with his own cookie neither", async () => {
  for (const path of ["/login", "/login/factor", "/login/passkey", "/login/password", "/login/cancel", "/confirm"]) {
    const browser = new Browser(town.world.web);
    const body = () => new URLSearchParams({ login: "ann", password: PASSWORD });
    expect([path, (await browser.request(path, { method: "POST", body: body() })).status]).toEqual([path, 403]);
    expect(browser.cookies.size).toBe(0);
  }
});
