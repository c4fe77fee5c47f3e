import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sliceOf } from "../../src/services/imap/fetch-modifiers.ts";
import {
  formatRanges,
  formatSet,
  holds,
  lowerBound,
  mergeAscending,
  normaliseRanges,
  rangesOf,
  STAR,
  selectAscending,
} from "../../src/services/imap/sequence.ts";

const ascending = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((list) => Uint32Array.from(list).sort());

describe("sequence sets", () => {
  test("overlapping, reversed and touching ranges become one ascending list", () => {
    const ranges = [
      { first: 9, last: 7 },
      { first: 1, last: 2 },
      { first: 3, last: 3 },
      { first: 8, last: 12 },
    ];
    expect(normaliseRanges(ranges, 100)).toEqual([
      { first: 1, last: 3 },
      { first: 7, last: 12 },
    ]);
  });

  test("a star is the largest number, and below a larger first number it still names that message", () => {
    expect(normaliseRanges([{ first: 559, last: STAR }], 500)).toEqual([{ first: 500, last: 559 }]);
    expect(normaliseRanges([{ first: STAR, last: STAR }], 5)).toEqual([{ first: 5, last: 5 }]);
  });

  test("runs are written as ranges, in the order given", () => {
    expect(formatSet([1, 2, 3, 7, 9, 10])).toBe("1:3,7,9:10");
    expect(formatSet([5, 4, 3])).toBe("5,4,3");
    expect(formatSet([])).toBe("");
  });

  test("normalising keeps the members", () => {
    const range = fc.record({ first: fc.integer({ min: 1, max: 50 }), last: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(range, { minLength: 1 }), (ranges) => {
        const covers = (list: readonly { first: number; last: number }[], n: number) =>
          list.some(({ first, last }) => n >= Math.min(first, last) && n <= Math.max(first, last));
        const joined = normaliseRanges(ranges, 50);
        for (let n = 1; n <= 50; n++) expect(covers(joined, n)).toBe(covers(ranges, n));
        for (const [i, next] of joined.entries()) {
          const previous = joined[i - 1];
          if (previous) expect(next.first).toBeGreaterThan(previous.last + 1);
        }
      }),
    );
  });

  test("union, intersection and difference of ascending lists agree with sets", () => {
    fc.assert(
      fc.property(ascending, ascending, (a, b) => {
        const inB = new Set(b);
        expect([...mergeAscending(a, b)]).toEqual([...new Set([...a, ...b])].sort((x, y) => x - y));
        expect([...selectAscending(a, b, true)]).toEqual([...a].filter((n) => inB.has(n)));
        expect([...selectAscending(a, b, false)]).toEqual([...a].filter((n) => !inB.has(n)));
      }),
    );
  });

  test("lowerBound finds the first element that is not below", () => {
    expect(lowerBound([2, 4, 6], 1)).toBe(0);
    expect(lowerBound([2, 4, 6], 4)).toBe(1);
    expect(lowerBound([2, 4, 6], 5)).toBe(2);
    expect(lowerBound([2, 4, 6], 7)).toBe(3);
  });
});

describe("ranges", () => {
  test("of ascending numbers hold these and no others, and are as short as can be", () => {
    fc.assert(
      fc.property(ascending, (numbers) => {
        const ranges = rangesOf(numbers);
        for (let n = 0; n <= 62; n++) expect(holds(ranges, n)).toBe(numbers.includes(n));
        expect(ranges).toEqual(normaliseRanges(ranges, 0));
        expect(formatRanges(ranges)).toBe(formatSet(numbers));
      }),
    );
  });
});

describe("a slice of a list (RFC 9394)", () => {
  test("counts from the front or from the end, and gives what there is", () => {
    const place = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(ascending, place, place, fc.boolean(), (list, a, b, fromEnd) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        const whole = fromEnd ? list.toReversed() : list;
        const expected = whole.slice(near - 1, far).sort();
        const sign = fromEnd ? -1 : 1;
        expect(sliceOf(list, { first: sign * near, last: sign * far })).toEqual(expected);
      }),
    );
  });
});
