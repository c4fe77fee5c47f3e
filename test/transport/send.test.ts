import { afterEach, describe, expect, test } from "bun:test";
import { type Answer, type Behaviour, FakeRemote, type Stage } from "./fake-remote.ts";
import { reportParts, World, type WorldOptions } from "./world.ts";

let world: World;
let remote: FakeRemote;
const others: FakeRemote[] = [];

afterEach(async () => {
  await world.close();
  await remote.stop();
  for (const other of others.splice(0)) await other.stop();
});

/** A world in which far.test is the remote server's domain. */
async function meet(behaviour: Behaviour = {}, options: WorldOptions = {}): Promise<void> {
  remote = await FakeRemote.start(behaviour);
  world = await World.open({
    zone: { "far.test": { MX: [[10, "mx.remote.test"]] }, "mx.remote.test": { A: ["127.0.0.1"] }, ...options.zone },
    settings: { smtpPort: remote.port, ...options.settings },
    ...(options.isSelf !== undefined && { isSelf: options.isSelf }),
  });
}

/** The queue is empty and nothing was left in the store but the mail in INBOXes. */
function expectNothingLeft(): void {
  expect(world.left()).toEqual({ messages: 0, recipients: 0, attempts: 0 });
}

describe("a message to another server", () => {
  test("arrives as it was sent, behind a Received field and without the Return-Path of local copies", async () => {
    await meet();
    await world.send(["x@far.test", "bert@home.test"], "Subject: Dots\r\n\r\n.\r\n..two\r\nend\r\n");
    await world.happened("message.sent");
    const [message] = remote.messages;
    expect(message?.mail).toMatch(/^MAIL FROM:<anna@home\.test> SIZE=\d+$/);
    expect(message?.recipients).toEqual(["RCPT TO:<x@far.test>"]);
    expect(message?.text).toStartWith("Received: by mail.home.test");
    expect(message?.text).toEndWith("\r\nSubject: Dots\r\n\r\n.\r\n..two\r\nend\r\n");
    expect(world.inbox("bert")[0]).toBe(`Return-Path: <anna@home.test>\r\n${message?.text}`);
    expectNothingLeft();
  });

  test("announces the size it has", async () => {
    await meet();
    await world.send("x@far.test");
    await world.happened("message.sent");
    const size = Number(/SIZE=(\d+)/.exec(remote.messages[0]?.mail ?? "")?.[1]);
    expect(size).toBe(remote.messages[0]?.text.length ?? 0);
  });

  test("goes to all recipients of a destination in one transaction, to each destination in its own", async () => {
    await meet({}, { zone: { "other.test": { MX: [[10, "mx.remote.test"]] } } });
    await world.send(["a@far.test", "b@far.test", "c@other.test"]);
    await world.happened("message.sent", 2);
    expect(remote.messages.map((message) => message.recipients.length).sort()).toEqual([1, 2]);
    expectNothingLeft();
  });

  test("goes in several transactions where there are more recipients than one may have", async () => {
    await meet({}, { settings: { recipientsPerMessage: 2 } });
    await world.send(["a@far.test", "b@far.test", "c@far.test", "d@far.test", "e@far.test"]);
    await world.happened("message.sent", 3);
    expect(remote.messages.map((message) => message.recipients.length)).toEqual([2, 2, 1]);
  });

  test("large messages go out in pieces, octet for octet", async () => {
    await meet();
    const body = `${"0123456789abcdef.\r\n.\r\n".repeat(200_000)}`;
    await world.send("x@far.test", `Subject: Large\r\n\r\n${body}`);
    await world.happened("message.sent");
    expect(remote.messages[0]?.text.endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  test("is sent line by line to a server without pipelining, and by HELO to one without EHLO", async () => {
    await meet({ answer: (stage) => (stage === "EHLO" ? "502 5.5.1 What?" : undefined) });
    await world.send(["a@far.test", "b@far.test"]);
    await world.happened("message.sent");
    expect(remote.commands.slice(0, 6)).toEqual([
      "EHLO mail.home.test",
      "HELO mail.home.test",
      "MAIL FROM:<anna@home.test>",
      "RCPT TO:<a@far.test>",
      "RCPT TO:<b@far.test>",
      "DATA",
    ]);
  });
});

describe("replies at every stage", () => {
  const STAGES: readonly Stage[] = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "final"];
  const extensions = { pipelined: ["PIPELINING", "SIZE 1000000"], plain: ["SIZE 1000000"] };

  /** Answers one stage in its own way; EHLO's refusal holds for HELO too. */
  function only(bad: Stage, answer: Answer): Behaviour["answer"] {
    return (stage) => (stage === bad || (bad === "EHLO" && stage === "HELO") ? answer : undefined);
  }

  const cases = STAGES.flatMap((stage) => (["pipelined", "plain"] as const).map((kind) => [stage, kind] as const));

  test.each(cases)("a 4xx at %s (%s) lets the message wait, and the next attempt succeeds", async (stage, kind) => {
    await meet({ extensions: extensions[kind], answer: only(stage, "450 4.2.9 Not now") });
    const { queueId = 0 } = await world.send("x@far.test");
    const event = await world.happened("message.deferred");
    expect(event.text).toContain("450 4.2.9 Not now");
    const shown = world.transport.queue.show(queueId);
    expect(shown.recipients[0]).toMatchObject({ state: "waiting", attempts: 1 });
    expect(shown.attempts[0]).toMatchObject({ code: 450, enhanced: "4.2.9", remote: "mx.remote.test [127.0.0.1]" });
    remote.behaviour = { extensions: extensions[kind] };
    world.pass(6 * 60_000);
    await world.happened("message.sent");
    expect(remote.messages).toHaveLength(1);
    expectNothingLeft();
  });

  test.each(cases)("a 5xx at %s (%s) returns the message", async (stage, kind) => {
    await meet({ extensions: extensions[kind], answer: only(stage, "550 5.7.9 Never") });
    await world.send("x@far.test");
    await world.happened("message.bounced");
    const { fields, human, returned } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Action")).toBe("failed");
    expect(fields[1]?.get("Status")).toBe("5.7.9");
    expect(fields[1]?.get("Diagnostic-Code")).toBe("smtp; 550 5.7.9 Never");
    expect(fields[1]?.get("Remote-MTA")).toBe("dns; mx.remote.test");
    expect(human).toContain("550 5.7.9 Never");
    expect(returned).toContain("How are you?");
    expect(remote.messages).toHaveLength(0);
    expectNothingLeft();
  });

  test.each(cases)("a 421 at %s (%s) lets the message wait", async (stage, kind) => {
    await meet({ extensions: extensions[kind], answer: only(stage, "421 4.3.2 Going down") });
    await world.send("x@far.test");
    const event = await world.happened("message.deferred");
    expect(event.text).toContain("421 4.3.2 Going down");
    expect(world.inbox("anna")).toEqual([]);
  });

  test.each(cases)("a connection dropped at %s (%s) lets the message wait", async (stage, kind) => {
    await meet({ extensions: extensions[kind], answer: only(stage, "drop") });
    await world.send("x@far.test");
    const event = await world.happened("message.deferred");
    expect(event.text).toMatch(/closed the connection|closed at once/);
    remote.behaviour = { extensions: extensions[kind] };
    world.pass(6 * 60_000);
    await world.happened("message.sent");
    expectNothingLeft();
  });

  test.each(STAGES)("a server that says nothing at %s is given up after its time", async (stage) => {
    const short = { greetingTimeout: 0.1, commandTimeout: 0.1, dataTimeout: 0.1, finalTimeout: 0.1 };
    await meet({ answer: only(stage, "silence") }, { settings: short });
    await world.send("x@far.test");
    const event = await world.happened("message.deferred");
    expect(event.text).toContain("did not answer within");
  });

  test.each([
    ["no SMTP at all", "SSH-2.0-OpenSSH_9.6"],
    ["a line without end", "220 ".padEnd(10_000, "x")],
  ])("a server that speaks %s is not believed", async (_name, greeting) => {
    await meet({ answer: only("greeting", greeting) });
    await world.send("x@far.test");
    const event = await world.happened("message.deferred");
    expect(event.text).toContain("does not speak SMTP");
  });

  test("a connection dropped within the message lets it wait", async () => {
    await meet({ onData: (octets) => octets > 100_000 });
    await world.send("x@far.test", `Subject: Large\r\n\r\n${"0123456789\r\n".repeat(500_000)}`);
    await world.happened("message.deferred");
    expect(remote.messages).toHaveLength(0);
  });

  test("one recipient's refusal is his alone", async () => {
    await meet({
      answer: (stage, line) => (stage === "RCPT" && line.includes("ghost") ? "550 5.1.1 Who?" : undefined),
    });
    await world.send(["a@far.test", "ghost@far.test", "b@far.test"]);
    await world.happened("message.bounced");
    expect(remote.messages[0]?.recipients).toEqual(["RCPT TO:<a@far.test>", "RCPT TO:<b@far.test>"]);
    const { fields } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields).toHaveLength(2);
    expect(fields[1]?.get("Final-Recipient")).toBe("rfc822; ghost@far.test");
    expectNothingLeft();
  });

  test("recipients that are too many for one transaction go in the next, at once", async () => {
    await meet({
      answer: (stage, _line, session) =>
        stage === "RCPT" && session.recipients.length >= 2 ? "452 4.5.3 Too many" : undefined,
    });
    await world.send(["a@far.test", "b@far.test", "c@far.test", "d@far.test", "e@far.test"]);
    await world.happened("message.sent", 3);
    expect(remote.messages.map((message) => message.recipients.length)).toEqual([2, 2, 1]);
    expect(world.logged("message.deferred")).toEqual([]);
  });

  test("a pipelined DATA that is answered though nobody was accepted gets an empty message", async () => {
    await meet({
      answer: (stage) => (stage === "RCPT" ? "550 5.1.1 Who?" : stage === "DATA" ? "354 Go on" : undefined),
    });
    await world.send("x@far.test");
    await world.happened("message.bounced");
    expect(remote.messages.map((message) => message.text)).toEqual([""]);
  });
});

describe("finding the server", () => {
  test("the best preference that works takes the mail; dead ones are passed over", async () => {
    await meet(
      {},
      {
        zone: {
          "far.test": {
            MX: [
              [30, "mx.remote.test"],
              [10, "dead.remote.test"],
              [20, "gone.remote.test"],
            ],
          },
          "dead.remote.test": { A: ["127.0.0.99"] },
        },
      },
    );
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(world.logged("attempt.failed").map((event) => event.data?.stage)).toEqual(["connect", "route"]);
  });

  test("a server that breaks off leaves the message to the next at once", async () => {
    await meet(
      {},
      {
        zone: {
          "far.test": {
            MX: [
              [10, "bad.remote.test"],
              [20, "mx.remote.test"],
            ],
          },
          "bad.remote.test": { A: ["127.0.0.2"] },
        },
      },
    );
    const bad = await FakeRemote.start(
      { answer: (stage) => (stage === "MAIL" ? "421 4.3.2 Busy" : undefined) },
      "127.0.0.2",
      remote.port,
    );
    others.push(bad);
    await world.send("x@far.test");
    await world.happened("message.sent");
    expect(bad.sessions).toBe(1);
    expect(world.logged("message.deferred")).toEqual([]);
  });

  test("IPv6 and IPv4 are both tried", async () => {
    await meet({}, { zone: { "mx.remote.test": { AAAA: ["::1"], A: ["127.0.0.1"] } } });
    await world.send("x@far.test");
    expect((await world.happened("message.sent")).remote).toBe("mx.remote.test [127.0.0.1]");
    expect(world.logged("attempt.failed")[0]?.remote).toBe("mx.remote.test [::1]");
  });

  test("a domain without MX is its own server", async () => {
    await meet({}, { zone: { "bare.test": { A: ["127.0.0.1"] } } });
    await world.send("x@bare.test");
    expect((await world.happened("message.sent")).remote).toBe("bare.test [127.0.0.1]");
  });

  test.each([
    ["a null MX", { "none.test": { MX: [[0, ""]] as [number, string][] } }, "5.1.10", "takes no mail at all"],
    ["no such domain", {}, "5.1.2", "does not exist"],
    ["neither MX nor address", { "none.test": { TXT: ["x"] } }, "5.4.4", "no address"],
    [
      "an MX that does not exist",
      { "none.test": { MX: [[1, "lost.test"]] as [number, string][] } },
      "5.4.4",
      "does not exist",
    ],
    [
      "ourselves as the best MX",
      {
        "none.test": {
          MX: [
            [5, "mail.home.test"],
            [9, "mx.remote.test"],
          ] as [number, string][],
        },
      },
      "5.4.6",
      "come back to this server",
    ],
  ])("%s returns the message", async (_name, zone, status, words) => {
    await meet({}, { zone });
    await world.send("x@none.test");
    await world.happened("message.bounced");
    const { fields, human } = reportParts(world.inbox("anna")[0] ?? "");
    expect(fields[1]?.get("Status")).toBe(status);
    expect(human.replace(/\s+/g, " ")).toContain(words);
    expect(remote.sessions).toBe(0);
  });

  test("name servers that fail let the message wait", async () => {
    await meet({}, { zone: { "far.test": { fail: true } } });
    await world.send("x@far.test");
    expect((await world.happened("message.deferred")).text).toContain("name servers");
  });

  test("servers behind ourselves in the list are not used; those before are", async () => {
    const zone = {
      "far.test": {
        MX: [
          [5, "mx.remote.test"],
          [10, "mail.home.test"],
          [20, "mx.remote.test"],
        ] as [number, string][],
      },
    };
    await meet({ answer: (stage) => (stage === "greeting" ? "421 4.3.2 Later" : undefined) }, { zone });
    await world.send("x@far.test");
    await world.happened("message.deferred");
    expect(remote.sessions).toBe(1);
  });

  test("an address that is our own is not connected to, whatever its name", async () => {
    await meet({}, { isSelf: (address) => address === "127.0.0.1" });
    await world.send("x@far.test");
    await world.happened("message.bounced");
    expect(remote.sessions).toBe(0);
  });
});
