/** The write-ahead log: pages move into the file before the log gets long, and nothing is lost on the way. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Store } from "../../src/store/store.ts";

const PAGE = 4_096;

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatepost-log-"));
  store = Store.open(folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Commits so many facts of about a megabyte in all. */
async function fill(from: number, count = 250): Promise<void> {
  const value = JSON.stringify("x".repeat(PAGE));
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      store.commit((tx) =>
        tx.client.run("INSERT INTO facts (room, name, value) VALUES ('test', ?, ?)", [`fact-${from + n}`, value]),
      ),
    ),
  );
}

function facts(client: Database): number {
  return Number(client.query("SELECT count(*) FROM facts WHERE room = 'test'").values()[0]?.[0]);
}

test("it does not grow with what is committed", async () => {
  for (let turn = 0; turn < 40; turn++) await fill(turn * 250);
  expect(facts(store.client)).toBe(10_000);
  expect(statSync(join(folder, "gatepost.db-wal")).size).toBeLessThan(3_000 * PAGE);
  expect(statSync(join(folder, "gatepost.db")).size).toBeGreaterThan(8_000 * PAGE);
});

test("commits at once, between and behind others wait for what is being moved", async () => {
  for (let turn = 0; turn < 20; turn++) {
    const filled = fill(turn * 1_000, 999);
    store.commitNow((tx) =>
      tx.client.run("INSERT INTO facts (room, name, value) VALUES ('test', ?, '1')", [`fact-${turn * 1_000 + 999}`]),
    );
    await filled;
  }
  expect(facts(store.client)).toBe(20_000);
  expect(store.client.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
});

test("the file with its log holds everything at any moment", async () => {
  for (let turn = 0; turn < 12; turn++) {
    await fill(turn * 250);
    const copy = mkdtempSync(join(tmpdir(), "gatepost-log-"));
    cpSync(folder, copy, { recursive: true });
    const client = new Database(join(copy, "gatepost.db"));
    expect(facts(client)).toBe((turn + 1) * 250);
    client.close();
    rmSync(copy, { recursive: true });
  }
});
