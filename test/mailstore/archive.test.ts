import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { ExpiryRule } from "../../src/mailstore/archive.ts";
import { FLAGGED, SEEN } from "../../src/mailstore/flags.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import type { Limits } from "../../src/mailstore/usage.ts";
import type { FolderChange } from "../../src/mailstore/view.ts";
import { parseStructure } from "../../src/mime/mime.ts";
import { Refusal } from "../../src/refusal.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

const BOX = 7;
const OTHER = 8;
const DAY = 86_400_000;

let path: string;
let store: Store;
let mailstore: Mailstore;
const limits = new Map<number, Limits>();

beforeEach(() => {
  path = dataFolder("archive");
  store = Store.open(path);
  mailstore = new Mailstore(store, { limits: (mailbox) => limits.get(mailbox) });
  limits.clear();
});
afterEach(async () => {
  await mailstore.stop();
  store.close();
  rmSync(path, { recursive: true, force: true });
});

/** A message that came into a folder so many days ago. */
async function put(name: string, subject: string, days = 0, options: { mailbox?: number; flags?: number } = {}) {
  const mailbox = options.mailbox ?? BOX;
  const bytes = Buffer.from(`From: ann@far.test\r\nSubject: ${subject}\r\n\r\nAbout ${subject}\r\n`);
  const writer = store.content.writer();
  await writer.write(bytes);
  const content = await writer.finish();
  const structure = parseStructure(bytes);
  const folder = mailstore.folder(mailbox, name)?.id ?? (await mailstore.createFolder(mailbox, name)).id;
  return await store.commit((tx) => {
    const flags = { system: options.flags ?? 0 };
    const { uid } = mailstore.append(tx, { folder, content, structure, internalDate: 1_000, flags });
    const id = folder * 2 ** 32 + uid;
    tx.client.query("UPDATE messages SET saved_date = ? WHERE id = ?").run(Date.now() - days * DAY, id);
    return uid;
  });
}

/** Subjects in every folder that has messages. */
async function contents(mailbox = BOX): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const { id, name, exists } of mailstore.folders(mailbox)) {
    if (exists === 0) continue;
    const view = await mailstore.open(id);
    all[name] = [...view.uids].map((_, index) => mailstore.listing(view.contentAt(index))?.subject ?? "");
    view.close();
  }
  return all;
}

const expire = (rules: readonly ExpiryRule[], now = Date.now()) => mailstore.archive.expire(BOX, rules, now);
const archived = (name: string) => mailstore.folder(BOX, name)?.id ?? 0;

/** What was refused, or "done". */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
    return "done";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.kind;
  }
}

describe("expiry", () => {
  test.each<[string, ExpiryRule[], string, Record<string, string[]>]>([
    [
      "old mail is archived",
      [{ folder: "INBOX", days: 30, action: "archive" }],
      "INBOX",
      { INBOX: ["young"], "Archive/INBOX": ["old"] },
    ],
    ["old mail is deleted", [{ folder: "inbox", days: 30, action: "delete" }], "INBOX", { INBOX: ["young"] }],
    [
      "a tree keeps its shape",
      [{ folder: "Work/2026", days: 30, action: "archive" }],
      "Work/2026",
      { "Work/2026": ["young"], "Archive/Work/2026": ["old"] },
    ],
    [
      "a folder without a rule keeps all",
      [{ folder: "Work", days: 30, action: "delete" }],
      "Work/2026",
      { "Work/2026": ["old", "young"] },
    ],
    [
      "* is every folder",
      [{ folder: "*", days: 30, action: "archive" }],
      "Work/2026",
      { "Work/2026": ["young"], "Archive/Work/2026": ["old"] },
    ],
    [
      "a rule of its own comes before *",
      [
        { folder: "*", days: 1, action: "delete" },
        { folder: "Work", days: 99, action: "delete" },
      ],
      "Work",
      { Work: ["old", "young"] },
    ],
    [
      "* leaves the archive alone",
      [{ folder: "*", days: 1, action: "delete" }],
      "Archive/Work",
      { "Archive/Work": ["old", "young"] },
    ],
    ["* leaves drafts alone", [{ folder: "*", days: 1, action: "delete" }], "Drafts", { Drafts: ["old", "young"] }],
    ["a rule may name drafts", [{ folder: "Drafts", days: 30, action: "delete" }], "Drafts", { Drafts: ["young"] }],
    [
      "a rule may empty the archive",
      [{ folder: "Archive/Work", days: 30, action: "delete" }],
      "Archive/Work",
      { "Archive/Work": ["young"] },
    ],
    [
      "what is archived is not archived again",
      [{ folder: "Archive/Work", days: 30, action: "archive" }],
      "Archive/Work",
      { "Archive/Work": ["old", "young"] },
    ],
    [
      "a rule for no folder does nothing",
      [{ folder: "a//b\u0000", days: 30, action: "delete" }],
      "Work",
      { Work: ["old", "young"] },
    ],
    [
      "of two rules the first counts",
      [
        { folder: "INBOX", days: 99, action: "delete" },
        { folder: "inbox", days: 1, action: "delete" },
      ],
      "INBOX",
      { INBOX: ["old", "young"] },
    ],
  ])("%s", async (_what, rules, folder, expected) => {
    await put(folder, "old", 40);
    await put(folder, "young", 2 / 24);
    const result = await expire(rules);
    expect(await contents()).toEqual(expected);
    const gone = Object.values(expected).flat().length === 1 ? 1 : 0;
    expect(result.deleted).toBe(gone);
  });

  test("flags and dates go along, and whoever has the folder open hears of it", async () => {
    const uid = await put("INBOX", "old", 40, { flags: SEEN | FLAGGED });
    const view = await mailstore.open(archived("INBOX"));
    const heard: FolderChange[] = [];
    view.onChange((change) => heard.push(change));
    await expire([{ folder: "INBOX", days: 30, action: "archive" }]);
    expect(heard).toMatchObject([{ kind: "expunge", uids: Uint32Array.of(uid) }]);
    view.close();
    const target = await mailstore.open(archived("Archive/INBOX"));
    expect(target.flagsAt(0).system).toBe(SEEN | FLAGGED);
    expect(target.internalDateAt(0)).toBe(1_000);
    target.close();
  });

  test("the archive is the folder that has the role, whatever its name", async () => {
    mailstore.folders(BOX);
    await mailstore.renameFolder(BOX, "Archive", "Old mail");
    await put("INBOX", "old", 40);
    await expire([{ folder: "*", days: 30, action: "archive" }]);
    expect(await contents()).toEqual({ "Old mail/INBOX": ["old"] });
    expect(mailstore.archive.folders(BOX).map(({ name, original }) => [name, original])).toEqual([
      ["Old mail", "INBOX"],
      ["Old mail/INBOX", "INBOX"],
    ]);
  });

  test("a name that is too deep for the archive goes into the archive itself", async () => {
    const deep = Array.from({ length: 30 }, (_, level) => `l${level}`).join("/");
    await put(deep, "old", 40);
    await expire([{ folder: "*", days: 30, action: "archive" }]);
    expect(await contents()).toEqual({ Archive: ["old"] });
  });

  test("five thousand messages expire in slices, and nobody waits long", async () => {
    await put("INBOX", "old", 40);
    const folder = archived("INBOX");
    await store.commit((tx) => {
      const row = tx.client
        .query<{ content: number; size: number }, [number]>("SELECT content, size FROM messages WHERE id > ?")
        .get(folder * 2 ** 32);
      for (let uid = 2; uid <= 5_000; uid++) {
        tx.client
          .query(
            "INSERT INTO messages (id, content, modseq, flags, size, internal_date, saved_date) VALUES (?,?,1,0,?,0,0)",
          )
          .run(folder * 2 ** 32 + uid, row?.content ?? 0, row?.size ?? 0);
        store.content.retain(tx, row?.content ?? 0);
      }
      tx.client.query("UPDATE folders SET messages = 5000, unseen = 5000, uid_next = 5001 WHERE id = ?").run(folder);
    });
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    expect(await expire([{ folder: "INBOX", days: 30, action: "archive" }])).toEqual({ archived: 5_000, deleted: 0 });
    clearInterval(watch);
    expect(mailstore.folder(BOX, "INBOX")?.exists).toBe(0);
    expect(mailstore.folder(BOX, "Archive/INBOX")?.exists).toBe(5_000);
    // Generous: many tests share the machine.
    expect(longest).toBeLessThan(200);
  });

  test("works in a mailbox that is full: what moves takes no more room", async () => {
    await put("INBOX", "old", 40);
    limits.set(BOX, { messages: 0, octets: 0 });
    await expire([{ folder: "INBOX", days: 30, action: "archive" }]);
    expect(await contents()).toEqual({ "Archive/INBOX": ["old"] });
  });
});

describe("the archive", () => {
  beforeEach(async () => {
    for (const [folder, subject] of [
      ["INBOX", "apples"],
      ["INBOX", "pears"],
      ["Work/2026", "plums"],
    ] as const) {
      await put(folder, subject, 40);
    }
    await put("Archive", "filed by hand", 1);
    await expire([{ folder: "*", days: 30, action: "archive" }]);
  });

  test("shows its folders", () => {
    expect(mailstore.archive.folders(BOX).map(({ original, messages }) => [original, messages])).toEqual([
      ["INBOX", 1],
      ["INBOX", 2],
      ["Work", 0],
      ["Work/2026", 1],
    ]);
    expect(mailstore.archive.folders(BOX)[1]?.size).toBeGreaterThan(50);
  });

  test.each([
    ["apples", ["apples"]],
    ["PPLE", ["apples"]],
    ["about p", ["pears", "plums"]],
    ["ann@far", ["filed by hand", "pears", "apples", "plums"]],
    ["", ["filed by hand", "pears", "apples", "plums"]],
    ["cherries", []],
  ])("finds %p", async (text, expected) => {
    for (const indexed of [false, true]) {
      if (indexed) await mailstore.index.catchUp();
      const { found, more } = await mailstore.archive.search(BOX, text);
      expect(found.map((one) => one.listing?.subject)).toEqual(expected);
      expect(more).toBe(false);
    }
  });

  test("finds in one folder, and no more than was asked for", async () => {
    const folder = archived("Archive/INBOX");
    const { found } = await mailstore.archive.search(BOX, "about", { folder });
    expect(found).toHaveLength(2);
    expect(await mailstore.archive.search(BOX, "", { limit: 3 })).toMatchObject({ more: true });
    // A folder of the mailbox that is not of its archive.
    expect((await mailstore.archive.search(BOX, "", { folder: archived("INBOX") })).found).toEqual([]);
  });

  test("gives messages back, which do not expire again at once", async () => {
    const folder = archived("Archive/INBOX");
    const { found } = await mailstore.archive.search(BOX, "pears");
    const uids = found.map((one) => one.uid);
    expect(await mailstore.archive.restore(BOX, { folder, uids: [...uids, 999] })).toMatchObject({
      restored: 1,
      name: "INBOX",
    });
    expect(await mailstore.archive.restore(BOX, { folder: archived("Archive/Work/2026") })).toMatchObject({
      restored: 1,
    });
    expect(await mailstore.archive.restore(BOX, { folder: archived("Archive") })).toMatchObject({ restored: 1 });
    const restored = { INBOX: ["pears", "filed by hand"], "Archive/INBOX": ["apples"], "Work/2026": ["plums"] };
    expect(await contents()).toEqual(restored);
    await expire([{ folder: "*", days: 30, action: "archive" }]);
    expect(await contents()).toEqual(restored);
    await expire([{ folder: "*", days: 30, action: "archive" }], Date.now() + 31 * DAY);
    expect(Object.keys(await contents())).toEqual(["Archive/INBOX", "Archive/Work/2026"]);
  });

  test("makes the folder anew that is gone", async () => {
    await mailstore.deleteFolder(BOX, "Work/2026");
    await mailstore.archive.restore(BOX, { folder: archived("Archive/Work/2026") });
    expect((await contents())["Work/2026"]).toEqual(["plums"]);
  });

  test("is one mailbox's own: nobody reaches another's by a number", async () => {
    await put("Archive", "secret", 0, { mailbox: OTHER });
    const folder = mailstore.folder(OTHER, "Archive")?.id ?? 0;
    expect(await refusal(() => mailstore.archive.restore(BOX, { folder }))).toBe("notFound");
    expect(await refusal(() => mailstore.archive.restore(BOX, { folder: archived("INBOX") }))).toBe("notFound");
    expect((await mailstore.archive.search(BOX, "secret", { folder })).found).toEqual([]);
  });
});

describe("room", () => {
  const sums = (mailbox: number) =>
    store.client
      .query<{ messages: number; size: number }, [number]>(
        "SELECT total(messages) AS messages, total(size) AS size FROM folders WHERE mailbox = ? AND name >= char(1)",
      )
      .get(mailbox);

  test("what a mailbox holds is what its folders hold, whatever was done to them", async () => {
    const check = () => expect(mailstore.usage(BOX)).toEqual(sums(BOX) ?? { messages: 0, size: 0 });
    for (const name of ["INBOX", "Work", "Work/2026", "Trash"])
      for (let n = 0; n < 5; n++) await put(name, `${name} ${n}`);
    check();
    const id = (name: string) => mailstore.folder(BOX, name)?.id ?? 0;
    await mailstore.copy(id("INBOX"), [1, 2], id("Work"));
    await mailstore.copy(id("INBOX"), [3], id("Trash"), { move: true });
    check();
    await mailstore.expunge(id("Trash"), [1, 2]);
    await mailstore.setFlags(id("Work"), [1], { mode: "add", flags: { system: SEEN } });
    check();
    await mailstore.renameFolder(BOX, "INBOX", "Elsewhere");
    await mailstore.deleteFolder(BOX, "Work");
    check();
    await store.commit((tx) => mailstore.removeMailbox(tx, BOX));
    expect(mailstore.usage(BOX)).toEqual({ messages: 0, size: 0 });
  });

  test("a mailbox of an earlier version gets its row with its first change", async () => {
    await put("INBOX", "one");
    await put("Work", "two");
    store.commitNow((tx) => tx.client.query("DELETE FROM usage").run());
    expect(mailstore.usage(BOX).messages).toBe(2);
    await put("INBOX", "three");
    expect(mailstore.usage(BOX)).toEqual(sums(BOX) ?? { messages: 0, size: 0 });
  });

  test("work that is undone counts for nothing", async () => {
    await put("INBOX", "one");
    const before = mailstore.usage(BOX);
    await store
      .commit((tx) => {
        mailstore.expungeWithin(tx, archived("INBOX"), [1]);
        throw new Refusal("temporary", "no");
      })
      .catch(() => undefined);
    expect(mailstore.usage(BOX)).toEqual(before);
  });

  test("limits hold for what is added and copied, not for what is moved within", async () => {
    await put("INBOX", "one");
    await put("INBOX", "two", 0, { mailbox: OTHER });
    limits.set(BOX, { messages: 1, octets: null });
    const [inbox, trash] = [archived("INBOX"), archived("Trash")];
    const others = mailstore.folder(OTHER, "INBOX")?.id ?? 0;
    expect(await refusal(() => put("INBOX", "x"))).toBe("overQuota");
    expect(await refusal(() => mailstore.copy(inbox, [1], trash))).toBe("overQuota");
    expect(await refusal(() => mailstore.copy(others, [1], trash, { move: true }))).toBe("overQuota");
    expect(await refusal(() => mailstore.copy(inbox, [1], trash, { move: true }))).toBe("done");
    limits.set(BOX, { messages: null, octets: mailstore.usage(BOX).size + 10 });
    expect(await refusal(() => put("INBOX", "x"))).toBe("overQuota");
    expect(mailstore.usage(OTHER).messages).toBe(1);
  });

  test("is told in the units of RFC 9208", async () => {
    expect(mailstore.quota(BOX)).toEqual({ storage: { usage: 0, limit: null }, message: { usage: 0, limit: null } });
    await put("INBOX", "one");
    limits.set(BOX, { messages: 5, octets: 10_240 });
    expect(mailstore.quota(BOX)).toEqual({ storage: { usage: 1, limit: 10 }, message: { usage: 1, limit: 5 } });
  });
});
