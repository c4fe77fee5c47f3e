import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FetchItem, fetchItems } from "../../src/services/imap/fetch-items.ts";
import {
  type CommandText,
  GrammarError,
  inboxName,
  LiteralPending,
  literalMark,
  Parser,
} from "../../src/services/imap/parse.ts";
import { searchProgram, UnknownCharset } from "../../src/services/imap/search-program.ts";
import { STAR } from "../../src/services/imap/sequence.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A command's text from lines and literals in turn. */
function command(...parts: string[]): CommandText {
  return {
    lines: parts.filter((_, i) => i % 2 === 0).map(utf8),
    literals: parts.filter((_, i) => i % 2 === 1).map(utf8),
  };
}

const parser = (...parts: string[]) => new Parser(command(...parts));
const asText = (octets: Uint8Array) => new TextDecoder().decode(octets);

function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof GrammarError) return error.message;
    throw error;
  }
  return "not refused";
}

describe("literal announcements", () => {
  const marks: [string, unknown][] = [
    ["a LOGIN {5}", { size: 5, synchronising: true, binary: false, at: 8 }],
    ["a LOGIN {5+}", { size: 5, synchronising: false, binary: false, at: 8 }],
    ["a APPEND x ~{10+}", { size: 10, synchronising: false, binary: true, at: 11 }],
    ["{0}", { size: 0, synchronising: true, binary: false, at: 0 }],
    ["a LOGIN {}", undefined],
    ["a LOGIN {-1}", undefined],
    ["a LOGIN {5} ", undefined],
    ["a LOGIN 5}", undefined],
    ["a {99999999999999999999}", undefined],
    ["}", undefined],
    ["", undefined],
  ];
  for (const [line, mark] of marks) {
    test(`${JSON.stringify(line)} ${mark ? "announces one" : "announces none"}`, () => {
      expect(literalMark(utf8(line))).toEqual(mark as never);
    });
  }
});

describe("strings", () => {
  test("an astring is an atom, a quoted string or a literal", () => {
    expect(asText(parser("foo]bar baz").astring())).toBe("foo]bar");
    expect(asText(parser('"a \\"quoted\\" \\\\ string"').astring())).toBe('a "quoted" \\ string');
    const p = parser("{3}", "x\ny", " z");
    expect(asText(p.astring())).toBe("x\ny");
    p.space();
    expect(p.atom()).toBe("z");
    p.end();
  });

  test("a literal that has not come yet is told apart from a mistake", () => {
    expect(() => parser("{3}").astring()).toThrow(LiteralPending);
  });

  const mistakes: [string, string][] = [
    ['"no end', "The quoted string does not end at octet 1"],
    ['"bad \\n escape"', 'Only "\\" and "\\"" may follow a backslash at octet 7'],
    ["", "Expected a string at octet 1"],
    ["(", "Expected a string at octet 1"],
    ["{4", "Expected a string at octet 1"],
  ];
  for (const [line, complaint] of mistakes) {
    test(`${JSON.stringify(line)} is refused with its place`, () => {
      expect(refused(() => parser(line).astring())).toBe(complaint);
    });
  }

  test("places count on over literals", () => {
    const p = parser("x {1}", "y", " (");
    p.atom();
    p.space();
    p.astring();
    p.space();
    expect(refused(() => p.atom())).toBe("Expected an atom at octet 7");
  });

  test("NIL is no string where a string may be missing", () => {
    expect(parser("nil").nstring()).toBeUndefined();
    expect(parser('"NIL"').nstring()).toBe("NIL");
  });
});

describe("numbers, flags, dates", () => {
  test("numbers have 32 bits", () => {
    expect(parser("4294967295").number()).toBe(4294967295);
    expect(refused(() => parser("4294967296").number())).toContain("too large");
    expect(refused(() => parser("0").nonZero())).toContain("not 0");
    expect(parser("99999999999").number64()).toBe(99999999999);
  });

  test("system flags are spelled our way, keywords as they came", () => {
    expect(parser("(\\sEEN $Forwarded \\Draft)").flagList()).toEqual(["\\Seen", "$Forwarded", "\\Draft"]);
    expect(parser("()").flagList()).toEqual([]);
    expect(refused(() => parser("(\\Recent)").flagList())).toContain("no flag that can be set");
    expect(refused(() => parser("(a(b)").flagList())).toContain('Expected ")"');
  });

  test("a date-time becomes an instant", () => {
    expect(parser('" 7-Feb-1994 21:52:25 -0800"').dateTime()).toBe(Date.UTC(1994, 1, 8, 5, 52, 25));
    expect(parser('"17-Jul-1996 02:44:25 +0530"').dateTime()).toBe(Date.UTC(1996, 6, 16, 21, 14, 25));
  });

  for (const date of ['"31-Feb-1994 00:00:00 +0000"', '"1994-02-07"', '" 7-Feb-1994 25:00:00 +0000"', '"x"']) {
    test(`${date} is no date-time`, () => {
      expect(() => parser(date).dateTime()).toThrow(GrammarError);
    });
  }

  test("a search date becomes a day", () => {
    expect(parser("1-Feb-1994").date()).toBe(Date.UTC(1994, 1, 1) / 86_400_000);
    expect(parser('"01-feb-1994"').date()).toBe(Date.UTC(1994, 1, 1) / 86_400_000);
    expect(() => parser("30-Feb-1994").date()).toThrow(GrammarError);
  });
});

describe("folder names", () => {
  test("INBOX does not mind case, other names do", () => {
    expect(inboxName("inBox")).toBe("INBOX");
    expect(inboxName("inbox/Lists")).toBe("INBOX/Lists");
    expect(inboxName("inboxes")).toBe("inboxes");
    expect(parser("iNbOx").folder()).toBe("INBOX");
  });

  test("names are modified UTF-7, or UTF-8 once IMAP4rev2 is enabled", () => {
    expect(parser("Entw&APw-rfe").folder()).toBe("Entwürfe");
    expect(new Parser(command('"Entwürfe"'), { utf8: true }).folder()).toBe("Entwürfe");
    expect(new Parser(command("AT&T"), { utf8: true }).folder()).toBe("AT&T");
    expect(refused(() => parser("AT&T").folder())).toContain("not modified UTF-7");
  });

  test("names are taken in NFC", () => {
    expect(new Parser(command('"u\u0308"'), { utf8: true }).folder()).toBe("\u00fc");
  });

  test("patterns may hold wildcards", () => {
    expect(parser("Work/%").pattern()).toBe("Work/%");
    expect(parser('"*"').pattern()).toBe("*");
  });

  test("octets that are not UTF-8 are refused", () => {
    const text = { lines: [Uint8Array.of(0x22, 0xff, 0x22)], literals: [] };
    expect(refused(() => new Parser(text).folder())).toContain("not UTF-8");
  });
});

describe("sequence sets", () => {
  test("numbers, ranges and stars", () => {
    expect(parser("1,3:5,*,7:*").sequenceSet()).toEqual([
      { first: 1, last: 1 },
      { first: 3, last: 5 },
      { first: STAR, last: STAR },
      { first: 7, last: STAR },
    ]);
    expect(parser("$").sequenceSet()).toBe("saved");
  });
  for (const set of ["0", "1,", "1:", ":1", "a", "1,,2", ""]) {
    test(`${JSON.stringify(set)} is none`, () => {
      expect(() => parser(set).sequenceSet()).toThrow(GrammarError);
    });
  }
});

describe("FETCH items", () => {
  const read = (text: string): FetchItem[] => {
    const p = parser(text);
    const items = fetchItems(p);
    p.end();
    return items;
  };
  const labels: [string, string][] = [
    ["BODY[]", "BODY[]"],
    ["body.peek[1.2.mime]", "BODY[1.2.MIME]"],
    ["BODY[TEXT]<0.100>", "BODY[TEXT]<0>"],
    ["BODY[1]<5.1>", "BODY[1]<5>"],
    ['BODY[HEADER.FIELDS ("subject" From)]', "BODY[HEADER.FIELDS (SUBJECT FROM)]"],
    ["BODY[2.HEADER.FIELDS.NOT (Received)]", "BODY[2.HEADER.FIELDS.NOT (RECEIVED)]"],
    ["BINARY[1.2]<3.4>", "BINARY[1.2]<3>"],
    ["BINARY.SIZE[3]", "BINARY.SIZE[3]"],
    ["RFC822", "RFC822"],
    ["RFC822.HEADER", "RFC822.HEADER"],
  ];
  for (const [text, label] of labels) {
    test(`${text} is answered as ${label}`, () => {
      expect(read(text)).toMatchObject([{ label }]);
    });
  }

  test("BODY alone is the structure, with a bracket it is the content", () => {
    expect(read("(BODY BODYSTRUCTURE BODY[TEXT])")).toMatchObject([
      { kind: "body" },
      { kind: "bodyStructure" },
      { kind: "section", peek: false },
    ]);
  });

  test("macros stand alone", () => {
    expect(read("FAST").map(({ kind }) => kind)).toEqual(["flags", "internalDate", "size"]);
    expect(read("FULL").map(({ kind }) => kind)).toEqual(["flags", "internalDate", "size", "envelope", "body"]);
    expect(() => read("(FAST)")).toThrow(GrammarError);
  });

  const wrong = [
    "",
    "()",
    "FLAGGS",
    "BODY[",
    "BODY[]<0>",
    "BODY[]<0.0>",
    "BODY[MIME]",
    "BODY[0]",
    "BODY[1.]x",
    "BODY[HEADER.FIELDS ()]",
    "BODY[HEADER.FIELDS]",
    "BINARY[TEXT]",
    "FLAGS UID",
    "(FLAGS",
    "constructor",
  ];
  for (const text of wrong) {
    test(`${JSON.stringify(text)} is refused`, () => {
      expect(() => read(text)).toThrow(GrammarError);
    });
  }
});

describe("SEARCH programs", () => {
  const decode = (octets: Uint8Array, charset: string) =>
    charset.toLowerCase() === "utf-8" ? new TextDecoder().decode(octets) : undefined;
  const read = (...parts: string[]) => {
    const p = parser(...parts);
    const program = searchProgram(p, { decode });
    p.end();
    return program;
  };

  test("keys side by side must all hold", () => {
    expect(read("UNSEEN FROM smith").key).toEqual({
      key: "and",
      of: [
        { key: "flag", flag: "\\Seen", set: false },
        { key: "header", field: "from", text: "smith" },
      ],
    });
  });

  test("OR, NOT and parentheses nest", () => {
    expect(read("OR NOT DELETED (1:3 UID 5)").key).toMatchObject({
      key: "or",
      of: [
        { key: "not", of: { key: "flag", set: true } },
        { key: "and", of: [{ key: "numbers" }, { key: "uids" }] },
      ],
    });
  });

  test("a literal can be what is looked for", () => {
    expect(read("TEXT {4+}", 'a"b ', " SEEN").key).toMatchObject({ of: [{ key: "text", text: 'a"b ' }, {}] });
  });

  test("RETURN says what is wanted, and () means ALL", () => {
    expect(read("RETURN (MIN COUNT) ALL").returns).toEqual(new Set(["MIN", "COUNT"]) as never);
    expect(read("RETURN () ALL").returns).toEqual(new Set(["ALL"]) as never);
    expect(read("ALL").returns).toBeUndefined();
  });

  test("a charset that is not known is told apart", () => {
    expect(() => read("CHARSET x-klingon TEXT a")).toThrow(UnknownCharset);
    expect(read('CHARSET UTF-8 SUBJECT "ü"').key).toMatchObject({ text: "ü" });
  });

  const wrong = [
    "",
    "FOO",
    "OR SEEN",
    "NOT",
    "(SEEN",
    "SINCE today",
    "LARGER x",
    "KEYWORD (a)",
    "RETURN (X) ALL",
    "UID",
  ];
  for (const text of wrong) {
    test(`${JSON.stringify(text)} is refused`, () => {
      expect(() => read(text)).toThrow(GrammarError);
    });
  }

  test("bottomless nesting and endless lists are refused", () => {
    expect(() => read(`${"NOT ".repeat(5000)}ALL`)).toThrow("nested too deep");
    expect(() => read(`${"(".repeat(5000)}ALL${")".repeat(5000)}`)).toThrow("nested too deep");
    expect(() => read("ALL ".repeat(5000))).toThrow("Too many search keys");
  });
});

describe("whatever comes in", () => {
  const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
  const readers: ((p: Parser) => unknown)[] = [
    (p) => p.tag(),
    (p) => p.folder(),
    (p) => p.pattern(),
    (p) => p.flagList(),
    (p) => p.dateTime(),
    (p) => p.date(),
    (p) => p.nstring(),
    (p) => p.sequenceSet(),
    (p) => fetchItems(p),
    (p) => searchProgram(p, { decode }),
    (p) => p.announcedLiteral("a message"),
  ];
  const only = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      const expected = error instanceof GrammarError || error instanceof LiteralPending;
      if (!expected && !(error instanceof UnknownCharset)) throw error;
    }
  };

  test("octets at random end in a value or a grammar error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (line) => {
        for (const read of readers) only(() => read(new Parser({ lines: [line], literals: [] })));
      }),
      { numRuns: 2000 },
    );
  });

  test("mutated commands end in a value or a grammar error", () => {
    const words = [
      "BODY.PEEK[",
      "HEADER.FIELDS (",
      "1:*",
      "(",
      ")",
      "]",
      '"',
      "\\",
      "{3}",
      "OR ",
      "NOT ",
      "NIL",
      "~{1+}",
    ];
    const tokens = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(tokens, tokens, (first, second) => {
        const text = { lines: [utf8(first.join("")), utf8(second.join(""))], literals: [utf8("abc")] };
        for (const read of readers) only(() => read(new Parser(text)));
      }),
      { numRuns: 2000 },
    );
  });
});
