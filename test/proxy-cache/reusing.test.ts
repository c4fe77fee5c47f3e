/** When what is stored is used: RFC 9111 §4, §4.2, §5.2.1, RFC 5861, as tables. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { BEGIN, httpDate, type Lines, World } from "./forwarder.ts";

let world: World;
let number = 0;

beforeAll(() => {
  world = new World({ wait: 0 });
});
afterAll(() => world.remove());

interface Case {
  readonly name: string;
  readonly fields: Lines;
  /** Seconds between the first request and the second. */
  readonly after: number;
  readonly again?: Lines;
  /** What the second sees: the stored one, without and with validation, the origin's own, or 504. */
  readonly seen: "hit" | "validated" | "fetched" | "unavailable";
  /** Seconds the origin takes for its answer. */
  readonly slow?: number;
  /** What Age says then. */
  readonly age?: number;
}

const at = (seconds: number): string => httpDate(BEGIN + seconds * 1_000);
const ETAG = 'ETag: "v1"';

const CASES: readonly Case[] = [
  // §4.2.1: which of several counts
  {
    name: "s-maxage before max-age",
    fields: ["Cache-Control: max-age=10, s-maxage=100"],
    after: 50,
    seen: "hit",
    age: 50,
  },
  {
    name: "s-maxage shorter than max-age",
    fields: ["Cache-Control: max-age=100, s-maxage=10"],
    after: 50,
    seen: "fetched",
  },
  {
    name: "max-age before Expires",
    fields: ["Cache-Control: max-age=100", `Expires: ${at(1)}`],
    after: 50,
    seen: "hit",
  },
  {
    name: "Expires in the past, max-age not",
    fields: ["Cache-Control: max-age=100", "Expires: 0"],
    after: 50,
    seen: "hit",
  },
  { name: "Expires: 0", fields: ["Expires: 0", ETAG], after: 0, seen: "validated" },
  { name: "Expires: -1", fields: ["Expires: -1", ETAG], after: 0, seen: "validated" },
  {
    name: "Expires that are two",
    fields: [`Expires: ${at(100)}`, `Expires: ${at(200)}`, ETAG],
    after: 0,
    seen: "validated",
  },
  { name: "Expires twice the same", fields: [`Expires: ${at(100)}`, `Expires: ${at(100)}`], after: 50, seen: "hit" },
  {
    name: "Expires counted from Date",
    fields: [`Date: ${at(-60)}`, `Expires: ${at(40)}`],
    after: 39,
    seen: "hit",
    age: 99,
  },
  {
    name: "Expires counted from Date, over",
    fields: [`Date: ${at(-60)}`, `Expires: ${at(40)}`],
    after: 41,
    seen: "fetched",
  },
  { name: "Expires in the asctime form", fields: ["Expires: Sun Nov 22 12:01:40 2026"], after: 50, seen: "hit" },
  {
    name: "Expires in the form of RFC 850",
    fields: ["Expires: Sunday, 22-Nov-26 12:01:40 GMT"],
    after: 50,
    seen: "hit",
  },
  {
    name: "Expires with another zone",
    fields: ["Expires: Sun, 22 Nov 2026 12:01:40 CET", ETAG],
    after: 0,
    seen: "validated",
  },
  { name: "max-age=0", fields: ["Cache-Control: max-age=0", ETAG], after: 0, seen: "validated" },
  { name: "max-age that is no number", fields: ["Cache-Control: max-age=1h", ETAG], after: 0, seen: "validated" },
  { name: "max-age=-1", fields: ["Cache-Control: max-age=-1", ETAG], after: 0, seen: "validated" },
  { name: "max-age=1.5", fields: ["Cache-Control: max-age=1.5", ETAG], after: 0, seen: "validated" },
  {
    name: "max-age twice and different",
    fields: ["Cache-Control: max-age=100, max-age=200", ETAG],
    after: 0,
    seen: "validated",
  },
  { name: "max-age too large", fields: ["Cache-Control: max-age=99999999999999999999"], after: 1_000_000, seen: "hit" },
  // §4.2.2
  { name: "a tenth of ten days", fields: [`Last-Modified: ${at(-864_000)}`], after: 86_000, seen: "hit" },
  { name: "a tenth of ten days, over", fields: [`Last-Modified: ${at(-864_000)}`], after: 86_500, seen: "validated" },
  { name: "at most a day", fields: [`Last-Modified: ${at(-86_400_000)}`], after: 86_500, seen: "validated" },
  { name: "changed in the future", fields: [`Last-Modified: ${at(100)}`], after: 0, seen: "validated" },
  // §4.2.3
  { name: "Age counts", fields: ["Cache-Control: max-age=100", "Age: 60"], after: 30, seen: "hit", age: 90 },
  { name: "Age counts, over", fields: ["Cache-Control: max-age=100", "Age: 60"], after: 41, seen: "fetched" },
  { name: "Age that is a list", fields: ["Cache-Control: max-age=100", "Age: 60, 0"], after: 41, seen: "fetched" },
  {
    name: "Age that is no number",
    fields: ["Cache-Control: max-age=100", "Age: long"],
    after: 50,
    seen: "hit",
    age: 50,
  },
  { name: "an old Date", fields: ["Cache-Control: max-age=100", `Date: ${at(-90)}`], after: 5, seen: "hit", age: 95 },
  { name: "an old Date, over", fields: ["Cache-Control: max-age=100", `Date: ${at(-90)}`], after: 11, seen: "fetched" },
  {
    name: "a Date in the future",
    fields: ["Cache-Control: max-age=100", `Date: ${at(500)}`],
    after: 50,
    seen: "hit",
    age: 50,
  },
  {
    name: "a slow answer",
    fields: ["Cache-Control: max-age=100", `Date: ${at(20)}`],
    slow: 20,
    after: 50,
    seen: "hit",
    age: 70,
  },
  // §5.2.2
  { name: "no-cache", fields: ["Cache-Control: max-age=100, no-cache", ETAG], after: 0, seen: "validated" },
  { name: "no-cache with fields", fields: ['Cache-Control: max-age=100, no-cache="x-a"', ETAG], after: 0, seen: "hit" },
  // §5.2.1
  {
    name: "no-cache asks anew",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 0,
    again: ["Cache-Control: no-cache"],
    seen: "fetched",
  },
  {
    name: "Pragma: no-cache",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 0,
    again: ["Pragma: no-cache"],
    seen: "fetched",
  },
  {
    name: "Pragma beside Cache-Control",
    fields: ["Cache-Control: max-age=100"],
    after: 0,
    again: ["Pragma: no-cache", "Cache-Control: max-age=50"],
    seen: "hit",
  },
  {
    name: "max-age=0",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 1,
    again: ["Cache-Control: max-age=0"],
    seen: "validated",
  },
  {
    name: "max-age, young enough",
    fields: ["Cache-Control: max-age=100"],
    after: 10,
    again: ["Cache-Control: max-age=20"],
    seen: "hit",
  },
  {
    name: "max-age, too old",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 30,
    again: ["Cache-Control: max-age=20"],
    seen: "validated",
  },
  {
    name: "min-fresh",
    fields: ["Cache-Control: max-age=100"],
    after: 10,
    again: ["Cache-Control: min-fresh=80"],
    seen: "hit",
  },
  {
    name: "min-fresh, too little",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 30,
    again: ["Cache-Control: min-fresh=80"],
    seen: "validated",
  },
  {
    name: "max-stale",
    fields: ["Cache-Control: max-age=100"],
    after: 150,
    again: ["Cache-Control: max-stale=60"],
    seen: "hit",
  },
  {
    name: "max-stale, too old",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 170,
    again: ["Cache-Control: max-stale=60"],
    seen: "validated",
  },
  {
    name: "max-stale of any length",
    fields: ["Cache-Control: max-age=100"],
    after: 9_999,
    again: ["Cache-Control: max-stale"],
    seen: "hit",
  },
  {
    name: "max-stale and must-revalidate",
    fields: ["Cache-Control: max-age=100, must-revalidate", ETAG],
    after: 101,
    again: ["Cache-Control: max-stale"],
    seen: "validated",
  },
  {
    name: "max-stale and proxy-revalidate",
    fields: ["Cache-Control: max-age=100, proxy-revalidate", ETAG],
    after: 101,
    again: ["Cache-Control: max-stale"],
    seen: "validated",
  },
  {
    name: "max-stale and s-maxage",
    fields: ["Cache-Control: s-maxage=100", ETAG],
    after: 101,
    again: ["Cache-Control: max-stale"],
    seen: "validated",
  },
  {
    name: "max-stale and no-cache",
    fields: ["Cache-Control: max-age=100, no-cache", ETAG],
    after: 0,
    again: ["Cache-Control: max-stale"],
    seen: "validated",
  },
  {
    name: "only-if-cached, fresh",
    fields: ["Cache-Control: max-age=100"],
    after: 0,
    again: ["Cache-Control: only-if-cached"],
    seen: "hit",
  },
  {
    name: "only-if-cached, stale",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 101,
    again: ["Cache-Control: only-if-cached"],
    seen: "unavailable",
  },
  {
    name: "only-if-cached, not stored",
    fields: ["Cache-Control: no-store"],
    after: 0,
    again: ["Cache-Control: only-if-cached"],
    seen: "unavailable",
  },
  {
    name: "only-if-cached and no-cache",
    fields: ["Cache-Control: max-age=100"],
    after: 0,
    again: ["Cache-Control: only-if-cached, no-cache"],
    seen: "unavailable",
  },
  {
    name: "a directive that cannot be read",
    fields: ["Cache-Control: max-age=100", ETAG],
    after: 0,
    again: ['Cache-Control: max-age="'],
    seen: "validated",
  },
  // RFC 5861 §3
  {
    name: "stale-while-revalidate",
    fields: ["Cache-Control: max-age=100, stale-while-revalidate=50", ETAG],
    after: 140,
    seen: "hit",
  },
  {
    name: "stale-while-revalidate, too old",
    fields: ["Cache-Control: max-age=100, stale-while-revalidate=50", ETAG],
    after: 151,
    seen: "validated",
  },
  {
    name: "stale-while-revalidate and must-revalidate",
    fields: ["Cache-Control: max-age=100, stale-while-revalidate=50, must-revalidate", ETAG],
    after: 110,
    seen: "validated",
  },
  {
    name: "stale-while-revalidate, the client's max-age",
    fields: ["Cache-Control: max-age=100, stale-while-revalidate=50", ETAG],
    after: 110,
    again: ["Cache-Control: max-age=200"],
    seen: "validated",
  },
  // What is stale and has no validator is fetched
  { name: "no validator", fields: ["Cache-Control: max-age=100"], after: 101, seen: "fetched" },
];

for (const { name, fields, after, again = [], seen, slow = 0, age } of CASES) {
  test(`${seen}: ${name}`, async () => {
    const url = `http://origin.test/reuse/${number++}`;
    world.now = BEGIN;
    world.origin = () => {
      world.pass(slow);
      return { body: "first", fields };
    };
    await world.get([], url);
    world.pass(after);
    world.origin = ({ fields: asked }) => {
      const validating = asked.has("if-none-match") || asked.has("if-modified-since");
      return validating ? { status: 304, fields } : { body: "second", fields };
    };
    const before = world.asked.length;
    const second = await world.get(again, url);
    await Promise.all(world.beside.splice(0));
    expect(second.status).toBe(seen === "unavailable" ? 504 : 200);
    if (seen !== "unavailable") expect(second.body).toBe(seen === "fetched" ? "second" : "first");
    expect(second.hit).toBe(seen === "hit" || seen === "unavailable");
    if (seen === "validated")
      expect(second.fields.get("cache-status")).toContain("gatepost; hit; fwd=stale; fwd-status=304");
    if (seen === "unavailable") expect(world.asked).toHaveLength(before);
    if (age !== undefined) expect(second.fields.get("age")).toBe(String(age));
  });
}

test("what is used while it is validated is asked for once, and is new for the next", async () => {
  const url = "http://origin.test/swr";
  world.now = BEGIN;
  world.says({ body: "old", fields: ["Cache-Control: max-age=10, stale-while-revalidate=60", ETAG] });
  await world.get([], url);
  world.pass(20);
  let answer: (said: { body: string; fields: Lines }) => void = () => {};
  world.origin = () => new Promise((resolve) => (answer = resolve));
  const before = world.asked.length;
  expect((await world.get([], url)).body).toBe("old");
  expect((await world.get([], url)).body).toBe("old");
  expect(world.asked).toHaveLength(before + 1);
  expect(world.asked.at(-1)?.fields.get("if-none-match")).toBe('"v1"');
  answer({ body: "new", fields: ["Cache-Control: max-age=10", 'ETag: "v2"'] });
  await Promise.all(world.beside.splice(0));
  const third = await world.get([], url);
  expect([third.hit, third.body]).toEqual([true, "new"]);
});

interface Failure {
  readonly name: string;
  readonly said: string;
  readonly after: number;
  /** The status of the origin's answer; undefined: it cannot be reached. */
  readonly status?: number;
  readonly again?: Lines;
  readonly used: boolean;
}

const FAILURES: readonly Failure[] = [
  { name: "503 within stale-if-error", said: "max-age=10, stale-if-error=60", after: 50, status: 503, used: true },
  { name: "500 within stale-if-error", said: "max-age=10, stale-if-error=60", after: 50, status: 500, used: true },
  { name: "501 is no failure", said: "max-age=10, stale-if-error=60", after: 50, status: 501, used: false },
  { name: "404 is no failure", said: "max-age=10, stale-if-error=60", after: 50, status: 404, used: false },
  { name: "503 after stale-if-error", said: "max-age=10, stale-if-error=60", after: 80, status: 503, used: false },
  { name: "unreachable after stale-if-error", said: "max-age=10, stale-if-error=60", after: 80, used: false },
  { name: "503, nothing said", said: "max-age=10", after: 50, status: 503, used: false },
  {
    name: "503, the client's stale-if-error",
    said: "max-age=10",
    after: 50,
    status: 503,
    again: ["Cache-Control: stale-if-error=60"],
    used: true,
  },
  { name: "unreachable, nothing said", said: "max-age=10", after: 50, used: true },
  { name: "unreachable for longer than set", said: "max-age=10", after: 8 * 86_400, used: false },
  {
    name: "unreachable, must-revalidate",
    said: "max-age=10, must-revalidate, stale-if-error=60",
    after: 50,
    used: false,
  },
  { name: "unreachable, s-maxage", said: "s-maxage=10", after: 50, used: false },
  { name: "unreachable, no-cache", said: "max-age=10, no-cache", after: 50, used: false },
  {
    name: "unreachable, fetched anew on demand",
    said: "max-age=10",
    after: 50,
    again: ["Cache-Control: no-cache"],
    used: false,
  },
];

for (const { name, said, after, status, again = [], used } of FAILURES) {
  test(`when the origin fails, what is stale is ${used ? "used" : "not used"}: ${name}`, async () => {
    const url = `http://origin.test/failing/${number++}`;
    world.now = BEGIN;
    world.says({ body: "stored", fields: [`Cache-Control: ${said}`, ETAG] });
    await world.get([], url);
    world.pass(after);
    world.origin = () => (status === undefined ? undefined : { status, body: "failed" });
    const second = await world.get(again, url);
    expect(second.status).toBe(used ? 200 : (status ?? 502));
    if (used) expect(second.body).toBe("stored");
  });
}

// Vary, RFC 9111 §4.1

const VARIANTS: readonly {
  readonly vary: string;
  readonly first: Lines;
  readonly second: Lines;
  readonly hit: boolean;
}[] = [
  { vary: "Accept-Language", first: ["Accept-Language: de"], second: ["Accept-Language: de"], hit: true },
  { vary: "Accept-Language", first: ["Accept-Language: de"], second: ["Accept-Language: en"], hit: false },
  { vary: "Accept-Language", first: ["Accept-Language: de"], second: [], hit: false },
  { vary: "Accept-Language", first: [], second: [], hit: true },
  {
    vary: "Accept-Language",
    first: ["Accept-Language: de, en;q=0.5"],
    second: ["Accept-Language: EN;q=0.5,de"],
    hit: true,
  },
  { vary: "accept-encoding", first: ["Accept-Encoding: gzip, br"], second: ["Accept-Encoding: br,gzip"], hit: true },
  {
    vary: "accept-encoding",
    first: ["Accept-Encoding: gzip"],
    second: ["Accept-Encoding: gzip", "Accept-Encoding: br"],
    hit: false,
  },
  { vary: "X-A, X-B", first: ["X-A: 1", "X-B: 2"], second: ["X-B: 2", "X-A: 1"], hit: true },
  { vary: "X-A, X-B", first: ["X-A: 1", "X-B: 2"], second: ["X-A: 1"], hit: false },
  { vary: "X-A, X-B", first: ["X-A: 1"], second: ["X-B: 1"], hit: false },
  { vary: "X-A", first: ["X-A: a  b"], second: ["X-A: a b"], hit: true },
  { vary: "X-A", first: ["X-A: a"], second: ["X-A: A"], hit: false },
  { vary: "X-A", first: ["X-A: "], second: [], hit: false },
  { vary: "Cookie", first: ["Cookie: a=1"], second: ["Cookie: a=2"], hit: false },
];

for (const { vary, first, second, hit } of VARIANTS) {
  test(`Vary: ${vary}, ${JSON.stringify(first)} and ${JSON.stringify(second)} are ${hit ? "" : "not "}one`, async () => {
    const url = `http://origin.test/vary/${number++}`;
    world.now = BEGIN;
    world.says({ body: "one", fields: ["Cache-Control: max-age=100", `Vary: ${vary}`] });
    await world.get(first, url);
    world.says({ body: "two", fields: ["Cache-Control: max-age=100", `Vary: ${vary}`] });
    expect((await world.get(second, url)).hit).toBe(hit);
    // The first is still there.
    expect((await world.get(first, url)).body).toBe("one");
  });
}

test("an encoded content is given to those alone who asked for it so, although Vary is forgotten", async () => {
  const url = "http://origin.test/encoded";
  world.now = BEGIN;
  world.says({ body: "packed", fields: ["Cache-Control: max-age=100", "Content-Encoding: gzip"] });
  await world.get(["Accept-Encoding: gzip"], url);
  expect((await world.get([], url)).hit).toBe(false);
  expect((await world.get(["Accept-Encoding: gzip"], url)).hit).toBe(true);
});

test("a URL has no more variants than are worth it", async () => {
  const url = "http://origin.test/variants";
  world.now = BEGIN;
  world.says({ fields: ["Cache-Control: max-age=100", "Vary: X-A"] });
  for (let n = 0; n < 40; n++) await world.get([`X-A: ${n}`], url);
  let hits = 0;
  for (let n = 0; n < 40; n++) if ((await world.cache.lookup(world.request([`X-A: ${n}`], url))).kind === "hit") hits++;
  expect(hits).toBe(16);
});

test("HEAD is answered from what GET stored, without content", async () => {
  const url = "http://origin.test/headed";
  world.now = BEGIN;
  world.says({ body: "content", fields: ["Cache-Control: max-age=100", ETAG] });
  await world.get([], url);
  const head = await world.get([], url, "HEAD");
  expect([head.status, head.hit, head.body, head.fields.get("etag")]).toEqual([200, true, "", '"v1"']);
});
