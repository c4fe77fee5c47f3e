/**
 * A day in webmail at the widths of a phone, a tablet and a desk, in the executable as it is shipped: what one does most, one after the
 * other. What single parts do in every case, test/webmail holds.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { Client } from "../imap/client.ts";

const PATIENCE_MS = 120_000;
const SIZES = [
  { login: "phil", width: 390, height: 844, touch: true },
  { login: "tara", width: 820, height: 1180, touch: true },
  { login: "dora", width: 1280, height: 800, touch: false },
] as const;

let server: Gatepost;
let browser: Browser;

beforeAll(async () => {
  server = await Gatepost.start({ users: SIZES.map(({ login }) => login) });
  browser = await launchChromium();
}, PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const INVITATION = [
  ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:e1@far.test"],
  ...["DTSTAMP:20261120T090000Z", "DTSTART:20270301T090000Z", "DTEND:20270301T100000Z", "SUMMARY:Planting"],
  ...[
    "ORGANIZER:mailto:admin@example.test",
    "ATTENDEE;RSVP=TRUE:mailto:LOGIN@example.test",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ],
].join("\r\n");

const LETTERS = [
  `From: Carol <carol@far.test>\nTo: x\nSubject: The plan\nMessage-ID: <a@far.test>\n\nFirst we dig.\n`,
  `From: Emil <emil@far.test>\nTo: x\nSubject: Re: The plan\nMessage-ID: <b@far.test>\nReferences: <a@far.test>\n\nThen we plant a pear tree.\n`,
  `From: News <news@far.test>\nTo: x\nSubject: Offers\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>Look: <img src="https://far.test/x.png"> <script>document.title = "ran"</script><a href="https://far.test/">far</a></p>\n`,
  `From: Admin <admin@example.test>\nTo: x\nSubject: Invitation\nMIME-Version: 1.0\nContent-Type: text/calendar; method=REQUEST\n\n${INVITATION}`,
];

describe.each(SIZES)("at $width pixels", ({ login, width, height, touch }) => {
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    const client = await Client.open({ port: server.port(993), tls: true });
    await client.ok(`LOGIN ${login} ${PASSWORD}`);
    for (const text of LETTERS) {
      const octets = text.replaceAll("LOGIN", login).replace(/\r?\n/g, "\r\n");
      await client.ok(`APPEND INBOX {${Buffer.byteLength(octets)}+}\r\n${octets}`);
    }
    await client.ok("LOGOUT");
    const context = await browser.newContext({
      baseURL: `http://localhost:${server.port(80)}`,
      viewport: { width, height },
      ...(touch && { hasTouch: true, isMobile: true }),
    });
    context.setDefaultTimeout(20_000);
    page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => {
      if (!message.startsWith("Transition was")) complaints.push(message);
    });
    await page.goto("/login");
    await page.fill("[name=login]", login);
    await page.fill("[name=password]", PASSWORD);
    await Promise.all([page.waitForURL("**/mail/f/*"), page.click("button[type=submit]")]);
  }, PATIENCE_MS);
  afterAll(async () => {
    expect(complaints).toEqual([]);
    await page?.context().close();
  });

  const rows = (text: string) => page.locator(".mail-row", { hasText: text });
  const toast = async (text: string | RegExp) => await page.locator(".toast", { hasText: text }).waitFor();
  const open = async (text: string) => {
    await rows(text).locator(".mail-link").click();
    await page.locator("#reader h2, #reader h1", { hasText: text }).first().waitFor();
  };
  /** Nothing is wider than the screen. */
  const fits = async () =>
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  /** A place of the rail, which is behind a button on a phone. */
  const go = async (name: string) => {
    const link = page
      .locator("#rail .rail-link", { hasText: name })
      .or(page.locator(`#rail [title^="${name}"]`))
      .first();
    if (!(await link.isVisible())) await page.locator("[popovertarget=rail]").click();
    await link.click();
  };
  const inbox = async () => {
    await page.goto("/mail");
    await page.locator(".mail-rows").first().waitFor();
  };
  /** A button of the open message, or one in a menu of it. */
  const act = async (label: string, item?: string) => {
    const tools = page.locator(".mail-tools");
    await tools.getByLabel(label, { exact: true }).click();
    if (item !== undefined) await tools.locator(".mail-menu-item", { hasText: item }).click();
  };

  test(
    "reads a conversation, a message with pictures, and accepts an invitation",
    async () => {
      expect(await rows("The plan").locator(".mail-who").textContent()).toContain("Carol, Emil");
      await rows("The plan").locator(".mail-words", { hasText: "Then we plant" }).waitFor();
      await fits();
      await open("The plan");
      await page.locator("#reader", { hasText: "First we dig." }).waitFor();
      await fits();
      await inbox();
      await open("Offers");
      await page.locator("#reader", { hasText: "One picture was not loaded" }).waitFor();
      expect(await page.title()).not.toBe("ran");
      await inbox();
      await open("Invitation");
      await page.getByRole("button", { name: "Accept" }).first().click();
      await page.getByText("You accepted.").first().waitFor();
      await fits();
    },
    PATIENCE_MS,
  );

  test(
    "puts things in order, and takes it back",
    async () => {
      await inbox();
      await open("Offers");
      await act("Archive");
      await toast("moved to Archive");
      await page.getByRole("button", { name: "Undo" }).click();
      await rows("Offers").waitFor();
      await open("Offers");
      await act("Label", undefined);
      await page.locator(".mail-tools [name=labelName]").fill("Adverts");
      await page.locator(".mail-tools .mail-menu-item", { hasText: "As a new label" }).click();
      await page.locator("#reader .mail-label", { hasText: "Adverts" }).waitFor();
      await act("Snooze", "Tomorrow morning");
      await toast("comes back");
      await go("Snoozed");
      await open("Offers");
      await act("Move to another folder", "Inbox");
      await toast("moved to Inbox");
      await go("Folders");
      await page.getByText("New folder").click();
      await page.getByLabel("Name", { exact: true }).fill("Garden");
      await page.getByRole("button", { name: "Make the folder" }).click();
      await fits();
      await inbox();
      await open("The plan");
      await act("Move to another folder", "Garden");
      await toast("2 messages moved to Garden");
    },
    PATIENCE_MS,
  );

  test(
    "finds, and keeps the search",
    async () => {
      await inbox();
      await page.fill("#list [name=q], .mail-search [name=q]", "from:emil pear");
      await page.keyboard.press("Enter");
      await rows("Re: The plan").locator("mark", { hasText: "pear" }).first().waitFor();
      await fits();
      await page.getByText("Keep this search").click();
      await page.fill("#search-name", "Pears");
      await page.getByRole("button", { name: "Keep", exact: true }).click();
      await go("Pears");
      await rows("Re: The plan").waitFor();
    },
    PATIENCE_MS,
  );

  test(
    "writes with a signature to a contact, calls it back, sends it, and gets it",
    async () => {
      await page.goto("/mail/options/identities");
      await page
        .locator("main a", { hasText: /Change|Edit/ })
        .first()
        .click();
      await page.locator("main [contenteditable=true]").first().click();
      await page.keyboard.type(`Yours, ${login}`);
      await page.getByRole("button", { name: /Save/ }).click();
      await toast(/./);
      await go("Contacts");
      await page.getByRole("link", { name: "New contact" }).click();
      await page
        .getByLabel("Full name")
        .or(page.getByLabel("Name", { exact: true }))
        .first()
        .fill(`Myself ${login}`);
      await page.locator("main [name=mail]").first().fill(`${login}@example.test`);
      await page.locator("main form button[type=submit]").last().click();
      await page.goto("/mail/compose");
      await page.waitForSelector("#rich[contenteditable]");
      await page.locator("[name=to]").pressSequentially("mys");
      await page
        .getByRole("option", { name: /Myself/ })
        .first()
        .click();
      await page.fill("[name=subject]", "To me");
      await page.locator("#rich").click();
      await page.keyboard.press("Control+Home");
      await page.keyboard.type("Here it is.");
      await page.setInputFiles("#compose [type=file]:not([data-pictures])", {
        name: "list.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("seeds"),
      });
      await page.getByText("list.txt").first().waitFor();
      await fits();
      await page.locator("[name=do][value=send]").click();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.waitForSelector("#rich[contenteditable]");
      await page.locator("[name=do][value=send]").click();
      await toast(/./);
      await go("Scheduled");
      await page.getByRole("button", { name: "Send now" }).first().click();
      await toast("on its way");
      await inbox();
      await open("To me");
      const body = page.frameLocator("#reader iframe");
      await body.getByText(`Yours, ${login}`).waitFor();
      await page.locator("#reader", { hasText: "list.txt" }).waitFor();
      await fits();
      await page.locator(".mail-answers a", { hasText: "Reply" }).first().click();
      await page.waitForSelector("#rich[contenteditable]");
      expect(await page.inputValue("[name=subject]")).toBe("Re: To me");
    },
    PATIENCE_MS,
  );

  test(
    "speaks German when asked to, and lets one go",
    async () => {
      await page.goto("/mail/options/appearance");
      await page.selectOption("[name=language]", "de");
      await page
        .locator("main form", { has: page.locator("[name=language]") })
        .locator("button[type=submit]")
        .click();
      await page.getByRole("heading", { name: "Aussehen" }).or(page.getByText("Gespeichert")).first().waitFor();
      await page.goto("/mail");
      await page.locator("#list", { hasText: "Posteingang" }).waitFor();
      await fits();
      await go("Abmelden");
      await page.waitForURL("**/login*");
    },
    PATIENCE_MS,
  );
});
