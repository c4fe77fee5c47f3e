/** Reports that this server sends: counted as mail comes, sent after the day to those who ask for them and agree. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Filter } from "../../src/filter/filter.ts";
import { Signing } from "../../src/filter/signing.ts";
import { Resolver } from "../../src/net/dns.ts";
import { Refusal } from "../../src/refusal.ts";
import { newTrace } from "../../src/store/events.ts";
import { reportSettings } from "../../src/transport/reports/settings.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { House } from "../house.ts";
import { FakeRemote } from "./fake-remote.ts";
import { MockDns, type Zone } from "./mock-dns.ts";
import { fileIn } from "./report-letters.ts";

const DAY = 86_400_000;
const REMOTE: Zone = { "mx.test": { A: ["127.0.0.1"] } };
const mx = (name: string): Zone => ({ [name]: { MX: [[10, "mx.test"]] } });
const ZONE: Zone = {
  ...REMOTE,
  ...mx("shop.test"),
  ...mx("watch.test"),
  ...mx("victim.test"),
  "shop.test": { MX: [[10, "mx.test"]], TXT: ["v=spf1 ip4:192.0.2.1 -all"] },
  "_dmarc.shop.test": {
    TXT: [
      "v=DMARC1; p=quarantine; sp=reject; aspf=s; pct=80; rua=mailto:dmarc@shop.test!10m, mailto:shop@watch.test,mailto:x@victim.test",
    ],
  },
  "shop.test._report._dmarc.watch.test": { TXT: ["v=DMARC1; rua=mailto:all@watch.test"] },
};

/** A server that judges mail, sends, and whose clock the tests set. */
class Reporting extends House {
  clock = Date.UTC(2026, 5, 1, 12);
  /** Whoever comes is asked to come again. */
  later = false;
  readonly filter: Filter;
  readonly signing = new Signing(this.signingKeys, (fault) => void this.faults.push(String(fault)));

  private constructor(
    readonly dns: MockDns,
    readonly remote: FakeRemote,
  ) {
    const resolver = new Resolver({ servers: () => [dns.server], timeout: () => 2, hostsFile: "" });
    super("reports", {
      resolver,
      transport: {
        resolver,
        now: () => this.clock,
        isSelf: () => false,
        signing: { begin: () => this.signing.begin() },
        filter: {
          judges: () => true,
          begin: (visit) => this.filter.begin(visit),
          scan: async () => undefined,
        },
      },
    });
    const refusal = new Refusal("temporary", "Please come again.");
    const weigh = async () => ({ fields: "", junk: new Set<number>(), ...(this.later && { refusal }) });
    this.filter = new Filter({
      ...{ store: this.store, resolver, hostname: () => "mail.home.test", random: () => 0.9 },
      panel: async () => ({ testers: [], weigher: { weigh } }),
    });
  }

  static async open(zone: Zone): Promise<Reporting> {
    const [dns, remote] = await Promise.all([MockDns.start(zone), FakeRemote.start({ extensions: ["8BITMIME"] })]);
    const house = new Reporting(dns, remote);
    await house.directory.domains.create({ name: "home.test" });
    await house.directory.users.create({ login: "anna" });
    await house.store.settings.set(transportSettings, {
      hostname: "mail.home.test",
      smtpPort: remote.port,
      idleSeconds: 0.05,
    });
    await house.store.settings.set(reportSettings, { sendTls: false });
    house.transport.start();
    return house;
  }

  /** A stranger's message to anna. */
  async receive(from: string, { remote = "192.0.2.1", reversePath = from, to = "anna@home.test" } = {}): Promise<void> {
    await this.transport.accept(
      {
        reversePath,
        recipients: [{ address: to }],
        origin: { kind: "smtp", remote, helo: "mx.shop.test", session: "s", trace: newTrace() },
      },
      Buffer.from(`From: <${from}>\r\nSubject: Hello\r\n\r\nHello\r\n`),
    );
  }

  /** The day after, beyond the time that reports are spread over; resolves when so many were taken by the other server. */
  async nextDay(count: number): Promise<void> {
    this.clock = (Math.floor(this.clock / DAY) + 1) * DAY + DAY / 4;
    await this.transport.keepHouse();
    const deadline = Date.now() + 10_000;
    while (this.remote.messages.length < count) {
      if (Date.now() > deadline) throw new Error(`${this.remote.messages.length} of ${count} came`);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  override async close(): Promise<void> {
    await super.close();
    this.dns.stop();
    await this.remote.stop();
  }
}

let house: Reporting;

beforeEach(async () => {
  house = await Reporting.open(ZONE);
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** What an independent reader says of a report, by the schema of RFC 7489 appendix C. */
function problemsOf(xml: string): string {
  const schema = join(import.meta.dir, "dmarc.xsd");
  const { stderr } = Bun.spawnSync(["xmllint", "--nonet", "--noout", "--schema", schema, "-"], {
    stdin: Buffer.from(xml),
  });
  return stderr.toString();
}

test("a domain that asks hears once a day who sent in its name, as do those who agreed", async () => {
  const domain = house.directory.domains.require("home.test");
  await house.signingKeys.make(domain);
  for (const { selector } of house.signingKeys.list(domain.id)) {
    await house.store.commit((tx) => house.signingKeys.useWithin(tx, domain, selector));
  }
  house.later = true;
  await expect(house.receive("a@shop.test")).rejects.toThrow("come again");
  house.later = false;
  for (let at = 0; at < 3; at++) await house.receive("a@shop.test");
  await house.receive("a@shop.test", { remote: "2001:db8::7", reversePath: "" });
  await house.receive("a@sub.shop.test", { reversePath: "eve@else<where&.test" }).catch(() => undefined);
  await house.nextDay(2);
  expect(house.remote.messages.map(({ recipients }) => recipients.join())).toEqual(
    expect.arrayContaining([expect.stringContaining("dmarc@shop.test"), expect.stringContaining("all@watch.test")]),
  );
  const [{ text: letter = "", mail = "" } = {}] = house.remote.messages;
  expect(mail).toContain("<dmarc-reports@home.test>");
  expect(letter).toMatch(
    /^Subject: Report Domain: shop\.test Submitter: mail\.home\.test Report-ID:\s+<\w{16}@mail\.home\.test>/m,
  );
  expect(letter).toMatch(/^DKIM-Signature: (?:[^\r]|\r\n\s)*\bd=home\.test;/m);
  const { name, type, text } = fileIn(letter);
  expect(name).toMatch(/^mail\.home\.test!shop\.test!1780272000!1780358399!\w{16}\.xml\.gz$/);
  expect(type).toBe("application/gzip");
  expect(text).toContain("<domain>shop.test</domain>");
  expect(text).toContain("<p>quarantine</p><sp>reject</sp><pct>80</pct>");
  expect(text).toContain("<source_ip>192.0.2.1</source_ip><count>3</count>");
  expect(text).toContain("<disposition>none</disposition><dkim>fail</dkim><spf>pass</spf>");
  expect(text).toContain("<source_ip>2001:db8::7</source_ip><count>1</count>");
  // Both fail, and neither is among the 80 of a hundred: each is treated by the next weaker policy.
  expect(text).toMatch(/<disposition>none<.disposition><dkim>fail<.dkim><spf>fail<.spf>\s+<reason><type>sampled_out</);
  expect(text).toMatch(
    /<disposition>quarantine<.disposition>.*<reason><type>sampled_out<.*<header_from>sub\.shop\.test</s,
  );
  expect(problemsOf(text)).toBe("- validates\n");
  expect(text).toContain("<envelope_from>else&#60;where&#38;.test</envelope_from>");
  // Once is enough, and nothing is left.
  await house.transport.keepHouse();
  expect(house.remote.messages.length).toBe(2);
  expect(house.store.client.query("SELECT * FROM report_counts").all()).toEqual([]);
  const sent = (await house.transport.reportDesk()).sent(10);
  expect(sent).toEqual([
    expect.objectContaining({ domain: "shop.test", destinations: "dmarc@shop.test all@watch.test", told: 5 }),
  ]);
});

test("nothing is told before the day is over, to those who do not ask, of our own names and of reports", async () => {
  house.dns.zone = {
    ...ZONE,
    "_dmarc.quiet.test": { TXT: ["v=DMARC1; p=none"] },
    "_dmarc.home.test": { TXT: ["v=DMARC1; p=none; rua=mailto:x@shop.test"] },
  };
  await house.receive("a@quiet.test");
  await house.receive("a@home.test");
  await house.receive("a@shop.test", { to: "dmarc-reports@home.test" });
  await house.transport.keepHouse();
  expect(house.store.client.query("SELECT * FROM report_counts").all()).toEqual([]);
  await house.receive("a@shop.test");
  await house.transport.keepHouse();
  expect(house.remote.messages).toEqual([]);
  await house.store.settings.set(reportSettings, { notTo: ["shop.test"] });
  await house.receive("a@sub.shop.test");
  await house.nextDay(2);
  expect(fileIn(house.remote.messages[0]?.text ?? "").text).not.toContain("sub.shop.test");
});

test("a stranger who is named without his consent gets nothing, and a size is kept to", async () => {
  house.dns.zone = {
    ...ZONE,
    "_dmarc.shop.test": {
      TXT: ["v=DMARC1; p=none; rua=mailto:a@victim.test,mailto:b@shop.test!100,mailto:a@home.test"],
    },
  };
  await house.receive("a@shop.test");
  await house.nextDay(0);
  expect((await house.transport.reportDesk()).sent(10)).toEqual([
    expect.objectContaining({ destinations: "", outcome: "Nobody whom the domain names wants it." }),
  ]);
  expect(house.remote.messages).toEqual([]);
});

test("who fails to answer is asked again, and after days forgotten", async () => {
  await house.receive("a@shop.test");
  house.dns.zone = { ...ZONE, "_dmarc.shop.test": { fail: true } };
  house.resolver.forget();
  await house.nextDay(0);
  house.dns.zone = ZONE;
  house.resolver.forget();
  await house.nextDay(2);
  await house.receive("a@shop.test");
  house.clock += 5 * DAY;
  await house.nextDay(2);
  expect(house.store.client.query("SELECT * FROM report_counts").all()).toEqual([]);
});

test("mail in a thousand made-up names costs a bounded number of questions and reports", async () => {
  const record = { TXT: ["v=DMARC1; p=none; rua=mailto:dmarc@shop.test"] };
  const names = Array.from({ length: 15 }, (_, at) => `n${at}.shop.test`);
  house.dns.zone = { ...ZONE, ...Object.fromEntries(names.map((name) => [`_dmarc.${name}`, record])) };
  for (const name of names) await house.receive(`a@${name}`);
  await house.nextDay(10);
  expect((await house.transport.reportDesk()).sent(99).length).toBe(10);
  await house.store.settings.set(reportSettings, { perDay: 3 });
  await house.nextDay(13);
  expect((await house.transport.reportDesk()).sent(99).length).toBe(13);
});
