/** Where responses are kept: memory, disk, restarts, damage, eviction, purging; and requests that wait for each other. */
import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheSettings } from "../../src/services/proxy/cache/settings.ts";
import { fieldsOf, type Said, World } from "./forwarder.ts";

const worlds: World[] = [];

function begin(settings: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(settings);
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    expect(world.faults).toEqual([]);
    await world.remove();
  }
});

const FRESH = ["Cache-Control: max-age=1000", 'ETag: "a"'];
const LARGE = Buffer.alloc(700_000, "0123456789abcdef");
const hash = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

/** The files of the contents. */
function files(world: World): string[] {
  const objects = join(world.folder, "cache", "objects");
  return readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("a large content goes to a file, whose name says nothing, and is read back by whole and by range", async () => {
  const world = begin();
  world.says({ body: LARGE, fields: FRESH });
  await world.get([], "http://origin.test/../../large");
  await world.cache.settled();
  const whole = await world.get([], "http://origin.test/../../large");
  expect([whole.hit, hash(whole.body)]).toEqual([true, hash(LARGE.toString("latin1"))]);
  const part = await world.get(["Range: bytes=300000-300009, 600000-600001"], "http://origin.test/../../large");
  expect(part.body).toContain("0123456789");
  expect(files(world).map((file) => /\/([0-9a-f]{2})\/\1[0-9a-f]{30}$/.test(file))).toEqual([true]);
  expect(readdirSync(join(world.folder, "cache", "new"))).toEqual([]);
  expect(world.cache.statistics()).toMatchObject({ entries: 1, diskOctets: 700_000, requests: 3, hits: 2 });
});

test("what was kept is there after a restart, large and small, with its age", async () => {
  const world = begin();
  world.says({ body: LARGE, fields: [...FRESH, "Age: 5"] });
  await world.get([], "http://origin.test/large");
  world.says({ body: "small", fields: [...FRESH, "Age: 5", "Vary: X-A", "X-Latin: \xe4"] });
  await world.get(["X-A: 1"], "http://origin.test/small");
  await world.cache.settled();
  await world.restart();
  world.pass(100);
  const small = await world.get(["X-A: 1"], "http://origin.test/small");
  expect([small.hit, small.body, small.fields.get("age"), small.fields.get("x-latin")]).toEqual([
    true,
    "small",
    "105",
    "\xe4",
  ]);
  expect((await world.get(["X-A: 2"], "http://origin.test/small")).hit).toBe(false);
  const large = await world.get([], "http://origin.test/large");
  expect([large.hit, large.body.length, large.fields.get("age")]).toEqual([true, 700_000, "105"]);
});

test("a 304 refreshes what is on disk", async () => {
  const world = begin();
  world.says({ body: LARGE, fields: FRESH });
  await world.get([], "http://origin.test/large");
  await world.cache.settled();
  world.pass(1_001);
  world.says({ status: 304, fields: ["Cache-Control: max-age=2000", 'ETag: "a"'] });
  expect((await world.get([], "http://origin.test/large")).body).toHaveLength(700_000);
  await world.restart();
  world.pass(1_500);
  expect((await world.get([], "http://origin.test/large")).hit).toBe(true);
});

/** Stores one large and one small response on disk alone. */
async function onDisk(): Promise<World> {
  const world = begin();
  world.says({ body: LARGE, fields: FRESH });
  await world.get([], "http://origin.test/large");
  world.says({ body: "small", fields: FRESH });
  await world.get([], "http://origin.test/small");
  await world.cache.settled();
  await world.restart();
  expect(files(world)).toHaveLength(2);
  world.says({ body: "new" });
  return world;
}

const DAMAGES: readonly { readonly what: string; damage(file: string): void }[] = [
  { what: "files that are shorter", damage: (file) => truncateSync(file, 3) },
  { what: "files that are missing", damage: (file) => rmSync(file) },
  {
    what: "files that are folders",
    damage: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  },
  { what: "files whose folder is gone", damage: (file) => rmSync(dirname(file), { recursive: true, force: true }) },
];

for (const { what, damage } of DAMAGES) {
  test(`${what} are misses`, async () => {
    const world = await onDisk();
    for (const file of files(world)) damage(file);
    for (const name of ["large", "small"]) expect((await world.get([], `http://origin.test/${name}`)).body).toBe("new");
    expect(world.cache.statistics().entries).toBe(0);
  });
}

test("other octets in a file are not sent for what was stored: a small one is a miss, a large one breaks off", async () => {
  const world = await onDisk();
  for (const file of files(world)) writeFileSync(file, Buffer.alloc(readFileSync(file).length, "x"));
  expect((await world.get([], "http://origin.test/small")).body).toBe("new");
  expect(world.get([], "http://origin.test/large")).rejects.toThrow("damaged");
  expect((await world.get([], "http://origin.test/large")).body).toBe("new");
});

test("the kernel sends a file by itself only after it was found to be right", async () => {
  const world = await onDisk();
  const look = async (lines: string[] = []) => {
    const found = await world.cache.lookup(world.request(lines, "http://origin.test/large"));
    if (found.kind !== "hit") throw new Error(`it is a ${found.kind}`);
    found.cached.release();
    return found.cached.file?.offset;
  };
  expect(await look()).toBeUndefined();
  await world.get(["Range: bytes=1-"], "http://origin.test/large");
  expect(await look()).toBeUndefined();
  await world.get([], "http://origin.test/large");
  expect([await look(), await look(["Range: bytes=1000-"])]).toEqual([0, 1_000]);
});

test("an index that is none is begun anew, and the contents of the old one go", async () => {
  const world = await onDisk();
  const old = files(world);
  await world.cache.close();
  writeFileSync(
    join(world.folder, "cache", "index.db"),
    "this is no database, and it is long enough to be looked at".repeat(99),
  );
  world.cache = world.open();
  expect((await world.get([], "http://origin.test/small")).body).toBe("new");
  await world.cache.settled();
  expect(old.some((file) => existsSync(file))).toBe(false);
});

test("files that no row names are swept away", async () => {
  const world = await onDisk();
  const stray = join(world.folder, "cache", "objects", "ff", "f".repeat(32));
  mkdirSync(join(stray, ".."), { recursive: true });
  writeFileSync(stray, "stray");
  await world.restart();
  await world.get([], "http://origin.test/small");
  await world.cache.settled();
  expect(existsSync(stray)).toBe(false);
  expect(files(world)).toHaveLength(2);
});

test("a folder that cannot be used leaves a cache in memory", async () => {
  const world = begin();
  writeFileSync(join(world.folder, "cache"), "a file where a folder should be");
  world.says({ body: "small", fields: FRESH });
  await world.get([], "http://origin.test/small");
  expect((await world.get([], "http://origin.test/small")).hit).toBe(true);
  world.says({ body: LARGE, fields: FRESH });
  await world.get([], "http://origin.test/large");
  expect((await world.get([], "http://origin.test/large")).hit).toBe(false);
  expect(world.faults.splice(0)).toHaveLength(1);
});

test("what is larger than allowed is passed on and not kept, whether its length is known or not", async () => {
  const world = begin({ largest: 1 });
  const body = Buffer.alloc(1_200_000, "x");
  const request = world.request([], "http://origin.test/huge");
  expect(world.cache.store(request, { status: 200, reason: "", fields: fieldsOf(FRESH) }, body.length)).toBeUndefined();
  const writer = world.cache.store(request, { status: 200, reason: "", fields: fieldsOf(FRESH) }, undefined);
  for (let at = 0; at < body.length; at += 100_000) await writer?.write(body.subarray(at, at + 100_000));
  writer?.end();
  await world.cache.settled();
  expect(world.cache.statistics()).toMatchObject({ entries: 0, diskOctets: 0 });
});

test("memory stays within its room; what is asked for again stays, what had to go is on disk", async () => {
  const world = begin({ memory: 1 });
  const said: Said = { body: Buffer.alloc(50_000, "x"), fields: FRESH };
  world.says(said);
  await world.get([], "http://origin.test/often");
  await world.get([], "http://origin.test/often");
  for (let n = 0; n < 60; n++) {
    await world.get([], `http://origin.test/once/${n}`);
    expect(world.cache.statistics().memoryOctets).toBeLessThanOrEqual(1_048_576);
  }
  await world.cache.settled();
  expect(files(world).length).toBeGreaterThan(35);
  const before = files(world).length;
  expect((await world.get([], "http://origin.test/often")).hit).toBe(true);
  expect((await world.get([], "http://origin.test/once/0")).hit).toBe(true);
  expect((await world.get([], "http://origin.test/once/59")).hit).toBe(true);
  await world.cache.settled();
  expect(files(world).length).toBeLessThan(before + 3);
});

test("the disk stays within its room; what is asked for again stays longer", async () => {
  const world = begin({ memory: 0, disk: 4 });
  world.says({ body: LARGE, fields: FRESH });
  await world.get([], "http://origin.test/often");
  await world.cache.settled();
  expect((await world.get([], "http://origin.test/often")).hit).toBe(true);
  for (let n = 0; n < 12; n++) {
    await world.get([], `http://origin.test/once/${n}`);
    await world.cache.settled();
    expect(world.cache.statistics().diskOctets).toBeLessThanOrEqual(4 * 1_048_576);
  }
  expect((await world.get([], "http://origin.test/often")).hit).toBe(true);
  expect((await world.get([], "http://origin.test/once/0")).hit).toBe(false);
});

test("long heads count, also those that come with a 304", async () => {
  const world = begin({ memory: 1, disk: 2 });
  const long = `X-Long: ${"x".repeat(50_000)}`;
  for (let n = 0; n < 80; n++) {
    world.says({ body: "", fields: ["Cache-Control: max-age=0", 'ETag: "a"'] });
    await world.get([], `http://origin.test/${n}`);
    world.says({ status: 304, fields: ["Cache-Control: max-age=0", 'ETag: "a"', long] });
    await world.get([], `http://origin.test/${n}`);
    expect(world.cache.statistics().memoryOctets).toBeLessThanOrEqual(1_048_576);
    await world.cache.settled();
  }
  // 20 fit into memory, 37 on disk; all 80 have been there.
  expect(world.cache.statistics().entries).toBeLessThan(60);
  await world.restart();
  expect(world.cache.statistics().entries).toBeLessThan(60);
});

test("a cache made smaller gives room back", async () => {
  const world = begin({ memory: 0 });
  world.says({ body: LARGE, fields: FRESH });
  for (let n = 0; n < 5; n++) await world.get([], `http://origin.test/${n}`);
  await world.cache.settled();
  expect(world.cache.statistics().entries).toBe(5);
  world.settings = { ...cacheSettings.schema.parse({}), disk: 1 };
  await world.cache.trim();
  await world.cache.settled();
  expect(world.cache.statistics().entries).toBe(1);
  expect(files(world)).toHaveLength(1);
  world.settings = { ...world.settings, enabled: false };
  await world.cache.trim();
  await world.cache.settled();
  expect(files(world)).toEqual([]);
});

test("one URL, one host or everything is purged, in memory and on disk", async () => {
  const world = begin();
  const fill = async () => {
    for (const host of ["a.test", "b.test"]) {
      world.says({ body: LARGE, fields: FRESH });
      await world.get([], `http://${host}/large`);
      world.says({ body: "small", fields: [...FRESH, "Vary: X-A"] });
      for (const variant of [1, 2]) await world.get([`X-A: ${variant}`], `http://${host}/small`);
    }
    await world.cache.settled();
    world.now += 1;
  };
  await fill();
  expect(world.cache.hosts(10).map(({ host, entries, octets }) => [host, entries, octets])).toEqual([
    ["a.test", 3, 700_010],
    ["b.test", 3, 700_010],
  ]);
  expect(await world.cache.purge({ url: "HTTP://A.test:80/small#x" })).toBe(2);
  expect((await world.get(["X-A: 1"], "http://a.test/small")).hit).toBe(false);
  expect(await world.cache.purge({ host: "B.test" })).toBe(3);
  expect((await world.get([], "http://a.test/large")).hit).toBe(true);
  expect((await world.get([], "http://b.test/large")).hit).toBe(false);
  world.now += 1;
  await fill();
  expect(await world.cache.purge("all")).toBe(6);
  await world.cache.settled();
  expect(world.cache.statistics()).toMatchObject({ entries: 0, memoryOctets: 0, diskOctets: 0 });
  expect(files(world)).toEqual([]);
});

test("what is being fetched while it is purged is not kept", async () => {
  const world = begin();
  const request = world.request([], "http://origin.test/large");
  const response = { status: 200, reason: "", fields: fieldsOf(FRESH) };
  for (const when of ["while it comes", "when it has come"]) {
    world.now += 10;
    const writer = world.cache.store({ ...request, at: world.now }, response, LARGE.length);
    await writer?.write(LARGE);
    if (when === "when it has come") writer?.end();
    await world.cache.purge({ url: "http://origin.test/large" });
    writer?.end();
    await world.cache.settled();
    expect([when, world.cache.statistics().entries]).toEqual([when, 0]);
  }
});

// Requests that wait for each other

test("many requests for the same are one for the origin", async () => {
  const world = begin();
  let answer: (said: Said) => void = () => {};
  world.origin = () => new Promise((resolve) => (answer = resolve));
  const all = Array.from({ length: 20 }, () => world.get([], "http://origin.test/one"));
  await Promise.resolve();
  expect(world.asked).toHaveLength(1);
  answer({ body: "shared", fields: FRESH });
  const seen = await Promise.all(all);
  expect(seen.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => "shared"));
  expect(seen.filter(({ fields }) => fields.get("cache-status")?.includes("collapsed"))).toHaveLength(19);
  expect(world.asked).toHaveLength(1);
});

test("nobody is given what turns out to be private; the others ask for themselves, and do not wait the next time", async () => {
  const world = begin();
  let count = 0;
  world.origin = () => ({ body: `yours ${++count}`, fields: ["Cache-Control: private, max-age=100"] });
  const seen = await Promise.all(Array.from({ length: 5 }, () => world.get([], "http://origin.test/private")));
  expect(new Set(seen.map(({ body }) => body)).size).toBe(5);
  const held: ((said: Said) => void)[] = [];
  world.origin = () => new Promise((resolve) => held.push(resolve));
  const next = [world.get([], "http://origin.test/private"), world.get([], "http://origin.test/private")];
  await Promise.resolve();
  expect(held).toHaveLength(2);
  for (const answer of held) answer({});
  await Promise.all(next);
});

test("nobody waits for long, nor for one that failed", async () => {
  const world = begin({ wait: 0.05 });
  const held: ((said: Said | undefined) => void)[] = [];
  world.origin = () => new Promise((resolve) => held.push(resolve));
  const first = world.get([], "http://origin.test/slow");
  const second = world.get([], "http://origin.test/slow");
  while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  held[1]?.({ body: "second" });
  expect((await second).body).toBe("second");
  held[0]?.(undefined);
  expect((await first).status).toBe(502);
});

test("one that made others wait in vain makes nobody wait again", async () => {
  const world = begin({ wait: 0.05 });
  const held: ((said: Said) => void)[] = [];
  world.origin = () => new Promise((resolve) => held.push(resolve));
  const all = [world.get([], "http://origin.test/stuck"), world.get([], "http://origin.test/stuck")];
  while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  all.push(world.get([], "http://origin.test/stuck"));
  await Promise.resolve();
  expect(held).toHaveLength(3);
  for (const answer of held) answer({});
  await Promise.all(all);
});

test("a request that may not fill the cache does not empty it either", async () => {
  const world = begin();
  world.says({ body: "shared", fields: FRESH });
  await world.get([], "http://origin.test/kept");
  for (const line of ["X-Evil: 1", "Cookie: evil", "Authorization: evil"]) {
    world.pass(1);
    world.says({ status: 200, body: "evil", fields: ["Cache-Control: private"] });
    await world.get([line, "Cache-Control: no-cache"], "http://origin.test/kept");
  }
  expect((await world.get([], "http://origin.test/kept")).body).toBe("shared");
});

test("who has credentials, cookies or a range waits for nobody", async () => {
  const world = begin();
  world.origin = () => new Promise(() => {});
  void world.get([], "http://origin.test/alone");
  for (const line of ["Authorization: Basic eDp5", "Cookie: a=b", "Range: bytes=0-1"]) {
    void world.get([line], "http://origin.test/alone");
  }
  await Promise.resolve();
  expect(world.asked).toHaveLength(4);
});
