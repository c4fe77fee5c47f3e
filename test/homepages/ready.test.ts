/** Answers that are ready must be those that would be made now: whatever they depend on is changed between two requests. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Gatepost, until } from "../harness.ts";
import { baseOf, put, startSite } from "./site.ts";

let server: Gatepost;
/** A file older than the time for which what was changed lately is not held. */
const lay = (name: string, text: string, age = 3_600) => {
  const path = join(server.folder, "files/people/anna/www", name);
  writeFileSync(path, text);
  const at = Date.now() / 1_000 - age;
  utimesSync(path, at, at);
};
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${baseOf(server)}/~anna${path}`, { headers, redirect: "manual" });
const text = async (path: string, headers: Record<string, string> = {}) => (await get(path, headers)).text();

beforeAll(async () => {
  server = await startSite();
  await put(server, "/first.txt", "first");
  lay("page.html", "one");
  lay("kept.txt", "x".repeat(2_000));
  const laid = Date.now();
  await until(() => Date.now() - laid > 2_000, "files to be old enough to be held");
  for (let round = 0; round < 3; round++) await text("/page.html");
});
afterAll(() => server?.remove());

test("a file that was changed is sent as it is now, and one that is gone is gone", async () => {
  expect(await text("/page.html")).toBe("one");
  lay("page.html", "two");
  expect(await text("/page.html")).toBe("two");
  await put(server, "/page.html", "six");
  expect(await text("/page.html")).toBe("six");
  expect(await text("/kept.txt")).toHaveLength(2_000);
  rmSync(join(server.folder, "files/people/anna/www/kept.txt"));
  expect((await get("/kept.txt")).status).toBe(404);
  lay("kept.txt", "x".repeat(2_000));
});

test("the fields are the same whether an answer was ready or not", async () => {
  const seen = [];
  for (let round = 0; round < 4; round++) {
    const response = await get("/kept.txt", { "accept-encoding": round % 2 === 0 ? "gzip" : "identity" });
    expect(await response.text()).toBe("x".repeat(2_000));
    response.headers.delete("date");
    seen.push([...response.headers].sort());
  }
  expect(seen[2]).toEqual(seen[0]);
  expect(seen[3]).toEqual(seen[1]);
  expect(seen[0]).not.toEqual(seen[1]);
  expect(Object.fromEntries(seen[3] ?? [])["content-security-policy"]).toStartWith("sandbox ");
});

test("conditions and parts are heard", async () => {
  const { headers } = await get("/kept.txt", { "accept-encoding": "identity" });
  const etag = headers.get("etag") ?? "";
  const asked = { "accept-encoding": "identity" };
  for (let round = 0; round < 3; round++) {
    expect((await get("/kept.txt", { ...asked, "if-none-match": etag })).status).toBe(304);
    expect((await get("/kept.txt", { ...asked, "if-none-match": '"other"' })).status).toBe(200);
    expect((await get("/kept.txt", { ...asked, "if-match": '"other"' })).status).toBe(412);
    expect((await get("/kept.txt", { ...asked, range: "bytes=1-3" })).status).toBe(206);
    const since = new Date(Date.now() + 60_000).toUTCString();
    expect((await get("/kept.txt", { ...asked, "if-modified-since": since })).status).toBe(304);
    expect(
      (await get("/kept.txt", { ...asked, "sec-fetch-site": "same-origin", "sec-fetch-dest": "script" })).status,
    ).toBe(403);
    expect((await get("/kept.txt", asked)).status).toBe(200);
  }
});

test("settings, owner and access rule hold at once", async () => {
  for (let round = 0; round < 2; round++) expect((await get("/kept.txt")).status).toBe(200);
  await server.set("homepages.cacheSeconds=60");
  expect((await get("/kept.txt")).headers.get("cache-control")).toBe("max-age=60");
  await server.set("homepages.enabled=false");
  expect((await get("/kept.txt")).status).toBe(404);
  await server.set("homepages.enabled=true");
  expect((await get("/kept.txt")).status).toBe(200);
  await server.command(["user", "disable", "anna"]);
  expect((await get("/kept.txt")).status).toBe(404);
  await server.command(["user", "enable", "anna"]);
  expect((await get("/kept.txt")).status).toBe(200);
});
