/** Junk by operations: teaching, taking back, where it begins, and whose business that is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  exportSpam,
  resetSpam,
  setSpam,
  showSpam,
  trainSpam,
  untrainSpam,
} from "../../src/administration/mail/spam.ts";
import { House } from "./house.ts";

let house: House;
let id: number;

beforeAll(async () => {
  house = await House.build();
  id = house.user("anna").primaryMailbox;
  for (const at of [1, 2, 3]) {
    await house.put(
      house.folderId("anna", "Junk"),
      `From: a${at}@x.example\r\nSubject: Pills ${at}\r\n\r\nCheap pills.\r\n`,
    );
  }
});

afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

const anna = () => house.as("anna");

describe("a mailbox's junk", () => {
  test("is taught from a folder, once", async () => {
    const { administration } = house;
    const lesson = { id, folder: "Junk", kind: "spam" } as const;
    expect(await administration.perform(trainSpam, anna(), { ...lesson, uids: [1] })).toEqual({ learned: 1 });
    expect(await administration.perform(trainSpam, anna(), lesson)).toEqual({ learned: 2 });
    expect(await administration.perform(trainSpam, anna(), lesson)).toEqual({ learned: 0 });
    expect(await administration.perform(showSpam, anna(), { id })).toMatchObject({ spam: 3, ham: 0 });
    expect(await administration.perform(trainSpam, anna(), { ...lesson, kind: "ham", uids: [1] })).toEqual({
      learned: 1,
    });
    expect(await administration.perform(showSpam, anna(), { id })).toMatchObject({
      ...{ spam: 2, ham: 1 },
      everybody: { spam: 2, ham: 1 },
    });
  });

  test("is given out as hashes, taken back, and forgotten", async () => {
    const { administration } = house;
    const { words, next } = await administration.perform(exportSpam, anna(), { id });
    expect(words.length).toBeGreaterThan(5);
    expect(words.some(({ ham, spam }) => ham === 1 && spam === 2)).toBe(true);
    expect(next).toBeNull();
    expect(await administration.perform(untrainSpam, anna(), { id, folder: "Junk", uids: [2] })).toEqual({
      learned: 1,
    });
    expect(await administration.perform(showSpam, anna(), { id })).toMatchObject({ spam: 1, ham: 1 });
    await administration.perform(resetSpam, anna(), { id });
    const after = await administration.perform(showSpam, anna(), { id });
    expect(after).toMatchObject({ spam: 0, ham: 0, everybody: { spam: 1, ham: 1 } });
    expect((await administration.perform(exportSpam, anna(), { id })).words).toEqual([]);
  });

  test("begins where its owner says", async () => {
    const { administration } = house;
    expect(await administration.perform(setSpam, anna(), { id, junkAt: 3.5 })).toMatchObject({ junkAt: 3.5 });
    expect(await administration.perform(setSpam, anna(), { id, junkAt: null })).toMatchObject({
      ...{ junkAt: null, usualJunkAt: 5 },
    });
  });

  test("is nobody else's business, and everybody's is the administrators'", async () => {
    const { administration } = house;
    for (const login of ["ben", "zoe"]) {
      const tried = administration.perform(trainSpam, house.as(login), { id, folder: "INBOX", kind: "ham" });
      await expect(tried).rejects.toMatchObject({ kind: "notPermitted" });
    }
    for (const login of ["anna", "dora"]) {
      await expect(administration.perform(resetSpam, house.as(login), { id: 0 })).rejects.toMatchObject({
        kind: "notPermitted",
      });
    }
    await administration.perform(resetSpam, house.as("admin"), { id: 0 });
    expect(await administration.perform(showSpam, house.as("admin"), { id: 0 })).toMatchObject({ spam: 0, ham: 0 });
    const unknown = administration.perform(trainSpam, anna(), { id, folder: "Nowhere", kind: "ham" });
    await expect(unknown).rejects.toMatchObject({ kind: "notFound" });
  });
});
