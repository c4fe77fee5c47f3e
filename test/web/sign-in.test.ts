import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { authSettings } from "../../src/auth/settings.ts";
import { totpCode } from "../totp.ts";
import { Browser, House, PASSWORD } from "./house.ts";

const NEXT = "quiet orchard bell tower";
const MINUTE_MS = 60_000;

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const now = () => Date.now() + house.later;

/** A new user with codes of an app; gives the secret and the recovery codes. */
const enrolled = async (login: string) => {
  const user = await house.addUser(login);
  const { factors } = house.auth;
  const { secret } = await factors.totp.begin(user.id, "mail.home.example", login);
  const { recoveryCodes } = await factors.confirmTotp(user, totpCode(secret, now()));
  house.later += MINUTE_MS;
  return { user, secret, codes: recoveryCodes };
};

/** Whether webmail lets a browser in, instead of leading it to the sign-in page. */
const isInside = async (browser: Browser) => !(await browser.get("/mail")).location.startsWith("/login");

/** Forgets what tests that guess have brought on their address. */
const lift = () => house.store.commit((tx) => house.auth.lockout.liftWithin(tx, "192.168.1.20"));

const SESSION = "__Host-gatepost";
const STEP = "__Host-gatepost-step";

describe("a second factor", () => {
  test("is asked for after the password; the session comes with the code", async () => {
    const { secret } = await enrolled("bea");
    const browser = new Browser(house.web);
    const page = await browser.login("bea");
    expect([page.status, page.location]).toEqual([303, "/login/factor"]);
    expect([browser.cookies.has(SESSION), browser.cookies.has(STEP)]).toEqual([false, true]);
    const step = await browser.get("/login/factor");
    expect(step.text).toContain("You are signing in as bea.");
    const half = browser.cookies.get(STEP);
    const wrong = await browser.post("/login/factor", { code: "000000" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("That code is not right");
    const done = await browser.post("/login/factor", { code: totpCode(secret, now()) });
    expect([done.status, done.location]).toEqual([303, "/mail"]);
    expect([browser.cookies.has(SESSION), browser.cookies.has(STEP)]).toEqual([true, false]);
    expect(browser.cookies.get(SESSION)).not.toBe(half);
    expect(await isInside(browser)).toBe(true);
    const line = house.store.events
      .recent({ room: "auth", user: "bea", limit: 5 })
      .find((e) => e.name === "login.accepted");
    expect(line?.text).toBe("Signed in (password and code, web)");
  });

  test("leads back to where one wanted to go", async () => {
    const { secret } = await enrolled("cai");
    const browser = new Browser(house.web);
    await browser.get("/login?next=%2Fmail%3Fq%3Dx");
    await browser.post("/login", { login: "cai", password: PASSWORD, next: "/mail?q=x" });
    await browser.get("/login/factor");
    expect((await browser.post("/login/factor", { code: totpCode(secret, now()) })).location).toBe("/mail?q=x");
  });

  test("half shown opens nothing: every route answers as it answers a stranger", async () => {
    await enrolled("dov");
    const half = new Browser(house.web);
    await half.login("dov");
    const token = half.cookies.get(STEP) ?? "";
    const outcomes: string[] = [];
    let walked = 0;
    for (const { method, path } of house.web.routes) {
      if (method === "ALL" || path.includes("*") || /^\/(login|logout|theme|reset)/.test(path)) continue;
      const place = path.replace(/:\w+(\{[^}]*\})?\??/g, "1");
      const [mine, strangers] = [new Browser(house.web), new Browser(house.web)];
      await mine.get("/login");
      await strangers.get("/login");
      mine.cookies.set(STEP, token);
      // The half token in the session's cookie is no session either.
      if (walked++ % 2 === 0) mine.cookies.set(SESSION, token);
      const ask = (browser: Browser) =>
        method === "GET" ? browser.get(place) : browser.request(place, postOf(browser, method));
      const [seen, usual] = [await ask(mine), await ask(strangers)];
      if (seen.status !== usual.status || seen.location !== usual.location) outcomes.push(`${method} ${place}`);
    }
    expect(walked).toBeGreaterThan(40);
    expect(outcomes).toEqual([]);
  });

  test("takes five wrong codes at most, then begins anew", async () => {
    await enrolled("eli");
    const browser = new Browser(house.web);
    await browser.login("eli");
    await browser.get("/login/factor");
    for (let i = 0; i < 4; i++) expect((await browser.post("/login/factor", { code: `00000${i}` })).status).toBe(401);
    expect((await browser.post("/login/factor", { code: "000009" })).location).toBe("/login?signed=over");
    expect(browser.cookies.has(STEP)).toBe(false);
    expect((await browser.get("/login/factor")).location).toBe("/login");
    await lift();
  });

  test("may be a recovery code, and who gives up is a stranger again", async () => {
    const { codes } = await enrolled("fin");
    const browser = new Browser(house.web);
    await browser.login("fin");
    await browser.get("/login/factor");
    expect((await browser.post("/login/cancel", {})).location).toBe("/login");
    expect((await browser.get("/login/factor")).location).toBe("/login");
    await browser.login("fin");
    await browser.get("/login/factor");
    expect((await browser.post("/login/factor", { code: codes[3] ?? "" })).location).toBe("/mail");
    expect(house.auth.factors.recovery.left(house.user("fin").id)).toBe(9);
  });

  test("step cookies of another browser, or made up, open nothing", async () => {
    await enrolled("gus");
    for (const token of ["x", "A".repeat(43), "' OR 1=1 --"]) {
      const browser = new Browser(house.web);
      await browser.get("/login");
      browser.cookies.set(STEP, token);
      expect((await browser.get("/login/factor")).location).toBe("/login");
      expect((await browser.post("/login/factor", { code: "000000" })).location).toBe("/login?signed=over");
      expect((await browser.post("/login/password", { password: NEXT })).location).toBe("/login?signed=over");
      expect((await browser.post("/login/enrol/code", { code: "000000" })).location).toBe("/login?signed=over");
      expect((await browser.post("/login/strength", { password: NEXT })).status).toBe(403);
    }
  });

  test("that is demanded is set up at sign-in, and its recovery codes are shown once", async () => {
    await house.addUser("hal");
    await house.store.settings.set(authSettings, { requireSecondFactor: "everybody" });
    const browser = new Browser(house.web);
    expect((await browser.login("hal")).location).toBe("/login/enrol");
    const page = await browser.get("/login/enrol");
    await house.store.settings.set(authSettings, { requireSecondFactor: "nobody" });
    expect(page.text).toContain("<svg");
    const secret = /<span class="mono">([A-Z2-7 ]+)<\/span>/.exec(page.text)?.[1] ?? "";
    expect(await isInside(browser)).toBe(false);
    expect((await browser.post("/login/enrol/code", { code: "000000" })).status).toBe(422);
    const done = await browser.post("/login/enrol/code", { code: totpCode(secret, now()) });
    expect(done.status).toBe(200);
    expect(done.text.match(/[a-z]{4}(-[a-z]{4}){3}/g)?.length).toBe(10);
    expect(browser.cookies.has(SESSION)).toBe(true);
    expect((await browser.get("/login/enrol")).location).toBe("/login");
  });
});

const postOf = (browser: Browser, method: string): RequestInit => ({
  method,
  body: new URLSearchParams({ csrf: browser.csrf }),
  headers: { "sec-fetch-site": "same-origin", origin: browser.base },
});

describe("a password that must be changed", () => {
  test("leads to the page for it, and from there on", async () => {
    await house.addUser("ida");
    await house.auth.setPassword("ida", PASSWORD, { mustChange: true });
    const browser = new Browser(house.web);
    expect((await browser.login("ida")).location).toBe("/login/password");
    expect(await isInside(browser)).toBe(false);
    const page = await browser.get("/login/password");
    expect(page.text).toContain("must be changed");
    expect((await browser.post("/login/strength", { password: "ida" })).text).toContain("Guessed at once");
    const same = await browser.post("/login/password", { password: PASSWORD });
    expect([same.status, same.text.includes("Choose another one")]).toEqual([422, true]);
    expect((await browser.post("/login/password", { password: NEXT })).location).toBe("/mail");
    expect(house.user("ida").mustChangePassword).toBe(false);
  });

  test("demanded of somebody who is signed in ends the session, which leads there", async () => {
    await house.addUser("jon");
    const browser = new Browser(house.web);
    await browser.login("jon");
    expect(await isInside(browser)).toBe(true);
    await house.directory.users.update("jon", { mustChangePassword: true });
    expect(await isInside(browser)).toBe(false);
    expect((await browser.login("jon")).location).toBe("/login/password");
  });
});

describe("a link for a new password", () => {
  test("shows a form to whoever has it, sets the password once, and ends sessions", async () => {
    await house.addUser("kim");
    const inside = new Browser(house.web);
    await inside.login("kim");
    const { token } = await house.auth.resets.create("kim", "admin");
    const browser = new Browser(house.web);
    const page = await browser.get(`/reset/${token}`);
    expect([page.status, page.text.includes("kim")]).toEqual([200, true]);
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
    expect((await browser.post(`/reset/${token}/strength`, { password: "kim" })).status).toBe(200);
    expect((await browser.post(`/reset/${token}`, { password: "short" })).status).toBe(422);
    expect((await browser.post(`/reset/${token}`, { username: "admin", password: NEXT })).location).toBe(
      "/login?signed=reset",
    );
    expect(await isInside(inside)).toBe(false);
    expect((await browser.login("kim", NEXT)).location).toBe("/mail");
    expect((await new Browser(house.web).login("admin", NEXT)).status).toBe(401);
    expect((await new Browser(house.web).get(`/reset/${token}`)).status).toBe(404);
  });

  test("that is used, old, forged or of somebody who is gone looks the same", async () => {
    await house.addUser("lea");
    const { token } = await house.auth.resets.create("lea", "admin");
    await house.directory.users.remove("lea");
    const pages = new Set<string>();
    for (const bad of [token, "A".repeat(43), "x", "..%2Fadmin"]) {
      const browser = new Browser(house.web);
      await browser.get("/login");
      const page = await browser.get(`/reset/${bad}`);
      pages.add(page.text.replace(/"csrf" value="[^"]*"|X-CSRF-Token[^}]*/g, ""));
      expect(page.text).toContain("no longer good");
      expect((await browser.post(`/reset/${bad}`, { password: NEXT })).status).toBe(404);
    }
    expect(pages.size).toBe(1);
    await lift();
  });
});

describe("showing again who one is", () => {
  test("asks for the password, gives the session a new token and leads on", async () => {
    await house.addUser("mia");
    const browser = new Browser(house.web);
    await browser.login("mia");
    house.later += 60 * MINUTE_MS;
    const page = await browser.get("/confirm?next=%2Fmail%3Fx");
    expect(page.text).toContain("Is it still you?");
    const before = browser.cookies.get(SESSION) ?? "";
    const id = house.auth.sessions.find(before)?.id ?? new Uint8Array();
    expect(house.auth.confirmation.isRecent(id)).toBe(false);
    expect((await browser.post("/confirm", { next: "/mail?x", password: "wrong wrong" })).status).toBe(401);
    expect((await browser.post("/confirm", { next: "/mail?x", password: PASSWORD })).location).toBe("/mail?x");
    const after = browser.cookies.get(SESSION) ?? "";
    expect(after).not.toBe(before);
    expect(house.auth.confirmation.isRecent(house.auth.sessions.find(after)?.id ?? new Uint8Array())).toBe(true);
    expect(house.auth.sessions.find(before)).toBeUndefined();
  });

  test("is for those who are signed in, and leads nowhere else", async () => {
    expect((await new Browser(house.web).get("/confirm")).location).toStartWith("/login?next=");
    const browser = new Browser(house.web);
    await browser.login("mia");
    await browser.get("/confirm");
    expect((await browser.post("/confirm", { next: "//evil.example", password: PASSWORD })).location).toBe("/");
  });

  test("takes a code, once", async () => {
    const { secret } = await enrolled("noa");
    const browser = new Browser(house.web);
    await browser.login("noa");
    await browser.get("/login/factor");
    await browser.post("/login/factor", { code: totpCode(secret, now()) });
    await browser.get("/confirm");
    expect((await browser.post("/confirm", { code: totpCode(secret, now()) })).status).toBe(401);
    house.later += MINUTE_MS;
    expect((await browser.post("/confirm", { code: totpCode(secret, now()) })).location).toBe("/");
  });
});
