/** Reports about a domain of the crowded house, of all kinds of sources. */
import { newTrace } from "../../src/store/events.ts";
import { dmarcXml, gzipped, letterWith } from "../transport/report-letters.ts";
import type { House } from "./house.ts";

const DAY_MS = 86_400_000;

/** Puts reports of some days there, one of which counts for nothing. */
export async function crowdedReports({ transport, store }: House, domain: string): Promise<void> {
  const letter = letterWith(gzipped(dmarcXml(domain, [{ source: "192.0.2.1", count: 1 }])));
  const report = async (
    kind: "dmarc" | "tls",
    organization: string,
    proven: string,
    back: number,
    passed: number,
    failed: number,
  ) => {
    const trace = newTrace();
    await transport.accept(
      {
        reversePath: "reports@reporter.example",
        recipients: [{ address: `${kind}-reports@${domain}` }],
        origin: { kind: "smtp", remote: "192.0.2.1", session: trace, trace },
      },
      Buffer.from(`X-Trace: ${trace}\r\n${letter}`),
    );
    const begin = (Math.floor(Date.now() / DAY_MS) - back) * DAY_MS;
    store.client
      .query(
        `UPDATE received_reports SET state = 'read', domain = ?, organization = ?, proven = ?, begin_at = ?, end_at = ?, policy = 'none',
           passed = ?, failed = ? WHERE trace = ?`,
      )
      .run(domain, organization, proven, begin, begin + DAY_MS - 1_000, passed, failed, trace);
    return (
      store.client.query<{ id: number }, [string]>("SELECT id FROM received_reports WHERE trace = ?").get(trace)?.id ??
      0
    );
  };
  const source = store.client.query(
    `INSERT INTO report_sources (report, source, count, disposition, dkim, spf, override, header_from, signed, broken, sender)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (let back = 1; back < 20; back++) {
    const id = await report("dmarc", "google.example", "google.example", back, 60 + back, 5);
    source.run(id, "203.0.113.5", 60 + back, "none", 1, 1, "", domain, domain, "", domain);
    source.run(
      id,
      "198.51.100.7",
      2,
      "none",
      0,
      0,
      "",
      domain,
      "newsletters.example",
      "",
      "bounces.newsletters.example",
    );
    source.run(id, "2001:db8:1234:5678:9abc:def0:1234:5678", 1, "none", 0, 0, "forwarded", domain, "", domain, "");
    source.run(id, "192.0.2.66", 2, "quarantine", 0, 0, "", domain, "", "", "");
  }
  await report(
    "dmarc",
    "An unknown organisation with a name that is longer than anybody would have thought",
    "",
    1,
    1,
    100,
  );
  const tls = await report("tls", "Microsoft Corporation", "microsoft.example", 1, 40, 2);
  store.client
    .query(
      "INSERT INTO report_failures (report, policy, type, server, sender, count, reason) VALUES (?, 'sts', 'certificate-expired', ?, '', 2, '')",
    )
    .run(tls, `mail.${domain}`);
  store.client
    .query(
      "INSERT INTO sent_reports (kind, day, domain, at, destinations, outcome, told) VALUES ('dmarc', ?, 'elsewhere.example', ?, ?, ?, 3)",
    )
    .run(
      Math.floor(Date.now() / DAY_MS) - 1,
      Date.now(),
      "dmarc@elsewhere.example",
      "It was sent to dmarc@elsewhere.example.",
    );
}
