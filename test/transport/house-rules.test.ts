/** Rules of the house, journals, and what is done with files: through the transport, as every message goes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Judgement } from "../../src/filter/judgement.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { type Edit, edited, editsFor } from "../../src/transport/house-rules/edits.ts";
import { JournalList } from "../../src/transport/house-rules/journal-list.ts";
import type { RuleInput } from "../../src/transport/house-rules/rule.ts";
import { RuleList } from "../../src/transport/house-rules/rule-list.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { fileMessage, zipOf } from "../filter/files.ts";
import { World } from "./world.ts";

let world: World;
let rules: RuleList;
let journals: JournalList;
/** What the filter finds; it does not look where this is undefined. */
let judgement: Judgement | undefined;

beforeAll(async () => {
  const inspection = { write: () => {}, abort: () => {}, end: async () => judgement ?? fail() };
  const filter = {
    judges: () => judgement !== undefined,
    begin: async () => inspection,
    scan: async () => undefined,
  };
  world = await World.open({ start: false, filter });
  rules = new RuleList(world.store);
  journals = new JournalList(world.store, world.directory, () => world.clock);
});
afterAll(async () => await world.close());

const outside = () => {
  const { user: _, ...origin } = world.origin({ kind: "smtp", protocol: "ESMTP", remote: "192.0.2.9" });
  return origin;
};
const letter = (subject: string, body = "x") => `From: ann@far.example\r\nSubject: ${subject}\r\n\r\n${body}\r\n`;
const receive = (text: string, to: string | string[] = "bert@home.test", reversePath = "ann@far.example") =>
  world.send(to, text, { origin: outside(), reversePath });
const fail = () => {
  throw new Error("nobody said what the filter finds");
};
const last = (login: string) => world.inbox(login).at(-1) ?? "";

/** Runs while no message may be larger than one of these. */
const withLargest = async (text: string, run: () => Promise<void>) => {
  await world.store.settings.set(transportSettings, { maxMessageSize: text.length });
  try {
    await run();
  } finally {
    await world.store.settings.set(transportSettings, { maxMessageSize: 2 ** 30 });
  }
};

/** Runs with a rule, and without it from then on. */
const under = async (rule: Omit<RuleInput, "name">, run: () => Promise<void>) => {
  const made = await world.store.commit((tx) =>
    rules.createWithin(tx, { ...rule, name: `Rule ${crypto.randomUUID()}` }),
  );
  try {
    await run();
  } finally {
    await world.store.commit((tx) => rules.removeWithin(tx, made.id));
  }
};

describe("a rule of the house", () => {
  test("refuses with its own text, and lets everything else through", async () => {
    const rule = {
      conditions: [{ on: "subject", value: "lottery*" }] as const,
      actions: [{ do: "refuse", value: "Luck is for others." }] as const,
    };
    await under({ ...rule, conditions: [...rule.conditions], actions: [...rule.actions] }, async () => {
      await expect(receive(letter("=?utf-8?Q?LOTT=45RY?= won"))).rejects.toMatchObject({
        sentence: "Luck is for others.",
        smtp: { code: 550, enhanced: "5.7.1" },
      });
      const before = world.inbox("bert").length;
      await receive(letter("No lottery"));
      expect(world.inbox("bert").length).toBe(before + 1);
    });
  });

  test("sends elsewhere what is for some recipients, and leaves the others' copies", async () => {
    await under(
      {
        conditions: [{ on: "recipient", value: "bert@home.test" }],
        actions: [{ do: "redirect", value: "anna@home.test" }],
      },
      async () => {
        const [anna, bert, carl] = ["anna", "bert", "carl"].map((login) => world.inbox(login).length);
        await receive(letter("Both"), ["bert@home.test", "carl@home.test"]);
        expect(["anna", "bert", "carl"].map((login) => world.inbox(login).length)).toEqual([
          (anna ?? 0) + 1,
          bert ?? 0,
          (carl ?? 0) + 1,
        ]);
      },
    );
  });

  test("leaves a message to those it was for where nobody has the address that it names", async () => {
    const to = "gone@home.test";
    await under(
      {
        actions: [
          { do: "redirect", value: to },
          { do: "copy", value: to },
        ],
      },
      async () => {
        const { trace, delivered } = await receive(letter("Stays"));
        expect(delivered).toHaveLength(1);
        expect(last("bert")).toContain("Subject: Stays");
        const told = world.logged("rule.applied").find((event) => event.trace === trace)?.text;
        const why = "(There is no mailbox gone@home.test here)";
        expect(told).toEndWith(`: not sent to ${to} instead ${why}, no copy to ${to} ${why}.`);
      },
    );
  });

  test("sends what strangers wrote elsewhere under a return path of the domain that it came to", async () => {
    await world.directory.domains.create({ name: "second.test" });
    const carl = world.user("carl").primaryMailbox;
    await world.directory.aliases.add("office@second.test", carl);
    for (const deed of ["redirect", "copy"] as const) {
      await under({ direction: "in", actions: [{ do: deed, value: `${deed}@far.example` }] }, async () => {
        await receive(letter("Further"), "bert@home.test", "ann@strange.example");
        await receive(letter("Further"), "office@second.test", "ann@strange.example");
      });
    }
    const queued = world.store.client
      .query<{ reverse_path: string }, []>("SELECT reverse_path FROM queue_messages ORDER BY id DESC LIMIT 4")
      .all()
      .map((row) => row.reverse_path.replace(/^SRS0=.*=(.*)=(.*)=(.*)@(.*)$/, "$3@$2 by $4"));
    const [first, second] = ["ann@strange.example by home.test", "ann@strange.example by second.test"];
    expect(queued.sort()).toEqual([first, first, second, second]);
  });

  test("copies what people here write, marks it, and counts itself", async () => {
    const made = await world.store.commit((tx) =>
      rules.createWithin(tx, {
        name: "Counted",
        direction: "out",
        conditions: [{ on: "user", value: "ann*" }],
        actions: [
          { do: "copy", value: "carl@home.test" },
          { do: "header", value: "X-Seen-By: house" },
          { do: "subject", value: "[INTERN]" },
        ],
      }),
    );
    await world.send("bert@home.test", letter("Grüße"));
    await world.transport.stop();
    for (const login of ["bert", "carl"]) {
      expect(last(login)).toContain("X-Seen-By: house\r\n");
      expect(last(login)).toMatch(/\r\nSubject: \[INTERN\]/);
      expect(last(login).endsWith("\r\n\r\nx\r\n")).toBe(true);
    }
    expect(rules.require(made.id).hits).toBe(1);
    expect(world.logged("rule.applied").at(-1)?.text).toBe(
      "House rule Counted: a copy to carl@home.test, marked with X-Seen-By, its subject marked [INTERN].",
    );
    await world.store.commit((tx) => rules.removeWithin(tx, made.id));
  });

  test("puts copies into folders, throws away, and holds in the quarantine", async () => {
    await under(
      { conditions: [{ on: "larger", value: "1K" }], actions: [{ do: "folder", value: "Large" }] },
      async () => {
        await receive(letter("Large", "y".repeat(2_000)));
        const folders = world.mailstore.folders(world.user("bert").primaryMailbox);
        expect(folders.find(({ name }) => name === "Large")).toBeDefined();
      },
    );
    await under({ direction: "in", actions: [{ do: "discard" }] }, async () => {
      const before = world.inbox("bert").length;
      const accepted = await receive(letter("Gone"));
      expect(accepted).toMatchObject({ delivered: [], queueId: undefined });
      expect(world.inbox("bert").length).toBe(before);
    });
    await under({ direction: "in", actions: [{ do: "quarantine" }] }, async () => {
      const before = world.inbox("bert").length;
      await receive(letter("Held"));
      expect(world.inbox("bert").length).toBe(before);
      const { held } = (await world.transport.quarantine()).list({ limit: 5 });
      expect(held[0]).toMatchObject({ reason: "rule", subject: "Held" });
      const [first] = held;
      if (first === undefined) throw new Error("nothing is held");
      await world.transport.release(first, "anna");
      expect(world.inbox("bert").length).toBe(before + 1);
    });
  });

  test("holds what is as large as may be, so that it can be released", async () => {
    const full = letter("Full", "z".repeat(3_000));
    await under({ direction: "in", actions: [{ do: "quarantine" }] }, async () => {
      await withLargest(full, async () => {
        await receive(full);
        const [held] = (await world.transport.quarantine()).list({ limit: 1 }).held;
        if (held === undefined) throw new Error("nothing is held");
        await world.transport.release(held, "anna");
      });
    });
    expect(last("bert")).toContain("Subject: Full");
  });

  test("holds what is for others elsewhere too, and sends the rest", async () => {
    const quarantine = await world.transport.quarantine();
    const conditions = [{ on: "recipient" as const, value: "rival.example" }];
    await under({ conditions, actions: [{ do: "quarantine" }] }, async () => {
      const queued = world.left().recipients;
      await world.send(["a@rival.example", "b@far.example", "bert@home.test"], letter("Plans"));
      expect(last("bert")).toContain("Subject: Plans");
      expect(world.left().recipients).toBe(queued + 1);
      const [held] = quarantine.list({ limit: 1 }).held;
      if (held === undefined) throw new Error("nothing is held");
      expect(held.recipients).toMatchObject([{ mailbox: 0, address: "a@rival.example" }]);
      await world.transport.release(held, "anna");
      expect(world.left().recipients).toBe(queued + 2);
    });
  });

  test("holds for the recipients of each rule that fits, and what the filter holds beside it, each copy once", async () => {
    const quarantine = await world.transport.quarantine();
    const [anna = 0, bert = 0, carl = 0] = ["anna", "bert", "carl"].map((login) => world.user(login).primaryMailbox);
    const to = (login: string) => [{ on: "recipient" as const, value: `${login}@home.test` }];
    await under({ conditions: to("anna"), actions: [{ do: "quarantine" }] }, async () => {
      await under({ conditions: to("bert"), actions: [{ do: "quarantine" }] }, async () => {
        const mailboxes = new Set([bert, carl]);
        const hold = { reason: "junk" as const, sentence: "It is surely junk.", mailboxes };
        judgement = { fields: "", results: "", junk: new Set(), findings: [], holds: [hold] };
        const accepted = await receive(
          letter("Three"),
          ["anna", "bert", "carl"].map((login) => `${login}@home.test`),
        );
        judgement = undefined;
        expect(accepted.delivered).toEqual([]);
      });
    });
    const { held } = quarantine.list({ search: "Three", limit: 5 });
    const shown = held.map(({ reason, recipients }) => [reason, ...recipients.map(({ mailbox }) => mailbox)]);
    expect(shown).toEqual([
      ["junk", carl],
      ["rule", bert],
      ["rule", anna],
    ]);
  });

  test("that would hold what is gone already holds nothing, and nobody says it is thrown away", async () => {
    const conditions = [{ on: "recipient" as const, value: "bert@home.test" }];
    await under(
      { conditions, actions: [{ do: "redirect", value: "anna@home.test" }, { do: "quarantine" }] },
      async () => {
        const { trace } = await receive(letter("Led on"));
        expect(last("anna")).toContain("Subject: Led on");
        expect(world.logged("message.discarded").some((event) => event.trace === trace)).toBe(false);
      },
    );
  });

  test("limits what people here may send, by size and by number of recipients", async () => {
    const limits = {
      direction: "out" as const,
      match: "any" as const,
      actions: [{ do: "refuse" as const, value: "Too much." }],
    };
    const conditions = [
      { on: "larger" as const, value: "2K" },
      { on: "recipients" as const, value: "1" },
    ];
    await under({ ...limits, conditions }, async () => {
      await expect(world.send("bert@home.test", letter("Large", "y".repeat(3_000)))).rejects.toThrow("Too much.");
      await expect(world.send(["bert@home.test", "carl@home.test"], letter("Many"))).rejects.toThrow("Too much.");
      await world.send("bert@home.test", letter("Small"));
      await receive(letter("Large from outside", "y".repeat(3_000)));
    });
  });

  test("looks at the start of a field, in whatever case its name is written, and at no more than some of its name", async () => {
    const header = (value: string) => ({ conditions: [{ on: "header" as const, value }], actions: refuse });
    const refuse = [{ do: "refuse" as const }];
    const field = (value: string) => `X-Tag: ${value}\r\n`;
    await under(header("x-TAG: wanted"), async () => {
      await expect(receive(field(`un=?utf-8?q?WANT?=ed`) + letter("Near"))).rejects.toThrow("not taken");
      await expect(receive(field("x").repeat(49) + field("wanted") + letter("Last"))).rejects.toThrow("not taken");
      await receive(field(`${"x".repeat(9_000)}wanted`) + letter("Far"));
      await receive(field("x").repeat(50) + field("wanted") + letter("Behind"));
    });
  });

  test("says no where a value makes no sense, and is asked in order", async () => {
    const make = (rule: Partial<RuleInput>) =>
      world.store.commit((tx) => rules.createWithin(tx, { name: "Bad", actions: [{ do: "discard" }], ...rule }));
    expect(make({ conditions: [{ on: "larger", value: "big" }] })).rejects.toThrow("10M");
    expect(make({ conditions: [{ on: "attachment", value: "nonsense" }] })).rejects.toThrow("dangerous");
    expect(make({ actions: [{ do: "header", value: "DKIM-Signature: x" }] })).rejects.toThrow("not a rule's to set");
    expect(make({ actions: [{ do: "redirect", value: "nobody" }] })).rejects.toThrow("no address");
    expect(make({ actions: [{ do: "header", value: "X-A: b\r\nBcc: x@y" }] })).rejects.toThrow("single line");
  });
});

describe("a file that is not wanted", () => {
  const dangerous = [{ on: "attachment" as const, value: "dangerous" }];

  test("is refused, in whatever it is packed", async () => {
    await under({ conditions: dangerous, actions: [{ do: "refuse" }] }, async () => {
      for (const [name, content] of [
        ["a.exe", "x"],
        ["a.pdf", Buffer.from("MZ\x90\0", "latin1")],
        ["a.zip", zipOf([["b.scr"]])],
      ] as const) {
        await expect(receive(fileMessage(name, content))).rejects.toMatchObject({ kind: "barred" });
      }
      await receive(fileMessage("a.pdf", "%PDF"));
    });
  });

  test("gets another ending, and is otherwise what it was", async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 31) & 255));
    await under({ conditions: dangerous, actions: [{ do: "rename" }] }, async () => {
      await receive(fileMessage("tool.exe", content));
    });
    const text = last("bert");
    expect(text.includes("filename=tool.exe.txt\r\n")).toBe(true);
    expect(text.includes('"tool.exe"')).toBe(false);
    expect(text.includes("X-Attachment-Warning: 'tool.exe': it is a program (.exe)\r\n")).toBe(true);
    const { root } = parseStructure(Buffer.from(text));
    const file = root.children[1];
    if (file === undefined) throw new Error("no file");
    expect(Buffer.from(text.slice(file.bodyStart, file.bodyEnd), "base64").equals(content)).toBe(true);
  });

  test("is one of many, and the message is read once for all of them, in whatever pieces it comes", async () => {
    const many = [1, 2, 3].map((at) => `--=b\r\nContent-Type: text/plain; name="${at}.exe"\r\n\r\n${at}\r\n`).join("");
    const text = `Subject: Many\r\nContent-Type: multipart/mixed; boundary="=b"\r\n\r\n${many}--=b--\r\n`;
    const octets = Buffer.from(text);
    const structure = parseStructure(octets);
    const files = structure.root.children.map((part, at) => ({
      ...{ part, name: `${at + 1}.exe`, names: [], kinds: new Set<never>(), sentence: "" },
    }));
    for (const size of [1, 7, 10_000]) {
      let reads = 0;
      const pieces = async function* () {
        reads++;
        for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
      };
      const wishes = { mark: "[!]", rename: new Set(files.slice(0, 2)), warning: "" };
      const edits: Edit[] = await editsFor(
        structure,
        { ...wishes, remove: new Map(files.slice(2).map((file) => [file, "Gone."])) },
        pieces(),
        "id",
      );
      expect(reads).toBe(1);
      const result = Buffer.concat(await Array.fromAsync(edited(pieces(), edits))).toString();
      expect(result).toStartWith(
        'Content-Type: multipart/mixed; boundary="=b"\r\nSubject: [!] Many\r\n\r\n--=b\r\nContent-Type: application/octet-stream; name=1.exe.txt',
      );
      expect(result).toContain("name=2.exe.txt");
      expect(result).toEndWith("Content-Disposition: inline\r\n\r\nGone.\r\n\r\n--=b--\r\n");
    }
  });

  test("is taken out, and the whole message kept in the quarantine", async () => {
    await under({ conditions: dangerous, actions: [{ do: "remove", value: "Ask Anna." }] }, async () => {
      await receive(fileMessage("tool.exe", "MZ"));
      expect(last("bert")).toContain("was taken o=\r\nut by this server");
      expect(last("bert")).not.toContain("filename=");
      const [held] = (await world.transport.quarantine()).list({ limit: 1 }).held;
      if (held === undefined) throw new Error("nothing is held");
      expect(held).toMatchObject({ reason: "attachment" });
      await world.transport.release(held, "anna");
      expect(last("bert")).toContain('filename="tool.exe"');
    });
  });

  test("leaves nothing behind where the message is refused after all", async () => {
    const bert = world.user("bert").primaryMailbox;
    await world.store.commit((tx) => {
      world.transport.scripts.putWithin(tx, bert, "no", 'require "reject"; reject "No, thank you.";', world.clock);
      world.transport.scripts.activateWithin(tx, bert, "no");
    });
    const before = world.contents();
    await under({ conditions: dangerous, actions: [{ do: "remove" }] }, async () => {
      await expect(receive(fileMessage("tool.exe", Buffer.alloc(2_500_000)))).rejects.toThrow("No, thank you.");
    });
    expect(world.contents()).toBe(before);
    await world.store.commit((tx) => world.transport.scripts.activateWithin(tx, bert, ""));
  });

  test("is warned of in front of the message, which stays as it was behind that", async () => {
    const original = fileMessage("tool.exe", "MZ, of which one is warned");
    await under({ conditions: dangerous, actions: [{ do: "warn" }] }, async () => {
      await receive(original);
    });
    const text = last("bert");
    const { root } = parseStructure(Buffer.from(text));
    expect(root.children.length).toBe(2);
    const [warning, whole] = root.children;
    expect(text.slice(warning?.bodyStart, warning?.bodyEnd)).toContain("tool.exe");
    expect(`${whole?.type}/${whole?.subtype}`).toBe("multipart/mixed");
    const body = original.slice(original.indexOf("\r\n\r\n") + 4);
    expect(text).toContain(body.trimEnd());
    expect(text.match(/^Subject:/gm)?.length).toBe(1);
  });

  test("is left where it is in what is signed, and told of in the header alone", async () => {
    const signed = fileMessage("tool.exe", "MZ").replace(
      "multipart/mixed;",
      'multipart/signed; protocol="application/pgp-signature";',
    );
    await under(
      { conditions: dangerous, actions: [{ do: "remove" }, { do: "warn" }, { do: "subject", value: "[!]" }] },
      async () => {
        await receive(signed);
      },
    );
    expect(last("bert").endsWith(signed.slice(signed.indexOf("Subject:")))).toBe(true);
    expect(last("bert")).toContain("X-Attachment-Warning:");
  });

  test("alone in a message, or attached within another, is found and taken out as well", async () => {
    const alone =
      'From: ann@far.example\r\nSubject: One\r\nMIME-Version: 1.0\r\nContent-Type: application/zip; name="a.exe"\r\n\r\nMZ\r\n';
    await under({ conditions: dangerous, actions: [{ do: "remove" }, { do: "warn" }] }, async () => {
      await receive(alone);
      expect(last("bert")).not.toContain("\r\nMZ");
      expect(last("bert")).toMatch(/taken out (?:=\r\n)?by this server/);
      const inner = fileMessage("a.exe", "MZ\x90");
      await receive(
        `From: ann@far.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n${inner}`,
      );
      expect(last("bert")).toMatch(/taken out (?:=\r\n)?by this server/);
      expect(last("bert")).not.toContain("TVqQ");
    });
  });
});

describe("a journal", () => {
  const open = (values: Partial<Parameters<JournalList["createWithin"]>[1]>) =>
    world.store.commit((tx) =>
      journals.createWithin(tx, {
        enabled: true,
        direction: "both",
        about: "",
        to: "carl@home.test",
        note: "",
        ...values,
      }),
    );
  const end = (id: number) => world.store.commit((tx) => journals.removeWithin(tx, id));

  test("gets every message with what its envelope said, hidden recipients too", async () => {
    const { id } = await open({});
    await receive(letter("Journalled"), ["bert@home.test", "anna@home.test"]);
    const copy = last("carl");
    expect(copy).toContain("X-Journal-Direction: in\r\n");
    expect(copy).toContain("X-Journal-Sender: <ann@far.example>\r\n");
    expect(copy).toContain("X-Journal-Recipients: bert@home.test, anna@home.test\r\n");
    expect(copy).toContain("X-Journal-Client: 192.0.2.9\r\n");
    expect(copy.endsWith(last("bert").slice(last("bert").indexOf("Received:")))).toBe(true);
    await world.send("bert@home.test", letter("Out"));
    expect(last("carl")).toContain("X-Journal-User: anna\r\n");
    expect(journals.require(id).copies).toBe(2);
    await end(id);
  });

  test("gets its copy of a message that is as large as may be", async () => {
    const { id } = await open({});
    const full = letter("Brimful", "z".repeat(3_000));
    await withLargest(full, async () => {
      await receive(full);
    });
    expect(last("carl")).toContain("Subject: Brimful");
    await end(id);
  });

  test("takes no copy of its own copies, but of whoever only says he is one", async () => {
    const { id } = await open({ direction: "in" });
    await receive(letter("First"));
    const copy = last("carl");
    const before = world.inbox("carl").length;
    await receive(copy);
    expect(world.inbox("carl").length).toBe(before);
    await receive(`X-Journal-Id: 0000.${"0".repeat(32)}\r\n${letter("Forged")}`);
    expect(world.inbox("carl").length).toBe(before + 1);
    await end(id);
  });

  test("is of one domain, one address or one direction", async () => {
    const { id } = await open({ about: "anna@home.test", direction: "in" });
    const before = world.inbox("carl").length;
    await receive(letter("Not hers"), "bert@home.test");
    expect(world.inbox("carl").length).toBe(before);
    await receive(letter("Hers"), "anna@home.test");
    expect(world.inbox("carl").length).toBe(before + 1);
    await end(id);
    expect(open({ about: "elsewhere.example" })).rejects.toThrow("neither a domain");
    expect(open({ to: "nobody@home.test" })).rejects.toThrow("no address");
  });

  test("elsewhere gets its copies by the queue, and nobody is told if they do not arrive", async () => {
    const { id } = await open({ to: "archive@vault.example" });
    await receive(letter("Kept elsewhere"));
    const queued = world.store.client
      .query(
        "SELECT m.reverse_path, r.address, r.notify FROM queue_messages m, queue_recipients r WHERE r.message_id = m.id ORDER BY r.id DESC LIMIT 1",
      )
      .all();
    expect(queued).toEqual([{ reverse_path: "", address: "archive@vault.example", notify: "NEVER" }]);
    await end(id);
  });

  test("asks neither forwarding nor scripts of its mailbox", async () => {
    const carl = world.user("carl").primaryMailbox;
    await world.directory.mailboxes.update(carl, {
      forwarding: { enabled: true, addresses: ["x@far.example"], keepCopy: false, sender: "original" },
    });
    const { id } = await open({});
    const before = world.inbox("carl").length;
    const queued = world.left().messages;
    await receive(letter("As it is"));
    expect(world.inbox("carl").length).toBe(before + 1);
    expect(world.left().messages).toBe(queued);
    await end(id);
  });
});
