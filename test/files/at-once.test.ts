/** Files that are opened within the call: the same ones as the usual way opens, and nothing else. */
import { afterAll, describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { join } from "node:path";
import { AtOnce } from "../../src/files/at-once.ts";
import { temporaryFolder } from "../harness.ts";

const folder = temporaryFolder("at-once");
fs.mkdirSync(join(folder, "base/a/b"), { recursive: true });
fs.writeFileSync(join(folder, "base/a/b/file"), "some octets");
fs.writeFileSync(join(folder, "outside"), "not for anybody");
fs.symlinkSync("file", join(folder, "base/a/b/link"));
fs.symlinkSync("b", join(folder, "base/a/way"));
fs.symlinkSync(folder, join(folder, "base/out"));
Bun.spawnSync(["mkfifo", join(folder, "base/pipe")]);
const base = fs.openSync(join(folder, "base"), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
const atOnce = AtOnce.create();

afterAll(() => {
  fs.closeSync(base);
  fs.rmSync(folder, { recursive: true });
});

describe("what is in memory", () => {
  const handles = () => fs.readdirSync("/proc/self/fd").length;
  const open = (...names: string[]) => atOnce?.open(base, names);

  test("is opened and read", () => {
    const file = open("a", "b", "file");
    expect(file?.stats.size).toBe(11);
    const octets = new Uint8Array(6);
    expect(atOnce?.read(file?.fd ?? -1, octets, 5)).toBe(6);
    expect(new TextDecoder().decode(octets)).toBe("octets");
    expect(atOnce?.read(file?.fd ?? -1, octets, 11)).toBe(0);
    fs.closeSync(file?.fd ?? -1);
  });

  test("leads nowhere else, and nothing stays open", () => {
    const before = handles();
    for (const names of [
      ["a", "b", "link"],
      ["a", "way", "file"],
      ["out", "outside"],
      ["..", "outside"],
      ["a", "b"],
      ["pipe"],
      ["missing"],
      ["a", "b", "file", "more"],
    ]) {
      expect([names, open(...names)]).toEqual([names, undefined]);
    }
    expect(handles()).toBe(before);
  });

  test("is looked at as lstat does", () => {
    expect(atOnce?.look(base, ["a", "b", "link"])?.isSymbolicLink()).toBe(true);
    expect(atOnce?.look(base, [])?.isDirectory()).toBe(true);
    expect(atOnce?.look(base, ["a", "way", "file"])).toBeUndefined();
    expect(atOnce?.look(base, ["out", "outside"])).toBeUndefined();
  });
});
