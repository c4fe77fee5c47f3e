import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  attachmentsOf,
  decodeBody,
  decodeCharset,
  decodeStructure,
  decodeWords,
  encodeStructure,
  envelopeOf,
  Header,
  headerText,
  htmlToText,
  imapBodyStructure,
  imapEnvelope,
  locateSection,
  parseAddressList,
  parseDate,
  parseParameters,
  parseStructure,
  StoredStructureError,
  StructureParser,
  selectFields,
  textOf,
  textParameter,
} from "../../src/mime/mime.ts";
import { zoneNamed } from "../../src/mime/zones.ts";
import { processorMs } from "../timing.ts";
import { expectNested, expectSound } from "./sound.ts";

/** Lines that mean something to the parser, in no sensible order. */
const fragment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("--a", "--b", "--ab", "--a--", "--b--", "", "", "\r", "--", "--ab--", " --a"),
  },
  fc.constantFrom(
    "Content-Type: multipart/mixed; boundary=a",
    "Content-Type: multipart/digest; boundary=ab",
    'Content-Type: multipart/alternative; boundary="b"',
    "Content-Type: message/rfc822",
    "Content-Type: message/global",
    "Content-Type: text/html; charset=utf-8",
    "Content-Type: text/plain; name*0*=utf-8''%E2%82; name*1*=%AC",
    'Content-Type: ;=;"(',
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Transfer-Encoding: x-uuencode",
    "Content-Disposition: attachment; filename=",
    "From: =?utf-8?q?=ff?= <a@b>, x:;,, <c",
    "Date: Fri, 21 Nov 1997 09:55:06 -0600",
    "Subject: =?",
    " folded",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const soup = fc
  .array(fc.tuple(fragment, fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", "\r", "")), { maxLength: 60 })
  .map((lines) => Buffer.from(lines.flat().join(""), "utf8"));
const anyBytes = fc.oneof(soup, fc.uint8Array({ maxLength: 300 }));

describe("whatever the octets", () => {
  test("parsing never throws, and every offset lies in the message and in its container", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expectSound(parseStructure(bytes), bytes.length);
      }),
      { numRuns: 3000 },
    );
  });

  test("the same message in other pieces has the same structure", () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (bytes, sizes) => {
        const parser = new StructureParser();
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number;
          parser.write(bytes.subarray(at, at + size));
          at += size;
        }
        expect(parser.end()).toEqual(parseStructure(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test("in pieces too, small limits hold and nothing throws", () => {
    const limits = { headerOctets: 40, totalHeaderOctets: 200, parts: 5, depth: 2 };
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        const parser = new StructureParser(limits);
        for (let at = 0; at < bytes.length; at += size) parser.write(bytes.subarray(at, at + size));
        const structure = parser.end();
        expectSound(structure, bytes.length);
        expect(structure).toEqual(parseStructure(bytes, limits));
      }),
      { numRuns: 3000 },
    );
  });

  test("everything that is made from a structure can be made", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const structure = parseStructure(bytes);
        const read = (start: number, end: number) => bytes.subarray(start, end);
        envelopeOf(structure.root);
        imapEnvelope(structure.root);
        textOf(structure, read, 1000);
        headerText(structure.headerBytes);
        attachmentsOf(structure);
        locateSection(structure, { path: [1], text: "HEADER.FIELDS" });
        selectFields(structure.headerBytes, ["from"], false);
        const stored = decodeStructure(encodeStructure(structure), structure.headerBytes);
        expect(imapBodyStructure(stored.root, { extensible: true })).toEqual(
          imapBodyStructure(structure.root, { extensible: true }),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("the parts of the grammar take any text", () => {
    const specials = fc.string({
      unit: fc.constantFrom(..."<>()[]@,;:.\\\"=? \t\r\n'*%&#aB1\u00e9\u20ac"),
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.oneof(specials, fc.string({ unit: "binary", maxLength: 60 })), (text) => {
        parseAddressList(text);
        parseDate(text);
        decodeWords(text);
        htmlToText(text, 100);
        new Header(text).getAll("a");
        for (const { name } of parseParameters(text).params) textParameter(parseParameters(text).params, name);
        const bytes = Buffer.from(text);
        for (const encoding of ["base64", "quoted-printable", "x-uuencode"]) decodeBody(bytes, encoding);
        decodeCharset(bytes, text);
      }),
      { numRuns: 5000 },
    );
  });

  test("a stored structure that is damaged is refused with an error of its own, or gives sound offsets", () => {
    const good = encodeStructure(
      parseStructure(
        Buffer.from(
          "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-ID: <a>\n\nhello\n--x\nContent-Type: message/rfc822\n\nSubject: y\n\nbody\n--x--\n",
        ),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(good.length),
        (edits, cut) => {
          const bytes = good.slice(0, cut === 0 ? good.length : cut);
          for (const [at, octet] of edits) bytes[at] = octet;
          try {
            const structure = decodeStructure(bytes);
            expectNested(structure.root, 0, structure.size);
            imapBodyStructure(structure.root, { extensible: true });
          } catch (error) {
            expect(error).toBeInstanceOf(StoredStructureError);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("time grows in proportion", () => {
  /** The least of several measurements, in milliseconds. */
  function cost(run: () => void): number {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3; i++) {
      const start = processorMs();
      run();
      least = Math.min(least, processorMs() - start);
    }
    return least;
  }

  const parse = (text: string) => void parseStructure(Buffer.from(text, "latin1"));
  const inHeader = (name: string) => (value: string) => {
    const structure = parseStructure(Buffer.from(`${name}: ${value}\n\n`, "latin1"), {
      headerOctets: 1e7,
      totalHeaderOctets: 1e7,
    });
    envelopeOf(structure.root);
    imapEnvelope(structure.root);
    imapBodyStructure(structure.root, { extensible: true });
    encodeStructure(structure);
  };
  const attached = (name: string) => {
    const bytes = Buffer.from(
      `Content-Type: image/png\nContent-Disposition: attachment; filename=${name}\n\n`,
      "latin1",
    );
    attachmentsOf(parseStructure(bytes, { headerOctets: 1e7, totalHeaderOctets: 1e7 }));
  };
  const searched = (text: string) => {
    const bytes = Buffer.from(`\n${text}`);
    textOf(parseStructure(bytes), (start, end) => bytes.subarray(start, end), 1e6);
  };
  const multipart = (body: string) => parse(`Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${body}`);
  const deep = Array.from({ length: 49 }, (_, i) => {
    const boundary = "a".repeat(200 + i);
    return `Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n`;
  }).join("");
  const decoded = (encoding: string) => (text: string) => void decodeBody(Buffer.from(text, "latin1"), encoding);

  const cases: [name: string, run: (text: string) => void, unit: string][] = [
    ["lines of a body", multipart, "\n"],
    ["lines that begin like delimiters", multipart, "\n--"],
    ["delimiters", multipart, "--b\n"],
    ["delimiters with headers", multipart, "--b\nA: b\n\n"],
    ["delimiters of 49 levels that all but match", (text) => parse(deep + text), `--${"a".repeat(199)}\n`],
    ["short lines in 49 levels", (text) => parse(deep + text), "\n--a"],
    ["fields", parse, "a:\n"],
    ["folded lines", parse, "a:\n b\n"],
    ["lines that are no fields", parse, "x\n"],
    ["one long line", parse, "x"],
    ["nested multiparts", parse, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"],
    ["nested messages", parse, "Content-Type: message/rfc822\n\n"],
    ["parameters", inHeader("Content-Type"), "a=b;"],
    ["continued parameters", inHeader("Content-Type"), "a*0=b;a*1*=%20;"],
    ["semicolons", inHeader("Content-Type"), ";"],
    ["open comments in parameters", inHeader("Content-Type"), "("],
    ["open quotes in parameters", inHeader("Content-Type"), 'a="'],
    ["languages", inHeader("Content-Language"), "(a,"],
    ...[
      "<",
      "(",
      '"',
      "@",
      ",",
      "a@",
      ":",
      ";",
      "((a)",
      "[",
      "a@[",
      "=?",
      "=?a?q?",
      ".",
      "a ",
      "\\",
      '"a"',
      "<a@b>",
      "a@b ",
      "<@a,",
      ">",
      "(a)",
    ].map((unit): [string, (text: string) => void, string] => [`addresses of ${unit}`, inHeader("From"), unit]),
    ["addresses of words before colons", (text) => inHeader("From")(`${text}@${":".repeat(text.length)}`), "a "],
    ...["=?", "=?utf-8?q?a?= ", "=?a?q?", "=?a?b?b", " ", "=?utf-8?b?YQ==?=x"].map(
      (unit): [string, (text: string) => void, string] => [`a subject of ${unit}`, inHeader("Subject"), unit],
    ),
    ["message identifiers", inHeader("References"), "<a"],
    ["words that are no message identifiers", (text) => inHeader("Message-ID")(`${text} x`), "@"],
    ["a boundary of blanks", (text) => inHeader("Content-Type")(`multipart/mixed; boundary="a${text}b"`), " "],
    ["a charset of blanks", (text) => void decodeCharset(Buffer.from("\xe4", "latin1"), `x${text}y`), " "],
    ["file names of slashes", (text) => attached(`"a${text}b"`), "/"],
    ["file names of blanks", (text) => attached(`a${text}b`), " "],
    ["extended file names", (text) => attached(`x; filename*=utf-8''${text}`), "%"],
    ["a searched of quotations", searched, ">\n"],
    ["a searched of blanks", searched, " \t"],
    ...["<", "<!--", '<a "', "<a '", "&", "<script>", "</", "<p>", "a ", "&#65;", "<style", "\u00ad ", " \u200d"].map(
      (unit): [string, (text: string) => void, string] => [
        `HTML of ${unit}`,
        (text) => void htmlToText(text, 1e9),
        unit,
      ],
    ),
    ...["=", " ", "=\r\n", "= ", "=4", "\t\n", "\r"].map((unit): [string, (text: string) => void, string] => [
      `quoted-printable of ${JSON.stringify(unit)}`,
      decoded("quoted-printable"),
      unit,
    ]),
    ["base64 of padding", decoded("base64"), "Y="],
    ["base64 of rubbish", decoded("base64"), "!"],
    ["uuencoded lines", decoded("x-uuencode"), "begin 644 a\n"],
    ["a header to select from", (text) => void selectFields(Buffer.from(text), ["a"], true), "a: b\n"],
    ["dates", (text) => void parseDate(text), "("],
    ["names of zones", (text) => void zoneNamed(text), "A"],
  ];

  test.each(cases)("%s", (_, run, unit) => {
    const small = unit.repeat(Math.ceil(20_000 / unit.length));
    const large = unit.repeat(Math.ceil(160_000 / unit.length));
    run(small);
    // Eight times the input: linear code takes eight times as long, quadratic code sixty-four times.
    expect(cost(() => run(large))).toBeLessThan(Math.max(25 * cost(() => run(small)), 20));
  });

  test("one octet at a time is linear too", () => {
    const feed = (bytes: Uint8Array) => {
      const parser = new StructureParser();
      for (let at = 0; at < bytes.length; at++) parser.write(bytes.subarray(at, at + 1));
      parser.end();
    };
    for (const unit of ["x", "\n--", "--b\n", "a: b\n", " "]) {
      const message = (size: number) =>
        Buffer.from(`Content-Type: multipart/mixed; boundary=b\n\n--b\n${unit.repeat(size / unit.length)}`);
      const [small, large] = [message(10_000), message(80_000)];
      feed(small);
      expect(cost(() => feed(large))).toBeLessThan(Math.max(25 * cost(() => feed(small)), 15));
    }
  });
});
