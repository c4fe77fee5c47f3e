/** One thing in the place of another: what is there goes only when the other has come. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Jail } from "../../src/files/files.ts";
import { filesPeople } from "../../src/files/tables.ts";
import { FilesHouse, kindOf, put } from "./house.ts";

let house: FilesHouse;
let jail: Jail;
beforeAll(async () => {
  house = new FilesHouse();
  jail = await house.jail(house.person(1, "anna"));
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const here = (...path: string[]) => house.disk("people", "anna", ...path);
const read = (...path: string[]) => readFileSync(here(...path), "utf8");
const hidden = (...path: string[]) => readdirSync(here(...path)).filter((name) => name.startsWith(".gatepost-"));
const usage = () => jail.accountOf("/").usage;

/** A new place: `/N/old/a.txt` and `/N/new/b.txt`. */
let places = 0;
async function place(): Promise<string> {
  const at = `/${++places}`;
  for (const folder of [at, `${at}/old`, `${at}/new`, `${at}/new/deeper`]) await jail.mkdir(folder);
  await put(jail, `${at}/old/a.txt`, "old");
  await put(jail, `${at}/new/b.txt`, "newer");
  return at;
}

test("folders and files take each other's place, and what was there is not counted any more", async () => {
  const at = await place();
  await put(jail, `${at}/file`, "file");
  const before = usage();
  await jail.copy(`${at}/new`, `${at}/old`, { replace: true });
  expect(readdirSync(here(at, "old")).sort()).toEqual(["b.txt", "deeper"]);
  expect(usage()).toEqual({ octets: before.octets + 2, files: before.files + 1 });
  await jail.rename(`${at}/new`, `${at}/old`, { replace: "whole" });
  expect(read(at, "old", "b.txt")).toBe("newer");
  expect(usage()).toEqual({ octets: before.octets - 3, files: before.files - 2 });
  await jail.rename(`${at}/file`, `${at}/old`, { replace: "whole" });
  expect(read(at, "old")).toBe("file");
  await jail.mkdir(`${at}/folder`);
  await jail.copy(`${at}/folder`, `${at}/old`, { replace: true, shallow: true });
  expect(readdirSync(here(at))).toEqual(["folder", "old"]);
  const counted = usage();
  await house.files.close();
  house.store.close();
  house = new FilesHouse(house.folder);
  jail = await house.jail(house.person(1, "anna"));
  expect(usage()).toEqual(counted);
});

test("what is too deep for the place is refused, and what was there stays", async () => {
  const at = await place();
  const way = Array.from({ length: 60 }, () => "d");
  mkdirSync(here(at, "new", ...way), { recursive: true });
  const low = `/${Array.from({ length: 50 }, () => "l").join("/")}`;
  mkdirSync(here(at, low, "old"), { recursive: true });
  writeFileSync(here(at, low, "old", "a.txt"), "old");
  const goal = `${at}${low}/old`;
  expect(await kindOf(jail.rename(`${at}/new`, goal, { replace: "whole" }))).toBe("invalid");
  expect(await kindOf(jail.copy(`${at}/new`, goal, { replace: true }))).toBe("invalid");
  expect(read(at, low, "old", "a.txt")).toBe("old");
  expect(read(at, "new", "b.txt")).toBe("newer");
  expect(hidden(at, low)).toEqual([]);
});

test("a copy has the room of what it replaces, and one that has not is refused with nothing changed", async () => {
  const at = await place();
  await put(jail, `${at}/old/large`, "x".repeat(1_000));
  await put(jail, `${at}/new/large`, "y".repeat(900));
  const { octets, files } = usage();
  await house.set({ maxOctets: octets + 10 });
  await jail.copy(`${at}/new`, `${at}/old`, { replace: true });
  expect(read(at, "old", "large")).toBe("y".repeat(900));
  await put(jail, `${at}/new/more`, "z".repeat(100));
  await house.set({ maxOctets: usage().octets + 10 });
  const before = usage();
  expect(await kindOf(jail.copy(`${at}/new`, `${at}/old`, { replace: true }))).toBe("overQuota");
  expect(usage()).toEqual(before);
  await house.set({ maxOctets: null, maxFiles: before.files });
  for (const name of ["c", "d"]) mkdirSync(here(at, "new", name));
  expect(await kindOf(jail.copy(`${at}/new`, `${at}/old`, { replace: true }))).toBe("overQuota");
  await house.set({ maxFiles: null });
  expect(usage()).toEqual(before);
  expect(read(at, "old", "large")).toBe("y".repeat(900));
  expect(existsSync(here(at, "old", "more"))).toBe(false);
  expect(hidden(at)).toEqual([]);
  expect(files).toBeGreaterThan(0);
});

test("what was put aside by a server that was killed is back after the next start", async () => {
  const at = await place();
  await put(jail, `${at}/taken`, "new");
  // Before the new one came; after it, and before that was noted; and when only the removal was left.
  for (const name of ["aside-1/old", "aside-2/taken", "gone-3/old"])
    mkdirSync(here(at, `.gatepost-${name}/..`), { recursive: true });
  renameSync(here(at, "old"), here(at, ".gatepost-aside-1/old"));
  writeFileSync(here(at, ".gatepost-aside-2/taken"), "old");
  writeFileSync(here(at, ".gatepost-gone-3/old"), "gone");
  await house.store.commit((tx) => tx.db.update(filesPeople).set({ changing: true }).run());
  await house.files.start();
  expect(hidden(at)).toEqual([]);
  expect(read(at, "old", "a.txt")).toBe("old");
  expect(read(at, "taken")).toBe("new");
  expect(read(at, "taken (before 2)")).toBe("old");
  expect(readdirSync(here(at)).sort()).toEqual(["new", "old", "taken", "taken (before 2)"]);
});
