/** What is said of a domain's records, by what the DNS answers. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { policyText } from "../../src/filter/records/mta-sts.ts";
import { domainRecords, type Furnishing, formName, zoneLine } from "../../src/filter/records/records.ts";
import { Resolver } from "../../src/net/dns.ts";
import { MockDns, type Zone } from "../transport/mock-dns.ts";

const RIGHT: Zone = {
  "home.example": { MX: [[10, "mail.home.example"]], TXT: ["v=spf1 mx ~all"] },
  "mail.home.example": { A: ["203.0.113.5"] },
  "5.113.0.203.in-addr.arpa": { PTR: ["mail.home.example"] },
  "_dmarc.home.example": { TXT: ["v=DMARC1; p=reject; rua=mailto:dmarc-reports@home.example"] },
  "_smtp._tls.home.example": { TXT: ["v=TLSRPTv1; rua=mailto:tls-reports@home.example"] },
  "_imaps._tcp.home.example": { SRV: [[0, 1, 993, "mail.home.example"]] },
};

/** Looks at the records in a zone, and gives "TYPE name: state" with the sentence. */
async function look(zone: Zone, change: Partial<Furnishing> = {}): Promise<Record<string, string>> {
  const dns = await MockDns.start({ ...RIGHT, ...zone });
  try {
    const records = await domainRecords({
      resolver: new Resolver({ servers: () => [dns.server], timeout: () => 1, hostsFile: "" }),
      ...{ domain: "home.example", host: "mail.home.example", addresses: ["203.0.113.5"], relays: [], spfTerms: [] },
      ...{
        isPrivate: (address: string) => address.startsWith("192.168."),
        reportsTo: { dmarc: "dmarc-reports@home.example", tls: "tls-reports@home.example" },
      },
      ...{ keys: [], now: 0, doors: [{ service: "imaps", port: 993 }], keyDigest: "ab".repeat(32) },
      ...{ removableAt: () => undefined, mtaSts: "off", isTrusted: () => true },
      ...change,
    });
    return Object.fromEntries(
      records.map(({ type, name, state, sentence }) => [`${type} ${name}`, `${state}: ${sentence}`]),
    );
  } finally {
    dns.stop();
  }
}

test("where everything is right nothing is asked for, and DANE not offered without DNSSEC", async () => {
  const seen = await look({});
  expect(Object.values(seen).filter((one) => !one.startsWith("right"))).toEqual([]);
  expect(Object.keys(seen).length).toBe(7);
});

const SPF = "TXT home.example";
const MX = "MX home.example";
const HOST = "A mail.home.example";
const CASES: readonly [what: string, zone: Zone, record: string, said: RegExp][] = [
  ["no MX", { "home.example": { TXT: ["v=spf1 a:mail.home.example -all"] } }, MX, /^missing: Nobody outside knows/],
  ["an MX elsewhere", { "home.example": { MX: [[5, "mx.other.example"]] } }, MX, /^wrong: .*mx\.other\.example/],
  ["a null MX", { "home.example": { MX: [[0, ""]] } }, MX, /^wrong: .*goes to nobody/],
  [
    "an alias",
    { "mail.home.example": { CNAME: "x.example" }, "x.example": { A: ["203.0.113.5"] } },
    MX,
    /^wrong: .*alias/,
  ],
  ["a dead name server", { "home.example": { fail: true } }, MX, /^unknown/],
  ["no SPF", { "home.example": { MX: [[10, "mail.home.example"]] } }, SPF, /^missing/],
  [
    "two SPF records",
    { "home.example": { TXT: ["v=spf1 mx -all", "v=spf1 a -all"] } },
    SPF,
    /^wrong: There are several/,
  ],
  ["SPF for everybody", { "home.example": { TXT: ["v=spf1 +all"] } }, SPF, /^wrong: This record lets everybody/],
  [
    "SPF without us",
    { "home.example": { TXT: ["v=spf1 ip4:192.0.2.1 -all"] } },
    SPF,
    /^wrong: It does not let .* 203\.0\.113\.5/,
  ],
  ["an address inside", { "mail.home.example": { A: ["192.168.1.2"] } }, HOST, /^missing|^wrong: .*private network/],
  ["an address elsewhere", { "mail.home.example": { A: ["198.51.100.9"] } }, HOST, /^missing|^wrong: .*known by/],
  ["no name in reverse", { "5.113.0.203.in-addr.arpa": {} }, "PTR 5.113.0.203.in-addr.arpa", /^missing: .*has no name/],
  [
    "another name in reverse",
    { "5.113.0.203.in-addr.arpa": { PTR: ["dsl.isp.example"] } },
    "PTR 5.113.0.203.in-addr.arpa",
    /^wrong: .*dsl\.isp/,
  ],
  ["no DMARC", { "_dmarc.home.example": {} }, "TXT _dmarc.home.example", /^missing/],
  [
    "DMARC that only watches",
    { "_dmarc.home.example": { TXT: ["v=DMARC1; p=none"] } },
    "TXT _dmarc.home.example",
    /^right: It only watches/,
  ],
  [
    "DMARC with reports to others",
    { "_dmarc.home.example": { TXT: ["v=DMARC1; p=reject; rua=mailto:x@other.example"] } },
    "TXT _dmarc.home.example",
    /^right: .*rua=mailto:dmarc-reports@home\.example/,
  ],
  ["broken DMARC", { "_dmarc.home.example": { TXT: ["v=DMARC1; p=maybe"] } }, "TXT _dmarc.home.example", /^wrong/],
  [
    "SRV elsewhere",
    { "_imaps._tcp.home.example": { SRV: [[0, 1, 993, "imap.other.example"]] } },
    "SRV _imaps._tcp.home.example",
    /^wrong/,
  ],
  [
    "a wrong TLSA",
    { "_25._tcp.mail.home.example": { TLSA: ["3 1 1 00"] } },
    "TLSA _25._tcp.mail.home.example",
    /^wrong: .*bring no mail/,
  ],
  [
    "a right TLSA",
    { "_25._tcp.mail.home.example": { TLSA: [`3 1 1 ${"ab".repeat(32)}`] } },
    "TLSA _25._tcp.mail.home.example",
    /^right/,
  ],
];

test.each(CASES)("%s is told", async (_what, zone, record, said) => {
  expect((await look(zone))[record]).toMatch(said);
});

test("mail that leaves through a relay needs what the relay asks for", async () => {
  const relayed = { relays: ["smtp.relay.example"], spfTerms: ["include:_spf.relay.example"] };
  expect((await look({}, relayed))[SPF]).toMatch(/^wrong: It lacks include:_spf\.relay\.example/);
  const zone = { "home.example": { TXT: ["v=spf1 include:_spf.relay.example -all"] } };
  expect((await look(zone, relayed))[SPF]).toMatch(/^right: Mail leaves through smtp\.relay\.example/);
});

test("reports that go to another domain need its consent", async () => {
  const elsewhere = { reportsTo: { dmarc: "all@office.example", tls: "all@office.example" } };
  const consent = "TXT home.example._report._dmarc.office.example";
  expect((await look({}, elsewhere))[consent]).toMatch(/^missing: Others do not send reports/);
  const zone = { "home.example._report._dmarc.office.example": { TXT: ["v=DMARC1"] } };
  expect((await look(zone, elsewhere))[consent]).toMatch(/^right/);
  expect((await look({}))[consent]).toBeUndefined();
});

test("a policy for TLS is announced, found, and believed only with a public certificate", async () => {
  const announced = "TXT _mta-sts.home.example";
  const enforce = { mtaSts: "enforce" } as const;
  expect((await look({}))[announced]).toBeUndefined();
  expect((await look({ "_mta-sts.home.example": { TXT: ["v=STSv1; id=1"] } }))[announced]).toMatch(
    /^wrong: .*offers none/,
  );
  expect((await look({}, enforce))[announced]).toMatch(/^missing: Nobody knows/);
  expect((await look({}, { ...enforce, isTrusted: () => false }))[announced]).toMatch(/^missing: .*no certificate/);
  const id = createHash("sha256").update(policyText("enforce", "mail.home.example")).digest("hex").slice(0, 20);
  const zone = {
    "_mta-sts.home.example": { TXT: [`v=STSv1; id=${id};`] },
    "mta-sts.home.example": { CNAME: "mail.home.example" },
  };
  const seen = await look(zone, enforce);
  expect([seen[announced], seen["CNAME mta-sts.home.example"]]).toEqual([
    "right: The policy is announced.",
    "right: It leads to this server.",
  ]);
  expect((await look(zone, { mtaSts: "testing" }))[announced]).toMatch(/^wrong: The policy changed/);
});

test("a record is written for zone files and for forms", () => {
  const long = { name: "k._domainkey.home.example", type: "TXT" as const, value: `p=${"x".repeat(300)}"\\` };
  const line = zoneLine({ ...long, purpose: "", need: "needed" });
  expect(line).toBe(`k._domainkey.home.example. IN TXT "p=${"x".repeat(253)}" "${"x".repeat(47)}\\"\\\\"`);
  expect(formName("home.example", "home.example")).toBe("@");
  expect(formName("_dmarc.home.example", "home.example")).toBe("_dmarc");
  expect(formName("5.113.0.203.in-addr.arpa", "home.example")).toBe("5.113.0.203.in-addr.arpa");
});
