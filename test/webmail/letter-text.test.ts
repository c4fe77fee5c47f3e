import { describe, expect, test } from "bun:test";
import { plainText, textAsHtml } from "../../src/web/webmail/letter-text.ts";
import { picturesOf, tidy } from "../../src/web/webmail/tidy.ts";
import { processorMs } from "../timing.ts";
import { ATTACKS } from "./attacks.ts";

describe("the plain text of a letter", () => {
  test.each([
    ["<div>Dear Bob,</div><div><br></div><div>here it is.</div>", "Dear Bob,\n\nhere it is."],
    ["<div>one<br></div><div>two</div>", "one\ntwo"],
    ["<p>one</p><p>two</p>three", "one\n\ntwo\n\nthree"],
    ["<div>a   <b>b</b>\n c &lt;d&gt; &amp;</div>", "a b c <d> &"],
    [
      "<ul><li>one</li><li>two<ol><li>deep</li><li>deeper</li></ol></li></ul>end",
      "- one\n- two\n  1. deep\n  2. deeper\nend",
    ],
    [
      '<div>On Monday:</div><blockquote type="cite"><div>you</div><div><br></div><blockquote>I</blockquote></blockquote>no',
      "On Monday:\n> you\n>\n>> I\nno",
    ],
    [
      '<a href="https://x.example/a?b=1&amp;c">here</a> and <a href="https://x.example/">x.example</a>',
      "here <https://x.example/a?b=1&c> and x.example",
    ],
    ['<a href="mailto:a@b.example">Ann</a>', "Ann"],
    ["<pre>a  b\n  c</pre>", "a  b\n  c"],
    ["<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>", "a b\nc"],
    ['<div>see <img src="cid:x" alt="the chart"> there</div><hr>', "see the chart there\n---"],
    ["<li>", ""],
    ["", ""],
  ])("of %p", (html, text) => expect(plainText(html)).toBe(text));

  test("of one line with thousands of links is made soon, and whole", () => {
    const html = '<a href="https://x.example/">y</a> '.repeat(20_000);
    const begun = processorMs();
    const text = plainText(html);
    expect([text.match(/y/g)?.length, processorMs() - begun < 1_000]).toEqual([20_000, true]);
  });

  test("and back keeps lines, quotations and blanks", () => {
    const text = "Hi <you> & me\n\n  indented  twice\n> quoted\n>> older\nend";
    expect(plainText(textAsHtml(text))).toBe(text);
  });

  test("takes time in proportion to its length", () => {
    const long = `${"<blockquote>".repeat(300)}${"<div>a <b>b</b></div>".repeat(20_000)}`;
    const start = process.cpuUsage();
    plainText(long);
    plainText(`<pre>a${" ".repeat(100_000)}b</pre>`);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1_500);
  });
});

describe("what is written", () => {
  const letter = (html: string) => tidy(html, { for: "letter" });
  const editor = (html: string) => tidy(html, { for: "editor", picture: "/p?cid=" });

  test.each([
    ["<div>a<b>b</b></div>", "<div>a<b>b</b></div>"],
    ['<div id="compose" class="btn" name="x" onclick="alert(1)">x</div>', "<div>x</div>"],
    ["<style>p{color:red}</style><p>x</p>", "<p>x</p>"],
    ['<img src="/mail/compose/picture?cid=a%40b" data-cid="a@b" alt="x">', '<img alt="x" src="cid:a@b" />'],
    [
      '<img src="data:image/gif;base64,R0" data-remote="https://x.example/p.png">',
      '<img alt="" src="https://x.example/p.png" />',
    ],
    ['<img src="blob:x">here<img src="/logout">', "here"],
    [
      '<a href="javascript:alert(1)">x</a><a href="mailto:a@b.example">y</a>',
      '<a>x</a><a href="mailto:a@b.example">y</a>',
    ],
    [
      '<div class="gmail_signature">Bob</div><div data-signature="">Ann</div>',
      "<div>Bob</div><div data-signature>Ann</div>",
    ],
    [
      '<p style="color: red; position: fixed; background-image: url(https://x.example/)">x</p>',
      '<p style="color: red; background-image: none">x</p>',
    ],
  ])("becomes a letter: %p", async (html, clean) => expect(await letter(html)).toBe(clean));

  test("is quoted without the signature", async () => {
    const html = '<div>hi</div><div class="x gmail_signature">Bob<br>Chief</div>';
    expect(await tidy(html, { for: "letter", quoting: true })).toBe("<div>hi</div>");
  });

  test("has a look for its quotations", async () => {
    expect(await letter('<blockquote type="cite">x</blockquote>')).toMatch(
      /^<blockquote type="cite" style="margin[^"]+">x/,
    );
  });

  test("goes into the editor and back as it was", async () => {
    const html = '<div>a <img alt="" src="cid:1.a@b.example" /><img alt="" src="https://x.example/p.png" /></div>';
    const edited = await editor(html);
    expect(edited).toContain('src="/p?cid=1.a%40b.example" data-cid="1.a@b.example"');
    expect(edited).toContain('data-remote="https://x.example/p.png"');
    expect(edited).not.toMatch(/ src="(?:https|cid)/);
    expect(await letter(edited)).toBe(html);
    expect([...picturesOf(html)]).toEqual(["1.a@b.example"]);
  });

  test("is never cut", async () => {
    expect(letter("<b>x</b>".repeat(20_000))).rejects.toThrow("too much formatting");
  });

  test("brings nothing of a stranger's that runs, loads or takes a name", async () => {
    for (const attack of Object.values(ATTACKS)) {
      const clean = await editor(attack).catch(() => "");
      expect(clean).not.toMatch(/<(?:script|style|svg|math|iframe|form|input|object|link|meta|base)\b/i);
      expect(clean).not.toMatch(/\s(?:on\w+|id|class|name|srcset|background|action)=/i);
      expect(clean).not.toMatch(/(?:src|href)="(?:javascript|data:text|vbscript)/i);
    }
  });
});
