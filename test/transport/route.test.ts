import { describe, expect, test } from "bun:test";
import { delayDue, nextAttempt, spanText } from "../../src/transport/queue/retry.ts";
import { routeTo } from "../../src/transport/route.ts";
import { fitsDomain, fitsSender, routeSchema } from "../../src/transport/routes/rule.ts";
import { smartHostSchema } from "../../src/transport/settings.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const settings = { retryMinutes: [5, 15, 30, 60], expireHours: 96, delayNoticeHours: 4 };

describe("the next attempt", () => {
  const after = (attempts: number, chance: number) => nextAttempt(attempts, 0, 1000 * HOUR, settings, chance) / MINUTE;

  test.each([
    [1, 5],
    [2, 15],
    [3, 30],
    [4, 60],
    [5, 60],
    [500, 60],
  ])("after attempt %i is in %i minutes, give or take a tenth", (attempts, minutes) => {
    expect(after(attempts, 0.5)).toBeCloseTo(minutes);
    expect(after(attempts, 0)).toBeCloseTo(minutes * 0.9);
    expect(after(attempts, 1)).toBeCloseTo(minutes * 1.1);
  });

  test("is made at the expiry at the latest", () => {
    expect(nextAttempt(4, 95.5 * HOUR, 96 * HOUR, settings)).toBe(96 * HOUR);
  });
});

describe("the delay notice", () => {
  const fresh = { delayTold: false, notify: "" };
  test.each([
    ["is not due before its time", fresh, 3.9, false],
    ["is due after its time", fresh, 4, true],
    ["is given once", { ...fresh, delayTold: true }, 9, false],
    ["is given where DELAY was asked for", { ...fresh, notify: "FAILURE,DELAY" }, 5, true],
    ["is not given where other wishes were uttered", { ...fresh, notify: "FAILURE" }, 5, false],
    ["is not given to who never wants to hear", { ...fresh, notify: "NEVER" }, 5, false],
  ])("%s", (_name, recipient, hours, due) => {
    expect(delayDue(recipient, 0, hours * HOUR, settings)).toBe(due);
  });
  test("can be switched off", () =>
    expect(delayDue(fresh, 0, 50 * HOUR, { ...settings, delayNoticeHours: 0 })).toBe(false));
});

test("spans are told in the unit that fits", () => {
  expect([1, 90 * 1000, 59 * MINUTE, HOUR, 40 * HOUR, 96 * HOUR].map(spanText)).toEqual([
    "1 minute",
    "2 minutes",
    "59 minutes",
    "1 hour",
    "40 hours",
    "4 days",
  ]);
});

describe("the route", () => {
  const host = smartHostSchema.parse({ host: "relay.test" });
  const other = smartHostSchema.parse({ host: "other.test" });
  const routes = [
    { domain: "straight.test", smartHosts: [] },
    { domain: "*.partner.test", smartHosts: [other] },
  ];

  test.each([
    ["example.com", [], "direct", "example.com"],
    ["example.com", [host], "smartHosts", "smarthost"],
    ["straight.test", [host], "direct", "straight.test"],
    ["a.partner.test", [host], "smartHosts", "route:*.partner.test"],
    ["partner.test", [], "direct", "partner.test"],
  ] as const)("to %s with %j is %s", (domain, smartHosts, kind, key) => {
    expect(routeTo(domain, { smartHosts, routes })).toMatchObject({ kind, key });
  });

  test("the first rule that fits counts, and * fits everything", () => {
    const all = [{ domain: "*", smartHosts: [other] }, ...routes];
    expect(routeTo("straight.test", { smartHosts: [], routes: all })).toMatchObject({ key: "route:*" });
  });
});

describe("a route is for", () => {
  test.each([
    [[], "far.test", true],
    [["far.test"], "far.test", true],
    [["*.far.test"], "a.far.test", true],
    [["*.far.test"], "far.test", false],
    [["*"], "[192.0.2.1]", true],
    [["MÜLLER.test"], "xn--mller-kva.test", true],
  ])("recipients in %j: %s is %p", (to, domain, expected) => {
    expect(fitsDomain(routeSchema().parse({ name: "a", to }).to, domain)).toBe(expected);
  });

  test.each([
    [[], "", true],
    [["<>"], "", true],
    [["*"], "", false],
    [["home.test"], "anna@HOME.test", true],
    [["*.home.test"], "anna@home.test", false],
    [["Anna@home.test"], "anna@home.test", true],
    [["anna@home.test"], "bert@home.test", false],
    [["sales-*@home.test"], "Sales-north@home.test", true],
    [["*@*.home.test"], "x@a.home.test", true],
  ])("senders in %j: <%s> is %p", (from, sender, expected) => {
    expect(fitsSender(routeSchema().parse({ name: "a", from }).from, sender)).toBe(expected);
  });

  test.each([
    [{ to: ["nobody@far.test"] }],
    [{ to: ["a b"] }],
    [{ from: ["@far.test"] }],
    [{ hosts: ["smtp.far.test:0"] }],
    [{ hosts: ["smtp.far.test:99999"] }],
    [{ hosts: ["two words"] }],
    [{ name: "" }],
    [{ name: "a\nb" }],
  ])("nothing with %j", (wrong) => {
    expect(routeSchema().safeParse({ name: "a", ...wrong }).success).toBe(false);
  });
});
