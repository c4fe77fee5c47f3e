/** What a person at the browser feels: octets that travel, the first paint, and how soon each action is answered, with a processor four times slower. */
import type { CDPSession, Page } from "playwright-core";
import { launchChromium } from "../test/chromium.ts";
import type { Figure } from "./accounts.ts";
import { LOGIN, PASSWORD } from "./server.ts";

const SLOWER = 4;
const TIMES = 40;

/** Octets of a page's requests so far, as they went over the wire. */
class Wire {
  #octets = 0;

  constructor(session: CDPSession) {
    session.on("Network.loadingFinished", ({ encodedDataLength }) => {
      this.#octets += encodedDataLength;
    });
  }

  /** What travelled since the last time. */
  take(): number {
    const octets = this.#octets;
    this.#octets = 0;
    return octets;
  }
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** Milliseconds until what is clicked has been answered, swapped in and painted; all in the page's own time. */
const answered = (page: Page, selector: string): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((resolve, reject) => {
        const element = document.querySelector<HTMLElement>(wanted);
        if (element === null) {
          reject(new Error(`there is no ${wanted}`));
          return;
        }
        const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        document.addEventListener("htmx:after:swap", painted, { once: true });
        const began = performance.now();
        element.click();
      }),
    selector,
  );

/** The figures of the executable at an address, signed in as the user whose inbox is full. */
export async function feel(base: string): Promise<Figure[]> {
  const browser = await launchChromium();
  try {
    const options = { viewport: { width: 1280, height: 800 }, baseURL: base, serviceWorkers: "block" } as const;
    const before = await browser.newContext(options);
    const door = await before.newPage();
    await door.goto("/login");
    await door.fill("input[name=login]", LOGIN);
    await door.fill("input[name=password]", PASSWORD);
    await door.click("button[type=submit]");
    await door.waitForURL("**/mail/f/*");
    const inbox = door.url();
    // Signed in, and nothing kept of what the site sends.
    const context = await browser.newContext({ ...options, storageState: await before.storageState() });
    await before.close();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    const wire = new Wire(session);
    await session.send("Network.clearBrowserCache");
    const first = await viewed(page, inbox, wire);
    const later = await viewed(page, inbox, wire);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    const paints: number[] = [];
    for (let time = 0; time < TIMES / 4; time++) {
      await page.goto(inbox);
      paints.push(await firstPaint(page));
    }
    const kilo = 1_000;
    const figures: Figure[] = [
      { what: "Inbox, first view, transferred", unit: "KB", value: first / kilo },
      { what: "Inbox, later views, transferred", unit: "KB", value: later / kilo },
      { what: "Inbox, first paint, 95 % within", unit: "ms", value: percentile(paints, 0.95) },
    ];
    for (const [what, next] of actions(page, inbox)) {
      const times: number[] = [];
      for (let time = 0; time < TIMES; time++) times.push(await next(time));
      figures.push({ what: `${what}, 95 % within`, unit: "ms", value: percentile(times, 0.95) });
    }
    return figures;
  } finally {
    await browser.close();
  }
}

/** Octets that a view of a page takes, with what its scripts fetch in the second after it. */
async function viewed(page: Page, address: string, wire: Wire): Promise<number> {
  wire.take();
  await page.goto(address, { waitUntil: "load" });
  // The stream of what happens never ends, so there is no moment at which the network is still.
  await Bun.sleep(1_000);
  return wire.take();
}

const firstPaint = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list, observer) => {
          const paint = list.getEntriesByName("first-contentful-paint")[0];
          if (paint === undefined) return;
          observer.disconnect();
          resolve(paint.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  );

function actions(page: Page, inbox: string): readonly (readonly [string, (time: number) => Promise<number>])[] {
  const row = (index: number) => `.mail-row:nth-child(${1 + (index % 20)})`;
  const type = async (text: string): Promise<number> => {
    await page.goto(inbox);
    await page.focus("#q");
    // What is offered before anything is typed is no answer to it.
    await page.locator("#search-panel > *").first().waitFor({ state: "attached" });
    // The watch is set before a key is pressed: the two ways into the page are not in order.
    const shown = await page.evaluateHandle(() => {
      const panel = document.getElementById("search-panel");
      if (panel === null) throw new Error("the search box shows nothing while one types");
      const time = new Promise<number>((resolve) => {
        let began = 0;
        document.addEventListener("input", () => {
          began ||= performance.now();
        });
        const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        new MutationObserver(() => began > 0 && painted()).observe(panel, { childList: true });
      });
      return { time };
    });
    await page.keyboard.insertText(text);
    return await shown.evaluate(({ time }) => time);
  };
  return [
    ["Open a message", (time) => answered(page, `${row(time)} .mail-link`)],
    ["Put a star on, or take it off", (time) => answered(page, `${row(time)} .mail-star`)],
    [
      "Results while one types",
      (time) => type(["harbour", "lantern copper", "quicksilver", "subject:meadow"][time % 4] ?? ""),
    ],
  ];
}
