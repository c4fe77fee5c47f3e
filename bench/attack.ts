/**
 * What an attack costs: one barred address opens ten thousand connections a second to all ports together, while somebody else reads
 * mail. Nobody else's server does the same work; the figures stand alone.
 */
import { Gatepost, until } from "../test/harness.ts";
import { type Latency, latencyDuring } from "../test/robustness/latency.ts";
import { processorTimeOf } from "../test/robustness/process.ts";
import type { Figure } from "./accounts.ts";
import { LOGIN, PASSWORD } from "./server.ts";

/** Where the attack comes from: loopback has many addresses. */
const ATTACKER = "127.0.0.66";
const PORTS = [25, 143, 993, 587, 110, 995, 80, 443];
const PER_SECOND = 10_000;
const SECONDS = 10;

/** What was tried. */
interface Storm {
  readonly attempts: number;
  /** Attempts that this machine itself had no room for. */
  readonly failed: number;
  readonly seconds: number;
}

/** Figures of one attack. */
export async function attacks(): Promise<Figure[]> {
  const server = await Gatepost.start({
    users: [LOGIN],
    settings: ["lockout.allow=[]", "lockout.exemptLan=false", "network.connectionsPerAddress=1000000"],
  });
  try {
    await server.command(["bar", "add", ATTACKER, "--why", "attack"]);
    const ports = PORTS.map((port) => server.port(port));
    const where = { port: server.port(143), login: LOGIN, password: PASSWORD, folder: "INBOX" };
    const quiet = await latencyDuring(where, () => Bun.sleep(SECONDS * 1_000));
    const before = processorTimeOf(server.pid);
    let made: Storm = { attempts: 0, failed: 0, seconds: 1 };
    const attacked = await latencyDuring(where, async () => {
      made = await attack(ports);
    });
    const load = (processorTimeOf(server.pid) - before) / made.seconds;
    const closed = await turnedAway(server);
    // A few may have gone before the server saw them; more would mean that they were let in.
    if (closed < 0.99 * (made.attempts - made.failed))
      throw new Error(`of ${made.attempts} only ${closed} were closed`);
    return figures(quiet, attacked, { perSecond: closed / made.seconds, load });
  } finally {
    await server.remove();
  }
}

function figures(
  quiet: Latency,
  attacked: Latency,
  { perSecond, load }: { perSecond: number; load: number },
): Figure[] {
  return [
    { what: "Connections from a barred address, closed at accept", unit: "1/s", value: perSecond },
    { what: "Processor that they take", unit: "% of one", value: load * 100 },
    { what: "NOOP of a reader without them, median", unit: "ms", value: quiet.median },
    { what: "NOOP of a reader without them, 99 %", unit: "ms", value: quiet.p99 },
    { what: "NOOP of a reader meanwhile, median", unit: "ms", value: attacked.median },
    { what: "NOOP of a reader meanwhile, 99 %", unit: "ms", value: attacked.p99 },
  ];
}

async function turnedAway(server: Gatepost): Promise<number> {
  const bars = await server.json<{ name: string; turnedAway: number }[]>("bar", "list");
  return bars.find(({ name }) => name === ATTACKER)?.turnedAway ?? 0;
}

/** Attacks in a process of its own, so that it does not slow down who is measured. */
async function attack(ports: readonly number[]): Promise<Storm> {
  const child = Bun.spawn([process.execPath, import.meta.path, "attack", ...ports.map(String)], { stdout: "pipe" });
  return JSON.parse(await new Response(child.stdout).text()) as Storm;
}

/** Opens connections at an even pace; each is closed by the server. */
async function storm(ports: readonly number[]): Promise<Storm> {
  const { connect } = await import("node:net");
  let [attempts, closed, failed] = [0, 0, 0];
  const began = performance.now();
  for (let due = 0; due < PER_SECOND * SECONDS; ) {
    due = Math.min(PER_SECOND * SECONDS, ((performance.now() - began) / 1_000) * PER_SECOND);
    for (; attempts < due; attempts++) {
      const port = ports[attempts % ports.length] ?? 0;
      const socket = connect({ host: "127.0.0.1", port, localAddress: ATTACKER });
      socket.on("close", () => closed++);
      socket.on("error", ({ code }: NodeJS.ErrnoException) => {
        if (code !== "ECONNRESET" && code !== "EPIPE") failed++;
      });
      socket.resume();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => closed === attempts, "all attempts to be closed");
  return { attempts, failed, seconds: (performance.now() - began) / 1_000 };
}

if (import.meta.main) {
  const [mode, ...ports] = process.argv.slice(2);
  if (mode === "attack") process.stdout.write(JSON.stringify(await storm(ports.map(Number))));
  else
    for (const { what, unit, value } of await attacks()) process.stdout.write(`${what}: ${value.toFixed(2)} ${unit}\n`);
}
