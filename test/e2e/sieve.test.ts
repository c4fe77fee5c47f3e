/** Sieve scripts in the executable: put there by programs that speak ManageSieve, seen by what becomes of mail. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gatepost, PASSWORD, run, type Said, succeed, temporaryFolder } from "../harness.ts";
import { python } from "./python.ts";
import { curl } from "./readers.ts";

let server: Gatepost;
const folder = temporaryFolder("gatepost-sieve");
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"], settings: ["filter.dnsSeconds=1", "dns.timeout=0.1"] });
  for (const login of ["anna", "bert"]) {
    await server.command(["user", "set", login, "permissions=web.forwarding,web.autoresponder,smtp.relay"]);
  }
});
afterAll(() => server.remove());

/** Hands a message over on port 25. */
async function swaks(to: string, subject: string, ...more: string[]): Promise<Said> {
  return await run([
    ...["swaks", "--server", "127.0.0.1", "--port", String(server.port(25)), "--helo", "mx.friend.test"],
    ...["--from", "eve@friend.test", "--to", to, "--header", `Subject: ${subject}`, ...more],
  ]);
}

/** How many messages with a subject lie in a folder, by IMAP; with a flag where one is asked for. */
async function count(login: string, name: string, subject: string, flag = "ALL"): Promise<number> {
  const url = `imaps://localhost:${server.port(993)}/${name}`;
  const said = await curl(server, login, url, "--request", `UID SEARCH ${flag} SUBJECT "${subject}"`);
  return said
    .replace(/^\* SEARCH/, "")
    .trim()
    .split(/\s+/)
    .filter(Boolean).length;
}

async function sieveConnect(login: string, ...args: string[]): Promise<string> {
  const words = ["--server", "localhost", "--port", String(server.port(4190)), "--user", login, "--passwordfd", "0"];
  const tls = ["--tlscafile", await server.rootFile()];
  return await succeed(["sieve-connect", ...words, ...tls, ...args], { stdin: `${PASSWORD}\n` });
}

test("sieve-connect puts a script under TLS, and swaks' mail lies where it says", async () => {
  const file = join(folder, "rules.sieve");
  const script =
    'require ["fileinto", "mailbox"];\nif header :contains "subject" "bill" { fileinto :create "Bills"; }\n';
  writeFileSync(file, script);
  await sieveConnect("anna", "--localsieve", file, "--remotesieve", "rules", "--upload");
  await sieveConnect("anna", "--remotesieve", "rules", "--activate");
  expect(await sieveConnect("anna", "--list")).toMatch(/"?rules"? ACTIVE/);
  await sieveConnect("anna", "--remotesieve", "rules", "--localsieve", join(folder, "back"), "--download");
  expect(readFileSync(join(folder, "back"), "utf8")).toBe(script);
  expect((await swaks("anna@example.test", "the bill")).code).toBe(0);
  expect((await swaks("anna@example.test", "hello")).code).toBe(0);
  expect(await count("anna", "Bills", "the bill")).toBe(1);
  expect(await count("anna", "INBOX", "the bill")).toBe(0);
  expect(await count("anna", "INBOX", "hello")).toBe(1);
});

test("sievelib's scripts are taken, and wrong ones refused", async () => {
  const task = { port: server.port(4190), login: "bert", password: PASSWORD, tls: true, mechanism: "PLAIN" };
  const done = await python<Record<string, unknown>>("sieve", task);
  expect(done).toMatchObject({ connected: true, space: true, put: true, active: true, same: true, wrong: false });
  expect(done).toMatchObject({ list: ["made", []], renamed: true });
  expect(done.extensions).toContain("vacation");
  expect((await swaks("bert@example.test", "a bill")).code).toBe(0);
  expect(await count("bert", "Archive", "a bill")).toBe(1);
  expect(await count("bert", "INBOX", "a bill", "FLAGGED")).toBe(1);
});

test("the command line puts scripts, and a rejected sender hears why while he is there", async () => {
  await server.command(["sieve", "put", "anna", "no", "--activate"], 'require "reject"; reject "Not today, thanks.";');
  const said = await swaks("anna@example.test", "refused");
  expect(said.out).toContain("550 5.7.1 Not today, thanks.");
  await server.command(["sieve", "activate", "anna", ""]);
  expect(await server.json("sieve", "list", "anna")).toMatchObject([
    { name: "no", active: false },
    { name: "rules", active: false },
  ]);
  const wrong = await server.attempt(["sieve", "check", "anna"], "keep");
  expect(wrong.code).not.toBe(0);
  expect(wrong.error).toContain("Line 1");
});

test("a script of the house sorts everybody's mail, also after a hard end", async () => {
  const script =
    'require ["fileinto","imap4flags"]; if header :is "subject" "all" { fileinto :flags "\\\\Seen" "Archive"; }';
  await server.command(["sieve", "put", "--house", "before"], script);
  await server.kill();
  await server.resume();
  expect((await swaks("anna@example.test,bert@example.test", "all")).code).toBe(0);
  expect(await count("anna", "Archive", "all", "SEEN")).toBe(1);
  expect(await count("bert", "Archive", "all", "SEEN")).toBe(1);
});
