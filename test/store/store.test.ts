import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../../src/refusal.ts";
import { topic } from "../../src/store/changes.ts";
import { CHUNK_SIZE, type Staged } from "../../src/store/content-writer.ts";
import { newTrace } from "../../src/store/events.ts";
import { MIGRATIONS, migrate } from "../../src/store/migrate.ts";
import { defineSettings } from "../../src/store/settings.ts";
import { Store } from "../../src/store/store.ts";
import { facts } from "../../src/store/tables.ts";

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatepost-store-"));
  store = Store.open(folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function note(name: string) {
  return { room: "test", name, value: 1 };
}

function names(): string[] {
  return store.db
    .select()
    .from(facts)
    .all()
    .map((row) => row.name);
}

describe("commit", () => {
  test("work of one turn lands together and each call gets its own result", async () => {
    const insert = (n: number) =>
      store.commit((tx) => {
        tx.db
          .insert(facts)
          .values(note(`n${n}`))
          .run();
        return n;
      });
    const results = await Promise.all([1, 2, 3].map(insert));
    expect(results).toEqual([1, 2, 3]);
    expect(names()).toEqual(["n1", "n2", "n3"]);
  });

  test("work that throws undoes only itself", async () => {
    const good = store.commit((tx) => tx.db.insert(facts).values(note("good")).run());
    const bad = store.commit((tx) => {
      tx.db.insert(facts).values(note("bad")).run();
      throw new Refusal("invalid", "no");
    });
    const later = store.commit((tx) => tx.db.insert(facts).values(note("later")).run());
    expect(bad).rejects.toThrow("no");
    await Promise.all([good, later]);
    expect(names()).toEqual(["good", "later"]);
  });

  test("changes are told after the commit, before the caller hears, and not for work that failed", async () => {
    const changed = topic<string>("test.changed");
    const heard: string[] = [];
    store.changes.on(changed, (name) => heard.push(`${name}:${names().includes(name)}`));
    const failed = store.commit((tx) => {
      tx.emit(changed, "lost");
      throw new Error("no");
    });
    await store.commit((tx) => {
      tx.db.insert(facts).values(note("kept")).run();
      tx.emit(changed, "kept");
    });
    expect(heard).toEqual(["kept:true"]);
    expect(failed).rejects.toThrow("no");
  });

  test("what can be read and is not on the disk yet can be waited for", async () => {
    const written = topic<string>("written");
    const told: string[] = [];
    store.changes.on(written, (name) => told.push(name));
    await store.settled();
    const insert = (name: string) =>
      store.commit((tx) => {
        tx.db.insert(facts).values(note(name)).run();
        tx.emit(written, name);
      });
    const commits = [insert("a"), insert("b")];
    while (names().length < 2) await new Promise((resolve) => setImmediate(resolve));
    await store.settled();
    expect(told).toEqual(["a", "b"]);
    await Promise.all(commits);
    await store.settled();
  });

  test("a full file refuses with a temporary noSpace, keeps what was there and works again with room", async () => {
    await store.commit((tx) => tx.db.insert(facts).values(note("before")).run());
    const pages = Number(store.client.query("PRAGMA page_count").values()[0]?.[0]);
    store.client.run(`PRAGMA max_page_count = ${pages + 4}`);
    const big = "x".repeat(200_000);
    const full = store.commit((tx) =>
      tx.db
        .insert(facts)
        .values({ ...note("big"), value: big })
        .run(),
    );
    const small = store.commit((tx) => tx.db.insert(facts).values(note("small")).run());
    const refusal = await full.catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ kind: "noSpace", temporary: true, smtp: { code: 452 } });
    await small;
    store.client.run("PRAGMA max_page_count = 1000000");
    await store.commit((tx) =>
      tx.db
        .insert(facts)
        .values({ ...note("big"), value: big })
        .run(),
    );
    expect(names().sort()).toEqual(["before", "big", "small"]);
  });

  test("a full file is closed in order, with what could not be dropped and events that could not be written", async () => {
    store.events.log({ room: "test", name: "before" });
    const writer = store.content.writer();
    await writer.write(Buffer.from("nobody wants this"));
    const { parked } = await writer.finish({ park: true });
    store.client.run("PRAGMA max_page_count = 1");
    store.events.log({ room: "test", name: "long", data: { octets: "x".repeat(3_000_000) } });
    await store.content.drop(parked?.id ?? 0);
    store.close();
    store = Store.open(folder);
    expect(store.client.query("SELECT count(*) FROM contents").values()).toEqual([[0]]);
  });
});

describe("file", () => {
  test("only its owner may read the folder and the file", () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "gatepost.db")).mode & 0o777).toBe(0o600);
  });

  test("a file of a newer version is refused with a sentence", () => {
    store.client.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    store.close();
    expect(() => Store.open(folder)).toThrow("newer Gatepost");
    store = Store.open(mkdtempSync(join(tmpdir(), "gatepost-store-")));
  });

  test("an upgrade keeps a copy of the file, and one that fails changes nothing", () => {
    const file = join(folder, "gatepost.db");
    const next = [...MIGRATIONS, { name: "9998_good", statements: ["CREATE TABLE good (id INTEGER)"] }];
    migrate(store.client, file, next);
    expect(statSync(`${file}.before-9998_good`).size).toBeGreaterThan(0);
    const broken = [
      ...next,
      { name: "9999_bad", statements: ["CREATE TABLE half (id INTEGER)", "CREATE TABLE good (id)"] },
    ];
    expect(() => migrate(store.client, file, broken)).toThrow("already exists");
    expect(store.client.query("SELECT name FROM sqlite_master WHERE name = 'half'").all()).toEqual([]);
    expect(store.client.query("PRAGMA user_version").values()).toEqual([[next.length]]);
    store.client.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
});

describe("content", () => {
  async function stage(bytes: Uint8Array, step = 50_000): Promise<Staged> {
    const writer = store.content.writer();
    for (let at = 0; at < bytes.length; at += step) await writer.write(bytes.subarray(at, at + step));
    return await writer.finish();
  }
  const rows = (table: string) => store.client.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0];

  test.each([0, 1, 4_096, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 5_000_000])(
    "%d octets come back as they went in",
    async (size) => {
      const bytes = new Uint8Array(size).map((_, i) => (i * 31 + (i >> 8)) & 255);
      const staged = await stage(bytes);
      const id = await store.commit((tx) => store.content.adopt(tx, staged));
      expect(store.content.size(id)).toBe(size);
      expect(Buffer.compare(store.content.read(id), bytes)).toBe(0);
      const parts: Uint8Array[] = [];
      for await (const part of store.content.stream(id, 10, size - 10)) parts.push(part);
      expect(Buffer.compare(Buffer.concat(parts), bytes.subarray(10, Math.max(10, size - 10)))).toBe(0);
      const middle = Math.floor(size / 2);
      expect(Buffer.compare(store.content.read(id, middle, middle + 7), bytes.subarray(middle, middle + 7))).toBe(0);
    },
  );

  test.each([0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 5_000_000])(
    "%d octets come back behind the head that is set in front of them at the end",
    async (size) => {
      const bytes = new Uint8Array(size).map((_, i) => (i * 31 + (i >> 8)) & 255);
      const head = new Uint8Array(3_000).fill(9);
      const whole = Buffer.concat([head, bytes]);
      const writer = store.content.writer();
      for (let at = 0; at < size; at += 50_000) await writer.write(bytes.subarray(at, at + 50_000));
      expect(Buffer.compare(Buffer.concat(await Array.fromAsync(writer.octets())), bytes)).toBe(0);
      const staged = await writer.finish({ head });
      const before = Buffer.concat(await Array.fromAsync(store.content.streamStaged(staged)));
      expect(Buffer.compare(before, whole)).toBe(0);
      const id = await store.commit((tx) => store.content.adopt(tx, staged));
      expect(store.content.size(id)).toBe(whole.length);
      expect(Buffer.compare(store.content.read(id), whole)).toBe(0);
      const parts = await Array.fromAsync(store.content.stream(id, 10, whole.length - 10));
      expect(Buffer.compare(Buffer.concat(parts), whole.subarray(10, whole.length - 10))).toBe(0);
    },
  );

  test("equal octets are stored once and go with the last reference", async () => {
    const bytes = new Uint8Array(4_000_000).fill(7);
    const [first, second] = [await stage(bytes), await stage(bytes)];
    const freed: number[] = [];
    store.content.onFree((_tx, id) => freed.push(id));
    const [a, b] = await store.commit((tx) => [store.content.adopt(tx, first), store.content.adopt(tx, second)]);
    expect(a).toBe(b);
    expect(rows("contents")).toBe(1);
    await store.commit((tx) => store.content.release(tx, a));
    expect(rows("contents")).toBe(1);
    await store.commit((tx) => store.content.release(tx, a));
    expect([rows("contents"), rows("chunks"), freed]).toEqual([0, 0, [a]]);
  });

  test("an aborted or forgotten content leaves nothing behind", async () => {
    const aborted = store.content.writer();
    await aborted.write(new Uint8Array(6_000_000));
    expect(rows("chunks")).toBeGreaterThan(0);
    await aborted.abort();
    expect([rows("contents"), rows("chunks")]).toEqual([0, 0]);
    await store.content.writer().write(new Uint8Array(6_000_000));
    store.close();
    store = Store.open(folder);
    expect([rows("contents"), rows("chunks")]).toEqual([0, 0]);
  });
});

describe("settings", () => {
  const group = defineSettings("test", () =>
    z.object({ size: z.number().int().max(10).default(3).describe("a size") }),
  );

  test("have defaults, are checked, kept and told", async () => {
    const heard: unknown[] = [];
    store.settings.onChange(group, (values) => heard.push(values));
    expect(store.settings.get(group)).toEqual({ size: 3 });
    await store.settings.set(group, { size: 5 });
    expect(store.settings.set(group, { size: 11 })).rejects.toMatchObject({ kind: "invalid" });
    expect(store.settings.get(group)).toEqual({ size: 5 });
    expect(heard).toEqual([{ size: 5 }]);
    store.close();
    store = Store.open(folder);
    expect(store.settings.get(group)).toEqual({ size: 5 });
  });

  test("a change that is undone is not seen", async () => {
    const undone = store.commit((tx) => {
      store.settings.setWithin(tx, group, { size: 9 });
      throw new Error("no");
    });
    expect(undone).rejects.toThrow("no");
    await store.commit(() => undefined);
    expect(store.settings.get(group)).toEqual({ size: 3 });
  });

  test("are read once, also where all who ask are changing something", async () => {
    let made = 0;
    const counted = defineSettings("counted", () => {
      made++;
      return z.object({ size: z.number().default(3) });
    });
    for (let at = 0; at < 3; at++) await store.commit(() => store.settings.get(counted));
    expect(made).toBe(1);
    const undone = store.commit((tx) => {
      store.settings.setWithin(tx, group, { size: 9 });
      expect(store.settings.get(group)).toEqual({ size: 9 });
      throw new Error("no");
    });
    expect(undone).rejects.toThrow("no");
    await store.commit(() => undefined);
    expect(store.settings.get(group)).toEqual({ size: 3 });
  });
});

describe("events", () => {
  test("what strangers send stays within one line", () => {
    const name = "x\r\n2026-01-01T00:00:00.000Z info auth login.accepted: forged\u001b[2J\u202e";
    store.events.log({ room: "test", name: "refused", user: name, text: `No ${name}` });
    const forged = "x?2026-01-01T00:00:00.000Z info auth login.accepted: forged?[2J?";
    expect(store.events.recent()[0]).toMatchObject({ user: forged, text: `No ${forged}` });
  });

  test("are found by trace, latest first, and go after the retention", async () => {
    const trace = newTrace();
    store.events.log({ room: "test", name: "one", trace });
    store.events.log({ room: "test", name: "two", trace, data: { n: 1 } });
    store.events.log({ room: "test", name: "other" });
    store.events.log({ room: "test", name: "quiet", level: "debug" });
    expect(store.events.recent({ trace }).map((event) => event.name)).toEqual(["two", "one"]);
    expect(store.events.recent().map((event) => event.name)).toEqual(["other", "two", "one"]);
    expect(await store.events.prune(Date.now() + 31 * 86_400_000)).toBe(3);
    expect(store.events.recent()).toEqual([]);
  });

  test("trace ids are unique and sort by time", () => {
    const ids = Array.from({ length: 1000 }, newTrace);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-z]{16}$/.test(id))).toBe(true);
  });
});
