/** Read marks of single readers: the bits themselves, and a random walk in which every reader's picture equals a model's. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { FLAGGED, SEEN } from "../../src/mailstore/flags.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import type { View } from "../../src/mailstore/view.ts";
import { parseStructure } from "../../src/mime/mime.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

let path: string;
let store: Store;
let mailstore: Mailstore;

beforeEach(() => {
  path = dataFolder("marks");
  store = Store.open(path);
  mailstore = new Mailstore(store);
});
afterEach(async () => {
  await mailstore.stop();
  store.close();
  rmSync(path, { recursive: true, force: true });
});

const BOX = 7;
const OTHER = 8;
const idOf = (mailbox: number, name: string) => mailstore.folder(mailbox, name)?.id ?? 0;

async function deliver(folder: number, flags = 0, reader?: number): Promise<number> {
  const bytes = new TextEncoder().encode("Subject: x\r\n\r\nHello\r\n");
  const writer = store.content.writer();
  await writer.write(bytes);
  const content = await writer.finish();
  const more = { structure: parseStructure(bytes), internalDate: 1_000, flags: { system: flags } };
  return await store.commit(
    (tx) => mailstore.append(tx, { folder, content, ...more, ...(reader !== undefined && { reader }) }).uid,
  );
}

test("marks lie in small rows, and none is left where nothing is marked", async () => {
  const folder = 1;
  const uids = [1, 4_095, 4_096, 12_288, 4_000_000_000];
  await store.commit((tx) => mailstore.marks.setWithin(tx, folder, 5, uids, true));
  expect(mailstore.marks.count(folder, 5)).toBe(5);
  expect(mailstore.marks.count(folder, 6)).toBe(0);
  const seen = mailstore.marks.of(folder, 5);
  for (const uid of uids) expect([seen.has(uid), mailstore.marks.has(folder, 5, uid)]).toEqual([true, true]);
  for (const uid of [2, 4_097, 12_287, 3_999_999_999]) expect(seen.has(uid)).toBe(false);
  const longest = store.client.query("SELECT max(length(bits)) FROM read_marks").values()[0]?.[0];
  expect(longest).toBe(512);
  await store.commit((tx) => mailstore.marks.setWithin(tx, folder, 5, uids, false));
  expect(store.client.query("SELECT count(*) FROM read_marks").values()[0]?.[0]).toBe(0);
});

test("a folder that is deleted, and a reader who is gone, leave none", async () => {
  const work = await mailstore.createFolder(BOX, "Work");
  const uid = await deliver(work.id);
  const inbox = idOf(BOX, "INBOX");
  const other = await deliver(inbox);
  const change = { mode: "add", flags: { system: SEEN } } as const;
  await mailstore.setFlags(work.id, [uid], change, { reader: 5 });
  await mailstore.setFlags(inbox, [other], change, { reader: 6 });
  await mailstore.deleteFolder(BOX, "Work");
  await mailstore.stop();
  await mailstore.forgetUser(6);
  expect(store.client.query("SELECT count(*) FROM read_marks").values()[0]?.[0]).toBe(0);
});

describe("a random walk", () => {
  const READERS = [undefined, 5, 6] as const;

  /** What a message looks like to each reader. */
  interface Modelled {
    readonly seen: Map<number | undefined, boolean>;
    flagged: boolean;
  }

  /** Numbers that repeat with the seed. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
  }

  test.each([1, 2, 3, 4, 5, 6])("of seed %d leaves every picture and every count right", async (seed) => {
    const next = random(seed);
    const folders = [idOf(BOX, "INBOX"), idOf(BOX, "Archive"), idOf(OTHER, "INBOX")];
    const model = new Map(folders.map((folder) => [folder, new Map<number, Modelled>()]));
    const of = (folder: number) => model.get(folder) as Map<number, Modelled>;
    // The views stay open all the time: they must follow the changes, and not only read them.
    const views = new Map<string, View>();
    for (const folder of folders) {
      for (const reader of READERS) views.set(`${folder} ${reader}`, await mailstore.open(folder, reader));
    }
    const some = (folder: number) => [...of(folder).keys()].filter(() => next(3) === 0);
    const fresh = (): Modelled => ({ seen: new Map(READERS.map((reader) => [reader, false])), flagged: false });

    for (let step = 0; step < 60; step++) {
      const folder = folders[next(3)] as number;
      const reader = READERS[next(3)];
      const uids = some(folder);
      switch (next(5)) {
        case 0: {
          const uid = await deliver(folder, SEEN, reader);
          of(folder).set(uid, fresh());
          of(folder).get(uid)?.seen.set(reader, true);
          break;
        }
        case 1: {
          const mode = (["add", "remove", "replace"] as const)[next(3)] ?? "add";
          const system = [SEEN, FLAGGED, SEEN | FLAGGED, 0][next(4)] ?? 0;
          await mailstore.setFlags(folder, uids, { mode, flags: { system } }, { reader });
          for (const uid of uids) {
            const message = of(folder).get(uid) as Modelled;
            const applied = (before: boolean, bit: number) =>
              mode === "replace" ? (system & bit) !== 0 : (system & bit) !== 0 ? mode === "add" : before;
            message.seen.set(reader, applied(message.seen.get(reader) ?? false, SEEN));
            message.flagged = applied(message.flagged, FLAGGED);
          }
          break;
        }
        case 2:
          await mailstore.expunge(folder, uids);
          for (const uid of uids) of(folder).delete(uid);
          break;
        default: {
          const to = folders[next(3)] as number;
          const move = next(2) === 0 && to !== folder;
          const same = (folder === folders[2]) === (to === folders[2]);
          const copied = await mailstore.copy(folder, uids, to, { move, reader, targetReader: reader });
          for (const [index, uid] of copied.from.entries()) {
            const before = of(folder).get(uid) as Modelled;
            const after = fresh();
            after.flagged = before.flagged;
            for (const each of READERS)
              if (same || each === reader) after.seen.set(each, before.seen.get(each) ?? false);
            of(to).set(copied.to[index] as number, after);
            if (move) of(folder).delete(uid);
          }
        }
      }
      for (const at of folders) {
        for (const each of READERS) {
          const view = views.get(`${at} ${each}`) as View;
          const shown = [...view.uids].map((uid, index) => [uid, view.systemAt(index), view.flagsAt(index).system]);
          const wanted = [...of(at)].map(([uid, { seen, flagged }]) => {
            const system = (seen.get(each) ? SEEN : 0) | (flagged ? FLAGGED : 0);
            return [uid, system, system];
          });
          expect(shown).toEqual(wanted);
          const folderNow = mailstore.folderById(at);
          const unseen = [...of(at).values()].filter(({ seen }) => !seen.get(each));
          expect(folderNow && mailstore.unseen(folderNow, each)).toBe(unseen.length);
          expect(view.firstUnseen()).toBe([...of(at).values()].findIndex(({ seen }) => !seen.get(each)));
        }
      }
    }
    for (const view of views.values()) view.close();
  });
});
