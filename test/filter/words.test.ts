/** What is seen of messages: real ones in the order in which they came, and those that somebody made to be expensive. */
import { beforeAll, describe, expect, test } from "bun:test";
import { corpus, type Judged, judgeAll, sharesAfter } from "../../bench/spam.ts";
import { reversed } from "../../src/filter/lists.ts";
import { lookAtMessage } from "../../src/filter/looks/looks.ts";
import { networkOf } from "../../src/filter/network.ts";
import { verdictField } from "../../src/filter/score.ts";
import { chanceOf, chanceOfBoth, combined } from "../../src/filter/words/chances.ts";
import { lookAtHtml } from "../../src/filter/words/html-look.ts";
import { MARK_TOKENS, marksOf, markTokens } from "../../src/filter/words/marks.ts";
import { changeBy, type Entry, logOddsOf, opinionOf, stepFor } from "../../src/filter/words/opinion.ts";
import { READ_OCTETS, type Reading, readMessage } from "../../src/filter/words/reading.ts";
import { MOST_TOKENS, TOKEN_SPAN, tokensOf } from "../../src/filter/words/tokens.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { processorMs } from "../timing.ts";

function reading(message: string): Reading {
  const octets = Buffer.from(message);
  return readMessage(parseStructure(octets), octets.subarray(0, READ_OCTETS));
}

const letter = (head: string, text: string) =>
  `From: ann@example.org\r\nTo: bea@example.org\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n${head}\r\n\r\n${text}\r\n`;

const NOW = Date.UTC(2026, 10, 23, 10);
const seen = (head: string, text = "Hello.") =>
  lookAtMessage({ reading: reading(letter(head, text)), at: NOW }).map(({ result }) => result);

describe("real mail, every fifth of the corpus, each message judged before it is taught", () => {
  let judged: Judged[];

  beforeAll(() => {
    judged = judgeAll(corpus(5));
  });

  test("is told apart", () => {
    const { lost, caught } = sharesAfter(judged, 200);
    expect(lost).toBeLessThan(1.2);
    expect(caught).toBeGreaterThan(75);
  });
});

describe("a look at a message finds", () => {
  test.each([
    ["Subject: GET RICH TODAY", "capitals"],
    ["Subject: =?utf-8?b?SGVsbG8=?=", "needless-encoding"],
    ["Subject: V I A G R A now", "spaced-subject"],
    ["Subject: offers                 xkqz", "tail-in-subject"],
    ["Subject: Re: the contract", "false-answer"],
    ["Subject: p\u0430ypal account", "mixed-scripts"],
    ["Subject: x\r\nReply-To: winner@gmail.com", "answers-to-free-mail"],
  ])("%s", (head, result) => {
    expect(seen(head)).toContain(result);
  });

  test.each([
    ['<a href="http://evil.example/x">www.bank.example</a>', "lying-link"],
    [`<div style="display:none">${"word ".repeat(200)}</div>Hello`, "hidden-text"],
    [`<font color="#fefefe">${"word ".repeat(200)}</font>Hello`, "hidden-text"],
    ["V<!-- x -->ia<!-- y -->gr<!-- z -->a", "torn-words"],
    ['<a href="http://203.0.113.9/">here</a>', "number-link"],
    ['<img src="http://x.example/1.png">', "images-for-text"],
  ])("%s", (html, result) => {
    expect(seen("Subject: x\r\nContent-Type: text/html", html)).toContain(result);
  });

  test("nothing in a usual letter", () => {
    expect(seen("Subject: Lunch on Thursday", "Shall we meet at noon?")).toEqual([]);
  });
});

describe("tokens", () => {
  test("are numbers below their span, each once, and the same each time", () => {
    const { all: one } = tokensOf(reading(letter("Subject: Hello there", "One two three one two three.")));
    expect(new Set(one).size).toBe(one.length);
    expect(one.every((token) => Number.isSafeInteger(token) && token >= 0 && token < TOKEN_SPAN)).toBe(true);
    expect(tokensOf(reading(letter("Subject: Hello there", "One two three one two three."))).all).toEqual(one);
  });

  test("are found in writing without spaces, too", () => {
    const plain = tokensOf(reading(letter("Subject: x", "x"))).all.length;
    expect(tokensOf(reading(letter("Subject: x", "未承諾広告出会いの広場"))).all.length).toBeGreaterThan(plain + 5);
  });
});

describe("what a mailing list adds says nothing", () => {
  const footer =
    "_______________________________________________\r\nA mailing list\r\nhttp://lists.example/listinfo/club";
  const list = "List-Id: <club.example>\r\nSender: club-admin@example.org\r\nPrecedence: bulk";

  test("in the subject, in the header, at the end of the text", () => {
    const plain = tokensOf(reading(letter("Subject: Re: Lunch", "At noon.")));
    const listed = tokensOf(reading(letter(`Subject: Re: [club] Lunch\r\n${list}`, `At noon.\r\n${footer}`)));
    expect(listed.words).toEqual(plain.words);
    expect(listed.all.filter((token) => !plain.all.includes(token))).toHaveLength(1);
  });

  test("but what looks so in other mail counts", () => {
    const plain = tokensOf(reading(letter("Subject: Lunch", "At noon.")));
    const marked = tokensOf(reading(letter("Subject: [club] Lunch", `At noon.\r\n${footer}`)));
    expect(marked.words.length).toBeGreaterThan(plain.words.length + 3);
  });
});

describe("an opinion", () => {
  const junk = tokensOf(reading(letter("Subject: Offer", "Cheap watches, buy today http://shop.example/")));
  const known = (entries: ReadonlyMap<number, Entry>) => ({
    all: { ham: 9, spam: 9 },
    of: (token: number) => entries.get(token),
  });
  const nothing = known(new Map());
  const learned = (step: number, kind: "ham" | "spam", by = 1) => {
    const { token, mark } = changeBy(step * by, junk);
    const entry = { ham: 0, spam: 0, [kind]: 1 };
    return new Map([
      ...junk.all.map((one) => [one, { ...entry, weight: token }] as const),
      ...markTokens(marksOf(junk, nothing)).map((one) => [one, { ...entry, weight: mark }] as const),
    ]);
  };

  test("follows a lesson, less so the better it was known, and one's own goes before everybody's", () => {
    const { shared: step } = stepFor(junk, true, nothing, undefined);
    expect(step).toBeCloseTo(0.5);
    const after = known(learned(step, "spam"));
    expect(logOddsOf(opinionOf(junk, after))).toBeGreaterThan(2);
    expect(stepFor(junk, true, after, undefined).shared).toBeLessThan(step / 4);
    const { own } = stepFor(junk, false, after, nothing);
    expect(own).toBeLessThan(-0.4);
    const mine = known(learned(own, "ham"));
    expect(logOddsOf(opinionOf(junk, after, mine))).toBeLessThan(logOddsOf(opinionOf(junk, after)) - 2);
  });

  test("is familiar with authors and words it met", () => {
    const [level, author, domain, hosts] = markTokens(marksOf(junk, nothing));
    const met = known(learned(0, "ham"));
    const marks = markTokens(marksOf(junk, met));
    expect(marks).not.toContain(level);
    for (const mark of [author, domain, hosts]) expect(marks).not.toContain(mark);
    expect(marks.every((mark) => MARK_TOKENS.includes(mark))).toBe(true);
  });
});

describe("chances", () => {
  test("of what nobody knows are even", () => {
    expect(combined([])).toBe(0.5);
    expect(chanceOf({ ham: 0, spam: 0 }, { ham: 9, spam: 9 })).toBe(0.5);
  });

  test("go to the ends with the evidence, and stand in the middle where it is even", () => {
    expect(combined(Array(20).fill(0.95))).toBeGreaterThan(0.99);
    expect(combined(Array(20).fill(0.05))).toBeLessThan(0.01);
    expect(combined([...Array(20).fill(0.05), ...Array(20).fill(0.95)])).toBeCloseTo(0.5);
    expect(combined(Array(5_000).fill(0.9999))).toBeWithin(0.99, 1.0001);
  });

  test("of one's own mail outweigh everybody's", () => {
    const everybody = chanceOf({ ham: 0, spam: 20 }, { ham: 50, spam: 50 });
    const mine = chanceOfBoth(
      { ham: 20, spam: 0 },
      { ham: 50, spam: 50 },
      { ham: 20, spam: 40 },
      { ham: 100, spam: 100 },
    );
    expect(everybody).toBeGreaterThan(0.9);
    expect(mine).toBeLessThan(0.2);
  });
});

describe("whatever somebody sends, it costs little", () => {
  const costOf = (message: string): number => {
    const before = processorMs();
    const read = reading(message);
    expect(tokensOf(read).all.length).toBeLessThanOrEqual(MOST_TOKENS);
    lookAtMessage({ reading: read, at: NOW });
    return processorMs() - before;
  };
  const html = (text: string) => letter("Subject: x\r\nContent-Type: text/html", text);

  test.each([
    ["20 MB of text", () => letter("Subject: x", "some words of text ".repeat(1_000_000))],
    [
      "a million different words",
      () => letter("Subject: x", Array.from({ length: 1e6 }, (_, at) => `w${at}`).join(" ")),
    ],
    ["a word of megabytes", () => letter("Subject: x", "a".repeat(4_000_000))],
    ["a word of apostrophes and dashes", () => letter("Subject: x", `a${"'-".repeat(2.2e4)}b`)],
    ["elements nested 100,000 deep", () => html(`${"<div style='display:none'>".repeat(1e5)}x${"</div>".repeat(1e5)}`)],
    ["100,000 links", () => html('<a href="http://a.example/">b.example</a>'.repeat(1e5))],
    ["tags that never end", () => html("<a href='".repeat(1e5))],
    ["comments that never end", () => html("<!--".repeat(2e5))],
    ["styles that never end", () => html(`<p style="${"color:".repeat(1e5)}`)],
    ["a subject of a hundred thousand spaces", () => letter(`Subject: x${" ".repeat(1e5)}y`, "x")],
    ["a name of ten thousand quotes", () => letter(`Reply-To: ${'"'.repeat(1e4)}`, "x")],
    ["a thousand capitals and dashes", () => letter(`Subject: ${"A-".repeat(1e4)}`, "A B ".repeat(1e4))],
  ])("%s", (_name, message) => {
    const text = message();
    const parsed = processorMs();
    parseStructure(Buffer.from(text));
    const parsing = processorMs() - parsed;
    expect(costOf(text)).toBeLessThan(2 * parsing + 150);
  });

  test("and a list of links is bounded", () => {
    expect(lookAtHtml('<a href="http://a.example/">x</a>'.repeat(5_000), 1e6).links.length).toBeLessThanOrEqual(500);
  });
});

test("addresses are asked for as lists name them, and never those of the house", () => {
  expect(reversed("192.0.2.9")).toBe("9.2.0.192");
  expect(reversed("::ffff:192.0.2.9")).toBe("9.2.0.192");
  expect(reversed("2001:db8::1")).toBe("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
  for (const own of ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fe80::1", "fd00::1", "nonsense"])
    expect(reversed(own)).toBeUndefined();
  expect([networkOf("192.0.2.9"), networkOf("2001:db8:7::1"), networkOf("2001:db8::1")]).toEqual([
    ...["192.0.2", "2001:db8:7", "2001:db8:0"],
  ]);
});

test("a verdict is folded, and holds no line that somebody else wrote", () => {
  const findings = Array.from({ length: 12 }, (_, at) => ({
    ...{ test: "list", result: `listed:zone${at}.example\r\nX: y`, points: at - 3, sentence: "" },
  }));
  const field = verdictField(findings, undefined, 5);
  expect(field).toStartWith("Gatepost-Verdict: junk; score=30; required=5; tests=");
  expect(field).toEndWith("\r\n");
  for (const line of field.trimEnd().split("\r\n").slice(1)) expect(line).toMatch(/^ \S{1,80}$/);
});
