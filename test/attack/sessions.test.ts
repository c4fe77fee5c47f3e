/** Sessions that are not one's own, or not any more: fixed, forged, kept, and told apart by time; and what is sent under other names. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Outcome } from "../../src/auth/auth.ts";
import type { Service } from "../../src/auth/services.ts";
import { authSettings } from "../../src/auth/settings.ts";
import { webSettings } from "../../src/web/settings.ts";
import { toldByTime } from "../timing.ts";
import { totpCode } from "../totp.ts";
import { Browser, House, PASSWORD } from "../web/house.ts";

const NEXT = "quiet orchard bell tower";
const SESSION = "__Host-gatepost";
const STEP = "__Host-gatepost-step";
const VISITOR = "__Host-gatepost-visitor";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});
beforeEach(async () => {
  house.later = 0;
  for (const name of ["192.168.1.20", "203.0.113.9", "ann", "admin", "nobody"])
    await house.store.commit((tx) => house.auth.lockout.liftWithin(tx, name));
});

const isInside = async (browser: Browser) => (await browser.get("/mail/options/sessions")).status === 200;
const enrolled = async (login: string) => {
  const user = await house.addUser(login);
  const { factors } = house.auth;
  const { secret } = await factors.totp.begin(user.id, "mail.home.example", login);
  await factors.confirmTotp(user, totpCode(secret, Date.now()));
  return { user, code: () => totpCode(secret, Date.now() + house.later) };
};

describe("a token that was there before", () => {
  test("is none after any step of signing in, and what somebody planted opens nothing", async () => {
    const { code } = await enrolled("fay");
    house.later = 60_000;
    const browser = new Browser(house.web);
    const planted = "P".repeat(43);
    for (const name of [SESSION, STEP, VISITOR]) browser.cookies.set(name, planted);
    await browser.get("/login");
    await browser.post("/login", { login: "fay", password: PASSWORD });
    const half = browser.cookies.get(STEP);
    expect(half).not.toBe(planted);
    expect(browser.cookies.get(SESSION)).toBe(planted);
    await browser.get("/login/factor");
    expect((await browser.post("/login/factor", { code: code() })).location).toBe("/mail");
    const session = browser.cookies.get(SESSION);
    expect([planted, half]).not.toContain(session);
    await browser.get("/confirm");
    await browser.post("/confirm", { password: PASSWORD });
    expect(browser.cookies.get(SESSION)).not.toBe(session);
    for (const token of [planted, half ?? "", session ?? ""]) {
      const thief = new Browser(house.web);
      for (const name of [SESSION, STEP]) thief.cookies.set(name, token);
      expect(await isInside(thief)).toBe(false);
      expect((await thief.get("/login/factor")).location).toBe("/login");
    }
  });

  test("of the one who was signed in ends when somebody else signs in, or out", async () => {
    const browser = new Browser(house.web);
    await browser.login("ann");
    const anns = browser.cookies.get(SESSION) ?? "";
    await browser.get("/mail/options/sessions");
    await browser.post("/login", { login: "admin", password: PASSWORD });
    const admins = browser.cookies.get(SESSION) ?? "";
    await browser.get("/mail/options/sessions");
    await browser.post("/logout", {});
    for (const token of [anns, admins]) {
      const thief = new Browser(house.web);
      thief.cookies.set(SESSION, token);
      expect(await isInside(thief)).toBe(false);
    }
  });

  test("counts over TLS only under the name that no neighbour of the domain can set", async () => {
    const browser = new Browser(house.web);
    await browser.login("ann");
    const token = browser.cookies.get(SESSION) ?? "";
    const thief = new Browser(house.web);
    thief.cookies.set("gatepost", token);
    expect(await isInside(thief)).toBe(false);
    thief.cookies.set("__host-gatepost", token);
    expect(await isInside(thief)).toBe(false);
  });
});

describe("a cookie that was made up", () => {
  test("opens nothing, and is no fault", async () => {
    const browser = new Browser(house.web);
    await browser.login("ann");
    const token = browser.cookies.get(SESSION) ?? "";
    const stored = house.auth.sessions.list(house.user("ann").id)[0]?.id ?? "";
    const made = [
      ...[
        "",
        "A".repeat(43),
        "A".repeat(100_000).slice(0, 8_000),
        `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
      ],
      ...[token.toUpperCase(), `${token}=`, `${token}%00`, stored, Buffer.from(stored, "hex").toString("base64url")],
      ...["' OR 1=1 --", "../../etc/passwd", "null", "[object Object]", "%ff%fe"],
    ];
    for (const forged of made.filter((one) => one !== token)) {
      const thief = new Browser(house.web);
      thief.cookies.set(SESSION, forged);
      expect([forged.slice(0, 50), await isInside(thief)]).toEqual([forged.slice(0, 50), false]);
    }
  });
});

describe("what was opened with a password", () => {
  type Change = readonly [string, (login: string) => Promise<unknown>, (login: string) => Promise<unknown>];
  const back = (login: string) =>
    house.directory.users.update(login, { enabled: true, expiresAt: null, mustChangePassword: false });
  const changes: readonly Change[] = [
    [
      "it is changed",
      (login) => house.auth.setPassword(login, NEXT),
      (login) => house.auth.setPassword(login, PASSWORD),
    ],
    [
      "a link was used",
      async (login) => house.auth.resets.redeem((await house.auth.resets.create(login, "admin")).token, NEXT),
      (login) => house.auth.setPassword(login, PASSWORD),
    ],
    ["the account is switched off", (login) => house.directory.users.update(login, { enabled: false }), back],
    ["the account expires", (login) => house.directory.users.update(login, { expiresAt: Date.now() - 1 }), back],
    ["it must be changed", (login) => house.directory.users.update(login, { mustChangePassword: true }), back],
  ];
  const services: readonly Service[] = ["imap", "pop3", "smtp", "submission"];

  test.each(changes)("ends everywhere when %s", async (_what, change, undo) => {
    const browser = new Browser(house.web);
    await browser.login("ann");
    expect(await isInside(browser)).toBe(true);
    const credentials = { login: "ann", password: PASSWORD };
    const about = { mechanism: "PLAIN", remote: "127.0.0.1", secure: true, credentials } as const;
    const open: Outcome[] = [];
    for (const service of services) open.push(await house.auth.authenticate({ ...about, service }));
    const logins = open.flatMap((outcome) => (outcome.ok ? [outcome.login] : []));
    expect(logins.map((login) => house.auth.renewed(login)?.login)).toEqual(["ann", "ann", "ann", "ann"]);
    await change("ann");
    expect(await isInside(browser)).toBe(false);
    expect(logins.map((login) => house.auth.renewed(login)?.login)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    // Not from memory either.
    for (const service of services)
      expect(await house.auth.authenticate({ ...about, service })).toMatchObject({ ok: false });
    await undo("ann");
  });
});

describe("the name under which somebody comes", () => {
  const ask = async (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    await house.web.fetch(new Request(new URL(path, "https://mail.home.example:10443"), { ...init, headers }), {
      address: "203.0.113.9",
      secure: true,
    });

  test("is not believed where it leads elsewhere", async () => {
    house.webAccess = "any";
    for (const next of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/\t/evil.example",
      "javascript:1",
      "\\\\e",
    ]) {
      const browser = new Browser(house.web);
      await browser.get(`/login?next=${encodeURIComponent(next)}`);
      const { location } = await browser.post("/login", { login: "ann", password: PASSWORD, next });
      expect([next, location]).toEqual([next, "/mail"]);
      expect((await browser.get(`/login?next=${encodeURIComponent(next)}`)).location).toBe("/");
      await browser.get("/mail/options/sessions");
      expect((await browser.post("/confirm", { password: PASSWORD, next })).location).toBe("/");
      await browser.get("/mail/options/sessions");
      expect((await browser.post("/theme", { theme: "dark" }, { referer: `https://x/${next}` })).location).toMatch(
        /^\/(?![/\\])/,
      );
    }
    const referred = await ask("/login", { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" });
    expect(await referred.text()).not.toContain("evil.example");
    house.webAccess = "lan";
  });

  test("by headers that anybody can send is the one of the connection", async () => {
    house.webAccess = "any";
    const spoofed = { "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", forwarded: "for=127.0.0.1" };
    for (let n = 0; n < 12; n++) {
      const forwarded = { ...spoofed, "x-forwarded-for": `198.51.100.${n}` };
      await ask("/api/v1/self", { ...forwarded, authorization: `Bearer gpt_${"A".repeat(42)}${n % 10}` });
    }
    expect(house.auth.lockout.barred("203.0.113.9")).toBeDefined();
    expect(house.auth.lockout.list().some(({ name }) => name.startsWith("198.51.100."))).toBe(false);
    expect((await ask("/login", spoofed)).status).toBe(429);
    house.webAccess = "lan";
  });

  test("through a listed proxy is the last that the proxy did not write itself", async () => {
    house.webAccess = "any";
    await house.store.settings.set(webSettings, { proxies: ["203.0.113.9"] });
    const bearer = (n: number) => ({ authorization: `Bearer gpt_${"B".repeat(42)}${n % 10}` });
    for (let n = 0; n < 12; n++)
      await ask("/api/v1/self", { ...bearer(n), "x-forwarded-for": `192.0.2.${n}, 198.51.100.77` });
    expect(house.auth.lockout.barred("198.51.100.77")).toBeDefined();
    expect(house.auth.lockout.barred("203.0.113.9")).toBeUndefined();
    expect(house.auth.lockout.list().some(({ name }) => name.startsWith("192.0.2."))).toBe(false);
    await house.store.settings.set(webSettings, { proxies: [] });
    house.webAccess = "lan";
  });
});

describe("how long a refusal takes at the pages", () => {
  test("does not tell who exists, has a second factor, or signs in elsewhere", async () => {
    await house.setLockout({ weightLogin: 0, weightRepeat: 0 });
    await house.store.settings.set(authSettings, { argonMemory: 16_384, argonPasses: 1 });
    await enrolled("gil");
    await house.addUser("plain");
    await house.auth.appPasswords.create("ann", { name: "phone", services: ["imap"] });
    for (const login of ["plain", "gil", "ann"]) await house.auth.setPassword(login, PASSWORD);
    const browser = new Browser(house.web);
    await browser.get("/login");
    let n = 0;
    const logins = ["nobody", "plain", "gil", "ann", "nobody@home.example", "plain@home.example"];
    const told = await toldByTime(logins, async (login) => {
      expect((await browser.post("/login", { login, password: `wrong ${n++}` })).status).toBe(401);
    });
    expect(told).toEqual([]);
    await house.setLockout({ weightLogin: 1, weightRepeat: 0.1 });
  }, 30_000);
});
