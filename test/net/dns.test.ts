import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { DnsError, Resolver, reverseName } from "../../src/net/dns.ts";
import { serverOf } from "../../src/net/dns-exchange.ts";
import { decodeMessage, encodeName, encodeQuery, MalformedDns, readName } from "../../src/net/dns-wire.ts";
import { MockDns } from "../transport/mock-dns.ts";

let dns: MockDns;
let now: number;
let resolver: Resolver;

beforeEach(async () => {
  dns = await MockDns.start({});
  now = 1_000_000;
  resolver = new Resolver({ servers: () => [dns.server], timeout: () => 2, hostsFile: "", now: () => now });
});
afterEach(() => dns.stop());

async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "answered";
  } catch (error) {
    return error instanceof DnsError ? error.kind : `fault: ${String(error)}`;
  }
}

describe("mx", () => {
  test("gives exchangers by preference", async () => {
    dns.zone = {
      "example.test": {
        MX: [
          [20, "second.example.test"],
          [10, "First.example.test"],
        ],
      },
    };
    expect(await resolver.mx("Example.Test")).toEqual([
      { preference: 10, exchange: "first.example.test" },
      { preference: 20, exchange: "second.example.test" },
    ]);
  });

  test("shows a null MX as an empty exchange, and no MX as none", async () => {
    dns.zone = { "null.test": { MX: [[0, ""]] }, "bare.test": { A: ["192.0.2.1"] } };
    expect(await resolver.mx("null.test")).toEqual([{ preference: 0, exchange: "" }]);
    expect(await resolver.mx("bare.test")).toEqual([]);
  });

  test("tells a name that does not exist from a server that fails or is silent", async () => {
    dns.zone = { "fails.test": { fail: true }, "silent.test": { silent: true } };
    expect(await kindOf(resolver.mx("missing.test"))).toBe("notFound");
    expect(await kindOf(resolver.mx("fails.test"))).toBe("temporary");
    const hasty = new Resolver({ servers: () => [dns.server], timeout: () => 0.05, hostsFile: "" });
    expect(await kindOf(hasty.mx("silent.test"))).toBe("temporary");
    expect(await kindOf(resolver.mx(`${"a".repeat(64)}.test`))).toBe("notFound");
    expect(await kindOf(resolver.mx("two..dots"))).toBe("notFound");
  });

  test("asks for international names in their ASCII form", async () => {
    dns.zone = { "xn--bcher-kva.test": { MX: [[1, "mx.test"]] } };
    expect(await resolver.mx("bücher.test")).toHaveLength(1);
  });
});

describe("addresses", () => {
  test("gives IPv6 before IPv4 and takes an address for its own answer", async () => {
    dns.zone = { "both.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } };
    expect(await resolver.addresses("both.test")).toEqual(["2001:db8::1", "192.0.2.1"]);
    expect(await resolver.addresses("192.0.2.9")).toEqual(["192.0.2.9"]);
    expect(await resolver.addresses("[2001:db8::5]")).toEqual(["2001:db8::5"]);
    expect(await resolver.addresses("localhost")).toEqual(["::1", "127.0.0.1"]);
  });

  test("follows aliases within one answer and over several, and gives up on circles", async () => {
    dns.zone = {
      "a.test": { CNAME: "b.test" },
      "b.test": { A: ["192.0.2.2"] },
      "dangling.test": { CNAME: "gone.test" },
      "here.test": { CNAME: "there.test" },
      "there.test": { CNAME: "here.test" },
    };
    expect(await resolver.addresses("a.test")).toEqual(["192.0.2.2"]);
    expect(await kindOf(resolver.addresses("dangling.test"))).toBe("notFound");
    expect(await kindOf(resolver.addresses("here.test"))).toBe("temporary");
  });

  test("names of the hosts file win", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatepost-dns-"));
    const hostsFile = join(folder, "hosts");
    writeFileSync(hostsFile, "# local\n192.168.1.5  Relay.lan relay # the printer's friend\nnonsense relay.lan\n");
    const local = new Resolver({ servers: () => [dns.server], hostsFile });
    expect(await local.addresses("relay.LAN")).toEqual(["192.168.1.5"]);
    rmSync(folder, { recursive: true });
  });
});

describe("txt and ptr", () => {
  test("a text longer than 255 octets comes in one piece", async () => {
    const text = `v=DKIM1; p=${"A".repeat(600)}`;
    dns.zone = { "k._domainkey.test": { TXT: [text] } };
    expect(await resolver.txt("k._domainkey.test")).toEqual([text]);
  });

  test("an answer that does not fit is fetched over TCP", async () => {
    dns.zone = { "large.test": { TXT: ["x".repeat(3000)], truncate: true } };
    expect((await resolver.txt("large.test"))[0]).toHaveLength(3000);
    expect(dns.tcpQueries).toBe(1);
  });

  test("an address without a name has none, which is no error", async () => {
    dns.zone = { "1.2.0.192.in-addr.arpa": { PTR: ["host.example.test"] } };
    expect(await resolver.ptr("192.0.2.1")).toEqual(["host.example.test"]);
    expect(await resolver.ptr("192.0.2.2")).toEqual([]);
  });

  test("reverse names", () => {
    expect(reverseName("192.0.2.1")).toBe("1.2.0.192.in-addr.arpa");
    const zeros = "0.".repeat(23);
    expect(reverseName("2001:db8::1")).toBe(`1.${zeros}8.b.d.0.1.0.0.2.ip6.arpa`);
    expect(reverseName("::ffff:192.0.2.1")).toBe(`1.0.2.0.0.0.0.c.f.f.f.f.${"0.".repeat(20)}ip6.arpa`);
  });
});

describe("cache", () => {
  test("an answer is kept as long as it says, and concurrent questions share one query", async () => {
    dns.zone = { "kept.test": { TXT: ["one"], ttl: 30 } };
    await Promise.all([resolver.txt("kept.test"), resolver.txt("kept.test"), resolver.txt("kept.test")]);
    await resolver.txt("kept.test");
    expect(dns.asked).toHaveLength(1);
    now += 31_000;
    await resolver.txt("kept.test");
    expect(dns.asked).toHaveLength(2);
  });

  test("absence is kept for a minute, failure for seconds, a time to live of zero not at all", async () => {
    dns.zone = { "fails.test": { fail: true }, "fresh.test": { TXT: ["now"], ttl: 0 } };
    for (const name of ["missing.test", "missing.test"]) await kindOf(resolver.txt(name));
    expect(dns.asked.filter((one) => one.endsWith("missing.test"))).toHaveLength(1);
    for (const name of ["fails.test", "fails.test"]) await kindOf(resolver.txt(name));
    expect(dns.asked.filter((one) => one.endsWith("fails.test"))).toHaveLength(2);
    for (const name of ["fresh.test", "fresh.test"]) await kindOf(resolver.txt(name));
    expect(dns.asked.filter((one) => one.endsWith("fresh.test"))).toHaveLength(2);
    now += 6_000;
    dns.zone = { "fails.test": { TXT: ["back"] } };
    expect(await resolver.txt("fails.test")).toEqual(["back"]);
  });
});

describe("servers", () => {
  test("the next server answers where the first does not", async () => {
    dns.zone = { "up.test": { TXT: ["here"] } };
    const two = new Resolver({ servers: () => ["127.0.0.1:1", dns.server], timeout: () => 2, hostsFile: "" });
    expect(await two.txt("up.test")).toEqual(["here"]);
  });

  test("are read with and without a port", () => {
    expect(serverOf("192.0.2.1")).toEqual({ address: "192.0.2.1", port: 53 });
    expect(serverOf("192.0.2.1:5353")).toEqual({ address: "192.0.2.1", port: 5353 });
    expect(serverOf("[2001:db8::1]:5353")).toEqual({ address: "2001:db8::1", port: 5353 });
    expect(serverOf("2001:db8::1")).toEqual({ address: "2001:db8::1", port: 53 });
    expect(serverOf("name.test:53")).toBeUndefined();
  });
});

describe("octets", () => {
  test("a query reads back", () => {
    const name = encodeName("a.example.test") ?? new Uint8Array();
    expect(decodeMessage(encodeQuery(7, name, 15, true)).question).toEqual({ name: "a.example.test", type: 15 });
  });

  test("a pointer that does not go back is refused", () => {
    expect(() => readName(Uint8Array.of(0xc0, 0x00), 0)).toThrow(MalformedDns);
    expect(() => readName(Uint8Array.of(1, 0x61, 0xc0, 0x00), 0)).toThrow(MalformedDns);
  });

  test("no octets whatever make the reader hang or throw anything but its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDns);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
