/** What one user may try against others, and against the server, with webmail's forms and addresses. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FolderRights } from "../../src/auth/folder-rights.ts";
import { processorMs } from "../timing.ts";
import { type Browser, House, htmx } from "./house.ts";

let house: House;
let ann: Browser;
let inbox: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  inbox = house.folderId("ann");
  await ann.get(`/mail/f/${inbox}`);
});
afterAll(async () => {
  expect(house?.faults).toEqual([]);
  await house?.close();
});

/** The folder of a role, made if need be. */
const special = (login: string, role: string) =>
  house.store.commit((tx) => house.mailstore.specialFolder(tx, house.user(login).primaryMailbox, role));
const letter = (subject: string) => `From: carol@else.example\nTo: ann@home.example\nSubject: ${subject}\n\ntext\n`;

describe("a number that is no UID", () => {
  test("means no message of somebody else's folder", async () => {
    const trash = await special("ann", "Trash");
    const snoozed = await special("ann", "Snoozed");
    const { id: bobs } = await house.mailstore.createFolder(house.user("bob").primaryMailbox, "Private");
    const uid = await house.put(bobs, letter("secret of bob"));
    const before = await house.messages(bobs);
    // A message's key is its folder and its UID in one: this would be the key of bob's message.
    const meaning = (folder: number) => String((bobs - folder) * 2 ** 32 + uid);
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
    for (const [folder, fields] of [
      [inbox, { do: "flag" }],
      [inbox, { label: "mine" }],
      [inbox, { star: meaning(inbox) }],
      [inbox, { do: "delete" }],
      [inbox, { to: String(trash) }],
      [trash, { do: "delete" }],
      [trash, { do: "inbox" }],
      [inbox, { do: "snooze", until }],
      [snoozed, { do: "snooze", until }],
    ] as const)
      await ann.post(`/mail/f/${folder}/act`, { uid: meaning(folder), ...fields });
    for (const folder of [inbox, trash, snoozed])
      await ann.post("/mail/search/act", { uid: `${folder}.${meaning(folder).slice(0, 10)}`, do: "delete" });
    expect(await house.messages(bobs)).toEqual(before);
    const stored = "SELECT flags, keywords FROM messages WHERE id = ?";
    expect(house.store.client.query(stored).values(bobs * 2 ** 32 + uid)).toEqual([[0, ""]]);
    expect(house.store.client.query("SELECT count(*) FROM snoozed").values()).toEqual([[0]]);
    expect((await ann.get(`/mail/f/${inbox}/m/${meaning(inbox)}`)).status).toBe(404);
  });

  test("written twice means one message, which is let go of once", async () => {
    const trash = await special("ann", "Trash");
    const text = letter("shared by two");
    const bobs = await house.put(house.folderId("bob"), text);
    const uid = await house.put(trash, text);
    const twice = [`${trash}.${uid}`, `${trash}.0${uid}`, `0${trash}.00${uid}`];
    expect((await ann.post("/mail/search/act", { uid: twice, do: "erase" })).status).toBe(303);
    const [, undo = ""] = /action="(\/mail\/undo\/[\w-]+)"/.exec((await ann.get(`/mail/f/${inbox}`)).text) ?? [];
    await ann.post(undo, {});
    expect((await house.messages(trash)).filter((one) => one.text.includes("shared by two"))).toHaveLength(1);
    const again = (await house.messages(trash)).find((one) => one.text.includes("shared by two"))?.uid ?? 0;
    const moved = [`${trash}.${again}`, `${trash}.0${again}`];
    await ann.post("/mail/search/act", { uid: moved, do: "inbox" });
    const back = (await house.messages(inbox)).filter((one) => one.text.includes("shared by two"));
    expect(back).toHaveLength(1);
    await house.mailstore.expunge(inbox, [back[0]?.uid ?? 0, back[0]?.uid ?? 0]);
    expect((await house.messages(house.folderId("bob"))).find((one) => one.uid === bobs)?.text).toContain("shared");
  });
});

describe("labels", () => {
  test("are atoms, or the answers of IMAP would say what their giver likes", async () => {
    const uid = await house.put(inbox, letter("labels"));
    for (const label of ["x)\r\n*\tBYE", "a(b", "\\Recent", "ä", 'a"b', "a\0b", "]"]) {
      const { status } = await ann.post(`/mail/f/${inbox}/act`, { uid: String(uid), label });
      expect({ label, status }).toEqual({ label, status: 400 });
    }
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.keywords).toEqual([]);
  });
});

describe("the page that is kept for being offline", () => {
  test("says nothing of whoever is signed in, and takes none of his messages", async () => {
    const uid = await house.put(inbox, letter("kept for later"));
    await ann.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "flag" });
    const { text } = await ann.get("/mail/offline");
    expect([text.includes(ann.csrf), text.includes("marked")]).toEqual([false, false]);
    expect((await ann.get(`/mail/f/${inbox}`)).text).toContain("1 message marked.");
  });
});

describe("labels without end", () => {
  test("are neither kept nor offered", async () => {
    const { primaryMailbox: mailbox } = house.user("ann");
    const { id: folder } = await house.mailstore.createFolder(mailbox, "Labelled");
    const uids: number[] = [];
    for (let n = 0; n < 20; n++) uids.push(await house.put(folder, letter(`labelled ${n}`)));
    for (const uid of uids) {
      const keywords = Array.from({ length: 64 }, (_, n) => `k${uid}-${n}`);
      await house.mailstore.setFlags(folder, [uid], { mode: "add", flags: { system: 0, keywords } });
    }
    const { text } = await ann.get(`/mail/f/${folder}`);
    expect(text.match(/name="label" value="/g)?.length).toBeLessThanOrEqual(400);
    await house.store.commit((tx) => {
      for (let n = 0; n < 300; n++)
        house.mailstore.labels.setWithin(tx, mailbox, { keyword: `label-${n}`, name: `${n}`, tone: 0 });
    });
    const one = await house.put(folder, letter("one more"));
    const fields = { uid: String(one), do: "label", labelName: "one more" };
    expect((await ann.post(`/mail/f/${folder}/act`, fields)).status).toBe(429);
    house.store.client.run("DELETE FROM labels");
  });
});

describe("a conversation of thousands", () => {
  test("is dealt with at the price of what is shown of it", async () => {
    const { id: folder } = await house.mailstore.createFolder(house.user("ann").primaryMailbox, "Bomb");
    await house.put(folder, `Message-ID: <bomb@x>\n${letter("bomb")}`);
    const copy = house.store.client.prepare(
      "INSERT INTO messages SELECT id + ?1, content, modseq, flags, keywords, size, internal_date + ?1, saved_date FROM messages WHERE id = ?2",
    );
    await house.store.commit(() => {
      for (let n = 1; n < 20_000; n++) copy.run(n, folder * 2 ** 32 + 1);
    });
    const path = `/mail/f/${folder}`;
    expect((await ann.get(path)).text).toContain("20000");
    const begun = processorMs();
    const ticked = Array.from({ length: 900 }, (_, n) => String(n + 1));
    const { status, text } = await ann.post(`${path}/act`, { uid: ticked, whole: "1", do: "read" }, htmx("list", path));
    expect([status, text.match(/<li [^>]*id="m\d+"/g)?.length]).toEqual([200, 1]);
    // Each message of it asking for all others would take minutes.
    expect(processorMs() - begun).toBeLessThan(2_000);
  });
});

describe("a message of millions of letters", () => {
  test("is read once by a search, however much is looked for", async () => {
    const text = "=C3=BCm=20a=3D=\n".repeat(500_000);
    const head =
      "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n";
    await house.put(inbox, `From: a@else.example\nSubject: large\n${head}\n${text}`);
    const words = Array.from({ length: 11 }, (_, n) => `-body:nowhere${n}`);
    const begun = processorMs();
    const { text: page } = await ann.get(`/mail/search?q=${encodeURIComponent(`subject:large ${words.join(" ")}`)}`);
    expect([page.includes(">large<"), processorMs() - begun < 1_000]).toEqual([true, true]);
  });
});

describe("a folder of somebody else's", () => {
  test("is where whoever may take messages out of it makes no other", async () => {
    const bob = await house.signIn("bob");
    const { primaryMailbox: mailbox } = await house.addUser("cleo");
    const { id } = await house.mailstore.createFolder(mailbox, "Shared");
    const folder = house.mailstore.folderById(id);
    if (folder === undefined) throw new Error("no folder");
    const uid = await house.put(id, letter("shared"));
    const rights = new FolderRights(house.directory, house.mailstore);
    const grantee = { user: house.user("bob").id, negative: false };
    await house.store.commit((tx) => rights.setWithin(tx, folder, grantee, "lrste"));
    const names = () => house.mailstore.folders(mailbox).map(({ name }) => name);
    const before = names();
    await bob.get(`/mail/f/${id}`);
    const { status } = await bob.post(`/mail/f/${id}/act`, {
      uid: String(uid),
      do: "snooze",
      until: "2035-01-01T10:00",
    });
    expect([status, names()]).toEqual([403, before]);
  });
});
