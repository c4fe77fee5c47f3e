import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Lockout } from "../../src/auth/lockout.ts";
import { lockoutSettings } from "../../src/auth/settings.ts";
import { AddressSet } from "../../src/net/access.ts";
import { Refusal } from "../../src/refusal.ts";
import { type Opened, openDirectory } from "../directory/open.ts";
import { processorMs } from "../timing.ts";

const HOUR = 3_600_000;

let opened: Opened;
let now: number;
let lockout: Lockout;

function open(): Lockout {
  const exempt = new AddressSet(["127.0.0.0/8", "192.168.0.0/16"]);
  const allowed = new AddressSet(["127.0.0.0/8"]);
  return new Lockout(opened.store, {
    now: () => now,
    exempt: (address) => exempt.has(address),
    allowed: (address) => allowed.has(address),
    lastRemote: () => undefined,
  });
}

const bar = (name: string, until: number | null = null) =>
  opened.store.commit((tx) => lockout.barWithin(tx, name, { until, text: "a test", by: "admin" }));

const lift = (name: string) => opened.store.commit((tx) => lockout.liftWithin(tx, name));

const names = () => lockout.list().map(({ kind, name }) => `${kind} ${name}`);

beforeEach(async () => {
  opened = openDirectory();
  now = 1_800_000_000_000;
  lockout = open();
  await opened.store.settings.set(lockoutSettings, { allow: ["127.0.0.0/8"] });
});
afterEach(() => {
  lockout.close();
  opened.close();
});

describe("a bar by hand", () => {
  test("holds for an address, a network and an account", async () => {
    await bar("203.0.113.7");
    await bar("2001:db8::/32", now + HOUR);
    await bar("Anna");
    expect(lockout.barred("203.0.113.7")).toEqual({ until: Number.POSITIVE_INFINITY, why: "hand" });
    expect(lockout.barred("2001:db8:77::1")).toEqual({ until: now + HOUR, why: "hand" });
    expect(lockout.barred("203.0.113.8")).toBeUndefined();
    expect(lockout.accountBarred("anna", "203.0.113.8")?.why).toBe("hand");
    expect(names()).toEqual(["address 203.0.113.7", "account anna", "network 2001:db8::/32"]);
  });

  test("ends by itself, and outlives a restart until then", async () => {
    await bar("203.0.113.7", now + HOUR);
    await bar("203.0.113.0/28");
    lockout.close();
    lockout = open();
    expect(names()).toEqual(["network 203.0.113.0/28", "address 203.0.113.7"]);
    now += HOUR;
    expect(names()).toEqual(["network 203.0.113.0/28"]);
    // The narrower bar is over, the wider one is not.
    expect(lockout.barred("203.0.113.7")?.until).toBe(Number.POSITIVE_INFINITY);
    await lockout.flush();
    lockout.close();
    lockout = open();
    expect(names()).toEqual(["network 203.0.113.0/28"]);
  });

  test("holds where an account was used before, and in networks that strikes spare, but not for those that nothing bars", async () => {
    lockout.noteSuccess("anna", "203.0.113.7");
    await bar("anna");
    await bar("192.168.1.5");
    expect(lockout.accountBarred("anna", "203.0.113.7")).toBeDefined();
    expect(lockout.barred("192.168.1.5")).toBeDefined();
    await opened.store.settings.set(lockoutSettings, { allow: [] });
    await bar("127.0.0.9");
    expect(lockout.barred("127.0.0.9")).toBeUndefined();
  });

  test("is set anew in place of the earlier one, and is refused where it would bar too much", async () => {
    await bar("203.0.113.7");
    await bar("203.0.113.7/32", now + HOUR);
    expect(lockout.list().map(({ until }) => until)).toEqual([now + HOUR]);
    for (const name of ["0.0.0.0/0", "10.0.0.0/7", "2000::/3", "127.0.0.1", "126.0.0.0/7"]) {
      expect(bar(name)).rejects.toThrow(Refusal);
    }
    expect(names()).toEqual(["address 203.0.113.7"]);
  });

  test("is lifted by its own name only: not by that of an address in it", async () => {
    await bar("203.0.113.0/24");
    expect(lift("203.0.113.9")).rejects.toThrow("barred with the network 203.0.113.0/24");
    expect((await lift("203.0.113.128/24")).map(({ name }) => name)).toEqual(["203.0.113.0/24"]);
    expect(lockout.barred("203.0.113.9")).toBeUndefined();
    expect(await lift("203.0.113.0/24")).toEqual([]);
  });

  test("a commit that fails leaves nothing of it", async () => {
    const failed = opened.store.commit((tx) => {
      lockout.barWithin(tx, "203.0.113.7", { until: null, text: "", by: "admin" });
      throw new Error("no");
    });
    expect(failed).rejects.toThrow("no");
    await failed.catch(() => undefined);
    expect(names()).toEqual([]);
  });
});

describe("the door", () => {
  const strike = (remote: string) => {
    for (let count = 0; count < 10; count++) lockout.strike(remote, "login");
  };

  test("tells a barred address a few times in a minute, then closes without a word, and counts all", () => {
    strike("203.0.113.7");
    const verdicts = Array.from({ length: 5 }, () => lockout.turnAway("203.0.113.7"));
    expect(verdicts).toEqual(["tell", "tell", "tell", "close", "close"]);
    expect(lockout.turnAway("203.0.113.8")).toBeUndefined();
    now += 60_000;
    expect(lockout.turnAway("203.0.113.7")).toBe("tell");
    expect(lockout.list()[0]?.turnedAway).toBe(6);
  });

  test("says nothing at all where it is set so", async () => {
    await opened.store.settings.set(lockoutSettings, { tellPerMinute: 0 });
    strike("203.0.113.7");
    expect(lockout.turnAway("203.0.113.7")).toBe("close");
  });

  test("leaves it to the pages where somebody signed in from there, unless it was barred by hand", async () => {
    lockout.noteSuccess("anna", "203.0.113.7");
    strike("203.0.113.7");
    expect(lockout.turnAwayStrangers("203.0.113.7")).toBeUndefined();
    expect(lockout.turnAway("203.0.113.7")).toBe("tell");
    await lift("203.0.113.7");
    await bar("203.0.113.7");
    expect(lockout.turnAwayStrangers("203.0.113.7")).toBe("tell");
  });

  test("writes the counts now and then, and when it closes", async () => {
    strike("203.0.113.7");
    await bar("198.51.100.0/24");
    for (let count = 0; count < 1_000; count++) {
      lockout.turnAway("203.0.113.7");
      lockout.turnAway("198.51.100.3");
    }
    lockout.close();
    lockout = open();
    expect(lockout.list().map(({ name, turnedAway }) => `${name} ${turnedAway}`)).toEqual([
      "198.51.100.0/24 1000",
      "203.0.113.7 1000",
    ]);
  });

  test("costs a few microseconds, with ten thousand bars by hand too", async () => {
    strike("203.0.113.7");
    await opened.store.commit((tx) => {
      for (let at = 0; at < 9_999; at++) {
        lockout.barWithin(tx, `100.${at >> 8}.${at & 255}.0/24`, { until: null, text: "", by: "admin" });
      }
    });
    expect(bar("198.51.100.1")).resolves.toBeDefined();
    await bar("198.51.100.1");
    expect(bar("198.51.100.2")).rejects.toThrow("10000 bars");
    const rounds = 50_000;
    const before = processorMs();
    for (let at = 0; at < rounds; at++) lockout.turnAway("203.0.113.7");
    for (let at = 0; at < rounds; at++) lockout.turnAway("100.5.5.5");
    expect((processorMs() - before) / rounds / 2).toBeLessThan(0.02);
  });
});
