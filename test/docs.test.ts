/**
 * Holds the documentation to the code: what is made from tables is as they say, standards that sources cite are in the ledger,
 * and what pages name (files, links, commands, settings) is there.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { askOffers } from "../docs/make/house.ts";
import { KEYWORDS } from "../docs/make/keywords.ts";
import { makersOf } from "../docs/make/makers.ts";
import { pages, readPage } from "../docs/make/pages.ts";
import { filled, type Makers, regionsOf, table } from "../docs/make/regions.ts";
import { citations, citedIn, entries, words } from "../docs/make/rfc.ts";
import { SETTINGS_GROUPS } from "../src/appliance/settings-groups.ts";
import { allCommands } from "../src/cli/commands.ts";
import { SERVE } from "../src/cli/help.ts";
import { isPermission } from "../src/directory/permissions.ts";

const COMMANDS = await allCommands();

const ROOT = join(import.meta.dir, "..");
const PAGES = pages();
/** Written by `make bench`, which not everybody has run. */
const MADE_BY_BENCH = "docs/benchmarks.md";
/** Pages that speak of the code, where `transport.receiver` is a method and no setting. */
const ABOUT_CODE = /^docs\/(?:architecture|decisions\/.*)\.md$/;

let offers: Awaited<ReturnType<typeof askOffers>>;
let makers: Makers;

beforeAll(async () => {
  offers = await askOffers();
  makers = makersOf(offers);
});

describe("what is made from the code", () => {
  for (const page of PAGES) {
    test(`${page} says what the code says`, () => {
      const text = readPage(page);
      if (filled(text, makers) === text) return;
      throw new Error(`${page} is out of date. Run “make docs” and look at what it changed.`);
    });
  }

  test("every group of settings and every command has its place", () => {
    const regions = new Set(PAGES.flatMap((page) => regionsOf(readPage(page))));
    for (const { name } of [SERVE, ...COMMANDS]) expect(regions).toContain(`cli ${name}`);
    for (const name of ["settings", "rfc", "ports", "permissions"]) expect(regions).toContain(name);
    for (const service of ["smtp", "pop3", "imap", "ftp"]) expect(regions).toContain(`${service}.commands`);
  });

  test("no word is explained that no session offers", () => {
    for (const service of ["smtp", "pop3", "ftp"] as const) {
      expect(offers[service].map(({ word }) => word).sort()).toEqual(Object.keys(KEYWORDS[service]).sort());
    }
  });

  test("a region nobody makes is an error, and text around regions stays", () => {
    const page = "before\n<!-- made: x -->\nold\n<!-- end -->\nafter\n";
    expect(() => filled(page, new Map())).toThrow("“x”");
    expect(filled(page, new Map([["x", () => table(["a|b"], [["1\n2"]])]]))).toBe(
      "before\n<!-- made: x -->\n| a\\|b |\n|---|\n| 1 2 |\n<!-- end -->\nafter\n",
    );
  });
});

describe("the ledger", () => {
  test("has every RFC that a source cites", () => {
    const known = new Set(entries().map(({ rfc }) => rfc));
    const missing = [...citations()]
      .filter(([rfc]) => !known.has(rfc))
      .map(([rfc, files]) => `RFC ${rfc}: ${files[0]}`);
    expect(missing).toEqual([]);
  });

  test("claims nothing that no source cites", () => {
    const cited = citations();
    const unfounded = entries().filter(({ rfc, state }) => state !== "no" && !cited.has(rfc));
    expect(unfounded.map(({ rfc }) => rfc)).toEqual([]);
  });

  test("denies nothing that a table of commands has", () => {
    const denied = new Set(entries().flatMap(({ rfc, state }) => (state === "no" ? [rfc] : [])));
    const served = words().filter(({ rfc }) => [...citedIn(rfc)].some((number) => denied.has(number)));
    expect(served.map(({ word, rfc }) => `${word}: ${rfc}`)).toEqual([]);
  });

  test("has each RFC once, and says why where the answer is not yes", () => {
    const numbers = entries().map(({ rfc }) => rfc);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const { state, note } of entries()) expect(state === "yes" || note !== "").toBe(true);
  });

  test("reads lists of RFCs as sources write them", () => {
    const text =
      "RFC 2045, 2046 and 2047; RFC 5321 §4.5.3.1, RFC 3030 and 8314. RFC 1939 asks for 600 seconds, 1024 octets";
    expect([...citedIn(text)].sort()).toEqual([1939, 2045, 2046, 2047, 3030, 5321, 8314]);
  });
});

/** Text in backticks and in indented blocks: what is meant literally. */
function literals(page: string): string[] {
  const inline = [...page.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
  const blocks = page.split("\n").filter((line) => line.startsWith("    "));
  return [...inline, ...blocks.map((line) => line.trim())];
}

describe("what pages name is there", () => {
  for (const page of PAGES) {
    const text = readPage(page);

    test(`${page}: links`, () => {
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target) || target === MADE_BY_BENCH) continue;
        const [file = "", anchor] = target.split("#");
        const path = file === "" ? page : join(dirname(page), file);
        expect({ page, target, there: existsSync(join(ROOT, path)) }).toEqual({ page, target, there: true });
        if (anchor !== undefined) expect(anchorsOf(readPage(path))).toContain(anchor);
      }
    });

    test(`${page}: files`, () => {
      const paths = literals(text).filter((word) => /^(?:src|views|test|docs|bench|migrations)\/[\w./-]+$/.test(word));
      for (const path of paths) expect({ path, there: existsSync(join(ROOT, path)) }).toEqual({ path, there: true });
    });

    test(`${page}: commands and settings`, () => {
      for (const literal of literals(text)) {
        for (const words of commandsIn(literal))
          expect({ literal, known: isCommand(words) }).toEqual({ literal, known: true });
        if (ABOUT_CODE.test(page)) continue;
        for (const name of settingsIn(literal)) expect({ name, known: isSetting(name) }).toEqual({ name, known: true });
      }
    });
  }
});

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The words after `gatepost`, where they begin with a command. */
function commandsIn(literal: string): string[][] {
  return [...literal.matchAll(/(?:^|\.\/|\/bin\/|\| |-u \w+ )gatepost ((?:[a-z]+ ?)+)/g)].map((match) =>
    (match[1] as string).trim().split(" "),
  );
}

function isCommand([first = "", second, third]: readonly string[]): boolean {
  if (["serve", "help", "version"].includes(first)) return true;
  const command = COMMANDS.find(({ name }) => name === first);
  if (command === undefined) return false;
  const actions = Object.keys(command.actions);
  if (second === undefined || actions.includes("") || actions.includes(second)) return true;
  // Families of two words; the family alone names all of it.
  const family = actions.filter((action) => action.startsWith(`${second} `));
  return family.length > 0 && (third === undefined || family.includes(`${second} ${third}`));
}

const GROUPS = new Map(SETTINGS_GROUPS.map(({ group }) => [group.name, group]));

/** Words such as `smtp.maxErrors`, of groups that there are; some permissions begin like a group. */
function settingsIn(literal: string): string[] {
  const words = [...literal.matchAll(/(?:^|[\s'"])([a-z]\w*\.[a-z]\w*)(?==|$|[\s'"])/g)].map(
    (match) => match[1] as string,
  );
  return words.filter(
    (word) => GROUPS.has(word.split(".")[0] ?? "") && !isPermission(word) && !/\.(?:ts|md)$/.test(word),
  );
}

function isSetting(name: string): boolean {
  const [group = "", field = ""] = name.split(".");
  return Object.hasOwn(GROUPS.get(group)?.schema.shape ?? {}, field);
}
