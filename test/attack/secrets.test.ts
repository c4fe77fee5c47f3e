/** Secrets of every kind are planted, used rightly and wrongly: the log, the audit log and what is held against addresses have none. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Actor } from "../../src/administration/actor.ts";
import { passwordOfMailbox, setMailbox } from "../../src/administration/mail/mailboxes.ts";
import { uploadCertificate } from "../../src/administration/server/certificates.ts";
import { setSettings } from "../../src/administration/server/settings.ts";
import { addUserDatabase, setUserDatabase, testUserDatabase } from "../../src/administration/server/user-databases.ts";
import { addUser } from "../../src/administration/users/users.ts";
import { totpCode } from "../totp.ts";
import { Browser, House, PASSWORD } from "../web/house.ts";

/** A password that stands nowhere by chance. */
const planted = (n: number) => `zq${n}planted-orchard ${n * 7919} bell`;

let house: House;
const said: string[] = [];
beforeAll(async () => {
  house = await House.build();
  house.store.events.subscribe((event) => said.push(JSON.stringify(event)));
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** Everything that people and programs are shown of what happened. */
const told = async (): Promise<string> => {
  await house.auth.lockout.flush();
  house.store.events.recent({ limit: 1 });
  const tables = ["audit", "events", "strikes", "bars"];
  return [
    ...said,
    ...tables.map((table) => JSON.stringify(house.store.client.query(`SELECT * FROM ${table}`).all())),
  ].join("\n");
};

const by = (kind: "console"): Actor => ({ kind, via: "command" });

/** Makes, changes and uses everything that is a secret, and gives all of them. */
const live = async (): Promise<string[]> => {
  const { administration } = house.deps;
  const secrets: string[] = [];
  const keep = (text: string) => {
    secrets.push(text);
    return text;
  };
  const perform = administration.perform.bind(administration);
  const office = by("console");
  await perform(addUser, office, { login: "eve", addresses: ["eve@home.example"], password: keep(planted(1)) });
  const mailbox = house.user("eve").primaryMailbox;
  await perform(setMailbox, office, { id: mailbox, login: "eves" });
  await perform(passwordOfMailbox, office, { id: mailbox, password: keep(planted(2)) });
  const database = { name: "office", servers: ["ldap://127.0.0.1:1"], bindDn: "cn=reader" };
  await perform(addUserDatabase, office, { ...database, bindPassword: keep(planted(3)) });
  await perform(setUserDatabase, office, { name: "office", bindPassword: keep(planted(4)) });
  await perform(testUserDatabase, office, { name: "office", login: "eve", password: keep(planted(5)) });
  await perform(setSettings, office, {
    values: { "transport.smartHosts": [{ host: "relay.example.org", login: "us", password: keep(planted(6)) }] },
  });
  const key = keep("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCplanted");
  const pem = `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`;
  await perform(uploadCertificate, office, { chain: "x", key: pem }).catch(() => undefined);

  const browser = new Browser(house.web);
  for (const n of [10, 11]) {
    await browser.get("/login");
    await browser.post("/login", { login: "eve", password: keep(planted(n)) });
  }
  await browser.post("/login", { login: "eve", password: planted(1) });
  const cookie = () => browser.cookies.get("__Host-gatepost") ?? "no cookie";
  keep(cookie());
  await browser.get("/mail/options/password");
  await browser.post("/mail/options/password", { old: keep(planted(12)), password: keep(planted(13)) });
  await browser.post("/mail/options/password", { old: planted(1), password: planted(13) });
  await browser.get("/confirm");
  await browser.post("/confirm", { password: planted(13) });
  keep(cookie());
  await browser.get("/mail/options/app-passwords");
  const made = await browser.post("/mail/options/app-passwords", {
    ...{ name: "phone", services: "imap" },
    ...NOTHING,
  });
  const shown = keep(/(?:[a-z]{4} ){6}[a-z]{4}/.exec(made.text)?.[0] ?? "no app password");
  keep(shown.replaceAll(" ", ""));
  await browser.get("/mail/options/tokens");
  const token = await browser.post("/mail/options/tokens", { ...{ name: "t", scopes: "self:read" }, ...NOTHING });
  const text = keep(/gpt_[\w-]{43}/.exec(token.text)?.[0] ?? "no token");
  const enrol = await browser.get("/mail/options/second-factor/app");
  const totp = keep(/[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec(enrol.text)?.[0] ?? "no secret");
  keep(totp.replaceAll(" ", ""));
  const codes = await browser.post("/mail/options/second-factor/app", { code: keep(totpCode(totp, Date.now())) });
  for (const code of codes.text.match(/[a-z]{4}(?:-[a-z]{4}){3}/g) ?? []) keep(code);

  const stranger = new Browser(house.web);
  stranger.address = "203.0.113.4";
  house.webAccess = "any";
  await stranger.get("/login");
  await stranger.post("/login", { login: "eve", password: planted(13) });
  await stranger.get("/login/factor");
  await stranger.post("/login/factor", { code: keep("zqzq-zqzq-zqzq-zqzq") });
  const { token: link } = await house.auth.resets.create("eve", "admin");
  keep(link);
  await stranger.get(`/reset/${link}`);
  await stranger.post(`/reset/${link}`, { password: "short" });
  await stranger.get(`/reset/${link}/nowhere`);
  await stranger.post(`/reset/${link}`, { password: keep(planted(14)) });
  await stranger.get(`/reset/${link}`);
  const bearer = async (gpt: string) =>
    await stranger.request("/api/v1/self", { headers: { authorization: `Bearer ${gpt}` } });
  await bearer(text);
  await bearer(keep(`${text.slice(0, -3)}zqz`));
  for (const service of ["imap", "pop3", "submission"] as const) {
    const place = { service, mechanism: "PLAIN", remote: "203.0.113.5", secure: true } as const;
    for (const [login, password] of [
      ...[
        ["eve", planted(15)],
        ["eves", planted(2)],
        ["eves", planted(16)],
        ["eve", shown],
        ["nobody", planted(17)],
      ],
    ] as [string, string][])
      await house.auth.authenticate({ ...place, credentials: { login, password: keep(password) } });
  }
  const admin = new Browser(house.web);
  await admin.login("admin");
  await admin.get("/admin/users/eve");
  await admin.post("/admin/users/eve/password", { password: keep(planted(18)) });
  const given = await admin.post("/admin/users/eve/link", {});
  keep(/\/reset\/([\w-]{43})/.exec(given.text)?.[1] ?? "no link");
  return secrets;
};

const NOTHING = { networks: "", expiresAt: "" };

test("nothing that happens to a secret is told with it", async () => {
  const secrets = await live();
  expect(secrets.filter((one) => one.startsWith("no "))).toEqual([]);
  expect(secrets.length).toBeGreaterThan(40);
  const everything = await told();
  // It is told that it happened.
  for (const what of [
    "user.add",
    "mailbox.password",
    "userDatabase.set",
    "settings.set",
    "login.refused",
    "second factor",
  ])
    expect(everything).toContain(what);
  // Six digits stand somewhere by chance; what else there is is long.
  expect(secrets.filter((one) => one.length > 6 && everything.includes(one))).toEqual([]);
  expect(everything).not.toMatch(/argon2|storedKey|BEGIN [A-Z ]*PRIVATE KEY/i);
  for (const { passwordHash } of house.store.client
    .query("SELECT password_hash AS passwordHash FROM users WHERE password_hash IS NOT NULL")
    .all() as { passwordHash: string }[])
    expect(everything).not.toContain(passwordHash);
  expect(everything).not.toContain(PASSWORD);
});

test("what can be used again is kept in no file as it is", async () => {
  const { shown } = await house.auth.appPasswords.create("ann", { name: "phone", services: ["imap"] });
  const { token } = await house.auth.resets.create("ann", "admin");
  const browser = new Browser(house.web);
  await browser.login("ann");
  const session = browser.cookies.get("__Host-gatepost") ?? "";
  house.store.client.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const files = new Bun.Glob("**/*").scanSync({ cwd: house.folder, absolute: true, onlyFiles: true });
  for (const file of files) {
    const octets = Buffer.from(await Bun.file(file).arrayBuffer());
    for (const one of [shown, shown.replaceAll(" ", ""), token, session, PASSWORD])
      expect({ file, found: octets.includes(one) }).toEqual({ file, found: false });
  }
});
