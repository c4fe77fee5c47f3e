/** Logging in through a real directory server: what it decides, what is decided here, and what happens when it is away. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { ADMINISTRATOR } from "../../../src/directory/permissions.ts";
import { type House, LOCAL_PASSWORD, openHouse, word } from "./house.ts";
import { group, PEOPLE, person, type Slapd, startSlapd } from "./slapd.ts";

let slapd: Slapd;
let spare: Slapd;
let house: House;

const ENTRIES = [
  person("anna", "anna's secret", "mobile: +49 170 1\nl: Berlin"),
  person("bruno", "bruno's secret", "pwdAccountLockedTime: 000001010000Z"),
  person("clara", "clara's secret").replace("mail: clara@example.test", "mail: clara@elsewhere.test"),
  person("local", "the local one's secret"),
  person("dora", "dora's secret").replace("mail: dora@example.test", "mail: local@example.test"),
  person("emil", "emil's secret"),
].join("\n");

beforeAll(async () => {
  const ppolicy = { global: "moduleload ppolicy", database: "overlay ppolicy", entries: ENTRIES };
  [slapd, spare] = await Promise.all([startSlapd(ppolicy), startSlapd(ppolicy)]);
  for (const one of [slapd, spare]) await one.modify(group("staff", ["anna"]) + group("chiefs", ["emil"]));
});

afterAll(async () => {
  await Promise.all([slapd.close(), spare.close()]);
});

beforeEach(async () => {
  house = await openHouse();
});

afterEach(() => house.close());

/** Gives a user to the database. */
async function external(login: string): Promise<void> {
  await house.directory.users.create({ login, external: { directory: "office", id: "" }, addresses: [] });
}

test("a user of a database logs in with the password there, and is known by his entry from then on", async () => {
  await house.add("office", slapd);
  await external("anna");
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
  const id = house.directory.users.get("anna")?.external?.id ?? "";
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(word(await house.login("anna", "wrong"))).toBe("credentials");
  expect(word(await house.login("anna", ""))).toBe("credentials");
  expect(
    house.auth.lockout
      .list()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["192.0.2.7"]);
});

test("a password that was right is remembered for a while, also while the directory is away", async () => {
  await house.add("office", slapd);
  await external("anna");
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
  await slapd.stop();
  try {
    expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
    house.clock.now += 301_000;
    expect(word(await house.login("anna", "anna's secret"))).toBe("temporary");
  } finally {
    await slapd.start();
  }
});

test("a directory that is away is a temporary failure, however often: no strike, no bar, and local users log in", async () => {
  await house.add("office", slapd, { autoCreate: true });
  await external("anna");
  await slapd.stop();
  try {
    for (let i = 0; i < 40; i++) expect(word(await house.login("anna", "anna's secret"))).toBe("temporary");
    // Whoever is unknown here may be known there: that cannot be told now either.
    for (let i = 0; i < 40; i++) expect(word(await house.login("stranger", "guess"))).toBe("temporary");
    expect(word(await house.login("local", LOCAL_PASSWORD))).toBe("ok");
    expect(house.auth.lockout.list()).toEqual([]);
    expect(house.clock.slept).toEqual([]);
  } finally {
    await slapd.start();
  }
  house.clock.now += 60_000;
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
  expect(house.said().filter((text) => text.includes("cannot be asked"))).toHaveLength(1);
  expect(house.said().some((text) => text.includes("answers again"))).toBe(true);
});

test("the second server takes over", async () => {
  await house.add("office", slapd, { servers: [slapd.plain, spare.plain] });
  await external("anna");
  await slapd.stop();
  try {
    expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
    expect(word(await house.login("anna", "wrong"))).toBe("credentials");
  } finally {
    await slapd.start();
  }
});

test("a wrong certificate lets nobody in and costs nobody a strike", async () => {
  await house.add("office", slapd, { certificate: "" });
  await external("anna");
  expect(word(await house.login("anna", "anna's secret"))).toBe("temporary");
  expect(house.auth.lockout.list()).toEqual([]);
  expect(house.said()[0]).toContain("the certificate is not trusted");
});

test("guesses at users of a database are struck and barred like others", async () => {
  await house.add("office", slapd);
  await external("anna");
  for (let i = 0; i < 10; i++) expect(word(await house.login("anna", `guess ${i}`))).toBe("credentials");
  expect(word(await house.login("anna", "anna's secret"))).toBe("barred");
  expect(word(await house.login("anna", "anna's secret", { remote: "198.51.100.1" }))).toBe("ok");
});

test("an account that is switched off there hears so, with the right password only", async () => {
  await house.add("office", slapd);
  await external("bruno");
  expect(word(await house.login("bruno", "wrong"))).toBe("credentials");
  expect(word(await house.login("bruno", "bruno's secret"))).toBe("disabled");
  await house.set("office", { disabledAttribute: "sn", disabledValue: "example" });
  await external("anna");
  expect(word(await house.login("anna", "wrong"))).toBe("credentials");
  expect(word(await house.login("anna", "anna's secret"))).toBe("disabled");
});

test("the first login of somebody unknown makes his account", async () => {
  await house.directory.users.create({
    login: "staff",
    kind: "template",
    permissions: ["smtp.relay", "web.forwarding"],
  });
  await house.add("office", slapd, { autoCreate: true, rules: [{ group: "staff", template: "staff" }] });
  const outcome = await house.login("anna", "anna's secret");
  expect(outcome).toMatchObject({ ok: true, login: { user: { login: "anna" } } });
  const user = house.directory.users.require("anna");
  expect(user).toMatchObject({
    ...{ fullName: "Anna Example", hasPassword: false, external: { directory: "office" } },
    entry: { givenName: "Anna", familyName: "Example", phoneMobile: "+49 170 1", city: "Berlin" },
  });
  expect([...user.permissions].sort()).toEqual(["smtp.relay", "web.forwarding"]);
  expect(house.directory.addressesOf(user.id)).toEqual(["anna@example.test"]);
  expect(outcome.ok && outcome.login.mailbox).toBe(user.primaryMailbox);
  expect(house.notes).toMatchObject([
    { subject: "user anna", after: { addresses: ["anna@example.test"], template: "staff" } },
  ]);
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
});

test("the whole address is a login name, too, before there is such an address", async () => {
  await house.add("office", slapd, { autoCreate: true });
  expect(await house.login("Anna@Example.test", "anna's secret")).toMatchObject({
    ok: true,
    login: { user: { login: "anna" } },
  });
  expect(await house.login("anna@example.test", "anna's secret")).toMatchObject({
    ok: true,
    login: { user: { login: "anna" } },
  });
});

test("many first logins at once make one account", async () => {
  await house.add("office", slapd, { autoCreate: true });
  const names = ["anna", "ANNA", "anna@example.test", "Anna@example.test"];
  const outcomes = await Promise.all(
    names.flatMap((name) => Array.from({ length: 5 }, () => house.login(name, "anna's secret"))),
  );
  expect(outcomes.map(word).every((one) => one === "ok")).toBe(true);
  expect(house.directory.users.countExternal("office")).toBe(1);
});

test("without an address in a local domain the login name makes one", async () => {
  await house.add("office", slapd, { autoCreate: true });
  expect(word(await house.login("clara", "clara's secret"))).toBe("ok");
  expect(house.directory.addressesOf(house.directory.users.require("clara").id)).toEqual(["clara@example.test"]);
});

test("nobody is made for a wrong password, where it is off, or where the account is switched off there", async () => {
  await house.add("office", slapd, { autoCreate: true, disabledAttribute: "sn", disabledValue: "example" });
  expect(word(await house.login("anna", "wrong"))).toBe("credentials");
  expect(word(await house.login("anna", "anna's secret"))).toBe("disabled");
  await house.set("office", { autoCreate: false, disabledValue: "" });
  house.clock.now += 60_000;
  expect(word(await house.login("anna", "anna's secret"))).toBe("credentials");
  expect(house.directory.users.countExternal("office")).toBe(0);
});

test("a local account stays local, whatever the database says about its name or its address", async () => {
  await house.add("office", slapd, { autoCreate: true });
  expect(word(await house.login("local", "the local one's secret"))).toBe("credentials");
  expect(word(await house.login("local", LOCAL_PASSWORD))).toBe("ok");
  // Dora's entry claims the local one's address.
  expect(word(await house.login("dora", "dora's secret"))).toBe("disabled");
  expect(house.directory.users.get("dora")).toBeUndefined();
  expect(house.said().join("\n")).toContain("The address local@example.test belongs to somebody else.");
});

test("a group makes administrators only where its rule says so", async () => {
  await house.directory.users.create({ login: "chief", kind: "template", permissions: [ADMINISTRATOR, "smtp.relay"] });
  await house.add("office", slapd, {
    autoCreate: true,
    rules: [{ group: "cn=chiefs,ou=groups,dc=example,dc=test", template: "chief" }],
  });
  expect(word(await house.login("emil", "emil's secret"))).toBe("ok");
  expect([...house.directory.users.require("emil").permissions]).toEqual(["smtp.relay"]);
  await house.directory.users.remove("emil");
  await house.set("office", { rules: [{ group: "Chiefs", template: "chief", administrator: true }] });
  expect(word(await house.login("emil", "emil's secret"))).toBe("ok");
  expect(house.directory.users.require("emil").permissions.has(ADMINISTRATOR)).toBe(true);
});

test.each(["*", "*)(uid=*", "anna)(objectClass=*", "an*", "uid=anna", "(anna)"])(
  "the login %p is nobody's",
  async (login) => {
    await house.add("office", slapd, { autoCreate: true });
    expect(word(await house.login(login, "anna's secret"))).toBe("credentials");
    expect(house.directory.users.countExternal("office")).toBe(0);
  },
);

test("an unknown name is asked for once in a while only, and strikes as ever", async () => {
  await house.add("office", slapd, { autoCreate: true });
  const searches = async () => (await slapd.log()).split("uid=stranger").length;
  const before = await searches();
  for (let i = 0; i < 9; i++) expect(word(await house.login("stranger", `guess ${i}`))).toBe("credentials");
  expect((await searches()) - before).toBe(1);
  expect(word(await house.login("another", "guess"))).toBe("credentials");
  expect(word(await house.login("anna", "anna's secret"))).toBe("barred");
});

test("guesses under ever new names of one entry count against its account", async () => {
  await house.add("office", slapd, {
    autoCreate: true,
    filter: "(|(uid={login})(mail={login})(sn={login})(cn={login}))",
  });
  await external("anna");
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
  const remote = "198.51.100.9";
  for (const login of ["anna@example.test", "ANNA@example.TEST"])
    expect(word(await house.login(login, "wrong", { remote }))).toBe("credentials");
  const accounts = house.auth.lockout.list().filter(({ kind }) => kind === "account");
  expect(accounts).toMatchObject([{ name: "anna" }]);
});

test("whom nobody knows, whom a database knows and who is local take about as long to be refused", async () => {
  await house.add("office", slapd, { autoCreate: true });
  await external("anna");
  await house.login("anna", "wrong");
  house.clock.slept.length = 0;
  await house.login("local", "wrong");
  // The local one was not asked for elsewhere: he waits as long as the slowest answer took.
  expect(house.clock.slept.some((ms) => ms > 0)).toBe(true);
});

test("mail programs are offered what a directory can check", async () => {
  const context = { secure: true, remote: "192.0.2.7", channelBinding: false };
  expect(house.auth.mechanisms(context)).toContain("SCRAM-SHA-256");
  await house.add("office", slapd);
  expect(house.auth.mechanisms(context)).toEqual(["PLAIN", "LOGIN"]);
  expect(house.auth.mechanisms({ ...context, secure: false })).toEqual(["SCRAM-SHA-256"]);
});

test("a database that is switched off or gone lets none of its users in, also those remembered", async () => {
  await house.add("office", slapd);
  await external("anna");
  expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
  await house.set("office", { enabled: false });
  expect(word(await house.login("anna", "anna's secret"))).toBe("temporary");
  await house.store.commit((tx) => house.databases.databases.removeWithin(tx, "office"));
  expect(word(await house.login("anna", "anna's secret"))).toBe("temporary");
});

test("an entry that was made anew under an old name is somebody else", async () => {
  await slapd.modify(person("fritz", "fritz's secret"));
  await house.add("office", slapd, { autoCreate: true });
  expect(word(await house.login("fritz", "fritz's secret"))).toBe("ok");
  await slapd.modify(`dn: uid=fritz,${PEOPLE}\nchangetype: delete\n`);
  await slapd.modify(person("fritz", "the new one's secret"));
  house.clock.now += 301_000;
  expect(word(await house.login("fritz", "the new one's secret"))).toBe("credentials");
  expect(house.said()[0]).toContain("no entry for this user any more");
});

test("a renamed entry stays the same user", async () => {
  await slapd.modify(person("gerda", "gerda's secret"));
  await house.add("office", slapd, { autoCreate: true });
  expect(word(await house.login("gerda", "gerda's secret"))).toBe("ok");
  await slapd.modify(`dn: uid=gerda,${PEOPLE}\nchangetype: modrdn\nnewrdn: uid=gerda.new\ndeleteoldrdn: 1\n`);
  house.clock.now += 301_000;
  expect(word(await house.login("gerda", "gerda's secret"))).toBe("ok");
});
