import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CONSOLE } from "../../src/administration/actor.ts";
import { removeCertificate } from "../../src/administration/server/certificates.ts";
import { issue, makeRoot } from "../../src/net/authority.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { webSettings } from "../../src/web/settings.ts";
import { Browser, House } from "./house.ts";

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
    const act = (fields: Record<string, string>) =>
      browser.post("/admin/queue/do", { id: String(id), back: at, ...fields });
    expect((await act({ action: "hold" })).location).toBe(at);
    expect((await browser.get("/admin/queue?state=held")).text).toContain("1 message");
    expect((await browser.get(at)).text).toContain("Release");
    expect((await act({ action: "release" })).location).toBe(at);
    expect((await act({ action: "retry" })).location).toBe(at);
    expect((await act({ action: "retry", id: "all", back: "/admin/queue" })).location).toBe("/admin/queue");
    expect((await browser.get(`${at}/message`)).text).toContain("From: ann@home.example");
    // Asked first, and told what is wrong.
    expect((await act({ action: "reroute" })).text).toContain("usual way");
    expect((await act({ action: "reroute", server: "no server", sure: "yes" })).text).toContain("is written like");
    expect((await act({ action: "hold", id: "all", destination: "slow.example" })).location).toBe(at);
    expect((await act({ action: "reroute", server: "relay.example:587", sure: "yes" })).location).toBe(at);
    expect((await browser.get("/admin/queue?to=via:relay.example:587")).text).toContain("relay.example, port 587");
    expect((await browser.get(`/admin/queue/ask?action=delete&id=${id}`)).text).toContain("its sender is not told");
    expect((await act({ action: "delete", sure: "yes" })).location).toBe("/admin/queue");
    expect((await browser.get(at)).status).toBe(404);
    expect((await act({ action: "delete", sure: "yes" })).status).toBe(404);
    const back = await send();
    expect((await act({ action: "bounce", id: String(back), reason: "Moved.", sure: "yes" })).location).toBe(
      "/admin/queue",
    );
    expect((await browser.post("/admin/queue/do", { action: "retry" })).location).toBe("/admin/queue");
    expect((await browser.get("/admin/queue")).text).toContain("Nothing is waiting");
  });
});

describe("messages", () => {
  test("are found by what is known of them, and tell their way", async () => {
    const { trace } = await house.transport.accept(
      {
        reversePath: "x@shop.example",
        recipients: [{ address: "ann@home.example" }],
        origin: {
          kind: "smtp",
          protocol: "ESMTP",
          remote: "192.0.2.7",
          helo: "mx.shop.example",
          session: "s",
          trace: "01k3f8e0ab2cmsg1",
        },
      },
      new TextEncoder().encode("Subject: <i>Invoice</i>\r\nMessage-ID: <17@shop.example>\r\n\r\nText\r\n"),
    );
    for (const query of ["", "?q=17@shop", "?from=x@shop&result=delivered", "?subject=invoice&since=2026-01-01"]) {
      expect([query, (await browser.get(`/admin/messages${query}`)).text]).toEqual([
        query,
        expect.stringContaining("&lt;i&gt;Invoice&lt;/i&gt;"),
      ]);
    }
    expect((await browser.get("/admin/messages?result=refused")).text).toContain("Nothing matches");
    const way = (await browser.get(`/admin/messages/${trace}`)).text;
    expect(way).toContain("From the client [192.0.2.7], which calls itself mx.shop.example");
    expect(way).toContain("It is in ann@home.example, folder INBOX.");
    expect((await browser.get("/admin/messages/no-such-trace")).status).toBe(404);
    const { response } = await browser.get("/admin/messages/events?live=1");
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    await response.body?.cancel();
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
    for (const names of [["old.example", "both.example"], ["both.example"]]) {
      const { chain, key } = issue(makeRoot("elsewhere", Date.now()), names, Date.now());
      await browser.post("/admin/certificates/upload", { chain, key });
    }
    const [, old] = house.certificates.list();
    const { administration } = house.deps;
    await expect(administration.perform(removeCertificate, CONSOLE, { id: old?.id ?? "" })).rejects.toThrow(
      "This certificate is in use: clients that ask for old.example get it.",
    );
    const remove = `/admin/certificates/${old?.id}/remove`;
    expect((await browser.get(remove)).text).toContain("clients that ask for old.example get it");
    expect((await browser.post(remove, {})).location).toBe("/admin/certificates");
    expect(house.certificates.list().map(({ servedFor }) => servedFor[0])).toEqual([
      "both.example",
      "mail.home.example",
    ]);
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
