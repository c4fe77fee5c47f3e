import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { unpackTnef } from "../../src/mime/tnef.ts";
import { processorMs } from "../timing.ts";

const u16 = (value: number) => Buffer.from([value & 255, value >> 8]);
const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const attribute = (name: number, data: Uint8Array, level = 2) =>
  Buffer.concat([Buffer.from([level]), u16(name), u16(6), u32(data.length), data, u16(0)]);
const padded = (data: Uint8Array) => Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
const property = (type: number, id: number, data: Uint8Array) =>
  Buffer.concat([u16(type), u16(id), u32(1), u32(data.length), padded(data)]);
const properties = (...all: Uint8Array[]) => Buffer.concat([u32(all.length), ...all]);
const tnef = (...attributes: Uint8Array[]) => Buffer.concat([u32(0x223e9f78), u16(1), ...attributes]);
const wide = (text: string) => Buffer.from(`${text}\0`, "utf16le");

const FILE = [
  attribute(0x9002, Buffer.alloc(14)),
  attribute(0x8010, Buffer.from("LONGNA~1.TXT\0")),
  attribute(0x800f, Buffer.from("Hello")),
  attribute(
    0x9005,
    properties(
      Buffer.concat([u16(3), u16(0x3705), u32(1)]),
      // A named property before the one that is looked for.
      Buffer.concat([
        u16(0x1f),
        u16(0x8001),
        Buffer.alloc(16),
        u32(1),
        u32(6),
        padded(wide("ab")),
        u32(1),
        u32(4),
        wide("x"),
      ]),
      property(0x1f, 0x3707, wide("Long näme.txt")),
      property(0x1e, 0x370e, Buffer.from("text/plain\0")),
    ),
  ),
];

describe("winmail.dat", () => {
  test("holds files with their long names, and the text", () => {
    const html = attribute(0x9003, properties(property(0x102, 0x1013, Buffer.from("<p>Hi</p>"))), 1);
    const unpacked = unpackTnef(
      tnef(html, ...FILE, attribute(0x9002, Buffer.alloc(14)), attribute(0x800f, Buffer.from("2"))),
    );
    expect(
      unpacked?.files.map(({ name, mediaType, octets }) => [name, mediaType, Buffer.from(octets).toString()]),
    ).toEqual([
      ["Long näme.txt", "text/plain", "Hello"],
      ["", "", "2"],
    ]);
    expect(Buffer.from(unpacked?.html ?? []).toString()).toBe("<p>Hi</p>");
  });

  test("that is none is not taken for one", () => {
    expect(unpackTnef(Buffer.from("PK\x03\x04 something else"))).toBeUndefined();
    expect(unpackTnef(new Uint8Array())).toBeUndefined();
  });

  test("that is cut off, or lies about its lengths, gives what came before and no more", () => {
    const whole = tnef(...FILE);
    for (let end = 6; end < whole.length; end++)
      expect(unpackTnef(whole.subarray(0, end))?.files.length).toBeLessThan(2);
    const lying = tnef(
      attribute(0x9002, Buffer.alloc(14)),
      attribute(0x9005, Buffer.concat([u32(0xffffffff), Buffer.alloc(64, 0xff)])),
    );
    expect(unpackTnef(lying)?.files).toEqual([]);
    const many = tnef(...Array.from({ length: 1000 }, () => attribute(0x9002, Buffer.alloc(0))));
    expect(unpackTnef(many)?.files).toEqual([]);
  });

  test("with very many properties is read soon", () => {
    const list = properties(...Array.from({ length: 2_000 }, (_, id) => property(0x102, id, Buffer.alloc(0))));
    const lists = Array.from({ length: 500 }, () => attribute(0x9005, list));
    const octets = tnef(attribute(0x9002, Buffer.alloc(14)), attribute(0x800f, Buffer.from("1")), ...lists);
    const begun = processorMs();
    expect(unpackTnef(octets)?.files).toHaveLength(1);
    expect(processorMs() - begun).toBeLessThan(60);
  });

  test("of any octets at all breaks nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
        const begun = Buffer.concat([
          u32(0x223e9f78),
          u16(1),
          attribute(0x9002, Buffer.alloc(0)),
          attribute(0x9005, octets),
          octets,
        ]);
        expect(unpackTnef(begun)?.files.length ?? 0).toBeLessThan(201);
      }),
    );
  });
});
