import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { House, message } from "./house.ts";

let house: House;
let client: Client;

const inner = message("inside", "inner body\r\n");
const parts = [
  "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BCn=\r\n!",
  'Content-Type: application/octet-stream; name="a.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQ=',
  `Content-Type: message/rfc822\r\n\r\n${inner}`,
  "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n\r\nodd",
];
const mixed = message("mixed", `--b\r\n${parts.join("\r\n--b\r\n")}\r\n--b--\r\n`, {
  "MIME-Version": "1.0",
  "Content-Type": "multipart/mixed; boundary=b",
});
const plain = message("plain", "line one\r\nline two\r\n", { "X-Long": "one\r\n two" });

beforeAll(async () => {
  house = await House.build();
  await house.deliver([plain, mixed]);
  client = await house.enter();
  await client.ok("EXAMINE INBOX");
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

/** What a FETCH of one item of message 2 (or another) gives behind the item's name. */
async function value(item: string, number = 2, label = item): Promise<string> {
  const [response = ""] = await client.ok(`FETCH ${number} (${item})`);
  const start = `${number} FETCH (${label} `;
  expect(response.slice(0, start.length)).toBe(start);
  expect(response.endsWith(")")).toBe(true);
  return response.slice(start.length, -1);
}

const literal = (text: string) => `{${Buffer.byteLength(text)}}\r\n${text}`;
const header = (text: string) => text.slice(0, text.indexOf("\r\n\r\n") + 4);
const body = (text: string) => text.slice(text.indexOf("\r\n\r\n") + 4);

describe("FETCH of content", () => {
  const sections: [string, () => string][] = [
    ["BODY[]", () => mixed],
    ["BODY[HEADER]", () => header(mixed)],
    ["BODY[TEXT]", () => body(mixed)],
    ["BODY[1]", () => "gr=C3=BCn=\r\n!"],
    ["BODY[1.MIME]", () => header(parts[0] as string)],
    ["BODY[2]", () => "AAECAwQ="],
    ["BODY[3]", () => inner],
    ["BODY[3.HEADER]", () => header(inner)],
    ["BODY[3.TEXT]", () => body(inner)],
    ["BODY[3.1]", () => body(inner)],
    ["BODY[3.HEADER.FIELDS (SUBJECT)]", () => "Subject: inside\r\n\r\n"],
    ["RFC822", () => mixed],
    ["RFC822.HEADER", () => header(mixed)],
    ["RFC822.TEXT", () => body(mixed)],
  ];
  for (const [item, wanted] of sections) {
    test(`${item} gives the octets of that section`, async () => {
      expect(await value(item)).toBe(literal(wanted()));
    });
  }

  for (const item of ["BODY[9]", "BODY[1.1]", "BODY[1.HEADER]", "BODY[3.9]", "BINARY[9]"]) {
    test(`${item} is NIL, because there is no such part`, async () => {
      expect(await value(item)).toBe("NIL");
    });
  }

  test("a message without parts has its body as part 1", async () => {
    expect(await value("BODY[1]", 1)).toBe(literal(body(plain)));
    expect(await value("BODY[1.MIME]", 1)).toBe(literal(header(plain)));
  });

  test("header fields are picked by name in any case, folded lines whole, with the blank line", async () => {
    expect(
      await value("BODY[HEADER.FIELDS (x-long SUBJECT nothing)]", 1, "BODY[HEADER.FIELDS (X-LONG SUBJECT NOTHING)]"),
    ).toBe(literal("Subject: plain\r\nX-Long: one\r\n two\r\n\r\n"));
    expect(await value("BODY[HEADER.FIELDS.NOT (FROM TO DATE MESSAGE-ID X-LONG)]", 1)).toBe(
      literal("Subject: plain\r\n\r\n"),
    );
    expect(await value("BODY[HEADER.FIELDS (NOTHING)]", 1)).toBe(literal("\r\n"));
  });

  test("partials give a range, and nothing behind the end", async () => {
    expect(await value("BODY[TEXT]<0.4>", 1, "BODY[TEXT]<0>")).toBe(literal("line"));
    expect(await value("BODY[TEXT]<5.1000>", 1, "BODY[TEXT]<5>")).toBe(literal("one\r\nline two\r\n"));
    expect(await value("BODY[TEXT]<5000.10>", 1, "BODY[TEXT]<5000>")).toBe(literal(""));
    expect(await value("BODY[HEADER.FIELDS (SUBJECT)]<9.5>", 1, "BODY[HEADER.FIELDS (SUBJECT)]<9>")).toBe(
      literal("plain"),
    );
    expect(await value("BINARY[1]<1.3>", 2, "BINARY[1]<1>")).toBe("{3}\r\nr\xc3\xbc");
  });

  test("BINARY undoes transfer encodings", async () => {
    expect(await value("BINARY[1]")).toBe("{6}\r\ngr\xc3\xbcn!");
    expect(await value("BINARY.SIZE[1]")).toBe("6");
    expect(await value("BINARY[2]")).toBe("~{5}\r\n\x00\x01\x02\x03\x04");
    // A part of it without NUL is an ordinary literal (RFC 3516 §4.3).
    expect(await value("BINARY[2]<1.2>", 2, "BINARY[2]<1>")).toBe("{2}\r\n\x01\x02");
    expect(await value("BINARY.SIZE[2]")).toBe("5");
    expect(await client.fails("FETCH 2 BINARY.PEEK[4]")).toMatch(/^NO \[UNKNOWN-CTE\]/);
    expect(await client.fails("FETCH 2 BINARY.SIZE[4]")).toMatch(/^NO \[UNKNOWN-CTE\]/);
  });

  test("long content comes whole, in parts and decoded", async () => {
    const octets = Buffer.alloc(1_500_000, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ\n");
    const encoded = octets.toString("base64").replace(/.{76}/g, "$&\r\n");
    const long = message("long", encoded, {
      "Content-Type": "application/octet-stream",
      "Content-Transfer-Encoding": "base64",
    });
    await client.ok("CREATE Long");
    expect(await client.append("Long", long)).toMatch(/^OK/);
    await client.ok("EXAMINE Long");
    expect(await value("BODY[]", 1)).toBe(literal(long));
    expect(await value("BINARY.SIZE[1]", 1)).toBe(String(octets.length));
    expect((await value("BINARY[1]", 1)).replace(/^~?\{\d+\}\r\n/, "")).toBe(octets.toString("latin1"));
    const part = await value("BODY[]<1000000.600000>", 1, "BODY[]<1000000>");
    expect(part).toBe(literal(long.slice(1_000_000, 1_600_000)));
    const piece = await value("BINARY[1]<700000.10>", 1, "BINARY[1]<700000>");
    expect(piece).toEndWith(octets.subarray(700_000, 700_010).toString("latin1"));
    await client.ok("EXAMINE INBOX");
  });
});

describe("FETCH of what is known about messages", () => {
  test("ENVELOPE and structures", async () => {
    expect(await value("ENVELOPE", 1)).toBe(
      '("Mon, 7 Feb 1994 21:52:25 -0800" "plain" (("Ann Example" NIL "ann" "home.example")) ' +
        '(("Ann Example" NIL "ann" "home.example")) (("Ann Example" NIL "ann" "home.example")) ' +
        '((NIL NIL "ben" "home.example")) NIL NIL NIL "<plain@home.example>")',
    );
    expect(await value("BODY", 1)).toBe('("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 20 2)');
    const structure = await value("BODYSTRUCTURE");
    expect(structure).toStartWith(
      '(("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 13 1 NIL NIL NIL NIL)',
    );
    expect(structure).toEndWith('"mixed" ("boundary" "b") NIL NIL NIL)');
    expect(await value("BODY")).not.toContain("boundary");
  });

  test("macros and several items at once", async () => {
    const [all] = await client.ok("FETCH 1 ALL");
    expect(all).toMatch(/^1 FETCH \(FLAGS \(.*\) INTERNALDATE ".*" RFC822.SIZE \d+ ENVELOPE \(.*\)\)$/s);
    const [full] = await client.ok("FETCH 1 FULL");
    expect(full).toMatch(/ENVELOPE \(.*\) BODY \("text".*\)\)$/s);
    const [sizes] = await client.ok("FETCH 1 (UID RFC822.SIZE)");
    expect(sizes).toBe(`1 FETCH (UID 1 RFC822.SIZE ${plain.length})`);
  });

  test("UID FETCH always tells the UID, once", async () => {
    expect(await client.ok("UID FETCH 2 RFC822.SIZE")).toEqual([`2 FETCH (UID 2 RFC822.SIZE ${mixed.length})`]);
    expect(await client.ok("UID FETCH 1 (RFC822.SIZE UID)")).toEqual([`1 FETCH (RFC822.SIZE ${plain.length} UID 1)`]);
    expect(await client.ok("UID FETCH 77:99 FLAGS")).toHaveLength(0);
    expect(await client.ok("UID FETCH 2:* UID")).toEqual(["2 FETCH (UID 2)"]);
    expect(await client.ok("UID FETCH 5000:* UID")).toEqual(["2 FETCH (UID 2)"]);
  });

  test("numbers beyond the last message are an error, except that an empty folder may be asked for everything", async () => {
    expect(await client.fails("FETCH 3 FLAGS")).toBe("BAD There are only 2 messages");
    expect(await client.ok("FETCH *:1 UID")).toHaveLength(2);
    const other = await house.select("Trash");
    expect(await other.ok("FETCH 1:* FLAGS")).toEqual([]);
    expect(await other.ok("UID FETCH 1:* FLAGS")).toEqual([]);
    expect(await other.fails("FETCH 1 FLAGS")).toMatch(/^BAD/);
    other.dialogue.destroy();
  });
});

describe("\\Seen", () => {
  test("is set by reading a body and told with it, but not by peeking or under EXAMINE", async () => {
    await client.ok("CREATE Reading");
    for (const subject of ["a", "b", "c"]) await client.append("Reading", message(subject));
    await client.ok("EXAMINE Reading");
    await client.ok("FETCH 1 BODY[]");
    expect(await client.ok("FETCH 1 FLAGS")).toEqual(["1 FETCH (FLAGS (\\Recent))"]);
    await client.ok("SELECT Reading");
    await client.ok("FETCH 1 (BODY.PEEK[] BODY.PEEK[TEXT] RFC822.HEADER BINARY.PEEK[1])");
    expect(await client.ok("FETCH 1 FLAGS")).toEqual(["1 FETCH (FLAGS (\\Recent))"]);
    const [read] = await client.ok("FETCH 1 BODY[TEXT]");
    expect(read).toBe("1 FETCH (FLAGS (\\Recent \\Seen) BODY[TEXT] {7}\r\nHello\r\n)");
    const [again] = await client.ok("FETCH 1 BODY[TEXT]");
    expect(again).toBe("1 FETCH (BODY[TEXT] {7}\r\nHello\r\n)");
    const [both] = await client.ok("FETCH 2 (FLAGS RFC822.TEXT)");
    expect(both).toBe("2 FETCH (FLAGS (\\Recent \\Seen) RFC822.TEXT {7}\r\nHello\r\n)");
    expect(await client.ok("NOOP")).toEqual([]);
    expect(await client.ok("STATUS Reading (UNSEEN)")).toEqual(["STATUS Reading (UNSEEN 1)"]);
  });
});
