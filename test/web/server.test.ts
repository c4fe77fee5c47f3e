import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import type { Listener } from "../../src/net/listener.ts";
import { WebSites } from "../../src/web/server.ts";
import { serve } from "../net/peer.ts";
import { Browser, House } from "./house.ts";

const houses: House[] = [];
const sites: (() => Promise<void>)[] = [];
const ports: Listener[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.stop({ graceMs: 0 });
  for (const stop of sites.splice(0)) await stop();
  for (const house of houses.splice(0)) {
    expect(house.faults).toEqual([]);
    await house.close();
  }
});

const listen = async (tls: boolean) => {
  const house = await House.build();
  houses.push(house);
  const site = new WebSites(house.deps).open(tls);
  sites.push(() => site.stop());
  const door = (address: string) => house.auth.lockout.turnAwayStrangers(address);
  const port = serve(site.session, { door: (address) => (door(address) === "close" ? "close" : undefined) });
  ports.push(port);
  return { house, port };
};

/** The names in the certificate that a port shows to somebody who trusts only the house's authority. */
const namesAt = (port: number, servername: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername, ca }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? "");
      socket.end();
    });
    socket.on("error", reject);
  });

describe("a web port", () => {
  test("answers over HTTP and sees the client's own address", async () => {
    const { port } = await listen(false);
    const response = await fetch(`http://127.0.0.1:${port.port}/login`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Sign in");
  });

  test("answers over HTTPS with a certificate of the own authority, and with a new one without a restart", async () => {
    const { house, port } = await listen(true);
    const { pem } = house.certificates.root();
    expect(await namesAt(port.port, "mail.home.example", pem)).toContain("mail.home.example");
    await house.certificates.issue(["other.home.example", "127.0.0.1"]);
    expect(await namesAt(port.port, "other.home.example", pem)).toContain("other.home.example");
    const response = await fetch(`https://127.0.0.1:${port.port}/login`, { tls: { ca: pem } });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie().join()).toContain("__Host-gatepost-visitor=");
  });

  test.each(["/mail/events?live=1", "/admin/log/stream", "/admin/queue/events?live=1", "/admin/messages/events"])(
    "ends %s when it closes, instead of waiting for it",
    async (path) => {
      const { house, port } = await listen(false);
      const browser = new Browser(house.web, `http://127.0.0.1:${port.port}`);
      browser.address = "127.0.0.1";
      browser.secure = false;
      await browser.login("admin");
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const page = await fetch(`http://127.0.0.1:${port.port}${path}`, { headers: { cookie } });
      expect(page.headers.get("content-type")).toBe("text/event-stream");
      const reader = page.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      const stopped = sites.pop()?.();
      let last = await reader?.read();
      while (last?.done === false) last = await reader?.read();
      expect(last?.done).toBe(true);
      await stopped;
    },
  );

  test("passes files on as they are", async () => {
    const { house, port } = await listen(false);
    const page = await (await fetch(`http://127.0.0.1:${port.port}/login`)).text();
    const path = /src="(\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
    const request = new Request(`http://127.0.0.1${path}`);
    const direct = await house.web.fetch(request, { address: "127.0.0.2", secure: false });
    expect(direct.status).toBe(200);
    const passed = await fetch(`http://127.0.0.1:${port.port}${path}`);
    expect(await passed.text()).toBe(await direct.text());
  });

  test("tells a barred visitor why, then closes at accept, and lets those go on who are signed in", async () => {
    const { house, port } = await listen(false);
    await house.setLockout({ allow: [], tellPerMinute: 2 });
    const url = `http://127.0.0.1:${port.port}`;
    const browser = Object.assign(new Browser(house.web, url), { address: "127.0.0.2", secure: false });
    await browser.login("ann");
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    for (let count = 0; count < 10; count++) house.auth.lockout.strike("127.0.0.1", "login");
    const ask = (headers: Record<string, string> = {}) => fetch(`${url}/login`, { headers, keepalive: false });
    for (let told = 0; told < 2; told++) {
      const response = await ask();
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(500);
      expect(await response.text()).toContain("Your address is barred");
    }
    await expect(ask()).rejects.toThrow();
    expect(house.auth.lockout.list()[0]?.turnedAway).toBe(3);
    // Somebody who signed in from there makes the port ask the pages.
    house.auth.lockout.noteSuccess("ann", "127.0.0.1");
    expect((await ask({ cookie })).status).not.toBe(429);
    expect((await ask()).status).toBe(429);
  });

  test("is not to be had behind the back of its port", async () => {
    const opened: number[] = [];
    const serveHttp = Bun.serve;
    Bun.serve = ((options: Parameters<typeof serveHttp>[0]) => {
      const server = serveHttp(options);
      opened.push(server.port ?? 0);
      return server;
    }) as typeof Bun.serve;
    try {
      await listen(false);
    } finally {
      Bun.serve = serveHttp;
    }
    const response = await fetch(`http://127.0.0.1:${opened[0]}/login`);
    expect([response.status, await response.text()]).toEqual([421, ""]);
  });
});
