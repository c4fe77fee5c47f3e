import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readAudit } from "../../src/administration/audit.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { Browser, House } from "./house.ts";

let house: House;
let browser: Browser;
beforeEach(async () => {
  house = await House.build();
  await house.setLockout({ allow: ["127.0.0.0/8"] });
  browser = new Browser(house.web);
  await browser.login("admin");
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const strike = (address: string, detail: string, count = 10) => {
  for (let n = 0; n < count; n++) house.auth.lockout.strike(address, "login", { account: "ann", detail });
};

describe("the page of bars", () => {
  test("shows who is barred, why, and on what evidence, as text", async () => {
    strike("203.0.113.7", "IMAP: <b>ann</b>");
    strike("2001:db8:1:2::3", "webmail: ann", 3);
    const page = await browser.get("/admin/bars");
    for (const words of ["203.0.113.7", "2001:db8:1:2::/64", "wrong passwords", "One is barred now", "3 of 10 strikes"])
      expect(page.text).toContain(words);
    expect(page.text).toContain("IMAP: &lt;b&gt;ann&lt;/b&gt; (10 times)");
    const barred = await browser.get("/admin/bars?only=barred");
    expect(barred.text).not.toContain("Forget: 2001:db8:1:2::/64");
    const found = await browser.get("/admin/bars?q=2001");
    expect(found.text).not.toContain("Lift: 203.0.113.7");
  });

  test("lifts, bars by hand and keeps the list of those that never are", async () => {
    strike("203.0.113.7", "IMAP: ann");
    await browser.get("/admin/bars");
    expect((await browser.post("/admin/bars/lift", { name: "203.0.113.7" })).status).toBe(303);
    expect(house.auth.lockout.barred("203.0.113.7")).toBeUndefined();
    expect((await browser.post("/admin/bars", { name: "198.51.100.9/24", for: "1w", why: "Scans us" })).status).toBe(
      303,
    );
    expect(house.auth.lockout.barred("198.51.100.1")?.why).toBe("hand");
    expect((await browser.get("/admin/bars")).text).toContain("Lift: 198.51.100.0/24");
    const allowed = await browser.post("/admin/bars/allow", { networks: "127.0.0.1\n10.0.0.0/8", exemptLan: "on" });
    expect(allowed.status).toBe(303);
    expect((await browser.get("/admin/bars")).text).toMatch(/127\.0\.0\.1\n10\.0\.0\.0\/8/);
    expect(readAudit(house.store).map(({ operation, subject }) => `${operation} ${subject}`)).toEqual([
      "allowlist.set allow-list",
      "bar.add bar 198.51.100.0/24",
      "bar.lift bar 203.0.113.7",
    ]);
  });

  test.each([
    [{ name: "", for: "1d", why: "" }, "Say whom"],
    [{ name: "nobody", for: "1d", why: "" }, "is no address, no network"],
    [{ name: "127.0.0.5", for: "1d", why: "" }, "never barred. Take it off that list first"],
    [{ name: "::/0", for: "1d", why: "" }, "That is too much at once"],
    [{ name: "192.168.0.0/16", for: "1d", why: "" }, "would lock yourself out"],
    [{ name: "admin", for: "1d", why: "" }, "You cannot lock yourself out"],
    [{ name: "203.0.113.7", for: "9y", why: "" }, "Choose for how long"],
    [{ name: "203.0.113.7", for: "1d", why: "x".repeat(201) }, "at most 200 characters"],
  ])("says what is wrong with %j, and keeps what was typed", async (form, words) => {
    await browser.get("/admin/bars");
    const page = await browser.post("/admin/bars", form);
    expect(page.status).toBe(422);
    expect(page.text).toContain(words);
    expect(page.text).toContain(`value="${form.name}"`);
    expect(house.auth.lockout.list()).toEqual([]);
  });

  test("is for administrators of everything", async () => {
    const ann = new Browser(house.web);
    await ann.login("ann");
    for (const path of ["/admin/bars", "/admin/audit", "/admin/services", "/admin/settings/web"])
      expect([path, (await ann.get(path)).status]).toEqual([path, 403]);
    expect((await ann.post("/admin/bars/lift", { name: "203.0.113.7" })).status).toBe(403);
  });
});

describe("the page of changes", () => {
  test("shows who changed what, and lists by what came and what went", async () => {
    await browser.get("/admin/services");
    await browser.post("/admin/services/lan", { networks: "127.0.0.0/8\n192.168.1.0/24" });
    const page = await browser.get("/admin/audit");
    expect(page.text).toContain("LAN list");
    expect(page.text).toContain("in the browser, from 192.168.1.20");
    expect(page.text).toMatch(/<del[^>]*>192\.168\.0\.0\/16<\/del>/);
    expect(page.text).toMatch(/<ins[^>]*>192\.168\.1\.0\/24<\/ins>/);
    expect((await browser.get("/admin/audit?actor=ann")).text).toContain("No change fits");
    expect((await browser.get("/admin/audit?operation=access")).text).toContain("LAN list");
    expect((await browser.get("/admin/audit?until=2020-01-01")).text).toContain("No change fits");
    const today = new Date().toISOString().slice(0, 10);
    expect((await browser.get(`/admin/audit?until=${today}`)).text).toContain("LAN list");
  });

  test("goes on page by page", async () => {
    await browser.get("/admin/bars");
    for (let n = 0; n < 60; n++) await browser.post("/admin/bars", { name: `203.0.113.${n}`, for: "1h", why: "" });
    const first = await browser.get("/admin/audit");
    expect(first.text).toContain("bar 203.0.113.59");
    expect(first.text).not.toContain("bar 203.0.113.9<");
    const older = /href="(\/admin\/audit\?before=\d+)"/.exec(first.text)?.[1] ?? "";
    const second = await browser.get(older);
    expect(second.text).toContain("bar 203.0.113.9<");
    expect(second.text).toContain("Back to now");
  });
});

describe("the page of services", () => {
  test("says what is wrong with networks, and lets nobody lock himself out", async () => {
    await browser.get("/admin/services");
    const wrong = await browser.post("/admin/services/lan", { networks: "192.168.1.0/24\n192.168.1" });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain("“192.168.1” is no network. Write it like 192.168.1.0/24.");
    const out = await browser.post("/admin/services/lan", { networks: "10.0.0.0/8" });
    expect(out.status).toBe(422);
    expect(out.text).toContain("You come from 192.168.1.20, and would lock yourself out of these pages.");
    const world = await browser.post("/admin/services/lan", { networks: "0.0.0.0/0" });
    expect(world.text).toContain("That is the whole internet");
    expect(house.lan).toEqual(["127.0.0.0/8", "192.168.0.0/16"]);
    const door = await browser.post("/admin/services/web-443", { enabled: "on", rule: "own", networks: "10.0.0.0/8" });
    expect(door.status).toBe(422);
    expect(door.text).toContain("would lock yourself out");
  });
});

describe("the settings pages", () => {
  test("say what is wrong in plain words, beside the field", async () => {
    await browser.get("/admin/settings/web");
    const page = await browser.post("/admin/settings/web", {
      ...{ idleMinutes: "1", longestDays: "many", formOctets: "1048576", requireTls: "on" },
      proxies: "proxy.example\n10.0.0.1",
    });
    expect(page.status).toBe(422);
    for (const words of ["This is 5 or more.", "This is a number.", "A proxy is an address or a network"])
      expect(page.text).toContain(words);
    expect(page.text).not.toMatch(/expected|Too small|Invalid/);
  });

  test("keep passwords that they never show, and say in the log of changes only that one is another", async () => {
    const hosts = [
      { host: "one.example", login: "me", password: "first secret" },
      { host: "two.example", login: "me", password: "second secret" },
    ];
    await house.store.settings.set(transportSettings, { smartHosts: hosts });
    const shown = await browser.get("/admin/settings/transport");
    expect(shown.text).not.toContain("secret");
    const fields: Record<string, string> = {};
    for (const [, name = "", value = ""] of shown.text.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g))
      if (!/^(csrf|q)$|blank|remove/.test(name)) fields[name] = value;
    for (const [, name = "", inner = ""] of shown.text.matchAll(/<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</g))
      fields[name] = inner;
    for (const [, name = "", inner = ""] of shown.text.matchAll(/<select[^>]*name="([^"]+)"[^>]*>(.*?)<\/select>/gs))
      fields[name] = /<option value="([^"]*)" selected/.exec(inner)?.[1] ?? "";
    const kept = Object.fromEntries(
      Object.entries(fields).filter(([name]) => !/^smartHosts\.2\.|^routes\./.test(name)),
    );
    // The first is taken away; the second keeps its own password.
    const sent = await browser.post("/admin/settings/transport", { ...kept, "smartHosts.0.remove": "on" });
    expect(sent.status).toBe(303);
    const { smartHosts } = house.store.settings.get(transportSettings);
    expect(smartHosts.map(({ host, password }) => `${host} ${password}`)).toEqual(["two.example second secret"]);
    expect(JSON.stringify(readAudit(house.store))).not.toContain("secret");
  });
});
