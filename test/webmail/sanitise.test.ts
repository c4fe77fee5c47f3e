import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Parser } from "htmlparser2";
import { Refusal } from "../../src/refusal.ts";
import { pictureAddress } from "../../src/web/webmail/picture-address.ts";
import { SANITISE_LIMITS, type SanitiseOptions, sanitise } from "../../src/web/webmail/sanitise.ts";
import { processorMs } from "../timing.ts";
import { ATTACKS } from "./attacks.ts";

const quiet: SanitiseOptions = {
  pictureKey: undefined,
  pictures: { "logo@x": "cid:held-1" },
  mailto: "/mail/compose?mailto=",
};

const clean = async (html: string, options: Partial<SanitiseOptions> = {}) =>
  (await sanitise(html, { ...quiet, ...options })).html;

/** What a parser finds in the output: every element, attribute and value. */
function elements(html: string): { name: string; attribs: Record<string, string> }[] {
  const found: { name: string; attribs: Record<string, string> }[] = [];
  const parser = new Parser({ onopentag: (name, attribs) => found.push({ name, attribs }) });
  parser.write(html);
  parser.end();
  return found;
}

/** The invariant: ordinary elements, no handlers, no dangerous addresses, no way to load anything. */
function expectHarmless(html: string, allowRemote = false) {
  for (const { name, attribs } of elements(html)) {
    expect(name).not.toMatch(
      /^(script|style|svg|math|iframe|frame|object|embed|applet|form|input|button|select|textarea|base|meta|link|title|noscript|template|video|audio|xmp|noembed|noframes|plaintext|marquee)$/,
    );
    for (const [key, value] of Object.entries(attribs)) {
      expect(key).not.toMatch(/^on|^(formaction|srcdoc|srcset|background|action|ping|xmlns|xlink)/i);
      if (key === "href") expect(value).toMatch(/^(https?:\/\/|\/mail\/compose\?|tel:|#)/);
      if (key === "src")
        expect(value).toMatch(allowRemote ? /^(data:image\/|cid:held|\/mail\/pictures\/)/ : /^(data:image\/|cid:held)/);
      if (key === "style")
        expect(value).not.toMatch(/expression|javascript|@import|behavior|position|url\((?!"data:|"cid:)/i);
    }
  }
}

describe("hostile HTML", () => {
  for (const [name, attack] of Object.entries(ATTACKS)) {
    test(`is made harmless: ${name}`, async () => {
      const result = await sanitise(attack, quiet);
      expectHarmless(result.html);
      expect(result.html).not.toMatch(/<[^>]*(?:javascript|vbscript):/i);
      expect(result.css).not.toMatch(/[<>]\/?style|@import|expression|url\(|position/i);
    });
  }

  test("stays harmless when the result is sanitised again", async () => {
    for (const attack of Object.values(ATTACKS)) {
      const once = await clean(attack);
      expectHarmless(await clean(once));
    }
  });

  test("from pieces put together at random never leaves anything dangerous", async () => {
    const pieces = fc.constantFrom(
      ...[
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<textarea>",
        "<noscript>",
        "</noscript>",
      ],
      ...[
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x',
        "</p>",
        "<p>",
      ],
      ...[
        "<table>",
        "<td>",
        "<mglyph>",
        "<annotation-xml>",
        "<foreignObject>",
        "<desc>",
        "<template>",
        "<select>",
        "<option>",
      ],
      ...[
        '<p title="</noscript><img src=x onerror=alert(1)>">',
        "<iframe>",
        "<xmp>",
        "<plaintext>",
        "text",
        "&lt;script&gt;",
        "\0",
      ],
      ...[
        "<form>",
        "<input autofocus onfocus=alert(1)>",
        "<base href=//evil>",
        '<b style="x:expression(alert(1))">',
        "<",
        "</",
        '"',
        "'",
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 25 }), async (parts) => {
        expectHarmless(await clean(parts.join("")));
      }),
      { numRuns: 400 },
    );
  });
});

describe("honest HTML", () => {
  test("keeps the structure and looks of a newsletter", async () => {
    const html = await clean(
      '<table width="600" cellpadding="0" bgcolor="#ffffff" align="center"><tr><td colspan="2" style="padding:10px 20px;color:#333;font-family:\'Segoe UI\',Arial"><h1>News</h1><font color="red" face="Arial" size="2">x</font></td></tr></table>',
    );
    expect(html).toContain('<table style="" '.replace('style="" ', ""));
    expect(html).toContain('bgcolor="#ffffff"');
    expect(html).toContain('colspan="2"');
    expect(html).toContain(
      "padding: 10px 20px; color: #333; color: light-dark(#333, #c2c2c2); font-family: 'Segoe UI',Arial",
    );
    expect(html).toContain('<font color="red" face="Arial" size="2">x</font>');
  });

  test("keeps links, which open elsewhere and tell nothing", async () => {
    expect(await clean('<a href="https://example.org/a?b=c&amp;d=e">x</a>')).toBe(
      '<a href="https://example.org/a?b=c&amp;d=e" data-leads="https://example.org/a?b=c&amp;d=e" target="_blank" rel="noopener noreferrer nofollow">x</a>',
    );
  });

  test("keeps links within the message without a window of their own", async () => {
    expect(await clean('<a href="#top">x</a><p id="top">y</p>')).toBe('<a href="#top">x</a><p id="top">y</p>');
  });

  test("turns mailto: links into compose links", async () => {
    expect(await clean('<a href="mailto:a@example.org?subject=Hi">x</a>')).toContain(
      'href="/mail/compose?mailto=mailto%3Aa%40example.org%3Fsubject%3DHi"',
    );
  });

  test("shows a look-alike host in ASCII and drops a user name before a host", async () => {
    expect(await clean('<a href="https://аpple.example/">x</a>')).toContain("https://xn--pple-43d.example/");
    expect(await clean('<a href="https://bank.example@evil.example/">x</a>')).toBe("<a>x</a>");
  });

  test("shows pictures that came with the message", async () => {
    expect(await clean('<img src="cid:logo%40x" alt="Logo">')).toContain('src="cid:held-1"');
    expect(await clean('<img src="cid:other" alt="Logo">')).toContain('class="picture-held"');
    expect(await clean('<img src="data:image/png;base64,AAAA">')).toContain('src="data:image/png;base64,AAAA"');
    expect(await clean('<img src="data:image/svg+xml;base64,AAAA">')).toContain("picture-held");
  });

  test("holds pictures of other hosts back, counts them, and lets them through when asked", async () => {
    const source =
      '<img src="https://x.example/a.png" width="80"><img src="https://x.example/t.gif" width=1 height=1><td style="background:url(https://x.example/b.png) no-repeat #fff">';
    const held = await sanitise(source, quiet);
    expect(held.remotePictures).toBe(3);
    expect(held.html).not.toContain("x.example");
    expect(held.html).toContain("picture-held");
    expect(held.html).toContain("picture-tracker");
    const asked = await sanitise(source, { ...quiet, pictureKey: "key" });
    expect(asked.html).toContain(`src="${pictureAddress("https://x.example/a.png", "key")}"`);
    expect(asked.html).toContain(`url(&quot;${pictureAddress("https://x.example/b.png", "key")}&quot;) no-repeat #fff`);
    expect(asked.html).not.toContain("x.example");
    expectHarmless(asked.html.replace(/url\([^)]*\)/g, ""), true);
  });

  test("keeps plain style rules, with the body's own on the message's body", async () => {
    const result = await sanitise(
      "<html><head><title>T</title><style>p.MsoNormal{margin:0}body{background:#eee}@media (max-width:600px){.a{width:100%}}</style></head><body bgcolor=white><p class=MsoNormal>x</p></body></html>",
      quiet,
    );
    expect(result.css).toBe(
      ':where([bgcolor="white"]) { background-color: light-dark(white, #161e19) }\np.MsoNormal { margin: 0 }\n.message-body { background: #eee; background: light-dark(#eee, #202020) }\n@media (max-width:600px) {\n.a { width: 100% }\n}',
    );
    expect(result.html).toBe('<div bgcolor="white" class="message-body"><p class="MsoNormal">x</p></div>');
    expect(result.coloured).toBe(true);
  });

  test("marks links whose text is another address than they lead to, in a class nobody knows", async () => {
    const source = [
      '<a href="https://evil.example/x">https://www.bank.com/login</a>',
      '<a href="https://evil.example/x"><b>bank</b>.com</a>',
      '<a href="https://click.shop.com/1">www.shop.com</a>',
      '<a href="https://evil.example/x">Log in to bank.com now</a>',
      '<a href="https://evil.example/x">report.docx</a>',
    ].join("");
    const { html, misleading, hosts, mark } = await sanitise(source, quiet);
    expect(misleading).toEqual([
      { says: "bank.com", leads: "evil.example" },
      { says: "bank.com", leads: "evil.example" },
    ]);
    expect(html.split(`<span class="${mark}">\u2192 evil.example</span>`)).toHaveLength(3);
    expect(hosts).toEqual(["evil.example", "click.shop.com"]);
    expect((await sanitise(source, quiet)).mark).not.toBe(mark);
  });

  test("leaves nobody else to say where a link leads", async () => {
    expect(await clean('<a data-leads="https://bank.example/" href="https://evil.example/">x</a>')).toContain(
      'data-leads="https://evil.example/"',
    );
    expect(await clean('<a data-leads="https://bank.example/">x</a>')).toBe("<a>x</a>");
  });

  test("says whether it brought colours of its own", async () => {
    expect((await sanitise("<p>Hello <b>you</b></p>", quiet)).coloured).toBe(false);
    expect((await sanitise('<p style="color: black">x</p>', quiet)).coloured).toBe(true);
    expect((await sanitise('<p style="background: transparent">x</p>', quiet)).coloured).toBe(false);
  });

  test("drops what is not text of the message, and keeps the text of what is unknown", async () => {
    expect(await clean("<title>T</title><o:p>a</o:p><custom>b</custom><!-- c --><form>d</form>")).toBe("abd");
  });
});

describe("size", () => {
  test("is clipped at the limit of tags", async () => {
    const result = await sanitise("<p>x</p>".repeat(SANITISE_LIMITS.tags), quiet);
    expect(result.clipped).toBe(true);
    expect(elements(result.html).length).toBeLessThanOrEqual(SANITISE_LIMITS.tags);
  });

  test("is clipped at the limit of characters", async () => {
    const result = await sanitise("x".repeat(SANITISE_LIMITS.characters + 10), quiet);
    expect(result.clipped).toBe(true);
    expect(result.html.length).toBe(SANITISE_LIMITS.characters);
  });

  test.each(["<b>", "<table><tr><td>", "<div><font>", "<svg>", "<noscript>", "<x-y>"])(
    "nested beyond reason in %p is refused, quickly",
    async (opening) => {
      const started = processorMs();
      await expect(sanitise(opening.repeat(10_000) + "</i>".repeat(10_000), quiet)).rejects.toBeInstanceOf(Refusal);
      expect(processorMs() - started).toBeLessThan(1000);
    },
  );

  test("of attributes, styles and entities costs time in proportion only", async () => {
    const attacks = [
      `<b ${"a=b ".repeat(200_000)}>x`,
      `<b style="${"color:red;".repeat(100_000)}">x`,
      `<b style="${"url(".repeat(200_000)}">x`,
      `<style>${"a{".repeat(100_000)}</style>`,
      `<style>${"@media x{".repeat(50_000)}</style>`,
      `<style>@media ${"\t ".repeat(30_000)}" { p { color: red } }</style>`,
      `<b style='${`background: url(${"\t".repeat(900)}R${"\t".repeat(900)}");`.repeat(100)}'>x`,
      `<style>${"/*".repeat(200_000)}</style>`,
      `<p>${"&amp;&#x41;&lt;".repeat(100_000)}`,
      `<a href="${"java\tscript:".repeat(100_000)}">x`,
      `<a href="x${" ".repeat(1_000_000)}y">x`,
      `<img src="${"\u0001".repeat(1_000_000)}x">`,
      "<!--".repeat(300_000),
      "<![CDATA[".repeat(100_000),
      "<a href='".repeat(10_000),
    ];
    for (const attack of attacks) {
      const started = processorMs();
      await clean(attack);
      expect(processorMs() - started).toBeLessThan(1500);
    }
  });
});
