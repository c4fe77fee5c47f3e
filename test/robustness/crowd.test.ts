/** Crowds: very many who do nothing, who are slow, who push, or who guess passwords; everybody else goes on as ever. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD, until } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { letter } from "./letters.ts";
import { fileLimit, memoryOf, processorTimeOf } from "./process.ts";
import { Chance } from "./random.ts";
import { Wire } from "./wire.ts";

/** Ten thousand, or as many as the system lets this process and the server have. */
const MANY = Math.min(10_000, Math.floor(fileLimit() * 0.7));
/** The default of `network.connectionsPerAddress`. */
const PER_ADDRESS = 200;
const GREETINGS = [
  { port: 25, greeting: "220 " },
  { port: 143, greeting: "* OK " },
  { port: 110, greeting: "+OK " },
] as const;
const ANY_NUMBER = ["network.connections=1000000", "network.connectionsPerAddress=1000000"];

const chance = Chance.fromEnvironment();
let server: Gatepost;
let letters = 0;

beforeAll(async () => {
  server = await Gatepost.start({ users: ["alice", "bob"] });
});
afterAll(async () => await server?.remove());

async function set(...settings: string[]): Promise<void> {
  await server.command(["settings", "set", ...settings]);
}

async function reader(login: string): Promise<Client> {
  const client = await Client.open({ port: server.port(143), patience: 30_000 });
  await client.ok(`LOGIN ${login} ${PASSWORD}`);
  return client;
}

async function sender(): Promise<Dialogue> {
  const client = await Dialogue.open({ port: server.port(25), patience: 30_000 });
  await client.reply("220");
  await client.ask("EHLO sender.test", "250");
  return client;
}

async function send(client: Dialogue, to: string, size = 3_000): Promise<string> {
  const { id, octets } = letter(`letter-${++letters}`, size, chance);
  client.send("MAIL FROM:<somebody@elsewhere.test>", `RCPT TO:<${to}@example.test>`, "DATA");
  await client.reply("250");
  await client.reply("250");
  await client.reply("354");
  await client.sendAll(octets);
  client.send(".");
  await client.reply("250");
  return id;
}

/** Sends and reads ten messages, each with new sessions; gives the milliseconds that each took, from the slowest on. */
async function ordinaryWork(): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const begun = performance.now();
    const from = await sender();
    const id = await send(from, "bob");
    await from.ask("QUIT", "221");
    const to = await reader("bob");
    await to.ok("SELECT INBOX");
    const found = await to.ok(`SEARCH HEADER X-Letter "${id} "`);
    const number = /^SEARCH (\d+)$/.exec(found[0] ?? "")?.[1];
    expect((await to.ok(`FETCH ${number} BODY.PEEK[]`))[0]).toInclude(`This is ${id}.`);
    await to.ok("LOGOUT");
    times.push(Math.round(performance.now() - begun));
  }
  return times.sort((a, b) => b - a);
}

test(`${MANY} idle connections cost little, and nobody else notices them`, async () => {
  await set(...ANY_NUMBER);
  await ordinaryWork();
  const before = memoryOf(server.pid).resident;
  const begun = performance.now();
  const crowd = await Wire.openMany(MANY, (n) => server.port(GREETINGS[n % 3]?.port ?? 0));
  try {
    for (const [n, wire] of crowd.entries()) await wire.heard(GREETINGS[n % 3]?.greeting ?? "");
    const opened = Math.round(performance.now() - begun);
    const [slowest = 0, ...others] = await ordinaryWork();
    const { resident } = memoryOf(server.pid);
    const each = ((resident - before) * 1024) / MANY;
    console.log(
      `  opened in ${opened} ms; ${before.toFixed(0)} MB before, ${resident.toFixed(0)} MB with them ` +
        `(${each.toFixed(1)} KB each); send and read: slowest ${slowest} ms, median ${others[4]} ms`,
    );
    expect(resident).toBeLessThan(300);
    expect(slowest).toBeLessThan(3_000);
    expect(crowd.filter((wire) => wire.closed)).toEqual([]);
    // Each of them is still served.
    for (const wire of crowd) wire.send("NOOP\r\n");
    for (const wire of crowd) await wire.heard("\r\n");
  } finally {
    for (const wire of crowd) wire.destroy();
  }
}, 120_000);

test("a thousand IMAP sessions in IDLE all hear of a delivery", async () => {
  const crowd = await Wire.openMany(1_000, () => server.port(143));
  try {
    for (const wire of crowd) wire.send(`a LOGIN alice ${PASSWORD}\r\nb SELECT INBOX\r\nc IDLE\r\n`);
    for (const wire of crowd) await wire.heard("+ idling");
    const from = await sender();
    const begun = performance.now();
    await send(from, "alice");
    const accepted = performance.now();
    for (const wire of crowd) await wire.heard("* 1 EXISTS");
    await from.ask("QUIT", "221");
    const { resident } = memoryOf(server.pid);
    console.log(
      `  accepted after ${Math.round(accepted - begun)} ms, heard by all ${Math.round(performance.now() - accepted)} ms later; ` +
        `${resident.toFixed(0)} MB`,
    );
    expect(performance.now() - begun).toBeLessThan(10_000);
    for (const wire of crowd) wire.send("DONE\r\nd LOGOUT\r\n");
    for (const wire of crowd) await wire.heard("d OK");
  } finally {
    for (const wire of crowd) wire.destroy();
  }
}, 120_000);

test.each([
  [25, /^421 4\.3\.2 mail\.example\.test Too many connections from your address\r\n$/],
  [143, /^\* BYE Too many connections from your address\r\n$/],
  [110, /^-ERR \[SYS\/TEMP\] Too many connections from your address\r\n$/],
])(
  "the 201st connection to port %d hears why it is refused, and another may come when one has gone",
  async (port, words) => {
    await set(`network.connectionsPerAddress=${PER_ADDRESS}`);
    const crowd = await Wire.openMany(PER_ADDRESS, () => server.port(port));
    try {
      for (const wire of crowd) await wire.heard("\r\n");
      for (let turn = 0; turn < 3; turn++) expect(await (await Wire.open(server.port(port))).end()).toMatch(words);
      expect(crowd.filter((wire) => wire.closed)).toEqual([]);
      crowd.pop()?.destroy();
      const admitted = await until(async () => {
        const wire = await Wire.open(server.port(port));
        return !words.test(await wire.heard("\r\n")) && wire;
      }, "a place");
      admitted.destroy();
    } finally {
      for (const wire of crowd) wire.destroy();
    }
  },
);

test("two hundred senders of one octet a second do not disturb others, and are cut off", async () => {
  await set(...ANY_NUMBER, "smtp.dataGrace=5");
  const crowd = await Wire.openMany(200, () => server.port(25));
  const drip = setInterval(() => {
    for (const wire of crowd) wire.send("x");
  }, 1_000);
  try {
    for (const wire of crowd) await wire.heard("220 ");
    for (const wire of crowd) wire.send("EHLO slow.test\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n");
    for (const wire of crowd) await wire.heard("354 ");
    const [slowest = 0] = await ordinaryWork();
    console.log(`  send and read: slowest ${slowest} ms`);
    expect(slowest).toBeLessThan(3_000);
    for (const wire of crowd) expect(await wire.end()).toStartWith("421 4.4.2 The message comes too slowly.");
  } finally {
    clearInterval(drip);
    for (const wire of crowd) wire.destroy();
    await set("smtp.dataGrace=60");
  }
});

test("readers who ask for 20 MB and take nothing hold up nobody and cost little", async () => {
  const from = await sender();
  await send(from, "alice", 20_000_000);
  await from.ask("QUIT", "221");
  await ordinaryWork();
  const before = memoryOf(server.pid).resident;
  const crowd = await Wire.openMany(100, () => server.port(143));
  try {
    for (const wire of crowd) wire.send(`a LOGIN alice ${PASSWORD}\r\nb SELECT INBOX\r\n`);
    for (const wire of crowd) await wire.heard("b OK");
    for (const wire of crowd) {
      wire.pause();
      wire.send("c FETCH 1:* BODY.PEEK[]\r\n");
    }
    const [slowest = 0] = await ordinaryWork();
    const { resident } = memoryOf(server.pid);
    console.log(
      `  ${before.toFixed(0)} MB before, ${resident.toFixed(0)} MB with them; send and read: slowest ${slowest} ms`,
    );
    expect(resident - before).toBeLessThan(200);
    expect(slowest).toBeLessThan(3_000);
  } finally {
    for (const wire of crowd) wire.destroy();
  }
});

test("who guesses passwords waits longer and longer and is barred; who is logged in goes on", async () => {
  await set("lockout.allow=[]", "lockout.barMinutes=1", "lockout.longestDelaySeconds=1");
  const client = await reader("bob");
  await client.ok("SELECT INBOX");
  const guess = async (n: number): Promise<{ ms: number; said: string }> => {
    const begun = performance.now();
    try {
      const wire = await Wire.open(server.port(143));
      wire.send(`a LOGIN alice guess-${n}\r\n`);
      const said = await wire.heard("a NO").catch((refused: Error) => refused.message);
      wire.destroy();
      return { ms: performance.now() - begun, said };
    } catch (closed) {
      // Who is barred may be closed before the system has told that there is a connection.
      return { ms: performance.now() - begun, said: String(closed) };
    }
  };
  try {
    const guesses = [];
    for (let n = 0; n < 12; n++) guesses.push(await guess(n));
    expect(Math.max(...guesses.map(({ ms }) => ms))).toBeGreaterThan(900);
    const flood = await Promise.all(Array.from({ length: 200 }, (_, n) => guess(100 + n)));
    for (const { said } of flood) expect(said).not.toInclude("AUTHENTICATIONFAILED");
    const begun = performance.now();
    for (let turn = 0; turn < 20; turn++) await client.ok("NOOP");
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect((await client.ok("FETCH 1 FLAGS"))[0]).toStartWith("1 FETCH");
  } finally {
    await set("lockout.allow=127.0.0.0/8,::1/128");
  }
  // The machine itself is exempt again.
  await (await reader("bob")).ok("LOGOUT");
});

test("a system that allows few open files has the rest refused in words, and the processor stays idle", async () => {
  const small = await Gatepost.start({ users: ["bob"], through: ["sh", "-c", 'ulimit -n 400 && exec "$@"', "sh"] });
  const crowd: Wire[] = [];
  try {
    await small.command(["settings", "set", ...ANY_NUMBER]);
    crowd.push(...(await Wire.openMany(700, () => small.port(143))));
    const said = await Promise.all(crowd.map((wire) => wire.heard("\r\n").catch(() => "")));
    const admitted = crowd.filter((_, n) => said[n]?.startsWith("* OK"));
    expect(admitted.length).toBe(300);
    expect(said.some((words) => words === "* BYE Too many connections, try again later\r\n")).toBe(true);
    await until(() => crowd.filter((wire) => !wire.closed).length === admitted.length, "the others to be gone");
    for (const line of [
      "The system lets this process open 400 files: at most 300 connections are let in",
      "There are 300 connections, as many as are let in; others are refused for now.",
    ]) {
      await until(() => small.log.includes(line), `the log to say “${line}”`);
    }
    const before = processorTimeOf(small.pid);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(processorTimeOf(small.pid) - before).toBeLessThan(0.3);
    // Those who are in can do what they want, such as delivering and reading.
    admitted[0]?.send(`a LOGIN bob ${PASSWORD}\r\nb SELECT INBOX\r\n`);
    await admitted[0]?.heard("b OK");
  } finally {
    for (const wire of crowd) wire.destroy();
    await small.remove();
  }
});
