/** Options in a browser, and what comes of them in other programs: a second factor, a passkey, an app password, an out-of-office reply. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { DOMAIN, Gatepost, PASSWORD } from "../harness.ts";
import { totpCode } from "../totp.ts";
import { calls } from "./python.ts";

const PATIENCE_MS = 120_000;

let server: Gatepost;
let browser: Browser;
let base: string;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert", "carl", "dora"] });
  // A name, because passkeys know no numbers.
  base = `http://localhost:${server.port(80)}`;
  browser = await launchChromium();
}, PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A window of somebody who signs in with the password. */
async function enter(login: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(20_000);
  // What the browser proposes by itself where a login name is typed would be taken by the authenticator of a test.
  await context.addInitScript(() => {
    if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => {
    if (!error.message.startsWith("Transition was")) complaints.push(error.message);
  });
  open.push(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  await signIn(page, login);
  return page;
}

async function signIn(page: Page, login: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Login name").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function leave(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: /^Sign out / })
    .first()
    .click();
  await page.waitForURL(/\/login/);
}

const inOptions = async (page: Page, label: string) => {
  await page.goto("/mail/options");
  await page.locator(".options-pages").getByRole("link", { name: label, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: label }).waitFor();
};

/** Whether a password opens IMAP. */
const opensImap = async (login: string, password: string) =>
  !JSON.stringify(await calls(server, "imaps", ["login", login, password])).includes("error");

describe("a second factor set up in Options", () => {
  test(
    "asks for codes of the app from then on, and programs need an app password",
    async () => {
      const page = await enter("anna");
      await page.waitForURL(/\/mail\/f/);
      await inOptions(page, "Second factor");
      await page.getByRole("link", { name: "Set it up" }).click();
      await page.locator(".qr svg").waitFor();
      const secret = (await page.locator(".hint .mono").textContent()) ?? "";
      await page.getByLabel("Six digits").fill("000000");
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.locator(".notice[data-kind=danger]").waitFor();
      await page.getByLabel("Six digits").fill(totpCode(secret, Date.now()));
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByRole("heading", { name: "Recovery codes", level: 1 }).waitFor();
      const codes = await page.locator(".codes li").allTextContents();
      expect(codes).toHaveLength(10);
      await page.getByRole("link", { name: "I have kept them" }).click();
      await page.getByText("10 are left").waitFor();

      expect(await opensImap("anna", PASSWORD)).toBe(false);
      await inOptions(page, "App passwords");
      await page.getByLabel("Name").fill("Mail on my phone");
      await page.getByRole("button", { name: "Make the app password" }).click();
      const shown = ((await page.locator("#app-password").textContent()) ?? "").trim();
      expect(await page.locator("[data-copy='#app-password']").isVisible()).toBe(true);
      expect(await opensImap("anna", shown)).toBe(true);
      // To send the form once more makes no second one.
      await page.reload();
      await page.getByText("There is an app password “Mail on my phone” already.").waitFor();
      await inOptions(page, "App passwords");
      expect(await page.content()).not.toContain(shown);
      await page.getByText("Last used").waitFor();
      await page.getByRole("button", { name: /^Revoke/ }).click();
      await page.getByText("No app passwords yet").waitFor();
      expect(await opensImap("anna", shown)).toBe(false);

      await leave(page);
      await signIn(page, "anna");
      await page.getByRole("heading", { name: "One more step" }).waitFor();
      await page.getByLabel("Code").fill(codes[0] ?? "");
      await page.getByRole("button", { name: "Go on" }).click();
      await page.waitForURL(/\/mail\/f/);
      await inOptions(page, "Second factor");
      await page.getByText("9 are left").waitFor();
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByText("no longer asked for").waitFor();
      expect(await opensImap("anna", PASSWORD)).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "is a passkey where one is registered: named anew, used to sign in, taken away",
    async () => {
      const page = await enter("bert");
      await page.waitForURL(/\/mail\/f/);
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("WebAuthn.enable");
      const options = {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      } as const;
      await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
      await inOptions(page, "Second factor");
      await page.getByLabel("Name of the new passkey").fill("My laptop");
      await page.getByRole("button", { name: "Register a passkey" }).click();
      await page.getByRole("heading", { name: "Recovery codes", level: 1 }).waitFor();
      await page.getByRole("link", { name: "I have kept them" }).click();
      await page.getByLabel("Name of the passkey My laptop").fill("Bert's laptop");
      await page.getByRole("button", { name: "Rename" }).click();
      await page.getByLabel("Name of the passkey Bert's laptop").waitFor();

      await leave(page);
      await signIn(page, "bert");
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.waitForURL(/\/mail\/f/);
      await inOptions(page, "Second factor");
      await page.getByText(/last used/).waitFor();
      await page.getByRole("button", { name: /^Remove.*Bert's laptop/ }).click();
      await page.getByText("The passkey is taken away").waitFor();
      expect(await page.locator(".lamp", { hasText: "Off" }).count()).toBe(1);
    },
    PATIENCE_MS,
  );
});

test(
  "by keys alone: an out-of-office reply is written in Options, and answers a letter",
  async () => {
    await server.command(["user", "set", "carl", "permissions=+web.autoresponder"]);
    const page = await enter("carl");
    await page.waitForURL(/\/mail\/f/);
    await inOptions(page, "Out-of-office reply");
    await page.getByLabel("Answer my mail").focus();
    await page.keyboard.press("Space");
    await page.getByLabel("Text").focus();
    await page.keyboard.type("I am on the mountain.");
    await page.getByRole("button", { name: "Save" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Your mail is answered from now on.").waitFor();
    const writer = await enter("dora");
    await writer.waitForURL(/\/mail\/f/);
    await writer.goto("/mail/compose");
    await writer.locator("#to").pressSequentially("car");
    await writer.locator("#to-options [aria-selected=true]").waitFor();
    await writer.keyboard.press("Enter");
    expect(await writer.locator("#to").inputValue()).toContain(`carl@${DOMAIN}`);
    await writer.fill("#subject", "Coming down?");
    await writer.keyboard.press("Control+Enter");
    await writer.locator(".toast", { hasText: "on its way" }).waitFor();
    await writer.locator(".mail-row", { hasText: "carl" }).first().waitFor();
    await writer.locator(".mail-row .mail-link").first().click();
    await writer.getByText("I am on the mountain.").waitFor();
  },
  PATIENCE_MS,
);
