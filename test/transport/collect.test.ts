/** Collecting from servers that are broken, hostile or strange: what is taken, what is not, and what their owner is told. */
import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { Header } from "../../src/mime/header.ts";
import { publicAddresses } from "../../src/net/special-networks.ts";
import type { AccountChange } from "../../src/transport/collect/accounts.ts";
import type { LookEnd } from "../../src/transport/collect/collector.ts";
import { Imap } from "../../src/transport/collect/imap.ts";
import { bringerOf, Incoming, LineEnds, returnPathOf } from "../../src/transport/collect/incoming.ts";
import type { Trouble } from "../../src/transport/collect/source.ts";
import { processorMs } from "../timing.ts";
import { FakeProvider, imapProvider, pop3Provider } from "./fake-provider.ts";
import { World } from "./world.ts";

let world: World;
const providers: FakeProvider[] = [];
let own = 0;

beforeAll(async () => {
  world = await World.open({ settings: { maxMessageSize: 100_000 }, isSelf: (_address, port) => port === own });
});

afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.stop();
});

afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

const letter = (id: string, more = "") =>
  `From: Zoe <zoe@far.test>\r\n${more}Subject: ${id}\r\nMessage-ID: <${id}@far.test>\r\n\r\nHello.\r\n.dot\r\n`;

async function account(login: string, provider: FakeProvider, change: Partial<AccountChange> = {}): Promise<number> {
  providers.push(provider);
  const { accounts } = await world.transport.collection.collector();
  const usual = {
    host: "127.0.0.1",
    port: provider.port,
    tls: "none",
    local: true,
    enabled: false,
    login: "z",
    secret: "pw",
  } as const;
  const { id } = await world.store.commit((tx) =>
    accounts.createWithin(tx, world.user(login).primaryMailbox, { ...usual, ...change }),
  );
  return id;
}

async function move(login: string, id: number, provider: FakeProvider): Promise<void> {
  providers.push(provider);
  const { accounts } = await world.transport.collection.collector();
  const change = { port: provider.port, secret: "pw" };
  await world.store.commit((tx) => accounts.updateWithin(tx, world.user(login).primaryMailbox, id, change));
}

async function look(id: number): Promise<LookEnd> {
  return await (await world.transport.collection.collector()).lookNow(id);
}

const subjects = (login: string) => world.inbox(login).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]);
const pop3 = { protocol: "pop3" } as const;

describe("POP3 servers that name nothing", () => {
  test.each([
    ["no UIDL", (line: string) => (line === "UIDL" ? "-ERR what?\r\n" : undefined)],
    ["neither UIDL nor TOP", (line: string) => (/^(UIDL|TOP)/.test(line) ? "-ERR what?\r\n" : undefined)],
    ["one UIDL for all", (line: string) => (line === "UIDL" ? "+OK\r\n1 same\r\n2 same\r\n.\r\n" : undefined)],
    [
      "another UIDL each time",
      (line: string, session: number) =>
        line === "UIDL" ? `+OK\r\n1 a${session}\r\n2 b${session}\r\n.\r\n` : undefined,
    ],
  ])("%s: each message comes once", async (what, script) => {
    const [one, two] = [`${what} 1`, `${what} 2`].map((id) => id.replaceAll(" ", "-"));
    const id = await account("anna", pop3Provider([letter(one ?? ""), letter(two ?? "")], script), pop3);
    expect((await look(id)).collected).toBe(2);
    expect((await look(id)).collected).toBe(0);
    expect(subjects("anna").slice(-2)).toEqual([one, two]);
  });
});

describe("nobody gets the password who should not", () => {
  test("STLS taken out of the answer", async () => {
    const provider = pop3Provider([], (line) => (line === "STLS" ? "-ERR no\r\n" : undefined));
    const id = await account("anna", provider, { ...pop3, tls: "starttls" });
    expect((await look(id)).problem).toBe("127.0.0.1 does not offer encryption (STLS); the password was not sent.");
    expect(provider.heard.join()).not.toContain("pw");
  });

  test("STARTTLS taken out of the answer", async () => {
    const provider = imapProvider([], (command, tag) => (command === "STARTTLS" ? `${tag} BAD no\r\n` : undefined));
    const id = await account("anna", provider, { tls: "starttls" });
    expect((await look(id)).problem).toBe("127.0.0.1 does not offer encryption (STARTTLS); the password was not sent.");
    expect(provider.heard.join()).not.toContain("pw");
  });

  test("this server itself, the own network, and no encryption", async () => {
    const provider = imapProvider([]);
    own = provider.port;
    expect((await look(await account("anna", provider))).problem).toContain("this server itself");
    own = 0;
    expect((await look(await account("anna", provider, { local: false, tls: "implicit" }))).problem).toContain(
      "not on the Internet",
    );
    expect((await look(await account("anna", provider, { local: false }))).problem).toContain("choose TLS");
    expect(provider.sessions).toBe(0);
  });
});

describe("servers that mean harm", () => {
  const HUGE = `* OK {99999999999}\r\n`;
  test.each([
    [
      "an endless list of capabilities",
      pop3,
      pop3Provider([], (line) => (line === "CAPA" ? `+OK\r\n${"X\r\n".repeat(5_000)}` : undefined)),
      "answers without end",
    ],
    [
      "a line without end",
      pop3,
      pop3Provider([], (line) => (line === "LIST" ? `+OK${"x".repeat(400_000)}\r\n` : undefined)),
      "a line without end",
    ],
    [
      "nonsense",
      pop3,
      pop3Provider([], (line) => (line === "LIST" ? "HTTP/1.1 200 OK\r\n" : undefined)),
      "does not speak POP3",
    ],
    [
      "a challenge too many",
      pop3,
      pop3Provider([], (line) => (line === "CAPA" ? "+OK\r\nSASL PLAIN\r\n.\r\n" : "+ \r\n")),
      "a challenge where none belongs",
    ],
    [
      "an absurd literal",
      {},
      imapProvider([], (command) => (command === "CAPABILITY" ? HUGE : undefined)),
      "more than belongs there",
    ],
    [
      "answers without end",
      {},
      imapProvider([], (command) => (command === "CAPABILITY" ? "* OK x\r\n".repeat(30_000) : undefined)),
      "answers without end",
    ],
    [
      "literals without end, of which each is short",
      {},
      imapProvider([], (command, tag) =>
        command === "CAPABILITY"
          ? `* X {0}\r\n${`${"x".repeat(1_000)} {0}\r\n`.repeat(100)}\r\n${tag} OK\r\n`
          : undefined,
      ),
      "more than belongs there",
    ],
    [
      "more capabilities than there are",
      {},
      imapProvider([], (command, tag) =>
        command === "CAPABILITY" ? `${`* CAPABILITY${" X".repeat(600)}\r\n`.repeat(2)}${tag} OK\r\n` : undefined,
      ),
      "can too much",
    ],
    [
      "talk without end in place of a challenge",
      {},
      imapProvider([], (command, tag) => {
        if (command === "CAPABILITY") return `* CAPABILITY AUTH=PLAIN\r\n${tag} OK\r\n`;
        return command === "AUTHENTICATE PLAIN" ? `${"* OK x\r\n".repeat(30_000)}${tag} OK\r\n` : undefined;
      }),
      "asks without end",
    ],
    [
      "no UIDVALIDITY",
      {},
      imapProvider([], (command, tag) => (command.startsWith("EXAMINE") ? `${tag} OK\r\n` : undefined)),
      "UIDVALIDITY",
    ],
  ] as const)("%s", async (_what, change, provider, problem) => {
    expect((await look(await account("anna", provider, change))).problem).toContain(problem);
  });

  test("another message than was asked for is not taken", async () => {
    const text = letter("other");
    const lies = imapProvider([text], (command, tag) =>
      /BODY/.test(command) ? `* 1 FETCH (UID 9 BODY[] {${text.length}}\r\n${text})\r\n${tag} OK\r\n` : undefined,
    );
    expect((await look(await account("anna", lies))).problem).toContain("another message than it was asked for");
    expect(subjects("anna")).not.toContain("other");
  });

  test("what breaks off in the midst comes whole the next time, and once", async () => {
    const text = letter("broken");
    let breaks = true;
    const provider = imapProvider([text], (command) => {
      if (!breaks || !command.includes("BODY")) return undefined;
      breaks = false;
      return `* 1 FETCH (UID 1 BODY[] {${text.length}}\r\n${text.slice(0, 60)}`;
    });
    const id = await account("anna", provider);
    const first = look(id);
    await world.until(() => !breaks, "half a message");
    await provider.stop();
    expect((await first).problem).toContain("closed the connection");
    expect(subjects("anna")).not.toContain("broken");
    await move("anna", id, imapProvider([text]));
    expect((await look(id)).collected).toBe(1);
    expect(subjects("anna").filter((one) => one === "broken")).toHaveLength(1);
  });

  test("a message that is never given does not keep the others for ever", async () => {
    const provider = imapProvider([letter("never"), letter("behind")], (command, tag) =>
      command.startsWith("UID FETCH 1 (UID BODY") ? `${tag} NO [CORRUPTION] broken\r\n` : undefined,
    );
    const id = await account("anna", provider);
    for (let time = 0; time < 5; time++) {
      expect((await look(id)).problem).toBe("127.0.0.1 did not give a message: “[CORRUPTION] broken”");
    }
    expect(await look(id)).toMatchObject({ problem: "", result: "1 message collected, 1 left there." });
    expect(subjects("anna").filter((one) => one === "behind")).toHaveLength(1);
  });

  test("what is too large stays there, whatever size was named; the rest comes, and the owner is told once", async () => {
    const large = letter("large").replace("Hello.", "x".repeat(150_000));
    const liar = imapProvider([large, letter("small")], (command, tag) =>
      command.includes("SIZE") && command.includes("FETCH 1:")
        ? `* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 2 FETCH (UID 2 RFC822.SIZE 10)\r\n${tag} OK\r\n`
        : undefined,
    );
    const id = await account("bert", liar);
    await look(id);
    await look(id);
    expect(subjects("bert")).toEqual(["A message at z at 127.0.0.1 cannot be collected", "small"]);
    expect((await look(id)).collected).toBe(0);
    const { journal } = await world.transport.collection.collector();
    expect(
      journal
        .lines(id, { keepDays: null, most: 10 })
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(["left", "taken"]);
  });
});

test("servers that never answer hold up neither each other for ever nor the end", async () => {
  const house = await World.open();
  const provider = new FakeProvider("", () => undefined);
  providers.push(provider);
  const collector = await house.transport.collection.collector();
  const mailboxes = ["anna", "bert"].map((login) => house.user(login).primaryMailbox);
  const silent = {
    host: "127.0.0.1",
    port: provider.port,
    tls: "none",
    local: true,
    login: "z",
    secret: "pw",
  } as const;
  const made = await house.store.commit((tx) =>
    [1, 2, 3].flatMap(() => mailboxes.map((mailbox) => collector.accounts.createWithin(tx, mailbox, silent))),
  );
  const looks = made.map(({ id }) => collector.lookNow(id));
  const tries = made.map((one) => collector.test(one).catch((error: Trouble) => error.sentence));
  await house.until(() => provider.sessions === 8, "four looks and four tries, two of each mailbox");
  await house.transport.stop({ graceMs: 0 });
  for (const end of [...(await Promise.all(looks)), await collector.lookNow(made[0]?.id ?? 0)]) {
    expect(end.problem).toBe("Nothing was collected.");
  }
  expect(new Set(await Promise.all(tries))).toEqual(
    new Set(["This took too long, and was given up. Try it again in a few minutes."]),
  );
  expect(provider.sessions).toBe(8);
  expect(collector.accounts.list().map(({ failures }) => failures)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(house.faults).toEqual([]);
  await house.close();
}, 15_000);

test("a server that talks on and never lets us in is given up", async () => {
  const provider = imapProvider([], (command) => (command === "CAPABILITY" ? "* OK wait\r\n" : undefined));
  providers.push(provider);
  const late = new AbortController();
  const parts = { resolver: world.resolver, isSelf: () => false, isPublic: () => false, authorities: undefined };
  const account = {
    host: "127.0.0.1",
    port: provider.port,
    protocol: "imap",
    tls: "none",
    verify: true,
    local: true,
  } as const;
  const opened = Imap.open(
    account,
    { kind: "password", login: "z", password: "pw" },
    { ...parts, signal: late.signal },
  );
  await world.until(() => provider.heard.length === 1, "a question");
  late.abort();
  expect(await opened.catch((error: Trouble) => error.kind)).toBe("unreachable");
});

describe("messages that are named anew", () => {
  const day = (n: number) => new Date(world.clock + n * 86_400_000);
  const dated = (date: Date) => date.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, "$1-$2-$3 $4 +0000");
  /** An IMAP server whose messages came in at these times. */
  const provider = (messages: readonly (readonly [id: string, came: Date])[], validity: () => number) =>
    imapProvider(
      messages.map(([id]) => letter(id)),
      (command, tag) => {
        if (command.startsWith("EXAMINE")) {
          return `* ${messages.length} EXISTS\r\n* OK [UIDVALIDITY ${validity()}]\r\n${tag} OK\r\n`;
        }
        if (!command.includes("INTERNALDATE")) return undefined;
        const from = Number(/FETCH (\d+)/.exec(command)?.[1]);
        const lines = messages.map(
          ([id, came], at) =>
            `* ${at + 1} FETCH (UID ${at + 1} INTERNALDATE "${dated(came)}" RFC822.SIZE ${letter(id).length})\r\n`,
        );
        return `${lines.slice(from - 1).join("")}${tag} OK\r\n`;
      },
    );

  test("by their server: what was there before is still not wanted, and nothing comes twice", async () => {
    const messages: [string, Date][] = [
      ["old-1", day(-9)],
      ["old-2", day(-1)],
    ];
    let validity = 1;
    const id = await account(
      "anna",
      provider(messages, () => validity),
      { existing: false },
    );
    expect((await look(id)).collected).toBe(0);
    const { journal } = await world.transport.collection.collector();
    expect(journal.lines(id, { keepDays: null, most: 9 }).map(({ uid }) => uid)).toEqual(["0000000002"]);
    messages.push(["new-1", day(0)]);
    await move(
      "anna",
      id,
      provider(messages, () => validity),
    );
    expect((await look(id)).collected).toBe(1);
    messages.splice(1, 0, ["new-2", day(1)]);
    validity = 2;
    await move(
      "anna",
      id,
      provider(messages, () => validity),
    );
    expect(await look(id)).toMatchObject({ result: "1 message collected, 1 known already.", problem: "" });
    expect((await look(id)).result).toBe("0 messages collected.");
    expect(subjects("anna").filter((one) => /^(?:old|new)-/.test(one ?? ""))).toEqual(["new-1", "new-2"]);
  });

  test("and one that was gone and is there again is removed when its time has come", async () => {
    let shown = true;
    const texts = [letter("comes-back")];
    const source = pop3Provider(texts, (line) =>
      (line === "LIST" || line === "UIDL") && !shown ? "+OK\r\n.\r\n" : undefined,
    );
    const id = await account("bert", source, { ...pop3, keepDays: 3 });
    expect((await look(id)).collected).toBe(1);
    shown = false;
    await look(id);
    const { journal } = await world.transport.collection.collector();
    const [gone] = journal.lines(id, { keepDays: 3, most: 1 });
    expect(gone).toMatchObject({ removeAt: null, goneAt: world.clock });
    shown = true;
    await look(id);
    expect(source.heard).not.toContain("DELE 1");
    world.clock += 4 * 86_400_000;
    await look(id);
    world.clock -= 4 * 86_400_000;
    expect(source.heard).toContain("DELE 1");
  });
});

test("a long journal is forgotten in slices, and what it held is no longer known", async () => {
  const texts = [letter("forgotten")];
  const id = await account("bert", imapProvider(texts));
  expect((await look(id)).collected).toBe(1);
  const { journal, accounts } = await world.transport.collection.collector();
  const mailbox = world.user("bert").primaryMailbox;
  await world.store.commit((tx) => {
    const place = { account: id, folder: "old", validity: 1 };
    for (let n = 0; n < 5_000; n++) {
      journal.putWithin(tx, place, { uid: String(n), mailbox, digest: `d${n}`, outcome: "taken" });
    }
  });
  const commit = spyOn(world.store, "commit");
  await world.store.commit((tx) => accounts.removeWithin(tx, mailbox, id));
  expect(journal.hasHad(mailbox, "d7")).toBe(false);
  const left = () =>
    world.store.client.query("SELECT count(*) FROM collect_journal WHERE account = ?").values(id)[0]?.[0];
  await world.until(() => left() === 0, "an empty journal");
  expect(commit.mock.calls.length).toBeGreaterThan(19);
  commit.mockRestore();
});

test("a refused login is told once", async () => {
  const provider = pop3Provider([], (line) =>
    line.startsWith("PASS") ? "-ERR [AUTH] wrong \x07 password\r\n" : undefined,
  );
  const id = await account("carl", provider, pop3);
  for (let time = 0; time < 6; time++) {
    expect((await look(id)).problem).toBe("127.0.0.1 refuses the login: “[AUTH] wrong   password”");
  }
  expect(subjects("carl")).toEqual(["No mail can be collected from z at 127.0.0.1"]);
});

test("mail for a full mailbox waits there", async () => {
  const mailbox = world.user("carl").primaryMailbox;
  await world.directory.mailboxes.update(mailbox, { quota: { messages: 1 } });
  const provider = imapProvider([letter("waits")]);
  const id = await account("carl", provider, { keepDays: 0 });
  expect((await look(id)).problem).toContain("is full");
  await world.directory.mailboxes.update(mailbox, { quota: { messages: null } });
  expect((await look(id)).collected).toBe(1);
  expect(subjects("carl").at(-1)).toBe("waits");
});

test("tokens: the refresh token is changed for one, and the next one is kept", async () => {
  const asked: string[] = [];
  const giver = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch: async (request) => {
      asked.push(await request.text());
      return Response.json({ access_token: "fresh", refresh_token: "second" });
    },
  });
  const provider = imapProvider([letter("by-token")], (command, tag) => {
    if (command === "AUTHENTICATE XOAUTH2") return "+ \r\n";
    return tag === Buffer.from("user=z\x01auth=Bearer fresh\x01\x01").toString("base64") ? "g2 OK\r\n" : undefined;
  });
  const tokenUrl = `http://127.0.0.1:${giver.port}/token`;
  const id = await account("anna", provider, {
    auth: "oauth2",
    tokenUrl,
    clientId: "app",
    clientSecret: "hush",
    secret: "first",
  });
  expect(await look(id)).toMatchObject({ problem: "", collected: 1 });
  expect(asked).toEqual(["grant_type=refresh_token&refresh_token=first&client_id=app&client_secret=hush"]);
  const { accounts } = await world.transport.collection.collector();
  expect(accounts.secrets(id).secret).toBe("second");
  // Whoever types another one while one is asked for keeps it.
  await accounts.keepToken(id, "first", "late");
  expect(accounts.secrets(id).secret).toBe("second");
  await giver.stop(true);
});

test("mail of a whole domain goes to those whom its header names", async () => {
  const provider = pop3Provider(
    [
      letter("one", "Delivered-To: catchall@provider.test\r\nX-Original-To: bert@home.test\r\nTo: anna@home.test\r\n"),
      letter("two", "To: nobody@home.test, Bert <BERT@home.test>\r\nCc: anna@home.test, x@elsewhere.test\r\n"),
      letter("three", "To: list@elsewhere.test\r\n"),
    ],
    () => undefined,
  );
  const before = { anna: subjects("anna").length, bert: subjects("bert").length, carl: subjects("carl").length };
  const id = await account("carl", provider, { ...pop3, routing: "headers" });
  expect((await look(id)).collected).toBe(3);
  expect(subjects("bert").slice(before.bert)).toEqual(["one", "two"]);
  expect(subjects("anna").slice(before.anna)).toEqual(["two"]);
  expect(subjects("carl").slice(before.carl)).toEqual(["three"]);
  expect(world.left()).toMatchObject({ messages: 0 });
});

test("a provider's mark of delivery does not keep mail from being forwarded; our own does", async () => {
  const forwarding = { enabled: true, addresses: ["x@elsewhere.test"], keepCopy: false };
  await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { forwarding });
  const mark = "Delivered-To: bert@home.test\r\n";
  const was = `${mark}Received: from a.test by mail.home.test (Gatepost) id x; Mon, 1 Jun 2026 12:00:00 +0000\r\n`;
  const id = await account("bert", imapProvider([letter("first", mark), letter("back", was)]));
  const queued = world.logged("message.queued").length;
  expect((await look(id)).collected).toBe(2);
  expect(world.logged("message.queued").length).toBe(queued + 1);
  expect(subjects("bert")).toContain("back");
});

describe("what a header tells", () => {
  const isPublic = publicAddresses();
  const by = (field: string, passedOver = 0) => bringerOf(new Header(`${field}\r\n\r\n`), isPublic, passedOver);
  const inner = "Received: from in.provider.test (in.provider.test [10.1.2.3]) by box.provider.test; x\r\n";

  test.each([
    ["Received: from helo.test (real.test [192.0.66.7]) by mx.provider.test; x", "192.0.66.7", "helo.test"],
    ["Received: from [8.8.8.8] (real.test [192.0.66.7])\r\n by mx.provider.test; x", "192.0.66.7", "[8.8.8.8]"],
    ["Received: from unknown (HELO helo.test) (192.0.66.7) by 0 with SMTP; x", "192.0.66.7", "helo.test"],
    [
      "Received: from real.test ([2a00:1450:4001::1] helo=helo.test) by mx with esmtp; x",
      "2a00:1450:4001::1",
      "helo.test",
    ],
    ["Received: from helo.test (real.test [IPv6:2a00:1450::1]) by mx.provider.test; x", "2a00:1450::1", "helo.test"],
    [`${inner}Received: from helo.test (real.test [192.0.66.7]) by in.provider.test; x`, "192.0.66.7", "helo.test"],
    [
      "Received: by 2002:a05:1::1 with SMTP id x; y\r\nReceived: from m.test (m.test. [192.0.66.7]) by mx.google.com; x",
      "192.0.66.7",
      "m.test",
    ],
    ["Received: from 8.8.8.8 by mx.provider.test; x", "", ""],
    ["Subject: none", "", ""],
  ])("%s", (field, remote, helo) => {
    expect(by(field)).toEqual({ remote, helo });
  });

  test("steps that the provider makes itself are passed over", () => {
    const step = "Received: from out.provider.test (out.provider.test [192.0.66.1]) by box.provider.test; x\r\n";
    const first = "Received: from helo.test (real.test [192.0.66.7]) by out.provider.test; x";
    expect(by(step + first).remote).toBe("192.0.66.1");
    expect(by(step + first, 1).remote).toBe("192.0.66.7");
    expect(by(step + first, 2).remote).toBe("");
  });

  test("fields that are made to take long are read as quickly as others", () => {
    const begun = processorMs();
    for (const piece of ["a", "1", "1.", ":", "1:", " ", "(", "(a", " helo=", "\t"]) {
      const filled = piece.repeat(200_000 / piece.length);
      by(`Received: from x (${filled}) by mx.provider.test; x`);
      by(`Received: from${filled}(y) by mx.provider.test; x`);
    }
    expect(processorMs() - begun).toBeLessThan(500);
  });

  test("a return path is an address, or none", () => {
    const path = (value: string) => returnPathOf(new Header(`Return-Path: ${value}\r\n\r\n`));
    expect(path("<zoe@far.test>")).toBe("zoe@far.test");
    for (const none of ["<>", "<zoe>", "<a@b> <c@d>", "<a b@c>", ""]) expect(path(none)).toBe("");
  });
});

test("line ends become what they are in mail, and the digest is the same however a server sends them", async () => {
  const pieces = (text: string, size: number) => {
    const all = Buffer.from(text);
    return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.subarray(at * size, (at + 1) * size));
  };
  const digests = new Set<string>();
  const lines = "Message-ID: <a@b>\n\nOne\n\nTwo\rThree\n.\n";
  for (const text of [lines, lines.replace(/\r|\n/g, "\r\n"), `${lines}\n`]) {
    for (const size of [1, 2, 3, 7, 1_000]) {
      const ends = new LineEnds();
      const whole = Buffer.concat([...pieces(text, size).map((piece) => ends.pass(piece)), ends.rest()]).toString();
      expect(whole).toBe(text.replace(/\r\n|\r|\n/g, "\r\n"));
      const incoming = await Incoming.begin(
        (async function* () {
          yield* pieces(text, size);
        })(),
      );
      let passed = "";
      for await (const piece of incoming.octets()) passed += Buffer.from(piece).toString();
      expect(passed).toBe(whole);
      expect(incoming.complete).toBe(true);
      digests.add(incoming.digest(""));
    }
  }
  expect(digests.size).toBe(1);
});
