/** Nothing special is reached, however it is written. */
import { describe, expect, test } from "bun:test";
import { Guard, type GuardOptions } from "../../src/gateway/guard.ts";
import { targetHost } from "../../src/gateway/hosts.ts";
import { formatAddress, parseRange } from "../../src/net/access.ts";
import { SPECIAL_NETWORKS } from "../../src/net/special-networks.ts";

function guard(options: Partial<GuardOptions> = {}): Guard {
  return new Guard({ reachable: () => [], isOwnProxy: () => false, own: () => [], ...options });
}

const FREE = ["8.8.8.8", "1.1.1.1", "193.0.6.139", "2001:4860:4860::8888", "2a00:1450:4001:81b::200e", "2620:fe::fe"];

test.each(FREE)("%p may be reached", (address) => {
  expect(guard().problem(address)).toBeUndefined();
});

describe("special networks", () => {
  for (const [network, what] of SPECIAL_NETWORKS) {
    const range = parseRange(network);
    if (range === undefined) throw new Error(`${network} is no network`);
    const last = {
      family: range.family,
      words: range.words.map((word, at) => {
        const bits = Math.min(32, Math.max(0, range.prefix - 32 * at));
        return bits === 32 ? word : (word | (0xffff_ffff >>> bits)) >>> 0;
      }),
    };
    test(`${network} is ${what}, first and last`, () => {
      expect(guard().problem(formatAddress(range))).toBeString();
      expect(guard().problem(formatAddress(last))).toBeString();
    });
    if (range.family === 6) continue;
    test(`${network} inside IPv6`, () => {
      const [word = 0] = range.words;
      const [high, low] = [(word >>> 16).toString(16), (word & 0xffff).toString(16)];
      const not = ((~word >>> 16) & 0xffff).toString(16);
      const notLow = (~word & 0xffff).toString(16);
      const forms = {
        mapped: `::ffff:${high}:${low}`,
        dotted: `::ffff:${formatAddress(range)}`,
        compatible: `::${high}:${low}`,
        nat64: `64:ff9b::${high}:${low}`,
        "6to4": `2002:${high}:${low}::1`,
        teredoServer: `2001:0:${high}:${low}::1`,
        teredoClient: `2001:0:808:808:0:0:${not}:${notLow}`,
        isatap: `2a00:1450::5efe:${high}:${low}`,
        isatapGlobal: `2a00:1450::200:5efe:${high}:${low}`,
      };
      const passed = Object.entries(forms).filter(([, address]) => guard().problem(address) === undefined);
      expect(passed).toEqual([]);
    });
  }

  test("what lies just outside them is free", () => {
    const edges = ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"];
    edges.push("169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255");
    edges.push("198.20.0.0", "223.255.255.255", "64:ff9b::808:808", "2002:808:808::1", "2001:200::1", "3ffe::1");
    expect(edges.filter((address) => guard().problem(address) !== undefined)).toEqual([]);
  });
});

test("the addresses of this machine are not reached, also when they change", () => {
  const clock = { now: 0 };
  let own = ["93.184.216.34", "2a00:1450::1"];
  const mine = guard({ own: () => own, now: () => clock.now });
  expect(mine.problem("93.184.216.34")).toBe("this machine itself");
  expect(mine.problem("2a00:1450::1")).toBe("this machine itself");
  expect(mine.problem("64:ff9b::5db8:d822")).toContain("this machine itself");
  expect(mine.problem("93.184.216.35")).toBeUndefined();
  own = ["93.184.216.35"];
  clock.now = 10_000;
  expect(mine.problem("93.184.216.34")).toBeUndefined();
  expect(mine.problem("93.184.216.35")).toBe("this machine itself");
});

test("a setting opens networks, and nothing opens the proxies to themselves", () => {
  const opened = guard({
    reachable: () => ["127.0.0.0/8", "::1/128", "192.168.1.20/32"],
    isOwnProxy: (address, port) => address === "127.0.0.1" && port === 3128,
    own: () => ["127.0.0.1", "::1"],
  });
  expect(opened.problem("127.0.0.1", 80)).toBeUndefined();
  expect(opened.problem("::1", 80)).toBeUndefined();
  expect(opened.problem("::ffff:127.0.0.1", 80)).toBeUndefined();
  expect(opened.problem("127.0.0.1", 3128)).toBe("this proxy itself");
  expect(opened.problem("::ffff:7f00:1", 3128)).toBe("this proxy itself");
  expect(opened.problem("192.168.1.21")).toContain("private");
  expect(opened.problem("64:ff9b::7f00:1")).toContain("this machine itself");
});

test("what is no address, or names an interface, is not reached", () => {
  for (const text of ["", "example.com", "fe80::1%eth0", "2a00:1450::1%1", "8.8.8", "08.8.8.8"]) {
    expect(guard().problem(text)).toBe("no address");
  }
});

describe("targetHost", () => {
  test.each([
    ["Example.COM", "example.com"],
    ["example.com.", "example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
    ["[::ffff:127.0.0.1]", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1.", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["127.0.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["0X7F.1", "127.0.0.1"],
    ["017700000001", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["0x7f.0.0.0x1", "127.0.0.1"],
    ["0", "0.0.0.0"],
    ["0x", "0.0.0.0"],
    ["１２７.０.０.１", "127.0.0.1"],
    ["①②⑦.0.0.1", undefined],
    ["127。0。0。1", "127.0.0.1"],
    ["a_b.example", "a_b.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["256.0.0.1", undefined],
    ["1.2.3.4.5", undefined],
    ["4294967296", undefined],
    ["1.2.65536", undefined],
    ["09.1.1.1", undefined],
    ["example.0x7f", undefined],
    ["example.1", undefined],
    ["", undefined],
    [".", undefined],
    ["a..b", undefined],
    ["[127.0.0.1", undefined],
    ["[fe80::1%25eth0]", undefined],
    ["fe80::1%eth0", undefined],
    ["a b", undefined],
    ["a\u0000b.example", undefined],
    ["example.com:80", undefined],
    ["user@example.com", undefined],
    ["%31%32%37.0.0.1", undefined],
    ["a".repeat(300), undefined],
  ])("%p is %p", (text, host) => {
    expect(targetHost(text)).toBe(host);
  });

  test("gives what it is given once more", () => {
    for (const text of ["Example.COM.", "[::FFFF:1.2.3.4]", "0x7f.1", "bücher.example"]) {
      const once = targetHost(text) ?? "";
      expect(targetHost(once)).toBe(once);
    }
  });
});
