import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import parser from "imapflow/lib/handler/imap-parser.js";
import type { ImapAttributeList } from "imapflow/lib/handler/types.js";
import { parseBodystructure, parseEnvelope } from "imapflow/lib/tools.js";
import type { MessageStructureObject } from "imapflow/lib/types.js";
import { imapBodyStructure, imapEnvelope, imapString, type Part, parseStructure } from "../../src/mime/mime.ts";
import { generate } from "./generate.ts";
import { checkBody, checkEnvelope, readValue } from "./imap-grammar.ts";

function rootOf(text: string): Part {
  return parseStructure(Buffer.from(text.replaceAll("\n", "\r\n"), "latin1")).root;
}

function envelope(header: string): string {
  return Buffer.from(imapEnvelope(rootOf(`${header}\n\n`))).toString("latin1");
}

function structure(text: string, extensible = true): string {
  return Buffer.from(imapBodyStructure(rootOf(text), { extensible })).toString("latin1");
}

describe("ENVELOPE", () => {
  test("the example of RFC 9051 §8", () => {
    const header = `Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev2 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.ed>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII`;
    expect(envelope(header)).toBe(
      '("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ' +
        '(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ' +
        '(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ' +
        '((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ' +
        '"<B27397-0100000@cac.washington.ed>")',
    );
  });

  const cases: [name: string, header: string, expected: string][] = [
    ["nothing at all", "X: y", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"],
    ["present and empty is not absent", "Subject:\nDate: \nTo:", '("" "" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      "sender and reply-to of their own",
      "From: a@x\nSender: b@x\nReply-To: c@x, d@x",
      '(NIL NIL ((NIL NIL "a" "x")) ((NIL NIL "b" "x")) ((NIL NIL "c" "x")(NIL NIL "d" "x")) NIL NIL NIL NIL NIL)',
    ],
    [
      "an empty sender stands for from",
      "From: a@x\nSender:",
      '(NIL NIL ((NIL NIL "a" "x")) ((NIL NIL "a" "x")) ((NIL NIL "a" "x")) NIL NIL NIL NIL NIL)',
    ],
    [
      "groups",
      "To: A Group:Ed Jones <joe@where.test>,john@dot.test;, undisclosed-recipients:;",
      '(NIL NIL NIL NIL NIL ((NIL NIL "A Group" NIL)("Ed Jones" NIL "joe" "where.test")(NIL NIL "john" "dot.test")(NIL NIL NIL NIL)(NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
    ],
    [
      "a route",
      "To: <@a.test,@b.test:c@d.test>",
      '(NIL NIL NIL NIL NIL ((NIL "@a.test,@b.test" "c" "d.test")) NIL NIL NIL NIL)',
    ],
    ["no domain is not a group", "To: root", '(NIL NIL NIL NIL NIL ((NIL NIL "root" "")) NIL NIL NIL NIL)'],
    [
      "encoded words stay",
      "Subject: =?utf-8?q?=C3=A4?=\nTo: =?utf-8?q?=C3=A4?= <a@x>",
      '(NIL "=?utf-8?q?=C3=A4?=" NIL NIL NIL (("=?utf-8?q?=C3=A4?=" NIL "a" "x")) NIL NIL NIL NIL)',
    ],
    [
      "quotes and backslashes",
      'Subject: a "b" \\c\nTo: "x \\"y\\" \\\\z" <"a b"@x>',
      '(NIL "a \\"b\\" \\\\c" NIL NIL NIL (("x \\"y\\" \\\\z" NIL "a b" "x")) NIL NIL NIL NIL)',
    ],
    [
      "8-bit octets go as literals, unchanged",
      "Subject: \xfc\nTo: \xc3\xbc <\xc3\xbc@x>",
      '(NIL {1}\r\n\xfc NIL NIL NIL (({2}\r\n\xc3\xbc NIL {2}\r\n\xc3\xbc "x")) NIL NIL NIL NIL)',
    ],
    ["folds go, their white space stays", "Subject: a\n b\n\tc", '(NIL "a b\tc" NIL NIL NIL NIL NIL NIL NIL NIL)'],
    [
      "a bare CR goes as a literal, NUL not at all",
      "Subject: a\rb\0c",
      "(NIL {4}\r\na\rbc NIL NIL NIL NIL NIL NIL NIL NIL)",
    ],
    [
      "a comment is a name",
      "From: a@x (Ann)",
      '(NIL NIL (("Ann" NIL "a" "x")) (("Ann" NIL "a" "x")) (("Ann" NIL "a" "x")) NIL NIL NIL NIL NIL)',
    ],
    [
      "several fields of one name",
      "To: a@x\nTo: b@x",
      '(NIL NIL NIL NIL NIL ((NIL NIL "a" "x")(NIL NIL "b" "x")) NIL NIL NIL NIL)',
    ],
    ["a NUL and nothing else", "Subject: \0", "(NIL {0}\r\n NIL NIL NIL NIL NIL NIL NIL NIL)"],
  ];
  test.each(cases)("%s", (_, header, expected) => {
    expect(envelope(header)).toBe(expected);
  });

  test("a long value goes as a literal", () => {
    expect(imapString("x".repeat(1001))).toBe(`{1001}\r\n${"x".repeat(1001)}`);
  });
});

describe("BODY and BODYSTRUCTURE", () => {
  test("a part in the example of RFC 9051 §7.5.2", () => {
    const message = `Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=us-ascii

hello
--x
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME="cc.diff"
Content-ID: <960723163407.20117h@cac.washington.edu>
Content-Description: Compiler diff
Content-Transfer-Encoding: BASE64

aGVsbG8=
--x--
`;
    const second =
      '("text" "plain" ("charset" "US-ASCII" "name" "cc.diff") "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "base64" 8 0';
    expect(structure(message, false)).toBe(
      `(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)${second}) "mixed")`,
    );
    expect(structure(message)).toBe(
      `(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0 NIL NIL NIL NIL)${second} NIL NIL NIL NIL) "mixed" ("boundary" "x") NIL NIL NIL)`,
    );
  });

  const cases: [name: string, message: string, expected: string][] = [
    [
      "nothing said",
      "Subject: x\n\na\nb\n",
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2 NIL NIL NIL NIL)',
    ],
    [
      "text without a charset",
      "Content-Type: text/plain; format=flowed\n\n",
      '("text" "plain" ("charset" "us-ascii" "format" "flowed") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)',
    ],
    [
      "other text without a charset",
      "Content-Type: text/html\n\n",
      '("text" "html" NIL NIL NIL "7bit" 0 0 NIL NIL NIL NIL)',
    ],
    [
      "all extension data",
      'Content-Type: application/x; a="b c"\nContent-MD5: Q2hl\nContent-Disposition: ATTACHMENT; filename=f\nContent-Language: de\nContent-Location: http://x/\n\n',
      '("application" "x" ("a" "b c") NIL NIL "7bit" 0 "Q2hl" ("attachment" ("filename" "f")) "de" "http://x/")',
    ],
    [
      "several languages",
      "Content-Type: image/png\nContent-Language: de, en (British)\n\n",
      '("image" "png" NIL NIL NIL "7bit" 0 NIL NIL ("de" "en") NIL)',
    ],
    [
      "a disposition without parameters",
      "Content-Type: image/png\nContent-Disposition: inline\n\n",
      '("image" "png" NIL NIL NIL "7bit" 0 NIL ("inline" NIL) NIL NIL)',
    ],
    [
      "continued parameters as one",
      "Content-Type: image/png; name*0*=utf-8''%E2%82; name*1*=%AC; name*2=\" x\"\n\n",
      '("image" "png" ("name*" "utf-8\'\'%E2%82%AC%20x") NIL NIL "7bit" 0 NIL NIL NIL NIL)',
    ],
    [
      "an 8-bit file name",
      "Content-Type: image/png; name=\xfc\n\n",
      '("image" "png" ("name" {1}\r\n\xfc) NIL NIL "7bit" 0 NIL NIL NIL NIL)',
    ],
    [
      "a message",
      "Content-Type: message/rfc822\n\nSubject: in\n\na\nb",
      '("message" "rfc822" NIL NIL NIL "7bit" 19 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL NIL NIL NIL) 3 NIL NIL NIL NIL)',
    ],
    [
      "an encoded message is a file to clients",
      "Content-Type: message/rfc822; name=a.eml\nContent-Transfer-Encoding: base64\n\nU3Vi\n",
      '("application" "octet-stream" ("name" "a.eml") NIL NIL "base64" 6 NIL NIL NIL NIL)',
    ],
    [
      "a multipart without parts is text",
      "Content-Type: multipart/mixed; boundary=x\n\nhi",
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 2 0 NIL NIL NIL NIL)',
    ],
  ];
  test.each(cases)("%s", (_, message, expected) => {
    expect(structure(message)).toBe(expected);
  });
});

describe("what clients read", () => {
  /** Both texts as imapflow's client reads them. */
  async function asClient(root: Part) {
    const text = Buffer.concat([
      Buffer.from("* 1 FETCH (ENVELOPE "),
      imapEnvelope(root),
      Buffer.from(" BODYSTRUCTURE "),
      imapBodyStructure(root, { extensible: true }),
      Buffer.from(")"),
    ]).toString("latin1");
    const literals: Buffer[] = [];
    let line = "";
    for (let at = 0; ; ) {
      const literal = /\{(\d+)\}\r\n/.exec(text.slice(at));
      if (!literal) {
        line += text.slice(at);
        break;
      }
      const start = at + literal.index + literal[0].length;
      line += text.slice(at, start);
      at = start + Number(literal[1]);
      literals.push(Buffer.from(text.slice(start, at), "latin1"));
    }
    const { attributes } = await parser(Buffer.from(line, "latin1"), { literals });
    const items = attributes?.[1] as ImapAttributeList;
    return {
      envelope: parseEnvelope(items[1] as ImapAttributeList),
      body: parseBodystructure(items[3] as ImapAttributeList),
    };
  }

  function sameTree(part: Part, seen: MessageStructureObject): void {
    expect(seen.type).toBe(`${part.type}/${part.subtype}`);
    if (part.children.length === 0) {
      expect(seen.size).toBe(part.bodyEnd - part.bodyStart);
      if (part.type === "text") expect(seen.lineCount).toBe(part.lines);
    }
    const inner = part.message ? [part.message] : part.children;
    expect(seen.childNodes?.length ?? 0).toBe(inner.length);
    for (const [i, child] of inner.entries()) sameTree(child, seen.childNodes?.[i] as MessageStructureObject);
  }

  test("imapflow reads 400 generated messages as they are", async () => {
    for (let seed = 1; seed <= 400; seed++) {
      const { bytes } = generate(seed);
      // imapflow does not know message/global, which came with RFC 9051.
      if (Buffer.from(bytes).includes("message/global")) continue;
      const { root } = parseStructure(bytes);
      const { envelope, body } = await asClient(root);
      sameTree(root, body);
      expect(envelope.subject ?? "").toBe(root.header?.get("subject") === undefined ? "" : "€");
    }
  });

  test("texts of 3000 generated messages follow the grammar of RFC 9051", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const { root } = parseStructure(generate(seed).bytes);
      checkEnvelope(readValue(imapEnvelope(root)));
      checkBody(readValue(imapBodyStructure(root, { extensible: true })), true);
      checkBody(readValue(imapBodyStructure(root, { extensible: false })), false);
    }
  });

  test("so do texts of headers with anything in them", () => {
    const value = fc.string({ unit: fc.constantFrom(..."<>()[]@,;:.\\\"=? \t'*%/aB1\u00e9\0\r"), maxLength: 50 });
    const field = fc.tuple(
      fc.constantFrom(
        "From",
        "To",
        "Subject",
        "Date",
        "Content-Type",
        "Content-Disposition",
        "Content-Language",
        "Content-ID",
        "Content-Transfer-Encoding",
        "Content-Location",
      ),
      fc.oneof(value, fc.string({ unit: "binary", maxLength: 30 })),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const message = fields.map(([name, text]) => `${name}: ${text}\r\n`).join("");
        const { root } = parseStructure(Buffer.from(`${message}\r\nbody`, "utf8"));
        checkEnvelope(readValue(imapEnvelope(root)));
        checkBody(readValue(imapBodyStructure(root, { extensible: true })), true);
      }),
      { numRuns: 3000 },
    );
  });
});
