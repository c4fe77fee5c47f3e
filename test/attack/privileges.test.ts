/** Root hands the data folder over at every start, and whoever held it before may have put anything there. */
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handOver } from "../../src/appliance/privileges.ts";
import { temporaryFolder } from "../harness.ts";

test("links in the data folder give away nothing outside of it", () => {
  const folder = temporaryFolder("gatepost-links");
  const inside = join(folder, "data");
  mkdirSync(join(inside, "files"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  const outside = join(folder, "outside", "passwd");
  writeFileSync(outside, "root");
  symlinkSync(outside, join(inside, "file"));
  symlinkSync(join(folder, "outside"), join(inside, "files", "folder"));
  symlinkSync(join(folder, "nowhere"), join(inside, "dangling"));
  const before = statSync(outside);
  const root = process.getuid?.() === 0;
  // Another account where root can give files away, and otherwise one's own, for which a link to nowhere stands still.
  const account = root ? { uid: 65_534, gid: 65_534 } : { uid: before.uid, gid: before.gid };
  handOver(inside, account);
  expect(statSync(outside)).toMatchObject({ uid: before.uid, gid: before.gid });
  expect(statSync(inside).uid).toBe(account.uid);
  rmSync(folder, { recursive: true });
});
