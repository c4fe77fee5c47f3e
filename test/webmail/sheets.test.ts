/** What a view of the inbox brings over the line, and that mail needs no rule of a sheet that its pages do not have. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness.ts";
import { type Browser, House, htmx } from "./house.ts";

const MESSAGES = 200;

let house: House;
let browser: Browser;
let inbox: string;
let uid: number;

beforeAll(async () => {
  house = await House.build();
  const folder = house.folderId("ann");
  const names = ["Anna", "Ben", "Clara", "David", "Emil", "Felix", "Greta", "Hugo"];
  for (let number = 0; number < MESSAGES; number++) {
    const name = names[number % names.length];
    const subject = `Harbour ${(number * 7919) % 1_000} lantern ${(number * 104_729) % 1_000}`;
    const head = `From: ${name} <${name?.toLowerCase()}@far.example>\nTo: ann@home.example\nSubject: ${subject}\n`;
    const words = `Order ${(number * 15_485_863) % 99_991} left the ${names[(number * 7) % 5]} quay at ${number % 24}:30, and`;
    uid = await house.put(folder, `${head}Message-ID: <${number}@far.example>\n\n${words} more of it follows.\n`);
  }
  inbox = `/mail/f/${folder}`;
  browser = await house.signIn("ann");
});
afterAll(async () => {
  await house.close();
});

/** Octets of an answer in its smallest form, its head as it goes over the line (RFC 9112 §4, §5) included. */
const weigh = async (path: string): Promise<{ readonly octets: number; readonly packed: boolean }> => {
  const headers = { "accept-encoding": "gzip, deflate, br, zstd", "sec-fetch-site": "none" };
  const response = await browser.raw(path, { headers });
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  const body = await response.bytes();
  const sent = [...response.headers, ["content-length", String(body.length)], ["date", new Date().toUTCString()]];
  const head = sent.reduce(
    (sum, [name = "", value = ""]) => sum + name.length + value.length + 4,
    "HTTP/1.1 200 OK".length + 4,
  );
  return { octets: head + body.length, packed: response.headers.get("content-encoding") === "br" };
};

/** What a browser fetches for a page: sheets, scripts, fonts, its picture; a manifest only when it installs the page. */
const filesOf = (html: string): string[] =>
  [...html.matchAll(/<(?:link|script)[^>]*\s(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, address = ""]) => address);

test("the inbox takes less than 60 KB the first time, and less than 10 KB later", async () => {
  const { text } = await browser.get(inbox);
  expect(text).toContain("mail-row");
  const files = filesOf(text);
  expect(files.length).toBeGreaterThan(5);
  const { octets: page, packed } = await weigh(inbox);
  expect(packed).toBe(true);
  expect(page).toBeLessThan(10_000);
  let all = page;
  for (const file of files) {
    // The smallest form is made when the first one asks.
    const text = /\.(?:css|js|svg)$/.test(file);
    all += (await until(async () => await weigh(file).then((one) => (one.packed || !text) && one), file)).octets;
  }
  expect(all).toBeLessThan(60_000);
});

describe("mail needs no sheet that its pages do not have", () => {
  const sheet = (name: string) => readFileSync(join(import.meta.dir, "..", "..", "views", name), "utf8");
  /** The classes that rules of a sheet speak of. */
  const classesIn = (css: string): Set<string> => {
    const heads =
      css
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/[^{};]*;/g, "")
        .match(/[^{}]+(?=\{)/g) ?? [];
    return new Set(heads.flatMap((head) => [...head.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name = ""]) => name)));
  };
  const WEBMAIL = ["webmail", "list", "folders", "message", "sending", "search"].map((name) => `webmail/${name}.css`);
  const had = new Set(["style.css", ...WEBMAIL].flatMap((name) => [...classesIn(sheet(name))]));
  const writing = classesIn(sheet("webmail/compose.css"));
  const missing = new Set(
    ["pages.css", "webmail/options.css"].flatMap((name) => [...classesIn(sheet(name)).difference(had)]),
  );

  test("there are such rules", () => {
    expect([...missing]).toContain("table-stacks");
    expect([...missing]).toContain("options-link");
    expect([...had]).toContain("mail-row");
  });

  const PAGES: Readonly<Record<string, (folder: string, uid: number) => string>> = {
    inbox: (folder) => `/mail/f/${folder}`,
    message: (folder, uid) => `/mail/f/${folder}/m/${uid}`,
    fields: (folder, uid) => `/mail/f/${folder}/m/${uid}/headers`,
    why: (folder, uid) => `/mail/f/${folder}/m/${uid}/why`,
    compose: () => "/mail/compose",
    redirect: (folder, uid) => `/mail/compose/redirect?message=${folder}.${uid}`,
    folders: () => "/mail/folders",
    folder: (folder) => `/mail/folders/${folder}`,
    "the form of a search": () => "/mail/search",
    "what was found": () => "/mail/search?q=lantern",
    "what waits": () => "/mail/scheduled",
    keys: () => "/mail/keys",
  };

  for (const [name, pathOf] of Object.entries(PAGES)) {
    test(name, async () => {
      const path = pathOf(inbox.split("/").at(-1) ?? "", uid);
      for (const headers of [{}, htmx("main")]) {
        const { text, status } = await browser.get(path, headers);
        expect(status).toBe(200);
        expect(text).not.toMatch(/\/(?:pages|options)\.css"/);
        const used = new Set([...text.matchAll(/\sclass="([^"]*)"/g)].flatMap(([, names = ""]) => names.split(" ")));
        expect(used.size).toBeGreaterThan(3);
        const without = used.intersection(missing).difference(text.includes("/compose.css") ? writing : new Set());
        expect([...without]).toEqual([]);
      }
    });
  }

  test("the options have both", async () => {
    const { text } = await browser.get("/mail/options");
    expect(text).toMatch(/\/pages\.css".*\/webmail\.css".*\/options\.css"/);
  });
});
