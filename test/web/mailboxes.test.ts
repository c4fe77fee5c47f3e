import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readAudit } from "../../src/administration/audit.ts";
import { ADMINISTRATOR } from "../../src/directory/permissions.ts";
import { Browser, House, PASSWORD } from "./house.ts";

const OWN = "a long walk over 7 hills";

let house: House;
let browser: Browser;
/** Ann's further mailbox. */
let office: number;
let at: string;
beforeAll(async () => {
  house = await House.build();
  await house.directory.domains.create({ name: "away.example" });
  await house.addUser("ben");
  await house.addUser("zoe", { addresses: ["zoe@away.example"] });
  const home = house.directory.domains.require("home.example").id;
  await house.addUser("dora", { permissions: ["smtp.relay", ADMINISTRATOR], administers: [home] });
  browser = new Browser(house.web);
  await browser.login("admin");
  await browser.get("/admin/mailboxes/new");
  const made = await browser.post("/admin/mailboxes/new", {
    ...{ owner: "ann", address: "office@home.example", description: "The office" },
  });
  at = made.location;
  office = Number(at.split("/").at(-1));
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const mailbox = () => house.directory.mailboxes.require(office);
const addresses = () => house.directory.aliases.list({ mailboxId: office });

describe("the list of mailboxes", () => {
  test("is searched, sorted, paged, and shows how full each is", async () => {
    await house.directory.mailboxes.update(office, { quota: { octets: 1_000_000 } });
    const page = await browser.get("/admin/mailboxes?q=office");
    expect(page.text).toContain("office@home.example");
    expect(page.text).toContain("1 mailbox");
    expect(page.text).toContain("How full office@home.example is");
    expect((await browser.get("/admin/mailboxes?q=nobody-like-that")).text).toContain("No mailbox matches");
    for (const sort of ["owner", "size", "fill", "odd"])
      expect((await browser.get(`/admin/mailboxes?sort=${sort}&down=1`)).status).toBe(200);
    expect((await browser.get("/admin/mailboxes?group=Nobody")).status).toBe(404);
  });

  test("proposes people and mailboxes while one types", async () => {
    expect((await browser.get("/admin/mailboxes/people?login=an")).text).toBe(
      '<option value="ann">Ann Example</option>',
    );
    expect((await browser.get("/admin/mailboxes/named?mailbox=offi")).text).toContain(
      '<option value="office@home.example">ann</option>',
    );
  });

  test("a new mailbox says what is wrong beside the field", async () => {
    await browser.get("/admin/mailboxes/new");
    const post = (owner: string, address: string) =>
      browser.post("/admin/mailboxes/new", { owner, address, description: "" });
    expect((await post("nobody", "x@home.example")).text).toContain("There is no user");
    expect((await post("ann", "nonsense")).text).toContain("is not an e-mail address");
    expect((await post("", "")).status).toBe(422);
    expect((await post("ann", "x@elsewhere.example")).text).toContain("There is no domain");
    for (const path of ["999999", "1%27", "-1", "0", "new/x"])
      expect([path, (await browser.get(`/admin/mailboxes/${path}`)).status]).toEqual([path, 404]);
  });
});

describe("the properties of a mailbox", () => {
  const post = (tab: string, fields: Parameters<Browser["post"]>[1]) => browser.post(`${at}/${tab}`, fields);

  test("each tab has an address of its own, as a page and as a fragment", async () => {
    for (const tab of [
      "",
      "/general",
      "/addresses",
      "/forwarding",
      "/autoresponder",
      "/expiry",
      "/quota",
      "/sharing",
    ]) {
      const page = await browser.get(`${at}${tab}`);
      expect([tab, page.status]).toEqual([tab, 200]);
      expect(page.text).toContain('aria-current="page" hx-get');
      const part = await browser.get(`${at}${tab}`, { "hx-request": "true", "hx-request-type": "partial" });
      expect(part.text).not.toContain("<html");
      expect(part.text).toContain('id="properties"');
    }
  });

  test("General sets description, owner, group, own name and password", async () => {
    await house.directory.mailGroups.create({ name: "Staff" });
    await browser.get(at);
    const form = { description: "All of us", owner: "ann", group: "Staff", login: "the-office" };
    expect((await post("general", form)).location).toBe(at);
    expect(mailbox()).toMatchObject({ description: "All of us", login: "the-office" });
    expect((await browser.get("/admin/mailboxes?group=Staff")).text).toContain("1 mailbox");
    expect((await post("general", { ...form, login: "ben" })).text).toContain("already taken");
    expect((await post("general", { ...form, owner: "nobody" })).status).toBe(422);
    expect((await post("password", { password: "short" })).status).toBe(422);
    expect((await post("password", { password: OWN })).location).toBe(at);
    const login = (secret: string) =>
      house.auth.authenticate({
        ...{ service: "imap", remote: "127.0.0.1", secure: true, mechanism: "PLAIN" },
        credentials: { login: "the-office", password: secret },
      });
    expect(await login(OWN)).toMatchObject({ ok: true, login: { mailboxOnly: true, mailbox: office } });
    expect((await browser.get(at)).text).not.toContain(OWN);
    expect((await post("password/remove", {})).location).toBe(at);
    expect((await login(OWN)).ok).toBe(false);
    expect((await post("general", { ...form, group: "", login: "" })).location).toBe(at);
    expect(mailbox()).toMatchObject({ groupId: null, login: null });
  });

  test("Addresses are added with note and end, chosen, changed and removed", async () => {
    await browser.get(`${at}/addresses`);
    const form = { address: "fair@home.example", note: "The fair", expiresOn: "2099-01-31" };
    expect((await post("addresses", form)).location).toBe(`${at}/addresses`);
    expect((await post("addresses", { ...form, address: "shop-*@home.example" })).status).toBe(303);
    expect((await post("addresses", { ...form, address: "sales@home.example", expiresOn: "" })).status).toBe(303);
    expect((await post("addresses", { ...form, address: "*@home.example" })).text).toContain("catch-all");
    expect((await post("addresses", { ...form, expiresOn: "soon" })).text).toContain("A date looks like");
    expect((await post("addresses", { ...form, address: "x@home.example", expiresOn: "2001-01-01" })).text).toContain(
      "in the future",
    );
    expect((await post("addresses/primary", { address: "sales@home.example" })).location).toBe(`${at}/addresses`);
    const page = (await browser.get(`${at}/addresses`)).text;
    for (const words of ["return address", "pattern", "The fair", "31 Jan 2099", "office", "sales$E"])
      expect(page).toContain(words);
    const which = { address: "fair@home.example", mailbox: String(office) };
    const change = await browser.get(
      `/admin/aliases/change?${new URLSearchParams({ ...which, back: `${at}/addresses` })}`,
    );
    expect(change.text).toContain('value="2099-01-31"');
    const changed = await browser.post("/admin/aliases/change", {
      ...{ ...which, newNote: "Next fair", newEnd: "", back: `${at}/addresses` },
    });
    expect(changed.location).toBe(`${at}/addresses`);
    expect(addresses().find(({ address }) => address === "fair@home.example")).toMatchObject({
      ...{ expiresAt: null, note: "Next fair" },
    });
    const elsewhere = { ...which, newNote: "x", newEnd: "", back: "https://evil.example/" };
    expect((await browser.post("/admin/aliases/change", elsewhere)).location).toBe("/admin/aliases");
    await browser.post("/admin/aliases/remove", { ...which, back: `${at}/addresses` });
    expect(addresses().map(({ address }) => address)).not.toContain("fair@home.example");
  });

  test("Forwarding is switched, aimed and said in a sentence", async () => {
    await browser.get(`${at}/forwarding`);
    const form = { enabled: "on", addresses: "a@x.example\r\nb@y.example\r\n", keepCopy: "no", sender: "mailbox" };
    expect((await post("forwarding", form)).location).toBe(`${at}/forwarding`);
    expect(mailbox().forwarding).toEqual({
      ...{ enabled: true, addresses: ["a@x.example", "b@y.example"], keepCopy: false, sender: "mailbox" },
    });
    expect((await browser.get(`${at}/forwarding`)).text).toContain("a@x.example and b@y.example and not kept here");
    expect((await post("forwarding", { ...form, addresses: "a@x.example\nnonsense" })).text).toContain("Line 2");
    expect((await post("forwarding", { ...form, addresses: "" })).text).toContain("Name an address");
    expect((await post("forwarding", { ...form, sender: "nobody" })).status).toBe(422);
  });

  test("the Autoresponder is written, dated and previewed", async () => {
    await browser.get(`${at}/autoresponder`);
    const form = {
      ...{ enabled: "on", startsOn: "2026-01-01", endsOn: "2099-01-07", subject: "Away", text: "Back\r\nsoon" },
      ...{ periodDays: "3", doNotRespond: "*@shop.example\n" },
    };
    expect((await post("autoresponder", form)).location).toBe(`${at}/autoresponder`);
    expect(mailbox().autoresponder).toMatchObject({
      ...{ enabled: true, subject: "Away", text: "Back\nsoon", periodDays: 3, doNotRespond: ["*@shop.example"] },
      endsAt: new Date("2099-01-07T23:59:59.999").getTime(),
    });
    const page = (await browser.get(`${at}/autoresponder`)).text;
    expect(page).toContain('value="2099-01-07"');
    expect(page).toContain("once in 3 days");
    const preview = await post("autoresponder/preview", { ...form, text: "Another text", endsOn: "2020-01-01" });
    expect(preview.text).toContain("Another text");
    expect(preview.text).toContain("Over since Wed, 1 January 2020");
    expect((await post("autoresponder", { ...form, endsOn: "2025-01-01" })).text).toContain("ends after it begins");
    expect((await post("autoresponder", { ...form, periodDays: "0" })).status).toBe(422);
  });

  test("Expiry has a rule a folder; an empty one is left out", async () => {
    await browser.get(`${at}/expiry`);
    const form = { folder: ["INBOX", "Trash", ""], days: ["90", "30", ""], action: ["archive", "delete", "archive"] };
    expect((await post("expiry", form)).location).toBe(`${at}/expiry`);
    expect(mailbox().expiry.rules).toEqual([
      { folder: "INBOX", days: 90, action: "archive" },
      { folder: "Trash", days: 30, action: "delete" },
    ]);
    const wrong = await post("expiry", { ...form, days: ["soon", "30", ""] });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain("whole number");
    expect(wrong.text).toContain('value="Trash"');
    const single = { folder: "INBOX", days: "1", action: "delete" };
    expect((await post("expiry", single)).status).toBe(303);
    expect((await post("expiry", { folder: "INBOX", days: "", action: "delete" })).status).toBe(303);
    expect(mailbox().expiry.rules).toEqual([]);
  });

  test("Quota takes units, shows the fill and the mail group's limits", async () => {
    await browser.get(`${at}/quota`);
    const form = { size: "1,5", unit: "GB", messages: "2000", whenFull: "refuse", warnPercent: "80", warnDays: "2" };
    expect((await post("quota", form)).location).toBe(`${at}/quota`);
    expect(mailbox().quota).toEqual({
      ...{ octets: 1_500_000_000, messages: 2000, whenFull: "refuse", warnPercent: 80, warnDays: 2 },
    });
    expect((await browser.get(`${at}/quota`)).text).toContain('value="1.5"');
    expect((await post("quota", { ...form, size: "much" })).status).toBe(422);
    expect((await post("quota", { ...form, warnPercent: "101" })).status).toBe(422);
    expect((await post("quota", { ...form, size: "", messages: "" })).status).toBe(303);
    expect(mailbox().quota).toMatchObject({ octets: null, messages: null });
    await house.directory.mailGroups.create({ name: "Guests", quota: { octets: 5_000_000 } });
    await browser.post(`${at}/general`, { description: "", owner: "ann", group: "Guests", login: "" });
    expect((await browser.get(`${at}/quota`)).text).toContain("at most 5.0 MB");
  });

  test("Sharing takes presets and single rights", async () => {
    await browser.get(`${at}/sharing`);
    const form = { login: "ben", preset: "write" };
    expect((await post("sharing", form)).location).toBe(`${at}/sharing`);
    const rights = () => house.directory.mailboxes.rights(house.user("ben").id, office);
    expect(rights()).toBe("lrswite");
    const single = { login: "ben", preset: "own", "right.l": "on", "right.r": "on", "right.p": "on" };
    expect((await post("sharing", single)).status).toBe(303);
    expect(rights()).toBe("lrp");
    expect((await browser.get(`${at}/sharing?login=ben`)).text).toContain("Rights of ben");
    expect((await post("sharing", { login: "ben", preset: "own" })).text).toContain("at least one right");
    expect((await post("sharing", { login: "nobody", preset: "read" })).text).toContain("There is no user");
    expect((await post("sharing", { login: "ann", preset: "read" })).text).toContain("every right");
    expect((await post("sharing", { ...form, owner: "ben" })).status).toBe(400);
    expect((await post("sharing/remove", { login: "ben" })).location).toBe(`${at}/sharing`);
    expect(rights()).toBe("");
  });

  test("Sharing gives rights on single folders, and each reader own read marks", async () => {
    await browser.get(`${at}/sharing`);
    const form = { folder: "INBOX", who: "ben", may: "write" };
    expect((await post("sharing/folder", form)).location).toBe(`${at}/sharing`);
    const grants = () =>
      [...house.mailstore.grants.ofMailbox(office).values()]
        .flat()
        .map(({ negative, rights }) => ({ negative, rights }));
    expect(grants()).toEqual([{ negative: false, rights: "lrswite" }]);
    expect((await browser.get(`${at}/sharing`)).text).toContain("ben · Read and file");
    expect((await post("sharing/folder", { ...form, who: "-anyone", may: "w" })).status).toBe(303);
    expect(grants()).toContainEqual({ negative: true, rights: "w" });
    expect((await post("sharing/folder", { ...form, may: "lq" })).text).toContain("letters of lrswipkxtea");
    expect((await post("sharing/folder", { ...form, who: "ann" })).text).toContain("keeps them");
    expect((await post("sharing/folder", { ...form, who: "nobody" })).text).toContain("There is no user");
    expect((await post("sharing/folder", { ...form, folder: "Nosuch" })).text).toContain("There is no folder");
    expect((await post("sharing/folder/remove", { folder: "INBOX", who: "ben" })).location).toBe(`${at}/sharing`);
    expect((await post("sharing/folder/remove", { folder: "INBOX", who: "-anyone" })).status).toBe(303);
    expect(grants()).toEqual([]);
    expect((await post("sharing/marks", { ownReadMarks: "on" })).location).toBe(`${at}/sharing`);
    expect(mailbox().ownReadMarks).toBe(true);
    expect((await post("sharing/marks", {})).status).toBe(303);
    expect(mailbox().ownReadMarks).toBe(false);
  });

  test("is removed after a question; a primary one stays", async () => {
    const made = await browser.post("/admin/mailboxes/new", {
      owner: "ben",
      address: "gone@home.example",
      description: "",
    });
    expect((await browser.get(`${made.location}/remove`)).text).toContain("for good");
    expect((await browser.post(`${made.location}/remove`, {})).location).toBe("/admin/mailboxes");
    const primary = house.user("ben").primaryMailbox;
    expect((await browser.post(`/admin/mailboxes/${primary}/remove`, {})).status).toBe(403);
    expect(readAudit(house.store, { operation: "mailbox.remove" })).toHaveLength(1);
  });
});

describe("the list of addresses", () => {
  test("is searched and split by kind; an address may stand on several mailboxes", async () => {
    await browser.get("/admin/aliases");
    const fields = { address: "team@home.example", mailbox: "ann@home.example", note: "", expiresOn: "2099-01-31" };
    expect((await browser.post("/admin/aliases", { ...fields, mailbox: "nobody" })).text).toContain("no such mailbox");
    expect((await browser.post("/admin/aliases", fields)).location).toBe("/admin/aliases");
    expect((await browser.post("/admin/aliases", { ...fields, mailbox: "ben", expiresOn: "" })).status).toBe(303);
    expect(house.directory.resolve("team@home.example")).toMatchObject({ mailboxes: expect.any(Array) });
    expect((await browser.get("/admin/aliases?q=team")).text).toContain("2 addresses");
    expect((await browser.get("/admin/aliases?kind=temporary&q=team")).text).toContain("1 address");
    expect((await browser.get("/admin/aliases?kind=ended")).text).toContain("No address has ended");
    const away = (await browser.get("/admin/aliases?domain=away.example")).text;
    expect(away).toContain("1 address");
    expect(away).toContain('href="/admin/aliases?kind=wildcard&amp;domain=away.example"');
    expect((await browser.get("/admin/aliases?domain=nowhere.example")).status).toBe(404);
  });
});

describe("domains", () => {
  test("are added, changed, and removed once nothing stands in them", async () => {
    await browser.get("/admin/domains");
    expect((await browser.post("/admin/domains", { name: "müller.example" })).location).toBe("/admin/domains");
    const { name } = house.directory.domains.require("müller.example");
    const here = `/admin/domains/${name}`;
    const change = {
      ...{ rename: "müller.example", description: "The Müllers", aliases: "mueller.example\n" },
      ...{ unknownRecipients: "bounce", catchAllMailbox: "" },
    };
    expect((await browser.post(here, change)).location).toBe(here);
    expect(house.directory.domains.byName("mueller.example")).toMatchObject({
      ...{ unknownRecipients: "bounce", passwordChange: false },
    });
    const caught = { ...change, unknownRecipients: "mailbox" };
    expect((await browser.post(here, caught)).text).toContain("Name the mailbox");
    expect((await browser.post(here, { ...caught, catchAllMailbox: "nobody" })).text).toContain("no such mailbox");
    expect((await browser.post(here, { ...caught, catchAllMailbox: "office@home.example" })).location).toBe(here);
    expect(house.directory.domains.require(name).catchAllMailbox).toBe(office);
    const wrong = await browser.post(here, { ...change, aliases: "home.example" });
    expect(wrong.text).toContain("already a domain here");
    expect(wrong.text).toContain("home.example</textarea>");
    await house.directory.aliases.add("ann@müller.example", house.user("ann").primaryMailbox);
    expect((await browser.post(`${here}/remove`, {})).text).toContain("still has 1 addresses");
    await house.directory.aliases.remove("ann@müller.example");
    expect((await browser.post(here, { ...change, rename: "mill.example" })).location).toBe(
      "/admin/domains/mill.example",
    );
    expect((await browser.post("/admin/domains/mill.example/remove", {})).location).toBe("/admin/domains");
    expect((await browser.get(here)).status).toBe(404);
    expect((await browser.post("/admin/domains", { name: "home.example" })).text).toContain("already a domain here");
  });
});

describe("mail groups", () => {
  test("are added, given limits and rules, renamed and removed", async () => {
    await browser.get("/admin/groups");
    expect((await browser.post("/admin/groups", { name: "Devices" })).location).toBe("/admin/groups/Devices");
    expect((await browser.post("/admin/groups", { name: "devices" })).text).toContain("already a mail group");
    const form = {
      ...{ rename: "Machines", description: "Printers", size: "200", unit: "MB", messages: "", whenFull: "defer" },
      ...{ warnPercent: "90", warnDays: "7", folder: ["*", ""], days: ["7", ""], action: ["delete", "archive"] },
    };
    expect((await browser.post("/admin/groups/Devices", form)).location).toBe("/admin/groups/Machines");
    expect(house.directory.mailGroups.byName("machines")).toMatchObject({
      ...{ quota: { octets: 200_000_000 }, expiry: { rules: [{ folder: "*", days: 7, action: "delete" }] } },
    });
    expect((await browser.get("/admin/groups")).text).toContain("every other folder are deleted after 7 days");
    const wrong = await browser.post("/admin/groups/Machines", { ...form, size: "much" });
    expect(wrong.status).toBe(422);
    expect((await browser.get("/admin/groups/Machines/remove")).text).toContain("Its mailboxes stay");
    expect((await browser.post("/admin/groups/Machines/remove", {})).location).toBe("/admin/groups");
    expect((await browser.get("/admin/groups/Machines")).status).toBe(404);
  });
});

describe("whoever administrates some domains", () => {
  test("sees and changes only what is there, and learns of nothing else", async () => {
    const dora = new Browser(house.web);
    await dora.login("dora", PASSWORD);
    await house.directory.mailboxes.share(office, house.user("zoe").id, "lrs");
    await house.directory.domains.update("home.example", {
      ...{ unknownRecipients: "mailbox", catchAllMailbox: house.user("zoe").primaryMailbox },
    });
    const outside = house.user("zoe").primaryMailbox;
    for (const path of [
      ...["mailboxes", "aliases", "domains", "domains/home.example", `mailboxes/${office}`],
      ...[`mailboxes/${office}/sharing`, "mailboxes/people?q=", "mailboxes/named?q=", "mailboxes/new"],
    ]) {
      const page = await dora.get(`/admin/${path}`);
      expect([path, page.status]).toEqual([path, 200]);
      expect([path, /zoe|away\.example/.test(page.text)]).toEqual([path, false]);
    }
    for (const path of [
      ...[`mailboxes/${outside}`, `mailboxes/${outside}/sharing`, "mailboxes/999999", "domains/away.example"],
      ...[
        "domains/nowhere.example",
        "groups",
        "groups/Guests",
        `aliases/change?address=zoe@away.example&mailbox=${outside}`,
      ],
      ...["aliases?domain=away.example", `mailboxes/${house.user("dora").primaryMailbox}`],
    ]) {
      const page = await dora.get(`/admin/${path}`);
      expect([path, page.status]).toEqual([path, 403]);
      expect([path, /zoe@/.test(page.text.replaceAll(path, ""))]).toEqual([path, false]);
    }
    await dora.get(at);
    expect((await dora.post(`${at}/sharing`, { login: "zoe", preset: "read" })).status).toBe(403);
    expect((await dora.post(`${at}/addresses`, { address: "x@away.example", note: "", expiresOn: "" })).status).toBe(
      403,
    );
    expect((await dora.post(`/admin/mailboxes/${outside}/forwarding`, {})).status).toBe(403);
    const domain = { description: "Ours", unknownRecipients: "mailbox", catchAllMailbox: "" };
    expect((await dora.post("/admin/domains/home.example", domain)).status).toBe(303);
    expect(house.directory.domains.require("home.example").catchAllMailbox).toBe(outside);
    expect((await dora.post("/admin/domains/home.example", { ...domain, aliases: "x.example" })).status).toBe(403);
    expect((await dora.post("/admin/domains", { name: "mine.example" })).status).toBe(403);
    const added = await dora.post(`${at}/addresses`, { address: "dora-made@home.example", note: "", expiresOn: "" });
    expect(added.status).toBe(303);
  });

  test("users get none of these pages", async () => {
    const ben = new Browser(house.web);
    await ben.login("ben", PASSWORD);
    for (const path of ["mailboxes", `mailboxes/${office}`, "aliases", "domains", "groups", "mailboxes/people?q=a"])
      expect([path, (await ben.get(`/admin/${path}`)).status]).toEqual([path, 403]);
  });
});
