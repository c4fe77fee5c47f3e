/** Programs in a folder that somebody else shares: fetchmail, Perl's Mail::IMAPClient, and aerc in a terminal. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gatepost, PASSWORD, run, succeed, temporaryFolder } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { message } from "../imap/house.ts";
import { Screen } from "./screen.ts";

let server: Gatepost;
let anna: Client;
const folder = temporaryFolder("gatepost-shared-clients");
const NAME = "Other Users/anna@example.test";

beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"] });
  anna = await Client.open({ port: server.port(143) });
  await anna.ok(`LOGIN anna ${PASSWORD}`);
});
afterAll(async () => {
  anna.dialogue.destroy();
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});

/** A folder of anna's in which bert has rights. */
async function share(name: string, rights: string, subjects: readonly string[]): Promise<void> {
  await anna.ok(`CREATE ${name}`);
  for (const subject of subjects) await anna.append(name, message(subject));
  if (rights !== "") await anna.ok(`SETACL ${name} bert ${rights}`);
}

test("fetchmail brings what is new there, and once", async () => {
  await share("Orders", "lrs", ["first", "second"]);
  const rc = join(folder, "fetchmailrc");
  const box = join(folder, "box");
  writeFileSync(
    rc,
    `poll localhost protocol IMAP service ${server.port(993)}
  user bert there password "${PASSWORD}"
  folder "${NAME}/Orders"
  ssl sslcertck sslcertfile ${await server.rootFile()}
  keep mda "cat >> ${box}"
`,
  );
  chmodSync(rc, 0o600);
  const fetch = async () => (await run(["fetchmail", "-f", rc, "--nosyslog"], { env: { HOME: folder } })).code;
  const subjects = () => [...readFileSync(box, "utf8").matchAll(/^Subject: (.*)$/gm)].map(([, subject]) => subject);
  expect(await fetch()).toBe(0);
  expect(subjects()).toEqual(["first", "second"]);
  await anna.append("Orders", message("third"));
  expect(await fetch()).toBe(0);
  expect(subjects()).toEqual(["first", "second", "third"]);
  // 1: there was nothing new.
  expect(await fetch()).toBe(1);
}, 30_000);

test("Mail::IMAPClient is let in, works there while the owner waits in IDLE, and is shown out", async () => {
  await share("Team", "", ["first", "second", "third"]);
  const script = join(import.meta.dir, "shared.pl");
  const said = await succeed(["perl", script, String(server.port(993)), await server.rootFile(), PASSWORD]);
  expect(JSON.parse(said)).toEqual({
    before: [],
    rights: "lrswited",
    after: [`${NAME}/Team`],
    sorted: ["3", "2", "1"],
    threads: [["1"], ["2"], ["3"]],
    left: ["1", "3"],
    idle: ["* 3 EXISTS"],
    flags: ["Work", "\\Flagged"],
    shut: "out",
  });
}, 30_000);

test("aerc finds, copies, moves and deletes there", async () => {
  await share("Desk", "lrswite", ["first", "second", "third", "fourth"]);
  const config = join(folder, "aerc", ".config", "aerc");
  mkdirSync(config, { recursive: true });
  const accounts = join(config, "accounts.conf");
  writeFileSync(
    accounts,
    `[Bert]\nsource = imaps://bert:${PASSWORD}@localhost:${server.port(993)}\nfrom = bert@example.test\ndefault = INBOX\n`,
  );
  chmodSync(accounts, 0o600);
  const screen = await Screen.open(["aerc"], { HOME: join(folder, "aerc"), SSL_CERT_FILE: await server.rootFile() });
  try {
    const order = async (text: string) => await screen.press(`:${text}`, "Enter");
    await screen.shows(/Connected/);
    await order(`cf '${NAME}/Desk'`);
    await screen.shows(/fourth.*third.*second.*first/s);
    await order("filter second");
    await screen.shows(/^(?!.*third).*second/s);
    await order("clear");
    await screen.shows(/fourth.*first/s);
    await order("cp Archive");
    await screen.shows(/Messages copied/);
    await order("mv Junk");
    await screen.shows(/Messages moved/);
    await order("delete");
    await screen.shows(/Messages deleted/);
    await order("quit");
    await screen.over();
  } finally {
    await screen.close();
  }
  expect((await anna.ok("STATUS Desk (MESSAGES)")).join()).toContain("MESSAGES 2");
  const bert = await Client.open({ port: server.port(143) });
  await bert.ok(`LOGIN bert ${PASSWORD}`);
  expect((await bert.ok("STATUS Archive (MESSAGES)")).join()).toContain("MESSAGES 2");
  expect((await bert.ok("STATUS Junk (MESSAGES)")).join()).toContain("MESSAGES 1");
  bert.dialogue.destroy();
}, 60_000);
