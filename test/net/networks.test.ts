import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AddressSet, formatAddress, parseRange, type Range } from "../../src/net/access.ts";
import { NetworkMap, normaliseRange, overlap } from "../../src/net/networks.ts";
import { processorMs } from "../timing.ts";

const range = (text: string): Range => {
  const parsed = parseRange(text);
  if (parsed === undefined) throw new Error(`${text} is no network`);
  return parsed;
};

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const address = fc.oneof(
  fc.tuple(word).map((words) => ({ family: 4 as const, words })),
  fc.tuple(word, word, word, word).map((words) => ({ family: 6 as const, words })),
);
const network = fc
  .tuple(address, fc.integer({ min: 0, max: 128 }))
  .map(([{ family, words }, prefix]) => `${formatAddress({ family, words })}/${family === 4 ? prefix % 33 : prefix}`);

describe("networks", () => {
  test.each([
    ["192.0.2.77/24", "192.0.2.0/24"],
    [" 192.0.2.7 ", "192.0.2.7"],
    ["192.0.2.7/32", "192.0.2.7"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8::1/32", "2001:db8::/32"],
    ["2001:db8:1:2:3::/63", "2001:db8:1:2::/63"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7/120", "192.0.2.0/24"],
    ["192.0.2.0/33", undefined],
    ["192.0.2", undefined],
    ["192.0.2.0/024", undefined],
    ["192.0.2.0/-1", undefined],
    ["192.0.2.0/", undefined],
    ["anna", undefined],
    ["", undefined],
    ["fe80::1%eth0/64", undefined],
  ])("%p is %p in its canonical form", (text, canonical) => {
    expect(normaliseRange(text)).toBe(canonical as string);
  });

  test("overlap where one lies in the other", () => {
    expect(overlap(range("10.0.0.0/8"), range("10.1.2.3"))).toBe(true);
    expect(overlap(range("10.1.2.3"), range("10.0.0.0/8"))).toBe(true);
    expect(overlap(range("10.0.0.0/9"), range("10.128.0.0/9"))).toBe(false);
    expect(overlap(range("::/0"), range("10.0.0.0/8"))).toBe(false);
  });

  test("are found by any of their addresses, as a list of ranges would say", () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 20 }), address, (texts, one) => {
        const map = new NetworkMap<string>();
        for (const text of texts) map.set(range(text), text);
        const plain = formatAddress(one);
        const found = map.find(plain);
        const having = texts.filter((text) => new AddressSet([text]).has(plain));
        if (found === undefined) return having.length === 0;
        return having.includes(found) && having.every((text) => range(text).prefix <= range(found).prefix);
      }),
    );
  });

  test("that are deleted are gone, and others stay", () => {
    const map = new NetworkMap<number>();
    map.set(range("192.0.2.0/24"), 1);
    map.set(range("192.0.2.128/25"), 2);
    map.set(range("192.0.2.5/24"), 3);
    expect([map.size, map.find("192.0.2.1"), map.find("192.0.2.200")]).toEqual([2, 3, 2]);
    expect(map.delete(range("192.0.2.128/25"))).toBe(true);
    expect(map.delete(range("192.0.2.128/25"))).toBe(false);
    expect([map.size, map.find("192.0.2.200"), map.find("nonsense"), map.find("2001:db8::1")]).toEqual([
      1,
      3,
      undefined,
      undefined,
    ]);
  });

  test("ten thousand of them take a microsecond or so to look through", () => {
    const map = new NetworkMap<number>();
    for (let at = 0; at < 10_000; at++) map.set(range(`10.${at >> 8}.${at & 255}.0/24`), at);
    const rounds = 100_000;
    const before = processorMs();
    for (let at = 0; at < rounds; at++) map.find("192.0.2.1");
    expect((processorMs() - before) / rounds).toBeLessThan(0.02);
  });
});
