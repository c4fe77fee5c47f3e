/** Rights on folders (RFC 4314, RFC 8440): the RFC's examples, who may do what, and what somebody without rights learns. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readAudit } from "../../src/administration/audit.ts";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

const ALL = "lrswipkxtecda";
const ANN = "Other Users/ann@home.example";

let house: House;
let ann: Client;
let ben: Client;
let count = 0;

beforeAll(async () => {
  house = await House.build();
  for (const login of ["cora", "Fred", "David", "Byron", "Chris"]) await house.addUser(login);
  ann = await house.enter("ann");
  ben = await house.enter("ben");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** A new folder of ann's in which ben has these rights, with a message; how ben names it. */
async function shared(rights: string, messages = 1): Promise<{ own: string; name: string }> {
  const own = `Team${++count}`;
  await ann.ok(`CREATE ${own}`);
  for (let n = 0; n < messages; n++) await ann.append(own, message(`m${n}`));
  await ann.ok(`SETACL ${own} ben "${rights}"`);
  return { own, name: `"${ANN}/${own}"` };
}

describe("the examples of RFC 4314", () => {
  test('"d" and "c" are given as their members, and told where a member is there', async () => {
    await ann.ok("CREATE Drafts1");
    await ann.ok("SeTacl Drafts1 David lrswida");
    expect(await ann.ok("getacl Drafts1")).toEqual([`ACL Drafts1 ann ${ALL} David lrswiteda`]);
    await ann.ok("DeleteAcl Drafts1 David");
    await ann.ok("Setacl Drafts1 Byron lrswikda");
    expect(await ann.ok("getAcl Drafts1")).toEqual([`ACL Drafts1 ann ${ALL} Byron lrswiktecda`]);
  });

  test("rights are added, taken and replaced", async () => {
    await ann.ok("CREATE Drafts2");
    await ann.ok("SETACL Drafts2 Chris lrswi");
    await ann.ok("SETACL Drafts2 Chris +cda");
    expect(await ann.ok("GETACL Drafts2")).toEqual([`ACL Drafts2 ann ${ALL} Chris lrswikxtecda`]);
    await ann.ok("SETACL Drafts2 Chris -wcd");
    expect(await ann.ok("GETACL Drafts2")).toEqual([`ACL Drafts2 ann ${ALL} Chris lrsia`]);
    await ann.ok('SETACL Drafts2 Chris ""');
    expect(await ann.ok("GETACL Drafts2")).toEqual([`ACL Drafts2 ann ${ALL}`]);
  });

  test("unknown rights and capitals are errors", async () => {
    expect(await ann.fails("SETACL INBOX Fred lrQswicda")).toStartWith("BAD");
    expect(await ann.fails("SETACL INBOX Fred lrqswicda")).toStartWith("BAD");
    expect(await ann.fails("SETACL INBOX Fred lr0")).toStartWith("BAD");
    expect(await ann.fails(`SETACL INBOX Fred ${"l".repeat(200)}`)).toStartWith("BAD");
    expect(await ann.ok("GETACL INBOX")).toEqual([`ACL INBOX ann ${ALL}`]);
  });

  test("negative entries are entries of their own", async () => {
    await ann.ok("CREATE Neg");
    await ann.ok("SETACL Neg -Fred wetd");
    await ann.ok("SETACL Neg Fred lrw");
    expect(await ann.ok("getacl Neg")).toEqual([`ACL Neg ann ${ALL} -Fred wted Fred lrw`]);
    await ann.ok("DeleteAcl Neg Fred");
    expect(await ann.ok("GETACL Neg")).toEqual([`ACL Neg ann ${ALL} -Fred wted`]);
  });

  test("LISTRIGHTS tells what can be given, each right by itself, and the identifier as it was written", async () => {
    const each = [...ALL].join(" ");
    expect(await ann.ok("LISTRIGHTS INBOX FRED")).toEqual([`LISTRIGHTS INBOX FRED "" ${each}`]);
    expect(await ann.ok("LISTRIGHTS INBOX anyone")).toEqual([`LISTRIGHTS INBOX anyone "" ${each}`]);
    expect(await ann.ok("LISTRIGHTS INBOX ann")).toEqual([`LISTRIGHTS INBOX ann ${ALL}`]);
  });

  test("MYRIGHTS, and the flags that are lost with a COPY", async () => {
    const { own, name } = await shared("rwis", 0);
    expect(await ben.ok(`MYRIGHTS ${name}`)).toEqual([`MYRIGHTS ${name} rswi`]);
    const source = `Source${count}`;
    await ben.ok(`CREATE ${source}`);
    await ben.append(source, message("a"), "(\\Draft \\Deleted) ");
    await ben.append(source, message("b"), "(\\Answered) ");
    await ben.append(source, message("c"), "($Forwarded \\Seen) ");
    await ben.ok(`SELECT ${source}`);
    await ben.ok(`COPY 1:3 ${name}`);
    await ann.ok(`SETACL ${own} ben rsti`);
    await ben.ok(`COPY 1:3 ${name}`);
    await ben.ok("UNSELECT");
    await ann.ok(`EXAMINE ${own}`);
    const flags = (await ann.ok("FETCH 1:* (FLAGS)")).filter((line) => line.includes("FETCH"));
    expect(flags.map((line) => line.replace(/\\Recent ?/, "").replace(/^\d+ FETCH /, ""))).toEqual([
      "(FLAGS (\\Draft))",
      "(FLAGS (\\Answered))",
      "(FLAGS (\\Seen $Forwarded))",
      "(FLAGS (\\Deleted))",
      "(FLAGS ())",
      "(FLAGS (\\Seen))",
    ]);
    await ann.ok("UNSELECT");
  });

  test("who may look up A/B and not A is told as if A did not exist", async () => {
    await ann.ok("CREATE A1/B");
    await ann.ok("SETACL A1/B ben l");
    expect(await ben.ok(`LIST "" "${ANN}/A1*"`)).toEqual([
      `LIST (\\NonExistent \\Noselect \\HasChildren) "/" "${ANN}/A1"`,
      `LIST (\\HasNoChildren) "/" "${ANN}/A1/B"`,
    ]);
    const denied = await ben.fails(`SELECT "${ANN}/A1"`);
    expect(denied).toBe((await ben.fails(`SELECT "${ANN}/A9"`)).replace("A9", "A1"));
    await ann.ok("DELETEACL A1/B ben");
  });

  test("PERMANENTFLAGS and the response code say what the rights allow", async () => {
    const cases: [string, string, string][] = [
      ["lr", "()", "READ-ONLY"],
      ["lrs", "(\\Seen)", "READ-WRITE"],
      ["lrwis", "(\\Answered \\Flagged \\Seen \\Draft \\*)", "READ-WRITE"],
      ["rit", "(\\Deleted)", "READ-WRITE"],
      ["re", "()", "READ-WRITE"],
      ["rpkxa", "()", "READ-ONLY"],
    ];
    for (const [rights, flags, code] of cases) {
      const { name } = await shared(rights);
      const { untagged, tagged } = await ben.run(`SELECT ${name}`);
      expect(untagged).toContain(`OK [PERMANENTFLAGS ${flags}] Flags that can be kept`);
      expect(tagged).toStartWith(`OK [${code}]`);
      const examined = await ben.run(`EXAMINE ${name}`);
      expect(examined.untagged).toContain("OK [PERMANENTFLAGS ()] Flags that can be kept");
      expect(examined.tagged).toStartWith("OK [READ-ONLY]");
      await ben.ok("UNSELECT");
    }
  });

  test("CAPABILITY names the rights beyond RFC 2086, and none of those", async () => {
    const [line = ""] = await ann.ok("CAPABILITY");
    expect(line.split(" ")).toEqual(expect.arrayContaining(["ACL", "RIGHTS=texk", "LIST-MYRIGHTS", "NAMESPACE"]));
  });
});

describe("LIST-MYRIGHTS (RFC 8440)", () => {
  test("tells rights after each folder, and none for a name without one", async () => {
    const { own, name } = await shared("lrs");
    expect(await ben.ok(`LIST "" "${ANN}/${own}" RETURN (MYRIGHTS)`)).toEqual([
      `LIST (\\HasNoChildren) "/" ${name}`,
      `MYRIGHTS ${name} lrs`,
    ]);
    expect(await ben.ok('LIST "" INBOX RETURN (MYRIGHTS)')).toEqual([
      'LIST (\\HasNoChildren) "/" INBOX',
      `MYRIGHTS INBOX ${ALL}`,
    ]);
    expect(await ben.ok(`LIST "" "${ANN}" RETURN (MYRIGHTS)`)).toEqual([
      `LIST (\\NonExistent \\Noselect \\HasChildren) "/" "${ANN}"`,
    ]);
  });

  test("STATUS is told only where messages may be read", async () => {
    const { own, name } = await shared("l");
    expect(await ben.ok(`LIST "" "${ANN}/${own}" RETURN (STATUS (MESSAGES) MYRIGHTS)`)).toEqual([
      `LIST (\\HasNoChildren) "/" ${name}`,
      `MYRIGHTS ${name} l`,
    ]);
  });
});

describe("each command needs its right", () => {
  /** What ben does in a folder, and the letters without which it is refused; any other letters do not help. */
  const needs: [string, string, (name: string) => Promise<boolean>][] = [
    ["SELECT", "r", (name) => allowed(`SELECT ${name}`)],
    ["EXAMINE", "r", (name) => allowed(`EXAMINE ${name}`)],
    ["STATUS", "r", (name) => allowed(`STATUS ${name} (MESSAGES UNSEEN)`)],
    ["SUBSCRIBE", "l", (name) => allowed(`SUBSCRIBE ${name}`)],
    ["LIST", "l", async (name) => (await ben.ok(`LIST "" ${name}`)).length > 0],
    ["APPEND", "i", async (name) => (await ben.append(name, message("x"))).startsWith("OK")],
    ["COPY", "i", (name) => withOwn(`COPY 1 ${name}`)],
    ["MOVE to", "i", (name) => withOwn(`MOVE 1 ${name}`)],
    ["CREATE", "k", (name) => allowed(`CREATE ${below(name, `New${++count}`)}`)],
    ["GETACL", "a", (name) => allowed(`GETACL ${name}`)],
    ["LISTRIGHTS", "a", (name) => allowed(`LISTRIGHTS ${name} anyone`)],
    ["SETACL", "a", (name) => allowed(`SETACL ${name} cora lr`)],
    ["DELETEACL", "a", (name) => allowed(`DELETEACL ${name} cora`)],
    ["RENAME", "x", (name) => allowed(`RENAME ${name} "${ANN}/Attic/R${++count}"`)],
    ["DELETE", "x", (name) => allowed(`DELETE ${name}`)],
  ];
  const below = (name: string, child: string) => `${name.slice(0, -1)}/${child}"`;
  const allowed = async (command: string) => (await ben.run(command)).tagged.startsWith("OK");
  const withOwn = async (command: string) => {
    await ben.append("INBOX", message("own"));
    await ben.ok("SELECT INBOX");
    const done = await allowed(command);
    await ben.ok("UNSELECT");
    return done;
  };

  beforeAll(async () => {
    await ann.ok("CREATE Attic");
    await ann.ok("SETACL Attic ben k");
  });

  for (const [command, right, act] of needs) {
    test(`${command}: "${right}"`, async () => {
      const with_ = await shared(right);
      expect(await act(with_.name)).toBe(true);
      await ben.run("UNSELECT");
      const without = await shared([..."lrswipkxtea"].filter((letter) => letter !== right).join(""));
      expect(await act(without.name)).toBe(false);
      await ben.run("UNSELECT");
    });
  }

  test("MYRIGHTS: any of lrikxa", async () => {
    for (const letter of "lrikxa") expect(await allowed(`MYRIGHTS ${(await shared(letter)).name}`)).toBe(true);
    expect(await allowed(`MYRIGHTS ${(await shared("swpte")).name}`)).toBe(false);
  });

  test("UNSUBSCRIBE: none", async () => {
    const { own, name } = await shared("l");
    await ben.ok(`SUBSCRIBE ${name}`);
    await ann.ok(`DELETEACL ${own} ben`);
    await ben.ok(`UNSUBSCRIBE ${name}`);
  });

  test("STORE: one right a kind of flag, and no failure where one of several can be changed", async () => {
    const store = async (rights: string, change: string) => {
      const { name } = await shared(rights);
      await ben.ok(`SELECT ${name}`);
      const { untagged, tagged } = await ben.run(`STORE 1 ${change}`);
      await ben.ok("UNSELECT");
      return tagged.startsWith("OK")
        ? untagged.at(-1)?.replace("\\Recent ", "").replace("\\Recent", "")
        : tagged.slice(0, 12);
    };
    expect(await store("rs", "+FLAGS (\\Seen)")).toBe("1 FETCH (FLAGS (\\Seen))");
    expect(await store("rwt", "+FLAGS (\\Seen)")).toStartWith("NO [NOPERM]");
    expect(await store("rt", "+FLAGS (\\Deleted)")).toBe("1 FETCH (FLAGS (\\Deleted))");
    expect(await store("lrws", "+FLAGS (\\Deleted)")).toStartWith("NO [NOPERM]");
    expect(await store("rw", "+FLAGS (\\Flagged Work)")).toBe("1 FETCH (FLAGS (\\Flagged Work))");
    expect(await store("lrst", "+FLAGS (Work)")).toStartWith("NO [NOPERM]");
    expect(await store("rs", "+FLAGS (\\Seen \\Deleted \\Flagged Work)")).toBe("1 FETCH (FLAGS (\\Seen))");
    expect(await store("rw", "FLAGS (\\Seen \\Flagged)")).toBe("1 FETCH (FLAGS (\\Flagged))");
    expect(await store("lr", "FLAGS ()")).toStartWith("NO [NOPERM]");
  });

  test("replacing flags leaves those alone that may not be changed", async () => {
    const { own, name } = await shared("rw", 0);
    await ann.append(own, message("flagged"), "(\\Seen \\Deleted \\Answered Old) ");
    await ben.ok(`SELECT ${name}`);
    expect((await ben.ok("STORE 1 FLAGS (\\Flagged)")).at(-1)).toContain(
      "FLAGS (\\Recent \\Seen \\Flagged \\Deleted))",
    );
    await ben.ok("UNSELECT");
  });

  test('FETCH sets \\Seen with "s" only', async () => {
    for (const [rights, seen] of [
      ["r", 0],
      ["rs", 1],
    ] as const) {
      const { own, name } = await shared(rights);
      await ben.ok(`SELECT ${name}`);
      await ben.ok("FETCH 1 BODY[TEXT]");
      await ben.ok("UNSELECT");
      expect(await ann.ok(`STATUS ${own} (UNSEEN)`)).toEqual([`STATUS ${own} (UNSEEN ${1 - seen})`]);
    }
  });

  test('EXPUNGE and UID EXPUNGE need "e"; CLOSE without it removes nothing and succeeds', async () => {
    const { own, name } = await shared("lrt", 2);
    await ben.ok(`SELECT ${name}`);
    await ben.ok("STORE 1 +FLAGS (\\Deleted)");
    expect(await ben.fails("EXPUNGE")).toStartWith("NO [NOPERM]");
    expect(await ben.fails("UID EXPUNGE 1:*")).toStartWith("NO [NOPERM]");
    await ben.ok("CLOSE");
    expect(await ann.ok(`STATUS ${own} (MESSAGES)`)).toEqual([`STATUS ${own} (MESSAGES 2)`]);
    await ann.ok(`SETACL ${own} ben re`);
    await ben.ok(`SELECT ${name}`);
    await ben.ok("CLOSE");
    expect(await ann.ok(`STATUS ${own} (MESSAGES)`)).toEqual([`STATUS ${own} (MESSAGES 1)`]);
  });

  test('MOVE needs "t" and "e" where the messages are', async () => {
    for (const rights of ["lrt", "lre", "lrw"]) {
      const { name } = await shared(rights);
      await ben.ok(`SELECT ${name}`);
      expect(await ben.fails("MOVE 1 INBOX")).toStartWith("NO [NOPERM]");
      await ben.ok("UNSELECT");
    }
    const { own, name } = await shared("rte");
    await ben.ok(`SELECT ${name}`);
    await ben.ok("MOVE 1 INBOX");
    await ben.ok("UNSELECT");
    expect(await ann.ok(`STATUS ${own} (MESSAGES)`)).toEqual([`STATUS ${own} (MESSAGES 0)`]);
  });

  test("APPEND leaves out the flags that may not be set", async () => {
    const { own, name } = await shared("is", 0);
    expect(await ben.append(name, message("x"), "(\\Seen \\Flagged \\Deleted Work) ")).toStartWith("OK [APPENDUID");
    await ann.ok(`EXAMINE ${own}`);
    expect(await ann.ok("FETCH 1 FLAGS")).toEqual(["1 FETCH (FLAGS (\\Recent \\Seen))"]);
    await ann.ok("UNSELECT");
  });

  test("RENAME needs the right to make folders where it goes, and stays in its mailbox", async () => {
    const { name } = await shared("lx");
    expect(await ben.fails(`RENAME ${name} "${ANN}/Elsewhere"`)).toStartWith("NO [NOPERM]");
    expect(await ben.fails(`RENAME ${name} Mine`)).toStartWith("NO [CANNOT]");
    expect(await ben.fails(`RENAME Drafts "${ANN}/Attic/Theirs"`)).toStartWith("NO [CANNOT]");
  });

  test("new folders take the rights of the one above, and lose them with it", async () => {
    const { own, name } = await shared("lrk");
    await ben.ok(`CREATE ${below(name, "Sub/Deep")}`);
    expect(await ann.ok(`GETACL ${own}/Sub/Deep`)).toEqual([`ACL ${own}/Sub/Deep ann ${ALL} ben lrkc`]);
    await ann.ok(`RENAME ${own}/Sub/Deep ${own}x`);
    expect(await ann.ok(`GETACL ${own}x`)).toEqual([`ACL ${own}x ann ${ALL} ben lrkc`]);
    await ann.ok(`DELETE ${own}x`);
    await ann.ok(`CREATE ${own}x`);
    expect(await ann.ok(`GETACL ${own}x`)).toEqual([`ACL ${own}x ann ${ALL}`]);
  });
});

describe("what is worked out from entries", () => {
  const mine = async (name: string) => {
    const { untagged, tagged } = await ben.run(`MYRIGHTS ${name}`);
    return tagged.startsWith("OK") ? untagged[0]?.split(" ").at(-1) : "";
  };

  test("one's own and anyone's rights come together, and negative ones are taken from both", async () => {
    const { own, name } = await shared("lr");
    await ann.ok(`SETACL ${own} anyone lswi`);
    expect(await mine(name)).toBe("lrswi");
    await ann.ok(`SETACL ${own} -ben sw`);
    expect(await mine(name)).toBe("lri");
    await ann.ok(`SETACL ${own} -anyone i`);
    expect(await mine(name)).toBe("lr");
    expect(await ann.ok(`MYRIGHTS ${own}`)).toEqual([`MYRIGHTS ${own} ${ALL}`]);
    await ann.ok(`DELETEACL ${own} anyone`);
  });

  test("what a folder says about a name holds instead of what the mailbox says", async () => {
    const { directory } = house;
    const mailbox = house.user("ann").primaryMailbox;
    await ann.ok("CREATE Plain");
    await directory.mailboxes.share(mailbox, house.user("ben").id, "lrs");
    expect(await mine(`"${ANN}/Plain"`)).toBe("lrs");
    expect(await ann.ok("GETACL Plain")).toEqual([`ACL Plain ann ${ALL} ben lrs`]);
    await ann.ok("SETACL Plain ben +i");
    expect(await mine(`"${ANN}/Plain"`)).toBe("lrsi");
    expect(await mine(`"${ANN}/Sent"`)).toBe("lrs");
    await ann.ok("DELETEACL Plain ben");
    expect(await mine(`"${ANN}/Plain"`)).toBe("");
    expect(await ann.ok("GETACL Plain")).toEqual([`ACL Plain ann ${ALL}`]);
    expect(await ben.ok(`LIST "" "${ANN}/Plain"`)).toEqual([]);
    await directory.mailboxes.share(mailbox, house.user("ben").id, "");
  });

  test("whoever is gone has no entry", async () => {
    const gone = await house.addUser("passing");
    await ann.ok("CREATE Passing");
    await ann.ok("SETACL Passing passing lr");
    await house.directory.users.remove("passing");
    expect(house.directory.users.byId(gone.id)).toBeUndefined();
    expect(await ann.ok("GETACL Passing")).toEqual([`ACL Passing ann ${ALL}`]);
  });

  test("every change is in the audit log", async () => {
    const { own } = await shared("lr");
    const [line] = readAudit(house.store, { limit: 1 });
    expect(line).toMatchObject({ actor: "ann", via: "imap", operation: "mailbox.shareFolder" });
    expect(line?.subject).toEndWith(`folder ${own}`);
    expect(line?.after).toEqual({ "rights of ben": "lr" });
  });
});

describe("an attacker", () => {
  test("learns nothing of folders that he may not look up", async () => {
    await ann.ok("CREATE Secret");
    await ann.ok("CREATE Open");
    await ann.ok("SETACL Open ben l");
    const probes = (name: string): string[] => [
      `SELECT ${name}`,
      `EXAMINE ${name}`,
      `STATUS ${name} (MESSAGES)`,
      `SUBSCRIBE ${name}`,
      `UNSUBSCRIBE ${name}`,
      `DELETE ${name}`,
      `RENAME ${name} Mine`,
      `GETACL ${name}`,
      `SETACL ${name} ben lr`,
      `DELETEACL ${name} ann`,
      `LISTRIGHTS ${name} ann`,
      `MYRIGHTS ${name}`,
      `CREATE ${name}`,
      `LIST "" ${name} RETURN (MYRIGHTS STATUS (MESSAGES))`,
      `LSUB "" ${name}`,
    ];
    await ben.append("INBOX", message("bait"));
    const heard = async (name: string) => {
      const answers = [];
      for (const command of [...probes(name), "SELECT INBOX", `COPY 1 ${name}`, `MOVE 1 ${name}`, "UNSELECT"]) {
        const { untagged, tagged } = await ben.run(command);
        if (command === "SELECT INBOX") continue;
        answers.push([...untagged, tagged].join("\n").replaceAll(name.slice(1, -1), "NAME"));
      }
      answers.push((await ben.append(name, message("x"))).replaceAll(name.slice(1, -1), "NAME"));
      return answers;
    };
    expect(await heard(`"${ANN}/Secret"`)).toEqual(await heard(`"${ANN}/Nosuch"`));
    expect(await heard('"Other Users/cora@home.example/INBOX"')).toEqual(
      await heard('"Other Users/nobody@home.example/INBOX"'),
    );
    await ann.ok("DELETEACL Open ben");
  });

  test("cannot take the owner's rights, by any name", async () => {
    for (const command of [
      "SETACL INBOX ann lr",
      "SETACL INBOX ANN -a",
      "SETACL INBOX -ann a",
      "DELETEACL INBOX ann",
      "DELETEACL INBOX -ann",
      "SETACL INBOX {4+}\r\n-ann a",
    ]) {
      expect(await ann.fails(command)).toStartWith("NO [NOPERM]");
    }
    await ann.ok(`SETACL INBOX ann ${ALL}`);
    const { own, name } = await shared("lra");
    expect(await ben.fails(`SETACL ${name} ann l`)).toStartWith("NO [NOPERM]");
    await ben.ok(`SETACL ${name} -anyone ${ALL}`);
    expect(await ann.ok(`MYRIGHTS ${own}`)).toEqual([`MYRIGHTS ${own} ${ALL}`]);
    expect(await ben.fails(`MYRIGHTS ${name}`)).toStartWith("NO [NONEXISTENT]");
  });

  test("gets a clear answer for identifiers that are none", async () => {
    expect(await ann.fails('SETACL INBOX "" lr')).toStartWith("BAD");
    expect(await ann.fails('SETACL INBOX "-" lr')).toStartWith("BAD");
    expect(await ann.fails("SETACL INBOX {4+}\r\na\u0007bc lr")).toStartWith("BAD");
    expect(await ann.fails(`SETACL INBOX ${"x".repeat(600)} lr`)).toStartWith("BAD");
    for (const name of ["--ben", "nobody", "$team", "ben/../ann", "guest"]) {
      expect(await ann.fails(`SETACL INBOX ${name} lr`)).toStartWith("NO [CANNOT]");
    }
    expect(await ann.ok("GETACL INBOX")).toEqual([`ACL INBOX ann ${ALL}`]);
  });

  test("fills no folder with entries without end", async () => {
    await ann.ok("CREATE Full");
    const folder = { mailbox: house.user("ann").primaryMailbox, folder: house.folderId("ann", "Full") };
    await house.store.commit((tx) => {
      for (let user = 1; user <= 500; user++) {
        house.mailstore.grants.setWithin(tx, folder, { user: 1_000_000 + user, negative: false }, "lr");
      }
    });
    expect(await ann.fails("SETACL Full ben lr")).toStartWith("NO [LIMIT]");
  });

  test("makes no folders among the names of others", async () => {
    for (const name of ['"Other Users"', '"Other Users/x"', `"${ANN}"`, "Shared", "Shared/x/y"]) {
      expect(await ben.fails(`CREATE ${name}`)).toStartWith("NO [NOPERM]");
      expect(await ben.fails(`RENAME Drafts ${name}`)).toStartWith("NO [NOPERM]");
    }
  });
});
