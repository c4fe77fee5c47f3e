import { afterEach, beforeEach, expect, test } from "bun:test";
import { SEEN } from "../../src/mailstore/flags.ts";
import type { Dialogue } from "../dialogue.ts";
import { setUpCodes } from "../totp.ts";
import { House, PASSWORD } from "./house.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const PLAIN = base64(`\0ann\0${PASSWORD}`);
const ONE = "Subject: one\r\n\r\nfirst\r\n.dot\r\n..\r\nlast\r\n";
const TWO = "Subject: two\r\nFrom: a@b\r\n\r\n1\r\n2\r\n3\r\n";

let house: House;
let open: Dialogue[];
beforeEach(async () => {
  open = [];
  house = await House.build();
});
afterEach(async () => {
  for (const client of open) client.destroy();
  await house.close();
});

async function dial(standard = 110): Promise<Dialogue> {
  const client = await house.dial(standard);
  open.push(client);
  await client.expect("+OK mail.home.example");
  return client;
}

async function loggedIn(): Promise<Dialogue> {
  const client = await house.loggedIn();
  open.push(client);
  return client;
}

test("a session lists, fetches, deletes and leaves", async () => {
  const [first, second] = await house.deliver(ONE, TWO);
  const client = await dial();
  await client.say("USER ann", "+OK");
  await client.say(`PASS ${PASSWORD}`, `+OK 2 messages, ${ONE.length + TWO.length} octets`);
  await client.say("STAT", `+OK 2 ${ONE.length + TWO.length}`);
  await client.say("LIST", "+OK");
  expect(await client.block()).toEqual([`1 ${ONE.length}`, `2 ${TWO.length}`]);
  await client.say("LIST 2", `+OK 2 ${TWO.length}`);
  await client.say("UIDL", "+OK");
  const ids = await client.block();
  expect(ids[0]).toMatch(new RegExp(`^1 \\d+\\.${first}$`));
  expect(ids[1]).toMatch(new RegExp(`^2 \\d+\\.${second}$`));
  await client.say("UIDL 1", `+OK ${ids[0]}`);
  await client.say("RETR 1", `+OK ${ONE.length} octets`);
  expect((await client.block()).map((line) => `${line}\r\n`).join("")).toBe(ONE);
  await client.say("TOP 2 1", "+OK");
  expect(await client.block()).toEqual(["Subject: two", "From: a@b", "", "1"]);
  await client.say("TOP 2 0", "+OK");
  expect(await client.block()).toEqual(["Subject: two", "From: a@b", ""]);
  await client.say("DELE 1", "+OK");
  await client.say("STAT", `+OK 1 ${TWO.length}`);
  await client.say("LIST", "+OK");
  expect(await client.block()).toEqual([`2 ${TWO.length}`]);
  for (const command of ["RETR 1", "LIST 1", "UIDL 1", "TOP 1 1", "DELE 1"]) await client.say(command, "-ERR");
  await client.say("NOOP", "+OK");
  await client.say("QUIT", "+OK");
  await client.closed();
  const view = await house.mailstore.open(house.inbox);
  expect([...view.uids]).toEqual([second as number]);
  view.close();
});

test("RSET takes deletions back, and a session that breaks off deletes nothing", async () => {
  await house.deliver(ONE, TWO);
  const client = await loggedIn();
  await client.say("DELE 1", "+OK");
  await client.say("RSET", "+OK");
  await client.say("STAT", `+OK 2 ${ONE.length + TWO.length}`);
  await client.say("DELE 2", "+OK");
  client.destroy();
  await house.quiet();
  const again = await loggedIn();
  await again.say("STAT", "+OK 2 ");
});

test("what was fetched is marked as read at QUIT, unless that is switched off", async () => {
  await house.deliver(ONE, TWO);
  const client = await loggedIn();
  await client.say("RETR 1", "+OK");
  await client.block();
  await client.say("QUIT", "+OK");
  await client.closed();
  const view = await house.mailstore.open(house.inbox);
  expect([view.systemAt(0) & SEEN, view.systemAt(1) & SEEN]).toEqual([SEEN, 0]);
  await house.set({ markSeen: false });
  await house.quiet();
  const other = await loggedIn();
  await other.say("RETR 2", "+OK");
  await other.block();
  await other.say("QUIT", "+OK");
  await other.closed();
  expect(view.systemAt(1) & SEEN).toBe(0);
  view.close();
});

test("a maildrop is open in one session at a time", async () => {
  const first = await loggedIn();
  const second = await dial();
  await second.say("USER ann", "+OK");
  await second.say(`PASS ${PASSWORD}`, "-ERR [IN-USE]");
  await first.say("QUIT", "+OK");
  await first.closed();
  await second.say("USER ann", "+OK");
  await second.say(`PASS ${PASSWORD}`, "+OK");
});

test("numbers stay what they are while messages come and go elsewhere", async () => {
  const [first] = await house.deliver(ONE, TWO);
  const client = await loggedIn();
  await house.deliver("Subject: new\r\n\r\n");
  await house.mailstore.expunge(house.inbox, [first as number]);
  await client.say("STAT", "+OK 2 ");
  await client.say("RETR 1", "-ERR");
  await client.say("TOP 1 0", "-ERR");
  await client.say("RETR 2", "+OK");
  expect((await client.block())[0]).toBe("Subject: two");
  await client.say("RETR 3", "-ERR");
  await client.say("DELE 1", "+OK");
  await client.say("QUIT", "+OK");
});

test("commands out of order, malformed or unknown are refused, and the session goes on", async () => {
  await house.set({ maxErrors: 100 });
  const client = await dial();
  for (const command of ["STAT", "LIST", "RETR 1", "DELE 1", "RSET", "NOOP", "UIDL", "TOP 1 1"]) {
    await client.say(command, "-ERR Log in first");
  }
  await client.say(`PASS ${PASSWORD}`, "-ERR");
  await client.say("USER", "-ERR");
  await client.say("APOP ann 0123456789abcdef", "-ERR");
  await client.say("XYZZY", "-ERR");
  await client.say("", "-ERR");
  await client.say(`NOOP ${"x".repeat(3000)}`, "-ERR The line is too long");
  client.sendRaw(Uint8Array.of(0x55, 0xff, 13, 10));
  await client.expect("-ERR The line is not UTF-8");
  await client.say("user ann", "+OK");
  await client.say("NOOP", "-ERR");
  await client.say(`pass ${PASSWORD}`, "+OK");
  for (const command of ["USER ann", "PASS x", "STLS", "AUTH PLAIN", "UTF8"]) await client.say(command, "-ERR");
  for (const argument of ["0", "1", "-1", "x", "1x", "99999999999", "1 2"]) {
    await client.say(`RETR ${argument}`, "-ERR");
    await client.say(`LIST ${argument}`, "-ERR");
  }
  await client.say("TOP 1", "-ERR");
  await client.say("TOP 1 -1", "-ERR");
  await client.say("QUIT", "+OK");
  await client.closed();
});

test("too many errors and too long a silence end the session", async () => {
  await house.set({ maxErrors: 3 });
  const rude = await dial();
  for (let i = 0; i < 3; i++) await rude.say("XYZZY", "-ERR");
  await rude.closed();
  await house.set({ idleTimeout: 0.05 });
  const silent = await dial();
  expect(await silent.closed()).toBe("");
});

test("CAPA says what there is, before and after the login", async () => {
  const client = await dial();
  await client.say("CAPA", "+OK");
  const before = await client.block();
  for (const capability of [
    "USER",
    "STLS",
    "TOP",
    "UIDL",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "UTF8 USER",
    "EXPIRE NEVER",
    "IMPLEMENTATION Gatepost",
    "SASL SCRAM-SHA-256 PLAIN LOGIN",
  ]) {
    expect(before).toContain(capability);
  }
  await client.say("USER ann", "+OK");
  await client.say(`PASS ${PASSWORD}`, "+OK");
  await client.say("CAPA", "+OK");
  expect(await client.block()).not.toContain("STLS");
});

test("pipelined commands are answered in their order", async () => {
  await house.deliver(ONE, TWO);
  const client = await dial();
  client.send("USER ann", `PASS ${PASSWORD}`, "STAT", "RETR 2", "DELE 2", "RETR 2", "LIST", "QUIT");
  await client.expect("+OK");
  await client.expect("+OK");
  await client.expect("+OK 2 ");
  await client.expect("+OK");
  expect(await client.block()).toHaveLength(6);
  await client.expect("+OK");
  await client.expect("-ERR");
  await client.expect("+OK");
  expect(await client.block()).toEqual([`1 ${ONE.length}`]);
  await client.expect("+OK");
  await client.closed();
});

test("STLS goes on in TLS and drops what was injected before it", async () => {
  const client = await dial();
  client.send("STLS", "USER injected");
  await client.expect("+OK");
  await client.startTls();
  await client.say(`PASS ${PASSWORD}`, "-ERR Say USER first");
  await client.say("CAPA", "+OK");
  expect(await client.block()).not.toContain("STLS");
  await client.say("STLS", "-ERR");
  await client.say("USER ann", "+OK");
  await client.say(`PASS ${PASSWORD}`, "+OK");
  const late = await dial();
  await late.say("UTF8", "+OK");
  await late.say("STLS", "-ERR");
});

test("AUTH logs in, is cancelled with a star, and says what was wrong", async () => {
  const client = await dial(995);
  await client.say("AUTH", "+OK");
  expect(await client.block()).toEqual(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"]);
  await client.say("AUTH PLAIN", "+ ");
  await client.say("*", "-ERR Cancelled");
  await client.say("AUTH PLAIN", "+ ");
  await client.say("!", "-ERR");
  await client.say("AUTH NTLM", "-ERR");
  await client.say("AUTH PLAIN !", "-ERR");
  await client.say(`AUTH PLAIN ${base64("\0ann\0wrong")}`, "-ERR [AUTH]");
  await client.say("USER ann", "+OK");
  await client.say("PASS wrong", "-ERR [AUTH]");
  await client.say("AUTH LOGIN", `+ ${base64("Username:")}`);
  await client.say(base64("ann"), `+ ${base64("Password:")}`);
  await client.say(base64(PASSWORD), "+OK 0 messages");
  await client.say("QUIT", "+OK");
  await client.closed();
  await house.quiet();
  const other = await dial(995);
  await other.say(`AUTH PLAIN ${PLAIN}`, "+OK");
});

test("who guesses passwords is barred", async () => {
  await house.setLockout({ allow: [], freeStrikes: 100, weightLogin: 1.1, barAfter: 3 });
  const client = await dial(995);
  for (const guess of ["a", "b", "c"]) {
    await client.say("USER ann", "+OK");
    await client.say(`PASS ${guess}`, "-ERR [AUTH]");
  }
  await client.say("USER ann", "+OK");
  await client.say(`PASS ${PASSWORD}`, "-ERR");
  await client.closed();
  const again = await house.dial(995);
  await again.expect("barred");
  await again.closed();
});

test("passwords and names may be UTF-8 and may hold blanks", async () => {
  const password = "grüne Äpfel  schmecken süß";
  await house.directory.users.create({ login: "jürgen" }, await house.auth.credentialsFor(password));
  const client = await dial(995);
  await client.say("UTF8", "+OK");
  await client.say("USER jürgen", "+OK");
  await client.say(`PASS ${password}`, "+OK");
});

test("a large message comes whole, and many messages are listed", async () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => (i % 7 === 0 ? `.${i}` : `line ${i} ${"x".repeat(40)}`));
  const large = `Subject: large\r\n\r\n${lines.join("\r\n")}\r\n`;
  await house.deliver(large, ...Array.from({ length: 2500 }, (_, i) => `Subject: ${i}\r\n\r\n`));
  const client = await loggedIn();
  await client.say("RETR 1", `+OK ${large.length} octets`);
  expect((await client.block()).join("\r\n")).toBe(large.slice(0, -2));
  await client.say("UIDL", "+OK 2501 messages");
  expect(await client.block()).toHaveLength(2501);
  for (let i = 1; i <= 2501; i++) client.send(`DELE ${i}`);
  for (let i = 1; i <= 2501; i++) await client.expect("+OK");
  await client.say("QUIT", "+OK");
  await client.closed();
  expect(house.mailstore.folderById(house.inbox)?.exists).toBe(0);
}, 30_000);

test.each([
  ["the account is switched off", () => house.directory.users.update("ann", { enabled: false })],
  ["the password changes", () => house.auth.setPassword("ann", "another horse without batteries")],
])("a session ends once %s", async (_what, change) => {
  await house.deliver(ONE);
  const client = await house.loggedIn();
  await change();
  await client.ask("RETR 1", "-ERR [AUTH]");
  await client.closed();
});

test("a second factor, a password to be changed and an app password are told apart in words", async () => {
  const { auth } = house;
  await setUpCodes(auth, house.user("ann"));
  const client = await dial();
  const pass = async (password: string, answer: string) => {
    await client.say("USER ann", "+OK");
    return await client.say(`PASS ${password}`, answer);
  };
  await pass(PASSWORD, "-ERR [AUTH] This account has a second factor");
  const imap = await auth.appPasswords.create("ann", { name: "Other", services: ["imap"] });
  await pass(imap.shown, '-ERR [AUTH] The app password "Other" is not for POP3');
  const { shown, created } = await auth.appPasswords.create("ann", { name: "Desk", services: ["pop3"] });
  await pass(shown, "+OK");
  await auth.appPasswords.revoke(created.user, created.id);
  await client.say("NOOP", "-ERR [AUTH]");
  await client.closed();
  await house.store.commit((tx) => auth.factors.removeAllWithin(tx, house.user("ann").id));
  await auth.setPassword("ann", PASSWORD, { mustChange: true });
  const other = await dial();
  await other.say("USER ann", "+OK");
  await other.say(`PASS ${PASSWORD}`, "-ERR [AUTH] This password must be changed");
});
