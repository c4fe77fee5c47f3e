/** The pages of users in a real browser: by keyboard, while one types, with and without scripts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { expiryAfter } from "../../src/directory/expiry.ts";
import { launchChromium } from "../chromium.ts";
import { pageOf, signIn } from "./browsing.ts";
import { House } from "./house.ts";

const PATIENCE_MS = 90_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, PATIENCE_MS);
afterAll(async () => await browser.close());

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A house, and a page of a browser that is signed in there. What the browser complains about is kept. */
const visit = async (options: Parameters<Browser["newContext"]>[0] = {}) => {
  const house = await House.build();
  const { page, close } = await pageOf(browser, house, options);
  open.push(close);
  await signIn(page);
  await page.waitForURL(/\/mail/);
  return { house, page };
};

const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    return at?.getAttribute("name") ?? at?.textContent?.trim() ?? "";
  });

describe("in a browser", () => {
  test(
    "a user is created by keyboard alone, the address following the login name",
    async () => {
      const { house, page } = await visit();
      await page.goto("/admin/users");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toContain("Skip to the page");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toContain("New user");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "New user" }).waitFor();
      await page.keyboard.type("Ben Keys");
      await page.keyboard.press("Tab");
      await page.keyboard.type("ben");
      await page.locator("input[name=address][value='ben@home.example']").waitFor();
      expect(await focused(page)).toBe("login");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("address");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("also");
      await page.keyboard.press("Space");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("way");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("password");
      await page.keyboard.type("nine green bottles standing");
      await page.locator(".meter[data-score='4']").waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Ben Keys was created" }).waitFor();
      const { id, mustChangePassword } = house.directory.users.require("ben");
      expect(house.directory.addressesOf(id)).toEqual(["ben@home.example", "ben.keys@home.example"]);
      expect(mustChangePassword).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "date and days of expiry keep each other in step while either is edited",
    async () => {
      const { house, page } = await visit();
      await page.goto("/admin/users/ann/expiry");
      const { createdAt } = house.directory.users.require("ann");
      const date = page.getByLabel("Date", { exact: true });
      const days = page.getByLabel("Days after creation");
      const dayAfter = (count: number) => {
        const day = new Date(expiryAfter(createdAt, count));
        return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
          .map((part) => String(part).padStart(2, "0"))
          .join("-");
      };
      expect([await days.inputValue(), await date.inputValue()]).toEqual(["365", dayAfter(365)]);
      await days.fill("400");
      expect(await date.inputValue()).toBe(dayAfter(400));
      await date.fill(dayAfter(30));
      expect(await days.inputValue()).toBe("30");
      await date.fill("2999-01-01");
      expect(await days.inputValue()).toBe("9999");
      await days.fill("9999");
      expect(await date.inputValue()).toBe(dayAfter(9999));
      await days.fill("45");
      expect(await page.getByLabel("Expires on a specific date").isChecked()).toBe(true);
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByText("ann was changed.").waitFor();
      expect(house.directory.users.require("ann").expiresAt).toBe(expiryAfter(createdAt, 45));
    },
    PATIENCE_MS,
  );

  test(
    "tabs change the page in place, with address, title and focus; the back button goes back",
    async () => {
      const { page } = await visit();
      await page.goto("/admin/users/ann");
      const document = await page.evaluateHandle(() => window.document.body);
      await page.getByRole("link", { name: "Account expiry" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Account expiry" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/admin/users/ann/expiry");
      expect(await page.title()).toBe("Ann Example: Account expiry · Gatepost");
      expect(await focused(page)).toBe("Account expiry");
      expect(await document.evaluate((body) => body.isConnected)).toBe(true);
      await page.goBack();
      await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
    },
    PATIENCE_MS,
  );

  test(
    "without scripts a user is made, changed and removed as well",
    async () => {
      const { house, page } = await visit({ javaScriptEnabled: false });
      await page.goto("/admin/users/new");
      await page.getByLabel("Login name").fill("nora");
      await page.getByLabel("Password", { exact: true }).fill("nine green bottles standing");
      await page.getByRole("button", { name: "Create user" }).click();
      await page.getByRole("link", { name: "All properties" }).click();
      await page.getByRole("link", { name: "Account expiry" }).click();
      await page.getByLabel("Expires on a specific date").check();
      await page.getByLabel("Days after creation").fill("10");
      await page.getByRole("button", { name: "Save changes" }).click();
      const { createdAt, expiresAt } = house.directory.users.require("nora");
      expect(expiresAt).toBe(expiryAfter(createdAt, 10));
      await page.goto("/admin/users");
      await page.getByLabel("Choose nora").check();
      await page.getByLabel("What to do with the chosen").selectOption("remove");
      await page.getByRole("button", { name: "Do it" }).click();
      await page.getByRole("button", { name: "Remove them and their mail" }).click();
      await page.getByText("nora was removed.").waitFor();
      expect(house.directory.users.get("nora")).toBeUndefined();
    },
    PATIENCE_MS,
  );

  test(
    "the list narrows while one types and by state, and many are chosen by keyboard",
    async () => {
      const { house, page } = await visit();
      for (const login of ["amy", "bea", "cyd"]) await house.directory.users.create({ login });
      await page.goto("/admin/users");
      await page.getByLabel("Search name or address").pressSequentially("ann");
      await page.getByText("1 user", { exact: true }).waitFor();
      expect(page.url()).toContain("q=ann");
      await page.getByLabel("Search name or address").fill("");
      await page.getByLabel("State").selectOption("noPassword");
      await page.getByText("3 users", { exact: true }).waitFor();
      expect(page.url()).toContain("state=noPassword");
      await page.goto("/admin/users?state=noPassword");
      await page.getByLabel("Choose all on this page").focus();
      await page.keyboard.press("Space");
      await page.getByText("3 chosen").waitFor();
      await page.getByLabel("Choose bea").focus();
      await page.keyboard.press("Space");
      await page.getByText("2 chosen").waitFor();
      await page.getByLabel("What to do with the chosen").selectOption("disable");
      await page.getByLabel("What to do with the chosen").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByText("2 accounts were switched off.").waitFor();
      expect(["amy", "bea", "cyd"].map((login) => house.directory.users.require(login).enabled)).toEqual([
        false,
        true,
        false,
      ]);
    },
    PATIENCE_MS,
  );

  test(
    "removal asks in a dialog that Escape closes",
    async () => {
      const { house, page } = await visit();
      await page.goto("/admin/users/ann");
      const dialog = page.getByRole("dialog");
      await page.getByRole("link", { name: "Remove", exact: true }).click();
      await dialog.getByText("Remove Ann Example?").waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await page.getByRole("link", { name: "Remove", exact: true }).click();
      await dialog.getByRole("button", { name: "Remove the user and the mail" }).click();
      await page.getByText("ann was removed.").waitFor();
      expect(house.directory.users.get("ann")).toBeUndefined();
    },
    PATIENCE_MS,
  );
});
