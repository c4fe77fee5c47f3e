/**
 * Gatepost beside Debian's servers: the same work, the same machine, the same disk, one run, medians. Writes docs/benchmarks.md; with the
 * names of sections as arguments ("gateway"), only those sections of it.
 */
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { accounts, type Figure } from "./accounts.ts";
import { attacks } from "./attack.ts";
import { deliver, type Load } from "./delivery.ts";
import { secondsToBanner, startGatepost } from "./gatepost.ts";
import { gateway, gatewayTable } from "./gateway/gateway.ts";
import { measure, memoryWithIdle, TASKS } from "./imap.ts";
import { crowd, latency } from "./imap-crowd.ts";
import { curve, curveTable } from "./imap-curve.ts";
import { judgedDelivery, judges } from "./judging.ts";
import { messageNumber } from "./messages.ts";
import { startPeers } from "./peers.ts";
import { queues } from "./queue.ts";
import type { Server } from "./server.ts";
import { sorting } from "./sorting.ts";
import { spamTable } from "./spam.ts";
import { ACTIONS, webmails } from "./webmail.ts";
import { feel } from "./webmail-feel.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const FOLDER = Number(process.env.BENCH_MESSAGES ?? 100_000);
const IDLE = 1_000;
/** The largest folder of the curve. */
const CURVE = Number(process.env.BENCH_CURVE ?? 1_000_000);
const CURVE_SIZES = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= CURVE);
/** Seconds that fifty clients work. */
const CROWD_SECONDS = 10;

const LOADS: readonly (Load & { name: string })[] = [
  { name: "20 sessions of 4 KB", sessions: 20, size: 4_096, messages: 3_000 },
  { name: "1 session of 4 KB", sessions: 1, size: 4_096, messages: 600 },
  { name: "20 sessions of 1 MB", sessions: 20, size: 1_048_576, messages: 150 },
  { name: "1 session of 1 MB", sessions: 1, size: 1_048_576, messages: 60 },
];

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number | undefined;
  /** How many times better ours is. */
  readonly ratio: number | undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Rounds alternate between the servers, so that a slow moment of the machine meets both. */
async function alternate(
  what: string,
  servers: readonly Server[],
  run: (server: Server) => Promise<number>,
): Promise<number[]> {
  say(what);
  const values: number[][] = servers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, server] of servers.entries()) values[index]?.push(await run(server));
  }
  const medians = values.map(median);
  say(`  ${medians.map((value) => value.toPrecision(4)).join(" : ")}`);
  return medians;
}

async function deliveries(servers: readonly Server[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const what = `Delivery, ${load.name}`;
    const [ours = 0, theirs = 0] = await alternate(what, servers, (server) => deliver(server, load));
    rows.push({ what, unit: "messages/s", ours, theirs, ratio: ours / theirs });
  }
  return rows;
}

async function imapTasks(servers: readonly Server[]): Promise<Row[]> {
  say(`filling INBOX with ${FOLDER} messages`);
  const messages = Array.from({ length: FOLDER }, (_, index) => messageNumber(index));
  for (const server of servers) await server.fill(messages);
  const rows: Row[] = [];
  // Once unmeasured: both may build whatever they keep about the folder.
  for (const server of servers) {
    await server.settled();
    for (const task of TASKS) await measure(server, task, 1);
  }
  for (const task of TASKS) {
    const what = task.name;
    const once = async (server: Server) => median(await measure(server, task, 1));
    const [ours = 0, theirs = 0] = await alternate(what, servers, once);
    rows.push({ what, unit: "ms", ours: ours * 1_000, theirs: theirs * 1_000, ratio: theirs / ours });
  }
  return rows;
}

/** What many sessions at once feel. */
async function crowds(servers: readonly Server[]): Promise<Row[]> {
  const waits = async (what: string, count: number): Promise<Row> => {
    const [ours = 0, theirs = 0] = await alternate(what, servers, (server) => latency(server, count));
    return { what, unit: "ms", ours, theirs, ratio: theirs / ours };
  };
  const what = "50 clients at work in one mailbox";
  const [ours = 0, theirs = 0] = await alternate(what, servers, (server) => crowd(server, CROWD_SECONDS));
  return [
    await waits("From APPEND to a session in IDLE", 1),
    await waits(`From APPEND to all of ${IDLE} sessions in IDLE`, IDLE),
    { what, unit: "commands/s", ours, theirs, ratio: ours / theirs },
  ];
}

async function memory(servers: readonly Server[], what: string, of: (server: Server) => Promise<number>): Promise<Row> {
  say(what);
  const [ours = 0, theirs = 0] = await Promise.all(servers.map(of));
  return { what, unit: "MB", ours: ours / 1e6, theirs: theirs / 1e6, ratio: theirs / ours };
}

function shown(value: number | undefined): string {
  if (value === undefined) return "–";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function tableOf(rows: readonly Row[], peers = "Postfix + Dovecot"): string {
  const lines = rows.map(
    ({ what, unit, ours, theirs, ratio }) =>
      `| ${what} | ${unit} | ${shown(ours)} | ${shown(theirs)} | ${ratio === undefined ? "–" : `${ratio.toFixed(2)} ×`} |`,
  );
  return [`| what | unit | Gatepost | ${peers} | better by |`, "|---|---|--:|--:|--:|", ...lines].join("\n");
}

function figuresOf(figures: readonly Figure[]): string {
  const lines = figures.map(({ what, unit, value }) => `| ${what} | ${unit} | ${shown(value)} |`);
  return ["| what | unit | Gatepost |", "|---|---|--:|", ...lines].join("\n");
}

/** Mail that comes in, beside Postfix and Dovecot. */
async function mail(): Promise<string> {
  const banner = median(await Promise.all([secondsToBanner()]));
  const rows: Row[] = [
    { what: "Start to first SMTP greeting", unit: "ms", ours: banner * 1_000, theirs: undefined, ratio: undefined },
  ];
  await beside(async (servers) => {
    rows.push(await memory(servers, "Memory, idle, all services on (Pss)", (server) => server.memory()));
    rows.push(...(await deliveries(servers)));
  });
  return `Gatepost's executable and Debian's Postfix + Dovecot (LMTP, Maildir, their defaults, fsync on).

* Delivery is measured from smtp-source's first octet until the last message can be read over IMAP.
* Memory is the proportional set size of all processes of each.

${tableOf(rows)}`;
}

/** Mail that is read, beside Dovecot. */
async function imap(): Promise<string> {
  const rows: Row[] = [];
  await beside(async (servers) => {
    rows.push(...(await imapTasks(servers)), ...(await crowds(servers)));
    const what = `Memory with ${IDLE} more sessions in IDLE (Pss)`;
    rows.push(await memory(servers, what, (server) => memoryWithIdle(server, IDLE)));
  });
  return `The same servers.

* Tasks run in a folder of ${FOLDER.toLocaleString("en")} messages of about 3 KB, each in a session of its own, after one unmeasured pass over
  everything, so that both have built their indexes. The client is the same small program for both.
* The system lets a user watch 8,192 folders (fs.inotify.max_user_instances), without which Dovecot tells most of the waiting sessions every 30 seconds.

${tableOf(rows)}`;
}

/** Pages of webmail, beside Roundcube. */
async function webmail(): Promise<string> {
  const rows: Row[] = [];
  const felt: Figure[] = [];
  await webmails(FOLDER, async (sites, ours) => {
    for (const { what, times, act } of ACTIONS) {
      say(what);
      const seconds: number[][] = sites.map(() => []);
      for (let round = 0; round < ROUNDS * times; round++) {
        for (const [index, site] of sites.entries()) {
          const began = performance.now();
          await act(site, round);
          seconds[index]?.push(performance.now() - began);
        }
      }
      const [ours = 0, theirs = 0] = seconds.map(median);
      say(`  ${ours.toPrecision(3)} : ${theirs.toPrecision(3)}`);
      rows.push({ what, unit: "ms", ours, theirs, ratio: theirs / ours });
    }
    say("what a person feels");
    felt.push(...(await feel(ours)));
  });
  return `Webmail beside Debian's Roundcube (nginx, PHP-FPM with its opcode cache, SQLite) on the Dovecot and Postfix of above: the time until the
server has answered all that a page needs to show what was asked for, over HTTP on loopback, in a folder of ${FOLDER.toLocaleString("en")} messages. Roundcube searches
subject and sender where nothing else is chosen; ours searches everything, and the subject alone when it is told so.

${tableOf(rows, "Roundcube")}

What a person feels, ours alone, in Chromium with a processor that is made four times slower for it: from a click until the answer
is there, and until it is painted.

${figuresOf(felt)}`;
}

/** Mail that is judged, beside rspamd. */
async function judging(): Promise<string> {
  const rows: Row[] = [];
  await judges(async (servers) => {
    const what = "Delivery, judged, 20 sessions of 1 KB with two signatures";
    const [ours = 0, theirs = 0] = await alternate(what, servers, judgedDelivery);
    rows.push({ what, unit: "messages/s", ours, theirs, ratio: ours / theirs });
  });
  return `Mail that is judged before it is taken: SPF, DKIM (RSA and Ed25519), ARC, DMARC, the client's name, and what the message says, on both sides. The
name servers are one small program on loopback, which shares the machine. rspamd is a milter of Postfix with its defaults, but for what asks
services elsewhere.

${tableOf(rows, "rspamd + Postfix + Dovecot")}`;
}

async function beside(work: (servers: readonly Server[]) => Promise<void>): Promise<void> {
  const servers = [await startGatepost(), await startPeers()];
  try {
    await work(servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}

const SECTIONS: Readonly<Record<string, () => Promise<string>>> = {
  Mail: mail,
  IMAP: imap,
  Webmail: webmail,
  Judging: judging,
  Queue:
    async () => `A long queue, ours alone: messages of 4 KB to one domain, taken in over 20 sessions while its server is down, then listed, tried
again while that server puts every one off (4xx), and sent when it takes them (Postfix's smtp-sink, which shares the machine).

${figuresOf(await queues())}`,
  Growth: async () => `The same tasks in one folder that grows, ours alone, each in a session of its own: milliseconds.
SELECT finds a folder in memory where somebody had it open a moment ago; to read it anew takes about 0.3 µs a message.

${curveTable(await curve(CURVE_SIZES))}`,
  Spam: async () => `Junk told from other mail by what a message says and how it is made, without name servers, lists or known correspondents:
SpamAssassin's public corpus of 2001 and 2002 in the order in which it came. Each message is judged before it is taught, and taught only
where it was not judged clearly, as people move what lies wrong. The points, and the few numbers of the method, were chosen with this mail
in view, so it flatters a little; nothing that was learned from it is in the program.

${spamTable()}`,
  Sorting:
    async () => `A long Sieve script, ours alone, of the conditions people write most: headers, addresses, sizes, every sixth rule asks the text. Inside the
process; each message of a mailbox costs so much more.

${figuresOf(await sorting())}`,
  Accounts:
    async () => `What only Gatepost does, in the same run: logins inside the process with passwords hashed as the defaults say, and pages of the executable
fetched over loopback.

${figuresOf(await accounts())}`,
  Attack:
    async () => `One barred address opens ten thousand connections a second to all ports together, those of the web among them, while somebody else reads
mail over IMAP.

${figuresOf(await attacks())}`,
  Gateway:
    async () => `The proxies, FTP and home pages beside Debian's squid, tinyproxy, dante, microsocks, vsftpd, pure-ftpd and nginx: the same files from the
same origin (nginx), the same clients (curl, wrk, lftp, and small ones for tunnels and for answers one by one), which share the machine with the
servers. One stream, tunnels opened and single answers are medians of five times as many rounds. Ours judges,
counts and logs each trip meanwhile; squid and tinyproxy log nothing.

${gatewayTable(await gateway())}`,
};

const PAGE = join(import.meta.dir, "..", "docs", "benchmarks.md");
const MACHINE = `${cpus().length} × ${cpus()[0]?.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;

/** What the page says under a heading of the second level. */
function standing(page: string, title: string): string | undefined {
  return page
    .split(/^## /m)
    .find((section) => section.startsWith(`${title}\n`))
    ?.slice(title.length)
    .trim();
}

const asked = new Set(process.argv.slice(2).map((word) => word.toLowerCase()));
const before = await Bun.file(PAGE).text();
const texts = new Map(Object.keys(SECTIONS).map((title) => [title, standing(before, title)]));

/** After each section, so that one that fails does not take the others with it. */
async function writePage(): Promise<void> {
  const sections = [...texts].flatMap(([title, text]) => (text === undefined ? [] : [`## ${title}\n\n${text}\n`]));
  await Bun.write(
    PAGE,
    `# Benchmarks

\`make bench\` writes this page. All do the same work on the same machine and disk in one run; rounds alternate between the servers, and the
figures are medians of ${ROUNDS}.

Machine: ${MACHINE}.

${sections.join("\n")}`,
  );
}

for (const [title, measureAll] of Object.entries(SECTIONS)) {
  if (asked.size > 0 && !asked.has(title.toLowerCase())) continue;
  say(title);
  texts.set(title, await measureAll());
  await writePage();
}
