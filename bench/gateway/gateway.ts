/**
 * The gateway beside Debian's proxies, FTP servers and web server: the same work from the same clients, on the same machine, in one run.
 * Rounds alternate between the servers; figures are medians.
 */
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NameHashes, NameSet } from "../../src/gateway/name-set.ts";
import { temporaryFolder } from "../../test/harness.ts";
import { ImapClient } from "../imap-client.ts";
import { LOGIN, PASSWORD } from "../server.ts";
import { waits } from "./answers.ts";
import {
  type Asking,
  byConnect,
  byHttp,
  bySocks,
  direct,
  fetchAll,
  openTunnel,
  requests,
  secondsOf,
  silent,
  tunnelsPerSecond,
  type Way,
} from "./loads.ts";
import {
  dante,
  type FilePeer,
  familyMemory,
  gatepost,
  microsocks,
  nginx,
  type Ours,
  type Peer,
  pureFtpd,
  squid,
  tinyproxy,
  vsftpd,
} from "./peers.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
/** Where a moment of the machine weighs as much as what is compared: what is short, and what three programs pass to each other in turn. */
const MANY_ROUNDS = 5 * ROUNDS;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const MB = 1_000_000;
const LARGE = 1_000 * MB;
const SHARE = 20 * MB;
const MILLION = 1_000_000;
const IDLE = Number(process.env.BENCH_TUNNELS ?? 5_000);
const SMALL_FILES = Number(process.env.BENCH_FILES ?? 10_000);

/** One line of the table: a value a server, ours first. */
export interface Line {
  readonly what: string;
  readonly unit: string;
  readonly values: ReadonlyMap<string, number>;
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Contender {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** Rounds alternate, so that a slow moment of the machine meets all; one that cannot do it has no value. */
async function compare(
  what: string,
  unit: string,
  contenders: readonly Contender[],
  rounds: number = ROUNDS,
): Promise<Line> {
  say(what);
  const seen = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const value = await run().catch(
        (error: unknown) => void say(`  ${name}: ${error instanceof Error ? error.message.slice(0, 200) : error}`),
      );
      if (value !== undefined) seen.get(name)?.push(value);
    }
  }
  const values = new Map([...seen].flatMap(([name, all]) => (all.length > 0 ? [[name, median(all)] as const] : [])));
  say(`  ${[...values].map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(", ")} ${unit}`);
  return { what, unit, values };
}

/** A proxy and the ways through it. */
interface Proxy {
  readonly peer: Peer;
  readonly asking: Asking;
}

const wayThrough = ({ peer, asking }: Proxy): Way => (asking === "connect" ? byConnect(peer.port) : bySocks(peer.port));
const nameOf = ({ peer, asking }: Proxy) =>
  peer.name === "Gatepost" ? `Gatepost (${asking === "connect" ? "CONNECT" : "SOCKS"})` : peer.name;

async function tunnels(proxies: readonly Proxy[], origin: FilePeer): Promise<Line[]> {
  const url = (file: string) => `http://127.0.0.1:${origin.port}/${file}`;
  const all = [
    { name: "direct", way: direct },
    ...proxies.map((proxy) => ({ name: nameOf(proxy), way: wayThrough(proxy) })),
  ];
  const throughput = (what: string, file: string, streams: number, octets: number, rounds?: number) =>
    compare(
      what,
      "MB/s",
      all.map(({ name, way }) => ({ name, run: async () => (await fetchAll(url(file), streams, octets, way)) / MB })),
      rounds,
    );
  const target = silent();
  const lines = [
    await throughput("Tunnel, one stream of 1 GB", "large", 1, LARGE, MANY_ROUNDS),
    await throughput("Tunnels, 100 streams of 20 MB", "share", 100, SHARE),
    await compare(
      "Tunnels opened",
      "/s",
      proxies.map((proxy) => ({
        name: nameOf(proxy),
        run: () => tunnelsPerSecond(proxy.peer.port, proxy.asking, target.port, SECONDS),
      })),
      MANY_ROUNDS,
    ),
  ];
  lines.push(await idleMemory(proxies, target.port));
  target.stop();
  return lines;
}

async function idleMemory(proxies: readonly Proxy[], target: number): Promise<Line> {
  const what = `Memory of ${IDLE.toLocaleString("en")} idle tunnels, each`;
  say(what);
  const values = new Map<string, number>();
  for (const proxy of proxies) {
    const before = await familyMemory(proxy.peer.pid);
    const open: { end(): void }[] = [];
    try {
      while (open.length < IDLE) {
        open.push(
          ...(await Promise.all(Array.from({ length: 50 }, () => openTunnel(proxy.peer.port, proxy.asking, target)))),
        );
      }
      await Bun.sleep(1_000);
      values.set(nameOf(proxy), ((await familyMemory(proxy.peer.pid)) - before) / IDLE / 1_000);
    } catch (error) {
      say(`  ${nameOf(proxy)}: ${open.length} and no more (${error})`);
    }
    for (const tunnel of open) tunnel.end();
  }
  say(`  ${[...values].map(([name, value]) => `${name} ${value.toPrecision(3)}`).join(", ")} KB`);
  return { what, unit: "KB", values };
}

async function fetching(proxies: readonly Peer[], origin: FilePeer, cached: readonly Peer[]): Promise<Line[]> {
  const url = (file: string) => `http://127.0.0.1:${origin.port}/${file}`;
  const rate = (what: string, file: string, connections: number, of: readonly Peer[]) =>
    compare(
      what,
      "requests/s",
      of.map((peer) => ({
        name: peer.name,
        run: () => requests(peer.port, url(file), { connections, seconds: SECONDS }),
      })),
    );
  return [
    await compare(
      "Web proxy, one file of 1 GB",
      "MB/s",
      proxies.map((peer) => ({
        name: peer.name,
        run: async () => (await fetchAll(url("large"), 1, LARGE, byHttp(peer.port))) / MB,
      })),
    ),
    await rate("Web proxy, 1 KB, 50 connections kept", "small", 50, proxies),
    await rate("Web proxy, 100 KB, 50 connections kept", "medium", 50, proxies),
    ...(await latency(proxies, origin)),
    await rate("Web proxy, 1 KB from the cache, 50 connections kept", "keep/small", 50, cached),
    await rate("Web proxy, 100 KB from the cache, 50 connections kept", "keep/medium", 50, cached),
  ];
}

/** How long answers over one connection take, half of them and 99 %, with the origin itself beside the proxies. */
async function latency(proxies: readonly Peer[], origin: FilePeer): Promise<Line[]> {
  const what = "Web proxy, 1 KB, one connection";
  const worst = new Map<string, number[]>();
  const asked = (name: string, port: number, target: string): Contender => ({
    name,
    run: async () => {
      const seen = await waits(port, target, SECONDS);
      worst.set(name, [...(worst.get(name) ?? []), seen.worst]);
      return seen.median;
    },
  });
  const whole = `http://127.0.0.1:${origin.port}/small`;
  const contenders = [
    asked("direct", origin.port, "/small"),
    ...proxies.map((peer) => asked(peer.name, peer.port, whole)),
  ];
  const half = await compare(`${what}: half of the answers within`, "ms", contenders, MANY_ROUNDS);
  const values = new Map([...worst].map(([name, all]) => [name, median(all)]));
  say(`  99 %: ${[...values].map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(", ")} ms`);
  return [half, { what: `${what}: 99 % of the answers within`, unit: "ms", values }];
}

/** vsftpd's user may not write where he begins. */
const folderOf = ({ name }: FilePeer) => (name === "vsftpd" ? `${LOGIN}/` : "");

async function files(peers: readonly FilePeer[]): Promise<Line[]> {
  const at = (peer: FilePeer, path: string) => `ftp://${peer.login}@127.0.0.1:${peer.port}/${folderOf(peer)}${path}`;
  const local = join(dirname(peers[0]?.folder ?? ""), "large-upload");
  writeFileSync(local, "");
  truncateSync(local, LARGE);
  const tls = ["--ssl-reqd", "--insecure"];
  const get = (peer: FilePeer, ...more: string[]) =>
    secondsOf(["curl", "-sS", ...more, "-o", "/dev/null", at(peer, "large")]);
  // A new file each time; and what others left the disk to do is not to be paid by who sends next.
  const put = async (peer: FilePeer, ...more: string[]) => {
    await secondsOf(["curl", "-sS", "-l", "-o", "/dev/null", "-Q", `*DELE ${folderOf(peer)}uploaded`, at(peer, "")]);
    await secondsOf(["sync"]);
    return await secondsOf(["curl", "-sS", ...more, "-T", local, at(peer, "uploaded")]);
  };
  /** Ours is on the disk when it is answered; theirs once the system has been asked for it. */
  const kept = async (peer: FilePeer) => (await put(peer)) + (await secondsOf(["sync"]));
  // Not with curl, which stumbles over a server that answers EPSV before it has begun to wait.
  const small = async (peer: FilePeer) => {
    const target = temporaryFolder("many");
    const [login, password] = peer.login.split(":");
    const script = `set ftp:ssl-allow no; open -u ${login},${password} ftp://127.0.0.1:${peer.port}; mirror ${folderOf(peer)}many ${target}/many`;
    const seconds = await secondsOf(["lftp", "-c", script]);
    rmSync(target, { recursive: true });
    return seconds;
  };
  const speed = (seconds: number) => LARGE / seconds / MB;
  const each = (run: (peer: FilePeer) => Promise<number>) =>
    peers.map((peer) => ({ name: peer.name, run: () => run(peer) }));
  return [
    await compare(
      "FTP, fetching 1 GB",
      "MB/s",
      each(async (peer) => speed(await get(peer))),
    ),
    await compare(
      "FTP, sending 1 GB",
      "MB/s",
      each(async (peer) => speed(await put(peer))),
    ),
    await compare(
      "FTP, sending 1 GB until it is on the disk",
      "MB/s",
      each(async (peer) => speed(await kept(peer))),
    ),
    await compare(
      "FTP over TLS, fetching 1 GB",
      "MB/s",
      each(async (peer) => speed(await get(peer, ...tls))),
    ),
    await compare(
      "FTP over TLS, sending 1 GB",
      "MB/s",
      each(async (peer) => speed(await put(peer, ...tls))),
    ),
    await compare(
      `FTP, ${SMALL_FILES.toLocaleString("en")} files of 1 KB, one after the other`,
      "files/s",
      each(async (peer) => SMALL_FILES / (await small(peer))),
    ),
  ];
}

async function pages(ours: FilePeer, theirs: FilePeer): Promise<Line[]> {
  const rate = (what: string, file: string) =>
    compare(what, "requests/s", [
      {
        name: ours.name,
        run: () => requests(ours.port, `/~${LOGIN}/${file}`, { connections: 50, seconds: SECONDS }),
      },
      {
        name: theirs.name,
        run: () => requests(theirs.port, `/${file}`, { connections: 50, seconds: SECONDS }),
      },
    ]);
  return [await rate("Home page, 1 KB", "small"), await rate("Home page, 100 KB", "medium")];
}

/** How long NOOP of somebody who reads mail takes, alone and while tunnels and requests go through the proxies as fast as they can. */
async function undisturbed({ server, proxy }: Ours, origin: FilePeer): Promise<Line> {
  const what = "IMAP NOOP, 99 % within";
  say(what);
  const url = (file: string) => `http://127.0.0.1:${origin.port}/${file}`;
  const client = await ImapClient.login(server.port(143), LOGIN, PASSWORD);
  const noops = async (busy: Promise<unknown>) => {
    const times: number[] = [];
    let over = false;
    const ended = busy.finally(() => {
      over = true;
    });
    while (!over) {
      const began = performance.now();
      await client.command("NOOP");
      times.push(performance.now() - began);
      await Bun.sleep(2);
    }
    await ended;
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
  };
  const values = new Map([
    ["alone", await noops(Bun.sleep(SECONDS * 1_000))],
    ["100 tunnels of 20 MB", await noops(fetchAll(url("share"), 100, SHARE, byConnect(proxy.port)))],
    ["requests of 1 KB", await noops(requests(proxy.port, url("small"), { connections: 50, seconds: SECONDS }))],
    ["requests of 100 KB", await noops(requests(proxy.port, url("medium"), { connections: 50, seconds: SECONDS }))],
  ]);
  client.close();
  say(`  ${[...values].map(([name, value]) => `${name} ${value.toPrecision(3)}`).join(", ")} ms`);
  return { what, unit: "ms", values };
}

/** What a list of a million names costs: inside the process, as the gateway holds it. */
async function millionNames(): Promise<Line[]> {
  say("a list of a million names");
  const hashes = new NameHashes(MILLION);
  for (let n = 0; n < MILLION; n++) hashes.add(`host-${n}.site-${n % 1_000}.example`, n % 2 === 0 ? "exact" : "below");
  const set = await NameSet.from(hashes.pairs, () => Promise.resolve());
  const hosts = Array.from({ length: 100_000 }, (_, n) => `www.host-${n * 20 + 1}.site-${n % 1_000}.example`);
  const began = performance.now();
  let found = 0;
  for (const host of hosts) if (set.has(host)) found++;
  const micros = ((performance.now() - began) * 1_000) / hosts.length;
  say(`  ${micros.toPrecision(3)} µs, ${found} found`);
  return [
    {
      what: "A list of a million names, a look-up with all parent domains",
      unit: "µs",
      values: new Map([["Gatepost", micros]]),
    },
    { what: "A list of a million names, memory", unit: "MB", values: new Map([["Gatepost", set.octets / MB]]) },
  ];
}

/** The files that are fetched, as far as a server needs them. */
function stock(folder: string, many = false): void {
  mkdirSync(join(folder, "keep"), { recursive: true });
  for (const name of ["small", "keep/small"]) writeFileSync(join(folder, name), "x".repeat(1_000));
  for (const name of ["medium", "keep/medium"]) writeFileSync(join(folder, name), "x".repeat(100_000));
  for (const [name, octets] of [
    ["large", LARGE],
    ["share", SHARE],
  ] as const) {
    writeFileSync(join(folder, name), "");
    truncateSync(join(folder, name), octets);
  }
  if (!many) return;
  mkdirSync(join(folder, "many"));
  for (let n = 0; n < SMALL_FILES; n++) writeFileSync(join(folder, "many", String(n)), "x".repeat(1_000));
}

/** Everything, as lines of a table. */
export async function gateway(): Promise<Line[]> {
  const plain = await gatepost("proxyCache.enabled=false");
  const keeping = await gatepost();
  const origin = await nginx();
  const peers: Peer[] = [];
  const started = async <P extends Peer>(peer: Promise<P>): Promise<P> => {
    peers.push(await peer);
    return await peer;
  };
  stock(origin.folder);
  try {
    const [web, caching] = [await started(squid()), await started(squid(true))];
    const tiny = await started(tinyproxy());
    const proxies: Proxy[] = [
      { peer: plain.proxy, asking: "connect" },
      { peer: plain.socks, asking: "socks" },
      { peer: web, asking: "connect" },
      { peer: tiny, asking: "connect" },
      { peer: await started(dante()), asking: "socks" },
      { peer: await started(microsocks()), asking: "socks" },
    ];
    const lines = await tunnels(proxies, origin);
    lines.push(...(await fetching([plain.proxy, web, tiny], origin, [keeping.proxy, caching])));
    lines.push(await undisturbed(plain, origin), ...(await millionNames()));
    await makeFolders(plain);
    const ftp = [plain.ftp, await started(vsftpd()), await started(pureFtpd())];
    for (const { folder } of ftp) stock(folder, true);
    lines.push(...(await files(ftp)));
    stock(plain.web.folder);
    lines.push(...(await pages(plain.web, origin)));
    return lines;
  } finally {
    for (const peer of [origin, ...peers]) await peer.stop();
    await plain.stop();
    await keeping.stop();
  }
}

/** The server makes the folders itself, so that they are its own. */
async function makeFolders({ ftp }: Ours): Promise<void> {
  await secondsOf(["curl", "-sS", "-Q", "MKD www", "-o", "/dev/null", `ftp://${ftp.login}@127.0.0.1:${ftp.port}/`]);
}

/** The lines as a table: a column a server. */
export function gatewayTable(lines: readonly Line[]): string {
  const shown = (value: number | undefined) =>
    value === undefined ? "–" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  const rows = lines.map(
    ({ what, unit, values }) =>
      `| ${what} | ${unit} | ${[...values].map(([name, value]) => `${name} **${shown(value)}**`).join(", ")} |`,
  );
  return ["| what | unit | figures |", "|---|---|---|", ...rows].join("\n");
}

if (import.meta.main) process.stdout.write(`${gatewayTable(await gateway())}\n`);
