import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  displayDomain,
  fold,
  joinAddress,
  newAddress,
  newDomain,
  normaliseDomain,
  splitAddress,
} from "../../src/directory/address.ts";
import { processorMs } from "../timing.ts";

describe("normaliseDomain", () => {
  test.each([
    ["example.test", "example.test"],
    ["EXAMPLE.Test", "example.test"],
    ["müller.example", "xn--mller-kva.example"],
    ["MÜLLER.EXAMPLE", "xn--mller-kva.example"],
    ["mu\u0308ller.example", "xn--mller-kva.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["xn--mller-kva.example", "xn--mller-kva.example"],
    ["localhost", "localhost"],
    ["a_b.example", "a_b.example"],
    ["", undefined],
    ["example.test.", undefined],
    [".example.test", undefined],
    ["a..b", undefined],
    ["-a.example", undefined],
    ["a-.example", undefined],
    ["a b.example", undefined],
    ["%41.example", undefined],
    ["ü%41.example", undefined],
    ["ü:80", undefined],
    ["ü/x", undefined],
    [`${"a".repeat(64)}.example`, undefined],
    [`${"a.".repeat(126)}example`, undefined],
  ])("%p is %p", (name, expected) => {
    expect(normaliseDomain(name)).toBe(expected);
  });

  test("is stable for whatever it gives", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (name) => {
        const normal = normaliseDomain(name);
        if (normal !== undefined) expect(normaliseDomain(normal)).toBe(normal);
      }),
    );
  });

  test("is shown to people in their own letters", () => {
    expect(displayDomain("xn--mller-kva.example")).toBe("müller.example");
    expect(displayDomain("example.test")).toBe("example.test");
  });
});

describe("splitAddress", () => {
  test.each([
    ["anna@example.test", "anna", "example.test"],
    ["Anna.B@EXAMPLE.test", "Anna.B", "example.test"],
    ['"anna"@example.test', "anna", "example.test"],
    ['"a b"@example.test', "a b", "example.test"],
    ['"a\\"b"@example.test', 'a"b', "example.test"],
    ['"a@b"@example.test', "a@b", "example.test"],
    ["jose\u0301@example.test", "jos\u00e9", "example.test"],
    ["δοκιμή@παράδειγμα.example", "δοκιμή", "xn--hxajbheg2az3al.example"],
    ["x@[192.0.2.1]", "x", "[192.0.2.1]"],
    ["x@[IPv6:2001:DB8::1]", "x", "[ipv6:2001:db8::1]"],
  ])("%p", (address, local, domain) => {
    expect(splitAddress(address)).toEqual({ local, domain });
  });

  test.each([
    "",
    "@",
    "anna",
    "@example.test",
    "anna@",
    "a b@example.test",
    ".a@example.test",
    "a.@example.test",
    "a..b@example.test",
    '"a@example.test',
    '""@example.test',
    '"a"b"@example.test',
    '"a\r\nb"@example.test',
    "<a@example.test>",
    `${"a".repeat(401)}@example.test`,
    `${"ä".repeat(201)}@example.test`,
    `a@${"b".repeat(600)}`,
  ])("%p is none", (address) => {
    expect(splitAddress(address)).toBeUndefined();
  });

  test("puts together what it took apart", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (local) => {
        const parts = splitAddress(`${local}@example.test`);
        if (parts !== undefined) expect(splitAddress(joinAddress(parts))).toEqual(parts);
      }),
    );
  });

  test("never throws, and takes linear time", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => void splitAddress(text)));
    const before = processorMs();
    for (let i = 0; i < 1000; i++) splitAddress(`"${"\\\\".repeat(240)}@example.test`);
    for (let i = 0; i < 1000; i++) splitAddress(`${"a.".repeat(250)}@example.test`);
    expect(processorMs() - before).toBeLessThan(2000);
  });
});

test("fold compares names as people do", () => {
  expect(fold("ANNA")).toBe(fold("anna"));
  expect(fold("JOSE\u0301")).toBe(fold("jos\u00e9"));
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (name) => expect(fold(fold(name))).toBe(fold(name))));
});

test("newAddress refuses what nobody could type, and what is longer than the standard's 64 octets", () => {
  for (const bad of [
    `${"a".repeat(65)}@example.test`,
    `${"ä".repeat(33)}@example.test`,
    '"a b"@example.test',
    "a@[192.0.2.1]",
    "a\u200b@example.test",
    "nobody",
  ]) {
    expect(() => newAddress(bad)).toThrow();
  }
  expect(newAddress(" anna@example.test ")).toEqual({ local: "anna", domain: "example.test" });
});

test("newDomain refuses what is no name", () => {
  for (const bad of ["192.0.2.1", "a_b.example", "", "exa mple", "[192.0.2.1]"]) expect(() => newDomain(bad)).toThrow();
  expect(newDomain(" Example.TEST ")).toBe("example.test");
});
