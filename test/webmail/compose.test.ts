import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { transportSettings } from "../../src/transport/settings.ts";
import { webmailSettings } from "../../src/web/webmail/settings.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let bob: Browser;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  for (const login of ["ann", "bob"]) await sendAtOnce(login);
});
afterAll(async () => await house.close());

const folder = async (login: string, name = "INBOX") => await house.messages(house.folderId(login, name));
const last = async (login: string, name = "INBOX") => {
  const message = (await folder(login, name)).at(-1);
  if (message === undefined) throw new Error(`nothing in ${name} of ${login}`);
  return message;
};

/** Lets somebody's mail go without the moment in which it can be called back. */
const sendAtOnce = (login: string) =>
  house.store.commit((tx) => house.directory.preferences.setWithin(tx, house.user(login).id, { undoSeconds: 0 }));

/** The form of a page, as fields. */
function formOf(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  const plain = (value: string) =>
    value
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
  for (const [input] of text.matchAll(/<input\b[^>]*>/g)) {
    const name = /\bname="([^"]*)"/.exec(input)?.[1];
    const box = /type="(?:checkbox|file|radio)"/.test(input);
    if (name !== undefined && !box) fields[name] = plain(/\bvalue="([^"]*)"/.exec(input)?.[1] ?? "");
  }
  fields.from ??= plain(/<option value="([^"]*)" selected/.exec(text)?.[1] ?? "");
  fields.text = plain(/<textarea[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(text)?.[1] ?? "");
  return fields;
}

const compose = async (browser: Browser, query = "") => formOf((await browser.get(`/mail/compose${query}`)).text);

describe("sending", () => {
  test("delivers, keeps a copy that shares the content, and takes the draft away", async () => {
    const form = await compose(ann);
    const saved = await ann.post("/mail/compose/save", {
      ...form,
      to: "Bob Example <bob@home.example>",
      subject: "Grüße",
      text: "Hallo\r\nBob",
    });
    expect(saved.text).toContain("Saved");
    expect(await folder("ann", "Drafts")).toHaveLength(1);
    const sent = await ann.compose("/mail/compose", {
      ...form,
      ...{ to: "Bob Example <bob@home.example>", subject: "Grüße", text: "Hallo\r\nBob", do: "send" },
    });
    expect(sent.status).toBe(303);
    expect(await folder("ann", "Drafts")).toHaveLength(0);
    const received = await last("bob");
    expect(received.text).toContain("From: Ann Example <ann@home.example>");
    expect(received.text).toContain(`Message-ID: <${form.key}>`);
    expect(received.text).toContain("Subject: =?UTF-8?");
    expect(received.text).toMatch(/Hallo\r\nBob\r\n/);
    expect(received.text).not.toContain("X-Gatepost-Draft");
    const copy = await last("ann", "Sent");
    expect(copy.system).toBe(1);
    expect(copy.text).toBe(received.text);
    const contents = house.store.client.query("SELECT refs FROM contents WHERE refs = 2").all();
    expect(contents).toHaveLength(1);
    const read = await bob.get(`/mail/f/${house.folderId("bob")}/m/${received.uid}`);
    expect(read.text).toContain("Hallo\nBob");
  });

  test("twice sends once", async () => {
    const form = { ...(await compose(ann)), to: "bob@home.example", subject: "Once", do: "send" };
    const before = (await folder("bob")).length;
    await Promise.all([ann.compose("/mail/compose", form), ann.compose("/mail/compose", form)]);
    expect((await folder("bob")).length).toBe(before + 1);
    expect((await ann.post("/mail/compose/save", form)).status).toBe(204);
    expect(await folder("ann", "Drafts")).toHaveLength(0);
  });

  test("keeps blind copies blind, and shows them to the sender", async () => {
    const carol = await house.addUser("carol");
    expect(carol.login).toBe("carol");
    const form = {
      ...(await compose(ann)),
      to: "bob@home.example",
      bcc: "Carol <carol@home.example>",
      subject: "Blind",
      do: "send",
    };
    await ann.compose("/mail/compose", form);
    expect((await last("bob")).text).not.toContain("carol");
    expect((await last("carol")).text).not.toMatch(/^Bcc/m);
    expect((await last("ann", "Sent")).text).toStartWith("Bcc: Carol <carol@home.example>\r\n");
  });

  test("goes beyond this server through the queue", async () => {
    await house.store.settings.set(transportSettings, { smartHosts: [{ host: "127.0.0.1", port: 9 }] });
    const form = { ...(await compose(ann)), to: "x@else.example, bob@home.example", subject: "Out", do: "send" };
    expect((await ann.compose("/mail/compose", form)).status).toBe(303);
    const queued = house.store.client.query("SELECT address FROM queue_recipients").all();
    expect(queued).toEqual([{ address: "x@else.example" }]);
  });

  test("says what is wrong with an address, loses nothing, and sends nothing", async () => {
    const form: Record<string, string> = { ...(await compose(ann)), subject: "Slip", text: "dear", do: "send" };
    const before = (await folder("bob")).length;
    const file = new File(["abc"], "a.txt", { type: "text/plain" });
    const page = await ann.compose("/mail/compose", { ...form, to: "bob@home.example, nobody@home.example" }, [file]);
    expect(page.status).toBe(422);
    expect(page.text).toContain("There is no mailbox nobody@home.example here.");
    expect(page.text).toContain("a.txt");
    expect((await ann.compose("/mail/compose", { ...form, to: "just words" })).text).toContain("is not an address");
    expect((await ann.compose("/mail/compose", { ...form, to: "" })).text).toContain("Say whom this is for.");
    expect((await folder("bob")).length).toBe(before);
    const again = formOf(page.text);
    expect(again.key).toBe(form.key ?? "");
    expect(again.text).toBe("dear");
    await ann.compose("/mail/compose", { ...again, to: "bob@home.example", do: "send" });
    expect((await last("bob")).text).toContain("filename=a.txt");
  });

  test("as somebody else is refused", async () => {
    const form = { ...(await compose(ann)), from: "bob@home.example", to: "bob@home.example", do: "send" };
    const before = (await folder("bob")).length;
    const page = await ann.compose("/mail/compose", form);
    expect(page.status).toBe(422);
    expect((await folder("bob")).length).toBe(before);
  });

  test("beyond this server is refused to those who may not", async () => {
    await house.addUser("erin");
    await house.directory.users.update("erin", { permissions: [] });
    const erin = await house.signIn("erin");
    await sendAtOnce("erin");
    const form = { ...(await compose(erin)), to: "x@else.example", do: "send" };
    expect((await erin.compose("/mail/compose", form)).text).toContain("You may not send mail beyond this server.");
  });

  test("writes no header that a field smuggles in", async () => {
    const form = {
      ...(await compose(ann)),
      to: "bob@home.example",
      subject: "Hi\r\nBcc: victim@else.example\r\n\r\n<script>",
      do: "send",
    };
    await ann.compose("/mail/compose", form);
    const { text } = await last("bob");
    expect(text).toContain("Subject: Hi Bcc: victim@else.example <script>\r\n");
    expect(text).not.toMatch(/^Bcc:/m);
  });

  test("without the token, or from another site, does nothing", async () => {
    const form = { ...(await compose(ann)), to: "bob@home.example", subject: "Forged", do: "send" };
    const before = (await folder("bob")).length;
    const body = () => {
      const data = new FormData();
      for (const [name, value] of Object.entries(form)) data.append(name, value);
      return data;
    };
    const send = async (path: string, headers: Record<string, string>) =>
      (await ann.upload(path, body(), headers)).status;
    expect(await send("/mail/compose?csrf=wrong", {})).toBe(403);
    expect(await send(`/mail/compose?csrf=${ann.csrf}`, { origin: "https://evil.example" })).toBe(403);
    expect((await folder("bob")).length).toBe(before);
  });
});

describe("files", () => {
  const octets = crypto.getRandomValues(new Uint8Array(50_000));
  const large = Buffer.concat(Array.from({ length: 60 }, () => octets));

  test("go up at once, come off again, and arrive octet by octet", async () => {
    const form = await compose(ann);
    const names = ['größe "1".pdf', "../b.bin"];
    const up = await ann.compose(
      "/mail/compose/attach",
      { ...form, to: "bob@home.example", subject: "Files", text: "x" },
      [new File([large], names[0] ?? "", { type: "application/pdf" }), new File([octets], names[1] ?? "")],
    );
    expect(up.text).toContain("größe _1_.pdf");
    expect(up.text).toContain("3.0 MB");
    expect(up.text).toContain('name="remove" value="3"');
    const off = await ann.compose("/mail/compose", {
      ...form,
      to: "bob@home.example",
      subject: "Files",
      text: "x",
      remove: "3",
    });
    expect(off.location).toStartWith("/mail/compose?key=");
    const page = await ann.get(off.location);
    expect(page.text).not.toContain("b.bin");
    await ann.compose("/mail/compose", { ...formOf(page.text), do: "send" });
    const { uid } = await last("bob");
    const response = await bob.raw(`/mail/f/${house.folderId("bob")}/m/${uid}/part/2`);
    expect(response.headers.get("content-type")).toBe("application/pdf");
    expect(Buffer.from(await response.arrayBuffer()).equals(large)).toBe(true);
  });

  test("that are too large are refused before they are stored", async () => {
    await house.store.settings.set(webmailSettings, { attachmentOctets: 200_000 });
    const form = await compose(ann);
    const page = await ann.compose("/mail/compose/attach", form, [new File([large], "x")]);
    expect(page.status).toBe(413);
    expect(house.store.client.query("SELECT count(*) AS n FROM contents WHERE hash IS NULL").get()).toEqual({ n: 0 });
    await house.store.settings.set(webmailSettings, { attachmentOctets: 35_000_000 });
  });

  test("arrive in an order that is not the form's: refused", async () => {
    const form = await compose(ann);
    const body = new FormData();
    body.append("key", form.key ?? "");
    body.append("file", new File(["x"], "x.txt"));
    body.append("to", "bob@home.example");
    const page = await ann.upload(`/mail/compose/attach?csrf=${ann.csrf}`, body);
    expect(page.status).toBe(400);
  });
});

describe("drafts", () => {
  test("are one message, stored anew with every change, and opened again", async () => {
    const form = await compose(ann);
    const count = (await folder("ann", "Drafts")).length;
    const text =
      "line one\n> quoted  \n\n  indented, and a long line that goes on and on and on and on and on beyond eighty\nÄnd";
    for (const version of ["one", "two", "three"]) {
      await ann.post("/mail/compose/save", {
        ...form,
        to: "bob@home.example",
        cc: "x@y.example",
        bcc: "z@y.example",
        subject: version,
        text,
      });
    }
    expect((await folder("ann", "Drafts")).length).toBe(count + 1);
    const draft = await last("ann", "Drafts");
    expect(draft.system).toBe(17);
    const again = await compose(ann, `?draft=${house.folderId("ann", "Drafts")}.${draft.uid}`);
    expect(again).toMatchObject({
      key: form.key,
      to: "bob@home.example",
      cc: "x@y.example",
      bcc: "z@y.example",
      subject: "three",
      text,
    });
    const byKey = await compose(ann, `?key=${encodeURIComponent(form.key ?? "")}`);
    expect(byKey.subject).toBe("three");
    await ann.compose("/mail/compose", { ...again, do: "discard" });
    expect((await folder("ann", "Drafts")).length).toBe(count);
    expect((await folder("ann", "Trash")).length).toBe(1);
  });

  test("saved by two requests at once end as one message", async () => {
    const form = await compose(ann);
    const count = (await folder("ann", "Drafts")).length;
    await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        at % 2 === 0
          ? ann.post("/mail/compose/save", { ...form, subject: `Nr ${at}` })
          : ann.compose("/mail/compose/attach", { ...form, subject: `Nr ${at}` }, [
              new File([`file ${at}`], `${at}.txt`),
            ]),
      ),
    );
    expect((await folder("ann", "Drafts")).length).toBe(count + 1);
    const { text } = await last("ann", "Drafts");
    for (const at of [1, 3, 5, 7]) expect(text).toContain(`filename=${at}.txt`);
  });

  test("of another program are gone on with", async () => {
    const drafts = house.folderId("ann", "Drafts");
    const uid = await house.put(
      drafts,
      "From: ann@home.example\nTo: bob@home.example\nSubject: Begun\nIn-Reply-To: <a@b.example>\n\nText\n",
      { flags: 17 },
    );
    const form = await compose(ann, `?draft=${drafts}.${uid}`);
    expect(form).toMatchObject({ to: "bob@home.example", subject: "Begun", text: "Text" });
  });

  test("that were opened from elsewhere than Drafts are not", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, "Subject: x\n\n");
    expect((await ann.get(`/mail/compose?draft=${inbox}.${uid}`)).status).toBe(404);
  });

  test("of another mailbox are read, and not gone on with", async () => {
    const shared = await house.directory.mailboxes.create({
      ownerId: house.user("ann").id,
      addresses: ["info@home.example"],
    });
    const drafts = house.mailstore.folders(shared.id).find((one) => one.name === "Drafts")?.id ?? 0;
    const uid = await house.put(drafts, "Subject: Theirs\n\ntext\n");
    expect((await ann.get(`/mail/f/${drafts}`)).text).toContain(`href="/mail/f/${drafts}/m/${uid}"`);
    expect((await ann.get(`/mail/f/${drafts}/m/${uid}`)).text).not.toContain("Go on writing");
    expect((await ann.get(`/mail/compose?draft=${drafts}.${uid}`)).status).toBe(404);
  });

  test("with a key that is none are refused", async () => {
    const form = await compose(ann);
    for (const key of ["", "x", "<a@b>", "a@b\r\nBcc: x@y.example"]) {
      expect((await ann.post("/mail/compose/save", { ...form, key })).status).toBe(400);
    }
  });
});

const LETTER = `From: Carol Carter <carol@else.example>
Reply-To: desk@else.example
To: Ann <ann@home.example>, dora@else.example
Cc: Emil <emil@else.example>
Subject: Plans
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <plans@else.example>
References: <first@else.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
> older
--=20
Carol
--m
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERi0=
--m--
`;

describe("answers", () => {
  test("go to whom they should, quote, thread, and mark what they answer", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, LETTER);
    const reply = await compose(ann, `?reply=${inbox}.${uid}`);
    expect(reply).toMatchObject({ from: "ann@home.example", to: "desk@else.example", cc: "", subject: "Re: Plans" });
    expect(reply.text).toEndWith("Carol Carter wrote:\n> Grüße\n>> older");
    expect(reply.text).not.toContain("-- ");
    const all = await compose(ann, `?all=${inbox}.${uid}`);
    expect(all).toMatchObject({ to: "desk@else.example", cc: "dora@else.example, Emil <emil@else.example>" });
    await ann.compose("/mail/compose", { ...reply, to: "bob@home.example", do: "send" });
    const { text } = await last("bob");
    expect(text).toContain("In-Reply-To: <plans@else.example>");
    expect(text).toContain("References: <first@else.example> <plans@else.example>");
    const { system } = (await folder("ann")).find((one) => one.uid === uid) ?? { system: 0 };
    expect(system & 2).toBe(2);
  });

  test("are threaded also when the draft was saved and opened again", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, LETTER);
    const reply = await compose(ann, `?reply=${inbox}.${uid}`);
    await ann.post("/mail/compose/save", reply);
    const again = await compose(ann, `?draft=${house.folderId("ann", "Drafts")}.${(await last("ann", "Drafts")).uid}`);
    expect(again.about).toBe(`reply:${inbox}.${uid}`);
    await ann.compose("/mail/compose", { ...again, to: "bob@home.example", do: "send" });
    expect((await last("bob")).text).toContain("In-Reply-To: <plans@else.example>");
  });

  test("to one's own message go to whom that went", async () => {
    const sent = house.folderId("ann", "Sent");
    const uid = await house.put(sent, "From: ann@home.example\nTo: carol@else.example\nSubject: Re: x\n\nhi\n");
    expect(await compose(ann, `?reply=${sent}.${uid}`)).toMatchObject({ to: "carol@else.example", subject: "Re: x" });
  });
});

describe("forwarding", () => {
  test("takes text and files along, as they are, and marks the message", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, LETTER);
    const page = await ann.get(`/mail/compose?forward=${inbox}.${uid}`);
    expect(page.text).toContain('name="take" value="2" checked=""');
    const form = formOf(page.text);
    expect(form).toMatchObject({ to: "", subject: "Fwd: Plans" });
    expect(form.text).toContain("From: Carol Carter <carol@else.example>\nDate:");
    await ann.compose("/mail/compose", { ...form, to: "bob@home.example", take: ["2"], do: "send" });
    const { uid: arrived, text } = await last("bob");
    expect(text).toContain(
      'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=',
    );
    expect((await bob.get(`/mail/f/${house.folderId("bob")}/m/${arrived}/part/2`)).text).toBe("%PDF-");
    expect((await folder("ann")).find((one) => one.uid === uid)?.keywords).toEqual(["$Forwarded"]);
  });

  test("takes the files into the draft with its first saving, once", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(inbox, LETTER);
    const form = formOf((await ann.get(`/mail/compose?forward=${inbox}.${uid}`)).text);
    const saved = await ann.post("/mail/compose/save", { ...form, take: "2" });
    expect(saved.text).toContain(`data-href="/mail/compose?key=${encodeURIComponent(form.key ?? "")}"`);
    expect(saved.text).toContain("plan.pdf");
    await ann.post("/mail/compose/save", { ...form, take: "2" });
    expect((await last("ann", "Drafts")).text.match(/plan\.pdf/g)).toHaveLength(1);
  });

  test("of a message that is nothing but a file takes the file, not its letter's header", async () => {
    const inbox = house.folderId("ann");
    const uid = await house.put(
      inbox,
      "From: secret@else.example\nReceived: from inside\nSubject: Scan\nContent-Type: application/pdf; name=scan.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n",
    );
    const form = formOf((await ann.get(`/mail/compose?forward=${inbox}.${uid}`)).text);
    await ann.compose("/mail/compose", { ...form, to: "bob@home.example", text: "see", take: "1", do: "send" });
    const { text, uid: arrived } = await last("bob");
    expect(text).not.toContain("from inside");
    expect((await bob.get(`/mail/f/${house.folderId("bob")}/m/${arrived}/part/2`)).text).toBe("%PDF-");
  });
});

test.each([
  [
    "mailto:bob@home.example?subject=Hi%20there&body=a%0D%0Ab&cc=x@y.example",
    { to: "bob@home.example", cc: "x@y.example", subject: "Hi there", text: "a\nb" },
  ],
  ["mailto:?to=bob@home.example", { to: "bob@home.example" }],
  [
    "mailto:bob@home.example?bcc=spy@else.example&attach=/etc/passwd&from=x@y",
    { to: "bob@home.example", bcc: "", from: "ann@home.example" },
  ],
  ["mailto:%E0%A4%A", { subject: "" }],
  ["javascript:alert(1)", { to: "" }],
])("the link %p fills the form", async (url, expected) => {
  expect(await compose(ann, `?mailto=${encodeURIComponent(url)}`)).toMatchObject(expected);
});
