import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readAudit } from "../../src/administration/audit.ts";
import { addUserDatabase } from "../../src/administration/server/user-databases.ts";
import {
  addUser,
  changeUsers,
  listUsers,
  proposeUser,
  removeUser,
  renewUser,
  setUser,
  showUser,
  type UserView,
} from "../../src/administration/users/users.ts";
import { DAY_MS, daysUntilExpiry, expiryAfter } from "../../src/directory/expiry.ts";
import { ADMINISTRATOR, PERMISSION_NAMES } from "../../src/directory/permissions.ts";
import { Refusal } from "../../src/refusal.ts";
import { CONSOLE, House, PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
  const servers = ["ldap://127.0.0.1:9"];
  await house.administration.perform(addUserDatabase, CONSOLE, { name: "office", servers });
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

type Change = Parameters<typeof house.administration.perform<typeof setUser.input, typeof setUser.output>>[2];

const set = (actor: Parameters<House["administration"]["perform"]>[1], login: string, change: Omit<Change, "login">) =>
  house.administration.perform(setUser, actor, { login, ...change });

/** Every property that can be set: what is given, what is read back; `house` properties are for administrators of everything. */
const PROPERTIES: readonly {
  readonly given: Omit<Change, "login">;
  readonly read: Partial<UserView>;
  readonly ofTheHouse?: boolean;
}[] = [
  { given: { fullName: "Ben Keys" }, read: { fullName: "Ben Keys" } },
  { given: { enabled: false }, read: { enabled: false, state: "disabled" } },
  { given: { enabled: true }, read: { enabled: true, state: "enabled" } },
  { given: { webmail: false }, read: { webmail: false } },
  { given: { permissions: ["smtp.relay"] }, read: { permissions: ["smtp.relay"] } },
  { given: { grant: ["http.proxy"] }, read: { permissions: ["smtp.relay", "http.proxy"] } },
  { given: { revoke: ["http.proxy"] }, read: { permissions: ["smtp.relay"] } },
  { given: { homePageFolder: "people/ben" }, read: { homePageFolder: "people/ben" }, ofTheHouse: true },
  { given: { ftpDirectory: "ftp/ben" }, read: { ftpDirectory: "ftp/ben" }, ofTheHouse: true },
  { given: { ftpDirectory: null }, read: { ftpDirectory: null }, ofTheHouse: true },
  { given: { newsRead: ["local.*", "!local.private"] }, read: { newsRead: ["local.*", "!local.private"] } },
  { given: { newsPost: ["local.chat"] }, read: { newsPost: ["local.chat"] } },
  { given: { expiresAfterDays: 365 }, read: { expiresAfterDays: 365 } },
  { given: { expiresAt: "2040-01-31" }, read: { expiresAt: new Date("2040-01-31T00:00:00").toISOString() } },
  { given: { expiresAt: null }, read: { expiresAt: null, expiresAfterDays: null } },
  { given: { expiresAfterIdleDays: 90 }, read: { expiresAfterIdleDays: 90 } },
  { given: { expiresAfterIdleDays: null }, read: { expiresAfterIdleDays: null, ends: null } },
  { given: { mustChangePassword: true }, read: { mustChangePassword: true } },
  { given: { mustChangePassword: false }, read: { mustChangePassword: false } },
  {
    given: { external: { directory: "office", id: "cn=ben" } },
    read: { external: { directory: "office", id: "cn=ben" } },
    ofTheHouse: true,
  },
  { given: { external: null }, read: { external: null }, ofTheHouse: true },
  { given: { administers: ["home.example"] }, read: { administers: ["home.example"] }, ofTheHouse: true },
  { given: { administers: null }, read: { administers: null }, ofTheHouse: true },
  { given: { rename: "benjamin" }, read: { login: "benjamin" } },
];

describe("every property", () => {
  for (const { given, read, ofTheHouse } of PROPERTIES) {
    const [name] = Object.keys(given);
    const what = JSON.stringify(given);
    test(`${what} is set and read back by whoever may, and noted with what it was before`, async () => {
      const before = await house.administration.perform(showUser, CONSOLE, { login: "ben" });
      for (const actor of [house.as("anna"), house.as("zoe")]) {
        expect(await house.tried(() => set(actor, "ben", given))).toBe("notPermitted");
      }
      expect(await house.tried(() => set(house.as("dora"), "zoe", given))).toBe("notPermitted");
      expect(await house.tried(() => set(house.withToken("admin", "users:read"), "ben", given))).toBe("notPermitted");
      expect(await house.administration.perform(showUser, CONSOLE, { login: "ben" })).toEqual(before);
      const lines = house.audit("user ben").length;
      const delegate = await house.tried(() => set(house.as("dora"), "ben", given));
      expect(delegate).toBe(ofTheHouse ? "notPermitted" : "done");
      const login = given.rename ?? "ben";
      const now = delegate === "done" ? login : "ben";
      await set(house.as("admin"), now, now === login ? { ...given, rename: undefined } : given);
      const after = await house.administration.perform(showUser, CONSOLE, { login });
      expect(after).toMatchObject(read);
      const changed = JSON.stringify(before) !== JSON.stringify(after);
      const [line] = house.audit("user ben");
      expect(house.audit("user ben").length - lines).toBe(changed ? 1 : 0);
      if (changed) {
        expect(line).toMatchObject({ via: "web", remote: "192.168.1.20", operation: "user.set", token: null });
        expect(Object.keys(line?.after ?? {})).toEqual(Object.keys(line?.before ?? {}));
      }
      expect(name).toBeDefined();
      if (login !== "ben") await set(CONSOLE, login, { rename: "ben" });
    });
  }

  test("the console does all the same, and strangers to the table are refused", async () => {
    for (const { given } of PROPERTIES)
      await set(CONSOLE, given.rename === undefined ? "ben" : "ben", { ...given, rename: undefined });
    const foreign = { id: 1 } as unknown as Omit<Change, "login">;
    expect(await house.tried(() => set(CONSOLE, "ben", foreign))).toBe("invalid");
    for (const secret of ["passwordHash", "scram", "kind"]) {
      expect(await house.tried(() => set(house.as("admin"), "ben", { [secret]: "x" } as never))).toBe("invalid");
    }
  });

  test("a wrong value says which property is wrong", async () => {
    const wrong: [Omit<Change, "login">, string][] = [
      [{ expiresAfterDays: 0 }, "expiresAfterDays"],
      [{ expiresAfterDays: 10_000 }, "expiresAfterDays"],
      [{ expiresAt: "2099-01-01", expiresAfterDays: 3 }, "expiresAfterDays"],
      [{ expiresAt: "2999-01-01" }, "expiresAt"],
      [{ homePageFolder: "../etc" }, "homePageFolder"],
      [{ newsRead: ["no spaces here"] }, "newsRead"],
      [{ rename: "-anna" }, "rename"],
      [{ rename: "anna" }, "login"],
      [{ external: { directory: "nowhere", id: "" } }, "external"],
    ];
    for (const [change, field] of wrong) {
      try {
        await set(CONSOLE, "ben", change);
        expect<unknown>(change).toBe("refused");
      } catch (thrown) {
        const refusal = thrown as Refusal;
        expect(refusal).toBeInstanceOf(Refusal);
        const cause = refusal.options.cause as { issues: { path: unknown[] }[] } | undefined;
        expect<unknown>([change, refusal.field ?? cause?.issues[0]?.path[0]]).toEqual([change, field]);
      }
    }
  });
});

describe("escalation", () => {
  const attempts: [string, () => Promise<unknown>][] = [
    ["grant what one has not", () => set(house.as("dora"), "anna", { grant: ["ftp.login"] })],
    ["make an administrator", () => set(house.as("dora"), "anna", { grant: [ADMINISTRATOR] })],
    ["all permissions at once", () => set(house.as("dora"), "anna", { permissions: [...PERMISSION_NAMES] })],
    ["hand out domains", () => set(house.as("dora"), "anna", { administers: null })],
    ["the own account", () => set(house.as("dora"), "dora", { grant: ["ftp.login"] })],
    ["widen the own reach", () => set(house.as("dora"), "dora", { administers: null })],
    ["an administrator's account", () => set(house.as("dora"), "admin", { enabled: false })],
    ["the guest entry", () => set(house.as("dora"), "guest", { grant: ["http.proxy"] })],
    ["a foreign user", () => house.administration.perform(showUser, house.as("dora"), { login: "zoe" })],
    ["somebody who is not there", () => house.administration.perform(showUser, house.as("dora"), { login: "nobody" })],
    ["remove a foreign user", () => house.administration.perform(removeUser, house.as("dora"), { login: "zoe" })],
    ["renew a foreign user", () => house.administration.perform(renewUser, house.as("dora"), { login: "zoe" })],
    ["a login that is a foreign address", () => set(house.as("dora"), "anna", { rename: "boss@away.example" })],
    [
      "a new login that is a foreign address",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "zoe@away.example",
          addresses: ["z@home.example"],
        }),
    ],
    [
      "an address outside",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "mallory",
          addresses: ["mallory@home.example", "mallory@away.example"],
        }),
    ],
    [
      "folders for a new user",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "mallory",
          addresses: ["mallory@home.example"],
          homePageFolder: "people/zoe",
        }),
    ],
    [
      "a new user with more permissions",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "mallory",
          addresses: ["mallory@home.example"],
          permissions: ["smtp.relay", "ftp.login"],
        }),
    ],
    [
      "a copy of a foreign user",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "mallory",
          addresses: ["mallory@home.example"],
          template: "zoe",
        }),
    ],
    [
      "a copy of an administrator",
      () =>
        house.administration.perform(addUser, house.as("dora"), {
          login: "mallory",
          addresses: ["mallory@home.example"],
          template: "admin",
        }),
    ],
    [
      "a template",
      () => house.administration.perform(addUser, house.as("dora"), { login: "mallory", kind: "template" }),
    ],
    ["anything at all, as a user", () => house.administration.perform(listUsers, house.as("anna"), {})],
    [
      "bulk work, as a user",
      () => house.administration.perform(changeUsers, house.as("anna"), { logins: ["ben"], action: "disable" }),
    ],
  ];
  for (const [what, attempt] of attempts) {
    test(`${what} is refused, whether or not it exists`, async () => {
      expect(await house.tried(attempt)).toBe("notPermitted");
      expect(house.directory.users.get("mallory")).toBeUndefined();
    });
  }

  test("a template with the rights of an administrator is neither listed for nor copied by somebody who has them not", async () => {
    const make = (login: string, permissions: (typeof PERMISSION_NAMES)[number][]) =>
      house.administration.perform(addUser, CONSOLE, { login, kind: "template", permissions });
    await make("chiefs", ["smtp.relay", ADMINISTRATOR]);
    await make("ftpers", ["ftp.login"]);
    await make("staff", ["smtp.relay", "http.proxy"]);
    const { users, total } = await house.administration.perform(listUsers, house.as("dora"), { kind: "template" });
    expect([users.map(({ login }) => login), total]).toEqual([["staff"], 1]);
    for (const template of ["chiefs", "ftpers", "missing"]) {
      const addresses = ["mallory@home.example"];
      const input = { login: "mallory", addresses, template };
      expect(await house.tried(() => house.administration.perform(addUser, house.as("dora"), input))).toBe(
        "notPermitted",
      );
    }
    const input = { login: "carl", addresses: ["carl@home.example"], template: "staff" };
    const made = await house.administration.perform(addUser, house.as("dora"), input);
    expect(made.permissions).toEqual(["smtp.relay", "http.proxy"]);
    await house.administration.perform(removeUser, house.as("dora"), { login: "carl" });
  });

  test("refusals are the same for what is foreign and what is not there", async () => {
    const sentence = async (login: string) => {
      try {
        await house.administration.perform(showUser, house.as("dora"), { login });
      } catch (thrown) {
        return (thrown as Refusal).sentence;
      }
    };
    expect(await sentence("zoe")).toBe((await sentence("nobody")) ?? "");
  });

  test("who has an address outside one's domains is no longer one's own", async () => {
    await house.directory.aliases.add("ben@away.example", house.user("ben").primaryMailbox);
    expect(await house.tried(() => set(house.as("dora"), "ben", { fullName: "x" }))).toBe("notPermitted");
    await house.directory.aliases.remove("ben@away.example");
    expect(await house.tried(() => set(house.as("dora"), "ben", { fullName: "Ben" }))).toBe("done");
  });
});

describe("oneself, the guest entry and templates", () => {
  test("nobody locks himself out; another one, and the console, may", async () => {
    const self = house.as("admin");
    const harms: Omit<Change, "login">[] = [
      { enabled: false },
      { revoke: [ADMINISTRATOR] },
      { permissions: [] },
      { administers: ["home.example"] },
      { expiresAt: "2020-01-01" },
      { external: { directory: "office", id: "" } },
    ];
    for (const harm of harms)
      expect([harm, await house.tried(() => set(self, "admin", harm))]).toEqual([harm, "notPermitted"]);
    expect(await house.tried(() => house.administration.perform(removeUser, self, { login: "admin" }))).toBe(
      "notPermitted",
    );
    expect(await house.tried(() => set(self, "admin", { fullName: "The boss", administers: null }))).toBe("done");
    await house.addUser("second", { permissions: [ADMINISTRATOR] });
    expect(await house.tried(() => set(house.as("second"), "admin", { enabled: false }))).toBe("done");
    expect(await house.tried(() => set(CONSOLE, "second", { enabled: false }))).toBe("notPermitted");
    await set(CONSOLE, "admin", { enabled: true });
    await house.administration.perform(removeUser, CONSOLE, { login: "second" });
  });

  test("a delegated administrator does not count as the last one", async () => {
    expect(await house.tried(() => set(CONSOLE, "admin", { revoke: [ADMINISTRATOR] }))).toBe("notPermitted");
    expect(await house.tried(() => set(CONSOLE, "admin", { administers: ["home.example"] }))).toBe("notPermitted");
  });

  test("the guest entry has permissions and newsgroups, and nothing of an account", async () => {
    const admin = house.as("admin");
    await set(admin, "guest", { grant: ["http.proxy"], newsRead: ["local.*"], newsPost: [] });
    const guest = await house.administration.perform(showUser, admin, { login: "guest" });
    expect(guest).toMatchObject({ kind: "guest", permissions: ["http.proxy"], newsRead: ["local.*"] });
    expect(house.directory.permits(undefined, "http.proxy")).toBe(true);
    for (const change of [
      { enabled: false },
      { webmail: true },
      { expiresAfterDays: 3 },
      { rename: "visitor" },
      { homePageFolder: "x" },
      { external: null },
      { grant: [ADMINISTRATOR] },
    ] as Omit<Change, "login">[]) {
      expect([change, await house.tried(() => set(admin, "guest", change))]).toEqual([change, "notPermitted"]);
    }
    expect(await house.tried(() => house.administration.perform(removeUser, admin, { login: "guest" }))).toBe(
      "notPermitted",
    );
    expect(await house.tried(() => house.administration.perform(renewUser, admin, { login: "guest" }))).toBe("invalid");
    expect(house.audit("guest")[0]?.after).toEqual({ newsRead: ["local.*"], permissions: ["http.proxy"] });
  });

  test("a template gives all its properties to a user made from it", async () => {
    await house.administration.perform(addUser, CONSOLE, {
      login: "apprentice",
      kind: "template",
      permissions: ["http.proxy"],
      webmail: false,
      newsRead: ["local.*"],
      newsPost: ["local.chat"],
      expiresAfterDays: 100,
      expiresAfterIdleDays: 30,
      homePageFolder: "people/shared",
      ftpDirectory: "ftp/shared",
      mustChangePassword: true,
      external: { directory: "office", id: "" },
      entry: { organisation: "Berg", city: "Ulm" },
    });
    const made = await house.administration.perform(addUser, CONSOLE, {
      login: "toni",
      template: "apprentice",
      entry: { city: "Linz" },
    });
    expect(made).toMatchObject({
      kind: "user",
      permissions: ["http.proxy"],
      webmail: false,
      newsRead: ["local.*"],
      newsPost: ["local.chat"],
      expiresAfterDays: 100,
      expiresAfterIdleDays: 30,
      homePageFolder: "people/shared",
      ftpDirectory: "ftp/shared",
      mustChangePassword: true,
      external: { directory: "office", id: "" },
      addresses: ["toni@home.example"],
    });
    expect(made.entry).toMatchObject({ organisation: "Berg", city: "Linz" });
    expect(house.audit("user toni")[0]).toMatchObject({ operation: "user.add", actor: "console", before: {} });
    for (const more of [{ addresses: ["x@home.example"] }, { password: PASSWORD }, { welcome: true }, { quota: 5 }]) {
      const input = { login: "other", kind: "template" as const, ...more };
      expect(await house.tried(() => house.administration.perform(addUser, CONSOLE, input))).toBe("invalid");
    }
  });

  test("a copy of a user has the rights, and neither name nor folders of the person", async () => {
    await house.administration.perform(addUser, CONSOLE, {
      login: "olga",
      fullName: "Olga Model",
      grant: ["ftp.login"],
      homePageFolder: "people/olga",
      entry: { givenName: "Olga", organisation: "Berg", phoneMobile: "1" },
      external: { directory: "office", id: "cn=olga" },
    });
    const copy = await house.administration.perform(addUser, CONSOLE, {
      login: "pia",
      fullName: "Pia",
      template: "olga",
      entry: { city: "Ulm" },
    });
    expect(copy).toMatchObject({ fullName: "Pia", homePageFolder: null, external: null });
    expect(copy.permissions).toContain("ftp.login");
    expect(copy.entry).toMatchObject({ givenName: "", phoneMobile: "", organisation: "Berg", city: "Ulm" });
    expect(
      await house.tried(() => house.administration.perform(addUser, CONSOLE, { login: "q", template: "guest" })),
    ).toBe("invalid");
  });
});

describe("a new user", () => {
  test("has a mailbox, addresses, folders, a limit, a password and, if wanted, a welcome message", async () => {
    const made = await house.administration.perform(addUser, house.as("admin"), {
      login: "wanda",
      fullName: "Wanda Grün",
      addresses: ["wanda@home.example", "w.gruen@home.example"],
      password: "seven green bottles standing",
      mustChangePassword: true,
      quota: 1_000_000,
      welcome: true,
    });
    expect(made).toMatchObject({ state: "enabled", mustChangePassword: true, messages: 1 });
    expect(made.addresses).toEqual(["wanda@home.example", "w.gruen@home.example"]);
    const mailbox = made.primaryMailbox ?? 0;
    expect(house.directory.mailboxes.require(mailbox).quota.octets).toBe(1_000_000);
    expect(house.mailstore.folders(mailbox).map(({ name }) => name)).toContain("Sent");
    const [message] = await house.messages(house.folderId("wanda"));
    expect(message?.text).toContain("Hello Wanda Grün,");
    expect(message?.text).toContain("Your address is wanda@home.example.");
    expect(message?.text).toContain("Auto-Submitted: auto-generated");
    expect(message?.text).not.toContain("green bottles");
    const written = JSON.stringify(readAudit(house.store, { limit: 1_000 }));
    for (const secret of ["green bottles", "argon2", "storedKey"]) expect(written).not.toContain(secret);
  });

  test("says at which field it is wrong", async () => {
    const tried: [object, string][] = [
      [{ login: "ANNA" }, "login"],
      [{ login: "new1", addresses: ["anna@home.example"] }, "addresses"],
      [{ login: "new1", addresses: ["x@elsewhere.example"] }, "addresses"],
      [{ login: "new1", password: "short" }, "password"],
      [{ login: "anna@home.example" }, "login"],
    ];
    for (const [input, field] of tried) {
      try {
        await house.administration.perform(addUser, CONSOLE, input as { login: string });
        expect<unknown>(input).toBe("refused");
      } catch (thrown) {
        expect([input, (thrown as Refusal).field]).toEqual([input, field]);
      }
    }
    expect(house.directory.users.get("new1")).toBeUndefined();
  });

  test("is proposed addresses by login and name, in the domains of whoever asks", async () => {
    const propose = (actor: Parameters<House["administration"]["perform"]>[1]) =>
      house.administration.perform(proposeUser, actor, { login: "anna", fullName: "Änna de Groß" });
    const all = await propose(CONSOLE);
    expect(all.addresses).toEqual([
      { address: "anna@home.example", taken: true },
      { address: "aenna.gross@home.example", taken: false },
      { address: "anna@away.example", taken: false },
      { address: "aenna.gross@away.example", taken: false },
    ]);
    expect(all.welcome).toMatchObject({ send: true, subject: "Welcome, Änna de Groß" });
    const some = await propose(house.as("dora"));
    expect(some.domains).toEqual(["home.example"]);
    expect(JSON.stringify(some)).not.toContain("away.example");
  });
});

describe("renewing", () => {
  test("gives the same time again from now on, however often", async () => {
    await house.addUser("rita");
    await set(CONSOLE, "rita", { expiresAfterDays: 10 });
    house.later = 20 * DAY_MS;
    try {
      const expired = await house.administration.perform(showUser, CONSOLE, { login: "rita" });
      expect(expired.state).toBe("expired");
      for (const days of [20, 25]) {
        house.later = days * DAY_MS;
        const now = Date.now() + house.later;
        const { state, expiresAt } = await house.administration.perform(renewUser, house.as("dora"), { login: "rita" });
        expect(state).toBe("enabled");
        expect(Date.parse(expiresAt ?? "")).toBe(expiryAfter(now, 10));
      }
    } finally {
      house.later = 0;
    }
    expect(house.audit("user rita")[0]).toMatchObject({ operation: "user.renew", actor: "dora" });
  });

  test("begins the days without a login anew", async () => {
    await house.addUser("ida");
    await set(CONSOLE, "ida", { expiresAfterIdleDays: 5 });
    house.later = 6 * DAY_MS;
    try {
      expect((await house.administration.perform(showUser, CONSOLE, { login: "ida" })).state).toBe("expired");
      const renewed = await house.administration.perform(renewUser, CONSOLE, { login: "ida" });
      expect(renewed).toMatchObject({ state: "enabled", expiresAt: null });
      expect(daysUntilExpiry(Date.now() + house.later, Date.parse(renewed.ends ?? ""))).toBe(5);
    } finally {
      house.later = 0;
    }
  });
});

describe("lists and bulk work", () => {
  const logins = async (
    input: Parameters<typeof house.administration.perform<typeof listUsers.input, typeof listUsers.output>>[2],
    who = "admin",
  ) =>
    (await house.administration.perform(listUsers, house.as(who), { search: "crowd", ...input })).users.map(
      ({ login }) => login,
    );

  beforeAll(async () => {
    for (const [index, name] of ["crowd1", "crowd2", "crowd3", "crowd4"].entries()) {
      await house.addUser(name, { fullName: `${9 - index} of a crowd` });
    }
    await house.directory.users.create({ login: "crowd5", addresses: ["crowd5@away.example"] });
    await set(CONSOLE, "crowd2", { enabled: false });
    await set(CONSOLE, "crowd3", { expiresAt: "2020-01-01" });
    await set(CONSOLE, "crowd4", { expiresAt: new Date(Date.now() + 5 * DAY_MS).toISOString(), grant: ["http.proxy"] });
    await house.put(house.folderId("crowd4"), "Subject: much\r\n\r\nof it\r\n");
    house.directory.users.lastLogins.note(house.user("crowd3").id, {
      at: Date.now(),
      service: "imap",
      remote: "10.0.0.1",
    });
    await house.directory.users.lastLogins.flush();
  });

  test("filters by state and permission", async () => {
    expect(await logins({ state: "enabled" })).toEqual(["crowd1", "crowd4"]);
    expect(await logins({ state: "disabled" })).toEqual(["crowd2"]);
    expect(await logins({ state: "expired" })).toEqual(["crowd3"]);
    expect(await logins({ state: "noPassword" })).toEqual(["crowd5"]);
    expect(await logins({ state: "ending" })).toEqual(["crowd4"]);
    expect(await logins({ permission: "http.proxy" })).toEqual(["crowd4"]);
    expect(await logins({ state: "noPassword" }, "dora")).toEqual([]);
  });

  test("sorts by every column", async () => {
    const firsts: [Parameters<typeof logins>[0], string][] = [
      [{ sort: "login" }, "crowd1"],
      [{ sort: "login", descending: true }, "crowd5"],
      [{ sort: "fullName", descending: true }, "crowd1"],
      [{ sort: "state", descending: true }, "crowd2"],
      [{ sort: "lastLogin", descending: true }, "crowd3"],
      [{ sort: "ends" }, "crowd3"],
      [{ sort: "createdAt", descending: true }, "crowd5"],
      [{ sort: "mailSize", descending: true }, "crowd4"],
    ];
    for (const [input, first] of firsts) expect([input, (await logins(input))[0]]).toEqual([input, first]);
    expect(await logins({ sort: "mailSize", page: 2, pageSize: 3 })).toHaveLength(2);
  });

  test("one thing is done to many, and each says how it went", async () => {
    const bulk = (
      who: string,
      input: Parameters<typeof house.administration.perform<typeof changeUsers.input, typeof changeUsers.output>>[2],
    ) => house.administration.perform(changeUsers, house.as(who), input).then(({ results }) => results);
    const all = ["crowd1", "crowd2", "crowd5", "nobody"];
    const mine = await bulk("dora", { logins: all, action: "disable" });
    expect(mine.map(({ done }) => done)).toEqual([true, true, false, false]);
    expect(mine[2]?.problem).toBe(mine[3]?.problem ?? "");
    expect((await bulk("admin", { logins: [...all, "crowd1"], action: "enable" })).map(({ done }) => done)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const given = await bulk("dora", { logins: ["crowd1"], action: "change", change: { grant: ["ftp.login"] } });
    expect(given[0]?.done).toBe(false);
    await bulk("admin", { logins: ["crowd1"], action: "change", change: { grant: ["ftp.login"] } });
    expect(house.user("crowd1").permissions.has("ftp.login")).toBe(true);
    expect((await bulk("admin", { logins: ["crowd3", "guest"], action: "renew" })).map(({ done }) => done)).toEqual([
      true,
      false,
    ]);
    const removed = await bulk("admin", { logins: ["crowd1", "admin", "crowd5"], action: "remove" });
    expect(removed.map(({ done }) => done)).toEqual([true, false, true]);
    expect(house.directory.users.get("crowd5")).toBeUndefined();
    expect(house.audit("user crowd1")[0]).toMatchObject({ operation: "user.bulk", actor: "admin" });
    expect(await house.tried(() => bulk("admin", { logins: [], action: "enable" }))).toBe("invalid");
  });
});
