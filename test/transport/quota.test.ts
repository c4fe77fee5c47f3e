import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Quota } from "../../src/directory/mailbox.ts";
import { Refusal } from "../../src/refusal.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { HOUR, reportParts, World } from "./world.ts";

const DAY = 86_400_000;

let world: World;
beforeEach(async () => {
  world = await World.open({ start: false });
});
afterEach(() => world.close());

const boxOf = (login: string) => world.user(login).primaryMailbox;
async function limit(login: string, quota: Partial<Quota>) {
  await world.directory.mailboxes.update(boxOf(login), { quota });
}
const fill = (login: string) => world.mailstore.usage(boxOf(login)).messages;
const stranger = { kind: "smtp", session: "s", trace: "t" } as const;

/** What a refusal says in SMTP terms, or "taken". */
async function verdict(work: () => unknown): Promise<string> {
  try {
    await work();
    return "taken";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.smtp?.code} ${error.smtp?.enhanced}`;
  }
}

describe("at RCPT", () => {
  test.each([
    [{ messages: 2 }, undefined, "taken"],
    [{ messages: 1 }, undefined, "452 4.2.2"],
    [{ messages: 1, whenFull: "refuse" }, undefined, "552 5.2.2"],
    [{ messages: 0, whenFull: "refuse" }, undefined, "552 5.2.2"],
    [{ octets: 100 }, undefined, "452 4.2.2"],
    [{ octets: 10_000 }, undefined, "taken"],
    [{ octets: 10_000 }, 9_000, "taken"],
    [{ octets: 10_000 }, 10_001, "452 4.2.2"],
    [{ octets: 10_000, whenFull: "refuse" }, 20_000, "552 5.2.2"],
  ] as const)("%j and a message of %p octets", async (quota, size, expected) => {
    await world.send("bert@home.test");
    await limit("bert", quota);
    expect(await verdict(() => world.transport.checkRecipient("bert@home.test", stranger, size))).toBe(expected);
  });

  test("one full mailbox of an address that reaches several is no reason to refuse", async () => {
    await world.directory.aliases.add("both@home.test", boxOf("anna"));
    await world.directory.aliases.add("both@home.test", boxOf("bert"));
    await limit("bert", { messages: 0 });
    expect(await verdict(() => world.transport.checkRecipient("both@home.test", stranger))).toBe("taken");
    await limit("anna", { messages: 0, whenFull: "refuse" });
    expect(await verdict(() => world.transport.checkRecipient("both@home.test", stranger))).toBe("452 4.2.2");
  });

  test("the mail group's limits hold where the mailbox has none, with all they say", async () => {
    const group = await world.directory.mailGroups.create({
      name: "Staff",
      quota: { messages: 0, whenFull: "refuse" },
    });
    await world.directory.mailboxes.update(boxOf("bert"), { groupId: group.id });
    const check = () => verdict(() => world.transport.checkRecipient("bert@home.test", stranger));
    expect(await check()).toBe("552 5.2.2");
    await world.directory.mailGroups.update(group.id, { quota: { whenFull: "defer" } });
    expect(await check()).toBe("452 4.2.2");
    await limit("bert", { messages: 10 });
    expect(await check()).toBe("taken");
  });

  test("mail that only passes through needs no room", async () => {
    await limit("bert", { messages: 0 });
    const forwarding = { enabled: true, addresses: ["x@far.test"], keepCopy: false };
    await world.directory.mailboxes.update(boxOf("bert"), { forwarding });
    expect(await verdict(() => world.send("bert@home.test", undefined, { origin: stranger }))).toBe("taken");
    expect(world.left().messages).toBe(1);
    await world.directory.mailboxes.update(boxOf("bert"), { forwarding: { keepCopy: true } });
    expect(await verdict(() => world.transport.checkRecipient("bert@home.test", stranger))).toBe("452 4.2.2");
  });
});

describe("when the message is there", () => {
  test("a message for full mailboxes alone is refused, and leaves nothing behind", async () => {
    await limit("bert", { octets: 500 });
    const large = `Subject: x\r\n\r\n${"x".repeat(70)}`.padEnd(3_000_000, "\r\nxxxxxxxx");
    expect(await verdict(() => world.send("bert@home.test", large))).toBe("452 4.2.2");
    await limit("bert", { whenFull: "refuse" });
    expect(await verdict(() => world.send("bert@home.test", large))).toBe("552 5.2.2");
    expect(fill("bert")).toBe(0);
    expect(world.contents()).toBe(0);
  });

  test("fifty at once fill a mailbox to its limit and not beyond", async () => {
    await limit("bert", { messages: 20 });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => verdict(() => world.send("bert@home.test"))));
    expect(outcomes.filter((one) => one === "taken")).toHaveLength(20);
    expect(outcomes.filter((one) => one === "452 4.2.2")).toHaveLength(30);
    expect(fill("bert")).toBe(20);
  });

  test("others get it; for who is full it waits, and comes when there is room", async () => {
    world.transport.start();
    await limit("bert", { messages: 0 });
    await world.send([
      { address: "anna@home.test" },
      { address: "bert@home.test", notify: ["SUCCESS", "DELAY", "FAILURE"] },
    ]);
    expect(fill("anna")).toBe(1);
    await world.happened("message.deferred");
    const [entry] = world.transport.queue.list().entries;
    expect(entry).toMatchObject({ recipient: "bert@home.test", lastReply: "The mailbox is full." });
    expect(world.transport.queue.counts()[0]).toMatchObject({ text: "a mailbox here", waiting: 1 });
    // The sender hears that it takes long.
    world.pass(5 * HOUR);
    await world.until(() => fill("anna") === 2);
    expect(reportParts(world.inbox("anna")[1] ?? "").fields[1]?.get("Status")).toBe("4.2.2");
    // Another way for everything else is none for this.
    await world.store.settings.set(transportSettings, { smartHosts: [{ host: "127.0.0.1", port: 1 }] });
    await limit("bert", { messages: 5 });
    world.pass(2 * HOUR);
    await world.until(() => fill("bert") === 1);
    expect(world.inbox("bert")[0]).toBe(world.inbox("anna")[0]);
    await world.until(() => fill("anna") === 3);
    expect(reportParts(world.inbox("anna")[2] ?? "").fields[1]?.get("Action")).toBe("delivered");
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
  });

  test("where full mailboxes refuse, its sender gets it back", async () => {
    world.transport.start();
    await limit("bert", { messages: 0, whenFull: "refuse" });
    await world.send(["carl@home.test", "bert@home.test"]);
    await world.until(() => fill("anna") === 1);
    const { fields } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Final-Recipient")).toBe("rfc822; bert@home.test");
    expect(fields[1]?.get("Status")).toBe("5.2.2");
    expect([fill("carl"), fill("bert")]).toEqual([1, 0]);
    expect(world.left().messages).toBe(0);
  });

  test("waiting is no longer than for a server, and then it comes back", async () => {
    world.transport.start();
    await limit("bert", { messages: 0 });
    await world.send(["carl@home.test", "bert@home.test"]);
    await world.happened("message.deferred");
    world.pass(100 * HOUR);
    await world.until(() => world.left().messages === 0);
    expect(world.inbox("anna").at(-1)).toContain("Status: 5.4.7");
  });

  test("a mailbox that goes while its mail waits sends it back", async () => {
    world.transport.start();
    await limit("bert", { messages: 0 });
    await world.send(["anna@home.test", "bert@home.test"]);
    await world.happened("message.deferred");
    await world.directory.users.remove("bert");
    world.pass(HOUR);
    await world.until(() => fill("anna") === 2);
    expect(reportParts(world.inbox("anna")[1] ?? "").fields[1]?.get("Status")).toBe("5.1.1");
  });

  test("a full mailbox that another forwards to makes nobody lose anything", async () => {
    world.transport.start();
    await limit("bert", { messages: 0 });
    const forwarding = { enabled: true, addresses: ["bert@home.test"], keepCopy: false };
    await world.directory.mailboxes.update(boxOf("carl"), { forwarding });
    await world.send("carl@home.test");
    await world.happened("message.deferred");
    expect([fill("carl"), fill("bert")]).toEqual([0, 0]);
    await limit("bert", { messages: null });
    world.pass(HOUR);
    await world.until(() => fill("bert") === 1);
  });

  test("reports come however full it is", async () => {
    await limit("anna", { messages: 0 });
    await world.directory.domains.update("home.test", { unknownRecipients: "bounce" });
    await world.send("gone@home.test");
    expect(fill("anna")).toBe(1);
  });

  test("who does not get it yet does not answer it yet", async () => {
    await limit("bert", { messages: 0 });
    await world.directory.mailboxes.update(boxOf("bert"), { autoresponder: { enabled: true, text: "Away" } });
    await world.send(["carl@home.test", "bert@home.test"], "To: bert@home.test\r\n\r\n");
    expect(fill("anna")).toBe(0);
  });
});

describe("warnings", () => {
  const warnings = (login = "bert") =>
    world.inbox(login).filter((text) => text.includes("Auto-Submitted: auto-generated"));
  const settled = () => world.transport.quotaWarnings.settled();

  beforeEach(() => world.transport.start());

  test("come once in a period, however often the mark is crossed", async () => {
    await limit("bert", { messages: 10, warnPercent: 80, warnDays: 7 });
    for (let count = 0; count < 7; count++) await world.send("bert@home.test");
    await settled();
    expect(warnings()).toHaveLength(0);
    await world.send("bert@home.test");
    await settled();
    const [text = ""] = warnings();
    expect(text).toContain("From: Mail server <postmaster@home.test>\r\nTo: bert@home.test\r\n");
    expect(text).toContain("Subject: Your mailbox is 80 percent full\r\n");
    expect(text).toContain("8 of 10 messages");
    // Emptied and filled again.
    const view = await world.mailstore.open(world.folderId("bert"));
    await world.mailstore.expunge(view.folderId, [...view.uids].slice(0, 7));
    view.close();
    for (let count = 0; count < 7; count++) await world.send("bert@home.test");
    await settled();
    expect(warnings()).toHaveLength(1);
    world.clock += 7 * DAY;
    await world.send("bert@home.test");
    await settled();
    expect(warnings()).toHaveLength(2);
  });

  test("come into a full mailbox, and say what happens to mail now", async () => {
    await limit("bert", { messages: 1, whenFull: "refuse" });
    await world.send("bert@home.test");
    await settled();
    expect(warnings()[0]).toContain("Subject: Your mailbox is full\r\n");
    expect(warnings()[0]).toContain("mail to you is refused");
  });

  test("come for what a mail program puts there, too, and for limits that were lowered", async () => {
    await limit("bert", { octets: 1_000 });
    const bytes = `Subject: x\r\n\r\n${"x".repeat(950)}\r\n`;
    await world.put(world.folderId("bert", "Sent"), bytes);
    await settled();
    expect(warnings()).toHaveLength(1);
    await world.send("anna@home.test");
    await limit("anna", { messages: 1 });
    await world.transport.keepHouse();
    expect(warnings("anna")).toHaveLength(1);
  });

  test("of fifty deliveries at once lead to one, and over a restart to no second", async () => {
    await limit("bert", { messages: 60, warnPercent: 10 });
    await Promise.all(Array.from({ length: 50 }, () => world.send("bert@home.test")));
    await settled();
    expect(warnings()).toHaveLength(1);
    const { folder, clock } = world;
    await world.close({ keep: true });
    world = await World.open({ folder });
    world.clock = clock + HOUR;
    await world.send("bert@home.test");
    await settled();
    expect(warnings()).toHaveLength(1);
  });

  test("without limits there are none", async () => {
    await world.send("bert@home.test");
    await world.transport.keepHouse();
    expect(warnings()).toHaveLength(0);
  });
});

test("a catch-all and the addresses of domain aliases lead where they should", async () => {
  await world.directory.domains.update("home.test", { aliases: ["alias.test"] });
  expect(await verdict(() => world.transport.checkRecipient("bert@alias.test", stranger))).toBe("taken");
  expect(await verdict(() => world.transport.checkRecipient("gone@alias.test", stranger))).not.toBe("taken");
  const catchAllMailbox = boxOf("bert");
  await world.directory.domains.update("home.test", { unknownRecipients: "mailbox", catchAllMailbox });
  await world.send(["gone@alias.test", "gone@home.test", "bert@alias.test"], undefined, { origin: stranger });
  expect(fill("bert")).toBe(1);
  // A catch-all that is full is as full as any other mailbox.
  await limit("bert", { messages: 1 });
  expect(await verdict(() => world.transport.checkRecipient("whoever@home.test", stranger))).toBe("452 4.2.2");
  // When its mailbox goes, the domain refuses strangers again.
  await world.directory.users.remove("bert");
  expect(await verdict(() => world.transport.checkRecipient("whoever@home.test", stranger))).toBe(
    "undefined undefined",
  );
  await world.directory.domains.update("home.test", { unknownRecipients: "bounce" });
  await world.send("whoever@home.test", undefined, { origin: stranger });
  expect(fill("anna")).toBe(1);
});
