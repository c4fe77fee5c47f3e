import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { newTrace } from "../../src/store/events.ts";
import type { TraceQuery } from "../../src/transport/traces/traces.ts";
import { type Behaviour, FakeRemote } from "./fake-remote.ts";
import { HOUR, World } from "./world.ts";

const ZONE = {
  "far.test": { MX: [[10, "mx.remote.test"]] as [number, string][] },
  "mx.remote.test": { A: ["127.0.0.1"] },
};

let world: World;
let remote: FakeRemote;
beforeEach(async () => {
  remote = await FakeRemote.start();
  world = await World.open({ zone: ZONE, settings: { smtpPort: remote.port } });
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
  await remote.stop();
});

const traces = () => world.transport.traces;
const later: Behaviour = { answer: (stage) => (stage === "RCPT" ? "450 4.2.0 Greylisted" : undefined) };
const never: Behaviour = { answer: (stage) => (stage === "RCPT" ? "550 5.1.1 Nobody" : undefined) };

const stranger = () =>
  ({
    kind: "smtp",
    protocol: "ESMTP",
    session: "s",
    trace: newTrace(),
    remote: "192.0.2.1",
    helo: "x.test",
    repeats: true,
  }) as const;
const LETTER =
  "From: x@stranger.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@stranger.test>\r\n\r\nHello\r\n";
const receive = (text = LETTER, origin: ReturnType<typeof stranger> = stranger(), to = ["bert@home.test"]) =>
  world.send(to, text, { reversePath: "x@stranger.test", origin });

const results = async (query: TraceQuery = {}) => (await traces().search(query)).messages.map(({ result }) => result);

describe("what became of a message", () => {
  test("is told of the start of a subject, however long that is", async () => {
    const { trace } = await receive(LETTER.replace(/Subject: .*/, `Subject: a${"ü".repeat(100_000)}`));
    expect(traces().of(trace)[0]?.subject).toBe(`a${"ü".repeat(299)}`);
  });

  test("is that it was delivered", async () => {
    const { trace } = await receive();
    const [found] = traces().of(trace);
    expect(found).toMatchObject({
      ...{ origin: "smtp", remote: "192.0.2.1", login: null, sender: "x@stranger.test" },
      ...{ recipients: ["bert@home.test"], subject: "Grüße", messageId: "1@stranger.test", result: "delivered" },
    });
  });

  test("is what the other server said in the end", async () => {
    remote.behaviour = later;
    const { trace } = await world.send("y@far.test");
    await world.happened("message.deferred");
    expect(traces().of(trace)).toMatchObject([{ result: "waiting", login: "anna" }]);
    remote.behaviour = {};
    world.pass(HOUR);
    await world.happened("message.sent");
    expect(traces().of(trace)).toMatchObject([{ result: "sent", reply: expect.stringContaining("Taken") }]);
  });

  test("is that it came back, though others got it", async () => {
    remote.behaviour = never;
    const { trace } = await world.send(["bert@home.test", "y@far.test"]);
    await world.happened("message.bounced");
    expect(traces().of(trace)).toMatchObject([{ result: "returned", reply: expect.stringContaining("5.1.1 Nobody") }]);
    // The report about it stands for itself.
    expect(await results({ sender: "" })).toEqual(["delivered", "returned"]);
  });

  test("is that it was deleted from the queue", async () => {
    remote.behaviour = later;
    const { trace, queueId = 0 } = await world.send("y@far.test");
    await world.transport.queue.delete({ ids: [queueId] });
    expect(traces().of(trace)).toMatchObject([{ result: "deleted" }]);
  });

  test("is why it was refused, with what is known of it", async () => {
    await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { quota: { messages: 0 } });
    const origin = stranger();
    await expect(receive(LETTER, origin)).rejects.toThrow("full");
    expect(traces().of(origin.trace)).toMatchObject([
      { result: "refused", subject: "Grüße", reply: expect.stringContaining("full"), recipients: ["bert@home.test"] },
    ]);
  });

  test("is told of recipients that a service refused before there was a message", async () => {
    for (const recipient of ["one@home.test", "two@home.test"]) {
      const data = { recipient, sender: "x@stranger.test", kind: "unknownRecipient" };
      world.store.events.log({
        room: "smtp",
        name: "recipient.refused",
        trace: "t1",
        text: "Nobody.",
        remote: "192.0.2.1",
        data,
      });
    }
    expect(traces().of("t1")).toMatchObject([
      {
        result: "refused",
        reply: "Nobody.",
        sender: "x@stranger.test",
        recipients: ["one@home.test", "two@home.test"],
      },
    ]);
  });
});

describe("a search", () => {
  test("finds by any part of sender, recipient, subject and id, and by what became of it", async () => {
    await receive();
    await world.send("y@far.test", "Subject: 100% _sure_\r\n\r\nx");
    await world.happened("message.sent");
    const found = async (query: TraceQuery) => (await traces().search(query)).messages.map(({ subject }) => subject);
    expect(await found({})).toEqual(["100% _sure_", "Grüße"]);
    expect(await found({ search: "STRANGER" })).toEqual(["Grüße"]);
    expect(await found({ search: "<1@stranger.test>" })).toEqual(["Grüße"]);
    expect(await found({ search: "0% _s" })).toEqual(["100% _sure_"]);
    expect(await found({ search: "0% _s", sender: "bert" })).toEqual([]);
    expect(await found({ recipient: "far.test", result: "sent" })).toEqual(["100% _sure_"]);
    expect(await found({ subject: "Grü", messageId: "1@" })).toEqual(["Grüße"]);
    expect(await found({ since: world.clock + 1 })).toEqual([]);
    expect(await found({ until: world.clock - 1 })).toEqual([]);
    const { messages, more } = await traces().search({ limit: 1 });
    expect([messages.length, more]).toEqual([1, true]);
    expect((await traces().search({ before: messages[0]?.id ?? 0 })).more).toBe(false);
  });

  test("finds nothing that is older than the log is kept", async () => {
    await receive();
    world.clock += 29 * 24 * HOUR;
    await receive(LETTER.replace("<1@", "<2@"));
    world.clock += 2 * 24 * HOUR;
    await traces().prune();
    expect((await traces().search()).messages.map(({ messageId }) => messageId)).toEqual(["2@stranger.test"]);
  });
});

describe("a message that comes again", () => {
  const inbox = () => world.inbox("bert").length;

  test("is there once where its client was not heard of since", async () => {
    const first = await receive();
    expect((await receive()).trace).toBe(first.trace);
    expect(inbox()).toBe(1);
    expect(world.logged("message.repeated")).toHaveLength(2);
  });

  test("is there twice where its client knew of the first", async () => {
    const { trace } = await receive();
    world.transport.heard(trace);
    await receive();
    expect(inbox()).toBe(2);
  });

  test("is there twice where its client knew of the first, though what was to note that was undone", async () => {
    const { trace } = await receive();
    const other = `${LETTER}P. S.\r\n`;
    await receive(other);
    world.transport.heard(trace);
    await receive(other);
    await receive();
    expect(inbox()).toBe(3);
  });

  test("is another one each time where it has no name of its own: a device that says the same again", async () => {
    const alarm = "From: x@stranger.test\r\nSubject: Smoke\r\n\r\nFirst floor\r\n";
    await receive(alarm);
    await receive(alarm);
    expect(inbox()).toBe(2);
  });

  test("is another one for other people, from another sender, or a day later", async () => {
    await receive();
    await receive(LETTER, stranger(), ["bert@home.test", "anna@home.test"]);
    await receive(`${LETTER}P. S.\r\n`);
    world.clock += 25 * HOUR;
    await receive();
    expect(inbox()).toBe(4);
  });
});
