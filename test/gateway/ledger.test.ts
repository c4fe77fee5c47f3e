/** What the ledger keeps, over restarts, under flood and without hosts; and quotas. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { GateRefusal } from "../../src/gateway/gateway.ts";
import { gatewaySettings } from "../../src/gateway/settings.ts";
import { dayOf } from "../../src/gateway/times.ts";
import { GatewayHouse, kindOf, to } from "./open.ts";

let house: GatewayHouse;
beforeEach(async () => {
  house = await GatewayHouse.open();
});
afterEach(async () => {
  await house.close();
  expect(house.faults).toEqual([]);
});

const MEGABYTE = 1_000_000;
const today = () => ({ from: dayOf(house.now), to: dayOf(house.now) });
const begin = (login: string | null = "anna", host = "a.example") =>
  house.gateway.begin(house.visitor(login), to(host));

test("a trip is a line, and counts for its user, host, day and hour", async () => {
  const passing = begin();
  passing.add(100, 2_000);
  passing.count({ sent: 150, received: 2_500 });
  passing.count({ sent: 120, received: 2_500 });
  expect([...house.gateway.ledger.live()]).toMatchObject([{ id: passing.id, sent: 150, received: 2_500 }]);
  house.now += 1_500;
  passing.close();
  passing.close();
  begin(null, "b.example").close();
  expect(house.judge(house.visitor("anna"), to("c.example", 22))).toBe("barred");
  await house.gateway.ledger.flush();
  const { traffic } = house.gateway;
  const [barred, guest, mine] = await traffic.trips();
  expect(mine).toMatchObject({
    ...{ user: house.user("anna").id, client: "192.168.1.9", service: "proxy", scheme: "tunnel", host: "a.example" },
    ...{ port: 443, sent: 150, received: 2_500, duration: 1_500, verdict: "allowed", rule: "", times: 1 },
  });
  expect(guest).toMatchObject({ user: house.user("guest").id, host: "b.example" });
  expect(barred).toMatchObject({ host: "c.example", port: 22, verdict: "barred" });
  const sum = { trips: 2, refused: 1, sent: 150, received: 2_500 };
  expect(traffic.byUser(today())[0]).toEqual({ user: house.user("anna").id, ...sum });
  expect(traffic.byDay(today())).toEqual([{ day: dayOf(house.now), ...sum, trips: 3 }]);
  expect(traffic.byDay(today(), house.user("anna").id)).toEqual([{ day: dayOf(house.now), ...sum }]);
  expect((await traffic.byHost(today())).map(({ host }) => host)).toEqual(["a.example", "b.example", "c.example"]);
  expect(traffic.byHour(house.now - 3_600_000, house.now + 1)).toMatchObject([{ trips: 3, sent: 150 }]);
  expect(await traffic.trips({ verdict: "refused" })).toHaveLength(1);
  expect(await traffic.trips({ host: ".example", user: house.user("anna").id })).toHaveLength(2);
  expect(await traffic.trips({ limit: 1, before: barred?.id ?? 0 })).toEqual([guest as never]);
});

test("what an open trip has counted is there after the process was killed", async () => {
  const passing = begin();
  passing.add(0, 3 * MEGABYTE);
  await house.gateway.ledger.flush();
  passing.add(0, MEGABYTE);
  await house.restart(true);
  expect(house.gateway.accounts.usageOf(house.user("anna").id)).toEqual({ day: 3 * MEGABYTE, month: 3 * MEGABYTE });
});

test("it is written by itself within a second or so", async () => {
  begin().add(0, 5);
  while (house.gateway.traffic.byUser(today()).length === 0) await Bun.sleep(20);
  expect(house.gateway.traffic.byUser(today())[0]?.received).toBe(5);
});

test("a flood makes few rows and loses no octet", async () => {
  for (let at = 0; at < 5_000; at++) {
    const passing = begin("anna", `host${at}.example`);
    passing.add(1, 2);
    passing.close();
  }
  await house.gateway.ledger.flush();
  const rows = await house.gateway.traffic.trips({ limit: 1_000 });
  expect(rows.length).toBeLessThan(450);
  expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(5_000);
  expect(rows.reduce((sum, { received }) => sum + received, 0)).toBe(10_000);
  const hosts = await house.gateway.traffic.byHost(today(), 1_000);
  expect(hosts.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThanOrEqual(5_000);
  expect(house.gateway.traffic.byUser(today())[0]).toMatchObject({ trips: 5_000, sent: 5_000, received: 10_000 });
});

test("a line is found among many, and pages follow each other", async () => {
  const insert = house.store.client.prepare(
    `INSERT INTO gateway_trips (at, user_id, client, service, scheme, host, port, sent, received, duration, verdict, rule, times)
      VALUES (?, 1, '192.168.1.9', 'proxy', 'tunnel', ?, 443, 1, 1, 5, 'allowed', '', 1)`,
  );
  await house.store.commit(() => {
    for (let at = 0; at < 25_000; at++) insert.run(house.now + at, at % 5_000 === 7 ? "rare.example" : "usual.example");
  });
  insert.finalize();
  const { traffic } = house.gateway;
  const rare = await traffic.trips({ host: "rare.example" });
  expect(rare.map(({ at }) => at - house.now)).toEqual([20_007, 15_007, 10_007, 5_007, 7]);
  const page = await traffic.trips({ host: ".example", limit: 1_000 });
  const next = await traffic.trips({ limit: 1_000, before: page.at(-1)?.id ?? 0 });
  expect(next.map(({ id }) => id).slice(0, 2)).toEqual([24_000, 23_999]);
  expect(await traffic.trips({ host: "rare.example", from: house.now + 12_000, to: house.now + 20_000 })).toHaveLength(
    1,
  );
  expect(await traffic.trips({ from: house.now + 30_000 })).toEqual([]);
  await house.store.settings.set(gatewaySettings, { keepTrips: 1_000 });
  await house.gateway.keepHouse();
  expect((await traffic.trips({ limit: 1_000 })).map(({ id }) => id).at(-1)).toBe(24_001);
  expect(await traffic.trips({ before: 24_001 })).toEqual([]);
});

test("with totals only, no host and no address is written, and what was is forgotten", async () => {
  const written = () => house.store.client.query("SELECT host FROM gateway_warnings").all();
  begin("anna", "before.example").close();
  await house.gateway.acceptWarning(house.visitor("anna"), "before.example");
  expect(written()).toHaveLength(1);
  await house.gateway.ledger.flush();
  await house.store.settings.set(gatewaySettings, { log: "totals" });
  await house.gateway.acceptWarning(house.visitor("anna"), "secret.example");
  const passing = begin("anna", "secret.example");
  passing.add(7, 8);
  passing.close();
  house.now += 1_000;
  await house.gateway.ledger.flush();
  await house.gateway.keepHouse();
  expect(await house.gateway.traffic.trips()).toEqual([]);
  expect(written()).toEqual([]);
  expect(await house.gateway.traffic.byHost({ from: 0, to: 99_999_999 })).toEqual([]);
  expect(house.gateway.traffic.byUser(today())[0]).toMatchObject({ trips: 2, sent: 7, received: 8 });
});

test("what is too old is forgotten: trips sooner than totals", async () => {
  begin().close();
  await house.gateway.acceptWarning(house.visitor("anna"), "warned.example");
  await house.gateway.ledger.flush();
  house.now += 40 * 86_400_000;
  await house.gateway.keepHouse();
  expect(house.store.client.query("SELECT host FROM gateway_warnings").all()).toEqual([]);
  expect(await house.gateway.traffic.trips()).toEqual([]);
  expect(house.gateway.traffic.byUser({ from: 0, to: 99_999_999 })).toHaveLength(1);
  house.now += 400 * 86_400_000;
  await house.gateway.keepHouse();
  expect(house.gateway.traffic.byUser({ from: 0, to: 99_999_999 })).toEqual([]);
  expect(await house.gateway.traffic.byHost({ from: 0, to: 99_999_999 })).toEqual([]);
});

test("a user who is removed leaves lines without a name, and his limits go", async () => {
  const { id } = house.user("anna");
  begin("anna").close();
  await house.store.commit((tx) => house.gateway.accounts.setWithin(tx, id, { dayMegabytes: 5 }));
  await house.gateway.ledger.flush();
  await house.directory.users.remove("anna");
  expect(await house.gateway.traffic.trips()).toMatchObject([{ user: id }]);
  expect(house.gateway.accounts.ownLimits(id).dayMegabytes).toBeNull();
});

describe("a quota", () => {
  const limit = (login: string, values: Parameters<typeof house.gateway.accounts.setWithin>[2]) =>
    house.store.commit((tx) => house.gateway.accounts.setWithin(tx, house.user(login).id, values));

  test("that is used up cuts what runs and refuses what is new, until tomorrow", async () => {
    await limit("anna", { dayMegabytes: 5 });
    const [one, two, others] = [begin(), begin(), begin(null)];
    const cut: string[] = [];
    const note = (name: string) => (why: GateRefusal) => cut.push(`${name} ${why.kind}`);
    one.onCut(note("one"));
    two.onCut(note("two"));
    others.onCut(note("others"));
    one.add(1 * MEGABYTE, 2 * MEGABYTE);
    two.add(0, 1_999_999);
    expect(cut).toEqual([]);
    two.add(0, 1);
    expect(cut).toEqual(["one quota", "two quota"]);
    two.onCut(note("late"));
    expect(cut).toContain("late quota");
    one.close();
    two.close();
    expect(house.judge(house.visitor("anna"), to("a.example"))).toBe("quota");
    expect(house.judge(house.visitor("dora"), to("a.example"))).toBe("");
    await house.restart();
    expect(house.judge(house.visitor("anna"), to("a.example"))).toBe("quota");
    house.now += 86_400_000;
    expect(house.judge(house.visitor("anna"), to("a.example"))).toBe("");
  });

  test("of a month goes on over days, and ends with it", async () => {
    await limit("anna", { monthMegabytes: 3 });
    for (let day = 0; day < 3; day++) {
      const passing = begin();
      passing.add(0, MEGABYTE);
      passing.close();
      house.now += 86_400_000;
    }
    expect(kindOf(() => begin())).toBe("quota");
    house.now += 31 * 86_400_000;
    expect(kindOf(() => begin().close())).toBe("");
  });

  test("of everybody holds for who has none of his own, guests included; 0 is no limit", async () => {
    await house.store.settings.set(gatewaySettings, { dayMegabytes: 1 });
    await limit("dora", { dayMegabytes: 0 });
    for (const login of ["anna", "dora", null]) {
      const passing = begin(login);
      passing.add(0, 2 * MEGABYTE);
      passing.close();
    }
    expect(["anna", "dora", null].map((login) => kindOf(() => begin(login).close()))).toEqual(["quota", "", "quota"]);
    await limit("anna", { dayMegabytes: 3 });
    expect(kindOf(() => begin("anna").close())).toBe("");
    expect(house.gateway.accounts.limitsOf(house.user("anna").id).dayMegabytes).toBe(3);
  });
});

test("bandwidth is one bucket for all of a user's trips, and follows its limit", async () => {
  const { id } = house.user("anna");
  expect(begin().bucket).toBeUndefined();
  await house.store.commit((tx) => house.gateway.accounts.setWithin(tx, id, { kilobytesPerSecond: 100 }));
  const [one, two] = [begin(), begin()];
  expect(one.bucket?.rate).toBe(100_000);
  expect(two.bucket).toBe(one.bucket);
  await house.store.commit((tx) => house.gateway.accounts.setWithin(tx, id, { kilobytesPerSecond: 200 }));
  expect(one.bucket?.rate).toBe(200_000);
  await house.store.commit((tx) => house.gateway.accounts.setWithin(tx, id, { kilobytesPerSecond: null }));
  expect(begin().bucket).toBeUndefined();
});
