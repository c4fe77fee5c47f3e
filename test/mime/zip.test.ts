import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zip } from "../../src/mime/zip.ts";

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const whole = async (chunks: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(chunks));

/** What another program finds in an archive. */
const PROBE = `import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps([[i.filename, list(i.date_time), z.read(i).decode()] for i in z.infolist()]))`;

test("another program reads what was written", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-zip-"));
  const at = Date.UTC(2026, 10, 23, 8, 30, 14);
  const file = join(folder, "a.zip");
  writeFileSync(
    file,
    await whole(
      zip([
        { name: "Grüße/日本.txt", at, content: pieces("Hello ", "world") },
        { name: "empty", at: 0, content: pieces() },
      ]),
    ),
  );
  const probe = Bun.spawnSync(["python3", "-c", PROBE, file]);
  rmSync(folder, { recursive: true });
  expect(probe.stderr.toString()).toBe("");
  expect(JSON.parse(probe.stdout.toString())).toEqual([
    ["Grüße/日本.txt", [2026, 11, 23, 8, 30, 14], "Hello world"],
    ["empty", [1980, 1, 1, 0, 0, 0], ""],
  ]);
});

test("an empty archive is one", async () => {
  expect((await whole(zip([]))).subarray(-22).toString("latin1")).toStartWith("PK\x05\x06");
});

test("files of any size pass through piece by piece", async () => {
  let largest = 0;
  let octets = 0;
  const content = async function* () {
    for (let sent = 0; sent < 50; sent++) yield Buffer.alloc(65_536);
  };
  for await (const piece of zip([{ name: "large", at: 0, content: content() }])) {
    largest = Math.max(largest, piece.length);
    octets += piece.length;
  }
  expect(largest).toBe(65_536);
  expect(octets).toBeGreaterThan(50 * 65_536);
});
