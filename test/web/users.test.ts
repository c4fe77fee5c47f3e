/** The pages of users: the list, making new ones, every tab, and who may do what with them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ADMINISTRATOR, PERMISSIONS } from "../../src/directory/permissions.ts";
import { Browser, House, PASSWORD } from "./house.ts";

let house: House;
let browser: Browser;
let delegate: Browser;
beforeAll(async () => {
  house = await House.build();
  await house.directory.domains.create({ name: "away.example" });
  const home = house.directory.domains.require("home.example").id;
  await house.addUser("dora", { permissions: ["smtp.relay", "http.proxy", ADMINISTRATOR], administers: [home] });
  await house.addUser("zoe", { fullName: "Zoe Faraway", addresses: ["zoe@away.example"] });
  browser = new Browser(house.web);
  await browser.login("admin");
  delegate = new Browser(house.web);
  await delegate.login("dora");
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** The form for a new user as a browser sends it. */
const newUser = {
  fullName: "",
  login: "",
  address: "",
  followed: "",
  quota: "",
  way: "typed",
  password: PASSWORD,
  template: "",
  shownFor: "",
};
const FRAGMENT = { "hx-request": "true", "hx-request-type": "partial", "hx-target": "#properties" };
const user = (login: string) => house.directory.users.require(login);

describe("making a user", () => {
  test("gives a mailbox, an address, a welcome message, and a page with what to tell the person", async () => {
    await browser.get("/admin/users/new");
    const page = await browser.post("/admin/users/new", {
      ...newUser,
      ...{ login: "carla", fullName: "Carla Mendes", webmail: "on", welcome: "on", quota: "500" },
    });
    expect(page.status).toBe(201);
    for (const told of ["Carla Mendes was created", "carla@home.example", "https://mail.home.example:10443/mail"])
      expect(page.text).toContain(told);
    expect(page.text).not.toContain(PASSWORD);
    const carla = user("carla");
    expect(carla.permissions.has("smtp.relay")).toBe(true);
    expect(house.directory.mailboxes.require(carla.primaryMailbox).quota.octets).toBe(500_000_000);
    expect((await house.messages(house.folderId("carla")))[0]?.text).toContain("Hello Carla Mendes,");
    expect((await new Browser(house.web).login("carla")).status).toBe(303);
  });

  test("with a password that is made, or a link, shows these once", async () => {
    await browser.get("/admin/users/new");
    const made = await browser.post("/admin/users/new", {
      ...newUser,
      login: "maja",
      password: "",
      way: "made",
      webmail: "on",
    });
    const password = /id="made-password">([^<]+)</.exec(made.text)?.[1] ?? "";
    expect(password).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    expect((await new Browser(house.web).login("maja", password)).status).toBe(303);
    const linked = await browser.post("/admin/users/new", { ...newUser, login: "lina", password: "", way: "link" });
    const link = /id="made-link">([^<]+)</.exec(linked.text)?.[1] ?? "";
    expect((await new Browser(house.web).get(new URL(link).pathname)).status).toBe(200);
    const shown = await browser.get("/admin/users/lina");
    expect(shown.text).not.toContain(link);
    expect(JSON.stringify(house.store.events.recent({ limit: 500 }))).not.toContain(password);
  });

  test("says beside the field what does not do, and keeps what was typed, but for the password", async () => {
    await browser.get("/admin/users/new");
    const tried: [Record<string, string>, string][] = [
      [{ login: "ANN" }, "login"],
      [{ login: "dora2", password: "dora2" }, "password"],
      [{ login: "dora2", password: "" }, "password"],
      [{ login: "dora2", address: "dora@elsewhere.example" }, "address"],
      [{ login: "dora2", address: "ann@home.example" }, "address"],
      [{ login: "-x" }, "login"],
      [{ login: "dora2", quota: "much" }, "quota"],
      [{ login: "dora2", administers: "domains" }, "administers"],
    ];
    for (const [fields, field] of tried) {
      const page = await browser.post("/admin/users/new", { ...newUser, fullName: "Second Dora", ...fields });
      expect([fields, page.status, page.text.includes(`id="${field}-error"`)]).toEqual([fields, 422, true]);
      expect(page.text).toContain('value="Second Dora"');
      expect(page.text).not.toContain(PASSWORD);
    }
    expect(house.directory.users.get("dora2")).toBeUndefined();
  });

  test("refuses fields that do not belong there", async () => {
    await browser.get("/admin/users/new");
    for (const field of ["permissions", "kind", "id", "domains"]) {
      expect((await browser.post("/admin/users/new", { ...newUser, login: "mallory", [field]: "1" })).status).toBe(400);
    }
    expect(house.directory.users.get("mallory")).toBeUndefined();
  });

  test("proposes addresses that follow what is typed, until one is typed by hand", async () => {
    const at = "/admin/users/new/following";
    const first = await browser.get(`${at}?login=ann&fullName=Anna+Gr%C3%BCn`, FRAGMENT);
    expect(first.text).toContain('value="anna.gruen@home.example"');
    expect(first.text).toContain("Welcome, Anna Grün");
    const own = await browser.get(`${at}?login=greta&address=office@home.example&followed=g@home.example`, FRAGMENT);
    expect(own.text).toContain('name="address" type="text" value="office@home.example"');
    expect((await browser.get(`${at}?login=${"x".repeat(4000)}`, FRAGMENT)).status).toBe(200);
  });

  test("from a template copies all of it, whatever the page had shown", async () => {
    await browser.get("/admin/users/new?kind=template");
    expect(
      (await browser.post("/admin/users/new/template", { login: "staff", fullName: "The office", template: "" }))
        .location,
    ).toBe("/admin/users/staff/permissions");
    await browser.get("/admin/users/staff/permissions");
    await browser.post("/admin/users/staff/permissions", { "may.http.proxy": "on", administers: "none" });
    await browser.post("/admin/users/staff/mail", {});
    await browser.post("/admin/users/staff/expiry", {
      byDate: "on",
      days: "100",
      dateWas: "",
      daysWas: "365",
      idleDays: "90",
    });
    expect((await browser.get("/admin/users/new?template=staff")).text).toContain("Use the Web Proxy");
    await browser.post("/admin/users/new", {
      ...newUser,
      login: "toni",
      template: "staff",
      webmail: "on",
      administers: "house",
    });
    const toni = user("toni");
    expect([...toni.permissions]).toEqual(["http.proxy"]);
    expect([toni.webmail, toni.expiresAt !== null]).toEqual([false, true]);
    expect((await browser.get("/admin/users?kind=template")).text).toContain("The office");
    expect(
      (await browser.post("/admin/users/new/template", { login: "ann", fullName: "", template: "" })).text,
    ).toContain('id="login-error"');
  });

  test("whose login name is a place of the list is still reached", async () => {
    await house.directory.users.create({ login: "new", fullName: "Newton" });
    expect((await browser.get("/admin/users/new/general")).text).toContain("Newton");
    expect((await browser.get("/admin/users/new")).text).toContain("New user");
    await browser.post("/admin/users/new/general", { login: "newton", fullName: "Newton", enabled: "on" });
    expect(user("newton").fullName).toBe("Newton");
  });
});

describe("the list", () => {
  beforeAll(async () => {
    for (let i = 0; i < 60; i++) await house.directory.users.create({ login: `many${String(i).padStart(2, "0")}` });
  });

  test("is searched, sorted, filtered and paged", async () => {
    const first = await browser.get("/admin/users?q=many");
    expect(first.text).toContain("60 users, page 1 of 2");
    expect(first.text).toContain("many49");
    expect(first.text).not.toContain("many50");
    expect((await browser.get("/admin/users?q=many&page=2")).text).toContain("many59");
    expect((await browser.get("/admin/users?q=many&down=1")).text).toContain("many59");
    expect((await browser.get("/admin/users?q=many&state=noPassword&sort=mailSize")).text).toContain("60 users");
    expect((await browser.get("/admin/users?q=many&state=disabled")).text).toContain("Nobody matches");
    for (const odd of ["sort=password", "state=%27", "page=-1", "kind=guest"]) {
      expect((await browser.get(`/admin/users?${odd}`)).status).toBe(200);
    }
  });

  test("does one thing to all who are chosen, and goes back to where they were chosen", async () => {
    await browser.get("/admin/users?q=many");
    const back = "/admin/users?q=many";
    const login = ["many00", "many01"];
    const bulk = (fields: Record<string, string | string[]>) =>
      browser.post("/admin/users/bulk", { login, back, ...fields });
    expect((await bulk({ action: "disable" })).location).toBe(back);
    expect((await browser.get(back)).text).toContain("2 accounts were switched off.");
    expect(user("many01").enabled).toBe(false);
    await bulk({ action: "enable" });
    expect((await bulk({ action: "grant" })).text).toContain("Give permissions to 2 accounts");
    expect((await bulk({ action: "grant", sure: "yes" })).text).toContain("Choose at least one permission.");
    expect((await bulk({ action: "grant", sure: "yes", "may.ftp.login": "on" })).location).toBe(back);
    expect(user("many00").permissions.has("ftp.login")).toBe(true);
    expect((await bulk({ action: "revoke", sure: "yes", "may.ftp.login": "on" })).location).toBe(back);
    expect(user("many00").permissions.has("ftp.login")).toBe(false);
    expect((await bulk({ action: "remove" })).text).toContain("Remove 2 accounts?");
    expect(house.directory.users.get("many00")).toBeDefined();
    const mixed = await bulk({ login: [...login, "admin", "gone"], action: "remove", sure: "yes" });
    expect(mixed.status).toBe(422);
    for (const words of ["Done for 2 accounts", "You cannot remove yourself", "gone"])
      expect(mixed.text).toContain(words);
    expect(house.directory.users.get("many00")).toBeUndefined();
    await bulk({ login: [], action: "remove" });
    expect((await browser.get(back)).text).toContain("Nobody was chosen");
    expect((await bulk({ action: "enable", back: "//evil.example/" })).location).not.toContain("evil");
    expect((await bulk({ action: "format" })).status).toBe(400);
  });

  afterAll(async () => {
    for (let i = 2; i < 60; i++) await house.directory.users.remove(`many${String(i).padStart(2, "0")}`);
  });
});

describe("the tabs", () => {
  const TABS = ["general", "news", "permissions", "mail", "expiry", "directory", "security"];

  test("are pages with an address each, and fragments for htmx", async () => {
    for (const tab of TABS) {
      const at = `/admin/users/ann${tab === "general" ? "" : `/${tab}`}`;
      const page = await browser.get(at);
      expect([tab, page.status]).toEqual([tab, 200]);
      expect(page.text).toContain("<!doctype html>");
      expect(page.text).toMatch(new RegExp(`href="${at}"[^>]*aria-current="page"`));
      const fragment = await browser.get(at, FRAGMENT);
      expect(fragment.text).toStartWith("<title>Ann Example");
      expect(fragment.text).not.toContain("<!doctype html>");
      expect(fragment.text).toContain('id="properties"');
    }
  });

  test("of the guest entry are permissions and newsgroups; of templates what is copied", async () => {
    const guest = await browser.get("/admin/users/guest");
    expect(guest.text).toContain("What may be done without logging in");
    expect(guest.text).not.toContain("System Administration Privileges");
    for (const tab of ["general", "mail", "expiry", "directory", "security"]) {
      expect((await browser.get(`/admin/users/guest/${tab}`)).status).toBe(404);
    }
    expect((await browser.get("/admin/users/staff/security")).status).toBe(404);
    expect((await browser.post("/admin/users/guest/permissions", { "may.http.proxy": "on" })).status).toBe(303);
    expect(house.directory.permits(undefined, "http.proxy")).toBe(true);
    expect((await browser.post("/admin/users/guest/permissions", { administers: "house" })).status).toBe(403);
    expect((await browser.post("/admin/users/guest/general", { login: "guest", fullName: "x" })).status).toBe(404);
    expect((await browser.post("/admin/users/guest/remove", {})).status).toBe(403);
  });

  test("General: name, login name, switches and folders", async () => {
    await browser.get("/admin/users/ann");
    const at = "/admin/users/ann/general";
    const fields = {
      login: "ann",
      fullName: "Ann Changed",
      homePageFolder: "people/ann",
      ftpDirectory: "",
      mustChange: "on",
    };
    expect((await browser.post(at, fields)).location).toBe("/admin/users/ann");
    expect(user("ann")).toMatchObject({
      fullName: "Ann Changed",
      enabled: false,
      homePageFolder: "people/ann",
      mustChangePassword: true,
    });
    const wrong = await browser.post(at, { ...fields, homePageFolder: "../../etc", fullName: "Typed" });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('id="homePageFolder-error"');
    expect(wrong.text).toContain('value="Typed"');
    const taken = await browser.post(at, { ...fields, login: "admin" });
    expect(taken.text).toContain('id="login-error"');
    expect(
      (await browser.post(at, { login: "anne", fullName: "Ann Example", enabled: "on", homePageFolder: "" })).location,
    ).toBe("/admin/users/anne");
    await browser.post("/admin/users/anne/general", { login: "ann", fullName: "Ann Example", enabled: "on" });
    expect(user("ann")).toMatchObject({ enabled: true, homePageFolder: null, mustChangePassword: false });
  });

  test("News: one group or pattern a line, and which line is wrong", async () => {
    await browser.get("/admin/users/ann/news");
    const at = "/admin/users/ann/news";
    expect(
      (await browser.post(at, { newsRead: "local.*\r\n\r\n!local.board ", newsPost: "local.chat" })).location,
    ).toBe(at);
    expect([user("ann").newsRead, user("ann").newsPost]).toEqual([["local.*", "!local.board"], ["local.chat"]]);
    const wrong = await browser.post(at, { newsRead: "local.*\nnot a group", newsPost: "" });
    expect(wrong.text).toContain("Line 2: A newsgroup is written like");
    expect(wrong.text).toContain("not a group</textarea>");
    expect(user("ann").newsPost).toEqual(["local.chat"]);
  });

  test("Permissions: each switch on and off, and administration of everything, of domains, of nothing", async () => {
    const at = "/admin/users/ann/permissions";
    await browser.get(at);
    for (const { name } of PERMISSIONS) {
      if (name === ADMINISTRATOR) continue;
      expect((await browser.post(at, { [`may.${name}`]: "on", administers: "none" })).location).toBe(at);
      expect([...user("ann").permissions]).toEqual([name]);
    }
    expect((await browser.post(at, { "may.smtp.relay": "on", administers: "house" })).location).toBe(at);
    expect([user("ann").permissions.has(ADMINISTRATOR), user("ann").administers]).toEqual([true, null]);
    expect((await browser.post(at, { administers: "domains" })).text).toContain('id="administers-error"');
    await browser.post(at, { administers: "domains", "domain.away.example": "on" });
    expect(user("ann").administers).toEqual([house.directory.domains.require("away.example").id]);
    expect((await browser.get(at)).text).toMatch(/name="domain.away.example" value="on" checked/);
    expect((await browser.post(at, { administers: "domains", "domain.nowhere.example": "on" })).status).toBe(422);
    expect((await browser.post(at, { "may.everything": "on" })).status).toBe(400);
    await browser.post(at, { "may.smtp.relay": "on", administers: "none" });
    expect([[...user("ann").permissions], user("ann").administers]).toEqual([["smtp.relay"], null]);
  });

  test("Mail: webmail, the primary mailbox, addresses, and what others share", async () => {
    const at = "/admin/users/ann/mail";
    const ann = user("ann");
    const further = await house.directory.mailboxes.create({ ownerId: ann.id, addresses: ["bills@home.example"] });
    const shared = await house.directory.mailboxes.create({
      ownerId: user("admin").id,
      addresses: ["office@home.example"],
    });
    await house.directory.mailboxes.share(shared.id, ann.id, "lrs");
    const page = await browser.get(at);
    expect(page.text).toContain("bills@home.example");
    expect(page.text).toMatch(new RegExp(`href="/admin/mailboxes/${shared.id}">office@home.example</a>`));
    expect(page.text).toContain("lrs");
    expect((await browser.post(at, { primaryMailbox: String(further.id) })).location).toBe(at);
    expect([user("ann").webmail, user("ann").primaryMailbox]).toEqual([false, further.id]);
    expect((await browser.post(at, { webmail: "on", primaryMailbox: String(shared.id) })).status).toBe(422);
    await browser.post(at, { webmail: "on", primaryMailbox: String(ann.primaryMailbox) });

    expect((await browser.post("/admin/users/ann/addresses", { address: "desk@home.example" })).location).toBe(
      `${at}#addresses`,
    );
    const standing = { address: "desk@home.example", mailbox: String(ann.primaryMailbox) };
    await browser.post("/admin/users/ann/addresses/primary", standing);
    expect(house.directory.addressesOf(ann.id)[0]).toBe("desk@home.example");
    expect((await browser.post("/admin/users/carla/addresses/remove", standing)).status).toBe(404);
    expect((await browser.post("/admin/users/ann/addresses/remove", standing)).status).toBe(303);
    expect(house.directory.resolve("desk@home.example").kind).toBe("unknown");
    const wrong = await browser.post("/admin/users/ann/addresses", { address: "x@elsewhere.example" });
    expect(wrong.text).toContain('id="address-error"');
    expect(wrong.text).toContain('value="x@elsewhere.example"');
    await house.directory.mailboxes.remove(further.id);
  });

  test("Account expiry: whichever of date and days was changed counts, without scripts too", async () => {
    const at = "/admin/users/ann/expiry";
    const page = await browser.get(at);
    const [, dateWas = ""] = /name="dateWas" value="([^"]+)"/.exec(page.text) ?? [];
    expect(page.text).toContain('name="daysWas" value="365"');
    const shown = { dateWas, daysWas: "365", idleDays: "90" };
    const days = async () => (await browser.get(at)).text.match(/name="days" type="number" value="(\d*)"/)?.[1];
    await browser.post(at, { ...shown, byDate: "on", date: dateWas, days: "365" });
    expect(await days()).toBe("365");
    await browser.post(at, { ...shown, byDate: "on", date: dateWas, days: "30" });
    expect(await days()).toBe("30");
    await browser.post(at, { ...shown, byDate: "on", date: "2040-01-31", days: "365" });
    expect(user("ann").expiresAt).toBe(new Date(2040, 0, 31).getTime());
    const apart = await browser.post(at, { ...shown, byDate: "on", date: "2040-01-31", days: "12" });
    expect(apart.status).toBe(422);
    expect(apart.text).toContain("do not say the same");
    for (const wrong of [
      { days: "10000" },
      { days: "0" },
      { days: "soon" },
      { date: "2999-01-01" },
      { date: "", days: "" },
    ]) {
      const refused = await browser.post(at, { ...shown, byDate: "on", date: dateWas, days: "365", ...wrong });
      expect([wrong, refused.status]).toEqual([wrong, 422]);
    }
    await browser.post(at, { ...shown, byIdle: "on", idleDays: "45" });
    expect([user("ann").expiresAt, user("ann").expiresAfterIdleDays]).toEqual([null, 45]);
    await browser.post(at, { ...shown });
    expect(user("ann").expiresAfterIdleDays).toBeNull();
  });

  test("an expired account is renewed with one click", async () => {
    await house.directory.users.update("ann", { expiresAt: Date.now() - 1000 });
    const page = await browser.get("/admin/users/ann");
    expect(page.text).toContain("Expired");
    expect(page.text).toContain('action="/admin/users/ann/renew"');
    expect((await browser.post("/admin/users/ann/renew", {})).location).toBe("/admin/users/ann/expiry");
    expect(user("ann").expiresAt ?? 0).toBeGreaterThan(Date.now());
    await house.directory.users.update("ann", { expiresAt: null });
  });

  test("Directory: every line of the entry", async () => {
    const at = "/admin/users/ann/directory";
    const page = await browser.get(at);
    const names = [...page.text.matchAll(/<(?:input class="input"|textarea)[^>]*name="([a-zA-Z]+)"/g)].map(
      ([, name = ""]) => name,
    );
    const { listed: _, ...entry } = user("ann").entry;
    expect(names.sort()).toEqual(Object.keys(entry).sort());
    const fields = Object.fromEntries(names.map((name) => [name, `The ${name}`]));
    expect((await browser.post(at, { ...fields, listed: "on" })).location).toBe(at);
    expect(user("ann").entry).toEqual({ ...fields, listed: true } as never);
    const wrong = await browser.post(at, { ...fields, city: "x".repeat(300) });
    expect(wrong.text).toContain('id="city-error"');
  });

  test("Security: app passwords are shown once and revoked, browsers signed out, logins listed", async () => {
    const at = "/admin/users/ann/security";
    const ann = new Browser(house.web);
    await ann.login("ann");
    const page = await browser.get(at);
    expect(page.text).toContain("Recent logins and refusals");
    const made = await browser.post(`${at}/app-passwords`, {
      name: "Phone",
      until: "",
      networks: "192.168.0.0/16, 10.0.0.0/8",
      "opens.imap": "on",
    });
    const shown = /id="made-app-password">([^<]+)</.exec(made.text)?.[1] ?? "";
    expect(shown).toMatch(/^[a-z]{4}( [a-z]{4}){6}$/);
    expect((await browser.get(at)).text).not.toContain(shown);
    const [app] = house.auth.appPasswords.list(user("ann").id);
    expect(app?.networks).toEqual(["192.168.0.0/16", "10.0.0.0/8"]);
    expect(
      (await browser.post(`${at}/app-passwords`, { name: "", until: "", networks: "", "opens.imap": "on" })).text,
    ).toContain('id="name-error"');
    expect((await browser.post(`${at}/app-passwords/revoke`, { id: String(app?.id) })).status).toBe(303);
    expect(house.auth.appPasswords.list(user("ann").id)).toEqual([]);
    expect((await browser.post(`${at}/sessions/close-all`, {})).status).toBe(303);
    expect((await ann.get("/")).location).toBe("/login");
    expect((await browser.get(`${at}/factors/remove`, FRAGMENT)).text).toStartWith("<form");
    expect((await browser.post(`${at}/factors/remove`, {})).status).toBe(303);
  });

  test("a new password signs the user's browsers out; one's own goes on", async () => {
    const ann = new Browser(house.web);
    await ann.login("ann");
    await browser.get("/admin/users/ann");
    const weak = await browser.post("/admin/users/ann/password", { login: "ann", password: "ann1" });
    expect(weak.text).toContain('id="password-error"');
    const set = { login: "ann", password: "seven green bottles standing", mustChange: "password" };
    expect((await browser.post("/admin/users/ann/password", set)).location).toBe("/admin/users/ann");
    expect(user("ann").mustChangePassword).toBe(true);
    expect((await ann.get("/")).location).toBe("/login");
    await browser.get("/admin/users/admin");
    await browser.post("/admin/users/admin/password", { login: "admin", password: "eight green bottles standing" });
    expect((await browser.get("/admin")).status).toBe(200);
    const link = await browser.post("/admin/users/ann/link", {});
    expect(link.text).toMatch(/id="one-time-link">https:\/\/mail\.home\.example:10443\/reset\/[\w-]{20,}</);
  });

  test("nobody locks himself out, by any form", async () => {
    await browser.get("/admin/users/admin");
    const off = await browser.post("/admin/users/admin/general", { login: "admin", fullName: "" });
    expect(off.status).toBe(403);
    expect(off.text).toContain("You cannot lock yourself out");
    expect((await browser.post("/admin/users/admin/permissions", { administers: "none" })).status).toBe(403);
    expect(
      (await browser.post("/admin/users/admin/expiry", { byDate: "on", date: "2020-01-01", dateWas: "", daysWas: "" }))
        .status,
    ).toBe(403);
    expect((await browser.post("/admin/users/admin/remove", {})).status).toBe(403);
    expect(user("admin")).toMatchObject({ enabled: true, administers: null, expiresAt: null });
  });

  test("removing asks first, as a page or in the dialog", async () => {
    const page = await browser.get("/admin/users/carla/remove");
    expect(page.text).toContain("<!doctype html>");
    expect(page.text).toContain("Remove Carla Mendes?");
    expect((await browser.get("/admin/users/carla/remove", FRAGMENT)).text).toStartWith("<form");
    expect((await browser.post("/admin/users/carla/remove", {})).location).toBe("/admin/users");
    expect((await browser.get("/admin/users/carla")).status).toBe(404);
    expect((await browser.post("/admin/users/staff/remove", {})).location).toBe("/admin/users?kind=template");
  });

  test("the log and the audit log say who did it and from where, and nothing that is secret", () => {
    const events = JSON.stringify(house.store.events.recent({ limit: 1000 }));
    const audit = JSON.stringify(house.store.client.query("SELECT * FROM audit").all());
    expect(audit).toContain('"user.set"');
    expect(audit).toContain("192.168.1.20");
    for (const secret of ["green bottles", "argon2", PASSWORD]) {
      expect(events).not.toContain(secret);
      expect(audit).not.toContain(secret);
    }
  });
});

describe("an administrator of one domain", () => {
  test("sees his own places, users and numbers, and nothing else", async () => {
    const overview = await delegate.get("/admin");
    expect(overview.text).toContain("You look after the users of home.example.");
    for (const place of ["queue", "settings", "services", "log", "certificates"]) {
      expect(overview.text).not.toContain(`href="/admin/${place}"`);
      expect((await delegate.get(`/admin/${place}`)).status).toBe(403);
    }
    const list = await delegate.get("/admin/users");
    expect(list.text).toContain("ann@home.example");
    for (const foreign of ["zoe", "admin@home.example", "Guest entry", ">dora<"])
      expect(list.text).not.toContain(foreign);
    expect((await delegate.get("/admin/users/new")).text).not.toContain("System Administration Privileges");
    expect((await delegate.get("/admin/users/ann")).text).not.toContain("Home-page folder");
  });

  test("gets the same refusal for what is foreign and what is not there, on every tab and form", async () => {
    await delegate.get("/admin/users");
    const foreign = ["zoe", "admin", "guest", "dora", "nobody"];
    for (const tab of [
      "",
      "/general",
      "/news",
      "/permissions",
      "/mail",
      "/expiry",
      "/directory",
      "/security",
      "/remove",
    ]) {
      const pages = await Promise.all(foreign.map((login) => delegate.get(`/admin/users/${login}${tab}`)));
      for (const page of pages) {
        expect([tab, page.status]).toEqual([tab, 403]);
        expect(page.text).toContain("You do not administrate such a user.");
        expect(page.text).not.toContain("Faraway");
      }
    }
    const forms: [string, Record<string, string>][] = [
      ["general", { login: "zoe", fullName: "x" }],
      ["news", { newsRead: "*", newsPost: "*" }],
      ["permissions", { "may.http.proxy": "on" }],
      ["mail", { webmail: "on" }],
      ["expiry", { byIdle: "on", idleDays: "1" }],
      ["renew", {}],
      ["password", { password: "seven green bottles standing" }],
      ["link", {}],
      ["addresses", { address: "more@home.example" }],
      ["remove", {}],
      ["security/sessions/close-all", {}],
      ["security/app-passwords", { name: "x", until: "", networks: "", "opens.imap": "on" }],
      ["security/factors/remove", {}],
    ];
    const before = JSON.stringify(user("zoe"));
    for (const [form, fields] of forms) {
      for (const login of ["zoe", "admin", "nobody"]) {
        const page = await delegate.post(`/admin/users/${login}/${form}`, fields);
        expect([form, login, page.status]).toEqual([form, login, 403]);
      }
    }
    expect(JSON.stringify(user("zoe"))).toBe(before);
  });

  test("cannot raise anybody by fields that his own forms do not have", async () => {
    await delegate.get("/admin/users/ann");
    const general = { login: "ann", fullName: "Ann", enabled: "on" };
    const tried: [string, Record<string, string>][] = [
      ["ann/general", { ...general, homePageFolder: "people/zoe" }],
      ["ann/general", { ...general, ftpDirectory: "ftp/zoe" }],
      ["ann/general", { ...general, external: "office" }],
      ["ann/general", { ...general, login: "zoe@away.example" }],
      ["ann/permissions", { administers: "house" }],
      ["ann/permissions", { administers: "domains", "domain.away.example": "on" }],
      ["ann/permissions", { "may.ftp.login": "on" }],
      ["ann/addresses", { address: "ann@away.example" }],
      ["new", { ...newUser, login: "mallory", administers: "house" }],
      ["new", { ...newUser, login: "mallory", address: "mallory@away.example" }],
      ["new", { ...newUser, login: "mallory", template: "admin" }],
      ["new", { ...newUser, login: "mallory", template: "zoe" }],
      ["new/template", { login: "mallory", fullName: "", template: "" }],
    ];
    const before = JSON.stringify([user("ann"), [...user("ann").permissions]]);
    for (const [path, fields] of tried) {
      const page = await delegate.post(`/admin/users/${path}`, fields);
      expect([path, fields, page.status]).toEqual([path, fields, 403]);
    }
    expect(JSON.stringify([user("ann"), [...user("ann").permissions]])).toBe(before);
    expect(house.directory.users.get("mallory")).toBeUndefined();
    const bulk = await delegate.post("/admin/users/bulk", { login: ["ann", "zoe"], action: "disable", back: "" });
    expect(bulk.status).toBe(422);
    expect([user("ann").enabled, user("zoe").enabled]).toEqual([false, true]);
    await house.directory.users.update("ann", { enabled: true });
  });

  test("creates, changes and removes users of his domain", async () => {
    await delegate.get("/admin/users/new");
    expect((await delegate.post("/admin/users/new", { ...newUser, login: "henri", webmail: "on" })).status).toBe(201);
    expect(house.directory.addressesOf(user("henri").id)).toEqual(["henri@home.example"]);
    await delegate.post("/admin/users/henri/permissions", { "may.http.proxy": "on" });
    expect([...user("henri").permissions]).toEqual(["http.proxy"]);
    expect((await delegate.post("/admin/users/henri/remove", {})).location).toBe("/admin/users");
  });

  test("a user who administrates nothing is refused everywhere", async () => {
    const zoe = new Browser(house.web);
    await zoe.login("zoe");
    for (const path of ["", "/users", "/users/zoe", "/users/zoe/permissions", "/users/new"]) {
      const page = await zoe.get(`/admin${path}`);
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.text).not.toContain("home.example</");
    }
    for (const path of ["zoe/permissions", "new", "bulk", "zoe/renew"]) {
      expect((await zoe.post(`/admin/users/${path}`, { administers: "house" })).status).toBe(403);
    }
  });
});
