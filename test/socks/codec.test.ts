import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { datagramOctets, parseDatagram, Reply, replyOctets } from "../../src/services/socks/codec.ts";

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");

describe("replies", () => {
  test("name an address of either family", () => {
    expect(hex(replyOctets(5, Reply.succeeded, { address: "192.0.2.1", port: 258 }))).toBe("05000001c00002010102");
    expect(hex(replyOctets(5, Reply.succeeded, { address: "2001:db8::1", port: 1 }))).toBe(
      "0500000420010db80000000000000000000000010001",
    );
    expect(hex(replyOctets(4, Reply.succeeded, { address: "192.0.2.1", port: 258 }))).toBe("005a0102c0000201");
    expect(hex(replyOctets(4, Reply.refused))).toBe("005b000000000000");
    // SOCKS 4 has no room for an IPv6 address.
    expect(hex(replyOctets(4, Reply.succeeded, { address: "2001:db8::1", port: 258 }))).toBe("005a010200000000");
  });
});

describe("datagrams", () => {
  test("go to addresses and names", () => {
    const parse = (text: string) => {
      const parsed = parseDatagram(Buffer.from(text, "hex"));
      return parsed && { ...parsed, data: hex(parsed.data) };
    };
    expect(parse("00000001c0000201003561")).toEqual({ host: "192.0.2.1", port: 53, data: "61" });
    expect(parse("0000000420010db8000000000000000000000001003561")).toEqual({
      ...{ host: "2001:db8::1", port: 53, data: "61" },
    });
    expect(parse("000000030161003562")).toEqual({ host: "a", port: 53, data: "62" });
    // A mapped address is the IPv4 address, for whoever judges it.
    expect(parse("0000000400000000000000000000ffff0a000001003561")?.host).toBe("10.0.0.1");
  });

  test("are dropped when malformed, and as fragments", () => {
    for (const text of [
      "",
      "000000",
      "00000001c00002010035".slice(0, -2),
      "00000101c0000201003561",
      "00010001c0000201003561",
      "00000002c0000201003561",
      "0000000300003561000000",
      "00000003ff6100356100",
      "0000000302c3280035",
    ]) {
      expect(parseDatagram(Buffer.from(text, "hex"))).toBeUndefined();
    }
  });

  test("come back as they went, and nothing that is sent makes it throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6()),
        fc.integer({ min: 0, max: 65_535 }),
        fc.uint8Array(),
        (address, port, data) => {
          const parsed = parseDatagram(datagramOctets({ address, port }, data));
          expect(parsed?.port).toBe(port);
          expect(hex(parsed?.data ?? new Uint8Array(0))).toBe(hex(data));
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => void parseDatagram(octets)));
  });
});
