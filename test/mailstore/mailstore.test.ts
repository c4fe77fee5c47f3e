import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { SEEN } from "../../src/mailstore/flags.ts";
import { Mailstore } from "../../src/mailstore/mailstore.ts";
import { trigramQuery } from "../../src/mailstore/search.ts";
import type { FolderChange, View } from "../../src/mailstore/view.ts";
import { casemap } from "../../src/mime/casemap.ts";
import { parseStructure } from "../../src/mime/mime.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

let path: string;
let store: Store;
let mailstore: Mailstore;

beforeEach(() => {
  path = dataFolder("mailstore");
  store = Store.open(path);
  mailstore = new Mailstore(store);
});
afterEach(async () => {
  await mailstore.stop();
  store.close();
  rmSync(path, { recursive: true, force: true });
});

const BOX = 7;
const bytesOf = (subject: string, body = "Hello") =>
  new TextEncoder().encode(
    `From: Anna <anna@example.test>\r\nTo: ben@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(" ", "-")}@example.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\n${body}\r\n`,
  );

async function deliver(folder: number, subject: string, options: { body?: string; flags?: number } = {}) {
  const bytes = bytesOf(subject, options.body);
  const writer = store.content.writer();
  await writer.write(bytes);
  const content = await writer.finish();
  const structure = parseStructure(bytes);
  return await store.commit((tx) =>
    mailstore.append(tx, { folder, content, structure, internalDate: 1_000, flags: { system: options.flags ?? 0 } }),
  );
}

function inbox(): number {
  return mailstore.folder(BOX, "inbox")?.id ?? 0;
}
const uidsOf = (view: View) => [...view.uids];
const count = (table: string) => store.client.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0];

describe("a mailbox that is removed", () => {
  test("leaves neither mutes nor labels, and those of others stay", async () => {
    for (const mailbox of [BOX, BOX + 1]) {
      await deliver(mailstore.folder(mailbox, "INBOX")?.id ?? 0, `to ${mailbox}`);
      const view = await mailstore.open(mailstore.folder(mailbox, "INBOX")?.id ?? 0);
      const contents = [view.contentAt(0)];
      view.close();
      await store.commit((tx) => {
        mailstore.mutes.addWithin(tx, mailbox, contents, 1_000_000_000_000);
        mailstore.labels.setWithin(tx, mailbox, { keyword: "pipes", name: "Pipes", tone: 1 });
      });
    }
    await store.commit((tx) => mailstore.removeMailbox(tx, BOX));
    for (const table of ["muted", "labels"])
      expect(store.client.query(`SELECT mailbox FROM ${table}`).values()).toEqual([[BOX + 1]]);
  });
});

test("a keyword in another case is the same label (RFC 9051 §2.3.2)", async () => {
  await store.commit((tx) => {
    for (const [keyword, name] of [
      ["Pipes", "Pipes"],
      ["pipes", "Tubes"],
    ] as const)
      mailstore.labels.setWithin(tx, BOX, { keyword, name, tone: 1 });
  });
  expect(mailstore.labels.of(BOX)).toEqual([{ keyword: "Pipes", name: "Tubes", tone: 1 }]);
});

describe("folders", () => {
  test("a mailbox begins with the usual folders and their roles", () => {
    expect(mailstore.folders(BOX).map(({ name, specialUse }) => [name, specialUse])).toEqual([
      ["INBOX", undefined],
      ["Archive", "Archive"],
      ["Drafts", "Drafts"],
      ["Junk", "Junk"],
      ["Sent", "Sent"],
      ["Trash", "Trash"],
    ]);
  });

  test("creating makes the levels above, renaming takes those below along", async () => {
    await mailstore.createFolder(BOX, "Work/2026/Müller");
    expect(mailstore.folder(BOX, "Work/2026")).toBeDefined();
    await mailstore.renameFolder(BOX, "Work", "Old/Work");
    const names = mailstore.folders(BOX).map(({ name }) => name);
    expect(names).toContain("Old/Work/2026/Müller");
    expect(names).toContain("Old");
    expect(names).not.toContain("Work");
    expect(mailstore.renameFolder(BOX, "Old", "Old/Work/x")).rejects.toMatchObject({ kind: "invalid" });
    expect(mailstore.createFolder(BOX, "Old/Work")).rejects.toMatchObject({ kind: "exists" });
  });

  test.each(["", "/a", "a//b", "a/", "a\u0000b", "x*", "%", " a", "a\ud800"])("%p is no folder name", async (name) => {
    if (name === "a/") expect((await mailstore.createFolder(BOX, name)).name).toBe("a");
    else expect(mailstore.createFolder(BOX, name)).rejects.toMatchObject({ kind: "invalid" });
  });

  test("renaming INBOX moves its messages and leaves an empty one with a greater UIDVALIDITY", async () => {
    const before = mailstore.folder(BOX, "INBOX");
    await deliver(inbox(), "one");
    await mailstore.renameFolder(BOX, "INBOX", "Before");
    expect(mailstore.folder(BOX, "Before")).toMatchObject({ exists: 1 });
    const after = mailstore.folder(BOX, "INBOX");
    expect(after?.exists).toBe(0);
    expect(after?.uidValidity).toBeGreaterThan(before?.uidValidity ?? 0);
    expect((await deliver(inbox(), "two")).uid).toBe(1);
  });

  test("deleting empties in the background and frees the contents; the name made again has another UIDVALIDITY", async () => {
    const { id, uidValidity } = await mailstore.createFolder(BOX, "Gone");
    const view = await mailstore.open(id);
    for (let n = 0; n < 5; n++) await deliver(id, `message ${n}`);
    await mailstore.deleteFolder(BOX, "Gone");
    expect(view.deleted).toBe(true);
    view.close();
    const again = await mailstore.createFolder(BOX, "Gone");
    expect(again.uidValidity).toBeGreaterThan(uidValidity);
    await mailstore.stop();
    expect([count("messages"), count("contents"), count("summaries"), count("unindexed")]).toEqual([0, 0, 0, 0]);
  });

  test("subscriptions may stand without a folder and are taken over by one", async () => {
    await mailstore.subscribe(BOX, "Later", true);
    expect(mailstore.subscribedOnly(BOX)).toEqual(["Later"]);
    expect((await mailstore.createFolder(BOX, "Later")).subscribed).toBe(true);
    await mailstore.subscribe(BOX, "Later", false);
    expect(mailstore.folder(BOX, "Later")?.subscribed).toBe(false);
  });
});

describe("messages", () => {
  test("a delivery has a UID, a mod-sequence, its texts and its place in the counters", async () => {
    const first = await deliver(inbox(), "one");
    const second = await deliver(inbox(), "two", { flags: SEEN });
    expect([first.uid, second.uid]).toEqual([1, 2]);
    expect(second.modseq).toBeGreaterThan(first.modseq);
    const text = new TextDecoder().decode(mailstore.text("envelope", first.content));
    expect(text).toContain('"one" (("Anna" NIL "anna" "example.test"))');
    expect(mailstore.texts("envelope", inbox(), 1, 99).map(([uid]) => uid)).toEqual([1, 2]);
    expect(mailstore.listing(second.content)).toMatchObject({ subject: "two", sender: "Anna", attachments: false });
    expect(mailstore.folder(BOX, "INBOX")).toMatchObject({ exists: 2, unseen: 1, uidNext: 3, deleted: 0 });
  });

  test("an open view follows appends, flags and expunges, and tells its listeners", async () => {
    const view = await mailstore.open(inbox());
    const heard: FolderChange["kind"][] = [];
    view.onChange((change) => heard.push(change.kind));
    for (let n = 0; n < 200; n++) await deliver(inbox(), `message ${n}`);
    await mailstore.setFlags(inbox(), [3, 5, 999], {
      mode: "add",
      flags: { system: SEEN, keywords: ["$Forwarded", "a"] },
    });
    expect(view.flagsAt(view.indexOfUid(5)).text).toBe("(\\Seen $Forwarded a)");
    await mailstore.setFlags(inbox(), [5], { mode: "remove", flags: { system: 0, keywords: ["A"] } });
    expect(view.flagsAt(view.indexOfUid(5)).text).toBe("(\\Seen $Forwarded)");
    const gone = Array.from({ length: 100 }, (_, index) => 2 * index + 1);
    expect(await mailstore.expunge(inbox(), gone)).toEqual(gone);
    expect(uidsOf(view)).toEqual(gone.map((uid) => uid + 1));
    expect(view.indexOfUid(5)).toBe(-1);
    expect(view.firstUnseen()).toBe(0);
    expect(new Set(heard)).toEqual(new Set(["append", "flags", "expunge"]));
    expect(mailstore.folder(BOX, "INBOX")).toMatchObject({ exists: 100, unseen: 100 });
    view.close();
    const fresh = new Mailstore(store);
    const other = await fresh.open(inbox());
    expect(uidsOf(other)).toEqual(uidsOf(view));
    expect(other.highestModseq).toBe(view.highestModseq);
    await fresh.stop();
  });

  test("a view that is being loaded misses nothing that happens meanwhile", async () => {
    store.commitNow((tx) => {
      tx.client.run(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO messages (id, content, modseq, flags, keywords, size, internal_date, saved_date)
         SELECT ${inbox()} * 4294967296 + i, 1, 1, 0, '', 10, 0, 0 FROM n`,
      );
      tx.client.run(`UPDATE folders SET uid_next = 20001, messages = 20000, unseen = 20000 WHERE id = ${inbox()}`);
    });
    const opening = mailstore.open(inbox());
    const [view] = await Promise.all([
      opening,
      deliver(inbox(), "late"),
      mailstore.setFlags(inbox(), [1, 19_999], { mode: "add", flags: { system: SEEN } }),
    ]);
    await mailstore.setFlags(inbox(), [2], { mode: "add", flags: { system: SEEN } });
    expect(view.count).toBe(20_001);
    expect([1, 2, 3, 19_999, 20_001].map((uid) => view.systemAt(view.indexOfUid(uid)))).toEqual([1, 1, 0, 1, 0]);
  });

  test("unchangedSince leaves later changes alone", async () => {
    const { modseq } = await deliver(inbox(), "one");
    await mailstore.setFlags(inbox(), [1], { mode: "add", flags: { system: SEEN } });
    const done = await mailstore.setFlags(
      inbox(),
      [1],
      { mode: "replace", flags: { system: 0 } },
      { unchangedSince: modseq },
    );
    expect(done).toMatchObject({ stored: [], modified: [1] });
  });

  test("copying shares the content, moving leaves nothing behind", async () => {
    const archive = mailstore.folder(BOX, "Archive")?.id ?? 0;
    for (let n = 0; n < 3; n++) await deliver(inbox(), `message ${n}`, { flags: SEEN });
    expect(await mailstore.copy(inbox(), [1, 3, 77], archive)).toMatchObject({ from: [1, 3], to: [1, 2] });
    expect(count("contents")).toBe(3);
    await mailstore.expunge(inbox(), [1]);
    expect(count("contents")).toBe(3);
    await mailstore.expunge(archive, [1]);
    expect(count("contents")).toBe(2);
    expect(await mailstore.copy(inbox(), [2], archive, { move: true })).toMatchObject({ from: [2], to: [3] });
    expect(mailstore.folder(BOX, "INBOX")).toMatchObject({ exists: 1, unseen: 0 });
    expect(mailstore.folder(BOX, "Archive")).toMatchObject({ exists: 2, unseen: 0 });
    expect(count("expunged")).toBe(3);
  });

  test("a delivery to a folder that is gone is refused and keeps nothing", async () => {
    expect(deliver(4711, "lost")).rejects.toMatchObject({ kind: "notFound" });
    await store.commit(() => undefined);
    expect([count("messages"), count("contents"), count("summaries")]).toEqual([0, 0, 0]);
  });
});

describe("search", () => {
  test.each([true, false])("finds substrings of any letter case, indexed: %p", async (indexed) => {
    const wanted = await deliver(inbox(), "=?utf-8?q?M=C3=BCnchen?=", { body: "The Quick brown fox" });
    const other = await deliver(inbox(), "other", { body: "slow" });
    if (indexed) await mailstore.index.catchUp();
    for (const needle of ["ÜNCHE", "k brow", "anna@exam", "ox"]) {
      expect(mailstore.index.candidates(needle).has(wanted.content)).toBe(true);
    }
    expect(mailstore.index.text(wanted.content)).toContain(casemap("münchen"));
    expect(mailstore.index.body(wanted.content)).toContain("QUICK BROWN");
    expect(mailstore.index.candidates("k brow").has(other.content)).toBe(!indexed);
    expect(count("unindexed")).toBe(indexed ? 0 : 2);
    await mailstore.expunge(inbox(), [wanted.uid]);
    expect(mailstore.index.candidates("k brow").has(wanted.content)).toBe(false);
  });

  test("what an earlier version stored and indexed gets its head, and is indexed anew", async () => {
    const wanted = await deliver(inbox(), "=?utf-8?q?M=C3=BCnchen?=", { body: "Caf\u00e9" });
    await mailstore.index.catchUp();
    store.client.run("DELETE FROM sort_keys");
    store.client.run("DELETE FROM header_texts");
    store.client.run("DELETE FROM search");
    const later = new Mailstore(store);
    const { heads } = later;
    expect(heads.unfilledTo).toBe(wanted.content);
    expect(later.index.candidates("cafe").has(wanted.content)).toBe(true);
    expect(heads.fieldText("subject", wanted.content)).toBe(casemap("M\u00fcnchen\n"));
    const fresh = await deliver(inbox(), "new", { body: "fresh" });
    expect(heads.unfilledTo).toBe(wanted.content);
    await later.index.catchUp();
    expect([heads.unfilledTo, count("sort_keys"), count("header_texts"), count("unindexed")]).toEqual([0, 2, 2, 0]);
    expect(later.index.candidates("cafe").has(wanted.content)).toBe(true);
    expect(later.index.candidates("cafe").has(fresh.content)).toBe(false);
    await later.expunge(inbox(), [wanted.uid]);
    expect([count("sort_keys"), count("header_texts")]).toEqual([1, 1]);
  });

  test("quotes in a needle are only letters", () => {
    expect(trigramQuery('a"b')).toBe('"a""b"');
    expect(trigramQuery("ab")).toBeUndefined();
    expect(() => mailstore.index.candidates('"; DROP "')).not.toThrow();
  });
});
