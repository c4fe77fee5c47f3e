/** What files in a message are: by name, by octets, by what archives hold; and what an attacker does to hide it. */
import { describe, expect, test } from "bun:test";
import { type FileFinding, lookAtFiles } from "../../src/filter/attachments/look.ts";
import { nameFindings } from "../../src/filter/attachments/names.ts";
import { ZipNames } from "../../src/filter/attachments/zip.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { processorMs } from "../timing.ts";
import { fileMessage, zipOf } from "./files.ts";

async function* inPieces(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

const look = async (message: string | Buffer, size = 65_536): Promise<FileFinding[]> => {
  const octets = Buffer.from(message);
  return await lookAtFiles(parseStructure(octets), inPieces(octets, size));
};
const kindsOf = async (name: string, content: string | Buffer, size?: number): Promise<string[]> => {
  const [found] = await look(fileMessage(name, content), size);
  return [...(found?.kinds ?? [])].sort();
};

test("a message is taken apart once, whoever asks, and again only where that failed", async () => {
  const message = Buffer.from(fileMessage("setup.exe", "MZ"));
  const structure = parseStructure(message);
  let reads = 0;
  const octets = async function* () {
    reads++;
    if (reads === 1) throw new Error("unreadable");
    yield message;
  };
  await expect(lookAtFiles(structure, octets())).rejects.toThrow("unreadable");
  const [first, second] = await Promise.all([lookAtFiles(structure, octets()), lookAtFiles(structure, octets())]);
  expect(first[0]?.kinds.has("program")).toBe(true);
  expect([second === first, reads]).toEqual([true, 2]);
});

describe("a name", () => {
  test.each([
    ["setup.EXE", "program"],
    ["setup.exe. . ", "program"],
    ["setup.exe:zone.txt", "program"],
    ["setup.exe::$DATA", "program"],
    ["Re: setup.exe", "program"],
    ["10:30.txt", ""],
    ["run.js", "script"],
    ["a.b.c.lnk", "shortcut"],
    ["backup.iso", "image"],
    ["sheet.xlsm", "macro"],
    ["letter.pdf", ""],
    ["exe", ""],
    ["picture.png", ""],
  ])("%p: %p", (name, kind) => {
    expect(nameFindings(name)[0]?.kind ?? "").toBe(kind as "");
  });

  test("that hides what the file is, is a finding of its own", () => {
    const kinds = (name: string) =>
      nameFindings(name)
        .map((one) => one.kind)
        .join(" ");
    expect(kinds("invoice.pdf.exe")).toBe("program disguised");
    expect(kinds("annexe\u202efdp.exe")).toBe("disguised program");
    expect(kinds("invoice.pdf                              .scr")).toBe("disguised program disguised");
    expect(kinds(`${"a".repeat(400)}.txt`)).toBe("disguised");
    expect(kinds("report.docm.pdf")).toBe("");
  });
});

test("names that are made to take long are read as quickly as others", async () => {
  const begun = processorMs();
  for (const piece of [" ", ".", ". ", "\0", ":", "\u202e", "a", "a."]) {
    const long = piece.repeat(60_000 / piece.length);
    nameFindings(`${long}-`);
    const hidden = piece.includes("a") ? long : `x.exe${long}`;
    expect(nameFindings(hidden).some(({ kind }) => kind === "program")).toBe(!piece.includes("a"));
  }
  const header = (name: string) => zipOf([[name]]).subarray(0, 30 + name.length);
  const many = Buffer.concat([...Array(120_000).fill(header("a")), header("b.exe")]);
  const [found] = await look(fileMessage("a.zip", many));
  expect(found?.sentence).toBe("'a.zip': more files are packed in this message than anybody looks at");
  expect(processorMs() - begun).toBeLessThan(1_500);
});

test("many archives are looked into as far as one, and those behind that are no secret", async () => {
  const names = (archive: number) => Array.from({ length: 6_000 }, (_, at) => [`${archive}-${at}`] as const);
  const parts = Array.from({ length: 10 }, (_, at) => {
    const file = at === 9 ? zipOf([["b.exe"]]) : zipOf(names(at));
    return `--b\r\nContent-Type: application/zip; name="${at}.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file.toString("base64")}\r\n`;
  });
  const files = await look(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join("")}--b--\r\n`);
  expect(files.reduce((all, one) => all + one.names.length, 0)).toBe(10_000);
  expect(files.map(({ kinds }) => kinds.has("disguised"))).toEqual([...Array(8).fill(false), true, true]);
});

describe("what is in a file", () => {
  test.each([
    ["MZ\x90\0\x03\0\0\0", "dangerous program"],
    ["\x7fELF\x02\x01", "dangerous program"],
    ["\xcf\xfa\xed\xfe\x07", "dangerous program"],
    ["#!/bin/sh\nrm", "dangerous script"],
    ["L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "dangerous shortcut"],
    ["[InternetShortcut]\r\nURL=file://x", "dangerous shortcut"],
    [`${"\0".repeat(32_769)}CD001\x01`, "dangerous image"],
    ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 _\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0", "macro"],
    ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "encrypted"],
    ["Rar!\x1a\x07\0\0\0\x73\x80\0\x0d\0", "encrypted"],
    ["Rar!\x1a\x07\x01\0crc!\x0a\x04\0\0", "encrypted"],
    ["MZ is how Mozart would have signed", ""],
    ["%PDF-1.7 harmless", ""],
  ])("%p counts, whatever it is called", async (content, kinds) => {
    for (const size of [65_536, 997, 1]) {
      if (size === 1 && content.length > 1_000) continue;
      expect(await kindsOf("letter.pdf", Buffer.from(content, "latin1"), size)).toEqual(
        kinds.split(" ").filter(Boolean),
      );
    }
  });

  test("names in archives count, and what is stored in archives within", async () => {
    expect(await kindsOf("all.zip", zipOf([["docs/readme.txt"], ["docs/Setup.exe"]]))).toEqual([
      "dangerous",
      "program",
    ]);
    expect(await kindsOf("all.zip", zipOf([["inner.zip", zipOf([["x.vbs"]])]]), 13)).toEqual(["dangerous", "script"]);
    expect(await kindsOf("letter.docx", zipOf([["[Content_Types].xml"], ["word/vbaProject.bin"]]))).toEqual(["macro"]);
    expect(await kindsOf("all.zip", zipOf([["secret.txt", "x", true]]))).toEqual(["encrypted"]);
    expect(await kindsOf("all.zip", zipOf([["readme.txt"], ["photo.jpg"]]))).toEqual([]);
    const [found] = await look(fileMessage("all.zip", zipOf([["docs/Setup.exe"]])));
    expect(found?.names).toEqual(["all.zip", "setup.exe"]);
    expect(found?.sentence).toBe("'all.zip': 'docs/Setup.exe' in it is a program (.exe)");
  });

  test("an archive whose directory tells another story than its files is read both ways", async () => {
    const zip = zipOf([["harmless.txt"]]);
    const last = zip.lastIndexOf("harmless.txt");
    zip.write("program1.exe", last);
    expect(await kindsOf("all.zip", zip)).toEqual(["dangerous", "program"]);
  });
});

describe("an attacker", () => {
  test("gains nothing with archives that are broken or endless", () => {
    const names = new ZipNames();
    const broken = Buffer.alloc(200_000, "PK\x03\x04");
    expect([...names.write(broken)]).toEqual([]);
    const cut = zipOf([["a.exe"]]);
    for (let end = 0; end < cut.length; end++)
      expect(() => [...new ZipNames().write(cut.subarray(0, end))]).not.toThrow();
    const bomb = Buffer.concat(Array.from({ length: 20_000 }, (_, n) => zipOf([[`${n}.txt`]])));
    let found = 0;
    for (const _ of new ZipNames().write(bomb)) found++;
    expect(found).toBe(40_000);
  });

  test("keeps no list of names growing without end", async () => {
    const entries = Array.from({ length: 12_000 }, (_, n): [string] => [`${n}.txt`]);
    const [found] = await look(fileMessage("all.zip", zipOf([...entries, ["last.exe"]])));
    expect(found?.names.length).toBe(10_000);
    expect(found?.kinds.has("program")).toBe(true);
  });

  test("cannot hide a file in multiparts ten thousand deep, or behind ten thousand parts", async () => {
    const depth = 10_000;
    const open = Array.from(
      { length: depth },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    );
    const deep = await look(
      `Subject: x\r\n${open.join("")}Content-Disposition: attachment; filename=a.exe\r\n\r\nMZ\r\n`,
    );
    expect(deep.some(({ kinds }) => kinds.has("disguised"))).toBe(true);
    const many = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(10_000)}--b\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nMZ\r\n--b--\r\n`;
    const wide = await look(many);
    expect(wide.some(({ kinds }) => kinds.has("disguised"))).toBe(true);
  });

  test("cannot give two names of which only one is looked at", async () => {
    const two = `Content-Type: application/pdf; name="a.exe"\r\nContent-Disposition: attachment; filename=a.pdf; filename*=utf-8''b.pdf\r\n\r\nx`;
    expect([...((await look(two))[0]?.kinds ?? [])]).toContain("program");
    const star = `Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.scr; filename*=utf-8''b.pdf\r\n\r\nx`;
    expect([...((await look(star))[0]?.kinds ?? [])]).toContain("program");
    const word = 'Content-Type: text/plain; name="=?utf-8?B?YS5leGU=?="\r\n\r\nx';
    expect([...((await look(word))[0]?.kinds ?? [])]).toContain("program");
  });

  test("does not get a file past inside a message that is attached", async () => {
    const inner = fileMessage("a.exe", "MZ");
    const outer = `Content-Type: message/rfc822\r\n\r\n${inner}`;
    expect((await look(outer)).some(({ kinds }) => kinds.has("program"))).toBe(true);
  });
});
