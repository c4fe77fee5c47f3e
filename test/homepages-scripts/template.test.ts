/** What in a page is text, and what is run. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { holdsScript, parseTemplate, TemplateError } from "../../src/web/homepages/scripts/template.ts";

/** A page's pieces in a short form: text as it is, code behind a sign. */
const pieces = (source: string): string[] =>
  parseTemplate(source).map(({ kind, text }) => (kind === "text" ? text : `${kind}:${text}`));

test.each([
  ["plain text", "<p>Hello</p>", ["<p>Hello</p>"]],
  ["statements", "a<% let x = 1 %>b", ["a", "code: let x = 1 ", "b"]],
  ["expressions", "<%= x %><%- y %>", ["escaped: x ", "raw: y "]],
  ["comments", "a<%# x %>b<%-- y %> z --%>c", ["a", "b", "c"]],
  ["a plain sign", "a <%% b", ["a <% b"]],
  ["expressions in attributes", '<a href="<%= x %>">', ['<a href="', "escaped: x ", '">']],
  [
    "expressions in a browser's script",
    "<script>let a = <%- x %>;</script>",
    ["<script>let a = ", "raw: x ", ";</script>"],
  ],
  ["a script for the server", 'a<script runat="server">x < 1</script>b', ["a", "code:x < 1", "b"]],
  ["a script for the server in other words", "<SCRIPT type=x RUNAT = 'Server' >x</Script >", ["code:x"]],
  ["a script for the browser", '<script src="a.js"></script>', ['<script src="a.js"></script>']],
  [
    "a script in a value",
    '<p title="<script runat=server>x</script>">',
    ['<p title="<script runat=server>x</script>">'],
  ],
  [
    "a script in a text area",
    "<textarea><script runat=server>x</script></textarea>",
    ["<textarea><script runat=server>x</script></textarea>"],
  ],
  ["a script in a comment", "a<!-- <script runat=server>x</script> -->b", ["a<!-- ", " -->b"]],
  ["an included file", '<!--#include file="head.html" --><p>', ["include:head.html", "<p>"]],
  ["an included file in words of its own", "<!-- #INCLUDE file = 'a.html'-->", ["include:a.html"]],
  ["an apostrophe in a tag", "<p title=it's><%= 1 %>", ["<p title=it's>", "escaped: 1 "]],
  ["a smaller-than sign", "1 < 2 <b>x</b> <", ["1 < 2 <b>x</b> <"]],
])("%s", (_, source, expected) => {
  expect(pieces(source)).toEqual(expected);
});

test.each([
  ["<p>\n<% x", 2, "<% is not closed"],
  ["\n\n<%-- x %>", 3, "--%>"],
  ["a\n<script runat=server>x", 2, "no </script>"],
  ["<script runat=server src=x></script>", 1, "has no src"],
])("%j says where it is broken", (source, line, words) => {
  try {
    parseTemplate(source);
    throw new Error("it was read");
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    expect((error as TemplateError).line).toBe(line);
    expect((error as TemplateError).message).toContain(words);
  }
});

test("lines and columns are those of the page", () => {
  const segments = parseTemplate("<p>\n  <%= a %>\r\n<%\n b %><%= c %>");
  const code = segments.filter(({ kind }) => kind !== "text");
  expect(code.map(({ line, column }) => [line, column])).toEqual([
    [2, 5],
    [3, 2],
    [4, 8],
  ]);
});

test("a page without scripts is never run", () => {
  expect(holdsScript("<p>Hello</p><script>x</script><!-- a -->")).toBe(false);
  expect(holdsScript("<script>let runat = 1</script>")).toBe(false);
  expect(holdsScript("<%= 1 %>")).toBe(true);
  expect(holdsScript("<%# only a comment %>")).toBe(true);
  expect(holdsScript("a <% b")).toBe(true);
  expect(holdsScript("<!-- <script runat=server>secret</script> -->")).toBe(true);
  expect(holdsScript("a <%% b")).toBe(true);
});

test("whatever stands in a page, its text is sent as it is", () => {
  const word = fc.constantFrom(
    "<",
    ">",
    "<!--",
    "-->",
    '"',
    "'",
    "=",
    "<script",
    "</script>",
    "<p ",
    "x",
    "\n",
    "<style>",
    "/",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const source = words.join("");
      expect(pieces(source).join("")).toBe(source);
    }),
  );
});

test("code is found in any surroundings", () => {
  const word = fc.constantFrom(
    "<",
    ">",
    "<!--",
    "-->",
    '"',
    "'",
    "=",
    "<script",
    "</script>",
    "<p ",
    "x",
    "<style>",
    "/",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.array(word, { maxLength: 30 }), (before, after) => {
      const source = `${before.join("")}<%=7%>${after.join("")}`;
      expect(parseTemplate(source).filter(({ kind }) => kind === "escaped")).toHaveLength(1);
    }),
  );
});

test.each([
  ["tags that do not end", '<script "'.repeat(100_000)],
  ["comments", "<!--#include ".repeat(70_000)],
  ["server scripts that are none", "<script runat='".repeat(60_000)],
  ["equals signs", "<p ".concat("= ".repeat(400_000))],
  ["expressions", "<%= 1 %>\n".repeat(100_000)],
  ["tags in a page that speaks of scripts", `${"<p>".repeat(300_000)}<script x="runat">`],
])("%s by the hundred thousand take no longer than their length", (_, source) => {
  const began = performance.now();
  holdsScript(source);
  // Asked on the event loop, on machines of all kinds.
  expect(performance.now() - began).toBeLessThan(200);
  try {
    parseTemplate(source);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
  }
  expect(performance.now() - began).toBeLessThan(2_000);
});
