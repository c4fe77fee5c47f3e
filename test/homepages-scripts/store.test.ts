/** What pages keep, and that visitors who come at once do not undo each other's. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PageValues } from "../../src/web/homepages/scripts/values.ts";
import { House } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build({ perUser: 2, waitingPerUser: 100 });
});
afterAll(() => house.close());

test("values are kept as JSON from one page to the next", async () => {
  await house.text("<% store.set('a', { list: [1, 'ä'], none: null }) %>");
  expect(await house.text("<%- json(store.get('a')) %>")).toBe('{"list":[1,"ä"],"none":null}');
  expect(await house.text("<%- json([store.has('a'), store.has('b'), store.get('b', 7)]) %>")).toBe("[true,false,7]");
  expect(await house.text("<%- json([store.delete('a'), store.delete('a')]) %>")).toBe("[true,false]");
});

test("a key is taken once", async () => {
  expect(await house.text("<%- json([store.add('once', 1), store.add('once', 2), store.get('once')]) %>")).toBe(
    "[true,false,1]",
  );
});

test("lists go by prefix, from either end, page by page", async () => {
  await house.text("<% for (const n of [1, 2, 3, 4]) store.set('l:' + n, n); store.set('m', 0) %>");
  const list = (options: string) => house.text(`<%- json(store.list('l:', ${options}).map(({ value }) => value)) %>`);
  expect(await list("{}")).toBe("[1,2,3,4]");
  expect(await list("{ limit: 2, after: 'l:1' }")).toBe("[2,3]");
  expect(await list("{ limit: 2, reverse: true }")).toBe("[4,3]");
  expect(await list("{ reverse: true, after: 'l:3' }")).toBe("[2,1]");
});

test("a counter counts every visitor, and its numbers are given once", async () => {
  const pages = Array.from({ length: 20 }, () => house.text("<%= store.increment('visits') %>"));
  const numbers = (await Promise.all(pages)).map(Number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("an update is made again where somebody else was sooner", async () => {
  const source = "<% store.update('set', (old = []) => [...old, request.query.n]) %>";
  await Promise.all(Array.from({ length: 12 }, (_, n) => house.text(source, { query: `?n=${n}` })));
  expect(JSON.parse(await house.text("<%- json(store.get('set')) %>"))).toHaveLength(12);
});

test("what is no number is not counted", async () => {
  expect((await house.trouble("<% store.set('x', 'a'); store.increment('x') %>")).message).toContain("no number");
});

describe("a store has bounds", () => {
  test.each([
    [{ valueOctets: 100 }, "store.set('v', 'x'.repeat(100))", "at most 100 octets"],
    [{ storeOctets: 1_000 }, "for (let i = 0; i < 20; i++) store.set('o' + i, 'x'.repeat(90))", "at most 1000 octets"],
    [{ storeKeys: 5 }, "for (let i = 0; i < 6; i++) store.set('k' + i, i)", "at most 5 values"],
  ])("%j", async (limits, code, words) => {
    await house.store.commit((tx) => tx.client.run("DELETE FROM page_values"));
    const before = { valueOctets: 65_536, storeOctets: 4_194_304, storeKeys: 10_000 };
    await house.limit(limits);
    expect((await house.trouble(`<% ${code} %>`)).message).toContain(words);
    await house.limit(before);
  });

  test("a value may be written anew in a store that is full", async () => {
    await house.store.commit((tx) => tx.client.run("DELETE FROM page_values"));
    await house.limit({ storeKeys: 1 });
    await house.text("<% store.set('a', 1); store.set('a', 2) %>");
    await house.limit({ storeKeys: 10_000 });
  });
});

test("what is kept outlives a page that fails, and goes with its owner", async () => {
  await house.trouble("<% store.set('kept', 1); fail() %>", { login: "ben" });
  const values = new PageValues(house.store);
  const { id } = house.user("ben");
  expect(values.get(id, "kept")).toBe("1");
  await house.directory.users.remove("ben");
  expect(values.get(id, "kept")).toBeUndefined();
});
