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
    let made = { attempts: 0, seconds: 1 };
    const attacked = await latencyDuring(where, async () => {
      made = await attack(ports);
    });
    const load = (processorTimeOf(server.pid) - before) / made.seconds;
    const counted = await until(() => turnedAway(server, made.attempts), "all attempts to be counted");
    return figures(quiet, attacked, { ...made, load, counted });
  } finally {
    await server.remove();
  }
}

function figures(
  quiet: Latency,
  attacked: Latency,
  { attempts, seconds, load, counted }: { attempts: number; seconds: number; load: number; counted: number },
): Figure[] {
  if (counted < attempts) throw new Error(`${attempts} attempts were made, ${counted} turned away`);
  const where = "from a barred address";
  return [
    { what: `Attempts ${where}, all closed at accept`, unit: "1/s", value: attempts / seconds },
    { what: "Processor that they take", unit: "% of one", value: load * 100 },
    { what: "NOOP of a reader without them, median", unit: "ms", value: quiet.median },
    { what: "NOOP of a reader without them, 99 %", unit: "ms", value: quiet.p99 },
    { what: "NOOP of a reader meanwhile, median", unit: "ms", value: attacked.median },
    { what: "NOOP of a reader meanwhile, 99 %", unit: "ms", value: attacked.p99 },
  ];
}

async function turnedAway(server: Gatepost, least: number): Promise<number | undefined> {
  const bars = await server.json<{ name: string; turnedAway: number }[]>("bar", "list");
  const count = bars.find(({ name }) => name === ATTACKER)?.turnedAway ?? 0;
  return count >= least ? count : undefined;
}

/** Attacks in a process of its own, so that it does not slow down who is measured. */
async function attack(ports: readonly number[]): Promise<{ attempts: number; seconds: number }> {
  const child = Bun.spawn([process.execPath, import.meta.path, "attack", ...ports.map(String)], { stdout: "pipe" });
  return JSON.parse(await new Response(child.stdout).text()) as { attempts: number; seconds: number };
}

/** Opens connections at an even pace; each is closed by the server. */
async function storm(ports: readonly number[]): Promise<{ attempts: number; seconds: number }> {
  const { connect } = await import("node:net");
  let [attempts, closed] = [0, 0];
  const began = performance.now();
  for (let due = 0; due < PER_SECOND * SECONDS; ) {
    due = Math.min(PER_SECOND * SECONDS, ((performance.now() - began) / 1_000) * PER_SECOND);
    for (; attempts < due; attempts++) {
      const port = ports[attempts % ports.length] ?? 0;
      const socket = connect({ host: "127.0.0.1", port, localAddress: ATTACKER });
      socket.on("error", () => {}).on("close", () => closed++);
      socket.resume();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => closed === attempts, "all attempts to be closed");
  return { attempts, seconds: (performance.now() - began) / 1_000 };
}

if (import.meta.main) {
  const [mode, ...ports] = process.argv.slice(2);
  if (mode === "attack") process.stdout.write(JSON.stringify(await storm(ports.map(Number))));
  else
    for (const { what, unit, value } of await attacks()) process.stdout.write(`${what}: ${value.toFixed(2)} ${unit}\n`);
}
