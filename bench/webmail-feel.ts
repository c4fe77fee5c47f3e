/** What a person at the browser feels: octets that travel, the first paint, and how soon each action is answered, with a processor four times slower. */
import type { CDPSession, Page } from "playwright-core";
import { launchChromium } from "../test/chromium.ts";
import type { Figure } from "./accounts.ts";
import { LOGIN, PASSWORD } from "./server.ts";

const SLOWER = 4;
const TIMES = 40;
const SETTLED_MS = 500;
/** Two lines of text: what the browser itself needs for any page. */
const BARE = "/robots.txt";

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

const timed = (what: string, times: readonly number[]): Figure[] => [
  { what: `${what}, median`, unit: "ms", value: percentile(times, 0.5) },
  { what: `${what}, 95 % within`, unit: "ms", value: percentile(times, 0.95) },
];

/** Milliseconds after which an answer was there, and after which it was painted. */
interface Felt {
  readonly answered: number;
  readonly painted: number;
}

declare global {
  interface Window {
    /** What was felt since a moment, once the next frame is painted. */
    painted: (began: number) => Promise<Felt>;
  }
}

const watchPaint = () => {
  window.painted = (began) =>
    new Promise((resolve) => {
      const told = () => {
        const painted = performance.now() - began;
        const answers = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
        const answer = answers.find(({ startTime, initiatorType }) => startTime >= began && initiatorType === "fetch");
        resolve({ answered: (answer?.responseEnd ?? Number.NaN) - began, painted });
      };
      requestAnimationFrame(() => setTimeout(told));
    });
};

/** How long it takes until what is clicked has been answered, swapped in and painted; all in the page's own time. */
const clicked = (page: Page, selector: string): Promise<Felt> =>
  page.evaluate(
    (wanted) =>
      new Promise<Felt>((resolve, reject) => {
        const element = document.querySelector<HTMLElement>(wanted);
        if (element === null) {
          reject(new Error(`there is no ${wanted}`));
          return;
        }
        document.addEventListener("htmx:after:swap", () => window.painted(began).then(resolve), { once: true });
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
    await page.addInitScript(watchPaint);
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    const wire = new Wire(session);
    await session.send("Network.clearBrowserCache");
    const first = await viewed(page, inbox, wire);
    const later = await viewed(page, inbox, wire);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    const paints: Record<"bare" | "inbox", number[]> = { bare: [], inbox: [] };
    for (let time = 0; time < TIMES / 2; time++) {
      paints.bare.push(await firstPaint(page, BARE));
      paints.inbox.push(await firstPaint(page, inbox));
    }
    const kilo = 1_000;
    const figures: Figure[] = [
      { what: "Inbox, first view, transferred", unit: "KB", value: first / kilo },
      { what: "Inbox, later views, transferred", unit: "KB", value: later / kilo },
      ...timed("A page of two lines of text, first paint", paints.bare),
      ...timed("Inbox, first paint", paints.inbox),
    ];
    for (const [what, next] of actions(page, inbox)) {
      const times: Felt[] = [];
      for (let time = 0; time < TIMES; time++) times.push(await next(time));
      figures.push(
        ...timed(
          `${what}, answered`,
          times.map(({ answered }) => answered),
        ),
      );
      figures.push(
        ...timed(
          `${what}, painted`,
          times.map(({ painted }) => painted),
        ),
      );
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

/** How long the first paint of a page takes. Nobody goes on while the page before is still being put away. */
const firstPaint = async (page: Page, address: string): Promise<number> => {
  await Bun.sleep(SETTLED_MS);
  await page.goto(address);
  return await page.evaluate(
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
};

function actions(page: Page, inbox: string): readonly (readonly [string, (time: number) => Promise<Felt>])[] {
  const row = (index: number) => `.mail-row:nth-child(${1 + (index % 20)})`;
  const type = async (text: string): Promise<Felt> => {
    await page.goto(inbox);
    await page.focus("#q");
    // What is offered before anything is typed is no answer to it.
    await page.locator("#search-panel > *").first().waitFor({ state: "attached" });
    // The watch is set before a key is pressed: the two ways into the page are not in order.
    const shown = await page.evaluateHandle(() => {
      const panel = document.getElementById("search-panel");
      if (panel === null) throw new Error("the search box shows nothing while one types");
      const time = new Promise<Felt>((resolve) => {
        let began = 0;
        // Before the page's own listener asks.
        const begin = () => {
          began ||= performance.now();
        };
        document.addEventListener("input", begin, { capture: true });
        new MutationObserver(() => began > 0 && window.painted(began).then(resolve)).observe(panel, {
          childList: true,
        });
      });
      return { time };
    });
    await page.keyboard.insertText(text);
    return await shown.evaluate(({ time }) => time);
  };
  return [
    ["Open a message", (time) => clicked(page, `${row(time)} .mail-link`)],
    ["Put a star on, or take it off", (time) => clicked(page, `${row(time)} .mail-star`)],
    [
      "Results while one types",
      (time) => type(["harbour", "lantern copper", "quicksilver", "subject:meadow"][time % 4] ?? ""),
    ],
  ];
}
