/** Chromium for tests: how it is started, everywhere alike. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const WHOLE = "/usr/bin/chromium";
const SHELL = "/usr/bin/chromium-headless-shell";

/**
 * Starts a browser without a window of its own, with further switches; it may take a while on a small machine. Close it. It shows pages
 * with a third of the processor time that the whole browser takes.
 */
export function launchChromium(...switches: string[]): Promise<Browser> {
  return launch(existsSync(SHELL) ? SHELL : WHOLE, switches);
}

/** The same for what only the whole browser has: notifications, and the way to the proxy that a file tells. */
export function launchWholeChromium(...switches: string[]): Promise<Browser> {
  return launch(WHOLE, switches);
}

function launch(executablePath: string, switches: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", ...switches],
  });
}
