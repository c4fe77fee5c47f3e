/** Folders and searches in a real browser: the menu in the rail, what comes up while one types, keys alone, and all of it on a phone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { House, PASSWORD } from "./house.ts";

const PATIENCE_MS = 60_000;

let house: House;
let server: Server<undefined>;
let browser: Browser;
let base: string;
let inbox: number;
const complaints: string[] = [];

beforeAll(async () => {
  house = await House.build();
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  base = `http://127.0.0.1:${server.port}`;
  inbox = house.folderId("ann");
  const put = (subject: string, text: string) =>
    house.put(inbox, `From: Carol <carol@else.example>\nTo: ann@home.example\nSubject: ${subject}\n\n${text}\n`);
  await put("Apples", "We pick the ripe fruit of the old orchard on Monday.");
  await put("Pears", "The orchard bears no pears.");
  await house.mailstore.index.catchUp();
  browser = await launchChromium();
}, PATIENCE_MS);

afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  await house?.close();
  expect(complaints).toEqual([]);
});

async function enter(width: number, options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.on("pageerror", ({ message }) => {
    if (!message.startsWith("Transition was")) complaints.push(message);
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${base}/login`);
  await page.fill("input[name=login]", "ann");
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL(`${base}/mail/f/*`), page.click("button[type=submit]")]);
  return page;
}

describe("folders in the rail", () => {
  test(
    "have a menu, by the mouse and by keys",
    async () => {
      const page = await enter(1280);
      const link = page.locator(`[data-folder="${inbox}"]`);
      await link.click({ button: "right" });
      const menu = page.locator("#folder-menu");
      await menu.getByText("Mark all as read").click();
      await page.getByText("2 messages marked as read.").waitFor();
      await menu.waitFor({ state: "hidden" });
      expect(new URL(page.url()).pathname).toBe(`/mail/f/${inbox}`);
      const drafts = page.locator(".mail-folder > a", { hasText: "Drafts" });
      await drafts.click();
      await page.locator(".mail-folder > a[aria-current]", { hasText: "Drafts" }).waitFor();
      expect(page.url()).toEndWith((await drafts.getAttribute("href")) ?? "?");
      await page.goBack();
      await page.locator(".mail-folder > a[aria-current]", { hasText: "Inbox" }).waitFor();
      await link.focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await menu.getByText("Rename, move").or(menu.getByText("More")).waitFor();
      await page.keyboard.press("End");
      await menu.getByRole("button", { name: "Green" }).focus();
      await page.keyboard.press("Enter");
      await page.locator(`[data-folder="${inbox}"][data-colour="green"]`).waitFor();
      expect(house.mailstore.folderById(inbox)?.unseen).toBe(0);
      await page.context().close();
    },
    PATIENCE_MS,
  );

  test(
    "have it on a phone too, and are made there",
    async () => {
      const page = await enter(390);
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByLabel("What to do with Inbox").click();
      await page.locator("#folder-menu").getByText("New folder inside").click();
      await page.fill(".folder-add-form [name=name]", "Made");
      await page.getByRole("button", { name: "Make the folder" }).click();
      await page.getByRole("heading", { name: "Made" }).waitFor();
      expect(house.mailstore.folder(house.user("ann").primaryMailbox, "INBOX/Made")?.subscribed).toBe(true);
      expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
      await page.context().close();
    },
    PATIENCE_MS,
  );
});

describe("the search box", () => {
  test(
    "shows messages while one types, leads to them by keys, and to all of them",
    async () => {
      const page = await enter(1280);
      await page.keyboard.press("/");
      await page.keyboard.type("orch");
      const panel = page.locator("#search-panel");
      await panel
        .locator("mark", { hasText: /^orch$/ })
        .nth(1)
        .waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.locator("#reader article").waitFor();
      expect(new URL(page.url()).pathname).toMatch(/\/mail\/f\/\d+\/m\/2/);
      await page.fill("#q", "");
      await page.click("#q");
      await page.keyboard.type("fr");
      await panel.getByText("from:").waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#q")?.value === "from:");
      await page.keyboard.type("carol orchard");
      await panel
        .locator("mark", { hasText: /^orchard$/ })
        .first()
        .waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("q") === "from:carol orchard");
      await page.locator(".found-snippet mark").nth(1).waitFor();
      await page.locator(".search-chip", { hasText: "from:carol" }).click();
      await page.waitForURL((url) => url.searchParams.get("q") === "orchard");
      await house.put(inbox, "From: x@y.example\nSubject: Another orchard\n\n");
      await page.getByText("Keep this search").click();
      await page.fill("#search-name", "The orchard");
      await page.keyboard.press("Enter");
      const kept = page.locator(".mail-searches a", { hasText: "The orchard" });
      await kept.waitFor();
      await kept.locator(".count", { hasText: /^1$/ }).waitFor();
      await page.context().close();
    },
    PATIENCE_MS,
  );

  test(
    "counts what is unread in a search that is kept, also after a message was opened here",
    async () => {
      const page = await enter(1280);
      await page.clock.install();
      await page.goto(`${base}/mail/f/${inbox}`);
      const count = page.locator(".mail-searches a", { hasText: "The orchard" }).locator(".count");
      await count.filter({ hasText: /^1$/ }).waitFor();
      await page.locator(".mail-link", { hasText: "Another orchard" }).click();
      await page.locator("#reader article", { hasText: "Another orchard" }).waitFor();
      // It is not asked for more often than every ten seconds.
      await page.clock.fastForward(11_000);
      await count.waitFor({ state: "hidden" });
      await page.context().close();
    },
    PATIENCE_MS,
  );

  test(
    "keeps what is being typed while new mail arrives",
    async () => {
      const page = await enter(1280);
      await page.click("#q");
      await page.keyboard.type("orchar");
      await page.locator(".search-hit").first().waitFor();
      await house.put(inbox, "From: x@y.example\nSubject: Just now\n\n");
      await page.locator(".mail-row", { hasText: "Just now" }).waitFor();
      expect(await page.inputValue("#q")).toBe("orchar");
      await page.keyboard.type("d");
      expect(await page.inputValue("#q")).toBe("orchard");
      await page.locator(".search-hit").first().waitFor();
      await page.context().close();
    },
    PATIENCE_MS,
  );

  test(
    "is a plain form without scripts",
    async () => {
      const page = await enter(390, { javaScriptEnabled: false });
      await page.fill("#q", "ripe");
      await page.keyboard.press("Enter");
      await page.getByText("We pick the").waitFor();
      await page.getByLabel("More ways to search").click();
      await page.getByLabel("Subject").fill("Pears");
      await page.getByLabel("Words").first().fill("");
      await page.getByRole("button", { name: "Search" }).click();
      await page.waitForURL(`${base}/mail/search?q=subject%3APears`);
      await page.getByText("1 found").waitFor();
      await page.context().close();
    },
    PATIENCE_MS,
  );
});
