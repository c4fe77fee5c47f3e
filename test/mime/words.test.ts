import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  decodeCharset,
  decodeWords,
  encodeText,
  Header,
  parseParameters,
  rawParameter,
  textField,
  textParameter,
} from "../../src/mime/mime.ts";
import { firstOctets } from "../../src/mime/octets.ts";
import { decodeOctetWords } from "../../src/mime/words.ts";

describe("encoded words (RFC 2047)", () => {
  const cases: [text: string, expected: string][] = [
    // The table of §8.
    ["(=?ISO-8859-1?Q?a?=)", "(a)"],
    ["(=?ISO-8859-1?Q?a?= b)", "(a b)"],
    ["(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"],
    ["(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"],
    ["(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"],
    ["(=?ISO-8859-1?Q?a_b?=)", "(a b)"],
    ["(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"],
    // The other examples of §8.
    ["=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"],
    ["=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"],
    ["=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"],
    [
      "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
      "If you can read this you understand the example.",
    ],
    ["=?ISO-8859-1?Q?Olle_J=E4rnefors?=", "Olle Järnefors"],
    ["=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik Fältström"],
    ["=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=", "םולש ןב ילטפנ"],
    // Split characters.
    ["=?utf-8?q?=E2=82?= =?UTF-8?Q?=AC?=", "€"],
    ["=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"],
    ["=?utf-8?b?4oI=?= =?utf-8?q?=AC?=", "€"],
    ["=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= =?iso-2022-jp?b?GyRCOGwbKEI=?=", "日本語"],
    ["=?gb2312?b?xOO6ww==?=", "你好"],
    ["=?big5?b?p0Gmbg==?=", "你好"],
    ["=?euc-kr?b?vsiz5w==?=", "안녕"],
    ["=?koi8-r?b?8NLJ18XU?=", "Привет"],
    ["=?windows-1251?q?=CF=F0=E8=E2=E5=F2?=", "Привет"],
    ["=?utf-7?q?+AOQ-?=", "ä"],
    ["=?cp850?q?=84?=", "ä"],
    // Careless writers.
    ["=?utf-8*de?q?=C3=A4?=", "ä"],
    ["=?utf-8?q?a b?=", "a b"],
    ["a=?utf-8?q?b?=c", "abc"],
    ["=?utf-8?q?=c3=a4?=", "ä"],
    ["=?utf-8?q?=ZZ=?=", "=ZZ="],
    ["=?utf-8?b?w6Q?=", "ä"],
    ["=?utf-8?b?w6Q===?=", "ä"],
    ["=?utf-8?q??=", ""],
    ["=?nonsense?q?=E4?=", "ä"],
    ["=?nonsense?q?=C3=A4?=", "ä"],
    ["=?us-ascii?q?=C3=A4?=", "ä"],
    ["=?utf-8?q?=FF?=", "\ufffd"],
    ["=?utf-8?x?a?=", "=?utf-8?x?a?="],
    ["=?utf-8?q?a", "=?utf-8?q?a"],
    ["=?", "=?"],
    ["déjà =?utf-8?q?vu?=", "déjà vu"],
  ];
  test.each(cases)("%s", (text, expected) => {
    expect(decodeWords(text)).toBe(expected);
  });

  test("octets outside of words are UTF-8, or else windows-1252, or what the message says", () => {
    expect(decodeOctetWords("d\xc3\xa9j\xc3\xa0 =?utf-8?q?vu?=")).toBe("déjà vu");
    expect(decodeOctetWords("d\xe9j\xe0 \x80")).toBe("déjà €");
    expect(decodeOctetWords("\xf0\xd2", (bytes) => decodeCharset(bytes, "koi8-r"))).toBe("Пр");
    expect(new Header("Subject: \xc3\xa0\r\n").get("subject")).toBe("à");
  });

  test("text that was encoded is decoded as it was", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 120 }).map((s) => s.replace(/\p{C}+/gu, " ").trim());
    fc.assert(
      fc.property(text, (subject) => {
        expect(decodeWords(encodeText(subject))).toBe(subject);
        const field = textField("Subject", subject);
        expect(decodeWords(new Header(Buffer.from(field)).get("subject") ?? "")).toBe(subject);
        expect(field.split("\r\n").every((line) => line.length <= 78 || !line.slice(1).includes(" "))).toBe(true);
        expect(/^[\x20-\x7e\r\n]*$/.test(field)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("charsets", () => {
  const cases: [charset: string, octets: number[], expected: string][] = [
    ["UTF-8", [0xef, 0xbb, 0xbf, 0x61], "a"],
    ["utf8", [0xc3, 0xa4], "ä"],
    ['"iso-8859-1"', [0xe4, 0x80], "ä€"],
    ["ISO_8859-15", [0xa4], "€"],
    ["iso8859-2", [0xb1], "ą"],
    ["latin1", [0xe4], "ä"],
    ["win-1250", [0xb9], "ą"],
    ["cp1252", [0x80], "€"],
    ["x-cp1251", [0xcf], "П"],
    ["cp-437", [0x84], "ä"],
    ["ks_c_5601-1987", [0xbe, 0xc8], "안"],
    ["utf-16le", [0x61, 0], "a"],
    ["macintosh", [0x8a], "ä"],
    ["", [0xc3, 0xa4], "ä"],
    ["", [0xe4], "ä"],
    ["8bit", [0xe4], "ä"],
    ["constructor", [0xe4], "ä"],
    ["__proto__", [0x61], "a"],
  ];
  test.each(cases)("%s", (charset, octets, expected) => {
    expect(decodeCharset(new Uint8Array(octets), charset)).toBe(expected);
  });
});

describe("parameters (RFC 2045, RFC 2231)", () => {
  const cases: [value: string, name: string, expected: string | undefined][] = [
    ["text/plain; charset=us-ascii (Plain text)", "charset", "us-ascii"],
    ['text/plain; charset="us-ascii"', "charset", "us-ascii"],
    // RFC 2231 §3 and §4.
    [
      'message/external-body; access-type=URL;\r\n URL*0="ftp://";\r\n URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
      "url",
      "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar",
    ],
    ["application/x-stuff;\r\n title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title", "This is ***fun***"],
    [
      "application/x-stuff;\r\n title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n title*2=\"isn't it!\"",
      "title",
      "This is even more ***fun*** isn't it!",
    ],
    ["a; x*0*=utf-8''%E2%82; x*1*=%AC", "x", "€"],
    ["a; x*1*=%AC; x*0*=utf-8''%E2%82", "x", "€"],
    ["a; x*=''%C3%A4", "x", "ä"],
    ["a; x*=iso-8859-1''%E4; x=fallback", "x", "ä"],
    ["a; x=fallback; x*=iso-8859-1''%E4", "x", "ä"],
    ["a; x*=noquotes%20here", "x", "noquotes here"],
    ["a; x*=utf-8''%ZZ%4", "x", "%ZZ%4"],
    ["a; x*1=b", "x", undefined],
    ["a; x*0=b; x*2=c", "x", "b"],
    ["a; x*0=b; x*0=c", "x", "b"],
    ['a; x="=?utf-8?q?=C3=A4?="', "x", "ä"],
    ["a; x=\xc3\xa4", "x", "ä"],
    ["a; x=\xe4", "x", "ä"],
    ['a; x="a \\"b\\" \\\\c"', "x", 'a "b" \\c'],
    ['a; x="unclosed', "x", "unclosed"],
    ['a; x="a"junk; y=b', "y", "b"],
    ["a; filename=my file (1).pdf; y=b", "filename", "my file (1).pdf"],
    ["a; charset=utf-8 junk", "charset", "utf-8"],
    ["a charset=utf-8", "charset", "utf-8"],
    ["a; ; ;x = y ; z", "x", "y"],
    ["a; X=Y; x=z", "x", "Y"],
    ["a; x=", "x", ""],
    ["a; =b; x=y", "x", "y"],
    ["a; x", "x", undefined],
  ];
  test.each(cases)("%s", (value, name, expected) => {
    expect(textParameter(parseParameters(value).params, name)).toBe(expected as string);
  });

  test("a parameter without a charset of its own keeps its octets", () => {
    const { params } = parseParameters('multipart/mixed; boundary*0="a "; boundary*1=b');
    expect(rawParameter(params, "boundary")).toBe("a b");
    expect(rawParameter(parseParameters("a; boundary*=us-ascii''a%20b").params, "boundary")).toBe("a b");
  });
});

describe("values as they are written by mistake", () => {
  const values: [string, string, Record<string, string>][] = [
    ["text / html", "text/html", {}],
    ["text(a)/(b)html(c); (d) charset(e)=(f)utf-8(g)", "text/html", { charset: "utf-8" }],
    ['"text/html"; charset=utf-8', "text/html", { charset: "utf-8" }],
    ["text/html, charset=utf-8", "text/html", { charset: "utf-8" }],
    ["text/html charset=utf-8", "text/html", { charset: "utf-8" }],
    ['"base64"', "base64", {}],
    ["text/", "text/", {}],
    ["/,;", "/", {}],
    ['"', "", {}],
    ["attachment; filename (a) = b", "attachment", { filename: "b" }],
  ];
  for (const [written, value, params] of values) {
    test(written, () => {
      const read = parseParameters(written);
      expect(read.value).toBe(value);
      expect(Object.fromEntries(read.params.map((param) => [param.name, param.value]))).toEqual(params);
    });
  }
});

test("octets are cut between characters", () => {
  const octets = (text: string) => Buffer.from(text).toString("latin1");
  expect(firstOctets("short", 5)).toBe("short");
  expect(firstOctets("longer", 5)).toBe("longe");
  for (const most of [7, 8, 9, 10]) {
    expect(decodeOctetWords(firstOctets(octets("abc😀def😀"), most))).toStartWith("abc");
    expect(decodeOctetWords(firstOctets(octets("abc€😀😀"), most))).toMatch(/^abc€?😀?$/u);
  }
});
