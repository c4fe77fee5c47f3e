import { expect, test } from "bun:test";
import fc from "fast-check";
import { isShown, nameOf, normalise, octetsOf, segmentsOf } from "../../src/files/names.ts";
import { Refusal } from "../../src/refusal.ts";

test("every sequence of octets is a name, and comes back the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      expect(Buffer.from(octetsOf(nameOf(octets)), "latin1")).toEqual(Buffer.from(octets));
    }),
  );
});

test("a name in UTF-8 is what it says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      expect(nameOf(Buffer.from(name))).toBe(name);
    }),
  );
  expect(nameOf(Buffer.from([0x61, 0xff, 0xc3, 0xa4, 0xc3]))).toBe("a\udcffä\udcc3");
});

test.each<[string, string]>([
  ["", "/"],
  ["/", "/"],
  ["a//b/./c/", "/a/b/c"],
  ["/a/../b", "/b"],
  ["../../../etc/passwd", "/etc/passwd"],
  ["/a/../../../../b/..", "/"],
  ["..%2f..%2fetc", "/..%2f..%2fetc"],
  ["..\\..\\etc", "/..\\..\\etc"],
  ["/...", "/..."],
])("%j is the path %j", (path, normal) => {
  expect(normalise(path)).toBe(normal);
});

test.each([
  "a\0b",
  "a\r\nb",
  "\x7f",
  ".gatepost-upload-1",
  "x".repeat(256),
  "ä".repeat(128),
  // An escape that stands for ASCII would be another way to write a slash or a dot.
  "\udc2e\udc2e",
  "\udc2f",
  "a\ud800",
  // Two escapes that are a character together.
  "\udcc3\udca4",
  "a/".repeat(101),
])("%j is refused", (path) => {
  expect(() => segmentsOf(path)).toThrow(Refusal);
});

test("no path leads up, however it is written", () => {
  const part = fc.constantFrom("..", ".", "", "a", "b", "\udc2e\udc2e", "…", "..\udcff", "%2e%2e");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      let segments: string[];
      try {
        segments = segmentsOf(parts.join("/"));
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
        return;
      }
      for (const segment of segments) {
        expect(octetsOf(segment)).not.toMatch(/^\.{0,2}$|\//);
        expect(isShown(octetsOf(segment))).toBe(true);
      }
    }),
  );
});
