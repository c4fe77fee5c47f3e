/** Every page of Options in a browser, on a desk and on a phone: nothing serious for axe-core, nothing too wide, no complaint. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "bun";
import { type Browser, chromium, type Page } from "playwright-core";
import { CONSOLE } from "../../src/administration/actor.ts";
import { addContact } from "../../src/administration/users/contacts.ts";
import { PERMISSION_NAMES } from "../../src/directory/permissions.ts";
import { House, PASSWORD } from "./house.ts";

const PATIENCE_MS = 180_000;
const DAY = 86_400_000;
const AXE = readFileSync(join(import.meta.dir, "../../node_modules/axe-core/axe.min.js"), "utf8");

let house: House;
let server: Server<undefined>;
let browser: Browser;
let base: string;
let paths: string[];

beforeAll(async () => {
  house = await House.build();
  const { mailboxes, contacts } = house.directory;
  await house.directory.users.update("ann", {
    permissions: PERMISSION_NAMES.filter((name) => name.startsWith("web.") || name.startsWith("user.")).filter(
      (name) => name !== "web.administrator",
    ),
  });
  const ann = house.user("ann");
  const own = ann.primaryMailbox;
  await mailboxes.create({ ownerId: ann.id, description: "Choir", addresses: ["choir@home.example"] });
  await mailboxes.update(own, {
    login: "ann.phone",
    expiry: { rules: [{ folder: "Trash", days: 30, action: "delete" }] },
  });
  await mailboxes.share(own, house.user("bob").id, "lrs");
  const work = await house.mailstore.createFolder(own, "Work");
  await house.put(work.id, "From: Bob <bob@home.example>\nSubject: Old plan\n\nbridge\n");
  const rules = [{ folder: "Work", days: 1, action: "archive" as const }];
  await house.mailstore.archive.expire(own, rules, Date.now() + 2 * DAY);
  await house.store.commit((tx) => contacts.createWithin(tx, ann.id, { fullName: "Aunt Mary" }, Date.now()));
  await house.auth.appPasswords.create("ann", { name: "Phone", services: ["imap"] });
  await house.deps.administration.perform(addContact, CONSOLE, { book: "shared", fullName: "Zoe" });
  const mailbox = `/mailboxes/${own}`;
  const below = ["", "/reply", "/forwarding", "/expiry", "/sharing", "/password", "/archive", "/archive?q=bridge"];
  paths = [
    ...["", "/password", "/second-factor", "/second-factor/app", "/app-passwords", "/sessions", "/tokens"],
    ...["/contacts", "/contacts/new", "/entry", ...below.map((page) => mailbox + page)],
  ].map((path) => `/mail/options${path}`);
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

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What is serious on a page, in axe-core's words. The policy of the page would not let it run; so it is put in from outside. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = (await page.evaluate("axe.run(document).then((found) => found.violations)")) as Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
}

for (const [where, options] of [
  ["on a desk, light", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
  ["on a phone, dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true }],
] as const) {
  test(
    `every page is in order ${where}`,
    async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(`${page.url()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
      await page.goto(`${base}/login`);
      await page.fill("input[name=login]", "ann");
      await page.fill("input[name=password]", PASSWORD);
      await Promise.all([page.waitForURL(/\/mail\/f/), page.click("button[type=submit]")]);
      for (const path of paths) {
        await page.goto(base + path);
        const width = await page.evaluate("document.documentElement.scrollWidth");
        const found = { path, serious: await serious(page), wide: Number(width) > options.viewport.width };
        expect(found).toEqual({ path, serious: [], wide: false });
      }
      expect(complaints.filter((line) => !line.includes("Transition was"))).toEqual([]);
      await context.close();
    },
    PATIENCE_MS,
  );
}

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
