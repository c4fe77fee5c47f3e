import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { blockOf, isLoopback, isNetwork, Networks } from "../../src/auth/networks.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0001::1", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["1::", "1:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
])("%p counts as %p", (address, block) => {
  expect(blockOf(address)).toBe(block);
});

test("addresses of one /64 count as one, whatever their ending", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const network = blockOf(address);
      expect(
        network
          .split(":")
          .slice(0, 4)
          .every((group) => /^[0-9a-f.]{1,15}$/.test(group)) || !network.includes(":"),
      ).toBe(true);
    }),
  );
});

describe("a list of networks", () => {
  test("has the addresses in them", () => {
    const list = new Networks(["127.0.0.0/8", "192.0.2.7", "fd00::/8", " ::1/128 "]);
    for (const inside of ["127.9.9.9", "192.0.2.7", "fd12::1", "::1"])
      expect([inside, list.has(inside)]).toEqual([inside, true]);
    for (const outside of ["128.0.0.1", "192.0.2.8", "fe80::1", "::2", "nonsense", ""]) {
      expect([outside, list.has(outside)]).toEqual([outside, false]);
    }
  });

  test("takes only networks", () => {
    for (const wrong of ["", "x", "192.0.2.1/33", "::1/129", "192.0.2.1/", "192.0.2/24", "1.2.3.4/-1", "any"]) {
      expect([wrong, isNetwork(wrong)]).toEqual([wrong, false]);
      expect(() => new Networks([wrong])).toThrow("is not a network");
    }
  });
});

test("loopback is this machine", () => {
  for (const own of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) expect(isLoopback(own)).toBe(true);
  for (const other of ["128.0.0.1", "::2", "192.168.1.1"]) expect(isLoopback(other)).toBe(false);
});
