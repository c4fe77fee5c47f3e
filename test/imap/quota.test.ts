/** How much a mailbox holds and may: the QUOTA extension (RFC 9208). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

const ANN = "Other Users/ann@home.example";

let house: House;
let ann: Client;
let ben: Client;

beforeAll(async () => {
  house = await House.build();
  ann = await house.enter("ann");
  ben = await house.enter("ben");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** Limits of ann's mailbox; null is none. */
async function limit(messages: number | null, octets: number | null): Promise<void> {
  await house.directory.mailboxes.update(house.user("ann").primaryMailbox, { quota: { messages, octets } });
}

describe("GETQUOTAROOT and GETQUOTA", () => {
  test("are offered with their resources", async () => {
    const [words] = await ann.ok("CAPABILITY");
    expect(words?.split(" ")).toEqual(expect.arrayContaining(["QUOTA", "QUOTA=RES-STORAGE", "QUOTA=RES-MESSAGE"]));
    expect(words).not.toContain("QUOTASET");
  });

  test("tell no root of a mailbox without limits", async () => {
    expect(await ann.ok("GETQUOTAROOT INBOX")).toEqual(["QUOTAROOT INBOX"]);
    expect(await ann.fails("GETQUOTA Mailbox")).toStartWith("NO [NONEXISTENT]");
  });

  test("tell usage and limits, in units of 1024 octets", async () => {
    await limit(1000, 512 * 1024);
    await house.deliver([message("first", `${"x".repeat(3000)}\r\n`)]);
    expect(await ann.ok("GETQUOTAROOT inbox")).toEqual([
      "QUOTAROOT INBOX Mailbox",
      "QUOTA Mailbox (STORAGE 4 512 MESSAGE 1 1000)",
    ]);
    expect(await ann.ok('GETQUOTA "Mailbox"')).toEqual(["QUOTA Mailbox (STORAGE 4 512 MESSAGE 1 1000)"]);
    expect(await ann.ok("GETQUOTAROOT Sent")).toHaveLength(2);
    await limit(1000, null);
    expect(await ann.ok("GETQUOTA Mailbox")).toEqual(["QUOTA Mailbox (MESSAGE 1 1000)"]);
  });

  test("tell the root of a folder that could be made (RFC 9208 §4.1.2)", async () => {
    expect(await ann.ok("GETQUOTAROOT Plans/2027")).toEqual([
      "QUOTAROOT Plans/2027 Mailbox",
      "QUOTA Mailbox (MESSAGE 1 1000)",
    ]);
  });

  test("refuse folders and roots that there are not", async () => {
    expect(await ann.fails('GETQUOTAROOT "Other Users/ben@home.example/INBOX"')).toStartWith("NO [NO");
    expect(await ann.fails('GETQUOTAROOT "Nowhere//else"')).toStartWith("NO [CANNOT]");
    expect(await ann.fails('GETQUOTA ""')).toStartWith("NO [NONEXISTENT]");
    expect(await ann.fails("GETQUOTA")).toStartWith("BAD");
    expect(await ann.fails("GETQUOTA Mailbox more")).toStartWith("BAD");
  });
});

describe("the quota of another's mailbox", () => {
  test("is told under its own root to whoever may read there, and to nobody else", async () => {
    await limit(1000, null);
    expect(await ben.fails(`GETQUOTA "${ANN}"`)).toStartWith("NO [NONEXISTENT]");
    await ann.ok("CREATE Team");
    await ann.ok("SETACL Team ben l");
    expect(await ben.fails(`GETQUOTA "${ANN}"`)).toStartWith("NO [NONEXISTENT]");
    expect(await ben.fails(`GETQUOTAROOT "${ANN}/Team"`)).toStartWith("NO [NOPERM]");
    await ann.ok("SETACL Team ben lr");
    expect(await ben.ok(`GETQUOTAROOT "${ANN}/Team"`)).toEqual([
      `QUOTAROOT "${ANN}/Team" "${ANN}"`,
      `QUOTA "${ANN}" (MESSAGE 1 1000)`,
    ]);
    expect(await ben.ok(`GETQUOTA "${ANN}"`)).toEqual([`QUOTA "${ANN}" (MESSAGE 1 1000)`]);
    expect(await ben.fails(`GETQUOTAROOT "${ANN}/INBOX"`)).toStartWith("NO [NONEXISTENT]");
    await ann.ok("DELETE Team");
  });
});

describe("SETQUOTA", () => {
  test("is refused to everybody, the owner included", async () => {
    expect(await ann.fails("SETQUOTA Mailbox (STORAGE 999999999)")).toStartWith("NO [NOPERM]");
    expect(await ann.fails('SETQUOTA "" ()')).toStartWith("NO [NOPERM]");
    expect(await ann.fails("SETQUOTA Mailbox (STORAGE x)")).toStartWith("BAD");
    expect(await ann.ok("GETQUOTA Mailbox")).toEqual(["QUOTA Mailbox (MESSAGE 1 1000)"]);
  });
});

describe("OVERQUOTA", () => {
  test("is the answer to whatever does not fit, before a message is sent", async () => {
    await limit(1, null);
    expect(await ann.append("INBOX", message("second"))).toStartWith("NO [OVERQUOTA]");
    await ann.ok("SELECT INBOX");
    expect(await ann.fails("COPY 1 Sent")).toStartWith("NO [OVERQUOTA]");
    await ann.ok("MOVE 1 Sent");
    await ann.ok("SELECT Sent");
    await ann.ok("MOVE 1 INBOX");
    await ann.ok("UNSELECT");
  });
});

describe("STATUS DELETED-STORAGE", () => {
  test("counts what EXPUNGE would free, in octets", async () => {
    await limit(null, null);
    await ann.ok("CREATE Bin");
    const texts = [message("a"), message("b", "longer than the other\r\n"), message("c")];
    await house.deliver(texts, "Bin");
    const told = async () => (await ann.ok("STATUS Bin (DELETED DELETED-STORAGE)"))[0];
    expect(await told()).toBe("STATUS Bin (DELETED 0 DELETED-STORAGE 0)");
    await ann.ok("SELECT Bin");
    await ann.ok("STORE 2:3 +FLAGS.SILENT (\\Deleted)");
    const octets = Buffer.byteLength(texts[1] ?? "") + Buffer.byteLength(texts[2] ?? "");
    expect(await told()).toBe(`STATUS Bin (DELETED 2 DELETED-STORAGE ${octets})`);
    await ann.ok("STORE 2 -FLAGS.SILENT (\\Deleted)");
    await ann.ok("EXPUNGE");
    expect(await told()).toBe("STATUS Bin (DELETED 0 DELETED-STORAGE 0)");
  });

  test("is found by an index and not by reading the folder", () => {
    const explained = house.store.client.prepare<{ detail: string }, number[]>(
      "EXPLAIN QUERY PLAN SELECT total(size) FROM messages WHERE id > ? AND id < ? AND flags & 8",
    );
    const plan = explained.all(1, 2);
    explained.finalize();
    expect(plan[0]?.detail).toContain("messages_deleted");
  });
});
