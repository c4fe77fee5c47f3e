import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;

beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
  const add = async (text: string, between: string) =>
    expect(await client.append("INBOX", text, between)).toMatch(/^OK/);
  await add(message("Apples", "red fruit\r\n"), '(\\Seen) " 1-Feb-2020 12:00:00 +0000" ');
  await add(
    message("=?utf-8?q?gr=C3=BCne_Birnen?=", "green fruit\r\n", { Cc: "Carla <carla@other.example>" }),
    '(\\Flagged $Forwarded) " 2-Feb-2020 12:00:00 +0000" ',
  );
  await add(
    message("Cherries", "Zm9yZXN0IGZydWl0\r\n", {
      "Content-Transfer-Encoding": "base64",
      Date: "Tue, 1 Mar 2005 23:30:00 -0500",
    }),
    '(\\Answered \\Draft) " 3-Feb-2020 12:00:00 +0000" ',
  );
  await add(message("Dates", `${"sweet ".repeat(500)}\r\n`, { Bcc: "dan@home.example" }), "(\\Deleted) ");
  await client.ok("SELECT INBOX");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

async function found(program: string): Promise<string> {
  const [response = ""] = await client.ok(`SEARCH ${program}`);
  return response.replace(/^SEARCH ?/, "");
}

const table: [string, string][] = [
  ["ALL", "1 2 3 4"],
  ["SEEN", "1"],
  ["UNSEEN", "2 3 4"],
  ["FLAGGED", "2"],
  ["UNFLAGGED", "1 3 4"],
  ["ANSWERED DRAFT", "3"],
  ["UNANSWERED UNDRAFT UNDELETED", "1 2"],
  ["DELETED", "4"],
  ["KEYWORD $forwarded", "2"],
  ["UNKEYWORD $Forwarded", "1 3 4"],
  ["KEYWORD unheard", ""],
  ["RECENT", "1 2 3 4"],
  ["NEW", "2 3 4"],
  ["OLD", ""],
  ["2:3", "2 3"],
  ["*", "4"],
  ["UID 1,4:*", "1 4"],
  ["900", ""],
  ["NOT 2:3", "1 4"],
  ["OR SEEN FLAGGED", "1 2"],
  ["OR (SEEN FLAGGED) NOT (UNDELETED)", "4"],
  ["BEFORE 2-Feb-2020", "1"],
  ["ON 2-Feb-2020", "2"],
  ["SINCE 2-Feb-2020", "2 3 4"],
  ["SENTON 7-Feb-1994", "1 2 4"],
  ["SENTON 1-Mar-2005", "3"],
  ["SENTON 2-Mar-2005", ""],
  ["SENTBEFORE 1-Mar-2005", "1 2 4"],
  ["SENTSINCE 1-Mar-2005", "3"],
  ["LARGER 1000", "4"],
  ["SMALLER 1000", "1 2 3"],
  ["FROM example", "1 2 3 4"],
  ['FROM "ANN Example"', "1 2 3 4"],
  ["TO ben@", "1 2 3 4"],
  ["CC carla", "2"],
  ["BCC dan", "4"],
  ["SUBJECT apple", "1"],
  ["SUBJECT a", "1 4"],
  ['SUBJECT "\u00fcne b"', "2"],
  ["SUBJECT NIL", ""],
  ['HEADER Cc ""', "2"],
  ["HEADER Message-ID Cherries", "3"],
  ["BODY fruit", "1 2 3"],
  ["BODY Apples", ""],
  ["TEXT apples", "1"],
  ["TEXT GR\u00dcNE", "2"].map((text) => text.replace("GR\u00dcNE", '"GR\u00dcNE"')) as [string, string],
  ["BODY forest", "3"],
  ['BODY "sweet sweet"', "4"],
  ['TEXT ""', "1 2 3 4"],
  ["CHARSET US-ASCII SUBJECT Dates", "4"],
];

describe("SEARCH", () => {
  for (const [program, numbers] of table) {
    test(`${program} finds ${numbers === "" ? "nothing" : numbers}`, async () => {
      expect(await found(program)).toBe(numbers);
    });
  }

  test("finds the same once the texts are indexed", async () => {
    await house.mailstore.index.catchUp();
    for (const [program, numbers] of table)
      expect(`${program}: ${await found(program)}`).toBe(`${program}: ${numbers}`);
  });

  test("reads other charsets, and names those it reads when asked for one it does not know", async () => {
    client.dialogue.sendRaw("a SEARCH CHARSET ISO-8859-1 SUBJECT {4+}\r\n");
    client.dialogue.sendRaw(Buffer.from("gr\u00fcn\r\n", "latin1"));
    expect((await client.answer("a")).untagged).toEqual(["SEARCH 2"]);
    expect(await client.fails("SEARCH CHARSET X-NONE ALL")).toMatch(/^NO \[BADCHARSET \(US-ASCII UTF-8\)\]/);
  });

  test("answers with what RETURN asks for", async () => {
    const result = async (command: string) => (await client.ok(command)).map((line) => line.replace(/"t\d+"/, '"T"'));
    expect(await result("SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN")).toEqual([
      'ESEARCH (TAG "T") MIN 2 MAX 4 ALL 2:4 COUNT 3',
    ]);
    expect(await result("UID SEARCH RETURN () UNSEEN")).toEqual(['ESEARCH (TAG "T") UID ALL 2:4']);
    expect(await result("SEARCH RETURN (MIN COUNT) KEYWORD none")).toEqual(['ESEARCH (TAG "T") COUNT 0']);
    expect(await result("UID SEARCH ALL")).toEqual(["SEARCH 1 2 3 4"]);
  });

  test("a saved result can be used as $ until the next one", async () => {
    expect(await client.ok("SEARCH RETURN (SAVE) UNSEEN UNDELETED")).toEqual([]);
    expect(await client.ok("UID FETCH $ UID")).toEqual(["2 FETCH (UID 2)", "3 FETCH (UID 3)"]);
    expect(await found("$ FLAGGED")).toBe("2");
    await client.ok("SEARCH RETURN (SAVE MIN) UNSEEN");
    expect(await client.ok("FETCH $ UID")).toEqual(["2 FETCH (UID 2)"]);
    await client.fails("SEARCH RETURN (SAVE) CHARSET X-NONE ALL");
    expect(await client.ok("FETCH $ UID")).toEqual([]);
    await client.ok("SEARCH RETURN (SAVE) KEYWORD none");
    expect(await client.ok("FETCH $ UID")).toEqual([]);
  });

  test("answers with ESEARCH alone once IMAP4rev2 is enabled", async () => {
    const modern = await house.enter();
    await modern.ok("ENABLE IMAP4rev2");
    await modern.ok("SELECT INBOX");
    const [response] = await modern.ok("SEARCH UNSEEN");
    expect(response).toMatch(/^ESEARCH \(TAG "t\d+"\) ALL 2:4$/);
    modern.dialogue.destroy();
  });
});
