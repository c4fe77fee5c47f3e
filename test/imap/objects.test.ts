/** Identifiers that stay (RFC 8474), dates of saving (RFC 8514) and folders made for a use (RFC 6154 §3). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let ann: Client;

beforeAll(async () => {
  house = await House.build();
  ann = await house.enter("ann");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const idOf = (text: string | undefined) => /MAILBOXID \(([A-Za-z0-9_-]{1,255})\)/.exec(text ?? "")?.[1];
const statusId = async (name: string) => idOf((await ann.ok(`STATUS ${name} (MAILBOXID)`))[0]);

/** Values of an item of all messages in a folder. */
async function fetched(folder: string, item: string): Promise<(string | undefined)[]> {
  await ann.ok(`EXAMINE ${folder}`);
  const told = await ann.ok(`FETCH 1:* (${item})`);
  await ann.ok("UNSELECT");
  return told.map((line) => new RegExp(`${item} (\\([^)]*\\)|"[^"]*"|NIL)`).exec(line)?.[1]);
}

describe("MAILBOXID", () => {
  test("is told by CREATE, SELECT and STATUS alike, and stays through RENAME", async () => {
    const made = await ann.run("CREATE foo");
    const id = idOf(made.tagged);
    expect(made.tagged).toBe(`OK [MAILBOXID (${id})] CREATE completed`);
    expect(await statusId("foo")).toBe(id);
    expect(idOf((await ann.ok("SELECT foo")).join("\n"))).toBe(id);
    await ann.ok("UNSELECT");
    await ann.ok("RENAME foo renamed");
    expect(await statusId("renamed")).toBe(id);
    expect(await ann.ok('LIST "" "renamed" RETURN (STATUS (MAILBOXID))')).toContain(
      `STATUS renamed (MAILBOXID (${id}))`,
    );
  });

  test("is given to no other folder, not to one of the same name either", async () => {
    const before = await statusId("renamed");
    await ann.ok("DELETE renamed");
    await ann.ok("CREATE renamed");
    expect(await statusId("renamed")).not.toBe(before);
    expect(await statusId("INBOX")).not.toBe(await statusId("Sent"));
  });
});

describe("EMAILID and THREADID", () => {
  test("are the same for a copy, and tell different messages apart", async () => {
    await ann.ok("CREATE Mail");
    const reply = message("Re: b", "Yes\r\n", { "In-Reply-To": "<a@home.example>" });
    await house.deliver([message("a"), message("b"), message("a"), reply], "Mail");
    await ann.ok("CREATE Copies");
    await ann.ok("SELECT Mail");
    await ann.ok("COPY 1:* Copies");
    await ann.ok("UNSELECT");
    const emails = await fetched("Mail", "EMAILID");
    for (const each of emails) expect(each).toMatch(/^\([A-Za-z0-9_-]{1,255}\)$/);
    expect(emails[0]).toBe(emails[2] as string);
    expect(new Set(emails).size).toBe(3);
    expect(await fetched("Copies", "EMAILID")).toEqual(emails);
    const threads = await fetched("Mail", "THREADID");
    for (const each of threads) expect(each).toMatch(/^\([A-Za-z0-9_-]{1,255}\)$/);
    expect(threads[3]).toBe(threads[0] as string);
    expect(threads[1]).not.toBe(threads[0] as string);
    expect(await fetched("Copies", "THREADID")).toEqual(threads);
  });

  test("are searched for", async () => {
    const [first, second] = await fetched("Mail", "EMAILID");
    const [thread] = await fetched("Mail", "THREADID");
    await ann.ok("EXAMINE Mail");
    expect(await ann.ok(`SEARCH EMAILID ${first?.slice(1, -1)}`)).toEqual(["SEARCH 1 3"]);
    expect(await ann.ok(`SEARCH EMAILID ${second?.slice(1, -1)}`)).toEqual(["SEARCH 2"]);
    expect(await ann.ok(`SEARCH THREADID ${thread?.slice(1, -1)}`)).toEqual(["SEARCH 1 3 4"]);
    expect(await ann.ok("SEARCH EMAILID Mnothing")).toEqual(["SEARCH"]);
    expect(await ann.fails("SEARCH EMAILID (")).toStartWith("BAD");
    await ann.ok("UNSELECT");
  });
});

describe("SAVEDATE", () => {
  test("is when a message came into its folder, whatever its date", async () => {
    const from = Math.floor(Date.now() / 1000) * 1000;
    await ann.append("Drafts", message("old"), '"05-Jan-2001 10:00:00 +0000" ');
    const [saved] = await fetched("Drafts", "SAVEDATE");
    const at = Date.parse((saved ?? "").replaceAll('"', ""));
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(Date.now());
    await ann.ok("EXAMINE Drafts");
    expect(await ann.ok("SEARCH SAVEDSINCE 1-Jan-2026 BEFORE 1-Jan-2026")).toEqual(["SEARCH 1"]);
    expect(await ann.ok("SEARCH SAVEDBEFORE 1-Jan-2026")).toEqual(["SEARCH"]);
    expect(await ann.ok("SEARCH SAVEDATESUPPORTED")).toEqual(["SEARCH 1"]);
    await ann.ok("UNSELECT");
  });

  test("is found for messages far apart as for neighbours", async () => {
    await ann.ok("CREATE Sparse");
    await house.deliver(
      Array.from({ length: 60 }, (_, n) => message(`m${n}`)),
      "Sparse",
    );
    await ann.ok("SELECT Sparse");
    await ann.ok("STORE 2:59 +FLAGS.SILENT (\\Deleted)");
    await ann.ok("EXPUNGE");
    expect(await ann.ok("UID FETCH 1:* (SAVEDATE)")).toEqual([
      expect.stringMatching(/^1 FETCH \(UID 1 SAVEDATE "/),
      expect.stringMatching(/^2 FETCH \(UID 60 SAVEDATE "/),
    ]);
    await ann.ok("UNSELECT");
  });
});

describe("CREATE with a use", () => {
  test("makes the folder for it, where there is none yet", async () => {
    expect(await ann.fails("CREATE Gesendet (USE (\\Sent))")).toStartWith("NO [USEATTR]");
    await ann.ok("DELETE Sent");
    await ann.ok("CREATE Gesendet (USE (\\sent))");
    expect(await ann.ok('LIST (SPECIAL-USE) "" "Gesendet"')).toEqual(['LIST (\\HasNoChildren \\Sent) "/" Gesendet']);
    expect(await ann.fails("CREATE Gesendet (USE (\\Junk))")).toStartWith("NO [ALREADYEXISTS]");
  });

  test("is refused for uses that are none here, several at once, and in mailboxes of others", async () => {
    expect(await ann.fails("CREATE Everything (USE (\\All))")).toStartWith("NO [USEATTR]");
    expect(await ann.fails("CREATE Both (USE (\\Drafts \\Sent))")).toStartWith("NO [USEATTR]");
    const { id } = await house.directory.mailboxes.create({
      ownerId: house.user("ann").id,
      addresses: ["office@home.example"],
    });
    house.mailstore.folders(id);
    expect(await ann.fails('CREATE "Other Users/office@home.example/Out" (USE (\\Sent))')).toStartWith("NO [USEATTR]");
    expect(await ann.ok('LIST "" (Everything Both "*Out")')).toEqual([]);
    await ann.ok("CREATE Plain (USE ())");
  });

  test("that is no use is an error", async () => {
    for (const bad of [
      "(USE)",
      "(USE \\Sent)",
      "(USE (Sent))",
      "()",
      "(WHAT (\\Sent))",
      "(USE (\\Sent)",
      "(USE (\\))",
    ]) {
      expect(await ann.fails(`CREATE Bad ${bad}`)).toStartWith("BAD");
    }
    expect(await ann.fails(`CREATE Bad (USE (${Array(40).fill("\\Sent").join(" ")}))`)).toStartWith("BAD");
    expect(await ann.ok('LIST "" Bad')).toEqual([]);
  });
});
