/** What a jail shows, changes and refuses. */
import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { run, until } from "../harness.ts";
import { FilesHouse, get, kindOf, names, put } from "./house.ts";

const house = new FilesHouse();
const ann = house.person(1, "Ann");
const jail = await house.jail(ann);
const outside = `${house.folder}/outside`;
mkdirSync(outside);
writeFileSync(`${outside}/secret`, "secret");

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

test("a file is written, read, appended to, renamed, copied and removed", async () => {
  await jail.mkdir("/docs");
  const entry = await put(jail, "/docs/a.txt", "one");
  expect(entry).toMatchObject({ name: "a.txt", kind: "file", size: 3, writable: true });
  await put(jail, "/docs/a.txt", " two", { mode: "append" });
  expect(await get(jail, "/docs/../docs/./a.txt")).toBe("one two");
  await put(jail, "docs/a.txt", "2", { mode: 3 });
  expect(await get(jail, "/docs/a.txt")).toBe("one2");
  await jail.rename("/docs/a.txt", "/b.txt");
  await jail.copy("/b.txt", "/docs/c.txt");
  expect(await names(jail, "/docs")).toEqual(["c.txt"]);
  await jail.copy("/docs", "/more");
  expect(await get(jail, "/more/c.txt")).toBe("one2");
  await jail.setModified("/more/c.txt", 1_000_000_000_000);
  expect((await jail.stat("/more/c.txt")).modified).toBe(1_000_000_000_000);
  await jail.removeAll("/more");
  await jail.remove("/docs/c.txt");
  await jail.removeDir("/docs");
  expect(await names(jail)).toEqual(["b.txt"]);
  await jail.remove("/b.txt");
  expect(house.files.usageOf(ann).usage).toEqual({ octets: 0, files: 0 });
});

test("what cannot be is refused in plain kinds", async () => {
  await jail.mkdir("/full");
  await put(jail, "/full/x", "x");
  await put(jail, "/y", "y");
  const kinds = {
    missing: await kindOf(jail.stat("/none")),
    "below a file": await kindOf(jail.stat("/y/z")),
    "a folder again": await kindOf(jail.mkdir("/full")),
    "a full folder": await kindOf(jail.removeDir("/full")),
    "a folder as a file": await kindOf(jail.openRead("/full")),
    "a folder as a target": await kindOf(jail.openWrite("/full")),
    "the root": await kindOf(jail.removeAll("/")),
    "onto something": await kindOf(jail.rename("/y", "/full/x")),
    "into itself": await kindOf(jail.rename("/full", "/full/in")),
    "a copy into itself": await kindOf(jail.copy("/full", "/full/in")),
    "new and there": await kindOf(jail.openWrite("/y", { mode: "create" })),
    "beyond the end": await kindOf(jail.openWrite("/y", { mode: 5 })),
    "a long name": await kindOf(jail.mkdir(`/${"n".repeat(256)}`)),
  };
  expect(kinds).toEqual({
    missing: "notFound",
    "below a file": "notFound",
    "a folder again": "exists",
    "a full folder": "exists",
    "a folder as a file": "invalid",
    "a folder as a target": "invalid",
    "the root": "notPermitted",
    "onto something": "exists",
    "into itself": "invalid",
    "a copy into itself": "invalid",
    "new and there": "exists",
    "beyond the end": "invalid",
    "a long name": "invalid",
  });
  await jail.rename("/y", "/full/x", { replace: true });
  expect(await get(jail, "/full/x")).toBe("y");
  await jail.removeAll("/full");
});

test("what is moved or copied goes no deeper than it can be named", async () => {
  const way = (names: number, name = "d") => `/${name}`.repeat(names);
  const make = async (names: number, name?: string) => {
    for (let n = 1; n <= names; n++) await jail.mkdir(way(n, name));
  };
  await make(60);
  await make(41, "e");
  const deep = `${way(60)}/here`;
  expect(await kindOf(jail.rename("/e", deep))).toBe("invalid");
  expect(await kindOf(jail.rename("/e", deep, { replace: true }))).toBe("invalid");
  expect(await kindOf(jail.copy("/e", deep))).toBe("invalid");
  expect(await names(jail, way(60))).toEqual([]);
  await jail.removeAll(way(41, "e"));
  await jail.copy("/e", deep);
  expect(await kindOf(jail.mkdir(`${deep}${way(39, "e")}/x`))).toBe("invalid");
  await jail.removeAll(deep);
  // Each of two fits alone; both at once would lie too deep.
  await jail.mkdir("/f");
  const both = await Promise.all([kindOf(jail.rename("/d", "/f/d")), kindOf(jail.rename("/e", deep))]);
  expect([
    ["done", "notFound"],
    ["invalid", "done"],
  ]).toContainEqual(both);
  if (both[0] === "done") {
    await jail.rename("/f/d", "/d");
    await jail.rename("/e", deep);
  }
  // A file has nothing below it, and what goes up is never too high.
  await put(jail, "/file", "x");
  await jail.rename("/file", `${way(60)}/file`);
  await jail.rename("/d/d", "/up");
  for (const name of ["/d", "/f", "/up"]) await jail.removeAll(name);
  expect(house.files.usageOf(ann).usage).toEqual({ octets: 0, files: 0 });
});

test("links are shown, removed and never followed", async () => {
  const root = house.disk("people/ann");
  symlinkSync(outside, `${root}/out`);
  symlinkSync(`${outside}/secret`, `${root}/file`);
  symlinkSync("/", `${root}/slash`);
  expect((await Array.fromAsync(jail.list("/"))).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    "file link",
    "out link",
    "slash link",
  ]);
  for (const path of ["/out/secret", "/slash/etc/passwd"]) expect(await kindOf(jail.stat(path))).toBe("notFound");
  expect(await kindOf(jail.openRead("/file"))).toBe("notPermitted");
  expect(await kindOf(jail.openWrite("/file"))).toBe("notPermitted");
  expect(await kindOf(jail.openWrite("/file", { mode: "append" }))).toBe("notPermitted");
  expect(await kindOf(jail.openWrite("/out/new"))).toBe("notFound");
  expect(await kindOf(jail.setModified("/file", 0))).toBe("notPermitted");
  expect(await kindOf(jail.copy("/file", "/copy"))).toBe("notPermitted");
  for (const name of ["out", "file", "slash"]) await jail.remove(`/${name}`);
  expect(readFileSync(`${outside}/secret`, "utf8")).toBe("secret");
  expect(existsSync(`${outside}/new`)).toBe(false);
});

test("pipes are never opened", async () => {
  expect((await run(["mkfifo", house.disk("people/ann/pipe")])).code).toBe(0);
  expect((await jail.stat("/pipe")).kind).toBe("special");
  expect(await kindOf(jail.openRead("/pipe"))).toBe("notPermitted");
  expect(await kindOf(jail.openWrite("/pipe"))).toBe("notPermitted");
  await jail.remove("/pipe");
});

test("a folder that is swapped for a link while it is used leads nowhere else", async () => {
  const root = house.disk("people/ann");
  mkdirSync(`${outside}/deep`);
  writeFileSync(`${outside}/deep/f`, "secret");
  await jail.mkdir("/swap");
  await jail.mkdir("/swap/deep");
  await put(jail, "/swap/deep/f", "mine");
  // A process of its own swaps as fast as it can; every answer is ours or a refusal.
  const go = `${outside}.go`;
  writeFileSync(go, "");
  const swap = `while [ -e '${go}' ]; do mv '${root}/swap' '${root}/.s' && ln -s '${outside}' '${root}/swap' && rm '${root}/swap' && mv '${root}/.s' '${root}/swap'; done`;
  const swapper = Bun.spawn(["sh", "-c", swap], { stdout: "ignore", stderr: "ignore" });
  const seen = new Set<string>();
  const tries = async (worker: number) => {
    for (let n = 0; n < 300; n++) {
      seen.add(await get(jail, "/swap/deep/f").catch(({ kind }) => kind));
      seen.add(await kindOf(put(jail, `/swap/deep/new-${worker}`, "x")));
      seen.add(await kindOf(jail.mkdir(`/swap/dir-${worker}-${n}`)));
      seen.add(await kindOf(jail.remove(`/swap/deep/new-${worker}`)));
    }
  };
  await Promise.all([tries(0), tries(1), tries(2), tries(3)]);
  // It ends by itself: killed, it would leave one last mv behind.
  rmSync(go);
  await swapper.exited;
  expect(
    [...seen].filter((answer) => !["mine", "done", "notFound", "exists", "notPermitted", "inUse"].includes(answer)),
  ).toEqual([]);
  expect(seen.has("mine")).toBe(true);
  expect(readFileSync(`${outside}/deep/f`, "utf8")).toBe("secret");
  expect(await Array.fromAsync(new Bun.Glob("**/*").scan({ cwd: outside, onlyFiles: false }))).toHaveLength(3);
  if (existsSync(`${root}/.s`)) {
    rmSync(`${root}/swap`, { force: true });
    renameSync(`${root}/.s`, `${root}/swap`);
  }
  await jail.removeAll("/swap");
}, 30_000);

test("names that are no UTF-8 travel, and those with control characters are not shown", async () => {
  const root = house.disk("people/ann");
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x6c, 0xe4, 0x72])]), "latin");
  writeFileSync(`${root}/a\r\nb`, "control");
  expect(await names(jail)).toEqual(["l\udce4r"]);
  expect(await get(jail, "/l\udce4r")).toBe("latin");
  expect(await kindOf(jail.stat("/a\r\nb"))).toBe("invalid");
  await jail.remove("/l\udce4r");
  rmSync(`${root}/a\r\nb`);
});

test("a large folder is listed whole, and others are served meanwhile", async () => {
  const root = house.disk("people/ann/many");
  mkdirSync(root);
  for (let n = 0; n < 3000; n++) writeFileSync(`${root}/${String(n).padStart(4, "0")}`, "");
  let served = 0;
  const timer = setInterval(() => served++, 1);
  const listed = await names(jail, "/many");
  clearInterval(timer);
  expect(listed).toHaveLength(3000);
  expect(listed[1234]).toBe("1234");
  expect(served).toBeGreaterThan(0);
  rmSync(root, { recursive: true });
});

test("a file that is replaced stays whole until the new one is complete", async () => {
  await put(jail, "/r.txt", "before");
  const reading = await jail.openRead("/r.txt");
  const upload = await jail.openWrite("/r.txt");
  await upload.write(Buffer.from("af"));
  expect(await get(jail, "/r.txt")).toBe("before");
  expect(await names(jail)).toEqual(["r.txt"]);
  await upload.write(Buffer.from("ter"));
  await upload.commit();
  expect(await get(jail, "/r.txt")).toBe("after");
  expect(Buffer.concat(await Array.fromAsync(reading.pieces())).toString()).toBe("before");
  await reading.close();
  const broken = await jail.openWrite("/r.txt");
  await broken.write(Buffer.from("x"));
  expect(await broken.keepPart()).toBeUndefined();
  expect(await get(jail, "/r.txt")).toBe("after");
  const part = await jail.openWrite("/new.txt");
  await part.write(Buffer.from("half"));
  expect(await part.keepPart()).toBe(4);
  expect(await get(jail, "/new.txt")).toBe("half");
  await jail.remove("/r.txt");
  await jail.remove("/new.txt");
});

test("a large file that is replaced gives its room back, and no handle of it stays", async () => {
  await put(jail, "/large", "");
  truncateSync(house.disk("people/ann/large"), 100_000_000);
  const { ino } = statSync(house.disk("people/ann/large"));
  await put(jail, "/large", "small");
  expect(await get(jail, "/large")).toBe("small");
  const open = () =>
    readdirSync("/proc/self/fd").some((fd) => statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })?.ino === ino);
  await until(() => !open(), "the handle to be let go of");
  await jail.remove("/large");
});

test("two sessions do not write into one file at the same time", async () => {
  await put(jail, "/log", "a");
  const one = await jail.openWrite("/log", { mode: "append" });
  expect(await kindOf(jail.openWrite("/log", { mode: "append" }))).toBe("inUse");
  await one.abandon();
  await put(jail, "/log", "b", { mode: "append" });
  expect(await get(jail, "/log")).toBe("ab");
  await jail.remove("/log");
});

test("permission bits are kept, and never shut the server out", async () => {
  await put(jail, "/m", "m");
  await jail.setMode("/m", 0o4044);
  expect(statSync(house.disk("people/ann/m")).mode & 0o7777).toBe(0o644);
  await jail.remove("/m");
});
