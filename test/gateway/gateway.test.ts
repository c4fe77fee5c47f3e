/** Who may go where: permission, rules, ports, limits, warnings; and that what is open hears of changes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { StoredRule } from "../../src/gateway/rule.ts";
import { gatewaySettings, proxySettings } from "../../src/gateway/settings.ts";
import { rules as ruleTable } from "../../src/gateway/tables.ts";
import { Refusal } from "../../src/refusal.ts";
import { GatewayHouse, kindOf, to } from "./open.ts";

let house: GatewayHouse;
beforeAll(async () => {
  house = await GatewayHouse.open();
});
afterAll(async () => {
  await house.close();
  expect(house.faults).toEqual([]);
});
beforeEach(async () => {
  await house.store.commit((tx) => {
    for (const { id } of house.gateway.rules.list()) house.gateway.rules.removeWithin(tx, id);
  });
});

type RuleInput = Parameters<typeof house.gateway.rules.createWithin>[1];
const addRule = (rule: Partial<RuleInput>, position?: number) =>
  house.store.commit((tx) => house.gateway.rules.createWithin(tx, { name: "no", action: "bar", ...rule }, position));

function refusedKind(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}

test("only who may use the proxies does, guests only from the local network", async () => {
  const target = to("a.example");
  expect(house.judge(house.visitor("anna"), target)).toBe("");
  expect(house.judge(house.visitor("ben"), target)).toBe("permission");
  expect(house.judge(house.visitor(null), target)).toBe("");
  expect(house.judge(house.visitor(null, { remote: "203.0.113.9" }), target)).toBe("permission");
  expect(house.judge(house.visitor(null, { service: "ftpproxy" }), target)).toBe("permission");
  expect(house.judge(house.visitor("anna", { service: "ftpproxy" }), to("a.example", 21, "ftp"))).toBe("");
  expect(house.gateway.mayGuest("proxy", "192.168.1.1")).toBe(true);
  expect(house.gateway.mayGuest("socks", "192.168.1.1")).toBe(true);
  expect(house.gateway.mayGuest("proxy", "8.8.8.8")).toBe(false);
  expect(house.gateway.mayGuest("ftpproxy", "192.168.1.1")).toBe(false);
});

test("passwords are taken without TLS as it is set", async () => {
  const { gateway, store } = house;
  expect([gateway.mayTakePassword("192.168.1.1", false), gateway.mayTakePassword("8.8.8.8", false)]).toEqual([
    true,
    false,
  ]);
  expect(gateway.mayTakePassword("8.8.8.8", true)).toBe(true);
  await store.settings.set(proxySettings, { passwords: "tls" });
  expect(gateway.mayTakePassword("192.168.1.1", false)).toBe(false);
  await store.settings.set(proxySettings, { passwords: "any" });
  expect(gateway.mayTakePassword("8.8.8.8", false)).toBe(true);
  await store.settings.set(proxySettings, { passwords: "lan" });
});

test("the web proxy keeps to ports of the web, SOCKS does not", async () => {
  const anna = house.visitor("anna");
  expect(house.judge(anna, to("a.example", 443))).toBe("");
  expect(house.judge(anna, to("a.example", 22))).toBe("barred");
  expect(house.judge(anna, to("a.example", 25, "http"))).toBe("barred");
  expect(house.judge(anna, to("a.example", 8080, "http"))).toBe("");
  expect(house.judge(house.visitor("anna", { service: "socks" }), to("a.example", 22))).toBe("");
  expect(house.judge(anna, to("a.example", 21, "ftp"))).toBe("");
  expect(house.judge(anna, to("a.example", 25, "ftp"))).toBe("barred");
  expect(house.judge(house.visitor("anna", { service: "ftpproxy" }), to("a.example", 25, "ftp"))).toBe("barred");
  await addRule({ name: "shells", hosts: ["git.example"], ports: ["22"], action: "allow" });
  expect(house.judge(anna, to("git.example", 22))).toBe("");
  expect(house.judge(anna, to("a.example", 22))).toBe("barred");
  await house.store.settings.set(gatewaySettings, { tunnelPorts: ["any"] });
  expect(house.judge(anna, to("a.example", 22))).toBe("");
  await house.store.settings.set(gatewaySettings, { tunnelPorts: [] });
  expect(house.judge(anna, to("a.example", 443))).toBe("barred");
  await house.store.settings.set(gatewaySettings, { tunnelPorts: ["443"] });
});

test("a host in another spelling is refused, since rules would not know it", () => {
  for (const host of ["A.example", "a.example.", "0x7f.1", "[::1]", "::ffff:1.2.3.4", "a..b", ""]) {
    expect(house.judge(house.visitor("anna"), to(host))).toBe("unresolved");
  }
  expect(house.judge(house.visitor("anna"), to("a.example", 0))).toBe("unresolved");
});

describe("rules", () => {
  test("bar with their own text, or the usual sentence", async () => {
    const { id } = await addRule({ name: "No games", hosts: [".games.example"], text: "Homework first." });
    const refusal = house.gateway.trial(house.visitor("anna"), to("www.games.example")).refusal;
    expect(refusal).toMatchObject({ kind: "barred", sentence: "Homework first.", rule: "No games" });
    await house.store.commit((tx) => house.gateway.rules.updateWithin(tx, id, { text: "" }));
    expect(house.gateway.trial(house.visitor("anna"), to("www.games.example")).refusal?.sentence).toBe(
      "You may not go to www.games.example (No games).",
    );
    expect(house.gateway.trial(house.visitor("anna"), to("www.example"))).toEqual({});
  });

  test("about addresses are kept, and rules of before there were any name none", async () => {
    const { id } = await addRule({ name: "Programs", urls: ["*.exe", "*.exe"] });
    expect(house.gateway.rules.require(id).urls).toEqual(["*.exe"]);
    const program = { ...to("a.example", 80, "http"), url: "http://a.example/x.exe" };
    expect(house.gateway.trial(house.visitor("anna"), program)).toMatchObject({ rule: "Programs" });
    expect(house.judge(house.visitor("anna"), to("a.example", 80, "http"))).toBe("");
    const old = { ...house.gateway.rules.stored()[0], hosts: ["old.example"], urls: undefined, id: undefined };
    await house.store.commit((tx) =>
      tx.db
        .update(ruleTable)
        .set({ rule: old as unknown as StoredRule })
        .run(),
    );
    await house.restart();
    expect(house.gateway.rules.require(id)).toMatchObject({ urls: [], hosts: ["old.example"] });
    expect(house.judge(house.visitor("anna"), to("old.example"))).toBe("barred");
    expect(house.judge(house.visitor("anna"), program)).toBe("");
  });

  test("have an order that can be changed", async () => {
    const first = await addRule({ name: "one" });
    await addRule({ name: "two" });
    await addRule({ name: "three" }, 1);
    const names = () => house.gateway.rules.list().map(({ name, position }) => `${position} ${name}`);
    expect(names()).toEqual(["1 three", "2 one", "3 two"]);
    await house.store.commit((tx) => house.gateway.rules.moveWithin(tx, first.id, 99));
    expect(names()).toEqual(["1 three", "2 two", "3 one"]);
    await house.store.commit((tx) => house.gateway.rules.moveWithin(tx, first.id, 1));
    expect(names()).toEqual(["1 one", "2 three", "3 two"]);
  });

  test("name people, groups and lists that exist, and follow them to other names", async () => {
    const { rules, groups, lists } = house.gateway;
    await house.store.commit((tx) => groups.createWithin(tx, { name: "Children", members: ["ben", "anna", "ben"] }));
    await house.store.commit((tx) => lists.createWithin(tx, { name: "Ads", source: "text", location: "ads.example" }));
    await lists.refresh("ads");
    const { id } = await addRule({ users: ["DORA"], groups: ["children", "guests"], hosts: ["list:ADS"] });
    expect(rules.require(id)).toMatchObject({ users: ["dora"], groups: ["Children", "guests"], hosts: ["list:Ads"] });
    expect(house.judge(house.visitor("anna"), to("www.ads.example"))).toBe("barred");
    expect(house.judge(house.visitor("anna"), to("example"))).toBe("");
    await house.store.commit((tx) => {
      groups.updateWithin(tx, "Children", { name: "Kids", members: ["ben"] });
      lists.updateWithin(tx, "Ads", { name: "Adverts" });
    });
    expect(rules.require(id)).toMatchObject({ groups: ["Kids", "guests"], hosts: ["list:Adverts"] });
    expect(house.judge(house.visitor("anna"), to("ads.example"))).toBe("");
    expect(house.judge(house.visitor("dora"), to("ads.example"))).toBe("barred");
    const within = (work: (tx: Parameters<Parameters<typeof house.store.commit>[0]>[0]) => unknown) =>
      refusedKind(() => house.store.commitNow(work));
    expect(within((tx) => groups.removeWithin(tx, "Kids"))).toBe("inUse");
    expect(within((tx) => lists.removeWithin(tx, "Adverts"))).toBe("inUse");
    expect(within((tx) => groups.createWithin(tx, { name: "kids" }))).toBe("exists");
    expect(within((tx) => groups.createWithin(tx, { name: "Guests" }))).toBe("exists");
    expect(within((tx) => rules.createWithin(tx, { name: "x", action: "bar", users: ["nobody"] }))).toBe("notFound");
    expect(within((tx) => rules.createWithin(tx, { name: "x", action: "bar", groups: ["none"] }))).toBe("notFound");
    expect(within((tx) => rules.createWithin(tx, { name: "x", action: "bar", hosts: ["list:none"] }))).toBe("notFound");
    expect(within((tx) => rules.createWithin(tx, { name: "x", action: "bar", ports: ["0"] }))).toBe("invalid");
    expect(within((tx) => rules.createWithin(tx, { name: "x", action: "bar", from: "25:00" }))).toBe("invalid");
  });

  test("about somebody who is gone are about nobody, also after a change", async () => {
    await house.directory.users.create({ login: "carl", permissions: ["http.proxy"] });
    const { id } = await addRule({ users: ["carl"] });
    await house.directory.users.remove("carl");
    const shown = house.gateway.rules.require(id);
    expect(shown.users).toEqual([expect.stringMatching(/^#\d+$/)]);
    await house.store.commit((tx) => house.gateway.rules.updateWithin(tx, id, { users: shown.users, name: "renamed" }));
    expect(house.judge(house.visitor("anna"), to("a.example"))).toBe("");
  });
});

test("a warning is given once for a time, to each person and host", async () => {
  await addRule({ name: "Careful", action: "warn", text: "Really?", hosts: [".shop.example"] });
  const anna = house.visitor("anna");
  expect(house.gateway.trial(anna, to("www.shop.example")).refusal).toMatchObject({
    kind: "warned",
    sentence: "Really?",
  });
  await house.gateway.acceptWarning(anna, "www.shop.example");
  expect(house.judge(anna, to("www.shop.example"))).toBe("");
  expect(house.judge(anna, to("other.shop.example"))).toBe("warned");
  expect(house.judge(house.visitor("dora"), to("www.shop.example"))).toBe("warned");
  await house.gateway.acceptWarning(house.visitor(null), "www.shop.example");
  expect(house.judge(house.visitor(null), to("www.shop.example"))).toBe("");
  expect(house.judge(house.visitor(null, { remote: "192.168.1.10" }), to("www.shop.example"))).toBe("warned");
  await house.restart();
  expect(house.judge(house.visitor("anna"), to("www.shop.example"))).toBe("");
  house.now += 61 * 60_000;
  expect(house.judge(house.visitor("anna"), to("www.shop.example"))).toBe("warned");
});

describe("what is open", () => {
  /** Begins a trip; resolves with the kind of what cuts it. */
  function begun(login: string | null, host = "a.example", address?: string) {
    const passing = house.gateway.begin(house.visitor(login), to(host), address);
    const cut = new Promise<string>((resolve) =>
      passing.onCut((why) => {
        passing.close();
        resolve(why.kind);
      }),
    );
    return { passing, cut };
  }

  test("is cut off by a new rule, and by no other", async () => {
    const [one, other] = [begun("anna", "a.example"), begun("anna", "b.example")];
    await addRule({ hosts: ["a.example"] });
    expect(await one.cut).toBe("barred");
    expect([...house.gateway.ledger.live()].map(({ target }) => target.host)).toEqual(["b.example"]);
    other.passing.close();
  });

  test("is cut off by a rule about the address it leads to", async () => {
    const one = begun("anna", "a.example", "93.184.216.34");
    await addRule({ hosts: ["93.184.216.0/24"] });
    expect(await one.cut).toBe("barred");
  });

  test("is cut off when the user may not any more, is switched off, or expires", async () => {
    await house.directory.users.create({ login: "erik" });
    for (const [before, after] of [
      [{ permissions: ["http.proxy" as const] }, { permissions: [] }],
      [{ enabled: true }, { enabled: false }],
      [{ expiresAt: null }, { expiresAt: house.now - 1 }],
    ]) {
      await house.directory.users.update("erik", {
        permissions: ["http.proxy"],
        enabled: true,
        expiresAt: null,
        ...before,
      });
      const { cut } = begun("erik");
      await house.directory.users.update("erik", after ?? {});
      expect(await cut).toBe("permission");
    }
    await house.directory.users.update("erik", { expiresAt: null });
    const { cut } = begun(null);
    await house.directory.users.update("guest", { permissions: [] });
    expect(await cut).toBe("permission");
    await house.directory.users.update("guest", { permissions: ["http.proxy"] });
  });

  test("is ended by hand", async () => {
    const { passing, cut } = begun("anna");
    expect(house.gateway.ledger.cut(passing.id)).toBe(true);
    expect(await cut).toBe("ended");
    expect(house.gateway.ledger.cut(passing.id)).toBe(false);
  });

  test("is only so much at once, for a user and for a client", async () => {
    await house.store.settings.set(gatewaySettings, { connectionsPerUser: 2, connectionsPerClient: 3 });
    const mine = [begun("anna"), begun("anna")];
    expect(kindOf(() => begun("anna"))).toBe("connections");
    const guest = begun(null);
    expect(kindOf(() => begun(null))).toBe("connections");
    guest.passing.close();
    guest.passing.close();
    const again = begun(null);
    for (const { passing } of [...mine, again]) passing.close();
    await house.store.commit((tx) => house.gateway.accounts.setWithin(tx, house.user("anna").id, { connections: 1 }));
    const one = begun("anna");
    expect(kindOf(() => begun("anna"))).toBe("connections");
    one.passing.close();
    expect(house.gateway.ledger.size).toBe(0);
    await house.store.commit((tx) =>
      house.gateway.accounts.setWithin(tx, house.user("anna").id, { connections: null }),
    );
    await house.store.settings.set(gatewaySettings, { connectionsPerUser: 0, connectionsPerClient: 0 });
  });
});
