import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import type { Arrangement } from "../../src/mailstore/arrangement.ts";
import { processorMs } from "../timing.ts";
import { House } from "../webmail/house.ts";

let house: House;
let mailbox: number;
beforeAll(async () => {
  house = await House.build();
  mailbox = house.user("ann").primaryMailbox;
});
afterAll(async () => await house.close());

interface Given {
  readonly id?: number;
  readonly refs?: readonly number[];
  /** In minutes. */
  readonly at?: number;
}

let folders = 0;
const newFolder = async () => (await house.mailstore.createFolder(mailbox, `f${++folders}`)).id;

const put = async (folder: number, { id, refs = [], at = 0 }: Given) =>
  await house.put(
    folder,
    `Subject: same\n${id === undefined ? "" : `Message-ID: <${id}@x>\n`}References: ${refs.map((ref) => `<${ref}@x>`).join(" ")}\n\n${id} ${refs}\n`,
    { at: at * 60_000 },
  );

/** The lines of a list, newest first: the UIDs that belong together, oldest first; those beside it negative. */
const lines = (arranged: Arrangement, folder: number) =>
  arranged
    .after(undefined, 1_000)
    .map(({ uid }) =>
      arranged.latest(uid, 1_000).members.map(({ view, uid }) => (view.folderId === folder ? uid : -uid)),
    );

describe("a folder as people see it", () => {
  test("stands by the date of arrival, whatever order its messages came in", async () => {
    const folder = await newFolder();
    for (const at of [3, 1, 2, 2]) await put(folder, { at });
    const arranged = await house.mailstore.arranged(folder, undefined);
    expect(lines(arranged, folder)).toEqual([[1], [4], [3], [2]]);
    await put(folder, { at: 2 });
    await put(folder, { at: 9 });
    expect(lines(arranged, folder)).toEqual([[6], [1], [5], [4], [3], [2]]);
    await house.mailstore.expunge(folder, [6, 4]);
    expect(lines(arranged, folder)).toEqual([[1], [5], [3], [2]]);
    expect(arranged.total).toBe(4);
    arranged.close();
  });

  test("is given back where one beside it is gone, or it cannot be read", async () => {
    const folder = await newFolder();
    await put(folder, { id: 1 });
    const view = await house.mailstore.open(folder);
    const closing = spyOn(view, "close");
    await expect(house.mailstore.arranged(folder, [2 ** 31])).rejects.toThrow("gone");
    expect(closing).toHaveBeenCalledTimes(1);
    const reading = spyOn(view, "internalDateAt").mockImplementation(() => {
      throw new Error("unreadable");
    });
    await expect(house.mailstore.arranged(folder, [])).rejects.toThrow("unreadable");
    expect(closing).toHaveBeenCalledTimes(2);
    reading.mockRestore();
    view.close();
  });

  test("has in one line what names each other, what both name, and the answers in Sent", async () => {
    const [folder, sent] = [await newFolder(), await newFolder()];
    await put(folder, { id: 1, at: 1 });
    await put(folder, { id: 2, refs: [1], at: 2 });
    await put(folder, { id: 3, refs: [9], at: 3 });
    await put(folder, { id: 4, refs: [9], at: 4 });
    await put(sent, { id: 5, refs: [1, 2], at: 5 });
    await put(folder, { at: 6 });
    await put(folder, { at: 7 });
    const arranged = await house.mailstore.arranged(folder, [sent]);
    expect(lines(arranged, folder)).toEqual([[6], [5], [3, 4], [1, 2, -1]]);
    await put(folder, { id: 6, refs: [3, 5], at: 8 });
    expect(lines(arranged, folder)).toEqual([[1, 2, 3, 4, -1, 7], [6], [5]]);
    expect(arranged.leader(1)).toBe(7);
    await house.mailstore.expunge(folder, [7]);
    expect(lines(arranged, folder)[2]).toEqual([1, 2, 3, 4, -1]);
    expect(arranged.total).toBe(3);
    arranged.close();
  });

  test("pages go on where the last one ended, though mail comes and goes", async () => {
    const folder = await newFolder();
    for (let at = 1; at <= 9; at++) await put(folder, { at });
    const arranged = await house.mailstore.arranged(folder, undefined);
    const first = arranged.after(undefined, 3);
    await put(folder, { at: 20 });
    await house.mailstore.expunge(folder, [7]);
    const second = arranged.after(first[2], 3);
    expect(second.map(({ uid }) => uid)).toEqual([6, 5, 4]);
    expect(arranged.between(first[0], second[1] ?? { at: 0, uid: 0 }, 99).map(({ uid }) => uid)).toEqual([8, 6, 5]);
    expect(arranged.from(7, 9).map(({ uid }) => uid)).toEqual([2, 1]);
    arranged.close();
  });

  test("is the same kept current as read anew", async () => {
    const one = fc.record({
      id: fc.integer({ min: 1, max: 12 }),
      refs: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
      at: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
        async (given, gone) => {
          const folder = await newFolder();
          const kept = await house.mailstore.arranged(folder, []);
          for (const message of given) await put(folder, message);
          const fresh = await house.mailstore.arranged(folder, []);
          expect(lines(kept, folder)).toEqual(lines(fresh, folder));
          await house.mailstore.expunge(folder, gone);
          expect(lines(kept, folder)).toEqual(lines(fresh, folder));
          expect(kept.total).toBe(lines(kept, folder).length);
          kept.close();
          fresh.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("of 100,000 messages costs what is shown of it", async () => {
    const folder = await newFolder();
    await put(folder, { id: 1 });
    const { store } = house;
    const insert = store.client.prepare(
      "INSERT INTO messages SELECT id + ?, content, modseq, flags, keywords, size, internal_date + ?, saved_date FROM messages WHERE id = ?",
    );
    await store.commit(() => {
      for (let n = 1; n < 100_000; n++) insert.run(n, n, folder * 2 ** 32 + 1);
    });
    const begun = processorMs();
    const arranged = await house.mailstore.arranged(folder, undefined);
    const read = processorMs() - begun;
    const again = processorMs();
    for (let n = 0; n < 100; n++) arranged.after({ at: 50_000, uid: 60_000 }, 50);
    expect([read < 3_000, processorMs() - again < 300]).toEqual([true, true]);
    arranged.close();
  });

  test("tells the newest of what belongs together, and all of it by its UIDs", async () => {
    const folder = await newFolder();
    for (const at of [5, 1, 4, 2]) await put(folder, { id: at, refs: [9], at });
    await put(folder, { at: 6 });
    const arranged = await house.mailstore.arranged(folder, []);
    const { count, members } = arranged.latest(2, 2);
    expect([count, members.map(({ uid }) => uid)]).toEqual([4, [3, 1]]);
    expect([...arranged.belonging([4, 99])].sort()).toEqual([1, 2, 3, 4, 99]);
    arranged.close();
  });

  test("keeps no more identifiers of messages that are nowhere than a few each", async () => {
    const folder = await newFolder();
    const refs = (n: number) => Array.from({ length: 100 }, (_, at) => 1_000 + n * 100 + at);
    for (let n = 0; n < 600; n++) await put(folder, { id: n + 1, refs: refs(n) });
    await put(folder, { id: 700, refs: [1, 2] });
    const arranged = await house.mailstore.arranged(folder, []);
    expect(arranged.weight).toBeLessThan(60_000 * 80);
    expect(arranged.latest(601, 10).members.map(({ uid }) => uid)).toEqual([1, 2, 601]);
    arranged.close();
  });
});
