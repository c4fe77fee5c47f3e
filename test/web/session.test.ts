import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SESSION_LIMITS, Sessions } from "../../src/auth/sessions.ts";
import { webSessions } from "../../src/auth/tables.ts";
import { localPath } from "../../src/web/context.ts";
import { clientOf } from "../../src/web/security.ts";
import { webSettings } from "../../src/web/settings.ts";
import { Browser, House, PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

describe("signing in", () => {
  test("without a session every page of the administration leads to the sign-in page, and back from there", async () => {
    const page = await new Browser(house.web).get("/admin/users?q=x");
    expect(page.status).toBe(303);
    expect(page.location).toBe("/login?next=%2Fadmin%2Fusers%3Fq%3Dx");
  });

  test("what a page fetches or hears by itself leads back to that page, never to another server", async () => {
    const browser = new Browser(house.web);
    const at = async (path: string) => {
      const headers = { "hx-request": "true", "hx-current-url": path };
      return (await browser.request("/mail/events?live=1", { headers })).headers.get("hx-redirect");
    };
    expect(await at("https://mail.home.example/mail/f/1?page=2")).toBe("/login?next=%2Fmail%2Ff%2F1%3Fpage%3D2");
    expect(await at("https://evil.example//evil.example/x")).toBe("/login?next=%2F");
    expect(await at("nonsense")).toBe("/login?next=%2F");
  });

  test("opens a session whose cookie is HttpOnly, Secure, SameSite=Lax and for this host alone", async () => {
    const browser = new Browser(house.web);
    const page = await browser.login("admin");
    expect(page.status).toBe(303);
    const cookie = page.headers.getSetCookie().find((line) => line.startsWith("__Host-gatepost="));
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("Secure");
    expect(cookie).toContain("SameSite=Lax");
    expect(cookie).toContain("Path=/");
    expect(cookie).not.toContain("Max-Age");
    expect((await browser.get("/admin")).status).toBe(200);
  });

  test("keeps only the token's hash", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const token = browser.cookies.get("__Host-gatepost") ?? "";
    expect(token).toMatch(/^[\w-]{43}$/);
    const stored = house.store.db.select().from(webSessions).all();
    const hash = new Bun.CryptoHasher("sha256").update(token).digest("hex");
    expect(stored.map((row) => Buffer.from(row.id).toString("hex"))).toContain(hash);
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  test("gives a new token at each sign-in and never takes one from before", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const first = browser.cookies.get("__Host-gatepost") ?? "";
    await browser.get("/admin");
    await browser.post("/login", { login: "admin", password: PASSWORD });
    expect(browser.cookies.get("__Host-gatepost")).not.toBe(first);
    const old = new Browser(house.web);
    old.cookies.set("__Host-gatepost", first);
    expect((await old.get("/admin")).status).toBe(303);
  });

  test("says the same about a wrong password and an unknown name, and keeps the name that was typed", async () => {
    for (const login of ["admin", "nobody-here"]) {
      const page = await new Browser(house.web).login(login, "wrong wrong wrong");
      expect(page.status).toBe(401);
      expect(page.text).toContain("The login name or the password is wrong.");
      expect(page.text).toContain(`value="${login}"`);
      expect(page.headers.getSetCookie().some((line) => line.startsWith("__Host-gatepost="))).toBe(false);
    }
  });

  test("leads only to paths of this site", () => {
    expect(localPath("/admin/users?q=x", "/")).toBe("/admin/users?q=x");
    for (const evil of [
      "//evil.example",
      "https://evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
      "",
      "/a\r\nb",
    ]) {
      expect(localPath(evil, "/")).toBe("/");
    }
  });

  test("a forged cookie opens nothing", async () => {
    for (const token of ["x", "A".repeat(43), "../../etc/passwd", "' OR 1=1 --"]) {
      const browser = new Browser(house.web);
      browser.cookies.set("__Host-gatepost", token);
      expect((await browser.get("/admin")).status).toBe(303);
    }
  });

  test("a session without TLS is no session with it: its cookie has another name", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const plain = new Browser(house.web, "http://127.0.0.1");
    plain.secure = false;
    plain.address = "127.0.0.1";
    plain.cookies.set("__Host-gatepost", browser.cookies.get("__Host-gatepost") ?? "");
    expect((await plain.get("/admin")).status).toBe(303);
  });

  test("signing out ends the session on the server too", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const token = browser.cookies.get("__Host-gatepost") ?? "";
    await browser.get("/admin");
    expect((await browser.post("/logout", {})).location).toBe("/login?signed=out");
    browser.cookies.set("__Host-gatepost", token);
    expect((await browser.get("/admin")).status).toBe(303);
  });

  test("a session ends after idling, and a remembered one after its longest life", async () => {
    const { idleMinutes, longestDays } = house.store.settings.get(webSettings);
    const idle = new Browser(house.web);
    await idle.login("admin");
    const remembered = new Browser(house.web);
    await remembered.get("/login");
    await remembered.post("/login", { login: "admin", password: PASSWORD, remember: "on" });
    house.later = (idleMinutes + 1) * 60_000;
    expect((await idle.get("/admin")).status).toBe(303);
    expect((await remembered.get("/admin")).status).toBe(200);
    house.later = longestDays * 86_400_000 + 60_000;
    expect((await remembered.get("/admin")).status).toBe(303);
    house.later = 0;
  });

  test("without end costs the sessions that were used least lately", async () => {
    const { store } = house;
    let now = Date.now();
    const sessions = new Sessions(store, house.directory, { now: () => now, limits: () => SESSION_LIMITS });
    const open = (user: number) =>
      sessions.open({ user, passwordChangedAt: null, remembered: true, remote: "192.0.2.1", agent: "" });
    const stranger = await open(9_001);
    const first = await open(9_000);
    now += 1_000;
    const second = await open(9_000);
    for (let n = 0; n < 99; n++) await open(9_000);
    expect(sessions.find(first)).toBeUndefined();
    expect(sessions.find(second)).toBeDefined();
    expect(sessions.find(stranger)).toBeDefined();
  });

  test("a page that renews itself does not keep an unused session alive", async () => {
    const { idleMinutes } = house.store.settings.get(webSettings);
    const browser = new Browser(house.web);
    await browser.login("admin");
    house.later = (idleMinutes - 1) * 60_000;
    expect((await browser.get("/admin?live")).status).toBe(200);
    house.later = (idleMinutes + 1) * 60_000;
    expect((await browser.get("/admin?live")).status).toBe(303);
    house.later = 0;
  });

  test("a changed password and a switched-off account end every session", async () => {
    const browser = new Browser(house.web);
    await house.directory.users.create(
      { login: "second", permissions: ["web.administrator"] },
      await house.auth.credentialsFor(PASSWORD),
    );
    await browser.login("second");
    expect((await browser.get("/admin")).status).toBe(200);
    await house.auth.setPassword("second", "another quite good passphrase");
    expect((await browser.get("/admin")).status).toBe(303);
    await browser.login("second", "another quite good passphrase");
    expect((await browser.get("/admin")).status).toBe(200);
    await house.directory.users.update("second", { enabled: false });
    expect((await browser.get("/admin")).status).toBe(303);
    await house.directory.users.remove("second");
  });
});

describe("forged requests", () => {
  test("without the token, with another session's token or from another site nothing is changed", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    await browser.get("/admin/domains");
    const token = browser.csrf;
    const other = new Browser(house.web);
    await other.login("admin");
    await other.get("/admin/domains");
    const attempts: [Record<string, string>, Record<string, string>][] = [
      [{ csrf: "" }, {}],
      [{ csrf: other.csrf }, {}],
      [{ csrf: token }, { "sec-fetch-site": "cross-site" }],
      [{ csrf: token }, { "sec-fetch-site": "same-site" }],
    ];
    for (const [fields, headers] of attempts) {
      const page = await browser.post("/admin/domains", { name: "forged.example", ...fields }, headers);
      expect(page.status).toBe(403);
    }
    // A browser too old for Sec-Fetch-Site still names the origin.
    for (const origin of ["https://evil.example", "null", "https://mail.home.example:9"]) {
      const page = await browser.request("/admin/domains", {
        method: "POST",
        body: new URLSearchParams({ csrf: token, name: "forged.example" }),
        headers: { origin },
      });
      expect(page.status).toBe(403);
    }
    expect(house.directory.domains.byName("forged.example")).toBeUndefined();
  });

  test("the sign-in form is sent from its own page, or is tied to the browser that asked for it", async () => {
    const attacker = new Browser(house.web);
    await attacker.get("/login");
    const send = async (headers: Record<string, string>, token?: string) => {
      const victim = new Browser(house.web);
      await victim.get("/login");
      const body = new URLSearchParams({ login: "admin", password: PASSWORD, csrf: token ?? victim.csrf });
      return await victim.request("/login", { method: "POST", body, headers });
    };
    // A browser that says nothing of where it comes from, or that somebody did it beside all pages.
    const silent: Record<string, string>[] = [{}, { "sec-fetch-site": "none" }];
    for (const headers of silent) {
      const page = await send(headers, attacker.csrf);
      expect(page.status).toBe(403);
      expect(page.text).toContain("Go back, load it again");
      expect((await send(headers)).status).toBe(303);
    }
    const { base: origin } = attacker;
    const foreign: Record<string, string>[] = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin },
      { origin: "null" },
    ];
    for (const headers of foreign) expect((await send(headers)).status).toBe(403);
  });

  test("of several sign-in pages that a browser opens at once, each can be used", async () => {
    const origin = new Browser(house.web).base;
    const vouching: Record<string, string>[] = [{ "sec-fetch-site": "same-origin" }, { origin }];
    for (const own of vouching) {
      const [first, last] = [new Browser(house.web), new Browser(house.web)];
      await first.get("/login");
      await last.get("/login");
      // They share their cookies, and the last one set them.
      const body = new URLSearchParams({ login: "admin", password: PASSWORD, csrf: first.csrf });
      expect((await last.request("/login", { method: "POST", body, headers: own })).status).toBe(303);
    }
  });

  test("a body that is no form is refused without a fault", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    await browser.get("/admin/domains");
    for (const type of ["multipart/form-data", "multipart/form-data; boundary=x"]) {
      for (const token of [{ "x-csrf-token": browser.csrf }, undefined]) {
        const headers: Record<string, string> = { "sec-fetch-site": "same-origin", "content-type": type, ...token };
        const page = await browser.request("/admin/domains", { method: "POST", body: "--x\r\nbroken", headers });
        expect(page.status).toBe(400);
        expect(page.text).toContain("did not arrive whole");
      }
    }
  });

  test("an address that asks twice for one thing is refused, and one with an unknown wish forgiven", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const twice = await browser.get("/admin/users?q=a&q=b");
    expect(twice.status).toBe(400);
    expect(twice.text).toContain("This address asks for something that there is not.");
    for (const wish of ["page=x", "page=-1", "page=0", "sort=passwordHash", "down=up"]) {
      const page = await browser.get(`/admin/users?${wish}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain("Ann Example");
    }
  });

  test("a larger body than forms may have is refused", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    await browser.get("/admin/domains");
    const page = await browser.post("/admin/domains", { name: "x".repeat(1_100_000) });
    expect(page.status).toBe(413);
  });
});

describe("who may come", () => {
  test("somebody who is no administrator gets 403 and no trace of the data", async () => {
    const browser = new Browser(house.web);
    await browser.login("ann");
    for (const path of [
      "/admin",
      "/admin/users",
      "/admin/users/admin",
      "/admin/queue",
      "/admin/settings",
      "/admin/log/stream",
      "/admin/messages",
      "/admin/queue/events",
      "/admin/nothing",
    ]) {
      const page = await browser.get(path);
      expect(page.status).toBe(403);
      expect(page.text).not.toContain("admin@home.example");
    }
    const page = await browser.post("/admin/users/ann", { login: "ann", fullName: "", "may.web.administrator": "on" });
    expect(page.status).toBe(403);
  });

  test("an administrator of some domains only does not reach what is everybody's", async () => {
    const domain = house.directory.domains.require("home.example");
    await house.directory.users.create(
      { login: "delegated", permissions: ["web.administrator"], administers: [domain.id] },
      await house.auth.credentialsFor(PASSWORD),
    );
    const browser = new Browser(house.web);
    await browser.login("delegated");
    for (const place of ["queue", "messages", "log", "services", "certificates", "settings/web"]) {
      const refused = await browser.get(`/admin/${place}`);
      expect([place, refused.status]).toEqual([place, 403]);
    }
    await house.directory.users.remove("delegated");
  });

  test("an address outside the access rule gets nothing but a refusal", async () => {
    const browser = new Browser(house.web);
    browser.address = "203.0.113.7";
    for (const path of ["/login", "/admin", "/ca.crt"]) expect((await browser.get(path)).status).toBe(403);
  });

  test("X-Forwarded-For counts only from listed proxies", () => {
    const isProxy = (address: string) => address === "10.0.0.1" || address === "10.0.0.2";
    const at = (address: string, forwardedFor?: string, forwardedProto?: string) =>
      clientOf(
        { address, secure: false },
        new Headers({
          ...(forwardedFor !== undefined && { "x-forwarded-for": forwardedFor }),
          ...(forwardedProto !== undefined && { "x-forwarded-proto": forwardedProto }),
        }),
        isProxy,
      );
    expect(at("203.0.113.7", "127.0.0.1", "https")).toEqual({ address: "203.0.113.7", secure: false, loopback: false });
    expect(at("10.0.0.1", "198.51.100.9", "https")).toEqual({ address: "198.51.100.9", secure: true, loopback: false });
    expect(at("10.0.0.1", "127.0.0.1, 198.51.100.9, 10.0.0.2").address).toBe("198.51.100.9");
    expect(at("10.0.0.1", "127.0.0.1").loopback).toBe(false);
    expect(at("10.0.0.1", "<script>").address).toBe("10.0.0.1");
    expect(at("::ffff:127.0.0.1").loopback).toBe(true);
  });

  test("HTTP leads to HTTPS, but not from this machine itself", async () => {
    const browser = new Browser(house.web, "http://mail.home.example");
    browser.secure = false;
    const page = await browser.get("/login?next=/admin");
    expect(page.status).toBe(307);
    expect(page.location).toBe("https://mail.home.example:10443/login?next=/admin");
    browser.address = "127.0.0.1";
    expect((await browser.get("/login")).status).toBe(200);
  });
});

describe("the theme", () => {
  test("is kept in the browser, and leads back to the page it was chosen on", async () => {
    const browser = new Browser(house.web);
    await browser.get("/login");
    const page = await browser.post("/theme", { theme: "dark" }, { referer: `${browser.base}/login?next=%2Fadmin` });
    expect(page.location).toBe("/login?next=%2Fadmin");
    expect((await browser.get("/login")).text).toContain('data-theme="dark"');
    await browser.post("/theme", { theme: "auto" }, { referer: "https://evil.example//evil.example" });
    expect((await browser.get("/login")).text).not.toContain("data-theme");
  });
});

describe("every answer", () => {
  test("has a policy without inline scripts or styles, and no page has any", async () => {
    const browser = new Browser(house.web);
    await browser.login("admin");
    const paths = [
      "/admin",
      "/admin/users",
      "/admin/users/new",
      "/admin/users/ann",
      "/admin/mailboxes",
      "/admin/aliases",
      "/admin/domains",
    ];
    for (const path of [
      ...paths,
      "/admin/queue",
      "/admin/log",
      "/admin/services",
      "/admin/certificates",
      "/admin/settings/transport",
      "/admin/about",
    ]) {
      const page = await browser.get(path);
      expect([path, page.status]).toEqual([path, 200]);
      const policy = page.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self';");
      expect(policy).not.toContain("unsafe");
      expect(page.headers.get("cache-control")).toBe("no-store");
      expect(page.text).not.toMatch(/<[^>]+\sstyle=/);
      expect(page.text).not.toMatch(/\son[a-z]+=/);
      expect(page.text).not.toMatch(/<style|<script(?![^>]+src=)/);
    }
  });

  test("files have their hash in the address, are kept for good, and come compressed", async () => {
    const browser = new Browser(house.web);
    const { text } = await browser.get("/login");
    const style = /href="(\/assets\/[0-9a-f]{12}\/style\.css)"/.exec(text)?.[1] ?? "";
    const page = await browser.get(style, { "accept-encoding": "gzip" });
    expect(page.headers.get("cache-control")).toContain("immutable");
    expect(page.headers.get("content-encoding")).toBe("gzip");
    const plain = await browser.get(style);
    expect(plain.text).toMatch(/url\("\/assets\/[0-9a-f]{12}\/figtree-latin\.woff2"\)/);
    expect((await browser.get("/assets/../../etc/passwd")).status).toBe(404);
  });

  test("a fault shows a calm page with a trace and never a stack", async () => {
    const broken = await House.build();
    const browser = new Browser(broken.web);
    await browser.login("admin");
    broken.deps.services.list = () => {
      throw new Error("secret detail");
    };
    const page = await browser.get("/admin/services");
    expect(page.status).toBe(500);
    expect(page.text).not.toContain("secret detail");
    const trace = /<code>(\w{16})<\/code>/.exec(page.text)?.[1];
    expect(broken.store.events.recent({ trace }).map((event) => event.name)).toEqual(["fault"]);
    await broken.close();
  });
});
