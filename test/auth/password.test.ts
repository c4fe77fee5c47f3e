import { describe, expect, test } from "bun:test";
import { makeScramKeys, PasswordHasher, preparePassword } from "../../src/auth/password.ts";

const LIMITS = { argonMemory: 8192, argonPasses: 1, concurrentHashes: 2, waitingHashes: 100 };

describe("a password's hash", () => {
  const hasher = new PasswordHasher(() => LIMITS);

  test("is Argon2id with the parameters set, and fits that password alone", async () => {
    const hash = await hasher.hash("pencil");
    expect(hash).toStartWith("$argon2id$v=19$m=8192,t=1,p=1$");
    expect(await hasher.verify("pencil", hash)).toBe(true);
    expect(await hasher.verify("Pencil", hash)).toBe(false);
    expect(await hasher.verify("", hash)).toBe(false);
    expect(hasher.isDated(hash)).toBe(false);
    expect(hasher.isDated(hash.replace("t=1", "t=2"))).toBe(true);
  });

  test("that is no hash is nobody's", async () => {
    for (const hash of ["", "x", "$argon2id$v=19$m=8192,t=1,p=1$AA$BB", "$2b$10$short"]) {
      expect(await hasher.verify("pencil", hash)).toBe(false);
    }
  });

  test("of nobody has the form and cost of a real one, fits nothing, and stays the same", async () => {
    const real = await hasher.hash("pencil");
    expect(hasher.nobody.replaceAll(/[A-Za-z0-9+/]{43}/g, "*")).toBe(real.replaceAll(/[A-Za-z0-9+/]{43}/g, "*"));
    expect(hasher.nobody).toBe(hasher.nobody);
    expect(await hasher.verify("pencil", hasher.nobody)).toBe(false);
  });

  test("is not computed for somebody who was barred while he waited", async () => {
    const hash = await hasher.hash("pencil");
    expect(await hasher.verify("pencil", hash, () => false)).toBe(false);
  });
});

test("one password typed on two keyboards is one password", () => {
  expect(preparePassword("cafe\u0301 1")).toBe(preparePassword("caf\u00e9\u00a01"));
  expect(preparePassword("a\u0007b")).toBe("a\u0007b"); // not to be set, but never a fault
});

test("SCRAM keys of RFC 7677's example", async () => {
  const keys = await makeScramKeys("pencil", 4096, Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
  expect(keys).toEqual({
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    iterations: 4096,
    storedKey: "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
    serverKey: "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  });
});
