/**
 * The executable collects from Dovecot, and from another one of its own kind, and is killed on the way as a power cut would: nothing is lost,
 * nothing comes twice, and what was told to be removed is removed only when it is here.
 */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Gatepost, until } from "../harness.ts";
import { DovecotSource, SECRET } from "../transport/dovecot-source.ts";
import { curl } from "./readers.ts";

/** Power cuts, and messages in each of the two accounts. */
const CUTS = 3;
const LETTERS = 36;

let source: DovecotSource;
let server: Gatepost;

beforeAll(async () => {
  [source, server] = await Promise.all([
    DovecotSource.start(),
    Gatepost.start({ users: ["anna", "bert"], settings: ["spam.enabled=false", "dns.servers=[]"] }),
  ]);
});

afterAll(async () => {
  await server.remove();
  await source.stop();
});

const letter = (id: string) =>
  `From: z@[192.0.2.1]\r\nSubject: ${id}\r\nMessage-ID: <${id}@far.test>\r\n\r\n${"Hello.\r\n".repeat(500)}`;
const ids = (name: string) => Array.from({ length: LETTERS }, (_, at) => `${name}-${at}`);
const from = (protocol: "imap" | "pop3", login: string) => [
  ...["host=127.0.0.1", `port=${source.ports[protocol]}`, `protocol=${protocol}`, "tls=none", "local=yes"],
  ...[`login=${login}`, "minutes=1", "idle=no"],
];

/** The subjects of somebody's INBOX; curl takes only so much at a time. */
async function subjects(login: string): Promise<string[]> {
  const url = `imaps://localhost:${server.port(993)}/INBOX`;
  const found: string[] = [];
  for (let at = 1; at <= LETTERS + 1; at += 12) {
    const said = await curl(server, login, url, "--request", `UID FETCH ${at}:${at + 11} (ENVELOPE)`);
    found.push(...[...said.matchAll(/ENVELOPE \((?:NIL|"[^"]*") "([^"]*)"/g)].map(([, subject = ""]) => subject));
  }
  return found;
}

test("each message comes once, however often the power is cut", async () => {
  source.deliver("far-anna", ids("a").map(letter));
  source.deliver("far-bert", ids("b").map(letter));
  await server.command(
    ["collect", "add", "anna@example.test", ...from("imap", "far-anna"), "keepDays=0", "--password-stdin"],
    SECRET,
  );
  await server.command(
    ["collect", "add", "bert@example.test", ...from("pop3", "far-bert"), "--password-stdin"],
    SECRET,
  );
  const database = new Database(join(server.folder, "gatepost.db"), { readonly: true });
  const noted = () => Number(database.query("SELECT count(*) FROM collect_journal WHERE uid <> ''").values()[0]?.[0]);
  for (let cut = 1; cut <= CUTS; cut++) {
    const mark = Math.floor((2 * LETTERS * (cut - Math.random() / 2)) / (CUTS + 1));
    await until(() => noted() >= mark, `${mark} messages`);
    await server.kill();
    await server.resume();
  }
  await until(() => noted() === 2 * LETTERS, "all messages");
  database.close();
  for (const [login, name] of [
    ["anna", "a"],
    ["bert", "b"],
  ] as const) {
    await server.command(["collect", "run", `${login}@example.test`, `far-${login} at 127.0.0.1`]);
    expect((await subjects(login)).sort()).toEqual(ids(name).sort());
  }
  expect(source.count("far-anna")).toBe(0);
  expect(source.count("far-bert")).toBe(LETTERS);
});
