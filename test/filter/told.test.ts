/** What the server wrote in front of a message is read back, and nothing that anybody else wrote. */
import { describe, expect, test } from "bun:test";
import type { Finding } from "../../src/filter/judgement.ts";
import { verdictField } from "../../src/filter/score.ts";
import { sentenceFor } from "../../src/filter/sentences.ts";
import { spamPercent, toldOf, virusScore } from "../../src/filter/told.ts";
import { Header } from "../../src/mime/header.ts";
import { receivedField } from "../../src/transport/received.ts";
import { processorMs } from "../timing.ts";

const HOST = "mail.home.example";
const received = receivedField(
  { kind: "smtp", trace: "abc123", session: "s", remote: "192.0.2.1", helo: "x", protocol: "ESMTPS" },
  HOST,
  ["ann@home.example"],
  0,
);
const findings: Finding[] = [
  { test: "words", result: "87%", points: 4.1, sentence: "" },
  { test: "list", result: "listed:zen.example", points: 3, sentence: "" },
  { test: "known", result: "claimed", points: -2.5, sentence: "" },
  { test: "spf", result: "pass", points: 0, sentence: "" },
];
const verdict = verdictField(findings, undefined, 5);
const results = `Authentication-Results: ${HOST};\r\n spf=pass smtp.mailfrom=a@b.example;\r\n dkim=fail reason="x; dmarc=pass (y)" header.d=b.example;\r\n dmarc=none header.from=b.example\r\n`;
const rest = "From: a@b.example\r\nSubject: x\r\n\r\n";
const told = (...fields: string[]) => toldOf(new Header(fields.join("")), HOST);

describe("what the server found", () => {
  test("is read from above its own Received field", () => {
    const one = told("Return-Path: <a@b.example>\r\n", results, verdict, "Gatepost-Virus: none\r\n", received, rest);
    expect(one).toMatchObject({ trace: "abc123", protocol: "ESMTPS", virus: "none" });
    expect(one?.verdict).toEqual({
      ...{ junk: false, score: 4.6, required: 5 },
      tests: findings.slice(0, 3).map(({ test, result, points }) => ({ test, result, points })),
    });
    expect(one?.checks?.map(({ method, result }) => `${method}=${result}`)).toEqual([
      "spf=pass",
      "dkim=fail",
      "dmarc=none",
    ]);
    expect(one?.checks?.[0]?.properties).toEqual({ "smtp.mailfrom": "a@b.example" });
    expect(told(verdictField([], undefined, 100), received, rest)?.verdict).toMatchObject({
      required: null,
      tests: [],
    });
  });

  test("is not believed below it, nor where another server brought the message in", () => {
    const forged = "Gatepost-Verdict: clean; score=-50; required=5; tests=known/proven:-50\r\n";
    expect(told(received, forged, results, rest)).toMatchObject({ verdict: undefined, checks: undefined });
    expect(told(verdict, received.replaceAll(HOST, "mail.other.example"), rest)).toBeUndefined();
    expect(told(verdict, rest)).toBeUndefined();
    expect(told(results.replace(HOST, "other.example"), received, rest)?.checks).toBeUndefined();
    expect(told("Gatepost-Verdict: junk; score=x\r\n", received, rest)?.verdict).toBeUndefined();
  });

  test("is read as quickly where somebody made it long", () => {
    const begun = processorMs();
    for (const piece of ['\\"', '"', "(", "\\", 'x="', " a.b="]) {
      for (const end of ["", '"', "\\"]) {
        const value = `${HOST}; spf=pass ${piece.repeat(200_000 / piece.length)}${end}`;
        expect(told(`Authentication-Results: ${value}\r\n`, received, rest)?.checks).toBeDefined();
      }
    }
    expect(processorMs() - begun).toBeLessThan(1_000);
  });

  test("has a sentence for every test, also when the log has forgotten it", () => {
    expect(sentenceFor({ test: "words", result: "87%" })).toBe(
      "Its words are like mail that people put into Junk (87%).",
    );
    expect(sentenceFor({ test: "header", result: "capitals" })).toBe("Its subject is in capitals.");
    expect(sentenceFor({ test: "list", result: "listed:zen.example" })).toContain("zen.example");
    expect(sentenceFor({ test: "attachment", result: "macro" })).toBe("It carries a document with macros.");
    expect(sentenceFor({ test: "contents", result: "program" })).toBe("It carries a program.");
    expect(sentenceFor({ test: "new", result: "thing" })).toBe("new: thing");
  });
});

test("a score is a share of a hundred: half of it where junk begins", () => {
  const scores: [number, number | null, boolean, number][] = [
    [-8, 5, false, 0],
    [0, 5, false, 0],
    [2.5, 5, false, 25],
    [4.99, 5, false, 49],
    [5, 5, true, 50],
    [7.5, 5, true, 75],
    [30, 5, true, 100],
    [1, 5, true, 50],
    [9, 5, false, 49],
    [3, -5, true, 100],
    [50, null, false, 25],
  ];
  for (const [score, required, junk, percent] of scores) expect(spamPercent(score, required, junk)).toBe(percent);
  expect([undefined, "clean", "none", "found", "found; Eicar", "not scanned"].map(virusScore)).toEqual([
    0, 1, 1, 5, 5, 0,
  ]);
});
