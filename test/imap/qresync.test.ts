/** QRESYNC (RFC 7162 §3.2): what a client that comes back is told, and how it is told what goes while it is there. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Expunged } from "../../src/mailstore/expunged.ts";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let one: Client;
let two: Client;
let folder: string;
let uidValidity: number;
/** The mod-sequence when the client that comes back left. */
let left: number;
let count = 0;

const numberIn = (lines: readonly string[], word: string) =>
  Number(lines.map((line) => new RegExp(`${word} (\\d+)`).exec(line)?.[1]).find(Boolean));

/** Lets the server forget what was expunged up to now. */
async function forget(name: string): Promise<void> {
  const id = house.folderId("ann", name);
  await house.store.commit(() => new Expunged(house.store, 0).bury(id, left, [4_000_000]));
}

async function remove(client: Client, uids: string): Promise<void> {
  await client.ok(`UID STORE ${uids} +FLAGS.SILENT (\\Deleted)`);
  await client.ok(`UID EXPUNGE ${uids}`);
}

beforeAll(async () => {
  house = await House.build();
  one = await house.enter();
});
beforeEach(async () => {
  folder = `Quick${++count}`;
  await one.ok(`CREATE ${folder}`);
  for (const subject of ["a", "b", "c", "d", "e", "f"]) await one.append(folder, message(subject));
  const told = await one.ok(`SELECT ${folder}`);
  [uidValidity, left] = [numberIn(told, "UIDVALIDITY"), numberIn(told, "HIGHESTMODSEQ")];
  two = await house.enter();
  expect(await two.ok("ENABLE QRESYNC")).toEqual(["ENABLED QRESYNC"]);
});
afterEach(() => {
  two.dialogue.destroy();
  expect(house.faults.splice(0)).toEqual([]);
});
afterAll(async () => await house.close());

/** Comes back; what is told of the past. */
async function comeBack(more = "", modseq = left, validity = uidValidity): Promise<string[]> {
  const told = await two.ok(`SELECT ${folder} (QRESYNC (${validity} ${modseq}${more}))`);
  return told.filter((line) => /^(VANISHED|\d+ FETCH)/.test(line));
}

const highest = async () => numberIn(await one.ok(`STATUS ${folder} (HIGHESTMODSEQ)`), "HIGHESTMODSEQ");

describe("SELECT (QRESYNC …)", () => {
  test("tells nothing where nothing happened", async () => {
    expect(await comeBack()).toEqual([]);
  });

  test("tells what went and what changed or came since", async () => {
    await remove(one, "2:3,5");
    await one.ok("UID STORE 4 +FLAGS.SILENT (\\Seen)");
    const changed = await highest();
    await one.append(folder, message("g"));
    expect(await comeBack()).toEqual([
      "VANISHED (EARLIER) 2:3,5",
      `2 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (${changed}))`,
      `4 FETCH (UID 7 FLAGS () MODSEQ (${await highest()}))`,
    ]);
    expect(await two.ok("NOOP")).toEqual([]);
  });

  test("tells of the UIDs only that the client knows", async () => {
    await remove(one, "2:3,5");
    await one.ok("UID STORE 4,6 +FLAGS.SILENT (\\Seen)");
    expect(await comeBack(" 1:3")).toEqual(["VANISHED (EARLIER) 2:3"]);
    expect(await comeBack(" 5:6,3")).toEqual([
      "VANISHED (EARLIER) 3,5",
      `3 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (${await highest()}))`,
    ]);
  });

  test("tells nothing of the past where the UIDVALIDITY is another", async () => {
    await remove(one, "2");
    expect(await comeBack("", left, uidValidity - 1)).toEqual([]);
  });

  test("begins anew with a mod-sequence that was never given out", async () => {
    await remove(one, "2");
    const told = await comeBack("", 4_000_000_000_000);
    expect(told[0]).toBe("VANISHED (EARLIER) 2");
    expect(told).toHaveLength(6);
  });

  test("names what is not there, where what went is no longer remembered", async () => {
    await remove(one, "2:3");
    await forget(folder);
    await remove(one, "5");
    expect(await comeBack()).toEqual(["VANISHED (EARLIER) 2:3,5"]);
    expect(await comeBack(" 1:2,4:4294967295")).toEqual(["VANISHED (EARLIER) 2,5"]);
    expect(await comeBack("", await highest())).toEqual([]);
  });

  test("spares what numbers and UIDs show to be as it was", async () => {
    await remove(one, "3");
    const told = await one.ok("NOOP");
    expect(told).toEqual([]);
    await remove(one, "5");
    left = await highest();
    await remove(one, "6");
    await forget(folder);
    // The client knew 1, 2, 4 and 6 as numbers 1 to 4.
    expect(await comeBack(" 1:6 (1,3:4 1,4,6)", 1)).toEqual([
      "VANISHED (EARLIER) 5:6",
      ...(await comeBack(" 1:4 (3 4)", 1)),
    ]);
    expect(await comeBack(" 1:6 (1:2 1:2)", 1)).toContain("VANISHED (EARLIER) 3,5:6");
    expect(await comeBack(" 1:6 (2:3 3:4)", 1)).toContain("VANISHED (EARLIER) 5:6");
    expect(await comeBack(" 1:6 (5:1000000000 5:1000000000)", 1)).toContain("VANISHED (EARLIER) 3,5:6");
  });

  test("closes the folder before, and says so", async () => {
    await two.ok(`SELECT ${folder}`);
    expect((await two.ok("SELECT INBOX"))[0]).toMatch(/^OK \[CLOSED\]/);
  });

  test("needs ENABLE, and is refused where it is not well formed", async () => {
    for (const given of [
      "",
      "()",
      `(${uidValidity})`,
      `(${uidValidity} 0)`,
      `(0 ${left})`,
      `(${uidValidity} ${left} 1:*)`,
    ]) {
      expect(await two.fails(`SELECT ${folder} (QRESYNC ${given})`)).toMatch(/^BAD/);
    }
    for (const match of ["(1 1:2)", "(1:* 1:*)", "($ $)", "(1)", "()"]) {
      expect(await two.fails(`SELECT ${folder} (QRESYNC (${uidValidity} ${left} 1:6 ${match}))`)).toMatch(/^BAD/);
    }
    expect(await two.fails(`SELECT ${folder} (NONSENSE)`)).toMatch(/^BAD/);
    const plain = await house.enter();
    expect(await plain.fails(`SELECT ${folder} (QRESYNC (${uidValidity} ${left}))`)).toMatch(/^BAD/);
    plain.dialogue.destroy();
  });
});

describe("a shared folder in which each reader has marks of his own", () => {
  test("tells the reader who comes back of his own marks, and nobody of another's", async () => {
    await house.directory.mailboxes.update(house.user("ann").primaryMailbox, { ownReadMarks: true });
    await one.ok(`SETACL ${folder} ben lrs`);
    const name = `"Other Users/ann@home.example/${folder}"`;
    const [ben, again] = [await house.select(name, "ben"), await house.enter("ben")];
    await ben.ok("UID STORE 2 +FLAGS.SILENT (\\Seen)");
    const marked = await highest();
    await one.ok("UID STORE 3 +FLAGS.SILENT (\\Seen)");
    await again.ok("ENABLE QRESYNC");
    const told = await again.ok(`SELECT ${name} (QRESYNC (${uidValidity} ${left}))`);
    const seen = (lines: readonly string[]) =>
      lines.filter((line) => line.includes("\\Seen") && line.includes("FETCH"));
    expect(seen(told)).toEqual([`2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (${marked}))`]);
    expect(seen(await comeBack())).toEqual([`3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (${await highest()}))`]);
    for (const client of [ben, again]) client.dialogue.destroy();
  });

  test("tells all flags to who comes back after it became so, or ended", async () => {
    await one.ok(`SETACL ${folder} ben lrs`);
    await one.ok("UID STORE 3 +FLAGS.SILENT (\\Seen)");
    const name = `"Other Users/ann@home.example/${folder}"`;
    const mailbox = house.user("ann").primaryMailbox;
    const ben = await house.enter("ben");
    await ben.ok("ENABLE QRESYNC");
    let known = numberIn(await ben.ok(`SELECT ${name}`), "HIGHESTMODSEQ");
    for (const ownReadMarks of [false, true]) {
      await ben.ok("UNSELECT");
      await house.store.commit((tx) => {
        house.directory.mailboxes.updateWithin(tx, mailbox, { ownReadMarks });
        house.mailstore.reflagWithin(tx, mailbox);
      });
      const told = await ben.ok(`SELECT ${name} (QRESYNC (${uidValidity} ${known}))`);
      const seen = told.flatMap((line) =>
        line.includes("FETCH") && line.includes("\\Seen") ? [line.split(" ")[0]] : [],
      );
      expect(told.filter((line) => line.includes(" FETCH "))).toHaveLength(6);
      expect(seen).toEqual(ownReadMarks ? [] : ["3"]);
      known = numberIn(told, "HIGHESTMODSEQ");
      expect((await ben.ok(`SELECT ${name} (QRESYNC (${uidValidity} ${known}))`)).join()).not.toContain("FETCH");
    }
    ben.dialogue.destroy();
  });
});

describe("VANISHED", () => {
  beforeEach(async () => {
    await two.ok(`SELECT ${folder}`);
  });

  test("stands for EXPUNGE, whoever asked for it, with the mod-sequence that follows", async () => {
    await remove(one, "1,3:4");
    const told = await two.ok("NOOP");
    expect(told.at(-1)).toBe("VANISHED 1,3:4");
    await two.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)");
    expect(await two.run("EXPUNGE")).toEqual({
      untagged: ["VANISHED 2"],
      tagged: `OK [HIGHESTMODSEQ ${await highest()}] EXPUNGE completed`,
    });
    await two.ok("UID STORE 5 +FLAGS.SILENT (\\Deleted)");
    expect(await two.run("UID EXPUNGE 5")).toEqual({
      untagged: ["VANISHED 5"],
      tagged: `OK [HIGHESTMODSEQ ${await highest()}] UID EXPUNGE completed`,
    });
    expect(await two.ok("FETCH 1:* UID")).toEqual(["1 FETCH (UID 6)"]);
  });

  test("waits where numbers are in use", async () => {
    await remove(one, "2");
    await two.ok("FETCH 1 UID");
    expect(await two.ok("SEARCH ALL")).toEqual(["SEARCH 1 3 4 5 6"]);
    expect(await two.ok("UID SEARCH ALL")).toEqual(["SEARCH 1 3 4 5 6", "VANISHED 2"]);
  });

  test("is told in IDLE", async () => {
    const tag = two.tag();
    two.dialogue.send(`${tag} IDLE`);
    expect(await two.response()).toBe("+ idling");
    await one.ok(`CREATE ${folder}/aside`);
    await one.ok(`UID MOVE 2:3 ${folder}/aside`);
    expect(await two.response()).toBe("* VANISHED 2:3");
    two.dialogue.send("DONE");
    await two.answer(tag);
  });

  test("is not told for CLOSE, which gives the mod-sequence alone", async () => {
    await two.ok("STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    const answer = await two.run("CLOSE");
    expect(answer).toEqual({ untagged: [], tagged: `OK [HIGHESTMODSEQ ${await highest()}] CLOSE completed` });
  });

  test("follows MOVE, with the UIDs before and the mod-sequence after", async () => {
    const { untagged, tagged } = await two.run("MOVE 2:3 Trash");
    expect(untagged[0]).toMatch(/^OK \[COPYUID \d+ 2:3 \d+:\d+\]/);
    expect(untagged[1]).toBe("VANISHED 2:3");
    expect(tagged).toBe(`OK [HIGHESTMODSEQ ${await highest()}] MOVE completed`);
  });

  test("EARLIER is asked for by UID FETCH, for the UIDs named", async () => {
    await remove(one, "2,4");
    await one.ok("UID STORE 5 +FLAGS.SILENT (\\Seen)");
    await two.ok("NOOP");
    const now = await highest();
    expect(await two.ok(`UID FETCH 1:5 (FLAGS) (CHANGEDSINCE ${left} VANISHED)`)).toEqual([
      "VANISHED (EARLIER) 2,4",
      `3 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (${now}))`,
    ]);
    expect(await two.ok(`UID FETCH 3:* (FLAGS) (CHANGEDSINCE ${now} VANISHED)`)).toEqual([]);
    for (const refused of ["UID FETCH 1:* FLAGS (VANISHED)", `FETCH 1:* FLAGS (CHANGEDSINCE ${left} VANISHED)`]) {
      expect(await two.fails(refused)).toMatch(/^BAD/);
    }
  });

  test("what went and still has its number is told once, as gone", async () => {
    await remove(one, "2");
    expect(await two.ok(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${await highest()} VANISHED)`)).toEqual(["VANISHED 2"]);
    await remove(one, "3");
    expect(await two.ok(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${left} VANISHED)`)).toEqual([
      "VANISHED (EARLIER) 2",
      "VANISHED 3",
    ]);
  });

  test("FETCH that others caused carries the UID", async () => {
    await one.ok("STORE 2 +FLAGS.SILENT (\\Flagged)");
    expect((await two.ok("NOOP"))[0]).toMatch(/^2 FETCH \(UID 2 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)$/);
    expect((await two.ok("STORE 3 +FLAGS (\\Flagged)"))[0]).toMatch(/^3 FETCH \(UID 3 FLAGS .* MODSEQ \(\d+\)\)$/);
    expect((await two.ok("FETCH 4 BODY[TEXT]"))[0]).toMatch(
      /^4 FETCH \(UID 4 FLAGS \(\\Seen\) MODSEQ \(\d+\) BODY\[TEXT\]/,
    );
  });
});
