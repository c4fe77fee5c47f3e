import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDate, parseDate } from "../../src/mime/mime.ts";

const cases: [value: string, iso: string, offset: number][] = [
  ["Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z", -360],
  ["Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T08:52:37Z", 120],
  [
    "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
    "1969-02-14T03:02:00Z",
    -210,
  ],
  ["21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z", 0],
  ["Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T15:55:06Z", -360],
  ["Mon, 1 Jan 49 00:00:00 +0000", "2049-01-01T00:00:00Z", 0],
  ["Mon, 1 Jan 50 00:00:00 +0000", "1950-01-01T00:00:00Z", 0],
  ["Mon, 1 Jan 103 00:00:00 +0000", "2003-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00:00 EST", "2000-01-01T05:00:00Z", -300],
  ["1 Jan 2000 00:00:00 EDT", "2000-01-01T04:00:00Z", -240],
  ["1 Jan 2000 00:00:00 CST", "2000-01-01T06:00:00Z", -360],
  ["1 Jan 2000 00:00:00 PDT", "2000-01-01T07:00:00Z", -420],
  ["1 Jan 2000 00:00:00 UT", "2000-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00:00 Z", "2000-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00:00 A", "2000-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00:00 -0000", "2000-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00:00", "2000-01-01T00:00:00Z", 0],
  ["1 Jan 2000 00:00 +0100", "1999-12-31T23:00:00Z", 60],
  ["Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z", 0],
  ["Thu, 29 Feb 2024 12:00:00 +0000", "2024-02-29T12:00:00Z", 0],
  ["Thursday, 29 February 2024 12:00:00 +0000", "2024-02-29T12:00:00Z", 0],
  ["thu, 29 feb 2024 12:00:00 +0000", "2024-02-29T12:00:00Z", 0],
  ["29-Feb-2024 12:00:00 +0000", "2024-02-29T12:00:00Z", 0],
  ["Mon, 1 Jan 2001 10:00:00 GMT+0200", "2001-01-01T08:00:00Z", 120],
  ["Mon, 1 Jan 2001 10:00:00 +02:00", "2001-01-01T08:00:00Z", 120],
  ["Mon, 1 Jan 2001 9:5:3 +0000", "2001-01-01T09:05:03Z", 0],
  ["Mon, 1 Jan 2001 10:00:00 PM +0000", "2001-01-01T22:00:00Z", 0],
  ["Mon, 1 Jan 2001 10:00:00 +9999", "2001-01-01T10:00:00Z", 0],
  ["Fri Sep  6 11:41:39 2002", "2002-09-06T11:41:39Z", 0],
  ["Sat Sep 7 10:00:00 EDT 2002", "2002-09-07T14:00:00Z", -240],
  ["Sat Sep 7 10:00:00 2002 +0200", "2002-09-07T08:00:00Z", 120],
  ["2002-09-06T11:41:39Z", "2002-09-06T11:41:39Z", 0],
  ["2002-09-06 11:41:39.123 +0200", "2002-09-06T09:41:39Z", 120],
];

test.each(cases)("%s", (value, iso, offset) => {
  expect(parseDate(value)).toEqual({ time: Date.parse(iso), offset });
});

describe("what is no date", () => {
  test.each([
    "",
    "yesterday",
    "Mon, 30 Feb 2002 10:00:00 +0000",
    "Mon, 0 Jan 2002 10:00:00 +0000",
    "Mon, 32 Jan 2002 10:00:00 +0000",
    "Mon, 1 Foo 2002 10:00:00 +0000",
    "Mon, 1 Jan 2002 25:00:00 +0000",
    "Mon, 1 Jan 2002 10:60:00 +0000",
    "Mon, 1 Jan 2002",
    "2002-13-01T10:00:00Z",
    `${"(".repeat(1000)}Mon, 1 Jan 2002 10:00:00 +0000`,
  ])("%s", (value) => {
    expect(parseDate(value)).toBeUndefined();
  });
});

test("a date that was written is read as the same moment on the same clock", () => {
  const time = fc
    .integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(9998, 0, 1) })
    .map((ms) => ms - (((ms % 1000) + 1000) % 1000));
  fc.assert(
    fc.property(time, fc.integer({ min: -14 * 60, max: 14 * 60 }), (moment, offset) => {
      expect(parseDate(formatDate(moment, offset))).toEqual({ time: moment, offset });
    }),
    { numRuns: 2000 },
  );
});

test("the form is that of RFC 5322", () => {
  expect(formatDate(Date.UTC(1969, 1, 14, 3, 2, 54), -210)).toBe("Thu, 13 Feb 1969 23:32:54 -0330");
  expect(formatDate(0)).toBe("Thu, 1 Jan 1970 00:00:00 +0000");
});
