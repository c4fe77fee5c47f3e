import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Autoresponder } from "../../src/directory/mailbox.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { World } from "./world.ts";

const DAY = 86_400_000;
const LETTER = "From: Anna <anna@home.test>\r\nTo: bert@home.test\r\nSubject: Hello\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n";

let world: World;
beforeEach(async () => {
  world = await World.open({ start: false });
  world.clock = Date.now();
  await respond({});
});
afterEach(() => world.close());

async function respond(changes: Partial<Autoresponder>, login = "bert") {
  const autoresponder = { enabled: true, text: "I am away.", ...changes };
  await world.directory.mailboxes.update(world.user(login).primaryMailbox, { autoresponder });
  // Times are told in milliseconds, and changes of a test come faster than that.
  world.clock = Math.max(world.clock, Date.now()) + 1;
}
const answers = (login = "anna") => world.inbox(login).filter((text) => text.includes("Auto-Submitted: auto-replied"));
const queued = () => world.transport.queue.list().entries.map((entry) => `<${entry.reversePath}> ${entry.recipient}`);

test("answers the return path, from the null path", async () => {
  await world.send("bert@home.test", LETTER);
  expect(world.inbox("bert")).toHaveLength(1);
  const [text = ""] = answers();
  expect(text).toStartWith("Return-Path: <>\r\nReceived: by mail.home.test (Gatepost)");
  expect(text).toContain("From: bert@home.test\r\nTo: anna@home.test\r\nSubject: Auto: Hello\r\n");
  expect(text).toContain("In-Reply-To: <1@x>\r\n");
  expect(text).toEndWith("\r\n\r\nI am away.\r\n");
});

test("answers somebody elsewhere through the queue, with no wish for reports", async () => {
  const origin = { kind: "smtp", session: "s", trace: "t" } as const;
  await world.send("bert@home.test", LETTER, { reversePath: "x@far.test", origin });
  expect(queued()).toEqual(["<> x@far.test"]);
  const [entry] = world.transport.queue.list().entries;
  expect(world.transport.queue.show(entry?.id ?? 0).recipients[0]?.notify).toBe("NEVER");
});

describe("answers", () => {
  test.each([
    ["To", "To: bert@home.test", true],
    ["Cc", "Cc: Bert <BERT@home.test>", true],
    ["a group in Bcc", "Bcc: us: x@y.test, bert@home.test;", true],
    ["Resent-To", "To: list@far.test\r\nResent-To: bert@home.test", true],
    ["a further address with a detail", "To: b+shop@home.test", true],
    ["an alias of the domain", "To: bert@alias.test", true],
    ["somebody else alone", "To: anna@home.test", false],
    ["nobody", "Subject: x", false],
    ["a name that looks like it", 'To: "bert@home.test" <x@far.test>', false],
    [
      "many others first",
      `To: ${Array.from({ length: 450 }, (_, i) => `u${i}@far.test`).join(",\r\n ")}, bert@home.test`,
      true,
    ],
    [
      "too many others first",
      `To: ${Array.from({ length: 2_000 }, (_, i) => `u${i}@far.test`).join(",\r\n ")}, bert@home.test`,
      false,
    ],
  ])("mail to %s", async (_what, fields, answered) => {
    await world.directory.domains.update("home.test", { aliases: ["alias.test"] });
    await world.directory.aliases.add("b@home.test", world.user("bert").primaryMailbox);
    await world.send("bert@home.test", `From: anna@home.test\r\n${fields}\r\n\r\nHi\r\n`);
    expect(answers()).toHaveLength(answered ? 1 : 0);
  });

  test("nobody whom a catch-all took", async () => {
    const catchAllMailbox = world.user("bert").primaryMailbox;
    await world.directory.domains.update("home.test", { unknownRecipients: "mailbox", catchAllMailbox });
    await world.send("whoever@home.test", "To: whoever@home.test\r\n\r\n");
    expect(world.inbox("bert")).toHaveLength(1);
    expect(answers()).toHaveLength(0);
  });

  test("not its owner, whichever of his addresses he uses", async () => {
    await world.send("bert@home.test", LETTER, {
      reversePath: "bert+x@home.test",
      origin: world.origin({ user: world.user("bert") }),
    });
    expect(answers("bert")).toHaveLength(0);
  });

  test.each([
    [{ doNotRespond: ["ANNA@home.test"] }, 0],
    [{ doNotRespond: ["*@home.test"] }, 0],
    [{ doNotRespond: ["*@far.test"] }, 1],
    [{ enabled: false }, 0],
    [{ startsAt: Date.now() + DAY }, 0],
    [{ startsAt: Date.now() - DAY }, 1],
    [{ endsAt: Date.now() - 1 }, 0],
    [{ startsAt: Date.now() - DAY, endsAt: Date.now() + DAY }, 1],
  ] as const)("with %j", async (changes, count) => {
    await respond(changes as Partial<Autoresponder>);
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(count);
  });

  test("the return path is asked for on the list, and the From field too", async () => {
    await respond({ doNotRespond: ["boss@far.test"] });
    await world.send("bert@home.test", LETTER.replace("anna@home.test", "boss@far.test"));
    expect(answers()).toHaveLength(0);
  });
});

describe("once in a period", () => {
  test("by return path, in any case; then again", async () => {
    await respond({ periodDays: 7 });
    await world.send("bert@home.test", LETTER);
    await world.send("bert@home.test", LETTER, { reversePath: "ANNA@home.test" });
    expect(answers()).toHaveLength(1);
    world.clock += 7 * DAY - 10_000;
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(1);
    world.clock += 20_000;
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(2);
  });

  test.each([
    ["another text", { text: "Still away." }, 2],
    ["another subject", { subject: "Away" }, 2],
    ["another beginning", { startsAt: 1 }, 2],
    ["another list", { doNotRespond: ["x@y.test"] }, 1],
    ["another end", { endsAt: Date.now() + DAY }, 1],
  ])("%s is news: %#", async (_what, changes, count) => {
    await world.send("bert@home.test", LETTER);
    await respond(changes);
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(count);
  });

  test("switched off and on it begins anew", async () => {
    await world.send("bert@home.test", LETTER);
    await respond({ enabled: false });
    await respond({ enabled: true });
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(2);
  });

  test("of many messages at once one is answered", async () => {
    await Promise.all(Array.from({ length: 50 }, () => world.send("bert@home.test", LETTER)));
    expect(world.inbox("bert")).toHaveLength(50);
    expect(answers()).toHaveLength(1);
  });

  test("remembers over a restart, and forgets when nobody could be answered twice", async () => {
    await world.send("bert@home.test", LETTER);
    const { folder, clock } = world;
    await world.close({ keep: true });
    world = await World.open({ folder, start: false });
    world.clock = clock + DAY;
    await world.send("bert@home.test", LETTER);
    expect(answers()).toHaveLength(1);
    const rows = () => Number(world.store.client.query("SELECT count(*) FROM auto_replies").values()[0]?.[0]);
    await world.transport.keepHouse();
    expect(rows()).toBe(1);
    world.clock += 7 * DAY;
    await world.transport.keepHouse();
    expect(rows()).toBe(0);
  });
});

test("killed at any moment, each sender whose message came was answered exactly once", async () => {
  const { folder } = world;
  await world.close({ keep: true });
  for (let kill = 0; kill < 4; kill++) {
    const script = join(import.meta.dir, "autoresponder-child.ts");
    const child = Bun.spawn([process.execPath, script, folder, String(kill * 1_000_000)], { stdout: "pipe" });
    let said = false;
    for await (const _ of child.stdout) {
      if (!said) setTimeout(() => child.kill("SIGKILL"), 20 + Math.random() * 200);
      said = true;
    }
    await child.exited;
  }
  world = await World.open({ folder, start: false });
  const column = (sql: string) => world.store.client.query(sql).values().flat().map(String).sort();
  const senders = new Set(world.inbox("bert").map((text) => /^Return-Path: <(.*)>/.exec(text)?.[1] ?? ""));
  const answered = column("SELECT address FROM queue_recipients");
  expect(answered.length).toBeGreaterThan(4);
  expect(answered).toEqual([...senders].sort());
  expect(column("SELECT sender FROM auto_replies")).toEqual(answered);
}, 60_000);

describe("attacks", () => {
  test("a flood from forged senders is answered only so often in an hour", async () => {
    await world.store.settings.set(transportSettings, { autoRepliesPerHour: 10 });
    const origin = { kind: "smtp", session: "s", trace: "t" } as const;
    const flood = Array.from({ length: 200 }, (_, index) =>
      world.send("bert@home.test", LETTER, { reversePath: `victim${index}@far.test`, origin }),
    );
    await Promise.all(flood);
    expect(world.inbox("bert")).toHaveLength(200);
    expect(queued()).toHaveLength(10);
    world.clock += 3_700_000;
    await world.send("bert@home.test", LETTER, { reversePath: "late@far.test", origin });
    expect(queued()).toHaveLength(11);
  });

  test("two autoresponders do not talk to each other", async () => {
    await respond({}, "anna");
    await world.send("bert@home.test", LETTER);
    expect(world.inbox("anna")).toHaveLength(1);
    expect(world.inbox("bert")).toHaveLength(1);
    expect(world.left().messages).toBe(0);
  });

  test("a sender that is nobody's leads to nothing, not even to a report", async () => {
    await world.send("bert@home.test", LETTER, {
      reversePath: "gone@home.test",
      origin: world.origin({ kind: "smtp" }),
    });
    expect(world.inbox("bert")).toHaveLength(1);
    expect(world.logged("report.dropped")).toHaveLength(0);
    expect(world.left().messages).toBe(0);
  });

  test("a forwarded message is answered by the mailbox it was addressed to, and by no other", async () => {
    const forwarding = { enabled: true, addresses: ["carl@home.test"], keepCopy: false };
    await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { forwarding });
    await respond({}, "carl");
    await world.send("bert@home.test", LETTER);
    expect(world.inbox("carl")).toHaveLength(1);
    expect(answers()).toHaveLength(1);
    expect(answers()[0]).toContain("From: bert@home.test");
  });
});
