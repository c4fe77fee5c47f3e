/** Held mail by operations: administrators decide about all of it, people about their own, and nobody about what others wait for. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { addBarred, removeBarred } from "../../src/administration/house/barred.ts";
import {
  listHeld,
  listQuarantine,
  releaseHeld,
  releaseQuarantined,
  removeHeld,
  removeQuarantined,
  showHeld,
  showQuarantined,
} from "../../src/administration/mail/quarantine.ts";
import { quarantineSettings } from "../../src/filter/quarantine/settings.ts";
import { Refusal } from "../../src/refusal.ts";
import { lastHour } from "../../src/transport/held-digest.ts";
import { hold } from "../held.ts";
import { House } from "./house.ts";

let house: House;
const mailboxOf = (login: string) => house.user(login).primaryMailbox;
const admin = () => house.as("admin");
const anna = () => house.as("anna");
const annas = (reason: "junk" | "virus", subject = "Prize") =>
  hold(house, { mailbox: mailboxOf("anna"), address: "anna@home.example", reason, subject });
const inbox = async (login: string) => (await house.messages(house.folderId(login))).length;

beforeAll(async () => {
  house = await House.build();
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

test("what is held is listed for its owner and for administrators, and shown as words", async () => {
  const message = await annas("junk");
  const id = mailboxOf("anna");
  const { administration } = house;
  expect(await administration.perform(listHeld, anna(), { id })).toMatchObject({
    total: 1,
    messages: [{ id: message, reason: "junk", subject: "Prize", releasable: true, recipients: ["anna@home.example"] }],
  });
  expect((await administration.perform(listQuarantine, admin(), { search: "eve@EXAMPLE" })).total).toBe(1);
  expect((await administration.perform(listQuarantine, admin(), { search: "100%" })).total).toBe(0);
  const shown = await administration.perform(showHeld, anna(), { id, message });
  expect(shown).toMatchObject({ returnPath: "eve@example.com", files: [{ name: "invoice.zip" }] });
  expect(shown.text).toContain("Claim your prize");
  expect(shown.text).not.toContain("alert");
});

test("an owner has it delivered, which teaches that it is no junk; then it is held no more", async () => {
  const message = await annas("junk", "Lunch");
  const id = mailboxOf("anna");
  const { administration } = house;
  const before = await inbox("anna");
  await administration.perform(releaseHeld, anna(), { id, message, learn: true });
  expect(await inbox("anna")).toBe(before + 1);
  expect((await house.spam.room()).statistics.profile(id)).toMatchObject({ ham: 1 });
  expect(house.audit("held message")[0]).toMatchObject({ operation: "held.release" });
  await expect(administration.perform(releaseHeld, anna(), { id, message })).rejects.toMatchObject({
    kind: "notFound",
  });
});

test("what is released is sorted and forwarded as it would have been, and its sender hears of nothing", async () => {
  const id = mailboxOf("anna");
  const { store, transport, directory } = house;
  await store.commit((tx) => {
    transport.scripts.putWithin(tx, id, "x", 'require "fileinto"; fileinto "Archive";', 1);
    transport.scripts.activateWithin(tx, id, "x");
  });
  const forwarding = { enabled: true, addresses: ["ben@home.example"], keepCopy: true };
  await directory.mailboxes.update(id, { forwarding });
  const message = await annas("junk", "Sorted");
  const count = async () => [
    (await house.messages(house.folderId("anna", "Archive"))).length,
    await inbox("anna"),
    await inbox("ben"),
  ];
  const before = await count();
  await house.administration.perform(releaseHeld, anna(), { id, message, learn: true });
  expect((await count()).map((now, at) => now - (before[at] ?? 0))).toEqual([1, 0, 1]);
  // What Ben's mailbox takes for junk is not Anna's to say.
  expect((await house.spam.room()).statistics.profile(mailboxOf("ben"))?.ham ?? 0).toBe(0);
  expect(transport.queue.size).toBe(0);
  await directory.mailboxes.update(id, { forwarding: { ...forwarding, enabled: false } });
  await store.commit((tx) => transport.scripts.activateWithin(tx, id, ""));
});

test("what is released is delivered even though its sender was barred meanwhile", async () => {
  const message = await annas("junk", "Barred since");
  const before = await inbox("anna");
  const barred = await house.administration.perform(addBarred, admin(), { patterns: ["eve@example.com"] });
  await house.administration.perform(releaseHeld, anna(), { id: mailboxOf("anna"), message });
  expect(await inbox("anna")).toBe(before + 1);
  for (const { id } of barred.entries) await house.administration.perform(removeBarred, admin(), { id });
});

test("a virus only administrators release", async () => {
  const message = await annas("virus");
  const id = mailboxOf("anna");
  const { administration } = house;
  expect((await administration.perform(showHeld, anna(), { id, message })).releasable).toBe(false);
  await expect(administration.perform(releaseHeld, anna(), { id, message })).rejects.toMatchObject({
    kind: "notPermitted",
  });
  const elsewhere = { id: message, to: "ben@home.example" };
  await expect(administration.perform(releaseQuarantined, admin(), elsewhere)).rejects.toMatchObject({
    kind: "notFound",
  });
  const before = await inbox("anna");
  await administration.perform(releaseQuarantined, admin(), { id: message });
  expect(await inbox("anna")).toBe(before + 1);
});

test("nobody sees, releases or deletes what is held for others", async () => {
  const message = await annas("junk");
  const { administration } = house;
  const tried = { id: mailboxOf("anna"), message };
  for (const login of ["ben", "zoe", "dora"]) {
    for (const operation of [showHeld, releaseHeld, removeHeld]) {
      await expect(administration.perform(operation, house.as(login), tried)).rejects.toMatchObject({
        kind: "notPermitted",
      });
    }
    // The number of somebody else's message, beside a mailbox of one's own.
    const own = { id: mailboxOf(login), message };
    await expect(administration.perform(releaseHeld, house.as(login), own)).rejects.toMatchObject({ kind: "notFound" });
  }
  for (const login of ["anna", "dora"]) {
    await expect(administration.perform(showQuarantined, house.as(login), { id: message })).rejects.toMatchObject({
      kind: "notPermitted",
    });
  }
});

test("what is deleted is gone, with its content", async () => {
  const contents = () => Number(house.store.client.query("SELECT count(*) FROM contents").values()[0]?.[0]);
  const before = contents();
  const [mine, other] = [await annas("junk", "Unseen one"), await annas("junk", "Unseen two")];
  await house.administration.perform(removeHeld, anna(), { id: mailboxOf("anna"), message: mine });
  await house.administration.perform(removeQuarantined, admin(), { id: other });
  expect(contents()).toBe(before);
});

test("people are told once a day of what is new, and nothing in the letter is the stranger's markup", async () => {
  const { store, transport } = house;
  await store.settings.set(quarantineSettings, { tellAdministrators: true });
  await annas("junk", "<b>Prize</b>");
  const letters = async (login: string) =>
    (await house.messages(house.folderId(login))).map(({ text }) => text).filter((text) => text.includes("held for"));
  await transport.keepHouse();
  expect(await letters("anna")).toEqual([]);
  await store.commit(({ client }) => client.run("UPDATE held_messages SET at = at - 86400000"));
  await transport.keepHouse();
  await transport.keepHouse();
  const [letter = "", ...others] = await letters("anna");
  expect(others).toEqual([]);
  expect(letter).toContain("multipart/alternative");
  expect(letter).toContain("&#60;b&#62;Prize&#60;/b&#62;");
  expect(letter).toContain("from Eve &#60;eve@example.com&#62;");
  expect(await letters("admin")).toHaveLength(1);
  expect(await letters("dora")).toEqual([]);
});

test("what is held while the letters are written is told of the next day, and so is what could not be told", async () => {
  const { store, transport, mailstore } = house;
  await store.settings.set(quarantineSettings, { tellAdministrators: false });
  await annas("junk", "Early");
  await store.commit(({ client }) => client.run("UPDATE held_messages SET at = at - 86400000"));
  const quarantine = await transport.quarantine();
  const untold = () => quarantine.untold(mailboxOf("anna"), quarantine.latest(), 9).map(({ subject }) => subject);
  const { untold: read } = quarantine;
  let late: Promise<number> | undefined;
  quarantine.untold = (...of) => {
    // It comes after the letter's list was read.
    late ??= annas("junk", "Late");
    return read.apply(quarantine, of);
  };
  await transport.keepHouse();
  quarantine.untold = read;
  await late;
  expect(untold()).toEqual(["Late"]);
  await store.commit(({ client }) => client.run("UPDATE held_messages SET at = at - 86400000"));
  const { append } = mailstore;
  mailstore.append = () => {
    throw new Refusal("temporary", "The store is busy.");
  };
  await transport.keepHouse();
  mailstore.append = append;
  expect(untold()).toEqual(["Late"]);
  await transport.keepHouse();
  expect(untold()).toEqual([]);
});

test("the last hour of a digest is today's or yesterday's", () => {
  const at = (text: string) => new Date(text).getTime();
  expect(lastHour(at("2026-05-03T07:00:00"), 7)).toBe(at("2026-05-03T07:00:00"));
  expect(lastHour(at("2026-05-03T06:59:00"), 7)).toBe(at("2026-05-02T07:00:00"));
});

test("a mailbox holds only so much: the oldest goes", async () => {
  const id = mailboxOf("zoe");
  const zoes = (subject: string) => hold(house, { mailbox: id, address: "zoe@away.example", reason: "junk", subject });
  const oldest = await zoes("Oldest");
  const many = await zoes("Many");
  await house.store.commit(({ client }) =>
    client.run(
      `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9998)
       INSERT INTO held_recipients (message, mailbox, address, notify) SELECT ?, ?, 'zoe@away.example', '' FROM n`,
      [many, id],
    ),
  );
  const quarantine = await house.transport.quarantine();
  expect(quarantine.show(oldest).subject).toBe("Oldest");
  const latest = await zoes("Latest");
  expect(() => quarantine.show(oldest)).toThrow("not held");
  expect(quarantine.show(latest).subject).toBe("Latest");
});

test("what is held for a mailbox goes with it", async () => {
  await hold(house, { mailbox: mailboxOf("ben"), address: "ben@home.example", reason: "junk", subject: "Gone" });
  const quarantine = await house.transport.quarantine();
  await house.directory.users.remove("ben");
  const gone = () => quarantine.list({ search: "Gone", limit: 1 }).total === 0;
  for (let tries = 0; tries < 100 && !gone(); tries++) await house.store.commit(() => undefined);
  expect(gone()).toBe(true);
});
