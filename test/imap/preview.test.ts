import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;
let uid = 0;

beforeAll(async () => {
  house = await House.build();
  client = await house.select();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** The preview of a message as text. */
async function preview(body: string | Uint8Array, fields: Record<string, string> = {}): Promise<string> {
  const mail = Buffer.concat([Buffer.from(message("m", "", fields)), Buffer.from(body)]);
  expect(await client.append("INBOX", mail)).toMatch(/^OK/);
  uid++;
  const [line = ""] = (await client.ok(`UID FETCH ${uid} PREVIEW`)).filter((each) => each.includes("PREVIEW"));
  const [, quoted, literal] = /PREVIEW (?:"((?:[^"\\]|\\.)*)"|\{\d+\}\r\n([\s\S]*))\)$/.exec(line) ?? [];
  return Buffer.from(quoted?.replace(/\\(.)/g, "$1") ?? literal ?? "none", "latin1").toString();
}

const html = { "Content-Type": "text/html; charset=utf-8" };

describe("PREVIEW (RFC 8970)", () => {
  test("gives the first words of what a reader is shown", async () => {
    expect(await preview("This is the first line of text.\r\n\r\nSecond  paragraph.\r\n")).toBe(
      "This is the first line of text. Second paragraph.",
    );
    expect(await preview("On Monday Ben wrote:\r\n> old\r\n> words\r\n\r\nI agree.\r\n-- \r\nAnn\r\n")).toBe(
      "On Monday Ben wrote: I agree.",
    );
    expect(await preview("> only\r\n> quoted\r\n")).toBe("> only > quoted");
    expect(await preview('A "quoted" \\ word')).toBe('A "quoted" \\ word');
    expect(await preview("")).toBe("");
  });

  test("reads HTML, encodings and charsets", async () => {
    const style = `<style>${"p { color: red }".repeat(1_000)}</style>`;
    expect(await preview(`<html><head><title>T</title>${style}</head><p>Hello <b>world</b> &amp; all</p>`, html)).toBe(
      "Hello world & all",
    );
    expect(
      await preview("Gr=FC=DFe aus K=F6ln", {
        "Content-Type": "text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding": "quoted-printable",
      }),
    ).toBe("Grüße aus Köln");
  });

  test("prefers plain text, passes over attachments and empty parts, looks into messages", async () => {
    const parts = (subtype: string, ...texts: string[]) => [
      `${texts.map((text) => `--b\r\n${text}\r\n`).join("")}--b--\r\n`,
      { "Content-Type": `multipart/${subtype}; boundary=b` },
    ];
    const both = parts(
      "alternative",
      "Content-Type: text/html\r\n\r\n<p>fat</p>",
      "Content-Type: text/plain\r\n\r\nthin",
    );
    expect(await preview(...(both as [string, Record<string, string>]))).toBe("thin");
    const blank = parts(
      "alternative",
      "Content-Type: text/plain\r\n\r\n \r\n",
      "Content-Type: text/html\r\n\r\n<p>fat</p>",
    );
    expect(await preview(...(blank as [string, Record<string, string>]))).toBe("fat");
    const attached = parts(
      "mixed",
      "Content-Disposition: attachment\r\n\r\nlog",
      "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner",
    );
    expect(await preview(...(attached as [string, Record<string, string>]))).toBe("inner");
  });

  test("has at most 200 characters, whole ones, in one line", async () => {
    expect(await preview("word ".repeat(1_000))).toBe("word ".repeat(40).trimEnd());
    expect(await preview("😀".repeat(1_000))).toBe("😀".repeat(200));
    expect(await preview("a\0b\x07c\x1b[31m\r\nd\u2028e")).toBe("a b c [31m d e");
  });

  test("may be asked for lazily, and leaves \\Seen as it is", async () => {
    await client.append("INBOX", message("lazy", "Now or later"));
    uid++;
    const wanted = [expect.stringMatching(/^\d+ FETCH \(PREVIEW "Now or later" UID \d+\)$/)];
    const told = async (items: string) => (await client.ok(`FETCH * ${items}`)).filter((line) => line.includes("PREV"));
    expect(await told("(PREVIEW (LAZY) UID)")).toEqual(wanted);
    expect(await told("(PREVIEW UID)")).toEqual(wanted);
    expect(await told("PREVIEW (LAZY)")).toHaveLength(1);
    expect(await told("PREVIEW (CHANGEDSINCE 1)")).toHaveLength(1);
    expect((await client.ok("FETCH * FLAGS"))[0]).not.toContain("Seen");
    for (const bad of ["PREVIEW (LAZY", "PREVIEW (FUZZY)", "(PREVIEW (LAZY LAZY))", "(PREVIEW ())", "PREVIEW[1]"]) {
      expect(await client.fails(`FETCH * ${bad}`)).toMatch(/^BAD/);
    }
    expect((await client.ok("CAPABILITY"))[0]).toContain(" PREVIEW");
  });

  test("is not upset by what makes no sense", async () => {
    expect(await preview(Buffer.alloc(100_000, 0xff))).not.toBe("none");
    expect(await preview("<".repeat(100_000), html)).not.toBe("none");
    expect(await preview("&#x0;<script>".repeat(5_000), html)).not.toBe("none");
    expect(await preview("=".repeat(9_000), { "Content-Transfer-Encoding": "quoted-printable" })).not.toBe("none");
    const deep = "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".repeat(500);
    expect(await preview(deep, { "Content-Type": "multipart/mixed; boundary=b" })).toBe("");
  });
});
