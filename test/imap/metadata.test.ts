/** Annotations (RFC 5464), in LIST (RFC 9590), for filters (RFC 5466) and special uses (RFC 6154 §5.4). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { LONGEST_ANNOTATION } from "../../src/mailstore/annotations.ts";
import type { Client } from "./client.ts";
import { House } from "./house.ts";

const TEAM = '"Other Users/ann@home.example/Team"';

let house: House;
let ann: Client;
let ben: Client;

beforeAll(async () => {
  house = await House.build();
  ann = await house.enter("ann");
  ben = await house.enter("ben");
  await ann.ok("CREATE Team");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

describe("SETMETADATA and GETMETADATA", () => {
  test("set, tell, change and take away", async () => {
    await ann.ok('SETMETADATA INBOX (/private/comment "My new comment")');
    expect(await ann.ok("GETMETADATA INBOX /private/comment")).toEqual([
      'METADATA INBOX (/private/comment "My new comment")',
    ]);
    await ann.ok('SETMETADATA INBOX (/private/comment "My new comment" /shared/comment "This one is for you!")');
    expect(await ann.ok("GETMETADATA INBOX /private/comment /shared/comment")).toEqual([
      'METADATA INBOX (/private/comment "My new comment" /shared/comment "This one is for you!")',
    ]);
    expect(await ann.ok('GETMETADATA "INBOX" (/shared/comment /Private/COMMENT)')).toEqual([
      'METADATA INBOX (/shared/comment "This one is for you!" /private/comment "My new comment")',
    ]);
    await ann.ok("SETMETADATA INBOX (/private/comment NIL)");
    expect(await ann.ok("GETMETADATA INBOX /private/comment")).toEqual(["METADATA INBOX (/private/comment NIL)"]);
  });

  test("keep line ends, quotes and octets of every kind", async () => {
    await ann.ok("SETMETADATA INBOX (/private/vendor/a {33+}\r\nMy comment across\r\nmultiple lines)");
    expect((await ann.ok("GETMETADATA INBOX /private/vendor/a"))[0]).toBe(
      "METADATA INBOX (/private/vendor/a {33}\r\nMy comment across\r\nmultiple lines)",
    );
    await ann.ok('SETMETADATA INBOX (/private/vendor/a "say \\"yes\\"")');
    expect((await ann.ok("GETMETADATA INBOX /private/vendor/a"))[0]).toContain('"say \\"yes\\""');
    await ann.ok('SETMETADATA INBOX (/private/vendor/a "")');
    expect((await ann.ok("GETMETADATA INBOX /private/vendor/a"))[0]).toContain('/private/vendor/a "")');
  });

  test("leave out what is longer than MAXSIZE, and say how long the longest is", async () => {
    await ann.ok(`SETMETADATA Sent (/shared/comment "${"s".repeat(2199)}" /private/comment "short")`);
    const { untagged, tagged } = await ann.run('GETMETADATA "Sent" (MAXSIZE 1024) (/shared/comment /private/comment)');
    expect(untagged).toEqual(['METADATA Sent (/private/comment "short")']);
    expect(tagged).toBe("OK [METADATA LONGENTRIES 2199] GETMETADATA completed");
    expect((await ann.run("GETMETADATA (MAXSIZE 1024) Sent /shared/comment")).untagged).toEqual([]);
  });

  test("look below an entry as deep as is asked for", async () => {
    await ann.ok(
      'SETMETADATA "" (/private/filters/values/small "SMALLER 5000" /private/filters/values/boss "FROM \\"boss\\"")',
    );
    const [told] = await ann.ok('GETMETADATA (DEPTH 1) "" (/private/filters/values)');
    expect(told).toBe(
      'METADATA "" (/private/filters/values/boss "FROM \\"boss\\"" /private/filters/values/small "SMALLER 5000")',
    );
    expect(await ann.ok('GETMETADATA (DEPTH 1) "" /private/filters')).toEqual([]);
    expect((await ann.ok('GETMETADATA (DEPTH infinity) "" /private'))[0]).toContain("values/small");
    expect(await ann.ok('GETMETADATA (DEPTH 0) "" /private/filters')).toEqual(['METADATA "" (/private/filters NIL)']);
    expect(await ben.ok('GETMETADATA (DEPTH infinity) "" /private')).toEqual([]);
  });

  test("tell the administrator's address, which no client sets", async () => {
    expect(await ann.ok('GETMETADATA "" /shared/admin')).toEqual([
      'METADATA "" (/shared/admin "mailto:postmaster@home.example")',
    ]);
    expect(await ann.fails('SETMETADATA "" (/shared/admin "mailto:me@home.example")')).toStartWith("NO [NOPERM]");
    expect(await ann.fails('SETMETADATA "" (/shared/comment "mine now")')).toStartWith("NO [NOPERM]");
  });

  test("refuse names that are none", async () => {
    for (const bad of ["/comment", "private/comment", "/private//x", "/private/x/", "/private/*", "/private/a%", "/"]) {
      expect(await ann.fails(`GETMETADATA INBOX "${bad}"`)).toStartWith("BAD");
      expect(await ann.fails(`SETMETADATA INBOX ("${bad}" "x")`)).toStartWith("BAD");
    }
    expect(await ann.fails('SETMETADATA INBOX (/private "x")')).toStartWith("BAD");
    expect(await ann.fails("GETMETADATA (DEPTH 2) INBOX /private/comment")).toStartWith("BAD");
    expect(await ann.fails("GETMETADATA (SIZE 2) INBOX /private/comment")).toStartWith("BAD");
    expect(await ann.fails("GETMETADATA INBOX ()")).toStartWith("BAD");
    expect(await ann.fails("GETMETADATA Nowhere /private/comment")).toStartWith("NO [NONEXISTENT]");
    expect(await ann.fails(`GETMETADATA INBOX /private/${"x/".repeat(40)}x`)).toStartWith("BAD");
  });

  test("go with their folder", async () => {
    await ann.ok("CREATE Here");
    await ann.ok('SETMETADATA Here (/shared/comment "kept")');
    await ann.ok("RENAME Here There");
    expect((await ann.ok("GETMETADATA There /shared/comment"))[0]).toContain('"kept"');
    await ann.ok("DELETE There");
    await ann.ok("CREATE There");
    expect((await ann.ok("GETMETADATA There /shared/comment"))[0]).toContain("NIL");
  });
});

describe("annotations of a shared folder", () => {
  test("are for whoever may look and do something there; private ones are one's own", async () => {
    await ann.ok('SETMETADATA Team (/shared/comment "for all" /private/comment "for ann")');
    expect(await ben.fails(`GETMETADATA ${TEAM} /shared/comment`)).toStartWith("NO [NONEXISTENT]");
    await ann.ok("SETACL Team ben l");
    expect(await ben.fails(`GETMETADATA ${TEAM} /shared/comment`)).toStartWith("NO [NOPERM]");
    await ann.ok("SETACL Team ben lr");
    expect(await ben.ok(`GETMETADATA ${TEAM} (/shared/comment /private/comment)`)).toEqual([
      `METADATA ${TEAM} (/shared/comment "for all" /private/comment NIL)`,
    ]);
    await ben.ok(`SETMETADATA ${TEAM} (/private/comment "for ben")`);
    expect((await ann.ok("GETMETADATA Team /private/comment"))[0]).toContain('"for ann"');
    expect(await ben.fails(`SETMETADATA ${TEAM} (/shared/comment "mine")`)).toStartWith("NO [NOPERM]");
    await ann.ok("SETACL Team ben lrw");
    await ben.ok(`SETMETADATA ${TEAM} (/shared/comment "ours")`);
    expect((await ann.ok("GETMETADATA Team /shared/comment"))[0]).toContain('"ours"');
  });

  test("are told to others who asked, by name and without values, as long as they may see them", async () => {
    const listener = await house.enter("ben");
    await ann.ok('SETMETADATA Team (/shared/comment "before")');
    expect(await listener.ok("ENABLE METADATA")).toEqual(["ENABLED METADATA"]);
    await ann.ok('SETMETADATA Team (/shared/comment "a" /shared/vendor/x "b" /private/comment "c")');
    expect(await listener.ok("NOOP")).toEqual([`METADATA ${TEAM} /shared/comment /shared/vendor/x`]);
    expect(await listener.ok("NOOP")).toEqual([]);
    await listener.ok(`SETMETADATA ${TEAM} (/private/comment "own")`);
    await ben.ok('SETMETADATA "" (/private/comment "elsewhere")');
    expect(await listener.ok("NOOP")).toEqual(['METADATA "" /private/comment']);
    await ann.ok("DELETEACL Team ben");
    await ann.ok('SETMETADATA Team (/shared/comment "secret")');
    expect(await listener.ok("NOOP")).toEqual([]);
    expect(await ann.ok("NOOP")).toEqual([]);
  });

  test("are told at once in IDLE, each once however often it changed (RFC 5464 §4.4)", async () => {
    const listener = await house.enter("ann");
    await listener.ok("ENABLE METADATA");
    for (let n = 0; n < 3; n++) await ann.ok('SETMETADATA Team (/shared/comment "again" /private/vendor/x/y "z")');
    const tag = listener.tag();
    listener.dialogue.send(`${tag} IDLE`);
    expect(await listener.response()).toBe("+ idling");
    expect(await listener.response()).toBe("* METADATA Team /shared/comment /private/vendor/x/y");
    await ann.ok('SETMETADATA "" (/private/comment NIL)');
    expect(await listener.response()).toBe('* METADATA "" /private/comment');
    listener.dialogue.send("DONE");
    expect((await listener.answer(tag)).untagged).toEqual([]);
    await ann.ok("CREATE Plans");
    await ann.ok("SETMETADATA Junk (/private/specialuse NIL)");
    await ann.ok('SETMETADATA Plans (/private/specialuse "\\\\Junk")');
    expect(await listener.ok("NOOP")).toEqual([
      "METADATA Junk /private/specialuse",
      "METADATA Plans /private/specialuse",
    ]);
    await ann.ok("SETMETADATA Plans (/private/specialuse NIL)");
    await ann.ok('SETMETADATA Junk (/private/specialuse "\\\\Junk")');
  });

  test("of the server alone are told after ENABLE METADATA-SERVER", async () => {
    const listener = await house.enter("ann");
    await listener.ok("ENABLE METADATA-SERVER");
    await ann.ok('SETMETADATA Team (/shared/comment "unheard")');
    await ann.ok('SETMETADATA "" (/private/comment "heard")');
    expect(await listener.ok("NOOP")).toEqual(['METADATA "" /private/comment']);
  });

  test("stay with INBOX when it is renamed, and go with its messages (RFC 5464 §4.1)", async () => {
    await ann.ok('SETMETADATA INBOX (/shared/comment "of INBOX")');
    await ann.ok("RENAME INBOX Earlier");
    for (const name of ["INBOX", "Earlier"]) {
      expect(await ann.ok(`GETMETADATA ${name} /shared/comment`)).toEqual([
        `METADATA ${name} (/shared/comment "of INBOX")`,
      ]);
    }
  });
});

describe("limits", () => {
  test("hold for a value, for a command and for a place", async () => {
    const long = "v".repeat(LONGEST_ANNOTATION + 1);
    expect(await ann.fails(`SETMETADATA INBOX (/private/long {${long.length}+}\r\n${long})`)).toStartWith(
      `NO [METADATA MAXSIZE ${LONGEST_ANNOTATION}]`,
    );
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => `/private/many/${from + n} "x"`).join(" ");
    await ann.ok("CREATE Full");
    await ann.ok(`SETMETADATA Full (${many(0, 200)})`);
    expect(await ann.fails(`SETMETADATA Full (${many(200, 100)})`)).toStartWith("NO [METADATA TOOMANY]");
    // All or none.
    expect(await ann.ok("GETMETADATA Full /private/many/200")).toEqual(["METADATA Full (/private/many/200 NIL)"]);
    await ann.ok(`SETMETADATA Full (${many(0, 100)})`);
    expect(await ann.fails(`GETMETADATA Full (${Array(300).fill("/private/a").join(" ")})`)).toStartWith("BAD");
  });
});

describe("LIST RETURN (METADATA …) (RFC 9590)", () => {
  test("tells the entries of each folder that is listed", async () => {
    await ann.ok('SETMETADATA Drafts (/shared/vendor/color "#b71c1c")');
    expect(await ann.ok('LIST "" (Drafts Junk) RETURN (METADATA (/shared/vendor/color))')).toEqual([
      'LIST (\\HasNoChildren \\Drafts) "/" Drafts',
      'METADATA Drafts (/shared/vendor/color "#b71c1c")',
      'LIST (\\HasNoChildren \\Junk) "/" Junk',
      "METADATA Junk (/shared/vendor/color NIL)",
    ]);
    expect(await ann.fails('LIST "" % RETURN (METADATA ())')).toStartWith("BAD");
    expect(await ann.fails('LIST "" % RETURN (METADATA (comment))')).toStartWith("BAD");
  });

  test("leaves out folders whose annotations the user may not see", async () => {
    await ann.ok("SETACL Team ben l");
    expect(await ben.ok(`LIST "" ${TEAM} RETURN (METADATA (/shared/comment))`)).toEqual([
      `LIST (\\HasNoChildren) "/" ${TEAM}`,
    ]);
  });
});

describe("/private/specialuse (RFC 6154 §5.4)", () => {
  test("is what the folder is for, and changes it", async () => {
    expect(await ann.ok("GETMETADATA Sent /private/specialuse")).toEqual([
      'METADATA Sent (/private/specialuse "\\\\Sent")',
    ]);
    await ann.ok("CREATE Gesendet");
    expect(await ann.fails('SETMETADATA Gesendet (/private/specialuse "\\\\Sent")')).toStartWith("NO [USEATTR]");
    await ann.ok("SETMETADATA Sent (/private/specialuse NIL)");
    await ann.ok('SETMETADATA Gesendet (/private/specialuse "\\\\Sent")');
    expect(await ann.ok('LIST (SPECIAL-USE) "" "*Se*"')).toEqual([]);
    expect(await ann.ok('LIST (SPECIAL-USE) "" Gesendet')).toEqual(['LIST (\\HasNoChildren \\Sent) "/" Gesendet']);
    expect(await ann.fails('SETMETADATA INBOX (/private/specialuse "\\\\All")')).toStartWith("NO [USEATTR]");
  });
});
