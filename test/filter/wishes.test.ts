/** What people wish of their mail: senders on their lists, and from which score it is refused, held, or junk. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { quarantineSettings } from "../../src/filter/quarantine/settings.ts";
import { spamSettings } from "../../src/filter/spam-settings.ts";
import { patternOf, patternsFor, type Wishes } from "../../src/filter/wishes/wishes.ts";
import { Refusal } from "../../src/refusal.ts";
import { BarredList } from "../../src/transport/house-rules/barred-list.ts";
import { FilterHouse } from "./house.ts";

const ZONE = {
  "example.com": { TXT: ["v=spf1 ip4:192.0.2.0/24 -all"] },
  "other.example": { TXT: ["v=spf1 -all"] },
  "apart.example": { TXT: ["v=spf1 -all"] },
  "_dmarc.apart.example": { TXT: ["v=DMARC1; p=quarantine"] },
};

let house: FilterHouse;
let wishes: Wishes;
const [anna, bert] = [1, 2].map((at) => () => house.user(at === 1 ? "anna" : "bert").primaryMailbox) as [
  () => number,
  () => number,
];

beforeAll(async () => {
  house = await FilterHouse.open(ZONE, (house) => house.spam.panel());
  await house.set({ exempt: [], dnsSeconds: 1, reverseName: false });
  wishes = (await house.spam.room()).wishes;
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

beforeEach(async () => {
  await house.store.settings.set(spamSettings, { tarpitSeconds: 0, greylistMinutes: 0, quarantineAt: 100 });
  await house.store.commit((tx) => {
    for (const mailbox of [0, anna(), bert()]) wishes.forgetWithin(tx, mailbox);
  });
});

const letter = (from: string, text: string) =>
  `From: ${from}\r\nTo: anna@home.test\r\nSubject: ${text.slice(0, 30)}\r\nDate: ${new Date().toUTCString()}\r\n` +
  `Message-ID: <${crypto.randomUUID()}@example.com>\r\n\r\n${text}\r\n`;
const JUNK = "VIAGRA without prescription, act now, limited time. To be removed click http://192.0.2.80/ YOU HAVE WON";
const LUNCH = "Shall we meet for lunch on Thursday?";

const wish = (mailbox: number, pattern: string, wanted: boolean) =>
  house.store.commit((tx) => wishes.setWithin(tx, mailbox, pattern, wanted));
const limits = (mailbox: number, quarantineAt: number | null, refuseAt: number | null) =>
  house.store.commit((tx) => wishes.setLimitsWithin(tx, mailbox, { quarantineAt, refuseAt }));

/** Where the last message went, in each of both mailboxes. */
async function places(work: Promise<unknown>): Promise<string> {
  const count = async () =>
    await Promise.all(
      ["anna", "bert"].flatMap((login) =>
        ["INBOX", "Junk"].map(async (folder) => (await house.letters(login, folder)).length),
      ),
    );
  const held = async () => (await house.transport.quarantine()).list({ limit: 1 }).total;
  const [before, heldBefore] = [await count(), await held()];
  const refused = await work.then(
    () => "",
    (error: unknown) => {
      if (error instanceof Refusal) return `refused ${error.smtp?.code}`;
      throw error;
    },
  );
  if (refused !== "") return refused;
  const after = await count();
  const names = ["anna inbox", "anna junk", "bert inbox", "bert junk"].filter((_, at) => after[at] !== before[at]);
  return [...names, ...((await held()) > heldBefore ? ["held"] : [])].join(", ");
}

const findings = () =>
  ((house.logged("message.judged").at(-1)?.data?.findings ?? []) as { test: string; result: string }[])
    .filter(({ test }) => test === "sender")
    .map(({ result }) => result);

describe("a sender", () => {
  test("who is wanted passes, whatever he writes, where it is proven to be he", async () => {
    expect(await places(house.receive(letter("ann@example.com", JUNK)))).toBe("anna junk");
    await wish(anna(), "example.com", true);
    expect(await places(house.receive(letter("ann@example.com", JUNK)))).toBe("anna inbox");
    expect(findings()).toEqual(["wanted"]);
  });

  test("whom the house excepts from its bars is wanted, too, where it is proven, unless the mailbox wants him never", async () => {
    const list = new BarredList(house.store, Date.now);
    const values = { side: "sender", direction: "in", action: "allow", text: "", note: "" } as const;
    const added = await house.store.commit((tx) => list.addWithin(tx, [".example.com", "other.example"], values));
    expect(await places(house.receive(letter("ann@example.com", JUNK)))).toBe("anna inbox");
    expect(findings()).toEqual(["wanted"]);
    expect(await places(house.receive(letter("ann@other.example", JUNK)))).toBe("anna junk");
    await wish(anna(), "example.com", false);
    expect(await places(house.receive(letter("ann@example.com", LUNCH)))).toBe("anna junk");
    await house.store.commit((tx) => {
      for (const { id } of added) list.removeWithin(tx, id);
    });
  });

  test("who only says to be somebody who is wanted passes not", async () => {
    await wish(anna(), "ann@other.example", true);
    expect(await places(house.receive(letter("ann@other.example", JUNK)))).toBe("anna junk");
    expect(findings()).toEqual(["claimed"]);
  });

  test("who is not wanted goes to Junk, by From or by the return path, also where nothing else does", async () => {
    await wish(anna(), "*.com", false);
    const both = { to: ["anna@home.test", "bert@home.test"] };
    expect(await places(house.receive(letter("ann@example.com", LUNCH), both))).toBe("anna junk, bert inbox");
    expect(await places(house.receive(letter("ann@elsewhere.example", LUNCH)))).toBe("anna junk");
    const { statistics } = await house.spam.room();
    await house.store.commit((tx) => statistics.setJunkAtWithin(tx, anna(), 100));
    expect(await places(house.receive(letter("ann@example.com", LUNCH)))).toBe("anna junk");
    await house.store.commit((tx) => statistics.setJunkAtWithin(tx, anna(), null));
  });

  test("is judged by the closest pattern, and by the mailbox before the house", async () => {
    await wish(0, "example.com", false);
    expect(await places(house.receive(letter("ann@example.com", LUNCH)))).toBe("anna junk");
    await wish(anna(), "ann@example.com", true);
    expect(await places(house.receive(letter("ann@example.com", LUNCH)))).toBe("anna inbox");
    await wish(anna(), "example.com", false);
    expect(await places(house.receive(letter("ann@example.com", LUNCH)))).toBe("anna inbox");
    expect(await places(house.receive(letter("ben@example.com", LUNCH)))).toBe("anna junk");
  });
});

describe("a score", () => {
  const both = { to: ["anna@home.test", "bert@home.test"] };

  test("refuses where all of the recipients refuse it, and else goes to Junk", async () => {
    await limits(anna(), null, 5);
    expect(await places(house.receive(letter("ann@example.com", JUNK)))).toBe("refused 550");
    expect(await places(house.receive(letter("ann@example.com", JUNK), both))).toBe("anna junk, bert junk");
  });

  test("holds for those who hold from it, and the others get theirs", async () => {
    await limits(anna(), 5, null);
    expect(await places(house.receive(letter("ann@example.com", JUNK), both))).toBe("bert junk, held");
    const [held] = (await house.transport.quarantine()).list({ limit: 1 }).held;
    expect(held?.reason).toBe("junk");
    expect(held?.recipients.map(({ mailbox }) => mailbox)).toEqual([anna()]);
    expect(held?.findings.length).toBeGreaterThan(3);
    await house.store.settings.set(spamSettings, { quarantineAt: 5 });
    await limits(anna(), 100, null);
    expect(await places(house.receive(letter("ann@example.com", JUNK), both))).toBe("anna junk, held");
  });
});

test("what its domain asks to keep apart is held where that is set", async () => {
  expect(await places(house.receive(letter("ann@apart.example", LUNCH), { from: "ann@apart.example" }))).toBe(
    "anna junk",
  );
  await house.store.settings.set(quarantineSettings, { dmarc: true });
  expect(await places(house.receive(letter("ann@apart.example", LUNCH), { from: "ann@apart.example" }))).toBe("held");
  await house.store.settings.set(quarantineSettings, { dmarc: false });
});

test("a pattern is an address, a domain, or what lies below one", () => {
  expect(patternOf(" Ann@Example.ORG ")).toBe("ann@example.org");
  expect(patternOf("@example.org")).toBe("example.org");
  expect(patternOf("*.Müller.example")).toBe("*.xn--mller-kva.example");
  for (const wrong of ["", "*", "*.org.", "org", "*@*", "a b@example.org", "%", "*.com\r\nx"]) {
    expect(patternOf(wrong)).toBeUndefined();
  }
  expect(patternsFor("Ann@a.b.example")).toEqual(["ann@a.b.example", "a.b.example", "*.b.example", "*.example"]);
  expect(patternsFor(`a@${"x.".repeat(120)}example`).length).toBeLessThan(25);
});
