/** NOTIFY (RFC 5465): what happens in folders is told as it happens, to whoever asked and may know. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
/** The one who does things, and the one who hears of them. */
let one: Client;
let two: Client;
let base: string;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  one = await house.enter();
});
beforeEach(async () => {
  base = `Notify${++count}`;
  for (const name of [base, `${base}/Lemonade`, `${base}/Im2000`]) {
    await one.ok(`CREATE ${name}`);
    await one.append(name, message("first"));
    // Whoever comes first takes \Recent.
    await one.ok(`SELECT ${name}`);
    await one.ok("CLOSE");
  }
  two = await house.enter();
});
afterEach(() => {
  two.dialogue.destroy();
  expect(house.faults.splice(0)).toEqual([]);
});
afterAll(async () => await house.close());

/** Nothing more was told: the answer to a command comes next. */
async function silence(): Promise<void> {
  expect((await two.run("NOOP")).untagged).toEqual([]);
}

const ITEMS = "MESSAGES UIDNEXT UIDVALIDITY";
const validity = async (name: string) =>
  (await one.ok(`STATUS ${name} (UIDVALIDITY)`)).at(-1)?.match(/\d+(?=\)$)/)?.[0];

describe("NOTIFY SET", () => {
  test("STATUS tells how folders stand, then what comes, as RFC 5465 shows", async () => {
    await two.ok(`SELECT ${base}`);
    const told = await two.ok(
      `NOTIFY SET STATUS (selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge)) (subtree ${base} (MessageNew MessageExpunge))`,
    );
    const lemonade = await validity(`${base}/Lemonade`);
    expect(told).toEqual([
      `STATUS ${base}/Im2000 (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ${await validity(`${base}/Im2000`)})`,
      `STATUS ${base}/Lemonade (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ${lemonade})`,
    ]);
    await one.append(`${base}/Lemonade`, message("second"));
    expect(await two.response()).toBe(`* STATUS ${base}/Lemonade (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ${lemonade})`);
    await one.append(base, message("here"));
    expect(await two.response()).toBe("* 2 EXISTS");
    expect(await two.response()).toBe("* 1 RECENT");
    expect(await two.response()).toMatch(
      /^\* 2 FETCH \(UID 2 BODY\[HEADER.FIELDS \(SUBJECT\)\] \{\d+\}\r\nSubject: here/,
    );
    await one.ok(`SELECT ${base}`);
    await one.ok("UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    await one.ok("EXPUNGE");
    expect(await two.response()).toBe("* 1 EXPUNGE");
    await silence();
  });

  test("selected-delayed tells new messages and flags at once, and what is gone with the next command", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok("NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))");
    await one.ok(`SELECT ${base}`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    expect(await two.response()).toBe("* 1 FETCH (UID 1 FLAGS (\\Deleted))");
    await one.ok("EXPUNGE");
    await one.append(base, message("second"));
    expect(await two.response()).toBe("* 2 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    expect(await two.ok("NOOP")).toEqual(["1 EXPUNGE"]);
  });

  test("tells of the folder that is selected later, too", async () => {
    await two.ok("NOTIFY SET (selected (MessageNew (FLAGS) MessageExpunge))");
    await two.ok(`SELECT ${base}/Lemonade`);
    await one.append(`${base}/Lemonade`, message("second"), "(\\Seen) ");
    expect(await two.response()).toBe("* 2 EXISTS");
    expect(await two.response()).toBe("* 1 RECENT");
    expect(await two.response()).toBe("* 2 FETCH (UID 2 FLAGS (\\Recent \\Seen))");
  });

  test("speaks of mod-sequences and UIDs where they were enabled", async () => {
    await two.ok("ENABLE QRESYNC");
    await two.ok(`SELECT ${base}`);
    await two.ok(
      `NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) (subtree ${base} (MessageNew MessageExpunge FlagChange))`,
    );
    await one.ok(`SELECT ${base}/Im2000`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Seen)");
    expect(await two.response()).toMatch(
      /^\* STATUS \S+\/Im2000 \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+ UNSEEN 0 HIGHESTMODSEQ \d+\)$/,
    );
    await one.ok(`SELECT ${base}`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    expect(await two.response()).toMatch(/^\* 1 FETCH \(UID 1 FLAGS \(\\Deleted\) MODSEQ \(\d+\)\)$/);
    await one.ok("EXPUNGE");
    expect(await two.response()).toBe("* VANISHED 1");
    await two.ok("NOTIFY SET (selected (MessageNew (BODY.PEEK[TEXT]<0.2>) MessageExpunge))");
    await one.append(base, message("second"));
    expect(await two.response()).toBe("* 1 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    expect(await two.response()).toMatch(/^\* 1 FETCH \(UID 2 BODY\[TEXT\]<0> \{2\}\r\nHe MODSEQ \(\d+\)\)$/);
  });

  test("passes over what cannot be shown of a new message", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok("NOTIFY SET (selected (MessageNew (BINARY.PEEK[1]) MessageExpunge))");
    await one.append(base, message("odd", "x\r\n", { "Content-Transfer-Encoding": "x-strange" }));
    expect(await two.response()).toBe("* 2 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    await one.append(base, message("plain"));
    expect(await two.response()).toBe("* 3 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    expect(await two.response()).toBe("* 3 FETCH (UID 3 BINARY[1] {7}\r\nHello\r\n)");
    await silence();
  });

  test("flags that were not asked for wait for a command", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok("NOTIFY SET (selected (MessageNew MessageExpunge))");
    await one.ok(`SELECT ${base}`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Seen)");
    await one.append(base, message("second"));
    expect(await two.response()).toBe("* 2 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    expect(await two.ok("NOOP")).toEqual(["1 FETCH (UID 1 FLAGS (\\Seen))"]);
  });

  test("tells folders made, renamed, deleted, subscribed to and left", async () => {
    await two.ok(`NOTIFY SET (subtree ${base} (MailboxName SubscriptionChange))`);
    await one.ok(`CREATE ${base}/New`);
    expect(await two.response()).toBe(`* LIST (\\HasNoChildren) "/" ${base}/New`);
    // Whoever has more or fewer folders below him has changed, too.
    expect(await two.response()).toBe(`* LIST (\\HasChildren) "/" ${base}`);
    await one.ok(`RENAME ${base}/New ${base}/Newer`);
    expect(await two.response()).toBe(`* LIST (\\HasNoChildren) "/" ${base}/Newer ("OLDNAME" (${base}/New))`);
    await one.ok(`SUBSCRIBE ${base}/Newer`);
    expect(await two.response()).toBe(`* LIST (\\HasNoChildren \\Subscribed) "/" ${base}/Newer`);
    await one.ok(`UNSUBSCRIBE ${base}/Newer`);
    expect(await two.response()).toBe(`* LIST (\\HasNoChildren) "/" ${base}/Newer`);
    await one.ok(`DELETE ${base}/Newer`);
    expect(await two.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${base}/Newer`);
    expect(await two.response()).toBe(`* LIST (\\HasChildren) "/" ${base}`);
    await one.ok(`CREATE Elsewhere${count}`);
    await silence();
  });

  test("tells one name of what is renamed with all that is below it", async () => {
    await two.ok("NOTIFY SET (personal (MailboxName))");
    await one.ok(`RENAME ${base} ${base}x`);
    expect(await two.response()).toBe(`* LIST (\\HasChildren) "/" ${base}x ("OLDNAME" (${base}))`);
    await silence();
  });

  test("tells the state that is left of what happened together, with the special use", async () => {
    await two.ok("NOTIFY SET (personal (MailboxName SubscriptionChange))");
    const tag = two.tag();
    two.dialogue.send(`${tag} STATUS {5}`);
    expect(await two.response()).toStartWith("+");
    await one.ok(`RENAME ${base}/Lemonade ${base}/Lime`);
    await one.ok(`DELETE ${base}/Lime`);
    await one.ok("UNSUBSCRIBE Drafts");
    await one.ok("SUBSCRIBE Drafts");
    two.dialogue.send("INBOX (UIDNEXT)");
    await two.answer(tag);
    expect(await two.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${base}/Lime`);
    expect(await two.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${base}/Lemonade`);
    expect(await two.response()).toBe(`* LIST (\\HasChildren) "/" ${base}`);
    expect(await two.response()).toBe('* LIST (\\HasNoChildren \\Subscribed \\Drafts) "/" Drafts');
    await silence();
  });

  test("tells of INBOX that was renamed that its messages are elsewhere", async () => {
    await one.append("INBOX", message("first"));
    await two.ok("NOTIFY SET (personal (MessageNew MessageExpunge MailboxName))");
    await one.ok(`RENAME INBOX ${base}/In`);
    expect(await two.response()).toBe(`* LIST (\\HasNoChildren \\Subscribed) "/" ${base}/In ("OLDNAME" (INBOX))`);
    expect(await two.response()).toMatch(`* STATUS ${base}/In (MESSAGES 1 UIDNEXT 2 UIDVALIDITY `);
    expect(await two.response()).toMatch("* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ");
    await silence();
  });

  test("tells nothing of what the client did itself", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok(
      "NOTIFY SET (selected (MessageNew (UID) MessageExpunge)) (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))",
    );
    const bare = (lines: string[]) => lines.filter((line) => !line.endsWith("RECENT"));
    for (const command of [
      `CREATE ${base}/Own`,
      `SUBSCRIBE ${base}/Own`,
      `RENAME ${base}/Own ${base}/Own2`,
      `COPY 1 ${base}/Lemonade`,
      `DELETE ${base}/Own2`,
    ]) {
      expect(await two.ok(command)).toEqual([]);
    }
    expect(await two.append(`${base}/Im2000`, message("own"))).toStartWith("OK");
    // In the selected folder messages are counted as ever, and shown to those who did not put them there.
    expect(bare((await two.run(`COPY 1 ${base}`)).untagged)).toEqual(["2 EXISTS"]);
    await silence();
    await one.append(base, message("other"));
    expect(await two.response()).toBe("* 3 EXISTS");
    expect(await two.response()).toMatch(/RECENT/);
    expect(await two.response()).toBe("* 3 FETCH (UID 3)");
    await silence();
  });

  test("tells which annotations changed, of folders and of the account (RFC 5465 \u00a75.6, \u00a75.7)", async () => {
    await two.ok(`NOTIFY SET (mailboxes ${base} (MailboxMetadataChange)) (personal (SubscriptionChange))`);
    await one.ok(`SETMETADATA ${base} (/shared/comment "a" /private/comment "b")`);
    expect(await two.response()).toBe(`* METADATA ${base} /shared/comment /private/comment`);
    await one.ok(`SETMETADATA ${base} (/shared/comment NIL)`);
    expect(await two.response()).toBe(`* METADATA ${base} /shared/comment`);
    await one.ok(`SETMETADATA ${base}/Lemonade (/shared/comment "unheard")`);
    await one.ok('SETMETADATA "" (/private/comment "unheard")');
    await two.ok(`SETMETADATA ${base} (/shared/comment "own")`);
    await silence();
    await two.ok("NOTIFY SET (personal (ServerMetadataChange))");
    await one.ok(`SETMETADATA ${base} (/shared/comment "unheard")`);
    await one.ok('SETMETADATA "" (/private/comment NIL)');
    expect(await two.response()).toBe('* METADATA "" /private/comment');
    await two.ok("NOTIFY NONE");
    await one.ok('SETMETADATA "" (/private/comment "unheard")');
    await silence();
  });

  test("in IDLE exactly what was asked for is told (RFC 5465 \u00a74)", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok("ENABLE METADATA");
    for (const [asked, heard] of [
      [`NOTIFY SET (mailboxes ${base}/Lemonade (MessageNew MessageExpunge))`, `* STATUS ${base}/Lemonade (`],
      [`NOTIFY SET (selected NONE) (personal (MailboxMetadataChange))`, `* METADATA ${base} /shared/comment`],
      ["NOTIFY NONE", undefined],
    ]) {
      await two.ok(asked as string);
      const tag = two.tag();
      two.dialogue.send(`${tag} IDLE`);
      expect(await two.response()).toBe("+ idling");
      await one.append(base, message("unheard"));
      await one.append(`${base}/Lemonade`, message("heard"));
      await one.ok(`SETMETADATA ${base} (/shared/comment "x")`);
      if (heard !== undefined) expect(await two.response()).toStartWith(heard);
      two.dialogue.send("DONE");
      // With the command's end the size of the folder is told, whatever was asked for (RFC 3501 \u00a75.2).
      const { untagged } = await two.answer(tag);
      expect(untagged.filter((line) => line.endsWith("EXISTS"))).toHaveLength(1);
      expect(untagged.some((line) => line.startsWith("METADATA"))).toBe(!heard?.includes("METADATA"));
    }
  });

  test("STATUS tells mod-sequences to whoever wants to hear of flags (RFC 5465 \u00a73.1)", async () => {
    expect((await two.ok(`NOTIFY SET STATUS (mailboxes ${base} (MessageNew MessageExpunge FlagChange))`))[0]).toMatch(
      /\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+ UNSEEN 1 HIGHESTMODSEQ \d+\)$/,
    );
  });

  test.each([
    ["inboxes", "$/Lemonade", undefined],
    ["personal", "$/Lemonade", undefined],
    ["subscribed", "INBOX", "$/Lemonade"],
    ["mailboxes $/Lemonade", "$/Lemonade", "$/Im2000"],
    ["mailboxes (INBOX $/Im2000)", "$/Im2000", "$"],
    ["subtree $", "$/Im2000", "INBOX"],
    ["subtree (Nowhere $)", "$", "INBOX"],
  ])("the filter %s takes in %s", async (filter, inside, outside) => {
    const named = (text: string) => text.replaceAll("$", base);
    await one.ok(`UNSUBSCRIBE ${base}/Lemonade`);
    await two.ok(`NOTIFY SET (${named(filter)} (MessageNew MessageExpunge))`);
    if (outside !== undefined) await one.append(named(outside), message("unheard"));
    await one.append(named(inside), message("heard"));
    expect(await two.response()).toStartWith(`* STATUS ${named(inside)} (`);
    await silence();
  });

  test("groups add up, as RFC 5465 \u00a76 shows", async () => {
    await two.ok(`NOTIFY SET (mailboxes ${base} (Messagenew messageExpunge)) (personal (SubscriptionChange))`);
    await one.append(base, message("heard"));
    expect(await two.response()).toStartWith(`* STATUS ${base} (`);
    await one.ok(`SUBSCRIBE ${base}`);
    expect(await two.response()).toBe(`* LIST (\\HasChildren \\Subscribed) "/" ${base}`);
    await one.append(`${base}/Lemonade`, message("unheard"));
    await silence();
  });

  test("what one group wants nothing of is not told", async () => {
    await two.ok(`NOTIFY SET (mailboxes ${base}/Lemonade NONE) (subtree ${base} (MessageNew MessageExpunge))`);
    await one.append(`${base}/Lemonade`, message("unheard"));
    await one.append(`${base}/Im2000`, message("heard"));
    expect(await two.response()).toStartWith(`* STATUS ${base}/Im2000 (`);
    await silence();
  });

  test("replaces what was set before, and NONE ends it", async () => {
    await two.ok(`NOTIFY SET (subtree ${base} (MessageNew MessageExpunge))`);
    await two.ok(`NOTIFY SET (mailboxes ${base} (MessageNew MessageExpunge))`);
    await one.append(`${base}/Lemonade`, message("unheard"));
    await silence();
    await two.ok("NOTIFY NONE");
    await one.append(base, message("unheard"));
    await silence();
  });

  test("is heard in IDLE, beside the selected folder", async () => {
    await two.ok(`SELECT ${base}`);
    await two.ok(
      `NOTIFY SET (selected-delayed (MessageNew MessageExpunge)) (subtree ${base} (MessageNew MessageExpunge))`,
    );
    const tag = two.tag();
    two.dialogue.send(`${tag} IDLE`);
    expect(await two.response()).toBe("+ idling");
    await one.append(`${base}/Im2000`, message("second"));
    expect(await two.response()).toStartWith(`* STATUS ${base}/Im2000 (${ITEMS.split(" ")[0]} 2`);
    await one.ok(`SELECT ${base}`);
    await one.ok("UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    await one.ok("EXPUNGE");
    expect(await two.response()).toBe("* 1 EXPUNGE");
    two.dialogue.send("DONE");
    await two.answer(tag);
  });

  test("ends the session when the selected folder is deleted, without waiting for a command", async () => {
    await two.ok(`SELECT ${base}/Im2000`);
    await two.ok("NOTIFY SET (selected (MessageNew MessageExpunge))");
    await one.ok(`DELETE ${base}/Im2000`);
    expect(await two.response()).toBe("* BYE The selected folder is gone");
    await two.dialogue.closed();
  });
});

describe("what others may not know", () => {
  test("nothing is heard of folders of other people", async () => {
    const ben = await house.enter("ben");
    await ben.ok(
      'NOTIFY SET (personal (MessageNew MessageExpunge MailboxName)) (subtree "" (MessageNew MessageExpunge))',
    );
    await one.append(base, message("secret"));
    await one.ok(`CREATE ${base}/secret`);
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    ben.dialogue.destroy();
  });

  test("of shared folders what the rights allow is heard, and when they come and go", async () => {
    const ben = await house.enter("ben");
    const name = `"Other Users/ann@home.example/${base}"`;
    await ben.ok(`NOTIFY SET (subtree "Other Users" (MessageNew MessageExpunge FlagChange MailboxName))`);
    await one.ok(`SETACL ${base} ben l`);
    const above = '"Other Users/ann@home.example"';
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren \\NoAccess) "/" ${name}`);
    expect(await ben.response()).toBe(`* LIST (\\NonExistent \\Noselect \\HasChildren) "/" ${above}`);
    await one.append(base, message("not to be counted"));
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    // Whoever asks when it is so already is told, too (RFC 5465 \u00a73.1).
    const later = await house.enter("ben");
    expect(await later.ok('NOTIFY SET (subtree "Other Users" (MessageNew MessageExpunge))')).toEqual([
      `LIST (\\HasNoChildren \\NoAccess) "/" ${name}`,
    ]);
    await one.ok(`SETACL ${base} ben lr`);
    for (const each of [ben, later]) expect(await each.response()).toBe(`* LIST (\\HasNoChildren) "/" ${name}`);
    await one.ok(`DELETEACL ${base} ben`);
    expect(await later.response()).toBe(`* LIST (\\NoAccess) "/" ${name}`);
    expect(await ben.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${name}`);
    expect(await ben.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${above}`);
    later.dialogue.destroy();
    await one.ok(`SETACL ${base} ben lr`);
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren) "/" ${name}`);
    expect(await ben.response()).toStartWith("* LIST");
    await one.append(base, message("to be counted"));
    expect(await ben.response()).toStartWith(`* STATUS ${name} (MESSAGES 3 `);
    await ben.ok(
      'NOTIFY SET (subtree "Other Users" (MailboxName SubscriptionChange)) (subscribed (MessageNew MessageExpunge))',
    );
    const again = await house.enter("ben");
    await again.ok(`SUBSCRIBE ${name}`);
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren \\Subscribed) "/" ${name}`);
    await again.ok(`UNSUBSCRIBE ${name}`);
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren) "/" ${name}`);
    again.dialogue.destroy();
    await one.ok(`RENAME ${base} ${base}x`);
    const renamed = `"Other Users/ann@home.example/${base}x"`;
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren) "/" ${renamed} ("OLDNAME" (${name}))`);
    await one.ok(`DELETEACL ${base}x ben`);
    expect(await ben.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${renamed}`);
    expect(await ben.response()).toBe(`* LIST (\\NonExistent \\Noselect) "/" ${above}`);
    await one.ok(`RENAME ${base}x ${base}`);
    await one.append(base, message("not any more"));
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    ben.dialogue.destroy();
  });
});

describe("folders of others", () => {
  test("are renamed with what is below them, and told once; what one does there himself is not", async () => {
    const ben = await house.enter("ben");
    const name = (path: string) => `"Other Users/ann@home.example/${path}"`;
    for (const path of [base, `${base}/Lemonade`]) await one.ok(`SETACL ${path} ben lrkx`);
    await ben.ok('NOTIFY SET (subtree "Other Users" (MailboxName))');
    await one.ok(`RENAME ${base} ${base}x`);
    expect(await ben.response()).toBe(`* LIST (\\HasChildren) "/" ${name(`${base}x`)} ("OLDNAME" (${name(base)}))`);
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    expect(await ben.ok(`RENAME ${name(`${base}x/Lemonade`)} ${name(`${base}x/Lime`)}`)).toEqual([]);
    expect(await ben.ok(`CREATE ${name(`${base}x/New`)}`)).toEqual([]);
    expect(await ben.ok(`DELETE ${name(`${base}x/New`)}`)).toEqual([]);
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    for (const path of [`${base}x`, `${base}x/Lime`]) await one.ok(`DELETEACL ${path} ben`);
    ben.dialogue.destroy();
  });
});

describe("annotations of folders of others", () => {
  test("are told where the folder may be read, and only what is shared", async () => {
    const ben = await house.enter("ben");
    const name = `"Other Users/ann@home.example/${base}"`;
    await one.ok(`SETACL ${base} ben lr`);
    await ben.ok('NOTIFY SET (subtree "Other Users" (MailboxMetadataChange))');
    await one.ok(`SETMETADATA ${base} (/shared/comment "for all" /private/comment "mine")`);
    expect(await ben.response()).toBe(`* METADATA ${name} /shared/comment`);
    await one.ok(`SETACL ${base} ben ls`);
    expect(await ben.response()).toBe(`* LIST (\\HasNoChildren \\NoAccess) "/" ${name}`);
    await one.ok(`SETMETADATA ${base} (/shared/comment NIL)`);
    expect((await ben.run("NOOP")).untagged).toEqual([]);
    await one.ok(`DELETEACL ${base} ben`);
    ben.dialogue.destroy();
  });
});

describe("refusals", () => {
  test("events that are not known here are named", async () => {
    for (const event of ["AnnotationChange", "Nonsense"]) {
      expect(await two.fails(`NOTIFY SET (personal (MessageNew MessageExpunge ${event}))`)).toStartWith(
        "NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)]",
      );
    }
  });

  test.each([
    "",
    "SET",
    "SET STATUS",
    "NONE NONE",
    "SET (personal)",
    "SET (personal ())",
    "SET (personal (MessageNew))",
    "SET (personal (MessageExpunge))",
    "SET (personal (FlagChange))",
    "SET (personal (MessageNew (UID) MessageExpunge))",
    "SET (selected (MailboxName))",
    "SET (selected (ServerMetadataChange))",
    "SET (selected NONE) (selected-delayed NONE)",
    "SET (subtree (MessageNew MessageExpunge))",
    "SET (mailboxes () (MessageNew MessageExpunge))",
    "SET (everybody (MessageNew MessageExpunge))",
  ])("NOTIFY %s is BAD", async (given) => {
    expect(await two.fails(`NOTIFY ${given}`)).toMatch(/^BAD/);
    await silence();
  });

  test("more groups than anybody needs are BAD", async () => {
    expect(await two.fails(`NOTIFY SET ${"(personal NONE) ".repeat(200).trim()}`)).toMatch(/^BAD/);
    expect(await two.fails(`NOTIFY SET (mailboxes (${"x ".repeat(2_000).trim()}) NONE)`)).toMatch(/^BAD/);
  });

  test("who does not read what he asked for is told that it was too much", async () => {
    await two.ok(`NOTIFY SET (subtree ${base} (MailboxName))`);
    // While a command runs nothing is told: here one whose literal does not come.
    const tag = two.tag();
    two.dialogue.send(`${tag} CREATE {3}`);
    expect(await two.response()).toStartWith("+");
    const { primaryMailbox } = house.user("ann");
    await house.mailstore.createFolder(primaryMailbox, `${base}/x0`);
    const names = Array.from({ length: 1_001 }, (_, n) => [`${base}/x${n}`, `${base}/x${n + 1}`] as const);
    await Promise.all(names.map(([from, to]) => house.mailstore.renameFolder(primaryMailbox, from, to)));
    two.dialogue.send("Abc");
    expect((await two.answer(tag)).tagged).toStartWith("OK");
    expect(await two.response()).toStartWith("* OK [NOTIFICATIONOVERFLOW]");
    await one.ok(`CREATE ${base}/unheard`);
    await silence();
  });
});
