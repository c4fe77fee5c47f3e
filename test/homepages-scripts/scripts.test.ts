/** What pages can do: the request, the answer, files they include, and what their owners hear when something is wrong. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { form, House } from "./house.ts";

let house: House;

beforeAll(async () => {
  house = await House.build();
});
afterAll(() => house.close());

describe("what is written", () => {
  test.each([
    ["expressions are escaped", `<%= '<b>&"' + "'" %>`, "&lt;b&gt;&amp;&quot;&#39;"],
    ["or not, where that is asked for", "<%- '<b>' %>", "<b>"],
    ["nothing is nothing", "[<%= undefined %><%= null %><%= 0 %>]", "[0]"],
    ["loops go around text", "<% for (const i of [1, 2]) { %><li><%= i %></li><% } %>", "<li>1</li><li>2</li>"],
    ["a comment ends with its island", "<% // nothing %>a<% let x = 1 // one %><%= x; %>", "a1"],
    ["a server script writes where it stands", '1<script runat="server">echo("2", 3)</script>4', "1234"],
    ["functions are there before they are declared", "<%= f() %><% function f() { return 5 } %>", "5"],
    ["values for a browser's script", "<%- json({ a: '</script>\\u2028' }) %>", '{"a":"\\u003c/script\\u003e\\u2028"}'],
    ["promises are waited for", "<% Promise.resolve().then(() => write('later')) %>first ", "first later"],
    ["any characters", "<p>Grüße 😀 <%= 'ä😀' %>", "<p>Grüße 😀 ä😀"],
    ["the page may end early", "a<% exit() %>b", "a"],
  ])("%s", async (_, source, expected) => {
    expect(await house.text(source)).toBe(expected);
  });
});

describe("the request", () => {
  test("a page sees how it was asked for", async () => {
    const seen = await house.text(
      "<%- json([request.method, request.path, request.base, request.url, request.query, request.queryAll('a'), request.header('Accept'), request.remote, request.secure, typeof request.time]) %>",
      { query: "?a=1&a=2&b=%C3%A4", headers: { accept: "text/html" } },
    );
    expect(JSON.parse(seen)).toEqual([
      ...["GET", "/index.html", "/~anna", "http://home.example/~anna/index.html?a=1&a=2&b=%C3%A4"],
      ...[{ a: "1", b: "ä" }, ["1", "2"], "text/html", "192.168.1.7", false, "number"],
    ]);
  });

  test("it reads a form", async () => {
    expect(await house.text("<%= request.form.name %>: <%= request.form.toString %>", form({ name: "Zoë & co" }))).toBe(
      "Zoë &amp; co: ",
    );
  });

  test("it reads the text fields of a form with files, and leaves the files", async () => {
    const body = [
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nä\r\n',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nfile\r\n--x--\r\n',
    ].join("");
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    expect(await house.text("<%- json(request.form) %>", { method: "POST", headers, body })).toBe('{"a":"ä"}');
  });

  test("a form that is broken is empty", async () => {
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    expect(await house.text("<%- json(request.form) %>", { method: "POST", headers, body: "--x\r\nnothing" })).toBe(
      "{}",
    );
  });

  test("a form that is too large is refused", async () => {
    await house.limit({ formOctets: 1_000 });
    await expect(house.ask("<% %>", form({ a: "x".repeat(2_000) }))).rejects.toMatchObject({ kind: "tooLarge" });
    await house.limit({ formOctets: 1_048_576 });
  });

  test("a request cannot be changed by the page", async () => {
    expect(
      await house.text("<% request.method = 'PUT'; request.query.a = 1 %><%= request.method + request.query.a %>"),
    ).toBe("GETundefined");
  });
});

describe("the answer", () => {
  test("a page sets its status and some fields", async () => {
    const { status, headers, text } = await house.ask(
      "<% response.status(404); response.type('text/plain; charset=utf-8'); response.header('X-Robots-Tag', 'noindex') %>gone",
    );
    expect([status, text, headers.get("content-type"), headers.get("x-robots-tag")]).toEqual([
      ...[404, "gone", "text/plain; charset=utf-8", "noindex"],
    ]);
  });

  test("it sends visitors on, and ends there", async () => {
    const { status, headers, text } = await house.ask("a<% response.redirect('thanks.html?of=ä ö') %><% fail() %>");
    expect([status, headers.get("location"), text]).toEqual([303, "thanks.html?of=%C3%A4%20%C3%B6", "a"]);
  });

  test.each([
    ["response.redirect('javascript:alert(1)')", "leads to a page"],
    ["response.redirect('/', 200)", "status is one of"],
    ["response.header('Set-Cookie', 'a=b')", "response.cookie"],
    ["response.header('Content-Security-Policy', '')", "cannot set the field"],
    ["response.header('Content-Type', 'a\\r\\nSet-Cookie: b')", "one line"],
    ["response.header('Content-Length', '1')", "cannot set the field"],
    ["response.status(99)", "from 200 to 599"],
    ["response.status('200')", undefined],
    ["response.cookie('a', 'b')", "shares its host name"],
  ])("%s", async (call, words) => {
    if (words === undefined) expect(await house.text(`<% ${call} %>`)).toBe("");
    else expect((await house.trouble(`<% ${call} %>`)).message).toContain(words);
  });

  test("a redirect cannot begin a field of its own", async () => {
    const { headers } = await house.ask("<% response.redirect('/\\r\\nSet-Cookie: a=b') %>");
    expect([headers.get("location"), headers.get("set-cookie")]).toEqual(["/%0D%0ASet-Cookie:%20a=b", null]);
  });

  test("a page with a host name of its own has cookies", async () => {
    const { headers, text } = await house.ask(
      "<% response.cookie('seen', 'ä;b', { maxAge: 60, path: '/a' }); response.clearCookie('old') %><%= request.cookies.seen %>",
      { cookies: { seen: "yes" }, secure: true },
    );
    expect(text).toBe("yes");
    expect(headers.getSetCookie()).toEqual([
      "seen=%C3%A4%3Bb; Path=/a; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
      "old=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
    ]);
  });

  test.each(["response.cookie('a b', '')", "response.cookie('a', 'b', { path: '/;Domain=home.example' })"])(
    "%s is no cookie",
    async (call) => {
      expect((await house.trouble(`<% ${call} %>`, { cookies: {} })).message).toContain("cookie");
    },
  );
});

describe("files that are included", () => {
  test("they see the page's names, and their functions are there afterwards", async () => {
    const files = { "/parts/head.html": "<h1><%= title %></h1><% const x = 1; function hi() { return 'hi' } %>" };
    const source =
      '<% const title = "A&B" %><!--#include file="parts/head.html" --><% include("/parts/head.html") %><%= hi() %>';
    expect(await house.text(source, { files })).toBe("<h1>A&amp;B</h1><h1>A&amp;B</h1>hi");
  });

  test("names are relative to the file that includes", async () => {
    const files = { "/a/one.html": '1<!--#include file="two.html"-->', "/a/two.html": "2" };
    expect(await house.text('<!--#include file="a/one.html"-->', { files })).toBe("12");
  });

  test("no name leads out of the folder", async () => {
    const report = await house.trouble('<!--#include file="../../../etc/passwd"-->');
    expect(report.message).toContain("cannot be included: There is no such file.");
  });

  test("what is missing, broken or endless is told", async () => {
    expect((await house.trouble('\n<!--#include file="no.html"-->')).line).toBe(2);
    expect(
      (await house.trouble('<!--#include file="a.html"-->', { files: { "/a.html": "\n<% x" } })).message,
    ).toContain("/a.html, line 2");
    const endless = { "/a.html": '<!--#include file="a.html"-->' };
    expect((await house.trouble('<!--#include file="a.html"-->', { files: endless })).message).toContain("too deep");
    expect((await house.trouble("<% for (;;) include('b.html') %>", { files: { "/b.html": "" } })).message).toContain(
      "at most",
    );
  });
});

describe("what is wrong", () => {
  test.each([
    ["<p>\n\n  <%= nothing %>", "ReferenceError: 'nothing' is not defined", 3],
    ["<%\nlet a = 1;\nlet b = ;\n%>", "SyntaxError", 3],
    ["a\n<script runat=server>\n\n\nnull.x</script>", "TypeError", 5],
    ["<% throw 'a text' %>", "a text", 0],
    ["<%\nfunction f() {\n  throw new Error('deep');\n}\n%>\n<p>\n<% f() %>", "Error: deep", 3],
    ["\n\n<%", "not closed", 3],
    ["<% throw { get message() { throw 1 }, toString() { throw 2 } } %>", "", 0],
  ])("%j is told to the owner with its line", async (source, message, line) => {
    const report = await house.trouble(source);
    expect(report).toMatchObject({
      kind: "error",
      page: "/index.html",
      file: "/index.html",
      line,
      remote: "192.168.1.7",
    });
    expect(report.message).toContain(message);
    if (line > 0) expect(report.excerpt).toContain(`> ${String(line).padStart(4)} | `);
  });

  test("an error in an included file is told with that file's line", async () => {
    const files = { "/a.html": "<p>\n<%= nothing %>" };
    expect(await house.trouble('\n\n\n<!--#include file="a.html"-->', { files })).toMatchObject({
      file: "/a.html",
      line: 2,
    });
  });

  test("visitors learn nothing of it", async () => {
    const { status, text, headers } = await house.ask("secret text <% const password = 'hidden'; nothing() %>");
    expect([status, headers.get("cache-control")]).toEqual([500, "no-store"]);
    expect(text).toContain("This page could not be made");
    expect(text).not.toMatch(/secret|hidden|nothing|index\.html/);
  });

  test("what a page notes is kept for its owner, too", async () => {
    await house.text("<% console.log('seen', { a: 1 }) %>");
    expect(house.lastReport()).toMatchObject({ kind: "note", message: 'seen {"a":1}' });
  });

  test("the reports of one owner are not another's, and the last ones stay", async () => {
    const report = await house.trouble("<% fail() %>");
    for (let i = 0; i < 60; i++) house.journal.note(999, { ...report, message: String(i) });
    expect(house.journal.of(999)).toHaveLength(50);
    expect(house.journal.of(999)[0]?.message).toBe("59");
    expect(house.journal.of(house.user("ben").id)).toEqual([]);
  });
});
