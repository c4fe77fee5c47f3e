/** Clients that come back: what changed while they were away is what they show, by QRESYNC and by comparing all. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gatepost, PASSWORD, succeed, temporaryFolder } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { message } from "../imap/house.ts";
import { Mutt } from "./mutt.ts";

let server: Gatepost;
let client: Client;
const folder = temporaryFolder("gatepost-sync-clients");

beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna", "bert"] });
});
afterAll(async () => {
  client.dialogue.destroy();
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});

/** A session of its own, with a folder of messages that is open. */
async function enter(login: string, subjects: readonly string[]): Promise<void> {
  client = await Client.open({ port: server.port(143) });
  await client.ok(`LOGIN ${login} ${PASSWORD}`);
  for (const subject of subjects) await client.append("INBOX", message(subject));
  await client.ok("SELECT INBOX");
}

test("offlineimap keeps a Maildir the same, in both directions", async () => {
  await enter("anna", ["one", "two", "three"]);
  await client.ok('CREATE "Lists/Gr&APwA3w-e"');
  const home = join(folder, "offlineimap");
  mkdirSync(home, { recursive: true });
  writeFileSync(
    join(home, "rc"),
    `[general]
accounts = a
metadata = ${home}/state
ui = quiet
fsync = False
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${home}/mail
sep = /
[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${server.port(993)}
remoteuser = anna
remotepass = ${PASSWORD}
ssl = yes
sslcacertfile = ${await server.rootFile()}
`,
  );
  const sync = () => succeed(["offlineimap", "-o", "-c", join(home, "rc")], { env: { HOME: home } });
  const files = () => ["cur", "new"].flatMap((part) => readdirSync(join(home, "mail", "INBOX", part))).sort();
  await sync();
  expect(files()).toHaveLength(3);
  expect(readdirSync(join(home, "mail", "Lists"))).toContain("Gr&APwA3w-e");

  await client.ok("STORE 1 +FLAGS (\\Seen \\Flagged)");
  await client.ok("STORE 2 +FLAGS (\\Deleted)");
  await client.ok("EXPUNGE");
  writeFileSync(join(home, "mail", "INBOX", "new", "1.x.local"), message("from here"));
  await sync();
  expect(files()).toHaveLength(3);
  expect(files().filter((name) => name.endsWith(":2,FS"))).toHaveLength(1);
  await client.ok("NOOP");
  expect(await client.ok("SEARCH SUBJECT here")).toEqual([expect.stringMatching(/^SEARCH 3$/)]);
  client.dialogue.destroy();
}, 60_000);

test("mutt with its cache of headers learns by QRESYNC what changed while it was away", async () => {
  await enter("bert", ["one", "two", "three", "four"]);
  const mutt = await Mutt.create(server, "bert", { remembers: true });
  const first = await mutt.open();
  await first.shows(/one.*two.*three.*four/s);
  await first.press("q");
  await first.over();

  await client.ok("STORE 1 +FLAGS (\\Flagged)");
  await client.ok("STORE 2 +FLAGS (\\Deleted)");
  await client.ok("EXPUNGE");
  await client.append("INBOX", message("five"));
  const second = await mutt.open();
  const screen = await second.shows(/one.*three.*four.*five/s);
  expect(screen).not.toContain("two");
  expect(screen).toMatch(/ ! .*one/);
  await second.press("q");
  await second.over();
  expect(mutt.dialogue()).toContain("ENABLE QRESYNC");
  expect(mutt.dialogue()).toMatch(/UID FETCH 1:4 \(FLAGS\) \(CHANGEDSINCE \d+ VANISHED\)/);
  expect(mutt.dialogue()).toContain("* VANISHED (EARLIER) 2\n");
  // Only the new one's header is asked for.
  expect(mutt.dialogue().match(/> a\d+ FETCH .*HEADER\.FIELDS/g)).toEqual([
    expect.stringContaining("FETCH 4 (UID FLAGS"),
  ]);
  await mutt.remove();
  client.dialogue.destroy();
});
