import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Progress } from "../../src/services/imap/progress.ts";
import { Output } from "../../src/services/imap/respond.ts";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

const house = await House.build();
let client: Client;
let other: Client;
let folders = 0;
let folder = "";

function add(subject: string, more: Record<string, string> = {}, between = ""): Promise<string> {
  return other.append(folder, message(subject, "text\r\n", more), between);
}

/** What a command is answered with, tags made alike. */
async function answer(on: Client, command: string): Promise<string[]> {
  return (await on.ok(command)).map((line) => line.replace(/"t\d+"/, '"T"'));
}

beforeEach(async () => {
  folder = `folder${++folders}`;
  client = await house.enter();
  other = await house.enter();
  await other.ok(`CREATE ${folder}`);
  for (const subject of ["Cherries", "Apples", "Elder", "Bananas"]) await add(subject);
  await client.ok(`SELECT ${folder}`);
  await other.ok(`SELECT ${folder}`);
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

describe("CONTEXT=SEARCH (RFC 5267 \u00a74)", () => {
  test("what fits now and what fits no more is told with the news", async () => {
    expect(await answer(client, "UID SEARCH RETURN (UPDATE COUNT) UNSEEN")).toEqual(['ESEARCH (TAG "T") UID COUNT 4']);
    await other.ok("STORE 2:3 +FLAGS (\\Seen)");
    expect(await answer(client, "NOOP")).toContain('ESEARCH (TAG "T") UID REMOVEFROM (0 2:3)');
    await other.ok("STORE 3 -FLAGS (\\Seen)");
    await add("Figs");
    const news = await answer(client, "NOOP");
    expect(news.at(-1)).toBe('ESEARCH (TAG "T") UID ADDTO (0 3,5)');
    const told = news.indexOf("5 EXISTS");
    expect(told).toBeGreaterThanOrEqual(0);
    expect(told).toBeLessThan(news.length - 1);
  });

  test("the session's own changes count too", async () => {
    await client.ok("SEARCH RETURN (UPDATE) UNSEEN");
    expect(await answer(client, "STORE 1 +FLAGS (\\Seen)")).toContain('ESEARCH (TAG "T") REMOVEFROM (0 1)');
  });

  test("what is expunged is told by its number before that goes", async () => {
    await client.ok("SEARCH RETURN (UPDATE) SUBJECT a");
    await other.ok("STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    await other.ok("EXPUNGE");
    const news = await answer(client, "NOOP");
    expect(news.slice(0, 3)).toEqual(['ESEARCH (TAG "T") REMOVEFROM (0 2)', "2 EXPUNGE", "1 EXPUNGE"]);
    await add("Dates");
    expect((await answer(client, "NOOP")).at(-1)).toBe('ESEARCH (TAG "T") ADDTO (0 3)');
  });

  test("nothing is told while numbers are held, nor after CANCELUPDATE, nor of another folder", async () => {
    await client.ok("UID SEARCH RETURN (UPDATE) UNDELETED");
    await other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await other.ok("EXPUNGE");
    expect((await answer(client, "FETCH 2 UID")).filter((line) => line.startsWith("ESEARCH"))).toEqual([]);
    expect(await answer(client, "NOOP")).toEqual(['ESEARCH (TAG "T") UID REMOVEFROM (0 1)', "1 EXPUNGE"]);
    const tag = client.tag();
    client.dialogue.sendRaw(`${tag} UID SEARCH RETURN (UPDATE) ALL\r\n`);
    await client.answer(tag);
    await client.ok(`CANCELUPDATE "${tag}"`);
    expect(await client.fails(`CANCELUPDATE "${tag}"`)).toMatch(/^BAD/);
    await client.ok("SELECT INBOX");
    await client.ok(`SELECT ${folder}`);
    await add("Figs");
    expect((await answer(client, "NOOP")).filter((line) => line.startsWith("ESEARCH"))).toEqual([]);
  });

  test("a tag in use is refused, and so is one result too many", async () => {
    client.dialogue.sendRaw("same SEARCH RETURN (UPDATE) ALL\r\n");
    await client.answer("same");
    client.dialogue.sendRaw("same SORT RETURN (UPDATE) (DATE) UTF-8 ALL\r\n");
    expect((await client.answer("same")).tagged).toMatch(/^BAD/);
    let refused: string[] = [];
    for (let n = 0; n < 20 && refused.length === 0; n++)
      refused = (await answer(client, "SEARCH RETURN (UPDATE) ALL")).filter((line) => line.startsWith("NO "));
    expect(refused[0]).toMatch(/^NO \[NOUPDATE "T"\]/);
  });

  test("numbers and $ mean what they meant when the command came (\u00a74.3)", async () => {
    await client.ok("UID SEARCH RETURN (UPDATE COUNT) 2:3 UNSEEN");
    await client.ok("SEARCH RETURN (SAVE) 4");
    await client.ok("UID SEARCH RETURN (UPDATE COUNT) $ FLAGGED");
    await client.ok("SEARCH RETURN (SAVE) 1");
    await other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await other.ok("EXPUNGE");
    // What were the second and third are the first and second now; the fourth is none of them.
    expect((await answer(client, "NOOP")).filter((line) => line.startsWith("ESEARCH"))).toEqual([]);
    await other.ok("STORE 3 +FLAGS (\\Seen \\Flagged)");
    expect((await answer(client, "NOOP")).slice(1)).toEqual(['ESEARCH (TAG "T") UID ADDTO (0 4)']);
    await other.ok("STORE 2 +FLAGS (\\Seen)");
    expect((await answer(client, "NOOP")).slice(1)).toEqual(['ESEARCH (TAG "T") UID REMOVEFROM (0 3)']);
  });

  test("messages come and go as they grow older (RFC 5032 \u00a72)", async () => {
    const [, day = "", month = "", year = "", time = ""] =
      /, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(Date.now() - 3_599_000).toUTCString()) ?? [];
    await add("Old soon", {}, `"${day}-${month}-${year} ${time} +0000" `);
    await client.ok("NOOP");
    expect(await answer(client, "UID SEARCH RETURN (UPDATE COUNT) YOUNGER 3600")).toEqual([
      'ESEARCH (TAG "T") UID COUNT 5',
    ]);
    expect(await answer(client, "UID SEARCH RETURN (UPDATE COUNT) OLDER 3600")).toEqual([
      'ESEARCH (TAG "T") UID COUNT 0',
    ]);
    client.dialogue.sendRaw("i IDLE\r\n");
    expect(await client.response()).toMatch(/^\+/);
    expect(await client.response()).toMatch(/UID REMOVEFROM \(0 5\)$/);
    expect(await client.response()).toMatch(/UID ADDTO \(0 5\)$/);
    client.dialogue.sendRaw("DONE\r\n");
    await client.answer("i");
  });

  test("what comes into a result is shown as UPDATE asked for it (RFC 5465 \u00a77)", async () => {
    await client.ok("SEARCH RETURN (COUNT UPDATE (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])) SUBJECT a");
    await client.ok("UID SEARCH RETURN (UPDATE (FLAGS)) ALL");
    await add("Dates");
    await add("Figs");
    await other.ok("STORE 1 +FLAGS (\\Flagged)");
    const news = (await answer(client, "NOOP")).filter((line) => !line.endsWith("RECENT"));
    expect(news).toEqual([
      "6 EXISTS",
      "1 FETCH (UID 1 FLAGS (\\Recent \\Flagged))",
      "5 FETCH (UID 5 BODY[HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: Dates\r\n\r\n FLAGS ())",
      "6 FETCH (UID 6 FLAGS ())",
      'ESEARCH (TAG "T") ADDTO (0 5)',
      'ESEARCH (TAG "T") UID ADDTO (0 5:6)',
    ]);
    // Not of messages that come into it by their flags, nor of the client's own.
    await client.append(folder, message("Damsons"));
    expect((await answer(client, "NOOP")).filter((line) => line.includes("FETCH"))).toEqual([]);
    for (const wrong of ["UPDATE ()", "UPDATE (ALL)", "UPDATE (UID", "COUNT (UID)"])
      expect(await client.fails(`SEARCH RETURN (${wrong}) ALL`)).toMatch(/^BAD/);
  });

  test("IDLE tells it at once", async () => {
    await client.ok("UID SEARCH RETURN (UPDATE) FLAGGED");
    client.dialogue.sendRaw("i IDLE\r\n");
    expect(await client.response()).toMatch(/^\+/);
    await other.ok("STORE 4 +FLAGS (\\Flagged)");
    let line = await client.response();
    while (!line.startsWith("* ESEARCH")) line = await client.response();
    expect(line).toMatch(/UID ADDTO \(0 4\)$/);
    client.dialogue.sendRaw("DONE\r\n");
    await client.answer("i");
  });
});

describe("CONTEXT=SORT (RFC 5267 \u00a74)", () => {
  test("places are those of the sorted result", async () => {
    expect(await answer(client, "UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNDELETED")).toEqual([
      'ESEARCH (TAG "T") UID ALL 2,4,1,3',
    ]);
    await add("Dates");
    await add("Dill");
    await add("Aniseed");
    expect((await answer(client, "NOOP")).at(-1)).toBe('ESEARCH (TAG "T") UID ADDTO (1 7 5 5:6)');
    await other.ok("NOOP");
    await other.ok("STORE 5 +FLAGS (\\Deleted)");
    expect((await answer(client, "NOOP")).at(-1)).toBe('ESEARCH (TAG "T") UID REMOVEFROM (0 5)');
  });
});

describe("PARTIAL (RFC 9394)", () => {
  test("gives pages from either end", async () => {
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL 1:2) ALL")).toEqual([
      'ESEARCH (TAG "T") UID PARTIAL (1:2 1:2)',
    ]);
    // The range is told as it was asked for, also backwards (RFC 9394 §4).
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL 3:2) ALL")).toEqual([
      'ESEARCH (TAG "T") UID PARTIAL (3:2 2:3)',
    ]);
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL -3:-1 COUNT) ALL")).toEqual([
      'ESEARCH (TAG "T") UID COUNT 4 PARTIAL (-3:-1 2:4)',
    ]);
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL -1:-3 COUNT) ALL")).toEqual([
      'ESEARCH (TAG "T") UID COUNT 4 PARTIAL (-1:-3 2:4)',
    ]);
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL 9:12) ALL")).toEqual([
      'ESEARCH (TAG "T") UID PARTIAL (9:12 NIL)',
    ]);
    expect(await answer(client, "UID SEARCH RETURN (PARTIAL 2:3 MIN SAVE) ALL")).toEqual([
      'ESEARCH (TAG "T") UID MIN 1 PARTIAL (2:3 2:3)',
    ]);
    expect(await answer(client, "SEARCH $")).toEqual(["SEARCH 1 2 3"]);
    for (const wrong of ["PARTIAL 0:2", "PARTIAL 1:-2", "PARTIAL 1:2 ALL", "PARTIAL 1:2 PARTIAL 3:4", "PARTIAL"])
      expect(await client.fails(`SEARCH RETURN (${wrong}) ALL`)).toMatch(/^BAD/);
  });
});

describe("ESEARCH (RFC 7377)", () => {
  test("looks through several folders, and says nothing of those without a match", async () => {
    const names = [`${folder}/a`, `${folder}/a/b`, `${folder}/c`];
    for (const name of names) await other.ok(`CREATE ${name}`);
    for (const name of [names[0], names[1]]) await other.append(name as string, message("Cherries again"));
    const run = async (command: string) =>
      (await answer(client, command)).map((line) => line.replace(/UIDVALIDITY \d+/, "UIDVALIDITY V"));
    const of = (name: string, uids: string) => `ESEARCH (TAG "T" MAILBOX ${name} UIDVALIDITY V) UID ALL ${uids}`;
    const [a = "", b = "", c = ""] = names;
    expect(await run("ESEARCH SUBJECT cherries")).toEqual([of(folder, "1")]);
    expect(await run(`ESEARCH IN (subtree ${folder}) SUBJECT cherries`)).toEqual([
      of(folder, "1"),
      of(a, "1"),
      of(b, "1"),
    ]);
    expect(await run(`ESEARCH IN (subtree-one ${folder}) SUBJECT cherries`)).toEqual([of(folder, "1"), of(a, "1")]);
    expect(await run(`ESEARCH IN (mailboxes (${b} ${c} none) selected) SUBJECT cherries`)).toEqual([
      of(b, "1"),
      of(folder, "1"),
    ]);
    expect((await run("ESEARCH IN (personal) RETURN (COUNT) SUBJECT again")).length).toBe(2);
    expect(await run("ESEARCH IN (inboxes subscribed) SUBJECT nothing")).toEqual([]);
    expect(await run(`ESEARCH IN (mailboxes ${a}) UID 1:*`)).toEqual([of(a, "1")]);
  });

  test("works without a selected folder, and refuses what needs one", async () => {
    const fresh = await house.enter();
    expect((await fresh.ok(`ESEARCH IN (mailboxes ${folder}) RETURN (MIN MAX) ALL`))[0]).toMatch(/UID MIN 1 MAX 4$/);
    for (const wrong of [
      "ESEARCH ALL",
      "ESEARCH IN (selected) ALL",
      "ESEARCH IN () ALL",
      "ESEARCH IN (mailboxes) ALL",
      "ESEARCH IN (everything) ALL",
      `ESEARCH IN (mailboxes ${folder}) RETURN (SAVE) ALL`,
      `ESEARCH IN (mailboxes ${folder}) UID $`,
    ])
      expect(await fresh.fails(wrong)).toMatch(/^BAD/);
    // Numbers are those of each folder, and none is too large (RFC 7377 §2).
    expect((await fresh.ok(`ESEARCH IN (mailboxes ${folder}) 2:3,200`))[0]).toMatch(/UID ALL 2:3$/);
    await fresh.ok("ENABLE UIDONLY");
    expect(await fresh.fails(`ESEARCH IN (mailboxes ${folder}) 2:3`)).toMatch(/^BAD \[UIDREQUIRED\]/);
    await fresh.ok("ENABLE UTF8=ACCEPT");
    expect(await fresh.fails(`ESEARCH IN (mailboxes ${folder}) CHARSET UTF-8 ALL`)).toMatch(/^BAD/);
  });

  test("a folder that is named needs the right to read it, one that is found to be looked up, too (RFC 7377 §2.2)", async () => {
    const ben = await house.enter("ben");
    const name = `"Other Users/ann@home.example/${folder}"`;
    await other.ok(`SETACL ${folder} ben r`);
    expect(await ben.ok(`ESEARCH IN (subtree ${name}) ALL`)).toEqual([]);
    expect((await ben.ok(`ESEARCH IN (mailboxes ${name}) ALL`))[0]).toMatch(/UID ALL 1:4$/);
    await other.ok(`SETACL ${folder} ben lr`);
    expect((await ben.ok(`ESEARCH IN (subtree ${name}) ALL`))[0]).toMatch(/UID ALL 1:4$/);
    await other.ok(`DELETEACL ${folder} ben`);
  });

  test("folders of others are searched by those who may read them only", async () => {
    const ben = await house.enter("ben");
    expect(await ben.ok(`ESEARCH IN (subtree "") ALL`)).toEqual([]);
    expect(await ben.ok(`ESEARCH IN (mailboxes "Other Users/ann@home.example/${folder}") ALL`)).toEqual([]);
  });
});

describe("keys of extensions", () => {
  const found = async (program: string) => (await answer(client, `SEARCH ${program}`))[0]?.replace(/^SEARCH ?/, "");

  test("WITHIN, SAVEDATE and OBJECTID", async () => {
    const ago = new Date(Date.now() - 3_600_000).toUTCString();
    const [, day = "", month = "", year = "", time = ""] = /, (\d+) (\w+) (\d+) (\S+)/.exec(ago) ?? [];
    await add("Old", {}, `"${day}-${month}-${year} ${time} +0000" `);
    await client.ok("NOOP");
    expect(await found("YOUNGER 1800")).toBe("1 2 3 4");
    expect(await found("OLDER 1800")).toBe("5");
    expect(await client.fails("SEARCH YOUNGER 0")).toMatch(/^BAD/);
    expect(await found("SAVEDATESUPPORTED SAVEDSINCE 1-Jan-2020")).toBe("1 2 3 4 5");
    expect(await found("SAVEDBEFORE 1-Jan-2020")).toBe("");
    const now = new Date().toUTCString().slice(5, 16).replaceAll(" ", "-");
    expect(await found(`SAVEDON ${now} UID 3`)).toBe("3");
    expect(await found("EMAILID Mnone")).toBe("");
    expect(await found("THREADID Tnone")).toBe("");
    const [ids = ""] = await client.ok("FETCH 2 (EMAILID THREADID)");
    expect(await found(/EMAILID \((\S+)\)/.exec(ids)?.[0].replace(/[()]/g, "") ?? "")).toBe("2");
    expect(await found(/THREADID \((\S+)\)/.exec(ids)?.[0].replace(/[()]/g, "") ?? "")).toBe("2");
  });

  test("FUZZY finds what is meant, and scores it (RFC 6203)", async () => {
    await add("IMAP break");
    await add("broken IMAPs, and a braek of it");
    await add("imap");
    await client.ok("NOOP");
    expect(await found('FUZZY SUBJECT "break imap"')).toBe("5 6");
    expect(await found("FUZZY SUBJECT chery")).toBe("");
    expect(await found("FUZZY SUBJECT cheries")).toBe("1");
    expect(await found('FUZZY (SUBJECT "\u00e4pples")')).toBe("2");
    expect(await answer(client, 'SEARCH RETURN (ALL RELEVANCY) FUZZY SUBJECT "imap break"')).toEqual([
      'ESEARCH (TAG "T") ALL 5:6 RELEVANCY (100 68)',
    ]);
    expect(await answer(client, 'SORT RETURN (ALL) (RELEVANCY SUBJECT) UTF-8 FUZZY SUBJECT "imap"')).toEqual([
      'ESEARCH (TAG "T") ALL 7,5:6',
    ]);
    expect(await client.fails("SEARCH RETURN (RELEVANCY) ALL")).toMatch(/^BAD/);
    await house.mailstore.index.catchUp();
    expect(await found('FUZZY TEXT "nothing imap"')).toBe("");
    expect(await found('FUZZY TEXT "braek imap"')).toBe("5 6");
  });

  test("addresses are found in every form, groups and encoded names included", async () => {
    await add("Group", {
      To: 'friends: "Gr\u00fcn, Udo" <udo@g.example>, bea@g.example;',
      Cc: "=?utf-8?b?w4ltaWxl?= <e@g.example>",
    });
    await client.ok("NOOP");
    for (const program of [
      "TO friends:",
      'TO "udo@g.example"',
      'TO "Gr\u00dcN, Udo <udo@"',
      'TO "friends: Gr\u00fcn, Udo <"',
      "TO bea@",
      'CC "\u00e9mile <e@"',
    ])
      expect(`${program}: ${await found(program)}`).toBe(`${program}: 5`);
    expect(await found('HEADER Cc ""')).toBe("5");
  });
});

describe("INPROGRESS (RFC 9585)", () => {
  test("says how far a command has come, where that makes sense", async () => {
    const sent: string[] = [];
    const out = new Output({
      write: async (bytes) => {
        sent.push(Buffer.from(bytes).toString());
      },
    });
    const session = { out, tag: "A1", untagged: (text: string) => void out.ascii("* ").text(text).line() };
    const progress = new Progress(session, 0);
    await progress.at(454, 1000);
    await progress.at(1000, 1000);
    await new Progress(session).at(1, 2);
    expect(sent.join("")).toBe(
      '* OK [INPROGRESS ("A1" 454 1000)] Still at it\r\n* OK [INPROGRESS ("A1" NIL NIL)] Still at it\r\n',
    );
  });
});
