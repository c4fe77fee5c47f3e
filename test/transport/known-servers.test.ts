/** Mail goes only to servers that show who they are, where their domain says how: DANE (RFC 7672) and MTA-STS (RFC 8461). */
import { afterEach, describe, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { policyId, policyNames, readPolicy } from "../../src/transport/send/sts-policy.ts";
import { processorMs } from "../timing.ts";
import { AUTHORITY, CERTIFICATE, KEY } from "./certificates.ts";
import { type Behaviour, FakeRemote } from "./fake-remote.ts";
import type { MockName, Zone } from "./mock-dns.ts";
import { HOUR, World, type WorldOptions } from "./world.ts";

const sha256 = (octets: Uint8Array) => createHash("sha256").update(octets).digest("hex");
const key = new X509Certificate(CERTIFICATE).publicKey.export({ type: "spki", format: "der" });
const EE = `3 1 1 ${sha256(key)}`;
const TA = `2 0 1 ${sha256(new X509Certificate(AUTHORITY).raw)}`;
const WRONG = `3 1 1 ${"ab".repeat(32)}`;

let world: World;
let remote: FakeRemote;
let stop: (() => void) | undefined;

afterEach(async () => {
  await world?.close();
  await remote?.stop();
  stop?.();
  stop = undefined;
});

async function meet(zone: (port: number) => Zone, behaviour: Behaviour = {}, options: WorldOptions = {}) {
  remote = await FakeRemote.start({ extensions: ["STARTTLS"], ...behaviour });
  const settings = { smtpPort: remote.port, ...options.settings };
  world = await World.open({ ...options, zone: zone(remote.port), settings });
}

describe("where signed records say what certificate a server has (DANE)", () => {
  const zone = (tlsa: MockName, changes: { mx?: boolean; host?: boolean } = {}) => {
    return (port: number): Zone => ({
      "far.test": { MX: [[10, "odd.name.test"]], signed: changes.mx ?? true },
      "odd.name.test": { A: ["127.0.0.1"], signed: changes.host ?? true },
      [`_${port}._tcp.odd.name.test`]: { signed: true, ...tlsa },
    });
  };

  test("mail goes to the server that has it, whatever its name", async () => {
    await meet(zone({ TLSA: [EE] }));
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(true);
    expect(world.logged("message.attempt")[0]?.data).toMatchObject({ verified: true });
  });

  test.each([
    ["another certificate", { TLSA: [WRONG] }, {}, "not the one that its TLSA records name"],
    ["an authority's, and another name", { TLSA: [TA] }, {}, "odd.name.test"],
    ["no encryption", { TLSA: [EE] }, { extensions: [] }, "does not offer the encryption"],
    ["broken encryption", { TLSA: [EE] }, { tls: "garbage" as const }, "Encryption with"],
    ["no encryption where no record can be used", { TLSA: ["0 1 1 00"] }, { extensions: [] }, "does not offer"],
  ])("mail waits where the server has %s", async (_what, tlsa, behaviour, said) => {
    await meet(zone(tlsa), behaviour);
    await world.send("x@far.test");
    const { text } = await world.happened("message.deferred");
    expect(text).toContain(said);
    expect(remote.messages).toEqual([]);
  });

  test("mail waits where nobody can say whether there are any", async () => {
    await meet(zone({ fail: true }));
    await world.send("x@far.test");
    expect((await world.happened("message.deferred")).text).toContain("name servers could not say");
    expect(remote.sessions).toBe(0);
  });

  test("any certificate will do where records can be used by nobody", async () => {
    await meet(zone({ TLSA: ["0 1 1 00"] }));
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(true);
  });

  test.each([
    ["of the record", { TLSA: [WRONG], signed: false }, {}],
    ["of the domain", { TLSA: [WRONG] }, { mx: false }],
    ["of the host", { TLSA: [WRONG] }, { host: false }],
  ])("they do not count without the signature %s", async (_whose, tlsa, changes) => {
    await meet(zone(tlsa, changes));
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(remote.messages).toHaveLength(1);
  });

  test("they are not asked for where that is set", async () => {
    await meet(zone({ TLSA: [WRONG] }), {}, { settings: { dane: false } });
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(world.dns.asked.filter((line) => line.startsWith("TLSA"))).toEqual([]);
  });
});

describe("where a policy says which servers a domain has (MTA-STS)", () => {
  const POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mx.remote.test\r\nmx: *.more.test\r\nmax_age: 86400\r\n";

  /** A domain with a policy, at a server of its own. */
  async function domain(
    policy: string | (() => Response),
    host: string,
    behaviour: Behaviour = {},
  ): Promise<{ asked: string[] }> {
    const asked: string[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: { cert: CERTIFICATE, key: KEY },
      fetch: (request) => {
        asked.push(new URL(request.url).pathname);
        return typeof policy === "function"
          ? policy()
          : new Response(policy, { headers: { "content-type": "text/plain" } });
      },
    });
    stop = () => void server.stop(true);
    await meet(
      () => ({
        "remote.test": { MX: [[10, host]] },
        "_mta-sts.remote.test": { TXT: ["v=STSv1; id=20261123;"], ttl: 0 },
        "mta-sts.remote.test": { A: ["127.0.0.1"] },
        [host]: { A: ["127.0.0.1"] },
      }),
      behaviour,
      { policyPort: server.port ?? 0 },
    );
    return { asked };
  }

  test("mail goes there over TLS with a valid certificate; the policy is fetched once", async () => {
    const { asked } = await domain(POLICY, "mx.remote.test");
    await world.send("x@remote.test");
    await world.happened("message.sent");
    expect(remote.messages[0]?.secure).toBe(true);
    expect(world.logged("message.attempt")[0]?.data).toMatchObject({ verified: true });
    await world.until(() => remote.sessions === 1);
    world.clock += HOUR;
    await world.send("y@remote.test");
    await world.happened("message.sent", 2);
    expect(asked).toEqual(["/.well-known/mta-sts.txt"]);
  });

  test("mail that only goes encrypted goes there, since the policy vouches for the server's name (RFC 8689 §4.2.1)", async () => {
    await domain(POLICY, "mx.remote.test", { extensions: ["STARTTLS", "REQUIRETLS"] });
    await world.send("x@remote.test", undefined, { requireTls: true });
    await world.happened("message.sent");
    expect(remote.messages[0]?.mail).toContain(" REQUIRETLS");
  });

  test("mail waits where a server is not named, and the policy outlives its record", async () => {
    await domain(POLICY, "mx.elsewhere.test");
    await world.send("x@remote.test");
    expect((await world.happened("message.deferred")).text).toContain("does not name mx.elsewhere.test");
    world.dns.zone["_mta-sts.remote.test"] = { TXT: [] };
    await world.send("y@remote.test");
    await world.happened("message.deferred", 2);
    expect(remote.sessions).toBe(0);
  });

  test.each([
    ["offers no TLS", "mx.remote.test", { extensions: [] }],
    ["has a certificate of another name", "other.more.test", {}],
  ])("mail waits where a server that is named %s", async (_what, host, behaviour) => {
    await domain(POLICY, host, behaviour);
    await world.send("x@remote.test");
    await world.happened("message.deferred");
    expect(remote.messages).toEqual([]);
  });

  test.each([
    ["is only tried out", POLICY.replace("enforce", "testing")],
    ["is none", "version: STSv1\nmode: none\nmax_age: 100\n"],
    ["cannot be read", "mode: enforce\n"],
    ["has another type", () => new Response(POLICY, { headers: { "content-type": "text/html" } })],
    ["leads elsewhere", () => Response.redirect("https://mx.remote.test/", 302)],
    ["is not there", () => new Response("", { status: 404 })],
    ["is endless", () => new Response("x".repeat(100_000), { headers: { "content-type": "text/plain" } })],
  ])("mail goes as ever where the policy %s", async (_what, policy) => {
    await domain(policy, "mx.elsewhere.test");
    await world.send("x@remote.test");
    await world.happened("message.sent");
    expect(remote.messages).toHaveLength(1);
  });
});

test.each([
  [["v=STSv1; id=20160831085700Z;"], "20160831085700Z"],
  [["v=STSv1;id=a"], "a"],
  [["v=spf1 -all", "v=STSv1; id=b; x=y"], "b"],
  [["v=STSv1; id=a;", "v=STSv1; id=b;"], undefined],
  [["v=STSv1; id=not-a-word;"], undefined],
  [[], undefined],
])("the id in %j is %s", (texts, id) => {
  expect(policyId(texts)).toBe(id as string);
});

test("a policy's names stand for exactly one label more", () => {
  const policy = readPolicy(
    "version: STSv1\nmode: enforce\nmx: Mail.example.com\nmx: *.example.net\nmax_age: 604800\n",
  );
  if (policy === undefined) throw new Error("the policy cannot be read");
  const hosts = [
    "mail.example.com",
    "MAIL.EXAMPLE.COM.",
    "a.example.net",
    "a.b.example.net",
    "example.net",
    "x.mail.example.com",
  ];
  expect(hosts.filter((host) => policyNames(policy, host))).toEqual(hosts.slice(0, 3));
});

test("a policy that is made to take long is read as quickly as others", () => {
  const begun = processorMs();
  for (const blank of [" ", "\t"]) {
    const blanks = blank.repeat(30_000);
    expect(
      readPolicy(`version: STSv1\nmode: none${blanks}\nmx:${blanks}a${blanks}b\nmax_age:${blanks}1\n`)?.maxAge,
    ).toBe(1);
  }
  expect(processorMs() - begun).toBeLessThan(300);
});
