/** What people do for themselves: contacts, what they may know of their account, their archive. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Actor } from "../../src/administration/actor.ts";
import { listArchive, restoreArchive, searchArchive } from "../../src/administration/mail/archive.ts";
import {
  addContact,
  completeAddress,
  forgetCorrespondent,
  listContacts,
  removeContact,
  setContact,
  showContact,
} from "../../src/administration/users/contacts.ts";
import { showSelf } from "../../src/administration/users/self.ts";
import { ADMINISTRATOR } from "../../src/directory/permissions.ts";
import { CONSOLE, House } from "./house.ts";

let house: House;

beforeEach(async () => {
  house = await House.build();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const mails = (address: string) => [{ kind: "work" as const, address }];
const addShared = (actor: Actor, fullName = "Zoe Plumber") =>
  house.administration.perform(addContact, actor, { book: "shared", fullName, mails: mails("zoe@pipes.example") });
const addOwn = (actor: Actor, fullName = "Aunt") =>
  house.administration.perform(addContact, actor, { fullName, mails: mails("aunt@else.example") });

describe("shared contacts", () => {
  test("are everybody's to read, and only administrators of everything change them", async () => {
    const { id } = await addShared(house.as("admin"));
    for (const login of ["anna", "dora"]) {
      const actor = house.as(login);
      expect((await house.administration.perform(listContacts, actor, {})).total).toBe(1);
      expect((await house.administration.perform(showContact, actor, { id })).name).toBe("Zoe Plumber");
      expect(await house.tried(() => addShared(actor))).toBe("notPermitted");
      const { perform } = house.administration;
      const set = () => perform.call(house.administration, setContact, actor, { id, fullName: "x" });
      expect(await house.tried(set)).toBe("notPermitted");
      expect(await house.tried(() => house.administration.perform(removeContact, actor, { id }))).toBe("notPermitted");
    }
    await house.administration.perform(setContact, CONSOLE, { id, fullName: "Zoe P." });
    expect(house.audit("contact Zoe Plumber")[0]).toMatchObject({
      ...{ operation: "contact.set", actor: "console" },
      ...{ before: { fullName: "Zoe Plumber" }, after: { fullName: "Zoe P." } },
    });
    await house.administration.perform(removeContact, house.as("admin"), { id });
    expect((await house.administration.perform(listContacts, CONSOLE, {})).total).toBe(0);
  });

  test("need the scope users:write of a token", async () => {
    expect(await house.tried(() => addShared(house.withToken("admin", "self:write")))).toBe("notPermitted");
    expect(await house.tried(() => addShared(house.withToken("admin", "self:write", "users:write")))).toBe("done");
  });
});

describe("own contacts", () => {
  test("nobody else sees or changes, administrators included", async () => {
    const { id } = await addOwn(house.as("anna"));
    const others: [Actor, string][] = [
      [house.as("ben"), "notPermitted"],
      [house.as("dora"), "notPermitted"],
      [house.as("admin"), "notFound"],
      [CONSOLE, "notFound"],
    ];
    for (const [actor, kind] of others) {
      const tries = [
        () => house.administration.perform(showContact, actor, { id }),
        () => house.administration.perform(setContact, actor, { id, fullName: "x" }),
        () => house.administration.perform(removeContact, actor, { id }),
        () => house.administration.perform(showContact, actor, { id: 4711 }),
      ];
      for (const work of tries) expect(await house.tried(work)).toBe(kind as "notFound");
    }
    expect((await house.administration.perform(listContacts, house.as("ben"), { book: "own" })).total).toBe(0);
    expect((await house.administration.perform(showContact, house.as("anna"), { id })).name).toBe("Aunt");
  });

  test("change without the audit log hearing what they say", async () => {
    const actor = house.as("anna");
    const { id } = await addOwn(actor);
    await house.administration.perform(setContact, actor, { id, notes: "owes me money" });
    const lines = house.audit("own contact");
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/Aunt|money|else\.example/);
  });

  test("belong to somebody: the console says to whom", async () => {
    expect(await house.tried(() => addOwn(CONSOLE))).toBe("invalid");
    expect(await house.tried(() => house.administration.perform(listContacts, CONSOLE, { book: "own" }))).toBe(
      "invalid",
    );
  });
});

test("completion knows who asks", async () => {
  await addShared(house.as("admin"));
  await addOwn(house.as("anna"), "Zoe's aunt");
  const complete = async (actor: Actor) =>
    (await house.administration.perform(completeAddress, actor, { typed: "zoe" })).suggestions.map(
      ({ source }) => source,
    );
  expect(await complete(house.as("anna"))).toEqual(["own", "shared", "directory"]);
  expect(await complete(house.as("ben"))).toEqual(["shared", "directory"]);
  expect(await complete(CONSOLE)).toEqual(["shared", "directory"]);
  await house.store.commit((tx) =>
    house.directory.contacts.rememberWithin(
      tx,
      house.user("ben").id,
      [{ address: "zoe@new.example", name: "" }],
      Date.now(),
    ),
  );
  expect(await complete(house.as("ben"))).toEqual(["correspondent", "shared", "directory"]);
  await house.administration.perform(forgetCorrespondent, house.as("ben"), { address: "zoe@new.example" });
  expect(await complete(house.as("ben"))).toEqual(["shared", "directory"]);
});

describe("what somebody is and may", () => {
  const self = (login: string) => house.administration.perform(showSelf, house.as(login), {});

  test("is told by role, permissions and domain", async () => {
    expect(await self("anna")).toMatchObject({
      ...{ login: "anna", role: "user", administers: null, password: { whyNot: null, external: null } },
      mailboxes: [{ primary: true, label: "anna@home.example", changeable: ["sharing"] }],
      scopes: ["self:read", "self:write"],
    });
    await house.directory.users.update("anna", { permissions: ["web.forwarding", "user.autoresponder"] });
    expect((await self("anna")).mailboxes[0]?.changeable).toEqual(["forwarding", "autoresponderSwitch", "sharing"]);
    await house.directory.domains.update("home.example", { passwordChange: false });
    expect((await self("anna")).password.whyNot).toContain("changed by the administrator");
    await house.directory.users.update("anna", { external: { directory: "Office", id: "" } });
    expect((await self("anna")).password).toMatchObject({ external: "Office" });
    expect(await self("dora")).toMatchObject({ role: "manager", administers: ["home.example"] });
    expect(await self("admin")).toMatchObject({ role: "administrator", administers: null });
    expect(JSON.stringify(await self("admin"))).not.toMatch(/hash|scram|storedKey/i);
  });

  test("holds one's own mailboxes alone, the primary one first", async () => {
    const ownerId = house.user("anna").id;
    await house.directory.mailboxes.create({ ownerId, description: "Office" });
    expect((await self("anna")).mailboxes.map(({ label }) => label)).toEqual(["anna@home.example", "Office"]);
    expect((await self("ben")).mailboxes).toHaveLength(1);
  });

  test("needs somebody", async () => {
    expect(await house.tried(() => house.administration.perform(showSelf, CONSOLE, {}))).toBe("invalid");
  });
});

describe("the archive", () => {
  const DAY = 86_400_000;
  let id: number;
  let archived: number;

  beforeEach(async () => {
    id = house.user("anna").primaryMailbox;
    const made = await house.mailstore.createFolder(id, "Work");
    await house.put(made.id, "From: Ben <ben@home.example>\r\nSubject: The old plan\r\n\r\nbridge\r\n");
    await house.put(made.id, "From: Zoe <zoe@away.example>\r\nSubject: Invoice\r\n\r\nbridge\r\n");
    const rules = [{ folder: "Work", days: 1, action: "archive" as const }];
    await house.mailstore.archive.expire(id, rules, Date.now() + 2 * DAY);
    const { folders } = await house.administration.perform(listArchive, house.as("anna"), { id });
    archived = folders.find(({ original }) => original === "Work")?.folder ?? 0;
    expect(folders.find(({ folder }) => folder === archived)).toMatchObject({ name: "Archive/Work", messages: 2 });
  });

  test("is searched by text, sender and day", async () => {
    const search = async (input: { text?: string; from?: string; since?: string }) => {
      const { messages } = await house.administration.perform(searchArchive, house.as("anna"), { id, ...input });
      return messages.map(({ subject }) => subject).sort();
    };
    expect(await search({})).toEqual(["Invoice", "The old plan"]);
    expect(await search({ text: "BRIDGE" })).toEqual(["Invoice", "The old plan"]);
    expect(await search({ text: "bridge", from: "zoe" })).toEqual(["Invoice"]);
    expect(await search({ from: "ben" })).toEqual(["The old plan"]);
    expect(await search({ text: "nothing like it" })).toEqual([]);
    expect(await search({ since: "2000-01-01" })).toHaveLength(2);
    expect(await search({ since: "2100-01-01" })).toEqual([]);
  });

  test("gives messages back to the folder they came from, one or all", async () => {
    const actor = house.as("anna");
    const { messages } = await house.administration.perform(searchArchive, actor, { id, text: "invoice" });
    const uids = messages.map(({ uid }) => uid);
    const restored = await house.administration.perform(restoreArchive, actor, { id, folder: archived, uids });
    expect(restored).toEqual({ restored: 1, name: "Work" });
    await house.administration.perform(restoreArchive, actor, { id, folder: archived });
    expect(await house.messages(house.folderId("anna", "Work"))).toHaveLength(2);
    expect(house.audit("archive of")[0]).toMatchObject({ operation: "archive.restore", after: { restored: 1 } });
  });

  test("is closed to strangers; who looks after its owner counts and restores, and reads nothing", async () => {
    const list = (actor: Actor) => house.tried(() => house.administration.perform(listArchive, actor, { id }));
    const search = (actor: Actor) => house.tried(() => house.administration.perform(searchArchive, actor, { id }));
    const restore = (actor: Actor, folder = archived) =>
      house.tried(() => house.administration.perform(restoreArchive, actor, { id, folder }));
    for (const work of [list, search, restore]) expect(await work(house.as("ben"))).toBe("notPermitted");
    const inbox = house.folderId("ben");
    expect(await restore(house.as("anna"), inbox)).toBe("notFound");
    for (const login of ["dora", "admin"]) {
      expect(await list(house.as(login))).toBe("done");
      expect(await search(house.as(login))).toBe("notPermitted");
    }
    expect(await search(CONSOLE)).toBe("done");
    expect(await restore(house.as("dora"))).toBe("done");
    await house.directory.users.update("anna", { permissions: [ADMINISTRATOR] });
    expect(await list(house.as("dora"))).toBe("notPermitted");
  });
});
