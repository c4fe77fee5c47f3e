import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mailboxChanged, mailboxRemoved } from "../../src/directory/changes.ts";
import { type Opened, openDirectory, refusalKind } from "./open.ts";

let opened: Opened;
let owner: number;
let primary: number;

beforeEach(async () => {
  opened = openDirectory();
  await opened.directory.domains.create({ name: "example.test" });
  ({ id: owner, primaryMailbox: primary } = await opened.directory.users.create({ login: "anna" }));
});
afterEach(() => opened.close());

describe("a mailbox", () => {
  test("begins without limits and with everything switched off", () => {
    expect(opened.directory.mailboxes.require(primary)).toMatchObject({
      ownerId: owner,
      description: "",
      login: null,
      hasPassword: false,
      quota: { messages: null, octets: null, warnPercent: 90 },
      forwarding: { enabled: false, addresses: [], keepCopy: true, sender: "original" },
      autoresponder: { enabled: false, periodDays: 7 },
      expiry: { rules: [] },
    });
  });

  test("keeps its properties across a restart; a partial change leaves the rest", async () => {
    const { mailboxes } = opened.directory;
    await mailboxes.update(primary, {
      description: "Main",
      login: "anna-mail",
      quota: { messages: 100, octets: 5_000_000, whenFull: "refuse" },
      forwarding: { enabled: true, addresses: ["x@elsewhere.test"], sender: "mailbox" },
      autoresponder: { enabled: true, subject: "Away", text: "Back soon.", endsAt: 9, doNotRespond: ["*@shop.test"] },
      expiry: { rules: [{ folder: "Trash", days: 30, action: "delete" }] },
    });
    await mailboxes.update(primary, {
      quota: { messages: 50 },
      forwarding: { keepCopy: false },
      autoresponder: { endsAt: 10 },
    });
    opened.restart();
    expect(opened.directory.mailboxes.require(primary)).toMatchObject({
      description: "Main",
      login: "anna-mail",
      quota: { messages: 50, octets: 5_000_000, whenFull: "refuse" },
      forwarding: { enabled: true, addresses: ["x@elsewhere.test"], sender: "mailbox", keepCopy: false },
      autoresponder: { enabled: true, subject: "Away", text: "Back soon.", endsAt: 10, doNotRespond: ["*@shop.test"] },
      expiry: { rules: [{ folder: "Trash", days: 30, action: "delete" }] },
    });
  });

  test("refuses values that make no sense", async () => {
    const { mailboxes, users } = opened.directory;
    expect(await refusalKind(mailboxes.create({ ownerId: 99 }))).toBe("notFound");
    expect(await refusalKind(mailboxes.create({ ownerId: users.guest().id }))).toBe("notFound");
    expect(await refusalKind(mailboxes.update(99, {}))).toBe("notFound");
    expect(await refusalKind(mailboxes.update(primary, { groupId: 99 }))).toBe("notFound");
    const wrong = [
      { forwarding: { addresses: ["nobody"] } },
      { quota: { octets: -1 } },
      { autoresponder: { subject: "a\r\nBcc: x" } },
      { expiry: { rules: [{ folder: "Trash", days: 0, action: "delete" as const }] } },
      { description: "a\nb" },
    ];
    for (const patch of wrong) {
      expect([patch, await refusalKind(mailboxes.update(primary, patch))]).toEqual([patch, "invalid"]);
    }
  });

  test("shares one set of login names with users", async () => {
    const { mailboxes, users } = opened.directory;
    expect(await refusalKind(mailboxes.update(primary, { login: "ANNA" }))).toBe("exists");
    await mailboxes.update(primary, { login: "desk" });
    expect(mailboxes.byLogin("DESK")?.id).toBe(primary);
    expect(await refusalKind(users.create({ login: "Desk" }))).toBe("exists");
    expect(await refusalKind(users.update("anna", { login: "desk" }))).toBe("exists");
    await mailboxes.update(primary, { login: null });
    expect(mailboxes.byLogin("desk")).toBeUndefined();
  });

  test("as the primary one it stays with its user; others can go and change hands", async () => {
    const { mailboxes, users, aliases } = opened.directory;
    const other = await users.create({ login: "bert" });
    const second = await mailboxes.create({ ownerId: owner, addresses: ["shop@example.test"] });
    expect(await refusalKind(mailboxes.remove(primary))).toBe("notPermitted");
    expect(await refusalKind(mailboxes.update(primary, { ownerId: other.id }))).toBe("notPermitted");
    await mailboxes.setCredentials(second.id, { passwordHash: "$argon2id$", scram: null });
    await mailboxes.update(second.id, { description: "Shop" });
    expect(mailboxes.require(second.id).hasPassword).toBe(true);
    await mailboxes.update(second.id, { ownerId: other.id });
    expect(mailboxes.require(second.id).hasPassword).toBe(false);
    expect(mailboxes.list({ owner: other.id }).map(({ id }) => id)).toEqual([other.primaryMailbox, second.id]);
    const told: number[] = [];
    opened.store.changes.on(mailboxRemoved, ({ id }) => told.push(id));
    await mailboxes.remove(second.id);
    expect(told).toEqual([second.id]);
    expect(aliases.list({ address: "shop@example.test" })).toEqual([]);
  });
});

describe("addresses", () => {
  test("one stands on several mailboxes, and once on each", async () => {
    const { mailboxes, aliases } = opened.directory;
    const second = await mailboxes.create({ ownerId: owner });
    await aliases.add("team@example.test", primary);
    await aliases.add("TEAM@example.test", second.id);
    expect(await refusalKind(aliases.add("Team@example.test", second.id))).toBe("exists");
    expect(await refusalKind(aliases.add("x@example.test", 99))).toBe("notFound");
    expect(await refusalKind(aliases.add("x@nowhere.test", primary))).toBe("notFound");
    expect(await refusalKind(aliases.add("nonsense", primary))).toBe("invalid");
    await aliases.remove("team@example.test", primary);
    expect(aliases.list({ address: "team@example.test" }).map(({ mailboxId }) => mailboxId)).toEqual([second.id]);
    await aliases.remove("team@example.test");
    expect(await refusalKind(aliases.remove("team@example.test"))).toBe("notFound");
  });

  test("there is one return address as long as there is any", async () => {
    const { aliases } = opened.directory;
    const returns = () =>
      aliases
        .list({ mailboxId: primary })
        .filter((alias) => alias.primary)
        .map(({ address }) => address);
    expect(returns()).toEqual(["anna@example.test"]);
    await aliases.add("b@example.test", primary);
    await aliases.add("c@example.test", primary, { primary: true });
    expect(returns()).toEqual(["c@example.test"]);
    await aliases.makePrimary("b@example.test", primary);
    expect(returns()).toEqual(["b@example.test"]);
    await aliases.remove("b@example.test");
    expect(returns()).toEqual(["anna@example.test"]);
    await aliases.remove("anna@example.test");
    await aliases.remove("c@example.test");
    expect(returns()).toEqual([]);
  });
});

describe("sharing", () => {
  test("gives another user rights on the whole mailbox, and takes them back", async () => {
    const { directory } = opened;
    const { mailboxes, users } = directory;
    const bert = await users.create({ login: "bert" });
    expect(directory.mayRead(owner, primary)).toBe(true);
    expect(directory.mayRead(bert.id, primary)).toBe(false);
    await mailboxes.share(primary, bert.id, "slr");
    expect(mailboxes.rights(bert.id, primary)).toBe("lrs");
    expect(directory.mayRead(bert.id, primary)).toBe(true);
    expect(mailboxes.shares({ user: bert.id })).toEqual([{ mailboxId: primary, userId: bert.id, rights: "lrs" }]);
    expect(await refusalKind(mailboxes.share(primary, bert.id, "z"))).toBe("invalid");
    expect(await refusalKind(mailboxes.share(primary, owner, "l"))).toBe("invalid");
    await mailboxes.share(primary, bert.id, "");
    expect(directory.mayRead(bert.id, primary)).toBe(false);
    await mailboxes.share(primary, bert.id, "r");
    await users.remove("bert");
    expect(mailboxes.shares({ mailbox: primary })).toEqual([]);
  });
});

describe("mail groups", () => {
  test("give limits to mailboxes that have none of their own", async () => {
    const { mailboxes, mailGroups } = opened.directory;
    const group = await mailGroups.create({ name: "Staff", quota: { messages: 10, octets: 1000 } });
    expect(await refusalKind(mailGroups.create({ name: "STAFF" }))).toBe("exists");
    await mailboxes.update(primary, { groupId: group.id, quota: { messages: 5 } });
    expect(mailboxes.quota(mailboxes.require(primary))).toMatchObject({ messages: 5, octets: 1000 });
    await mailGroups.update(group.id, { quota: { octets: 2000 } });
    expect(mailboxes.quota(mailboxes.require(primary)).octets).toBe(2000);
    expect(mailboxes.list({ group: group.id }).map(({ id }) => id)).toEqual([primary]);
    await mailGroups.remove(group.id);
    expect(mailboxes.require(primary).groupId).toBeNull();
    expect(mailboxes.quota(mailboxes.require(primary)).octets).toBeNull();
    expect(mailGroups.list()).toEqual([]);
  });
});

describe("domains", () => {
  test("names and aliases are one set, in any spelling", async () => {
    const { domains } = opened.directory;
    const domain = await domains.create({ name: "MÜLLER.example", aliases: ["Other.test"] });
    expect(domain).toMatchObject({
      name: "xn--mller-kva.example",
      displayName: "müller.example",
      aliases: ["other.test"],
    });
    for (const name of ["müller.example", "OTHER.test", "example.test"]) {
      expect([name, await refusalKind(domains.create({ name }))]).toEqual([name, "exists"]);
    }
    expect(await refusalKind(domains.update("example.test", { aliases: ["other.test"] }))).toBe("exists");
    expect(await refusalKind(domains.update("example.test", { name: "other.test" }))).toBe("exists");
    expect(await refusalKind(domains.create({ name: "not a domain" }))).toBe("invalid");
    expect(await refusalKind(domains.update("example.test", { catchAllMailbox: 99 }))).toBe("notFound");
    expect(domains.byName("other.TEST")?.id).toBe(domain.id);
    expect(domains.primary()?.name).toBe("example.test");
  });

  test("can be renamed with every address, and removed when empty", async () => {
    const { directory } = opened;
    await directory.domains.update("example.test", { name: "new.test", aliases: ["example.test"] });
    expect(directory.addressesOf(owner)).toEqual(["anna@new.test"]);
    expect(directory.resolve("anna@example.test")).toMatchObject({ kind: "local", address: "anna@new.test" });
    const removal = await directory.domains.remove("new.test").catch((refusal) => refusal);
    expect([removal.kind, removal.temporary]).toEqual(["inUse", false]);
    await directory.aliases.remove("anna@new.test");
    await directory.domains.remove("new.test");
    expect(directory.domains.list()).toEqual([]);
    expect(directory.resolve("anna@example.test").kind).toBe("remote");
  });
});

test("a mailbox read from memory is the one in the file after each change", async () => {
  const { mailboxes } = opened.directory;
  let told = 0;
  opened.store.changes.on(mailboxChanged, () => told++);
  for (const description of ["a", "b", "c"]) {
    await mailboxes.update(primary, { description });
    expect(mailboxes.byId(primary)?.description).toBe(description);
    expect(mailboxes.byId(primary)).toBe(mailboxes.byId(primary));
  }
  expect(told).toBe(3);
});
