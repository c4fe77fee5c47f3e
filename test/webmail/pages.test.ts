import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { processorMs } from "../timing.ts";
import { type Browser, House, htmx } from "./house.ts";

const NOTE = `From: "Carol <b>Carter</b>" <carol@else.example>
To: ann@home.example
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_<script>alert(1)</script>?=
Date: Mon, 2 Mar 2026 10:00:00 +0100
Message-ID: <note@else.example>
Content-Type: text/plain; charset=utf-8

Hello <script>alert(2)</script> https://example.org/

> an answer
`;

let house: House;
let ann: Browser;
let bob: Browser;
let inbox: number;

beforeAll(async () => {
  house = await House.build();
  ann = await house.signIn("ann");
  bob = await house.signIn("bob");
  inbox = house.folderId("ann");
});
afterAll(async () => await house.close());

describe("signing in", () => {
  test("is asked of strangers, and then leads back", async () => {
    const { Browser: Stranger } = await import("./house.ts");
    const page = await new Stranger(house.web).get(`/mail/f/${inbox}`);
    expect(page.status).toBe(303);
    expect(page.location).toBe(`/login?next=${encodeURIComponent(`/mail/f/${inbox}`)}`);
  });

  test("leads to the inbox", async () => {
    expect((await ann.get("/mail")).location).toBe(`/mail/f/${inbox}`);
  });
});

describe("the list", () => {
  test("shows a message with its names as text, never as markup", async () => {
    const uid = await house.put(inbox, NOTE);
    const { text, status } = await ann.get(`/mail/f/${inbox}`);
    expect(status).toBe(200);
    expect(text).toContain(`id="m${uid}"`);
    expect(text).toContain("Grüße &lt;script&gt;");
    expect(text).toContain("Carol &lt;b&gt;Carter");
    expect(text).not.toContain("<script>alert");
  });

  test("answers htmx with the part it asks for", async () => {
    const list = await ann.get(`/mail/f/${inbox}`, htmx("section#list"));
    expect(list.text).toContain('id="list"');
    expect(list.text).not.toContain("<html");
    expect(list.text).toContain('hx-target="#folders"');
    const main = await ann.get(`/mail/f/${inbox}`, htmx("main#main"));
    expect(main.text).toContain('id="main"');
    expect(main.text).not.toContain("<html");
  });

  test("has pages, the newest first", async () => {
    const folder = (await house.mailstore.createFolder(house.user("bob").primaryMailbox, "Many")).id;
    for (let number = 1; number <= 120; number++)
      await house.put(folder, `From: x@y.example\nSubject: Nr ${number}.\n\n`);
    const first = await bob.get(`/mail/f/${folder}`);
    expect(first.text).toContain("Nr 120.");
    expect(first.text).toContain("Nr 71.");
    expect(first.text).not.toContain("Nr 70.");
    expect(first.text).toContain(`/mail/f/${folder}?page=2`);
    const last = await bob.get(`/mail/f/${folder}?page=3`);
    expect(last.text).toContain("Nr 20.");
    expect(last.text).toContain("101–120 of 120");
    expect((await bob.get(`/mail/f/${folder}?page=99`)).text).toContain("101–120 of 120");
    expect((await bob.get(`/mail/f/${folder}?page=-5`)).text).toContain("1–50 of 120");
  });

  test("finds by words, sender and state", async () => {
    const folder = (await house.mailstore.createFolder(house.user("bob").primaryMailbox, "Search")).id;
    await house.put(folder, "From: Dora <dora@one.example>\nSubject: Apples\n\nred and green\n");
    await house.put(folder, "From: Emil <emil@two.example>\nSubject: Pears\n\ngreen\n", { flags: 1 });
    const found = async (query: string) => {
      const { text } = await bob.get(`/mail/f/${folder}?q=${encodeURIComponent(query)}`);
      return ["Apples", "Pears"].filter((subject) => text.includes(subject));
    };
    expect(await found("green")).toEqual(["Apples", "Pears"]);
    expect(await found("red green")).toEqual(["Apples"]);
    expect(await found("from:two.example")).toEqual(["Pears"]);
    expect(await found("subject:PEAR")).toEqual(["Pears"]);
    expect(await found("is:unread")).toEqual(["Apples"]);
    expect(await found('"and gr"')).toEqual(["Apples"]);
    expect(await found("has:attachment")).toEqual([]);
    expect(await found("<script>")).toEqual([]);
  });
});

describe("the reading pane", () => {
  test("shows text with its links and quotations, and marks the message as read", async () => {
    const uid = await house.put(inbox, NOTE);
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(page.text).toContain("Hello &lt;script&gt;");
    expect(page.text).toContain('<a href="https://example.org/" target="_blank" rel="noopener noreferrer nofollow">');
    expect(page.text).toContain("<blockquote");
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.system).toBe(1);
  });

  test("does not mark as read what a browser fetches ahead", async () => {
    const uid = await house.put(inbox, NOTE);
    await ann.get(`/mail/f/${inbox}/m/${uid}`, { "sec-purpose": "prefetch" });
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.system).toBe(0);
  });

  test("answers htmx with the pane, and with the row that is read now", async () => {
    const uid = await house.put(inbox, NOTE);
    const { text } = await ann.get(`/mail/f/${inbox}/m/${uid}`, htmx("section#reader", `/mail/f/${inbox}`));
    expect(text).toContain('id="reader"');
    expect(text).not.toContain('id="list"');
    expect(text).toContain(`hx-target="#m${uid}"`);
    expect(text).toMatch(new RegExp(`id="m${uid}" aria-current="true"`));
  });

  test("warns of a sender whose name is another's address", async () => {
    const uid = await house.put(inbox, 'From: "boss@home.example" <crook@else.example>\nSubject: x\n\n');
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).text).toContain("comes from another one: crook@else.example");
  });

  test("shows a message of which nothing is as it should be", async () => {
    const uid = await house.put(
      inbox,
      Buffer.from("\0\xff\xfe: : :\nContent-Type: multipart/mixed; boundary=\n\n\x80", "latin1"),
    );
    const empty = await house.put(inbox, "");
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).status).toBe(200);
    expect((await ann.get(`/mail/f/${inbox}/m/${empty}`)).status).toBe(200);
    expect((await ann.get(`/mail/f/${inbox}`)).status).toBe(200);
  });
});

const HTML = `From: shop@else.example
To: ann@home.example
Subject: Offer
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<body bgcolor="#ffffff"><script>alert(1)</script><p>Hi</p><img src="cid:logo"><img src="https://track.example/x.png">
--r
Content-Type: image/png
Content-ID: <logo>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--m
Content-Type: text/html
Content-Disposition: attachment; filename="=?utf-8?q?evil=E2=80=AElmth=2Ehtml?="
Content-Transfer-Encoding: base64

PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
--m--
`;

describe("HTML mail", () => {
  test("stands in a sandboxed frame under a policy of its own", async () => {
    const uid = await house.put(inbox, HTML);
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(page.text).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(page.text).toContain("One picture was not loaded");
    expect(page.text).not.toContain("track.example");
    const frame = await ann.get(`/mail/f/${inbox}/m/${uid}/body`);
    const policy = frame.headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'");
    expect(policy).toContain("sandbox allow-popups allow-popups-to-escape-sandbox");
    expect(policy).not.toContain("allow-scripts");
    expect(policy).not.toContain("allow-same-origin");
    expect(frame.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(frame.headers.get("referrer-policy")).toBe("no-referrer");
    expect(frame.text).not.toContain("script");
    expect(frame.text).not.toContain("track.example");
    expect(frame.text).toContain('src="data:image/png;base64,iVBORw0KGgo="');
  });

  test("loads pictures of others for one view, when asked", async () => {
    const uid = await house.put(inbox, HTML);
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}?pictures=1`);
    expect(page.text).toContain(`src="/mail/f/${inbox}/m/${uid}/body?pictures=1"`);
    const frame = await ann.get(`/mail/f/${inbox}/m/${uid}/body?pictures=1`);
    expect(frame.headers.get("content-security-policy")).toContain("img-src data: 'self';");
    expect(frame.text).toContain('src="/mail/pictures/');
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/body`)).text).not.toContain("track.example");
  });

  test("lists a picture that its text does not show among the files", async () => {
    const uid = await house.put(inbox, HTML.replace('<img src="cid:logo">', ""));
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).text).toContain(`/mail/f/${inbox}/m/${uid}/part/1.2`);
    const shown = await house.put(inbox, HTML);
    expect((await ann.get(`/mail/f/${inbox}/m/${shown}`)).text).not.toContain(`/m/${shown}/part/1.2`);
  });

  test("with thousands of pictures is drawn in passing", async () => {
    const picture = (at: number) => `--b\nContent-Type: image/png\nContent-ID: <p${at}>\n\nx\n`;
    const pictures = Array.from({ length: 4000 }, (_, at) => picture(at)).join("");
    const text = '<img src="cid:p7">'.repeat(3000) + "x".repeat(900_000);
    const head = "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n";
    const uid = await house.put(inbox, `${head}${text}\n${pictures}--b--\n`);
    const started = processorMs();
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}`)).status).toBe(200);
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/body`)).status).toBe(200);
    expect(processorMs() - started).toBeLessThan(15_000);
  });

  test("can be read as text", async () => {
    const uid = await house.put(inbox, HTML);
    const { text } = await ann.get(`/mail/f/${inbox}/m/${uid}?view=text`);
    expect(text).not.toContain("<iframe");
    expect(text).toContain("View with its formatting");
  });

  test("too tangled to be shown becomes text, with a word about it", async () => {
    const uid = await house.put(inbox, `Content-Type: text/html\n\n${"<b>".repeat(2000)}core of it`);
    const { text } = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(text).toContain("too tangled to show");
    expect(text).toContain("core of it");
  });
});

describe("attachments", () => {
  test("are downloads, sealed, with a plain name", async () => {
    const uid = await house.put(inbox, HTML);
    const page = await ann.get(`/mail/f/${inbox}/m/${uid}`);
    expect(page.text).toContain("evillmth.html");
    expect(page.text).not.toContain("\u202e");
    const file = await ann.get(`/mail/f/${inbox}/m/${uid}/part/2`);
    expect(file.text).toBe("<script>alert(1)</script>");
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
    expect(file.headers.get("content-disposition")).toStartWith('attachment; filename="evillmth.html"');
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
    expect(file.headers.get("content-security-policy")).toContain("sandbox");
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/part/2?view=1`)).status).toBe(404);
  });

  test("that are pictures can be looked at", async () => {
    const uid = await house.put(inbox, HTML);
    const picture = await ann.get(`/mail/f/${inbox}/m/${uid}/part/1.2?view=1`);
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect(picture.headers.get("content-disposition")).toStartWith("inline");
    expect(picture.headers.get("content-security-policy")).toContain("sandbox");
  });

  test("come octet by octet, however large", async () => {
    const octets = crypto.getRandomValues(new Uint8Array(60_000));
    const large = Buffer.concat(Array.from({ length: 20 }, () => octets));
    const body = large.toString("base64").replace(/.{76}/g, "$&\r\n");
    const uid = await house.put(
      inbox,
      `Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n${body}`,
    );
    const response = await ann.raw(`/mail/f/${inbox}/m/${uid}/part/1`);
    expect(Buffer.from(await response.arrayBuffer()).equals(large)).toBe(true);
  });

  test("source, header fields and the message as a file", async () => {
    const uid = await house.put(inbox, NOTE);
    const source = await ann.get(`/mail/f/${inbox}/m/${uid}/source`);
    expect(source.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(source.text).toContain("<script>alert(2)</script>");
    const file = await ann.get(`/mail/f/${inbox}/m/${uid}/message.eml`);
    expect(file.headers.get("content-disposition")).toContain("Gr");
    const fields = await ann.get(`/mail/f/${inbox}/m/${uid}/headers`);
    expect(fields.text).toContain("Grüße &lt;script&gt;");
    expect((await ann.get(`/mail/f/${inbox}/m/${uid}/headers`, htmx("dialog#dialog"))).text).not.toContain("<html");
  });
});

describe("what is another's", () => {
  test.each(["", "/body", "/part/2", "/source", "/headers", "/message.eml"])(
    "is not found: message%s",
    async (rest) => {
      const uid = await house.put(inbox, HTML);
      expect((await bob.get(`/mail/f/${inbox}/m/${uid}${rest}`)).status).toBe(404);
      expect((await ann.get(`/mail/f/${inbox}/m/${uid}${rest}`)).status).toBe(200);
      expect((await ann.get(`/mail/f/${inbox}/m/99999${rest}`)).status).toBe(404);
    },
  );

  test("is not found: folder, search, actions, moves, answers, drafts", async () => {
    const uid = await house.put(inbox, NOTE);
    const mine = house.folderId("bob");
    const own = await house.put(mine, NOTE);
    expect((await bob.get(`/mail/f/${inbox}`)).status).toBe(404);
    expect((await bob.get(`/mail/f/${inbox}?q=hello`)).status).toBe(404);
    expect((await bob.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "delete" })).status).toBe(404);
    expect((await bob.post(`/mail/f/${mine}/act`, { uid: String(own), to: String(inbox) })).status).toBe(404);
    for (const about of ["reply", "all", "forward", "draft"]) {
      expect((await bob.get(`/mail/compose?${about}=${inbox}.${uid}`)).status).toBe(404);
    }
    expect((await house.messages(inbox)).some((one) => one.uid === uid)).toBe(true);
  });

  test("can be read, and no more, where it is shared for reading", async () => {
    const carol = await house.addUser("carol");
    const uid = await house.put(inbox, NOTE);
    await house.directory.mailboxes.share(house.user("ann").primaryMailbox, carol.id, "lr");
    const browser = await house.signIn("carol");
    expect((await browser.get(`/mail/f/${inbox}/m/${uid}`)).status).toBe(200);
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.system).toBe(0);
    expect((await browser.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "delete" })).status).toBe(403);
    expect((await browser.post(`/mail/f/${inbox}/act`, { star: String(uid) })).status).toBe(403);
    await house.directory.mailboxes.share(house.user("ann").primaryMailbox, carol.id, "");
    expect((await browser.get(`/mail/f/${inbox}/m/${uid}`)).status).toBe(404);
  });

  test("is reached folder by folder, as its rights say", async () => {
    const { mailstore, store, directory } = house;
    const dora = await house.addUser("dora");
    const mailbox = house.user("ann").primaryMailbox;
    const sent = house.folderId("ann", "Sent");
    const give = (folder: number, rights: string | undefined) =>
      store.commit((tx) =>
        mailstore.grants.setWithin(tx, { mailbox, folder }, { user: dora.id, negative: false }, rights),
      );
    await give(sent, "lr");
    const browser = await house.signIn("dora");
    expect((await browser.get(`/mail/f/${sent}`)).status).toBe(200);
    expect((await browser.get(`/mail/f/${inbox}`)).status).toBe(404);
    const rail = (await browser.get(`/mail/f/${house.folderId("dora")}`)).text;
    expect(rail).toContain(`/mail/f/${sent}"`);
    expect(rail).not.toContain(`/mail/f/${inbox}"`);
    await directory.mailboxes.share(mailbox, dora.id, "lrs");
    await give(inbox, "");
    expect((await browser.get(`/mail/f/${house.folderId("ann", "Archive")}`)).status).toBe(200);
    expect((await browser.get(`/mail/f/${inbox}`)).status).toBe(404);
    await give(inbox, undefined);
    expect((await browser.get(`/mail/f/${inbox}`)).status).toBe(200);
    await give(sent, undefined);
    await directory.mailboxes.share(mailbox, dora.id, "");
  });

  test("shows and sets read marks of one's own where each reader has them", async () => {
    const { mailboxes } = house.directory;
    const mailbox = house.user("ann").primaryMailbox;
    const eve = await house.addUser("eve");
    await mailboxes.share(mailbox, eve.id, "lrs");
    await mailboxes.update(mailbox, { ownReadMarks: true });
    const uid = await house.put(inbox, NOTE.replace("note@", "marks@"));
    const browser = await house.signIn("eve");
    const unread = async (at: Browser) =>
      new RegExp(`<[^>]*id="m${uid}"[^>]*>`).exec((await at.get(`/mail/f/${inbox}`)).text)?.[0].includes("mail-unread");
    expect(await unread(browser)).toBe(true);
    expect((await browser.get(`/mail/f/${inbox}/m/${uid}`)).status).toBe(200);
    expect((await house.messages(inbox)).find((one) => one.uid === uid)?.system).toBe(0);
    expect(house.mailstore.marks.has(inbox, eve.id, uid)).toBe(true);
    expect([await unread(browser), await unread(ann)]).toEqual([false, true]);
    await browser.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "unread" });
    expect(house.mailstore.marks.has(inbox, eve.id, uid)).toBe(false);
    await mailboxes.update(mailbox, { ownReadMarks: false });
    await mailboxes.share(mailbox, eve.id, "");
  });

  test("webmail is closed to those who may not use it", async () => {
    await house.addUser("dan");
    const browser = await house.signIn("dan");
    expect((await browser.get("/mail")).status).toBe(303);
    await house.directory.users.update("dan", { webmail: false });
    expect((await browser.get("/mail")).status).toBeOneOf([303, 403]);
    expect((await browser.get(`/mail/f/${house.folderId("dan")}`)).status).toBeOneOf([303, 403]);
  });
});

describe("actions", () => {
  const state = async (name: string) => await house.messages(house.folderId("ann", name));

  test("mark, star and unstar", async () => {
    const uid = await house.put(inbox, NOTE);
    const system = async () => (await house.messages(inbox)).find((one) => one.uid === uid)?.system;
    const act = async (fields: Record<string, string>) => await ann.post(`/mail/f/${inbox}/act`, fields);
    await act({ uid: String(uid), do: "read" });
    expect(await system()).toBe(1);
    await act({ uid: String(uid), do: "unread" });
    expect(await system()).toBe(0);
    await act({ star: String(uid) });
    expect(await system()).toBe(4);
    await act({ star: String(uid) });
    expect(await system()).toBe(0);
  });

  test("archive, delete, delete for good; several at once", async () => {
    const uids = [await house.put(inbox, NOTE), await house.put(inbox, NOTE), await house.put(inbox, NOTE)].map(String);
    const [one = "", two = "", three = ""] = uids;
    await ann.post(`/mail/f/${inbox}/act`, { uid: one, do: "archive" });
    expect(await state("Archive")).toHaveLength(1);
    const done = await ann.post(`/mail/f/${inbox}/act`, { uid: [two, three], do: "delete", back: `/mail/f/${inbox}` });
    expect(done.location).toBe(`/mail/f/${inbox}`);
    expect((await ann.get(`/mail/f/${inbox}`)).text).toContain("2 messages moved to Trash.");
    const trash = await state("Trash");
    expect(trash).toHaveLength(2);
    const id = house.folderId("ann", "Trash");
    await ann.post(`/mail/f/${id}/act`, { uid: trash.map((message) => String(message.uid)), do: "erase" });
    expect(await state("Trash")).toHaveLength(0);
  });

  test("delete for good is only for the trash", async () => {
    const uid = await house.put(inbox, NOTE);
    expect((await ann.post(`/mail/f/${inbox}/act`, { uid: String(uid), do: "erase" })).status).toBe(403);
  });

  test("lead back to where one was, but not to a message that is gone, nor to another server", async () => {
    const uid = await house.put(inbox, NOTE);
    const at = `/mail/f/${inbox}/m/${uid}?page=2`;
    const act = async (fields: Record<string, string>) =>
      (await ann.post(`/mail/f/${inbox}/act`, { ...fields, back: at })).location;
    expect(await act({ star: String(uid) })).toBe(at);
    expect(await act({ uid: String(uid), do: "unread" })).toBe(`/mail/f/${inbox}?page=2`);
    expect(await act({ uid: String(uid), do: "delete" })).toBe(`/mail/f/${inbox}?page=2`);
    for (const back of ["https://evil.example/", "//evil.example", "/\\evil.example", "/admin/users"]) {
      expect((await ann.post(`/mail/f/${inbox}/act`, { back })).location).toBe(`/mail/f/${inbox}`);
    }
  });

  test("refuse what is no number, no action, too much", async () => {
    const wrong: Record<string, string>[] = [
      { uid: "1x" },
      { uid: "-1" },
      { uid: "1", do: "explode" },
      { uid: "1", to: "x" },
      { star: "0" },
    ];
    for (const fields of wrong) {
      expect((await ann.post(`/mail/f/${inbox}/act`, fields)).status).toBe(400);
    }
    const many = Array.from({ length: 1001 }, (_, at) => String(at + 1));
    expect((await ann.post(`/mail/f/${inbox}/act`, { uid: many, do: "read" })).status).toBe(429);
  });

  test("are refused without the token, with another's, and from another site", async () => {
    const uid = await house.put(inbox, NOTE);
    const fields = { uid: String(uid), do: "delete" };
    expect((await ann.post(`/mail/f/${inbox}/act`, { ...fields, csrf: "" })).status).toBe(403);
    expect((await ann.post(`/mail/f/${inbox}/act`, { ...fields, csrf: bob.csrf })).status).toBe(403);
    const foreign = { origin: "https://evil.example" };
    expect((await ann.post(`/mail/f/${inbox}/act`, fields, foreign)).status).toBe(403);
    expect((await ann.post(`/mail/f/${inbox}/act`, fields, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await house.messages(inbox)).some((one) => one.uid === uid)).toBe(true);
  });
});

describe("live pages", () => {
  test("hear of new mail, and after a pause whether they missed some", async () => {
    const response = await ann.raw("/mail/events");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    const hello = await next();
    const id = /id: (\w+)/.exec(hello)?.[1] ?? "";
    expect(hello).not.toContain("event:");
    await house.put(inbox, NOTE);
    expect(await next()).toContain("event: changed");
    await reader.cancel();
    const again = await ann.raw("/mail/events", { headers: { "last-event-id": id } });
    const later = (again.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await later.read()).value)).toContain("event: changed");
    await later.cancel();
  });

  test("say what they show, and hear at once of what came before they listened", async () => {
    const page = await ann.get(`/mail/f/${inbox}`);
    const address = /hx-sse:connect="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const hello = async () => {
      const reader = ((await ann.raw(address)).body as ReadableStream<Uint8Array>).getReader();
      const text = new TextDecoder().decode((await reader.read()).value);
      await reader.cancel();
      return text;
    };
    expect(await hello()).not.toContain("event:");
    await house.put(inbox, NOTE);
    expect(await hello()).toContain("event: changed");
  });

  test("hear nothing of what they show themselves: a message that is opened, and a star", async () => {
    const listen = async () => {
      const { text } = await ann.get(`/mail/f/${inbox}`);
      const address = /hx-sse:connect="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
      const reader = ((await ann.raw(address)).body as ReadableStream<Uint8Array>).getReader();
      const next = async () => /id: (\w+)/.exec(new TextDecoder().decode((await reader.read()).value))?.[1];
      await next();
      return { page: /data-page="([\w-]+)"/.exec(text)?.[1] ?? "", next, end: () => reader.cancel() };
    };
    const uid = await house.put(inbox, NOTE);
    const [own, other] = [await listen(), await listen()];
    const { text } = await ann.get(`/mail/f/${inbox}/m/${uid}`, { ...htmx("reader"), "x-page": own.page });
    for (const beside of [`#m${uid}`, "#list-counts", "#folders"]) expect(text).toContain(`hx-target="${beside}"`);
    const opened = await other.next();
    await ann.post(`/mail/f/${inbox}/act`, { star: String(uid) }, { ...htmx("main"), "x-page": own.page });
    const starred = await other.next();
    await house.put(inbox, NOTE);
    const came = await other.next();
    expect(await own.next()).toBe(came as string);
    expect(new Set([opened, starred, came]).size).toBe(3);
    await own.end();
    await other.end();
    const again = await ann.get(`/mail/f/${inbox}/m/${uid}`, htmx("reader"));
    expect(again.text).not.toContain("hx-partial");
  });

  test("hear nothing of others' mail", async () => {
    const response = await bob.raw("/mail/events");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const heard = reader.read();
    await house.put(inbox, NOTE);
    await house.put(house.folderId("bob"), "Subject: mine\n\n");
    const text = new TextDecoder().decode((await heard).value);
    expect(text.match(/event: changed/g)).toHaveLength(1);
    await reader.cancel();
  });
});
