import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;
let count = 0;
/** A new folder for each test, with three messages, selected. */
let folder: string;

beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
});
beforeEach(async () => {
  folder = `Test${++count}`;
  await client.ok(`CREATE ${folder}`);
  for (const subject of ["one", "two", "three"]) await client.append(folder, message(subject));
  await client.ok(`SELECT ${folder}`);
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const flagsOf = async (set: string) =>
  (await client.ok(`FETCH ${set} FLAGS`))
    .filter((line) => line.includes("FETCH"))
    .map((line) => line.replace("\\Recent ", "").replace("\\Recent", ""));

describe("STORE", () => {
  test("replaces, adds and removes flags, and tells the result", async () => {
    expect(await client.ok("STORE 1:2 FLAGS (\\Seen $Label1)")).toEqual([
      "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)",
      "1 FETCH (FLAGS (\\Recent \\Seen $Label1))",
      "2 FETCH (FLAGS (\\Recent \\Seen $Label1))",
    ]);
    expect(await client.ok("STORE 1 -FLAGS \\Seen")).toEqual(["1 FETCH (FLAGS (\\Recent $Label1))"]);
    expect(await client.ok("STORE 1 +FLAGS (\\Flagged \\Draft)")).toEqual([
      "1 FETCH (FLAGS (\\Recent \\Flagged \\Draft $Label1))",
    ]);
    expect(await client.ok("STORE 2 FLAGS ()")).toEqual(["2 FETCH (FLAGS (\\Recent))"]);
    expect(await client.ok("UID STORE 3 +FLAGS.SILENT \\Answered \\Deleted")).toEqual([]);
    expect(await flagsOf("1:3")).toEqual([
      "1 FETCH (FLAGS (\\Flagged \\Draft $Label1))",
      "2 FETCH (FLAGS ())",
      "3 FETCH (FLAGS (\\Answered \\Deleted))",
    ]);
    expect(await client.ok("UID STORE 2 FLAGS \\Seen")).toEqual(["2 FETCH (UID 2 FLAGS (\\Recent \\Seen))"]);
  });

  test("keywords differ in more than case", async () => {
    await client.ok("STORE 1 +FLAGS.SILENT (Work)");
    await client.ok("STORE 1 +FLAGS.SILENT (work)");
    expect(await flagsOf("1")).toEqual(["1 FETCH (FLAGS (Work))"]);
    await client.ok("STORE 1 -FLAGS.SILENT (WORK)");
    expect(await flagsOf("1")).toEqual(["1 FETCH (FLAGS ())"]);
  });

  test("refuses what is no flag, and everything under EXAMINE", async () => {
    expect(await client.fails("STORE 1 +FLAGS (\\Recent)")).toMatch(/^BAD/);
    expect(await client.fails("STORE 1 +FLAGS (\\Nonsense)")).toMatch(/^BAD/);
    expect(await client.fails("STORE 1 FLAGZ (\\Seen)")).toMatch(/^BAD/);
    expect(await client.fails("STORE 9 FLAGS (\\Seen)")).toMatch(/^BAD/);
    await client.ok(`EXAMINE ${folder}`);
    for (const command of ["STORE 1 FLAGS (\\Seen)", "EXPUNGE", "UID EXPUNGE 1", "MOVE 1 Trash"]) {
      expect(await client.fails(command)).toMatch(/^NO \[READ-ONLY\]/);
    }
  });
});

describe("COPY and MOVE", () => {
  test("COPY keeps flags and dates and says where the copies are", async () => {
    await client.ok("STORE 2 FLAGS.SILENT (\\Seen Kept)");
    const [date] = await client.ok("FETCH 2 INTERNALDATE");
    await client.ok(`CREATE ${folder}/to`);
    const { tagged } = await client.run(`COPY 2:3 ${folder}/to`);
    expect(tagged).toMatch(/^OK \[COPYUID \d+ 2:3 1:2\]/);
    await client.ok(`SELECT ${folder}/to`);
    expect(await client.ok("FETCH 1 (FLAGS INTERNALDATE)")).toEqual([
      `1 FETCH (FLAGS (\\Recent \\Seen Kept) ${date?.slice("2 FETCH (".length)}`,
    ]);
  });

  test("a target that is missing can be created, says TRYCREATE", async () => {
    expect(await client.fails("COPY 1 Missing")).toMatch(/^NO \[TRYCREATE\]/);
    expect(await client.fails("UID MOVE 1 Missing")).toMatch(/^NO \[TRYCREATE\]/);
    expect(await client.append("Missing", message("x"))).toMatch(/^NO \[TRYCREATE\]/);
    expect((await client.run("UID COPY 900:901 Trash")).tagged).toBe("OK No messages were named");
  });

  test("MOVE tells COPYUID before the numbers go", async () => {
    await client.ok(`CREATE ${folder}/to`);
    const { untagged, tagged } = await client.run(`UID MOVE 1,3 ${folder}/to`);
    expect(untagged).toEqual([expect.stringMatching(/^OK \[COPYUID \d+ 1,3 1:2\]/), "3 EXPUNGE", "1 EXPUNGE"]);
    expect(tagged).toBe("OK UID MOVE completed");
    expect(await client.ok("FETCH 1:* UID")).toEqual(["1 FETCH (UID 2)"]);
  });

  test("into the selected folder itself is seen there", async () => {
    const { untagged, tagged } = await client.run(`COPY 1 ${folder}`);
    expect(tagged).toMatch(/^OK \[COPYUID \d+ 1 4\]/);
    expect(untagged).toEqual(["4 EXISTS", "4 RECENT"]);
  });
});

describe("EXPUNGE", () => {
  test("removes what has \\Deleted and renumbers", async () => {
    await client.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)");
    expect(await client.ok("EXPUNGE")).toEqual(["3 EXPUNGE", "1 EXPUNGE"]);
    expect(await client.ok("FETCH 1:* UID")).toEqual(["1 FETCH (UID 2)"]);
    expect(await client.ok("EXPUNGE")).toEqual([]);
  });

  test("UID EXPUNGE removes only those named", async () => {
    await client.ok("STORE 1:3 +FLAGS.SILENT (\\Deleted)");
    expect(await client.ok("UID EXPUNGE 2:2")).toEqual(["2 EXPUNGE"]);
    expect(await client.ok("FETCH 1:* UID")).toEqual(["1 FETCH (UID 1)", "2 FETCH (UID 3)"]);
  });

  test("CLOSE removes without telling, UNSELECT and EXAMINE with CLOSE remove nothing", async () => {
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await client.ok("UNSELECT");
    expect(await client.ok(`STATUS ${folder} (MESSAGES)`)).toEqual([`STATUS ${folder} (MESSAGES 3)`]);
    await client.ok(`EXAMINE ${folder}`);
    expect(await client.ok("CLOSE")).toEqual([]);
    expect(await client.ok(`STATUS ${folder} (MESSAGES)`)).toEqual([`STATUS ${folder} (MESSAGES 3)`]);
    await client.ok(`SELECT ${folder}`);
    expect(await client.ok("CHECK")).toEqual([]);
    expect(await client.ok("CLOSE")).toEqual([]);
    expect(await client.ok(`STATUS ${folder} (MESSAGES)`)).toEqual([`STATUS ${folder} (MESSAGES 2)`]);
    expect(await client.fails("CLOSE")).toMatch(/^BAD CLOSE needs a selected folder/);
  });
});

describe("APPEND", () => {
  test("keeps flags and date, and is seen in the selected folder", async () => {
    const tagged = await client.append(
      folder,
      message("four"),
      '(\\Seen \\Flagged Mine) " 3-Jul-2021 01:02:03 +0200" ',
    );
    expect(tagged).toMatch(/^OK \[APPENDUID \d+ 4\] APPEND completed/);
    expect(await client.ok("FETCH 4 (FLAGS INTERNALDATE)")).toEqual([
      "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Mine)",
      '4 FETCH (FLAGS (\\Recent \\Seen \\Flagged Mine) INTERNALDATE " 2-Jul-2021 23:02:03 +0000")',
    ]);
  });

  test("a message comes back octet for octet, whatever is in it", async () => {
    const octets = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
    const tag = client.tag();
    client.dialogue.sendRaw(`${tag} APPEND ${folder} ~{${octets.length}+}\r\n`);
    client.dialogue.sendRaw(octets);
    client.dialogue.sendRaw("\r\n");
    expect((await client.answer(tag)).tagged).toMatch(/^OK/);
    const fetched = async (item: string) => (await client.ok(`FETCH 4 ${item}`))[0];
    const { length } = octets;
    expect((await fetched("BINARY.PEEK[]")) === `4 FETCH (BINARY[] ~{${length}}\r\n${octets.toString("latin1")})`).toBe(
      true,
    );
    // NUL stands in no literal but that of BINARY.
    const text = Buffer.from(octets.map((octet) => octet || 0x80));
    expect((await fetched("BODY.PEEK[]")) === `4 FETCH (BODY[] {${length}}\r\n${text.toString("latin1")})`).toBe(true);
  });

  test("a mailbox that is full is said before the message is sent; moving and expunging go on (RFC 9208)", async () => {
    const { primaryMailbox } = house.user("ann");
    const used = house.mailstore.usage(primaryMailbox);
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: used.size + 100 } });
    // A literal that waits for the server's word is not asked for.
    expect(await client.fails(`APPEND ${folder} {500}`)).toMatch(/^NO \[OVERQUOTA\] The mailbox is full: it holds /);
    const mail = message("x".repeat(200));
    expect(await client.append(folder, mail)).toMatch(/^NO \[OVERQUOTA\]/);
    expect(await client.fails(`COPY 1:3 ${folder}`)).toMatch(/^NO \[OVERQUOTA\]/);
    await client.ok("CREATE Elsewhere");
    expect(await client.ok("MOVE 1 Elsewhere")).toContain("1 EXPUNGE");
    await client.ok("STORE 1:2 +FLAGS (\\Deleted)");
    await client.ok("EXPUNGE");
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: null } });
    expect(await client.append(folder, mail)).toMatch(/^OK/);
  });

  test("something after the message, or nothing in it, is refused and nothing is kept", async () => {
    const mail = message("bad");
    client.dialogue.sendRaw(`a APPEND ${folder} {${mail.length}+}\r\n${mail} trailing\r\n`);
    expect((await client.answer("a")).tagged).toBe("BAD Expected a message as literal at octet 2");
    client.dialogue.sendRaw(`b APPEND ${folder} {0+}\r\n\r\n`);
    expect((await client.answer("b")).tagged).toMatch(/^NO A message of no octets/);
    expect(await client.fails(`APPEND ${folder} "quoted"`)).toMatch(/^BAD/);
    expect(await client.fails(`APPEND ${folder}`)).toMatch(/^BAD/);
    client.dialogue.sendRaw(`c APPEND ${folder} (\\Nonsense) {5+}\r\nhello\r\n`);
    expect((await client.answer("c")).tagged).toMatch(/^BAD/);
    expect(await client.ok(`STATUS ${folder} (MESSAGES)`)).toEqual([`STATUS ${folder} (MESSAGES 3)`]);
  });

  test("a connection that breaks in the middle leaves nothing", async () => {
    const other = await house.enter();
    other.dialogue.send(`a APPEND ${folder} {100000+}`);
    other.dialogue.sendRaw("x".repeat(50_000));
    const before = house.sessions;
    other.dialogue.destroy();
    while (house.sessions === before) await new Promise((resolve) => setImmediate(resolve));
    expect(await client.ok("NOOP")).toEqual([]);
  });
});
