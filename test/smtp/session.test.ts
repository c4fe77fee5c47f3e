import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Dialogue } from "../dialogue.ts";
import { House } from "./house.ts";

let house: House;
let client: Dialogue;

beforeEach(async () => {
  house = await House.build();
  client = await house.dial();
});
afterEach(async () => {
  client.destroy();
  await house.close();
});

test("a message goes through, and its dots are taken out", async () => {
  await client.reply("220 mail.home.example ESMTP");
  await client.ask("EHLO client.example", /^250-mail.home.example greets client.example\n/);
  await client.ask("MAIL FROM:<eve@other.example>", "250 2.1.0");
  await client.ask("RCPT TO:<ann@home.example>", "250 2.1.5");
  await client.ask("DATA", "354 ");
  client.send("Subject: dots", "", "..", "...two", "text.", ".");
  await client.reply(/^250 2\.0\.0 Accepted as \w+\.$/);
  await client.ask("QUIT", "221 2.0.0");
  await client.closed();
  const { envelope, text } = house.post.only;
  expect(text).toBe("Subject: dots\r\n\r\n.\r\n..two\r\ntext.\r\n");
  expect(envelope.reversePath).toBe("eve@other.example");
  expect(envelope.recipients).toEqual([{ address: "ann@home.example" }]);
  expect(envelope.origin).toMatchObject({
    kind: "smtp",
    helo: "client.example",
    protocol: "ESMTP",
    remote: "127.0.0.1",
  });
});

test("EHLO lists what there is, and HELO nothing", async () => {
  await client.reply("220 ");
  const reply = await client.ask("EHLO client.example", "250-");
  const keywords = reply.split("\n").map((line) => line.slice(4).split(" ")[0]);
  for (const keyword of [
    "PIPELINING",
    "SIZE",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "CHUNKING",
    "BINARYMIME",
    "DSN",
    "LIMITS",
    "STARTTLS",
    "VRFY",
    "HELP",
  ]) {
    expect(keywords).toContain(keyword);
  }
  expect(keywords).not.toContain("REQUIRETLS");
  expect(reply).toMatch(/\n250-LIMITS MAILMAX=5000 RCPTMAX=1000\n/);
  expect(reply).toMatch(/\n250-SIZE 52428800\n/);
  await client.ask("HELO client.example", "250 mail.home.example");
  await client.ask("MAIL FROM:<>", "250 ");
  await client.ask("RCPT TO:<Postmaster>", "250 ");
  await client.ask("DATA", "354 ");
  await client.ask("\r\n.", "250 ");
  expect(house.post.only.envelope.origin.protocol).toBe("SMTP");
  expect(house.post.only.envelope.reversePath).toBe("");
});

test("every command out of order is refused with 503, and the session goes on", async () => {
  await house.set({ errorsBeforeDelay: 100, maxErrors: 100 });
  client = await house.dial();
  await client.reply("220 ");
  for (const command of ["MAIL FROM:<a@b.example>", "RCPT TO:<ann@home.example>", "DATA", "AUTH PLAIN"]) {
    await client.ask(command, "503 5.5.1");
  }
  await client.ask("EHLO client.example", "250-");
  for (const command of ["RCPT TO:<ann@home.example>", "DATA"]) await client.ask(command, "503 5.5.1");
  await client.ask("MAIL FROM:<a@b.example>", "250 ");
  for (const command of ["MAIL FROM:<a@b.example>", "STARTTLS", "AUTH PLAIN"]) await client.ask(command, "503 5.5.1");
  await client.ask("DATA", "554 5.5.1");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("MAIL FROM:<a@b.example>", "503 5.5.1");
  await client.ask("RSET", "250 2.0.0");
  await client.ask("RCPT TO:<ann@home.example>", "503 5.5.1");
  await client.ask("MAIL FROM:<a@b.example>", "250 ");
  await client.ask("EHLO again.example", "250-");
  await client.ask("DATA", "503 5.5.1");
  await client.ask("QUIT", "221 ");
});

test("commands are taken in any case, with blanks at the end, and before EHLO where they may stand", async () => {
  await client.reply("220 ");
  await client.ask("noop", "250 2.0.0");
  await client.ask("NoOp with words ", "250 2.0.0");
  await client.ask("rset", "250 2.0.0");
  await client.ask("vrfy ann@home.example", "252 2.1.5");
  await client.ask("ehlo client.example  ", "250-");
  await client.ask("mail from:<a@b.example>  ", "250 2.1.0");
  await client.ask("quit", "221 2.0.0");
});

test("unknown commands, wrong arguments and long lines are refused, and the session goes on", async () => {
  await house.set({ errorsBeforeDelay: 100, maxErrors: 100 });
  const patient = await house.dial();
  await patient.reply("220 ");
  await patient.ask("TURN", "500 5.5.1");
  await patient.ask("", "500 5.5.1");
  await patient.ask("EHLO", "501 5.5.4");
  await patient.ask(`NOOP ${"x".repeat(5000)}`, "500 5.5.6");
  await patient.ask(`NOOP ${"x".repeat(300_000)}`, "500 5.5.6");
  await patient.ask("EHLO client.example", "250-");
  await patient.ask("QUIT now", "501 5.5.4");
  await patient.ask("RSET now", "501 5.5.4");
  await patient.ask("MAIL", "501 5.5.4");
  await patient.ask("MAIL FROM:a@b.example", "501 5.1.7");
  await patient.ask("MAIL FROM:<a@b.example> HOLDFOR=3", "555 5.5.4");
  await patient.ask("MAIL FROM:<a@b.example> REQUIRETLS", "530 5.7.10");
  await patient.ask("MAIL FROM:<a@b.example>", "250 ");
  await patient.ask("RCPT TO:<>", "501 5.1.3");
  await patient.ask("RCPT TO:<ann@home.example> NOTIFY=NEVER,DELAY", "501 5.5.4");
  await patient.ask("RCPT TO:<ann@home.example>", "250 ");
  await patient.ask("DATA now", "501 5.5.4");
  patient.sendRaw("NOOP\n");
  await patient.reply("500 5.5.2");
  patient.sendRaw("NO\rOP\r\n");
  await patient.reply("500 5.5.2");
  patient.sendRaw(Uint8Array.of(0x4e, 0xff, 13, 10));
  await patient.reply("500 5.5.2");
  await patient.ask("QUIT", "221 ");
});

test("a browser is sent away before a page's commands are read", async () => {
  await client.reply("220 ");
  client.send("POST / HTTP/1.1", "Host: mail.home.example", "", "EHLO x.example", "MAIL FROM:<a@b.example>");
  await client.reply("421 4.7.0");
  expect(await client.closed()).toBe("");
});

test("garbage behind a refused MAIL is held against the client", async () => {
  await house.set({ errorsBeforeDelay: 100, maxErrors: 4 });
  const rude = await house.dial();
  await rude.reply("220 ");
  await rude.ask("HELO client.example", "250 ");
  await rude.ask("MAIL FROM:nobody", "501 ");
  await rude.ask("RCPT TO:<ann@home.example>", "503 ");
  for (let i = 0; i < 2; i++) await rude.ask("XYZZY", "500 ");
  await rude.ask("XYZZY", "421 4.7.0");
});

test("HELP lists the commands and explains each of them", async () => {
  await client.reply("220 ");
  const reply = await client.ask("HELP", "214 2.0.0");
  const verbs = reply
    .slice(reply.indexOf(":") + 1)
    .trim()
    .split(" ");
  expect(verbs).toEqual(
    expect.arrayContaining([
      "EHLO",
      "HELO",
      "MAIL",
      "RCPT",
      "DATA",
      "BDAT",
      "RSET",
      "NOOP",
      "QUIT",
      "VRFY",
      "EXPN",
      "HELP",
      "STARTTLS",
      "AUTH",
    ]),
  );
  for (const verb of verbs) {
    const help = await client.ask(`HELP ${verb}`, `214-2.0.0 ${verb}`);
    expect(help).toMatch(/RFC \d{4}/);
    expect(help).toMatch(/^[\x20-\x7e\n]+$/);
  }
  await client.ask("HELP me", "504 5.5.4");
});

test("pipelined commands are answered in their order", async () => {
  client.send(
    "EHLO client.example",
    "MAIL FROM:<eve@other.example>",
    "RCPT TO:<ann@home.example>",
    "RCPT TO:<nobody@home.example>",
    "RCPT TO:<bob@home.example>",
    "RCPT TO:<else@where.example>",
    "DATA",
  );
  await client.reply("220 ");
  await client.reply("250-mail");
  await client.reply("250 2.1.0");
  await client.reply("250 2.1.5");
  await client.reply("550 5.1.1");
  await client.reply("250 2.1.5");
  await client.reply("550 5.7.1");
  await client.reply("354 ");
  client.send("Subject: one", "", "body", ".", "MAIL FROM:<eve@other.example>", "RCPT TO:<bob@home.example>", "DATA");
  await client.reply("250 2.0.0");
  await client.reply("250 2.1.0");
  await client.reply("250 2.1.5");
  await client.reply("354 ");
  client.send("Subject: two", "", "body", ".", "QUIT");
  await client.reply("250 2.0.0");
  await client.reply("221 ");
  await client.closed();
  expect(house.post.posted.map(({ envelope }) => envelope.recipients.map(({ address }) => address))).toEqual([
    ["ann@home.example", "bob@home.example"],
    ["bob@home.example"],
  ]);
  expect(new Set(house.post.posted.map(({ envelope }) => envelope.origin.trace)).size).toBe(2);
});

test("what is pipelined behind a refused MAIL is refused without being held against the client", async () => {
  await house.set({ maxErrors: 3, errorsBeforeDelay: 3 });
  const fresh = await house.dial();
  await fresh.reply("220 ");
  await fresh.ask("EHLO client.example", "250-");
  const recipients = Array.from({ length: 40 }, () => "RCPT TO:<ann@home.example>");
  fresh.send("MAIL FROM:<eve@other.example> SIZE=99999999999", ...recipients, "DATA");
  await fresh.reply("552 5.3.4");
  for (const _ of recipients) await fresh.reply("503 5.5.1");
  await fresh.reply("503 5.5.1");
  await fresh.ask("MAIL FROM:<eve@other.example>", "250 ");
  fresh.destroy();
});

test("too many recipients are refused with 452, and the others get the message", async () => {
  await house.set({ maxRecipients: 2 });
  const fresh = await house.dial();
  await fresh.reply("220 ");
  await fresh.ask("EHLO client.example", /RCPTMAX=2\n/);
  await fresh.ask("MAIL FROM:<eve@other.example>", "250 ");
  await fresh.ask("RCPT TO:<ann@home.example>", "250 ");
  await fresh.ask("RCPT TO:<bob@home.example>", "250 ");
  await fresh.ask("RCPT TO:<postmaster>", "452 4.5.3");
  await fresh.ask("DATA", "354 ");
  await fresh.ask(".", "250 ");
  expect(house.post.only.envelope.recipients).toHaveLength(2);
  expect(house.post.only.text).toBe("");
  fresh.destroy();
});

test("a recipient named twice is one recipient", async () => {
  await client.reply("220 ");
  await client.ask("HELO client.example", "250 ");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  for (const name of ["ann", "bob", "ann"]) await client.ask(`RCPT TO:<${name}@home.example>`, "250 ");
  await client.ask("DATA", "354 ");
  await client.ask(".", "250 ");
  expect(house.post.only.envelope.recipients.map(({ address }) => address)).toEqual([
    "ann@home.example",
    "bob@home.example",
  ]);
});

test("a session has as many messages and commands as it may, then it is asked to come again", async () => {
  await house.set({ maxMessages: 2, maxIdleCommands: 5 });
  const sender = await house.dial();
  await sender.reply("220 ");
  await sender.ask("HELO client.example", "250 ");
  for (let i = 0; i < 2; i++) {
    sender.send("MAIL FROM:<>", "RCPT TO:<ann@home.example>", "DATA");
    for (const code of ["250", "250", "354"]) await sender.reply(code);
    await sender.ask("a: b\r\n.", "250 ");
  }
  await sender.ask("MAIL FROM:<>", "421 4.7.0");
  await sender.closed();
  const idler = await house.dial();
  await idler.reply("220 ");
  for (let i = 0; i < 5; i++) await idler.ask("NOOP", "250 ");
  await idler.ask("NOOP", "421 4.7.0");
  await idler.closed();
});

test("errors are delayed and in the end close the session; a message makes up for them", async () => {
  await house.set({ errorsBeforeDelay: 2, errorDelay: 0.05, maxErrors: 5 });
  const rude = await house.dial();
  await rude.reply("220 ");
  await rude.ask("HELO client.example", "250 ");
  for (let i = 0; i < 4; i++) await rude.ask("XYZZY", "500 ");
  for (const command of ["MAIL FROM:<>", "RCPT TO:<ann@home.example>"]) await rude.ask(command, "250 ");
  await rude.ask("DATA", "354 ");
  await rude.ask(".", "250 ");
  for (let i = 0; i < 2; i++) await rude.ask("XYZZY", "500 ");
  const began = performance.now();
  for (let i = 0; i < 2; i++) await rude.ask("XYZZY", "500 ");
  expect(performance.now() - began).toBeGreaterThan(140);
  await rude.ask("XYZZY", "421 4.7.0");
  await rude.closed();
});

test("who guesses recipients is slowed down, then barred", async () => {
  await house.setLockout({ allow: [], freeStrikes: 1, longestDelaySeconds: 0, weightRecipient: 1.1, barAfter: 4 });
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  for (const name of ["a", "b", "c"]) await client.ask(`RCPT TO:<${name}@home.example>`, "550 5.1.1");
  await client.ask("RCPT TO:<d@home.example>", "421 4.7.0");
  await client.closed();
  // Turned away at the door: what it says there is the appliance's.
  const again = await house.dial();
  await again.reply("barred");
  await again.closed();
});

test("a silent client is told and cut off", async () => {
  await house.set({ commandTimeout: 0.05 });
  const silent = await house.dial();
  await silent.reply("220 ");
  await silent.reply("421 4.4.2");
  await silent.closed();
});

test("faults of ours are temporary failures, and are logged", async () => {
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  house.post.finishFault = new Error("boom");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  await client.ask("body\r\n.", "451 4.3.0");
  house.post.finishFault = undefined;
  house.post.writeFault = new Error("bang");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  await client.ask("body\r\n.", "451 4.3.0");
  const faults = house.store.events.recent({ room: "smtp", level: "error" });
  expect(faults.map(({ text }) => text)).toEqual(["answer a command: bang", "answer a command: boom"]);
  house.post.writeFault = undefined;
  await client.ask("QUIT", "221 ");
});

test("a full disk is 452, and the session goes on", async () => {
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  house.post.finishFault = house.noSpace();
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  await client.ask("body\r\n.", "452 4.3.1");
  house.post.finishFault = undefined;
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("QUIT", "221 ");
});

test("a client that goes away in the middle of a message leaves nothing behind", async () => {
  await client.reply("220 ");
  await client.ask("HELO client.example", "250 ");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("RCPT TO:<ann@home.example>", "250 ");
  await client.ask("DATA", "354 ");
  client.send("half a message");
  client.destroy();
  await house.quiet();
  expect(house.post.posted).toHaveLength(0);
  expect(house.post.aborted).toBe(1);
});

test("VRFY and EXPN tell strangers nothing", async () => {
  await client.reply("220 ");
  await client.ask("EHLO client.example", "250-");
  await client.ask("VRFY ann@home.example", "252 2.1.5");
  await client.ask("VRFY nobody@home.example", "252 2.1.5");
  await client.ask("VRFY jürgen@home.example", "553 5.6.7");
  await client.ask("VRFY jürgen@home.example SMTPUTF8", "252 2.1.5");
  await client.ask("VRFY", "501 5.5.4");
  await client.ask("EXPN ann@home.example", "550 5.7.1");
});

test("a server that stops says so between two commands, and finishes the message it is taking", async () => {
  const other = await house.dial();
  await client.reply("220 ");
  await other.reply("220 ");
  await other.ask("HELO client.example", "250 ");
  await other.ask("MAIL FROM:<eve@other.example>", "250 ");
  await other.ask("RCPT TO:<ann@home.example>", "250 ");
  await other.ask("DATA", "354 ");
  const stopped = house.stop();
  await client.reply("421 4.3.2");
  await client.closed();
  await other.ask("body\r\n.", "250 2.0.0");
  await other.reply("421 4.3.2");
  await stopped;
  expect(house.post.only.text).toBe("body\r\n");
});
