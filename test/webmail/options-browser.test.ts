/** Options in a browser: pages and forms change in place. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { totpCode } from "../totp.ts";
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
  browser = await launchChromium();
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

test(
  "an app password and an authenticator app are set up by keyboard alone",
  async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${base}/login`);
    // It has the focus when it was painted.
    await page.locator("input[name=login]:focus").waitFor();
    await page.keyboard.type("ann");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/mail\/f/);
    const tabTo = async (name: string) => {
      for (let steps = 0; steps < 60; steps++) {
        await page.keyboard.press("Tab");
        const at = (await page.evaluate(
          "document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent",
        )) as string;
        if (at.trim() === name) return;
      }
      throw new Error(`the Tab key does not lead to ${name}`);
    };
    await page.goto(`${base}/mail/options/app-passwords`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await tabTo("Name");
    await page.keyboard.type("Phone");
    await page.keyboard.press("Enter");
    await page.getByText("The app password “Phone” is made").waitFor();
    expect(house.auth.appPasswords.list(house.user("ann").id)).toHaveLength(1);

    await page.goto(`${base}/mail/options/second-factor`);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await tabTo("Set it up");
    await page.keyboard.press("Enter");
    await page.locator("input[name=code]:focus").waitFor();
    const secret = (await page.locator("main .mono").first().textContent()) ?? "";
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the code the app shows now.").waitFor();
    await page.locator("input[name=code]:focus").waitFor();
    await page.keyboard.type(totpCode(secret, Date.now()));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
    await tabTo("I have kept them");
    await page.keyboard.press("Enter");
    await page.waitForURL(/second-factor$/);
    await page.locator("main").getByText("On", { exact: true }).waitFor();
    await context.close();
  },
  PATIENCE_MS,
);

test(
  "a rule is made from a message by keyboard alone, tried on a folder and done",
  async () => {
    const letter = "From: Bea <bea@list.example>\nTo: bob@home.example\nSubject: [club] Meeting\n\nHello\n";
    const inbox = house.folderId("bob");
    await house.put(inbox, letter.replace("bea@", "cleo@"));
    const uid = await house.put(inbox, letter);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(`${base}/login`);
    await page.fill("input[name=login]", "bob");
    await page.fill("input[name=password]", PASSWORD);
    await Promise.all([page.waitForURL(/\/mail\/f/), page.click("button[type=submit]")]);

    await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
    await page.keyboard.press("w");
    const dialog = page.locator("dialog[open]");
    await dialog.getByText("a program, an import or somebody by hand").waitFor();
    await dialog.getByRole("link", { name: "Make a rule for mail like this" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/rules\/new\?like=/);
    expect(await page.getByLabel("What is looked for").first().inputValue()).toBe("bea@list.example");
    await page.getByLabel("Name of the new folder").focus();
    await page.keyboard.type("Club");
    await page.getByRole("button", { name: "Add an action" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Action 2", { exact: true }).focus();
    await page.keyboard.type("Mark as read");
    expect(await page.getByLabel("Name of the new folder").first().inputValue()).toBe("Club");
    await page.getByLabel("Name", { exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/rules$/);
    await page.getByText("mark it read, move it to Club.").waitFor();

    await page.getByRole("link", { name: "Run on a folder" }).click();
    await page.getByRole("button", { name: "Show what would be done" }).click();
    await page.getByText("1 message → Club").waitFor();
    await page.getByRole("button", { name: "Do it" }).click();
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("heading", { name: "Taken back" }).waitFor();
    expect(await house.messages(house.folderId("bob", "Club"))).toEqual([]);
    await page.goto(`${base}/mail/options/mailboxes/${house.user("bob").primaryMailbox}/rules`);
    await page.getByRole("button", { name: "Switch off: Bea" }).click();
    await page.getByText("The rule is switched off.").waitFor();
    await context.close();
  },
  PATIENCE_MS,
);
