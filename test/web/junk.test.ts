import { afterEach, describe, expect, test } from "bun:test";
import { kindOfMiss } from "../../src/web/junk.ts";
import { Browser, House } from "./house.ts";

const houses: House[] = [];
afterEach(async () => {
  for (const house of houses.splice(0)) {
    expect(house.faults).toEqual([]);
    await house.close();
  }
});

const visit = async () => {
  const house = await House.build();
  houses.push(house);
  return { house, browser: new Browser(house.web) };
};

describe("a page that is not here", () => {
  test.each([
    ["/wp-login.php", "probe"],
    ["/blog/wp-includes/wlwmanifest.xml", "probe"],
    ["/.env", "probe"],
    ["/api/.git/config", "probe"],
    ["/phpMyAdmin/index.php", "probe"],
    ["/cgi-bin/luci", "probe"],
    ["/%2e%2e/%2e%2e/etc/passwd", "probe"],
    ["/backup.sql", "probe"],
    ["/HNAP1/", "probe"],
    ["/%E0%A4%A", "page"],
    ["/calendar", "page"],
    ["/old/bookmark.html", "page"],
    ["/favicon.ico", "harmless"],
    ["/apple-touch-icon-precomposed.png", "harmless"],
    ["/.well-known/carddav", "harmless"],
    ["/.well-known/change-password", "harmless"],
    ["/autodiscover/autodiscover.xml", "harmless"],
    ["/Microsoft-Server-ActiveSync", "harmless"],
    ["/remote.php/dav", "harmless"],
    ["/principals/", "harmless"],
  ])("at %s is a %s", (path, kind) => {
    expect(kindOfMiss("GET", path)).toBe(kind as "page");
  });

  test("counts against a visitor by what it is, and never against who is signed in", async () => {
    const { house, browser } = await visit();
    const ask = async (count: number, path: string) => {
      for (let n = 0; n < count; n++) await browser.get(path);
    };
    await ask(30, "/favicon.ico");
    expect(house.auth.lockout.list()).toEqual([]);
    await ask(30, "/old/bookmark.html");
    expect(house.auth.lockout.barred(browser.address)).toBeUndefined();
    await browser.login("ann");
    await ask(100, "/.env");
    expect(house.auth.lockout.barred(browser.address)).toBeUndefined();
    const scanner = Object.assign(new Browser(house.web), { address: "192.168.1.66" });
    for (let n = 0; n < 40; n++) await scanner.get("/.env");
    expect(house.auth.lockout.barred("192.168.1.66")?.why).toBe("protocol");
    expect((await scanner.get("/login")).status).toBe(429);
  });
});
