/** UIDONLY (RFC 9586): numbers neither come nor go; and PARTIAL of UID FETCH (RFC 9394). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let one: Client;
let two: Client;
let folder: string;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  one = await house.enter();
});
beforeEach(async () => {
  folder = `Uids${++count}`;
  await one.ok(`CREATE ${folder}`);
  for (const subject of ["a", "b", "c", "d", "e", "f"]) await one.append(folder, message(subject));
  await one.ok(`SELECT ${folder}`);
  await one.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)");
  await one.ok("EXPUNGE");
  two = await house.enter();
});
afterEach(() => {
  two.dialogue.destroy();
  expect(house.faults.splice(0)).toEqual([]);
});
afterAll(async () => await house.close());

describe("UIDONLY", () => {
  beforeEach(async () => {
    expect(await two.ok("ENABLE UIDONLY")).toEqual(["ENABLED UIDONLY"]);
    await two.ok(`SELECT ${folder}`);
  });

  test("refuses whatever names messages by number, and says why", async () => {
    for (const command of [
      "FETCH 1 FLAGS",
      "STORE 1 +FLAGS (\\Seen)",
      "COPY 1 Trash",
      "MOVE 1 Trash",
      "SEARCH ALL",
      "UID SEARCH 1:2",
      "UID SEARCH NOT (OR SEEN 3)",
    ]) {
      expect(await two.fails(command)).toStartWith("BAD [UIDREQUIRED]");
    }
    await two.ok("ENABLE QRESYNC");
    expect(await two.fails(`SELECT ${folder} (QRESYNC (1 1 1:2 (1:2 1:2)))`)).toStartWith("BAD [UIDREQUIRED]");
  });

  test("answers with UIDFETCH and VANISHED", async () => {
    expect(await two.ok("UID FETCH 1:3 FLAGS")).toEqual(["1 UIDFETCH (FLAGS ())", "3 UIDFETCH (FLAGS ())"]);
    expect(await two.ok("UID STORE 3 +FLAGS (\\Flagged)")).toEqual(["3 UIDFETCH (FLAGS (\\Flagged))"]);
    await one.ok("UID STORE 4:5 +FLAGS (\\Deleted)");
    expect(await two.ok("NOOP")).toEqual(["4 UIDFETCH (FLAGS (\\Deleted))", "5 UIDFETCH (FLAGS (\\Deleted))"]);
    await one.append(folder, message("g"));
    await one.ok("EXPUNGE");
    expect(await two.ok("NOOP")).toEqual(["VANISHED 4:5", "4 EXISTS", "0 RECENT"]);
    expect(await two.ok("UID SEARCH RETURN (ALL) FLAGGED")).toEqual([expect.stringMatching(/UID ALL 3$/)]);
    await two.ok("UID STORE 6 +FLAGS.SILENT (\\Deleted)");
    expect((await two.run("EXPUNGE")).untagged).toEqual(["VANISHED 6"]);
  });

  test("tells no number of the first unseen message, and mod-sequences where they were enabled", async () => {
    expect((await two.ok(`SELECT ${folder} (CONDSTORE)`)).join("\n")).not.toContain("UNSEEN");
    await one.ok("UID STORE 3 +FLAGS (\\Seen)");
    expect((await two.ok("NOOP"))[0]).toMatch(/^3 UIDFETCH \(FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$/);
    expect((await two.ok("UID FETCH 1 (UID BODY[TEXT])"))[0]).toMatch(
      /^1 UIDFETCH \(FLAGS \(\\Seen\) MODSEQ \(\d+\) UID 1 BODY/,
    );
  });
});

describe("UID FETCH (PARTIAL …)", () => {
  beforeEach(async () => {
    await two.ok(`SELECT ${folder}`);
  });

  const uids = async (set: string, partial: string): Promise<number[]> =>
    (await two.ok(`UID FETCH ${set} UID (${partial})`)).map((line) => Number(/UID (\d+)/.exec(line)?.[1]));

  test.each([
    ["1:*", "PARTIAL 1:2", [1, 3]],
    ["1:*", "PARTIAL 2:1", [1, 3]],
    ["1:*", "PARTIAL 4:100", [5, 6]],
    ["1:*", "PARTIAL -1:-2", [5, 6]],
    ["1:5", "PARTIAL -1:-1", [5]],
    ["1:*", "PARTIAL -4:-100", [1, 3]],
    ["1:*", "PARTIAL 6:10", []],
    ["1:*", "PARTIAL -6:-10", []],
    ["3,5", "PARTIAL 2:2", [5]],
  ])("%s (%s) gives %p", async (set, partial, expected) => {
    expect(await uids(set, partial)).toEqual(expected);
  });

  test("comes before what changed, where that is asked for, too (RFC 9394 §3.4)", async () => {
    const modseq = Number(/HIGHESTMODSEQ (\d+)/.exec((await two.ok(`SELECT ${folder} (CONDSTORE)`)).join(" "))?.[1]);
    await one.ok("UID STORE 1,4:6 +FLAGS.SILENT (\\Seen)");
    await two.ok("NOOP");
    expect(await uids("1:*", `PARTIAL -1:-2 CHANGEDSINCE ${modseq}`)).toEqual([5, 6]);
    expect(await uids("1:*", `CHANGEDSINCE ${modseq} PARTIAL 1:2`)).toEqual([1]);
    expect(await uids("1:*", `PARTIAL -1:-4 CHANGEDSINCE ${modseq}`)).toEqual([4, 5, 6]);
  });

  test("is refused where it is not well formed, and for numbers", async () => {
    for (const partial of ["PARTIAL", "PARTIAL 1", "PARTIAL 0:1", "PARTIAL 1:-1", "PARTIAL -1:1", "PARTIAL 1:*"]) {
      expect(await two.fails(`UID FETCH 1:* UID (${partial})`)).toMatch(/^BAD/);
    }
    expect(await two.fails("FETCH 1:* UID (PARTIAL 1:2)")).toMatch(/^BAD/);
  });
});
