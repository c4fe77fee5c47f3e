/** Scripts and messages made to hurt: damaged scripts give an error with a place, everything else an outcome, and both in time. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SieveError } from "../../src/sieve/error.ts";
import { bareSurroundings, compile, run, SCRIPT_LIMITS, type Script } from "../../src/sieve/sieve.ts";
import { processorMs } from "../timing.ts";
import { brief, messageOf, NOW, sieve } from "./harness.ts";

const ALL = `require ["fileinto", "variables", "regex", "relational", "body", "imap4flags", "editheader", "mime", "foreverypart", "extracttext", "date", "index", "vacation", "duplicate", "include", "copy", "envelope", "subaddress", "enotify", "replace"];`;

/** A script in which something of everything is. */
const WHOLE = `${ALL}
# a comment
if allof (header :matches ["Subject", "X-A"] "*[*]*", not anyof (size :over 1M, address :user :is "from" "ann")) {
  set :lower "list" "\${2}"; addheader "X-List" "\${list}";
  fileinto :copy :flags ["\\\\Seen", "x"] "lists/\${list}";
} elsif header :regex "subject" "^(re|fwd?): *(.+)$" { keep; stop; }
else { foreverypart { if header :mime :type "content-type" "text" { extracttext :first 10 "t"; } } }
if body :raw :contains "x" { vacation :days 2 text:
Away.
..
.
; }`;

const MESSAGE = `From: Ann <ann@example.org>
To: me+x@example.net, you@example.net
Subject: Re: [List] =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Sat, 21 Nov 2026 10:00:00 +0000
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>x</p>
--b--
`;

/** Compiles and, where that works, runs; anything but a SieveError is a fault. */
async function survive(script: string, message: string): Promise<void> {
  const compiled = attempt(script);
  if (compiled !== undefined) await endure(compiled, message);
}

async function endure(compiled: Script, message: string): Promise<void> {
  const surroundings = { ...bareSurroundings({ from: "a@example.org", to: "b@example.org" }, NOW), explain: true };
  const { actions } = await run(compiled, messageOf(message), surroundings);
  expect(actions.length).toBeGreaterThanOrEqual(0);
}

function attempt(script: string) {
  try {
    return compile(script);
  } catch (error) {
    if (!(error instanceof SieveError)) throw error;
    const { line, column } = error;
    const lines = script.split("\n");
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual([...(lines[line - 1] ?? "")].length + 1);
    return undefined;
  }
}

describe("scripts", () => {
  test("the whole one is taken", async () => {
    const { error } = await sieve(WHOLE, MESSAGE);
    expect(error).toBeUndefined();
  });

  test("damage gives an error with a place, or another script", async () => {
    const cut = fc.record({
      at: fc.nat(WHOLE.length),
      gone: fc.nat(20),
      put: fc.oneof(
        fc.constantFrom('"', "[", "]", "(", ")", "{", "}", ",", ";", ":", "/*", "#", "\\", "text:\n", "\0", "${", "K"),
        fc.string({ maxLength: 5 }),
      ),
    });
    const damage = fc.array(cut, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(damage, async (cuts) => {
        let script = WHOLE;
        for (const { at, gone, put } of cuts) script = script.slice(0, at) + put + script.slice(at + gone);
        await survive(script, MESSAGE);
      }),
      { numRuns: 250 },
    );
  });

  test("words in any order", async () => {
    const word = fc.constantFrom(
      ...[
        "if",
        "elsif",
        "else",
        "keep",
        "discard",
        "stop",
        "not",
        "allof",
        "anyof",
        "true",
        "header",
        "address",
        "size",
        "set",
      ],
      ...[
        "fileinto",
        "foreverypart",
        "break",
        "include",
        "body",
        "string",
        "date",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        ";",
      ],
      ...[
        ":is",
        ":matches",
        ":regex",
        ":over",
        ":count",
        ":mime",
        ":index",
        ":last",
        '"a"',
        '"*"',
        '"subject"',
        `"\${1}"`,
        "1",
        "2K",
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 20 }), (words) => survive(`${ALL} ${words.join(" ")}`, MESSAGE)),
      { numRuns: 250 },
    );
  });

  test("depth and size have bounds", () => {
    const deep = (times: number) => `${"if true {".repeat(times)}${"}".repeat(times)}`;
    expect(() => compile(deep(15))).not.toThrow();
    expect(() => compile(deep(100_000))).toThrow("deep");
    expect(() => compile(`if ${"not ".repeat(100_000)}true { stop; }`)).toThrow("deep");
    expect(() => compile("keep;".repeat(30_000))).toThrow("commands and tests");
    expect(() => compile(`# ${"x".repeat(SCRIPT_LIMITS.characters)}`)).toThrow("longer than");
    expect(() => compile(`if exists [${'"a",'.repeat(20_000)}"a"] { stop; }`)).toThrow("strings");
  });

  test("a large script is read in linear time", () => {
    const rule = (count: number) => 'if header :contains ["subject", "x"] "something" { discard; }\n'.repeat(count);
    compile(rule(100));
    const small = cost(() => compile(rule(500)));
    const large = cost(() => compile(rule(4_000)));
    expect(large).toBeLessThan(Math.max(small, 2) * 40);
  });
});

describe("messages", () => {
  test("any octets give an outcome", async () => {
    const whole = compile(WHOLE);
    const line = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        "Subject: [x]",
        "Subject:",
        "From: <a@b",
        "To: a,b,<c>;",
        "Content-Type: multipart/mixed; boundary=b",
        "--b",
        "--b--",
        "",
        " folded",
        "Date: ?",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 25 }), (lines) => endure(whole, lines.join("\n"))),
      { numRuns: 120 },
    );
  });
});

describe("time", () => {
  const wide = `Subject: ${"a".repeat(100_000)}\n\n${"a".repeat(900_000)}\n`;

  test.each([
    ["wildcards", `if header :matches "subject" "${"*a".repeat(500)}b" { discard; }`],
    ["wildcards with holes", `if header :matches "subject" "${"*?a".repeat(500)}b" { discard; }`],
    ["a star and many holes", `if body :raw :matches "*${"?".repeat(3_000)}b*" { discard; }`],
    ["a long piece that nearly fits", `if body :raw :contains "${"a".repeat(5_000)}b" { discard; }`],
    ["a regular expression that grows in others", `if header :regex "subject" "^(a+)+(a|aa)*(a?){50}b$" { discard; }`],
    ["a regular expression over the body", `if body :raw :regex "(.*)(.*)(.*)(.*)b" { discard; }`],
    [
      "variables that double",
      `set "a" "aaaaaaaaaa"; ${`set "a" "\${a}\${a}"; `.repeat(200)} if string :contains "\${a}" "b" { discard; }`,
    ],
    ["a thousand looks at the body", `if anyof (${'body :raw :contains "b",'.repeat(1_000)} false) { discard; }`],
  ])("%s: the message is kept, in bounded time", async (_, commands) => {
    const script = compile(`${ALL} ${commands}`);
    const message = messageOf(wide);
    const before = processorMs();
    const outcome = await run(script, message, bareSurroundings({ from: "", to: "b@example.org" }, NOW));
    expect(processorMs() - before).toBeLessThan(1_000);
    expect(brief(outcome).at(-1)).toBe("keep");
  });

  test("a script that never comes to an end in time is stopped at its steps", async () => {
    const parts = `Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\nx\n".repeat(1_000)}--b--\n`;
    const script = `${ALL} foreverypart { foreverypart { set "a" "1"; } } foreverypart { ${'set "b" "2";'.repeat(100)} } discard;`;
    expect(brief(await sieve(script, parts))).toEqual(["error: it has more than 20000 steps.", "keep"]);
  });

  test("what a script holds and changes has bounds", async () => {
    const error = async (commands: string) => (await sieve(`${ALL} ${commands}`, MESSAGE)).error?.reason;
    const many = (count: number, command: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => command(index)).join("");
    const large = `set "a" "${"x".repeat(4_096)}";`;
    expect(await error(large + many(300, (index) => `set "v${index}" "\${a}";`))).toBe("its variables hold too much.");
    expect(await error(many(60, (index) => `addheader "X-${index}" "x";`))).toBe(
      "the message is changed more than 50 times.",
    );
    expect(await error(`${large} keep :flags "${`\${a}`.repeat(100)}";`)).toBe(
      "a text with variables becomes too long.",
    );
    expect(await error(many(70, (index) => `if duplicate :uniqueid "${index}" { stop; }`))).toBe(
      "more than 64 actions are asked for.",
    );
    expect(
      await error(`${large} ${many(2_000, (index) => `if header :regex "subject" "\${a}${index}" { stop; }`)}`),
    ).toContain("too large");
    expect(
      await error(
        `set "r" "(a{200}b)"; ${many(3_000, (index) => `if header :regex "subject" "\${r}${index}" { stop; }`)}`,
      ),
    ).toBe("it takes too long with this message.");
  });

  test("a header that is not known as a whole is not changed", async () => {
    const long = `Subject: x\n${`X-Long: ${"x".repeat(900)}\n`.repeat(400)}X-Last: y\n\nText\n`;
    const { actions, error } = await sieve(`${ALL} deleteheader "subject";`, long);
    expect(error?.reason).toBe("the header of the message is too long to be changed.");
    expect(actions).toEqual([{ kind: "keep", implicit: true, flags: [], rewritten: undefined }]);
  });

  test("two hundred rules cost less than a millisecond", async () => {
    const tests = [
      (index: number) => `header :contains "subject" "keyword${index}"`,
      (index: number) => `address :is ["from", "sender"] "person${index}@example.org"`,
      (index: number) => `header :matches "list-id" "*<list${index}.example.org>*"`,
      (index: number) =>
        `anyof (header :contains ["subject", "x-spam"] "word${index}", address :domain "to" "d${index}.example")`,
      (index: number) => `header :regex "subject" "^.*key(word|s)${index}$"`,
    ];
    const rules = Array.from(
      { length: 200 },
      (_, index) => `if ${tests[index % 5]?.(index)} { fileinto "f${index}"; }\n`,
    );
    const script = compile(ALL + rules.join(""));
    const surroundings = bareSurroundings({ from: "a@example.org", to: "b@example.org" }, NOW);
    const message = messageOf(MESSAGE);
    for (let warm = 0; warm < 50; warm++) await run(script, message, surroundings);
    const before = processorMs();
    for (let count = 0; count < 200; count++) await run(script, message, surroundings);
    expect((processorMs() - before) / 200).toBeLessThan(1);
  });

  test("the number of actions has bounds", async () => {
    const redirects = Array.from({ length: 12 }, (_, index) => `redirect "a${index}@example.org";`).join("");
    expect(brief(await sieve(redirects, MESSAGE))).toEqual([
      "error: the message is redirected more than 10 times.",
      "keep",
    ]);
    const folders = Array.from({ length: 70 }, (_, index) => `fileinto "a${index}";`).join("");
    expect(brief(await sieve(`${ALL} ${folders}`, MESSAGE))).toEqual([
      "error: more than 64 actions are asked for.",
      "keep",
    ]);
  });
});

function cost(work: () => void): number {
  const before = processorMs();
  work();
  return processorMs() - before;
}
