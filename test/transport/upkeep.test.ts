/** What time brings: old mail expires, accounts end. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { userChanged } from "../../src/directory/changes.ts";
import { accountSettings } from "../../src/transport/settings.ts";
import { hold } from "../held.ts";
import { World } from "./world.ts";

const DAY = 86_400_000;

let world: World;
beforeEach(async () => {
  world = await World.open();
  world.clock = Date.now();
});
afterEach(() => world.close());

const boxOf = (login: string) => world.user(login).primaryMailbox;
const names = (login: string) =>
  world.mailstore
    .folders(boxOf(login))
    .filter((folder) => folder.exists > 0)
    .map((folder) => `${folder.name} ${folder.exists}`);

test("what is held for a mailbox goes with it, also where nobody asked for what is held since the start", async () => {
  await hold(world, { mailbox: boxOf("bert"), address: "bert@home.test", reason: "junk", subject: "Held" });
  await world.close({ keep: true });
  world = await World.open({ folder: world.folder });
  const held = () => world.store.client.query("SELECT 1 FROM held_messages").get() !== null;
  expect(held()).toBe(true);
  await world.directory.users.remove("bert");
  await world.until(() => !held());
});

describe("mail", () => {
  const rule = (folder: string, action: "archive" | "delete") => ({ rules: [{ folder, days: 30, action }] });

  test("expires by the rules of its mailbox, else of its mail group, in the hourly round", async () => {
    const group = await world.directory.mailGroups.create({ name: "Staff", expiry: rule("INBOX", "delete") });
    await world.directory.mailboxes.update(boxOf("anna"), { expiry: rule("*", "archive"), groupId: null });
    await world.directory.mailboxes.update(boxOf("bert"), { groupId: group.id });
    await world.send(["anna@home.test", "bert@home.test", "carl@home.test"]);
    await world.transport.keepHouse();
    expect([names("anna"), names("bert"), names("carl")]).toEqual([["INBOX 1"], ["INBOX 1"], ["INBOX 1"]]);
    world.clock += 31 * DAY;
    await world.transport.keepHouse();
    expect([names("anna"), names("bert"), names("carl")]).toEqual([["Archive/INBOX 1"], [], ["INBOX 1"]]);
    expect(world.logged("mail.expired")).toHaveLength(2);
  });

  test("expires on demand, of one mailbox", async () => {
    await world.directory.mailboxes.update(boxOf("anna"), { expiry: rule("INBOX", "delete") });
    await world.send(["anna@home.test"]);
    world.clock += 31 * DAY;
    expect(await world.transport.mailExpiry.sweepMailbox(boxOf("anna"))).toEqual({ archived: 0, deleted: 1 });
    await expect(world.transport.mailExpiry.sweepMailbox(999)).rejects.toMatchObject({ kind: "notFound" });
  });

  test("of hundreds of mailboxes expires in one round, and rounds at once are one", async () => {
    for (let count = 0; count < 205; count++) {
      const user = await world.directory.users.create({ login: `user${count}` });
      await world.directory.mailboxes.update(user.primaryMailbox, { expiry: rule("INBOX", "delete") });
    }
    await world.send(Array.from({ length: 205 }, (_, count) => `user${count}@home.test`));
    world.clock += 31 * DAY;
    const both = await Promise.all([world.transport.mailExpiry.sweep(), world.transport.mailExpiry.sweep()]);
    expect(both).toEqual([
      { archived: 0, deleted: 205 },
      { archived: 0, deleted: 205 },
    ]);
    expect(world.contents()).toBe(0);
  });
});

describe("accounts", () => {
  const notices = (login: string) =>
    world.inbox(login).filter((text) => text.includes("Auto-Submitted: auto-generated"));
  const end = (login: string, days: number) =>
    world.directory.users.update(login, { expiresAt: world.clock + days * DAY });
  const administrate = (login: string, administers: number[] | null = null) =>
    world.directory.users.update(login, { permissions: ["web.administrator"], administers });

  test("warns once for each of the days that are set", async () => {
    await end("bert", 20);
    const rounds: number[] = [];
    for (let day = 0; day <= 20; day++) {
      rounds.push(await world.transport.accounts.sweep());
      expect(await world.transport.accounts.sweep()).toBe(0);
      world.clock += DAY;
    }
    expect(rounds.flatMap((count, day) => (count > 0 ? [day] : []))).toEqual([6, 17]);
    const [first = "", second = ""] = notices("bert");
    expect(first).toContain("Subject: Your account expires in 14 days\r\n");
    expect(first).toContain("ask your administrator to renew it");
    expect(second).toContain("Subject: Your account expires in 3 days\r\n");
  });

  test("tells the administrators who look after him, in one mail", async () => {
    const other = await world.directory.domains.create({ name: "other.test" });
    await world.directory.users.create({ login: "dora", addresses: ["dora@other.test"] });
    await administrate("anna");
    await administrate("carl", [other.id]);
    await end("bert", 2);
    await end("dora", 2);
    expect(await world.transport.accounts.sweep()).toBe(2);
    expect(notices("anna")).toHaveLength(1);
    expect(notices("anna")[0]).toContain("Subject: 2 accounts expire soon\r\n");
    expect(notices("anna")[0]).toMatch(/ {4}bert: .*\r\n {4}dora: /);
    expect(notices("carl")[0]).toContain("Subject: The account dora expires in 2 days\r\n");
    expect(notices("carl")[0]).not.toContain("bert");
  });

  test("is quiet where it is set so, and about those who are off or do not end", async () => {
    await administrate("anna");
    await end("bert", 2);
    await end("carl", 2);
    await world.directory.users.update("carl", { enabled: false });
    await world.store.settings.set(accountSettings, { expiryWarnDays: [] });
    expect(await world.transport.accounts.sweep()).toBe(0);
    await world.store.settings.set(accountSettings, { expiryWarnDays: [3], warnAdministrators: false });
    expect(await world.transport.accounts.sweep()).toBe(1);
    expect([notices("anna"), notices("carl")]).toEqual([[], []]);
  });

  test("an account that is renewed is warned of again when its new end comes near", async () => {
    await end("bert", 2);
    await world.transport.accounts.sweep();
    await end("bert", 30);
    expect(await world.transport.accounts.sweep()).toBe(0);
    world.clock += 17 * DAY;
    expect(await world.transport.accounts.sweep()).toBe(1);
    expect(notices("bert")).toHaveLength(2);
  });

  test("who does not log in is told how to keep the account", async () => {
    await world.directory.users.update("bert", { expiresAfterIdleDays: 5 });
    expect(await world.transport.accounts.sweep()).toBe(1);
    expect(notices("bert")[0]).toContain("Log in before that\r\nday, and it stays for another 5 days.");
  });

  test("a warning comes into a full mailbox, and goes where its owner forwards", async () => {
    const forwarding = { enabled: true, addresses: ["anna@home.test"], keepCopy: false };
    await world.directory.mailboxes.update(boxOf("bert"), { forwarding, quota: { messages: 0 } });
    await end("bert", 2);
    await world.transport.accounts.sweep();
    expect([notices("bert"), notices("anna")].map((list) => list.length)).toEqual([1, 1]);
  });

  test("a hundred users are warned in a few commits, each once", async () => {
    for (let count = 0; count < 120; count++) {
      await world.directory.users.create({ login: `user${count}`, expiresAt: world.clock + 2 * DAY });
    }
    await administrate("anna");
    expect(await world.transport.accounts.sweep()).toBe(120);
    expect(notices("anna")).toHaveLength(3);
    expect(notices("user119")).toHaveLength(1);
  });

  test("when an account ends, whoever keeps its sessions is told", async () => {
    const ended = new Promise<number>((resolve) => {
      world.events.length = 0;
      world.store.changes.on(userChanged, ({ id }) => {
        if (world.logged("account.expired").length > 0) resolve(id);
      });
    });
    // The timer runs by the real clock.
    await world.directory.users.update("bert", { expiresAt: world.clock + 30 });
    world.clock += 40;
    expect(await ended).toBe(world.user("bert").id);
    expect(world.logged("account.expired")).toHaveLength(1);
  });
});
