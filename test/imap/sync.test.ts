/** Two sessions on one folder: what each is told, and when (RFC 9051 §5.5, §7.5.1; RFC 2180; RFC 2177). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let one: Client;
let two: Client;
let count = 0;
let folder: string;

beforeAll(async () => {
  house = await House.build();
  one = await house.enter();
  two = await house.enter();
});
beforeEach(async () => {
  folder = `Test${++count}`;
  await one.ok(`CREATE ${folder}`);
  for (const subject of ["a", "b", "c", "d", "e"]) await one.append(folder, message(subject));
  await one.ok(`SELECT ${folder}`);
  await two.ok(`SELECT ${folder}`);
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const expungeUid = async (client: Client, uid: number) => {
  await client.ok(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
  await client.ok(`UID EXPUNGE ${uid}`);
};

describe("what another session does", () => {
  test("flags are told with the next command, once, and not to the one who set them", async () => {
    await one.ok("STORE 2 +FLAGS.SILENT (\\Seen)");
    expect(await one.ok("NOOP")).toEqual([]);
    expect(await two.ok("NOOP")).toEqual(["2 FETCH (UID 2 FLAGS (\\Seen))"]);
    expect(await two.ok("NOOP")).toEqual([]);
  });

  test("flags that both changed silently are told to the one who does not know the other's part", async () => {
    await two.ok("STORE 2 +FLAGS.SILENT (\\Flagged)");
    await one
      .ok("STORE 2 +FLAGS.SILENT (\\Seen)")
      .then((told) => expect(told).toEqual(["2 FETCH (UID 2 FLAGS (\\Recent \\Seen \\Flagged))"]));
    expect(await two.ok("NOOP")).toEqual(["2 FETCH (UID 2 FLAGS (\\Seen \\Flagged))"]);
  });

  test("new keywords are named before they are used", async () => {
    await one.ok("STORE 1 +FLAGS.SILENT (Fresh)");
    expect(await two.ok("NOOP")).toEqual([
      "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Fresh)",
      "1 FETCH (UID 1 FLAGS (Fresh))",
    ]);
  });

  test("new messages are told as EXISTS, and are recent for one session only", async () => {
    await one.append(folder, message("f"));
    expect(await two.ok("NOOP")).toEqual(["6 EXISTS", "0 RECENT"]);
    expect(await one.ok("NOOP")).toEqual([]);
    await two.append(folder, message("g"));
    expect(await one.ok("NOOP")).toEqual(["7 EXISTS", "6 RECENT"]);
  });

  test("a message that came and went in between was never there", async () => {
    await one.append(folder, message("f"));
    await expungeUid(one, 6);
    expect(await two.ok("NOOP")).toEqual([]);
    await one.append(folder, message("g"));
    expect(await two.ok("NOOP")).toEqual(["6 EXISTS", "0 RECENT"]);
    expect(await two.ok("FETCH 6 UID")).toEqual(["6 FETCH (UID 7)"]);
  });
});

describe("a folder that another session renames", () => {
  test("stays selected, and tells of what happens to it under its new name", async () => {
    const [three, waiting] = [await house.enter(), await house.select(folder)];
    const tag = waiting.tag();
    waiting.dialogue.send(`${tag} IDLE`);
    expect(await waiting.response()).toBe("+ idling");
    await three.ok(`RENAME ${folder} Renamed${count}`);
    await three.append(`Renamed${count}`, message("f"));
    expect(await waiting.response()).toBe("* 6 EXISTS");
    expect(await waiting.response()).toMatch(/RECENT/);
    waiting.dialogue.send("DONE");
    await waiting.answer(tag);
    await expungeUid(one, 1);
    expect(await two.ok("NOOP")).toEqual(["1 EXPUNGE", "5 EXISTS", "0 RECENT"]);
    expect(await two.ok("FETCH 5 UID")).toEqual(["5 FETCH (UID 6)"]);
    expect(await two.fails(`SELECT ${folder}`)).toContain("NONEXISTENT");
    for (const client of [three, waiting]) client.dialogue.destroy();
  });

  test("a name that is taken again is another folder, and the session stays with its own", async () => {
    const three = await house.enter();
    await three.ok(`RENAME ${folder} Kept${count}`);
    await three.ok(`CREATE ${folder}`);
    await three.append(folder, message("of another folder"));
    expect(await two.ok("NOOP")).toEqual([]);
    await three.append(`Kept${count}`, message("f"));
    expect((await two.ok("NOOP"))[0]).toBe("6 EXISTS");
    three.dialogue.destroy();
  });
});

describe("message numbers", () => {
  test("stay as they are through FETCH, STORE and SEARCH, and go with the next command that may tell it", async () => {
    await expungeUid(one, 2);
    await expungeUid(one, 4);
    expect(await two.run("FETCH 1:* UID")).toEqual({
      untagged: ["1 FETCH (UID 1)", "3 FETCH (UID 3)", "5 FETCH (UID 5)"],
      tagged: "OK [EXPUNGEISSUED] Some of the messages are gone",
    });
    expect(await two.ok("SEARCH ALL")).toEqual(["SEARCH 1 3 5"]);
    expect(await two.ok("SEARCH 2:3")).toEqual(["SEARCH 3"]);
    expect(await two.ok("STORE 3 +FLAGS (\\Seen)")).toEqual(["3 FETCH (FLAGS (\\Seen))"]);
    expect((await two.run("FETCH 2 FLAGS")).tagged).toMatch(/^OK \[EXPUNGEISSUED\]/);
    expect(await two.run("COPY 1:2 Trash")).toEqual({
      untagged: ["4 EXPUNGE", "2 EXPUNGE"],
      tagged: "NO [EXPUNGEISSUED] Some of the messages are gone",
    });
    expect(await two.ok("STATUS Trash (MESSAGES)")).toEqual(["STATUS Trash (MESSAGES 0)"]);
    expect(await two.ok("FETCH 1:* UID")).toEqual(["1 FETCH (UID 1)", "2 FETCH (UID 3)", "3 FETCH (UID 5)"]);
  });

  test("new messages count behind those that are gone and not told", async () => {
    await expungeUid(one, 5);
    await one.append(folder, message("f"));
    expect(await two.ok("SEARCH ALL")).toEqual(["SEARCH 1 2 3 4", "6 EXISTS", "0 RECENT"]);
    expect(await two.ok("FETCH 6 UID")).toEqual(["6 FETCH (UID 6)"]);
    expect(await two.ok("NOOP")).toEqual(["5 EXPUNGE"]);
    expect(await two.ok("FETCH 5 UID")).toEqual(["5 FETCH (UID 6)"]);
  });

  test("UID commands may tell what is gone", async () => {
    await expungeUid(one, 1);
    expect(await two.ok("UID FETCH 1:* UID")).toEqual([
      "2 FETCH (UID 2)",
      "3 FETCH (UID 3)",
      "4 FETCH (UID 4)",
      "5 FETCH (UID 5)",
      "1 EXPUNGE",
    ]);
  });

  test("a star means the last message that the client knows of, even if it is gone", async () => {
    await expungeUid(one, 5);
    await expungeUid(one, 4);
    expect(await two.ok("UID STORE 5:* +FLAGS (\\Deleted)")).toEqual(["5 EXPUNGE", "4 EXPUNGE"]);
    expect(await two.ok("UID STORE 5:* +FLAGS (\\Flagged)")).toEqual(["3 FETCH (UID 3 FLAGS (\\Flagged))"]);
  });

  test("a command in error tells nothing that moves numbers", async () => {
    await expungeUid(one, 1);
    expect(await two.run("FETCH x FLAGS")).toMatchObject({ untagged: [] });
    expect(await two.run("NONSENSE")).toMatchObject({ untagged: [] });
    expect(await two.ok("CHECK")).toEqual(["1 EXPUNGE"]);
  });

  test("when all is gone, all is told", async () => {
    await one.ok("STORE 1:* +FLAGS.SILENT (\\Deleted)");
    await one.ok("EXPUNGE");
    expect(await two.ok("SEARCH ALL")).toEqual(["SEARCH"]);
    const told = await two.ok("NOOP");
    expect(told).toEqual(["5 EXPUNGE", "4 EXPUNGE", "3 EXPUNGE", "2 EXPUNGE", "1 EXPUNGE"]);
    expect(await two.ok("SEARCH ALL")).toEqual(["SEARCH"]);
  });
});

describe("many changes", () => {
  test("flags of more messages than a session remembers one by one are all told", async () => {
    await house.deliver(
      Array.from({ length: 2500 }, (_, i) => message(`m${i}`)),
      folder,
    );
    await two.ok("NOOP");
    await one.ok("NOOP");
    await one.ok("STORE 1:* +FLAGS.SILENT (\\Flagged)");
    await one.ok("STORE 7 -FLAGS.SILENT (\\Flagged)");
    const told = await two.ok("NOOP");
    expect(told).toHaveLength(2505);
    expect(told[6]).toMatch(/^7 FETCH \(UID 7 FLAGS \((\\Recent)?\)\)$/);
    expect(told[7]).toMatch(/^8 FETCH \(UID 8 FLAGS \((\\Recent )?\\Flagged\)\)$/);
    expect(await two.ok("NOOP")).toEqual([]);
  });
});

describe("IDLE", () => {
  const idle = async (client: Client): Promise<string> => {
    const tag = client.tag();
    client.dialogue.send(`${tag} IDLE`);
    expect(await client.response()).toBe("+ idling");
    return tag;
  };

  test("tells deliveries, flags and removals as they happen", async () => {
    const tag = await idle(two);
    await house.deliver([message("new")], folder);
    expect(await two.response()).toBe("* 6 EXISTS");
    expect(await two.response()).toMatch(/^\* \d RECENT/);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Answered)");
    expect(await two.response()).toBe("* 1 FETCH (UID 1 FLAGS (\\Answered))");
    await expungeUid(one, 3);
    expect(await two.response()).toBe("* 3 FETCH (UID 3 FLAGS (\\Deleted))");
    expect(await two.response()).toBe("* 3 EXPUNGE");
    two.dialogue.send("DONE");
    expect(await two.answer(tag)).toEqual({ untagged: [], tagged: "OK IDLE completed" });
  });

  test("begins with what was not told yet", async () => {
    await expungeUid(one, 5);
    const tag = await idle(two);
    expect(await two.response()).toBe("* 5 EXPUNGE");
    two.dialogue.send("done");
    await two.answer(tag);
  });

  test("ends only with DONE", async () => {
    const tag = await idle(two);
    two.dialogue.send("x NOOP");
    expect((await two.answer(tag)).tagged).toBe("BAD Expected DONE");
    await two.ok("NOOP");
  });

  test("without a selected folder only waits", async () => {
    const other = await house.enter();
    const tag = await idle(other);
    other.dialogue.send("DONE");
    expect(await other.answer(tag)).toEqual({ untagged: [], tagged: "OK IDLE completed" });
    other.dialogue.destroy();
  });

  test("ends when the folder is deleted", async () => {
    const other = await house.select(folder);
    await idle(other);
    const third = await house.enter();
    await third.ok(`DELETE ${folder}`);
    expect(await other.response()).toBe("* BYE The selected folder is gone");
    await other.dialogue.closed();
    for (const client of [one, two]) {
      client.dialogue.send("x NOOP");
      expect(await client.response()).toBe("* BYE The selected folder is gone");
    }
    third.dialogue.destroy();
    one = await house.enter();
    two = await house.enter();
  });

  test("three hundred sessions all hear of one delivery", async () => {
    const watchers = await Promise.all(Array.from({ length: 300 }, () => house.select(folder)));
    await Promise.all(watchers.map(idle));
    await house.deliver([message("for all")], folder);
    const told = await Promise.all(watchers.map((watcher) => watcher.response()));
    expect(new Set(told)).toEqual(new Set(["* 6 EXISTS"]));
    for (const watcher of watchers) watcher.dialogue.destroy();
  });
});
