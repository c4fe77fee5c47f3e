/** Power cuts: the server is killed while twenty senders, the queue and five IMAP sessions are at work, and loses nothing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Gatepost, PASSWORD, until } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { FakeRemote } from "../transport/fake-remote.ts";
import { audit } from "./audit.ts";
import { type Kept, keep } from "./keepers.ts";
import { idOf, tally } from "./letters.ts";
import { type Moment, Outages } from "./outages.ts";
import { Chance } from "./random.ts";
import { type Sent, send } from "./senders.ts";

const SENDERS = 20;
const KEEPERS = 5;
const MOMENTS: readonly Moment[] = ["block", "dot", "sending", "append", "move", "expunge", "flags", "dot"];
const KILLS = 25;
/** What the queue may have in hand when the server is killed: `transport.connectionsPerDestination`. */
const COURIERS = 5;

const chance = Chance.fromEnvironment();
let server: Gatepost;
let remote: FakeRemote;
const sent: Sent[] = [];
const kept: Kept[] = [];
let outages: Outages;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["alice", "carol"] });
  outages = new Outages(server);
  remote = await FakeRemote.start({
    // As far away as other people's servers are; it has a message at the moment it says so.
    answer: async (stage) => {
      if (stage !== "final") await wait(20);
      return undefined;
    },
    // Half way through a message: the moment at which a crash must neither lose nor double it.
    onData: () => {
      outages.now("sending");
      return false;
    },
  });
  const host = JSON.stringify([{ host: "127.0.0.1", port: remote.port, tls: "none" }]);
  await server.command([
    ...["settings", "set", `transport.smartHosts=${host}`, "transport.retryMinutes=0.01", "smtp.relayFor=127.0.0.0/8"],
  ]);
  const carol = await loggedIn("carol");
  await carol.ok("CREATE Work");
  carol.dialogue.destroy();
});

afterAll(async () => {
  await remote?.stop();
  await server?.remove();
});

test(`nothing that was promised is lost or doubled by ${KILLS} power cuts`, async () => {
  try {
    await storm();
    await checkMailbox();
    await checkQueue();
    await checkFolders();
    expect(await server.stop()).toBe(0);
    expect(audit(server.folder)).toEqual([]);
  } catch (error) {
    console.error(`to see this again: ROBUSTNESS_SEED=${chance.seed}`);
    throw error;
  }
}, 180_000);

/** Everybody works; the server is killed in the middle of this and that. */
async function storm(): Promise<void> {
  const actors = [
    ...Array.from({ length: SENDERS }, (_, n) => send(outages, `s${n}`, chance.fork(), sent, n < 4)),
    ...Array.from({ length: KEEPERS }, (_, n) => keep(outages, `k${n}`, chance.fork(), kept)),
  ];
  for (let kill = 0; kill < KILLS; kill++) {
    await wait(chance.between(50, 350));
    const moment = MOMENTS[kill % MOMENTS.length] as Moment;
    await Promise.race([outages.next(moment), wait(1_000)]);
    await wait(chance.between(0, 6));
    await outages.strike(chance.happens(0.15) ? chance.between(0, 400) : undefined);
  }
  await wait(200);
  outages.over = true;
  await Promise.all(actors);
  expect(outages.faults).toEqual([]);
}

/** Each local message that was answered 250 is there once, whole; of the others none twice. */
async function checkMailbox(): Promise<void> {
  const arrived = tally((await contents("alice", "INBOX")).map(({ text }) => idOf(text)));
  const local = sent.filter(({ kind }) => kind !== "remote");
  const promised = local.filter(({ promised }) => promised).map(({ id }) => id);
  expect(promised.filter((id) => arrived.get(id) !== 1)).toEqual([]);
  const known = new Set(local.map(({ id }) => id));
  expect([...arrived].filter(([id, times]) => times !== 1 || !known.has(id))).toEqual([]);
  console.log(`  ${promised.length} promised to the mailbox, ${arrived.size} there, of ${local.length} sent`);
}

/** Each remote message that was answered 250 went out, and practically none twice. */
async function checkQueue(): Promise<void> {
  await until(
    async () => (await server.command(["queue", "list", "--json"])).trim() === "[]",
    "the queue to empty",
    60,
  );
  const arrived = tally(remote.messages.map(({ text }) => idOf(text)));
  const outgoing = sent.filter(({ kind }) => kind === "remote" || kind === "both");
  const promised = outgoing.filter(({ promised }) => promised).map(({ id }) => id);
  expect(promised.filter((id) => !arrived.has(id))).toEqual([]);
  const known = new Set(outgoing.map(({ id }) => id));
  expect([...arrived.keys()].filter((id) => !known.has(id))).toEqual([]);
  const doubled = [...arrived.values()].reduce((sum, times) => sum + times - 1, 0);
  // A server that took a message and whose reply nobody was there to hear must get it again (RFC 1047).
  expect(doubled).toBeLessThanOrEqual(KILLS * COURIERS);
  console.log(`  ${promised.length} promised to the queue, ${arrived.size} sent on, ${doubled} of them twice`);
}

/** Each message is where IMAP said it is. */
async function checkFolders(): Promise<void> {
  const places = new Map<string, string[]>();
  const seen = new Map<string, boolean>();
  for (const folder of ["Work", "Archive"]) {
    for (const message of await contents("carol", folder)) {
      const id = idOf(message.text);
      places.set(id, [...(places.get(id) ?? []), folder]);
      seen.set(id, message.seen);
    }
  }
  const wrong = kept.filter(({ id, places: possible }) => {
    const found = places.get(id) ?? ["nowhere"];
    return found.length !== 1 || !possible.some((place) => place === found[0]);
  });
  expect(wrong.map((one) => ({ ...one, found: places.get(one.id) }))).toEqual([]);
  expect(kept.filter((one) => one.seen !== undefined && (seen.get(one.id) ?? one.seen) !== one.seen)).toEqual([]);
  const known = new Set(kept.map(({ id }) => id));
  expect([...places.keys()].filter((id) => !known.has(id))).toEqual([]);
  console.log(`  ${kept.length} messages kept over IMAP, ${places.size} there`);
}

async function contents(login: string, folder: string): Promise<{ text: string; seen: boolean }[]> {
  const client = await loggedIn(login);
  const [exists = ""] = (await client.ok(`EXAMINE ${folder}`)).filter((line) => line.endsWith(" EXISTS"));
  const found: { text: string; seen: boolean }[] = [];
  const last = Number.parseInt(exists, 10);
  for (let number = 1; number <= last; number += 20) {
    for (const line of await client.ok(`FETCH ${number}:${Math.min(number + 19, last)} (FLAGS BODY.PEEK[])`)) {
      const message = /^\d+ FETCH \(FLAGS \(([^)]*)\) BODY\[\] \{(\d+)\}\r\n/.exec(line);
      if (message === null) continue;
      const start = message[0].length;
      found.push({
        text: line.slice(start, start + Number(message[2])),
        seen: message[1]?.includes("\\Seen") === true,
      });
    }
  }
  client.dialogue.destroy();
  return found;
}

async function loggedIn(login: string): Promise<Client> {
  const client = await Client.open({ port: server.port(143), patience: 30_000 });
  await client.ok(`LOGIN ${login} ${PASSWORD}`);
  return client;
}

async function wait(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
