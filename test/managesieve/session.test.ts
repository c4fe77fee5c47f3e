import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { managesieveSettings } from "../../src/services/managesieve/settings.ts";
import { sieveSettings } from "../../src/sieve/settings.ts";
import { Dialogue } from "../dialogue.ts";
import { ScramClient } from "../scram.ts";
import { Client, House, literal, PASSWORD, PLAIN } from "./house.ts";

const GOOD = 'require "fileinto";\r\nif header :contains "subject" "bill" { fileinto "Bills"; }\r\n';
const BAD = 'if header :contains "subject" "bill" fileinto "Bills";\r\n';

let house: House;
beforeAll(async () => {
  house = await House.build();
});
afterEach(async () => {
  await house.reset();
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

describe("scripts", () => {
  test("are put, listed, made active, fetched, renamed and removed (RFC 5804 §2.5 to §2.11)", async () => {
    const client = await house.loggedIn();
    await client.ask('HAVESPACE "rules" 999');
    expect(await client.ask("LISTSCRIPTS")).toEqual([]);
    await client.put("rules", GOOD);
    await client.put("other", "keep;");
    await client.ask('SETACTIVE "rules"');
    expect(await client.ask("LISTSCRIPTS")).toEqual(['"other"', '"rules" ACTIVE']);
    expect(await client.ask('GETSCRIPT "rules"')).toEqual([GOOD]);
    await client.ask('DELETESCRIPT "rules"', "NO (ACTIVE)");
    await client.ask('RENAMESCRIPT "rules" "other"', "NO (ALREADYEXISTS)");
    await client.ask('RENAMESCRIPT "rules" "Regeln für „alles“"');
    expect(await client.ask("LISTSCRIPTS")).toEqual(['"Regeln für „alles“" ACTIVE', '"other"']);
    await client.ask('SETACTIVE ""');
    await client.ask('DELETESCRIPT "other"');
    for (const command of [
      'GETSCRIPT "other"',
      'SETACTIVE "other"',
      'DELETESCRIPT "other"',
      'RENAMESCRIPT "other" "x"',
    ]) {
      await client.ask(command, "NO (NONEXISTENT)");
    }
    await client.ask("LOGOUT");
    await client.dialogue.closed();
  });

  test("that are wrong are refused with the place, and what is there stays", async () => {
    const client = await house.loggedIn();
    await client.put("rules", GOOD);
    await client.put("rules", BAD, /^NO "Line 1, column \d+: /);
    await client.ask(`CHECKSCRIPT ${literal(BAD)}`, /^NO "Line 1/);
    await client.ask(`CHECKSCRIPT ${literal(GOOD)}`);
    expect(await client.ask('GETSCRIPT "rules"')).toEqual([GOOD]);
    await client.ask('PUTSCRIPT "rules" "keep;"');
    expect(await client.ask('GETSCRIPT "rules"')).toEqual(["keep;"]);
    await client.ask('PUTSCRIPT "" "keep;"', "NO");
    await client.ask('PUTSCRIPT "a\u0007b" "keep;"', "NO");
    await client.ask(`PUTSCRIPT ${literal("two\r\nlines")} "keep;"`, "NO");
    await client.dialogue.sendAll(Buffer.from(`CHECKSCRIPT {2+}\r\n\xff\xfe\r\n`, "latin1"));
    await client.answer(/^NO .*UTF-8/);
  });

  test("send mail on or answer it only for those who may", async () => {
    const client = await house.loggedIn();
    await client.put("on", 'redirect "x@far.example";', /^NO .*redirect/);
    const away = 'require "vacation"; vacation "Away.";';
    await client.put("away", away, /^NO .*vacation/);
    await house.give("web.forwarding", "web.autoresponder");
    await client.put("on", 'redirect "x@far.example";');
    await client.put("away", away);
  });

  test("are so many and so large at most", async () => {
    await house.store.settings.set(sieveSettings, { maxScripts: 2, maxScriptSize: 2_000 });
    const client = await house.loggedIn();
    await client.put("one", "keep;");
    await client.put("two", "keep;");
    await client.put("three", "keep;", "NO (QUOTA/MAXSCRIPTS)");
    await client.ask('HAVESPACE "three" 10', "NO (QUOTA/MAXSCRIPTS)");
    await client.ask('HAVESPACE "two" 2000');
    await client.ask('HAVESPACE "two" 2001', "NO (QUOTA/MAXSIZE)");
    await client.put("two", `#${"x".repeat(3_000)}\r\nkeep;`, "NO (QUOTA/MAXSIZE)");
    await client.ask(`CHECKSCRIPT ${literal("#".repeat(3_000))}`, "NO (QUOTA/MAXSIZE)");
    expect(await client.ask('GETSCRIPT "two"')).toEqual(["keep;"]);
  });

  test("stand in the audit log without their text", async () => {
    const client = await house.loggedIn();
    await client.put("rules", GOOD);
    const rows = house.store.client.query("SELECT * FROM audit").all();
    expect(JSON.stringify(rows)).toContain("rules");
    expect(JSON.stringify(rows)).toContain("managesieve");
    expect(JSON.stringify(rows)).not.toContain("Bills");
  });
});

describe("a session", () => {
  test("says what it can do, and more of it under TLS (RFC 5804 §1.7, §2.2)", async () => {
    const client = new Client(await Dialogue.open({ port: house.port(4190) }));
    const before = await client.answer("OK");
    expect(before).toContain('"IMPLEMENTATION" "Gatepost"');
    expect(before).toContain('"STARTTLS"');
    expect(before).toContain('"VERSION" "1.0"');
    expect(before.find((line) => line.startsWith('"SIEVE"'))).toContain("fileinto");
    await client.ask("STARTTLS");
    await client.dialogue.startTls();
    const after = await client.answer("OK");
    expect(after).not.toContain('"STARTTLS"');
    expect(after.find((line) => line.startsWith('"SASL"'))).toContain("PLAIN");
    await client.ask("STARTTLS", "NO");
    await client.ask(`AUTHENTICATE "PLAIN" "${PLAIN}"`);
    const within = await client.ask("CAPABILITY");
    expect(within).toContain('"OWNER" "ann"');
    expect(within).toContain('"SASL" ""');
    await client.ask("UNAUTHENTICATE");
    await client.ask("LISTSCRIPTS", "NO");
    await client.ask('NOOP "here"', 'OK (TAG "here")');
    client.dialogue.destroy();
  });

  test("logs in by a response that is asked for, and by SCRAM whose last word comes with the OK (§2.1)", async () => {
    const client = await house.dial();
    client.dialogue.send('AUTHENTICATE "PLAIN"');
    await client.dialogue.expect('""');
    await client.ask(`"${PLAIN}"`);
    await client.ask("AUTHENTICATE", "NO");
    await client.ask("UNAUTHENTICATE");
    const scram = new ScramClient("ann", PASSWORD);
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    client.dialogue.send(`AUTHENTICATE "SCRAM-SHA-256" ${literal(base64(scram.first))}`);
    const challenge = Buffer.from((await client.dialogue.line()).slice(1, -1), "base64").toString();
    client.dialogue.send(`"${base64(scram.final(challenge))}"`);
    const done = await client.dialogue.line();
    expect(done).toBe(`OK (SASL "${base64(scram.expected)}") "Welcome."`);
    client.dialogue.destroy();
  });

  test("cancels a login, and refuses a wrong one", async () => {
    const client = await house.dial();
    client.dialogue.send('AUTHENTICATE "PLAIN"');
    await client.dialogue.expect('""');
    await client.ask('"*"', "NO");
    await client.ask('AUTHENTICATE "PLAIN" "%%%"', "NO");
    await client.ask('AUTHENTICATE "NONE"', "NO");
    await client.ask(`AUTHENTICATE "PLAIN" "${Buffer.from("\0ann\0wrong").toString("base64")}"`, "NO");
    await client.ask("LISTSCRIPTS", "NO");
    client.dialogue.destroy();
  });

  test("ends after too many errors, and in silence", async () => {
    await house.store.settings.set(managesieveSettings, { maxErrors: 3, loginSeconds: 0.2 });
    const client = await house.dial();
    for (const nonsense of ["EHLO me", "NOOP nothing"]) await client.ask(nonsense, "NO");
    await client.ask("GETSCRIPT", "NO");
    await client.answer("BYE");
    await client.dialogue.closed();
    const other = await house.dial();
    await other.answer("BYE");
    await other.dialogue.closed();
  });
});

describe("an attacker", () => {
  test("has literals read only as far as they may be", async () => {
    const stranger = await house.dial();
    stranger.dialogue.send('AUTHENTICATE "PLAIN" {10000000+}');
    await stranger.answer("BYE");
    await stranger.dialogue.closed();
    const client = await house.loggedIn();
    // Ten megabytes are passed over, and the client hears why.
    client.dialogue.sendRaw('PUTSCRIPT "big" {10000000+}\r\n');
    const piece = Buffer.alloc(1_000_000, "#");
    for (let sent = 0; sent < 10; sent++) await client.dialogue.sendAll(piece);
    await client.ask("", "NO (QUOTA/MAXSIZE)");
    await client.ask("NOOP");
    client.dialogue.send('PUTSCRIPT "big" {4000000000+}');
    await client.answer("BYE");
    await client.dialogue.closed();
  });

  test("says nothing that makes sense, and is struck for it", async () => {
    await house.setLockout({ allow: [], exemptLan: false });
    const client = await house.dial();
    for (const line of ["GET / HTTP/1.1", "Host: x", "{12}", `"${"x".repeat(2_000)}"`]) await client.ask(line, "NO");
    client.dialogue.send("x".repeat(5_000));
    await client.answer("NO");
    client.dialogue.send(`${"x".repeat(5_000)}{12+}`);
    await client.answer("BYE");
    await client.dialogue.closed();
    await house.quiet();
    expect(house.auth.lockout.list().map(({ name }) => name)).toContain("127.0.0.1");
  });

  test("puts a thousand scripts and gets no further than the quota", async () => {
    const client = await house.loggedIn();
    client.dialogue.sendRaw(Array.from({ length: 300 }, (_, at) => `PUTSCRIPT "s${at}" "keep;"\r\n`).join(""));
    for (let at = 0; at < 50; at++) await client.answer("OK");
    for (let at = 0; at < 19; at++) await client.answer("NO (QUOTA/MAXSCRIPTS)");
    await client.answer("NO (QUOTA/MAXSCRIPTS)");
    await client.answer("BYE");
    expect(house.transport.scripts.list(house.user("ann").primaryMailbox)).toHaveLength(50);
  });
});
