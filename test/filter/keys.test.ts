/** The life of signing keys: made by themselves, used when seen, replaced with overlap, forgotten when their record is gone. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { DkimKeys, recordName, recordText, type SigningDomain } from "../../src/filter/keys/keys.ts";
import { signingSettings } from "../../src/filter/keys/settings.ts";
import { DnsError } from "../../src/net/dns.ts";
import { Store } from "../../src/store/store.ts";
import { dataFolder } from "../folder.ts";

const DAY = 86_400_000;
const HOME: SigningDomain = { id: 1, name: "home.example", aliases: ["home.test"] };

let folder: string;
let store: Store;
let keys: DkimKeys;
let domains: SigningDomain[];
let zone: Map<string, string[]>;
let away: boolean;
let told: [name: string, text: string | undefined][];
let now: number;
beforeEach(() => {
  folder = dataFolder("keys");
  store = Store.open(folder);
  told = [];
  store.events.subscribe(({ name, text }) => told.push([name, text]));
  domains = [HOME];
  zone = new Map();
  away = false;
  now = Date.UTC(2026, 10, 23);
  const txt = (name: string): Promise<string[]> => {
    if (away) return Promise.reject(new DnsError("temporary", "nobody answers"));
    const found = zone.get(name);
    return found === undefined ? Promise.reject(new DnsError("notFound", name)) : Promise.resolve(found);
  };
  const byNormalName = (name: string) => domains.find((one) => one.name === name || one.aliases.includes(name));
  keys = new DkimKeys({ store, domains: { list: () => domains, byNormalName }, resolver: { txt }, now: () => now });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const states = () => keys.list(HOME.id).map(({ selector, state }) => `${selector} ${state}`);
const selectors = (name = HOME.name) => keys.active(name).map(({ selector }) => selector);

/** Puts the records of all keys that have none into the DNS. */
function publish(name = HOME.name): void {
  for (const key of keys.list(HOME.id)) zone.set(recordName(key.selector, name), [recordText(key)]);
}

test("keys are made by themselves, wait for their record, and sign once it is there", async () => {
  await keys.keepHouse();
  expect(states()).toEqual(["gp20261123r new", "gp20261123e new"]);
  expect(selectors()).toEqual([]);
  await keys.keepHouse();
  expect(states()).toEqual(["gp20261123r new", "gp20261123e new"]);
  publish();
  await keys.keepHouse();
  expect(states()).toEqual(["gp20261123r signing", "gp20261123e signing"]);
  expect(selectors()).toEqual(["gp20261123r", "gp20261123e"]);
  expect(selectors("elsewhere.example")).toEqual([]);
});

test("new keys in place of those that nobody used yet have names of their own", async () => {
  await keys.keepHouse();
  await keys.make(HOME);
  expect(states()).toEqual(["gp20261123r2 new", "gp20261123e2 new"]);
});

test("a further name of a domain is signed for once it has records of its own", async () => {
  await keys.keepHouse();
  publish();
  await keys.check(HOME);
  expect(selectors("home.test")).toEqual([]);
  publish("home.test");
  await keys.check(HOME);
  expect(selectors("home.test")).toEqual(["gp20261123r", "gp20261123e"]);
});

test("a wrong record, or two, lets no key sign and says why", async () => {
  await keys.keepHouse();
  for (const record of [["v=DKIM1; k=rsa; p=AAAA"], ["one", "two"], ["v=DKIM1; p="]]) {
    for (const { selector } of keys.list(HOME.id)) zone.set(recordName(selector, HOME.name), record);
    await keys.check(HOME);
    expect(selectors()).toEqual([]);
    for (const { problem } of keys.list(HOME.id)) expect(problem).toMatch(/another key|several records/);
  }
});

test("a signing key goes on where its record vanishes or nobody answers", async () => {
  await keys.keepHouse();
  publish();
  await keys.check(HOME);
  away = true;
  await keys.check(HOME);
  expect(selectors().length).toBe(2);
  away = false;
  zone.clear();
  await keys.check(HOME);
  expect(selectors().length).toBe(2);
  expect(keys.list(HOME.id)[0]?.problem).toContain("not in the DNS");
  await keys.check(HOME);
  expect(told.filter(([name]) => name === "dkim.record").length).toBe(2);
});

test("a replaced key loses its private part, is kept in the DNS for a while, and is then forgotten", async () => {
  await keys.keepHouse();
  publish();
  await keys.check(HOME);
  now += 100 * DAY;
  await keys.make(HOME);
  expect(selectors()).toEqual(["gp20261123r", "gp20261123e"]);
  publish();
  await keys.check(HOME);
  expect(selectors()).toEqual(["gp20270303r", "gp20270303e"]);
  const secrets = store.client.query("SELECT private_key AS secret FROM dkim_keys WHERE state = 'retired'").all();
  expect(secrets).toEqual([{ secret: "" }, { secret: "" }]);

  const old = keys.list(HOME.id).filter(({ state }) => state === "retired");
  expect(old.map((key) => keys.removableAt(key))).toEqual([now + 14 * DAY, now + 14 * DAY]);
  now += 14 * DAY;
  await keys.check(HOME);
  await keys.check(HOME);
  const removable = told.filter(([name]) => name === "dkim.removable");
  expect(removable.map(([, text]) => text)).toEqual(
    old.map(
      ({ selector }) =>
        `The key ${selector} was replaced long enough ago: remove ${selector}._domainkey.home.example from the DNS.`,
    ),
  );
  expect(states().length).toBe(4);
  for (const { selector } of old) zone.delete(recordName(selector, HOME.name));
  await keys.check(HOME);
  expect(states()).toEqual(["gp20270303r signing", "gp20270303e signing"]);
});

test("keys are renewed after the days that are set, one new pair at a time; switched off, nothing signs", async () => {
  await store.settings.set(signingSettings, { rotateDays: 30 });
  await keys.keepHouse();
  publish();
  await keys.keepHouse();
  now += 31 * DAY;
  await keys.keepHouse();
  await keys.keepHouse();
  expect(states().filter((one) => one.endsWith("new"))).toEqual(["gp20261224r new", "gp20261224e new"]);
  await store.settings.set(signingSettings, { enabled: false });
  expect(selectors()).toEqual([]);
});

test("what belongs to a domain that is gone is forgotten", async () => {
  await keys.keepHouse();
  domains = [];
  await keys.keepHouse();
  expect(states()).toEqual([]);
});

test("using a key all the same, removing one, and what cannot be", async () => {
  await keys.keepHouse();
  await store.commit((tx) => keys.useWithin(tx, HOME, "gp20261123r"));
  expect(selectors()).toEqual(["gp20261123r"]);
  await store.commit((tx) => keys.removeWithin(tx, HOME, "gp20261123r"));
  expect(selectors()).toEqual([]);
  await expect(store.commit((tx) => keys.useWithin(tx, HOME, "no-such"))).rejects.toThrow("has no key");
});
