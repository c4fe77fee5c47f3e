import { describe, expect, test } from "bun:test";
import { decodeStructure, encodeStructure, parseStructure, type Section, selectFields } from "../../src/mime/mime.ts";
import { readSection } from "./read-section.ts";

const message = Buffer.from(
  `From: outer@example.org
Subject: Outer
subject: Again
Content-Type: multipart/mixed; boundary=a

preamble
--a
Content-Type: text/plain
X-First: 1

one
--a
Content-Type: message/rfc822
Content-Description: inner

From: inner@example.org
Subject: Inner
Content-Type: multipart/mixed; boundary=b

--b

two one
--b
X-Second: 2

two two
--b--
--a
Content-Type: message/rfc822

Subject: Leaf

three
--a--
`.replaceAll("\n", "\r\n"),
);

const leaf = Buffer.from("Subject: Leaf\r\nX: y\r\n\r\nhello\r\n");

function bodyOf(bytes: Buffer, section: Section): string | undefined {
  // What is answered after a restart comes from the stored form.
  const structure = decodeStructure(encodeStructure(parseStructure(bytes)));
  const octets = readSection(structure, section, (start, end) => bytes.subarray(start, end));
  return octets && Buffer.from(octets).toString("latin1").replaceAll("\r\n", "\n");
}

describe("sections of a multipart", () => {
  const header =
    "From: outer@example.org\nSubject: Outer\nsubject: Again\nContent-Type: multipart/mixed; boundary=a\n\n";
  const innerHeader = "From: inner@example.org\nSubject: Inner\nContent-Type: multipart/mixed; boundary=b\n\n";
  const innerText = "--b\n\ntwo one\n--b\nX-Second: 2\n\ntwo two\n--b--";
  const cases: [name: string, section: Section, expected: string | undefined][] = [
    ["[]", { path: [] }, message.toString().replaceAll("\r\n", "\n")],
    ["[HEADER]", { path: [], text: "HEADER" }, header],
    ["[TEXT]", { path: [], text: "TEXT" }, message.toString().replaceAll("\r\n", "\n").slice(header.length)],
    [
      "[HEADER.FIELDS (SUBJECT)]",
      { path: [], text: "HEADER.FIELDS", fields: ["SUBJECT"] },
      "Subject: Outer\nsubject: Again\n\n",
    ],
    ["[HEADER.FIELDS (X)]", { path: [], text: "HEADER.FIELDS", fields: ["X"] }, "\n"],
    [
      "[HEADER.FIELDS.NOT (Subject Content-Type)]",
      { path: [], text: "HEADER.FIELDS.NOT", fields: ["Subject", "Content-Type"] },
      "From: outer@example.org\n\n",
    ],
    ["[1]", { path: [1] }, "one"],
    ["[1.MIME]", { path: [1], text: "MIME" }, "Content-Type: text/plain\nX-First: 1\n\n"],
    ["[1.HEADER]", { path: [1], text: "HEADER" }, undefined],
    ["[1.TEXT]", { path: [1], text: "TEXT" }, undefined],
    ["[2]", { path: [2] }, innerHeader + innerText],
    ["[2.MIME]", { path: [2], text: "MIME" }, "Content-Type: message/rfc822\nContent-Description: inner\n\n"],
    ["[2.HEADER]", { path: [2], text: "HEADER" }, innerHeader],
    ["[2.HEADER.FIELDS (From)]", { path: [2], text: "HEADER.FIELDS", fields: ["From"] }, "From: inner@example.org\n\n"],
    ["[2.TEXT]", { path: [2], text: "TEXT" }, innerText],
    ["[2.1]", { path: [2, 1] }, "two one"],
    ["[2.1.MIME]", { path: [2, 1], text: "MIME" }, "\n"],
    ["[2.2.MIME]", { path: [2, 2], text: "MIME" }, "X-Second: 2\n\n"],
    ["[2.3]", { path: [2, 3] }, undefined],
    ["[3.1]", { path: [3, 1] }, "three"],
    ["[3.1.MIME]", { path: [3, 1], text: "MIME" }, "Subject: Leaf\n\n"],
    ["[3.HEADER]", { path: [3], text: "HEADER" }, "Subject: Leaf\n\n"],
    ["[3.TEXT]", { path: [3], text: "TEXT" }, "three"],
    ["[MIME]", { path: [], text: "MIME" }, undefined],
    ["[4]", { path: [4] }, undefined],
    ["[1.1]", { path: [1, 1] }, undefined],
  ];
  test.each(cases)("BODY%s", (_, section, expected) => {
    expect(bodyOf(message, section)).toBe(expected as string);
  });
});

describe("sections of a message with one part", () => {
  const cases: [name: string, section: Section, expected: string | undefined][] = [
    ["[1]", { path: [1] }, "hello\n"],
    ["[TEXT]", { path: [], text: "TEXT" }, "hello\n"],
    ["[1.MIME]", { path: [1], text: "MIME" }, "Subject: Leaf\nX: y\n\n"],
    ["[1.1]", { path: [1, 1] }, undefined],
    ["[2]", { path: [2] }, undefined],
  ];
  test.each(cases)("BODY%s", (_, section, expected) => {
    expect(bodyOf(leaf, section)).toBe(expected as string);
  });
});

test("folded fields are selected whole, and the blank line where the header has one", () => {
  const header = Buffer.from("A: 1\r\n 2\r\nno field\r\nB: 3\r\nA: 4");
  expect(Buffer.from(selectFields(header, ["a"], false)).toString()).toBe("A: 1\r\n 2\r\nA: 4");
  const ended = Buffer.concat([header, Buffer.from("\r\n\r\n")]);
  expect(Buffer.from(selectFields(ended, ["a"], false)).toString()).toBe("A: 1\r\n 2\r\nA: 4\r\n\r\n");
  expect(Buffer.from(selectFields(ended, ["x"], false)).toString()).toBe("\r\n");
  expect(selectFields(header, ["x"], false)).toBeEmpty();
  expect(Buffer.from(selectFields(ended, ["a"], true)).toString()).toBe("B: 3\r\n\r\n");
  expect(selectFields(new Uint8Array(0), ["a"], true)).toBeEmpty();
});
