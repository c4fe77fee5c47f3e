/** The pages of mailboxes in a real browser: tabs, pickers and previews while one types, with and without scripts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
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

/** A house with a further mailbox, and a page of a browser that is signed in there. What the browser complains about is kept. */
const visit = async (options: Parameters<Browser["newContext"]>[0] = {}) => {
  const house = await House.build();
  const { mailboxes, mailGroups } = house.directory;
  await mailGroups.create({ name: "Staff", quota: { octets: 5_000_000 } });
  const { id } = await mailboxes.create({ ownerId: house.user("ann").id, addresses: ["office@home.example"] });
  const { page, close } = await pageOf(browser, house, options);
  open.push(close);
  await signIn(page);
  await page.waitForURL(/\/mail/);
  return { house, page, id, at: `/admin/mailboxes/${id}` };
};

describe("in a browser", () => {
  test(
    "tabs are fetched as parts, keep their addresses, and go back",
    async () => {
      const { page, at } = await visit();
      await page.goto(at);
      await page.evaluate(() => Object.assign(window, { stays: true }));
      await page.getByRole("link", { name: "Quota" }).click();
      await page.waitForURL(`**${at}/quota`);
      await page.getByRole("heading", { name: "Used now" }).waitFor();
      // From the tab that was taken, by keyboard: the focus stays on the tabs.
      await page.getByRole("link", { name: "Forwarding" }).focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(`**${at}/forwarding`);
      await page.getByRole("heading", { name: "Forwarding" }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Forwarding");
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Autoresponder");
      expect(await page.evaluate(() => "stays" in window)).toBe(true);
      // The address changes first, then the page.
      await page.waitForFunction(() => document.title === "office@home.example: Forwarding · Gatepost");
      await page.goBack();
      await page.getByRole("heading", { name: "Used now" }).waitFor();
    },
    PATIENCE_MS,
  );

  test(
    "people are proposed while one types, and let in with single rights",
    async () => {
      const { house, page, id, at } = await visit();
      await house.addUser("ben", { fullName: "Ben Keys" });
      await page.goto(`${at}/sharing`);
      await page.getByLabel("User").pressSequentially("be");
      await page.locator("datalist option[value=ben]").waitFor({ state: "attached" });
      await page.getByLabel("User").fill("ben");
      expect(await page.getByLabel("Flag messages").isVisible()).toBe(false);
      await page.getByLabel("Single rights").check();
      await page.getByLabel("Flag messages").check();
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByText("ben reaches this mailbox.").waitFor();
      expect(house.directory.mailboxes.rights(house.user("ben").id, id)).toBe("lrsw");
      await page.getByRole("link", { name: "Change the rights of ben" }).click();
      await page.getByRole("heading", { name: "Rights of ben" }).waitFor();
      await page.getByLabel("Everything").check();
      await page.getByRole("button", { name: "Save rights" }).click();
      await page.getByText("ben reaches this mailbox.").waitFor();
      expect(house.directory.mailboxes.rights(house.user("ben").id, id)).toBe("lrswipkxtea");
    },
    PATIENCE_MS,
  );

  test(
    "the preview of the automatic reply follows what is typed, and the field keeps the focus",
    async () => {
      const { house, page, id, at } = await visit();
      await page.goto(`${at}/autoresponder`);
      const preview = page.locator("#reply-preview");
      await preview.getByText("This is an automatic reply").waitFor();
      await page.getByLabel("Answer mail").check();
      await page.getByLabel("Text").pressSequentially("Closed for the holidays");
      await preview.getByText("Closed for the holidays").waitFor();
      await preview.getByText("Answers until it is switched off").waitFor();
      expect(await page.getByLabel("Text").evaluate((field) => field === document.activeElement)).toBe(true);
      await page.getByLabel("Never answer").fill("*@shop.example");
      await preview.getByText("*@shop.example").waitFor();
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByText("office@home.example was changed.").waitFor();
      expect(house.directory.mailboxes.require(id).autoresponder).toMatchObject({
        ...{ enabled: true, text: "Closed for the holidays" },
      });
    },
    PATIENCE_MS,
  );

  for (const javaScriptEnabled of [true, false]) {
    test(
      `an address is added, given an end and removed ${javaScriptEnabled ? "in the page's dialog" : "without scripts"}`,
      async () => {
        const { house, page, id, at } = await visit({ javaScriptEnabled });
        await page.goto(`${at}/addresses`);
        await page.getByLabel("Address", { exact: true }).fill("shop-*@home.example");
        await page.getByRole("button", { name: "Add address" }).click();
        await page.getByText("shop-*@home.example leads to this mailbox now.").waitFor();
        // Until the scripts have come the link leads to a page of its own.
        await page.waitForLoadState("load");
        await page.getByRole("link", { name: "Change shop-*@home.example" }).click();
        const form = page.locator(javaScriptEnabled ? "#dialog" : "main");
        await form.getByLabel("Note").fill("Shops");
        await form.getByLabel("Ends after").fill("2099-01-31");
        await form.getByRole("button", { name: "Save" }).click();
        await page.getByText("shop-*@home.example was changed.").waitFor();
        expect(new URL(page.url()).pathname).toBe(`${at}/addresses`);
        await page.getByText("31 Jan 2099").waitFor();
        await page.getByRole("button", { name: "Remove shop-*@home.example" }).click();
        await page.getByText("shop-*@home.example was removed.").waitFor();
        expect(house.directory.aliases.list({ mailboxId: id })).toHaveLength(1);
      },
      PATIENCE_MS,
    );
  }
});
