/**
 * The words of pages in another language: whatever a page or a refusal says has its German, nothing is kept that nobody says, and the pages
 * themselves, walked by a reader of German, show no text that did not go through the catalogue.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDERS } from "../../src/transport/collect/account.ts";
import { GERMAN } from "../../views/words/de.ts";
import { GERMAN_SENTENCES } from "../../views/words/de-sentences.ts";
import { asReader, type Forms, said } from "../../views/words/words.ts";
import { type Browser, House } from "./house.ts";

const ROOT = join(import.meta.dir, "..", "..");
const HOLE = /\{\w+\}/g;

const filesIn = (...patterns: string[]) => patterns.flatMap((one) => [...new Bun.Glob(one).scanSync({ cwd: ROOT })]);
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const PAGES = filesIn("views/**/*.{ts,tsx}", "src/web/**/*.{ts,tsx}").filter(
  (file) => !file.startsWith("views/words/de"),
);

const STRING = /"(?:[^"\\\n]|\\.)*"/.source;
/** A text, or one of two. */
const TEXTS = `(?:[^"()]*?\\?\\s*)?(${STRING})(?:\\s*:\\s*(${STRING}))?`;

/** What pages say: the texts in `t`, `rich` and `key`, and the second ones in `tn`. */
function keysIn(source: string): string[] {
  const plain = source.matchAll(new RegExp(`\\b(?:t|rich|key)\\(\\s*${TEXTS}`, "g"));
  const counted = source.matchAll(new RegExp(`\\btn\\(\\s*[^"]*?${STRING},\\s*(${STRING})`, "g"));
  return [...plain, ...counted].flatMap(([, ...texts]) => texts.filter(Boolean).map((text) => JSON.parse(text ?? "")));
}

const holesOf = (text: string) => [...new Set(text.match(HOLE) ?? [])].sort();
const textsOf = (said: string | Forms): string[] => (typeof said === "string" ? [said] : Object.values(said));

describe("the German catalogue", () => {
  const keys = new Set(PAGES.flatMap((file) => keysIn(read(file))));

  test("has all that pages say", () => {
    expect([...keys].filter((key) => !Object.hasOwn(GERMAN, key))).toEqual([]);
  });

  test("has nothing that no page says", () => {
    expect(Object.keys(GERMAN).filter((key) => !keys.has(key))).toEqual([]);
  });

  test("fills the holes that the English has", () => {
    const wrong = [...Object.entries(GERMAN), ...Object.entries(GERMAN_SENTENCES)].filter(([english, german]) =>
      textsOf(german).some((text) => holesOf(text).some((hole) => hole !== "{n}" && !english.includes(hole))),
    );
    expect(wrong).toEqual([]);
  });
});

/** A text of the sources: what stands in `${}`, and an ellipsis, may be anything. */
interface Written {
  readonly file: string;
  readonly text: string;
  readonly is: RegExp;
}

const HOLED = /\$\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g;
/** Letters that a text with holes has at least outside of them, to say anything. */
const LEAST = 4;

function writtenIn(file: string, literal: string): Written[] {
  const isTemplate = literal.startsWith("`");
  const text = isTemplate ? literal.slice(1, -1) : (JSON.parse(literal) as string);
  const pieces = text.split(isTemplate ? HOLED : "\0").flatMap((piece) => piece.split(/ ?\(…\)| ?…/));
  if (pieces.length > 1 && pieces.join("").replace(/\P{L}/gu, "").length < LEAST) return [];
  return [
    {
      file,
      text: pieces.join("x"),
      is: new RegExp(`^${pieces.map((piece) => RegExp.escape(piece)).join(".*")}$`, "s"),
    },
  ];
}

const LITERAL = /("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/.source;

const REFUSAL = `new Refusal\\(\\s*"\\w+",\\s*${LITERAL}`;

/** Rooms whose refusals webmail shows, and in them the files that only administrators meet. */
const HEARD = filesIn(
  ...["src/web/*.{ts,tsx}", "src/web/{webmail,rules}/**/*.{ts,tsx}", "src/administration/{users,signing-in}/*.ts"],
  ...[
    "src/administration/{may,proof,administration}.ts",
    "src/directory/{contact,contacts,identities,preferences,searches}.ts",
  ],
  ...["src/administration/mail/{archive,collection,folder-rules,folder-shares,folders,letters,quarantine,rules}.ts"],
  ...[
    "src/administration/mail/{scripts,shares,spam,temporary}.ts",
    "src/auth/{sign-in,admission,confirmation,passwords}.ts",
  ],
  ...[
    "src/auth/{app-passwords,sessions}.ts",
    "src/auth/factors/*.ts",
    "src/mailstore/{archive,flags,folders,names,usage}.ts",
  ],
);
const NOT_HEARD = /users\/(users|user-\w+|welcome)|user-databases|web\/(app|tokens|embedded|server)|cli/;

describe("sentences of the rooms below", () => {
  const parsed = (file: string, literal: string): Written[] => {
    try {
      return writtenIn(file, literal);
    } catch {
      return [];
    }
  };
  // A quotation mark in a comment hides what follows it: refusals are looked for by themselves, too.
  const literals = filesIn("src/**/*.{ts,tsx}").flatMap((file) =>
    [LITERAL, REFUSAL].flatMap((pattern) =>
      [...read(file).matchAll(new RegExp(pattern, "g"))].flatMap(([, literal = ""]) => parsed(file, literal)),
    ),
  );

  test("are said by some room", () => {
    const exact = new Set(literals.map(({ text }) => text));
    const open = literals.filter(({ is }) => is.source.includes(".*"));
    const unsaid = Object.keys(GERMAN_SENTENCES).filter((key) => {
      const text = key.replace(HOLE, "x");
      return !exact.has(text) && !open.some(({ is }) => is.test(text));
    });
    expect(unsaid).toEqual([]);
  });

  test("have their German, as far as webmail shows what these rooms refuse", async () => {
    const refusals = HEARD.filter((file) => !NOT_HEARD.test(file)).flatMap((file) =>
      [...read(file).matchAll(new RegExp(REFUSAL, "g"))].flatMap(([, literal = ""]) => writtenIn(file, literal)),
    );
    const missing = await asReader({ language: "de", zone: undefined }, async () =>
      refusals
        .filter(({ text }) => said(text) === text && !/--as|\bscopes?\b/.test(text))
        .map(({ file, text }) => `${file}: ${text}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("pages in German", () => {
  let house: House;
  let ann: Browser;

  beforeAll(async () => {
    house = await House.build();
    await house.directory.users.update("ann", {
      permissions: [
        "web.forwarding",
        "web.autoresponder",
        "web.expiry",
        "web.password",
        "web.description",
        "web.collection",
        "http.proxy",
        "http.scripts",
        "ftp.login",
      ],
    });
    ann = await house.signIn("ann");
    await ann.get("/mail/options/appearance");
    await ann.post("/mail/options/appearance", { language: "de", zone: "", theme: "auto", density: "comfortable" });
  });
  afterAll(async () => {
    expect(house.faults).toEqual([]);
    await house.close();
  });

  /** What stands on pages as it is, in every language. */
  const AS_IT_IS = [
    /^[\d\s.,:;%·+−–→…()/@<>[\]"“”„'-]*$/,
    /^(Gatepost|English|Deutsch|OK|IMAP|POP3|SOCKS|FTP|TLS|STARTTLS|Sieve|X-Spam-Flag|imap\.example\.org)$/,
    /^(Ann Example|ann|bob|.*@home\.example|INBOX|home\.example|mail\.home\.example)$/,
    /^\d+([.,]\d+)? (B|KB|MB|GB)$|^\d+\. \p{L}+\.?$/u,
    /^(self|users|mail):(read|write)$/,
    /^https?:|^ftp:|^[\w.-]+:\d+$/,
  ];

  const shapes = [...Object.values(GERMAN), ...Object.values(GERMAN_SENTENCES)].flatMap(textsOf).map((text) => {
    const pieces = text.split(HOLE).map((piece) => RegExp.escape(piece));
    return {
      text,
      is:
        pieces.length > 1 && text.replace(HOLE, "").trim() !== ""
          ? new RegExp(`^${pieces.join(".*")}$`, "s")
          : undefined,
    };
  });
  // Between elements stand the pieces of a sentence.
  const exact = new Set(shapes.flatMap(({ text }) => [text, ...text.split(HOLE).map((piece) => piece.trim())]));

  const isSaid = (text: string): boolean =>
    AS_IT_IS.some((one) => one.test(text)) ||
    PROVIDERS.some(({ label }) => text === label) ||
    exact.has(text) ||
    shapes.some(({ is }) => is?.test(text)) ||
    // Several beside each other; one of several; a word and what it means.
    [/ · /, /^· | ·$/, / \d+$/, /(?<=^[^:]*): /].some((one) => one.test(text) && text.split(one).every(isSaid));

  /** Texts of a page, and attributes that are read out or shown. */
  function textsIn(html: string): string[] {
    const texts: string[] = [];
    let text = "";
    let quiet = 0;
    const rewriter = new HTMLRewriter()
      .on("script, style, svg, time, code, pre, textarea, optgroup, bdi", {
        element(element) {
          quiet++;
          element.onEndTag(() => {
            quiet--;
          });
        },
      })
      .on("*", {
        element(element) {
          for (const name of ["title", "aria-label", "placeholder", "alt", "data-label", "label"]) {
            const value = element.getAttribute(name);
            if (value && element.tagName !== "time" && element.tagName !== "optgroup") texts.push(value);
          }
        },
      })
      .on("body *, title", {
        text(chunk) {
          if (quiet === 0) text += chunk.text;
          if (!chunk.lastInTextNode) return;
          const whole = decoded(text).trim();
          if (whole !== "") texts.push(whole);
          text = "";
        },
      });
    rewriter.transform(html);
    return texts.map((one) => decoded(one).replace(/ · Gatepost$/, ""));
  }

  const ENTITIES: Readonly<Record<string, string>> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
  };
  const decoded = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

  const mailbox = () => `/mail/options/mailboxes/${house.user("ann").primaryMailbox}`;
  const WALKED: readonly (readonly [string, () => string])[] = [
    ...[
      "",
      "/appearance",
      "/entry",
      "/password",
      "/second-factor",
      "/app-passwords",
      "/sessions",
      "/tokens",
      "/contacts",
    ],
    ...[
      "/contacts/new",
      "/contacts/files",
      "/contacts/duplicates",
      "/written",
      "/traffic",
      "/files",
      "/identities",
      "/pictures",
    ],
  ].map((page) => [page, () => `/mail/options${page}`] as const);
  const OWN = [
    ...[
      "",
      "/reply",
      "/forwarding",
      "/rules",
      "/rules/new",
      "/rules/run",
      "/scripts",
      "/temporary",
      "/collection",
      "/junk",
      "/held",
    ],
    ...["/expiry", "/sharing", "/password", "/archive", "/import"],
  ].map((page) => [`a mailbox${page}`, () => `${mailbox()}${page}`] as const);

  test.each([...WALKED, ...OWN])("options%s shows nothing that is not German", async (_name, at) => {
    const page = await ann.get(at());
    expect(page.status).toBe(200);
    expect([...new Set(textsIn(page.text))].filter((text) => !isSaid(text))).toEqual([]);
  });
});
