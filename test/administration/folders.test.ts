import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  addFolder,
  emptyFolder,
  listFolders,
  readFolder,
  removeFolder,
  setFolder,
} from "../../src/administration/mail/folders.ts";
import { House } from "./house.ts";

let house: House;
let box: number;

beforeAll(async () => {
  house = await House.build();
  box = house.user("anna").primaryMailbox;
});
afterAll(async () => await house.close());

const perform: House["administration"]["perform"] = (...asked) => house.administration.perform(...asked);
const anna = () => house.as("anna");
const ben = () => house.as("ben");
const names = () => house.mailstore.folders(box).map(({ name }) => name);
const give = async (folder: string, rights: string) => {
  const found = house.mailstore.folder(box, folder);
  const place = { mailbox: box, folder: found?.id ?? 0 };
  await house.store.commit((tx) =>
    house.mailstore.grants.setWithin(tx, place, { user: house.user("ben").id, negative: false }, rights),
  );
};

describe("folders", () => {
  test("are made with those above them, and shown by programs", async () => {
    const made = await perform(addFolder, anna(), { id: box, name: "Work/2026" });
    expect(made).toMatchObject({ name: "Work/2026", subscribed: true, messages: 0, colour: null });
    expect(names()).toContain("Work");
    expect(house.audit("mailbox").some(({ operation }) => operation === "folder.add")).toBe(true);
    expect(await house.tried(() => perform(addFolder, anna(), { id: box, name: "Work/2026" }))).toBe("exists");
    expect(await house.tried(() => perform(addFolder, anna(), { id: box, name: "a%b" }))).toBe("invalid");
  });

  test("are renamed with those below, given a role that another loses, and coloured for oneself", async () => {
    await perform(addFolder, anna(), { id: box, name: "Gesendet" });
    const sent = await perform(setFolder, anna(), { id: box, folder: "Gesendet", role: "Sent" });
    expect(sent.role).toBe("Sent");
    expect(house.mailstore.folder(box, "Sent")?.specialUse).toBeUndefined();
    await perform(setFolder, anna(), { id: box, folder: "Sent", role: "Sent" });
    const moved = await perform(setFolder, anna(), { id: box, folder: "Work", name: "Old/Work", colour: "teal" });
    expect(moved).toMatchObject({ name: "Old/Work", colour: "teal" });
    expect(names()).toContain("Old/Work/2026");
    expect(house.mailstore.colours.of(house.user("ben").id).size).toBe(0);
    await perform(setFolder, anna(), { id: box, folder: "Old/Work", name: "Work", subscribed: false });
    expect(house.mailstore.folder(box, "Work")?.subscribed).toBe(false);
    expect(await house.tried(() => perform(setFolder, anna(), { id: box, folder: "INBOX", name: "In" }))).toBe(
      "notPermitted",
    );
  });

  test("go to the trash with their messages, and from there for good; empty ones at once", async () => {
    await perform(addFolder, anna(), { id: box, name: "Plans/Old" });
    const folder = house.mailstore.folder(box, "Plans/Old")?.id ?? 0;
    await house.put(folder, "Subject: x\r\n\r\n");
    expect(await perform(removeFolder, anna(), { id: box, folder: "Plans" })).toEqual({ movedTo: "Trash/Plans" });
    expect(names()).toContain("Trash/Plans/Old");
    await perform(addFolder, anna(), { id: box, name: "Plans" });
    expect(await perform(removeFolder, anna(), { id: box, folder: "Plans" })).toEqual({ movedTo: null });
    expect(await perform(removeFolder, anna(), { id: box, folder: "Trash/Plans" })).toEqual({ movedTo: null });
    expect(names().filter((name) => name.includes("Plans"))).toEqual([]);
    expect(await house.tried(() => perform(removeFolder, anna(), { id: box, folder: "Sent" }))).toBe("notPermitted");
  });

  test("are marked as read, and emptied; the trash with the folders in it", async () => {
    const inbox = house.mailstore.folder(box, "INBOX")?.id ?? 0;
    const trash = house.mailstore.folder(box, "Trash")?.id ?? 0;
    for (const folder of [inbox, inbox, trash]) await house.put(folder, "Subject: y\r\n\r\n");
    expect(await perform(readFolder, anna(), { id: box, folder: "INBOX" })).toEqual({ marked: 2 });
    expect(await perform(readFolder, anna(), { id: box, folder: "INBOX" })).toEqual({ marked: 0 });
    await perform(addFolder, anna(), { id: box, name: "Trash/Gone" });
    await house.put(house.mailstore.folder(box, "Trash/Gone")?.id ?? 0, "Subject: z\r\n\r\n");
    expect(await perform(emptyFolder, anna(), { id: box, folder: "Trash" })).toEqual({ deleted: 2 });
    expect(names()).not.toContain("Trash/Gone");
  });

  test("of others are changed as far as rights reach, and otherwise unknown", async () => {
    const unknown = [
      () => perform(listFolders, ben(), { id: box }),
      () => perform(addFolder, ben(), { id: box, name: "Mine" }),
      () => perform(emptyFolder, ben(), { id: box, folder: "INBOX" }),
    ];
    for (const attempt of unknown) expect(await house.tried(attempt)).toBe("notPermitted");
    await give("Work", "lrs");
    const { folders } = await perform(listFolders, ben(), { id: box });
    expect(folders.map(({ name }) => name)).toEqual(["Work"]);
    expect(await perform(readFolder, ben(), { id: box, folder: "Work" })).toEqual({ marked: 0 });
    expect(await perform(setFolder, ben(), { id: box, folder: "Work", colour: "red" })).toMatchObject({
      colour: "red",
    });
    const refused = [
      () => perform(addFolder, ben(), { id: box, name: "Work/Mine" }),
      () => perform(setFolder, ben(), { id: box, folder: "Work", name: "Worked" }),
      () => perform(setFolder, ben(), { id: box, folder: "Work", subscribed: true }),
      () => perform(setFolder, ben(), { id: box, folder: "Work", role: "Junk" }),
      () => perform(removeFolder, ben(), { id: box, folder: "Work" }),
      () => perform(emptyFolder, ben(), { id: box, folder: "Work" }),
    ];
    for (const attempt of refused) expect(await house.tried(attempt)).toBe("notPermitted");
    expect(await house.tried(() => perform(readFolder, ben(), { id: box, folder: "INBOX" }))).toBe("notFound");
    await give("Work", "lrskxte");
    for (const name of ["A", "B"]) await perform(addFolder, anna(), { id: box, name: `Work/Branch/${name}` });
    for (const name of ["Work/Branch", "Work/Branch/A"]) await give(name, "lrx");
    await give("Work/Branch/B", "lr");
    expect(await house.tried(() => perform(removeFolder, ben(), { id: box, folder: "Work/Branch" }))).toBe(
      "notPermitted",
    );
    expect(names()).toContain("Work/Branch/A");
    await perform(removeFolder, anna(), { id: box, folder: "Work/Branch" });
    expect(await perform(addFolder, ben(), { id: box, name: "Work/Mine" })).toMatchObject({ rights: "lrskxte" });
    expect(await perform(removeFolder, ben(), { id: box, folder: "Work/Mine" })).toEqual({ movedTo: null });
  });
});
