/** Outgoing mail of the executable: straight to a domain's servers, through a smart host, waiting, returned, reported. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createTransport, type SendMailOptions } from "nodemailer";
import { Gatepost, PASSWORD, until } from "../harness.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { behindTrace, letter } from "./letter.ts";
import { python } from "./python.ts";
import { READERS } from "./readers.ts";
import { nodemailer } from "./senders.ts";

/** How the other server answers RCPT, by the local part of the address. */
const ANSWERS = new Map<string, string>();

let dns: MockDns;
let remote: FakeRemote;
let server: Gatepost;
beforeAll(async () => {
  dns = await MockDns.start({
    "far.test": { MX: [[10, "mx.far.test"]] },
    // Nobody listens on 127.0.0.3: the second server has to be tried.
    "second.test": {
      MX: [
        [20, "mx.far.test"],
        [10, "dead.far.test"],
      ],
    },
    "mx.far.test": { A: ["127.0.0.1"] },
    "dead.far.test": { A: ["127.0.0.3"] },
    "plain.test": { A: ["127.0.0.1"] },
    "null.test": { MX: [[0, ""]] },
    "broken.test": { fail: true },
  });
  remote = await FakeRemote.start({
    extensions: ["PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "STARTTLS"],
    answer: (stage, line) => (stage === "RCPT" ? ANSWERS.get(/<([^@+]*)/.exec(line)?.[1] ?? "") : undefined),
  });
  server = await Gatepost.start({
    users: ["anna", "bert"],
    settings: [`dns.servers=${dns.server}`, `transport.smtpPort=${remote.port}`, "transport.idleSeconds=0.1"],
  });
});
afterAll(async () => {
  await server.remove();
  await remote.stop();
  dns.stop();
});
beforeEach(() => ANSWERS.clear());

interface Listed {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly waiting: number;
  readonly held: number;
  readonly reply: string | null;
}
interface Shown {
  readonly subject: string;
  readonly recipients: readonly { address: string; state: string; attempts: number; lastReply: string | null }[];
  readonly attempts: readonly { code: number | null; enhanced: string | null }[];
}

const listed = async () => await server.json<Listed[]>("queue", "list");
const shown = async (id: number) => await server.json<Shown>("queue", "show", String(id));

/** Sends a letter as anna. */
async function send(subject: string, ...to: string[]): Promise<Buffer> {
  const one = letter(subject, { from: "anna@example.test", to });
  await nodemailer(465, true, "anna")(server, one);
  return one.octets;
}

/** The message with this subject at the other server, once it is there. */
async function arrived(subject: string) {
  return await until(
    () => remote.messages.find(({ text }) => text.includes(`\r\nSubject: ${subject}\r\n`)),
    `“${subject}” to arrive`,
  );
}

/** The entry of the queue with this recipient, once an attempt has failed. */
async function deferred(to: string): Promise<Listed> {
  return await until(
    async () => (await listed()).find((entry) => entry.to === to && entry.reply !== null),
    `${to} to be put off`,
  );
}

interface Report {
  readonly type: string;
  readonly reportType: string;
  readonly returnPath: string;
  readonly to: string;
  readonly subject: string;
  readonly autoSubmitted: string;
  readonly human: string;
  readonly fields: readonly Record<string, string>[];
  readonly returnedType: string;
  readonly returned: string;
  readonly defects: readonly string[];
}

/** The report in somebody's INBOX that names this recipient, as Python's email package reads it. */
async function report(login: string, recipient: string): Promise<Report> {
  const message = await until(
    async () =>
      (await READERS.imapflow?.(server, login))?.find((one) => one.includes(`Final-Recipient: rfc822; ${recipient}`)),
    `a report about ${recipient}`,
  );
  const parsed = await python<Report>("report", { message: message.toString("base64") });
  expect(parsed).toMatchObject({
    ...{ type: "multipart/report", reportType: "delivery-status", statusType: "message/delivery-status" },
    ...{ returnPath: "<>", to: `${login}@example.test`, autoSubmitted: "auto-replied", defects: [] },
  });
  expect(parsed.fields[0]?.["Reporting-MTA"]).toBe("dns; mail.example.test");
  return parsed;
}

describe("straight to a domain's servers", () => {
  test.each([
    ["its MX", "far.test"],
    ["its second MX where the first is down", "second.test"],
    ["its address where it has no MX", "plain.test"],
  ])("a message goes to %s, octet for octet and in TLS", async (name, domain) => {
    const octets = await send(`to ${name}`, `ben@${domain}`);
    const { mail, recipients, text, secure } = await arrived(`to ${name}`);
    expect(mail).toStartWith("MAIL FROM:<anna@example.test>");
    expect(recipients).toEqual([`RCPT TO:<ben@${domain}>`]);
    expect(secure).toBe(true);
    expect(behindTrace(Buffer.from(`Return-Path: <>\r\n${text}`, "latin1")).toString("latin1")).toBe(
      octets.toString("latin1"),
    );
    await until(async () => (await listed()).length === 0, "an empty queue");
  });

  test("one message to here and there is delivered here and sent there", async () => {
    const octets = await send("here and there", "bert@example.test", "ben@far.test", "eve@far.test");
    const { recipients } = await arrived("here and there");
    expect(recipients).toEqual(["RCPT TO:<ben@far.test>", "RCPT TO:<eve@far.test>"]);
    const copy = (await READERS.imapflow?.(server, "bert"))?.at(-1) ?? Buffer.alloc(0);
    expect(behindTrace(copy).toString()).toBe(octets.toString());
  });

  test("mail to a domain that takes none comes back at once", async () => {
    await send("to nobody", "x@null.test");
    expect((await report("anna", "x@null.test")).fields[1]).toMatchObject({ Action: "failed", Status: "5.1.10" });
  });

  test("mail to a domain that does not exist comes back at once", async () => {
    await send("to nowhere", "x@nowhere.test");
    const { fields, human } = await report("anna", "x@nowhere.test");
    expect(fields[1]).toMatchObject({ Action: "failed", Status: "5.1.2" });
    expect(human).toContain("nowhere.test");
  });

  test("mail waits while the name servers are broken", async () => {
    await send("to be found", "x@broken.test");
    const { id, reply } = await deferred("x@broken.test");
    expect(reply).toBeString();
    await server.command(["queue", "delete", String(id)]);
  });
});

describe("waiting", () => {
  test("a message is put off, tried again, held, released and sent, all by the command line", async () => {
    ANSWERS.set("busy", "450 4.2.9 Come back later");
    const octets = await send("patience", "busy@far.test");
    const { id, from, waiting, reply } = await deferred("busy@far.test");
    expect({ from, waiting }).toEqual({ from: "anna@example.test", waiting: 1 });
    expect(reply).toContain("450 4.2.9 Come back later");
    const detail = await shown(id);
    expect(detail.subject).toBe("patience");
    expect(detail.recipients).toMatchObject([{ address: "busy@far.test", state: "waiting", attempts: 1 }]);
    expect(detail.attempts[0]).toMatchObject({ code: 450, enhanced: "4.2.9" });

    expect(await server.json<object>("queue", "retry", String(id))).toEqual({ recipients: 1 });
    await until(async () => (await shown(id)).recipients[0]?.attempts === 2, "the second attempt");
    expect(await server.json<object>("queue", "hold", String(id))).toEqual({ recipients: 1 });
    expect((await listed())[0]).toMatchObject({ id, waiting: 0, held: 1 });
    ANSWERS.clear();
    await server.command(["queue", "release", String(id)]);
    const { text } = await arrived("patience");
    expect(text).toEndWith(octets.toString("latin1"));
    await until(async () => (await listed()).length === 0, "an empty queue");
  });

  test("it goes again by itself when its time has come", async () => {
    await server.set("transport.retryMinutes=[0.01]");
    ANSWERS.set("soon", "451 4.3.0 Not just now");
    await send("by itself", "soon@far.test");
    await deferred("soon@far.test");
    ANSWERS.clear();
    await arrived("by itself");
    await server.set("transport.retryMinutes=5,15,30,60");
  });

  test("what is held stays, whatever else is retried; and what is deleted is not reported", async () => {
    ANSWERS.set("held", "450 4.0.0 No");
    await send("held back", "held@far.test");
    const { id } = await deferred("held@far.test");
    await server.command(["queue", "hold", "all"]);
    ANSWERS.clear();
    await send("another", "ben@far.test");
    await arrived("another");
    expect(await listed()).toMatchObject([{ id, held: 1 }]);
    await server.command(["queue", "delete", String(id)]);
    expect(await listed()).toEqual([]);
    const reports = (await READERS.imapflow?.(server, "anna"))?.filter((one) => one.includes("held@far.test"));
    expect(reports).toEqual([]);
  });

  test("the queue outlives the server, and can be worked on while it is stopped", async () => {
    ANSWERS.set("kept", "450 4.0.0 No");
    await send("outlives", "kept@far.test");
    const { id } = await deferred("kept@far.test");
    expect(await server.stop()).toBe(0);
    expect(await listed()).toMatchObject([{ id, waiting: 1 }]);
    ANSWERS.clear();
    await server.command(["queue", "retry", "all"]);
    await server.resume();
    expect((await arrived("outlives")).recipients).toEqual(["RCPT TO:<kept@far.test>"]);
    await until(async () => (await listed()).length === 0, "an empty queue");
  });
});

describe("reports", () => {
  test("a refused recipient is reported to the sender, and the others have the message", async () => {
    ANSWERS.set("ghost", "550 5.1.1 No such person here");
    const octets = await send("to two", "ghost@far.test", "ben@far.test");
    expect((await arrived("to two")).recipients).toEqual(["RCPT TO:<ben@far.test>"]);
    const { fields, human, returned, returnedType } = await report("anna", "ghost@far.test");
    expect(fields).toHaveLength(2);
    expect(fields[1]).toMatchObject({
      ...{ "Final-Recipient": "rfc822; ghost@far.test", Action: "failed", Status: "5.1.1" },
      ...{ "Remote-MTA": "dns; mx.far.test", "Diagnostic-Code": "smtp; 550 5.1.1 No such person here" },
    });
    expect(human).toContain("ghost@far.test");
    expect(human.replace(/\s+/g, " ")).toContain("No such person here");
    expect(returnedType).toBe("message/rfc822");
    expect(returned).toContain("Subject: to two");
    expect(returned.replaceAll("\n", "\r\n")).toContain(octets.toString().slice(octets.indexOf("\r\n\r\n") + 4));
  });

  test("a delay is told once it has lasted", async () => {
    await server.set("transport.delayNoticeHours=0.0001", "transport.retryMinutes=[0.01]");
    ANSWERS.set("slow", "450 4.7.1 Greylisted");
    await send("delayed", "slow@far.test");
    const { fields, subject } = await report("anna", "slow@far.test");
    expect(subject).toBe("Your message is delayed");
    expect(fields[1]).toMatchObject({ Action: "delayed", Status: "4.7.1" });
    expect(fields[1]).toHaveProperty("Will-Retry-Until");
    ANSWERS.clear();
    await server.set("transport.delayNoticeHours=4", "transport.retryMinutes=5,15,30,60");
    await server.command(["queue", "retry", "all"]);
    await arrived("delayed");
  });

  /** Sends with nodemailer, which asks for reports (RFC 3461). */
  async function ask(to: string, dsn: SendMailOptions["dsn"]): Promise<void> {
    const transport = createTransport({
      ...{ host: "localhost", port: server.port(465), secure: true, auth: { user: "anna", pass: PASSWORD } },
      tls: { ca: readFileSync(await server.rootFile(), "utf8") },
    });
    await transport.sendMail({ from: "anna@example.test", to, subject: "asked", text: "text", dsn });
    transport.close();
  }

  test("a delivery here is reported where that was asked for", async () => {
    await ask("bert@example.test", {
      id: "E-1",
      return: "headers",
      notify: ["success"],
      recipient: "bert@old.example",
    });
    const { fields, returnedType, subject } = await report("anna", "bert@example.test");
    expect(subject).toBe("Your message was delivered");
    expect(fields[0]).toMatchObject({ "Original-Envelope-Id": "E-1" });
    expect(fields[1]).toMatchObject({
      ...{ "Original-Recipient": "rfc822; bert@old.example", "Final-Recipient": "rfc822; bert@example.test" },
      ...{ Action: "delivered", Status: expect.stringMatching(/^2\./) },
    });
    expect(returnedType).toBe("text/rfc822-headers");
  });

  test("passing on to a server that sends no reports is reported as that", async () => {
    await ask("nodsn@far.test", { id: "E-2", return: "headers", notify: ["success", "failure"] });
    expect((await report("anna", "nodsn@far.test")).fields[1]).toMatchObject({ Action: "relayed" });
  });

  test("who never wants to hear hears nothing", async () => {
    ANSWERS.set("silent", "550 5.1.1 No");
    await ask("silent@far.test", { id: "E-3", return: "full", notify: "never" });
    await until(() => remote.commands.some((line) => line.startsWith("RCPT TO:<silent@far.test>")), "the attempt");
    await until(async () => (await listed()).length === 0, "an empty queue");
    const heard = (await READERS.imapflow?.(server, "anna"))?.filter((one) => one.includes("silent@far.test"));
    expect(heard).toEqual([]);
  });
});

describe("through a smart host", () => {
  const smartHost = async (host: object) => await server.set(`transport.smartHosts=${JSON.stringify([host])}`);

  test("another Gatepost takes the message and delivers it", async () => {
    const next = await Gatepost.start({ domain: "elsewhere.test", users: ["eve"], settings: ["smtp.relayFor=lan"] });
    try {
      await smartHost({ host: "localhost", port: next.port(25), tls: "starttls", verify: false });
      const octets = await send("next hop", "eve@elsewhere.test");
      const [stored = Buffer.alloc(0)] = await until(async () => {
        const messages = await READERS["curl imaps"]?.(next, "eve");
        return messages !== undefined && messages.length > 0 && messages;
      }, "the message at the next server");
      const [outer, inner] = stored
        .toString()
        .split(/^(?=Received:)/m)
        .slice(1);
      expect(outer).toMatch(
        /^Received: from mail\.example\.test .*\r\n by mail\.elsewhere\.test \(Gatepost\) with ESMTPS /,
      );
      expect(inner).toMatch(/^Received: from client\.example .*\r\n by mail\.example\.test \(Gatepost\) with ESMTPSA /);
      expect(stored.toString()).toEndWith(octets.toString());
      expect(stored.toString()).toStartWith("Return-Path: <anna@example.test>\r\n");
    } finally {
      await next.remove();
    }
  });

  test("a login is shown to it only in TLS", async () => {
    const host = await FakeRemote.start({
      extensions: ["PIPELINING", "STARTTLS", "AUTH PLAIN LOGIN"],
      credentials: { login: "house", password: "secret word" },
    });
    try {
      await smartHost({
        host: "127.0.0.1",
        port: host.port,
        tls: "starttls",
        verify: false,
        login: "house",
        password: "secret word",
      });
      await send("with a login", "x@anywhere.test");
      await host.taken(1);
      expect(host.messages[0]).toMatchObject({ secure: true, login: "house" });
      await smartHost({ host: "127.0.0.1", port: host.port, tls: "none", login: "house", password: "secret word" });
      await send("without TLS", "x@anywhere.test");
      const { id } = await deferred("x@anywhere.test");
      expect(host.commands.filter((line) => line.startsWith("AUTH"))).toHaveLength(1);
      expect(host.messages).toHaveLength(1);
      await server.command(["queue", "delete", String(id)]);
    } finally {
      await host.stop();
    }
  });

  test("mail waits while its certificate is not good for its name", async () => {
    await smartHost({ host: "localhost", port: remote.port, tls: "starttls" });
    await send("unverified", "x@anywhere.test");
    const { id, reply } = await deferred("x@anywhere.test");
    expect(reply).toMatch(/certificate/i);
    await server.command(["queue", "delete", String(id)]);
    await server.set("transport.smartHosts=[]");
  });
});
