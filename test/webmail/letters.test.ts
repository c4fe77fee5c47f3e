/** Letters with formatting: how they are stored, sent, answered and forwarded, and what of them is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { simpleParser } from "mailparser";
import { saysAttached } from "../../src/web/webmail/said-attached.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let bob: Browser;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  await house.store.commit((tx) => {
    for (const login of ["ann", "bob"])
      house.directory.preferences.setWithin(tx, house.user(login).id, { undoSeconds: 0 });
  });
});
afterAll(async () => await house.close());

const last = async (login: string, name = "INBOX") => {
  const message = (await house.messages(house.folderId(login, name))).at(-1);
  if (message === undefined) throw new Error(`nothing in ${name} of ${login}`);
  return message;
};

const plain = (value: string) =>
  value
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** The fields of the compose page as its script sends them. */
async function open(browser: Browser, query = ""): Promise<Record<string, string>> {
  const { text } = await browser.get(`/mail/compose${query}`);
  const field = (name: string) => plain(new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(text)?.[1] ?? "");
  const names = ["key", "about", "back", "to", "cc", "subject", "html"];
  return {
    ...Object.fromEntries(names.map((name) => [name, field(name)])),
    from: plain(/name="from" value="([^"]*)"|<option value="([^"]*)" selected/.exec(text)?.[1] ?? ""),
    format: /id="compose-body" data-format="(\w+)"/.exec(text)?.[1] ?? "",
    picture: plain(/data-picture="([^"]*)"/.exec(text)?.[1] ?? ""),
  };
}

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Uploads a picture for the text. */
const attach = async (browser: Browser, form: Record<string, string>, cid: string, file: File) => {
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form, cid })) data.append(name, value);
  data.append("picture", file);
  return await browser.upload(`/mail/compose/attach?csrf=${browser.csrf}`, data);
};

describe("a letter with formatting", () => {
  test("goes out in both forms, with its pictures beside the text and its files behind", async () => {
    const form = await open(ann);
    expect(form.format).toBe("rich");
    const to = "Bob <bob@home.example>";
    const cid = "pic-1@home.example";
    const answer = await attach(ann, { ...form, to }, cid, new File([PNG], "dot.png", { type: "image/png" }));
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("dot.png");
    const seen = await ann.raw(`${form.picture}${encodeURIComponent(cid)}`);
    expect(seen.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await seen.arrayBuffer()).equals(PNG)).toBe(true);
    await ann.compose("/mail/compose/attach", { ...form, to }, [new File(["a,b"], "list.csv", { type: "text/csv" })]);
    const html = `<div>Dear <b>Bob</b>,</div><script>x</script><div><img src="x" data-cid="${cid}" alt="dot"></div>`;
    const sent = await ann.compose("/mail/compose", { ...form, to, subject: "Rich", html, do: "send" });
    expect(sent.status).toBe(303);
    const { text, uid } = await last("bob");
    expect(text).toMatch(
      /multipart\/mixed[\s\S]*multipart\/alternative[\s\S]*text\/plain[\s\S]*multipart\/related[\s\S]*text\/html[\s\S]*image\/png[\s\S]*text\/csv/,
    );
    const parsed = await simpleParser(text);
    expect(parsed.text).toBe("Dear Bob,\ndot\n");
    expect(parsed.html || "").toContain("Dear <b>Bob</b>,");
    expect(parsed.attachments.map(({ contentId, related }) => [contentId, related])).toEqual([
      [`<${cid}>`, true],
      [undefined, undefined],
    ]);
    expect(parsed.attachments[0]?.content.equals(PNG)).toBe(true);
    const page = await bob.get(`/mail/f/${house.folderId("bob")}/m/${uid}`);
    expect(page.text).toContain("list.csv");
  });

  test("is a draft that can be gone on with, and keeps a picture that was taken out until it is sent", async () => {
    const form = await open(ann);
    const cid = "pic-2@home.example";
    const html = `<p>One <i>two</i> <img src="x" data-cid="${cid}"></p>`;
    await attach(ann, form, cid, new File([PNG], "dot.png", { type: "image/png" }));
    await ann.post("/mail/compose/save", { ...form, html, subject: "Going on" });
    const again = await open(ann, `?key=${encodeURIComponent(form.key ?? "")}`);
    expect(again).toMatchObject({ format: "rich", subject: "Going on" });
    expect(again.html).toContain("<p>One <i>two</i> ");
    expect(again.html).toContain(`data-cid="${cid}"`);
    await ann.post("/mail/compose/save", { ...again, html: "<p>One</p>" });
    expect((await last("ann", "Drafts")).text).toContain(`Content-ID: <${cid}>`);
    const to = "bob@home.example";
    await ann.compose("/mail/compose", { ...again, html: "<p>One</p>", to, subject: "Without", do: "send" });
    const { text } = await last("bob");
    expect(text).toContain("Subject: Without");
    expect(text).not.toContain("image/png");
  });

  test("a file that goes up while one writes takes nothing back that was saved meanwhile", async () => {
    const form = await open(ann);
    await ann.post("/mail/compose/save", { ...form, html: "<div>newer</div>", subject: "newer" });
    await ann.compose("/mail/compose/attach", { ...form, html: "<div>older</div>", subject: "older" }, [
      new File(["x"], "x.txt"),
    ]);
    const { text } = await last("ann", "Drafts");
    expect(text).toContain("Subject: newer");
    expect(text).toContain("<div>newer</div>");
    expect(text).toContain("x.txt");
    // And it is as it was, however often files come.
    await ann.compose("/mail/compose/attach", form, [new File(["y"], "y.txt")]);
    expect((await last("ann", "Drafts")).text.match(/<html>/g)).toHaveLength(1);
  });

  test("changes its form both ways, and the next one begins so", async () => {
    const form = await open(ann);
    const html = '<div>Hi</div><ul><li>a</li></ul><blockquote type="cite">you</blockquote>';
    const text = await ann.post("/mail/compose/format", { ...form, html, into: "plain" });
    expect(text.text).toMatch(/<textarea[^>]*>\nHi\n- a\n&gt; you<\/textarea>/);
    expect((await open(ann)).format).toBe("plain");
    const back = await ann.post("/mail/compose/format", {
      ...{ ...form, format: "plain", into: "rich" },
      text: "Hi\n> you",
    });
    expect(back.text).toContain("&lt;div&gt;Hi&lt;/div&gt;&lt;blockquote type=&quot;cite&quot;&gt;");
    expect((await open(ann)).format).toBe("rich");
  });
});

describe("before it is sent", () => {
  test.each([
    ["I have attached the plan.", true],
    ["See the enclosed letter", true],
    ["Im Anhang der Plan", true],
    ["Anbei die Rechnung.", true],
    ["Die Rechnung ist beigefügt", true],
    ["I am very attached to it", true],
    ["Nothing here", false],
    ["Der Abhang ist steil, anbeißen", false],
    ["Yes.\n> please find attached", false],
    ["Yes.\n-- \nAttached to nobody", false],
  ])("%p asks for a file: %p", (text, asks) => expect(saysAttached(text, "Re: attached")).toBe(asks));

  test("a forgotten file is asked for once, and not where there is one", async () => {
    const form: Record<string, string> = { ...(await open(ann)), to: "bob@home.example", do: "send" };
    const html = "<div>The plan is attached.</div>";
    const asked = await ann.post("/mail/compose", { ...form, html, subject: "Forgotten" });
    expect(asked.status).toBe(422);
    expect(asked.text).toContain("there is no file");
    expect((await last("bob")).text).not.toContain("Forgotten");
    expect((await ann.post("/mail/compose", { ...form, html, subject: "Forgotten", sure: "no-file" })).status).toBe(
      303,
    );
    expect((await last("bob")).text).toContain("Forgotten");
    const other = { ...(await open(ann)), to: "bob@home.example", do: "send", html, subject: "With it" };
    expect((await ann.compose("/mail/compose", other, [new File(["x"], "x.txt")])).status).toBe(303);
    expect((await last("bob")).text).toContain("With it");
  });

  test("priority and the wish for a receipt are remembered by the draft, and go out", async () => {
    const wish = { to: "bob@home.example", subject: "Soon", priority: "high", receipt: "on" };
    const form: Record<string, string> = { ...(await open(ann)), ...wish };
    await ann.post("/mail/compose/save", form);
    const page = await ann.get(`/mail/compose?key=${encodeURIComponent(form.key ?? "")}`);
    expect(page.text).toMatch(/value="high" selected/);
    expect(page.text).toMatch(/name="receipt" checked/);
    await ann.post("/mail/compose", { ...form, do: "send" });
    const { text } = await last("bob");
    expect(text).toContain("Importance: high\r\n");
    expect(text).toContain("X-Priority: 1 (Highest)\r\n");
    expect(text).toContain("Disposition-Notification-To: ann@home.example\r\n");
  });

  test("the signature of its address stands in it, and another one's takes its place", async () => {
    const { id } = house.user("ann");
    await house.store.commit((tx) => {
      house.directory.identities.setWithin(tx, id, "ann@home.example", { signature: "Ann\nHome", name: "Ann E." });
    });
    const form = await open(ann);
    expect(form.html).toBe(
      "<div><br /></div><div><br /></div><div data-signature>--\u00a0<br /><div>Ann</div><div>Home</div></div>",
    );
    await ann.post("/mail/compose", { ...form, to: "bob@home.example", subject: "Signed", do: "send" });
    const { text } = await last("bob");
    expect(text).toContain('From: "Ann E." <ann@home.example>');
    expect((await simpleParser(text)).text).toBe("\n\n-- \nAnn\nHome\n");
    await house.store.commit((tx) => house.directory.identities.removeWithin(tx, id, "ann@home.example"));
  });
});

const MAIL = `From: Carol <carol@else.example>
To: Ann <ann@home.example>
Subject: Plans
Message-ID: <plans@else.example>
MIME-Version: 1.0
Content-Type: multipart/related; boundary=m

--m
Content-Type: text/html; charset=utf-8

<html><head><style>p{color:red}</style></head><body id="compose"><p class="x">See <img src="cid:chart@else"> and
<img src="https://tracker.example/p.png" alt="remote"></p><script>alert(1)</script>
<div class="gmail_signature">Carol, Chief</div></body></html>
--m
Content-Type: image/png
Content-ID: <chart@else>
Content-Disposition: inline; filename=chart.png
Content-Transfer-Encoding: base64

${PNG.toString("base64")}
--m--
`;

describe("answers to mail with formatting", () => {
  test("quote it with its pictures, and load nothing from elsewhere", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, MAIL);
    const form = await open(ann, `?reply=${inbox}.${uid}`);
    expect(form.html).toMatch(/Carol wrote:<\/div><blockquote type="cite"/);
    expect(form.html).not.toMatch(/<script|<style| class=| id=|Chief|src="https/);
    expect(form.html).toContain('data-remote="https://tracker.example/p.png"');
    const seen = await ann.raw(`${form.picture}chart%40else`);
    expect(seen.status).toBe(200);
    await seen.body?.cancel();
    await ann.post("/mail/compose/save", form);
    await ann.compose("/mail/compose", { ...form, to: "bob@home.example", do: "send" });
    const { text } = await last("bob");
    const { html } = await simpleParser(text, { skipImageLinks: true });
    expect(html || "").toContain('src="cid:chart@else"');
    expect(html || "").toContain('src="https://tracker.example/p.png"');
    expect(text.match(/Content-ID: <chart@else>/g)).toHaveLength(1);
  });

  test("forward it with what stands in the text", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, MAIL);
    const form = await open(ann, `?forward=${inbox}.${uid}`);
    expect(form.html).toContain("Forwarded message");
    expect(form.html).toContain("Carol, Chief");
    await ann.compose("/mail/compose", { ...form, to: "bob@home.example", do: "send" });
    expect((await last("bob")).text.match(/Content-ID: <chart@else>/g)).toHaveLength(1);
  });

  test("go out as plain text where somebody writes so", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, MAIL);
    const page = await ann.get(`/mail/compose?reply=${inbox}.${uid}`);
    const form = await open(ann, `?reply=${inbox}.${uid}`);
    expect(page.text).toMatch(/<textarea[^>]*>[\s\S]*&gt; See {1,2}and\n?/);
    await ann.compose("/mail/compose", { ...form, to: "bob@home.example", format: "plain", text: "Yes.", do: "send" });
    const { text } = await last("bob");
    expect(text).toContain("text/plain");
    expect(text).not.toContain("text/html");
  });
});

describe("what is refused", () => {
  test.each([
    ["HTML that is called a picture", "text/html", "a@b.example"],
    ["a drawing that can run scripts", "image/svg+xml", "a@b.example"],
    ["a name with a line end", "image/png", "a@b.example>\r\nBcc: x"],
    ["no name", "image/png", ""],
  ])("%s", async (_, type, cid) => {
    const form = await open(ann);
    const answer = await attach(ann, form, cid, new File([PNG], "x.png", { type }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("cannot stand in the text as a picture");
  });

  test("pictures of somebody else's letters, and what is none", async () => {
    const form = await open(ann);
    const cid = "mine@home.example";
    await attach(ann, form, cid, new File([PNG], "dot.png", { type: "image/png" }));
    const address = `${form.picture}${encodeURIComponent(cid)}`;
    expect((await ann.get(address)).status).toBe(200);
    expect((await bob.get(address)).status).toBe(404);
    expect((await ann.get(`${form.picture}other`)).status).toBe(404);
  });

  test("more formatting than can be worked with, without losing what is stored", async () => {
    const form = await open(ann);
    await ann.post("/mail/compose/save", { ...form, html: "<div>kept</div>" });
    expect((await ann.post("/mail/compose/save", { ...form, html: "<b>x</b>".repeat(20_000) })).status).toBe(400);
    expect((await last("ann", "Drafts")).text).toContain("<div>kept</div>");
  });
});

describe("a message that goes on", () => {
  test("as a file is there whole, and stays so in the draft", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, MAIL);
    const page = await ann.get(`/mail/compose?enclose=${inbox}.${uid}`);
    expect(page.text).toContain("Plans.eml");
    const form: Record<string, string> = { ...(await open(ann, `?enclose=${inbox}.${uid}`)), take: "whole" };
    expect(form).toMatchObject({ subject: "Fwd: Plans", html: "<div><br /></div>" });
    await ann.post("/mail/compose/save", form);
    await ann.post("/mail/compose", { ...form, take: [], to: "bob@home.example", do: "send" });
    const { text } = await last("bob");
    const { attachments } = await simpleParser(text);
    expect(attachments.map(({ contentType, filename }) => [contentType, filename])).toEqual([
      ["message/rfc822", "Plans.eml"],
    ]);
    expect(attachments[0]?.content.toString().replace(/\r/g, "").trimEnd()).toBe(MAIL.trimEnd());
    const marked = (await house.messages(inbox)).find((one) => one.uid === uid);
    expect(marked?.keywords).toEqual(["$Forwarded"]);
  });

  test("redirected is as it was, but for who sent it on", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, `Return-Path: <carol@else.example>\nBcc: secret@else.example\n${MAIL}`);
    const page = await ann.get(`/mail/compose/redirect?message=${inbox}.${uid}`);
    expect(page.text).toContain("“Plans” from Carol goes on as it is.");
    const key = /name="key" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const form = {
      message: `${inbox}.${uid}`,
      key,
      from: "ann@home.example",
      to: "Bob <bob@home.example>",
      back: "/mail",
    };
    const before = (await house.messages(house.folderId("bob"))).length;
    const [first] = await Promise.all([
      ann.post("/mail/compose/redirect", form),
      ann.post("/mail/compose/redirect", form),
    ]);
    expect(first.status).toBe(303);
    expect((await house.messages(house.folderId("bob"))).length).toBe(before + 1);
    const { text } = await last("bob");
    expect(text).toMatch(
      /Resent-Date: .*\r\nResent-From: Ann Example <ann@home\.example>\r\nResent-To: Bob <bob@home\.example>\r\nResent-Message-ID: <[\w-]+@home\.example>\r\nFrom: Carol/,
    );
    expect(text.endsWith(MAIL.replaceAll("\n", "\r\n"))).toBe(true);
    expect(text).not.toContain("secret");
    expect((await last("ann", "Sent")).text).toContain("Resent-To: Bob");
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.keywords).toEqual(["$Forwarded"]);
  });

  test("is not redirected as, to or from where one may not", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, MAIL);
    const form = {
      message: `${inbox}.${uid}`,
      key: crypto.randomUUID(),
      from: "ann@home.example",
      to: "bob@home.example",
    };
    const redirect = (browser: Browser, change: Partial<typeof form>) =>
      browser.post("/mail/compose/redirect", { ...form, ...change });
    const before = (await house.messages(house.folderId("bob"))).length;
    expect((await redirect(ann, { from: "bob@home.example" })).text).toContain("not yours to send from");
    expect((await redirect(ann, { to: "nobody@home.example" })).text).toContain("There is no mailbox");
    expect((await redirect(ann, { to: "bob@home.example\r\nX-Evil: 1, nobody" })).status).toBe(422);
    expect((await redirect(bob, { from: "bob@home.example" })).status).toBe(404);
    for (const fields of [
      "From: The Boss <bob@home.example>",
      "From: carol@else.example\nFrom: bob@home.example",
      "From: boss@sub.home.example",
      "From: bob@home.example.",
      "From: boss@sub.home\u3002example",
      "From: carol@else.example\nSender: bob@home.example",
      `From: carol@else.example\n${`X-Long: ${"x".repeat(900)}\n`.repeat(500)}From: bob@home.example`,
    ]) {
      const forged = await house.put(inbox, `${fields}\nSubject: Pay this\n\nAt once.\n`);
      expect((await redirect(ann, { message: `${inbox}.${forged}` })).status).toBe(403);
    }
    expect((await house.messages(house.folderId("bob"))).length).toBe(before);
  });
});
