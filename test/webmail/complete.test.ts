/** Addresses are completed while one writes: what is offered, and the keys and the pointer in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser as Chromium, Page } from "playwright-core";
import { CONSOLE } from "../../src/administration/actor.ts";
import { addContact } from "../../src/administration/users/contacts.ts";
import { launchChromium } from "../chromium.ts";
import { until } from "../harness.ts";
import { House, PASSWORD } from "./house.ts";

const SECONDS = 1000;

let house: House;
let server: Server<undefined>;
let chrome: Chromium;
let base: string;

beforeAll(async () => {
  house = await House.build();
  const mails = (address: string) => [{ kind: "work" as const, address }];
  const { administration } = house.deps;
  const book = "shared";
  await administration.perform(addContact, CONSOLE, {
    book,
    fullName: "Zoe, Plumber",
    mails: mails("zoe@pipes.example"),
  });
  await administration.perform(addContact, CONSOLE, { book, fullName: "<b>Zack</b>", mails: mails("zack@x.example") });
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  base = `http://127.0.0.1:${server.port}`;
  chrome = await launchChromium();
}, 60 * SECONDS);

afterAll(async () => {
  await chrome?.close();
  await server?.stop(true);
  await house?.close();
});

describe("what is offered", () => {
  test("is contacts and listed users, written so that the field understands them", async () => {
    const ann = await house.signIn("ann");
    const { text } = await ann.get("/mail/compose/complete?typed=zoe");
    expect(text).toContain('data-value="&quot;Zoe, Plumber&quot; &lt;zoe@pipes.example&gt;"');
    expect((await ann.get("/mail/compose/complete?typed=bob")).text).toContain("Bob Example &lt;bob@home.example&gt;");
    expect((await ann.get("/mail/compose/complete?typed=%2525")).text).toBe("");
  });

  test("is text, whatever a contact is called", async () => {
    const ann = await house.signIn("ann");
    const { text } = await ann.get("/mail/compose/complete?typed=zack");
    expect(text).toContain("&lt;b&gt;Zack&lt;/b&gt;");
    expect(text).not.toContain("<b>");
  });

  test("is remembered from what was sent, for the sender alone", async () => {
    const [ann, bob] = [await house.signIn("ann"), await house.signIn("bob")];
    const key = (page: string) => /name="key" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const form = { key: key((await ann.get("/mail/compose")).text), from: "ann@home.example", about: "", back: "" };
    const to = "Nora New <nora@home.example>, bob@home.example";
    await house.addUser("nora");
    await house.directory.users.update("nora", { entry: { ...house.user("nora").entry, listed: false } });
    await ann.compose("/mail/compose", { ...form, to, subject: "x", text: "x", do: "send" });
    expect((await ann.get("/mail/compose/complete?typed=nora")).text).toContain("Nora New");
    expect((await bob.get("/mail/compose/complete?typed=nora")).text).toBe("");
  });
});

async function writing(): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await chrome.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${base}/login`);
  await page.fill("input[name=login]", "ann");
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL(`${base}/mail/f/*`), page.click("button[type=submit]")]);
  await page.goto(`${base}/mail/compose`);
  return { page, close: () => context.close() };
}

const chosen = (page: Page) => page.locator("#to-options [aria-selected=true]");

describe("in a browser", () => {
  test(
    "keys choose, take and close; what stands around the caret stays",
    async () => {
      const { page, close } = await writing();
      const to = page.locator("#to");
      await to.pressSequentially("zoe");
      await chosen(page).waitFor();
      expect(await to.getAttribute("aria-expanded")).toBe("true");
      expect(await to.getAttribute("aria-activedescendant")).toBe("to-options-0");
      await to.press("Enter");
      expect(await to.inputValue()).toBe('"Zoe, Plumber" <zoe@pipes.example>, ');
      expect(await to.getAttribute("aria-expanded")).toBe("false");
      await to.pressSequentially("home");
      await page.locator("#to-options [role=option]").nth(1).waitFor();
      const first = await chosen(page).textContent();
      await to.press("ArrowDown");
      expect(await chosen(page).textContent()).not.toBe(first);
      await to.press("ArrowUp");
      expect(await chosen(page).textContent()).toBe(first);
      await to.press("Escape");
      expect(await to.getAttribute("aria-expanded")).toBe("false");
      expect(await to.inputValue()).toBe('"Zoe, Plumber" <zoe@pipes.example>, home');
      await to.press("Home");
      await to.pressSequentially("bob");
      await chosen(page).waitFor();
      await to.press("Tab");
      // Nothing separates what was typed from what stood there: the caret was in that address.
      expect(await to.inputValue()).toStartWith("Bob Example <bob@home.example>, ");
      await close();
    },
    60 * SECONDS,
  );

  test(
    "an address that is typed out is left alone, and a pointer takes one",
    async () => {
      const { page, close } = await writing();
      const to = page.locator("#to");
      const answered = page.waitForResponse(/typed=bob%40home\.exa$/);
      await to.pressSequentially("bob@home.exa");
      await answered;
      await page.locator("#to-options [role=option]").first().waitFor();
      await until(async () => (await chosen(page).count()) === 0, "nothing to be chosen");
      await page.locator("#to-options [role=option]").first().click();
      expect(await to.inputValue()).toBe("Bob Example <bob@home.example>, ");
      expect(await page.evaluate("document.activeElement.id")).toBe("to");
      await page.locator("#draft-state", { hasText: "Saved" }).waitFor();
      await close();
    },
    60 * SECONDS,
  );

  test(
    "Enter in a field that offers nothing throws no draft away",
    async () => {
      const { page, close } = await writing();
      await page.fill("#subject", "Kept");
      await page.press("#subject", "Enter");
      await page.waitForURL(`${base}/mail/compose?key=*`);
      expect(await page.inputValue("#subject")).toBe("Kept");
      await close();
    },
    60 * SECONDS,
  );
});
