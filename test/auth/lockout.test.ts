import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Lockout } from "../../src/auth/lockout.ts";
import { lockoutSettings } from "../../src/auth/settings.ts";
import { AddressSet } from "../../src/net/access.ts";
import { type Opened, openDirectory } from "../directory/open.ts";
import { processorMs } from "../timing.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

let opened: Opened;
let now: number;
let lockout: Lockout;
let lastRemote: string | undefined;

function open(): Lockout {
  const exempt = new AddressSet(["127.0.0.0/8"]);
  return new Lockout(opened.store, {
    now: () => now,
    exempt: (address) => exempt.has(address),
    allowed: (address) => exempt.has(address),
    lastRemote: () => lastRemote,
  });
}

/** Lifts, and says what. */
async function lift(name: string): Promise<string[]> {
  return (await opened.store.commit((tx) => lockout.liftWithin(tx, name))).map(({ kind, name }) => `${kind} ${name}`);
}

function strike(times: number, remote = "192.0.2.1", account?: string): void {
  for (let i = 0; i < times; i++) lockout.strike(remote, "login", account === undefined ? {} : { account });
}

beforeEach(() => {
  opened = openDirectory();
  now = 1_800_000_000_000;
  lastRemote = undefined;
  lockout = open();
});
afterEach(() => {
  lockout.close();
  opened.close();
});

describe("an address", () => {
  test("is first free, then delayed more and more, then barred", () => {
    const seen: (number | "barred")[] = [];
    for (let i = 0; i < 10; i++) {
      strike(1);
      seen.push(lockout.barred("192.0.2.1") === undefined ? lockout.delayFor("192.0.2.1") : "barred");
    }
    expect(seen).toEqual([0, 0, 0, 500, 1000, 2000, 4000, 8000, 10_000, "barred"]);
    expect(lockout.barred("192.0.2.1")).toEqual({ until: now + 10 * MINUTE, why: "login" });
    expect(lockout.barred("192.0.2.2")).toBeUndefined();
  });

  test("is barred for twice as long each time, up to a day, and forgiven after a week", () => {
    const lengths: number[] = [];
    for (let i = 0; i < 10; i++) {
      strike(10);
      const until = lockout.barred("192.0.2.1")?.until ?? 0;
      lengths.push((until - now) / MINUTE);
      now = until;
      expect(lockout.barred("192.0.2.1")).toBeUndefined();
    }
    expect(lengths).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
    now += 8 * DAY;
    strike(10);
    expect(lockout.barred("192.0.2.1")?.until).toBe(now + 10 * MINUTE);
  });

  test("is forgiven a strike every six minutes", () => {
    for (let i = 0; i < 50; i++) {
      strike(1);
      now += 6 * MINUTE;
    }
    expect(lockout.barred("192.0.2.1")).toBeUndefined();
    expect(lockout.delayFor("192.0.2.1")).toBe(0);
    expect(lockout.list()).toEqual([]);
  });

  test("in IPv6 is its whole /64", () => {
    for (let i = 0; i < 10; i++) strike(1, `2001:db8:0:1::${i.toString(16)}`);
    expect(lockout.barred("2001:db8:0:1:ffff::1")).toBeDefined();
    expect(lockout.barred("2001:db8:0:2::1")).toBeUndefined();
  });

  test("on the allow-list is never slowed or barred", () => {
    strike(100, "127.0.0.1");
    expect([lockout.barred("127.0.0.1"), lockout.delayFor("127.0.0.1")]).toEqual([undefined, 0]);
    expect(lockout.list()).toEqual([]);
  });

  test("that repeats one wrong password is not barred for it in an hour", () => {
    for (let i = 0; i < 60; i++) {
      lockout.strike("192.0.2.1", "repeat");
      now += MINUTE;
    }
    expect(lockout.barred("192.0.2.1")).toBeUndefined();
  });

  test("collects strikes of other kinds, weighed as set", async () => {
    for (let i = 0; i < 19; i++) lockout.strike("192.0.2.1", "recipient", { detail: `x${i}@example.test` });
    expect(lockout.barred("192.0.2.1")).toBeUndefined();
    lockout.strike("192.0.2.1", "recipient", { detail: "last@example.test" });
    expect(lockout.barred("192.0.2.1")?.why).toBe("recipient");
    const [entry] = lockout.list();
    expect(entry?.evidence.length).toBe(10);
    expect(entry?.evidence.at(-1)).toEqual({ at: now, why: "recipient", detail: "last@example.test" });
    await opened.store.settings.set(lockoutSettings, { weightProtocol: 0 });
    for (let i = 0; i < 1000; i++) lockout.strike("192.0.2.9", "protocol");
    expect(lockout.barred("192.0.2.9")).toBeUndefined();
  });
});

describe("an account", () => {
  function attack(account: string, times: number): void {
    for (let i = 0; i < times; i++) strike(1, `198.51.100.${i}`, account);
  }

  test("is barred for strangers when many addresses try it, also where there is none of that name", () => {
    attack("Anna", 30);
    expect(lockout.accountBarred("anna", "203.0.113.1")?.until).toBe(now + 10 * MINUTE);
    expect(lockout.accountBarred("bert", "203.0.113.1")).toBeUndefined();
    expect(lockout.barred("203.0.113.1")).toBeUndefined();
    expect(lockout.delayFor("203.0.113.1", "anna")).toBe(0); // the bar speaks instead
  });

  test("delays strangers before that", () => {
    attack("anna", 6);
    expect(lockout.delayFor("203.0.113.1", "anna")).toBe(2000);
    expect(lockout.delayFor("203.0.113.1", "bert")).toBe(0);
  });

  test("stays open for the addresses it is used from", () => {
    lockout.noteSuccess("anna", "203.0.113.7");
    attack("anna", 30);
    expect(lockout.accountBarred("ANNA", "203.0.113.7")).toBeUndefined();
    expect(lockout.delayFor("203.0.113.7", "anna")).toBe(0);
    expect(lockout.accountBarred("anna", "203.0.113.8")).toBeDefined();
    lastRemote = "203.0.113.8";
    expect(lockout.accountBarred("anna", "203.0.113.8")).toBeUndefined();
  });

  test("its owner's own mistakes count against his address only", () => {
    lockout.noteSuccess("anna", "203.0.113.7");
    strike(5, "203.0.113.7", "anna");
    expect(lockout.list().map(({ kind, name }) => `${kind} ${name}`)).toEqual(["address 203.0.113.7"]);
  });
});

describe("what is held against somebody", () => {
  test("survives a restart: bars, scores and how often", async () => {
    strike(10);
    strike(5, "192.0.2.2", "anna");
    await lockout.flush();
    lockout = open();
    expect(lockout.barred("192.0.2.1")).toEqual({ until: now + 10 * MINUTE, why: "login" });
    expect(lockout.delayFor("192.0.2.2")).toBe(1000);
    expect(lockout.list().map(({ kind, name, bars }) => `${kind} ${name} ${bars}`)).toEqual([
      "address 192.0.2.1 1",
      "address 192.0.2.2 0",
      "account anna 0",
    ]);
    now += 10 * MINUTE;
    strike(10);
    expect(lockout.barred("192.0.2.1")?.until).toBe(now + 20 * MINUTE);
  });

  test("is written on closing too", () => {
    strike(10);
    lockout.close();
    lockout = open();
    expect(lockout.barred("192.0.2.1")).toBeDefined();
  });

  test("is forgotten when it is lifted, for good", async () => {
    strike(10);
    strike(10, "2001:db8:0:1::5");
    for (let i = 0; i < 30; i++) strike(1, `198.51.100.${i}`, "anna");
    await lockout.flush();
    expect(await lift("192.0.2.1")).toEqual(["address 192.0.2.1"]);
    expect(await lift("2001:db8:0:1::99")).toEqual(["network 2001:db8:0:1::/64"]);
    expect(await lift("Anna")).toEqual(["account anna"]);
    expect(await lift("192.0.2.1")).toEqual([]);
    lockout = open();
    expect(lockout.barred("192.0.2.1") ?? lockout.barred("2001:db8:0:1::5")).toBeUndefined();
    expect(lockout.accountBarred("anna", "203.0.113.1")).toBeUndefined();
  });

  test("is dropped from the store when it is old", async () => {
    strike(10);
    await lockout.flush();
    now += 20 * DAY;
    strike(1, "192.0.2.2");
    await lockout.flush();
    lockout = open();
    expect(lockout.list().map(({ name }) => name)).toEqual(["192.0.2.2"]);
  });

  test("takes bounded memory under attack, and spares who is barred", async () => {
    await opened.store.settings.set(lockoutSettings, { mostEntries: 100 });
    strike(10, "192.0.2.1");
    for (let i = 0; i < 5000; i++) strike(1, `10.${i >> 8}.${i & 255}.1`);
    expect(lockout.list().length).toBe(100);
    expect(lockout.barred("192.0.2.1")).toBeDefined();
  });

  test("a barred address costs a look at accept: a million of them in a second or so", () => {
    strike(10);
    const rounds = 200_000;
    const before = processorMs();
    for (let i = 0; i < rounds; i++) lockout.barred("192.0.2.1");
    expect((processorMs() - before) / rounds).toBeLessThan(0.01);
  });
});
