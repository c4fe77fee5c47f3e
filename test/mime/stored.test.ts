import { describe, expect, test } from "bun:test";
import {
  decodeStructure,
  encodeStructure,
  envelopeOf,
  imapBodyStructure,
  imapEnvelope,
  type Part,
  parseStructure,
  StoredStructureError,
} from "../../src/mime/mime.ts";
import { generate } from "./generate.ts";

/** A part without headers, which the stored form does not keep whole. */
function bare(part: Part): object {
  const { header: _, children, message, ...rest } = part;
  return { ...rest, children: children.map(bare), message: message && bare(message) };
}

describe("the stored form", () => {
  test("of 3000 generated messages gives back every part, and the same BODYSTRUCTURE", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const structure = parseStructure(generate(seed).bytes);
      const stored = decodeStructure(encodeStructure(structure));
      expect(bare(stored.root)).toEqual(bare(structure.root));
      expect(stored.size).toBe(structure.size);
      const bodyStructure = (root: Part) =>
        Buffer.from(imapBodyStructure(root, { extensible: true })).toString("latin1");
      expect(bodyStructure(stored.root)).toBe(bodyStructure(structure.root));
    }
  });

  test("with the header gives the envelope, and says so without it", () => {
    const structure = parseStructure(Buffer.from("From: a@b\r\nSubject: x\r\n\r\nhello"));
    const bytes = encodeStructure(structure);
    expect(imapEnvelope(decodeStructure(bytes, structure.headerBytes).root)).toEqual(imapEnvelope(structure.root));
    expect(() => envelopeOf(decodeStructure(bytes).root)).toThrow("decoded without its header");
  });

  test("is small: a plain message, and one with two alternatives", () => {
    expect(
      encodeStructure(parseStructure(Buffer.from("Content-Type: text/plain; charset=utf-8\r\n\r\nhello"))).length,
    ).toBeLessThan(20);
    const part = (type: string) =>
      `--b\r\nContent-Type: text/${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n`;
    const message = `Content-Type: multipart/alternative; boundary=b\r\n\r\n${part("plain")}${part("html")}--b--\r\n`;
    expect(encodeStructure(parseStructure(Buffer.from(message))).length).toBeLessThan(50);
  });

  const cases: [what: string, bytes: number[], error: string][] = [
    ["nothing", [], "ends too soon"],
    ["another version", [2, 0], "version 2, not 1"],
    ["a version that never ends", Array(20).fill(255), "too large"],
    ["a structure cut short", [1, 5, 0, 0, 0], "ends too soon"],
    ["an offset beyond the message", [1, 5, 0, 9], "offset 9 beyond 5"],
  ];
  test.each(cases)("%s is refused", (_, bytes, error) => {
    expect(() => decodeStructure(new Uint8Array(bytes))).toThrow(error);
    expect(() => decodeStructure(new Uint8Array(bytes))).toThrow(StoredStructureError);
  });

  test("anything after the end is refused", () => {
    const bytes = encodeStructure(parseStructure(Buffer.from("\r\nhello")));
    expect(() => decodeStructure(Buffer.concat([bytes, Buffer.from("x")]))).toThrow("after its end");
  });
});
