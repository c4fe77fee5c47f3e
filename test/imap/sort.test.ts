import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;

/** What differs of a message; its number is its place. */
const MESSAGES: {
  subject: string;
  date?: string;
  from?: string;
  to?: string;
  cc?: string;
  at: number;
  body?: string;
}[] = [
  { subject: "Re: pears", date: "Sat, 4 Jan 2020 12:00:00 +0000", from: "zoe@b.example", at: 2, cc: "x@h.example" },
  { subject: "Apples", date: "Wed, 1 Jan 2020 12:00:00 +0200", from: '"Ann Z" <ann@c.example>', at: 1 },
  {
    subject: "[list] pears (fwd)",
    date: "nonsense",
    from: "Mallory <ben@a.example>",
    at: 3,
    body: `${"longer ".repeat(50)}\r\n`,
  },
  { subject: "\u00e5ngstr\u00f6m", date: "Wed, 1 Jan 2020 11:00:00 +0000", from: "ann@a.example", at: 4 },
  {
    subject: "",
    date: "Thu, 2 Jan 2020 23:30:00 -0500",
    from: "friends: bob@x.example;",
    at: 5,
    to: "Aaron <z@h.example>",
  },
  { subject: "ZEBRA", date: "Thu, 2 Jan 2020 23:30:00 -0500", from: "=?utf-8?q?=C3=89mile?= <ann@d.example>", at: 5 },
];

beforeAll(async () => {
  house = await House.build();
  client = await house.enter();
  for (const { subject, date, from, to, cc, at, body } of MESSAGES) {
    const fields = {
      ...(date && { Date: date }),
      ...(from && { From: from }),
      ...(to && { To: to }),
      ...(cc && { Cc: cc }),
    };
    const text = message(subject, body, { ...fields, "Message-ID": `<${at}.${subject.length}@x>` });
    expect(await client.append("INBOX", text, `" ${at}-Jan-2020 10:00:00 +0000" `)).toMatch(/^OK/);
  }
  await client.ok("SELECT INBOX");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

async function answer(command: string): Promise<string> {
  const lines = await client.ok(command);
  return lines.map((line) => line.replace(/"t\d+"/, '"T"')).join("|");
}

describe("SORT (RFC 5256)", () => {
  const table: [criteria: string, order: string][] = [
    ["SUBJECT", "5 2 4 1 3 6"],
    ["REVERSE SUBJECT", "6 1 3 4 2 5"],
    ["ARRIVAL", "2 1 3 4 5 6"],
    ["REVERSE ARRIVAL", "5 6 4 3 1 2"],
    ["DATE", "2 4 5 6 3 1"],
    ["FROM", "2 4 6 3 5 1"],
    ["REVERSE FROM ARRIVAL", "1 5 3 2 4 6"],
    ["FROM REVERSE DATE", "6 4 2 3 5 1"],
    ["TO SUBJECT", "2 4 1 3 6 5"],
    ["CC SUBJECT", "5 2 4 3 6 1"],
    ["DISPLAYFROM", "2 4 6 5 3 1"],
    ["DISPLAYTO SUBJECT", "5 2 4 1 3 6"],
  ];
  for (const [criteria, order] of table) {
    test(`(${criteria}) gives ${order}`, async () => {
      expect(await answer(`SORT (${criteria}) UTF-8 ALL`)).toBe(`SORT ${order}`);
      expect(await answer(`UID SORT (${criteria}) US-ASCII ALL`)).toBe(`SORT ${order}`);
    });
  }

  test("by size goes by octets, and sorts only what is found", async () => {
    const [first] = (await answer("SORT (REVERSE SIZE) UTF-8 2:3")).split(" ").slice(1);
    expect(first).toBe("3");
    expect(await answer("SORT (SUBJECT) UTF-8 1,6 NOT DELETED")).toBe("SORT 1 6");
    expect(await answer("SORT (SUBJECT) UTF-8 TEXT nowhere")).toBe("SORT");
  });

  test("answers with what RETURN asks for, in the order of the result (RFC 5267 \u00a73)", async () => {
    expect(await answer("SORT RETURN (MIN MAX COUNT ALL) (REVERSE ARRIVAL) UTF-8 ALL")).toBe(
      'ESEARCH (TAG "T") MIN 5 MAX 2 ALL 5:6,4,3,1:2 COUNT 6',
    );
    expect(await answer("UID SORT RETURN (PARTIAL 2:4) (DATE) UTF-8 ALL")).toBe(
      'ESEARCH (TAG "T") UID PARTIAL (2:4 4:6)',
    );
    expect(await answer("UID SORT RETURN (PARTIAL 7:9 COUNT) (DATE) UTF-8 ALL")).toBe(
      'ESEARCH (TAG "T") UID COUNT 6 PARTIAL (7:9 NIL)',
    );
    expect(await answer("UID SORT RETURN (SAVE) (DATE) UTF-8 FROM ann")).toBe("");
    expect(await answer("SEARCH $")).toBe("SEARCH 2 4 6");
  });

  test("is refused where it makes no sense", async () => {
    for (const wrong of [
      "SORT () UTF-8 ALL",
      "SORT (REVERSE) UTF-8 ALL",
      "SORT (REVERSE REVERSE DATE) UTF-8 ALL",
      "SORT (NAME) UTF-8 ALL",
      "SORT (DATE) ALL",
      "SORT RETURN (ALL PARTIAL 1:2) (DATE) UTF-8 ALL",
      "SORT (RELEVANCY) UTF-8 ALL",
      `SORT (${"DATE ".repeat(60)}DATE) UTF-8 ALL`,
      "THREAD JWZ UTF-8 ALL",
    ])
      expect(await client.fails(wrong)).toMatch(/^BAD/);
    expect(await client.fails("SORT (DATE) X-NONE ALL")).toMatch(/^NO \[BADCHARSET/);
    expect(await client.fails("THREAD REFERENCES X-NONE ALL")).toMatch(/^NO \[BADCHARSET/);
  });

  test("what came from an earlier version is sorted the same, before its keys are there and after", async () => {
    const { store } = house;
    store.client.run("DELETE FROM sort_keys WHERE content % 2 = 0");
    store.client.run("DELETE FROM header_texts WHERE content % 2 = 1");
    for (const key of ["SUBJECT", "FROM", "DATE"]) {
      house.mailstore.orders.forget();
      expect(await answer(`SORT (${key}) UTF-8 ALL`)).toBe(`SORT ${table.find(([each]) => each === key)?.[1]}`);
    }
    expect(await answer("SEARCH FROM \u00e9mile".replace("\u00e9mile", '"=?"'))).toBe("SEARCH");
    expect(await answer("SEARCH FROM ann@")).toBe("SEARCH 2 4 6");
    expect(await answer("SEARCH SENTON 2-Jan-2020")).toBe("SEARCH 5 6");
  });
});

describe("messages that come and go", () => {
  test("are sorted with the others", async () => {
    const other = await house.select("INBOX");
    await client.append("INBOX", message("Bananas", "x\r\n", { Date: "Fri, 3 Jan 2020 12:00:00 +0000" }));
    await client.ok("NOOP");
    expect(await answer("SORT (SUBJECT) UTF-8 ALL")).toBe("SORT 5 2 4 7 1 3 6");
    await other.ok("NOOP");
    await other.ok("UID STORE 7 +FLAGS (\\Deleted)");
    await other.ok("EXPUNGE");
    expect(await answer("UID SORT (SUBJECT) UTF-8 ALL")).toStartWith("SORT 5 2 4 1 3 6");
  });
});
