import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Forwarding } from "../../src/directory/mailbox.ts";
import type { Envelope } from "../../src/transport/envelope.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { FakeRemote } from "./fake-remote.ts";
import { reportParts, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ start: false, settings: { srs: false } });
});
afterEach(() => world.close());

const ZONE = { "far.test": { MX: [[10, "mx.far.test"] as [number, string]] }, "mx.far.test": { A: ["127.0.0.1"] } };
const stranger = { kind: "smtp", protocol: "ESMTP", session: "s", trace: "t", remote: "192.0.2.1" } as const;

/** Lets a user's primary mailbox forward. */
async function forward(login: string, addresses: string[], more: Partial<Forwarding> = {}) {
  const forwarding = { enabled: true, addresses, keepCopy: false, ...more };
  await world.directory.mailboxes.update(world.user(login).primaryMailbox, { forwarding });
}

/** A message from somebody elsewhere, who may not relay. */
const receive = (
  to: Parameters<World["envelope"]>[0],
  changes: Partial<Omit<Envelope, "recipients">> = {},
  text?: string,
) =>
  world.send(to, text ?? "Subject: Hello\r\n\r\nHow are you?\r\n", {
    reversePath: "x@stranger.test",
    origin: stranger,
    ...changes,
  });

/** Everything in the queue: return path, then recipients. */
const queued = () =>
  world.transport.queue
    .list()
    .entries.map(({ id }) => world.transport.queue.show(id))
    .map(({ message, recipients }) => `<${message.reversePath}> ${recipients.map((one) => one.address).join(" ")}`)
    .sort();

const boxes = () => Object.fromEntries(["anna", "bert", "carl"].map((login) => [login, world.inbox(login).length]));

describe("where copies go", () => {
  test.each([
    ["without a copy", { bert: ["x@far.test"] }, false, ["bert"], { bert: 0 }, ["<x@stranger.test> x@far.test"]],
    ["with a copy", { bert: ["x@far.test"] }, true, ["bert"], { bert: 1 }, ["<x@stranger.test> x@far.test"]],
    [
      "to several",
      { bert: ["x@far.test", "y@far.test"] },
      false,
      ["bert"],
      {},
      ["<x@stranger.test> x@far.test y@far.test"],
    ],
    ["here", { bert: ["anna@home.test"] }, false, ["bert"], { anna: 1 }, []],
    ["here with a detail", { bert: ["Anna+shop@HOME.test"] }, false, ["bert"], { anna: 1 }, []],
    ["to himself", { bert: ["bert@home.test"] }, false, ["bert"], { bert: 1 }, []],
    [
      "to himself and on",
      { bert: ["bert@home.test", "x@far.test"] },
      false,
      ["bert"],
      {},
      ["<x@stranger.test> x@far.test"],
    ],
    [
      "on and on",
      { bert: ["anna@home.test"], anna: ["x@far.test"] },
      false,
      ["bert"],
      {},
      ["<x@stranger.test> x@far.test"],
    ],
    ["in a ring of two", { anna: ["bert@home.test"], bert: ["anna@home.test"] }, false, ["anna"], { anna: 1 }, []],
    [
      "in a ring of two with copies",
      { anna: ["bert@home.test"], bert: ["anna@home.test"] },
      true,
      ["anna"],
      { anna: 1, bert: 1 },
      [],
    ],
    [
      "in a ring of three",
      { anna: ["bert@home.test"], bert: ["carl@home.test"], carl: ["anna@home.test"] },
      false,
      ["bert"],
      { bert: 1 },
      [],
    ],
    [
      "everybody to everybody",
      {
        anna: ["bert@home.test", "carl@home.test", "x@far.test"],
        bert: ["anna@home.test", "carl@home.test", "x@far.test"],
        carl: ["anna@home.test", "bert@home.test", "X@FAR.test", "x@FAR.test"],
      },
      true,
      ["anna", "bert", "carl"],
      { anna: 1, bert: 1, carl: 1 },
      ["<x@stranger.test> X@FAR.test", "<x@stranger.test> x@far.test"],
    ],
    ["to nobody", { bert: ["gone@home.test"] }, false, ["bert"], { bert: 1 }, []],
    [
      "to nobody and somebody",
      { bert: ["gone@home.test", "anna@home.test"] },
      false,
      ["bert"],
      { anna: 1 },
      ["<> x@stranger.test"],
    ],
    [
      "on to nobody",
      { bert: ["anna@home.test", "carl@home.test"], anna: ["gone@home.test"] },
      false,
      ["bert"],
      { anna: 1, carl: 1 },
      [],
    ],
    ["to whom it was sent anyway", { bert: ["anna@home.test"] }, false, ["anna", "bert"], { anna: 1 }, []],
  ] as const)("%s", async (_what, rules, keepCopy, to, expected, queue) => {
    for (const [login, addresses] of Object.entries(rules)) await forward(login, [...addresses], { keepCopy });
    await receive(to.map((login) => `${login}@home.test`));
    expect(boxes()).toEqual({ anna: 0, bert: 0, carl: 0, ...expected });
    expect(queued()).toEqual([...queue]);
  });

  test("a mailbox sends on whatever its sender may, and though its owner may not relay", async () => {
    await forward("carl", ["x@far.test"]);
    await receive("carl@home.test");
    expect(queued()).toEqual(["<x@stranger.test> x@far.test"]);
  });

  test("switched off, or without addresses, it keeps what comes", async () => {
    await forward("bert", ["x@far.test"], { enabled: false });
    await receive("bert@home.test");
    await forward("bert", []);
    await receive("bert@home.test", {}, "Subject: Another\r\n\r\nAnd you?\r\n");
    expect(boxes().bert).toBe(2);
    expect(queued()).toEqual([]);
  });

  test.each([
    ["original", "x@stranger.test", "<x@stranger.test>"],
    ["mailbox", "x@stranger.test", "<bert@home.test>"],
    ["boss@home.test", "x@stranger.test", "<boss@home.test>"],
    ["original", "", "<>"],
    ["mailbox", "", "<>"],
    ["boss@home.test", "", "<>"],
  ])("sender %s makes of <%s> %s", async (sender, reversePath, expected) => {
    await forward("bert", ["x@far.test"], { sender });
    await receive("bert@home.test", { reversePath });
    expect(queued()).toEqual([`${expected} x@far.test`]);
  });

  test("senders change on the way, each by its own mailbox", async () => {
    await forward("bert", ["anna@home.test", "x@far.test"], { sender: "mailbox" });
    await forward("anna", ["y@far.test"], { sender: "original" });
    await receive("bert@home.test");
    expect(queued()).toEqual(["<bert@home.test> x@far.test", "<bert@home.test> y@far.test"]);
  });

  test("one message is forwarded to a bounded number of addresses, and is nowhere lost", async () => {
    const fans = Array.from({ length: 12 }, (_, index) => `fan${index}`);
    for (const login of fans) {
      await world.directory.users.create({ login });
      await forward(
        login,
        Array.from({ length: 100 }, (_, index) => `${login}-${index}@far.test`),
      );
    }
    await forward(
      "bert",
      fans.map((login) => `${login}@home.test`),
    );
    await receive("bert@home.test");
    const sent =
      queued()
        .join(" ")
        .match(/@far\.test/g)?.length ?? 0;
    const kept = fans.filter((login) => world.inbox(login).length === 1).length;
    expect(sent + 12).toBeLessThanOrEqual(1_000);
    expect(sent).toBeGreaterThan(800);
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(world.logged("forward.tooMany")).toHaveLength(1);
  });
});

describe("loops over other servers", () => {
  test("what is sent on carries the mark of each mailbox it went through", async () => {
    const remote = await FakeRemote.start();
    await world.close();
    world = await World.open({ zone: ZONE, settings: { smtpPort: remote.port } });
    await forward("bert", ["anna@home.test"]);
    await forward("anna", ["x@far.test"], { keepCopy: true });
    await receive("bert@home.test");
    await world.happened("message.sent");
    const [message] = remote.messages;
    expect(message?.text).toStartWith("Delivered-To: anna@home.test\r\nDelivered-To: bert@home.test\r\nReceived: ");
    expect(message?.text).toEndWith("\r\nSubject: Hello\r\n\r\nHow are you?\r\n");
    expect(world.inbox("anna")[0]).not.toContain("Delivered-To");
    // It comes back: both know it again.
    await receive("bert@home.test", {}, message?.text);
    await receive("anna@home.test", {}, message?.text);
    expect(boxes()).toEqual({ anna: 2, bert: 1, carl: 0 });
    expect(world.left().messages).toBe(0);
    await remote.stop();
  });

  test("a mark under another address of the mailbox, or at an alias of its domain, is known too", async () => {
    await world.directory.domains.update("home.test", { aliases: ["alias.test"] });
    await forward("bert", ["x@far.test"]);
    await receive("bert@home.test", {}, "Delivered-To: <BERT+x@alias.test>\r\nSubject: x\r\n\r\n");
    expect(boxes().bert).toBe(1);
    expect(queued()).toEqual([]);
  });

  test("marks by the thousand are read up to a bound", async () => {
    await forward("bert", ["x@far.test"]);
    const marks = Array.from({ length: 5_000 }, (_, index) => `Delivered-To: u${index}@home.test\r\n`).join("");
    await receive("bert@home.test", {}, `${marks}Subject: x\r\n\r\n`);
    expect(queued()).toEqual(["<x@stranger.test> x@far.test"]);
  });

  test("the hops of a message are counted whoever forwards it", async () => {
    await forward("bert", ["x@far.test"]);
    const hops = "Received: by mail.home.test; Mon, 1 Jun 2026 12:00:00 +0000\r\n".repeat(6);
    await expect(receive("bert@home.test", {}, `${hops}\r\n\r\n`)).rejects.toMatchObject({ kind: "loop" });
    expect(queued()).toEqual([]);
  });
});

describe("status reports", () => {
  const wish = (notify: ("SUCCESS" | "FAILURE" | "NEVER" | "DELAY")[]) => [{ address: "bert@home.test", notify }];
  const told = () =>
    world.transport.queue
      .list()
      .entries.map(({ id }) => world.transport.queue.show(id))
      .flatMap(({ message, recipients }) =>
        recipients.map((one) => `<${message.reversePath}> ${one.address} ${one.notify} ${one.orcpt}`),
      )
      .sort();

  test("one forwarding hands the sender's wishes on and says nothing itself", async () => {
    await forward("bert", ["x@far.test"]);
    await receive(wish(["SUCCESS", "DELAY"]), { envid: "e1", ret: "HDRS" });
    expect(told()).toEqual(["<x@stranger.test> x@far.test SUCCESS,DELAY rfc822;bert@home.test"]);
    const [entry] = world.transport.queue.list().entries;
    expect(world.transport.queue.show(entry?.id ?? 0).message).toMatchObject({ envid: "e1", ret: "HDRS" });
  });

  test("one of several hands on all but SUCCESS, and this server says what it did", async () => {
    await forward("bert", ["x@far.test", "y@far.test"]);
    await receive(wish(["SUCCESS", "FAILURE"]), { reversePath: "anna@home.test" });
    expect(told()).toEqual([
      "<anna@home.test> x@far.test FAILURE rfc822;bert@home.test",
      "<anna@home.test> y@far.test FAILURE rfc822;bert@home.test",
    ]);
    const [text = ""] = world.inbox("anna");
    expect(reportParts(text).fields[1]?.get("Action")).toBe("expanded");
  });

  test("a wish for nothing but success leaves the next servers with none", async () => {
    await forward("bert", ["x@far.test"], { keepCopy: true });
    await receive(wish(["SUCCESS"]), { reversePath: "anna@home.test" });
    expect(told()).toEqual(["<anna@home.test> x@far.test NEVER rfc822;bert@home.test"]);
    expect(reportParts(world.inbox("anna")[0] ?? "").fields[1]?.get("Action")).toBe("delivered");
  });

  test("with a sender of its own it is a new message, whose reports the first sender never sees", async () => {
    await forward("bert", ["x@far.test"], { sender: "mailbox" });
    await receive(wish(["SUCCESS", "FAILURE"]), { reversePath: "anna@home.test", envid: "e1" });
    expect(told()).toEqual(["<bert@home.test> x@far.test  null"]);
    expect(reportParts(world.inbox("anna")[0] ?? "").fields[1]?.get("Action")).toBe("delivered");
  });
});

describe("nothing is lost", () => {
  /** A world whose other servers refuse every recipient. */
  async function refusing(): Promise<FakeRemote> {
    const remote = await FakeRemote.start({ answer: (stage) => (stage === "RCPT" ? "550 5.1.1 Nobody" : undefined) });
    await world.close();
    world = await World.open({ zone: ZONE, settings: { smtpPort: remote.port } });
    return remote;
  }

  test("what fails goes back to the sender", async () => {
    const remote = await refusing();
    await forward("bert", ["x@far.test"]);
    await world.send("bert@home.test");
    await world.until(() => world.inbox("anna").length === 1);
    expect(reportParts(world.inbox("anna")[0] ?? "").fields[1]?.get("Original-Recipient")).toBe(
      "rfc822; bert@home.test",
    );
    expect(boxes().bert).toBe(0);
    await remote.stop();
  });

  test("with the mailbox as sender the report of the failure stays in it", async () => {
    const remote = await refusing();
    await forward("bert", ["x@far.test"], { sender: "mailbox" });
    await receive("bert@home.test");
    await world.until(() => world.left().messages === 0 && boxes().bert === 1);
    expect(world.inbox("bert")[0]).toContain("Final-Recipient: rfc822; x@far.test");
    await remote.stop();
  });

  test.each([
    ["without a return path", { reversePath: "" }, undefined],
    ["whose sender does not want to know", {}, ["NEVER" as const]],
  ])("a message %s goes back into the mailbox that sent it on", async (_what, changes, notify) => {
    const remote = await refusing();
    await forward("bert", ["x@far.test", "y@far.test"]);
    await receive([{ address: "bert@home.test", ...(notify && { notify }) }], changes);
    await world.until(() => world.left().messages === 0);
    expect(boxes().bert).toBe(1);
    expect(world.inbox("bert")[0]).toEndWith("\r\nSubject: Hello\r\n\r\nHow are you?\r\n");
    await remote.stop();
  });

  test("what was kept anyway does not come a second time", async () => {
    const remote = await refusing();
    await forward("bert", ["x@far.test"], { keepCopy: true });
    await receive("bert@home.test", { reversePath: "" });
    await world.until(() => world.left().messages === 0);
    expect(boxes().bert).toBe(1);
    await remote.stop();
  });
});

test("an address that would begin a command or a field is not sent to", async () => {
  await forward("bert", ["x@far.test"]);
  // Past the schema, as a file from elsewhere might have it.
  const evil = JSON.stringify({
    enabled: true,
    addresses: ['"x\r\nDATA"@far.test', "x@far.test>\r\nRCPT TO:<y@far.test"],
    keepCopy: false,
    sender: "y@far.test>\r\nBcc: z@far.test",
  });
  await world.store.commit((tx) => tx.client.query("UPDATE mailboxes SET forwarding = ?").run(evil));
  await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { description: "changed" });
  await receive("bert@home.test");
  expect(queued()).toEqual([]);
  expect(boxes().bert).toBe(1);
});

test("the limit on forwarding is a setting", async () => {
  await world.store.settings.set(transportSettings, { maxForwards: 1 });
  await forward("bert", ["x@far.test", "y@far.test"]);
  await receive("bert@home.test");
  expect(queued()).toEqual(["<x@stranger.test> x@far.test"]);
  expect(boxes().bert).toBe(1);
});
