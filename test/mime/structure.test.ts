import { describe, expect, test } from "bun:test";
import { findPart, type Part, parseStructure, StructureParser } from "../../src/mime/mime.ts";
import { Dice, generate, type Written } from "./generate.ts";

function crlf(text: string): Buffer {
  return Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");
}

/** A structure as lines "number type [body]". */
function outline(bytes: Uint8Array, part: Part): string[] {
  const body = Buffer.from(bytes.slice(part.bodyStart, part.bodyEnd)).toString("latin1");
  const own = part.children.length > 0 || part.message ? "" : ` ${JSON.stringify(body)}`;
  const inner = [...part.children, ...(part.message ? [part.message] : [])].flatMap((child) => outline(bytes, child));
  return [`${part.partNumber} ${part.type}/${part.subtype}${own}`, ...inner];
}

function outlineOf(text: string): string[] {
  const bytes = crlf(text);
  return outline(bytes, parseStructure(bytes).root);
}

describe("multiparts", () => {
  test("the example of RFC 2046 §5.1.1: preamble and epilogue are no parts, the line end before a boundary is no text", () => {
    const message = `From: Nathaniel Borenstein <nsb@bellcore.com>
To: Ned Freed <ned@innosoft.com>
Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)
Subject: Sample message
MIME-Version: 1.0
Content-type: multipart/mixed; boundary="simple boundary"

This is the preamble.  It is to be ignored, though it
is a handy place for composition agents to include an
explanatory note to non-MIME conformant readers.

--simple boundary

This is implicitly typed plain US-ASCII text.
It does NOT end with a linebreak.
--simple boundary
Content-type: text/plain; charset=us-ascii

This is explicitly typed plain US-ASCII text.
It DOES end with a linebreak.

--simple boundary--

This is the epilogue.  It is also to be ignored.
`;
    expect(outlineOf(message)).toEqual([
      "TEXT multipart/mixed",
      '1 text/plain "This is implicitly typed plain US-ASCII text.\\r\\nIt does NOT end with a linebreak."',
      '2 text/plain "This is explicitly typed plain US-ASCII text.\\r\\nIt DOES end with a linebreak.\\r\\n"',
    ]);
  });

  test("the example of RFC 2046 §5.1.5: parts of a digest are messages", () => {
    const message = `From: Moderator-Address
Content-Type: multipart/mixed;
 boundary="---- main boundary ----"

------ main boundary ----

...Introductory text or table of contents...

------ main boundary ----
Content-Type: multipart/digest;
              boundary="---- next message ----"

------ next message ----

From: someone-else
Subject: my opinion

...body goes here ...

------ next message ----

From: someone-else-again
Subject: my different opinion

... another body goes here ...

------ next message ------

------ main boundary ------
`;
    expect(outlineOf(message)).toEqual([
      "TEXT multipart/mixed",
      '1 text/plain "...Introductory text or table of contents...\\r\\n"',
      "2 multipart/digest",
      "2.1 message/rfc822",
      '2.1.1 text/plain "...body goes here ...\\r\\n"',
      "2.2 message/rfc822",
      '2.2.1 text/plain "... another body goes here ...\\r\\n"',
    ]);
  });

  test("the numbering of RFC 9051 §6.4.5.1", () => {
    const message = `Content-Type: multipart/mixed; boundary=a

--a
Content-Type: text/plain

1
--a
Content-Type: application/octet-stream

2
--a
Content-Type: message/rfc822

Subject: 3
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

3.1
--b
Content-Type: application/octet-stream

3.2
--b--
--a
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: image/gif

4.1
--c
Content-Type: message/rfc822

Content-Type: multipart/mixed; boundary=d

--d

4.2.1
--d
Content-Type: multipart/alternative; boundary=e

--e

4.2.2.1
--e
Content-Type: text/enriched

4.2.2.2
--e--
--d--
--c--
--a--
`;
    const bytes = crlf(message);
    const { root } = parseStructure(bytes);
    for (const number of ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"]) {
      const part = findPart(root, number.split(".").map(Number));
      expect(part?.partNumber).toBe(number);
      expect(bytes.toString("latin1", part?.bodyStart, part?.bodyEnd)).toBe(number);
    }
    expect(findPart(root, [3])?.type).toBe("message");
    expect(findPart(root, [4, 2, 2])?.subtype).toBe("alternative");
    for (const path of [[5], [1, 1], [4, 3], [0], [4, 2, 2, 3], [-1]]) expect(findPart(root, path)).toBeUndefined();
  });

  const cases: [name: string, message: string, expected: string[]][] = [
    ["no header at all", "\nhello\n", ['1 text/plain "hello\\r\\n"']],
    ["an empty message", "", ['1 text/plain ""']],
    ["a header without a blank line", "Subject: x", ['1 text/plain ""']],
    ["a lonely line end", "\n", ['1 text/plain ""']],
    [
      "a boundary that never comes: the text stays readable",
      "Content-Type: multipart/mixed; boundary=x\n\nhello\n--y\n",
      ['1 text/plain "hello\\r\\n--y\\r\\n"'],
    ],
    [
      "no boundary parameter",
      "Content-Type: multipart/mixed\n\n--x\n\nhello\n--x--\n",
      ['1 text/plain "--x\\r\\n\\r\\nhello\\r\\n--x--\\r\\n"'],
    ],
    [
      "an empty boundary",
      'Content-Type: multipart/mixed; boundary=""\n\n--\n\nhello\n----\n',
      ['1 text/plain "--\\r\\n\\r\\nhello\\r\\n----\\r\\n"'],
    ],
    ["only a close delimiter", "Content-Type: multipart/mixed; boundary=x\n\n--x--\n", ['1 text/plain "--x--\\r\\n"']],
    [
      "an unterminated multipart",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n",
      ["TEXT multipart/mixed", '1 text/plain "hello\\r\\n"'],
    ],
    [
      "a close delimiter without a line end",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x--",
      ["TEXT multipart/mixed", '1 text/plain "hello"'],
    ],
    [
      "a boundary at the very end",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n",
      ["TEXT multipart/mixed", '1 text/plain "hello"', '2 text/plain ""'],
    ],
    [
      "boundaries in a row",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n\n--x\nA: b\n--x--\n",
      ["TEXT multipart/mixed", '1 text/plain ""', '2 text/plain ""', '3 text/plain ""'],
    ],
    [
      "a delimiter only begins with the boundary",
      "Content-Type: multipart/mixed; boundary=x\n\n--x and more \t\n\nhello\n --x\n-x\n--x--more\nepilogue",
      ["TEXT multipart/mixed", '1 text/plain "hello\\r\\n --x\\r\\n-x"'],
    ],
    [
      "the inner multipart is not closed before the outer boundary",
      "Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: multipart/alternative; boundary=in\n\n--in\n\nA\n--out\n\nB\n--out--\n",
      ["TEXT multipart/mixed", "1 multipart/alternative", '1.1 text/plain "A"', '2 text/plain "B"'],
    ],
    [
      "the same boundary inside and outside: the inner one has it until it is closed",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nA\n--b--\n--b\n\nB\n--b--\n",
      ["TEXT multipart/mixed", "1 multipart/alternative", '1.1 text/plain "A"', '2 text/plain "B"'],
    ],
    [
      "an inner boundary that begins with the outer one",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\nA\n--bb\n\nB\n--bb--\n--b\n\nC\n--b--\n",
      [
        "TEXT multipart/mixed",
        "1 multipart/alternative",
        '1.1 text/plain "A"',
        '1.2 text/plain "B"',
        '2 text/plain "C"',
      ],
    ],
    [
      "an outer boundary that begins with the inner one",
      "Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nA\n--b--\n--bb\n\nC\n--bb--\n",
      ["TEXT multipart/mixed", "1 multipart/alternative", '1.1 text/plain "A"', '2 text/plain "C"'],
    ],
    [
      "a message cut short by the boundary around it",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nSubject: a\n--x\nContent-Type: message/rfc822\n\nSubject: b\n\n--x--\n",
      ["TEXT multipart/mixed", "1 message/rfc822", '1.1 text/plain ""', "2 message/rfc822", '2.1 text/plain ""'],
    ],
    [
      "an encoded message is a file",
      "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogYQ==\n",
      ['1 message/rfc822 "U3ViamVjdDogYQ==\\r\\n"'],
    ],
    [
      "a message that is a message",
      "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: x\n\nhello",
      ["1 message/rfc822", "1.1 message/rfc822", '1.1.1 text/plain "hello"'],
    ],
    ["a type without a subtype", "Content-Type: text\n\nx", ['1 text/plain "x"']],
    ["a type that is none", "Content-Type: pdf\n\nx", ['1 application/octet-stream "x"']],
    ["an empty type", "Content-Type:\n\nx", ['1 text/plain "x"']],
    ["the first of two types", "Content-Type: text/html\nContent-Type: image/png\n\nx", ['1 text/html "x"']],
    ["a comment in the type", "Content-Type: (hi) text/html (there) ; charset=utf-8\n\nx", ['1 text/html "x"']],
    [
      "a boundary that begins with a space",
      'Content-Type: multipart/mixed; boundary=" a"\n\n-- a\n\nx\n-- a--\n',
      ["TEXT multipart/mixed", '1 text/plain "x"'],
    ],
    [
      "a boundary in RFC 2231 form with a trailing space",
      'Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b "\n\n--ab\n\nx\n--ab--\n',
      ["TEXT multipart/mixed", '1 text/plain "x"'],
    ],
  ];
  test.each(cases)("%s", (_, message, expected) => {
    expect(outlineOf(message)).toEqual(expected);
    const lfOnly = Buffer.from(message, "latin1");
    expect(outline(lfOnly, parseStructure(lfOnly).root)).toEqual(expected.map((line) => line.replaceAll("\\r", "")));
  });
});

describe("limits", () => {
  test("beyond the number of parts the last one takes the rest, and is a file", () => {
    const bytes = crlf(`Content-Type: multipart/mixed; boundary=x\n\n${"--x\n\nhello\n".repeat(50)}--x--\n`);
    const { root, size } = parseStructure(bytes, { parts: 11 });
    expect(root.children.length).toBe(10);
    expect(root.children[9]).toMatchObject({ opaque: true, bodyEnd: size });
    expect(root.children[8]).toMatchObject({ opaque: false });
  });

  test("ten thousand levels end at the limit of the depth", () => {
    const levels = Array.from(
      { length: 10_000 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
    );
    let part: Part | undefined = parseStructure(crlf(levels.join(""))).root;
    let depth = 0;
    for (; part; part = part.children[0]) {
      depth++;
      expect(part.opaque).toBe(depth === 51);
    }
    expect(depth).toBe(51);
  });

  test("nested messages end at the limit too", () => {
    let part: Part | undefined = parseStructure(crlf("Content-Type: message/rfc822\n\n".repeat(10_000))).root;
    let depth = 0;
    for (; part; part = part.message) depth++;
    expect(depth).toBe(51);
  });

  test("a header beyond its limit is read as far as it goes, and still ends at its blank line", () => {
    const bytes = crlf(`Subject: first\n${"X-Filler: x\n".repeat(100_000)}Content-Type: text/html\n\nbody`);
    const structure = parseStructure(bytes);
    expect(structure.headerBytes.length).toBe(256 * 1024);
    expect(structure.root.header?.get("subject")).toBe("first");
    expect(structure.root.type).toBe("text");
    expect(bytes.toString("latin1", structure.root.bodyStart)).toBe("body");
  });

  test("the header kept is the same in pieces", () => {
    const bytes = crlf(`Subject: first\n${"X-Filler: x\n".repeat(1000)}\nbody`);
    const parser = new StructureParser({ headerOctets: 500 });
    for (let at = 0; at < bytes.length; at += 7) parser.write(bytes.subarray(at, at + 7));
    expect(parser.end()).toEqual(parseStructure(bytes, { headerOctets: 500 }));
  });
});

describe("generated messages", () => {
  function expectSame(part: Part, written: Written, seed: number): void {
    const { headerStart, bodyStart, bodyEnd, lines } = part;
    expect({ seed, type: `${part.type}/${part.subtype}`, headerStart, bodyStart, bodyEnd, lines }).toEqual({
      seed,
      type: written.type,
      headerStart: written.headerStart,
      bodyStart: written.bodyStart,
      bodyEnd: written.bodyEnd,
      lines: written.lines,
    });
    expect(part.children.length).toBe(written.children.length);
    for (const [i, child] of part.children.entries()) expectSame(child, written.children[i] as Written, seed);
    if (part.message || written.message) expectSame(part.message as Part, written.message as Written, seed);
  }

  test("every offset of 5000 messages is where it was written", () => {
    for (let seed = 1; seed <= 5000; seed++) {
      const { bytes, root } = generate(seed);
      const structure = parseStructure(bytes);
      expect(structure.size).toBe(bytes.length);
      expectSame(structure.root, root, seed);
    }
  });

  test("in pieces of any size 1500 messages give the same", () => {
    const dice = new Dice(7);
    for (let seed = 1; seed <= 1500; seed++) {
      const { bytes } = generate(seed);
      const parser = new StructureParser();
      const most = dice.pick([1, 2, 5, 40, 1000]);
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + dice.below(most);
        parser.write(bytes.subarray(at, at + size));
        at += size;
      }
      expect(parser.end()).toEqual(parseStructure(bytes));
    }
  });
});
