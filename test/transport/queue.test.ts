import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { Refusal } from "../../src/refusal.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { type Behaviour, FakeRemote } from "./fake-remote.ts";
import { HOUR, MINUTE, reportParts, World, type WorldOptions } from "./world.ts";

let world: World;
let remote: FakeRemote;

afterEach(async () => {
  await world.close();
  await remote.stop();
});

const ZONE = {
  "far.test": { MX: [[10, "mx.remote.test"]] as [number, string][] },
  "other.test": { MX: [[10, "mx.remote.test"]] as [number, string][] },
  "mx.remote.test": { A: ["127.0.0.1"] },
};

async function meet(behaviour: Behaviour = {}, options: WorldOptions = {}): Promise<void> {
  remote = await FakeRemote.start(behaviour);
  world = await World.open({ zone: ZONE, ...options, settings: { smtpPort: remote.port, ...options.settings } });
}

const later: Behaviour = { answer: (stage) => (stage === "MAIL" ? "451 4.7.1 Greylisted, come back" : undefined) };

describe("retries", () => {
  test("come after 5, 15, 30 and 60 minutes, then every hour, until the message comes back after 96 hours", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send("x@far.test");
    const begin = world.clock;
    const gaps: number[] = [];
    for (let attempt = 1; world.logged("message.bounced").length === 0; attempt++) {
      await world.happened("message.deferred", attempt);
      const shown = world.transport.queue.show(queueId);
      expect(shown.attempts).toHaveLength(Math.min(attempt, 50));
      const next = shown.nextAttempt ?? 0;
      gaps.push((next - world.clock) / MINUTE);
      world.clock = next - 1;
      world.transport.wake();
      world.pass(1);
      await world.until(
        () => world.logged("message.deferred").length > attempt || world.logged("message.bounced").length > 0,
      );
    }
    expect(world.clock - begin).toBe(96 * HOUR);
    const expected = [5, 15, 30, ...Array<number>(gaps.length - 4).fill(60)];
    for (const [at, minutes] of expected.entries()) {
      expect(gaps[at]).toBeGreaterThanOrEqual(minutes * 0.9);
      expect(gaps[at]).toBeLessThanOrEqual(minutes * 1.1);
    }
    const reports = world.inbox("anna").map(reportParts);
    expect(reports.map((report) => report.fields[1]?.get("Action"))).toEqual(["delayed", "failed"]);
    expect(reports[1]?.fields[1]?.get("Status")).toBe("5.4.7");
    expect(reports[1]?.human.replace(/\s+/g, " ")).toContain("could not be delivered for 4 days");
    expect(reports[1]?.human.replace(/\s+/g, " ")).toContain("Greylisted, come back");
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
  }, 30_000);

  test("keep to what is set", async () => {
    await meet(later, { settings: { retryMinutes: [2], expireHours: 0.1 } });
    const { queueId = 0 } = await world.send("x@far.test");
    await world.happened("message.deferred");
    const { nextAttempt = 0, expiresAt } = world.transport.queue.show(queueId);
    expect(Math.round((nextAttempt - world.clock) / MINUTE)).toBe(2);
    expect(expiresAt - world.clock).toBe(6 * MINUTE);
  });

  test("an unreachable destination is tried once for all its mail, and each message keeps its own schedule", async () => {
    await meet({}, { settings: { smtpPort: 1 } });
    for (let i = 0; i < 30; i++) await world.send(`x${i}@far.test`);
    await world.until(
      () => world.transport.queue.list({ limit: 100 }).entries.every((entry) => (entry.nextAttempt ?? 0) > world.clock),
      "all put off",
    );
    // The log follows the commit.
    await world.happened("message.deferred", 30);
    expect(world.logged("message.deferred")).toHaveLength(30);
    expect(world.logged("attempt.failed").length).toBeLessThan(30);
    const times = world.transport.queue.list({ limit: 100 }).entries.map((entry) => entry.nextAttempt);
    expect(new Set(times).size).toBeGreaterThan(10);
  });
});

describe("the delay notice", () => {
  test("comes once after four hours, says until when, and how", async () => {
    await meet(later);
    await world.send([{ address: "x@far.test", orcpt: "rfc822;old@far.test" }], undefined, { envid: "id+1" });
    await world.happened("message.deferred");
    expect(world.inbox("anna")).toEqual([]);
    world.pass(4 * HOUR);
    await world.happened("message.deferred", 2);
    world.pass(2 * HOUR);
    await world.happened("message.deferred", 3);
    expect(world.inbox("anna")).toHaveLength(1);
    const { fields, human, returnedType } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[0]?.get("Original-Envelope-Id")).toBe("id+1");
    expect(fields[1]?.get("Original-Recipient")).toBe("rfc822; old@far.test");
    expect(fields[1]?.get("Action")).toBe("delayed");
    expect(fields[1]?.get("Status")).toBe("4.7.1");
    expect(fields[1]?.get("Will-Retry-Until")).toMatch(/ 2026 /);
    expect(human).toContain("need not send it again");
    expect(returnedType).toBe("text/rfc822-headers");
  });

  test.each([["FAILURE"], ["NEVER"], ["SUCCESS"]] as const)(
    "does not come to who asked for %s only",
    async (notify) => {
      await meet(later);
      await world.send([{ address: "x@far.test", notify: [notify] }]);
      await world.happened("message.deferred");
      world.pass(5 * HOUR);
      await world.happened("message.deferred", 2);
      expect(world.inbox("anna")).toEqual([]);
    },
  );
});

describe("reports", () => {
  const never: Behaviour = {
    extensions: ["PIPELINING"],
    answer: (stage) => (stage === "RCPT" ? "550 5.1.1 Who?" : undefined),
  };

  test("of failure are not sent to who never wants them", async () => {
    await meet(never);
    await world.send([{ address: "x@far.test", notify: ["NEVER"] }]);
    await world.happened("message.bounced");
    expect(world.inbox("anna")).toEqual([]);
  });

  test("give back the header alone where that was wished or the message is large", async () => {
    await meet(never, { settings: { returnOctets: 5_000 } });
    await world.send("x@far.test", undefined, { ret: "HDRS" });
    await world.happened("message.bounced");
    await world.send("x@far.test", `Subject: Big\r\n\r\n${"x".repeat(6_000)}\r\n`);
    await world.happened("message.bounced", 2);
    await world.send("x@far.test");
    await world.happened("message.bounced", 3);
    const types = world.inbox("anna").map((text) => reportParts(text).returnedType);
    expect(types).toEqual(["text/rfc822-headers", "text/rfc822-headers", "message/rfc822"]);
  });

  test("about mail without a return address are dropped, or go to the postmaster", async () => {
    await meet(never);
    await world.send("x@far.test", undefined, { reversePath: "" });
    await world.happened("message.bounced");
    expect(world.logged("report.dropped")).toHaveLength(1);
    expect(world.left().messages).toBe(0);
    const admin = await world.directory.users.create({ login: "root", permissions: ["web.administrator"] });
    expect(admin.login).toBe("root");
    await world.store.settings.set(transportSettings, { doubleBounces: "postmaster" });
    await world.send("x@far.test", undefined, { reversePath: "" });
    await world.happened("message.bounced", 2);
    expect(reportParts(world.inbox("root")[0] ?? "").fields[1]?.get("Final-Recipient")).toBe("rfc822; x@far.test");
  });

  test("to somebody elsewhere go through the queue, from nobody, and are not reported on in turn", async () => {
    await meet({
      answer: (stage, line) => (stage === "RCPT" && line.includes("ghost") ? "550 5.1.1 Who?" : undefined),
    });
    await world.send("ghost@far.test", undefined, { reversePath: "sender@other.test" });
    await world.happened("message.sent");
    expect(remote.messages[0]?.mail).toMatch(/^MAIL FROM:<> /);
    expect(remote.messages[0]?.recipients).toEqual(["RCPT TO:<sender@other.test> NOTIFY=NEVER"]);
    expect(reportParts(remote.messages[0]?.text ?? "").fields[1]?.get("Action")).toBe("failed");
    await world.send("ghost@far.test", undefined, { reversePath: "ghost@other.test" });
    await world.happened("message.bounced", 3);
    expect(world.logged("report.dropped")).toHaveLength(1);
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
    expect(world.contents()).toBe(0);
  });

  test("on success come from here where the next server sends none, and are left to it where it does", async () => {
    await meet({ extensions: ["PIPELINING"] });
    await world.send([{ address: "x@far.test", notify: ["SUCCESS", "FAILURE"] }]);
    await world.happened("message.sent");
    const { fields, human } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Action")).toBe("relayed");
    expect(fields[1]?.get("Status")).toBe("2.0.0");
    expect(human).toContain("passed on to another server");
    remote.behaviour = { extensions: ["PIPELINING", "DSN"] };
    world.pass(1);
    await world.until(() => remote.current === 0, "the idle connection's end");
    await world.send(
      [{ address: "x@far.test", notify: ["SUCCESS", "FAILURE"], orcpt: "rfc822;a+b@c.test" }],
      undefined,
      {
        ret: "HDRS",
        envid: "a b=c",
      },
    );
    await world.happened("message.sent", 2);
    expect(world.inbox("anna")).toHaveLength(1);
    expect(remote.messages[1]?.mail).toContain(" RET=HDRS ENVID=a+20b+3Dc");
    expect(remote.messages[1]?.recipients).toEqual([
      "RCPT TO:<x@far.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@c.test",
    ]);
  });
});

describe("what waits", () => {
  test("can be listed, searched, counted and shown", async () => {
    await meet(later);
    const first = await world.send(["x@far.test", "y@other.test"], "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nx");
    await world.send("z@far.test", "Subject: Two\r\n\r\nx");
    await world.happened("message.deferred", 3);
    const { queue } = world.transport;
    expect(queue.list().total).toBe(2);
    expect(queue.list().entries.map((entry) => entry.subject)).toEqual(["Two", "Grüße"]);
    expect((await queue.search({ destination: "other.test" })).entries.map((entry) => entry.id)).toEqual([
      first.queueId ?? 0,
    ]);
    expect((await queue.search({ search: "y@oth" })).total).toBe(1);
    expect((await queue.search({ search: "%" })).total).toBe(0);
    expect((await queue.search({ search: first.trace })).total).toBe(1);
    expect((await queue.search({ state: "held" })).total).toBe(0);
    expect(queue.list({ limit: 1, offset: 1 }).entries.map((entry) => entry.id)).toEqual([first.queueId ?? 0]);
    expect(queue.counts().map(({ destination, waiting }) => [destination, waiting])).toEqual([
      ["far.test", 2],
      ["other.test", 1],
    ]);
    const shown = queue.show(first.queueId ?? 0);
    expect(shown.counts).toEqual({ waiting: 2, sending: 0, held: 0, done: 0 });
    expect(shown.lastReply).toBe(
      "mx.remote.test [127.0.0.1] refused the sender for now: 451 4.7.1 Greylisted, come back",
    );
    expect(shown.attempts.map((attempt) => attempt.destination).sort()).toEqual(["far.test", "other.test"]);
    expect(() => queue.show(99_999)).toThrow("no longer in the queue");
  });

  test("is tried again at once when asked to", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send("x@far.test");
    await world.happened("message.deferred");
    remote.behaviour = {};
    expect(await world.transport.queue.retry({ ids: [queueId] })).toBe(1);
    await world.happened("message.sent");
    await expect(world.transport.queue.retry({ ids: [queueId] })).rejects.toThrow("no longer in the queue");
  });

  test("is held over any time until it is released", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send("x@far.test");
    await world.happened("message.deferred");
    remote.behaviour = {};
    expect(await world.transport.queue.hold({})).toBe(1);
    world.pass(200 * HOUR);
    expect(world.transport.queue.show(queueId).counts.held).toBe(1);
    expect(await world.transport.queue.retry({})).toBe(0);
    expect(await world.transport.queue.release({ ids: [queueId] })).toBe(1);
    await world.happened("message.sent");
  });

  test("can be deleted, and then nothing of it is left", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send("x@far.test");
    await world.happened("message.deferred");
    await world.transport.queue.delete({ ids: [queueId] });
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
    expect(world.contents()).toBe(0);
    expect(world.inbox("anna")).toEqual([]);
  });

  test("one destination is held, released and deleted, and the others are let alone", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send(["x@far.test", "y@other.test"]);
    await world.happened("message.deferred", 2);
    const { queue } = world.transport;
    expect(await queue.hold({ destination: "far.test" })).toBe(1);
    expect(queue.show(queueId).counts).toMatchObject({ waiting: 1, held: 1 });
    expect(await queue.delete({ destination: "far.test" })).toBe(1);
    expect(queue.counts().map(({ destination }) => destination)).toEqual(["other.test"]);
    expect(await queue.delete({ ids: [queueId], destination: "nowhere.test" })).toBe(0);
  });

  test("goes through another server when told to, and back again", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send(["x@far.test", "y@other.test"]);
    await world.happened("message.deferred", 2);
    const relay = await FakeRemote.start();
    const { queue } = world.transport;
    expect(await queue.reroute({ destination: "far.test" }, { host: "127.0.0.1", port: relay.port })).toBe(1);
    await relay.taken(1);
    expect(relay.messages[0]?.recipients).toEqual(["RCPT TO:<x@far.test>"]);
    await relay.stop();
    // Nobody is there any more; whatever the routes are, it waits there until it is sent back.
    expect(await queue.reroute({}, { host: "127.0.0.1", port: relay.port })).toBe(1);
    await world.until(() => /reached/.test(queue.show(queueId).lastReply ?? ""));
    await world.store.settings.set(transportSettings, { smtpPort: remote.port, expireHours: 90 });
    expect(queue.counts()[0]?.text).toBe(`127.0.0.1, port ${relay.port}`);
    remote.behaviour = {};
    expect(await queue.reroute({ ids: [queueId] }, undefined)).toBe(1);
    await remote.taken(1);
    expect(remote.messages[0]?.recipients).toEqual(["RCPT TO:<y@other.test>"]);
  });

  test("comes back to its sender at once, with the words of whoever returns it", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send(["x@far.test", "y@other.test"]);
    await world.happened("message.deferred", 2);
    expect(await world.transport.returnNow({ destination: "other.test" }, "That shop has closed.")).toBe(1);
    expect(world.transport.queue.show(queueId).counts).toMatchObject({ waiting: 1, done: 1 });
    await world.transport.queue.hold({});
    expect(await world.transport.returnNow({ ids: [queueId] }, "And so has this one.")).toBe(1);
    const reports = world.inbox("anna").map(reportParts);
    expect(reports.map(({ fields }) => fields[1]?.get("Final-Recipient"))).toEqual([
      "rfc822; y@other.test",
      "rfc822; x@far.test",
    ]);
    expect(reports[0]?.human).toContain("That shop has closed.");
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
    await expect(world.transport.returnNow({ ids: [queueId] }, "x")).rejects.toThrow("no longer in the queue");
  });

  test("of one domain alone comes back or is tried, whoever else waits for the same server", async () => {
    await meet(later);
    const { queueId = 0 } = await world.send(["x@far.test", "y@other.test"]);
    await world.happened("message.deferred", 2);
    const { queue } = world.transport;
    await queue.hold({});
    await queue.reroute({}, { host: "127.0.0.1", port: 9 });
    const destination = queue.show(queueId).recipients[0]?.destination ?? "";
    expect(await world.transport.returnNow({ destination, domain: "other.test" }, "Gone.")).toBe(1);
    expect(queue.show(queueId).recipients.map(({ address, state }) => [address, state])).toEqual([
      ["x@far.test", "held"],
      ["y@other.test", "done"],
    ]);
    expect(await queue.release({ domain: "other.test" })).toBe(0);
  });

  test("is looked through a part at a time, however few are meant", async () => {
    await meet({}, { start: false });
    const { queueId = 0 } = await world.send("x@far.test");
    world.store.client.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
       INSERT INTO queue_recipients (message_id, address, domain, destination, state, next_attempt)
       SELECT ?, 'a' || i || '@crowd.test', 'crowd.test', 'crowd.test', 'held', 0 FROM n`,
      [queueId],
    );
    await world.send("y@far.test");
    const { queue } = world.transport;
    const commit = spyOn(world.store, "commit");
    expect(await queue.hold({ destination: "far.test" })).toBe(2);
    // The two are more apart than what is looked at in one go.
    expect(commit).toHaveBeenCalledTimes(2);
    commit.mockRestore();
    expect(await queue.delete({ domain: "crowd.test" })).toBe(9_000);
    expect(await queue.delete({})).toBe(2);
  });

  test("can be read as it is sent, without what misleads a reader", async () => {
    await meet(later);
    const html =
      "Content-Type: text/html\r\nSubject: Offer\u202e\r\n\r\n<p>Come <b>soon</b></p><script>alert(1)</script>\r\n";
    const { queueId = 0 } = await world.send("x@far.test", html);
    const read = await world.transport.queue.read(queueId);
    expect(read).toMatchObject({ text: "Come soon", whole: true });
    expect(read.header).toMatch(/^Received: by[\s\S]*\nContent-Type: text\/html\nSubject: Offer$/);
  });

  test("is not sent after it was deleted in the middle of being sent", async () => {
    let release: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => {
      remoteReached = resolve;
    });
    await meet({
      answer: async (stage) => {
        if (stage !== "final") return undefined;
        remoteReached?.();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return undefined;
      },
    });
    const { queueId = 0 } = await world.send("x@far.test");
    await reached;
    expect(world.transport.queue.show(queueId).counts.sending).toBe(1);
    await world.transport.queue.delete({ ids: [queueId] });
    release?.();
    await world.happened("message.sent");
    expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
    expect(world.contents()).toBe(0);
  });
});

let remoteReached: (() => void) | undefined;

describe("connections", () => {
  test("a thousand messages go over few connections, within the caps", async () => {
    await meet(
      {},
      { start: false, settings: { connectionsPerDestination: 4, messagesPerConnection: 50, sendPerHour: 0 } },
    );
    for (let i = 0; i < 10; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, at) => world.send(`x${i * 100 + at}@far.test`)));
    }
    world.transport.start();
    await world.happened("message.sent", 1000);
    await world.until(() => world.left().messages === 0, "the queue's end");
    expect(remote.messages).toHaveLength(1000);
    expect(new Set(remote.messages.map((message) => message.recipients[0])).size).toBe(1000);
    expect(remote.most).toBeLessThanOrEqual(4);
    expect(remote.sessions).toBeLessThanOrEqual(28);
    expect(world.contents()).toBe(0);
  }, 30_000);

  test("keep to the cap over all destinations, and everyone has a turn", async () => {
    const zone: WorldOptions["zone"] = { "mx.remote.test": { A: ["127.0.0.1"] } };
    for (let i = 0; i < 20; i++) zone[`d${i}.test`] = { MX: [[1, "mx.remote.test"]] };
    await meet({}, { zone, settings: { connections: 3 } });
    await Promise.all(Array.from({ length: 60 }, (_, i) => world.send(`x@d${i % 20}.test`)));
    await world.happened("message.sent", 60);
    expect(remote.most).toBeLessThanOrEqual(3);
  });

  test("an idle connection takes the next message, and ends when none comes", async () => {
    await meet({}, { settings: { idleSeconds: 1 } });
    await world.send("a@far.test");
    await world.happened("message.sent");
    await world.send("b@far.test");
    await world.happened("message.sent", 2);
    expect(remote.sessions).toBe(1);
    await world.until(() => remote.commands.includes("QUIT"), "QUIT");
  });

  test("an idle connection to the smart host of before takes nothing any more", async () => {
    const host = (port: number) => ({ smartHosts: [{ host: "127.0.0.1", port, tls: "none" as const }] });
    const second = await FakeRemote.start({});
    try {
      await meet({}, { settings: { idleSeconds: 30 } });
      await world.store.settings.set(transportSettings, host(remote.port));
      await world.send("a@far.test");
      await world.happened("message.sent");
      await world.store.settings.set(transportSettings, host(second.port));
      await world.send("b@far.test");
      await world.happened("message.sent", 2);
      expect([remote.messages.length, second.messages.length]).toEqual([1, 1]);
      await world.until(() => remote.commands.includes("QUIT"), "QUIT");
    } finally {
      await second.stop();
    }
  });

  test("a server that closed an idle connection is spoken to again, without a failed attempt", async () => {
    let drop = false;
    await meet(
      { answer: (stage) => (stage === "MAIL" && drop ? "drop" : undefined) },
      { settings: { idleSeconds: 5 } },
    );
    await world.send("a@far.test");
    await world.happened("message.sent");
    drop = true;
    remote.behaviour = {
      answer: (stage, _line, session) => (stage === "MAIL" && session.number === 1 ? "drop" : undefined),
    };
    await world.send("b@far.test");
    await world.happened("message.sent", 2);
    expect(remote.sessions).toBe(2);
    expect(world.logged("message.deferred")).toEqual([]);
  });

  test("a refused message does not spoil the next one on the same connection", async () => {
    await meet(
      { answer: (stage, line) => (stage === "RCPT" && line.includes("ghost") ? "550 5.1.1 Who?" : undefined) },
      { start: false },
    );
    for (const name of ["a", "ghost1", "b", "ghost2", "c"]) await world.send(`${name}@far.test`);
    await world.store.settings.set(transportSettings, { connectionsPerDestination: 1 });
    world.transport.start();
    await world.happened("message.sent", 3);
    await world.happened("message.bounced", 2);
    expect(remote.sessions).toBe(1);
    expect(remote.messages).toHaveLength(3);
  });

  test("LIMITS are kept (RFC 9422)", async () => {
    await meet({ extensions: ["PIPELINING", "LIMITS MAILMAX=2 RCPTMAX=2"] }, { start: false });
    await world.store.settings.set(transportSettings, { connectionsPerDestination: 1 });
    for (let i = 0; i < 6; i++) await world.send(`x${i}@far.test`);
    await world.send(["a@far.test", "b@far.test", "c@far.test"]);
    world.transport.start();
    await world.happened("message.sent", 8);
    expect(Math.max(...remote.messages.map((message) => message.recipients.length))).toBe(2);
    for (let session = 1; session <= remote.sessions; session++) {
      expect(remote.messages.filter((message) => message.session === session).length).toBeLessThanOrEqual(2);
    }
  });
});

describe("a disk that is full for a while", () => {
  test("does not make a message go twice that was sent", async () => {
    await meet();
    const { store } = world;
    const commit = store.commit.bind(store);
    let full = 2;
    remote.behaviour = {
      answer: (stage) => {
        if (stage !== "final") return undefined;
        store.commit = (work) => {
          if (full-- > 0) return Promise.reject(new Refusal("noSpace", "The disk is full."));
          return commit(work);
        };
        return undefined;
      },
    };
    await world.send("a@far.test");
    await world.happened("message.sent");
    expect(full).toBeLessThan(0);
    expect(world.logged("fault").length).toBeGreaterThan(0);
    expect(remote.messages).toHaveLength(1);
    expect(world.left().messages).toBe(0);
  });
});

describe("a restart", () => {
  test("in the middle of sending sends again what was not confirmed, and nothing else", async () => {
    let stuck = 0;
    await meet({
      answer: (stage, text) => {
        if (stage !== "final" || !text.includes("Subject: stuck")) return undefined;
        stuck++;
        return "silence";
      },
    });
    await world.send("a@far.test", "Subject: fine\r\n\r\nx");
    await world.happened("message.sent");
    const { queueId = 0 } = await world.send("b@far.test", "Subject: stuck\r\n\r\nx");
    await world.until(() => stuck === 1, "the stuck message");
    expect(world.transport.queue.show(queueId).counts.sending).toBe(1);
    await world.close({ keep: true });
    expect(remote.messages).toHaveLength(1);
    remote.behaviour = {};
    world = await World.open({ zone: ZONE, folder: world.folder, settings: { smtpPort: remote.port } });
    await world.happened("message.sent");
    expect(remote.messages.map((message) => /Subject: (\w+)/.exec(message.text)?.[1])).toEqual(["fine", "stuck"]);
    expect(world.left().messages).toBe(0);
  });

  test("after a crash with rows marked as being sent takes them up", async () => {
    await meet({}, { start: false });
    const { queueId = 0 } = await world.send("a@far.test");
    world.store.client.run("UPDATE queue_recipients SET state = 'sending'");
    await world.close({ keep: true });
    world = await World.open({ zone: ZONE, folder: world.folder, settings: { smtpPort: remote.port } });
    await world.happened("message.sent");
    expect(() => world.transport.queue.show(queueId)).toThrow();
    expect(remote.messages).toHaveLength(1);
  });

  test("a stop lets what is on its way finish", async () => {
    let finish: (() => void) | undefined;
    await meet({
      answer: async (stage) => {
        if (stage === "final") {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }
        return undefined;
      },
    });
    await world.send("a@far.test");
    await world.until(() => finish !== undefined, "the end of the message");
    const stopping = world.transport.stop({ graceMs: 10_000 });
    finish?.();
    await stopping;
    expect(world.logged("message.sent")).toHaveLength(1);
    expect(world.left().messages).toBe(0);
  });
});
