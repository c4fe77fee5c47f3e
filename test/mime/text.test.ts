import { describe, expect, test } from "bun:test";
import { attachmentsOf, hasAttachments, headerText, htmlToText, parseStructure, textOf } from "../../src/mime/mime.ts";

function open(message: string) {
  const bytes = Buffer.from(message.replaceAll("\n", "\r\n"), "latin1");
  const structure = parseStructure(bytes);
  return { structure, read: (start: number, end: number) => bytes.subarray(start, end) };
}

describe("HTML as text", () => {
  const cases: [html: string, expected: string][] = [
    ["", ""],
    ["plain", "plain"],
    ["<p>one</p><p>two</p>", "one\ntwo"],
    ["one<br>two<br/>three", "one\ntwo\nthree"],
    ["<b>bo</b>ld and <i>it</i>", "bold and it"],
    ["  a\n\t b&nbsp;c  ", "a b c"],
    ["<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"],
    ["<ul><li>a<li>b</ul>", "a\nb"],
    ["<!-- <p>no</p> -->yes", "yes"],
    ["<!DOCTYPE html><?xml version='1.0'?>yes", "yes"],
    ["<style>p { color: red }</style><script>if (a < b) alert('</p>')</script>yes", "yes"],
    ["<STYLE>x</STYLE >yes", "yes"],
    ["<title>no</title><body>yes", "yes"],
    ["<script>never closed", ""],
    ["<!-- never closed", ""],
    ['<a title="1 > 0" href=x>link</a>', "link"],
    ["<a title='it\"s'>link</a>", "link"],
    ['<a title="unclosed>link</a> more', "link more"],
    ["1 < 2 && 3 > 2", "1 < 2 && 3 > 2"],
    ["<3", "<3"],
    ["a <", "a <"],
    ["<", "<"],
    ["</", "</"],
    [
      "&lt;p&gt; &amp;amp; &eacute;&euro;&hellip; &#228;&#xe4;&#x1F600; &#150; &unknown; &#0;",
      "<p> &amp; é€… ää😀 – &unknown; \ufffd",
    ],
    ["&copy 2020", "© 2020"],
    ["soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"],
    ["&zwnj;&nbsp;&zwnj;&nbsp;end", "\u200c end"],
    ["<p hidden>x<o:p>y</o:p>", "xy"],
  ];
  test.each(cases)("%s", (html, expected) => {
    expect(htmlToText(html, 1000)).toBe(expected);
  });

  test("no more than was asked for", () => {
    expect(htmlToText("<p>abc</p>".repeat(1000), 10)).toBe("abc\nabc\nab");
    expect(htmlToText("x".repeat(1000), 10)).toBe("x".repeat(10));
    for (const text of ["<", "< <", "<<", "<<<<b>x", "<<<", "a<< b", "<<!-- y -->z"])
      expect([text, htmlToText(text, 100)]).toEqual([text, text.replace(/<b>|<!-- y -->/, "")]);
  });
});

const letter = `From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
Subject: Photos
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6ne Gr=FC=
=DFe
> quoted
--b
Content-Type: multipart/related; boundary=c

--c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+U2Now7ZuZSA8Yj5HcsO8w59lPC9iPjxpbWcgc3JjPSJjaWQ6bG9nb0B4Ij4=
--c
Content-Type: image/png; name=logo.png
Content-ID: <logo@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--c--
--b--
--a
Content-Type: application/pdf
Content-Disposition: attachment; filename*0*=utf-8''%E2%82%AC; filename*1=" rates.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--a
Content-Type: message/rfc822

Subject: =?utf-8?q?forwarded_=C3=A4?=

inner text
--a
Content-Type: text/csv; name="C:\\\\data\\\\list.csv"
Content-Disposition: attachment

a;b
--a--
`;

describe("a letter with everything", () => {
  const { structure, read } = open(letter);

  test("search finds bodies, alternatives, attached text, inner messages and file names", () => {
    expect(textOf(structure, read, 10_000).split(/\r?\n/)).toEqual([
      "Schöne Grüße",
      "> quoted",
      "Schöne Grüße",
      "logo.png",
      "€ rates.pdf",
      "Subject: forwarded ä",
      "inner text",
      "list.csv",
      "a;b",
    ]);
  });

  test("its limit holds", () => {
    expect(textOf(structure, read, 14)).toBe("Schöne Grüße\r\n");
    let octets = 0;
    textOf(
      structure,
      (start, end) => {
        octets += end - start;
        return read(start, end);
      },
      5,
    );
    expect(octets).toBeLessThanOrEqual(30);
  });

  test("its header can be searched", () => {
    expect(headerText(structure.headerBytes)).toBe(
      "From: Jörg <j@example.org>\nSubject: Photos\nContent-Type: multipart/mixed; boundary=a\n",
    );
  });

  test("its attachments", () => {
    const brief = attachmentsOf(structure).map(({ partNumber, fileName, mediaType, size, inline, contentId }) => ({
      partNumber,
      fileName,
      mediaType,
      size,
      inline,
      contentId,
    }));
    expect(brief).toEqual([
      { partNumber: "1.2.2", fileName: "logo.png", mediaType: "image/png", size: 9, inline: true, contentId: "logo@x" },
      {
        partNumber: "2",
        fileName: "€ rates.pdf",
        mediaType: "application/pdf",
        size: 9,
        inline: false,
        contentId: undefined,
      },
      { partNumber: "3", fileName: "", mediaType: "message/rfc822", size: 51, inline: false, contentId: undefined },
      { partNumber: "4", fileName: "list.csv", mediaType: "text/csv", size: 3, inline: false, contentId: undefined },
    ]);
    expect(hasAttachments(structure)).toBe(true);
  });
});

describe("what is an attachment", () => {
  const cases: [what: string, message: string, expected: boolean][] = [
    ["a plain message", "Subject: x\n\nhi", false],
    ["an HTML message", "Content-Type: text/html\n\nhi", false],
    ["a message that is a file", "Content-Type: application/pdf\n\nhi", true],
    ["text to be saved", "Content-Disposition: attachment\n\nhi", true],
    ["named text", "Content-Type: text/plain; name=a.txt\n\nhi", true],
    ["two texts", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\n\nb\n--x--", false],
    [
      "an image of a page",
      "Content-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\na\n--x\nContent-Type: image/png\nContent-ID: <a>\n\nb\n--x--",
      false,
    ],
    [
      "an image among text",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\nContent-Type: image/png\nContent-Disposition: inline; filename=a.png\n\nb\n--x--",
      true,
    ],
    [
      "a report",
      "Content-Type: multipart/report; boundary=x\n\n--x\n\na\n--x\nContent-Type: message/delivery-status\n\nb\n--x--",
      true,
    ],
    [
      "an invitation in another form",
      "Content-Type: multipart/alternative; boundary=x\n\n--x\n\na\n--x\nContent-Type: text/calendar; name=i.ics\n\nb\n--x--",
      false,
    ],
  ];
  test.each(cases)("%s", (_, message, expected) => {
    expect(hasAttachments(open(message).structure)).toBe(expected);
  });

  test("file names cannot leave their folder or turn themselves round", () => {
    const name = (value: string) =>
      attachmentsOf(open(`Content-Type: application/x; name="${value}"\n\n`).structure)[0]?.fileName;
    expect(name("../../etc/passwd")).toBe("passwd");
    expect(name("..\\\\..\\\\boot.ini")).toBe("boot.ini");
    expect(name("a\0\x1fb.txt")).toBe("ab.txt");
    expect(name("=?utf-8?q?exe=E2=80=AEfdp.txt?=")).toBe("exefdp.txt");
  });
});
