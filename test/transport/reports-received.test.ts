/** Reports that others send to the addresses for reports: read, counted, and kept out of everybody's mailbox. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { FilterHouse } from "../filter/house.ts";
import { dmarcXml, gzipped, letterWith, type ReportedRow, zipOf } from "./report-letters.ts";

const ROWS: readonly ReportedRow[] = [
  { source: "192.0.2.10", count: 90 },
  { source: "2001:db8::1", count: 8, dkim: "fail" },
  { source: "203.0.113.9", count: 2, dkim: "fail", spf: "fail", disposition: "quarantine" },
];
const REPORTER = { from: "dmarc@reporter.test", to: ["dmarc-reports@home.test"] };

let house: FilterHouse;

beforeEach(async () => {
  house = await FilterHouse.open({ "reporter.test": { TXT: ["v=spf1 ip4:192.0.2.1 -all"] } });
  await house.directory.users.create({ login: "admin", permissions: ["web.administrator"] });
  house.transport.start();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** Resolves once something was logged. */
async function logged(name: string, count = 1): Promise<string> {
  const deadline = Date.now() + 10_000;
  while (house.logged(name).length < count) {
    if (Date.now() > deadline) throw new Error(`${name} was not logged: ${house.events.map((one) => one.name)}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return house.logged(name)[count - 1]?.text ?? "";
}

interface Row {
  readonly kind: string;
  readonly state: string;
  readonly domain: string;
  readonly proven: string;
  readonly passed: number;
  readonly failed: number;
  readonly policy: string;
}

function reports(): Row[] {
  return house.store.client
    .query<Row, []>("SELECT kind, state, domain, proven, passed, failed, policy FROM received_reports ORDER BY id")
    .all();
}

test("a report is read whichever way it is packed, and lies in no mailbox", async () => {
  const xml = (id: string) => dmarcXml("home.test", ROWS, { id });
  await house.receive(letterWith(gzipped(xml("1"))), REPORTER);
  await house.receive(letterWith(zipOf("r.xml", Buffer.from(xml("2"))), "application/zip", "r.zip"), REPORTER);
  await house.receive(letterWith(Buffer.from(xml("3")), "text/xml", "r.xml"), REPORTER);
  await logged("report.read", 3);
  const read = { kind: "dmarc", state: "read", domain: "home.test", proven: "reporter.test", policy: "none" };
  expect(reports()).toEqual([1, 2, 3].map(() => ({ ...read, passed: 98, failed: 2 })));
  for (const login of ["admin", "anna"]) expect(await house.letters(login)).toEqual([]);
  const sources = house.store.client.query(
    "SELECT source, count, dkim, spf, disposition FROM report_sources WHERE report = 1",
  );
  expect(sources.values()).toEqual([
    ["192.0.2.10", 90, 1, 1, "none"],
    ["2001:db8::1", 8, 0, 1, "none"],
    ["203.0.113.9", 2, 0, 0, "quarantine"],
  ]);
});

test("the same report twice counts once", async () => {
  const letter = letterWith(gzipped(dmarcXml("home.test", ROWS)));
  await house.receive(letter, REPORTER);
  await house.receive(`X-Again: yes\r\n${letter}`, REPORTER);
  expect(await logged("report.again")).toContain("came again");
  expect(reports().length).toBe(1);
});

test("a report about TLS is told by what is in it, whatever address it came to", async () => {
  const report = {
    "organization-name": "Reporter",
    "date-range": { "start-datetime": "2026-05-31T00:00:00Z", "end-datetime": "2026-05-31T23:59:59Z" },
    "contact-info": "tls@reporter.test",
    "report-id": "t1",
    policies: [
      {
        policy: {
          "policy-type": "sts",
          "policy-string": ["version: STSv1"],
          "policy-domain": "home.test",
          "mx-host": "mail.home.test",
        },
        summary: { "total-successful-session-count": 40, "total-failure-session-count": 2 },
        "failure-details": [
          {
            "result-type": "certificate-expired",
            "sending-mta-ip": "192.0.2.1",
            "receiving-mx-hostname": "mail.home.test",
            "failed-session-count": 2,
          },
        ],
      },
    ],
  };
  const file = gzipSync(JSON.stringify(report));
  await house.receive(letterWith(file, "application/tlsrpt+gzip", "r.json.gz"), REPORTER);
  await logged("report.read");
  expect(reports()[0]).toEqual({
    ...{ kind: "tls", state: "read", domain: "home.test", proven: "reporter.test" },
    ...{ passed: 40, failed: 2, policy: "sts" },
  });
  expect(house.store.client.query("SELECT policy, type, server, count FROM report_failures").values()).toEqual([
    ["sts", "certificate-expired", "mail.home.test", 2],
  ]);
});

test("what nobody proves is kept apart, and a flood of it is not kept", async () => {
  const stranger = { ...REPORTER, remote: "203.0.113.66" };
  const letter = (id: number) => letterWith(gzipped(dmarcXml("home.test", ROWS, { id: String(id) })));
  await house.receive(letter(0), stranger);
  await logged("report.read");
  expect(reports()[0]?.proven).toBe("");
  expect(house.store.client.query("SELECT * FROM report_sources").all()).toEqual([]);
  const fill = house.store.client.query(
    "INSERT INTO received_reports (kind, state, content, trace, address, reverse_path, proven, received_at) VALUES ('dmarc', 'read', 1, '', '', '', '', ?)",
  );
  for (let at = 0; at < 199; at++) fill.run(Date.now());
  await house.receive(letter(1), stranger);
  await house.receive(letter(2), REPORTER);
  await logged("report.read", 2);
  expect(
    reports()
      .filter(({ domain }) => domain !== "")
      .map(({ proven }) => proven),
  ).toEqual(["", "reporter.test"]);
});

test("whoever proves names below his own has no more room than others", async () => {
  const letter = (id: string) => letterWith(gzipped(dmarcXml("home.test", ROWS, { id })));
  const fill = house.store.client.query(
    "INSERT INTO received_reports (kind, state, content, trace, address, reverse_path, proven, received_at) VALUES ('dmarc', 'read', 1, '', '', '', ?, ?)",
  );
  for (let at = 0; at < 49; at++) {
    fill.run(`n${at}.reporter.test`, Date.now());
    fill.run("otherreporter.test", Date.now());
  }
  const before = reports().length;
  await house.receive(letter("1"), REPORTER);
  await house.receive(letter("2"), REPORTER);
  await logged("report.read");
  expect(reports().length).toBe(before + 1);
});

test("what nobody proves never stands in front of what counts", async () => {
  const today = Math.floor(Date.now() / 86_400_000);
  const letter = (id: string, day: number) => letterWith(gzipped(dmarcXml("home.test", ROWS, { id, day })));
  await house.receive(letter("old", today - 3), REPORTER);
  await house.receive(letter("new", today), { ...REPORTER, remote: "203.0.113.66" });
  await house.receive(letter("newer", today - 1), REPORTER);
  await logged("report.read", 3);
  const { reports } = (await house.transport.reportDesk()).overview("dmarc", "home.test", 7);
  expect(reports.map(({ proven, endAt }) => [proven, Math.floor(endAt / 86_400_000) - today])).toEqual([
    ["reporter.test", -1],
    ["reporter.test", -3],
    ["", 0],
  ]);
});

const BILLION = `<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><feedback>&b;</feedback>`;
const BAD: readonly [what: string, letter: string, why: RegExp][] = [
  ["no report", "From: dmarc@reporter.test\r\nSubject: Hello\r\n\r\nHow are you?\r\n", /There is no report/],
  ["a gzip bomb", letterWith(gzipSync(Buffer.alloc(100_000_000, 32))), /more than 8388608 octets/],
  ["a zip bomb", letterWith(zipOf("r.xml", Buffer.alloc(50_000_000)), "application/zip", "r.zip"), /more than 8388608/],
  ["an archive of many", letterWith(zipOf("r.xml", Buffer.from("<a/>"), 2), "application/zip", "r.zip"), /exactly one/],
  ["a broken archive", letterWith(Buffer.from("PK\x03\x04 and nothing"), "application/zip", "r.zip"), /broken/],
  ["a cut gzip", letterWith(gzipped(dmarcXml("home.test", ROWS)).subarray(0, 100)), /damaged/],
  ["entities", letterWith(gzipped(BILLION)), /document types are not taken/],
  ["a deep document", letterWith(gzipped(`${"<a>".repeat(10_000)}`)), /too deep/],
  ["another's domain", letterWith(gzipped(dmarcXml("bank.test", ROWS))), /no domain of this server/],
  ["a time to come", letterWith(gzipped(dmarcXml("home.test", ROWS, { day: 40_000 }))), /still to come/],
  ["no count", letterWith(gzipped(dmarcXml("home.test", [{ source: "192.0.2.1", count: -1 }]))), /how many/],
  ["no address", letterWith(gzipped(dmarcXml("home.test", [{ source: "<x/>", count: 1 }]))), /names no address/],
  ["a text without end", letterWith(gzipped(`<feedback>${"a&amp;".repeat(100_000)}</feedback>`)), /too long/],
  ["a tag without end", letterWith(gzipped(`<feedback ${'a="1" '.repeat(100_000)}>`)), /too long/],
  [
    "deep JSON",
    letterWith(gzipped(`{"policies":${"[".repeat(1_000_000)}`), "application/tlsrpt+gzip", "r.json.gz"),
    /too deep/,
  ],
  ["no JSON", letterWith(gzipped('{"policies":'), "application/tlsrpt+gzip", "r.json.gz"), /no JSON/],
];

test("what is no report goes to the postmaster, and what bounces nowhere", async () => {
  for (const [what, letter, why] of BAD) {
    const before = house.logged("report.unreadable").length;
    await house.receive(letter, REPORTER);
    expect(`${what}: ${await logged("report.unreadable", before + 1)}`).toMatch(why);
  }
  expect((await house.letters("admin")).length).toBe(BAD.length);
  expect(reports()).toEqual([]);
  await house.receive("From: mailer-daemon@reporter.test\r\nSubject: Failed\r\n\r\nNo.\r\n", { ...REPORTER, from: "" });
  await logged("report.dropped");
  for (let at = 0; at < 20; at++)
    await house.receive(`From: a@reporter.test\r\nX-Number: ${at}\r\n\r\nBuy!\r\n`, REPORTER);
  await logged("report.dropped", 1 + BAD.length);
  expect((await house.letters("admin")).length).toBe(20);
});

test("millions of rows are read up to a limit, in slices", async () => {
  const row = { source: "192.0.2.10", count: 1 };
  const many = dmarcXml(
    "home.test",
    Array.from({ length: 11_000 }, () => row),
  );
  const letter = letterWith(gzipped(many));
  await house.receive(letter, REPORTER);
  await logged("report.read");
  expect(reports()[0]?.passed).toBe(10_000);
});

test("an address for reports that somebody has is his, and what is too large is refused", async () => {
  const anna = house.directory.users.require("anna");
  await house.directory.aliases.add("tls-reports@home.test", anna.primaryMailbox);
  await house.receive("Subject: Mine\r\n\r\nHello\r\n", { to: ["tls-reports@home.test"] });
  expect((await house.letters("anna")).length).toBe(1);
  const large = `From: a@reporter.test\r\n\r\n${"x".repeat(998)}\r\n`.concat(`${"x".repeat(998)}\r\n`.repeat(5_500));
  await expect(house.receive(large, REPORTER)).rejects.toThrow("at most 5242880 octets");
});

test("reports go after their time, and their messages with them", async () => {
  await house.receive(letterWith(gzipped(dmarcXml("home.test", ROWS))), REPORTER);
  await logged("report.read");
  const contents = () => house.store.client.query("SELECT id FROM contents").all().length;
  const before = contents();
  await house.transport.keepHouse();
  expect(reports().length).toBe(1);
  house.store.client.run("UPDATE received_reports SET received_at = 0");
  await house.transport.keepHouse();
  expect(reports()).toEqual([]);
  expect(house.store.client.query("SELECT * FROM report_sources").all()).toEqual([]);
  expect(contents()).toBe(before - 1);
});

test("what proves nothing goes after a week, and first where the messages are too large together", async () => {
  const letter = (id: number) => letterWith(gzipped(dmarcXml("home.test", ROWS, { id: String(id) })));
  const stranger = { ...REPORTER, remote: "203.0.113.66" };
  for (const [at, from] of [REPORTER, REPORTER, stranger, stranger].entries()) {
    await house.receive(letter(at), from);
    await logged("report.read", at + 1);
  }
  const kept = async () => {
    await house.transport.keepHouse();
    return house.store.client.query<{ id: number }, []>("SELECT id FROM received_reports ORDER BY id").all();
  };
  const week = 7 * 86_400_000;
  house.store.client.run("UPDATE received_reports SET received_at = received_at - ? WHERE id IN (1, 3)", [week]);
  expect((await kept()).map(({ id }) => id)).toEqual([1, 2, 4]);
  const enlarge = (octets: number) => house.store.client.run("UPDATE contents SET size = ?", [octets]);
  enlarge(2 ** 28);
  expect(await kept()).toHaveLength(3);
  enlarge(2 ** 29);
  expect((await kept()).map(({ id }) => id)).toEqual([1, 2]);
  enlarge(2 ** 30);
  expect((await kept()).map(({ id }) => id)).toEqual([2]);
});
