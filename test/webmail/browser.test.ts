/** Webmail in a real browser: a person's way through it works with and without scripts. Hostile mail is opened in hostile.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { until } from "../harness.ts";
import type { House } from "./house.ts";
import { Windows } from "./windows.ts";

const SECONDS = 1000;

let windows: Windows;
let house: House;
let base: string;

beforeAll(async () => {
  windows = await Windows.open();
  ({ house, base } = windows);
  // Plain text is what writing is without a script, too; with formatting it is walked through in e2e/writing.test.ts.
  await house.store.commit((tx) => {
    for (const login of ["ann", "bob"]) {
      const wishes = { format: "plain", undoSeconds: 0 } as const;
      house.directory.preferences.setWithin(tx, house.user(login).id, wishes);
    }
  });
}, 60 * SECONDS);

afterAll(async () => await windows?.close());

const enter = (...wishes: Parameters<Windows["enter"]>) => windows.enter(...wishes);

describe("a person's way", () => {
  const write = async (page: Page, subject: string) => {
    await page.click("text=Write");
    await page.fill("[name=to]", "Bob <bob@home.example>");
    await page.fill("[name=subject]", subject);
    await page.fill("[name=text]", "Dear Bob,\n\nhere it is.");
  };

  test(
    "write, save itself, attach, send; the other reads it as it appears, answers, stars, deletes",
    async () => {
      const ann = await enter("ann");
      const bob = await enter("bob");
      await bob.page.locator("text=All done").waitFor();
      await write(ann.page, "The plan");
      await ann.page.locator("#draft-state", { hasText: "Saved" }).waitFor();
      await ann.page.setInputFiles("[name=file]", {
        name: "plan.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("plan"),
      });
      await ann.page.locator(".compose-files li", { hasText: "plan.txt" }).waitFor();
      await ann.page.reload();
      expect(await ann.page.inputValue("[name=text]")).toBe("Dear Bob,\n\nhere it is.");
      await ann.page.click("button:has-text('Send')");
      await ann.page.locator(".toast", { hasText: "on its way" }).waitFor();
      // Bob's page learns of it by itself.
      await bob.page.locator(".mail-row.mail-unread", { hasText: "The plan" }).waitFor();
      expect(await bob.page.title()).toStartWith("(1) Inbox");
      await bob.page.click(".mail-link:has-text('The plan')");
      await bob.page.locator("#reader h2", { hasText: "The plan" }).waitFor();
      expect(bob.page.url()).toContain("/m/");
      await bob.page.locator(".mail-row[aria-current=true]:not(.mail-unread)").waitFor();
      const download = bob.page.waitForEvent("download");
      await bob.page.click(".mail-attachment-name:has-text('plan.txt')");
      expect((await download).suggestedFilename()).toBe("plan.txt");
      await bob.page.hover(".mail-row");
      await bob.page.click(".mail-row .mail-star");
      await bob.page.locator(".mail-row .mail-star[aria-pressed=true]").waitFor();
      expect(bob.page.url()).toContain("/m/");
      await bob.page.click("a:has-text('Reply')");
      await bob.page.locator("[name=text]").waitFor();
      expect(await bob.page.inputValue("[name=to]")).toBe("Ann Example <ann@home.example>");
      expect(await bob.page.inputValue("[name=text]")).toContain("> here it is.");
      await bob.page.click("button:has-text('Send')");
      await bob.page.locator(".toast").waitFor();
      await ann.page.goto(`${base}/mail`);
      await ann.page.locator(".mail-row", { hasText: "Re: The plan" }).waitFor();
      await bob.page.goto(`${base}/mail`);
      await bob.page.click(".mail-pick");
      await bob.page.click(".mail-bulk button[value=delete]");
      await bob.page.locator(".toast", { hasText: "moved to Trash" }).waitFor();
      await bob.page.locator("text=All done").waitFor();
      expect([...ann.misdeeds.list, ...bob.misdeeds.list]).toEqual([]);
      await Promise.all([ann.context.close(), bob.context.close()]);
    },
    60 * SECONDS,
  );

  test(
    "without scripts: write with a file, read, reply, move, search",
    async () => {
      const plain: Parameters<Browser["newContext"]>[0] = { javaScriptEnabled: false };
      const ann = await enter("ann", plain);
      const bob = await enter("bob", plain);
      await write(ann.page, "Plainly");
      await ann.page.setInputFiles("[name=file]", { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
      await ann.page.click("button:has-text('Send')");
      await ann.page.locator(".toast", { hasText: "on its way" }).waitFor();
      await bob.page.goto(`${base}/mail`);
      await bob.page.click(".mail-link:has-text('Plainly')");
      await bob.page.locator(".mail-attachment", { hasText: "a.txt" }).waitFor();
      await bob.page.click(".mail-tools summary[aria-label='Move to another folder']");
      await bob.page.click(".mail-tools .mail-menu-item:has-text('Archive')");
      await bob.page.locator(".toast", { hasText: "1 message moved to Archive." }).waitFor();
      await bob.page.click("nav >> text=Archive");
      await bob.page.fill("[name=q]", "subject:plain");
      await bob.page.press("[name=q]", "Enter");
      await bob.page.locator(".mail-row", { hasText: "Plainly" }).waitFor();
      expect([...ann.misdeeds.list, ...bob.misdeeds.list]).toEqual([]);
      await Promise.all([ann.context.close(), bob.context.close()]);
    },
    60 * SECONDS,
  );

  test(
    "by keys alone: tick, read on, star, answer, send, search",
    async () => {
      const inbox = house.folderId("bob");
      for (const subject of ["Key one", "Key two"]) {
        await house.put(inbox, `From: Ann <ann@home.example>\nTo: bob@home.example\nSubject: ${subject}\n\ntext\n`);
      }
      const { context, page, misdeeds } = await enter("bob");
      const heading = async (text: string) => {
        await page.locator("#reader h2", { hasText: text }).waitFor();
        await page.locator(".mail-row[aria-current=true]", { hasText: text }).waitFor();
        await until(async () => (await page.locator(".mail-row[aria-current=true]").count()) === 1, "one current row");
      };
      await page.keyboard.press("j");
      await heading("Key two");
      await page.keyboard.press("j");
      await heading("Key one");
      await page.keyboard.press("k");
      await heading("Key two");
      await page.keyboard.press("s");
      await page.locator(".mail-row[aria-current=true] .mail-star[aria-pressed=true]").waitFor();
      await page.keyboard.press("#");
      await page.locator(".toast", { hasText: "moved to Trash" }).waitFor();
      await page.locator(".mail-row", { hasText: "Key two" }).waitFor({ state: "detached" });
      await page.keyboard.press("j");
      await heading("Key one");
      await page.keyboard.press("r");
      await page.waitForURL(`${base}/mail/compose?reply=*`);
      await page.locator("#compose :focus").waitFor();
      await page.keyboard.press("Control+Enter");
      await page.locator(".toast", { hasText: "on its way" }).waitFor();
      await page.waitForLoadState("load");
      await page.keyboard.press("/");
      await page.keyboard.type("subject:one");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${base}/mail/search?q=subject*`);
      await page.locator(".mail-row", { hasText: "Re: Key one" }).waitFor();
      expect(misdeeds.list).toEqual([]);
      await context.close();
    },
    60 * SECONDS,
  );

  test(
    "loses nothing that was typed before the script came, nor when the page is left in the middle of a word",
    async () => {
      const { context, page } = await enter("bob");
      const script = Promise.withResolvers<void>();
      await page.route("**/compose*.js", async (route) => {
        await script.promise;
        await route.continue();
      });
      await page.goto(`${base}/mail/compose`, { waitUntil: "commit" });
      await page.fill("[name=to]", "early@far.example");
      const early = page.waitForResponse(`${base}/mail/compose/save`);
      script.resolve();
      await early;
      await page.fill("[name=subject]", "Half a wo");
      const saved = page.waitForResponse(`${base}/mail/compose/save`);
      const other = await context.newPage();
      await other.goto(`${base}/mail`);
      await page.evaluate(() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"));
      });
      await saved;
      const drafts = await house.messages(house.folderId("bob", "Drafts"));
      expect(drafts.at(-1)?.text).toContain("Subject: Half a wo");
      await context.close();
    },
    30 * SECONDS,
  );

  test(
    "on a phone shows one pane at a time",
    async () => {
      const uid = await house.put(house.folderId("bob"), "From: x@y.example\nSubject: Small\n\ntext\n");
      const { context, page } = await enter("bob", {
        viewport: { width: 390, height: 844 },
        hasTouch: true,
        isMobile: true,
      });
      await page.tap(`#m${uid} .mail-link`);
      await page.locator("#reader h2").waitFor();
      await expectHidden(page, "#list");
      await page.tap(".mail-back");
      await page.locator("#list").waitFor();
      await expectHidden(page, "#reader");
      await page.tap("[popovertarget=rail]");
      await page.tap("nav >> text=Sent");
      await page.locator("#list h2", { hasText: "Sent" }).waitFor();
      await expectHidden(page, "#rail");
      const width = await page.evaluate("document.documentElement.scrollWidth");
      expect(width).toBeLessThanOrEqual(390);
      await context.close();
    },
    30 * SECONDS,
  );
});

const expectHidden = async (page: Page, selector: string) => await page.locator(selector).waitFor({ state: "hidden" });
