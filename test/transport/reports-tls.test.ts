/** What other domains are told of TLS to their servers (RFC 8460). */
import { afterEach, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { readTlsReport, type TlsPolicy } from "../../src/filter/reports/tls-report.ts";
import { reportSettings } from "../../src/transport/reports/settings.ts";
import { troubleOf } from "../../src/transport/send/tls-outcome.ts";
import { CERTIFICATE, KEY } from "./certificates.ts";
import { type Behaviour, FakeRemote } from "./fake-remote.ts";
import type { Zone } from "./mock-dns.ts";
import { fileIn } from "./report-letters.ts";
import { World, type WorldOptions } from "./world.ts";

const DAY = 86_400_000;
const ASKING: Zone = { "_smtp._tls.far.test": { TXT: ["v=TLSRPTv1; rua=mailto:tls@far.test"] } };
const ZONE: Zone = { ...ASKING, "far.test": { MX: [[10, "mx.remote.test"]] }, "mx.remote.test": { A: ["127.0.0.1"] } };

let world: World;
let remote: FakeRemote;
const stops: (() => unknown)[] = [];

afterEach(async () => {
  await world?.close();
  await remote?.stop();
  for (const stop of stops.splice(0)) await stop();
});

async function meet(behaviour: Behaviour = {}, zone: Zone = ZONE, options: Partial<WorldOptions> = {}): Promise<void> {
  remote = await FakeRemote.start({ extensions: ["STARTTLS"], ...behaviour });
  world = await World.open({ zone, ...options, settings: { smtpPort: remote.port } });
}

/** Beyond the day and the time that reports are spread over. */
async function nextDay(): Promise<void> {
  world.clock = (Math.floor(world.clock / DAY) + 1) * DAY + DAY / 4;
  await world.transport.keepHouse();
}

const letters = () => remote.messages.filter(({ text }) => text.includes("TLS-Report-Domain"));

/** The policies in the report that came by mail. */
async function told(): Promise<readonly TlsPolicy[]> {
  await world.until(() => letters().length === 1, "the report");
  return readTlsReport(Buffer.from(fileIn(letters()[0]?.text ?? "").text)).policies;
}

test("a domain that asks hears of the sessions of a day, in a signed kind of letter of its own", async () => {
  await meet();
  await world.send("x@far.test");
  await world.happened("message.sent");
  await nextDay();
  expect(await told()).toEqual([
    { type: "no-policy-found", domain: "far.test", strings: [], servers: [], successes: 1, failures: 0, details: [] },
  ]);
  const [{ text = "", mail = "", recipients = [] } = {}] = letters();
  expect(mail).toContain("<tls-reports@home.test>");
  expect(recipients.join()).toContain("tls@far.test");
  expect(text).toMatch(/^TLS-Report-Domain: far\.test\r$/m);
  expect(text).toMatch(/^TLS-Report-Submitter: home\.test\r$/m);
  expect(text).toMatch(/^Content-Type: multipart\/report;\s+report-type="?tlsrpt"?;\s+boundary=/m);
  expect(text).toMatch(
    /^Subject: Report Domain: far\.test Submitter: home\.test Report-ID:\s+<\w{16}@mail\.home\.test>/m,
  );
  const { name, type } = fileIn(text);
  expect(name).toMatch(/^home\.test!far\.test!1780272000!1780358399!\w{16}\.json\.gz$/);
  expect(type).toBe("application/tlsrpt+gzip");
});

test.each([
  ["offers none", { extensions: [] }, "starttls-not-supported", 1],
  [
    "refuses it",
    { answer: (stage: string) => (stage === "STARTTLS" ? "454 4.7.0 No" : undefined) },
    "starttls-not-supported",
    1,
  ],
  ["breaks it", { tls: "garbage" as const }, "validation-failure", 1],
])("it hears that its server %s", async (_what, behaviour, type, count) => {
  await meet(behaviour);
  await world.send("x@far.test");
  await world.happened("message.sent");
  await nextDay();
  const [policy] = await told();
  expect({ successes: policy?.successes, failures: policy?.failures }).toEqual({ successes: 0, failures: count });
  expect(policy?.details).toEqual([
    expect.objectContaining({ type, server: "mx.remote.test", address: "127.0.0.1", count }),
  ]);
});

describe("where a policy forbids it", () => {
  /** A policy that was fetched before. */
  async function withPolicy(
    mode: "enforce" | "testing",
    mx: string,
    behaviour: Behaviour = {},
    host = "mx.remote.test",
  ) {
    await meet(behaviour, {
      ...{ ...ZONE, "far.test": { MX: [[10, host]] }, [host]: { A: ["127.0.0.1"] } },
      "_mta-sts.far.test": { TXT: ["v=STSv1; id=1;"] },
    });
    world.store.client
      .query(
        "INSERT INTO sts_policies (domain, policy_id, mode, mx, max_age, fetched_at, expires_at) VALUES ('far.test', '1', ?, ?, 604800, 0, ?)",
      )
      .run(mode, mx, world.clock + 7 * DAY);
    await world.send("x@far.test");
  }

  test("mail waits, and the report about that goes all the same", async () => {
    await withPolicy("enforce", "mx.remote.test", { extensions: [] });
    await world.happened("message.deferred");
    await nextDay();
    expect(await told()).toEqual([
      {
        ...{ type: "sts", domain: "far.test", servers: ["mx.remote.test"], successes: 0, failures: 1 },
        strings: ["version: STSv1", "mode: enforce", "mx: mx.remote.test", "max_age: 604800"],
        details: [expect.objectContaining({ type: "starttls-not-supported", server: "mx.remote.test" })],
      },
    ]);
    // Only the report came through, and what waits does not use its connection.
    expect(remote.messages.length).toBe(1);
  });

  test("a server that it does not name is told of", async () => {
    await withPolicy("enforce", "other.test");
    await world.happened("message.deferred");
    await nextDay();
    expect((await told())[0]?.details).toEqual([expect.objectContaining({ type: "validation-failure", count: 1 })]);
  });

  test("a policy that is only tried refuses nothing, and is reported", async () => {
    await withPolicy("testing", "odd.name.test", {}, "odd.name.test");
    await world.happened("message.sent");
    await nextDay();
    const [policy] = await told();
    expect(policy?.type).toBe("sts");
    expect(policy?.details).toEqual([
      expect.objectContaining({ type: "certificate-host-mismatch", server: "odd.name.test" }),
    ]);
  });
});

test("a policy that cannot be had is told of", async () => {
  await meet({}, { ...ZONE, "_mta-sts.far.test": { TXT: ["v=STSv1; id=1;"] } });
  await world.send("x@far.test");
  await world.happened("message.sent");
  await nextDay();
  const policies = [...(await told())].sort((a, b) => b.failures - a.failures);
  expect(policies.map(({ type, failures, details }) => [type, failures, details[0]?.type])).toEqual([
    ["sts", 1, "sts-policy-fetch-error"],
    ["no-policy-found", 0, undefined],
  ]);
});

describe("over HTTPS", () => {
  /** A web server that takes reports, or does something else. */
  async function withWeb(answer: () => Response, isPublic?: (address: string) => boolean) {
    const taken: { path: string; type: string | null; body: string }[] = [];
    const server = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0, tls: { cert: CERTIFICATE, key: KEY } },
      fetch: async (request) => {
        const body = gunzipSync(await request.arrayBuffer()).toString("utf8");
        taken.push({ path: new URL(request.url).pathname, type: request.headers.get("content-type"), body });
        return answer();
      },
    });
    stops.push(() => server.stop(true));
    const rua = `https://mta-sts.remote.test:${server.port}/tls?x=1`;
    const zone = {
      ...ZONE,
      "_smtp._tls.far.test": { TXT: [`v=TLSRPTv1;rua=${rua}`] },
      "mta-sts.remote.test": { A: ["127.0.0.1"] },
    };
    await meet({}, zone, isPublic === undefined ? {} : { isPublic });
    await world.send("x@far.test");
    await world.happened("message.sent");
    await nextDay();
    return { taken, rua, outcome: (await world.transport.reportDesk()).sent(1)[0] };
  }

  test.each([200, 201])("a report is posted, and taken with %i", async (status) => {
    const { taken, rua, outcome } = await withWeb(
      () => new Response("thanks", { status }),
      () => true,
    );
    expect(taken[0]).toMatchObject({ path: "/tls", type: "application/tlsrpt+gzip" });
    expect(readTlsReport(Buffer.from(taken[0]?.body ?? "")).policies[0]?.successes).toBe(1);
    expect(outcome).toMatchObject({ destinations: rua, told: 1 });
  });

  test("never to an address inside", async () => {
    const { taken, outcome } = await withWeb(() => new Response());
    expect(taken).toEqual([]);
    expect(outcome).toMatchObject({ destinations: "", outcome: expect.stringContaining("no public address") });
  });

  test("nowhere else than where it was asked for", async () => {
    const { taken, outcome } = await withWeb(
      () => Response.redirect("https://127.0.0.1/inside"),
      () => true,
    );
    expect(taken.length).toBe(1);
    expect(outcome?.outcome).toContain("it answered 302");
  });
});

test("nothing is counted where that is turned off", async () => {
  await meet();
  await world.store.settings.set(reportSettings, { sendTls: false });
  await world.send("x@far.test");
  await world.happened("message.sent");
  await nextDay();
  expect((await world.transport.reportDesk()).sent(1)).toEqual([]);
});

test.each([
  ["certificate has expired", "certificate-expired"],
  [
    "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames",
    "certificate-host-mismatch",
  ],
  ["self signed certificate", "certificate-not-trusted"],
  ["unable to get local issuer certificate", "certificate-not-trusted"],
  ["its certificate is not the one that its TLSA records name", "validation-failure"],
] as const)("%p is reported as %s", (said, type) => {
  expect(troubleOf(said)).toBe(type);
});
