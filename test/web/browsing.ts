/** A real browser at the pages of a house. */
import { expect } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type House, PASSWORD } from "./house.ts";

type ContextOptions = Parameters<Browser["newContext"]>[0];

/** A page of a browser on a house behind a real port. `close` also says what browser or house complained about. */
export async function pageOf(
  browser: Browser,
  house: House,
  options: ContextOptions = {},
): Promise<{ page: Page; close: () => Promise<void> }> {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => house.web.fetch(request, { address: "127.0.0.1", secure: false }),
  });
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${server.port}`, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // A refused form answers 422, which the browser notes; that is no complaint.
    if (message.type() === "error" && !message.text().includes("422")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => {
    // A slow browser gives up to fade from page to page.
    if (!/^Transition was (aborted|skipped)/.test(error.message)) complaints.push(error.message);
  });
  const close = async () => {
    expect(complaints).toEqual([]);
    expect(house.faults).toEqual([]);
    await context.close();
    await server.stop(true);
    await house.close();
  };
  return { page, close };
}

/** Signs in at the form. */
export async function signIn(page: Page, login = "admin"): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Login name").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}
