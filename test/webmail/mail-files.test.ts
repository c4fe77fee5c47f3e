/** Mail in files: what goes out comes in again as it was, what other programs write is read, and a hostile file harms nobody. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONSOLE } from "../../src/administration/actor.ts";
import { exportMail, importMail } from "../../src/administration/mail/mail-files.ts";
import { filesSettings } from "../../src/files/settings.ts";
import { exported } from "../../src/mailstore/exchange/exporting.ts";
import type { ExportFormat } from "../../src/mailstore/exchange/formats.ts";
import { ANSWERED, FLAGGED, SEEN } from "../../src/mailstore/flags.ts";
import { inMbox, readMbox } from "../../src/mime/mbox.ts";
import { unzip } from "../../src/mime/unzip.ts";
import { transportSettings } from "../../src/transport/settings.ts";
import { type Browser, House } from "./house.ts";

let house: House;
let ann: Browser;
let own: number;
let at: string;

const PLAIN =
  "From: zoe@pipes.example\r\nSubject: Pipes\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nFrom now on\r\n>From then\r\n\r\nFrom me\r\n";

beforeAll(async () => {
  house = await House.build();
  own = house.user("ann").primaryMailbox;
  at = `/mail/options/mailboxes/${own}`;
  ann = await house.signIn("ann");
  const inbox = house.folderId("ann");
  await house.put(inbox, PLAIN, { flags: SEEN | FLAGGED, at: Date.UTC(2026, 2, 2, 9) });
  await house.put(inbox, "Subject: Ümläut\r\n\r\nno end", { flags: ANSWERED, at: Date.UTC(2026, 2, 3) });
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const gathered = async (octets: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> =>
  Buffer.concat(await Array.fromAsync(octets));
const lying = (octets: Uint8Array) => ({
  size: octets.length,
  read: async (from: number, length: number) => octets.subarray(from, from + length),
});

/** What lies in a folder: octets, flags and time of each message. */
async function contentsOf(name: string) {
  const folder = house.mailstore.folder(own, name);
  if (folder === undefined) return undefined;
  const view = await house.mailstore.open(folder.id);
  try {
    return Array.from({ length: view.count }, (_, index) => ({
      text: Buffer.from(house.store.content.read(view.contentAt(index))).toString(),
      system: view.flagsAt(index).system,
      at: view.internalDateAt(index),
    }));
  } finally {
    view.close();
  }
}

/** Brings a file by the page, and waits until it was read. */
async function bring(octets: Uint8Array<ArrayBuffer> | string, name: string, folder: string) {
  await ann.get(`${at}/import`);
  const form = new FormData();
  form.append("csrf", ann.csrf);
  form.append("folder", folder);
  form.append("file", new File([octets], name));
  const page = await ann.upload(`${at}/import?csrf=${ann.csrf}`, form);
  const exchange = await house.mailstore.exchange();
  while (exchange.progress(own)?.state === "running") await new Promise((resolve) => setImmediate(resolve));
  return { page, progress: exchange.progress(own) };
}

async function exportedAs(format: ExportFormat, name: string): Promise<Buffer<ArrayBuffer>> {
  const folder = house.mailstore.folder(own, name);
  return await gathered(exported(house, folder === undefined ? [] : [folder], format));
}

const folders = () => house.mailstore.folders(own).map(({ name }) => name);

describe("many messages", () => {
  const mbox = (count: number) =>
    Array.from({ length: count }, (_, n) => `From zoe@pipes.example\nSubject: Number ${n}\n\ntext ${n}\n\n`).join("");

  test("come in the order of the file", async () => {
    const { progress } = await bring(mbox(333), "many.mbox", "Many");
    expect(progress).toMatchObject({ state: "done", messages: 333, leftOut: 0 });
    const subjects = (await contentsOf("Many"))?.map(({ text }) => /^Subject: Number (\d+)/.exec(text)?.[1]);
    expect(subjects).toEqual(Array.from({ length: 333 }, (_, n) => String(n)));
  });

  test("come in as far as there is room, and it is said how many did", async () => {
    const { mailboxes } = house.directory;
    const { quota } = mailboxes.require(own);
    await mailboxes.update(own, { quota: { ...quota, messages: house.mailstore.usage(own).messages + 120 } });
    const { progress } = await bring(mbox(333), "many.mbox", "Full");
    await mailboxes.update(own, { quota });
    expect(progress).toMatchObject({ state: "failed", error: expect.stringContaining("full") });
    expect(progress?.messages).toBeGreaterThan(0);
    expect((await contentsOf("Full"))?.length).toBe(progress?.messages ?? 0);
  });
});

describe("a message that is larger than one may be", () => {
  const large = `From zoe@pipes.example\nSubject: Large\n\n${`${"y".repeat(70)}\n`.repeat(30_000)}\n`;
  const small = "From zoe@pipes.example\nSubject: Small\n\ntext\n\n";

  test("is left out, and all behind it comes", async () => {
    const { maxMessageSize } = house.store.settings.get(transportSettings);
    await house.store.settings.set(transportSettings, { maxMessageSize: 1_048_576 });
    const { progress } = await bring(large + small + large + small, "large.mbox", "Left out");
    await house.store.settings.set(transportSettings, { maxMessageSize });
    expect(progress).toMatchObject({ state: "done", messages: 2, leftOut: 2 });
    expect((await contentsOf("Left out"))?.map(({ text }) => text)).toEqual(
      Array(2).fill("Subject: Small\r\n\r\ntext\r\n"),
    );
  });

  test("may be left after its first octets", async () => {
    const source = async function* () {
      yield Buffer.from(large + small);
    };
    const first: number[] = [];
    for await (const { octets } of readMbox(source()))
      for await (const piece of octets) {
        first.push(piece.length);
        break;
      }
    expect(first).toEqual([65_538, "Subject: Small\r\n\r\ntext\r\n".length]);
  });
});

describe("mail that went out", () => {
  test("comes in again from an mbox, octet by octet but for what an mbox cannot hold", async () => {
    await house.mailstore.createFolder(own, "Back");
    const { page, progress } = await bring(await exportedAs("mbox", "INBOX"), "INBOX.mbox", "Back");
    expect([page.status, page.location]).toEqual([303, `${at}/import`]);
    expect(progress).toMatchObject({ state: "done", messages: 2, leftOut: 0, called: "INBOX.mbox" });
    const [first, second] = (await contentsOf("Back")) ?? [];
    expect(first).toEqual({
      text: `Status: RO\r\nX-Status: F\r\n${PLAIN}`,
      system: SEEN | FLAGGED,
      at: Date.UTC(2026, 2, 2, 9),
    });
    expect(second).toMatchObject({ system: ANSWERED, at: Date.UTC(2026, 2, 3) });
    expect(second?.text).toEndWith("Subject: Ümläut\r\n\r\nno end\r\n");
  });

  test("comes in again from a Maildir with flags and times, each octet as it was", async () => {
    const before = await contentsOf("INBOX");
    const { progress } = await bring(await exportedAs("maildir", "INBOX"), "mail.zip", "Back");
    expect(progress).toMatchObject({ state: "done", messages: 2 });
    expect((await contentsOf("Back"))?.slice(-2)).toEqual(before ?? []);
  });

  test("comes in again from files of single messages", async () => {
    const { progress } = await bring(await exportedAs("eml", "INBOX"), "mail.zip", "Back");
    expect(progress).toMatchObject({ state: "done", messages: 2 });
    expect((await contentsOf("Back"))?.slice(-2).map(({ text }) => text)).toEqual([
      PLAIN,
      "Subject: Ümläut\r\n\r\nno end",
    ]);
  });

  test("is one file a folder when all of it goes out, by the page too", async () => {
    const page = await ann.get(`${at}/export?format=mbox`);
    expect(page.headers.get("content-disposition")).toContain("ann.zip");
    const one = await ann.get(`${at}/export?format=mbox&folder=INBOX`);
    expect(one.text).toStartWith("From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n");
    expect((await ann.get(`${at}/export?folder=Nowhere`)).status).toBe(404);
  });
});

describe("mail of other programs", () => {
  test("lies in folders of a Maildir, named as Maildir++ names them", async () => {
    const { zip } = await import("../../src/mime/zip.ts");
    const message = (subject: string) =>
      (async function* () {
        yield Buffer.from(`Subject: ${subject}\n\nHello\n`);
      })();
    const files = [
      "Maildir/cur/1700000000.M1.host:2,RS",
      "Maildir/.Work.2020/new/1700000001.M2.host",
      "Maildir/.Entw&APw-rfe/cur/1700000002.x;2,F",
      "Maildir/dovecot.index",
    ];
    const archive = await gathered(
      zip(files.map((name, number) => ({ name, at: 0, content: message(String(number)) }))),
    );
    await bring(archive, "Maildir.zip", "INBOX");
    expect(folders()).toContain("Work/2020");
    expect(await contentsOf("Work/2020")).toEqual([
      { text: "Subject: 1\r\n\r\nHello\r\n", system: 0, at: 1_700_000_001_000 },
    ]);
    expect((await contentsOf("Entwürfe"))?.[0]).toMatchObject({ system: FLAGGED });
    expect((await contentsOf("INBOX"))?.at(-1)).toMatchObject({ system: SEEN | ANSWERED, at: 1_700_000_000_000 });
  });

  test("may have bare line feeds, notes of Thunderbird or Gmail, and no end", async () => {
    const mbox =
      "From - Mon Mar  2 09:00:00 2026\nX-Mozilla-Status: 0003\nSubject: a\n\nx\n\nFrom zoe@pipes.example Tue Mar  3 09:00:00 2026\r\nX-Gmail-Labels: Unread,Starred\r\nSubject: b\r\n\r\n>>From y";
    await house.mailstore.createFolder(own, "Others");
    await bring(mbox, "mbox", "Others");
    expect(await contentsOf("Others")).toEqual([
      {
        text: "X-Mozilla-Status: 0003\r\nSubject: a\r\n\r\nx\r\n",
        system: SEEN | ANSWERED,
        at: Date.UTC(2026, 2, 2, 9),
      },
      {
        text: "X-Gmail-Labels: Unread,Starred\r\nSubject: b\r\n\r\n>From y",
        system: FLAGGED,
        at: Date.UTC(2026, 2, 3, 9),
      },
    ]);
  });
});

describe("a file that is none, or hostile,", () => {
  test.each([
    ["a picture", "\x89PNG\r\n\x1a\n", "This is no mail"],
    ["nothing", "", "This is no mail"],
    ["half an archive", "PK\x03\x04 and no more", "The ZIP archive is broken"],
  ])("%s is refused with a sentence", async (_what, octets, sentence) => {
    const { progress } = await bring(Buffer.from(octets, "latin1"), "x", "INBOX");
    expect(progress).toMatchObject({ state: "failed", messages: 0 });
    expect(progress?.error).toContain(sentence);
    expect((await ann.get(`${at}/import`)).text).toContain(sentence);
  });

  test("that is refused is not kept, however often it is brought", async () => {
    const left = () => (existsSync(join(house.folder, "imports")) ? readdirSync(join(house.folder, "imports")) : []);
    const { page } = await bring(PLAIN, "x.eml", "");
    expect([page.status, left()]).toEqual([422, []]);
    // Whatever else is uploaded leaves the disk room for mail, too.
    await house.store.settings.set(filesSettings, { keepFree: Number.MAX_SAFE_INTEGER });
    const full = await bring(PLAIN, "x.eml", "INBOX");
    expect([full.page.text.includes("The disk is full."), left()]).toEqual([true, []]);
    await house.store.settings.set(filesSettings, { keepFree: 0 });
  });

  test("an archive that names places behind its end is broken, and no fault of ours", async () => {
    const ending = Buffer.alloc(56 + 20 + 22);
    ending.writeUInt32LE(0x0606_4b50, 0);
    ending.writeBigUInt64LE(46n, 40);
    ending.writeBigUInt64LE(0x7fff_ffff_ffff_0000n, 48);
    ending.writeUInt32LE(0x0706_4b50, 56);
    ending.writeUInt32LE(0x0605_4b50, 76);
    ending.writeUInt32LE(0xffff_ffff, 76 + 16);
    for (const place of [0n, 0x7fff_ffff_ffff_0000n]) {
      ending.writeBigUInt64LE(place, 64);
      const { progress } = await bring(Buffer.concat([Buffer.from("PK"), ending]), "x.zip", "INBOX");
      expect(progress?.error).toContain("The ZIP archive is broken");
      await expect(Array.fromAsync(unzip(lying(ending)))).rejects.toThrow("broken");
    }
  });

  test("an archive whose files lie in each other is broken", async () => {
    const { zip } = await import("../../src/mime/zip.ts");
    const content = (async function* () {
      yield Buffer.alloc(5_000, "Subject: x\n\nx\n");
    })();
    const one = await gathered(zip([{ name: "x.eml", at: 0, content }]));
    const directory = one.indexOf(Buffer.from("PK\x01\x02", "latin1"));
    const ending = one.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
    const entry = one.subarray(directory, ending);
    const tail = Buffer.from(one.subarray(ending));
    const many = 10_000;
    tail.writeUInt32LE(entry.length * many, 12);
    const bomb = Buffer.concat([one.subarray(0, directory), ...Array.from({ length: many }, () => entry), tail]);
    let octets = 0;
    const all = async () => {
      for await (const file of unzip(lying(bomb))) octets += (await gathered(file.octets())).length;
    };
    await expect(all()).rejects.toThrow("broken");
    expect(octets).toBeLessThan(many * 5_000);
  });

  test("an archive whose entries lie names no folder outside and ends soon", async () => {
    const good = await exportedAs("maildir", "INBOX");
    for (let cut = 0; cut < good.length; cut += 97) {
      const octets = Buffer.from(good);
      octets.writeUInt32LE(0xfffffff0, Math.min(cut, octets.length - 4));
      try {
        for await (const file of unzip(lying(octets))) await gathered(file.octets());
      } catch (thrown) {
        expect(String(thrown)).toMatch(/broken|too large/);
      }
    }
    const { zip } = await import("../../src/mime/zip.ts");
    const evil = zip([
      {
        name: "../../etc/%\u0001*/cur/1.x:2,S",
        at: 0,
        content: (async function* () {
          yield Buffer.from("Subject: x\n\nx");
        })(),
      },
    ]);
    await bring(await gathered(evil), "evil.zip", "INBOX");
    expect(folders().filter((name) => /[%*\u0001]/.test(name))).toEqual([]);
  });

  test("a line of a million octets passes through in pieces", async () => {
    const long = `From x Mon Mar  2 09:00:00 2026\nSubject: x\n\n${"y".repeat(1_000_000)}\n`;
    const sizes: number[] = [];
    const source = (async function* () {
      yield Buffer.from(long);
    })();
    for await (const { octets } of readMbox(source)) for await (const piece of octets) sizes.push(piece.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000_016);
    expect(Math.max(...sizes)).toBeLessThan(140_000);
    expect(
      (
        await gathered(
          inMbox(
            (async function* () {
              yield Buffer.from("From x\r\n>From y\r\nz");
            })(),
          ),
        )
      ).toString(),
    ).toBe(">From x\n>>From y\nz\n\n");
  });

  test("goes into nobody else's mailbox, and no file of the machine is read for a browser", async () => {
    const bobs = `/mail/options/mailboxes/${house.user("bob").primaryMailbox}`;
    const form = new FormData();
    form.append("file", new File(["Subject: x\n\nx"], "x.eml"));
    expect((await ann.upload(`${bobs}/import?csrf=${ann.csrf}`, form)).status).toBe(403);
    expect((await ann.get(`${bobs}/export`)).status).toBe(403);
    const actor = { kind: "user", user: house.user("ann"), via: "web" } as const;
    const asAnn = house.administration.perform(importMail, actor, { id: own, file: "/etc/passwd" });
    expect(asAnn).rejects.toThrow("Files are brought with a browser");
    const kept = house.administration.perform(importMail, actor, { id: own, kept: "../gatepost.db" });
    expect(kept).rejects.toThrow("There is no such file");
  });
});

test("whoever holds the data folder names files of the machine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-files-"));
  try {
    const file = join(folder, "inbox.mbox");
    const wrote = await house.administration.perform(exportMail, CONSOLE, {
      id: own,
      folder: "Others",
      format: "mbox",
      file,
    });
    expect(readFileSync(file)).toHaveLength(wrote.octets);
    expect(house.administration.perform(exportMail, CONSOLE, { id: own, file })).rejects.toThrow(
      "there is one already",
    );
    const told = await house.administration.perform(importMail, CONSOLE, {
      id: own,
      file,
      folder: "Fresh",
      wait: true,
    });
    expect(told).toMatchObject({ state: "done", messages: 2, folder: "Fresh" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
