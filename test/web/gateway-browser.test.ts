/** The gateway's pages in a browser: what is done by keyboard, what renews itself, what a form shows and hides. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { CONSOLE } from "../../src/administration/actor.ts";
import { addRule } from "../../src/administration/gateway/rules.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { launchChromium } from "../chromium.ts";
import { House, PASSWORD } from "./house.ts";

const PATIENCE_MS = 60_000;

let house: House;
let server: Server<undefined>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.build(), launchChromium()]);
  for (const name of ["First", "Second", "Third"])
    await house.deps.administration.perform(addRule, CONSOLE, { name, action: "bar", hosts: [`${name}.example`] });
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  page = await browser.newPage({ baseURL: `http://127.0.0.1:${server.port}` });
  await page.goto("/login");
  await page.fill("input[name=login]", "admin");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[type=submit]");
  await page.waitForURL(/\/(admin|mail)/);
}, PATIENCE_MS);

afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  expect(house.faults).toEqual([]);
  await house.close();
});

const order = () => house.gateway.rules.list().map(({ name }) => name);

test(
  "a rule is moved by keyboard, again and again without looking for its button",
  async () => {
    await page.goto("/admin/gateway/rules");
    const up = page.getByRole("button", { name: "Move up: Third" });
    await up.focus();
    await page.keyboard.press("Enter");
    await page.locator("#order li", { hasText: "Third" }).getByText("2", { exact: true }).waitFor();
    expect(order()).toEqual(["First", "Third", "Second"]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Move up: Third");
    await page.keyboard.press("Enter");
    await page.locator("#order li", { hasText: "Third" }).getByText("1", { exact: true }).waitFor();
    expect(order()).toEqual(["Third", "First", "Second"]);
  },
  PATIENCE_MS,
);

test(
  "the trial answers beside the rules",
  async () => {
    await page.goto("/admin/gateway/rules");
    await page.fill("#test input[name=host]", "www.example.org");
    await page.click("#test button[type=submit]");
    await page.getByText("You may not use the web proxy").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("try");
  },
  PATIENCE_MS,
);

test(
  "what is open comes and goes by itself",
  async () => {
    await page.goto("/admin/gateway");
    await page.getByText("Nobody goes through at the moment").waitFor();
    const visitor = { service: "socks", user: house.user("ann"), remote: "192.168.1.20", session: "s" } as const;
    const trip = house.gateway.ledger.begin(visitor, { host: "late.example", port: 443, scheme: "tunnel" }, undefined);
    await page.getByText("late.example").waitFor();
    trip.onCut(() => trip.close());
    await page.getByRole("button", { name: /^End: ann to late\.example/ }).click();
    await page.getByText("The connection was ended.").waitFor();
    expect(house.gateway.ledger.size).toBe(0);
  },
  PATIENCE_MS,
);

test(
  "a list asks only for what its source needs",
  async () => {
    await page.goto("/admin/gateway/new-list");
    expect(await page.locator("textarea[name=hosts]").isVisible()).toBe(false);
    await page.getByRole("radio", { name: "Written here" }).check();
    expect(await page.locator("textarea[name=hosts]").isVisible()).toBe(true);
    expect(await page.locator("input[name=url]").isVisible()).toBe(false);
    await page.fill("input[name=name]", "Mine");
    await page.fill("textarea[name=hosts]", "ads.example");
    await page.getByRole("button", { name: "Add the list" }).click();
    await page.getByText("The list Mine was made.").waitFor();
    await page.getByText("1 host", { exact: true }).waitFor();
    expect(house.gateway.lists.require("Mine").entries).toBe(1);
  },
  PATIENCE_MS,
);

test(
  "after a form was refused, one is where it is wrong, with what was typed",
  async () => {
    await page.goto("/admin/gateway/groups");
    await page.getByLabel("Name").fill("Everybody");
    await page.getByRole("checkbox", { name: "ann" }).check();
    await page.getByRole("button", { name: "Make the group" }).click();
    await page.getByText("take another name").waitFor();
    const name = page.getByLabel("Name");
    expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await name.inputValue()).toBe("Everybody");
    expect(await name.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByRole("checkbox", { name: "ann" }).isChecked()).toBe(true);
  },
  PATIENCE_MS,
);

test(
  "a question is called what it asks, and leads back to where it was asked",
  async () => {
    await page.goto(`/admin/gateway/rules/${house.gateway.rules.list()[0]?.id}`);
    const ask = page.getByRole("link", { name: "Remove" });
    await ask.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Remove the rule Third?" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await ask.evaluate((link) => link === document.activeElement)).toBe(true);
  },
  PATIENCE_MS,
);

test(
  "a list that is fetched says by itself when it has been read",
  async () => {
    let answer: (response: Response) => void = () => {};
    const source = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1" },
      fetch: () => new Promise<Response>((resolve) => (answer = resolve)),
    });
    await house.store.settings.set(gatewaySettings, { reachable: ["127.0.0.0/8"] });
    await page.goto("/admin/gateway/new-list");
    await page.fill("input[name=name]", "Far");
    await page.fill("input[name=url]", `http://127.0.0.1:${source.port}/`);
    await page.getByRole("button", { name: "Add the list" }).click();
    await page.getByText("It is being read").waitFor();
    answer(new Response("ads.example\nbad.example\n"));
    await page.getByText("2 hosts", { exact: true }).waitFor();
    expect(await page.getByText("It is being read").count()).toBe(0);
    await source.stop(true);
  },
  PATIENCE_MS,
);

test(
  "a rule about everybody and everything asks, and is made when that is confirmed",
  async () => {
    await page.goto("/admin/gateway/rules/new");
    await page.getByLabel("Name").fill("Nobody out");
    await page.getByRole("radio", { name: "Bar" }).check();
    await page.getByRole("button", { name: "Add the rule" }).click();
    const box = page.getByRole("checkbox", { name: "Bar everybody from everything" });
    await box.waitFor();
    expect(await box.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Add the rule" }).click();
    await page.getByText("The rule Nobody out holds from now on.").waitFor();
    await page.getByText("Bars everybody from everything that no rule before it allows.").waitFor();
  },
  PATIENCE_MS,
);
