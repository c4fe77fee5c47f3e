/** Webmail in a real browser: hostile mail is opened and nothing happens; a person's way through it works with and without scripts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { until } from "../harness.ts";
import { ATTACKS } from "./attacks.ts";
import { House, PASSWORD } from "./house.ts";

const SECONDS = 1000;

let house: House;
let server: Server<undefined>;
let browser: Browser;
let base: string;

beforeAll(async () => {
  house = await House.build();
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  base = `http://127.0.0.1:${server.port}`;
  browser = await launchChromium();
}, 60 * SECONDS);

afterAll(async () => {
  await browser?.close();
  await server?.stop(true);
  await house?.close();
});

/** What a page did that no page of mail may do. */
interface Misdeeds {
  readonly list: string[];
}

/** A browser window of somebody who is signed in; every request beyond the server, dialog and script error is noted. */
async function enter(login: string, options: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const misdeeds: Misdeeds = { list: [] };
  await context.route("**/*", async (route) => {
    const url = route.request().url();
    if (url.startsWith(base) || url.startsWith("data:")) return await route.continue();
    misdeeds.list.push(`request ${url}`);
    await route.abort();
  });
  const page = await context.newPage();
  watch(page, misdeeds);
  context.on("page", (popup) => misdeeds.list.push(`window ${popup.url()}`));
  await page.goto(`${base}/login`);
  await page.fill("input[name=login]", login);
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL(`${base}/mail/f/*`), page.click("button[type=submit]")]);
  return { context, page, misdeeds };
}

function watch(page: Page, { list }: Misdeeds) {
  page.on("dialog", (dialog) => {
    list.push(`dialog ${dialog.message()}`);
    dialog.dismiss().catch(() => list.push("dialog that stayed"));
  });
  page.on("pageerror", (error) => {
    // The browser's own word about a page change that it does not animate.
    if (!error.message.startsWith("Transition was")) list.push(`error ${error.message}`);
  });
  // What the policy had to stop should not have been there.
  page.on("console", (message) => {
    if (/Content Security Policy|sandboxed/.test(message.text())) list.push(`console ${message.text()}`);
  });
}

const html = (body: string, subject = "x") =>
  `From: crook@else.example\nTo: ann@home.example\nSubject: ${subject}\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${Buffer.from(
    body,
  )
    .toString("base64")
    .replace(/.{76}/g, "$&\n")}\n`;

/** Sets a mark wherever a script of the message could reach. */
const PAYLOAD = "window.pwned=1;try{top.pwned=1}catch(e){}";
const armed = (attack: string) => attack.replaceAll("alert(1)", PAYLOAD);

async function pwned(page: Page): Promise<boolean> {
  const marks = await Promise.all(
    page.frames().map((frame) => frame.evaluate("window.pwned === 1").catch(() => false)),
  );
  return marks.includes(true);
}

describe("hostile mail in a browser", () => {
  test(
    "runs no script, sends no request, opens no window, and is shown",
    async () => {
      const inbox = house.folderId("ann");
      const { context, page, misdeeds } = await enter("ann");
      for (const [name, attack] of Object.entries(ATTACKS)) {
        const uid = await house.put(inbox, html(`${armed(attack)}<p>the end of it</p>`, name));
        await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
        await page.locator("#reader article").waitFor();
        const framed = page.frames().find((frame) => frame.url().endsWith("/body"));
        await framed?.waitForLoadState("load");
        expect({ name, pwned: await pwned(page), misdeeds: misdeeds.list }).toEqual({
          name,
          pwned: false,
          misdeeds: [],
        });
        expect(page.url()).toBe(`${base}/mail/f/${inbox}/m/${uid}`);
      }
      await context.close();
    },
    180 * SECONDS,
  );

  test(
    "runs no script even where the sanitiser were to let it through",
    async () => {
      // The frame alone, with markup that never met the sanitiser: sandbox and policy must hold by themselves.
      const { context, page, misdeeds } = await enter("ann");
      const { frameHeaders } = await import("../../src/web/webmail/frame.ts");
      await context.route("**/raw-frame", async (route) => {
        const all = Object.values(ATTACKS).map(armed).join("<hr>");
        await route.fulfill({ headers: frameHeaders(false), body: `<!doctype html>${all}` });
      });
      await page.route("**/raw-page", async (route) => {
        const sandbox = "allow-popups allow-popups-to-escape-sandbox";
        await route.fulfill({
          contentType: "text/html",
          body: `<iframe src="/raw-frame" sandbox="${sandbox}"></iframe>`,
        });
      });
      await page.goto(`${base}/raw-page`);
      expect(await pwned(page)).toBe(false);
      await page.goto(`${base}/raw-frame`);
      expect(await pwned(page)).toBe(false);
      expect(misdeeds.list.filter((deed) => !/^(?:error|console)/.test(deed))).toEqual([]);
      await context.close();
    },
    60 * SECONDS,
  );

  test(
    "in its names, fields and files is text",
    async () => {
      const inbox = house.folderId("ann");
      const evil = `"><script>${PAYLOAD}</script><img src=http://leak.invalid/ onerror=${PAYLOAD}>`;
      const word = `=?utf-8?b?${Buffer.from(evil).toString("base64")}?=`;
      const uid = await house.put(
        inbox,
        `From: ${word} <crook@else.example>\nReply-To: ${word} <a@b.example>\nTo: ${word} <ann@home.example>\nCc: "${evil.replaceAll('"', "'")}" <c@d.example>\nSubject: ${word}\nDate: ${evil}\nMessage-ID: <${evil}@x>\nX-Evil: ${evil}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset="${evil.replaceAll('"', "'")}"\n\n${evil} http://leak.invalid/<script> mailto:"onclick=${PAYLOAD}@x.example\n--b\nContent-Type: image/svg+xml; name="${word}"\nContent-Disposition: attachment; filename="${word}.svg"\n\n<svg xmlns="http://www.w3.org/2000/svg" onload="${PAYLOAD}"/>\n--b--\n`,
      );
      const { context, page, misdeeds } = await enter("ann");
      await page.goto(`${base}/mail/f/${inbox}`);
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
      await page.locator(".mail-people summary").click();
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}/headers`);
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}/source`);
      await page.goto(`${base}/mail/compose?reply=${inbox}.${uid}`);
      await page.goto(`${base}/mail/compose?forward=${inbox}.${uid}`);
      await page.goto(`${base}/mail/f/${inbox}?q=${encodeURIComponent(evil)}`);
      expect(await pwned(page)).toBe(false);
      expect(misdeeds.list).toEqual([]);
      await context.close();
    },
    60 * SECONDS,
  );

  test(
    "that is huge or deeply nested hangs nothing",
    async () => {
      const inbox = house.folderId("ann");
      const bodies = {
        "nested tables": `${"<table><tr><td>".repeat(60)}x${"</td></tr></table>".repeat(60)}`,
        "nested blocks": `${"<div>".repeat(190)}x`,
        "too deep": `${"<b><i>".repeat(5000)}x`,
        "many cells": `<table>${`<tr>${"<td colspan=99 rowspan=99>x".repeat(50)}`.repeat(60)}</table>`,
        "one long word": "x".repeat(1_500_000),
        "many elements": "<p>x</p>".repeat(30_000),
        "many rules": `<style>${Array.from({ length: 2000 }, (_, at) => `.a${at} p:hover b{color:red}`).join("")}</style>${"<p><b>x</b></p>".repeat(3000)}`,
        "large type": '<p style="font-size:9999px;line-height:9999px;margin:9999px">x</p>'.repeat(500),
        "many pictures":
          '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" width=9999 height=9999>'.repeat(
            2000,
          ),
      };
      const { context, page, misdeeds } = await enter("ann");
      for (const [name, body] of Object.entries(bodies)) {
        const uid = await house.put(inbox, html(body, name));
        const started = performance.now();
        await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
        const frame = page.frames().find((one) => one.url().endsWith("/body"));
        await frame?.waitForLoadState("load");
        await page.screenshot();
        expect({ name, slow: performance.now() - started > 8 * SECONDS }).toEqual({ name, slow: false });
      }
      expect(misdeeds.list).toEqual([]);
      await context.close();
    },
    120 * SECONDS,
  );

  test(
    "cannot leave its frame: no layout over the page",
    async () => {
      const inbox = house.folderId("ann");
      const cover =
        '<div style="position:fixed;inset:0;z-index:9999;width:9999px;height:9999px;background:red">Password?</div>';
      const uid = await house.put(inbox, html(cover));
      const { context, page } = await enter("ann");
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
      const frame = await page.locator("iframe.mail-frame").boundingBox();
      const head = await page.locator(".mail-message-head").boundingBox();
      expect(frame?.y ?? 0).toBeGreaterThanOrEqual((head?.y ?? 0) + (head?.height ?? 0));
      const top = await page.evaluate("document.elementFromPoint(720, 20)?.closest('.mail-tools') !== null");
      expect(top).toBe(true);
      await context.close();
    },
    30 * SECONDS,
  );

  test(
    "shows pictures of others when asked, and only then",
    async () => {
      const inbox = house.folderId("ann");
      const uid = await house.put(
        inbox,
        html('<img src="https://leak.invalid/p.png"><p style="background:url(https://leak.invalid/q.png)">x</p>'),
      );
      const { context, page, misdeeds } = await enter("ann");
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
      await page.frameLocator("iframe.mail-frame").locator("p").waitFor();
      expect(misdeeds.list).toEqual([]);
      const asked = page.waitForRequest("https://leak.invalid/p.png");
      await page.click("text=Show pictures");
      expect((await asked).headers().referer).toBeUndefined();
      await until(() => misdeeds.list.length === 2, "both pictures");
      misdeeds.list.length = 0;
      await page.goto(`${base}/mail/f/${inbox}/m/${uid}`);
      await page.frameLocator("iframe.mail-frame").locator("p").waitFor();
      expect(misdeeds.list).toEqual([]);
      await context.close();
    },
    30 * SECONDS,
  );
});

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
      await page.keyboard.press("j");
      await heading("Key one");
      await page.keyboard.press("r");
      await page.waitForURL(`${base}/mail/compose?reply=*`);
      await page.keyboard.press("Control+Enter");
      await page.locator(".toast", { hasText: "on its way" }).waitFor();
      await page.waitForLoadState("load");
      await page.keyboard.press("/");
      await page.keyboard.type("subject:one");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${base}/mail/f/${inbox}?q=subject*`);
      await page.locator(".mail-row", { hasText: "Key one" }).waitFor();
      expect(misdeeds.list).toEqual([]);
      await context.close();
    },
    60 * SECONDS,
  );

  test(
    "loses nothing when the page is left in the middle of a word",
    async () => {
      const { context, page } = await enter("bob");
      await page.goto(`${base}/mail/compose`);
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
