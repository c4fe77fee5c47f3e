import { afterEach, describe, expect, test } from "bun:test";
import { Browser, House, LINK_TOKEN, PASSWORD } from "./house.ts";

const houses: House[] = [];
const raw = async () => {
  const house = await House.raw();
  houses.push(house);
  return house;
};
afterEach(async () => {
  for (const house of houses.splice(0)) {
    expect(house.faults).toEqual([]);
    await house.close();
  }
});

/** Comes with the link and answers up to the certificate. */
const upToCertificate = async (browser: Browser) => {
  await browser.get(`/setup?token=${LINK_TOKEN}`);
  await browser.get("/setup/password");
  await browser.post("/setup/password", { login: "admin", password: PASSWORD });
  await browser.get("/setup/domain");
  await browser.post("/setup/domain", { domain: "Berg.Example", hostname: "" });
  await browser.get("/setup/sending");
  await browser.post("/setup/sending", {
    way: "direct",
    host: "",
    port: "587",
    tls: "starttls",
    login: "",
    password: "",
  });
  return await browser.get("/setup/certificate");
};

describe("the first start", () => {
  test("takes every page to the wizard, which opens only with the link", async () => {
    const browser = new Browser((await raw()).web);
    expect((await browser.get("/admin")).location).toBe("/setup");
    expect((await browser.get("/setup")).status).toBe(403);
    expect((await browser.get("/setup/domain")).location).toBe("/setup");
    expect((await browser.get("/setup?token=guess")).text).toContain("This link was used already");
  });

  test("the link is good for one browser, and leaves the address bar", async () => {
    const house = await raw();
    const browser = new Browser(house.web);
    expect((await browser.get(`/setup?token=${LINK_TOKEN}`)).location).toBe("/setup/password");
    expect((await browser.get("/setup/password")).status).toBe(200);
    const other = new Browser(house.web);
    expect((await other.get(`/setup?token=${LINK_TOKEN}`)).status).toBe(403);
    expect((await other.get("/setup/password")).location).toBe("/setup");
    expect((await browser.get("/setup")).location).toBe("/setup/password");
  });

  test("four answers set the server up and sign the administrator in", async () => {
    const house = await raw();
    const browser = new Browser(house.web);
    const page = await upToCertificate(browser);
    expect(page.text).toContain("mail.berg.example\nnas.local\n192.168.1.10");
    const finished = await browser.post("/setup/certificate", { names: "mail.berg.example\n192.168.1.10" });
    expect(finished.location).toBe("/setup/done");
    expect(house.applied).toEqual({
      administrator: { login: "admin", password: PASSWORD },
      domain: { domain: "berg.example", hostname: "mail.berg.example" },
      outgoing: { way: "direct" },
      certificate: { names: ["mail.berg.example", "192.168.1.10"] },
    });
    const done = await browser.get("/setup/done");
    expect(done.status).toBe(200);
    expect(done.text).toContain("admin@berg.example");
    expect((await browser.get("/admin")).status).toBe(200);
    expect((await browser.get("/setup/password")).location).toBe("/admin");
    expect((await new Browser(house.web).get("/setup/done")).location).toContain("/login");
  });

  test("going back shows the answers, but never a password", async () => {
    const browser = new Browser((await raw()).web);
    await upToCertificate(browser);
    await browser.get("/setup/sending");
    const fields = {
      way: "smartHost",
      host: "smtp.provider.example",
      port: "465",
      tls: "implicit",
      login: "me",
      password: "their secret",
    };
    await browser.post("/setup/sending", fields);
    const page = await browser.get("/setup/sending");
    for (const text of ["smtp.provider.example", 'value="465"', 'value="me"']) expect(page.text).toContain(text);
    expect(page.text).not.toContain("their secret");
    const first = await browser.get("/setup/password");
    expect(first.text).toContain('value="admin"');
    expect(first.text).not.toContain(PASSWORD);
    // An empty password field keeps the one that was given.
    expect((await browser.post("/setup/password", { login: "chief", password: "" })).location).toBe("/setup/domain");
  });

  test("no step is skipped", async () => {
    const browser = new Browser((await raw()).web);
    await browser.get(`/setup?token=${LINK_TOKEN}`);
    expect((await browser.get("/setup/certificate")).location).toBe("/setup/password");
  });

  test("says beside the field what is wrong, and what to do", async () => {
    const browser = new Browser((await raw()).web);
    await browser.get(`/setup?token=${LINK_TOKEN}`);
    await browser.get("/setup/password");
    const weak = await browser.post("/setup/password", { login: "admin", password: "password1" });
    expect(weak.status).toBe(422);
    expect(weak.text).toContain("too easy to guess");
    await browser.post("/setup/password", { login: "admin", password: PASSWORD });
    await browser.get("/setup/domain");
    const domain = await browser.post("/setup/domain", { domain: "no domain", hostname: "" });
    expect(domain.status).toBe(422);
    expect(domain.text).toContain("A domain looks like example.org");
    expect(domain.text).toContain('aria-invalid="true"');
  });

  test("judges a password while it is typed", async () => {
    const browser = new Browser((await raw()).web);
    await browser.get(`/setup?token=${LINK_TOKEN}`);
    await browser.get("/setup/password");
    const judged = async (password: string) => {
      const page = await browser.post("/setup/strength", { login: "admin", password }, { "hx-request": "true" });
      return /data-score="(\d)"/.exec(page.text)?.[1];
    };
    expect(Number(await judged("admin1"))).toBeLessThan(2);
    expect(await judged(PASSWORD)).toBe("4");
  });

  test("sends a test message into the own mailbox", async () => {
    const house = await raw();
    const browser = new Browser(house.web);
    await upToCertificate(browser);
    await browser.post("/setup/certificate", { names: "mail.berg.example" });
    await browser.get("/setup/done");
    const page = await browser.post("/setup/test", { to: "admin@berg.example" });
    expect(page.text).toContain("It has arrived.");
    const { primaryMailbox } = house.directory.users.require("admin");
    expect(house.mailstore.folder(primaryMailbox, "INBOX")?.exists).toBe(1);
    expect((await browser.post("/setup/test", { to: "nobody@berg.example" })).status).toBe(422);
    const fragment = await browser.post("/setup/test", { to: "x" }, { "hx-request": "true" });
    expect(fragment.text).toStartWith("<form");
  });
});
