import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { namePattern } from "../../src/services/imap/name-pattern.ts";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;
beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

describe("name patterns", () => {
  const cases: [string, string, boolean][] = [
    ["*", "a/b/c", true],
    ["%", "a", true],
    ["%", "a/b", false],
    ["a/%", "a/b", true],
    ["a/%", "a/b/c", false],
    ["a*c", "a/b/c", true],
    ["a%c", "abc", true],
    ["%/%", "a/b", true],
    ["%%*%", "a/b", true],
    ["inbox", "INBOX", true],
    ["inb*", "INBOX", true],
    ["work", "Work", false],
    ["Entwürfe%", "Entwürfe", true],
    ["😀*", "😀/x", true],
    ["", "a", false],
  ];
  for (const [pattern, name, fits] of cases) {
    test(`${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"} ${name}`, () => {
      expect(namePattern(pattern)(name)).toBe(fits);
    });
  }

  test("agrees with a regular expression", () => {
    const text = fc.stringMatching(/^[ab/]{0,8}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[ab/%*]{1,8}$/), text, (pattern, name) => {
        const expression = pattern.replaceAll("*", ".*").replaceAll("%", "[^/]*");
        expect(namePattern(pattern)(name)).toBe(new RegExp(`^${expression}$`, "s").test(name));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("LIST", () => {
  test("shows the first folders with their uses", async () => {
    expect(await client.ok('LIST "" "*"')).toEqual([
      'LIST (\\HasNoChildren) "/" INBOX',
      'LIST (\\HasNoChildren \\Archive) "/" Archive',
      'LIST (\\HasNoChildren \\Drafts) "/" Drafts',
      'LIST (\\HasNoChildren \\Junk) "/" Junk',
      'LIST (\\HasNoChildren \\Sent) "/" Sent',
      'LIST (\\HasNoChildren \\Trash) "/" Trash',
    ]);
    expect(await client.ok('LIST "" ""')).toEqual(['LIST (\\Noselect) "/" ""']);
    expect(await client.ok("NAMESPACE")).toEqual(['NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))']);
  });

  test("walks levels, and knows what has children", async () => {
    await client.ok("CREATE Work/2026/July");
    await client.ok("CREATE Work/2027/");
    expect(await client.ok('LIST "" "Work%"')).toEqual(['LIST (\\HasChildren) "/" Work']);
    expect(await client.ok('LIST "Work/" "%"')).toEqual([
      'LIST (\\HasChildren) "/" Work/2026',
      'LIST (\\HasNoChildren) "/" Work/2027',
    ]);
    expect(await client.ok("LIST Work *July")).toEqual(['LIST (\\HasNoChildren) "/" Work/2026/July']);
  });

  test("a level whose folder was deleted shows as none that can be selected", async () => {
    await client.ok("DELETE Work/2026");
    expect(await client.ok('LIST "" Work/%')).toEqual([
      'LIST (\\NonExistent \\Noselect \\HasChildren) "/" Work/2026',
      'LIST (\\HasNoChildren) "/" Work/2027',
    ]);
    expect(await client.fails("SELECT Work/2026")).toMatch(/^NO \[NONEXISTENT\]/);
    await client.ok("CREATE Work/2026");
  });

  test("selects and returns by options", async () => {
    await client.ok("SUBSCRIBE Work/2026/July");
    expect(await client.ok('LIST (SUBSCRIBED) "" "Work/*"')).toEqual([
      'LIST (\\HasNoChildren \\Subscribed) "/" Work/2026/July',
    ]);
    expect(await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" "Work%"')).toEqual([
      'LIST (\\HasChildren) "/" Work ("CHILDINFO" ("SUBSCRIBED"))',
    ]);
    expect(await client.ok('LIST "" (Sent "Work/2026%") RETURN (SUBSCRIBED CHILDREN SPECIAL-USE)')).toEqual([
      'LIST (\\HasNoChildren \\Subscribed \\Sent) "/" Sent',
      'LIST (\\HasChildren) "/" Work/2026',
    ]);
    expect(await client.ok('LIST (SPECIAL-USE) "" % RETURN (STATUS (MESSAGES))')).toContain("STATUS Sent (MESSAGES 0)");
    expect(await client.fails('LIST (RECURSIVEMATCH) "" *')).toMatch(/^BAD RECURSIVEMATCH needs/);
    expect(await client.fails('LIST (NONSENSE) "" *')).toMatch(/^BAD NONSENSE/);
    expect(await client.fails('LIST "" * RETURN (NONSENSE)')).toMatch(/^BAD NONSENSE/);
  });

  test("LSUB shows what is subscribed, and levels above it for %", async () => {
    expect(await client.ok('LSUB "" "Work/*"')).toEqual(['LSUB () "/" Work/2026/July']);
    expect(await client.ok('LSUB "" "Work%"')).toEqual(['LSUB (\\Noselect) "/" Work']);
  });

  test("a subscription outlives its folder", async () => {
    await client.ok("CREATE Passing");
    await client.ok("SUBSCRIBE Passing");
    await client.ok("DELETE Passing");
    expect(await client.ok('LIST (SUBSCRIBED) "" Passing')).toEqual([
      'LIST (\\NonExistent \\Noselect \\HasNoChildren \\Subscribed) "/" Passing',
    ]);
    expect(await client.ok('LSUB "" Passing')).toEqual(['LSUB (\\Noselect) "/" Passing']);
    expect(await client.ok('LIST "" Passing')).toEqual([]);
    await client.ok("UNSUBSCRIBE Passing");
    expect(await client.ok('LIST (SUBSCRIBED) "" Passing')).toEqual([]);
    expect(await client.fails("UNSUBSCRIBE Passing")).toMatch(/^NO \[NONEXISTENT\]/);
    expect(await client.fails("SUBSCRIBE Passing")).toMatch(/^NO \[NONEXISTENT\]/);
  });
});

describe("folders", () => {
  test("cannot be made twice, or with names that cannot be shown", async () => {
    await client.ok("CREATE Once");
    expect(await client.fails("CREATE Once")).toMatch(/^NO \[ALREADYEXISTS\]/);
    expect(await client.fails("CREATE inbox")).toMatch(/^NO \[ALREADYEXISTS\]/);
    expect(await client.fails('CREATE "a//b"')).toMatch(/^NO \[CANNOT\]/);
    expect(await client.fails('CREATE "x*y"')).toMatch(/^NO \[CANNOT\]/);
    expect(await client.fails("CREATE &bad")).toMatch(/^BAD The folder name is not modified UTF-7/);
  });

  test("are renamed with what is below them", async () => {
    await client.ok("CREATE Old/Deep/Deeper");
    await client.ok("RENAME Old New/Place");
    expect(await client.ok('LIST "" "New*"')).toEqual([
      'LIST (\\HasChildren) "/" New',
      'LIST (\\HasChildren) "/" New/Place',
      'LIST (\\HasChildren) "/" New/Place/Deep',
      'LIST (\\HasNoChildren) "/" New/Place/Deep/Deeper',
    ]);
    expect(await client.fails("RENAME Nothing Else")).toMatch(/^NO \[NONEXISTENT\]/);
    expect(await client.fails("RENAME New Once")).toMatch(/^NO \[ALREADYEXISTS\]/);
    expect(await client.fails("DELETE INBOX")).toMatch(/^NO \[NOPERM\]/);
    expect(await client.fails("DELETE Nothing")).toMatch(/^NO \[NONEXISTENT\]/);
  });

  test("renaming INBOX moves its messages and leaves it empty", async () => {
    const ben = await house.enter("ben");
    await house.deliver([message("moved")], "INBOX", "ben");
    const watching = await house.select("INBOX", "ben");
    await ben.ok("RENAME INBOX Before");
    expect(await ben.ok("STATUS Before (MESSAGES)")).toEqual(["STATUS Before (MESSAGES 1)"]);
    expect(await ben.ok("STATUS INBOX (MESSAGES)")).toEqual(["STATUS INBOX (MESSAGES 0)"]);
    watching.dialogue.send("a NOOP");
    expect(await watching.response()).toMatch(/^\* BYE/);
    await house.deliver([message("new")], "INBOX", "ben");
    expect(await ben.ok("STATUS INBOX (MESSAGES)")).toEqual(["STATUS INBOX (MESSAGES 1)"]);
    ben.dialogue.destroy();
  });

  test("have names in every script, in modified UTF-7 or in UTF-8", async () => {
    await client.ok("CREATE Entw&APw-rfe");
    expect(await client.ok('LIST "" Entw*')).toEqual(['LIST (\\HasNoChildren) "/" Entw&APw-rfe']);
    const modern = await house.enter();
    await modern.ok("ENABLE IMAP4rev2");
    modern.dialogue.send('u LIST "" "Entw*"');
    const { untagged } = await modern.answer("u");
    expect(Buffer.from(untagged[0] ?? "", "latin1").toString()).toBe('LIST (\\HasNoChildren) "/" "Entwürfe"');
    await modern.ok('SELECT "Entw&APw-rfe"').catch((error: Error) => expect(error.message).toContain("NONEXISTENT"));
    modern.dialogue.send('s SELECT "Entwürfe"');
    expect((await modern.answer("s")).tagged).toMatch(/^OK/);
    modern.dialogue.destroy();
  });

  test("deleting the selected one leaves it; another session that has it open is ended", async () => {
    await client.ok("CREATE Short");
    await client.ok("SELECT Short");
    const other = await house.select("Short");
    await client.ok("DELETE Short");
    expect(await client.fails("FETCH 1 FLAGS")).toMatch(/^BAD FETCH needs a selected folder/);
    other.dialogue.send("a NOOP");
    expect(await other.response()).toBe("* BYE The selected folder is gone");
    await other.dialogue.closed();
  });
});

describe("STATUS", () => {
  test("counts", async () => {
    await client.ok("CREATE Counted");
    await client.append("Counted", message("one"), "(\\Seen) ");
    await client.append("Counted", message("two"), "(\\Deleted) ");
    const size = message("one").length + message("two").length;
    const items = "(MESSAGES RECENT UIDNEXT UNSEEN DELETED SIZE APPENDLIMIT)";
    expect(await client.ok(`STATUS Counted ${items}`)).toEqual([
      `STATUS Counted (MESSAGES 2 RECENT 2 UIDNEXT 3 UNSEEN 1 DELETED 1 SIZE ${size} APPENDLIMIT 52428800)`,
    ]);
    expect(await client.ok("STATUS Counted (UIDVALIDITY)")).toEqual([
      expect.stringMatching(/^STATUS Counted \(UIDVALIDITY \d+\)$/),
    ]);
    expect(await client.fails("STATUS Nothing (MESSAGES)")).toMatch(/^NO \[NONEXISTENT\]/);
    expect(await client.fails("STATUS Counted ()")).toMatch(/^BAD/);
    expect(await client.fails("STATUS Counted (X)")).toMatch(/^BAD X is no STATUS item/);
  });
});
