/** What is remembered of messages that are gone (RFC 7162 §5.3). */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { Expunged } from "../../src/mailstore/expunged.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = dataFolder("expunged");
  store = Store.open(folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const rows = () => store.client.query<{ n: number }, []>("SELECT count(*) AS n FROM expunged").get()?.n;

test("gives what went after one mod-sequence and not after another, ascending, folder by folder", async () => {
  const expunged = new Expunged(store);
  store.commitNow(() => {
    expunged.bury(1, 10, [9, 2]);
    expunged.bury(2, 10, [77]);
    expunged.bury(1, 12, [5]);
    expunged.bury(1, 20, [1]);
  });
  const between = async (after: number, upTo: number) => Array.from((await expunged.between(1, after, upTo)) ?? []);
  expect(await between(0, 20)).toEqual([1, 2, 5, 9]);
  expect(await between(10, 20)).toEqual([1, 5]);
  expect(await between(9, 12)).toEqual([2, 5, 9]);
  expect(await between(20, 30)).toEqual([]);
});

test("reads more than fits one slice", async () => {
  const expunged = new Expunged(store);
  const uids = Array.from({ length: 12_345 }, (_, i) => 20_000 - i);
  store.commitNow(() => {
    expunged.bury(1, 5, uids.slice(0, 12_000));
    expunged.bury(1, 6, uids.slice(12_000));
  });
  expect(Array.from((await expunged.between(1, 4, 6)) ?? [])).toEqual(uids.toReversed());
});

test("forgets the oldest, and knows from where on it remembers all", async () => {
  const expunged = new Expunged(store, 10);
  for (let modseq = 1; modseq <= 30; modseq++) store.commitNow(() => expunged.bury(1, modseq, [modseq]));
  expect(rows()).toBeLessThanOrEqual(21);
  const since = expunged.wholeSince(1);
  expect(since).toBeGreaterThan(0);
  expect(await expunged.between(1, since - 1, 30)).toBeUndefined();
  const kept = Array.from((await expunged.between(1, since, 30)) ?? []);
  expect(kept).toEqual(Array.from({ length: 30 - since }, (_, i) => since + 1 + i));
  // Another run of the program sees the same.
  expect(new Expunged(store, 10).wholeSince(1)).toBe(since);
});

test("forgets a mountain that an earlier version left slice by slice", () => {
  store.commitNow(() =>
    new Expunged(store).bury(
      1,
      7,
      Array.from({ length: 14_000 }, (_, i) => i + 1),
    ),
  );
  const expunged = new Expunged(store, 1_000);
  for (let modseq = 8; modseq < 12; modseq++) store.commitNow(() => expunged.bury(1, modseq, [20_000 + modseq]));
  expect(rows()).toBeLessThan(1_100);
  expect(expunged.wholeSince(1)).toBe(7);
});

test("forgets all of a folder that is gone", async () => {
  const expunged = new Expunged(store);
  store.commitNow(() => expunged.bury(1, 7, [1, 2]));
  store.commitNow(() => expunged.forgetFolder(1));
  expect(rows()).toBe(0);
});
