/** What the program needs: memory when idle and under large messages, and the time until it answers. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { EXECUTABLE, Gatepost, PASSWORD, until } from "../harness.ts";
import { letter } from "./letters.ts";
import { memoryOf, proportionalMemoryOf } from "./process.ts";
import { Chance } from "./random.ts";
import { Wire } from "./wire.ts";

const IDLE_MB = 80;
/** The same once the code of pages and commands was read. */
const USED_MB = 128;
const BANNER_MS = 500;
/** Octets; the default limit is 50 MiB. */
const LARGE = 50_000_000;
const SESSIONS = 10;
/** More than the program itself needs: some chunks for each session, and garbage that is not collected yet. */
const BUSY_MB = 400;

const chance = Chance.fromEnvironment();
let server: Gatepost;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["alice"] });
});
afterAll(async () => await server?.remove());

/** Starts the program; gives the milliseconds until SMTP greeted. */
async function timeToBanner(): Promise<number> {
  const begun = performance.now();
  const offset = String(server.offset);
  const child = Bun.spawn(
    [EXECUTABLE, "serve", "--data", server.folder, "--listen", "127.0.0.1", "--port-offset", offset],
    { stdout: "ignore", stderr: "ignore" },
  );
  try {
    const wire = await until(() => Wire.open(server.port(25)).catch(() => undefined), "a connection", 20);
    await wire.heard("220 ");
    const ms = performance.now() - begun;
    wire.destroy();
    return ms;
  } finally {
    child.kill("SIGTERM");
    await child.exited;
  }
}

test("the first banner comes soon after the start", async () => {
  await server.stop();
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn++) times.push(Math.round(await timeToBanner()));
  console.log(`  milliseconds to the first banner: ${times.join(", ")}`);
  // The others tell how busy the machine is.
  expect(Math.min(...times)).toBeLessThan(BANNER_MS);
  await server.resume();
});

/** What the server holds now, said aloud. */
function weighed(when: string): number {
  const { resident, most } = memoryOf(server.pid);
  const proportional = proportionalMemoryOf(server.pid);
  console.log(
    `  ${when}: resident ${resident.toFixed(1)} MB, proportional ${proportional.toFixed(1)} MB, at most ${most.toFixed(1)} MB`,
  );
  return resident;
}

test("idle, with all services on, it needs little memory, and not much more once pages and commands were used", async () => {
  const weights: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await server.stop();
    await server.resume();
    for (const port of [25, 587, 110, 143]) {
      const client = await Dialogue.open({ port: server.port(port) });
      await client.line();
      client.destroy();
    }
    weights.push(weighed("idle"));
  }
  // When garbage is collected on the way up is a matter of chance.
  expect(Math.min(...weights)).toBeLessThan(IDLE_MB);
  await fetch(`http://127.0.0.1:${server.port(80)}/`);
  await server.command(["services"]);
  expect(weighed("with pages and commands read")).toBeLessThan(USED_MB);
});

test(`${SESSIONS} sessions send and fetch ${LARGE / 1e6} MB each, and memory stays bounded`, async () => {
  const { octets } = letter("large", LARGE, chance);
  const began = performance.now();
  await Promise.all(Array.from({ length: SESSIONS }, () => send(octets)));
  const sent = performance.now();
  const receiving = memoryOf(server.pid).most;
  await Promise.all(Array.from({ length: SESSIONS }, (_, n) => (n % 2 === 0 ? fetchAll(n + 1) : retrieve(n + 1))));
  const { resident, most } = memoryOf(server.pid);
  console.log(
    `  received in ${Math.round(sent - began)} ms with at most ${receiving.toFixed(0)} MB, ` +
      `fetched in ${Math.round(performance.now() - sent)} ms with at most ${most.toFixed(0)} MB, ${resident.toFixed(0)} MB after`,
  );
  expect(most).toBeLessThan(BUSY_MB);
}, 180_000);

test("what is done again and again leaves nothing behind in memory", async () => {
  const { octets } = letter("again", 20_000_000, chance);
  const cycle = async () => {
    await Promise.all(Array.from({ length: 5 }, () => send(octets)));
    await Promise.all(Array.from({ length: 5 }, (_, n) => fetchAll(n + 1)));
    const crowd = await Wire.openMany(150, () => server.port(143));
    for (const wire of crowd)
      wire.send(`a LOGIN alice ${PASSWORD}\r\nb SELECT INBOX\r\nc FETCH 1:* (FLAGS ENVELOPE)\r\n`);
    for (const wire of crowd) await wire.heard("c OK");
    for (const wire of crowd) wire.destroy();
    return memoryOf(server.pid).resident;
  };
  const sizes: number[] = [];
  for (let turn = 0; turn < 6; turn++) sizes.push(Math.round(await cycle()));
  console.log(`  resident after each of six rounds: ${sizes.join(", ")} MB`);
  expect(Math.min(...sizes.slice(3))).toBeLessThan(BUSY_MB);
  expect(Math.min(...sizes.slice(3))).toBeLessThan((sizes[0] ?? 0) + 100);
}, 180_000);

let senders = 0;

/** Each by a sender of its own: the same from the same would be taken for a repeat. */
async function send(octets: Buffer): Promise<void> {
  const client = await Dialogue.open({ port: server.port(25), patience: 120_000 });
  await client.reply("220");
  await client.ask("EHLO sender.test", "250");
  await client.ask(`MAIL FROM:<somebody${++senders}@elsewhere.test>`, "250");
  await client.ask("RCPT TO:<alice@example.test>", "250");
  await client.ask("DATA", "354");
  await client.sendAll(octets);
  client.send(".");
  await client.reply("250");
  await client.ask("QUIT", "221");
}

/** Fetches one message by IMAP; only its octets are counted. */
async function fetchAll(number: number): Promise<void> {
  const wire = await Wire.open(server.port(143));
  wire.send(`a LOGIN alice ${PASSWORD}\r\nb EXAMINE INBOX\r\n`);
  await wire.heard("b OK");
  const before = wire.octets;
  wire.send(`c FETCH ${number} BODY.PEEK[]\r\n`);
  await wire.heard("c OK", 120);
  expect(wire.octets - before).toBeGreaterThan(20_000_000);
  wire.destroy();
}

/** The same with a session that takes a part at a time. */
async function retrieve(number: number): Promise<void> {
  const wire = await Wire.open(server.port(143));
  wire.send(`a LOGIN alice ${PASSWORD}\r\nb EXAMINE INBOX\r\n`);
  await wire.heard("b OK");
  for (let at = 0; at < LARGE; at += 1_000_000) {
    wire.send(`c FETCH ${number} BODY.PEEK[]<${at}.1000000>\r\n`);
    await wire.heard("c OK", 120);
  }
  wire.destroy();
}
