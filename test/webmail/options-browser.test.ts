/** Options in a browser: pages and forms change in place. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import { type Browser, chromium } from "playwright-core";
import { House, PASSWORD } from "./house.ts";

const PATIENCE_MS = 180_000;

let house: House;
let server: Server<undefined>;
let browser: Browser;
let base: string;

beforeAll(async () => {
  house = await House.build();
  await house.directory.users.update("ann", { permissions: ["web.forwarding"] });
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  base = `http://localhost:${server.port}`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
}, PATIENCE_MS);

afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  expect(house?.faults).toEqual([]);
  await house?.close();
});

test(
  "the pages change in place by their links, and forms without a whole page",
  async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${base}/login`);
    await page.fill("input[name=login]", "ann");
    await page.fill("input[name=password]", PASSWORD);
    await Promise.all([page.waitForURL(/\/mail\/f/), page.click("button[type=submit]")]);
    await page.goto(`${base}/mail/options`);
    await page.evaluate("window.stayed = true");
    await page.locator(".options-pages").getByRole("link", { name: "Forwarding" }).first().click();
    await page.waitForURL(/\/forwarding$/);
    await page.getByLabel("To these addresses").fill("bob@home.example");
    await page.getByLabel("Forward my mail").check();
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "Your mail is forwarded now." }).waitFor();
    expect(await page.getByLabel("Forward my mail").isChecked()).toBe(true);
    await page.getByLabel("To these addresses").fill("nonsense");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("#addresses-error").waitFor();
    expect(await page.evaluate("window.stayed")).toBe(true);
    await context.close();
  },
  PATIENCE_MS,
);
