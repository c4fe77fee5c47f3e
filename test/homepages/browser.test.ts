/**
 * What a home page can do in a real browser to somebody who is signed in to the administration: nothing. Chromium visits the executable;
 * every name below example.test leads to it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { type Gatepost, PASSWORD } from "../harness.ts";
import { put, startSite } from "./site.ts";

const PATIENCE_MS = 60_000;

/** Tries everything, and writes down what came of it. `base` is where the administration is. */
const ATTACK = `<!doctype html><title>Attack</title><body><script type="text/javascript">
const base = new URLSearchParams(location.search).get("base");
const tried = {};
const attempt = async (name, work) => {
  try { tried[name] = String(await work()); } catch (error) { tried[name] = "refused: " + error.name; }
};
const framed = (path) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.onload = () => { try { resolve(frame.contentDocument ? "read: " + frame.contentDocument.title : "closed"); } catch { resolve("closed"); } };
  frame.src = base + path;
  document.body.append(frame);
});
const loaded = (path) => new Promise((resolve) => {
  const script = document.createElement("script");
  script.onload = () => resolve("ran");
  script.onerror = () => resolve("refused");
  script.src = base + path;
  document.body.append(script);
});
const opened = (path) => new Promise((resolve) => {
  const other = window.open(base + path);
  if (other === null) return resolve("not opened");
  // The empty document that it begins with may be read, until the page is there.
  const look = () => {
    try {
      const { location, document } = other;
      if (location.href === "about:blank" || document.readyState !== "complete") return setTimeout(look, 20);
      resolve("read: " + document.title);
    } catch { resolve("closed"); }
  };
  look();
});
(async () => {
  await attempt("origin", () => self.origin);
  await attempt("cookie", () => document.cookie);
  await attempt("store", () => { localStorage.setItem("a", "b"); return "kept"; });
  await attempt("fetch", () => fetch(base + "/admin", { credentials: "include" }).then((r) => r.text()));
  await attempt("fetchMail", () => fetch(base + "/mail", { credentials: "include" }).then((r) => r.text()));
  await attempt("fetchDav", () => fetch(base + "/dav/pages/anna/", { credentials: "include" }).then((r) => r.text()));
  await attempt("blind", () => fetch(base + "/logout", { method: "POST", mode: "no-cors", credentials: "include" }).then((r) => r.type));
  await attempt("delete", () => fetch(base + "/dav/pages/anna/index.html", { method: "DELETE", credentials: "include" }).then((r) => r.status));
  await attempt("frame", () => framed("/admin"));
  await attempt("frameMail", () => framed("/mail"));
  await attempt("script", () => loaded("/api/openapi.json"));
  await attempt("worker", () => navigator.serviceWorker.register("worker.js").then(() => "registered"));
  await attempt("wideWorker", () => navigator.serviceWorker.register("worker.js", { scope: "/" }).then(() => "registered"));
  await attempt("window", () => opened("/admin"));
  document.title = "done";
  document.body.dataset.tried = JSON.stringify(tried);
})();
</script>`;

let server: Gatepost;
let browser: Browser;
let context: BrowserContext;
let main: string;
beforeAll(async () => {
  server = await startSite("homepages.host=pages.example.test", "web.requireTls=false");
  await put(server, "/attack.html", ATTACK);
  await put(server, "/worker.js", "self.addEventListener('fetch', () => {})");
  await put(
    server,
    "/index.html",
    '<!doctype html><title>Anna</title><link rel="stylesheet" href="style.css"><h1>Anna</h1><script src="page.js"></script>',
  );
  await put(server, "/style.css", "h1 { color: rgb(1, 2, 3) }");
  await put(server, "/page.js", "document.title = 'Anna, running'; document.cookie = 'mine=1; path=/'; ");
  main = `http://mail.example.test:${server.port(80)}`;
  browser = await launchChromium("--host-resolver-rules=MAP *.example.test 127.0.0.1");
}, PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.remove();
}, PATIENCE_MS);

/** The administrator's browser, signed in. */
const signedIn = async (at = main): Promise<Page> => {
  context = await browser.newContext({ baseURL: at });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("Login name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/(admin|mail)/);
  return page;
};

/** What an attack from an address came to, for somebody who is signed in. */
const attacked = async (address: string, at = main): Promise<Record<string, string>> => {
  const page = await signedIn(at);
  await page.goto(`${address}?base=${at}`);
  await page.waitForFunction(() => document.title === "done");
  const tried = JSON.parse((await page.locator("body").getAttribute("data-tried")) ?? "{}") as Record<string, string>;
  expect((await context.cookies(at)).some(({ name, httpOnly }) => name === "gatepost" && httpOnly)).toBe(true);
  await page.goto("/admin");
  expect(await page.title()).toContain("Gatepost");
  expect(page.url()).toContain("/admin");
  await context.close();
  return tried;
};

const REFUSED = /^refused/;

describe("a page at /~anna/, before somebody who is signed in,", () => {
  test(
    "reads nothing, changes nothing, and becomes no worker",
    async () => {
      // Browsers trust this name as they trust HTTPS: there are service workers, and requests say whence they come.
      const local = `http://localhost:${server.port(80)}`;
      const tried = await attacked(`${local}/~anna/attack.html`, local);
      expect(tried.origin).toBe("null");
      for (const name of ["cookie", "store", "fetch", "fetchMail", "fetchDav", "delete", "worker", "wideWorker"])
        expect([name, tried[name]]).toEqual([name, expect.stringMatching(REFUSED)]);
      for (const name of ["frame", "frameMail", "window"]) expect([name, tried[name]]).toEqual([name, "closed"]);
      expect(tried.script).toBe("refused");
    },
    PATIENCE_MS,
  );

  test(
    "works as a page does: styles, scripts and forms",
    async () => {
      context = await browser.newContext({ baseURL: main });
      const page = await context.newPage();
      await page.goto("/~anna/");
      // Its cookie is refused by an exception, after the title was set.
      expect(await page.title()).toBe("Anna, running");
      expect(await page.locator("h1").evaluate((h1) => getComputedStyle(h1).color)).toBe("rgb(1, 2, 3)");
      expect(await context.cookies()).toEqual([]);
      await context.close();
    },
    PATIENCE_MS,
  );
});

describe("a page on a host name of its own, before somebody who is signed in,", () => {
  test(
    "reads nothing of the administration, though it is a whole origin",
    async () => {
      const own = `http://anna.pages.example.test:${server.port(80)}`;
      const tried = await attacked(`${own}/attack.html`);
      expect(tried.origin).toBe(own);
      expect(tried.cookie).not.toContain("gatepost");
      for (const name of ["fetch", "fetchMail", "fetchDav", "delete"])
        expect([name, tried[name]]).toEqual([name, expect.stringMatching(REFUSED)]);
      for (const name of ["frame", "frameMail", "window"]) expect([name, tried[name]]).toEqual([name, "closed"]);
      expect(tried.script).toBe("refused");
    },
    PATIENCE_MS,
  );

  test(
    "has cookies of its own, and is sent none of the administration's",
    async () => {
      const page = await signedIn();
      const asked = page.waitForRequest(/anna\.pages\.example\.test.*page\.js/);
      await page.goto(`http://anna.pages.example.test:${server.port(80)}/`);
      expect((await (await asked).allHeaders()).cookie ?? "").toBe("");
      expect(await page.evaluate(() => document.cookie)).toBe("mine=1");
      await context.close();
    },
    PATIENCE_MS,
  );
});
