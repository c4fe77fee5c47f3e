/** Who is turned away before he has asked for a host stands in the log: who, when, from where, why; and a flood is counted, not written. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { TurnedAway } from "../../src/gateway/gateway.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { GatewayHouse, to } from "./open.ts";

let house: GatewayHouse;
beforeEach(async () => {
  house = await GatewayHouse.open();
});
afterEach(async () => {
  await house.close();
  expect(house.faults).toEqual([]);
});

const WRONG = "The login name or the password is wrong.";
const turn = (values: Partial<TurnedAway> = {}) =>
  house.gateway.turnedAway({ service: "proxy", remote: "192.168.1.9", login: "anna", why: WRONG, ...values });
const lines = async () => {
  await house.gateway.flush();
  return await house.gateway.traffic.trips({ limit: 1_000 });
};

test("a wrong password, a name that nobody has and a missing permission are lines", async () => {
  turn();
  turn({ login: "annna", service: "socks" });
  turn({ login: "ben", reason: "permission", why: "This account may not use the web proxy.", remote: "192.168.1.7" });
  const [ben, nobody, anna] = await lines();
  const at = house.now;
  expect(anna).toMatchObject({ user: house.user("anna").id, typed: "", at, client: "192.168.1.9", verdict: "login" });
  expect(anna).toMatchObject({ service: "proxy", host: "", times: 1, why: WRONG });
  expect(nobody).toMatchObject({ user: 0, typed: "annna", service: "socks", verdict: "login" });
  expect(ben).toMatchObject({ user: house.user("ben").id, client: "192.168.1.7", verdict: "permission" });
  expect(await house.gateway.traffic.trips({ user: house.user("anna").id })).toEqual([anna as never]);
  // Nobody went anywhere: the sums of trips know nothing of it.
  expect(house.gateway.traffic.byUser({ from: 0, to: 99_999_999 })).toEqual([]);
});

test("the same again counts in its line, for a minute", async () => {
  for (let at = 0; at < 5; at++) turn();
  expect(await lines()).toMatchObject([{ times: 5 }]);
  turn();
  turn({ login: "ANNA" });
  expect(await lines()).toMatchObject([{ times: 7 }]);
  house.now += 61_000;
  turn();
  expect(await lines()).toMatchObject([{ times: 1, at: house.now }, { times: 7 }]);
});

test("a program that asks first and logs in then is nothing to tell; one that never logs in is", async () => {
  turn({ login: undefined, why: "no login" });
  turn({ login: undefined, why: "no login", remote: "192.168.1.20" });
  expect(await lines()).toEqual([]);
  house.gateway.begin(house.visitor("anna"), to("a.example")).close();
  house.now += 11_000;
  const [silent, trip, ...more] = await lines();
  expect(more).toEqual([]);
  expect(trip).toMatchObject({ host: "a.example", verdict: "allowed" });
  expect(silent).toMatchObject({ client: "192.168.1.20", user: house.user("guest").id, verdict: "login" });
});

test("a flood of names and addresses fills a few lines, and is counted whole", async () => {
  for (let at = 0; at < 20_000; at++) turn({ login: `nobody${at}`, remote: `192.168.${at % 250}.${at % 199}` });
  const rows = await lines();
  expect(rows.length).toBeLessThan(250);
  expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(20_000);
  for (let at = 0; at < 2_000; at++) turn({ login: `more${at}`, why: "x".repeat(10_000) });
  expect((await lines()).length).toBe(rows.length);
});

test("what is longer than a name is cut", async () => {
  turn({ login: "n".repeat(5_000), why: "w".repeat(5_000) });
  const [line] = await lines();
  expect([line?.typed.length, line?.why.length]).toEqual([128, 300]);
});

test("it is written by itself, and at the end", async () => {
  turn();
  while ((await house.gateway.traffic.trips()).length === 0) await Bun.sleep(20);
  turn({ login: "ben" });
  await house.restart();
  expect(await lines()).toHaveLength(2);
});

test("with totals only, nobody is written down", async () => {
  turn();
  await house.store.settings.set(gatewaySettings, { log: "totals" });
  turn({ login: "ben" });
  expect(await lines()).toEqual([]);
});

test("what ends by hand, by a rule and by a quota is told apart", async () => {
  const { gateway } = house;
  const trips = ["hand", "rule", "quota"].map((name) => {
    const passing = gateway.begin(house.visitor(), to(`${name}.example`));
    passing.onCut(() => passing.close());
    return passing;
  });
  gateway.ledger.cut(trips[0]?.id ?? 0);
  await house.store.commit((tx) =>
    gateway.rules.createWithin(tx, { name: "No", action: "bar", hosts: ["rule.example"] }),
  );
  while (gateway.ledger.size > 1) await Bun.sleep(5);
  await house.store.commit((tx) => gateway.accounts.setWithin(tx, house.user("anna").id, { dayMegabytes: 1 }));
  trips[2]?.add(0, 2_000_000);
  const found = Object.fromEntries(
    (await lines()).map(({ host, verdict, rule, why }) => [host, { verdict, rule, why }]),
  );
  expect(found).toEqual({
    "hand.example": { verdict: "ended", rule: "", why: "The administrator has ended this connection." },
    "rule.example": { verdict: "barred", rule: "No", why: "" },
    "quota.example": {
      ...{ verdict: "quota", rule: "" },
      why: "What may be transferred in a day is used up; it goes on tomorrow.",
    },
  });
});
