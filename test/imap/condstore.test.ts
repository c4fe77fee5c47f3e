/** CONDSTORE (RFC 7162 §3.1): mod-sequences in SELECT, STATUS, FETCH, STORE and SEARCH. */
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
  folder = `Conditional${++count}`;
  await one.ok(`CREATE ${folder}`);
  for (const subject of ["a", "b", "c", "d"]) await one.append(folder, message(subject));
  await one.ok(`SELECT ${folder}`);
  two = await house.enter();
});
afterEach(() => {
  two.dialogue.destroy();
  expect(house.faults.splice(0)).toEqual([]);
});
afterAll(async () => await house.close());

/** The mod-sequence in a response that holds one. */
function modseqIn(lines: readonly string[]): number {
  const found = lines.map((line) => /(?:HIGHESTMODSEQ|MODSEQ) \(?(\d+)\)?/.exec(line)?.[1]).find(Boolean);
  if (found === undefined) throw new Error(`no mod-sequence in ${lines.join(" / ")}`);
  return Number(found);
}

const highest = async (name = folder) => modseqIn(await one.ok(`STATUS ${name} (HIGHESTMODSEQ)`));

describe("what is told of mod-sequences", () => {
  test("SELECT and EXAMINE tell the highest, whatever was enabled, and never NOMODSEQ", async () => {
    for (const verb of ["SELECT", "EXAMINE"]) {
      const told = await two.ok(`${verb} ${folder}`);
      expect(told.filter((line) => line.startsWith("OK [HIGHESTMODSEQ "))).toHaveLength(1);
      expect(told.join("\n")).not.toContain("NOMODSEQ");
    }
  });

  test("CAPABILITY names CONDSTORE and QRESYNC after login", async () => {
    expect((await two.ok("CAPABILITY"))[0]).toMatch(/ CONDSTORE.* QRESYNC/);
  });

  test.each([
    "SELECT $ (CONDSTORE)",
    "EXAMINE $ (CONDSTORE)",
    "STATUS $ (HIGHESTMODSEQ)",
    'LIST "" $ RETURN (STATUS (HIGHESTMODSEQ))',
    "FETCH 1 MODSEQ",
    "UID FETCH 1 (MODSEQ)",
    "FETCH 1 FLAGS (CHANGEDSINCE 1)",
    "STORE 4 (UNCHANGEDSINCE 1) +FLAGS (\\Seen)",
    "SEARCH MODSEQ 1",
    "ENABLE CONDSTORE",
    "ENABLE QRESYNC",
  ])("%s lets flags be told with their mod-sequence from then on", async (template) => {
    await two.ok(`SELECT ${folder}`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Answered)");
    expect((await two.ok("NOOP"))[0]).toMatch(/^1 FETCH \(UID 1 FLAGS \(\\Answered\)\)$/);
    const told = await two.ok(template.replace("$", folder));
    expect(told.some((line) => line.startsWith("OK [HIGHESTMODSEQ "))).toBe(true);
    await one.ok("STORE 1 -FLAGS.SILENT (\\Answered)");
    expect((await two.ok("NOOP"))[0]).toMatch(/^1 FETCH \(UID 1 FLAGS \(\) MODSEQ \(\d+\)\)$/);
  });

  test("every change of a folder takes a greater mod-sequence, in both folders that take part", async () => {
    const aside = `${folder}/aside`;
    await one.ok(`CREATE ${aside}`);
    let [here, there] = [await highest(), await highest(aside)];
    const grows = async (command: string, both: boolean) => {
      if (command.startsWith("APPEND")) await one.append(folder, message("e"));
      else await one.ok(command);
      const now = [await highest(), await highest(aside)] as const;
      expect(now[0] > here).toBe(both || !command.includes(aside));
      expect(now[1] > there).toBe(command.includes(aside));
      [here, there] = now;
    };
    await grows("APPEND", true);
    await grows("STORE 1 +FLAGS (\\Flagged)", true);
    await grows(`COPY 1:2 ${aside}`, false);
    await grows(`MOVE 1 ${aside}`, true);
    await grows("STORE 1 +FLAGS.SILENT (\\Deleted)", true);
    await grows("EXPUNGE", true);
    await one.ok(`SELECT ${aside}`);
    const [first, ...others] = await one.ok("FETCH 1:* MODSEQ");
    expect(modseqIn([first as string])).toBeLessThanOrEqual(there);
    expect(modseqIn(others.slice(-1))).toBe(there);
  });
});

describe("FETCH", () => {
  test("gives MODSEQ, and with CHANGEDSINCE only what changed since", async () => {
    const before = await highest();
    expect(await two.ok(`SELECT ${folder} (CONDSTORE)`)).toContain(`OK [HIGHESTMODSEQ ${before}] Told up to here`);
    await one.ok("STORE 2,4 +FLAGS.SILENT (\\Seen)");
    const now = await highest();
    expect(await two.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${before})`)).toEqual([
      `2 FETCH (FLAGS (\\Seen) MODSEQ (${now}))`,
      `4 FETCH (FLAGS (\\Seen) MODSEQ (${now}))`,
    ]);
    expect(await two.ok(`UID FETCH 1:3 MODSEQ (CHANGEDSINCE ${before})`)).toEqual([`2 FETCH (UID 2 MODSEQ (${now}))`]);
    expect(await two.ok(`FETCH 1:* FLAGS (CHANGEDSINCE ${now})`)).toEqual([]);
    expect(await two.ok("FETCH 1:* FLAGS (CHANGEDSINCE 9223372036854775807)")).toEqual([]);
  });

  test("a message that becomes seen by being read is told with its mod-sequence", async () => {
    await two.ok(`SELECT ${folder} (CONDSTORE)`);
    expect((await two.ok("FETCH 1 RFC822.TEXT"))[0]).toMatch(/^1 FETCH \(FLAGS \(\\Seen\) MODSEQ \(\d+\) RFC822.TEXT /);
    expect(await two.ok("NOOP")).toEqual([]);
  });

  test("FLAGS alone leaves the mod-sequence of what others changed to be told", async () => {
    await two.ok(`SELECT ${folder} (CONDSTORE)`);
    await one.ok("STORE 1 +FLAGS.SILENT (\\Flagged)");
    const [first, second] = await two.ok("FETCH 1 FLAGS");
    expect(first).toBe("1 FETCH (FLAGS (\\Flagged))");
    expect(second).toMatch(/^1 FETCH \(UID 1 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)$/);
  });

  test("what is no modifier is refused", async () => {
    await two.ok(`SELECT ${folder}`);
    for (const modifiers of [
      "()",
      "(CHANGEDSINCE)",
      "(CHANGEDSINCE x)",
      "(CHANGEDSINCE 9223372036854775808)",
      "(NEVER 1)",
    ]) {
      expect(await two.fails(`FETCH 1 FLAGS ${modifiers}`)).toMatch(/^BAD/);
    }
    expect(await two.fails("UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)")).toMatch(/^BAD/);
  });
});

describe("STORE (UNCHANGEDSINCE)", () => {
  beforeEach(async () => {
    await two.ok(`SELECT ${folder} (CONDSTORE)`);
  });

  test("changes what nobody changed since, and tells the new mod-sequence also where flags are not wanted", async () => {
    const before = await highest();
    const told = await two.ok(`UID STORE 4,2,1 (UNCHANGEDSINCE ${before}) +FLAGS.SILENT (\\Deleted)`);
    const now = await highest();
    expect(now).toBeGreaterThan(before);
    expect(told).toEqual([1, 2, 4].map((uid) => `${uid} FETCH (UID ${uid} MODSEQ (${now}))`));
  });

  test("leaves what was changed since, says which, and tells how it is", async () => {
    const before = await highest();
    await one.ok("STORE 2:3 +FLAGS.SILENT ($Processed)");
    const changed = await highest();
    const { untagged, tagged } = await two.run(`STORE 1:4 (UNCHANGEDSINCE ${before}) +FLAGS.SILENT (\\Deleted)`);
    const now = await highest();
    expect(tagged).toBe("OK [MODIFIED 2:3] Conditional STORE failed");
    expect(untagged).toEqual([
      `1 FETCH (MODSEQ (${now}))`,
      `4 FETCH (MODSEQ (${now}))`,
      "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Processed)",
      `2 FETCH (FLAGS ($Processed) MODSEQ (${changed}))`,
      `3 FETCH (FLAGS ($Processed) MODSEQ (${changed}))`,
    ]);
    expect((await two.run(`UID STORE 3 (UNCHANGEDSINCE ${before}) FLAGS ()`)).tagged).toMatch(/^OK \[MODIFIED 3\]/);
  });

  test("with 0 changes nothing: flags are there from the beginning", async () => {
    expect((await two.run("STORE 1:4 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)")).tagged).toMatch(/^OK \[MODIFIED 1:4\]/);
    expect(await two.ok("SEARCH SEEN")).toEqual(["SEARCH"]);
  });

  test("is NO where some are not there any more", async () => {
    await one.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    await one.ok("EXPUNGE");
    const { tagged } = await two.run("STORE 1:2 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($Processed)");
    expect(tagged).toBe("NO [MODIFIED 2] Some of the messages no longer exist");
  });

  test("two clients that set a lock with the same mod-sequence do not both get it", async () => {
    const before = await highest();
    const command = `STORE 1 (UNCHANGEDSINCE ${before}) +FLAGS.SILENT ($Locked)`;
    const answers = await Promise.all([one.run(command), two.run(command)]);
    expect(answers.map(({ tagged }) => tagged.includes("MODIFIED")).sort()).toEqual([false, true]);
  });

  test("a plain STORE.SILENT tells mod-sequences that changed, and those only", async () => {
    expect(await two.ok("STORE 1 +FLAGS.SILENT (\\Seen)")).toEqual([`1 FETCH (MODSEQ (${await highest()}))`]);
    expect(await two.ok("STORE 1 +FLAGS.SILENT (\\Seen)")).toEqual([]);
  });

  test("what is no modifier is refused", async () => {
    for (const modifier of ["()", "(UNCHANGEDSINCE)", "(UNCHANGEDSINCE -1)", "(CHANGEDSINCE 1)"]) {
      expect(await two.fails(`STORE 1 ${modifier} +FLAGS (\\Seen)`)).toMatch(/^BAD/);
    }
  });
});

describe("SEARCH MODSEQ", () => {
  beforeEach(async () => {
    await two.ok(`SELECT ${folder}`);
    await one.ok("STORE 2 +FLAGS.SILENT (\\Draft)");
    await one.ok("STORE 3 +FLAGS.SILENT (\\Draft)");
    await two.ok("NOOP");
    await two.ok("SEARCH MODSEQ 1");
  });

  test("finds what has the mod-sequence or a greater one, and tells the highest found", async () => {
    const top = await highest();
    expect(await two.ok(`SEARCH MODSEQ ${top - 1}`)).toEqual([`SEARCH 2 3 (MODSEQ ${top})`]);
    expect(await two.ok(`UID SEARCH MODSEQ "/flags/\\\\draft" all ${top}`)).toEqual([`SEARCH 3 (MODSEQ ${top})`]);
    expect(await two.ok(`SEARCH OR NOT MODSEQ ${top} LARGER 50000`)).toEqual([`SEARCH 1 2 4 (MODSEQ ${top - 1})`]);
    expect(await two.ok(`SEARCH MODSEQ ${top + 1}`)).toEqual(["SEARCH"]);
  });

  test("tells in ESEARCH the highest of what it tells", async () => {
    const top = await highest();
    const tell = async (returns: string) => (await two.ok(`SEARCH RETURN (${returns}) MODSEQ ${top - 1}`)).at(-1);
    expect(await tell("ALL")).toMatch(new RegExp(`ALL 2:3 MODSEQ ${top}$`));
    expect(await tell("COUNT")).toMatch(new RegExp(`COUNT 2 MODSEQ ${top}$`));
    expect(await tell("MIN")).toMatch(new RegExp(`MIN 2 MODSEQ ${top - 1}$`));
    expect(await tell("MIN MAX")).toMatch(new RegExp(`MIN 2 MAX 3 MODSEQ ${top}$`));
    expect((await two.ok(`SEARCH RETURN (COUNT) MODSEQ ${top + 1}`)).at(-1)).toMatch(/COUNT 0$/);
  });

  test("refuses what names no entry", async () => {
    for (const key of [
      'MODSEQ "/annot/x" all 1',
      'MODSEQ "/flags/\\\\draft" some 1',
      "MODSEQ",
      'MODSEQ "/flags/\\\\draft" 1',
    ]) {
      expect(await two.fails(`SEARCH ${key}`)).toMatch(/^BAD/);
    }
  });
});
