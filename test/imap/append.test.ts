/** What extends APPEND: several messages at once, binary ones, messages put together from others, and REPLACE. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Answer, Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** A new folder. */
async function folder(): Promise<string> {
  const name = `Append${++count}`;
  await client.ok(`CREATE ${name}`);
  return name;
}

/** Sends text and non-synchronising literals in turn, and reads the answer. */
async function say(parts: readonly (string | Uint8Array)[], by = client): Promise<Answer> {
  const tag = by.tag();
  by.dialogue.sendRaw(`${tag} `);
  for (const part of parts) by.dialogue.sendRaw(part);
  by.dialogue.sendRaw("\r\n");
  return await by.answer(tag);
}

/** A literal that is not waited for. */
function literal(octets: string | Uint8Array, binary = ""): Uint8Array {
  const content = Buffer.from(octets);
  return Buffer.concat([Buffer.from(`${binary}{${content.length}+}\r\n`), content]);
}

const status = async (name: string) => (await client.ok(`STATUS ${name} (MESSAGES UIDNEXT)`))[0];
/** What is left in the store of contents that nobody refers to. */
const parked = () => house.store.client.query("SELECT count(*) FROM contents WHERE hash IS NULL").values()[0]?.[0];

describe("MULTIAPPEND (RFC 3502)", () => {
  test("puts several messages into a folder, each with its own flags and date", async () => {
    // The example of section 6.3.11.
    const name = await folder();
    const tag = client.tag();
    const [first, second] = [message("afternoon meeting"), message("Re: afternoon meeting")];
    client.dialogue.sendRaw(`${tag} APPEND ${name} (\\Seen) {${first.length}}\r\n`);
    expect(await client.response()).toStartWith("+ ");
    client.dialogue.sendRaw(`${first} (\\Seen) " 7-Feb-1994 22:43:04 -0800" {${second.length}}\r\n`);
    expect(await client.response()).toStartWith("+ ");
    client.dialogue.sendRaw(`${second}\r\n`);
    expect((await client.answer(tag)).tagged).toMatch(/^OK \[APPENDUID \d+ 1:2\] APPEND completed/);
    await client.ok(`SELECT ${name}`);
    expect(await client.ok("FETCH 2 (FLAGS INTERNALDATE RFC822.SIZE)")).toEqual([
      `2 FETCH (FLAGS (\\Recent \\Seen) INTERNALDATE " 8-Feb-1994 06:43:04 +0000" RFC822.SIZE ${second.length})`,
    ]);
    await client.ok("UNSELECT");
    expect(client.greeting).not.toContain("MULTIAPPEND");
    expect((await client.ok("CAPABILITY"))[0]).toContain(" MULTIAPPEND");
  });

  test("keeps none where one is refused", async () => {
    const name = await folder();
    const good = literal(message("good"));
    for (const [bad, answer] of [
      [" {0+}\r\n", /^NO A message of no octets/],
      [" nonsense", /^BAD Expected a message as literal at octet 2/],
      [" (\\Nonsense) {3+}\r\nabc", /^BAD/],
      [' "31-Feb-2020 01:02:03 +0000" {3+}\r\nabc', /^BAD/],
      ["x", /^BAD Expected a space/],
    ] as const) {
      expect((await say([`APPEND ${name} `, good, " ", good, bad])).tagged).toMatch(answer);
    }
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    // Trailing spaces begin no message.
    expect((await say([`APPEND ${name} `, good, " "])).tagged).toMatch(/^OK/);
  });

  test("large messages wait in the store, and are gone from it when the last is refused", async () => {
    const name = await folder();
    const large = () =>
      Buffer.from(
        message(
          `large ${Math.random()}`,
          Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)))
            .toString("hex")
            .repeat(6),
        ),
      );
    const parts = [`APPEND ${name} `, literal(large()), " ", literal(large()), " ", literal(large())];
    const { primaryMailbox } = house.user("ann");
    const { size } = house.mailstore.usage(primaryMailbox);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: size + 2_000_000 } });
    expect((await say(parts)).tagged).toMatch(/^NO \[OVERQUOTA\]/);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: null } });
    expect(parked()).toBe(0);
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    expect((await say(parts)).tagged).toMatch(/^OK \[APPENDUID \d+ 1:3\]/);
    expect(parked()).toBe(0);
    await client.ok(`SELECT ${name}`);
    const [fetched = ""] = await client.ok("FETCH 3 BODY.PEEK[]");
    expect(
      fetched.endsWith(
        `${Buffer.from(parts[5] as Uint8Array)
          .toString("latin1")
          .split("\r\n")
          .slice(1)
          .join("\r\n")})`,
      ),
    ).toBe(true);
    await client.ok("UNSELECT");
  });

  test("too many, or too large together, are refused before they are sent", async () => {
    const name = await folder();
    const small = literal("a: b\r\n\r\n");
    const many = Array.from({ length: 129 }, () => [" ", small]).flat();
    expect((await say([`APPEND ${name}`, ...many])).tagged).toMatch(/^NO \[LIMIT\] One command may bring 128 messages/);
    expect((await say([`APPEND ${name}`, ...many.slice(2)])).tagged).toMatch(/^OK \[APPENDUID \d+ 1:128\]/);
    await house.set({ maxMessageSize: 1_024 });
    const kilobyte = literal(`a: b\r\n\r\n${"x".repeat(1_000)}`);
    const eleven = Array.from({ length: 11 }, () => [" ", kilobyte]).flat();
    expect((await say([`APPEND ${name}`, ...eleven])).tagged).toMatch(/^NO \[TOOBIG\] The messages of one command/);
    expect(await client.fails(`APPEND ${name} {1025}`)).toMatch(/^NO \[TOOBIG\] A message/);
    await house.set({ maxMessageSize: 52_428_800 });
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 128 UIDNEXT 129)`);
  });

  test("headers that would fill the memory are refused", async () => {
    const name = await folder();
    const wide = literal(`${"x: y\r\n".repeat(40_000)}\r\nbody`);
    const many = Array.from({ length: 80 }, () => [" ", wide]).flat();
    expect((await say([`APPEND ${name}`, ...many])).tagged).toMatch(/^NO \[LIMIT\] The headers/);
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
    expect(parked()).toBe(0);
  });

  test("a connection that breaks between two messages leaves nothing", async () => {
    const name = await folder();
    const other = await house.enter();
    other.dialogue.sendRaw(`a APPEND ${name} `);
    other.dialogue.sendRaw(literal(message("first")));
    other.dialogue.sendRaw(" {100000+}\r\nabc");
    const before = house.sessions;
    other.dialogue.destroy();
    while (house.sessions === before) await new Promise((resolve) => setImmediate(resolve));
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
  });
});

/** A message with a binary part, and what stands in that. */
function binaryMessage(container = "binary"): { whole: Buffer; inner: Buffer } {
  const inner = Buffer.from(Array.from({ length: 1_000 }, (_, i) => (i * 7) & 0xff));
  const head = `Subject: picture\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: ${container}\r\n\r\n`;
  const text = "--b\r\nContent-Type: text/plain\r\n\r\nSee here.\r\n";
  const part = "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding:\r\n binary\r\n\r\n";
  return { whole: Buffer.concat([Buffer.from(head + text + part), inner, Buffer.from("\r\n--b--\r\n")]), inner };
}

describe("BINARY (RFC 3516)", () => {
  test("a literal8 with NUL is kept as text, and comes back as it was by BINARY", async () => {
    const name = await folder();
    const { whole, inner } = binaryMessage();
    expect((await say([`APPEND ${name} `, literal(whole, "~")])).tagged).toMatch(/^OK \[APPENDUID/);
    await client.ok(`SELECT ${name}`);
    const [fetched = ""] = await client.ok("FETCH 1 BODY.PEEK[]");
    expect(fetched).not.toContain("\0");
    expect(fetched).toContain("Content-Transfer-Encoding: 8bit\r\n");
    expect(fetched).toContain("image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    expect((await client.ok("FETCH 1 BODYSTRUCTURE"))[0]).toContain('"base64"');
    expect(await client.ok("FETCH 1 (BINARY.SIZE[2] BINARY.PEEK[2])")).toEqual([
      `1 FETCH (BINARY.SIZE[2] 1000 BINARY[2] ~{1000}\r\n${inner.toString("latin1")})`,
    ]);
    expect(await client.ok("FETCH 1 BINARY.PEEK[1]<4.4>")).toEqual(["1 FETCH (BINARY[1]<4> {4}\r\nhere)"]);
    await client.ok("UNSELECT");
  });

  test("whole messages of one binary part, and messages in messages, are recoded, too", async () => {
    const name = await folder();
    const { whole, inner } = binaryMessage("8bit");
    const outer = (type: string, body: Uint8Array) =>
      Buffer.concat([Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\n\r\n`), body]);
    for (const [octets, path] of [
      [outer("application/zip", inner), "1"],
      [outer("message/rfc822", whole), "1.2"],
      [outer("application/zip", new Uint8Array(300_000)), "1"],
    ] as const) {
      const uid = /APPENDUID \d+ (\d+)/.exec((await say([`APPEND ${name} `, literal(octets, "~")])).tagged)?.[1];
      await client.ok(`SELECT ${name}`);
      expect((await client.ok(`UID FETCH ${uid} BODY.PEEK[]`))[0]).not.toContain("\0");
      const size = path === "1" ? octets.length - octets.indexOf("\r\n\r\n") - 4 : inner.length;
      expect((await client.ok(`UID FETCH ${uid} BINARY.SIZE[${path}]`))[0]).toContain(`] ${size})`);
    }
    await client.ok("UNSELECT");
    expect(parked()).toBe(0);
  });

  test("an encoding that is not known is said", async () => {
    const name = await folder();
    await client.append(name, "Content-Transfer-Encoding: x-rot13\r\n\r\nuryyb\r\n");
    await client.ok(`SELECT ${name}`);
    expect(await client.fails("FETCH 1 BINARY[1]")).toMatch(/^NO \[UNKNOWN-CTE\]/);
    // It does not stand in the way of others.
    await client.append(name, "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n");
    const { untagged, tagged } = await client.run("UID FETCH 1:* BINARY.PEEK[1]");
    expect(untagged).toContain("2 FETCH (UID 2 BINARY[1] {5}\r\nhello)");
    expect(tagged).toMatch(/^NO \[UNKNOWN-CTE\]/);
    await client.ok("UNSELECT");
    expect((await client.ok("CAPABILITY"))[0]).toContain(" BINARY");
  });

  test("a literal8 that says it is binary and grows too large as text is refused, and leaves nothing", async () => {
    const name = await folder();
    await house.set({ maxMessageSize: 10_000 });
    const octets = Buffer.concat([Buffer.from("Content-Transfer-Encoding: binary\r\n\r\n"), new Uint8Array(9_000)]);
    expect((await say([`APPEND ${name} `, literal(octets, "~")])).tagged).toMatch(/^NO \[TOOBIG\]/);
    await house.set({ maxMessageSize: 52_428_800 });
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 0 UIDNEXT 1)`);
  });
});

describe("REPLACE (RFC 8508)", () => {
  /** A folder with three messages, selected. */
  async function drafts(): Promise<string> {
    const name = await folder();
    for (const subject of ["one", "two", "three"]) await client.append(name, message(subject));
    await client.ok(`SELECT ${name}`);
    return name;
  }

  test("puts a message in the place of another", async () => {
    const name = await drafts();
    const { untagged, tagged } = await say([`REPLACE 2 ${name} (\\Seen \\Draft) `, literal(message("two, again"))]);
    expect(untagged.filter((line) => !line.includes("RECENT"))).toEqual([
      expect.stringMatching(/^OK \[APPENDUID \d+ 4\]/),
      "2 EXPUNGE",
      "3 EXISTS",
    ]);
    expect(tagged).toBe("OK REPLACE completed");
    expect(await client.ok("FETCH 1:* (UID FLAGS)")).toEqual([
      "1 FETCH (UID 1 FLAGS (\\Recent))",
      "2 FETCH (UID 3 FLAGS (\\Recent))",
      "3 FETCH (UID 4 FLAGS (\\Recent \\Seen \\Draft))",
    ]);
    expect((await say([`UID REPLACE 3 ${name} `, literal(message("three, again"))])).untagged).toContain("2 EXPUNGE");
    expect((await say([`REPLACE * ${await folder()} `, literal(message("elsewhere"))])).untagged).toContain(
      "3 EXPUNGE",
    );
    expect((await client.ok("CAPABILITY"))[0]).toContain(" REPLACE");
  });

  test("does neither where one cannot be done", async () => {
    const name = await drafts();
    const mail = literal(message("new"));
    expect((await say([`REPLACE 9 ${name} `, mail])).tagged).toMatch(/^BAD/);
    expect((await say([`UID REPLACE 9 ${name} `, mail])).tagged).toMatch(/^NO \[EXPUNGEISSUED\]/);
    expect((await say([`REPLACE 1 Missing `, mail])).tagged).toMatch(/^NO \[TRYCREATE\]/);
    expect((await say([`REPLACE 1 ${name} `, mail, " ", mail])).tagged).toMatch(/^BAD Unexpected text/);
    expect((await say([`REPLACE 1:2 ${name} `, mail])).tagged).toMatch(/^BAD/);
    expect((await say([`REPLACE 1 ${name} {0+}\r\n`])).tagged).toMatch(/^NO/);
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 3 UIDNEXT 4)`);
    await client.ok(`EXAMINE ${name}`);
    expect((await say([`REPLACE 1 ${name} `, mail])).tagged).toMatch(/^NO \[READ-ONLY\]/);
    // What another session removed meanwhile is not replaced, either.
    await client.ok(`SELECT ${name}`);
    const tag = client.tag();
    client.dialogue.sendRaw(`${tag} REPLACE 1 ${name} {5}\r\n`);
    await client.response();
    const other = await house.select(name);
    await other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await other.ok("EXPUNGE");
    client.dialogue.sendRaw("a: b\n\r\n");
    expect((await client.answer(tag)).tagged).toMatch(/^NO \[EXPUNGEISSUED\]/);
    expect(await other.ok(`STATUS ${name} (MESSAGES UIDNEXT)`)).toEqual([`STATUS ${name} (MESSAGES 2 UIDNEXT 4)`]);
    other.dialogue.destroy();
    expect(parked()).toBe(0);
  });

  test("fits into a mailbox that is full where what it replaces was as large", async () => {
    const name = await drafts();
    const { primaryMailbox } = house.user("ann");
    const { messages } = house.mailstore.usage(primaryMailbox);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { messages } });
    expect(await client.append(name, message("new"))).toMatch(/^NO \[OVERQUOTA\]/);
    expect((await say([`REPLACE 1 ${name} `, literal(message("new"))])).tagged).toMatch(/^OK/);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { messages: null } });
  });

  test("needs the rights of EXPUNGE where the message is, and tells the others at once", async () => {
    const name = await drafts();
    await client.ok(`SETACL ${name} ben lrsi`);
    const ben = await house.select(`"Other Users/ann@home.example/${name}"`, "ben");
    expect((await say([`REPLACE 1 INBOX `, literal(message("x"))], ben)).tagged).toMatch(/^NO \[NOPERM\]/);
    await client.ok(`SETACL ${name} ben lrite`);
    await ben.ok("NOOP");
    expect((await say([`REPLACE 1 INBOX `, literal(message("x"))], ben)).tagged).toMatch(/^OK/);
    expect(await client.ok("NOOP")).toContain("1 EXPUNGE");
    ben.dialogue.destroy();
  });

  test("does nothing for somebody whose rights went while he sent", async () => {
    const name = await drafts();
    const there = `"Other Users/ann@home.example/${name}"`;
    for (const [verb, rights] of [
      ["REPLACE 1 INBOX", "lr"],
      [`APPEND ${there}`, "lrte"],
      [`REPLACE 1 ${there}`, "lrte"],
    ]) {
      await client.ok(`SETACL ${name} ben lrite`);
      const ben = await house.select(there, "ben");
      ben.dialogue.sendRaw(`a ${verb} {6}\r\n`);
      expect(await ben.response()).toStartWith("+ ");
      await client.ok(`SETACL ${name} ben ${rights}`);
      ben.dialogue.sendRaw("a: b\r\n\r\n");
      expect((await ben.answer("a")).tagged).toMatch(/^NO \[NOPERM\]/);
      ben.dialogue.destroy();
    }
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 3 UIDNEXT 4)`);
  });

  test("is refused by number to a client of UIDs only, and tells it VANISHED", async () => {
    const name = await drafts();
    const other = await house.enter();
    await other.ok("ENABLE UIDONLY");
    await other.ok(`SELECT ${name}`);
    expect((await say([`REPLACE 1 ${name} `, literal(message("x"))], other)).tagged).toMatch(/^BAD \[UIDREQUIRED\]/);
    const { untagged, tagged } = await say([`UID REPLACE 1 ${name} `, literal(message("x"))], other);
    expect(untagged).toContain("VANISHED 1");
    expect(tagged).toMatch(/^OK/);
    other.dialogue.destroy();
  });
});

describe("CATENATE (RFC 4469)", () => {
  const boundary = "------------030308070208000400050907";

  test("puts a message together from text and from others", async () => {
    // The example of section 4: a reply with a message and parts of others attached.
    const name = await folder();
    await client.append(
      name,
      message("header", "old body\r\n", { "Content-Type": `multipart/mixed; boundary="${boundary}"` }),
    );
    await client.append(name, message("attached", "This is attached.\r\n"));
    await client.ok(`CREATE "${name}/a b"`);
    await client.append(
      `"${name}/a b"`,
      message("parts", "--q\r\n\r\nfirst\r\n--q\r\n\r\nsecond\r\n--q--\r\n", {
        "Content-Type": "multipart/mixed; boundary=q",
      }),
    );
    const [validity] =
      /\d+/.exec((await client.ok(`STATUS ${name} (UIDVALIDITY)`))[0]?.replace(/^.*\(/, "") ?? "") ?? [];
    const { tagged } = await say([
      `APPEND ${name} (\\Seen \\Draft $MDNSent) CATENATE (URL "/${name};UIDVALIDITY=${validity}/;UID=1/;section=HEADER" TEXT `,
      literal(`--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`),
      ` URL /${name}/;UID=2 TEXT `,
      literal(`\r\n--${boundary}\r\n\r\n`),
      ` URL "/${name}%2Fa%20b/;UID=1/;Section=2" URL "/${name}/a%20b/;UID=1/;SECTION=1/;PARTIAL=1.3" URL {10+}\r\n/Nowhere/;)`,
    ]);
    expect(tagged).toMatch(/^NO \[BADURL \/Nowhere\/;\]/);
    const again = await say([
      `APPEND ${name} (\\Seen) CATENATE (URL "/${name};UIDVALIDITY=${validity}/;UID=1/;section=HEADER" TEXT `,
      literal(`--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`),
      ` URL /${name}/;UID=2 TEXT `,
      literal(`\r\n--${boundary}\r\n\r\n`),
      ` URL "/${name}%2Fa%20b/;UID=1/;Section=2" URL "/${name}/a%20b/;UID=1/;SECTION=1/;PARTIAL=1.3" TEXT `,
      literal(`\r\n--${boundary}--\r\n`),
      ")",
    ]);
    expect(again.tagged).toMatch(/^OK \[APPENDUID \d+ 3\]/);
    await client.ok(`SELECT ${name}`);
    const [fetched = ""] = await client.ok("FETCH 3 (BODY.PEEK[2] BODY.PEEK[1.TEXT] FLAGS)");
    expect(fetched).toBe(
      "3 FETCH (BODY[2] {9}\r\nsecondirs BODY[1.TEXT] {19}\r\nThis is attached.\r\n FLAGS (\\Recent \\Seen))",
    );
    // In the selected folder, a URL need not say where it is; several messages may come with one command.
    const relative = await say([
      `APPEND ${name} CATENATE (URL ";UID=2/;SECTION=HEADER.FIELDS (SUBJECT)" TEXT `,
      literal("hello"),
      ") CATENATE (URL ;UID=2) ",
      literal("plain: yes\r\n\r\n"),
    ]);
    expect(relative.tagged).toMatch(/^OK \[APPENDUID \d+ 4:6\]/);
    expect(await client.ok("FETCH 4 BODY.PEEK[]")).toContain("4 FETCH (BODY[] {26}\r\nSubject: attached\r\n\r\nhello)");
    await client.ok("UNSELECT");
  });

  test("says which URL names nothing that may be read, and keeps nothing", async () => {
    const name = await folder();
    await client.append(name, message("one"));
    const ben = await house.enter("ben");
    await ben.ok("CREATE Private");
    await ben.append("Private", message("secret"));
    await ben.ok("SETACL Private ann l");
    for (const [url, told = url] of [
      [`/${name}/;UID=9`],
      [`/${name};UIDVALIDITY=1/;UID=1`],
      [`/${name}/;UID=1/;SECTION=7`],
      [`/${name}/;UID=1/;SECTION=HEADER.FIELDS`],
      [`/${name}/;UID=1/;SECTION=1{5}`, `/${name}/;UID=1/;SECTION=1{5}`],
      [`/${name}/;UID=1;URLAUTH=anonymous`],
      ["/Other%20Users/ben@home.example/Private/;UID=1"],
      ["/Other%20Users/ben@home.example/INBOX/;UID=1"],
      ["imap://ben@home.example/INBOX/;UID=1"],
      [";UID=1"],
      ["/%ff/;UID=1"],
      [`/${name}%0d%0a/;UID=1`],
      ["/x] OK done/;UID=1", "/x%5D%20OK%20done/;UID=1"],
      ["/é/;UID=1", "/%C3%A9/;UID=1"],
      ["", ""],
    ] as const) {
      const { tagged } = await say([
        `APPEND ${name} CATENATE (TEXT `,
        literal("a: b\r\n\r\n"),
        " URL ",
        literal(url),
        ")",
      ]);
      expect(tagged).toStartWith(`NO [BADURL ${told}] `);
    }
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 1 UIDNEXT 2)`);
    await ben.ok("SETACL Private ann lr");
    const now = await say([`APPEND ${name} CATENATE (URL "/Other%20Users/ben@home.example/Private/;UID=1")`]);
    expect(now.tagged).toMatch(/^OK/);
    ben.dialogue.destroy();
  });

  test("bounds what is put together, however small the command", async () => {
    const name = await folder();
    await client.append(name, message("large", "x".repeat(100_000)));
    await house.set({ maxMessageSize: 250_000 });
    const url = ` URL /${name}/;UID=1`;
    expect((await say([`APPEND ${name} CATENATE (${url.repeat(3).slice(1)})`])).tagged).toMatch(/^NO \[TOOBIG\]/);
    expect((await say([`APPEND ${name} CATENATE (TEXT {250001+}\r\n${"x".repeat(250_001)})`])).tagged).toMatch(
      /^NO \[TOOBIG\]/,
    );
    const nothing = ` URL /${name}/;UID=1/;PARTIAL=999999`;
    expect((await say([`APPEND ${name} CATENATE (${nothing.repeat(1_001).slice(1)})`])).tagged).toMatch(
      /^NO \[LIMIT\]/,
    );
    expect((await say([`APPEND ${name} CATENATE (${nothing.slice(1)})`])).tagged).toMatch(/^NO A message of no octets/);
    expect((await say([`APPEND ${name} CATENATE (URL {5000}`])).tagged).toMatch(/^NO \[TOOBIG\]/);
    for (const bad of ["()", "(TEXT abc)", "(FILE x)", "(URL)", "(URL /a/;UID=1", "URL x"]) {
      expect((await say([`APPEND ${name} CATENATE ${bad}`])).tagged).toMatch(/^BAD|^NO \[BADURL/);
    }
    await house.set({ maxMessageSize: 52_428_800 });
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 1 UIDNEXT 2)`);
    expect(parked()).toBe(0);
  });

  test("a draft is replaced by one that takes parts of it (RFC 8508 section 4.3)", async () => {
    const name = await folder();
    await client.append(name, message("draft", "body\r\n"));
    await client.ok(`SELECT ${name}`);
    const { tagged } = await say([
      `REPLACE 1 ${name} CATENATE (TEXT `,
      literal("Subject: new\r\n\r\n"),
      " URL ;UID=1/;SECTION=TEXT)",
    ]);
    expect(tagged).toMatch(/^OK/);
    expect(await client.ok("FETCH 1 BODY.PEEK[]")).toEqual(["1 FETCH (BODY[] {22}\r\nSubject: new\r\n\r\nbody\r\n)"]);
    await client.ok("UNSELECT");
  });
});

describe("UTF8=ACCEPT (RFC 9755)", () => {
  test("names and strings are UTF-8 once it is enabled, and modified UTF-7 before", async () => {
    const other = await house.enter();
    expect((await other.ok("CAPABILITY"))[0]).toContain(" UTF8=ACCEPT");
    await other.ok("CREATE Entw&APw-rfe");
    const listed = async () => Buffer.from((await other.ok('LIST "" Entw*'))[0] ?? "", "latin1").toString();
    expect(await listed()).toEndWith(' "/" Entw&APw-rfe');
    expect(await other.ok("ENABLE UTF8=ACCEPT")).toEqual(["ENABLED UTF8=ACCEPT"]);
    expect(await listed()).toEndWith(' "/" "Entwürfe"');
    expect(await other.ok('STATUS "Entwürfe" (MESSAGES)')).toHaveLength(1);
    expect(await other.fails("STATUS Entw&APw-rfe (MESSAGES)")).toMatch(/^NO \[NONEXISTENT\]/);
    // It is not IMAP4rev2: RECENT is told as before.
    expect(await other.ok('SELECT "Entwürfe"')).toContain("0 RECENT");
    expect(await other.fails("SEARCH CHARSET UTF-8 ALL")).toMatch(/^BAD/);
    expect(await other.fails("SEARCH RETURN (ALL) CHARSET US-ASCII ALL")).toMatch(/^BAD/);
    expect(await other.ok('SEARCH SUBJECT "Grüße"')).toEqual(["SEARCH"]);
    // RFC 9755 §3: what is quoted is UTF-8.
    for (const command of [
      'SEARCH SUBJECT "\xfc"',
      'SETMETADATA INBOX (/private/comment "\xfc")',
      'STATUS "\xfc" (UIDNEXT)',
    ]) {
      const tag = other.tag();
      other.dialogue.sendRaw(Buffer.from(`${tag} ${command}\r\n`, "latin1"));
      expect((await other.answer(tag)).tagged).toMatch(/^BAD .* not UTF-8/);
    }
    other.dialogue.destroy();
  });

  test("a message with UTF-8 in its header comes as UTF8, alone or as a piece", async () => {
    const name = await folder();
    const other = await house.enter();
    const mail = "From: Jörg <jörg@bücher.example>\r\nSubject: Grüße\r\n\r\nHallo\r\n";
    expect((await say([`APPEND ${name} UTF8 (`, literal(mail, "~"), ")"], other)).tagged).toMatch(/^BAD UTF8 needs/);
    await other.ok("ENABLE UTF8=ACCEPT");
    for (const parts of [
      [`APPEND ${name} (\\Seen) UTF8 (`, literal(mail, "~"), ")"],
      [`APPEND ${name} CATENATE (UTF8 (`, literal(mail, "~"), `) TEXT {3+}\r\nyou)`],
      [`APPEND ${name} UTF8 (`, literal(mail, "~"), ") UTF8 (", literal(mail, "~"), ")"],
    ]) {
      expect((await say(parts, other)).tagged).toMatch(/^OK \[APPENDUID/);
    }
    await other.ok(`SELECT ${name}`);
    const [envelope = ""] = await other.ok("FETCH 4 ENVELOPE");
    expect(Buffer.from(envelope, "latin1").toString()).toContain("Grüße");
    expect(await other.ok('SEARCH FROM "jörg@bücher"')).toEqual(["SEARCH 1 2 3 4"]);
    for (const bad of [
      ["UTF8 (", literal(mail), ")"],
      ["UTF8 ", literal(mail, "~")],
      ["UTF8 (", literal(mail, "~")],
      ["UTF8 ()"],
      ["UTF8 (~{0+}\r\n)"],
    ]) {
      expect((await say([`APPEND ${name} `, ...bad], other)).tagged).toMatch(/^BAD|^NO A message of no octets/);
    }
    expect(await status(name)).toBe(`STATUS ${name} (MESSAGES 4 UIDNEXT 5)`);
    other.dialogue.destroy();
  });
});
