/** Mailboxes of others: their names, several people in one folder, marks of one's own, and rights that change meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { parseStructure } from "../../src/mime/parser.ts";
import type { Client } from "./client.ts";
import { House, message, PASSWORD } from "./house.ts";

const ANN = "Other Users/ann@home.example";

let house: House;
let ann: Client;
let ben: Client;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  await house.addUser("cora");
  ann = await house.enter("ann");
  ben = await house.enter("ben");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const mailboxOf = (login: string) => house.user(login).primaryMailbox;

/** A new folder of ann's with messages, in which ben has rights; how ben names it. */
async function shared(rights: string, messages = 3): Promise<{ own: string; name: string }> {
  const own = `Team${++count}`;
  await ann.ok(`CREATE ${own}`);
  for (let n = 0; n < messages; n++) await ann.append(own, message(`m${n}`));
  await ann.ok(`SETACL ${own} ben "${rights}"`);
  return { own, name: `"${ANN}/${own}"` };
}

const counts = async (client: Client, name: string, items = "MESSAGES UNSEEN DELETED SIZE") =>
  (await client.ok(`STATUS ${name} (${items})`))[0]?.replace(/^.*\((.*)\)$/, "$1");

describe("namespaces (RFC 2342)", () => {
  test("are three, and one's own further mailboxes stand among the others", async () => {
    expect(await ann.ok("NAMESPACE")).toEqual(['NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))']);
    await house.directory.mailboxes.create({
      ownerId: house.user("ann").id,
      addresses: ["office@home.example"],
    });
    const listed = await ann.ok('LIST "" "Other Users/%/INBOX"');
    expect(listed).toEqual(['LIST (\\HasNoChildren) "/" "Other Users/office@home.example/INBOX"']);
    await ann.ok('CREATE "Other Users/office@home.example/Orders"');
    await ann.ok('SELECT "Other Users/office@home.example/orders"').catch(() => {});
    expect(await ann.append('"Other Users/office@home.example/inbox"', message("x"))).toStartWith("OK [APPENDUID");
  });

  test("a mailbox that is shared with everybody stands under Shared", async () => {
    const { mailboxes } = house.directory;
    const { id } = await mailboxes.create({ ownerId: house.user("ann").id, addresses: ["news@home.example"] });
    await mailboxes.share(id, mailboxes.anyone, "lrs");
    expect(await ben.ok('LIST "" "Shared/%/INBOX"')).toEqual([
      'LIST (\\HasNoChildren) "/" Shared/news@home.example/INBOX',
    ]);
    expect(await ben.ok("MYRIGHTS Shared/news@home.example/INBOX")).toEqual([
      "MYRIGHTS Shared/news@home.example/INBOX lrs",
    ]);
    await mailboxes.share(id, mailboxes.anyone, "");
    expect(await ben.ok('LIST "" "Shared*"')).toEqual([]);
  });

  test("special uses of others are not told: a client would take them for its own", async () => {
    await house.directory.mailboxes.share(mailboxOf("ann"), house.user("ben").id, "lr");
    expect(await ben.ok(`LIST "" "${ANN}/Sent"`)).toEqual([`LIST (\\HasNoChildren) "/" "${ANN}/Sent"`]);
    expect(await ben.ok('LIST (SPECIAL-USE) "" "*Sent"')).toEqual(['LIST (\\HasNoChildren \\Sent) "/" Sent']);
    await house.directory.mailboxes.share(mailboxOf("ann"), house.user("ben").id, "");
  });

  test("addresses that could not stand in a name, and two of the same, are told apart by number", async () => {
    const { mailboxes } = house.directory;
    const ownerId = house.user("cora").id;
    const odd = await mailboxes.create({ ownerId, addresses: ["sales/eu@home.example"] });
    const twin = await mailboxes.create({ ownerId, addresses: ["both@home.example"] });
    const other = await mailboxes.create({ ownerId, addresses: ["both@home.example"] });
    for (const { id } of [odd, twin, other]) await mailboxes.share(id, house.user("ben").id, "lr");
    expect((await ben.ok('LIST "" "Other Users/%/INBOX"')).map((line) => line.slice(line.indexOf('"Other')))).toEqual([
      `"Other Users/Mailbox ${odd.id}/INBOX"`,
      `"Other Users/both@home.example (${other.id})/INBOX"`,
      '"Other Users/both@home.example/INBOX"',
    ]);
    for (const { id } of [odd, twin, other]) await mailboxes.share(id, house.user("ben").id, "");
  });

  test("whoever signs in to one mailbox alone sees no other", async () => {
    const { directory, auth } = house;
    const { id } = await directory.mailboxes.create({ ownerId: house.user("ann").id, login: "desk" });
    await auth.setMailboxPassword(id, PASSWORD);
    const desk = await house.enter("desk");
    expect(await desk.ok("NAMESPACE")).toEqual(['NAMESPACE (("" "/")) NIL NIL']);
    expect(await desk.ok('LIST "" "*/*"')).toEqual([]);
    expect(await desk.fails('SELECT "Other Users/office@home.example/INBOX"')).toStartWith("NO [NONEXISTENT]");
    expect(await desk.ok("MYRIGHTS INBOX")).toEqual(["MYRIGHTS INBOX lrswipkxtecda"]);
    await desk.ok('CREATE "Shared/of my own"');
  });
});

describe("two people in one folder", () => {
  test("see what each other does", async () => {
    const { own, name } = await shared("lrswit");
    await ann.ok(`SELECT ${own}`);
    await ben.ok(`SELECT ${name}`);
    await ben.ok("STORE 2 +FLAGS.SILENT (\\Flagged \\Seen)");
    expect(await ann.ok("NOOP")).toEqual(["2 FETCH (UID 2 FLAGS (\\Recent \\Seen \\Flagged))"]);
    await ann.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await ann.ok("EXPUNGE");
    expect(await ben.ok("NOOP")).toContain("1 EXPUNGE");
    await ben.append(name, message("new"));
    expect(await ann.ok("NOOP")).toContain("3 EXISTS");
    await ann.ok("UNSELECT");
    await ben.ok("UNSELECT");
  });

  test("move mail between mailboxes: counters, limits and quota go with it", async () => {
    const { own, name } = await shared("lrswite");
    const before = { ann: house.mailstore.usage(mailboxOf("ann")), ben: house.mailstore.usage(mailboxOf("ben")) };
    const folder = await counts(ann, own);
    expect(folder).toMatch(/^MESSAGES 3 UNSEEN 3 DELETED 0 SIZE \d+$/);
    await ann.ok(`SELECT ${own}`);
    await ben.ok("CREATE Taken");
    await ben.ok(`SELECT ${name}`);
    await ben.ok("STORE 1 +FLAGS (\\Seen)");
    await ben.ok("MOVE 1:2 Taken");
    expect(await ann.ok("NOOP")).toEqual(expect.arrayContaining(["2 EXPUNGE", "1 EXPUNGE"]));
    expect(await counts(ann, own, "MESSAGES UNSEEN")).toBe("MESSAGES 1 UNSEEN 1");
    expect(await counts(ben, "Taken", "MESSAGES UNSEEN")).toBe("MESSAGES 2 UNSEEN 1");
    const after = { ann: house.mailstore.usage(mailboxOf("ann")), ben: house.mailstore.usage(mailboxOf("ben")) };
    expect(after.ann.messages).toBe(before.ann.messages - 2);
    expect(after.ben.messages).toBe(before.ben.messages + 2);
    expect(after.ann.size + after.ben.size).toBe(before.ann.size + before.ben.size);
    // The room is that of the mailbox which owns the folder, whoever fills it.
    const quota = { messages: after.ann.messages, octets: null };
    await house.directory.mailboxes.update(mailboxOf("ann"), { quota });
    expect(await ben.append(name, message("too much"))).toStartWith("NO [OVERQUOTA]");
    await ben.ok("SELECT Taken");
    expect(await ben.fails(`COPY 1 ${name}`)).toStartWith("NO [OVERQUOTA]");
    await house.directory.mailboxes.update(mailboxOf("ann"), { quota: { messages: null } });
    await ben.ok("UNSELECT");
    await ann.ok("UNSELECT");
  });

  test("subscribe each for himself, and a subscription outlasts the right to look", async () => {
    const { own, name } = await shared("lr");
    await ann.ok(`UNSUBSCRIBE ${own}`);
    await ben.ok(`SUBSCRIBE "${ANN}/${own}"`);
    expect(await ann.ok(`LSUB "" ${own}`)).toEqual([]);
    expect(await ben.ok(`LSUB "" ${name}`)).toEqual([`LSUB () "/" ${name}`]);
    expect(await ben.ok(`LIST (SUBSCRIBED) "" ${name}`)).toEqual([`LIST (\\HasNoChildren \\Subscribed) "/" ${name}`]);
    await ann.ok(`DELETEACL ${own} ben`);
    expect(await ben.ok(`LIST (SUBSCRIBED) "" ${name}`)).toEqual([
      `LIST (\\NonExistent \\Noselect \\HasNoChildren \\Subscribed) "/" ${name}`,
    ]);
    await ben.ok(`UNSUBSCRIBE ${name}`);
    expect(await ben.ok(`LSUB "" ${name}`)).toEqual([]);
  });

  test("only those take \\Recent who may change something", async () => {
    const { own, name } = await shared("lr", 0);
    await ann.append(own, message("new"));
    expect(await ben.ok(`SELECT ${name}`)).toContain("1 RECENT");
    await ben.ok("UNSELECT");
    expect(await ann.ok(`SELECT ${own}`)).toContain("1 RECENT");
    await ann.ok("UNSELECT");
  });
});

describe("rights that change while the folder is selected", () => {
  test("end the session of one who may not read any more, at once also in IDLE", async () => {
    for (const idle of [false, true]) {
      const { own, name } = await shared("lr");
      const reader = await house.enter("ben");
      await reader.ok(`SELECT ${name}`);
      if (idle) {
        reader.dialogue.sendRaw("i IDLE\r\n");
        expect(await reader.response()).toStartWith("+");
      }
      await ann.ok(`SETACL ${own} ben l`);
      if (!idle) reader.dialogue.sendRaw("n NOOP\r\n");
      expect(await reader.response()).toStartWith("* BYE");
    }
  });

  test("give nothing more of it, whatever is asked next, and also in the middle of an answer", async () => {
    for (const command of ["FETCH 1:* BODY[]", "UID FETCH 1 FLAGS", "SEARCH ALL", "COPY 1 INBOX", "STORE 1 +FLAGS x"]) {
      const { own, name } = await shared("lrswite");
      const reader = await house.select(name, "ben");
      await ann.ok(`DELETEACL ${own} ben`);
      reader.dialogue.sendRaw(`n ${command}\r\n`);
      expect(await reader.response()).toStartWith("* BYE");
    }
    const { own, name } = await shared("lr", 0);
    for (let n = 0; n < 8; n++) await ann.append(own, message(`large ${n}`, `${"x".repeat(70)}\r\n`.repeat(60_000)));
    const reader = await house.select(name, "ben");
    reader.dialogue.sendRaw("n FETCH 1:* BODY.PEEK[]\r\n");
    expect(await reader.response()).toStartWith("* 1 FETCH");
    await ann.ok(`DELETEACL ${own} ben`);
    let answers = 1;
    while ((await reader.response()).includes("FETCH")) answers++;
    expect(answers).toBeLessThan(8);
  });

  test("end it before new messages are shown that came just then (NOTIFY)", async () => {
    const { own, name } = await shared("lr");
    const reader = await house.select(name, "ben");
    await reader.ok("NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge))");
    const folder = house.folderId("ann", own);
    const { store, mailstore } = house;
    await house.put(folder, message("sample"));
    expect(await reader.response()).toStartWith("* 4 EXISTS");
    while (!(await reader.response()).includes("FETCH"));
    const view = await mailstore.open(folder);
    const content = view.contentAt(0);
    view.close();
    const structure = parseStructure(Buffer.from(message("sample")));
    await store.commit((tx) => {
      mailstore.append(tx, { folder, content, structure, internalDate: 0 });
      const place = { mailbox: mailboxOf("ann"), folder };
      mailstore.grants.setWithin(tx, place, { user: house.user("ben").id, negative: false }, undefined);
    });
    for (let line = ""; !line.startsWith("* BYE"); ) {
      line = await reader.response();
      expect(line).not.toContain("FETCH");
    }
  });

  test("leave CLOSE and UNSELECT as they are", async () => {
    for (const command of ["CLOSE", "UNSELECT"]) {
      const { own, name } = await shared("lr");
      const reader = await house.select(name, "ben");
      await ann.ok(`DELETEACL ${own} ben`);
      await reader.ok(command);
      await reader.ok("SELECT INBOX");
    }
  });

  test("also when the whole mailbox is no longer shared, or is gone", async () => {
    const { mailboxes } = house.directory;
    const { id } = await mailboxes.create({ ownerId: house.user("cora").id, addresses: ["gone@home.example"] });
    const lost = [
      () => mailboxes.share(id, house.user("ben").id, ""),
      () =>
        house.store.commit((tx) => {
          mailboxes.removeWithin(tx, id);
          house.mailstore.removeMailbox(tx, id);
        }),
    ];
    for (const lose of lost) {
      await mailboxes.share(id, house.user("ben").id, "lr");
      const reader = await house.select('"Other Users/gone@home.example/INBOX"', "ben");
      await lose();
      reader.dialogue.sendRaw("n NOOP\r\n");
      expect(await reader.response()).toStartWith("* BYE");
    }
  });

  test("go with a mailbox that is given to somebody else", async () => {
    const { mailboxes } = house.directory;
    const { id } = await mailboxes.create({ ownerId: house.user("ann").id, addresses: ["desk@home.example"] });
    const name = '"Other Users/desk@home.example/INBOX"';
    await ann.ok(`SETACL ${name} ben lr`);
    await ann.ok(`SETACL ${name} -ben w`);
    const before = await house.select(name, "ann");
    await mailboxes.update(id, { ownerId: house.user("ben").id });
    before.dialogue.sendRaw("n NOOP\r\n");
    expect(await before.response()).toStartWith("* BYE");
    expect(await ann.ok(`LIST "" ${name}`)).toEqual([]);
    expect(await ben.ok(`GETACL ${name}`)).toEqual([`ACL ${name} ben lrswipkxtecda`]);
    await ben.ok(`CREATE "Other Users/desk@home.example/Mine"`);
  });

  test("are told where the session goes on, and hold for its next command", async () => {
    const { own, name } = await shared("lrw");
    await ben.ok(`SELECT ${name}`);
    await ann.ok(`SETACL ${own} ben lr`);
    expect(await ben.fails("STORE 1 +FLAGS (\\Flagged)")).toStartWith("NO [NOPERM]");
    await ann.ok(`SETACL ${own} ben lrs`);
    expect(await ben.ok("NOOP")).toEqual([
      "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
      "OK [PERMANENTFLAGS (\\Seen)] Flags that can be kept",
      "OK [READ-WRITE] Your rights in this folder have changed",
    ]);
    await ben.ok("STORE 1 +FLAGS (\\Seen)");
    await ben.ok("UNSELECT");
  });
});

describe("marks of one's own", () => {
  const ownMarks = (on: boolean) => house.directory.mailboxes.update(mailboxOf("ann"), { ownReadMarks: on });
  const seen = (lines: readonly string[]) =>
    lines.flatMap((line) => (/\\Seen/.test(line) ? [Number(/^(\d+) FETCH/.exec(line)?.[1])] : []));

  test("are set and seen by their reader alone, in FETCH, SEARCH, STATUS and SELECT", async () => {
    await ownMarks(true);
    const { own, name } = await shared("lrs", 4);
    await ann.ok(`SETACL ${own} cora lrs`);
    const cora = await house.enter("cora");
    await ann.ok(`SELECT ${own}`);
    await ann.ok("STORE 4 +FLAGS (\\Seen)");
    const opened = await ben.run(`SELECT ${name}`);
    expect(opened.tagged).toStartWith("OK [READ-ONLY]");
    expect(opened.untagged).toContain("OK [UNSEEN 1] The first unseen message");
    expect(opened.untagged).toContain("OK [PERMANENTFLAGS (\\Seen)] Flags that can be kept");
    await cora.ok(`SELECT ${name}`);
    expect(await ben.ok("STORE 1 +FLAGS (\\Seen)")).toEqual([expect.stringContaining("1 FETCH (FLAGS (\\")]);
    await ben.ok("FETCH 2 BODY[TEXT]");
    expect(seen(await ben.ok("FETCH 1:* FLAGS"))).toEqual([1, 2]);
    expect(seen(await cora.ok("FETCH 1:* FLAGS"))).toEqual([]);
    expect(seen(await ann.ok("FETCH 1:* FLAGS"))).toEqual([4]);
    expect(await ben.ok("SEARCH UNSEEN")).toEqual(["SEARCH 3 4"]);
    expect(await cora.ok("SEARCH SEEN")).toEqual(["SEARCH"]);
    expect(await ann.ok("SEARCH SEEN")).toEqual(["SEARCH 4"]);
    expect(await counts(ben, name, "UNSEEN")).toBe("UNSEEN 2");
    expect(await counts(cora, name, "UNSEEN")).toBe("UNSEEN 4");
    expect(await counts(ann, own, "UNSEEN")).toBe("UNSEEN 3");
    await ben.ok("STORE 1 -FLAGS (\\Seen)");
    expect(await counts(ben, name, "UNSEEN")).toBe("UNSEEN 3");
    expect((await ben.ok(`SELECT ${name}`)).join()).toContain("[UNSEEN 1]");
    // They hold in the next session, too.
    const again = await house.select(name, "ben");
    expect(seen(await again.ok("FETCH 1:* FLAGS"))).toEqual([2]);
    for (const client of [ann, ben, cora]) await client.ok("UNSELECT");
  });

  test("are told to the reader's other sessions, and to nobody else's", async () => {
    const { own, name } = await shared("lrs", 2);
    const other = await house.select(name, "ben");
    await ben.ok(`SELECT ${name}`);
    await ann.ok(`SELECT ${own}`);
    await ben.ok("STORE 1 +FLAGS.SILENT (\\Seen)");
    expect((await other.ok("NOOP")).map((line) => line.replace("\\Recent ", ""))).toEqual([
      "1 FETCH (UID 1 FLAGS (\\Seen))",
    ]);
    expect(await ann.ok("NOOP")).toEqual([]);
    expect(await ben.ok("NOOP")).toEqual([]);
    await ann.ok("UNSELECT");
    await ben.ok("UNSELECT");
  });

  test("a STORE that changes both does both, and leaves the owner's mark alone", async () => {
    const { own, name } = await shared("lrsw", 0);
    await ann.append(own, message("read by ann"), "(\\Seen) ");
    await ben.ok(`SELECT ${name}`);
    expect((await ben.ok("FETCH 1 FLAGS")).join()).not.toContain("\\Seen");
    await ben.ok("STORE 1 FLAGS (\\Flagged)");
    expect(await counts(ann, own, "UNSEEN")).toBe("UNSEEN 0");
    await ben.ok("STORE 1 FLAGS (\\Answered \\Seen)");
    expect((await ben.ok("FETCH 1 FLAGS")).join()).toContain("\\Seen \\Answered");
    expect(await counts(ann, own, "UNSEEN")).toBe("UNSEEN 0");
    await ben.ok("UNSELECT");
  });

  test("move the message's mod-sequence, so that a reader's other programs find them", async () => {
    const { name } = await shared("lrs", 2);
    await ben.ok(`SELECT ${name} (CONDSTORE)`);
    const [before] = await ben.ok("FETCH 1 (MODSEQ)");
    const modseq = Number(/MODSEQ \((\d+)\)/.exec(before ?? "")?.[1]);
    await ben.ok("STORE 1 +FLAGS.SILENT (\\Seen)");
    expect((await ben.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq + 1})`)).join()).toContain("1 FETCH");
    await ben.ok("UNSELECT");
  });

  test("go with messages that are copied and moved, each reader's with his", async () => {
    const { own, name } = await shared("lrswite", 3);
    const target = await shared("lrswite", 0);
    await ben.ok(`SELECT ${name}`);
    await ben.ok("STORE 1:2 +FLAGS (\\Seen)");
    await ann.ok(`SELECT ${own}`);
    await ann.ok("STORE 3 +FLAGS (\\Seen)");
    await ann.ok(`MOVE 2:3 ${target.own}`);
    expect(await counts(ben, target.name, "MESSAGES UNSEEN")).toBe("MESSAGES 2 UNSEEN 1");
    expect(await counts(ann, target.own, "MESSAGES UNSEEN")).toBe("MESSAGES 2 UNSEEN 1");
    expect(await counts(ben, name, "MESSAGES UNSEEN")).toBe("MESSAGES 1 UNSEEN 0");
    await ben.ok("NOOP");
    await ben.ok("CREATE Kept");
    await ben.ok("COPY 1 Kept");
    expect(await counts(ben, "Kept", "UNSEEN")).toBe("UNSEEN 0");
    await ben.ok("SELECT Kept");
    await ben.ok(`COPY 1 ${target.name}`);
    expect(await counts(ben, target.name, "MESSAGES UNSEEN")).toBe("MESSAGES 3 UNSEEN 1");
    expect(await counts(ann, target.own, "MESSAGES UNSEEN")).toBe("MESSAGES 3 UNSEEN 2");
    expect(await ben.append(target.name, message("said"), "(\\Seen) ")).toStartWith("OK");
    expect(await counts(ben, target.name, "MESSAGES UNSEEN")).toBe("MESSAGES 4 UNSEEN 1");
    expect(await counts(ann, target.own, "MESSAGES UNSEEN")).toBe("MESSAGES 4 UNSEEN 3");
    await ann.ok("UNSELECT");
    await ben.ok("UNSELECT");
  });

  test("end with the messages, so that counts stay right", async () => {
    const { own, name } = await shared("lrs", 3);
    await ben.ok(`SELECT ${name}`);
    await ben.ok("STORE 1:3 +FLAGS.SILENT (\\Seen)");
    await ben.ok("UNSELECT");
    await ann.ok(`SELECT ${own}`);
    await ann.ok("STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    await ann.ok("EXPUNGE");
    await ann.ok("UNSELECT");
    expect(await counts(ben, name, "MESSAGES UNSEEN")).toBe("MESSAGES 1 UNSEEN 0");
    await ann.append(own, message("new"));
    expect(await counts(ben, name, "MESSAGES UNSEEN")).toBe("MESSAGES 2 UNSEEN 1");
  });

  test("begin and end with the mailbox's property; a session that shows the others is ended", async () => {
    const { name } = await shared("lrs", 1);
    const reader = await house.select(name, "ben");
    await ownMarks(false);
    reader.dialogue.sendRaw("n NOOP\r\n");
    expect(await reader.response()).toStartWith("* BYE");
    const { tagged } = await ben.run(`SELECT ${name}`);
    expect(tagged).toStartWith("OK [READ-WRITE]");
    await ben.ok("STORE 1 +FLAGS (\\Seen)");
    expect(await counts(ann, name.slice(name.lastIndexOf("/") + 1, -1), "UNSEEN")).toBe("UNSEEN 0");
    await ben.ok("UNSELECT");
  });
});

describe("Python's imaplib", () => {
  const SCRIPT = `
import imaplib, json, sys
port, password = int(sys.argv[1]), sys.argv[2]
def enter(login):
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(login, password)
    return client
told = {}
ann, ben = enter("ann"), enter("ben")
name = '"Other Users/ann@home.example/Python"'
ann.create("Python")
ann.append("Python", None, None, b"Subject: hello\\r\\n\\r\\nHello\\r\\n")
ann.setacl("Python", "ben", "lrs")
told["namespace"] = ben.namespace()[1][0].decode()
told["acl"] = ann.getacl("Python")[1][0].decode()
told["mine"] = ben.myrights(name)[1][0].decode()
told["listed"] = [line.decode() for line in ben.list('""', name)[1]]
told["selected"] = ben.select(name)[1][0].decode()
told["subject"] = ben.fetch("1", "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode().strip()
try:
    told["flagged"] = ben.store("1", "+FLAGS", "(\\\\Flagged)")[0]
except imaplib.IMAP4.error as error:
    told["flagged"] = str(error)
ann.deleteacl("Python", "ben")
try:
    ben.noop()
    told["after"] = ben.select(name)[0]
except imaplib.IMAP4.abort as error:
    told["after"] = "ended"
print(json.dumps(told))
`;

  test("shares a folder, reads it, and is shown out", async () => {
    const python = Bun.spawn(["python3", "-c", SCRIPT, String(house.port(143)), PASSWORD], { stdout: "pipe" });
    const told = JSON.parse(await new Response(python.stdout).text());
    const name = `"${ANN}/Python"`;
    expect(told).toEqual({
      namespace: '(("" "/")) (("Other Users/" "/")) (("Shared/" "/"))',
      acl: "Python ann lrswipkxtecda ben lrs",
      mine: `${name} lrs`,
      listed: [`(\\HasNoChildren) "/" ${name}`],
      selected: "1",
      subject: "Subject: hello",
      flagged: "NO",
      after: "ended",
    });
  });
});
