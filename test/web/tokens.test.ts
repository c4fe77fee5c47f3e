/** The page of one's own API tokens. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Browser, House } from "./house.ts";

const AT = "/admin/tokens";
const FORM = { name: "backup", scopes: ["users:read", "mail:read"], networks: "", expiresAt: "" };

let house: House;
let browser: Browser;

beforeEach(async () => {
  house = await House.build();
  browser = new Browser(house.web);
  await browser.login("admin");
  await browser.get(AT);
});

afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const secretIn = (text: string) => /gpt_[\w-]{43}/.exec(text)?.[0] ?? "";

const askApi = async (token: string, path = "/api/v1/users/ann") => {
  const headers = { authorization: `Bearer ${token}` };
  const request = new Request(`https://mail.home.example${path}`, { headers });
  return (await house.web.fetch(request, { address: "192.168.1.20", secure: true })).status;
};

describe("an administrator", () => {
  test("makes a token, sees it once, uses it and revokes it", async () => {
    expect((await browser.get(AT)).text).toContain("No tokens yet");
    const made = await browser.post(AT, FORM);
    expect(made.status).toBe(200);
    const secret = secretIn(made.text);
    expect(await askApi(secret)).toBe(200);
    const again = await browser.get(AT);
    expect(again.text).toContain("backup");
    expect(again.text).toContain("users:read, mail:read");
    expect(again.text).not.toContain(secret);
    const id = /name="id" value="(\d+)"/.exec(again.text)?.[1] ?? "";
    const revoked = await browser.post(`${AT}/revoke`, { id });
    expect(revoked.location).toBe(AT);
    expect((await browser.get(AT)).text).toContain("The token is revoked");
    expect(await askApi(secret)).toBe(401);
  });

  test("limits it to networks and a day", async () => {
    const made = await browser.post(AT, { ...FORM, networks: "192.168.1.0/24\n10.0.0.1", expiresAt: "2099-01-31" });
    expect(made.text).toContain("Only from 192.168.1.0/24, 10.0.0.1");
    expect(await askApi(secretIn(made.text))).toBe(200);
  });

  test("hears beside each field what is wrong, and keeps what was typed", async () => {
    for (const [wrong, sentence] of [
      [{ name: "" }, "Give the token a name"],
      [{ scopes: [] }, "Choose at least one scope"],
      [{ networks: "everywhere" }, "not a network"],
      [{ expiresAt: "2020-01-01" }, "expires in the future"],
      [{ expiresAt: "soon" }, "A time is written like"],
    ] as const) {
      const page = await browser.post(AT, { ...FORM, ...wrong });
      expect({ wrong, status: page.status }).toEqual({ wrong, status: 422 });
      expect(page.text).toContain(sentence);
      expect(secretIn(page.text)).toBe("");
    }
    const kept = await browser.post(AT, { ...FORM, name: "Kept name", networks: "everywhere" });
    expect(kept.text).toContain('value="Kept name"');
    expect(kept.text).toMatch(/value="users:read"[^>]*checked/);
  });

  test("shows again who he is when that was long ago", async () => {
    house.later = 3 * 3_600_000;
    const page = await browser.get(AT);
    expect(page.text).toContain("/confirm?next=%2Fadmin%2Ftokens");
    expect(page.text).not.toContain('name="scopes"');
    const refused = await browser.post(AT, FORM);
    expect(refused.status).toBe(403);
    expect(secretIn(refused.text)).toBe("");
  });
});

describe("somebody else", () => {
  test("who administrates a domain makes tokens for what is open to him", async () => {
    const home = house.directory.domains.require("home.example");
    await house.addUser("dora", { permissions: ["web.administrator"], administers: [home.id] });
    const dora = new Browser(house.web);
    await dora.login("dora");
    const page = await dora.get(AT);
    expect(page.text).toContain('value="users:write"');
    expect(page.text).not.toContain('value="server:write"');
    const raised = await dora.post(AT, { ...FORM, scopes: ["server:write"] });
    expect(raised.status).toBe(403);
    expect(secretIn(raised.text)).toBe("");
  });

  test("revokes nothing of the administrator's, and sees none of it", async () => {
    const secret = secretIn((await browser.post(AT, FORM)).text);
    const ann = new Browser(house.web);
    await ann.login("ann");
    expect((await ann.get(AT)).status).toBe(403);
    await house.addUser("dora", { permissions: ["web.administrator"], administers: [1] });
    const dora = new Browser(house.web);
    await dora.login("dora");
    await dora.get(AT);
    expect((await dora.post(`${AT}/revoke`, { id: "1" })).status).toBe(404);
    expect(await askApi(secret)).toBe(200);
  });
});
