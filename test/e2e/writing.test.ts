/** Writing in a browser: formats and keys, pictures and files that are dropped and pasted, and a server that is killed meanwhile. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { Gatepost, PASSWORD, until } from "../harness.ts";

const PATIENCE_MS = 120_000;

let server: Gatepost;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"], settings: ["webmail.attachmentOctets=200000"] });
  browser = await launchChromium();
  context = await browser.newContext({
    baseURL: `http://localhost:${server.port(80)}`,
    viewport: { width: 1280, height: 900 },
  });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => {
    if (!error.message.startsWith("Transition was")) complaints.push(error.message);
  });
  await page.goto("/login");
  await page.fill("[name=login]", "anna");
  await page.fill("[name=password]", PASSWORD);
  await Promise.all([page.waitForURL("**/mail/f/*"), page.click("button[type=submit]")]);
}, PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const compose = async (query = "") => {
  await page.goto(`/mail/compose${query}`);
  await page.waitForSelector("#rich[contenteditable]");
};
const saved = async () => await page.locator("#draft-state", { hasText: "Saved" }).waitFor();
/** What the draft of this page says now, read anew from the server. */
const stored = async (): Promise<string> => {
  await page.waitForURL("**/mail/compose?key=*");
  return await page.evaluate(async () => {
    const answer = await fetch(window.location.href);
    const form = new DOMParser().parseFromString(await answer.text(), "text/html");
    return form.querySelector<HTMLInputElement>("[name=html]")?.value ?? "";
  });
};

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Lets files arrive as if somebody dropped or pasted them. */
const bring = async (how: "drop" | "paste", on: string, ...files: { name: string; type: string; base64: string }[]) =>
  await page.locator(on).evaluate(
    (element, { how, files }) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of files) {
        const octets = Uint8Array.from(atob(base64), (octet) => octet.charCodeAt(0));
        data.items.add(new File([octets], name, { type }));
      }
      const shared = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        how === "drop"
          ? new DragEvent("drop", { ...shared, dataTransfer: data })
          : new ClipboardEvent("paste", { ...shared, clipboardData: data }),
      );
    },
    { how, files },
  );

test(
  "formats by keys alone, a link, pictures and files; it arrives as it was written",
  async () => {
    await compose();
    await page.keyboard.type("bert@example.test");
    await page.fill("[name=subject]", "By keys");
    await page.focus("[name=subject]");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.dataset.tool")).toBe("bold");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.keyboard.type("slanted");
    await page.keyboard.press("Control+i");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+b");
    await page.keyboard.type("strong");
    await page.keyboard.press("Control+b");
    await page.keyboard.type(" see ");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("gatepost.example/docs");
    await page.keyboard.press("Enter");
    await bring("paste", "#rich", { name: "p.png", type: "image/png", base64: PNG });
    await page.waitForSelector("#rich img[data-cid]");
    await bring("drop", "#rich", { name: "notes.txt", type: "text/plain", base64: btoa("notes") });
    await page.locator(".compose-files li", { hasText: "notes.txt" }).waitFor();
    await bring("drop", ".compose-files", { name: "second.png", type: "image/png", base64: PNG });
    await page.locator(".compose-files li", { hasText: "second.png" }).waitFor();
    await page.click("[aria-label='Remove second.png']");
    await page.locator(".compose-files li", { hasText: "second.png" }).waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.name")).toBe("file");
    // Too large for a letter: it goes behind a link.
    await page.setInputFiles("[name=file]", {
      name: "film.mp4",
      mimeType: "video/mp4",
      buffer: Buffer.alloc(9_000_000, 1),
    });
    const link = await page.locator("#rich a", { hasText: "film.mp4" }).getAttribute("href");
    expect((await page.request.get(new URL(link ?? "").pathname)).status()).toBe(200);
    const html = await until(async () => {
      const now = await stored();
      return now.includes("data-cid=") && now;
    }, "the picture in the stored text");
    expect(html).toStartWith("<div><i>slanted</i></div>");
    expect(html).toContain("<b>strong</b>");
    expect(html).toContain('href="https://gatepost.example/docs"');
    expect(html).toContain("data-cid=");
    await page.keyboard.press("Control+Enter");
    await page.waitForURL((url) => !url.pathname.startsWith("/mail/compose"));
    expect(complaints).toEqual([]);
  },
  PATIENCE_MS,
);

/** The page saves at once, as it does when its device is connected again. */
const hurry = async (on = page) => await on.evaluate(() => window.dispatchEvent(new Event("online")));
const keptOnDevice = async (on = page) =>
  await on.locator("#draft-state", { hasText: "kept on this device" }).waitFor();

test(
  "nothing that was typed is lost when the server is killed, and comes back",
  async () => {
    await compose();
    await page.fill("[name=subject]", "Through a power cut");
    await page.click("#rich");
    await page.keyboard.type("before ");
    await hurry();
    await saved();
    const other = await context.newPage();
    await other.goto("/mail/compose");
    await page.keyboard.type("during ");
    await server.kill();
    await page.keyboard.type("after");
    await page.click("button[value=send]");
    await page.locator("#compose-notices", { hasText: "nothing was sent" }).waitFor();
    await hurry();
    await keptOnDevice();
    // One that the server never heard of, and whose page is gone.
    await other.fill("[name=subject]", "Offline");
    await other.click("#rich");
    await other.keyboard.type("kept here");
    await hurry(other);
    await keptOnDevice(other);
    await other.close();
    await server.resume();
    await hurry();
    await until(async () => (await stored()).includes("before during after"), "what was typed to be stored");
    await page.reload();
    await page.locator("#rich", { hasText: "before during after" }).waitFor();
    await compose();
    await page.click("text=Go on writing it");
    expect(await page.inputValue("[name=subject]")).toBe("Offline");
    await hurry();
    await saved();
    expect(await stored()).toContain("kept here");
    // It goes on as plain text, and comes back.
    page.once("dialog", (dialog) => dialog.accept());
    await page.click("[data-format=plain]");
    await page.locator("#text:visible").waitFor();
    expect(await page.inputValue("#text")).toBe("kept here");
    await page.click("button[data-format=rich]");
    await page.locator("#rich", { hasText: "kept here" }).waitFor();
    await hurry();
    const copies = () =>
      page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("letter")).length);
    await until(async () => (await copies()) === 0, "nothing to be left on the device");
    expect(complaints).toEqual([]);
  },
  PATIENCE_MS,
);
