/** Browser windows of people who are signed in to a house, and what goes on in them that no page of mail may do. */
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { House, PASSWORD } from "./house.ts";

/** What a page did that no page of mail may do. */
export interface Misdeeds {
  readonly list: string[];
}

/** A house that a browser reaches, and the browser. */
export class Windows {
  private constructor(
    readonly house: House,
    private readonly server: Server<undefined>,
    private readonly browser: Browser,
  ) {}

  static async open(): Promise<Windows> {
    const house = await House.build();
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 60,
      fetch: async (request) => await house.web.fetch(request, { address: "127.0.0.1", secure: false }),
    });
    return new Windows(house, server, await launchChromium());
  }

  get base(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  /** A window of somebody who is signed in; every request beyond the server, dialog, window and script error is noted. */
  async enter(login: string, options: Parameters<Browser["newContext"]>[0] = {}) {
    const { base } = this;
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
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

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop(true);
    await this.house.close();
  }
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

/** A message of HTML. */
export const html = (body: string, subject = "x") =>
  `From: crook@else.example\nTo: ann@home.example\nSubject: ${subject}\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${Buffer.from(
    body,
  )
    .toString("base64")
    .replace(/.{76}/g, "$&\n")}\n`;
