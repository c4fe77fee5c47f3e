import { afterEach, describe, expect, test } from "bun:test";
import { Refusal } from "../../src/refusal.ts";
import type { RuleInput } from "../../src/transport/house-rules/rule.ts";
import { RuleList } from "../../src/transport/house-rules/rule-list.ts";
import type { RouteInput } from "../../src/transport/routes/rule.ts";
import { FakeRemote } from "./fake-remote.ts";
import { World, type WorldOptions } from "./world.ts";

let world: World;
const remotes: FakeRemote[] = [];
afterEach(async () => {
  await world.close();
  for (const remote of remotes.splice(0)) await remote.stop();
});

async function hear(): Promise<FakeRemote> {
  const remote = await FakeRemote.start({});
  remotes.push(remote);
  return remote;
}

async function meet(options: WorldOptions = {}): Promise<FakeRemote> {
  const own = await hear();
  const zone = {
    "far.test": { MX: [[10, "mx.far.test"]] as [number, string][] },
    "next.test": { MX: [[10, "mx.far.test"]] as [number, string][] },
    "mx.far.test": { A: ["127.0.0.1"] },
  };
  world = await World.open({ zone, ...options, settings: { smtpPort: own.port, ...options.settings } });
  return own;
}

const add = (route: RouteInput, position?: number) =>
  world.store.commit((tx) => world.transport.routes.createWithin(tx, route, position));
const at = ({ port }: FakeRemote) => `127.0.0.1:${port}`;
const PLAIN = { tls: "none" } as const;
const key = (domain: string, sender = "", user?: number) => world.transport.routes.for({ domain, sender, user }).key;

describe("mail takes the first route that fits", () => {
  test("by its sender, by who is logged in, and by his mail group", async () => {
    const own = await meet();
    const [sales, boss, team] = [await hear(), await hear(), await hear()];
    const group = await world.directory.mailGroups.create({ name: "Team" });
    await world.directory.mailboxes.update(world.user("bert").primaryMailbox, { groupId: group.id });
    await add({ name: "Sales", from: ["sales@home.test"], hosts: [at(sales)], ...PLAIN });
    await add({ name: "Boss", users: ["anna"], hosts: [at(boss)], ...PLAIN });
    await add({ name: "Team", groups: ["team"], hosts: [at(team)], ...PLAIN });
    await world.send("x@far.test", undefined, { reversePath: "sales@home.test" });
    await world.send("x@far.test");
    await world.send("x@far.test", undefined, {
      reversePath: "bert@home.test",
      origin: world.origin({ user: world.user("bert") }),
    });
    await world.send("x@far.test", undefined, {
      reversePath: "",
      origin: { kind: "system", session: "s", trace: "t" },
    });
    await world.happened("message.sent", 4);
    expect([sales, boss, team, own].map(({ messages }) => messages.length)).toEqual([1, 1, 1, 1]);
  });

  test("whatever tag its return path has", async () => {
    await meet({ start: false, settings: { batv: "sign" } });
    await add({ name: "Anna", from: ["anna@home.test"], hosts: ["smtp.far.test"] });
    await world.send("x@far.test");
    const [entry] = world.transport.queue.list().entries;
    expect(entry?.reversePath).toStartWith("prvs=");
    expect(world.transport.queue.show(entry?.id ?? 0).recipients[0]?.destination).toBe("way:/Anna");
  });

  test("then the settings, then each domain's own servers", async () => {
    await meet({ start: false, settings: { routes: [{ domain: "next.test", smartHosts: [{ host: "old.test" }] }] } });
    await add({ name: "Partner", to: ["*.partner.test"], hosts: ["a.test"] });
    await add({ name: "Straight", to: ["straight.partner.test"] }, 1);
    await add({ name: "Off", enabled: false, hosts: ["a.test"] }, 1);
    const keys = ["a.partner.test", "straight.partner.test", "next.test", "far.test"].map((domain) => key(domain));
    expect(keys).toEqual(["way:/Partner", "straight.partner.test", "route:next.test", "far.test"]);
  });

  test("and goes on where none of its servers can be reached: to the next route, or straight to the domain", async () => {
    const own = await meet();
    const [first, second] = [await hear(), await hear()];
    await first.stop();
    await add({ name: "First", from: ["*.home.test", "home.test"], hosts: [at(first)], otherwise: "next", ...PLAIN });
    const { id } = await add({ name: "Second", to: ["far.test"], hosts: [at(second)], ...PLAIN });
    await world.send(["x@far.test", "y@next.test"]);
    await world.happened("message.sent", 2);
    expect(second.messages.map(({ recipients }) => recipients.join())).toEqual([expect.stringContaining("x@far.test")]);
    expect(own.messages.map(({ recipients }) => recipients.join())).toEqual([expect.stringContaining("y@next.test")]);
    await second.stop();
    await world.store.commit((tx) => world.transport.routes.updateWithin(tx, id, { otherwise: "direct" }));
    await world.send("z@far.test");
    await world.happened("message.sent", 3);
    expect(own.messages).toHaveLength(2);
  });

  test("and waits there otherwise", async () => {
    const own = await meet();
    const gone = await hear();
    await gone.stop();
    await add({ name: "Gone", hosts: [at(gone)], ...PLAIN });
    await world.send("x@far.test");
    await world.happened("message.deferred");
    expect(own.messages).toEqual([]);
    expect(world.transport.queue.counts()[0]?.text).toBe("the route Gone");
  });
});

test("what waits follows every change of the routes, and is sent then", async () => {
  const own = await meet();
  const gone = await hear();
  await gone.stop();
  const { id } = await add({ name: "Anna", from: ["anna@home.test"], hosts: [at(gone)], ...PLAIN });
  await world.send(["x@far.test", "y@next.test"]);
  await world.happened("message.deferred");
  await world.store.commit((tx) => world.transport.routes.removeWithin(tx, id));
  const waiting = () => world.transport.queue.counts().map(({ destination }) => destination);
  await world.until(() => waiting().sort().join() === "far.test,next.test");
  world.pass(3_600_000);
  await world.happened("message.sent", 2);
  expect(own.messages).toHaveLength(2);
});

describe("a rule of the house", () => {
  const rule = (name: string, input: Omit<RuleInput, "name">) =>
    world.store.commit((tx) => new RuleList(world.store).createWithin(tx, { ...input, name }));
  const waiting = () => world.transport.queue.counts().map(({ destination }) => destination);

  test("sends by a route that nothing else takes, whoever it is from, and the rest goes as usual", async () => {
    const own = await meet();
    const secure = await hear();
    await add({ name: "Secure", ruled: true, hosts: [at(secure)], ...PLAIN });
    const conditions = [{ on: "recipient" as const, value: "next.test" }];
    await rule("Plans", { conditions, actions: [{ do: "route", value: "secure" }] });
    await world.send(["x@far.test", "y@next.test"]);
    await world.happened("message.sent", 2);
    expect(secure.messages.map(({ recipients }) => recipients.join())).toEqual([
      expect.stringContaining("y@next.test"),
    ]);
    expect(own.messages.map(({ recipients }) => recipients.join())).toEqual([expect.stringContaining("x@far.test")]);
    expect(world.logged("rule.applied")[0]?.text).toBe("House rule Plans: sent by the route secure.");
  });

  test("keeps what waits on its route, whatever else changes, and on its other ways where that has them", async () => {
    const own = await meet();
    const [gone, other] = [await hear(), await hear()];
    await gone.stop();
    const { id } = await add({ name: "Gone", ruled: true, hosts: [at(gone)], ...PLAIN });
    await rule("All", { direction: "out", actions: [{ do: "route", value: "Gone" }] });
    await world.send("x@far.test");
    await world.happened("message.deferred");
    expect(waiting()).toEqual([`by:${id}:/Gone`]);
    expect(world.transport.queue.counts()[0]?.text).toBe("the route Gone");
    await add({ name: "Everything", hosts: [at(other)], ...PLAIN }, 1);
    await world.transport.queue.followRoutes(() => true);
    expect(waiting()).toEqual([`by:${id}:/Gone`]);
    const change = (patch: Partial<RouteInput>) =>
      world.store.commit((tx) => world.transport.routes.updateWithin(tx, id, patch));
    await change({ otherwise: "direct" });
    await world.until(() => waiting().join() === `by:${id}:far.test/Gone`);
    world.pass(3_600_000);
    await world.happened("message.sent");
    expect([own, other].map(({ messages }) => messages.length)).toEqual([1, 0]);
    await change({ enabled: false });
    await world.send("y@far.test");
    await world.happened("message.sent", 2);
    expect(other.messages).toHaveLength(1);
    expect(world.logged("rule.applied").at(-1)?.text).toContain("sent as usual, since Gone is not in use");
  });

  test("names a route that there is: it follows its name, and keeps it from being removed", async () => {
    await meet({ start: false });
    const { id } = await add({ name: "Provider", hosts: ["a.test"] });
    await expect(rule("Wrong", { actions: [{ do: "route", value: "Provder" }] })).rejects.toThrow("no route “Provder”");
    const made = await rule("By it", { actions: [{ do: "route", value: "provider" }] });
    const { routes } = world.transport;
    await world.store.commit((tx) => routes.updateWithin(tx, id, { name: "Relay" }));
    expect(new RuleList(world.store).require(made.id).actions).toEqual([{ do: "route", value: "Relay" }]);
    const remove = () => world.store.commit((tx) => routes.removeWithin(tx, id));
    await expect(remove()).rejects.toThrow("The house rule “By it” sends mail by the route “Relay”");
    await world.store.commit((tx) => new RuleList(world.store).removeWithin(tx, made.id));
    await remove();
  });
});

describe("routes are kept", () => {
  test("in an order, under names of their own, their passwords to themselves", async () => {
    await meet({ start: false });
    const made = await add({ name: "One", users: ["anna"], login: "me", password: "geheim", hosts: ["a.test"] });
    expect(made).toMatchObject({ position: 1, users: ["anna"], hasPassword: true });
    expect(JSON.stringify(made)).not.toContain("geheim");
    await add({ name: "Two" }, 1);
    expect(world.transport.routes.list().map(({ name }) => name)).toEqual(["Two", "One"]);
    await expect(add({ name: "one" })).rejects.toBeInstanceOf(Refusal);
    await expect(add({ name: "Three", users: ["nobody"] })).rejects.toMatchObject({ kind: "notFound" });
    await expect(add({ name: "Three", groups: ["nobody"] })).rejects.toMatchObject({ kind: "notFound" });
    const after = await world.store.commit((tx) => world.transport.routes.updateWithin(tx, made.id, { login: "you" }));
    expect(after).toMatchObject({ login: "you", hasPassword: true, users: ["anna"] });
  });

  test("for somebody who is gone they are for nobody", async () => {
    await meet({ start: false });
    const { id } = await add({ name: "Bert", users: ["bert"], hosts: ["a.test"] });
    await world.directory.users.remove("bert");
    expect(world.transport.routes.require(id).users).toEqual([expect.stringMatching(/^#\d+$/)]);
    await world.store.commit((tx) => world.transport.routes.updateWithin(tx, id, { login: "x" }));
    expect(key("far.test", "anna@home.test", world.user("anna").id)).toBe("far.test");
  });
});
