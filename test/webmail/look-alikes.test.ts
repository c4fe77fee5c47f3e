import { describe, expect, test } from "bun:test";
import { Looks, mixesScripts, oneStroke, skeleton } from "../../src/web/webmail/look-alikes.ts";

const looks = new Looks(["paypal.com", "modern.example", "wiki.example", "cloud.example"], ["examplehome.org"]);

describe("a domain that imitates another", () => {
  test.each([
    ["paypa1.com", "paypal.com"],
    ["pаypal.com", "paypal.com"], // Cyrillic а
    ["xn--pypal-4ve.com", "paypal.com"],
    ["раураӏ.com", "paypal.com"], // Cyrillic altogether
    ["modem.example", "modern.example"],
    ["vviki.example", "wiki.example"],
    ["doud.example", "cloud.example"],
    ["pàypal.com", "paypal.com"],
    ["pay-pal.com", "paypal.com"],
    ["examplehomes.org", "examplehome.org"],
    ["exmaplehome.org", "examplehome.org"],
    ["exampleh0me.org", "examplehome.org"],
  ])("%s is taken for %s", (domain, known) => {
    expect(looks.imitated(domain)).toBe(known);
  });

  test.each([
    "paypal.com",
    "PAYPAL.com",
    "mail.paypal.com",
    "pal.com",
    "paypals.example",
    "home.org",
    "",
    "example.org",
  ])("%p is none", (domain) => {
    expect(looks.imitated(domain)).toBeUndefined();
  });
});

test("scripts that nobody mixes are noticed", () => {
  expect(mixesScripts("pаypal.com")).toBe(true);
  expect(mixesScripts("xn--pypal-4ve.com")).toBe(true);
  expect(mixesScripts("bücher.example")).toBe(false);
  expect(mixesScripts("пример.example")).toBe(false);
  expect(mixesScripts("日本語テスト.example")).toBe(false);
});

test("one stroke is one letter more, fewer, other or swapped", () => {
  expect(oneStroke("abcd", "abd")).toBe(true);
  expect(oneStroke("abcd", "abxd")).toBe(true);
  expect(oneStroke("abcd", "acbd")).toBe(true);
  expect(oneStroke("abcd", "abcde")).toBe(true);
  expect(oneStroke("abcd", "abcd")).toBe(false);
  expect(oneStroke("abcd", "badc")).toBe(false);
  expect(oneStroke("abcd", "abxy")).toBe(false);
});

test("thousands of domains are looked at in no time", () => {
  const started = performance.now();
  const many = new Looks(
    Array.from({ length: 5_000 }, (_, at) => `company-${at}.example`),
    [],
  );
  expect(many.imitated(`c0mpany-77.example`)).toBe("company-77.example");
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(skeleton("a".repeat(2_000))).toHaveLength(2_000);
});
