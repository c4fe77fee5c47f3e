/** What is stored and what is not: RFC 9111 §3, as tables. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { BEGIN, httpDate, type Lines, type Said, World } from "./forwarder.ts";

let world: World;

beforeAll(() => {
  world = new World();
});
afterAll(() => world.remove());

interface Case {
  readonly name: string;
  readonly request?: Lines;
  readonly method?: string;
  readonly url?: string;
  readonly said: Said;
  /** What the second asks with; the same where it is not given. */
  readonly again?: Lines;
  readonly hit: boolean;
}

const FRESH = "Cache-Control: max-age=100";
const LONG_AGO = `Last-Modified: ${httpDate(BEGIN - 100 * 86_400_000)}`;

const CASES: readonly Case[] = [
  // §3: something says for how long
  { name: "max-age", said: { fields: [FRESH] }, hit: true },
  { name: "max-age in capitals and quotes", said: { fields: ['CACHE-CONTROL: MAX-AGE="100"'] }, hit: true },
  { name: "s-maxage alone", said: { fields: ["Cache-Control: s-maxage=100"] }, hit: true },
  { name: "Expires", said: { fields: [`Expires: ${httpDate(BEGIN + 100_000)}`] }, hit: true },
  { name: "nothing at all", said: {}, hit: false },
  { name: "public without more", said: { fields: ["Cache-Control: public"] }, hit: false },
  { name: "a tenth of its age", said: { fields: [LONG_AGO] }, hit: true },
  { name: "a tenth, with a query", url: "http://origin.test/q?a", said: { fields: [LONG_AGO] }, hit: false },
  { name: "a query that says how long", url: "http://origin.test/r?a", said: { fields: [FRESH] }, hit: true },
  { name: "two lines of Cache-Control", said: { fields: ["Cache-Control: public", FRESH] }, hit: true },
  { name: "empty members", said: { fields: ["Cache-Control: ,, max-age=100 ,"] }, hit: true },
  { name: "an unknown directive", said: { fields: ['Cache-Control: max-age=100, x, y="a, no-store"'] }, hit: true },
  // §5.2.2: what forbids it
  { name: "no-store", said: { fields: ["Cache-Control: max-age=100, no-store"] }, hit: false },
  { name: "No-Store on its own line", said: { fields: [FRESH, "Cache-Control: No-Store"] }, hit: false },
  { name: "private", said: { fields: ["Cache-Control: max-age=100, private"] }, hit: false },
  { name: 'private=""', said: { fields: ['Cache-Control: max-age=100, private=""'] }, hit: false },
  { name: 'private="X-Who"', said: { fields: ['Cache-Control: max-age=100, private="X-Who"', "X-Who: a"] }, hit: true },
  { name: "a quote that does not end", said: { fields: ['Cache-Control: max-age=100, x="private'] }, hit: false },
  { name: "a semicolon", said: { fields: ["Cache-Control: max-age=100; private"] }, hit: false },
  {
    name: "must-understand, understood",
    said: { fields: ["Cache-Control: max-age=100, no-store, must-understand"] },
    hit: true,
  },
  {
    name: "must-understand, not understood",
    said: { status: 299, fields: ["Cache-Control: max-age=100, must-understand"] },
    hit: false,
  },
  {
    name: "the request's no-store",
    request: ["Cache-Control: no-store"],
    said: { fields: [FRESH] },
    again: [],
    hit: false,
  },
  // §3.5
  { name: "Authorization", request: ["Authorization: Basic eDp5"], said: { fields: [FRESH] }, again: [], hit: false },
  {
    name: "Authorization, public",
    request: ["Authorization: Basic eDp5"],
    said: { fields: ["Cache-Control: public, max-age=100"] },
    hit: true,
  },
  {
    name: "Authorization, must-revalidate",
    request: ["Authorization: Basic eDp5"],
    said: { fields: ["Cache-Control: must-revalidate, max-age=100"] },
    hit: true,
  },
  {
    name: "Authorization, s-maxage",
    request: ["Authorization: Basic eDp5"],
    said: { fields: ["Cache-Control: s-maxage=100"] },
    hit: true,
  },
  {
    name: "stored without Authorization, asked with it",
    said: { fields: [FRESH] },
    again: ["Authorization: Basic eDp5"],
    hit: false,
  },
  // Cookies
  { name: "Set-Cookie", said: { fields: [FRESH, "Set-Cookie: a=b"] }, hit: false },
  {
    name: "Set-Cookie, public",
    said: { fields: ["Cache-Control: public, max-age=100", "Set-Cookie: a=b"] },
    hit: false,
  },
  {
    name: "Set-Cookie that is kept out",
    said: { fields: ['Cache-Control: max-age=100, no-cache="Set-Cookie"', "Set-Cookie: a=b"] },
    hit: true,
  },
  { name: "a request with Cookie", request: ["Cookie: a=b"], said: { fields: [FRESH] }, hit: true },
  { name: "a request with Cookie, nothing said", request: ["Cookie: a=b"], said: { fields: [LONG_AGO] }, hit: false },
  // Vary
  { name: "Vary: *", said: { fields: [FRESH, "Vary: *"] }, hit: false },
  { name: "Vary: Accept, *", said: { fields: [FRESH, "Vary: Accept, *"] }, hit: false },
  {
    name: "more names than can be",
    said: { fields: [FRESH, `Vary: ${Array.from({ length: 40 }, (_, n) => `X-${n}`).join()}`] },
    hit: false,
  },
  // Methods and requests
  { name: "POST", method: "POST", said: { fields: [FRESH] }, hit: false },
  { name: "HEAD fills nothing", method: "HEAD", said: { fields: [FRESH] }, hit: false },
  { name: "a GET with content", request: ["Content-Length: 3"], said: { fields: [FRESH] }, again: [], hit: false },
  { name: "If-Match", request: ['If-Match: "a"'], said: { fields: [FRESH, 'ETag: "a"'] }, again: [], hit: false },
  // Statuses
  ...[200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501, 299].map((status) => ({
    name: `${status} with max-age`,
    said: { status, fields: [FRESH] },
    hit: true,
  })),
  ...[206, 304, 401, 407, 412, 416, 429].map((status) => ({
    name: `${status} with max-age`,
    said: { status, fields: [FRESH] },
    hit: false,
  })),
  ...[200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501].map((status) => ({
    name: `${status} by its last change`,
    said: { status, fields: [LONG_AGO] },
    hit: true,
  })),
  ...[201, 202, 302, 303, 307, 400, 403, 500, 503].map((status) => ({
    name: `${status} by its last change`,
    said: { status, fields: [LONG_AGO] },
    hit: false,
  })),
  { name: "Content-Range where none belongs", said: { fields: [FRESH, "Content-Range: bytes 0-1/2"] }, hit: false },
  // What the origin may have used without saying so
  ...[
    "X-Forwarded-Host: evil.test",
    "X-Forwarded-For: 1.2.3.4",
    "Forwarded: host=evil.test",
    "X-Original-URL: /admin",
    "X-HTTP-Method-Override: POST",
    "X-Anything: 1",
    "Accept-Datetime: x",
  ].map((line) => ({ name: line, request: [line], said: { fields: [FRESH] }, again: [], hit: false })),
  {
    name: "a field that Vary names",
    request: ["X-Shade: dark"],
    said: { fields: [FRESH, "Vary: X-Shade"] },
    hit: true,
  },
  {
    name: "Origin, answered for it",
    request: ["Origin: http://a.test"],
    said: { fields: [FRESH, "Access-Control-Allow-Origin: http://a.test"] },
    again: [],
    hit: false,
  },
  {
    name: "Origin, open to all",
    request: ["Origin: http://a.test"],
    said: { fields: [FRESH, "Access-Control-Allow-Origin: *"] },
    hit: true,
  },
  {
    name: "Origin in Vary",
    request: ["Origin: http://a.test"],
    said: { fields: [FRESH, "Access-Control-Allow-Origin: http://a.test", "Vary: Origin"] },
    hit: true,
  },
];

for (const [at, { name, request = [], method = "GET", url, said, again = request, hit }] of CASES.entries()) {
  test(`${hit ? "stored" : "not stored"}: ${name}`, async () => {
    const where = url ?? `http://origin.test/${at}`;
    world.says({ body: "content", ...said });
    await world.get(request, where, method);
    world.says({ body: "another", ...said });
    const second = await world.get(again, where);
    expect(second.hit).toBe(hit);
    if (hit && second.status !== 204) expect(second.body).toBe("content");
    expect(second.status).toBe(said.status ?? 200);
  });
}

test("fields of the connection, of one client and of the framing are not stored", async () => {
  world.says({
    fields: [
      'Cache-Control: max-age=100, private="X-Private", no-cache="X-Asked"',
      "Connection: X-Hop",
      "X-Hop: 1",
      "Keep-Alive: 5",
      "Proxy-Authenticate: Basic",
      "Proxy-Authentication-Info: x",
      "Trailer: X-T",
      "X-Private: 1",
      "X-Asked: 1",
      "X-Kept: 1",
      "X-Kept: 2",
    ],
  });
  await world.get([], "http://origin.test/fields");
  const { fields, hit } = await world.get([], "http://origin.test/fields");
  expect(hit).toBe(true);
  for (const name of [
    "connection",
    "x-hop",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "trailer",
    "x-private",
    "x-asked",
  ]) {
    expect([name, fields.has(name)]).toEqual([name, false]);
  }
  expect(fields.all("x-kept")).toEqual(["1", "2"]);
});

test("a response without Date is given one", async () => {
  world.says({ fields: [FRESH, "Date: none"] });
  await world.get([], "http://origin.test/dateless");
  expect((await world.get([], "http://origin.test/dateless")).fields.get("date")).toBe(httpDate(world.now));
});

test("what is cut off is not stored", async () => {
  const request = world.request([], "http://origin.test/cut");
  for (const broken of ["abort", "short"] as const) {
    const found = await world.cache.lookup(request);
    if (found.kind !== "miss") throw new Error("it was stored");
    const response = { status: 200, reason: "", fields: (await world.get([], "http://origin.test/dateless")).fields };
    const writer = world.cache.store(request, response, 10);
    await writer?.write(Buffer.from("12345"));
    if (broken === "abort") writer?.abort();
    else writer?.end();
    found.release();
  }
});

test("nothing is kept while the cache is off", async () => {
  world.says({ fields: [FRESH] });
  await world.get([], "http://origin.test/off");
  world.settings = { ...world.settings, enabled: false };
  expect((await world.get([], "http://origin.test/off")).hit).toBe(false);
  world.settings = { ...world.settings, enabled: true };
  expect((await world.get([], "http://origin.test/off")).hit).toBe(false);
});
