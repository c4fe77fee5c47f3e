/**
 * Every permission, on and off, for a user, for one made from a template, for the guest entry, for an administrator and for one of some
 * domains: what each may then, asked of the part that decides; those about own mailboxes over HTTP, page and form.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Actor, CONSOLE } from "../../src/administration/actor.ts";
import { addUser, setUser } from "../../src/administration/users/users.ts";
import type { Service } from "../../src/auth/services.ts";
import { ADMINISTRATOR, PERMISSION_NAMES, type Permission } from "../../src/directory/permissions.ts";
import { Refusal } from "../../src/refusal.ts";
import { House, PASSWORD } from "../webmail/house.ts";

let house: House;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  // The last administrator cannot be made less.
  await house.addUser("root", { permissions: [ADMINISTRATOR] });
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const folders = { homePageFolder: "home", ftpDirectory: "ftp" };
const operations = () => house.deps.administration;

/** Ways to be somebody with certain permissions; each gives the login name of somebody new. */
const SUBJECTS = {
  "a user": (login, permissions) => house.addUser(login, { permissions, ...folders }),
  "a user made from a template": async (login, permissions) => {
    await operations().perform(addUser, CONSOLE, { login: `t${login}`, kind: "template", permissions, ...folders });
    await operations().perform(addUser, CONSOLE, { login, template: `t${login}`, password: PASSWORD });
  },
  "an administrator": (login, permissions) =>
    house.addUser(login, { permissions: [ADMINISTRATOR, ...permissions], ...folders }),
  "an administrator of some domains": (login, permissions) =>
    house.addUser(login, {
      ...{ permissions: [ADMINISTRATOR, ...permissions], ...folders },
      administers: [house.directory.domains.require("home.example").id],
    }),
} as const satisfies Record<string, (login: string, permissions: Permission[]) => Promise<unknown>>;
type Subject = keyof typeof SUBJECTS;

const made = async (subject: Subject, permissions: Permission[]): Promise<string> => {
  const login = `p${++count}`;
  await SUBJECTS[subject](login, permissions);
  return login;
};

/** Whether services open to somebody: all of them, or none. */
const opens =
  (...services: Service[]) =>
  async (login: string): Promise<boolean> => {
    const about = { mechanism: "PLAIN", remote: "192.168.1.9", secure: true } as const;
    const answers = services.map((service) =>
      house.auth.authenticate({ ...about, service, credentials: { login, password: PASSWORD } }),
    );
    const outcomes = await Promise.all(answers);
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.reason).toBe("permission");
    expect(new Set(outcomes.map(({ ok }) => ok)).size).toBe(1);
    return outcomes.every(({ ok }) => ok);
  };

const permits = (permission: Permission) => (login: string) =>
  Promise.resolve(house.directory.permits(house.user(login), permission));

/** Whether somebody's own mailbox lets him, by the page under Options and by its form, which agree. */
const options =
  (page: string, form: string, fields: Readonly<Record<string, string | string[]>>) =>
  async (login: string): Promise<boolean> => {
    const { primaryMailbox } = house.user(login);
    await house.directory.mailboxes.update(primaryMailbox, { login: `own-${login}` });
    const at = `/mail/options/mailboxes/${primaryMailbox}`;
    const browser = await house.signIn(login);
    const shown = await browser.get(at + page);
    const there = shown.status === 200 && Object.keys(fields).every((name) => shown.text.includes(`name="${name}"`));
    if (page !== "" && !there) expect([200, 403]).toContain(shown.status);
    const linked = (await browser.get("/mail/options")).text.includes(`${at}${page}"`);
    if (shown.status === 403) expect(linked).toBe(false);
    const before = JSON.stringify(house.directory.mailboxes.require(primaryMailbox));
    const sent = await browser.post(at + form, fields);
    expect({ login, page, status: sent.status }).toEqual({ login, page, status: there ? 303 : 403 });
    if (!there) expect(JSON.stringify(house.directory.mailboxes.require(primaryMailbox))).toBe(before);
    return there;
  };

const relays = (login: string): Promise<boolean> => {
  try {
    const origin = { kind: "submission", session: "s", trace: "t", user: house.user(login) } as const;
    house.transport.checkRecipient("somebody@elsewhere.example", origin);
    return Promise.resolve(true);
  } catch (thrown) {
    expect((thrown as Refusal).kind).toBe("relayDenied");
    return Promise.resolve(false);
  }
};

const administrates = async (login: string): Promise<boolean> => {
  const { status } = await (await house.signIn(login)).get("/admin/users");
  expect([200, 403]).toContain(status);
  return status === 200;
};

/** Whether somebody may what a permission is about. */
const MAY: Readonly<Record<Permission, (login: string) => Promise<boolean>>> = {
  "user.autoresponder": options("/reply", "/reply", { enabled: "on", startsAt: "2026-12-20", endsAt: "" }),
  "ftp.login": opens("ftp"),
  "ftp.homepage": (login) => Promise.resolve(house.directory.ftpFolder(house.user(login)) === "home"),
  "ftp.modify": permits("ftp.modify"),
  "ftp.proxy": opens("ftpproxy"),
  "http.scripts": permits("http.scripts"),
  "http.proxy": opens("proxy", "socks"),
  "smtp.relay": relays,
  "web.expiry": options("/expiry", "/expiry", { folder: "INBOX", days: "30", action: "delete" }),
  "web.password": options("/password", "/password", { password: "four unrelated words indeed" }),
  "web.description": options("", "/description", { description: "Letters" }),
  "web.forwarding": options("/forwarding", "/forwarding", {
    ...{ enabled: "on", addresses: "bob@home.example", keepCopy: "on", sender: "mailbox" },
  }),
  "web.autoresponder": options("/reply", "/reply", {
    ...{ subject: "Away", text: "Back soon.", periodDays: "3", doNotRespond: "" },
  }),
  "web.collection": options("/collection", "/collection", {
    ...{ host: "imap.far.example", login: "x", secret: "x", protocol: "imap", folders: "INBOX", keepDays: "" },
  }),
  "web.administrator": administrates,
};

/** What administrators of everything may on their own mailboxes anyway. */
const OWN = new Set<Permission>(PERMISSION_NAMES.filter((name) => /^(?:web|user)\./.test(name)));

describe.each(Object.keys(SUBJECTS) as Subject[])("%s", (subject) => {
  test.each(PERMISSION_NAMES)("with and without %s", async (permission) => {
    const whole = subject === "an administrator" && OWN.has(permission);
    expect(await MAY[permission](await made(subject, [permission]))).toBe(true);
    const always = whole || (permission === ADMINISTRATOR && subject.startsWith("an administrator"));
    expect(await MAY[permission](await made(subject, []))).toBe(always);
    if (subject !== "a user") return;
    // No other permission is enough in its place.
    const others = PERMISSION_NAMES.filter((name) => name !== permission && name !== ADMINISTRATOR);
    const instead = others.filter((name) => permission !== "user.autoresponder" || name !== "web.autoresponder");
    expect(await MAY[permission](await made(subject, instead))).toBe(always);
  });
});

/** What somebody is refused, as its kind; "done" if he is not. */
const tried = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return "done";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.kind;
    throw thrown;
  }
};

const guestWith = (actor: Actor, change: object) => operations().perform(setUser, actor, { login: "guest", ...change });

describe("the guest entry", () => {
  test.each(PERMISSION_NAMES)("with and without %s", async (permission) => {
    const { directory } = house;
    if (permission === ADMINISTRATOR) {
      expect(await tried(() => guestWith(CONSOLE, { grant: [permission] }))).toBe("notPermitted");
      expect(directory.permits(undefined, permission)).toBe(false);
      return;
    }
    const nobody = await made("a user", []);
    expect(directory.permits(undefined, permission)).toBe(false);
    await guestWith(CONSOLE, { grant: [permission] });
    expect(directory.permits(undefined, permission)).toBe(true);
    // What holds without a login says nothing about those who have one, and nobody logs in as the guest.
    expect(await MAY[permission](nobody)).toBe(false);
    const credentials = { login: "guest", password: PASSWORD };
    const about = { service: "ftp", mechanism: "PLAIN", remote: "192.168.1.9", secure: true } as const;
    expect(await house.auth.authenticate({ ...about, credentials })).toMatchObject({
      ok: false,
      reason: "credentials",
    });
    await guestWith(CONSOLE, { revoke: [permission] });
    expect(directory.permits(undefined, permission)).toBe(false);
  });

  test("is offered on its page what a service asks of those who have not logged in", async () => {
    const { text } = await (await house.signIn("root")).get("/admin/users/guest/permissions");
    const offered = PERMISSION_NAMES.filter((name) => text.includes(`name="may.${name}"`));
    expect(offered).toEqual(["ftp.login", "ftp.proxy", "http.proxy"]);
  });

  test("lets nobody send mail beyond this server", async () => {
    await guestWith(CONSOLE, { grant: ["smtp.relay"] });
    const origin = { kind: "smtp", session: "s", trace: "t" } as const;
    const send = () => Promise.resolve(house.transport.checkRecipient("somebody@elsewhere.example", origin));
    expect(await tried(async () => await send())).toBe("relayDenied");
    await guestWith(CONSOLE, { revoke: ["smtp.relay"] });
  });
});

describe("who gives permissions", () => {
  const web = (login: string): Actor => ({ kind: "user", user: house.user(login), via: "web", remote: "192.168.1.20" });

  /** What becomes of giving, by the operation and by the page with its form. */
  const gives = async (login: string, to: string, permission: Permission) => {
    const before = [...house.user(to).permissions];
    const grant = () => operations().perform(setUser, web(login), { login: to, grant: [permission] });
    const byOperation = await tried(grant);
    const has = () => house.user(to).permissions.has(permission);
    expect(has()).toBe(byOperation === "done");
    await house.directory.users.update(to, { permissions: before });
    const browser = await house.signIn(login);
    await browser.get(`/admin/users/${to}/permissions`);
    const kept = before.map((name): [string, string] => [`may.${name}`, "on"]);
    const switched = permission === ADMINISTRATOR ? { administers: "house" } : { [`may.${permission}`]: "on" };
    const { status } = await browser.post(`/admin/users/${to}/permissions`, {
      ...Object.fromEntries(kept),
      ...switched,
    });
    expect(has()).toBe(byOperation === "done");
    expect(status).toBe(byOperation === "done" ? 303 : 403);
    return byOperation;
  };

  test.each(PERMISSION_NAMES)("%s", async (permission) => {
    const to = () => made("a user", []);
    expect(await gives("root", await to(), permission)).toBe("done");
    const given = permission === ADMINISTRATOR ? [] : [permission];
    const having = await made("an administrator of some domains", given);
    expect(await gives(having, await to(), permission)).toBe(permission === ADMINISTRATOR ? "notPermitted" : "done");
    const lacking = await made("an administrator of some domains", []);
    expect(await gives(lacking, await to(), permission)).toBe("notPermitted");
    if (permission !== ADMINISTRATOR) expect(await gives(lacking, lacking, permission)).toBe("notPermitted");
    const user = await made("a user", given);
    expect(await gives(user, await to(), permission)).toBe("notPermitted");
    expect(await tried(() => guestWith(web(having), { grant: [permission] }))).toBe("notPermitted");
  });
});
