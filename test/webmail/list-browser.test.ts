/** The list in a real browser: it goes on as one scrolls and stays where it is; by keys, by mouse, on a phone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { until } from "../harness.ts";
import { Windows } from "./windows.ts";

const MINUTE = 60_000;

let windows: Windows;
let inbox: number;

beforeAll(async () => {
  windows = await Windows.open();
  const { house } = windows;
  inbox = house.folderId("ann");
  const now = Date.now();
  const letter = (id: string, from: string, subject: string, refs = "") =>
    `From: ${from}\nTo: ann@home.example\nSubject: ${subject}\nMessage-ID: <${id}@x>\n${refs && `References: <${refs}@x>\n`}\ntext ${id}\n`;
  for (let n = 1; n <= 130; n++)
    await house.put(inbox, letter(`n${n}`, `Person ${n} <p${n}@else.example>`, `Number ${n}.`), {
      ...{ flags: 1, at: now - (200 - n) * MINUTE },
    });
  const sent = house.folderId("ann", "Sent");
  await house.put(inbox, letter("a", "Carol <carol@else.example>", "The plan"), { flags: 1, at: now - 9 * MINUTE });
  await house.put(sent, letter("b", "Ann <ann@home.example>", "Re: The plan", "a"), { flags: 1, at: now - 8 * MINUTE });
  await house.put(inbox, letter("c", "Dora <dora@else.example>", "Re: The plan", "b"), { at: now - 7 * MINUTE });
}, MINUTE);

afterAll(async () => await windows?.close());

const SOON = 8_000;
const enter = async (options?: Parameters<Windows["enter"]>[1]): Promise<Page> => {
  const { page } = await windows.enter("ann", options);
  page.setDefaultTimeout(SOON);
  return page;
};
const rows = (page: Page, text: string) => page.locator(".mail-row", { hasText: text });
const toast = async (page: Page, text: string) => await page.locator(".toast", { hasText: text }).waitFor();

describe("the list", () => {
  test(
    "goes on as one scrolls, hears of changes where one is, and stays there through an action and its undoing",
    async () => {
      const page = await enter();
      const count = async () => await page.locator(".mail-row").count();
      expect(await count()).toBe(50);
      for (const most of [100, 131]) {
        await page.locator("#list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
        await until(async () => (await count()) === most, `${most} lines`);
      }
      const deep = rows(page, "Number 7.");
      const uid = Number((await deep.getAttribute("id"))?.slice(1));
      await windows.house.mailstore.setFlags(inbox, [uid], { mode: "add", flags: { system: 4 } });
      await deep.locator(".mail-star[aria-pressed=true]").waitFor();
      const at = async () => await page.locator("#list").evaluate((list) => list.scrollTop);
      const before = await at();
      await rows(page, "Number 5.").locator(".mail-pick").click();
      await page.keyboard.press("e");
      await toast(page, "1 message moved to Archive.");
      await rows(page, "Number 5.").waitFor({ state: "detached" });
      expect(await count()).toBe(130);
      await page.keyboard.press("z");
      await toast(page, "1 message is back in Inbox.");
      await rows(page, "Number 5.").waitFor();
      // It did not begin anew at its top.
      expect(await at()).toBeGreaterThan(before / 2);
      // Ticks stay when mail comes.
      await page.locator("#list").evaluate((list) => list.scrollTo(0, 0));
      await rows(page, "Number 130.").locator(".mail-pick").click();
      await windows.house.put(inbox, "From: New <new@else.example>\nSubject: Fresh\n\nx\n", { flags: 1 });
      await rows(page, "Fresh").waitFor();
      expect(await page.locator(".mail-pick input:checked").count()).toBe(1);
      await page.context().close();
    },
    MINUTE,
  );

  test(
    "shows a conversation, walks through it, and deals with it by keys and by dragging",
    async () => {
      const page = await enter();
      expect(await rows(page, "The plan").locator(".mail-who").textContent()).toContain("Carol, me, Dora");
      await rows(page, "The plan").locator(".mail-link").click();
      await page.locator("#reader", { hasText: "text c" }).waitFor();
      await page.keyboard.press("p");
      await page.locator("#reader", { hasText: "text b" }).waitFor();
      await page.locator(".mail-row[aria-current=true]", { hasText: "The plan" }).waitFor();
      await page.keyboard.press("v");
      await page.keyboard.type("arch");
      await page.keyboard.press("Enter");
      await toast(page, "2 messages moved to Archive.");
      await rows(page, "The plan").waitFor({ state: "detached" });
      await page.keyboard.press("z");
      await rows(page, "The plan").waitFor();
      await rows(page, "The plan").locator(".mail-link").dragTo(page.locator(".rail-link[title=Trash]"));
      await toast(page, "2 messages moved to Trash.");
      await page.keyboard.press("z");
      await rows(page, "The plan").waitFor();
      await page.keyboard.press("?");
      await page.locator("dialog", { hasText: "Take back what was done last" }).waitFor();
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "hidden" });
      await page.keyboard.press("g");
      await page.keyboard.press("t");
      await page.locator("#list h2", { hasText: "Sent" }).waitFor();
      await page.context().close();
    },
    MINUTE,
  );

  test(
    "labels and snoozes what is ticked, and ticks all there is",
    async () => {
      const page = await enter();
      await rows(page, "Number 128.").locator(".mail-pick").click();
      await page.keyboard.press("l");
      await page.keyboard.type("Holiday");
      await page.keyboard.press("Enter");
      await rows(page, "Number 128.").locator(".mail-label", { hasText: "Holiday" }).waitFor();
      await page.keyboard.press("b");
      await page.click(".mail-bulk .mail-menu-item:has-text('Tomorrow morning')");
      await toast(page, "1 message comes back");
      await page.click(".rail-link[title=Snoozed]");
      await rows(page, "Number 128.").locator("svg[aria-label='Comes back']").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await rows(page, "Number 130.").waitFor();
      await page.keyboard.press("*");
      await page.keyboard.press("a");
      await page.check(".mail-all input");
      await page.keyboard.press("U");
      await toast(page, "messages marked.");
      expect((await windows.house.messages(inbox)).every(({ system }) => (system & 1) === 0)).toBe(true);
      await page.context().close();
    },
    MINUTE,
  );

  test(
    "on a phone opens, ticks and has no more than the screen's width; without scripts it has pages",
    async () => {
      const phone = await enter({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
      await rows(phone, "Number 130.").locator(".mail-pick").tap();
      await phone.locator(".mail-bulk").waitFor();
      expect(await phone.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      await phone.context().close();
      const plain = await enter({ javaScriptEnabled: false });
      await plain.click("a[rel=next]");
      await plain.waitForURL(/page=2/);
      await rows(plain, "Number 50.").waitFor();
      expect(await plain.locator(".mail-pages .num").textContent()).toStartWith("51–100 of");
      await rows(plain, "Number 50.").locator(".mail-pick").click();
      await plain.click(".mail-bulk button[value=delete]");
      await toast(plain, "1 message moved to Trash.");
      await plain.click(".toast button:has-text('Undo')");
      await toast(plain, "1 message is back in Inbox.");
      await plain.context().close();
    },
    MINUTE,
  );
});
