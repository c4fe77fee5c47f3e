import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Threading, threadTexts } from "../../src/mailstore/threads.ts";
import { House, message } from "../imap/house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterAll(async () => await house.close());

interface Given {
  readonly id?: string;
  readonly refs?: string;
  readonly reply?: string;
  readonly subject?: string;
  readonly day?: number;
}

let folders = 0;

/** Threads of messages; the first has UID 1. */
async function threads(given: readonly Given[], how: Threading = "REFERENCES"): Promise<string> {
  const name = `f${++folders}`;
  await house.mailstore.createFolder(house.user("ann").primaryMailbox, name);
  const texts = given.map(({ id, refs, reply, subject, day }, at) =>
    message(subject ?? `s${name}-${at}`, `${name} ${at}\r\n`, {
      "Message-ID": id === undefined ? "" : `<${id}@x>`,
      ...(refs !== undefined && { References: ids(refs) }),
      ...(reply !== undefined && { "In-Reply-To": ids(reply) }),
      Date: new Date(Date.UTC(2020, 0, day ?? at + 1)).toUTCString(),
    }),
  );
  await house.deliver(texts, name);
  const view = await house.mailstore.open(house.folderId("ann", name));
  try {
    const found = await house.mailstore.threaded(view, view.uids.slice(), how);
    return [...threadTexts(found, String)].join("");
  } finally {
    view.close();
  }
}

function ids(names: string): string {
  return names
    .split(" ")
    .map((name) => `<${name}@x>`)
    .join(" ");
}

describe("REFERENCES (RFC 5256 \u00a73)", () => {
  const table: [what: string, given: Given[], threads: string][] = [
    [
      "messages without relations stand alone, by date",
      [
        { id: "a", day: 2 },
        { id: "b", day: 1 },
      ],
      "(2)(1)",
    ],
    [
      "a reply goes below what it refers to last",
      [{ id: "a" }, { id: "b", refs: "a" }, { id: "c", refs: "a b" }],
      "(1 2 3)",
    ],
    ["In-Reply-To counts where there are no references", [{ id: "a" }, { id: "b", reply: "a zz" }], "(1 2)"],
    [
      "References count more than In-Reply-To",
      [{ id: "a" }, { id: "b" }, { id: "c", refs: "a", reply: "b" }],
      "(1 3)(2)",
    ],
    ["several replies branch", [{ id: "a" }, { id: "b", refs: "a" }, { id: "c", refs: "a" }], "(1 (2)(3))"],
    [
      "branches go by date",
      [{ id: "a" }, { id: "b", refs: "a", day: 9 }, { id: "c", refs: "a", day: 8 }],
      "(1 (3)(2))",
    ],
    [
      "what is missing holds its replies together",
      [
        { id: "b", refs: "a" },
        { id: "c", refs: "a" },
      ],
      "((1)(2))",
    ],
    ["what is missing with one reply is left out", [{ id: "b", refs: "a" }], "(1)"],
    [
      "what is missing in between is left out",
      [{ id: "a" }, { id: "c", refs: "a b" }, { id: "d", refs: "a b" }],
      "(1 (2)(3))",
    ],
    ["replies may come first", [{ id: "c", refs: "a b" }, { id: "b", refs: "a" }, { id: "a" }], "(3 2 1)"],
    [
      "a circle is no thread",
      [
        { id: "a", refs: "b" },
        { id: "b", refs: "a" },
      ],
      "(2 1)",
    ],
    ["who refers to himself is alone", [{ id: "a", refs: "a" }], "(1)"],
    [
      "an identifier that is there twice is the first one's",
      [{ id: "a" }, { id: "a" }, { id: "b", refs: "a" }],
      "(1 3)(2)",
    ],
    ["without an identifier one can reply", [{ id: "a" }, { refs: "a" }, { refs: "a" }], "(1 (2)(3))"],
    [
      "a message's own word breaks what others said",
      [{ id: "c", refs: "a b" }, { id: "a" }, { id: "d" }, { id: "b", refs: "d" }],
      "(2)(3 4 1)",
    ],
    [
      "replies join by subject",
      [
        { id: "a", subject: "Lunch" },
        { id: "b", subject: "Re: Lunch" },
      ],
      "(1 2)",
    ],
    [
      "one subject twice makes a thread of equals",
      [
        { id: "a", subject: "Lunch" },
        { id: "b", subject: "lunch" },
      ],
      "((1)(2))",
    ],
    [
      "a reply that came first goes below all the same",
      [
        { id: "a", subject: "Re: Lunch" },
        { id: "b", subject: "Lunch" },
      ],
      "(2 1)",
    ],
    [
      "two replies stand side by side",
      [
        { id: "a", subject: "Re: Lunch" },
        { id: "b", subject: "Fwd: Lunch" },
      ],
      "((1)(2))",
    ],
    [
      "empty subjects do not join",
      [
        { id: "a", subject: "" },
        { id: "b", subject: "Re:" },
      ],
      "(1)(2)",
    ],
    [
      "a missing message's replies take others of their subject in",
      [
        { id: "b", refs: "z", subject: "Re: Lunch" },
        { id: "c", refs: "z", subject: "Re: Lunch" },
        { id: "d", subject: "Lunch" },
      ],
      "((1)(2)(3))",
    ],
    [
      "two such threads become one",
      [
        { id: "b", refs: "z", subject: "Lunch" },
        { id: "c", refs: "z", subject: "Lunch", day: 7 },
        { id: "d", refs: "y", subject: "Lunch", day: 3 },
        { id: "e", refs: "y", subject: "Lunch", day: 4 },
      ],
      "((1)(3)(4)(2))",
    ],
    [
      "a third of one subject joins the two",
      [
        { id: "a", subject: "Lunch" },
        { id: "b", subject: "Lunch" },
        { id: "c", subject: "Lunch" },
      ],
      "((1)(2)(3))",
    ],
  ];
  for (const [what, given, expected] of table) test(what, async () => expect(await threads(given)).toBe(expected));

  test("a thread as deep as a folder is long is told", async () => {
    const given = Array.from(
      { length: 300 },
      (_, at): Given => ({ id: `m${at}`, ...(at > 0 && { refs: `m${at - 1}` }) }),
    );
    expect(await threads(given)).toBe(`(${given.map((_, at) => at + 1).join(" ")})`);
  });
});

describe("ORDEREDSUBJECT (RFC 5256 \u00a73)", () => {
  test("puts all of a subject below its first message", async () => {
    const given = [
      { id: "a", subject: "Lunch", day: 2 },
      { id: "b", subject: "Dinner", day: 1 },
      { id: "c", subject: "Re: lunch", day: 4 },
      { id: "d", subject: "[x] Lunch (fwd)", day: 3 },
      { id: "e", subject: "Re: Dinner", day: 9 },
    ];
    expect(await threads(given, "ORDEREDSUBJECT")).toBe("(2 5)(1 (4)(3))");
  });
});
