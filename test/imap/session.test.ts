import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { setUpCodes } from "../totp.ts";
import { House, message, PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterEach(() => expect(house.faults.splice(0)).toEqual([]));
afterAll(async () => await house.close());

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("before login", () => {
  test("the greeting lists what can be done", async () => {
    const client = await house.dial();
    expect(client.greeting).toMatch(
      /^OK \[CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL\+ SASL-IR .*AUTH=PLAIN.*STARTTLS.*\] /,
    );
    expect(client.greeting).not.toContain("LOGINDISABLED");
    expect(await client.ok("CAPABILITY")).toEqual([expect.stringMatching(/^CAPABILITY .*AUTH=SCRAM-SHA-256/)]);
    client.dialogue.destroy();
  });

  test("commands that need a login, and words that are none, are refused with BAD", async () => {
    const client = await house.dial();
    expect(await client.fails("SELECT INBOX")).toBe("BAD SELECT needs a login first");
    expect(await client.fails("FETCH 1 FLAGS")).toBe("BAD FETCH needs a login first");
    expect(await client.fails("XYZZY")).toMatch(/^BAD XYZZY is no command of this server at octet/);
    expect(await client.fails("UID")).toMatch(/^BAD Expected a space/);
    client.dialogue.send("+ NOOP");
    expect(await client.response()).toMatch(/^\* BAD Expected a tag/);
    client.dialogue.send("");
    expect(await client.response()).toMatch(/^\* BAD Expected a tag/);
    await client.ok("NOOP");
    client.dialogue.destroy();
  });

  test("ID and LOGOUT work in every state", async () => {
    const client = await house.dial();
    expect(await client.ok('ID ("name" "test" "version" NIL)')).toEqual(['ID ("name" "Gatepost")']);
    expect(await client.ok("ID NIL")).toEqual(['ID ("name" "Gatepost")']);
    expect(await client.fails("ID (one)")).toMatch(/^BAD/);
    expect(await client.ok("LOGOUT")).toEqual(["BYE Until next time"]);
    expect(await client.dialogue.closed()).toBe("");
  });

  test("a session that only makes mistakes is ended", async () => {
    await house.set({ maxBadCommands: 3 });
    const client = await house.dial();
    await client.fails("ONE");
    await client.fails("TWO");
    client.dialogue.send("x THREE");
    expect(await client.response()).toMatch(/^x BAD/);
    expect(await client.response()).toBe("* BYE Too many commands in error");
    await client.dialogue.closed();
    await house.set({ maxBadCommands: 20 });
  });
});

describe("logging in", () => {
  test("LOGIN takes atoms, quoted strings and literals", async () => {
    const client = await house.dial();
    const [tagged] = [(await client.run(`LOGIN ann "${PASSWORD}"`)).tagged];
    expect(tagged).toMatch(/^OK \[CAPABILITY .*UIDPLUS.*APPENDLIMIT=52428800\] Welcome/);
    expect(tagged).not.toContain("AUTH=");
    expect(await client.fails(`LOGIN ann "${PASSWORD}"`)).toMatch(/^BAD LOGIN is for sessions that have not logged in/);

    const literal = await house.dial();
    literal.dialogue.send("a LOGIN {3}");
    expect(await literal.response()).toMatch(/^\+ /);
    literal.dialogue.send(`ann {${PASSWORD.length}+}`, PASSWORD);
    expect((await literal.answer("a")).tagged).toMatch(/^OK/);
    literal.dialogue.destroy();
    client.dialogue.destroy();
  });

  test("a wrong password and an unknown name are told apart by nothing", async () => {
    const client = await house.dial();
    const wrong = await client.fails("LOGIN ann wrong");
    expect(wrong).toMatch(/^NO \[AUTHENTICATIONFAILED\]/);
    expect(await client.fails("LOGIN nobody wrong")).toBe(wrong);
    client.dialogue.destroy();
  });

  test("AUTHENTICATE PLAIN with and without an initial response", async () => {
    const credentials = base64(`\0ann\0${PASSWORD}`);
    const one = await house.dial();
    expect((await one.run(`AUTHENTICATE PLAIN ${credentials}`)).tagged).toMatch(/^OK \[CAPABILITY/);
    const two = await house.dial();
    two.dialogue.send("a AUTHENTICATE PLAIN");
    expect(await two.response()).toBe("+ ");
    two.dialogue.send(credentials);
    expect((await two.answer("a")).tagged).toMatch(/^OK/);
    one.dialogue.destroy();
    two.dialogue.destroy();
  });

  test("AUTHENTICATE LOGIN asks for name and password", async () => {
    const client = await house.dial();
    client.dialogue.send("a AUTHENTICATE LOGIN");
    expect(await client.response()).toMatch(/^\+ /);
    client.dialogue.send(base64("ann"));
    expect(await client.response()).toMatch(/^\+ /);
    client.dialogue.send(base64(PASSWORD));
    expect((await client.answer("a")).tagged).toMatch(/^OK/);
    client.dialogue.destroy();
  });

  test("AUTHENTICATE SCRAM-SHA-256 proves both sides", async () => {
    const client = await house.dial();
    const nonce = randomBytes(12).toString("base64");
    const bare = `n=ann,r=${nonce}`;
    client.dialogue.send(`a AUTHENTICATE SCRAM-SHA-256 ${base64(`n,,${bare}`)}`);
    const first = Buffer.from((await client.response()).slice(2), "base64").toString();
    const [, full, salt, rounds] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(first) ?? [];
    const salted = pbkdf2Sync(PASSWORD, Buffer.from(salt ?? "", "base64"), Number(rounds), 32, "sha256");
    const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const clientKey = hmac(salted, "Client Key");
    const without = `c=biws,r=${full}`;
    const signed = `${bare},${first},${without}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
    const proof = clientKey.map((octet, i) => octet ^ (signature[i] as number));
    client.dialogue.send(base64(`${without},p=${Buffer.from(proof).toString("base64")}`));
    const last = Buffer.from((await client.response()).slice(2), "base64").toString();
    expect(last).toBe(`v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`);
    client.dialogue.send("");
    expect((await client.answer("a")).tagged).toMatch(/^OK/);
    client.dialogue.destroy();
  });

  test("an exchange can be cancelled, and garbage in it is refused", async () => {
    const client = await house.dial();
    client.dialogue.send("a AUTHENTICATE PLAIN", "*");
    expect(await client.response()).toBe("+ ");
    expect(await client.response()).toMatch(/^a BAD The exchange was cancelled/);
    client.dialogue.send("b AUTHENTICATE PLAIN", "not base64!");
    expect(await client.response()).toBe("+ ");
    expect(await client.response()).toMatch(/^b BAD The answer is not base64/);
    expect(await client.fails("AUTHENTICATE KERBEROS_V4")).toMatch(/^NO \[CANNOT\]/);
    expect(await client.fails("AUTHENTICATE PLAIN !!!")).toMatch(/^BAD/);
    client.dialogue.destroy();
  });
});

describe("TLS", () => {
  test("STARTTLS drops what was sent before the handshake", async () => {
    const client = await house.dial();
    client.dialogue.send("a STARTTLS", "b NOOP");
    expect((await client.answer("a")).tagged).toBe("OK Begin TLS negotiation now");
    await client.dialogue.startTls();
    const [capability] = await client.ok("CAPABILITY");
    expect(capability).not.toContain("STARTTLS");
    expect(await client.fails("STARTTLS")).toBe("BAD TLS is active already");
    await client.ok(`LOGIN ann "${PASSWORD}"`);
    client.dialogue.destroy();
  });

  test("port 993 speaks TLS from the first octet", async () => {
    const client = await house.dial(993);
    expect(client.greeting).toMatch(/^OK \[CAPABILITY/);
    expect(client.greeting).not.toContain("STARTTLS");
    await client.ok(`LOGIN ann "${PASSWORD}"`);
    client.dialogue.destroy();
  });
});

describe("limits", () => {
  test("a line that is too long is refused under its tag, and the session goes on", async () => {
    const client = await house.dial();
    client.dialogue.sendRaw(`long NOOP ${"x".repeat(100_000)}\r\n`);
    expect(await client.response()).toBe("long BAD The command line is too long");
    await client.ok("NOOP");
    client.dialogue.destroy();
  });

  test("before login literals are small: one to wait for is refused, one that comes anyway is passed over", async () => {
    const client = await house.dial();
    client.dialogue.send("a LOGIN {100000}");
    expect((await client.answer("a")).tagged).toMatch(/^NO \[TOOBIG\]/);
    client.dialogue.sendRaw(`b LOGIN {50000+}\r\n${"x".repeat(50_000)} "secret"\r\n`);
    expect((await client.answer("b")).tagged).toMatch(/^NO \[TOOBIG\]/);
    await client.ok("NOOP");
    client.dialogue.sendRaw("c LOGIN {999999999+}\r\nxxxx");
    expect(await client.response()).toBe("* BYE The literal is too large");
    await client.dialogue.closed();
  });

  test("many small literals together are one large one", async () => {
    const client = await house.dial();
    const many = Array.from({ length: 10 }, () => `{1000+}\r\n${"x".repeat(1000)}`).join(" ");
    client.dialogue.sendRaw(`a ID (${many})\r\n`);
    expect((await client.answer("a")).tagged).toMatch(/^NO \[TOOBIG\]/);
    await client.ok("NOOP");
    client.dialogue.destroy();
  });

  test("empty literals do not make room for endless lines between them", async () => {
    const client = await house.dial();
    const line = `"${"x".repeat(4000)}" {0+}\r\n`;
    client.dialogue.sendRaw(`a ID (${line.repeat(5)})\r\n`);
    expect((await client.answer("a")).tagged).toMatch(/^NO \[TOOBIG\]/);
    client.dialogue.sendRaw(`b ID (${line.repeat(50)})\r\n`);
    expect(await client.response()).toBe("* BYE The literal is too large");
    await client.dialogue.closed();
  });

  test("who does not log in is sent away, however busy", async () => {
    await house.set({ loginSeconds: 1 });
    const silent = await house.dial();
    const busy = await house.dial();
    let response = "";
    do {
      busy.dialogue.send("n NOOP");
      response = await busy.response();
    } while (response === "n OK NOOP completed");
    expect(response).toBe("* BYE Too long without a login");
    expect(await silent.response()).toBe("* BYE Too long without a login");
    await silent.dialogue.closed();
    await house.set({ loginSeconds: 120 });
  });

  test("a message beyond APPENDLIMIT is refused before it is sent, and passed over if it comes anyway", async () => {
    await house.set({ maxMessageSize: 2048 });
    const client = await house.enter();
    client.dialogue.send("a APPEND INBOX {3000}");
    expect((await client.answer("a")).tagged).toMatch(/^NO \[TOOBIG\] A message may have at most 2048 octets/);
    client.dialogue.sendRaw(`b APPEND INBOX {3000+}\r\n${"x".repeat(3000)}\r\n`);
    expect((await client.answer("b")).tagged).toMatch(/^NO \[TOOBIG\]/);
    expect(await client.ok("CAPABILITY")).toEqual([expect.stringContaining("APPENDLIMIT=2048")]);
    await house.set({ maxMessageSize: 52_428_800 });
    client.dialogue.destroy();
  });
});

describe("commands one after another", () => {
  test("are answered in order however fast they come", async () => {
    const client = await house.enter();
    const count = 5000;
    client.dialogue.sendRaw(Array.from({ length: count }, (_, i) => `n${i} NOOP\r\n`).join(""));
    for (let i = 0; i < count; i++) expect(await client.response()).toBe(`n${i} OK NOOP completed`);
    client.dialogue.destroy();
  });

  test("literals without waiting carry whole conversations in one write", async () => {
    const client = await house.dial();
    const mail = message("pipelined");
    client.dialogue.sendRaw(
      [
        `a LOGIN {3+}\r\nann "${PASSWORD}"\r\n`,
        `b APPEND {5+}\r\nINBOX {${mail.length}+}\r\n${mail}\r\n`,
        "c SELECT {5+}\r\ninbox\r\n",
        "d FETCH * BODY.PEEK[HEADER.FIELDS ({7+}\r\nSubject)]\r\n",
        "e LOGOUT\r\n",
      ].join(""),
    );
    expect((await client.answer("a")).tagged).toMatch(/^OK/);
    expect((await client.answer("b")).tagged).toMatch(/^OK \[APPENDUID \d+ \d+\]/);
    expect((await client.answer("c")).tagged).toMatch(/^OK \[READ-WRITE\]/);
    expect((await client.answer("d")).untagged.join()).toContain("Subject: pipelined");
    expect((await client.answer("e")).tagged).toMatch(/^OK/);
  });

  test("a user who may no longer log in, or whose password changed, is sent away, idle or not", async () => {
    const other = await House.build();
    const one = await other.enter("ben");
    const two = await other.select("INBOX", "ben");
    const ann = await other.enter("ann");
    two.dialogue.send("a IDLE");
    expect(await two.response()).toMatch(/^\+/);
    await other.directory.users.update("ben", { enabled: false });
    expect(await one.response()).toBe("* BYE This login is no longer good");
    expect(await two.response()).toBe("* BYE This login is no longer good");
    await ann.ok("NOOP");
    await other.auth.setPassword("ann", "another horse without batteries");
    expect(await ann.response()).toBe("* BYE This login is no longer good");
    expect(other.faults).toEqual([]);
    await other.close();
  });

  test("what a second factor, a password to be changed and an app password mean is said in RFC 5530's codes", async () => {
    const other = await House.build();
    const { auth } = other;
    const before = await other.enter("ann");
    await setUpCodes(auth, other.user("ann"));
    expect(await before.response()).toBe("* BYE This login is no longer good");
    const client = await other.dial();
    expect(await client.fails(`LOGIN ann "${PASSWORD}"`)).toMatch(/^NO \[AUTHENTICATIONFAILED\] .*Use an app password/);
    const plain = Buffer.from(`\0ann\0${PASSWORD}`).toString("base64");
    expect(await client.fails(`AUTHENTICATE PLAIN ${plain}`)).toMatch(/^NO \[AUTHENTICATIONFAILED\] .*app password/);
    const { shown, created } = await auth.appPasswords.create("ann", { name: "Desk", services: ["imap"] });
    await client.ok(`LOGIN ann "${shown}"`);
    client.dialogue.send("a IDLE");
    expect(await client.response()).toMatch(/^\+/);
    await auth.appPasswords.revoke(created.user, created.id);
    expect(await client.response()).toBe("* BYE This login is no longer good");
    const pop = await auth.appPasswords.create("ann", { name: "Other", services: ["pop3"] });
    const second = await other.dial();
    expect(await second.fails(`LOGIN ann "${pop.shown}"`)).toMatch(/^NO \[AUTHORIZATIONFAILED\] .*not for IMAP/);
    await auth.setPassword("ben", PASSWORD, { mustChange: true });
    expect(await second.fails(`LOGIN ben "${PASSWORD}"`)).toMatch(/^NO \[EXPIRED\] .*must be changed/);
    expect(other.faults).toEqual([]);
    await other.close();
  });

  test("a server that stops says BYE to sessions between two commands", async () => {
    const other = await House.build();
    const one = await other.enter();
    const two = await other.select();
    two.dialogue.send("a IDLE");
    expect(await two.response()).toMatch(/^\+/);
    const stopped = other.stop();
    expect(await one.response()).toBe("* BYE The server is stopping");
    expect(await two.response()).toBe("* BYE The server is stopping");
    await stopped;
    expect(other.faults).toEqual([]);
    await other.close();
  });
});

describe("ENABLE", () => {
  test("says what was switched on, and nothing for what is not known", async () => {
    const client = await house.enter();
    expect(await client.ok("ENABLE X-NOTHING")).toEqual(["ENABLED"]);
    expect(await client.ok("ENABLE IMAP4REV2")).toEqual(["ENABLED IMAP4rev2"]);
    expect(await client.ok("ENABLE IMAP4rev2")).toEqual(["ENABLED"]);
    expect(await client.fails("ENABLE")).toMatch(/^BAD/);
    client.dialogue.destroy();
  });

  test("with IMAP4rev2 a SELECT names the folder, leaves RECENT out and says when one is closed", async () => {
    const client = await house.enter("ben");
    await client.ok("ENABLE IMAP4rev2");
    const first = await client.ok("SELECT inbox");
    expect(first).toContain('LIST () "/" INBOX');
    expect(first.join("\n")).not.toContain("RECENT");
    expect(await client.ok("SELECT Sent")).toContain("OK [CLOSED] The folder before is closed");
    client.dialogue.destroy();
  });
});
