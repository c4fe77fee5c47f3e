/** The event loop is shared: whatever one session asks for, others are answered soon (DESIGN: nothing holds it longer than 20 ms). */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { latencyDuring, shown } from "./latency.ts";
import { letter } from "./letters.ts";
import { Chance } from "./random.ts";
import { Wire } from "./wire.ts";

const SEEDS = 2_000;
const COPIES = 50;
const MESSAGES = SEEDS * COPIES;
/** For machines that do other things too; on an idle one it is near 20. */
const BOUND_MS = 250;

const chance = Chance.fromEnvironment();
let server: Gatepost;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["alice", "bob", "carol"] });
  const client = await reader();
  await client.ok("CREATE Seeds");
  await client.ok("CREATE Big");
  await client.ok("CREATE Other");
  for (let at = 0; at < SEEDS; at += 100) {
    const tags: string[] = [];
    for (let n = at; n < at + 100; n++) {
      const { octets } = letter(`seed-${n}`, chance.between(200, 3_000), chance);
      tags.push(client.tag());
      client.dialogue.sendRaw(`${tags.at(-1)} APPEND Seeds {${octets.length}+}\r\n`);
      client.dialogue.sendRaw(octets);
      client.dialogue.sendRaw("\r\n");
    }
    for (const tag of tags) expect((await client.answer(tag)).tagged).toStartWith("OK");
  }
  await client.ok("SELECT Seeds");
  for (let copy = 0; copy < COPIES; copy++) await client.ok("COPY 1:* Big");
  await client.ok("LOGOUT");
}, 120_000);

afterAll(async () => await server?.remove());

async function reader(): Promise<Client> {
  const client = await Client.open({ port: server.port(143), patience: 60_000 });
  await client.ok(`LOGIN alice ${PASSWORD}`);
  return client;
}

/** Sends commands to one session over a connection that only counts what comes; resolves with the answer to the last. */
async function ask(...commands: string[]): Promise<void> {
  const wire = await Wire.open(server.port(143));
  wire.send(`a LOGIN alice ${PASSWORD}\r\n`);
  await wire.heard("a OK");
  for (const command of commands) {
    wire.send(`x ${command}\r\n`);
    await wire.heard("x OK", 60);
  }
  wire.destroy();
}

async function deliver(count: number, size: number): Promise<void> {
  const client = await Dialogue.open({ port: server.port(25), patience: 60_000 });
  await client.reply("220");
  await client.ask("EHLO sender.test", "250");
  for (let n = 0; n < count; n++) {
    const { octets } = letter(`delivered-${n}`, size, chance);
    client.send("MAIL FROM:<somebody@elsewhere.test>", "RCPT TO:<carol@example.test>", "DATA");
    await client.reply("250");
    await client.reply("250");
    await client.reply("354");
    await client.sendAll(octets);
    client.send(".");
    await client.reply("250");
  }
  await client.ask("QUIT", "221");
}

const WORK: [what: string, work: () => Promise<void>][] = [
  ["nothing", async () => await new Promise((resolve) => setTimeout(resolve, 1_000))],
  [
    `a folder of ${MESSAGES} messages is opened and its flags are fetched`,
    () => ask("SELECT Big", "FETCH 1:* (UID FLAGS)"),
  ],
  ["all its envelopes are fetched", () => ask("EXAMINE Big", "FETCH 1:* (FLAGS ENVELOPE)")],
  ["a text is searched in the index", () => ask("EXAMINE Big", 'SEARCH TEXT "seed-1234."')],
  ["a text too short for the index is searched", () => ask("EXAMINE Seeds", 'SEARCH BODY "+/"')],
  ["headers are searched and sorted out", () => ask("EXAMINE Big", "SEARCH LARGER 1000 UNSEEN NOT SUBJECT zzz")],
  ["all of it is marked", () => ask("SELECT Big", "STORE 1:* +FLAGS.SILENT ($Marked)")],
  ["half of it is copied", () => ask("SELECT Big", "COPY 1:50000 Other")],
  ["and removed", () => ask("SELECT Other", "STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE")],
  ["whole messages are fetched", () => ask("EXAMINE Seeds", "FETCH 1:* BODY.PEEK[]")],
  ["small messages are delivered", () => deliver(500, 3_000)],
  ["large messages are delivered", () => deliver(8, 10_000_000)],
  [
    "all of that goes on at once",
    async () => {
      await Promise.all([
        ask("SELECT Big", "FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)"),
        ask("EXAMINE Big", 'SEARCH TEXT "seed-1234."', 'SEARCH TEXT "zz"'),
        deliver(200, 3_000),
        deliver(3, 10_000_000),
      ]);
    },
  ],
  ["a folder is deleted", () => ask("DELETE Big")],
  ["messages are removed for good", () => ask("SELECT Seeds", "STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE")],
];

test.each(WORK)(
  "sessions are answered while %s",
  async (what, work) => {
    const begun = performance.now();
    const where = { port: server.port(143), login: "bob", password: PASSWORD, folder: "INBOX" };
    const latency = await latencyDuring(where, work);
    console.log(`  ${what} (${Math.round(performance.now() - begun)} ms): ${shown(latency)}`);
    expect(latency.p99).toBeLessThan(BOUND_MS);
  },
  120_000,
);
