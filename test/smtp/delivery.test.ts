/** SMTP with the real transport and mail store behind it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Dialogue } from "../dialogue.ts";
import { House } from "./house.ts";

let house: House;
beforeEach(async () => {
  house = await House.build({ people: true, delivery: true });
});
afterEach(async () => {
  await house.close();
});

async function greeted(): Promise<Dialogue> {
  const client = await house.dial();
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  return client;
}

/** The stored message behind the trace fields that were put in front. */
function received(stored: string): { trace: string; message: string } {
  const match = /^(Return-Path: <[^>]*>\r\nReceived: (?:[^\r\n]*\r\n[ \t])*[^\r\n]*\r\n)/.exec(stored);
  const trace = match?.[1] ?? "";
  return { trace, message: stored.slice(trace.length) };
}

test("a message is in the mailbox, octet for octet, when it is answered", async () => {
  const message = "Subject: all octets\r\n\r\n.\r\n\x00\x7fü\t \r\n..\r\n\r\n";
  const client = await greeted();
  await client.ask("MAIL FROM:<eve@other.example> BODY=8BITMIME", "250 ");
  await client.ask("RCPT TO:<Ann+detail@HOME.example>", "250 ");
  await client.ask("RCPT TO:<postmaster@home.example>", /^[25]50 /);
  await client.ask("DATA", "354 ");
  client.sendRaw(`${message.replace(/^\./gm, "..")}.\r\n`);
  const reply = await client.reply("250 2.0.0");
  const [stored = "", ...more] = await house.inbox("ann");
  expect(more).toEqual([]);
  const { trace, message: kept } = received(stored);
  expect(kept).toBe(message);
  expect(trace).toContain("Return-Path: <eve@other.example>");
  expect(trace).toContain("client.example");
  expect(trace).toContain("with ESMTP");
  expect(trace).toContain(/Accepted as (\w+)/.exec(reply)?.[1] ?? "no trace");
  client.destroy();
});

test("unknown recipients and foreign domains are refused at RCPT", async () => {
  const client = await greeted();
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<nobody@home.example>", "550 5.1.1");
  await client.ask("RCPT TO:<friend@far.example>", "550 5.7.1");
  await client.ask("RCPT TO:<friend@[192.0.2.7]>", "550 5.7.1");
  await client.ask("DATA", "554 5.5.1");
  client.destroy();
});

test("a message in a loop is refused at its end", async () => {
  const client = await greeted();
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  const hops = Array.from(
    { length: 60 },
    (_, i) => `Received: from a${i}.example by b${i}.example; Thu, 1 Jan 2026 00:00:00 +0000`,
  );
  client.send(...hops, "Subject: round and round", "", "x", ".");
  await client.reply("554 5.4.6");
  await client.ask("NOOP", "250 ");
  expect(await house.inbox("ann")).toEqual([]);
  client.destroy();
});

test("a refused message leaves no octets behind, however large", async () => {
  await house.set({ maxMessageSize: 6_000_000 });
  const client = await greeted();
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  const line = `${Buffer.from(crypto.getRandomValues(new Uint8Array(54))).toString("base64")}\r\n`;
  for (let i = 0; i < 100; i++) await client.sendAll(line.repeat(1000));
  client.send(".");
  await client.reply("552 5.3.4");
  const left = house.store.client.query("SELECT count(*) AS n FROM contents").get() as { n: number };
  expect(left.n).toBe(0);
  client.destroy();
});

test("twenty senders at once: every message is there exactly once", async () => {
  const perSender = 50;
  const send = async (sender: number): Promise<void> => {
    const client = await greeted();
    for (let i = 0; i < perSender; i++) {
      client.send("MAIL FROM:<eve@other.example>", "RCPT TO:<ann@home.example>", "DATA");
      for (const code of ["250", "250", "354"]) await client.reply(code);
      client.send(`Subject: ${sender}-${i}`, "", "x".repeat(4000), ".");
      await client.reply("250 2.0.0");
    }
    await client.ask("QUIT", "221 ");
  };
  await Promise.all(Array.from({ length: 20 }, (_, sender) => send(sender)));
  const subjects = (await house.inbox("ann")).map((stored) => /Subject: (\S+)/.exec(stored)?.[1]);
  expect(subjects).toHaveLength(20 * perSender);
  expect(new Set(subjects).size).toBe(20 * perSender);
}, 60_000);

test("a success report is sent where it was asked for", async () => {
  await house.addUser("bob");
  const client = await greeted();
  await client.ask("MAIL FROM:<bob@home.example> RET=HDRS ENVID=abc+2B1", "250 ");
  await client.ask("RCPT TO:<ann@home.example> NOTIFY=SUCCESS ORCPT=rfc822;ann+2Bold@home.example", "250 ");
  await client.ask("DATA", "354 ");
  await client.ask("Subject: report, please\r\n\r\nx\r\n.", "250 ");
  const [report = ""] = await house.inbox("bob");
  expect(report).toContain("Original-Envelope-Id: abc+1");
  expect(report).toMatch(/Original-Recipient: rfc822; ?ann\+old@home\.example/);
  expect(report).toContain("Action: delivered");
  client.destroy();
});

test.each([
  ["defer", "452 4.2.2"],
  ["refuse", "552 5.2.2"],
] as const)(
  "a full mailbox, set to %s: %s at RCPT where the size is known, else at the end",
  async (whenFull, code) => {
    const { primaryMailbox } = house.user("ann");
    await house.directory.mailboxes.update(primaryMailbox, { quota: { octets: 1_000, whenFull } });
    const client = await greeted();
    await client.ask("MAIL FROM:<eve@other.example> SIZE=2000", "250 2.1.0");
    await client.ask("RCPT TO:<ann@home.example>", code);
    await client.ask("RSET", "250 ");
    await client.ask("MAIL FROM:<eve@other.example>", "250 2.1.0");
    await client.ask("RCPT TO:<ann@home.example>", "250 2.1.5");
    await client.ask("DATA", "354 ");
    await client.ask(`Subject: x\r\n\r\n${"xxxxxxxx\r\n".repeat(100)}.`, code);
    expect(house.mailstore.usage(primaryMailbox).messages).toBe(0);
    client.destroy();
  },
);

/** Sends the same message; the answer is heard, and nothing said after it. */
async function sent(): Promise<Dialogue> {
  const client = await greeted();
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  client.sendRaw("Message-ID: <1@other.example>\r\n\r\nOnce.\r\n.\r\n");
  await client.reply("250 2.0.0 Accepted as");
  return client;
}

test("a client that goes away without a word may not have heard: what it sends again is not delivered twice", async () => {
  (await sent()).destroy();
  (await sent()).destroy();
  expect(await house.inbox("ann")).toHaveLength(1);
  const client = await sent();
  expect(await house.inbox("ann")).toHaveLength(1);
  // It goes on, so now it knows.
  await client.ask("NOOP", "250 ");
  await client.ask("QUIT", "221 ");
});

test("a client that went on knows of its message: the same once more is another one", async () => {
  const client = await sent();
  await client.ask("QUIT", "221 ");
  await sent();
  expect(await house.inbox("ann")).toHaveLength(2);
});
