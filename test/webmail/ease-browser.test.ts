/**
 * Webmail for everybody, in a real browser: what opens on its pages is as accessible as the pages themselves (web/pages.test.ts looks at
 * those), by keys alone one is always somewhere, without a script everything is done that is done to messages, and lines may begin at the right.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { Windows } from "./windows.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const SOON = 8_000;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
/** What is wrong by WCAG 2.2 AA, the size of targets (2.5.8) included. */
const WRONG = `(scope) => axe.run(scope, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))`;
const PHONE = { width: 390, height: 844 };
const WIDER = [
  { width: 820, height: 900 },
  { width: 1280, height: 900 },
];
const THEMES = ["light", "dark"] as const;

let windows: Windows;
let inbox: number;
/** The open message of the conversation. */
let answer: number;

beforeAll(async () => {
  windows = await Windows.open();
  const { house } = windows;
  inbox = house.folderId("ann");
  const put = async (id: string, from: string, more = "", text = `text ${id}`) =>
    await house.put(inbox, `From: ${from}\nTo: ann@home.example\nMessage-ID: <${id}@x>\n${more}\n\n${text}\n`, {
      flags: 1,
    });
  for (const n of [1, 2, 3, 4]) await put(`n${n}`, `Person ${n} <p${n}@else.example>`, `Subject: Number ${n}`);
  await put(
    "he",
    "שרה <sarah@else.example>",
    "Subject: פגישה\nContent-Type: text/plain; charset=utf-8",
    "שלום (report.pdf)",
  );
  const plan = await put("a", "Carol <carol@else.example>", "Subject: The plan");
  answer = await put("b", "Dora <dora@else.example>", "Subject: Re: The plan\nReferences: <a@x>");
  await house.mailstore.setFlags(inbox, [plan], { mode: "add", flags: { system: 0, keywords: ["$label1"] } });
}, MINUTE);

afterAll(async () => await windows?.close());

const enter = async (options?: Parameters<Windows["enter"]>[1]): Promise<Page> => {
  const { page } = await windows.enter("ann", { reducedMotion: "reduce", ...options });
  page.setDefaultTimeout(SOON);
  return page;
};
const row = (page: Page, text: string) => page.locator(".mail-row", { hasText: text }).first();

/** Something that opens on a page: what is looked at, and what opens it. */
type Opened = readonly [scope: string, open: (page: Page) => Promise<unknown>];

const press = (selector: string) => async (page: Page) => await page.click(selector);
/** Presses a key of webmail, after what another one opened is closed. */
const ask = (key: string) => async (page: Page) => {
  await page.keyboard.press("Escape");
  await page.keyboard.press(key);
};
const PAGES: readonly (readonly [path: () => string, opened: readonly Opened[]])[] = [
  [
    () => `/mail/f/${inbox}`,
    [
      [".mail-bulk", async (page) => await row(page, "Number 2").locator(".mail-pick").click()],
      [".mail-bulk [data-menu=move] > div", ask("v")],
      [".mail-bulk [data-menu=label] > div", ask("l")],
      [".mail-bulk [data-menu=snooze] > div", ask("b")],
      [".toast", ask("U")],
      [
        ".search-panel .search-hit",
        async (page) => {
          await page.fill("#q", "numb");
        },
      ],
      [
        "dialog .mail-keys",
        async (page) => {
          await page.locator("#list").focus();
          await page.keyboard.press("?");
        },
      ],
      [
        "#folder-menu > *",
        async (page) => {
          await page.keyboard.press("Escape");
          await page.locator(".mail-folder-more").first().dispatchEvent("click");
        },
      ],
    ],
  ],
  [
    () => `/mail/f/${inbox}/m/${answer}`,
    [
      [".mail-people[open]", press(".mail-people > summary")],
      [".mail-tools > details:last-of-type > div", press(".mail-tools > details:last-of-type > summary")],
      ["dialog .why", ask("w")],
    ],
  ],
  [
    () => "/mail/compose",
    [
      [".send-later > div", press(".send-later > summary")],
      [
        ".compose-options [role=option]",
        async (page) => {
          await page.click(".compose-copies > summary");
          await page.locator("#to").pressSequentially("bo");
        },
      ],
    ],
  ],
  [() => "/mail/search?q=number", [[".search-keep > form", press(".search-keep > summary")]]],
  [() => "/mail/folders", [[".folder-add-form", press(".folder-add > summary")]]],
];

test(
  "what opens on a page is accessible, on a phone and wider, light and dark, and no wider than the screen",
  async () => {
    const page = await enter();
    const wrong: string[] = [];
    const look = async (scope: string, at: number) => {
      await page.locator(scope).first().waitFor();
      for (const [turn, size] of [PHONE, WIDER[at % 2] ?? PHONE].entries()) {
        const colorScheme = THEMES[(Math.floor(at / 2) + turn) % 2] ?? "light";
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        const seen = `${scope}, ${size.width} pixels, ${colorScheme}: `;
        for (const one of (await page.evaluate(`(${WRONG})(${JSON.stringify(scope)})`)) as string[])
          wrong.push(seen + one);
        const wide = (await page.evaluate("document.documentElement.scrollWidth")) as number;
        if (wide > size.width) wrong.push(`${seen}${wide} pixels wide`);
      }
    };
    let at = 0;
    for (const [path, opened] of PAGES) {
      await page.goto(windows.base + path());
      await page.waitForFunction("document.querySelector('[data-htmx-powered]')");
      await page.evaluate(AXE);
      for (const [scope, open] of opened) {
        await open(page);
        await look(scope, at++);
      }
    }
    expect(wrong).toEqual([]);
    await page.context().close();
  },
  MINUTE,
);

test(
  "by keys alone one is in what was opened, beside what is gone, and back where a menu or a dialog was",
  async () => {
    const page = await enter();
    const has = async (selector: string) =>
      await page.waitForFunction((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    const line = async (text: string) => {
      await has(".mail-link");
      expect(await page.evaluate("document.activeElement.textContent")).toContain(text);
    };
    await row(page, "Number 3").locator(".mail-link").focus();
    await page.keyboard.press("Enter");
    await has("#reader");
    await page.keyboard.press("Tab");
    await has(".mail-tools [value=archive]");
    await page.keyboard.press("u");
    await page.locator(".mail-message").waitFor({ state: "detached" });
    await line("Number 3");
    // Enter at a tick presses none of the buttons.
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await has(".mail-pick input:checked");
    await page.locator(".mail-bulk [value=delete]").focus();
    await page.keyboard.press("Enter");
    await row(page, "Number 3").waitFor({ state: "detached" });
    await line("Number 2");
    await page.keyboard.press("z");
    await row(page, "Number 3").waitFor();
    await line("Number 2");
    await page.keyboard.press("x");
    await page.keyboard.press("v");
    await has("[data-narrow]");
    await page.keyboard.press("Escape");
    await has("[data-menu=move] > summary");
    await page.keyboard.press("?");
    await has("dialog [data-close]");
    await page.keyboard.press("Escape");
    await has("[data-menu=move] > summary");
    await page.locator(".rail-link[title=Sent]").focus();
    await page.keyboard.press("Enter");
    await has("#list[aria-label=Sent]");
    await page.keyboard.press("/");
    await page.keyboard.type("number");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/mail\/search/);
    await has(".mail-row:first-child .mail-link");
    // Mail that comes is said to whoever hears the page.
    await windows.house.put(inbox, "From: New <new@else.example>\nSubject: Fresh\n\nx\n");
    await page.locator("#toasts > .visually-hidden", { hasText: "Fresh" }).waitFor({ state: "attached" });
    await page.context().close();
  },
  MINUTE,
);

test(
  "where lines begin at the right the panes do, arrows point the other way, and people's texts run as written",
  async () => {
    const page = await enter();
    await page.goto(`${windows.base}/mail/f/${inbox}/m/${answer}`);
    const left = async (selector: string) => (await page.locator(selector).boundingBox())?.x ?? Number.NaN;
    const before = [await left("#rail"), await left("#list"), await left("#reader")];
    expect(before).toEqual(before.toSorted((a, b) => a - b));
    await page.evaluate("document.documentElement.dir = 'rtl'");
    const after = [await left("#reader"), await left("#list"), await left("#rail")];
    expect(after).toEqual(after.toSorted((a, b) => a - b));
    expect(
      await page
        .locator(".mail-answers .icon-points")
        .first()
        .evaluate((icon) => getComputedStyle(icon).scale),
    ).toBe("-1 1");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1280);
    const subject = page.locator(".mail-row", { hasText: "פגישה" }).locator(".mail-subject bdi").first();
    expect(await subject.evaluate((text) => getComputedStyle(text).direction)).toBe("rtl");
    expect(await page.locator("#reader h2 bdi").evaluate((text) => getComputedStyle(text).direction)).toBe("ltr");
    await page.context().close();
  },
  MINUTE,
);

test(
  "without a script messages are labelled, put off and brought back, and Enter in a field presses nothing",
  async () => {
    const page = await enter({ javaScriptEnabled: false });
    const toast = async (text: string) => await page.locator(".toast", { hasText: text }).waitFor();
    await row(page, "Number 1").locator(".mail-link").click();
    await page.click(".mail-tools [data-menu=label] > summary");
    await page.fill(".mail-tools [name=labelName]", "Garden");
    await page.press(".mail-tools [name=labelName]", "Enter");
    await page.click(".mail-tools [name=do][value=label]");
    await toast("Garden");
    await page.locator(".mail-labels", { hasText: "Garden" }).waitFor();
    await page.click(".toast form button");
    await page.locator(".mail-labels", { hasText: "Garden" }).waitFor({ state: "detached" });
    await row(page, "Number 1").locator(".mail-pick").click();
    await page.click(".mail-bulk [data-menu=snooze] > summary");
    const later = new Date(Date.now() + 3 * DAY).toISOString().slice(0, 16);
    await page.fill(".mail-bulk [name=until]", later);
    await page.click(".mail-bulk [name=do][value=snooze]");
    await toast("1 message comes back");
    await page.click(".toast form button");
    await row(page, "Number 1").waitFor();
    await page.context().close();
  },
  MINUTE,
);
