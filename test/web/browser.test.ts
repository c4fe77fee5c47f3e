import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { pageOf, signIn } from "./browsing.ts";
import { House, LINK_TOKEN, PASSWORD } from "./house.ts";

/** A first start in a real browser takes a while on a small machine. */
const PATIENCE_MS = 60_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, PATIENCE_MS);
afterAll(async () => await browser.close());

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A house behind a real port, and a page of a browser on it. What the browser complains about is kept. */
const visit = async (house: House, options: Parameters<Browser["newContext"]>[0] = {}) => {
  const { page, close } = await pageOf(browser, house, options);
  open.push(close);
  return page;
};

/** Goes through the four questions as a person does. */
const firstStart = async (page: Page) => {
  await page.goto(`/setup?token=${LINK_TOKEN}`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Domain", { exact: true }).fill("berg.example");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Through my provider").check();
  await page.getByLabel("Outgoing server").fill("smtp.provider.example");
  await page.goBack();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Straight to the recipient").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Finish" }).click();
  await page.getByRole("heading", { name: "Your server is ready" }).waitFor();
};

describe("in a browser", () => {
  for (const javaScriptEnabled of [true, false]) {
    test(
      `the wizard sets the server up ${javaScriptEnabled ? "with" : "without"} scripts`,
      async () => {
        const house = await House.raw();
        const page = await visit(house, { javaScriptEnabled });
        await firstStart(page);
        expect(house.applied?.outgoing).toEqual({ way: "direct" });
        await page.getByRole("button", { name: "Send it" }).click();
        await page.getByText("It has arrived.").waitFor();
        await page.getByRole("link", { name: "Create the first user" }).click();
        await page.getByLabel("Full name").fill("Anna Berg");
        await page.getByLabel("Login name").fill("anna");
        await page.getByLabel("Password", { exact: true }).fill("seven green bottles standing");
        await page.getByRole("button", { name: "Create user" }).click();
        await page.getByRole("heading", { name: "Anna Berg was created" }).waitFor();
        expect(house.directory.resolve("anna@berg.example").kind).toBe("local");
      },
      PATIENCE_MS,
    );
  }

  test(
    "the strength of a password shows while it is typed, and the button shows the password",
    async () => {
      const page = await visit(await House.raw());
      await page.goto(`/setup?token=${LINK_TOKEN}`);
      const field = page.getByLabel("Password", { exact: true });
      await field.pressSequentially("aaaa");
      await page.locator(".meter[data-score='0']").waitFor();
      await field.fill(PASSWORD);
      await page.locator(".meter[data-score='4']").waitFor();
      expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
      await page.getByRole("button", { name: "Show the password" }).click();
      expect(await field.getAttribute("type")).toBe("text");
    },
    PATIENCE_MS,
  );

  test(
    "the live log shows what happens by itself, and markup in it stays text",
    async () => {
      const house = await House.build();
      const page = await visit(house);
      await signIn(page);
      const stream = page.waitForResponse((response) => response.url().endsWith("/admin/log/stream"));
      await page.goto("/admin/log");
      await stream;
      house.store.events.log({ room: "smtp", name: "message.accepted", text: "Subject <img src=x onerror=alert(1)>" });
      await page.getByText("Subject <img src=x onerror=alert(1)>").waitFor();
      expect(await page.locator("#log img").count()).toBe(0);
    },
    PATIENCE_MS,
  );

  test(
    "on a phone the menu opens without scripts, and no page is wider than the screen",
    async () => {
      const page = await visit(await House.build(), {
        javaScriptEnabled: false,
        viewport: { width: 390, height: 844 },
      });
      await signIn(page);
      for (const place of [
        "",
        "/users",
        "/users/new",
        "/users/guest",
        ...["", "/news", "/permissions", "/mail", "/expiry", "/directory", "/security"].map(
          (tab) => `/users/ann${tab}`,
        ),
        "/mailboxes",
        "/aliases",
        "/domains",
        "/queue",
        "/log",
        "/audit",
        "/bars",
        "/services",
        "/certificates",
        "/settings/transport",
        "/about",
      ]) {
        await page.goto(`/admin${place}`);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([place, width <= 390]).toEqual([place, true]);
      }
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("link", { name: "Queue" }).click();
      await page.getByRole("heading", { name: "Queue" }).waitFor();
    },
    PATIENCE_MS,
  );
});
