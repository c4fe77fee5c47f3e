import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromDomains, judgeDmarc, publications } from "../../../src/filter/authentication/dmarc.ts";
import { isDmarcRecord, parseDmarcRecord } from "../../../src/filter/authentication/dmarc-record.ts";
import { aligned, organizationalDomain } from "../../../src/filter/authentication/organization.ts";
import type { DkimOutcome, DkimResult, SpfOutcome, SpfResult } from "../../../src/filter/judgement.ts";
import { parseStructure } from "../../../src/mime/parser.ts";
import { type Records, TableDns } from "../table-dns.ts";

function spf(result: SpfResult, domain: string): SpfOutcome {
  return { result, domain, identity: "mailfrom", sentence: "" };
}

function dkim(result: DkimResult, domain: string): DkimOutcome {
  return { result, domain, selector: "s", algorithm: "rsa-sha256", signature: "abcd", testing: false, sentence: "" };
}

/** One message from a domain, with the records of a zone. */
async function judged(
  zone: Record<string, Records>,
  from: string | string[],
  proof: { spf?: SpfOutcome; dkim?: DkimOutcome[]; sample?: number } = {},
) {
  const domains = [from].flat();
  const published = await publications(domains, new TableDns(zone));
  return judgeDmarc(domains, published, { spf: spf("none", ""), dkim: [], sample: 0, ...proof });
}

const record = (text: string): Record<string, Records> => ({ "_dmarc.example.com": { TXT: [text] } });

describe("the registered domain", () => {
  const table: [name: string, registered: string][] = [
    ["example.com", "example.com"],
    ["a.b.example.com", "example.com"],
    ["mail.example.co.uk", "example.co.uk"],
    ["x.anna.github.io", "anna.github.io"],
    ["github.io", "github.io"],
    ["co.uk", "co.uk"],
    ["mail.home.test", "home.test"],
    ["xn--55qx5d.cn", "xn--55qx5d.cn"],
    ["_x.mail.example.com", "example.com"],
    ["localhost", "localhost"],
  ];
  for (const [name, registered] of table) {
    test(`${name} belongs to ${registered}`, () => expect(organizationalDomain(name)).toBe(registered));
  }

  test("two owners below one suffix are not aligned", () => {
    expect(aligned("a.example.co.uk", "b.example.co.uk", "relaxed")).toBe(true);
    expect(aligned("a.example.co.uk", "b.example.co.uk", "strict")).toBe(false);
    expect(aligned("one.co.uk", "two.co.uk", "relaxed")).toBe(false);
    expect(aligned("", "", "relaxed")).toBe(false);
  });
});

describe("records", () => {
  test("are known by their version, which comes first and in this case", () => {
    const yes = ["v=DMARC1; p=none", "v = DMARC1 ;p=none", "v=DMARC1"];
    const no = ["v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC10; p=none", " v=DMARC1; p=none", ""];
    for (const text of yes) expect(isDmarcRecord(text)).toBe(true);
    for (const text of no) expect(isDmarcRecord(text)).toBe(false);
  });

  test("are read with defaults for what is not given or wrong", () => {
    expect(parseDmarcRecord("v=DMARC1; p=Reject")).toEqual({
      ...{ policy: "reject", subdomains: "reject", dkim: "relaxed", spf: "relaxed", percent: 100, reportsTo: "" },
    });
    expect(parseDmarcRecord("v=DMARC1;p=quarantine;sp=none;adkim=s;aspf=S;pct=7;rua=mailto:a@b.c;x=1;=;;")).toEqual({
      ...{ policy: "quarantine", subdomains: "none", dkim: "strict", spf: "strict", percent: 7 },
      reportsTo: "mailto:a@b.c",
    });
    expect(parseDmarcRecord("v=DMARC1; p=reject; pct=1000; adkim=x")).toMatchObject({ percent: 100, dkim: "relaxed" });
    expect(parseDmarcRecord("v=DMARC1; p=reject; pct=-1")).toMatchObject({ percent: 100 });
  });

  test("without a policy mean none where they ask for reports, else nothing (RFC 7489 §6.6.3)", () => {
    expect(parseDmarcRecord("v=DMARC1; rua=mailto:a@b.c")).toMatchObject({ policy: "none", subdomains: "none" });
    expect(parseDmarcRecord("v=DMARC1; p=reject; sp=never; rua=mailto:a@b.c")).toMatchObject({ policy: "none" });
    expect(parseDmarcRecord("v=DMARC1; p=refuse")).toBeUndefined();
    expect(parseDmarcRecord("v=DMARC1")).toBeUndefined();
  });

  test("of any text are read without a fault", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseDmarcRecord(`v=DMARC1;${text}`)));
  });
});

describe("identifier alignment, by the examples of RFC 7489 appendix B.1", () => {
  const relaxed = record("v=DMARC1; p=reject");
  const strict = record("v=DMARC1; p=reject; aspf=s; adkim=s");
  const child = { "_dmarc.child.example.com": { TXT: ["v=DMARC1; p=reject; aspf=s; adkim=s"] } };

  test("SPF in the same domain, below it, and elsewhere", async () => {
    expect((await judged(strict, "example.com", { spf: spf("pass", "example.com") })).result).toBe("pass");
    expect((await judged(relaxed, "example.com", { spf: spf("pass", "child.example.com") })).result).toBe("pass");
    expect((await judged(strict, "example.com", { spf: spf("pass", "child.example.com") })).result).toBe("fail");
    expect((await judged(relaxed, "child.example.com", { spf: spf("pass", "example.com") })).result).toBe("pass");
    expect((await judged(child, "child.example.com", { spf: spf("pass", "example.com") })).result).toBe("fail");
    expect((await judged(relaxed, "example.com", { spf: spf("pass", "example.net") })).result).toBe("fail");
  });

  test("DKIM in the same domain, above it, and elsewhere", async () => {
    expect((await judged(strict, "example.com", { dkim: [dkim("pass", "example.com")] })).result).toBe("pass");
    expect((await judged(relaxed, "child.example.com", { dkim: [dkim("pass", "example.com")] })).result).toBe("pass");
    expect((await judged(child, "child.example.com", { dkim: [dkim("pass", "example.com")] })).result).toBe("fail");
    expect((await judged(relaxed, "example.com", { dkim: [dkim("pass", "sample.net")] })).result).toBe("fail");
    const both = [dkim("pass", "list.example"), dkim("fail", "example.com"), dkim("pass", "mail.example.com")];
    expect((await judged(relaxed, "example.com", { dkim: both })).result).toBe("pass");
  });

  test("only what passes proves anything", async () => {
    for (const result of ["none", "neutral", "fail", "softfail", "permerror"] as const) {
      expect((await judged(relaxed, "example.com", { spf: spf(result, "example.com") })).disposition).toBe("reject");
    }
    for (const result of ["none", "fail", "policy", "neutral", "permerror"] as const) {
      expect((await judged(relaxed, "example.com", { dkim: [dkim(result, "example.com")] })).disposition).toBe(
        "reject",
      );
    }
  });
});

describe("policies", () => {
  test("of the domain itself come before those of the registered one", async () => {
    const zone = {
      ...record("v=DMARC1; p=reject; sp=quarantine"),
      "_dmarc.own.example.com": { TXT: ["v=DMARC1; p=none"] },
    };
    expect(await judged(zone, "example.com")).toMatchObject({ policy: "reject", disposition: "reject" });
    expect(await judged(zone, "own.example.com")).toMatchObject({ policy: "none", policyDomain: "own.example.com" });
    expect(await judged(zone, "a.b.example.com")).toMatchObject({
      ...{ policy: "quarantine", disposition: "quarantine", policyDomain: "example.com" },
    });
  });

  test("hold for pct= of the mail; the rest gets the next weaker one (RFC 7489 §6.6.4)", async () => {
    const half = record("v=DMARC1; p=reject; pct=50");
    expect((await judged(half, "example.com", { sample: 49.9 })).disposition).toBe("reject");
    expect((await judged(half, "example.com", { sample: 50 })).disposition).toBe("quarantine");
    const never = record("v=DMARC1; p=quarantine; pct=0");
    expect((await judged(never, "example.com")).disposition).toBe("none");
  });

  test("are none where there is no record, or several", async () => {
    expect((await judged({}, "example.com")).result).toBe("none");
    const twice = { "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject", "v=DMARC1; p=none"] } };
    expect(await judged(twice, "example.com")).toMatchObject({ result: "none", disposition: "none" });
    const beside = { "_dmarc.example.com": { TXT: ["something else", "v=DMARC1; p=reject"] } };
    expect((await judged(beside, "example.com")).disposition).toBe("reject");
  });

  test("that nobody could tell refuse nothing", async () => {
    const silent = { "_dmarc.example.com": { silent: true } };
    expect(await judged(silent, "example.com")).toMatchObject({ result: "temperror", disposition: "none" });
    expect(await judged(silent, "sub.example.com")).toMatchObject({ result: "temperror", disposition: "none" });
  });

  test("weigh less for what a failing name server might have proven", async () => {
    const zone = record("v=DMARC1; p=reject");
    const uncertain = { result: "temperror", disposition: "quarantine" };
    expect(await judged(zone, "example.com", { spf: spf("temperror", "example.com") })).toMatchObject(uncertain);
    expect(await judged(zone, "example.com", { dkim: [dkim("temperror", "example.com")] })).toMatchObject(uncertain);
    const elsewhere = { spf: spf("temperror", "evil.test"), dkim: [dkim("temperror", "evil.test")] };
    expect((await judged(zone, "example.com", elsewhere)).disposition).toBe("reject");
  });
});

describe("the domains of From", () => {
  const table: [header: string, domains: string[]][] = [
    ["From: Anna <anna@Example.COM>", ["example.com"]],
    ["From: anna@example.com\r\nFrom: eve@evil.test", ["example.com", "evil.test"]],
    ["From: anna@example.com, eve@evil.test", ["example.com", "evil.test"]],
    ['From: "anna@bank.test" <eve@evil.test>', ["evil.test"]],
    ["From: team: anna@example.com, bert@example.com;", ["example.com"]],
    ["From: =?utf-8?q?anna=40bank.test?= <eve@evil.test>", ["evil.test"]],
    ["From:\r\n anna@example.com (a comment @ here)", ["example.com"]],
    ["From: anna@example.com.", ["example.com"]],
    ["From: anna@b\u00fccher.example", ["xn--bcher-kva.example"]],
    ["From: Anna", []],
    ["To: anna@example.com", []],
  ];
  for (const [header, domains] of table) {
    test(JSON.stringify(header), () => {
      expect(fromDomains(parseStructure(Buffer.from(`${header}\r\n\r\n`, "utf8")))).toEqual(domains);
    });
  }

  test("are all judged, and the strictest counts", async () => {
    const zone = {
      ...record("v=DMARC1; p=reject"),
      "_dmarc.evil.test": { TXT: ["v=DMARC1; p=none"] },
    };
    const proof = { spf: spf("pass", "evil.test"), dkim: [dkim("pass", "evil.test")] };
    expect(await judged(zone, ["evil.test", "example.com"], proof)).toMatchObject({
      ...{ domain: "example.com", result: "fail", disposition: "reject" },
    });
  });

  test("beyond a handful are no honest message", async () => {
    const many = Array.from({ length: 1_000 }, (_, at) => `d${at}.test`);
    const dns = new TableDns({});
    const published = await publications(many, dns);
    const outcome = judgeDmarc(many, published, { spf: spf("none", ""), dkim: [], sample: 0 });
    expect(outcome).toMatchObject({ result: "permerror", disposition: "quarantine" });
    expect(dns.asked.length).toBeLessThanOrEqual(10);
  });
});
