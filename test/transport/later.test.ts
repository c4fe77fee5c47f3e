/** Letters that leave later: once, at their time, unless they are called back. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { DRAFT } from "../../src/mailstore/flags.ts";
import type { Posting } from "../../src/transport/later/post.ts";
import { HOUR, MINUTE, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => await world.close());

const anna = () => world.user("anna");
const later = () => world.transport.later;

/** Stores a draft of anna's, and holds its letter. */
async function hold(name: string, dueAt: number, more: Partial<Posting> = {}) {
  const { store, mailstore } = world;
  const octets = Buffer.from(
    `From: anna@home.test\r\nDate: Mon, 01 Jan 2001 00:00:00 +0000\r\nSubject: ${name}\r\nMessage-ID: <${name}@home.test>\r\n\r\nDate: stays\r\n`,
  );
  const drafts = await store.commit((tx) => mailstore.specialFolder(tx, anna().primaryMailbox, "Drafts"));
  const uid = await world.put(drafts, octets, { flags: DRAFT });
  const writer = store.content.writer();
  await writer.write(octets);
  const staged = await writer.finish();
  const posting: Posting = {
    ...{ key: `${name}@home.test`, reversePath: "anna@home.test", recipients: ["bert@home.test"], smtputf8: false },
    ...{ bcc: "", subject: name, to: "bert@home.test", people: [{ address: "bert@home.test", name: "Bert" }] },
    ...{ draft: { folder: drafts, uid }, about: null, ...more },
  };
  return await store.commit((tx) => later().holdWithin(tx, anna().id, posting, staged, dueAt, "192.0.2.7"));
}

const folder = async (name: string) => {
  const found = world.mailstore.folders(anna().primaryMailbox).find((one) => one.name === name);
  return found === undefined ? [] : (await world.messages(found.id)).map(({ text }) => text);
};

test("a letter leaves at its time, dated so, into Sent and out of the drafts, and its writer is remembered to have written", async () => {
  await hold("evening", world.clock + 2 * HOUR, { bcc: "Bcc: bert@home.test\r\n" });
  world.pass(2 * HOUR - MINUTE);
  expect([world.inbox("bert").length, (await folder("Drafts")).length, later().count(anna().id)]).toEqual([0, 1, 1]);
  const before = world.contents();
  world.pass(MINUTE);
  await world.until(() => later().count(anna().id) === 0);
  const [message = ""] = world.inbox("bert");
  expect(message).toContain("Date: Mon, 1 Jun 2026 14:00:00 +0000\r\n");
  expect(message).toContain("\r\n\r\nDate: stays\r\n");
  expect(message).not.toContain("Bcc");
  expect((await folder("Sent")).map((text) => text.split("\r\n")[0])).toEqual(["Bcc: bert@home.test"]);
  expect(await folder("Drafts")).toEqual([]);
  // The held octets went with the draft's; what was sent and the own copy came.
  expect(world.contents()).toBe(before + 1);
  expect(world.directory.contacts.correspondents(anna().id).people.map(({ name }) => name)).toEqual(["Bert"]);
});

test("a letter is called back, put off, or sent at once while it waits, and not after", async () => {
  const { store } = world;
  const [first, second, third] = [
    await hold("back", world.clock + HOUR),
    await hold("off", world.clock + HOUR),
    await hold("now", world.clock + HOUR),
  ];
  await store.commit((tx) => later().callBackWithin(tx, anna().id, first.id));
  await store.commit((tx) => later().putOffWithin(tx, anna().id, second.id, world.clock + 3 * HOUR));
  await store.commit((tx) => later().putOffWithin(tx, anna().id, third.id, world.clock));
  await world.until(() => world.inbox("bert").length === 1);
  world.pass(2 * HOUR);
  expect(
    later()
      .list(anna().id)
      .map(({ posting }) => posting.subject),
  ).toEqual(["off"]);
  expect((await folder("Drafts")).length).toBe(2);
  const again = store.commit((tx) => later().callBackWithin(tx, anna().id, third.id));
  await expect(again).rejects.toMatchObject({ kind: "notFound" });
  const foreign = store.commit((tx) => later().callBackWithin(tx, world.user("bert").id, second.id));
  await expect(foreign).rejects.toMatchObject({ kind: "notFound" });
  await expect(hold("never", world.clock + 4 * 366 * 24 * HOUR)).rejects.toMatchObject({ kind: "invalid" });
});

test("what waits has a size, though it counts in no mailbox", async () => {
  const { store } = world;
  await hold("small", world.clock + HOUR);
  store.client.run("UPDATE contents SET size = 2000000000 WHERE id IN (SELECT content FROM held_letters)");
  await expect(hold("beyond", world.clock + HOUR)).rejects.toMatchObject({ kind: "tooLarge" });
  expect(later().count(anna().id)).toBe(1);
});

test("whoever deletes the draft elsewhere has called it back", async () => {
  const { posting } = await hold("deleted", world.clock + HOUR);
  await world.mailstore.expunge(posting.draft?.folder ?? 0, [posting.draft?.uid ?? 0]);
  world.pass(HOUR);
  await world.happened("letter.calledBack");
  expect([world.inbox("bert"), later().count(anna().id), world.contents()]).toEqual([[], 0, 0]);
});

test("what cannot leave waits for its writer, who is told; what cannot leave now is tried again", async () => {
  await hold("stuck", world.clock + HOUR, { recipients: ["nobody@home.test"] });
  await hold("fine", world.clock + HOUR);
  world.pass(HOUR);
  await world.until(() => world.inbox("anna").length === 1);
  expect(world.inbox("anna")[0]).toContain("Subject: Not sent: stuck");
  const [stuck] = later().list(anna().id);
  expect(stuck?.problem).toContain("nobody@home.test");
  await world.until(() => world.inbox("bert").length === 1);
  await world.store.commit((tx) => later().putOffWithin(tx, anna().id, stuck?.id ?? 0, world.clock));
  await world.until(() => world.inbox("anna").length === 2);
  await world.directory.users.update("anna", { enabled: false });
  await hold("off", world.clock);
  await world.until(() =>
    later()
      .list(anna().id)
      .every(({ problem }) => problem !== null),
  );
  expect(world.inbox("bert")).toHaveLength(1);
});

test("killed at any moment, each letter leaves exactly once", async () => {
  const COUNT = 80;
  const names = Array.from({ length: COUNT }, (_, index) => `letter${index}`);
  for (const name of names) await hold(name, world.clock + HOUR);
  const { folder: data } = world;
  await world.close({ keep: true });
  for (let kill = 0; kill < 2; kill++) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "later-child.ts"), data], { stdout: "pipe" });
    let said = false;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (!said && text.includes("gone")) {
        said = true;
        setTimeout(() => child.kill("SIGKILL"), Math.random() * 40);
      }
    }
    await child.exited;
  }
  world = await World.open({ folder: data });
  world.clock = Date.now();
  const waiting = later().count(anna().id);
  expect(waiting).toBeGreaterThan(0);
  expect(waiting).toBeLessThan(COUNT);
  world.transport.wake();
  await world.until(() => later().count(anna().id) === 0);
  const subjects = (texts: readonly string[]) => texts.map((text) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim()).sort();
  expect(subjects(world.inbox("bert"))).toEqual([...names].sort());
  expect(subjects(await folder("Sent"))).toEqual([...names].sort());
  expect(await folder("Drafts")).toEqual([]);
}, 60_000);
