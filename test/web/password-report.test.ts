import { afterAll, beforeAll, expect, test } from "bun:test";
import { authSettings } from "../../src/auth/settings.ts";
import { ADMINISTRATOR } from "../../src/directory/permissions.ts";
import { Browser, House } from "./house.ts";

let house: House;
const browsers: Record<string, Browser> = {};
beforeAll(async () => {
  house = await House.build();
  await house.directory.domains.create({ name: "away.example" });
  const home = house.directory.domains.require("home.example").id;
  await house.addUser("dora", { permissions: ["smtp.relay", ADMINISTRATOR], administers: [home] });
  await house.addUser("zoe", { fullName: "Zoe Faraway", addresses: ["zoe@away.example"] });
  await house.store.settings.set(authSettings, { minimumScore: 0, minimumLength: 1 });
  await house.directory.users.create({ login: "wil" });
  await house.auth.setPassword("wil", "summer");
  await house.store.settings.set(authSettings, { minimumScore: 2, minimumLength: 8 });
  for (const login of ["admin", "dora", "ann"]) {
    const browser = new Browser(house.web);
    browsers[login] = browser;
    await browser.login(login);
  }
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** The login names of the report's lines. */
const rows = (text: string) => {
  const table = text.slice(text.indexOf("<tbody>"));
  return [...table.matchAll(/href="\/admin\/users\/([a-z]+)"/g)].map((match) => match[1]);
};

test("the report names the weakest first, and narrows to what one asks for", async () => {
  const all = await browsers.admin?.get("/admin/passwords");
  expect(all?.status).toBe(200);
  expect(rows(all?.text ?? "")[0]).toBe("wil");
  expect(rows(all?.text ?? "")).toContain("zoe");
  expect(all?.text).toContain("not chosen by the user");
  const weak = await browsers.admin?.get("/admin/passwords?weak=1");
  expect(rows(weak?.text ?? "")).toEqual(["wil"]);
});

test("it shows a delegated administrator his own people only, and others nothing", async () => {
  const own = await browsers.dora?.get("/admin/passwords");
  expect(rows(own?.text ?? "")).toContain("wil");
  expect(own?.text).not.toContain("zoe");
  const stranger = await browsers.ann?.get("/admin/passwords");
  expect(stranger?.status).toBe(403);
  expect(stranger?.text).not.toContain("wil");
});
