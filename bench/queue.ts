/** A long queue: messages taken in while the next server is down, listed, tried again in vain, and sent when it is there again (smtp-sink). */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Gatepost, PASSWORD, succeed, until } from "../test/harness.ts";
import { freePort } from "../test/ports.ts";
import { MockDns } from "../test/transport/mock-dns.ts";
import { type Figure, signedIn } from "./accounts.ts";
import { ImapClient } from "./imap-client.ts";
import { LOGIN, proportionalMemory } from "./server.ts";

const MESSAGES = Number(process.env.BENCH_QUEUE ?? 100_000);
const SESSIONS = 20;
const OCTETS = 4_096;
const LOOKS = 11;
const PROBE_MS = 5;
/** Seconds that anything may take. */
const PATIENCE = 3_600;

/** All figures about a queue. */
export async function queues(): Promise<Figure[]> {
  const port = freePort();
  const dns = await MockDns.start({ "far.test": { MX: [[10, "mx.far.test"]] }, "mx.far.test": { A: ["127.0.0.1"] } });
  const server = await Gatepost.start({
    users: [LOGIN],
    settings: [
      ...[`dns.servers=${dns.server}`, `transport.smtpPort=${port}`, "transport.retryMinutes=[60]"],
      ...["smtp.relayFor=127.0.0.1", "network.connectionsPerAddress=20000", "smtp.maxMessages=1000000"],
    ],
  });
  try {
    return await measured(server, port);
  } finally {
    await server.remove();
    dns.stop();
  }
}

async function measured(server: Gatepost, port: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const rows = new Rows(server.folder);
  const memory = async (when: string) => {
    figures.push({ what: `Memory ${when} (Pss)`, unit: "MB", value: (await proportionalMemory(server.pid)) / 1e6 });
  };
  const rate = async (what: string, work: () => Promise<void>) => {
    const began = { at: performance.now(), processor: await processorSeconds(server.pid) };
    const most = await longestWait(server, work);
    const seconds = (performance.now() - began.at) / 1_000;
    const processor = (await processorSeconds(server.pid)) - began.processor;
    figures.push(
      { what, unit: "messages/s", value: MESSAGES / seconds },
      { what: `${what}: processor time of one`, unit: "ms", value: (processor / MESSAGES) * 1_000 },
      { what: `${what}: longest wait of an IMAP session meanwhile`, unit: "ms", value: most },
    );
  };
  const retryAll = () => server.command(["queue", "retry", "all"]);

  await memory("before");
  await rate("Taken in while the next server is down", () => fill(server));
  await until(() => rows.tried() === MESSAGES, "the first attempts", PATIENCE);
  await memory("with the queue full");
  figures.push(...(await looks(server)));

  const refusing = await sink(port, "-r", "RCPT");
  await rate("Tried again, and each put off by the next server", async () => {
    const before = rows.attempts();
    await retryAll();
    await until(() => rows.attempts() >= before + MESSAGES, "all to be tried again", PATIENCE);
  });
  await ended(refusing);
  await memory("after that");

  const taking = await sink(port);
  await rate("Sent", async () => {
    await retryAll();
    await until(() => rows.left() === 0, "the queue to be empty", PATIENCE);
  });
  await ended(taking);
  await memory("with the queue empty again");
  rows.close();
  return figures;
}

/** The longest that an IMAP session waited for an answer while something was done, in milliseconds. */
async function longestWait(server: Gatepost, work: () => Promise<void>): Promise<number> {
  const client = await ImapClient.login(server.port(143), LOGIN, PASSWORD);
  let over = false;
  let longest = 0;
  const probing = (async () => {
    while (!over) {
      const began = performance.now();
      await client.command("NOOP");
      longest = Math.max(longest, performance.now() - began);
      await Bun.sleep(PROBE_MS);
    }
  })();
  await work().finally(() => {
    over = true;
  });
  await probing;
  client.close();
  return longest;
}

/** The queue as it stands in the file. */
class Rows {
  readonly #database: Database;

  constructor(folder: string) {
    this.#database = new Database(join(folder, "gatepost.db"), { readonly: true });
  }

  left(): number {
    return this.#number("SELECT count(*) AS n FROM queue_messages");
  }

  tried(): number {
    return this.#number("SELECT count(*) AS n FROM queue_recipients WHERE attempts > 0");
  }

  attempts(): number {
    return this.#number("SELECT coalesce(sum(attempts), 0) AS n FROM queue_recipients");
  }

  close(): void {
    this.#database.close();
  }

  #number(sql: string): number {
    return this.#database.query<{ n: number }, []>(sql).get()?.n ?? 0;
  }
}

async function fill(server: Gatepost): Promise<void> {
  await succeed(
    [
      "smtp-source",
      ...["-s", String(SESSIONS), "-l", String(OCTETS), "-m", String(MESSAGES)],
      ...["-f", "sender@elsewhere.test", "-t", "somebody@far.test", `127.0.0.1:${server.port(25)}`],
    ],
    { seconds: PATIENCE },
  );
}

/** Pages of the queue, and of the messages that came by. */
async function looks(server: Gatepost): Promise<Figure[]> {
  const base = `http://127.0.0.1:${server.port(80)}`;
  const cookie = await signedIn(base);
  const figures: Figure[] = [];
  for (const [what, path] of [
    ["Page of the queue", "/admin/queue"],
    ["Page of the queue, the last one", `/admin/queue?page=${Math.ceil(MESSAGES / 50)}`],
    ["Page of the queue, searched", "/admin/queue?q=nobody-at-all"],
    ["Page of messages", "/admin/messages"],
    ["Page of messages, searched in vain", "/admin/messages?q=nobody-at-all"],
  ] as const) {
    const times: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      const began = performance.now();
      const page = await fetch(base + path, { headers: { cookie } });
      if (page.status !== 200 || (await page.text()).length < 1_000) throw new Error(`${path}: ${page.status}`);
      times.push(performance.now() - began);
    }
    times.sort((one, other) => one - other);
    figures.push({ what, unit: "ms", value: times[LOOKS >> 1] ?? Number.NaN });
  }
  return figures;
}

/** Postfix's test server, once it listens. */
async function sink(port: number, ...options: string[]): Promise<Bun.Subprocess> {
  const child = Bun.spawn(["smtp-sink", "-u", "nobody", ...options, `127.0.0.1:${port}`, "1000"], {
    stdout: "ignore",
    stderr: "inherit",
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`smtp-sink ended with ${child.exitCode}`);
    return await connects(port);
  }, "smtp-sink to listen");
  return child;
}

async function connects(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

async function ended(child: Bun.Subprocess): Promise<void> {
  child.kill();
  await child.exited;
}

/** Processor seconds of a process so far, all its threads together. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text();
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
