/** What is done to messages in webmail, and taken back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../harness.ts";
import { type Browser, House } from "./house.ts";

const letter = (subject: string) =>
  `From: Carol <carol@else.example>\nTo: ann@home.example\nSubject: ${subject}\n\ntext\n`;

let house: House;
let ann: Browser;
let bob: Browser;
let inbox: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  inbox = house.folderId("ann");
  // The pages that forms are sent from.
  await ann.get(`/mail/f/${inbox}`);
  await bob.get(`/mail/f/${house.folderId("bob")}`);
});
afterAll(async () => await house.close());

const inFolder = async (name?: string) =>
  (await house.messages(house.folderId("ann", name))).map(({ text, system, keywords }) => ({
    subject: /Subject: (.*)\r/.exec(text)?.[1],
    system,
    keywords,
  }));

/** Does something, and gives the address at which it is taken back. */
async function act(fields: Record<string, string | readonly string[]>, folder = inbox): Promise<string> {
  await ann.post(`/mail/f/${folder}/act`, fields);
  const { text } = await ann.get(`/mail/f/${folder}`);
  return /action="(\/mail\/undo\/[\w-]+)"/.exec(text)?.[1] ?? "";
}

describe("taking back", () => {
  test("brings messages back to where they were, with their flags and labels", async () => {
    const uid = await house.put(inbox, letter("moved"), { flags: 4 });
    await house.mailstore.setFlags(inbox, [uid], { mode: "add", flags: { system: 1, keywords: ["work"] } });
    const before = await inFolder();
    const wishes: readonly Record<string, string>[] = [
      { do: "archive" },
      { do: "delete" },
      { do: "junk" },
      { to: String(house.folderId("ann", "Sent")) },
    ];
    for (const wish of wishes) {
      const [message] = (await house.messages(inbox)).slice(-1);
      const undo = await act({ uid: String(message?.uid), ...wish });
      expect(await inFolder()).toHaveLength(before.length - 1);
      await ann.post(undo, {});
      expect(await inFolder()).toEqual(before);
    }
  });

  test("marks as before what was marked, and nothing else", async () => {
    const unread = await house.put(inbox, letter("unread"));
    const read = await house.put(inbox, letter("read"), { flags: 1 });
    const before = await inFolder();
    const undo = await act({ uid: [String(unread), String(read)], do: "read" });
    expect((await inFolder()).every(({ system }) => (system & 1) === 1)).toBe(true);
    await ann.post(undo, {});
    expect(await inFolder()).toEqual(before);
  });

  test("brings back what was deleted for good, with flags and date", async () => {
    const trash = house.folderId("ann", "Trash");
    const uid = await house.put(trash, letter("erased"), { flags: 5, at: 1_700_000_000_000 });
    const undo = await act({ uid: String(uid), do: "erase" }, trash);
    expect(await inFolder("Trash")).toEqual([]);
    expect((await ann.post(undo, {})).status).toBe(303);
    expect(await inFolder("Trash")).toMatchObject([{ subject: "erased", system: 5 }]);
    const view = await house.mailstore.open(trash);
    expect(view.internalDateAt(0)).toBe(1_700_000_000_000);
    view.close();
    const left = () => house.store.client.query<{ n: number }, []>("SELECT count(*) AS n FROM reprieved").get()?.n;
    expect(left()).toBe(0);
  });

  test("is over after the first time, and nobody else's business", async () => {
    const uid = await house.put(inbox, letter("once"));
    const undo = await act({ uid: String(uid), do: "archive" });
    expect((await bob.post(undo, {})).status).toBe(404);
    expect((await ann.post(undo, {})).status).toBe(303);
    expect((await ann.post(undo, {})).status).toBe(404);
    expect((await ann.post("/mail/undo/nothing", {})).status).toBe(404);
  });

  test("asks for the rights again", async () => {
    const carol = await house.addUser("carol");
    const mailbox = house.user("ann").primaryMailbox;
    await house.directory.mailboxes.share(mailbox, carol.id, "lrswite");
    const uid = await house.put(inbox, letter("shared"));
    const browser = await house.signIn("carol");
    await browser.get(`/mail/f/${inbox}`);
    await browser.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "archive" });
    const undo = /action="(\/mail\/undo\/[\w-]+)"/.exec((await browser.get(`/mail/f/${inbox}`)).text)?.[1] ?? "";
    await house.directory.mailboxes.share(mailbox, carol.id, "lr");
    expect((await browser.post(undo, {})).status).toBe(403);
    await house.directory.mailboxes.share(mailbox, carol.id, "");
  });
});

describe("all of a list", () => {
  test("is what the list had when it was drawn", async () => {
    const folder = (await house.mailstore.createFolder(house.user("ann").primaryMailbox, "All")).id;
    for (let at = 0; at < 60; at++) await house.put(folder, letter(`nr ${at}`));
    const { text } = await ann.get(`/mail/f/${folder}`);
    const below = /name="below"[^>]* value="(\d+)"/.exec(text)?.[1] ?? "";
    await house.put(folder, letter("later"));
    const undo = await act({ all: "1", below, do: "read" }, folder);
    const unread = async () =>
      (await inFolder("All")).filter(({ system }) => system === 0).map(({ subject }) => subject);
    expect(await unread()).toEqual(["later"]);
    await ann.post(undo, {});
    expect(await unread()).toHaveLength(61);
    await act({ all: "1", below, q: "subject:5", do: "archive" }, folder);
    expect(await inFolder("All")).toHaveLength(61 - 15);
  });

  test("of thousands goes on behind the page, and is taken back as far as it came", async () => {
    const { mailstore, store } = house;
    const mailbox = house.user("ann").primaryMailbox;
    const folder = (await mailstore.createFolder(mailbox, "Many")).id;
    await house.put(folder, letter("many"));
    // Copies of itself: 1 + 1 + 2 + 4 …
    for (let count = 1; count < 8_000; count *= 2) {
      const { uids } = await viewOf(folder);
      await mailstore.copy(folder, uids, folder);
    }
    const total = (await viewOf(folder)).uids.length;
    const undo = await act({ all: "1", do: "delete" }, folder);
    await ann.post(undo, {});
    await until(async () => (await viewOf(folder)).uids.length === total, "all are back");
    expect(store.client.query("SELECT messages FROM folders WHERE id = ?").values(folder)[0]?.[0]).toBe(total);
  });
});

test("somebody who may only read makes no folder, and takes nothing back when his rights are gone", async () => {
  const { mailstore, directory } = house;
  const mailbox = house.user("ann").primaryMailbox;
  const bobId = house.user("bob").id;
  const shared = await mailstore.createFolder(mailbox, "Shared");
  const archive = mailstore.folder(mailbox, "Archive");
  if (archive !== undefined) await mailstore.deleteFolder(mailbox, archive.name);
  const uid = await house.put(shared.id, letter("shared"));
  await directory.mailboxes.share(mailbox, bobId, "lr");
  const asBob = async (what: string) =>
    (await bob.post(`/mail/f/${shared.id}/act`, { do: what, uid: String(uid) })).status;
  expect(await asBob("archive")).toBe(403);
  expect(mailstore.folder(mailbox, "Archive")).toBeUndefined();

  await directory.mailboxes.share(mailbox, bobId, "lrswite");
  expect(await asBob("delete")).toBe(303);
  const { text } = await bob.get(`/mail/f/${shared.id}`);
  const undo = /action="(\/mail\/undo\/[\w-]+)"/.exec(text)?.[1] ?? "";
  await directory.mailboxes.share(mailbox, bobId, "lr");
  expect((await ann.post(undo, {})).status).toBe(404);
  expect((await bob.post(undo, {})).status).toBe(403);
  expect((await viewOf(shared.id)).uids).toEqual([]);
});

async function viewOf(folder: number): Promise<{ uids: number[] }> {
  const view = await house.mailstore.open(folder);
  const uids = [...view.uids];
  view.close();
  return { uids };
}
