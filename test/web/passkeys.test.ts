/** Passkeys end to end: Chromium with a virtual authenticator, the pages, and the library that checks its answers. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import type { Browser, CDPSession, Page } from "playwright-core";
import { authSettings } from "../../src/auth/settings.ts";
import { passkeys } from "../../src/auth/tables.ts";
import { launchChromium } from "../chromium.ts";
import { totpCode } from "../totp.ts";
import { House, PASSWORD } from "./house.ts";

const PATIENCE_MS = 60_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, PATIENCE_MS);
afterAll(async () => await browser.close());

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Visit {
  readonly house: House;
  readonly page: Page;
  readonly authenticator: Authenticator;
}

/** A device that keeps passkeys, as the browser's debugger makes one. */
class Authenticator {
  private constructor(
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** `verifies`: it asks its owner for PIN or finger, who gives it. */
  static async plugIn(page: Page, verifies: boolean): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: verifies,
        isUserVerified: verifies,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(cdp, authenticatorId);
  }

  async credentials(): Promise<number> {
    const { credentials } = await this.cdp.send("WebAuthn.getCredentials", { authenticatorId: this.authenticatorId });
    return credentials.length;
  }
}

/** `proposes`: the browser offers passkeys by itself where a login name is typed, and this one takes what is offered. */
const visit = async ({ host = "localhost", proposes = false, verifies = true } = {}): Promise<Visit> => {
  const house = await House.build();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  const context = await browser.newContext({ baseURL: `http://${host}:${server.port}` });
  context.setDefaultTimeout(15_000);
  if (!proposes) {
    await context.addInitScript(() => {
      if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // A refused form answers 401 or 422, which the browser notes; that is no complaint.
    // Nor are live pages whose session has ended.
    const expected = /40[14]|422|ERR_INCOMPLETE_CHUNKED_ENCODING|sse:error/;
    if (message.type() === "error" && !expected.test(message.text())) complaints.push(message.text());
  });
  // A page that is left while it is still being faded in says so.
  page.on("pageerror", (error) => /^Transition was /.test(error.message) || complaints.push(error.message));
  open.push(async () => {
    expect(complaints).toEqual([]);
    expect(house.faults).toEqual([]);
    await context.close();
    await server.stop(true);
    await house.close();
  });
  return { house, page, authenticator: await Authenticator.plugIn(page, verifies) };
};

const withPassword = async ({ page }: Visit, login = "ann") => {
  // A page that hears what happens may lead to the login by itself just now.
  await page.goto("about:blank");
  await page.goto("/login");
  await page.getByLabel("Login name").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
};

/** As soon as the address is there: what the page goes on to load does not matter here. */
const arrive = (page: Page) => page.waitForURL(/^[^?]*\/mail/, { waitUntil: "commit" });

/** Presses a button that asks for a passkey; where the browser was too busy to give one, once more, as the page says. */
const givePasskey = async (page: Page, name: string): Promise<void> => {
  const button = page.getByRole("button", { name });
  await button.click();
  const again = page.getByText("No passkey was given.").waitFor();
  await Promise.race([arrive(page), again.then(() => button.click()).catch(() => undefined)]);
  await arrive(page);
};

const demand = (house: House, requireSecondFactor: "nobody" | "everybody") =>
  house.store.settings.set(authSettings, { requireSecondFactor });

/** Signs in for the first time where a factor is demanded, and registers a passkey. */
const register = async (all: Visit) => {
  const { house, page } = all;
  await demand(house, "everybody");
  await withPassword(all);
  await page.getByRole("heading", { name: "Set up a second factor" }).waitFor();
  await page.getByLabel("Name").fill("Ann's laptop");
  await page.getByRole("button", { name: "Register a passkey" }).click();
  await page.getByRole("heading", { name: "Keep these codes" }).waitFor();
  expect(await page.locator(".codes li").count()).toBe(10);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await arrive(page);
};

const leave = async (page: Page) => {
  // A page that hears what happens would lead to the login by itself.
  await page.goto("about:blank");
  await page.context().clearCookies();
};

describe("a passkey", () => {
  test(
    "is registered at sign-in where a factor is demanded, and is the second step from then on",
    async () => {
      const all = await visit();
      const { house, page, authenticator } = all;
      await register(all);
      expect(await authenticator.credentials()).toBe(1);
      expect(house.auth.factors.passkeys.list(house.user("ann").id)).toMatchObject([
        { name: "Ann's laptop", host: "localhost" },
      ]);
      await leave(page);
      await withPassword(all);
      await page.getByRole("heading", { name: "One more step" }).waitFor();
      await givePasskey(page, "Use a passkey");
      const [used] = house.auth.factors.passkeys.list(house.user("ann").id);
      expect(used?.lastUsedAt).not.toBeNull();
      const texts = house.store.events.recent({ room: "auth", user: "ann" }).map(({ text }) => text);
      expect(texts).toContain("Signed in (password and passkey, web)");
    },
    PATIENCE_MS,
  );

  test(
    "signs in alone, stays signed in where the box is ticked, and shows again who one is",
    async () => {
      const all = await visit();
      const { house, page } = all;
      await register(all);
      await leave(page);
      await page.goto("/login");
      await page.getByLabel("Stay signed in on this device").check();
      await givePasskey(page, "Sign in with a passkey");
      expect(house.auth.sessions.list(house.user("ann").id)).toMatchObject([{ remembered: true }, {}]);
      house.later += 60 * 60_000;
      await page.goto("/confirm?next=/mail");
      await givePasskey(page, "Use a passkey");
      const proven = house.auth.sessions.list(house.user("ann").id)[0]?.id ?? "";
      expect(house.auth.confirmation.isRecent(new Uint8Array(Buffer.from(proven, "hex")))).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "is proposed by the browser at the login name, and takes one in with a touch",
    async () => {
      const all = await visit({ proposes: true });
      const { page } = all;
      await register(all);
      await leave(page);
      await page.goto("/login");
      await arrive(page);
    },
    PATIENCE_MS,
  );

  test(
    "of a device that does not ask its owner is a second step, and not the only one",
    async () => {
      const all = await visit({ verifies: false });
      const { house, page } = all;
      await register(all);
      await leave(page);
      await page.goto("/login");
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("No passkey was given.").waitFor();
      // A browser that asks for less than it was told to is found out.
      await page.goto("/login");
      const id = house.store.db.select().from(passkeys).get()?.credential ?? "";
      await page.locator("form[data-passkey]").evaluate((form: HTMLFormElement, id) => {
        const less = { userVerification: "discouraged", allowCredentials: [{ type: "public-key", id }] };
        form.dataset.options = JSON.stringify({ ...JSON.parse(form.dataset.options ?? ""), ...less });
      }, id);
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("That passkey does not open this account here.").waitFor();
      expect(house.auth.sessions.list(house.user("ann").id)).toHaveLength(1);
      await withPassword(all);
      await givePasskey(page, "Use a passkey");
    },
    PATIENCE_MS,
  );

  test(
    "whose counter runs backwards was copied, and opens nothing",
    async () => {
      const all = await visit();
      const { house, page } = all;
      await register(all);
      await leave(page);
      await house.store.commit((tx) => tx.db.update(passkeys).set({ counter: 1_000 }).where(eq(passkeys.id, 1)).run());
      await withPassword(all);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.getByText("That passkey does not open this account here.").waitFor();
      const refused = house.store.events.recent({ room: "auth" }).find(({ name }) => name === "passkey.refused");
      expect(refused?.text).toContain("counter");
    },
    PATIENCE_MS,
  );

  test(
    "that was removed opens nothing more, and a stranger's answer is not replayed",
    async () => {
      const all = await visit();
      const { house, page } = all;
      await register(all);
      await leave(page);
      const sent: string[] = [];
      page.on("request", (request) => {
        if (request.method() === "POST" && request.url().includes("passkey")) sent.push(request.postData() ?? "");
      });
      await withPassword(all);
      await givePasskey(page, "Use a passkey");
      const credential = new URLSearchParams(sent[0]).get("credential") ?? "";
      expect(credential).toContain("signature");
      const replayed = JSON.parse(credential);
      const site = { host: "localhost", origin: new URL(page.url()).origin };
      for (const purpose of ["secondStep", "signIn", "prove"] as const) {
        const about = { purpose, binding: "any" };
        expect(await house.auth.factors.passkeys.proof(about, replayed, site)).toBeUndefined();
      }
      await demand(house, "nobody");
      const ann = house.user("ann");
      await house.store.commit((tx) => house.auth.factors.removePasskeyWithin(tx, ann, 1));
      expect(house.auth.factors.status(ann)).toMatchObject({ on: false, recoveryCodes: 0 });
      await leave(page);
      await withPassword(all);
      await arrive(page);
    },
    PATIENCE_MS,
  );
});

describe("at an address made of numbers", () => {
  test(
    "the page says that passkeys need a name, and codes of an app work",
    async () => {
      const all = await visit({ host: "127.0.0.1" });
      const { house, page } = all;
      await demand(house, "everybody");
      await withPassword(all);
      await page.getByText("at an address made of numbers they do not work").waitFor();
      const secret = (await page.locator(".hint .mono").textContent()) ?? "";
      await page.getByLabel("Code", { exact: true }).fill(totpCode(secret, Date.now()));
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByRole("link", { name: "I have kept them" }).click();
      await arrive(page);
    },
    PATIENCE_MS,
  );
});
