/** The gateway's pages: what is changed there, what is said of what is wrong, and what devices are told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gatewaySettings } from "../../src/gateway/settings.ts";
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
    await admin.post(at, {
      name: "Games",
      action: "bar",
      hosts: ".games.example",
      urls: "*.exe\n*/play/*",
      enabled: "on",
    });
    expect(house.gateway.rules.require(games?.id ?? 0).urls).toEqual(["*.exe", "*/play/*"]);
    expect((await admin.get(at)).text).toContain(">*.exe\n*/play/*</textarea>");
    expect((await admin.get("/admin/gateway/rules")).text).toContain(
      "Nobody may reach addresses like *.exe or */play/* of games.example and below.",
    );
    await house.store.commit((tx) =>
      house.gateway.rules.updateWithin(tx, games?.id ?? 0, { from: "8:00", to: "24:00" }),
    );
    expect((await admin.get(at)).text).toContain('value="08:00"');
    await admin.post(at, { name: "Games", action: "warn", hosts: ".games.example", users: "ann", enabled: "on" });
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

  test("that say neither who, where nor when are asked about before they bar everybody", async () => {
    const all = { name: "Oops", action: "bar", enabled: "on" };
    const asked = await admin.post("/admin/gateway/rules/new", all);
    expect(asked.status).toBe(422);
    expect(asked.text).toContain("This rule bars everybody from everything");
    expect(house.gateway.rules.list().some(({ name }) => name === "Oops")).toBe(false);
    expect((await admin.post("/admin/gateway/rules/new", { ...all, everything: "on" })).status).toBe(303);
    expect((await admin.get("/admin/gateway/rules")).text).toContain("Bars everybody from everything");
    const made = house.gateway.rules.list().find(({ name }) => name === "Oops");
    const at = `/admin/gateway/rules/${made?.id}`;
    // What is so already is changed without being asked again; what becomes so is not.
    expect((await admin.post(at, { ...all, text: "Ask me." })).status).toBe(303);
    expect((await admin.post(at, { ...all, "day.monday": "on" })).status).toBe(303);
    expect((await admin.post(at, { ...all, "group.everybody": "on", hosts: "*" })).status).toBe(422);
    await admin.post(`${at}/remove`, {});
  });

  test("and upstream proxies have names of their own", async () => {
    const rule = { action: "allow", enabled: "on" };
    await admin.post("/admin/gateway/rules/new", { ...rule, name: "One" });
    await admin.post("/admin/gateway/rules/new", { ...rule, name: "Two" });
    const again = await admin.post("/admin/gateway/rules/new", { ...rule, name: "ONE" });
    expect(again.status).toBe(422);
    expect(again.text).toContain("There is already a rule “One”; take another name.");
    const two = house.gateway.rules.list().find(({ name }) => name === "Two");
    const renamed = await admin.post(`/admin/gateway/rules/${two?.id}`, { ...rule, name: "one" });
    expect(renamed.text).toContain("There is already a rule “One”");
    const way = { kind: "direct", address: "", port: "3128" };
    await admin.post("/admin/gateway/upstreams/new", { ...way, name: "Way" });
    const taken = await admin.post("/admin/gateway/upstreams/new", { ...way, name: "way" });
    expect(taken.text).toContain("There is already an upstream proxy “Way”; take another name.");
    for (const { id, name } of house.gateway.rules.list())
      if (name === "One" || name === "Two") await admin.post(`/admin/gateway/rules/${id}/remove`, {});
    for (const { id } of house.gateway.upstreams.list()) await admin.post(`/admin/gateway/upstreams/${id}/remove`, {});
  });

  test("take people with commas, blanks and lines between, and those that are ticked", async () => {
    const form = { name: "People", action: "bar", enabled: "on", hosts: "a.example" };
    await admin.post("/admin/gateway/rules/new", { ...form, users: "ann, admin\nann" });
    const made = house.gateway.rules.list().find(({ name }) => name === "People");
    expect(made?.users).toEqual(["ann", "admin"]);
    const page = await admin.get(`/admin/gateway/rules/${made?.id}`);
    expect(page.text).toMatch(/<input[^>]*name="users"[^>]*value="ann"[^>]*checked/);
    await admin.post("/admin/gateway/groups", { name: "Both", description: "", members: "ann, admin" });
    expect(house.gateway.groups.require("Both").members).toEqual(["admin", "ann"]);
    await admin.post(`/admin/gateway/rules/${made?.id}/remove`, {});
    await admin.post("/admin/gateway/groups/Both/remove", {});
  });

  test("are tried without anything being reached", async () => {
    await house.directory.users.update("ann", { permissions: ["smtp.relay", "http.proxy"] });
    const asking = "user=ann&host=www.games.example&port=443&address=192.168.1.9";
    const warned = await admin.get(`/admin/gateway/rules?${asking}`);
    expect(warned.text).toContain("Is warned first");
    await house.store.commit((tx) => house.gateway.rules.updateWithin(tx, 1, { urls: ["*/play/*"] }));
    const path = async (path: string, port = "") =>
      (await admin.get(`/admin/gateway/rules?user=ann&host=www.games.example&path=${path}&port=${port}`)).text;
    expect(await path("/x/..//PLAY/1")).toContain("Is warned first");
    expect(await path("/shop", "8080")).toContain("Goes through");
    expect(await path("", "80")).toContain("Goes through");
    expect(await path("play")).toContain("A path begins with a slash");
    await house.store.commit((tx) => house.gateway.rules.updateWithin(tx, 1, { urls: [] }));
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

  test("have names that are written in addresses and rules as they are, or are refused", async () => {
    const names = [
      "a b",
      "ads: more",
      "list:x",
      "a/b",
      "100%",
      "what?#",
      "a&b=c",
      "“ä” 🦆",
      "new",
      "refresh",
      "-x",
      "'\"<b>",
    ];
    for (const name of names) {
      const made = await admin.post("/admin/gateway/new-list", { ...LIST, name, source: "text", hosts: "ads.example" });
      expect([name, made.status]).toEqual([name, 303]);
      const page = await admin.get(new URL(made.location ?? "", "http://house").pathname);
      expect([name, page.status]).toEqual([name, 200]);
      const rule = { name: `Rule ${name}`, action: "bar", enabled: "on" };
      expect((await admin.post("/admin/gateway/rules/new", { ...rule, hosts: `list:${name}` })).status).toBe(303);
      const { id } = house.gateway.rules.list().at(-1) ?? { id: 0 };
      expect((await admin.post(`/admin/gateway/rules/${id}`, { ...rule, [`list.${name}`]: "on" })).status).toBe(303);
      expect(house.gateway.rules.require(id).hosts).toEqual([`list:${name}`]);
      await admin.post(`/admin/gateway/rules/${id}/remove`, {});
      const gone = await admin.post(`/admin/gateway/lists/${encodeURIComponent(name)}/remove`, {});
      expect([name, gone.status]).toEqual([name, 303]);
    }
    for (const name of ["..", ".", "a,b"]) {
      const refused = await admin.post("/admin/gateway/new-list", { ...LIST, name, source: "text" });
      expect([name, refused.status]).toEqual([name, 422]);
      expect(refused.text).toMatch(/The name of a list (has a letter or digit|is one line without commas)/);
    }
  });

  test("are shown while they are read, and then with their count or what was wrong", async () => {
    let answer: (response: Response) => void = () => {};
    const source = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1" },
      fetch: () => new Promise<Response>((resolve) => (answer = resolve)),
    });
    await house.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8"] });
    const url = `http://127.0.0.1:${source.port}/ads.txt`;
    const made = await admin.post("/admin/gateway/new-list", { ...LIST, name: "Slow", source: "url", url });
    const at = new URL(made.location ?? "", "http://house").pathname;
    expect(at).toBe("/admin/gateway/lists/Slow");
    const during = (await admin.get(at)).text;
    expect(during).toContain("It is being read");
    expect(during).toContain('hx-trigger="every 1s"');
    expect((await admin.get("/admin/gateway/lists")).text).toContain("being read");
    while (source.pendingRequests === 0) await Bun.sleep(5);
    answer(new Response("ads.example\nbad.example\n"));
    await house.gateway.lists.settled();
    const after = (await admin.get(at)).text;
    expect(after).toContain("2 hosts");
    expect(after).not.toContain("every 1s");
    await admin.post(`${at}/refresh`, {});
    while (source.pendingRequests === 0) await Bun.sleep(5);
    answer(new Response("no", { status: 404 }));
    await house.gateway.lists.settled();
    expect((await admin.get(at)).text).toContain("The 2 hosts that were read before still count.");
    await source.stop(true);
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
    const why = "This account may not use the web proxy.";
    house.gateway.turnedAway({ service: "proxy", remote: "192.168.1.21", login: "ann", reason: "permission", why });
    house.gateway.turnedAway({ service: "socks", remote: "192.168.1.22", login: "<b>nan", why: "Wrong." });
    await house.gateway.flush();
    const log = await admin.get("/admin/gateway/log?login=ann&host=.example.org");
    expect(log.text).toContain("www.example.org");
    expect(log.text).toContain("ended by hand");
    const away = await admin.get("/admin/gateway/log?login=ann&verdict=permission");
    expect(away.text).toContain("192.168.1.21");
    expect(away.text).toContain(why);
    const nobody = await admin.get("/admin/gateway/log?verdict=login");
    expect(nobody.text).toContain("“&lt;b&gt;nan”");
    expect((await admin.get(`/admin/gateway/log?login=${encodeURIComponent("<b>nan")}`)).text).toContain(
      "192.168.1.22",
    );
    expect(log.text).toContain("2.0 MB");
    const file = await admin.get("/admin/gateway/log.csv?login=ann");
    expect(file.headers.get("content-type")).toContain("text/csv");
    expect(file.text).toContain(",ann,192.168.1.20,proxy,tunnel,www.example.org,443,1000,2000000,");
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

describe("home pages", () => {
  test("whoever may have scripts in them finds from the options how they are written", async () => {
    const ann = new Browser(house.web);
    await ann.login("ann");
    expect((await ann.get("/mail/options/files")).text).not.toContain("/mail/options/home-page/guide");
    await house.directory.users.update("ann", { permissions: [...house.user("ann").permissions, "http.scripts"] });
    for (const page of ["/mail/options/files", "/mail/options/home-page"])
      expect((await ann.get(page)).text).toContain('href="/mail/options/home-page/guide"');
    const guide = await ann.get("/mail/options/home-page/guide");
    expect(guide.status).toBe(200);
    expect(guide.text).toContain("&lt;%= expression %&gt;");
    expect(guide.text).not.toContain(".md");
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

test("people are named instead of ticked where they are many", async () => {
  for (let at = 0; at < 41; at++) await house.directory.users.create({ login: `many${at}` });
  const page = await admin.get("/admin/gateway/groups");
  expect(page.text).not.toContain('value="many7"');
  expect(page.text).toContain("Login names, with commas, blanks or new lines between.");
  const wrong = await admin.post("/admin/gateway/groups", {
    name: "M",
    description: "",
    members: "many1; many2, nobody-7",
  });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain("There is no user “nobody-7”.");
  expect(wrong.text).toContain("many1; many2, nobody-7</textarea>");
});
