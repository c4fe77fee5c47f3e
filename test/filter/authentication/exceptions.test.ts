import { describe, expect, test } from "bun:test";
import { exceptionFor, type Way } from "../../../src/filter/authentication/exceptions.ts";
import type { ArcOutcome } from "../../../src/filter/judgement.ts";

const WAY: Way = {
  remote: "192.0.2.1",
  iprev: { result: "pass", hostname: "out.lists.example" },
  spf: { result: "pass", identity: "mailfrom", domain: "bounces.lists.example", sentence: "" },
  dkim: [],
  arc: { result: "none", sealers: [], results: [], sentence: "" },
};

const proven = "mx.one.test; spf=pass smtp.mailfrom=bank.test; dmarc=pass (p=reject) header.from=bank.test";

function arc(sealers: string[], results: string[], result: ArcOutcome["result"] = "pass"): ArcOutcome {
  return { result, sealers, results, sentence: "" };
}

function trusts(sealers: string[], chain: ArcOutcome): boolean {
  return (
    exceptionFor({ trustedForwarders: [], trustedSealers: sealers }, "bank.test", { ...WAY, arc: chain }) !== undefined
  );
}

describe("forwarders", () => {
  const taken = (forwarder: string, way: Partial<Way> = {}) =>
    exceptionFor({ trustedForwarders: [forwarder], trustedSealers: [] }, "bank.test", { ...WAY, ...way }) !== undefined;

  test("are known by their network", () => {
    expect(taken("192.0.2.0/24")).toBe(true);
    expect(taken("198.51.100.0/24")).toBe(false);
    expect(taken("2001:db8::/32", { remote: "2001:db8::7" })).toBe(true);
  });

  test("are known by a domain that something proves", () => {
    expect(taken("lists.example")).toBe(true);
    expect(taken("other.example")).toBe(false);
    expect(taken("ists.example")).toBe(false);
    const { iprev: _, ...nameless } = WAY;
    const unproven = { ...nameless, spf: { ...WAY.spf, result: "softfail" as const } };
    const trust = { trustedForwarders: ["lists.example"], trustedSealers: [] };
    expect(exceptionFor(trust, "bank.test", unproven)).toBeUndefined();
  });
});

describe("sealers", () => {
  test("are believed that a message was proven when it came to them", () => {
    expect(trusts(["one.test"], arc(["one.test"], [proven]))).toBe(true);
    expect(trusts(["one.test"], arc(["mx.one.test"], [proven]))).toBe(true);
    expect(trusts([], arc(["one.test"], [proven]))).toBe(false);
    expect(trusts(["one.test"], arc(["two.test"], [proven]))).toBe(false);
    expect(trusts(["one.test"], arc(["one.test"], [proven], "fail"))).toBe(false);
  });

  test("are not believed what somebody before them made up", () => {
    const failed = "mx.two.test; dmarc=fail header.from=bank.test; arc=pass";
    expect(trusts(["two.test"], arc(["evil.test", "two.test"], [proven, failed]))).toBe(false);
    expect(trusts(["one.test", "two.test"], arc(["one.test", "two.test"], [proven, failed]))).toBe(true);
    expect(trusts(["one.test"], arc(["one.test", "evil.test"], [proven, proven]))).toBe(false);
  });

  test("must have meant this domain, and DMARC", () => {
    const says: [text: string, taken: boolean][] = [
      ["mx.one.test; dmarc=pass header.from=other.test", false],
      ["mx.one.test; dmarc=pass", false],
      ["mx.one.test; dkim=pass header.d=bank.test", false],
      ["mx.one.test; x (; dmarc=pass header.from=bank.test)", false],
      ['mx.one.test; spf=fail reason="; dmarc=pass header.from=bank.test"', false],
      ["mx.one.test; dmarc=fail reason=pass header.from=bank.test", false],
      ["mx.one.test;\r\n\tDMARC = pass (p=reject)\r\n header.from=Bank.Test", true],
      ["mx.one.test; dmarc/1=pass header.from=bank.test", true],
    ];
    for (const [text, taken] of says)
      expect([text, trusts(["one.test"], arc(["one.test"], [text]))]).toEqual([text, taken]);
  });
});
