import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Browser, House, htmx } from "./house.ts";

let house: House;
let ann: Browser;
let bob: Browser;
let box: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  box = house.user("ann").primaryMailbox;
  await ann.get("/mail/folders");
  await bob.get("/mail/folders");
});
afterAll(async () => await house.close());

const idOf = (name: string) => house.mailstore.folder(box, name)?.id ?? 0;
const names = () => house.mailstore.folders(box).map(({ name }) => name);
/** Presses the button of the page that takes back what was done last. */
const takeBack = async (browser: Browser) => {
  const [, undo = ""] = /action="(\/mail\/undo\/[^"]+)"/.exec((await browser.get("/mail/folders")).text) ?? [];
  await browser.post(undo, {});
};
const share = async (folder: string, rights: string) => {
  const place = { mailbox: box, folder: idOf(folder) };
  const grantee = { user: house.user("bob").id, negative: false };
  await house.store.commit((tx) => house.mailstore.grants.setWithin(tx, place, grantee, rights));
};

describe("folders", () => {
  test("are made within others, and lead to their list", async () => {
    const made = await ann.post("/mail/folders", { mailbox: String(box), name: "Work", parent: "" });
    expect(made.location).toBe(`/mail/f/${idOf("Work")}`);
    await ann.post("/mail/folders", { mailbox: String(box), name: "Jäger & Söhne", parent: "Work" });
    const list = await ann.get("/mail/folders");
    expect(list.text).toContain("Jäger &amp; Söhne");
    expect((await ann.get(`/mail/folders?in=${idOf("Work")}`)).text).toContain('value="Work" selected');
  });

  test("are refused beside the field, with what was typed", async () => {
    const twice = await ann.post("/mail/folders", { mailbox: String(box), name: "Work", parent: "" });
    expect(twice.status).toBe(422);
    expect(twice.text).toContain("There is already a folder “Work”.");
    const slash = await ann.post("/mail/folders", { mailbox: String(box), name: "a/b", parent: "" });
    expect(slash.text).toContain("A name has no / in it.");
    expect(slash.text).toContain('value="a/b"');
  });

  test("are renamed, moved, coloured and hidden on their page", async () => {
    const id = idOf("Work/Jäger & Söhne");
    const saved = { name: "Jäger", parent: "", colour: "green", role: "" };
    expect((await ann.post(`/mail/folders/${id}`, saved)).location).toBe(`/mail/folders/${id}`);
    expect(names()).toContain("Jäger");
    const rail = (await ann.get("/mail/folders")).text;
    expect(rail).toContain('data-colour="green"');
    expect(rail).toContain("1 more folder");
    await ann.post(`/mail/folders/${id}`, { ...saved, subscribed: "on", colour: "" });
    expect((await ann.get("/mail/folders")).text).not.toContain("more folder");
    expect((await ann.post(`/mail/folders/${id}`, { ...saved, name: "Sent" })).status).toBe(422);
  });

  test("have a menu with what may be done now", async () => {
    const inbox = idOf("INBOX");
    await house.put(inbox, "From: x@y.example\nSubject: Hello\n\n");
    const menu = async (id: number) => (await ann.get(`/mail/folders/${id}/menu`, htmx("div#folder-menu"))).text;
    expect(await menu(inbox)).toContain("Mark all as read");
    expect(await menu(inbox)).not.toContain("Delete the folder");
    expect(await menu(idOf("Jäger"))).toContain("Delete the folder");
    const read = await ann.post(
      `/mail/folders/${inbox}/act`,
      { do: "read" },
      { referer: `https://x/mail/f/${inbox}?q=a` },
    );
    expect(read.location).toBe(`/mail/f/${inbox}?q=a`);
    const unread = () => house.mailstore.folderById(inbox)?.unseen;
    expect(unread()).toBe(0);
    await takeBack(ann);
    expect(unread()).toBe(1);
    await ann.post(`/mail/folders/${inbox}/act`, { do: "read" });
    expect(await menu(inbox)).not.toContain("Mark all as read");
    await ann.post(`/mail/folders/${inbox}/act`, { colour: "pink" });
    expect(house.mailstore.colours.of(house.user("ann").id).get(inbox)).toBe("pink");
  });

  test("lead to where they are shared, with their name", async () => {
    const { text } = await ann.get(`/mail/folders/${idOf("Work")}`);
    const [, href = ""] = /href="([^"]*\/sharing\?folder=[^"]*)"/.exec(text) ?? [];
    expect((await ann.get(href)).text).toMatch(/<option[^>]*selected[^>]*>Work</);
  });

  test("are deleted by way of the trash, which is emptied after a question", async () => {
    await house.put(idOf("Jäger"), "Subject: Kept\n\n");
    expect((await ann.post(`/mail/folders/${idOf("Jäger")}/act`, { do: "remove" })).location).toBe("/mail/folders");
    expect(names()).toContain("Trash/Jäger");
    await takeBack(ann);
    expect(names()).toContain("Jäger");
    await ann.post(`/mail/folders/${idOf("Jäger")}/act`, { do: "remove" });
    await house.put(idOf("Trash"), "Subject: Old\n\n");
    const trash = idOf("Trash");
    expect((await ann.get(`/mail/folders/${trash}/empty`)).text).toContain("Empty the trash?");
    expect((await ann.post(`/mail/folders/${trash}/act`, { do: "empty" })).location).toBe(`/mail/f/${trash}`);
    expect(names()).not.toContain("Trash/Jäger");
    expect(house.mailstore.folderById(trash)?.exists).toBe(0);
  });

  test("of others stand in a section of their own, with as much as they allow", async () => {
    for (const path of ["", "/menu", "/empty"])
      expect((await bob.get(`/mail/folders/${idOf("Work")}${path}`)).status).toBe(404);
    expect((await bob.post(`/mail/folders/${idOf("Work")}/act`, { do: "remove" })).status).toBe(404);
    expect((await bob.post("/mail/folders", { mailbox: String(box), name: "Mine", parent: "" })).status).toBe(403);
    await share("Work", "lr");
    const page = (await bob.get("/mail/folders")).text;
    expect(page).toContain("ann@home.example");
    const card = (await bob.get(`/mail/folders/${idOf("Work")}`)).text;
    expect(card).not.toContain("Delete the folder");
    expect(card).not.toContain('name="name"');
    expect((await bob.post(`/mail/folders/${idOf("Work")}/act`, { do: "remove" })).status).toBe(403);
    await share("Work", "lrskx");
    await bob.post("/mail/folders", { mailbox: String(box), name: "Shared", parent: "Work" });
    expect(names()).toContain("Work/Shared");
    expect((await bob.post(`/mail/folders/${idOf("Work/Shared")}/act`, { do: "remove" })).location).toBe(
      "/mail/folders",
    );
    expect(names()).not.toContain("Work/Shared");
  });
});

describe("messages", () => {
  test("are moved into mailboxes of others that take them, with the flags that one may set there, and back", async () => {
    const work = idOf("Work");
    const mine = house.folderId("bob");
    const uid = await house.put(mine, "From: x@y.example\nSubject: Over there\n\n", { flags: 5 });
    await share("Work", "lr");
    expect((await bob.get(`/mail/f/${mine}`)).text).not.toContain(`name="to" value="${work}"`);
    expect((await bob.post(`/mail/f/${mine}/act`, { uid: String(uid), to: String(work) })).status).toBe(403);
    await share("Work", "lrite");
    expect((await bob.get(`/mail/f/${mine}`)).text).toContain(`name="to" value="${work}"`);
    await bob.post(`/mail/f/${mine}/act`, { uid: String(uid), to: String(work) });
    const [there] = await house.messages(work);
    expect(there?.system).toBe(0);
    const page = await bob.get(`/mail/f/${mine}`);
    expect(page.text).not.toContain("Over there");
    const [, undo = ""] = /action="(\/mail\/undo\/[^"]+)"/.exec(page.text) ?? [];
    await bob.post(undo, {});
    expect((await bob.get(`/mail/f/${mine}`)).text).toContain("Over there");
    expect(await house.messages(work)).toEqual([]);
  });
});
