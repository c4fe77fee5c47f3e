/** Whose folders lie where, what is shared, how much may lie there, and what is left after a crash. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { FilesHouse, get, kindOf, names, put } from "./house.ts";

let house: FilesHouse;
beforeEach(() => {
  house = new FilesHouse();
});
afterEach(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

test("everybody has a folder, a home page in it, and what the administrator named instead", async () => {
  const ann = house.person(1, "Ann.Lee@example.test");
  const bob = house.person(2, "bob", { ftpDirectory: "office/bob", homePageFolder: "sites/bob" });
  await put(await house.jail(ann), "/a", "a");
  await put(await house.jail(ann, "homepage"), "/index.html", "ann");
  await put(await house.jail(bob), "/b", "b");
  await put(await house.jail(bob, "homepage"), "/index.html", "bob");
  for (const path of ["people/ann.lee@example.test/a", "people/ann.lee@example.test/www/index.html", "office/bob/b"]) {
    expect(existsSync(house.disk(path))).toBe(true);
  }
  expect(await get(await house.jail(ann), "/www/index.html")).toBe("ann");
  expect(existsSync(house.disk("sites/bob/index.html"))).toBe(true);
  const wicked = house.person(3, "eve", { ftpDirectory: "../../etc" });
  await house.jail(wicked);
  expect(existsSync(house.disk("etc"))).toBe(true);
});

test("a folder stays with the account through another name, and nobody inherits it with the name", async () => {
  const ann = house.person(1, "ann");
  await put(await house.jail(ann), "/a", "a");
  expect(await names(await house.jail(house.person(1, "anna")))).toEqual(["a"]);
  expect(await names(await house.jail(house.person(9, "ann")))).toEqual([]);
  expect(readdirSync(house.disk("people")).sort()).toEqual(["ann", "ann-9"]);
});

test("guests read a folder of their own", async () => {
  const guest = house.person(5, "guest", { kind: "guest" });
  mkdirSync(house.disk("public"), { recursive: true });
  writeFileSync(house.disk("public/readme"), "hello");
  const jail = await house.jail(guest);
  expect(await get(jail, "/readme")).toBe("hello");
  expect(await kindOf(jail.openWrite("/x"))).toBe("notPermitted");
  expect(await kindOf(jail.remove("/readme"))).toBe("notPermitted");
});

test("shared folders appear for whom they are open, and as they are open", async () => {
  const ann = house.person(1, "ann");
  const bob = house.person(2, "bob");
  const eve = house.person(3, "eve");
  const { shares } = house.files;
  const [photos, office] = await house.store.commit((tx) => {
    const photos = shares.createWithin(tx, { name: "photos", everybody: "read" });
    const office = shares.createWithin(tx, { name: "Office", folder: "office/all" });
    shares.setRightWithin(tx, photos, ann.id, "write");
    shares.setRightWithin(tx, office, bob.id, "read");
    return [photos, office];
  });
  const [annJail, bobJail, eveJail] = await Promise.all([ann, bob, eve].map((one) => house.jail(one)));
  expect(await names(annJail as never)).toEqual(["shared"]);
  expect(await names(annJail as never, "/shared")).toEqual(["photos"]);
  expect(await names(bobJail as never, "/shared")).toEqual(["Office", "photos"]);
  if (!annJail || !bobJail || !eveJail) throw new Error("no jails");
  await put(annJail, "/shared/photos/cat.jpg", "cat");
  expect(await get(eveJail, "/shared/photos/cat.jpg")).toBe("cat");
  expect(await kindOf(eveJail.remove("/shared/photos/cat.jpg"))).toBe("notPermitted");
  expect(await kindOf(eveJail.stat("/shared/office"))).toBe("notFound");
  expect(await kindOf(bobJail.openWrite("/shared/Office/x"))).toBe("notPermitted");
  expect(await kindOf(annJail.mkdir("/shared/mine"))).toBe("notFound");
  expect(await kindOf(annJail.rename("/shared/photos", "/shared/other"))).toBe("notPermitted");
  expect(house.files.sharedUsage(photos ?? 0).usage).toEqual({ octets: 3, files: 1 });
  // A right that is taken holds at once, in sessions that go on too.
  await house.store.commit((tx) => shares.updateWithin(tx, photos ?? 0, { everybody: "none" }));
  expect(await kindOf(eveJail.stat("/shared/photos/cat.jpg"))).toBe("notFound");
  await annJail.rename("/shared/photos/cat.jpg", "/cat.jpg");
  expect(house.files.sharedUsage(photos ?? 0).usage).toEqual({ octets: 0, files: 0 });
  expect(house.files.usageOf(ann).usage).toEqual({ octets: 3, files: 1 });
  await house.store.commit((tx) => shares.removeWithin(tx, office ?? 0));
  expect(await names(bobJail)).toEqual([]);
});

test.each(["../x", "a/../b", "/abs", "a//b", "", "a/\0"])("a shared folder does not lie in %j", async (folder) => {
  expect(await kindOf(house.store.commit((tx) => house.files.shares.createWithin(tx, { name: "s", folder })))).toBe(
    "invalid",
  );
});

test("a name of a shared folder is there once", async () => {
  const create = (name: string) => house.store.commit((tx) => house.files.shares.createWithin(tx, { name }));
  await create("Photos");
  expect(await kindOf(create("photos"))).toBe("exists");
});

test("a limit of octets stops an upload where it is reached, and what is replaced makes room", async () => {
  const ann = house.person(1, "ann");
  const jail = await house.jail(ann);
  await house.store.commit((tx) => house.files.setLimitsWithin(tx, ann, { octets: 10 }));
  await put(jail, "/a", "12345678");
  const upload = await jail.openWrite("/b");
  expect(await kindOf(upload.write(Buffer.from("12345")))).toBe("overQuota");
  expect(upload.written).toBe(2);
  expect(await upload.keepPart()).toBe(2);
  expect(await kindOf(jail.openWrite("/c", { expected: 1 }))).toBe("overQuota");
  await put(jail, "/a", "87654321");
  expect(house.files.usageOf(ann)).toMatchObject({
    usage: { octets: 10, files: 2 },
    limits: { octets: 10, files: null },
  });
  expect(await kindOf(put(jail, "/b", "x", { mode: "append" }))).toBe("overQuota");
  expect(await get(jail, "/b")).toBe("12");
  expect(await kindOf(jail.copy("/a", "/d"))).toBe("overQuota");
  expect(await names(jail)).toEqual(["a", "b"]);
});

test("many who replace one file at once count it once, and have its room once", async () => {
  const ann = house.person(1, "ann");
  const jail = await house.jail(ann);
  await house.store.commit((tx) => house.files.setLimitsWithin(tx, ann, { octets: 100 }));
  await put(jail, "/kept", "k".repeat(50));
  await put(jail, "/large", "l".repeat(50));
  const uploads = await Promise.all(Array.from({ length: 5 }, () => jail.openWrite("/large")));
  const said = await Promise.all(uploads.map((upload) => kindOf(upload.write(Buffer.from("x".repeat(50))))));
  expect(said.filter((kind) => kind === "overQuota")).toHaveLength(4);
  const kept = await Promise.all(uploads.map((upload) => kindOf(upload.commit())));
  expect(new Set(kept)).toEqual(new Set(["done"]));
  const { usage } = house.files.usageOf(ann);
  await house.files.recount(ann);
  expect(usage).toEqual(house.files.usageOf(ann).usage);
  expect(usage.octets).toBeGreaterThanOrEqual(50);
});

test("what goes while something else takes its place is counted once", async () => {
  const ann = house.person(1, "ann");
  const jail = await house.jail(ann);
  await put(jail, "/kept", "k".repeat(500));
  for (let round = 0; round < 10; round++) {
    await put(jail, "/a", "a".repeat(50));
    await put(jail, "/b", "b");
    const small = await jail.openWrite("/a");
    await Promise.allSettled([
      ...[small.commit(), jail.remove("/a"), jail.removeAll("/a"), jail.rename("/b", "/a", { replace: true })],
    ]);
  }
  const { usage } = house.files.usageOf(ann);
  await house.files.recount(ann);
  expect(usage).toEqual(house.files.usageOf(ann).usage);
});

test("a limit of files stops the next one", async () => {
  const ann = house.person(1, "ann");
  const jail = await house.jail(ann);
  await house.set({ maxFiles: 2 });
  await put(jail, "/a", "");
  await jail.mkdir("/b");
  expect(await kindOf(jail.mkdir("/c"))).toBe("overQuota");
  expect(await kindOf(jail.openWrite("/c"))).toBe("overQuota");
  await put(jail, "/a", "again");
  await jail.remove("/a");
  await put(jail, "/c", "");
});

test("a disk without the room that must stay free takes nothing", async () => {
  const jail = await house.jail(house.person(1, "ann"));
  await put(jail, "/a", "a");
  await house.set({ keepFree: Number.MAX_SAFE_INTEGER });
  expect(await kindOf(jail.openWrite("/b"))).toBe("noSpace");
  expect(await names(jail)).toEqual(["a"]);
  await house.set({ keepFree: 0 });
  await put(jail, "/b", "b");
});

test("usage is kept over an orderly end, and counted anew after another, when what was left behind is swept away", async () => {
  const ann = house.person(1, "ann");
  const jail = await house.jail(ann);
  await put(jail, "/a", "12345");
  await house.close({ keep: true });
  house = new FilesHouse(house.folder);
  house.person(1, "ann");
  expect(house.files.usageOf(ann).usage).toEqual({ octets: 5, files: 1 });
  const again = await house.jail(ann);
  await put(again, "/b", "12345");
  const broken = await again.openWrite("/a");
  await broken.write(Buffer.from("new"));
  // The process ends here; another one finds what it left.
  await house.store.commit(() => undefined);
  const folder = house.folder;
  house.store.close();
  house = new FilesHouse(folder);
  house.person(1, "ann");
  writeFileSync(house.disk("people/ann/by-hand"), "123");
  expect(readdirSync(house.disk("people/ann"))).toHaveLength(4);
  await house.files.start();
  expect(readdirSync(house.disk("people/ann")).sort()).toEqual(["a", "b", "by-hand"]);
  expect(house.files.usageOf(ann).usage).toEqual({ octets: 13, files: 3 });
  expect(await get(await house.jail(ann), "/a")).toBe("12345");
});
