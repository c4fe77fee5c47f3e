import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type AccessRule,
  AddressSet,
  accessPermits,
  formatAddress,
  normaliseAddress,
  parseAddress,
  parseRange,
  peerNetwork,
} from "../../src/net/access.ts";

const LAN = ["192.168.0.0/16", "10.0.0.0/8", "fc00::/7", "::1", "127.0.0.0/8"];

describe("An access rule", () => {
  const table: [rule: AccessRule, address: string, permitted: boolean][] = [
    ["any", "203.0.113.9", true],
    ["any", "2001:db8::1", true],
    ["lan", "192.168.7.9", true],
    ["lan", "192.169.0.1", false],
    ["lan", "::ffff:192.168.7.9", true],
    ["lan", "::ffff:c0a8:709", true],
    ["lan", "::ffff:8.8.8.8", false],
    ["lan", "fd12:3456::1", true],
    ["lan", "fe80::1%eth0", false],
    ["lan", "2001:db8::1", false],
    ["lan", "::1", true],
    ["lan", "not an address", false],
    ["lan", "", false],
    [[], "127.0.0.1", false],
    [["203.0.113.9"], "203.0.113.9", true],
    [["203.0.113.9"], "203.0.113.8", false],
    [["0.0.0.0/0"], "8.8.8.8", true],
    [["0.0.0.0/0"], "::1", false],
    [["::/0"], "2001:db8::1", true],
    [["::/0"], "8.8.8.8", false],
    [["::ffff:10.0.0.0/104"], "10.1.2.3", true],
    [["::ffff:10.0.0.0/104"], "11.1.2.3", false],
    [["2001:db8:8000::/33"], "2001:db8:8000::5", true],
    [["2001:db8:8000::/33"], "2001:db8:7fff::5", false],
    [["fe80::/10"], "fe80::1%eth0", true],
    [["nonsense", "10.0.0.0/8"], "10.0.0.1", true],
    [["10.99.0.1/8"], "10.0.0.1", true],
  ];
  test.each(table)("%j lets %s in: %p", (rule, address, permitted) => {
    expect(accessPermits(rule, LAN, address)).toBe(permitted);
  });
});

describe("Text that is no range", () => {
  test.each([
    "",
    "/",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "10.0.0.0/ 8",
    "10.0.0",
    "10.0.0.0.0",
    "10.0.0.256",
    "10.0.0.010",
    "1e1.0.0.1",
    "::/129",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "::g",
    "::1.2.3",
    "1.2.3.4::",
    "::ffff:10.0.0.0/95",
    "fe80::1%eth0/64",
    "10.0.0.1%eth0",
    "localhost",
  ])("%j is refused", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });
});

describe("Addresses", () => {
  test.each([
    ["2001:0DB8::0001", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1::", "1::"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["fe80::1%eth0", "fe80::1"],
    ["192.0.2.1", "192.0.2.1"],
    ["what", "what"],
  ])("%s is written %s (RFC 5952)", (address, canonical) => {
    expect(normaliseAddress(address)).toBe(canonical);
  });

  test("A peer is an IPv4 address or an IPv6 /64", () => {
    expect(peerNetwork("192.0.2.1")).toBe("192.0.2.1");
    expect(peerNetwork("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(peerNetwork("2001:db8:1:2:ffff::")).toBe("2001:db8:1:2::/64");
  });

  test("Any address is read back as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const parsed = parseAddress(address);
        expect(parsed).toBeDefined();
        if (parsed) expect(parseAddress(formatAddress(parsed))).toEqual(parsed);
      }),
    );
  });

  test("A range has exactly the addresses that share its first bits", () => {
    const bits = (address: string) => {
      const parsed = parseAddress(address);
      return parsed && `${parsed.family}:${parsed.words.map((word) => word.toString(2).padStart(32, "0")).join("")}`;
    };
    const sameFamily = fc.oneof(
      fc.tuple(fc.ipV4(), fc.ipV4(), fc.nat(32)),
      fc.tuple(fc.ipV6(), fc.ipV6(), fc.nat(128)),
      // Near neighbours, which random pairs never are.
      fc
        .tuple(fc.nat(0xffffffff), fc.nat(0xff), fc.nat(32))
        .map(([word, change, prefix]): [string, string, number] => [
          formatAddress({ family: 4, words: [word >>> 0] }),
          formatAddress({ family: 4, words: [(word ^ change) >>> 0] }),
          prefix,
        ]),
    );
    fc.assert(
      fc.property(sameFamily, ([range, address, prefix]) => {
        fc.pre(!parseAddress(range)?.words.includes(0xffff) && !parseAddress(address)?.words.includes(0xffff));
        const inside = bits(range)?.slice(0, 2 + prefix) === bits(address)?.slice(0, 2 + prefix);
        expect(new AddressSet([`${range}/${prefix}`]).has(address)).toBe(inside);
      }),
      { numRuns: 3_000 },
    );
  });

  test("No text makes the reader throw", () => {
    const piece = fc.constantFrom("1", "ffff", ":", "::", ".", "/", "%", "255", "0", "x", "-");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 20 }).map((parts) => parts.join("")),
        ),
        (text) => {
          const range = parseRange(text);
          if (range)
            expect(range.words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
