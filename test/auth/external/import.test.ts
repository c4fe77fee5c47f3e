/** Importing from a real directory server: what the preview says, what is done, and what is left alone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { PRESETS } from "../../../src/auth/external/database.ts";
import type { Plan } from "../../../src/auth/external/plan.ts";
import { type House, openHouse, word } from "./house.ts";
import { adPerson, group, PEOPLE, person, type Slapd, startSlapd } from "./slapd.ts";

let house: House;

beforeEach(async () => {
  house = await openHouse();
});

afterEach(() => house.close());

/** Logins by what would be done about them. */
function sorted({ items }: Plan): Record<string, string[]> {
  const by: Record<string, string[]> = {};
  for (const { action, login } of items) by[action] = [...(by[action] ?? []), login].sort();
  return by;
}

const ALL = { actions: new Set(["create", "update", "disable"] as const) };

describe("OpenLDAP", () => {
  let slapd: Slapd;

  beforeAll(async () => {
    const many = Array.from({ length: 1200 }, (_, i) => person(`user${i}`, `secret ${i}`)).join("\n");
    const odd = [
      person("local", "x"),
      person("late", "late's secret").replace("mail: late@example.test", "mail: local@example.test"),
      person("bad name", "x"),
      person("gone", "x", "employeeType: gone"),
    ];
    slapd = await startSlapd({ entries: `${many}\n${odd.join("\n")}` });
    await slapd.modify(group("staff", ["user1", "user2"]));
  });

  afterAll(() => slapd.close());

  test("twelve hundred users come page by page, and each gets what his group has", async () => {
    await house.directory.users.create({ login: "staff", kind: "template", permissions: ["web.forwarding"] });
    await house.add("office", slapd, {
      ...{ pageSize: 100, rules: [{ group: "staff", template: "staff" }] },
      ...{ disabledAttribute: "employeeType", disabledValue: "gone" },
    });
    const plan = await house.databases.preview("office");
    expect(plan.counts).toEqual({ create: 1200, update: 0, leave: 1, disable: 0, conflict: 3 });
    expect(sorted(plan)).toMatchObject({ conflict: ["bad name", "late", "local"], leave: ["gone"] });
    const notes = Object.fromEntries(plan.items.map(({ login, notes }) => [login, notes.join(" ")]));
    expect(notes.local).toContain("There is a local account local.");
    expect(notes.late).toContain("local@example.test belongs to somebody else");
    expect(notes["bad name"]).toContain("A login name begins with");
    expect(
      (await slapd.log()).match(/SRCH base="ou=people,dc=example,dc=test" scope=2/g)?.length,
    ).toBeGreaterThanOrEqual(13);
    const report = await house.databases.import("office", ALL, house.commit);
    expect(report).toMatchObject({ created: 1200, updated: 0, disabled: 0, problemCount: 3, failure: "" });
    expect(house.directory.users.countExternal("office")).toBe(1200);
    expect([...house.directory.users.require("user1").permissions]).toEqual(["web.forwarding"]);
    expect([...house.directory.users.require("user3").permissions]).toEqual(["smtp.relay"]);
    expect(house.notes).toHaveLength(1200);
    expect(house.databases.databases.require("office").lastRun).toMatchObject({ kind: "import", created: 1200 });
    expect(word(await house.login("user7", "secret 7"))).toBe("ok");
    const again = await house.databases.preview("office");
    expect(again.counts).toEqual({ create: 0, update: 0, leave: 1201, disable: 0, conflict: 3 });
  }, 60_000);

  test("only what was chosen is done", async () => {
    await house.add("office", slapd);
    const { items } = await house.databases.preview("office");
    const keys = new Set(items.filter(({ login }) => /^user[12]$/.test(login)).map(({ key }) => key));
    expect(await house.databases.import("office", { keys }, house.commit)).toMatchObject({
      created: 2,
      problemCount: 0,
    });
    expect(house.directory.users.countExternal("office")).toBe(2);
  });

  test("a directory that is away, or gives less than all, changes nothing and says so", async () => {
    await house.add("office", slapd, { base: "ou=nowhere,dc=example,dc=test" });
    const report = await house.databases.import("office", ALL, house.commit);
    expect(report).toMatchObject({
      created: 0,
      failure: 'There is no entry "ou=nowhere,dc=example,dc=test", or it is not shown.',
    });
    await expect(house.databases.preview("office")).rejects.toThrow("cannot be read");
    await expect(house.databases.preview("nothing")).rejects.toThrow("no user database");
  });

  test("two runs of one database do not go on at once, and one tells how far it is", async () => {
    await house.add("office", slapd);
    const first = house.databases.import("office", { keys: new Set() }, house.commit);
    expect(house.databases.progress("office")).toMatchObject({ kind: "import", phase: "reading" });
    expect(() => house.databases.import("office", ALL, house.commit)).toThrow("is under way");
    await first;
    expect(house.databases.progress("office")).toBeUndefined();
  });
});

describe("synchronisation", () => {
  let slapd: Slapd;

  beforeEach(async () => {
    const names = ["anna", "bruno", "clara", "dora"];
    slapd = await startSlapd({ entries: names.map((name) => person(name, `${name}'s secret`)).join("\n") });
    await slapd.modify(group("staff", ["anna"]));
  });

  afterEach(() => slapd.close());

  const filter = "(&(objectClass=inetOrgPerson)(uid={login}))";
  const change = (uid: string, ldif: string) => slapd.modify(`dn: uid=${uid},${PEOPLE}\nchangetype: modify\n${ldif}\n`);

  test("takes over what changed, and tells from what to what", async () => {
    await house.add("office", slapd);
    await house.databases.import("office", ALL, house.commit);
    await change(
      "anna",
      "replace: cn\ncn: Anna Married\n-\nadd: telephoneNumber\ntelephoneNumber: 1234\n-\nadd: mail\nmail: married@example.test",
    );
    const plan = await house.databases.preview("office");
    expect(sorted(plan)).toEqual({ update: ["anna"], leave: ["bruno", "clara", "dora"] });
    expect(plan.items.find(({ action }) => action === "update")?.fields).toEqual([
      { name: "fullName", from: "Anna Example", to: "Anna Married" },
      { name: "phoneWork", from: "", to: "1234" },
      { name: "addresses", from: "", to: "married@example.test" },
    ]);
    house.notes.length = 0;
    expect(await house.databases.synchronise("office", house.commit)).toMatchObject({
      updated: 1,
      created: 0,
      left: 3,
    });
    const user = house.directory.users.require("anna");
    expect(user).toMatchObject({ fullName: "Anna Married", entry: { phoneWork: "1234", givenName: "Anna" } });
    expect(house.directory.addressesOf(user.id)).toEqual(["anna@example.test", "married@example.test"]);
    expect(house.notes).toMatchObject([
      { subject: "user anna", after: { fullName: "Anna Married", phoneWork: "1234" } },
    ]);
  });

  test("renames whoever was renamed there, with his mailbox and his address", async () => {
    await house.add("office", slapd);
    await house.databases.import("office", ALL, house.commit);
    const { id, primaryMailbox } = house.directory.users.require("anna");
    await slapd.modify(`dn: uid=anna,${PEOPLE}\nchangetype: modrdn\nnewrdn: uid=anna.married\ndeleteoldrdn: 1\n`);
    await house.databases.synchronise("office", house.commit);
    expect(house.directory.users.require("anna.married")).toMatchObject({ id, primaryMailbox });
    expect(house.directory.addressesOf(id)).toEqual(["anna@example.test"]);
    // Not to the name of a local account.
    await slapd.modify(`dn: uid=anna.married,${PEOPLE}\nchangetype: modrdn\nnewrdn: uid=local\ndeleteoldrdn: 1\n`);
    await house.databases.synchronise("office", house.commit);
    expect(house.directory.users.byId(id)?.login).toBe("anna.married");
  });

  test("switches off whose entry is gone or switched off, and on again, but nobody an administrator switched off", async () => {
    const disabled = { disabledAttribute: "employeeType", disabledValue: "off", vanished: "disable" as const, filter };
    await house.add("office", slapd, disabled);
    await house.databases.import("office", ALL, house.commit);
    await change("anna", "add: employeeType\nemployeeType: OFF");
    await slapd.modify(`dn: uid=bruno,${PEOPLE}\nchangetype: delete\n`);
    await house.directory.users.update("clara", { enabled: false });
    expect(await house.databases.synchronise("office", house.commit)).toMatchObject({ updated: 1, disabled: 1 });
    const enabled = () =>
      ["anna", "bruno", "clara", "dora"].filter((login) => house.directory.users.require(login).enabled);
    expect(enabled()).toEqual(["dora"]);
    expect(word(await house.login("anna", "anna's secret"))).toBe("disabled");
    await change("anna", "delete: employeeType");
    await house.databases.synchronise("office", house.commit);
    expect(enabled()).toEqual(["anna", "dora"]);
  });

  test("switches nobody off by itself where most of the people seem to be gone", async () => {
    const many = Array.from({ length: 20 }, (_, i) => person(`user${i}`, "x")).join("\n");
    await slapd.modify(many);
    await house.add("office", slapd, { vanished: "disable" });
    await house.databases.import("office", ALL, house.commit);
    await house.set("office", { filter: "(&(uid=anna)(uid={login}))" });
    const report = await house.databases.synchronise("office", house.commit);
    expect(report.failure).toContain("23 of 24 users would be switched off");
    expect(house.directory.users.require("user1").enabled).toBe(true);
    // Whoever looks at the preview may do it.
    expect(await house.databases.import("office", ALL, house.commit)).toMatchObject({ disabled: 23, failure: "" });
  });

  test("lets permissions follow the groups where that is set", async () => {
    await house.directory.users.create({ login: "staff", kind: "template", permissions: ["web.forwarding"] });
    await house.directory.users.create({ login: "others", kind: "template", permissions: ["smtp.relay"] });
    const rules = [{ group: "staff", template: "staff" }];
    await house.add("office", slapd, { rules, template: "others" });
    await house.databases.import("office", ALL, house.commit);
    await slapd.modify(
      `dn: cn=staff,ou=groups,dc=example,dc=test\nchangetype: modify\nreplace: member\nmember: uid=bruno,${PEOPLE}\n`,
    );
    expect(await house.databases.synchronise("office", house.commit)).toMatchObject({ updated: 0 });
    await house.set("office", { permissionsFollow: true });
    expect(await house.databases.synchronise("office", house.commit)).toMatchObject({ updated: 2 });
    expect([...house.directory.users.require("anna").permissions]).toEqual(["smtp.relay"]);
    expect([...house.directory.users.require("bruno").permissions]).toEqual(["web.forwarding"]);
  });

  test("finds groups that name their members where people do not name their groups", async () => {
    await house.directory.users.create({ login: "staff", kind: "template", permissions: ["web.forwarding"] });
    const rules = [{ group: "staff", template: "staff" }];
    await house.add("office", slapd, {
      rules,
      groups: "search",
      groupsAttribute: "",
      groupBase: "ou=groups,dc=example,dc=test",
      autoCreate: true,
    });
    expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
    await house.databases.import("office", ALL, house.commit);
    expect([...house.directory.users.require("anna").permissions]).toEqual(["web.forwarding"]);
    expect([...house.directory.users.require("bruno").permissions]).toEqual(["smtp.relay"]);
  });

  test("runs by itself when it is due, and makes new users only where that is set", async () => {
    await house.add("office", slapd, { syncMinutes: 60 });
    await house.databases.synchroniseDue();
    expect(house.databases.databases.require("office").lastRun).toMatchObject({ kind: "synchronisation", created: 0 });
    await house.set("office", { syncCreates: true });
    await house.databases.synchroniseDue();
    expect(house.directory.users.countExternal("office")).toBe(0);
    house.clock.now += 3_600_001;
    await house.databases.synchroniseDue();
    expect(house.directory.users.countExternal("office")).toBe(4);
    await slapd.stop();
    house.clock.now += 3_600_001;
    await house.databases.synchroniseDue();
    expect(house.databases.databases.require("office").lastRun?.failure).toContain("cannot be reached");
  });
});

describe("the attributes of Active Directory", () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd({
      flavour: "activeDirectory",
      entries: [
        adPerson(
          "anna",
          "anna's secret",
          "mail: anna@example.test\nproxyAddresses: smtp:anna.b@example.test\nproxyAddresses: SMTP:first@example.test\nproxyAddresses: sip:anna@example.test",
        ),
        adPerson("bruno", "bruno's secret", "", 514),
      ].join("\n"),
    });
  });

  afterAll(() => slapd.close());

  // Groups in groups are Active Directory's own.
  const patch = { ...PRESETS.activeDirectory, kind: "activeDirectory", groups: "attribute" } as const;

  test("are read by the preset: identity, addresses, accounts that are switched off", async () => {
    await house.add("ad", slapd, {
      ...patch,
    });
    const plan = await house.databases.preview("ad");
    expect(sorted(plan)).toEqual({ create: ["anna"], leave: ["bruno"] });
    await house.databases.import("ad", ALL, house.commit);
    const user = house.directory.users.require("anna");
    expect(user.external?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(house.directory.addressesOf(user.id).sort()).toEqual([
      "anna.b@example.test",
      "anna@example.test",
      "first@example.test",
    ]);
    expect(house.directory.addressesOf(user.id)[0]).toBe("first@example.test");
    expect(word(await house.login("anna", "anna's secret"))).toBe("ok");
    expect(word(await house.login("anna", "wrong"))).toBe("credentials");
    expect((await house.databases.preview("ad")).counts).toMatchObject({ create: 0, leave: 2, conflict: 0 });
  });

  test("the principal name is a login name, too", async () => {
    await house.add("ad", slapd, {
      ...patch,
      autoCreate: true,
    });
    const outcome = await house.login("anna@ad.example.test", "anna's secret");
    expect(outcome).toMatchObject({ ok: true, login: { user: { login: "anna" } } });
    expect(word(await house.login("bruno", "bruno's secret"))).toBe("disabled");
  });
});
