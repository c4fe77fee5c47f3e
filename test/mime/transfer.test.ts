import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bodyDecoder, decodeBody } from "../../src/mime/mime.ts";

function decoded(text: string, encoding: string): string {
  return Buffer.from(decodeBody(Buffer.from(text, "latin1"), encoding)).toString("latin1");
}

describe("base64", () => {
  const cases: [text: string, expected: string][] = [
    ["", ""],
    ["aGVsbG8=", "hello"],
    ["aGVsbG8", "hello"],
    ["aGVs\r\nbG8=\r\n", "hello"],
    ["aG Vs\tbG\0 8=", "hello"],
    ["!a-G_V*sbG8=", "hello"],
    ["aGVsbG8=aGVsbG8=", "hellohello"],
    ["aGVsbA==bG8=", "helllo"],
    ["aGVsbG8====\r\n\r\n-- \r\n", "hello"],
    ["a", ""],
    ["aA", "h"],
    ["=", ""],
    ["++//", "\xfb\xef\xff"],
  ];
  test.each(cases)("%j", (text, expected) => {
    expect(decoded(text, "base64")).toBe(expected);
  });

  test("any octets come back, in lines of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 80 }), (bytes, width) => {
        const text = Buffer.from(bytes)
          .toString("base64")
          .replaceAll(new RegExp(`.{${width}}`, "g"), "$&\r\n");
        expect(Buffer.from(decodeBody(Buffer.from(text), "base64"))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe("quoted-printable", () => {
  const cases: [text: string, expected: string][] = [
    ["", ""],
    [
      "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
      "Now's the time for all folk to come to the aid of their country.",
    ],
    ["=41=e4=E4", "A\xe4\xe4"],
    ["a  \t\r\nb  ", "a\r\nb"],
    ["a=20\r\nb=09", "a \r\nb\t"],
    ["a= \t\r\nb", "ab"],
    ["a=\nb", "ab"],
    ["a=", "a"],
    ["a= ", "a"],
    ["a=4", "a=4"],
    ["a=ZZ=", "a=ZZ"],
    ["a==41", "a=A"],
    ["=0D=0A", "\r\n"],
    ["a\xe4b", "a\xe4b"],
    ["a\rb \n", "a\rb\n"],
  ];
  test.each(cases)("%j", (text, expected) => {
    expect(decoded(text, "quoted-printable")).toBe(expected);
  });

  test("any octets come back, escaped or as they are, in lines of any length", () => {
    const piece = fc.tuple(fc.nat(255), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
        const encoded = pieces.map(([octet, escaped, broken]) => {
          const plain = !escaped && octet > 32 && octet < 127 && octet !== 61;
          const spelled = plain ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
          return broken ? `${spelled}=\r\n` : spelled;
        });
        const octets = decodeBody(Buffer.from(encoded.join(""), "latin1"), "quoted-printable");
        expect([...octets]).toEqual(pieces.map(([octet]) => octet));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("uuencode", () => {
  test("what stands between begin and end", () => {
    const text = "hello\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n";
    expect(decoded(text, "x-uuencode")).toBe("Cat");
  });

  test("blanks that were lost at line ends, and no end", () => {
    expect(decoded("begin 644 x\n#0V%T\n#  \n#", "uuencode")).toBe(`Cat${"\0".repeat(6)}`);
  });

  test("a line that says far more than it has", () => {
    expect(decoded("begin 644 x\nM0V%T\n", "x-uue")).toBe(`Cat${"\0".repeat(12)}`);
  });
});

test("other encodings pass", () => {
  for (const encoding of ["7bit", "8bit", "binary", "x-unknown", ""])
    expect(decoded("a=41\xe4", encoding)).toBe("a=41\xe4");
});

test("in pieces of any size the result is the same", () => {
  const text = fc.string({
    unit: fc.constantFrom(..."=\r\n \tAb4+/e".split(""), "=\r\n", "=41", "begin 644 x\n", "end\n", "#0V%T\n"),
    maxLength: 80,
  });
  fc.assert(
    fc.property(
      fc.constantFrom("base64", "quoted-printable", "x-uuencode", "8bit"),
      text,
      fc.integer({ min: 1, max: 9 }),
      (encoding, input, size) => {
        const bytes = Buffer.from(input, "latin1");
        const decoder = bodyDecoder(encoding);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(decoder.write(bytes.subarray(at, at + size)));
        pieces.push(decoder.end());
        expect(Buffer.concat(pieces)).toEqual(Buffer.from(decodeBody(bytes, encoding)));
      },
    ),
    { numRuns: 5000 },
  );
});
