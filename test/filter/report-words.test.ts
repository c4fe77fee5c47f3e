/** What reports come to in plain words: who a source is, and what to do next. */
import { expect, test } from "bun:test";
import {
  type DmarcFigures,
  dmarcAdvice,
  dmarcSentence,
  judgeSource,
  type SourceEvidence,
  tlsSentence,
} from "../../src/filter/reports/words.ts";
import { destinationsIn } from "../../src/transport/reports/destinations.ts";

const NOTHING: SourceEvidence = {
  passed: 0,
  failed: 5,
  own: false,
  signed: [],
  broken: [],
  senders: [],
  overrides: [],
};

test.each([
  ["good", { passed: 5, failed: 0 }],
  ["own", { own: true }],
  ["forwarder", { overrides: ["mailing_list"] }],
  ["forwarder", { broken: ["home.test"] }],
  ["forwarder", { passed: 9 }],
  ["service", { signed: ["newsletters.test"] }],
  ["service", { senders: ["bounces.newsletters.test"] }],
  ["forger", {}],
  ["forger", { broken: ["other.test"], senders: ["home.test"] }],
] as const)("a source is called %s by %p", (kind, evidence) => {
  expect(judgeSource("home.test", { ...NOTHING, ...evidence }).kind).toBe(kind);
});

const FIGURES: DmarcFigures = {
  ...{ reports: 20, messages: 1_000, passed: 995, days: 20, policy: "none" },
  failedBy: { good: 0, own: 0, forwarder: 0, service: 0, forger: 5 },
};
const failedBy = (change: Partial<DmarcFigures["failedBy"]>) => ({ ...FIGURES.failedBy, forger: 0, ...change });

test.each([
  ["nothing came", { reports: 0 }, /has the address for reports in it/],
  ["there are few", { messages: 10, passed: 10 }, /^Wait/],
  ["there are some days", { days: 3 }, /^Wait/],
  ["all is well", {}, /say p=quarantine, so that forged mail goes to Junk/],
  ["all is well with junk", { policy: "quarantine" }, /say p=reject, so that forged mail is refused/],
  ["all is done", { policy: "reject" }, /^Nothing to do/],
  ["own mail fails", { passed: 900, failedBy: failedBy({ own: 100 }) }, /this server's records/],
  ["services fail", { passed: 900, failedBy: failedBy({ service: 100 }) }, /look at the services/],
  ["forwarders fail", { passed: 900, failedBy: failedBy({ forwarder: 100 }) }, /p=quarantine/],
] as const)("where %s, this is advised", (_what, change, said) => {
  expect(dmarcAdvice({ ...FIGURES, ...change })).toMatch(said);
});

test("figures are told, and never rounded to all", () => {
  expect(dmarcSentence(FIGURES)).toBe(
    "99.5 % of 1,000 messages in your name proved to be yours. 5 did not: 5 of probable forgers.",
  );
  expect(dmarcSentence({ ...FIGURES, messages: 100_000, passed: 99_999 })).toStartWith("99.9 % of 100,000");
  expect(tlsSentence(1, 3, 0)).toBe("All 3 connections to your servers were encrypted as they should be.");
  expect(tlsSentence(1, 3, 1)).toContain("75 % of 4 connections");
});

test("places for reports are read, and those that are none passed over", () => {
  const list =
    "mailto:a@x.test!10m, MAILTO:b%2Cc@y.test?subject=x, ftp://x.test/, https://u:p@x.test/, mailto:x, mailto:c@[192.0.2.1],https://z.test/r";
  expect(destinationsIn(list)).toEqual([
    { kind: "mail", address: "a@x.test", domain: "x.test", most: 10 * 2 ** 20 },
    { kind: "web", url: new URL("https://z.test/r") },
  ]);
  expect(destinationsIn(Array(9).fill("mailto:a@x.test").join()).length).toBe(3);
});
