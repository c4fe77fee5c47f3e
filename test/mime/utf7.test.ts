import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeUtf7, encodeUtf7 } from "../../src/mime/utf7.ts";

describe("modified UTF-7", () => {
  const names: [string, string][] = [
    ["INBOX", "INBOX"],
    ["Entwürfe", "Entw&APw-rfe"],
    ["AT&T", "AT&-T"],
    ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"],
    ["😀", "&2D3eAA-"],
    ["tab\there", "tab&AAk-here"],
    ["", ""],
  ];
  for (const [name, spelled] of names) {
    test(`spells ${JSON.stringify(name)} as ${spelled} and reads it back`, () => {
      expect(encodeUtf7(name)).toBe(spelled);
      expect(decodeUtf7(spelled)).toBe(name);
    });
  }

  const wrong = [
    "&",
    "&Jjo",
    "&Jjo!-",
    "&AGE-",
    "&AAA",
    "&AP1-x&",
    "ü",
    "&U,BTFw-&ZeVnLIqe-",
    "&2D0-",
    "&A-",
    "&APw=-",
  ];
  for (const spelled of wrong) {
    test(`refuses ${spelled}, which is no canonical spelling`, () => {
      expect(decodeUtf7(spelled)).toBeUndefined();
    });
  }

  test("every well-formed name survives the way there and back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        fc.pre(name.isWellFormed());
        expect(decodeUtf7(encodeUtf7(name))).toBe(name);
        expect(encodeUtf7(name)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  test("no name has two spellings", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[&A-Za-z0-9,+-]{0,20}$/), (spelled) => {
        const name = decodeUtf7(spelled);
        if (name !== undefined) expect(encodeUtf7(name)).toBe(spelled);
      }),
      { numRuns: 2000 },
    );
  });
});
