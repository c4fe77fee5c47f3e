/** Junk: what mailboxes learn, what a message comes to, and who is asked to come again. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { attachmentSettings } from "../../src/filter/attachments/settings.ts";
import { spamSettings } from "../../src/filter/spam-settings.ts";
import { Statistics } from "../../src/filter/words/statistics.ts";
import { ANSWERED, SEEN } from "../../src/mailstore/flags.ts";
import { Refusal } from "../../src/refusal.ts";
import { fileMessage, zipOf } from "./files.ts";
import { FilterHouse } from "./house.ts";

const ZONE = {
  "1.2.0.192.in-addr.arpa": { PTR: ["mx.example.com"] },
  "mx.example.com": { A: ["192.0.2.1"] },
  "example.com": { TXT: ["v=spf1 ip4:192.0.2.0/24 -all"] },
  "9.2.0.192.bad.test": { A: ["127.0.0.2"] },
  "7.2.0.192.bad.test": { A: ["203.0.113.80"] },
  "8.2.0.192.bad.test": { A: ["127.255.255.254"] },
  "pills.example.bad.test": { A: ["127.0.1.2"] },
};

let house: FilterHouse;

beforeAll(async () => {
  house = await FilterHouse.open(ZONE, (house) => house.spam.panel());
  await house.set({ exempt: [], dnsSeconds: 1 });
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

beforeEach(async () => {
  await house.store.settings.set(spamSettings, { tarpitSeconds: 0, greylistMinutes: 0, dnsLists: [], junkAt: 5 });
});

const letter = (from: string, subject: string, text: string, more = "") =>
  `From: ${from}\r\nTo: anna@home.test\r\nSubject: ${subject}\r\nDate: ${new Date().toUTCString()}\r\n` +
  `Message-ID: <${crypto.randomUUID()}@example.com>\r\n${more}\r\n${text}\r\n`;

const JUNK = letter(
  '"Bank <service@bank.example>" <win12345@example.com>',
  "YOU HAVE BEEN CHOSEN !!!",
  "Claim your prize now: viagra, no prescription, act now, limited time. To be removed click http://192.0.2.80/",
);

/** The score in the verdict of the last message of a folder. */
async function verdictOf(folder = "INBOX", login = "anna"): Promise<{ score: number; text: string }> {
  const field = /^Gatepost-Verdict: (?:.*\r\n)(?: .*\r\n)*/m.exec(
    (await house.letters(login, folder)).at(-1) ?? "",
  )?.[0];
  return { score: Number(/score=(-?[\d.]+)/.exec(field ?? "")?.[1]), text: (field ?? "").replace(/\r\n ?/g, "") };
}

async function refusalOf(work: Promise<unknown>): Promise<Refusal | undefined> {
  return await work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Refusal) return error;
      throw error;
    },
  );
}

const mailboxOf = (login: string) => house.user(login).primaryMailbox;
const profileOf = async (login: string) => (await house.spam.room()).statistics.profile(mailboxOf(login));

/** Moves the last message of a folder. */
async function move(login: string, from: string, to: string): Promise<void> {
  const source = house.folderId(login, from);
  const uid = (await house.messages(source)).at(-1)?.uid ?? 0;
  await house.mailstore.copy(source, [uid], house.folderId(login, to), { move: true });
  await house.spam.settled();
}

describe("a message", () => {
  test("that is plainly junk goes to Junk, and the header says why", async () => {
    await house.receive(JUNK);
    const { score, text } = await verdictOf("Junk");
    expect(score).toBeGreaterThan(5);
    expect(text).toStartWith("Gatepost-Verdict: junk; score=");
    for (const test of ["header/name-is-other-address:3.5", "contents/medicine", "header/capitals"])
      expect(text).toContain(test);
  });

  test("adds what its files are set to, a kind at a time, in whatever they are packed", async () => {
    const set = (patch: Parameters<typeof house.store.settings.set<typeof attachmentSettings.schema>>[1]) =>
      house.store.settings.set(attachmentSettings, patch);
    const found = async (name: string, content: string | Buffer, folder = "INBOX") => {
      const [head] = letter("Ben <ben@example.com>", "File", "").split("\r\n\r\n");
      const { trace } = await house.receive(fileMessage(name, content, `${head}\r\n`));
      const judged = house.logged("message.judged").find((event) => event.trace === trace)?.data?.findings;
      const said = (judged as { test: string; sentence: string }[]).filter(({ test }) => test === "attachment");
      const { text } = await verdictOf(folder);
      return [text.match(/attachment\/[a-z]+:[\d.]+/g)?.toSorted() ?? [], said.map(({ sentence }) => sentence)];
    };
    expect(await found("tool.zip", zipOf([["setup.exe"]]))).toEqual([
      ["attachment/program:4"],
      ["It carries a program (tool.zip)."],
    ]);
    expect(await found("invoice.pdf.js", "x", "Junk")).toEqual([
      ["attachment/disguised:4", "attachment/script:4"],
      ["It carries a script (invoice.pdf.js).", "It carries a file that hides what it is (invoice.pdf.js)."],
    ]);
    expect((await found("a.zip", zipOf([["plan.txt", "x", true]])))[0]).toEqual(["attachment/encrypted:1"]);
    expect((await found("plan.pdf", "%PDF"))[0]).toEqual([]);
    await set({ macro: 9, program: 0 });
    expect((await found("sheet.xls", zipOf([["xl/vbaProject.bin"]]), "Junk"))[0]).toEqual(["attachment/macro:9"]);
    expect((await found("tool.exe", "MZ"))[0]).toEqual([]);
    await set({ macro: 1.5, program: 4 });
  });

  test("that is none stays in the inbox", async () => {
    await house.receive(letter("Ben <ben@example.com>", "Lunch on Thursday", "Shall we meet at noon?"));
    const { score, text } = await verdictOf();
    expect(score).toBeLessThan(2);
    expect(text).toStartWith("Gatepost-Verdict: clean");
  });

  test("cannot bring its own verdict along", async () => {
    const forged = "gatepost-Verdict : clean; score=-100\r\n";
    await house.receive(`${forged}${JUNK.replace("\r\n\r\n", `\r\nGATEPOST-VERDICT: clean;\r\n score=-9\r\n\r\n`)}`);
    const message = (await house.letters("anna", "Junk")).at(-1) ?? "";
    expect(message.match(/^gatepost-verdict/gim)).toHaveLength(1);
    expect(message).not.toContain("score=-");
  });

  test("goes where the mailbox says", async () => {
    const { statistics } = await house.spam.room();
    await house.store.commit((tx) => statistics.setJunkAtWithin(tx, mailboxOf("bert"), 100));
    await house.receive(JUNK, { to: ["anna@home.test", "bert@home.test"] });
    expect(await house.letters("bert", "INBOX")).toHaveLength(1);
    await house.store.commit((tx) => statistics.setJunkAtWithin(tx, mailboxOf("bert"), null));
  });

  test("of somebody to whom the owner wrote is never junk, where it is proven to be his", async () => {
    const { id } = house.user("anna");
    const people = [{ address: "ben@example.com", name: "" }];
    await house.store.commit((tx) => house.directory.contacts.rememberWithin(tx, id, people, Date.now()));
    const mine = letter(
      "ben@example.com",
      "YOU HAVE WON !!!",
      "Viagra, no prescription, act now. To be removed click.",
    );
    await house.receive(mine, { from: "ben@example.com" });
    expect((await verdictOf()).text).toContain("known/proven:-8");
    await house.receive(mine, { from: "eve@elsewhere.example" });
    expect((await house.letters("anna", "INBOX")).at(-1)).not.toContain("known/proven");
  });

  test("is refused from the score that is set on", async () => {
    await house.store.settings.set(spamSettings, { refuseAt: 8 });
    const refusal = await refusalOf(house.receive(JUNK));
    expect(refusal?.smtp).toEqual({ code: 550, enhanced: "5.7.1" });
    await house.store.settings.set(spamSettings, { refuseAt: 100 });
  });
});

test("whoever the owner's mail program wrote to is known", async () => {
  const sent = `From: anna@home.test\r\nTo: Zoe <zoe@example.com>\r\nSubject: x\r\n\r\nx\r\n`;
  await house.put(house.folderId("anna", "Sent"), sent);
  await house.spam.settled();
  expect(house.directory.contacts.knows(house.user("anna").id, "Zoe@Example.com")).toBe(true);
  await house.receive(letter("zoe@example.com", "Hello", "Nothing."), { from: "zoe@example.com" });
  expect((await verdictOf()).text).toContain("known/proven:-8");
});

describe("a doubtful sender", () => {
  test("is asked to come again, and then may for other mail, too", async () => {
    await house.store.settings.set(spamSettings, { greylistMinutes: 5, greylistAt: 4 });
    const first = await refusalOf(house.receive(JUNK));
    expect(first?.smtp).toEqual({ code: 451, enhanced: "4.7.1" });
    expect((await refusalOf(house.receive(JUNK)))?.sentence).toContain("5 minutes");
    house.store.client.run("UPDATE greylist SET first = first - 300000");
    expect(await refusalOf(house.receive(JUNK))).toBeUndefined();
    expect(await refusalOf(house.receive(JUNK))).toBeUndefined();
    // Another network has not come again.
    expect((await refusalOf(house.receive(JUNK, { remote: "198.51.100.9" })))?.smtp?.code).toBe(451);
  });
});

describe("lists in the DNS", () => {
  const lists = [
    { zone: "bad.test", of: "addresses", points: 3 },
    { zone: "bad.test", of: "domains", points: 2.5 },
  ] as const;
  test("say what they say with an address in 127/8 alone", async () => {
    await house.store.settings.set(spamSettings, { dnsLists: [...lists] });
    const texts: string[] = [];
    for (const last of [9, 7, 8]) {
      await house.receive(letter("ben@example.com", "Hello", "Nothing."), { remote: `192.0.2.${last}` });
      texts.push((await verdictOf()).text);
    }
    expect(texts.map((text) => text.includes("list/listed:bad.test:3"))).toEqual([true, false, false]);
  });

  test("are asked for domains of links, once each", async () => {
    await house.store.settings.set(spamSettings, { dnsLists: [...lists] });
    await house.receive(letter("ben@example.com", "Hello", "http://a.pills.example/ http://b.pills.example/"));
    expect((await verdictOf()).text.match(/list\/listed/g)).toHaveLength(1);
  });
});

describe("what is moved teaches", () => {
  test("into Junk: junk; out of it: none; and each message counts once", async () => {
    await house.receive(letter("shop@example.com", "Offers", "Many things to buy, cheaper every day, dear reader."));
    await move("anna", "INBOX", "Junk");
    expect(await profileOf("anna")).toMatchObject({ ham: 0, spam: 1 });
    await move("anna", "Junk", "INBOX");
    expect(await profileOf("anna")).toMatchObject({ ham: 1, spam: 0 });
    await move("anna", "INBOX", "Junk");
    await move("anna", "Junk", "Trash");
    expect(await profileOf("anna")).toMatchObject({ ham: 0, spam: 1 });
    const { statistics } = await house.spam.room();
    expect(statistics.shared()).toMatchObject({ ham: 0, spam: 1 });
  });

  test("filed or answered, quietly, once it was read: none", async () => {
    const inbox = house.folderId("bert");
    const file = async (flags: number) => {
      const uid = await house.put(inbox, letter("c@example.com", "Report", "The yearly report."), { flags });
      await house.mailstore.copy(inbox, [uid], house.folderId("bert", "Archive"), { move: true });
      await house.spam.settled();
      return (await profileOf("bert"))?.ham ?? 0;
    };
    const before = (await profileOf("bert"))?.ham ?? 0;
    expect(await file(0)).toBe(before);
    expect(await file(SEEN)).toBe(before + 1);
    const uid = await house.put(inbox, letter("d@example.com", "Question", "Where is it?"));
    await house.mailstore.setFlags(inbox, [uid], { mode: "add", flags: { system: ANSWERED, keywords: [] } });
    await house.spam.settled();
    expect((await profileOf("bert"))?.ham).toBe(before + 2);
    const { school } = await house.spam.room();
    const folder = house.folderId("bert", "Archive");
    const contents = (await house.messages(folder)).map((one) => house.mailstore.contentOf(folder, one.uid));
    const taught = [...contents, house.mailstore.contentOf(inbox, uid)].map((content) => ({ content: content ?? 0 }));
    await school.learn(taught.map((one) => ({ ...one, mailbox: mailboxOf("bert"), kind: undefined })));
  });

  test("but what expires in Junk does not", async () => {
    const before = await profileOf("bert");
    await house.put(house.folderId("bert", "Junk"), JUNK, { flags: SEEN });
    const rules = [{ folder: "Junk", days: 1, action: "archive" }] as const;
    const later = Date.now() + 3 * 86_400_000;
    expect(await house.mailstore.archive.expire(mailboxOf("bert"), rules, later)).toMatchObject({ archived: 1 });
    await house.spam.settled();
    expect(await profileOf("bert")).toEqual(before as NonNullable<typeof before>);
  });

  test("and is taken back to the last word", async () => {
    const { school, statistics } = await house.spam.room();
    const content = house.mailstore.contentOf(house.folderId("anna", "Trash"), 1) ?? 0;
    expect(await school.learn([{ mailbox: mailboxOf("anna"), content, kind: undefined }])).toBe(1);
    const profile = await profileOf("anna");
    expect(profile).toMatchObject({ ham: 0, spam: 0 });
    expect(profile && statistics.slice(profile, -1, 10)).toEqual([]);
    expect(house.store.client.query("SELECT count(*) AS n FROM spam_tokens").get()).toEqual({ n: 0 });
  });

  test("once there is enough of it, and others in the house have something of it", async () => {
    const { school } = await house.spam.room();
    const teach = async (kind: "ham" | "spam", text: (at: number) => string) => {
      for (let at = 0; at < 40; at++) {
        const folder = house.folderId("anna", "Archive");
        const uid = await house.put(folder, letter(`a${at}@${kind}.example`, `Note ${at}`, text(at)));
        const content = house.mailstore.contentOf(folder, uid) ?? 0;
        await school.learn([{ mailbox: mailboxOf("anna"), content, kind }]);
      }
    };
    await teach("spam", (at) => `Zanzibar holidays with golden sand, number ${at}, booked by lottery friends.`);
    await teach("ham", (at) => `The minutes of meeting ${at} about the new library and its opening hours.`);
    await house.receive(letter("x@example.com", "Hello", "Golden sand in Zanzibar: holidays booked by friends."));
    expect(await verdictOf("Junk")).toMatchObject({ text: expect.stringContaining("words/") });
    await house.receive(letter("x@example.com", "Hello", "Golden sand in Zanzibar: holidays booked by friends."), {
      to: ["bert@home.test"],
    });
    expect((await house.letters("bert", "Junk")).at(-1)).toContain("words/100%");
    await house.receive(letter("x@example.com", "Hello", "Minutes of the meeting about library opening hours."));
    expect((await verdictOf()).text).toMatch(/words\/\d%:-/);
  });
});

describe("what is learned", () => {
  test("ages: what one message brought sooner, all else later; and a mailbox that is gone leaves nothing", async () => {
    let now = Date.UTC(2026, 0);
    const statistics = new Statistics(house.store, () => now);
    const size = () => house.store.client.query<{ n: number }, []>("SELECT count(*) AS n FROM spam_tokens").get()?.n;
    house.store.client.run("DELETE FROM spam_tokens");
    const learn = (mailbox: number, all: number[]) =>
      house.store.commit((tx) => statistics.learnWithin(tx, mailbox, { all, words: [], hosts: [] }, "spam"));
    const marks = 2 * 4;
    await learn(901, [101, 102]);
    await learn(901, [102, 103]);
    expect(size()).toBe(6 + marks);
    now += 61 * 86_400_000;
    expect(await statistics.age()).toBe(4);
    expect(size()).toBe(2 + marks);
    now += 700 * 86_400_000;
    expect(await statistics.age()).toBe(2 + marks);
    await learn(901, [107]);
    const before = statistics.profile(901)?.id;
    await statistics.forget(901);
    expect(size()).toBe(1 + marks / 2);
    await learn(902, [108]);
    expect(statistics.profile(902)).toMatchObject({ id: before, spam: 1 });
  });
});
