/** Validation, conditions, ranges and invalidation: RFC 9111 §4.3, §4.4, RFC 9110 §13, §14. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { BEGIN, httpDate, type Lines, World } from "./forwarder.ts";

let world: World;
let url = "";
let number = 0;

beforeAll(() => {
  world = new World({ wait: 0 });
});
afterAll(() => world.remove());
beforeEach(() => {
  world.now = BEGIN;
  url = `http://origin.test/validating/${number++}`;
});

const CHANGED = httpDate(BEGIN - 3_600_000);

/** Stores something, and lets it become stale. */
async function stored(fields: Lines, body = "0123456789"): Promise<void> {
  world.says({ body, fields });
  await world.get([], url);
}

test("the origin is asked with both validators, and without the client's own conditions and range", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: W/"a"', `Last-Modified: ${CHANGED}`]);
  world.pass(11);
  world.says({ status: 304 });
  const client = [
    'If-None-Match: "mine"',
    `If-Modified-Since: ${httpDate(0)}`,
    "Range: bytes=0-1",
    "If-Range: x",
    "Accept: a",
  ];
  expect((await world.get(client, url)).status).toBe(200);
  expect([...(world.asked.at(-1)?.fields ?? [])]).toEqual([
    ["Accept", "a"],
    ["If-None-Match", 'W/"a"'],
    ["If-Modified-Since", CHANGED],
  ]);
});

test("a 304 makes what is stored fresh again and replaces its fields, but not those of the octets", async () => {
  const type = "Content-Type: text/plain";
  await stored([
    "Cache-Control: max-age=10",
    'ETag: "a"',
    type,
    "X-Old: 1",
    "X-Both: 1",
    "X-Both: 2",
    "Content-Language: de",
  ]);
  world.pass(11);
  world.says({
    status: 304,
    fields: [
      'ETag: "a"',
      "Cache-Control: max-age=100",
      "X-Both: 3",
      "X-New: 1",
      "Content-Type: text/evil",
      "Content-Encoding: gzip",
      "Content-Length: 0",
      "Connection: X-Hop",
      "X-Hop: 1",
      "Content-Language: fr",
    ],
  });
  const validated = await world.get([], url);
  expect([validated.status, validated.body]).toEqual([200, "0123456789"]);
  world.pass(50);
  const hit = await world.get([], url);
  expect([hit.hit, hit.body, hit.fields.get("age")]).toEqual([true, "0123456789", "50"]);
  expect(hit.fields.all("x-both")).toEqual(["3"]);
  const has = (name: string) => hit.fields.get(name);
  expect([has("content-type"), has("content-encoding"), has("content-length"), has("x-hop")]).toEqual([
    "text/plain",
    undefined,
    undefined,
    undefined,
  ]);
  expect([has("x-old"), has("x-new"), has("content-language")]).toEqual(["1", "1", "fr"]);
});

test("a 304 that names another validator changes nothing that is stored, and what is stored goes", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
  world.pass(11);
  world.says({ status: 304, fields: ['ETag: "b"', "Cache-Control: max-age=100", "X-New: 1"] });
  const validated = await world.get([], url);
  expect([validated.body, validated.fields.has("x-new")]).toEqual(["0123456789", false]);
  world.says({ body: "new" });
  expect((await world.get([], url)).body).toBe("new");
});

for (const forbidding of ["Cache-Control: no-store", "Cache-Control: private", "Vary: *", "Vary: X-A"]) {
  test(`a 304 with ${forbidding} is the end of what is stored`, async () => {
    await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
    world.pass(11);
    world.says({ status: 304, fields: ['ETag: "a"', forbidding] });
    expect((await world.get([], url)).body).toBe("0123456789");
    world.says({ body: "new" });
    expect((await world.get([], url)).body).toBe("new");
  });
}

test("a cookie in a 304 is for the client that asked alone", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
  world.pass(11);
  world.says({ status: 304, fields: ['ETag: "a"', "Cache-Control: max-age=100", "Set-Cookie: who=anna"] });
  expect((await world.get([], url)).fields.get("set-cookie")).toBe("who=anna");
  const next = await world.get([], url);
  expect([next.hit, next.fields.has("set-cookie")]).toEqual([true, false]);
});

test("a 304 to a request with unknown fields changes nothing for others", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
  world.pass(11);
  world.says({
    status: 304,
    fields: ['ETag: "a"', "Cache-Control: max-age=100", "Link: <http://evil.test>; rel=preload"],
  });
  await world.get(["X-Forwarded-Host: evil.test"], url);
  world.says({ body: "new", fields: ["Cache-Control: max-age=100"] });
  const next = await world.get([], url);
  expect([next.hit, next.fields.has("link"), next.body]).toEqual([false, false, "new"]);
});

test("an answer that may not be stored replaces what was", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
  world.pass(11);
  world.says({ body: "secret", fields: ["Cache-Control: no-store"] });
  expect((await world.get([], url)).body).toBe("secret");
  world.says({ status: 304 });
  world.says({ body: "other" });
  expect((await world.get([], url)).body).toBe("other");
  expect(world.asked.at(-1)?.fields.has("if-none-match")).toBe(false);
});

// The client's conditions, RFC 9111 §4.3.2

const CONDITIONS: readonly { readonly asked: Lines; readonly status: number }[] = [
  { asked: ['If-None-Match: "a"'], status: 304 },
  { asked: ['If-None-Match: W/"a"'], status: 304 },
  { asked: ['If-None-Match: "b", "a"'], status: 304 },
  { asked: ['If-None-Match: "b"', 'If-None-Match: "a"'], status: 304 },
  { asked: ['If-None-Match: "b"'], status: 200 },
  { asked: ["If-None-Match: *"], status: 304 },
  { asked: ["If-None-Match: a"], status: 200 },
  { asked: ['If-None-Match: "a, b"'], status: 200 },
  { asked: [`If-Modified-Since: ${CHANGED}`], status: 304 },
  { asked: [`If-Modified-Since: ${httpDate(BEGIN)}`], status: 304 },
  { asked: [`If-Modified-Since: ${httpDate(BEGIN - 3_601_000)}`], status: 200 },
  { asked: ["If-Modified-Since: yesterday"], status: 200 },
  { asked: ['If-None-Match: "b"', `If-Modified-Since: ${CHANGED}`], status: 200 },
  { asked: ['If-None-Match: "a"', `If-Modified-Since: ${httpDate(0)}`], status: 304 },
];

for (const { asked, status } of CONDITIONS) {
  test(`${asked.join(" and ")} is answered with ${status}`, async () => {
    await stored([
      "Cache-Control: max-age=100",
      'ETag: "a"',
      `Last-Modified: ${CHANGED}`,
      "Content-Type: text/plain",
      "Vary: X-A",
    ]);
    const answer = await world.get(asked, url);
    expect([answer.hit, answer.status]).toEqual([true, status]);
    expect(answer.body).toBe(status === 304 ? "" : "0123456789");
    expect(answer.fields.get("etag")).toBe('"a"');
    expect(answer.fields.get("vary")).toBe("X-A");
    expect(answer.fields.has("content-type")).toBe(status === 200);
  });
}

test("a condition on what is no success is not looked at", async () => {
  world.says({ status: 404, body: "gone", fields: ["Cache-Control: max-age=100", 'ETag: "a"'] });
  await world.get([], url);
  expect((await world.get(['If-None-Match: "a"'], url)).status).toBe(404);
});

// Ranges, RFC 9110 §14

const RANGES: readonly {
  readonly asked: Lines;
  readonly status: number;
  readonly body: string;
  readonly range?: string;
}[] = [
  { asked: ["Range: bytes=0-3"], status: 206, body: "0123", range: "bytes 0-3/10" },
  { asked: ["Range: bytes=4-"], status: 206, body: "456789", range: "bytes 4-9/10" },
  { asked: ["Range: bytes=-3"], status: 206, body: "789", range: "bytes 7-9/10" },
  { asked: ["Range: bytes=-30"], status: 206, body: "0123456789", range: "bytes 0-9/10" },
  { asked: ["Range: bytes=8-99999999999999999999"], status: 206, body: "89", range: "bytes 8-9/10" },
  { asked: ["Range: BYTES=0-0"], status: 206, body: "0", range: "bytes 0-0/10" },
  { asked: ["Range: bytes=10-"], status: 416, body: "", range: "bytes */10" },
  { asked: ["Range: bytes=-0"], status: 416, body: "", range: "bytes */10" },
  { asked: ["Range: bytes=20-30, 40-50"], status: 416, body: "", range: "bytes */10" },
  { asked: ["Range: bytes=20-30, 1-2"], status: 206, body: "12", range: "bytes 1-2/10" },
  { asked: ["Range: bytes=5-4"], status: 200, body: "0123456789" },
  { asked: ["Range: bytes=a-b"], status: 200, body: "0123456789" },
  { asked: ["Range: bytes="], status: 200, body: "0123456789" },
  { asked: ["Range: lines=1-2"], status: 200, body: "0123456789" },
  { asked: ["Range: bytes=0-5, 3-8"], status: 200, body: "0123456789" },
  {
    asked: [`Range: bytes=${Array.from({ length: 30 }, (_, n) => `${n}-${n}`).join()}`],
    status: 200,
    body: "0123456789",
  },
  { asked: ["Range: bytes=0-1", 'If-Range: "a"'], status: 206, body: "01", range: "bytes 0-1/10" },
  { asked: ["Range: bytes=0-1", 'If-Range: "b"'], status: 200, body: "0123456789" },
  { asked: ["Range: bytes=0-1", 'If-Range: W/"a"'], status: 200, body: "0123456789" },
  { asked: ["Range: bytes=0-1", `If-Range: ${CHANGED}`], status: 206, body: "01", range: "bytes 0-1/10" },
  { asked: ["Range: bytes=0-1", `If-Range: ${httpDate(BEGIN)}`], status: 200, body: "0123456789" },
  { asked: ["Range: bytes=0-1", 'If-None-Match: "a"'], status: 304, body: "" },
];

for (const { asked, status, body, range } of RANGES) {
  test(`${asked.join(" and ").slice(0, 70)} is answered with ${status}`, async () => {
    await stored(["Cache-Control: max-age=100", 'ETag: "a"', `Last-Modified: ${CHANGED}`]);
    const answer = await world.get(asked, url);
    expect([answer.hit, answer.status, answer.body, answer.fields.get("content-range")]).toEqual([
      true,
      status,
      body,
      range,
    ]);
  });
}

test("several ranges are one multipart answer", async () => {
  await stored(["Cache-Control: max-age=100", "Content-Type: text/plain"]);
  const answer = await world.get(["Range: bytes=0-1, -2"], url);
  const boundary = /^multipart\/byteranges; boundary=([\w-]{24})$/.exec(answer.fields.get("content-type") ?? "")?.[1];
  const part = (range: string, octets: string) =>
    `--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes ${range}/10\r\n\r\n${octets}\r\n`;
  expect(answer.status).toBe(206);
  expect(answer.body).toBe(`${part("0-1", "01")}${part("8-9", "89")}--${boundary}--\r\n`);
  expect(answer.fields.has("content-range")).toBe(false);
});

test("a weak tag serves no ranges by If-Range, and a date too close to the answer neither", async () => {
  const now = httpDate(BEGIN);
  await stored(["Cache-Control: max-age=100", 'ETag: W/"a"', `Last-Modified: ${now}`]);
  expect((await world.get(["Range: bytes=0-1", 'If-Range: W/"a"'], url)).status).toBe(200);
  expect((await world.get(["Range: bytes=0-1", `If-Range: ${now}`], url)).status).toBe(200);
});

test("a range of what is not stored is the origin's, and its answer is not stored", async () => {
  world.says({ status: 206, body: "01", fields: ["Cache-Control: max-age=100", "Content-Range: bytes 0-1/10"] });
  expect((await world.get(["Range: bytes=0-1"], url)).body).toBe("01");
  expect(world.asked.at(-1)?.fields.get("range")).toBe("bytes=0-1");
  world.says({ body: "0123456789" });
  expect((await world.get([], url)).body).toBe("0123456789");
});

// HEAD, RFC 9111 §4.3.5

test("the response to a HEAD refreshes what is stored", async () => {
  await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
  world.pass(11);
  world.says({ fields: ["Cache-Control: max-age=100", 'ETag: "a"', "X-New: 1", "Content-Length: 10"] });
  await world.get([], url, "HEAD");
  const next = await world.get([], url);
  expect([next.hit, next.body, next.fields.get("x-new")]).toEqual([true, "0123456789", "1"]);
});

for (const other of [['ETag: "b"'], ['ETag: "a"', "Content-Length: 11"], []] satisfies Lines[]) {
  test(`the response to a HEAD with ${JSON.stringify(other)} shows that what is stored is out of date`, async () => {
    await stored(["Cache-Control: max-age=10", 'ETag: "a"']);
    world.pass(11);
    world.says({ fields: ["Cache-Control: max-age=100", ...other] });
    await world.get([], url, "HEAD");
    world.says({ body: "new" });
    expect((await world.get([], url)).body).toBe("new");
  });
}

// Invalidation, RFC 9111 §4.4

const UNSAFE: readonly { readonly method: string; readonly status: number; readonly gone: boolean }[] = [
  ...["POST", "PUT", "DELETE", "PATCH", "MKCOL", "X-OWN"].map((method) => ({ method, status: 200, gone: true })),
  { method: "POST", status: 303, gone: true },
  { method: "POST", status: 404, gone: false },
  { method: "POST", status: 500, gone: false },
  { method: "OPTIONS", status: 200, gone: false },
  { method: "PROPFIND", status: 207, gone: false },
];

for (const { method, status, gone } of UNSAFE) {
  test(`${method} answered with ${status} ${gone ? "makes invalid" : "leaves"} what is stored`, async () => {
    await stored(["Cache-Control: max-age=100"]);
    world.says({ status });
    await world.get([], url, method);
    world.now += 1;
    expect((await world.get([], url)).hit).toBe(!gone);
  });
}

for (const name of ["Location", "Content-Location"]) {
  test(`${name} of an unsafe request makes invalid what it names, of the same origin alone`, async () => {
    const same = "http://origin.test/named?a=b";
    const foreign = "http://other.test/named";
    world.says({ fields: ["Cache-Control: max-age=100"] });
    await world.get([], same);
    await world.get([], foreign);
    for (const named of ["/named?a=b#x", foreign, "http://origin.test:81/named", "::"]) {
      world.says({ fields: [`${name}: ${named}`] });
      await world.get([], url, "POST");
    }
    world.now += 1;
    expect((await world.get([], same)).hit).toBe(false);
    expect((await world.get([], foreign)).hit).toBe(true);
  });
}

test("an answer to a request from before is not stored after an unsafe one", async () => {
  let answer: () => void = () => {};
  world.origin = ({ method }) =>
    method === "POST"
      ? {}
      : new Promise((resolve) => (answer = () => resolve({ body: "old", fields: ["Cache-Control: max-age=100"] })));
  const before = world.get([], url);
  world.now += 1;
  await world.get([], url, "POST");
  answer();
  expect((await before).body).toBe("old");
  world.says({ body: "new" });
  expect((await world.get([], url)).body).toBe("new");
});
