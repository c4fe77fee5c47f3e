import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mailboxRemoved, userChanged } from "../../src/directory/changes.ts";
import { DAY_MS, expiryAfter, expiryOf, hasExpired } from "../../src/directory/expiry.ts";
import { type Opened, openDirectory, refusalKind } from "./open.ts";

let opened: Opened;

beforeEach(async () => {
  opened = openDirectory();
  await opened.directory.domains.create({ name: "example.test" });
});
afterEach(() => opened.close());

describe("creating a user", () => {
  test("makes the primary mailbox and an address from the login name", async () => {
    const { users, mailboxes } = opened.directory;
    const user = await users.create({ login: "Anna", fullName: "Anna Example" });
    expect(user).toMatchObject({ login: "Anna", fullName: "Anna Example", kind: "user", enabled: true, webmail: true });
    expect([...user.permissions]).toEqual(["smtp.relay"]);
    expect(mailboxes.require(user.primaryMailbox).ownerId).toBe(user.id);
    expect(opened.directory.addressesOf(user.id)).toEqual(["anna@example.test"]);
    expect(users.get("ANNA")).toEqual(user);
    expect(users.byId(user.id)).toEqual(user);
  });

  test("takes the addresses it is given, and a login name that is an address", async () => {
    const { users } = opened.directory;
    const a = await users.create({ login: "a", addresses: ["x@example.test", "y@example.test"] });
    const b = await users.create({ login: "b@example.test" });
    const c = await users.create({ login: "c", addresses: [] });
    const d = await users.create({ login: "d@elsewhere.test" });
    expect([a, b, c, d].map((user) => opened.directory.addressesOf(user.id))).toEqual([
      ["x@example.test", "y@example.test"],
      ["b@example.test"],
      [],
      [],
    ]);
  });

  test("refuses what is taken or malformed, and leaves nothing behind", async () => {
    const { users, mailboxes } = opened.directory;
    await users.create({ login: "anna" });
    const count = mailboxes.list().length;
    expect(await refusalKind(users.create({ login: "ANNA" }))).toBe("exists");
    expect(await refusalKind(users.create({ login: "guest" }))).toBe("exists");
    expect(await refusalKind(users.create({ login: "eve", addresses: ["Anna@example.test"] }))).toBe("exists");
    expect(await refusalKind(users.create({ login: "eve", addresses: ["eve@nowhere.test"] }))).toBe("notFound");
    expect(await refusalKind(users.create({ login: "eve", template: "none" }))).toBe("notFound");
    for (const login of ["", " ", "a b", "a:b", "a/b", "a\\b", "a\nb", ".a", "-a", "a<b>", "x".repeat(129), "a\0"]) {
      expect([login, await refusalKind(users.create({ login }))]).toEqual([login, "invalid"]);
    }
    expect(users.list().total).toBe(1);
    expect(mailboxes.list().length).toBe(count);
  });

  test("copies a template, its expiry counted from the new user's creation", async () => {
    const { users } = opened.directory;
    const template = await users.create({
      login: "staff",
      kind: "template",
      permissions: ["smtp.relay", "ftp.login"],
      webmail: false,
      newsRead: ["local.*"],
      expiresAfterIdleDays: 90,
      createdAt: 0,
      expiresAt: 30 * DAY_MS,
      entry: { organisation: "Example" },
    });
    expect(template.primaryMailbox).toBe(0);
    const user = await users.create({ login: "anna", template: "staff", createdAt: 1000, fullName: "Anna" });
    expect(user).toMatchObject({
      kind: "user",
      fullName: "Anna",
      webmail: false,
      newsRead: ["local.*"],
      expiresAfterIdleDays: 90,
      expiresAt: expiryAfter(1000, 30),
    });
    expect([...user.permissions]).toEqual(["smtp.relay", "ftp.login"]);
    expect(user.entry.organisation).toBe("Example");
    expect(users.list().users.map(({ login }) => login)).toEqual(["anna"]);
    expect(users.list({ kind: "template" }).users.map(({ login }) => login)).toEqual(["staff"]);
  });
});

describe("changing a user", () => {
  test("every property is kept across a restart", async () => {
    const { users, mailboxes } = opened.directory;
    const { id } = await users.create({ login: "anna" });
    const second = await mailboxes.create({ ownerId: id });
    const set = {
      login: "Änne",
      fullName: "Änne Example",
      enabled: false,
      permissions: ["ftp.login", "web.forwarding"] as const,
      administers: [1],
      mustChangePassword: true,
      external: { directory: "office", id: "cn=anna" },
      webmail: false,
      primaryMailbox: second.id,
      homePageFolder: "people/anna",
      ftpDirectory: "ftp/anna",
      newsRead: ["local.*", "!local.secret"],
      newsPost: ["local.test"],
      expiresAt: 1_900_000_000_000,
      expiresAfterIdleDays: 9999,
      renewedAt: 5,
      expiryWarnedAt: 6,
    };
    await users.update("anna", { ...set, permissions: [...set.permissions], entry: { phoneMobile: "+1 555 0100" } });
    await users.update("änne", { entry: { city: "Ulm" } });
    opened.restart();
    const user = opened.directory.users.require("ÄNNE");
    expect(user).toMatchObject({ ...set, permissions: new Set(set.permissions) });
    expect(user.entry).toMatchObject({ phoneMobile: "+1 555 0100", city: "Ulm", notes: "" });
    expect(opened.directory.users.get("anna")).toBeUndefined();
  });

  test("refuses values that make no sense", async () => {
    const { users, mailboxes } = opened.directory;
    await users.create({ login: "anna" });
    const other = await users.create({ login: "bert" });
    expect(await refusalKind(users.update("nobody", { fullName: "x" }))).toBe("notFound");
    expect(await refusalKind(users.update("anna", { login: "bert" }))).toBe("exists");
    const wrong = [
      { fullName: "a\nb" },
      { fullName: "x".repeat(201) },
      { homePageFolder: "../etc" },
      { homePageFolder: "/etc" },
      { ftpDirectory: "a//b" },
      { ftpDirectory: "a\\b" },
      { expiresAfterIdleDays: 0 },
      { expiresAfterIdleDays: 10_000 },
      { newsRead: ["a b"] },
      { primaryMailbox: other.primaryMailbox },
    ];
    for (const patch of wrong)
      expect([patch, await refusalKind(users.update("anna", patch))]).toEqual([patch, "invalid"]);
    expect(mailboxes.require(other.primaryMailbox).ownerId).toBe(other.id);
  });

  test("says in plain words what is wrong", async () => {
    const { users } = opened.directory;
    await users.create({ login: "anna" });
    const sentence = await users.update("anna", { homePageFolder: "../x" }).catch((refusal) => refusal.sentence);
    expect(sentence).toBe('The home-page folder is a path below the files folder, like "people/anna".');
  });

  test("never leaves nobody to administrate", async () => {
    const { users } = opened.directory;
    await users.create({ login: "admin", permissions: ["web.administrator"] });
    await users.create({ login: "anna" });
    expect(await refusalKind(users.update("admin", { enabled: false }))).toBe("notPermitted");
    expect(await refusalKind(users.update("admin", { permissions: [] }))).toBe("notPermitted");
    expect(await refusalKind(users.remove("admin"))).toBe("notPermitted");
    expect(opened.directory.resolve("postmaster").kind).toBe("local");
    await users.update("anna", { permissions: ["web.administrator"] });
    expect(users.administrators().map(({ login }) => login)).toEqual(["admin", "anna"]);
    await users.remove("admin");
    expect(await refusalKind(users.update("anna", { enabled: false }))).toBe("notPermitted");
  });
});

describe("removing a user", () => {
  test("removes mailboxes and addresses in one commit, and tells of each", async () => {
    const { users, mailboxes, aliases } = opened.directory;
    const user = await users.create({ login: "anna" });
    const second = await mailboxes.create({ ownerId: user.id, addresses: ["second@example.test"] });
    const told: string[] = [];
    opened.store.changes.on(mailboxRemoved, ({ id, ownerId }) => told.push(`mailbox ${id} of ${ownerId}`));
    opened.store.changes.on(userChanged, ({ id, change }) => told.push(`user ${id} ${change}`));
    await users.remove("Anna");
    expect(told).toEqual([
      `mailbox ${user.primaryMailbox} of ${user.id}`,
      `mailbox ${second.id} of ${user.id}`,
      `user ${user.id} removed`,
    ]);
    expect(users.get("anna")).toBeUndefined();
    expect(mailboxes.byId(second.id)).toBeUndefined();
    expect(aliases.list()).toEqual([]);
    const again = await users.create({ login: "anna" });
    expect(again.id).toBeGreaterThan(user.id);
    expect(again.primaryMailbox).toBeGreaterThan(second.id);
  });
});

describe("the guest entry", () => {
  test("is there from the start, permits nothing, and can neither go nor be renamed", async () => {
    const { directory } = opened;
    expect(directory.permits(undefined, "http.proxy")).toBe(false);
    await directory.users.update("guest", { permissions: ["http.proxy"] });
    expect(directory.permits(undefined, "http.proxy")).toBe(true);
    expect(await refusalKind(directory.users.remove("guest"))).toBe("notPermitted");
    expect(await refusalKind(directory.users.update("guest", { login: "nobody" }))).toBe("notPermitted");
    opened.restart();
    expect(opened.directory.permits(undefined, "http.proxy")).toBe(true);
    expect(opened.directory.users.list().total).toBe(0);
  });
});

test("a user's own permissions decide, not the guest's", async () => {
  const { directory } = opened;
  await directory.users.update("guest", { permissions: ["http.proxy"] });
  const user = await directory.users.create({ login: "anna" });
  expect(directory.permits(user, "http.proxy")).toBe(false);
  expect(directory.permits(user, "smtp.relay")).toBe(true);
});

describe("listing users", () => {
  test("searches names and addresses in any case, sorts and pages", async () => {
    const { users } = opened.directory;
    await users.create({ login: "anna", fullName: "Müller", addresses: ["first@example.test"] });
    await users.create({ login: "bert", fullName: "Zoë 100%", addresses: ["second_x@example.test"] });
    await users.create({ login: "carl", fullName: "Abel" });
    const logins = (query: Parameters<typeof users.list>[0]) => users.list(query).users.map(({ login }) => login);
    expect(logins({ search: "MÜLL" })).toEqual(["anna"]);
    expect(logins({ search: "FIRST" })).toEqual(["anna"]);
    expect(logins({ search: "irst@Example.te" })).toEqual(["anna"]);
    expect(logins({ search: "0%" })).toEqual(["bert"]);
    expect(logins({ search: "_" })).toEqual(["bert"]);
    expect(logins({ search: "%" })).toEqual(["bert"]);
    expect(logins({ sort: "fullName" })).toEqual(["carl", "anna", "bert"]);
    expect(logins({ descending: true })).toEqual(["carl", "bert", "anna"]);
    expect(users.list({ page: 2, pageSize: 2 })).toMatchObject({ total: 3, users: [{ login: "carl" }] });
  });
});

describe("the last login", () => {
  test("is noted in memory at most once a minute and written when asked", async () => {
    const { users } = opened.directory;
    const { id } = await users.create({ login: "anna" });
    const changes: number[] = [];
    opened.store.changes.on(userChanged, (change) => changes.push(change.id));
    for (let i = 0; i < 300; i++)
      users.lastLogins.note(id, { at: 1_000_000 + i, service: "imap", remote: "192.0.2.1" });
    expect(users.require("anna").lastLogin).toEqual({ at: 1_000_000, service: "imap", remote: "192.0.2.1" });
    users.lastLogins.note(id, { at: 1_060_000, service: "web", remote: "192.0.2.2" });
    expect(users.list().users[0]?.lastLogin?.at).toBe(1_060_000);
    expect(changes).toEqual([]);
    opened.restart();
    expect(opened.directory.users.require("anna").lastLogin).toEqual({
      at: 1_060_000,
      service: "web",
      remote: "192.0.2.2",
    });
  });
});

describe("expiry", () => {
  const user = { expiresAt: null, expiresAfterIdleDays: null, lastLogin: null, renewedAt: null, createdAt: 1_000 };

  test("is by date, by days without a login, or whichever comes first", () => {
    expect(expiryOf(user)).toBeUndefined();
    expect(expiryOf({ ...user, expiresAt: 5_000 })).toBe(5_000);
    expect(expiryOf({ ...user, expiresAfterIdleDays: 2 })).toBe(1_000 + 2 * DAY_MS);
    const login = { at: 10 * DAY_MS, service: "imap", remote: "" };
    expect(expiryOf({ ...user, expiresAfterIdleDays: 2, lastLogin: login })).toBe(12 * DAY_MS);
    expect(expiryOf({ ...user, expiresAfterIdleDays: 2, lastLogin: login, renewedAt: 20 * DAY_MS })).toBe(22 * DAY_MS);
    expect(expiryOf({ ...user, expiresAfterIdleDays: 2, lastLogin: login, expiresAt: 7 })).toBe(7);
    expect(hasExpired({ ...user, expiresAt: 5_000 }, 4_999)).toBe(false);
    expect(hasExpired({ ...user, expiresAt: 5_000 }, 5_000)).toBe(true);
  });
});
