/** Insiders who want more: by a token, by a domain of their own, by addresses of others, by what is left of accounts, by being quick. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Operation } from "../../src/administration/operation.ts";
import { OPERATIONS } from "../../src/administration/operations.ts";
import { setUser } from "../../src/administration/users/users.ts";
import { ADMINISTRATOR, type Permission } from "../../src/directory/permissions.ts";
import { World } from "../administration/world.ts";
import { totpCode } from "../totp.ts";
import { Browser, PASSWORD } from "../web/house.ts";

const NEXT = "seven green bottles standing";

let world: World;
beforeAll(async () => {
  world = await World.create();
  const servers = ["ldap://127.0.0.1:1"];
  await world.store.commit((tx) => world.userDatabases.databases.createWithin(tx, "office", { servers }));
});
afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

const named = (name: string): Operation => {
  const found = OPERATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no operation ${name}`);
  return found;
};
const ask = async (name: string, input: Readonly<Record<string, unknown>>, token: string) =>
  await world.ask(named(name), input, token);
const isInside = async (browser: Browser) => (await browser.get("/mail/options/sessions")).status === 200;
const signedIn = async (login: string) => {
  const browser = new Browser(world.web);
  await browser.login(login);
  expect(await isInside(browser)).toBe(true);
  return browser;
};

describe("a token for users, without the other scopes", () => {
  const small = () => world.token("admin", ["users:read", "users:write", "mail:read", "mail:write"]);
  const appointments: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["a new one with a password", "user.add", { login: "evil", password: NEXT, permissions: [ADMINISTRATOR] }],
    ["a new one by granting", "user.add", { login: "evil", password: NEXT, grant: [ADMINISTRATOR] }],
    ["a copy of one", "user.add", { login: "evil", password: NEXT, template: "admin" }],
    ["somebody", "user.set", { login: "mia", grant: [ADMINISTRATOR] }],
    ["somebody, by the whole list", "user.set", { login: "mia", permissions: [ADMINISTRATOR] }],
    ["one of everything, from one of a domain", "user.set", { login: "dora", administers: null }],
    ["one whose password is elsewhere", "user.set", { login: "dora", external: { directory: "office", id: "mia" } }],
  ];

  test.each(appointments)("makes no administrator: %s", async (_what, operation, input) => {
    const users = () => JSON.stringify(world.store.client.query("SELECT * FROM users ORDER BY id").all());
    const before = users();
    expect((await ask(operation, input, await small())).status).toBe(403);
    expect(users()).toBe(before);
  });

  test("makes none among many either, and no template of one", async () => {
    const change = { grant: [ADMINISTRATOR] };
    const { text } = await ask("user.bulk", { logins: ["mia"], action: "change", change }, await small());
    expect(JSON.parse(text)).toMatchObject({ results: [{ done: false }] });
    const template = { login: "evil", kind: "template", permissions: [ADMINISTRATOR] };
    expect((await ask("user.add", template, await small())).status).toBe(403);
    expect(world.user("mia").permissions.has(ADMINISTRATOR)).toBe(false);
  });

  test("does so with every scope, as the pages do", async () => {
    const whole = await world.token("admin");
    expect((await ask("user.set", { login: "mia", grant: [ADMINISTRATOR] }, whole)).status).toBe(200);
    expect((await ask("user.set", { login: "mia", revoke: [ADMINISTRATOR] }, whole)).status).toBe(200);
  });
});

describe("who administrates a domain", () => {
  /** Mail to all of these is somebody else's, though no address of that name stands anywhere. */
  const TAKEN = [
    ...["admin@home.example", "ADMIN@home.example", "admin+bank@home.example", "admin+*@home.example"],
    ...["postmaster@home.example", "abuse@home.example", "Postmaster+x@home.example"],
    ...["shop-one@home.example", "shop-one*@home.example", "admin@alias.example", "admin+bank@alias.example"],
  ];

  test("takes no mail that somebody outside his reach gets, by whatever name", async () => {
    const { aliases, domains } = world.directory;
    await domains.update("home.example", { aliases: ["alias.example"] });
    await aliases.add("shop-*@home.example", world.user("admin").primaryMailbox);
    const dora = await world.token("dora");
    const mailbox = world.user("mia").primaryMailbox;
    const readers = () => TAKEN.map((address) => world.directory.resolve(address));
    const before = readers();
    for (const address of TAKEN) {
      const answers = [
        await ask("address.add", { address, mailbox }, dora),
        await ask("user.add", { login: "thief", addresses: [address] }, dora),
        await ask("mailbox.add", { owner: "mia", addresses: [address] }, dora),
      ];
      expect({ address, heard: answers.map(({ status }) => status) }).toEqual({ address, heard: [409, 409, 409] });
    }
    expect(readers()).toEqual(before);
    await aliases.remove("shop-*@home.example");
  });

  test("takes what is free, and what his own people get", async () => {
    const dora = await world.token("dora");
    const mailbox = world.user("mia").primaryMailbox;
    for (const address of ["free@home.example", "ann+list@home.example", "free-*@home.example"]) {
      expect({ address, status: (await ask("address.add", { address, mailbox }, dora)).status }).toEqual({
        address,
        status: 200,
      });
      await world.directory.aliases.remove(address);
    }
  });

  test("hears nothing of people outside his reach who share with his own", async () => {
    const { mailboxes } = world.directory;
    await mailboxes.share(world.user("foreigner").primaryMailbox, world.user("ann").id, "lr");
    const seen = await ask("user.show", { login: "ann" }, await world.token("dora"));
    expect(seen.status).toBe(200);
    expect(seen.text).not.toContain("foreign");
    expect((await ask("user.show", { login: "ann" }, await world.token("admin"))).text).toContain("foreigner");
    await mailboxes.share(world.user("foreigner").primaryMailbox, world.user("ann").id, "");
  });

  test("leads nobody's login to somebody else's mailbox", async () => {
    const dora = await world.token("dora");
    const admins = world.user("admin").primaryMailbox;
    expect((await ask("user.set", { login: "mia", primaryMailbox: admins }, dora)).status).toBe(400);
    for (const login of ["admin@home.example", "foreigner@foreign.example"])
      expect([403, 409]).toContain((await ask("user.set", { login: "mia", rename: login }, dora)).status);
    for (const login of ["admin", "ADMIN", "guest"])
      expect((await ask("user.set", { login: "mia", rename: login }, dora)).status).toBe(409);
    const mailbox = world.user("mia").primaryMailbox;
    expect((await ask("mailbox.set", { id: mailbox, login: "admin" }, dora)).status).toBe(409);
    expect((await ask("mailbox.set", { id: mailbox, forwarding: { sender: "admin@home.example" } }, dora)).status).toBe(
      403,
    );
    expect(world.user("mia")).toMatchObject({ login: "mia", primaryMailbox: mailbox });
  });

  test("catches mail for nobody in his own mailbox, or in one outside his reach", async () => {
    const dora = await world.token("dora");
    for (const login of ["dora", "admin", "foreigner"]) {
      const catchAllMailbox = world.user(login).primaryMailbox;
      const input = { name: "home.example", unknownRecipients: "mailbox", catchAllMailbox };
      expect((await ask("domain.set", input, dora)).status).toBe(403);
    }
  });

  test("who is none any more when it comes to it has done nothing", async () => {
    const { directory, deps } = world;
    const dora = { kind: "user", user: world.user("dora"), via: "web", remote: "192.168.1.20" } as const;
    const { administers } = dora.user;
    const begun = deps.administration.perform(named("password.set"), dora, { login: "mia", password: NEXT });
    await directory.users.update("dora", { permissions: [] });
    expect(begun).rejects.toThrow("Your account was changed meanwhile");
    await begun.catch(() => undefined);
    const narrower = deps.administration.perform(setUser, dora, { login: "mia", fullName: "Changed" });
    expect(narrower).rejects.toThrow("Your account was changed meanwhile");
    await narrower.catch(() => undefined);
    await directory.users.update("dora", { permissions: [ADMINISTRATOR], administers: [...(administers ?? [])] });
    expect(world.user("mia").fullName).toBe("mia");
  });
});

describe("a group of an external database that makes administrators of one domain", () => {
  test("makes none of everything, also not of somebody who is there already", async () => {
    const { directory, userDatabases, store } = world;
    const home = directory.domains.require("home.example").id;
    const permissions: Permission[] = [ADMINISTRATOR];
    await directory.users.create({ login: "chiefs", kind: "template", permissions, administers: [home] });
    const rules = [{ group: "chiefs", template: "chiefs", administrator: true }];
    const database = await store.commit((tx) =>
      userDatabases.databases.updateWithin(tx, "office", { rules, permissionsFollow: true }),
    );
    const external = { directory: "office", id: "cn=erik" };
    const erik = await directory.users.create({ login: "erik", external });
    const person = { ...{ id: "cn=erik", dn: "cn=erik", login: "erik", fullName: "" }, ...{ mails: [], groups: [] } };
    const known = { ...person, disabled: false, entry: {} };
    const change = userDatabases.accounts.changesOf(database, erik, known, ["chiefs"]);
    await store.commit((tx) => userDatabases.accounts.updateWithin(tx, erik, change));
    expect(world.user("erik")).toMatchObject({ administers: [home] });
    expect(world.user("erik").permissions.has(ADMINISTRATOR)).toBe(true);
  });
});

describe("what opened an account", () => {
  test("as a link is no longer good once the password was set in another way", async () => {
    const { token } = await world.auth.resets.create("ann", "admin");
    await world.auth.setPassword("ann", PASSWORD);
    expect(world.auth.resets.find(token)).toBeUndefined();
    const browser = new Browser(world.web);
    await browser.get("/login");
    expect((await browser.get(`/reset/${token}`)).status).toBe(404);
    expect((await browser.post(`/reset/${token}`, { password: NEXT })).status).toBe(404);
  });

  const closings: readonly (readonly [string, object, object])[] = [
    ["was switched off", { enabled: false }, { enabled: true }],
    ["had expired", { expiresAt: "2020-01-01" }, { expiresAt: null }],
  ];
  test.each(closings)("as a session stays closed when the account %s and comes back", async (_what, off, on) => {
    const browser = await signedIn("ann");
    const admin = await world.token("admin");
    expect((await ask("user.set", { login: "ann", ...off }, admin)).status).toBe(200);
    expect(await isInside(browser)).toBe(false);
    expect((await ask("user.set", { login: "ann", ...on }, admin)).status).toBe(200);
    expect(await isInside(browser)).toBe(false);
  });

  test("as a session opens no pages once these are no longer for the account", async () => {
    const browser = await signedIn("ann");
    await world.directory.users.update("ann", { webmail: false });
    expect(await isInside(browser)).toBe(false);
    await world.directory.users.update("ann", { webmail: true });
  });

  test("is not inherited by whoever gets the name next, nor is what it was used for", async () => {
    await world.addUser("gone");
    const browser = await signedIn("gone");
    const token = await world.token("gone");
    const { appPasswords, resets, factors } = world.auth;
    const { shown } = await appPasswords.create("gone", { name: "phone", services: ["imap"] });
    const before = world.user("gone");
    const { secret } = await factors.totp.begin(before.id, "mail.home.example", "gone");
    await factors.confirmTotp(before, totpCode(secret, Date.now()));
    const link = await resets.create("gone", "admin");
    await world.directory.mailboxes.share(world.user("ann").primaryMailbox, before.id, "lr");
    expect((await ask("user.remove", { login: "gone" }, await world.token("admin"))).status).toBe(200);
    expect(rowsOf(before.id)).toEqual([]);
    const after = await world.addUser("gone");
    expect(after.id).not.toBe(before.id);
    expect(after.primaryMailbox).not.toBe(before.primaryMailbox);
    expect(await isInside(browser)).toBe(false);
    expect((await ask("self.show", {}, token)).status).toBe(401);
    expect(resets.find(link.token)).toBeUndefined();
    expect(factors.any(after.id)).toBe(false);
    const place = { service: "imap", mechanism: "PLAIN", remote: "127.0.0.1", secure: true } as const;
    const outcome = await world.auth.authenticate({ ...place, credentials: { login: "gone", password: shown } });
    expect(outcome).toMatchObject({ ok: false, reason: "credentials" });
    expect(world.directory.mailboxes.shares({ user: after.id })).toEqual([]);
    const { logins } = (await world.deps.administration.perform(
      named("login.list"),
      { kind: "user", user: after, via: "web" },
      { login: "gone" },
    )) as { logins: unknown[] };
    expect(logins).toHaveLength(1);
  });

  /** Tables that still name a user who is gone. */
  const rowsOf = (id: number): string[] => {
    const { client } = world.store;
    const columns = client
      .query(
        "SELECT m.name AS t, p.name AS c FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.name IN ('user', 'user_id', 'owner_id')",
      )
      .all() as { t: string; c: string }[];
    expect(columns.length).toBeGreaterThan(8);
    // The log names people by login, and mail on its way is sent whoever's it was.
    const left = columns.filter(({ t }) => t !== "events" && t !== "queue_messages");
    return left
      .filter(({ t, c }) => client.query(`SELECT 1 FROM "${t}" WHERE "${c}" = ?`).get(id) !== null)
      .map(({ t }) => t);
  };
});

describe("a browser that was left open", () => {
  test("sets no password of a mailbox, and makes no link, before one has shown again who one is", async () => {
    const { mailboxes, users } = world.directory;
    await users.update("ann", { permissions: ["web.password"] });
    const mailbox = world.user("ann").primaryMailbox;
    await mailboxes.update(mailbox, { login: "anns-mail" });
    const anns = await signedIn("ann");
    const admins = await signedIn("admin");
    world.later = 16 * 60_000;
    const at = `/mail/options/mailboxes/${mailbox}/password`;
    await anns.get(at);
    const refused = await anns.post(at, { password: NEXT });
    expect([refused.status, refused.location]).toEqual([303, `/confirm?next=${encodeURIComponent(at)}`]);
    expect((await anns.post(`${at}/remove`, {})).status).toBe(303);
    expect(mailboxes.credentials(mailbox)?.passwordHash).toBeNull();
    await admins.get("/admin/users/admin");
    expect((await admins.post("/admin/users/admin/link", {})).status).toBe(403);
    await anns.get("/confirm");
    await anns.post("/confirm", { password: PASSWORD, next: at });
    await anns.get(at);
    expect((await anns.post(at, { password: NEXT })).status).toBe(303);
    expect(mailboxes.credentials(mailbox)?.passwordHash).not.toBeNull();
    world.later = 0;
  });
});

describe("codes of the second factor", () => {
  test("sent all at once, from everywhere, are looked at no more often than one after the other", async () => {
    const user = await world.addUser("tess");
    const { factors, signIn } = world.auth;
    const { secret } = await factors.totp.begin(user.id, "mail.home.example", "tess");
    await factors.confirmTotp(user, totpCode(secret, Date.now()));
    const visit = { remote: "203.0.113.1", secure: true, agent: "x" };
    const steps = await Promise.all(
      Array.from({ length: 20 }, () =>
        signIn.password({ login: "tess", password: PASSWORD, remembered: false, next: "/" }, visit),
      ),
    );
    const tokens = steps.map((step) => ("token" in step ? step.token : ""));
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        signIn.code(tokens[n % 20], String(100_000 + n), { ...visit, remote: `198.51.${n % 200}.${n}` }),
      ),
    );
    const looked = answers.filter((step) => step.kind === "refused" && step.refusal.reason === "credentials");
    // One is forgotten while they come.
    expect(looked.length).toBeLessThanOrEqual(21);
    expect(answers.every(({ kind }) => kind === "refused")).toBe(true);
    world.later = 60_000;
    const right = { code: totpCode(secret, Date.now() + world.later) };
    expect(factors.takeCode(user.id, right.code)).rejects.toThrow("Too many wrong codes");
    world.later = 0;
  });
});
