import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addressField,
  decodeWords,
  encodeText,
  Header,
  parameterField,
  parseAddressList,
  parseParameters,
  structuredField,
  textField,
  textParameter,
} from "../../src/mime/mime.ts";

describe("fields", () => {
  test("long ones are folded at white space", () => {
    const field = structuredField(
      "Received",
      `from ${"mail.example.org ".repeat(12)}; Fri, 21 Nov 1997 09:55:06 -0600`,
    );
    expect(field.split("\r\n").every((line) => line.length <= 78)).toBe(true);
    expect(field.replaceAll("\r\n", "")).toBe(
      `Received: from ${"mail.example.org ".repeat(12)}; Fri, 21 Nov 1997 09:55:06 -0600`,
    );
  });

  test("a word that is too long for any line is cut", () => {
    const field = textField("Subject", "x".repeat(5000));
    expect(field.split("\r\n").every((line) => line.length <= 998)).toBe(true);
    expect(field.replaceAll("\r\n ", "")).toBe(`Subject: ${"x".repeat(5000)}\r\n`);
  });

  test("nothing but white space stays within the limit too", () => {
    expect(
      textField("Subject", `a${" ".repeat(5000)}b`)
        .split("\r\n")
        .every((line) => line.length <= 998),
    ).toBe(true);
  });

  test("no value begins a field of its own", () => {
    expect(textField("Subject", "a\r\nBcc: b@x\r\n\r\nbody\0")).toBe("Subject: a Bcc: b@x body\r\n");
    expect(addressField("To", [{ name: "a\nBcc: x", local: "b\r\n", domain: "c\r\nX: y" }])).toBe(
      'To: "a Bcc: x" <"b"@c X: y>\r\n',
    );
    expect(parameterField("Content-Type", "text/plain\r\nX: y", { name: "a\r\nb" })).toBe(
      'Content-Type: text/plain X: y; name="a b"\r\n',
    );
  });

  test("only the words that need it are encoded", () => {
    expect(encodeText("plain words")).toBe("plain words");
    expect(encodeText("Re: Grüße from Köln today")).toBe("Re: =?UTF-8?B?R3LDvMOfZSBmcm9tIEvDtmxu?= today");
    expect(encodeText("日本語")).toBe("=?UTF-8?B?5pel5pys6Kqe?=");
    expect(encodeText("not =?utf-8?q?a?= word")).toBe("not =?UTF-8?B?PT91dGYtOD9xP2E/PQ==?= word");
  });

  test("an empty list gives no field", () => {
    expect(addressField("Cc", [])).toBe("");
  });

  test("many addresses are folded between them and read back", () => {
    const list = Array.from({ length: 100 }, (_, i) => ({
      name: `Ann Ä ${i}`,
      local: `ann${i}`,
      domain: "example.org",
    }));
    const field = addressField("To", list);
    expect(field.split("\r\n").every((line) => line.length <= 78)).toBe(true);
    expect(parseAddressList(new Header(field).get("to") ?? "")).toEqual(list);
  });
});

describe("parameters", () => {
  const cases: [params: Record<string, string>, expected: string][] = [
    [{ filename: "a.txt" }, "Content-Disposition: attachment; filename=a.txt\r\n"],
    [{ filename: "my file.txt" }, 'Content-Disposition: attachment; filename="my file.txt"\r\n'],
    [{ filename: 'a "b"' }, 'Content-Disposition: attachment; filename="a \\"b\\""\r\n'],
    [{ filename: "€ rates.pdf" }, "Content-Disposition: attachment; filename*=utf-8''%E2%82%AC%20rates.pdf\r\n"],
  ];
  test.each(cases)("%j", (params, expected) => {
    expect(parameterField("Content-Disposition", "attachment", params)).toBe(expected);
  });

  test("of any text and length are read back", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 200 }).map((s) =>
      s
        .toWellFormed()
        .replace(/[\x00-\x1f\x7f]+/g, "")
        .trim(),
    );
    fc.assert(
      fc.property(text, text, (filename, other) => {
        fc.pre(!`${filename}${other}`.includes("=?"));
        const field = parameterField("Content-Disposition", "attachment", { filename, other });
        expect(field.split("\r\n").every((line) => line.length <= 78)).toBe(true);
        const { value, params } = parseParameters(new Header(field).raw("content-disposition") ?? "");
        expect(value).toBe("attachment");
        expect(textParameter(params, "filename")).toBe(filename);
        expect(textParameter(params, "other")).toBe(other);
      }),
      { numRuns: 2000 },
    );
  });
});

test("encoded words stay within 75 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      const encoded = encodeText(text);
      for (const word of encoded.match(/=\?\S*\?=/g) ?? []) expect(word.length).toBeLessThanOrEqual(75);
      expect(decodeWords(encoded)).toBe(
        text
          .toWellFormed()
          .replace(/[\x00-\x1f\x7f]+/g, " ")
          .trim(),
      );
    }),
    { numRuns: 2000 },
  );
});
