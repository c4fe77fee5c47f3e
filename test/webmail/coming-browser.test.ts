/** What a browser does with mail that comes and goes: telling of it, keeping it for reading without a connection, calling it back. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { launchWholeChromium } from "../chromium.ts";
import { until } from "../harness.ts";
import { House, PASSWORD } from "./house.ts";

let house: House;
let server: Server<undefined>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let devtools: CDPSession;
let base: string;
let inbox: number;
let plain: number;
let rich: number;

const serve = (port: number) =>
  Bun.serve({
    ...{ hostname: "127.0.0.1", port, idleTimeout: 60 },
    fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
const from = (name: string, subject: string, more = "\n\nHello there") =>
  `From: ${name} <${name.toLowerCase()}@else.example>\nTo: ann@home.example\nSubject: ${subject}${more}\n`;

beforeAll(async () => {
  house = await House.build();
  house.transport.later.start();
  inbox = house.folderId("ann");
  plain = await house.put(inbox, from("Carol", "Plans"));
  rich = await house.put(inbox, from("Carol", "Rich", "\nContent-Type: text/html\n\n<p>Formatted <b>words</b></p>"));
  server = serve(0);
  base = `http://localhost:${server.port}`;
  browser = await launchWholeChromium();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(["notifications"], { origin: base });
  // As an installed page has it.
  await context.addInitScript(() => Object.defineProperty(navigator, "standalone", { value: true }));
  page = await context.newPage();
  devtools = await context.newCDPSession(page);
  await page.goto(`${base}/login`);
  await page.fill("input[name=login]", "ann");
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL(`${base}/mail/f/*`), page.click("button[type=submit]")]);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  expect(house.faults).toEqual([]);
  await house?.close();
});

const told = () =>
  page.evaluate(async () =>
    (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body }) => [title, body]),
  );
const keeps = async (path: string) =>
  await until(
    async () =>
      (await page.evaluate(
        async (url) => (await (await caches.open("gatepost-seen-1")).keys()).some((one) => one.url === url),
        base + path,
      )) || undefined,
    `${path} being kept`,
  );

test("the title, the tab and the list say at once what comes, and a notification where nobody looks", async () => {
  expect(await page.title()).toBe("(2) Inbox · Gatepost");
  expect(await page.locator("link[rel=icon]").getAttribute("href")).toContain("mark-unread");
  await page.evaluate(() => {
    localStorage.setItem("gatepost-tell", "yes");
    document.hasFocus = () => false;
  });
  await house.put(inbox, from("Dave", "Fresh"));
  await page.locator(".mail-row", { hasText: "Fresh" }).waitFor();
  await page.waitForFunction(() => document.title.startsWith("(3) "));
  await until(async () => ((await told()).length > 0 ? true : undefined), "a notification");
  expect(await told()).toEqual([["Dave", "Fresh"]]);
}, 30_000);

test("what another client marks, moves and deletes is seen at once", async () => {
  const view = await house.mailstore.open(inbox);
  const uid = view.uids.at(-1) ?? 0;
  view.close();
  await house.mailstore.setFlags(inbox, [uid], { mode: "add", flags: { system: 1 } });
  await page.waitForFunction(() => document.title.startsWith("(2) "));
  await house.mailstore.copy(inbox, [uid], house.folderId("ann", "Archive"), { move: true });
  await page.locator(".mail-row", { hasText: "Fresh" }).waitFor({ state: "detached" });
  const extra = await house.put(inbox, from("Eve", "Short-lived"));
  await page.locator(".mail-row", { hasText: "Short-lived" }).waitFor();
  await house.mailstore.expunge(inbox, [extra]);
  await page.locator(".mail-row", { hasText: "Short-lived" }).waitFor({ state: "detached" });
}, 30_000);

test("what the push service brings is shown while no page is open", async () => {
  await page.goto("about:blank");
  const registered = new Promise<string>((resolve) =>
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL.endsWith("/mail/"));
      if (ours !== undefined) resolve(ours.registrationId);
    }),
  );
  await devtools.send("ServiceWorker.enable");
  const data = JSON.stringify({ title: "Frank", body: "Pushed", href: "/mail", tag: "x", unread: 4 });
  await devtools.send("ServiceWorker.deliverPushMessage", { origin: base, registrationId: await registered, data });
  await page.goto(`${base}/mail/f/${inbox}`);
  await until(async () => ((await told()).some(([title]) => title === "Frank") ? true : undefined), "the notification");
}, 30_000);

test("a sent message is called back by one click, and its draft goes on", async () => {
  await house.setUndo(house.user("ann"), 60);
  await page.goto(`${base}/mail/compose`);
  await page.waitForSelector("#rich[contenteditable]");
  await page.fill("[name=to]", "bob@home.example");
  await page.fill("[name=subject]", "Too early");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".toast", { hasText: "on its way" }).getByRole("button", { name: "Undo" }).click();
  await page.waitForURL(/\/mail\/compose/);
  expect(await page.inputValue("[name=subject]")).toBe("Too early");
  expect(await house.messages(house.folderId("bob"))).toEqual([]);
}, 30_000);

test("a signature is written with formatting, and stands so in the next message", async () => {
  await page.goto(`${base}/mail/options/identities/edit?address=ann@home.example`);
  await page.click("#rich[contenteditable]");
  await page.keyboard.press("Control+b");
  await page.keyboard.type("Ann of Gatepost");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".toast", { hasText: "saved" }).waitFor();
  const identity = house.directory.identities.get(house.user("ann").id, "ann@home.example");
  expect(identity?.signatureHtml).toContain("<b>Ann of Gatepost</b>");
  await page.goto(`${base}/mail/compose`);
  await page.locator("#rich [data-signature] b", { hasText: "Ann of Gatepost" }).waitFor();
}, 30_000);

test("an installed page shows without a connection what was read, and nothing after signing out", async () => {
  for (const uid of [plain, rich]) {
    await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
    await keeps(`/mail/f/${inbox}/m/${uid}`);
  }
  await keeps(`/mail/f/${inbox}/m/${rich}/body`);
  const port = server.port ?? 0;
  await server.stop(true);
  await page.goto(`${base}/mail/f/${inbox}/m/${plain}`);
  expect(await page.locator("#main").textContent()).toContain("Hello there");
  await page.locator("#offline").waitFor();
  await page.goto(`${base}/mail/f/${inbox}/m/${rich}`);
  await page.frameLocator(".mail-frame").getByText("Formatted words").waitFor();
  await page.goto(`${base}/mail/f/${inbox + 1}`);
  expect(await page.locator("h1").textContent()).toBe("No connection");
  server = serve(port);
  await page.goto(`${base}/mail/f/${inbox}`);
  await page.locator("form[action='/logout'] button").click();
  await page.waitForURL(/\/login/);
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
}, 30_000);
