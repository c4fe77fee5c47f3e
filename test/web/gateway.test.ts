/** The gateway's pages: what is changed there, what is said of what is wrong, and what devices are told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Browser, House } from "./house.ts";

let house: House;
let admin: Browser;
beforeAll(async () => {
  house = await House.build();
  admin = new Browser(house.web);
  await admin.login("admin");
  await admin.get("/admin/gateway");
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** A form as a browser sends it, with a file. */
async function sendFile(path: string, fields: Record<string, string>, name: string, text: string) {
  const form = new FormData();
  for (const [field, value] of Object.entries({ csrf: admin.csrf, ...fields })) form.append(field, value);
  form.append(name, new File([text], "hosts.txt", { type: "text/plain" }));
  return await admin.upload(`${path}?csrf=${admin.csrf}`, form);
}

const LIST = { description: "", url: "", everyHours: "24", hosts: "", file: "", exceptions: "", enabled: "on" };

describe("rules", () => {
  test("are made, told in a sentence, moved, changed and removed", async () => {
    const first = {
      name: "Games",
      action: "bar",
      hosts: ".games.example\nplay.example",
      "day.monday": "on",
      users: "ann",
    };
    expect((await admin.post("/admin/gateway/rules/new", first)).location).toBe("/admin/gateway/rules");
    await admin.post("/admin/gateway/rules/new", {
      name: "Office",
      action: "allow",
      ports: "443, 8000-8100",
      "group.users": "on",
    });
    const { text } = await admin.get("/admin/gateway/rules");
    expect(text).toContain("ann may not reach games.example and below or play.example, Mon.");
    expect(text).toContain("Whoever has logged in may reach any host on port 443 or 8000-8100.");
    const [games, office] = house.gateway.rules.list();
    await admin.post("/admin/gateway/rules/order", { id: String(office?.id), way: "up" });
    expect(house.gateway.rules.list().map(({ name }) => name)).toEqual(["Office", "Games"]);
    const at = `/admin/gateway/rules/${games?.id}`;
    await admin.post(at, { name: "Games", action: "warn", hosts: ".games.example", users: "ann", enabled: "on" });
    expect(house.gateway.rules.require(games?.id ?? 0)).toMatchObject({
      action: "warn",
      days: [],
      hosts: [".games.example"],
    });
    await admin.post(`/admin/gateway/rules/${office?.id}/remove`, {});
    expect(house.gateway.rules.list()).toHaveLength(1);
  });

  test("say beside the field what is wrong, and keep what was typed", async () => {
    const wrong = { name: "Odd", action: "bar", hosts: "good.example\nnot a host", ports: "70000", from: "25:00" };
    const page = await admin.post("/admin/gateway/rules/new", wrong);
    expect(page.status).toBe(422);
    expect(page.text).toContain("Line 2: A host is written like example.com");
    expect(page.text).toContain("A port is written like 443 or 8000-8100.");
    expect(page.text).toContain("A time is written like 8:30 or 22:00.");
    expect(page.text).toContain("not a host</textarea>");
    const stranger = await admin.post("/admin/gateway/rules/new", { name: "Odd", action: "bar", users: "nobody-here" });
    expect(stranger.status).toBe(422);
    expect(stranger.text).toMatch(/id="users-error"[\s\S]{0,400}There is no user “nobody-here”\./);
    const unlisted = await admin.post("/admin/gateway/rules/new", { name: "Odd", action: "bar", hosts: "list:none" });
    expect(unlisted.text).toMatch(/id="hosts-error"[\s\S]{0,400}There is no list “none”\./);
  });

  test("are tried without anything being reached", async () => {
    await house.directory.users.update("ann", { permissions: ["smtp.relay", "http.proxy"] });
    const asking = "user=ann&host=www.games.example&port=443&address=192.168.1.9";
    const warned = await admin.get(`/admin/gateway/rules?${asking}`);
    expect(warned.text).toContain("Is warned first");
    const local = await admin.get("/admin/gateway/rules?user=ann&host=192.168.1.1");
    expect(local.text).toContain("Does not go through");
    const guest = await admin.get("/admin/gateway/rules?host=www.example.org&address=192.168.1.9");
    expect(guest.text).toContain("You may not use the web proxy");
    expect(house.gateway.ledger.size).toBe(0);
  });
});

describe("host lists", () => {
  test("are written, brought in as a file larger than other forms, looked up, and kept while a rule names them", async () => {
    await admin.post("/admin/gateway/new-list", {
      ...LIST,
      name: "Own",
      source: "text",
      hosts: "ads.example\nbad.example",
    });
    await house.gateway.lists.settled();
    const many = Array.from({ length: 90_000 }, (_, at) => `0.0.0.0 host${at}.lists.example`).join("\n");
    expect(many.length).toBeGreaterThan(2_000_000);
    const sent = await sendFile("/admin/gateway/new-list", { ...LIST, name: "Many", source: "upload" }, "upload", many);
    expect(sent.status).toBe(303);
    expect(house.gateway.lists.require("Many")).toMatchObject({ entries: 90_000, skipped: 0 });
    const found = await admin.get("/admin/gateway/lists?host=sub.ads.example");
    expect(found.text).toContain("sub.ads.example is in “Own”.");
    const none = await admin.get("/admin/gateway/lists?host=good.example");
    expect(none.text).toContain("good.example is in none of the lists.");
    await admin.post("/admin/gateway/rules/new", { name: "Ads", action: "bar", hosts: "list:Own" });
    const kept = await admin.post("/admin/gateway/lists/Own/remove", {});
    expect(kept.text).toContain("The rule “Ads” names this list; change it first.");
  });

  test("say what is wrong beside the source that was chosen", async () => {
    const page = await admin.post("/admin/gateway/new-list", {
      ...LIST,
      name: "Far",
      source: "url",
      url: "lists.example",
    });
    expect(page.status).toBe(422);
    expect(page.text).toContain("The address of a list begins with http:// or https://.");
    const empty = await admin.post("/admin/gateway/new-list", { ...LIST, name: "Far", source: "upload" });
    expect(empty.text).toContain("Choose a file that holds the hosts.");
  });
});

describe("upstream proxies", () => {
  const form = {
    name: "Company",
    kind: "http",
    address: "proxy.example",
    port: "3128",
    login: "branch",
    enabled: "on",
  };

  test("keep their password, show it nowhere, and send it to no other address", async () => {
    await admin.post("/admin/gateway/upstreams/new", { ...form, password: "let me out" });
    const [made] = house.gateway.upstreams.list();
    const at = `/admin/gateway/upstreams/${made?.id}`;
    expect((await admin.get(at)).text).not.toContain("let me out");
    const elsewhere = await admin.post(at, { ...form, address: "evil.example", password: "" });
    expect(elsewhere.status).toBe(422);
    expect(elsewhere.text).toContain("Give the password again: the one that is kept is not sent to another proxy.");
    expect((await admin.post(at, { ...form, hosts: ".example", password: "" })).status).toBe(303);
    expect(house.gateway.upstreams.for({ host: "www.example", port: 80, scheme: "http" })?.password).toBe("let me out");
    const audit = await admin.get("/admin/audit?subject=upstream");
    expect(audit.text).toContain("upstream proxy Company");
    expect(audit.text).not.toContain("let me out");
  });
});

describe("limits", () => {
  test("of one account and of everybody are set, and empty means as for everybody", async () => {
    const everybody = { dayMegabytes: "2000", monthMegabytes: "0", kilobytesPerSecond: "", connections: "500" };
    await admin.post("/admin/gateway/limits", everybody);
    await admin.post("/admin/gateway/limits/ann", { ...everybody, dayMegabytes: "100", connections: "" });
    const { id } = house.user("ann");
    expect(house.gateway.accounts.limitsOf(id)).toMatchObject({ dayMegabytes: 100, connections: 500 });
    await admin.post("/admin/gateway/limits/ann", {
      ...{ dayMegabytes: "", monthMegabytes: "", kilobytesPerSecond: "", connections: "" },
    });
    expect(house.gateway.accounts.limitsOf(id)).toMatchObject({ dayMegabytes: 2000 });
    const wrong = await admin.post("/admin/gateway/limits/ann", { ...everybody, dayMegabytes: "-5" });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain("This is a whole number, 0 or more; or nothing.");
  });
});

describe("traffic", () => {
  test("shows what is open, ends it, and keeps it in the log and the files of it", async () => {
    const visitor = { service: "proxy", user: house.user("ann"), remote: "192.168.1.20", session: "s" } as const;
    const trip = house.gateway.ledger.begin(
      visitor,
      { host: "www.example.org", port: 443, scheme: "tunnel" },
      undefined,
    );
    trip.onCut(() => trip.close());
    trip.add(1_000, 2_000_000);
    expect((await admin.get("/admin/gateway")).text).toContain("www.example.org");
    await admin.post("/admin/gateway/cut", { id: String(trip.id) });
    expect(house.gateway.ledger.size).toBe(0);
    await house.gateway.ledger.flush();
    const log = await admin.get("/admin/gateway/log?login=ann&host=.example.org");
    expect(log.text).toContain("www.example.org");
    expect(log.text).toContain("2.0 MB");
    const file = await admin.get("/admin/gateway/log.csv?login=ann");
    expect(file.headers.get("content-type")).toContain("text/csv");
    expect(file.text.split("\r\n")[1]).toContain(",ann,192.168.1.20,proxy,tunnel,www.example.org,443,1000,2000000,");
    const totals = await admin.get("/admin/gateway/totals.csv");
    expect(totals.text).toContain("user,ann,1,1,1000,2000000\r\n");
  });

  test("of others is nobody's but the administrator's", async () => {
    const ann = new Browser(house.web);
    await ann.login("ann");
    const own = await ann.get("/mail/options/traffic");
    expect(own.text).toContain("2.0 MB");
    expect((await ann.get("/admin/gateway")).status).toBe(403);
    expect((await ann.get("/admin/gateway/log.csv")).status).toBe(403);
  });
});

describe("files", () => {
  test("are shared with those who are named, and limited", async () => {
    const share = { name: "Photos", description: "", folder: "", everybody: "none", read: "", write: "ann" };
    await admin.post("/admin/gateway/new-share", { ...share, megabytes: "5", maxFiles: "" });
    const photos = house.files.shares.require("Photos");
    expect(photos).toMatchObject({ folder: "shared/Photos", limits: { octets: 5_000_000, files: null } });
    expect(house.files.sharedWith(house.user("ann")).map(({ right }) => right)).toEqual(["write"]);
    const { name: _, ...rest } = share;
    await admin.post("/admin/gateway/files/Photos", {
      ...rest,
      rename: "Pictures",
      write: "",
      megabytes: "",
      maxFiles: "",
    });
    expect(house.files.shares.require("Pictures").rights).toEqual({});
    const wrong = await admin.post("/admin/gateway/new-share", {
      ...share,
      folder: "../etc",
      megabytes: "",
      maxFiles: "",
    });
    expect(wrong.text).toContain("A path below the files folder, like shared/photos.");
    await admin.post("/admin/gateway/storage/ann", { megabytes: "100", maxFiles: "" });
    expect(house.files.usageOf(house.user("ann")).own.octets).toBe(100_000_000);
  });
});

describe("devices", () => {
  test("find the file that sets up the proxy without a login, without TLS, by the name they asked", async () => {
    for (const path of ["/proxy.pac", "/wpad.dat"]) {
      const answer = await house.web.fetch(new Request(`http://wpad${path}`), {
        address: "192.168.1.30",
        secure: false,
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/x-ns-proxy-autoconfig");
      expect(await answer.text()).toContain("PROXY wpad:3128");
      const outside = await house.web.fetch(new Request(`http://wpad${path}`), {
        address: "203.0.113.9",
        secure: false,
      });
      expect(outside.status).toBe(403);
    }
    expect((await admin.get("/admin/gateway/devices")).text).toContain("http://mail.home.example:3128/proxy.pac");
  });
});
