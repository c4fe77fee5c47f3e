/** Chromium for tests: how it is started, everywhere alike. */
import { type Browser, chromium } from "playwright-core";

/** Starts a browser, with further switches; it may take a while on a small machine. Close it. */
export function launchChromium(...switches: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", ...switches],
  });
}
