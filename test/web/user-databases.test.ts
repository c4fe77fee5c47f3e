/** User databases through pages and operations, against a real directory server: set up, test, preview, import, remove. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { CONSOLE } from "../../src/administration/actor.ts";
import { readAudit } from "../../src/administration/audit.ts";
import {
  addUserDatabase,
  importUserDatabase,
  listUserDatabases,
  removeUserDatabase,
  setUserDatabase,
  showUserDatabase,
  testUserDatabase,
} from "../../src/administration/server/user-databases.ts";
import { BIND_DN, BIND_PASSWORD, group, PEOPLE, person, type Slapd, startSlapd } from "../auth/external/slapd.ts";
import { htmx } from "./client.ts";
import { Browser, House } from "./house.ts";

const AT = "/admin/user-databases";

let slapd: Slapd;
let house: House;
let browser: Browser;

beforeAll(async () => {
  const names = ["anna", "bruno", "clara"];
  slapd = await startSlapd({ entries: names.map((name) => person(name, `${name}'s secret`)).join("\n") });
  await slapd.modify(group("staff", ["anna"]));
});

afterAll(() => slapd.close());

beforeEach(async () => {
  house = await House.build();
  await house.directory.domains.create({ name: "example.test" });
  await house.directory.users.create({ login: "staff", kind: "template", permissions: ["web.forwarding"] });
  await house.directory.users.create({ login: "chiefs", kind: "template", permissions: ["web.administrator"] });
  browser = new Browser(house.web);
  await browser.login("admin");
  await browser.get(AT);
});

afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** Adds the database as a person does, and gives the fields of its form as they stand there. */
async function added(): Promise<Record<string, string>> {
  const made = await browser.post(AT, { name: "office", kind: "openldap", server: slapd.plain, base: PEOPLE });
  expect(made.location).toBe(`${AT}/office`);
  const { text } = await browser.get(`${AT}/office`);
  const values = [...text.matchAll(/<input[^>]*\bname="([a-zA-Z]+)"[^>]*\bvalue="([^"]*)"/g)];
  const fields = Object.fromEntries(values.map(([, name = "", value = ""]) => [name, unescaped(value)]));
  return {
    ...{ filter: fields.filter ?? "", loginAttribute: "uid", idAttribute: "entryUUID", nameAttribute: "cn" },
    ...{ mailAttributes: "mail", disabledAttribute: "", disabledValue: "", groups: "attribute" },
    ...{ groupsAttribute: "memberOf", groupBase: "", kind: "openldap", description: "", enabled: "on" },
    ...{ servers: slapd.plain, bindDn: BIND_DN, bindPassword: BIND_PASSWORD, base: PEOPLE },
    ...{ certificate: slapd.authority, fingerprints: "", tlsName: "", plaintext: "never" },
    ...{ template: "", domain: "", syncMinutes: "0", vanished: "leave" },
    ...{ routes: "home.example", routeBase: "", routeFilter: "(mail={address})" },
    ...{ timeoutSeconds: "4", connectSeconds: "2", pageSize: "100", connections: "2" },
    ...{ "rule.0.group": "staff", "rule.0.template": "staff", "rule.1.group": "", "rule.1.template": "" },
  };
}

function unescaped(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}

/** Waits for the end of a run as the page does. */
async function finished(): Promise<void> {
  for (;;) {
    const { headers } = await browser.get(`${AT}/office/import/run`, htmx("run", `${AT}/office/import`));
    if (headers.get("hx-redirect") === `${AT}/office/import`) return;
    // Requests here never leave the process: let others have a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a database is added, set, tested, and imported from as its preview says", async () => {
  const fields = await added();
  expect((await browser.post(`${AT}/office`, fields)).location).toBe(`${AT}/office`);
  const tried = await browser.post(
    `${AT}/office/test`,
    { login: "anna", password: "anna's secret" },
    htmx("result", `${AT}/office/test`),
  );
  for (const words of ["the certificate is trusted", "3 found", "The password is right.", "Template: staff"])
    expect(unescaped(tried.text)).toContain(words);
  const preview = await browser.get(`${AT}/office/import`);
  expect(preview.text).toMatch(/anna@example\.test[\s\S]*Template staff/);
  const [, entry = ""] = /name="entry" value="([^"]+)" aria-label="Choose anna"/.exec(preview.text) ?? [];
  expect((await browser.post(`${AT}/office/import`, { entry })).status).toBe(303);
  await finished();
  expect([...house.user("anna").permissions]).toEqual(["web.forwarding"]);
  expect(house.directory.users.countExternal("office")).toBe(1);
  expect((await browser.get(`${AT}/office/import`)).text).toContain("1 created.");
  await browser.post(`${AT}/office/import`, { all: "create" });
  await finished();
  expect(house.directory.users.countExternal("office")).toBe(3);
  const attempt = { service: "imap", remote: "192.168.1.9", secure: true, mechanism: "PLAIN" } as const;
  const credentials = { login: "bruno", password: "bruno's secret" };
  expect(await house.auth.authenticate({ ...attempt, credentials })).toMatchObject({ ok: true });
});

test("what is wrong with a form is said beside its field, and nothing is saved", async () => {
  const fields = await added();
  const wrong: readonly [Record<string, string>, string][] = [
    [{ servers: "" }, "Name at least one server."],
    [{ servers: `${slapd.plain}\nnonsense` }, "Line 2: A server is written like"],
    [{ filter: "(uid=anna)" }, "has {login} where the login name comes"],
    [{ filter: "(uid={login}" }, "The filter cannot be read"],
    [{ certificate: "nonsense" }, "Paste certificates in PEM"],
    [{ fingerprints: "12:34" }, "64 hexadecimal digits"],
    [{ "rule.0.template": "nobody" }, "There is no template &quot;nobody&quot;."],
    [{ "rule.0.template": "chiefs" }, "makes administrators"],
    [{ "rule.0.template": "" }, "Name the template."],
  ];
  for (const [change, words] of wrong) {
    const page = await browser.post(`${AT}/office`, { ...fields, ...change });
    expect([page.status, page.text.includes(words), words]).toEqual([422, true, words]);
  }
  expect(house.userDatabases.databases.require("office").rules).toEqual([]);
  const allowed = { ...fields, "rule.0.template": "chiefs", "rule.0.administrator": "on" };
  expect((await browser.post(`${AT}/office`, allowed)).status).toBe(303);
});

test("the presets of another kind are filled in without saving", async () => {
  const fields = await added();
  const page = await browser.post(`${AT}/office`, { ...fields, kind: "activeDirectory", fill: "1" });
  expect(page.status).toBe(200);
  expect(page.text).toContain("sAMAccountName");
  expect(house.userDatabases.databases.require("office").loginAttribute).toBe("uid");
});

test("a directory that cannot be read is a sentence on the page", async () => {
  const fields = await added();
  await browser.post(`${AT}/office`, { ...fields, certificate: "" });
  const preview = await browser.get(`${AT}/office/import`);
  expect(preview.text).toContain("There is no preview");
  expect(preview.text).toContain("the certificate is not trusted");
  const tried = await browser.post(`${AT}/office/test`, { login: "", password: "" });
  expect(tried.text).toContain("Made by: O=Gatepost");
});

test("the password of the bind DN goes in and never comes out", async () => {
  const { administration } = house.deps;
  const made = await administration.perform(addUserDatabase, CONSOLE, {
    ...{ name: "office", servers: [slapd.plain], base: PEOPLE, bindDn: BIND_DN, bindPassword: BIND_PASSWORD },
    certificate: slapd.authority,
  });
  const shown = [
    made,
    await administration.perform(listUserDatabases, CONSOLE, {}),
    await administration.perform(showUserDatabase, CONSOLE, { name: "office" }),
    await administration.perform(setUserDatabase, CONSOLE, { name: "office", bindPassword: "another secret" }),
    await administration.perform(testUserDatabase, CONSOLE, { name: "office" }),
    await administration.perform(importUserDatabase, CONSOLE, { name: "office", actions: ["create"] }),
    readAudit(house.store),
    house.store.events.recent({ limit: 1_000 }),
    ...(await Promise.all(["", "/test", "/import"].map(async (tab) => (await browser.get(`${AT}/office${tab}`)).text))),
  ];
  const text = JSON.stringify(shown);
  expect(text).not.toContain("reader's secret");
  expect(text).not.toContain("another secret");
  expect(made.hasBindPassword).toBe(true);
  const changed = readAudit(house.store).find(({ operation }) => operation === "userDatabase.set");
  expect(changed?.after).toEqual({ bindPassword: "******** (another one)" });
});

test("the password of the bind DN goes to no server it was not given for", async () => {
  const { administration } = house.deps;
  await browser.post(`${AT}/office`, await added());
  const set = (change: object) => administration.perform(setUserDatabase, CONSOLE, { name: "office", ...change });
  const servers = [slapd.plain, "ldap://thief.example"];
  await expect(set({ servers })).rejects.toThrow("Give the bind password again");
  expect((await set({ servers: [slapd.plain], base: PEOPLE })).hasBindPassword).toBe(true);
  expect((await set({ servers, bindPassword: BIND_PASSWORD })).servers).toEqual(servers);
});

test("a database with users is removed only on purpose, and they become local ones", async () => {
  const { administration } = house.deps;
  await browser.post(`${AT}/office`, await added());
  await administration.perform(importUserDatabase, CONSOLE, { name: "office", actions: ["create"] });
  const remove = (keepUsers: boolean) =>
    administration.perform(removeUserDatabase, CONSOLE, { name: "office", keepUsers });
  await expect(remove(false)).rejects.toThrow("3 users come from office");
  expect((await browser.get(`${AT}/office/remove`)).text).toContain("3 users come from it");
  expect((await browser.post(`${AT}/office/remove`, { keepUsers: "yes" })).location).toBe(AT);
  expect(house.user("anna")).toMatchObject({ external: null, hasPassword: false });
  expect(house.directory.addressesOf(house.user("anna").id)).toEqual(["anna@example.test"]);
});

test("the order in which databases are asked is changed", async () => {
  for (const name of ["first", "second", "third"])
    await browser.post(AT, { name, kind: "lldap", server: "ldaps://ldap.example.test", base: "dc=x" });
  await browser.post(`${AT}/order`, { name: "third" });
  expect(house.userDatabases.databases.list().map(({ name }) => name)).toEqual(["first", "third", "second"]);
});
