import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { transportSettings } from "../../src/transport/settings.ts";
import { webSettings } from "../../src/web/settings.ts";
import { Browser, House, PASSWORD } from "./house.ts";

let house: House;
let browser: Browser;
beforeAll(async () => {
  house = await House.build();
  browser = new Browser(house.web);
  await browser.login("admin");
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const newUser = { fullName: "", login: "", address: "", password: PASSWORD };

describe("users", () => {
  test("one is created with mailbox and address, and can sign in", async () => {
    await browser.get("/admin/users/new");
    const page = await browser.post("/admin/users/new", {
      ...newUser,
      login: "carla",
      fullName: "Carla Mendes",
      webmail: "on",
    });
    expect(page.location).toBe("/admin/users/carla");
    const shown = await browser.get("/admin/users/carla");
    expect(shown.text).toContain("carla@home.example");
    expect(shown.text).toContain("carla was created. The mailbox is ready.");
    expect((await browser.get("/admin/users/carla")).text).not.toContain("was created");
    expect((await new Browser(house.web).login("carla")).status).toBe(303);
    expect(house.directory.users.require("carla").permissions.has("smtp.relay")).toBe(true);
  });

  test("what does not do is said beside the field, and what was typed stays, but for the password", async () => {
    await browser.get("/admin/users/new");
    const taken = await browser.post("/admin/users/new", { ...newUser, login: "ANN", fullName: "Second Ann" });
    expect(taken.status).toBe(422);
    expect(taken.text).toContain("Somebody already signs in as ANN");
    expect(taken.text).toContain('value="Second Ann"');
    expect(taken.text).not.toContain(PASSWORD);
    const weak = await browser.post("/admin/users/new", { ...newUser, login: "dora", password: "dora1" });
    expect(weak.text).toContain('id="password-error"');
    const elsewhere = await browser.post("/admin/users/new", {
      ...newUser,
      login: "dora",
      address: "dora@elsewhere.example",
    });
    expect(elsewhere.text).toContain('id="address-error"');
    expect(house.directory.users.get("dora")).toBeUndefined();
  });

  test("a form with a field that does not belong there changes nothing", async () => {
    await browser.get("/admin/users/new");
    const page = await browser.post("/admin/users/new", { ...newUser, login: "mallory", administers: "1" });
    expect(page.status).toBe(400);
    expect(house.directory.users.get("mallory")).toBeUndefined();
  });

  test("the list is searched, sorted and paged", async () => {
    for (let i = 0; i < 60; i++) await house.directory.users.create({ login: `many${String(i).padStart(2, "0")}` });
    const first = await browser.get("/admin/users?q=many");
    expect(first.text).toContain("60 users, page 1 of 2");
    expect(first.text).toContain("many49");
    expect(first.text).not.toContain("many50");
    expect((await browser.get("/admin/users?q=many&page=2")).text).toContain("many59");
    expect((await browser.get("/admin/users?q=many&down=1")).text).toContain("many59");
    expect((await browser.get("/admin/users?q=nobody-of-that-name")).text).toContain("Nobody matches");
    for (let i = 0; i < 60; i++) await house.directory.users.remove(`many${String(i).padStart(2, "0")}`);
  });

  test("name, state and permissions are changed; what is not ticked is taken away", async () => {
    await browser.get("/admin/users/ann");
    const fields = { login: "ann", fullName: "Ann Changed", enabled: "on", "may.http.proxy": "on" };
    expect((await browser.post("/admin/users/ann", fields)).location).toBe("/admin/users/ann");
    const ann = house.directory.users.require("ann");
    expect(ann.fullName).toBe("Ann Changed");
    expect(ann.webmail).toBe(false);
    expect([...ann.permissions]).toEqual(["http.proxy"]);
    await house.directory.users.update("ann", { webmail: true, permissions: ["smtp.relay"] });
  });

  test("an administrator cannot lock himself out", async () => {
    await browser.get("/admin/users/admin");
    const page = await browser.post("/admin/users/admin", { login: "admin", fullName: "", webmail: "on" });
    expect(page.status).toBe(422);
    expect(page.text).toContain("You cannot lock yourself out");
    expect((await browser.post("/admin/users/admin/remove", {})).status).toBe(403);
    expect(house.directory.users.require("admin").enabled).toBe(true);
  });

  test("addresses are added, made the return address and removed, of this user alone", async () => {
    await browser.get("/admin/users/ann");
    expect((await browser.post("/admin/users/ann/addresses", { address: "office@home.example" })).status).toBe(303);
    const { primaryMailbox } = house.directory.users.require("ann");
    const standing = { address: "office@home.example", mailbox: String(primaryMailbox) };
    await browser.post("/admin/users/ann/addresses/primary", standing);
    expect(house.directory.addressesOf(house.directory.users.require("ann").id)[0]).toBe("office@home.example");
    expect((await browser.post("/admin/users/carla/addresses/remove", standing)).status).toBe(404);
    expect((await browser.post("/admin/users/ann/addresses/remove", standing)).status).toBe(303);
    expect(house.directory.resolve("office@home.example").kind).toBe("unknown");
  });

  test("a new password signs the user's browsers out; one's own goes on with a new session", async () => {
    const ann = new Browser(house.web);
    await ann.login("ann");
    await browser.get("/admin/users/ann");
    expect(
      (await browser.post("/admin/users/ann/password", { login: "ann", password: "seven green bottles standing" }))
        .status,
    ).toBe(303);
    expect((await ann.get("/")).location).toBe("/login");
    await browser.get("/admin/users/admin");
    const before = browser.cookies.get("__Host-gatepost");
    await browser.post("/admin/users/admin/password", { login: "admin", password: "eight green bottles standing" });
    expect(browser.cookies.get("__Host-gatepost")).not.toBe(before);
    expect((await browser.get("/admin")).status).toBe(200);
  });

  test("one is removed after a question, as a page or in the dialog", async () => {
    const page = await browser.get("/admin/users/carla/remove");
    expect(page.text).toContain("<!doctype html>");
    expect(page.text).toContain("Remove Carla Mendes?");
    const dialog = await browser.get("/admin/users/carla/remove", {
      "hx-request": "true",
      "hx-request-type": "partial",
    });
    expect(dialog.text).toStartWith("<form");
    expect((await browser.post("/admin/users/carla/remove", {})).location).toBe("/admin/users");
    expect(house.directory.users.get("carla")).toBeUndefined();
    expect((await browser.get("/admin/users/carla")).status).toBe(404);
  });

  test("every change says in the log who made it and from where", () => {
    const events = house.store.events.recent({ room: "web", limit: 200 });
    const created = events.find((event) => event.name === "user.created");
    expect(created).toMatchObject({ user: "admin", remote: "192.168.1.20" });
    expect(events.map((event) => event.name)).toContain("user.password");
    expect(JSON.stringify(events)).not.toContain("green bottles");
  });
});

describe("domains, mailboxes and aliases", () => {
  test("a domain is added, changed, and removed once nothing stands in it", async () => {
    await browser.get("/admin/domains");
    expect((await browser.post("/admin/domains", { name: "müller.example" })).location).toBe("/admin/domains");
    const { name } = house.directory.domains.require("müller.example");
    const at = `/admin/domains/${name}`;
    const change = {
      description: "The Müllers",
      aliases: "mueller.example\n",
      unknownRecipients: "bounce",
      catchAllMailbox: "",
    };
    expect((await browser.post(at, change)).location).toBe(at);
    expect(house.directory.domains.byName("mueller.example")?.unknownRecipients).toBe("bounce");
    expect((await browser.post(at, { ...change, unknownRecipients: "mailbox" })).text).toContain("Name the mailbox");
    await house.directory.aliases.add("ann@müller.example", house.directory.users.require("ann").primaryMailbox);
    expect((await browser.post(`${at}/remove`, {})).text).toContain("still has 1 addresses");
    await house.directory.aliases.remove("ann@müller.example");
    expect((await browser.post(`${at}/remove`, {})).location).toBe("/admin/domains");
    expect((await browser.get(at)).status).toBe(404);
    expect((await browser.post("/admin/domains", { name: "home.example" })).text).toContain("already a domain here");
  });

  test("a further mailbox is made, found, and removed; a primary one stays", async () => {
    await browser.get("/admin/mailboxes");
    const made = await browser.post("/admin/mailboxes", {
      owner: "ann",
      address: "family@home.example",
      description: "All of us",
    });
    const at = made.location;
    expect(at).toMatch(/^\/admin\/mailboxes\/\d+$/);
    expect((await browser.get("/admin/mailboxes?q=family")).text).toContain("1 mailbox");
    expect((await browser.get(at)).text).toContain("INBOX");
    expect((await browser.post(at, { description: "The family" })).location).toBe(at);
    const primary = house.directory.users.require("ann").primaryMailbox;
    expect((await browser.post(`/admin/mailboxes/${primary}/remove`, {})).status).toBe(403);
    expect((await browser.post(`${at}/remove`, {})).location).toBe("/admin/mailboxes");
    expect(
      (await browser.post("/admin/mailboxes", { owner: "nobody", address: "x@home.example", description: "" })).text,
    ).toContain("Nobody signs in by that name");
    for (const path of ["/admin/mailboxes/999999", "/admin/mailboxes/1%27", "/admin/mailboxes/-1"]) {
      expect((await browser.get(path)).status).toBe(404);
    }
  });

  test("an address with an end and a note leads to a mailbox", async () => {
    await browser.get("/admin/aliases");
    const mailbox = String(house.directory.users.require("ann").primaryMailbox);
    const fields = {
      address: "shop@home.example",
      mailbox: "ann@home.example",
      note: "one shop",
      expiresOn: "2099-01-31",
    };
    expect((await browser.post("/admin/aliases", { ...fields, mailbox: "nobody" })).text).toContain(
      "There is no such mailbox",
    );
    expect((await browser.post("/admin/aliases", fields)).location).toBe("/admin/aliases");
    const found = (await browser.get("/admin/aliases?q=shop")).text;
    expect(found).toContain("shop@home.example");
    expect(found).toContain("one shop");
    expect((await browser.post("/admin/aliases", { ...fields, expiresOn: "soon" })).text).toContain(
      "A date looks like",
    );
    expect((await browser.post("/admin/aliases/remove", { address: "shop@home.example", mailbox })).status).toBe(303);
    expect(house.directory.resolve("shop@home.example").kind).toBe("unknown");
  });
});

describe("the queue", () => {
  const send = async () => {
    const user = house.directory.users.require("ann");
    const accepted = await house.transport.accept(
      {
        reversePath: "ann@home.example",
        recipients: [{ address: "someone@slow.example" }],
        origin: { kind: "web", protocol: "HTTP", user, session: "s", trace: "01k3f8e0ab2cdxyz" },
      },
      new TextEncoder().encode("Subject: <b>Hello</b>\r\nFrom: ann@home.example\r\n\r\nText\r\n"),
    );
    return accepted.queueId ?? 0;
  };

  test("shows a message, holds, releases, retries and deletes it", async () => {
    const id = await send();
    const list = await browser.get("/admin/queue");
    expect(list.text).toContain("&lt;b&gt;Hello&lt;/b&gt;");
    expect(list.text).toContain("someone@slow.example");
    const at = `/admin/queue/${id}`;
    expect((await browser.get(at)).text).toContain("01k3f8e0ab2cdxyz");
    expect((await browser.post(`${at}/hold`, {})).location).toBe(at);
    expect((await browser.get("/admin/queue?state=held")).text).toContain("1 message");
    expect((await browser.get(at)).text).toContain("Release");
    expect((await browser.post(`${at}/release`, {})).location).toBe(at);
    expect((await browser.post(`${at}/retry`, {})).location).toBe(at);
    expect((await browser.post("/admin/queue/all/retry", {})).location).toBe("/admin/queue");
    expect((await browser.get(`${at}/delete`)).text).toContain("its sender is not told");
    expect((await browser.post(`${at}/delete`, {})).location).toBe("/admin/queue");
    expect((await browser.get(at)).status).toBe(404);
    expect((await browser.get("/admin/queue")).text).toContain("Nothing is waiting");
  });
});

describe("services, certificates and settings", () => {
  test("a port's rule is changed, and wrong networks are named", async () => {
    await browser.get("/admin/services/imap-993");
    const page = await browser.post("/admin/services/imap-993", {
      enabled: "on",
      rule: "own",
      networks: "10.0.0.0/8\nnonsense",
    });
    expect(page.status).toBe(422);
    expect(page.text).toContain("“nonsense” is no network");
    expect((await browser.post("/admin/services/imap-993", { enabled: "on", rule: "own", networks: "" })).status).toBe(
      422,
    );
    await browser.post("/admin/services/imap-993", {
      enabled: "on",
      rule: "own",
      networks: "10.0.0.0/8\n2001:db8::/32",
    });
    expect(house.deps.services.list()[0]?.ports[0]?.access).toEqual(["10.0.0.0/8", "2001:db8::/32"]);
    expect((await browser.get("/admin/services")).text).toContain("10.0.0.0/8, 2001:db8::/32");
    expect((await browser.get("/admin/services/none-1")).status).toBe(404);
    await browser.post("/admin/services/lan", { networks: "127.0.0.0/8\n192.168.0.0/16\n10.0.0.0/8" });
    expect(house.lan).toHaveLength(3);
  });

  test("the root certificate is downloaded, a refused upload says why", async () => {
    const root = await browser.get("/ca.crt");
    expect(root.headers.get("content-type")).toBe("application/x-x509-ca-cert");
    await browser.get("/admin/certificates");
    expect((await browser.post("/admin/certificates/upload", { chain: "x", key: "y" })).status).toBe(422);
    expect((await browser.post("/admin/certificates/upload", { chain: "", key: "" })).text).toContain("Give both");
    expect((await browser.post("/admin/certificates/issue", { names: "not a name!" })).status).toBe(422);
    expect((await browser.post("/admin/certificates/issue", { names: "mail.home.example\n::1" })).location).toBe(
      "/admin/certificates",
    );
  });

  test("settings are shown with their descriptions, checked, and changed", async () => {
    const page = await browser.get("/admin/settings/web");
    expect(page.text).toContain("Minutes without a click after which a browser is signed out.");
    const fields = {
      idleMinutes: "60",
      longestDays: "30",
      proxies: "10.0.0.1",
      requireTls: "on",
      formOctets: "1048576",
    };
    const wrong = await browser.post("/admin/settings/web", { ...fields, idleMinutes: "1" });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('id="idleMinutes-error"');
    expect((await browser.post("/admin/settings/web", fields)).location).toBe("/admin/settings/web");
    expect(house.store.settings.get(webSettings)).toMatchObject({ idleMinutes: 60, proxies: ["10.0.0.1"] });
    expect((await browser.post("/admin/settings/web", { ...fields, admin: "1" })).status).toBe(400);
    expect((await browser.get("/admin/settings/nothing")).status).toBe(404);
  });

  test("a list of servers is added to and taken from; a password is kept while its field stays empty, and never shown", async () => {
    const current = () => house.store.settings.get(transportSettings).smartHosts;
    const fields = async () => {
      const { text } = await browser.get("/admin/settings/transport");
      const found: Record<string, string> = {};
      for (const [tag] of text.matchAll(/<input[^>]+>/g)) {
        const name = /name="([^"]+)"/.exec(tag)?.[1] ?? "";
        if (name === "csrf" || (tag.includes("checkbox") && !/ checked/.test(tag))) continue;
        found[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? "";
      }
      for (const [, name, inside] of text.matchAll(/<select[^>]+name="([^"]+)"[^>]*>(.*?)<\/select>/g)) {
        found[name ?? ""] = /value="([^"]*)" selected/.exec(inside ?? "")?.[1] ?? "";
      }
      for (const [, name, inside] of text.matchAll(/<textarea[^>]+name="([^"]+)"[^>]*>([^<]*)<\/textarea>/g))
        found[name ?? ""] = inside ?? "";
      return found;
    };
    const unchanged = house.store.settings.get(transportSettings);
    await browser.post("/admin/settings/transport", await fields());
    expect(house.store.settings.get(transportSettings)).toEqual(unchanged);
    const added = {
      ...(await fields()),
      "smartHosts.0.host": "smtp.provider.example",
      "smartHosts.0.password": "their secret",
    };
    expect((await browser.post("/admin/settings/transport", added)).status).toBe(303);
    expect(current()).toMatchObject([{ host: "smtp.provider.example", password: "their secret", port: 587 }]);
    expect((await browser.get("/admin/settings/transport")).text).not.toContain("their secret");
    await browser.post("/admin/settings/transport", { ...(await fields()), "smartHosts.0.port": "465" });
    expect(current()).toMatchObject([{ port: 465, password: "their secret" }]);
    await browser.post("/admin/settings/transport", { ...(await fields()), "smartHosts.0.remove": "on" });
    expect(current()).toEqual([]);
  });
});

describe("the log", () => {
  test("is filtered by part, level and trace", async () => {
    house.store.events.log({
      room: "smtp",
      name: "message.accepted",
      trace: "trace1",
      text: "From <script>alert(1)</script>",
    });
    house.store.events.log({ room: "imap", name: "session.begun", level: "warn" });
    const page = await browser.get("/admin/log?room=smtp&trace=trace1");
    expect(page.text).toContain("From &lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page.text).not.toContain("session.begun");
  });

  test("comes as a stream of lines that fit", async () => {
    const { response } = await browser.get("/admin/log/stream?room=pop3");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error("the stream has no body");
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toBe(": here\n\n");
    house.store.events.log({ room: "imap", name: "not.this" });
    house.store.events.log({ room: "pop3", name: "first", text: "a\nb" });
    house.store.events.log({ room: "pop3", name: "second" });
    const text = await read();
    expect(text).toMatch(/^id: \d+\ndata: <li/);
    expect(text).not.toContain("not.this");
    expect(text.indexOf("second")).toBeLessThan(text.indexOf("first"));
    for (const line of text.trim().split("\n").slice(1)) expect(line).toStartWith("data: ");
    await reader.cancel();
  });
});
