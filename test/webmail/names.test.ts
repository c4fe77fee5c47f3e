import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { contentDisposition, fileName, humanSize, oneLine } from "../../src/web/webmail/names.ts";

describe("one line", () => {
  test.each([
    ["Hello\r\n\tyou", "Hello you"],
    ["\u202eevil\u202c txt.exe", "evil txt.exe"],
    ["a\0b\u0007c\u2066d\u2069", "abcd"],
    ["<b>x</b>", "<b>x</b>"],
    ["\ud800x", "\ufffdx"],
  ])("%j reads %j", (given, expected) => expect(oneLine(given)).toBe(expected));

  test("is cut with a sign that it was", () => expect(oneLine("abcdef", 4)).toBe("abc…"));
});

describe("file names", () => {
  test.each([
    ["report.pdf", "report.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Windows\\x.txt", "x.txt"],
    ["photo\u202egnp.exe", "photognp.exe"],
    ["<img src=x onerror=alert(1)>.html", "_img src=x onerror=alert(1)_.html"],
    ['a"b\r\nSet-Cookie: x', "a_b Set-Cookie_ x"],
    [".htaccess", "htaccess"],
    ["...", "attachment"],
    ["", "attachment"],
    [undefined, "attachment"],
    ["CON.txt", "_CON.txt"],
    ["Größe 宋体.docx", "Größe 宋体.docx"],
  ])("%j becomes %j", (given, expected) => expect(fileName(given, "attachment")).toBe(expected));

  test("that are long keep their extension", () => {
    const name = fileName(`${"x".repeat(500)}.pdf`, "attachment");
    expect(name.length).toBeLessThanOrEqual(120);
    expect(name).toEndWith("….pdf");
  });

  test("of any kind make one clean header", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const header = contentDisposition("attachment", fileName(text, "attachment"));
        expect(header).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/);
      }),
    );
  });
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 KB"],
  [99_949, "100 KB"],
  [3_400_000, "3.4 MB"],
  [27_000_000, "27 MB"],
])("%p octets read %p", (octets, words) => expect(humanSize(octets)).toBe(words));
