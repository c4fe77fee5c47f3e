/** What one does with an open message besides reading it: saving, looking at files, printing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let inbox: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  inbox = house.folderId("ann");
});
afterAll(async () => await house.close());

/** A message with parts, each with its fields and text. */
const mixed = (...parts: readonly string[]) =>
  `From: Carol <carol@else.example>\nTo: ann@home.example\nSubject: Files/of <the> week\nDate: Mon, 2 Mar 2026 10:00:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join("")}--b--\n`;
const file = (type: string, name: string, text: string) =>
  `Content-Type: ${type}\nContent-Disposition: attachment; filename="${name}"\n\n${text}`;

test("a message of very many long parts is shown as far as one of them goes", async () => {
  const part = (type: string) => `Content-Type: text/${type}\n\n<p>${"x".repeat(400_000)}</p>`;
  for (const type of ["html", "plain"]) {
    const uid = await house.put(inbox, mixed(...Array.from({ length: 10 }, () => part(type))));
    const whole = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(whole.status).toBe(200);
    const shown = type === "html" ? await ann.get(`/mail/f/${inbox}/m/${uid}/body`) : whole;
    expect(shown.text.length).toBeLessThan(3_000_000);
    expect(whole.text).toMatch(/too long|its end/);
  }
});

test("a message with large pictures is sent as it is made, and a long one without is compressed", async () => {
  const asked = { "accept-encoding": "gzip, br", "sec-fetch-site": "same-origin" };
  const picture = `Content-Type: image/png\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\n${"iVBORw0KGgo=".repeat(300_000)}`;
  const html = 'Content-Type: text/html\n\n<p>Look</p><img src="cid:a">';
  const large = await house.put(inbox, mixed(html, picture).replace("multipart/mixed", "multipart/related"));
  for (const what of ["body", "print"]) {
    const answer = await ann.raw(`/mail/f/${inbox}/m/${large}/${what}`, { headers: asked });
    expect(answer.headers.get("content-encoding")).toBeNull();
    // The first piece comes long before the last one is made.
    const piece = await answer.body?.getReader().read();
    expect(Buffer.from(piece?.value ?? []).toString()).toStartWith("<!doctype html>");
    expect(piece?.value?.length).toBeLessThan(100_000);
  }
  const long = await house.put(inbox, `Subject: long\nContent-Type: text/html\n\n<p>${"words ".repeat(40_000)}</p>`);
  const path = `/mail/f/${inbox}/m/${long}/body`;
  for (const [encoding, unpack] of [
    ["br", brotliDecompressSync],
    ["zstd", zstdDecompressSync],
    ["gzip", gunzipSync],
  ] as const) {
    const answer = await ann.raw(path, { headers: { ...asked, "accept-encoding": encoding } });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    const text = unpack(await answer.bytes()).toString();
    expect(text.match(/words/g)).toHaveLength(40_000);
  }
});

describe("a reader is warned", () => {
  const warned = async (message: string) =>
    (await ann.get(`/mail/f/${inbox}/m/${await house.put(inbox, message)}`)).text;
  const letter = (from: string, text: string, type = "text/plain") =>
    `From: ${from}\nTo: ann@home.example\nSubject: x\nContent-Type: ${type}; charset=utf-8\n\n${text}\n`;

  test("of a domain that looks like that of a contact, in the sender and in links", async () => {
    const card = { fullName: "Modern", mails: [{ kind: "work" as const, address: "info@modern-pipes.example" }] };
    const user = house.user("ann").id;
    await house.store.commit((tx) => house.directory.contacts.createWithin(tx, user, card, Date.now()));
    expect(await warned(letter("info@modern-pipes.example", "https://www.modern-pipes.example/"))).not.toContain(
      "looks like",
    );
    expect(await warned(letter("info@modem-pipes.example", "x"))).toContain(
      "domain modem-pipes.example looks like modern-pipes.example, but is another one",
    );
    expect(await warned(letter("a@b.example", "see https://modem-pipes.example/login"))).toContain(
      "A link leads to modem-pipes.example, which looks like modern-pipes.example",
    );
    expect(
      await warned(letter("a@b.example", '<a href="https://modern-p\u0456pes.example">x</a>', "text/html")),
    ).toContain("which looks like modern-pipes.example");
  });

  test("of this house's own domain with a letter changed, and of scripts that are mixed", async () => {
    expect(await warned(letter("boss@hone.example", "x"))).not.toContain("looks like");
    expect(await warned(letter("boss@h0me.example", "x"))).toContain("looks like home.example");
    expect(await warned(letter("a@xn--pple-43d-nothing.example", "x"))).not.toContain("mixes");
    expect(await warned(letter("a@\u0442est-shop.example", "x"))).toContain("mixes letters of several scripts");
  });

  test("of nothing where nothing is wrong", async () => {
    const text = await warned(letter("Bob <bob@home.example>", "https://home.example/ and https://example.org/"));
    expect(text).not.toContain('class="notice"');
  });
});

describe("all files in one", () => {
  test("are an archive with distinct names that stay in their folder", async () => {
    const uid = await house.put(
      inbox,
      mixed(
        "Content-Type: text/plain\n\nHello",
        file("text/plain", "note.txt", "one"),
        file("text/plain", "NOTE.txt", "two"),
        file("text/plain", "../../evil.txt", "three"),
      ),
    );
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(page.text).toContain("Save all 3 files");
    const answer = await ann.raw(`/mail/f/${inbox}/m/${uid}/attachments.zip`);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(answer.headers.get("content-disposition")).toContain('filename="Files-of _the_ week.zip"');
    const octets = Buffer.from(await answer.arrayBuffer()).toString("latin1");
    const names = [...octets.matchAll(/PK\x01\x02[\s\S]{42}([\w. ()]+?)(?=\x01\x00\x18)/g)].map(([, name]) => name);
    expect(names).toEqual(["note.txt", "NOTE (2).txt", "evil.txt"]);
    expect(octets).toContain("three");
  });

  test("are not offered where there are none", async () => {
    const uid = await house.put(inbox, "From: a@b.example\nSubject: x\n\nx\n");
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/attachments.zip`)).status).toBe(404);
  });
});

describe("a PDF", () => {
  test("is looked at in the browser's viewer, under a policy of its own", async () => {
    const uid = await house.put(inbox, mixed(file("application/pdf", "invoice.pdf", "%PDF-1.4")));
    const looked = await ann.get(`/mail/f/${inbox}/m/${uid}/part/1?view=1`);
    expect(looked.headers.get("content-type")).toBe("application/pdf");
    expect(looked.headers.get("content-disposition")).toStartWith("inline;");
    expect(looked.headers.get("x-content-type-options")).toBe("nosniff");
    expect(looked.headers.get("content-security-policy")).toStartWith("default-src 'none'; object-src 'self'");
    const saved = await ann.get(`/mail/f/${inbox}/m/${uid}/part/1`);
    expect(saved.headers.get("content-disposition")).toStartWith("attachment;");
    expect(saved.headers.get("content-security-policy")).toContain("sandbox");
  });

  test("that is none by its type is only saved", async () => {
    const uid = await house.put(inbox, mixed(file("text/html", "invoice.pdf", "<script>alert(1)</script>")));
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/part/1?view=1`)).status).toBe(404);
  });
});

describe("the page to be printed", () => {
  test("has who, when and what, in a document that can do nothing but print", async () => {
    const uid = await house.put(
      inbox,
      `From: "<img src=x onerror=alert(1)>" <carol@else.example>\nTo: ann@home.example\nSubject: <script>alert(1)</script>\nContent-Type: text/html\n\n<p onclick="alert(1)">Hello</p><script>alert(2)</script>\n`,
    );
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}/print`);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("sandbox allow-scripts allow-modals allow-popups");
    expect(policy).not.toContain("allow-same-origin");
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]{44}'/);
    expect(page.text).toContain("<p>Hello</p>");
    expect(page.text.match(/<script/g)).toHaveLength(1);
    expect(page.text).toContain("&#60;script&#62;alert(1)");
    expect(page.text).not.toContain("<img src=x");
  });

  test("has the text where there is no HTML, quotations and all", async () => {
    const uid = await house.put(inbox, "From: a@b.example\nSubject: x\n\nMine <b>\n\n> theirs\n");
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}/print`);
    expect(page.text).toContain("Mine &#60;b&#62;");
    expect(page.text).toMatch(/<blockquote><p>theirs/);
  });
});
