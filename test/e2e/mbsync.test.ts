/** A folder of 10,000 messages, kept the same in two Maildirs by mbsync, with the server between them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Gatepost, PASSWORD, succeed, temporaryFolder } from "../harness.ts";

const COUNT = 10_000;
const FOLDER = "Lists/Archive";

let server: Gatepost;
let here: Maildir;
let there: Maildir;
beforeAll(async () => {
  server = await Gatepost.start({ users: ["anna"] });
  [here, there] = [await Maildir.create("here"), await Maildir.create("there")];
});
afterAll(async () => {
  here.remove();
  there.remove();
  await server.remove();
});

/** A message as a Maildir has it. */
interface Entry {
  readonly file: string;
  /** Letters of the file name: D(raft) F(lagged) P(assed on) R(eplied) S(een). */
  readonly flags: string;
}

/** A Maildir with an mbsync of its own. */
class Maildir {
  private constructor(
    private readonly root: string,
    private readonly path: string,
  ) {}

  static async create(name: string): Promise<Maildir> {
    const root = temporaryFolder(`gatepost-mbsync-${name}`);
    const path = join(root, "mail", ...FOLDER.split("/"));
    for (const part of ["cur", "new", "tmp"]) mkdirSync(join(path, part), { recursive: true });
    writeFileSync(
      join(root, "mbsyncrc"),
      `FSync no

IMAPAccount gatepost
Host localhost
Port ${server.port(993)}
User anna
Pass ${PASSWORD}
SSLType IMAPS
CertificateFile ${await server.rootFile()}

IMAPStore far
Account gatepost

MaildirStore near
Path ${root}/mail/
Inbox ${root}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns ${FOLDER}
Create Both
Expunge Both
CopyArrivalDate yes
SyncState *
`,
    );
    return new Maildir(root, path);
  }

  /** Puts a message in. */
  add(id: number, octets: Buffer, flags: string): void {
    const file = join(this.path, "cur", `${1_600_000_000 + id}.${id}.test:2,${flags}`);
    writeFileSync(file, octets);
    utimesSync(file, 1_600_000_000 + id, 1_600_000_000 + id);
  }

  /** Every message by its X-Number field. */
  entries(): Map<number, Entry> {
    const entries = new Map<number, Entry>();
    for (const part of ["cur", "new"]) {
      for (const name of readdirSync(join(this.path, part))) {
        const file = join(this.path, part, name);
        const id = Number(/^X-Number: (\d+)$/m.exec(readFileSync(file, "latin1"))?.[1]);
        if (entries.has(id)) throw new Error(`message ${id} is there twice`);
        entries.set(id, { file, flags: /:2,([A-Z]*)/.exec(name)?.[1] ?? "" });
      }
    }
    return entries;
  }

  /** What there is to compare: octets, flags and date of every message. */
  contents(): Map<number, { text: string; flags: string; at: number }> {
    return new Map(
      [...this.entries()]
        .sort(([a], [b]) => a - b)
        .map(([id, { file, flags }]) => [
          id,
          { text: textOf(file), flags, at: Math.floor(statSync(file).mtimeMs / 1000) },
        ]),
    );
  }

  /** Adds and takes away flags. */
  mark({ file }: Entry, change: (flags: Set<string>) => void): void {
    const [base = "", flags = ""] = file.replace("/new/", "/cur/").split(":2,");
    const set = new Set(flags);
    change(set);
    renameSync(file, `${base}:2,${[...set].sort().join("")}`);
  }

  async sync(): Promise<void> {
    await succeed(["mbsync", "--config", join(this.root, "mbsyncrc"), "all"], { seconds: 240 });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A message without the field by which mbsync finds again what it has sent. */
function textOf(file: string): string {
  return readFileSync(file, "latin1").replace(/^X-TUID: .*\n/m, "");
}

/** Messages of many shapes: text in several encodings, parts, no body, long headers, and lines that begin with dots. */
function message(id: number): Buffer {
  const head = `From: Sender ${id % 97} <s${id % 97}@lists.test>\nTo: list@lists.test\nMessage-ID: <${id}@lists.test>\nX-Number: ${id}\n`;
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at} of ${id}\n`).join("");
  switch (id % 8) {
    case 0:
      return Buffer.from(`${head}Subject: plain ${id}\n\n${lines(id % 60)}`);
    case 1:
      return Buffer.from(
        `${head}Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_${id}?=\nContent-Type: text/plain; charset=utf-8\n\nGrüße 日本語 ${id}\n`,
      );
    case 2:
      return Buffer.from(
        `${head}Subject: latin ${id}\nContent-Type: text/plain; charset=iso-8859-1\n\nGrüße ${id}\n`,
        "latin1",
      );
    case 3:
      return Buffer.from(`${head}Subject: nothing in it ${id}\n\n`);
    case 4:
      return Buffer.from(`${head}Subject: dots ${id}\n\n.\n..\n.${id}\nFrom me\n`);
    case 5:
      return Buffer.from(
        `${head}References:${Array.from({ length: 20 }, (_, at) => `\n <${at}.${id}@lists.test>`).join("")}\nSubject: thread ${id}\n\n${lines(3)}`,
      );
    case 6:
      return Buffer.from(
        `${head}Subject: parts ${id}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b${id}"\n\n--b${id}\n\ntext\n--b${id}\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${Buffer.alloc(300, id % 251).toString("base64")}\n--b${id}--\n`,
      );
    default:
      return Buffer.from(`${head}Subject: long ${id}\n\n${`${"x".repeat(990)}\n`.repeat(id % 5)}no newline at the end`);
  }
}

const FLAGS = ["", "S", "FS", "RS", "F", "PS", "DS", "FRS"];

/** Exchanges the news of both sides over the server. */
async function exchange(first: Maildir, second: Maildir): Promise<void> {
  await first.sync();
  await second.sync();
}

function expectSame(count: number): void {
  const [mine, theirs] = [here.contents(), there.contents()];
  expect(mine.size).toBe(count);
  expect([...theirs.keys()]).toEqual([...mine.keys()]);
  const different = [...mine].filter(([id, entry]) => !Bun.deepEquals(entry, theirs.get(id)));
  const [[id, entry] = [0, undefined]] = different;
  expect(entry).toEqual(theirs.get(id));
  expect(different).toHaveLength(0);
}

/** How many messages the server says the folder has. */
async function onServer(): Promise<number | undefined> {
  const { folders } = await server.json<{ folders: { name: string; messages: number }[] }>(
    "mailbox",
    "show",
    "anna@example.test",
  );
  return folders.find(({ name }) => name === FOLDER)?.messages;
}

test("10,000 messages go up from one Maildir and down into another", async () => {
  for (let id = 1; id <= COUNT; id++) here.add(id, message(id), FLAGS[(id * 7) % FLAGS.length] ?? "");
  await exchange(here, there);
  expect(await onServer()).toBe(COUNT);
  expectSame(COUNT);
}, 240_000);

test("flags and deletions of both sides reach the other", async () => {
  for (const [id, entry] of here.entries()) {
    if (id % 10 === 1) unlinkSync(entry.file);
    else if (id % 10 === 2) here.mark(entry, (flags) => flags.add("F").add("S"));
    else if (id % 10 === 3) here.mark(entry, (flags) => flags.delete("S"));
  }
  await exchange(here, there);
  expectSame(9_000);
  for (const [id, entry] of there.entries()) {
    if (id % 10 === 4) unlinkSync(entry.file);
    else if (id % 10 === 5) there.mark(entry, (flags) => flags.add("R"));
    else if (id % 10 === 6) there.mark(entry, (flags) => flags.clear());
  }
  await exchange(there, here);
  expectSame(8_000);
  expect(await onServer()).toBe(8_000);
  const flags = [...here.contents()].map(([id, entry]) => [id % 10, entry.flags] as const);
  expect(flags.filter(([digit]) => digit === 2).every(([, text]) => /F.*S/.test(text))).toBe(true);
  expect(flags.filter(([digit]) => digit === 3).some(([, text]) => text.includes("S"))).toBe(false);
  expect(flags.filter(([digit]) => digit === 5).every(([, text]) => text.includes("R"))).toBe(true);
  expect(flags.filter(([digit]) => digit === 6).every(([, text]) => text === "")).toBe(true);
}, 240_000);

test("new messages, flags and deletions of both sides at once come together", async () => {
  for (let id = 1; id <= 200; id++) {
    here.add(20_000 + id, message(20_000 + id), "S");
    there.add(30_000 + id, message(30_000 + id), "");
  }
  for (const [id, entry] of here.entries()) if (id % 100 === 7) here.mark(entry, (flags) => flags.add("F"));
  for (const [id, entry] of there.entries())
    if (id % 100 === 7 && id < 20_000) there.mark(entry, (flags) => flags.add("R"));
  for (const [id, entry] of there.entries()) if (id % 100 === 8) unlinkSync(entry.file);
  await exchange(here, there);
  await here.sync();
  const count = 8_000 + 200 + 200 - 100 - 2;
  expectSame(count);
  expect(await onServer()).toBe(count);
  const both = [...here.contents()].filter(([id]) => id % 100 === 7 && id < 20_000).map(([, { flags }]) => flags);
  expect(both.every((flags) => flags.includes("F") && flags.includes("R"))).toBe(true);
}, 240_000);
