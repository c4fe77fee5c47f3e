/**
 * Every page in a real browser, as those see it who may, with a house that is full of things: on a desk and on a phone, light and dark.
 * axe-core finds nothing serious, nothing is wider than the screen, the browser complains of nothing (the Content-Security-Policy
 * would), and each page has a title, one heading that names it, and says in its navigation where one is.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { type Crowded, crowded } from "./crowded.ts";
import { cookiesOf, NO_PAGES, pagesOf, VISITORS, type Visitor } from "./every-page.ts";
import { House, LINK_TOKEN } from "./house.ts";

const PATIENCE_MS = 240_000;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SERIOUS = `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))`;
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const THEMES = ["light", "dark"] as const;

let crowd: Crowded;
let raw: House;
let browser: Browser;
const servers: Server<undefined>[] = [];

const serve = (house: House): string => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    fetch: (request) => house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
};

beforeAll(async () => {
  [crowd, raw, browser] = await Promise.all([crowded(), House.raw(), launchChromium()]);
}, PATIENCE_MS);

afterAll(async () => {
  await browser?.close();
  for (const server of servers) await server.stop(true);
  for (const house of [crowd?.house, raw]) {
    expect(house?.faults).toEqual([]);
    await house?.close();
  }
});

/** A page of a browser with these cookies, and what the browser complains of there. */
async function opened(
  base: string,
  cookies: ReadonlyMap<string, string>,
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: base, viewport: DESK, reducedMotion: "reduce" });
  context.setDefaultTimeout(30_000);
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: base })));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", ({ message }) => {
    // A slow browser gives up to fade from page to page.
    if (!/^Transition was (aborted|skipped)/.test(message)) complaints.push(`${page.url()}: ${message}`);
  });
  return { page, complaints };
}

/** What is wrong with the page that is shown. The theme is another on the phone, so that pages are seen in both. */
async function wrongWith(page: Page, at: number): Promise<string[]> {
  const wrong: string[] = [];
  await page.evaluate(AXE);
  for (const [where, size] of [DESK, PHONE].entries()) {
    const colorScheme = THEMES[(at + where) % 2] ?? "light";
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    const seen = `${size.width} pixels, ${colorScheme}: `;
    for (const violation of (await page.evaluate(SERIOUS)) as string[]) wrong.push(seen + violation);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > size.width) wrong.push(`${seen}${wide} pixels wide`);
  }
  await page.setViewportSize(DESK);
  const { headings, current, rail } = await page.evaluate(() => ({
    headings: document.querySelectorAll("h1").length,
    current: document.querySelectorAll(".rail [aria-current]").length,
    rail: document.querySelectorAll(".rail").length,
  }));
  if (headings !== 1) wrong.push(`${headings} headings of the first level`);
  if (!/^\S.* · Gatepost$/.test(await page.title())) wrong.push(`the title ${await page.title()}`);
  if (rail === 1 && current !== 1 && !/\/(compose|keys)/.test(page.url())) wrong.push(`${current} current places`);
  return wrong;
}

test("every route that answers with a page is looked at", () => {
  const looked = VISITORS.flatMap((visitor) => pagesOf(visitor, crowd)).map((path) => path.replace(/\?.*/, ""));
  const routes = new Set(crowd.house.web.routes.filter(({ method }) => method === "GET").map(({ path }) => path));
  const missed = [...routes].filter((route) => {
    if (NO_PAGES.has(route) || route.startsWith("/api/") || route === "/setup/:step" || route === "/login/enrol")
      return false;
    const pattern = new RegExp(`^${route.replace(/:\w+(\{[^/]*\})?/g, "[^/]+")}$`);
    return !looked.some((path) => pattern.test(path));
  });
  expect(missed).toEqual([]);
});

/** Looks at pages one after the other. */
async function walk(visitor: Visitor): Promise<void> {
  const base = serve(crowd.house);
  const { page, complaints } = await opened(base, await cookiesOf(visitor, crowd, base));
  for (const [turn, path] of pagesOf(visitor, crowd).entries()) {
    const response = await page.goto(path);
    const wrong = await wrongWith(page, turn);
    const at = new URL(page.url());
    expect({ at: at.pathname + at.search, status: response?.status(), wrong }).toEqual({
      at: path,
      status: 200,
      wrong: [],
    });
  }
  expect(complaints).toEqual([]);
  await page.context().close();
}

for (const visitor of VISITORS) test(`pages are in order for ${visitor}`, () => walk(visitor), PATIENCE_MS);

test(
  "the questions of the first start are in order",
  async () => {
    const { page, complaints } = await opened(serve(raw), new Map());
    const inOrder = async (at: number) =>
      expect({ at: page.url(), wrong: await wrongWith(page, at) }).toEqual({ at: page.url(), wrong: [] });
    await page.goto(`/setup?token=${LINK_TOKEN}`);
    await inOrder(0);
    await page.fill("input[name=password]", "nine green bottles standing");
    await page.click("button[type=submit]");
    await page.locator("input[name=domain]").waitFor();
    await inOrder(1);
    await page.fill("input[name=domain]", "home.example");
    await page.click("button[type=submit]");
    await page.locator("input[name=way]").first().waitFor();
    await inOrder(2);
    await page.click("button[type=submit]");
    await page.locator("[name=names]").waitFor();
    await inOrder(3);
    await page.click("button[type=submit]");
    await page.waitForURL(/\/setup\/done/);
    await inOrder(4);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
  PATIENCE_MS,
);
