/** Mail from strangers to the executable, as swaks sends it: what the names and signatures prove decides where it goes. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clamdFinding, fakeScanner } from "../filter/fake-scanner.ts";
import { RFC8463 } from "../filter/signatures.ts";
import { Gatepost, PASSWORD, run, type Said, temporaryFolder } from "../harness.ts";
import { MockDns } from "../transport/mock-dns.ts";
import { dmarcXml, gzipped, letterWith } from "../transport/report-letters.ts";
import { curl } from "./readers.ts";

let dns: MockDns;
let server: Gatepost;
beforeAll(async () => {
  const keys = Object.entries(RFC8463.records).map(([name, text]) => [name, { TXT: [text] }]);
  dns = await MockDns.start({
    ...Object.fromEntries(keys),
    "1.0.0.127.in-addr.arpa": { PTR: ["mx.friend.test"] },
    "mx.friend.test": { A: ["127.0.0.1"] },
    "friend.test": { TXT: ["v=spf1 a:mx.friend.test -all"], A: ["127.0.0.1"] },
    "_dmarc.friend.test": { TXT: ["v=DMARC1; p=reject"] },
    "football.example.com": { TXT: ["v=spf1 -all"], A: ["192.0.2.1"] },
    "_dmarc.football.example.com": { TXT: ["v=DMARC1; p=reject; adkim=s"] },
    "bank.test": { TXT: ["v=spf1 -all"] },
    "_dmarc.bank.test": { TXT: ["v=DMARC1; p=reject; sp=quarantine"] },
    "silent.test": { silent: true },
    "_dmarc.silent.test": { silent: true },
  });
  server = await Gatepost.start({
    users: ["anna"],
    settings: [
      ...[`dns.servers=${dns.server}`, "dns.timeout=0.2", "filter.dnsSeconds=1", "filter.exempt=[]"],
      "transport.hostname=mail.example.test",
    ],
  });
});
afterAll(async () => {
  await server.remove();
  dns.stop();
});

/** Hands a message over on port 25, without a login. */
async function swaks(from: string, message: string, ...more: string[]): Promise<Said> {
  const file = join(temporaryFolder("gatepost-swaks"), "message.eml");
  writeFileSync(file, `${message.replace(/^\./gm, "..")}.`, "latin1");
  return await run([
    ...["swaks", "--server", "127.0.0.1", "--port", String(server.port(25)), "--helo", "mx.friend.test"],
    ...["--from", from, "--to", "anna@example.test", "--data", `@${file}`, "--no-data-fixup", ...more],
  ]);
}

const letter = (from: string, subject: string) =>
  `From: ${from}\r\nTo: anna@example.test\r\nSubject: ${subject}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${subject}@x.test>\r\n\r\nShall we have dinner at eight?\r\n`;

/** What lies in one of anna's folders under a subject, by IMAP. */
async function found(folder: string, subject: string): Promise<string> {
  const base = `imaps://localhost:${server.port(993)}/${folder}`;
  const said = await curl(server, "anna", base, "--request", `UID SEARCH SUBJECT "${subject}"`);
  const uid = /\d+\s*$/.exec(said)?.[0].trim();
  return uid === undefined ? "" : await curl(server, "anna", `${base};UID=${uid}`);
}

const results = (message: string) => /^Authentication-Results: [\s\S]*?\r?\n(?=\S)/m.exec(message)?.[0] ?? "";

test("a domain that lets the client send is believed, and a forged finding is gone", async () => {
  const forged = "Authentication-Results: mail.example.test;\r\n dmarc=pass header.from=bank.test\r\n";
  const said = await swaks("eve@friend.test", forged + letter("eve@friend.test", "proven"));
  expect(said.code).toBe(0);
  const message = await found("INBOX", "proven");
  expect(results(message)).toBe(
    [
      "Authentication-Results: mail.example.test;",
      " iprev=pass (mx.friend.test) policy.iprev=127.0.0.1;",
      " spf=pass smtp.mailfrom=eve@friend.test;",
      " dkim=none;",
      " arc=none;",
      " dmarc=pass (p=reject dis=none) header.from=friend.test",
      "",
    ].join("\r\n"),
  );
  expect(message).not.toContain("bank.test");
  expect(message).toContain("Received: from mx.friend.test (mx.friend.test [127.0.0.1])");
  const trace = /250 2\.0\.0 Accepted as (\w+)/.exec(said.out)?.[1] ?? "";
  expect(await server.command(["trace", trace])).toContain(
    "friend.test lets 127.0.0.1 send its mail (a:mx.friend.test).",
  );
});

test("a signature proves a message that came by another way", async () => {
  const said = await swaks("joe@football.example.com", RFC8463.message);
  expect(said.code).toBe(0);
  const field = results(await found("INBOX", "Is dinner ready?"));
  expect(field).toContain("spf=fail");
  expect(field.match(/dkim=pass header\.d=football\.example\.com/g)).toHaveLength(2);
  expect(field).toContain("dmarc=pass (p=reject dis=none) header.from=football.example.com");

  const changed = RFC8463.message.replace("We lost the game", "We won the game");
  expect((await swaks("joe@football.example.com", changed)).out).toContain("<** 550 5.7.1 ");
});

test("what proves nothing is refused where its domain asks for that, with a sentence", async () => {
  const said = await swaks("ceo@bank.test", letter("ceo@bank.test", "urgent"));
  expect(said.code).not.toBe(0);
  expect(said.out).toContain(
    "<** 550 5.7.1 bank.test asks to refuse mail that does not prove to be its own (DMARC), and this message does not.",
  );
  expect(await found("INBOX", "urgent")).toBe("");
  expect(await server.command(["log", "--room", "filter"])).toContain("Nothing proves that it is from bank.test");
});

test("what is to be put aside lies in Junk", async () => {
  expect((await swaks("ceo@news.bank.test", letter("ceo@news.bank.test", "aside"))).code).toBe(0);
  expect(await found("INBOX", "aside")).toBe("");
  expect(results(await found("Junk", "aside"))).toContain("dmarc=fail (p=quarantine dis=quarantine)");
});

test("users and name servers that are silent lose nothing", async () => {
  const login = ["--auth", "PLAIN", "--auth-user", "anna", "--auth-password", PASSWORD, "--tls"];
  expect((await swaks("anna@example.test", letter("anna@example.test", "own"), ...login)).code).toBe(0);
  expect(await found("INBOX", "own")).not.toContain("Authentication-Results");

  const began = performance.now();
  expect((await swaks("a@silent.test", letter("a@silent.test", "patience"))).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(results(await found("INBOX", "patience"))).toMatch(/spf=temperror[\s\S]*dmarc=temperror/);
});

test("a flood of forged fields and of addresses in From is gone through at once", async () => {
  const flood = "Authentication-Results: mail.example.test; spf=pass\r\n".repeat(20_000);
  expect((await swaks("eve@friend.test", flood + letter("eve@friend.test", "flood"))).code).toBe(0);
  const message = await found("INBOX", "flood");
  expect(message.match(/Authentication-Results/g)).toHaveLength(1);
  const many = Array.from({ length: 2_000 }, (_, at) => `a@d${at}.test`).join(",\r\n ");
  expect((await swaks("eve@friend.test", letter(many, "crowd"))).code).toBe(0);
  expect(results(await found("Junk", "crowd"))).toContain("dmarc=permerror");
});

test("what is junk by its contents lies in Junk, and moving it out teaches", async () => {
  const junk = letter('"Bank service@bank.example" <win12345@friend.test>', "PRIZE").replace(
    "Shall we",
    "Claim your prize, viagra without a doctor, no prescription, act now! To be removed click http://192.0.2.1/ Shall we",
  );
  await server.command(["settings", "set", "spam.greylistAt=100"]);
  expect((await swaks("win12345@friend.test", junk)).code).toBe(0);
  expect(await found("Junk", "PRIZE")).toContain("Gatepost-Verdict: junk; score=");
  const base = `imaps://localhost:${server.port(993)}/Junk`;
  const uid = /\d+\s*$/.exec(await curl(server, "anna", base, "--request", 'UID SEARCH SUBJECT "PRIZE"'))?.[0].trim();
  await curl(server, "anna", base, "--request", `UID MOVE ${uid} INBOX`);
  const learned = async () => JSON.parse(await server.command(["spam", "status", "anna", "--json"])).ham as number;
  for (let tries = 0; tries < 50 && (await learned()) === 0; tries++) {}
  expect(await learned()).toBe(1);
});

test("a virus is refused with its name; where such mail is held, an administrator releases it", async () => {
  const clamd = await fakeScanner(clamdFinding("EVIL", "Evil.Test"));
  const set = (...values: string[]) => server.command(["settings", "set", ...values]);
  await set(`scanners.clamd=["${clamd.place}"]`);
  const evil = (subject: string) => letter("eve@friend.test", subject).replace("dinner", "EVIL");
  expect((await swaks("eve@friend.test", evil("refused"))).out).toContain(
    "<** 550 5.7.1 This message is not taken. It carries the virus Evil.Test.",
  );
  await set("scanners.onVirus=quarantine");
  const said = await swaks("eve@friend.test", evil("held"));
  expect(said.code).toBe(0);
  expect(await found("INBOX", "held")).toBe("");
  const [held] = JSON.parse(await server.command(["quarantine", "list", "--json"]));
  expect(held).toMatchObject({ reason: "virus", subject: "held", to: "anna@example.test" });
  expect(await server.command(["quarantine", "show", String(held.id)])).toContain("Shall we have EVIL at eight?");
  expect(await server.command(["quarantine", "release", String(held.id)])).toContain("Released to anna@example.test.");
  expect(await found("INBOX", "held")).toContain("Gatepost-Virus: found; Evil.Test");
  const trace = /250 2\.0\.0 Accepted as (\w+)/.exec(said.out)?.[1] ?? "";
  const story = await server.command(["trace", trace]);
  expect(story).toContain("It is held for anna@example.test: It carries the virus Evil.Test.");
  expect(story).toContain("released it to anna@example.test.");
  await set("scanners.clamd=[]");
  clamd.close();
});

test("a report about the domain is read, and told in plain words", async () => {
  const rows = [
    { source: "192.0.2.10", count: 98 },
    { source: "203.0.113.9", count: 2, dkim: "fail", spf: "fail" } as const,
  ];
  const report = letterWith(gzipped(dmarcXml("example.test", rows, { day: Math.floor(Date.now() / 86_400_000) - 1 })));
  const message = report.replace(/^From: .*$/m, "From: dmarc@friend.test");
  const said = await swaks("dmarc@friend.test", message, "--to", "dmarc-reports@example.test");
  expect(said.code).toBe(0);
  let told = "";
  for (let tries = 0; !told.includes("98 %") && tries < 50; tries++) {
    told = await server.command(["reports", "dmarc", "example.test"]);
  }
  expect(told).toContain("98 % of 100 messages in your name proved to be yours. 2 did not: 2 of probable forgers.");
  expect(told).toContain(
    "203.0.113.9: 0 passed, 2 failed. Nothing proves that it may send for you: probably a forger.",
  );
  expect(await server.command(["reports", "show", "example.test", "1"])).toContain("<count>98</count>");
});
