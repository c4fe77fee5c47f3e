/** What is known of the addresses on disk without asking the index: never less than there is. */
import { afterAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { Fields } from "../../src/net/http/fields.ts";
import { DiskShelf } from "../../src/services/proxy/cache/disk.ts";
import { entryOf } from "../../src/services/proxy/cache/entry.ts";
import { KnownUrls } from "../../src/services/proxy/cache/known.ts";
import { temporaryFolder } from "../harness.ts";

const folder = temporaryFolder("known");
afterAll(() => rmSync(folder, { recursive: true }));

const urlOf = (n: number) => `http://example.com/${n}`;
const fault = (text: string, error: unknown) => {
  throw new Error(text, { cause: error });
};

async function file(shelf: DiskShelf, n: number): Promise<void> {
  const target = { scheme: "http", host: "example.com", port: 80, path: `/${n}`, url: urlOf(n) } as const;
  const request = { method: "GET", target, fields: new Fields(), hasBody: false, at: 0 };
  const entry = entryOf(request, { status: 200, reason: "OK", fields: Fields.of([["ETag", '"a"']]) }, 0);
  await shelf.file(await shelf.draft(), entry, { length: 0, checksum: 0 }, () => true);
}

test("a cell holds as long as one of its addresses is there", () => {
  const known = new KnownUrls();
  for (let n = 0; n < 300; n++) known.add(urlOf(1));
  known.add(urlOf(2));
  known.remove(urlOf(2));
  expect(known.mayHave(urlOf(2))).toBe(false);
  // More than can be counted: it is never taken for empty again.
  for (let n = 0; n < 300; n++) known.remove(urlOf(1));
  expect(known.mayHave(urlOf(1))).toBe(true);
});

test("after a start everything is found, while the addresses are read and afterwards", async () => {
  const before = new DiskShelf(folder, fault);
  for (let n = 0; n < 1_200; n += 100) await Promise.all(Array.from({ length: 100 }, (_, at) => file(before, n + at)));
  await before.close();

  const shelf = new DiskShelf(folder, fault);
  const found = (n: number) => shelf.variants(urlOf(n)).length;
  expect([found(0), found(700), found(1_199), found(1_200)]).toEqual([1, 1, 1, 0]);
  // Rows that go and come while the others are being read.
  expect(shelf.removeUrl(urlOf(1_199))).toBe(1);
  await file(shelf, 1_200);
  expect(shelf.removeUrl(urlOf(0))).toBe(1);
  await shelf.settled();
  expect([found(0), found(1), found(700), found(1_199), found(1_200)]).toEqual([0, 1, 1, 0, 1]);
  await file(shelf, 0);
  expect(found(0)).toBe(1);
  expect(shelf.removeUrl(urlOf(1_200))).toBe(1);
  expect(found(1_200)).toBe(0);
  await shelf.close();
});
